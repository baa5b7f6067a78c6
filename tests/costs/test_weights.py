"""Bytes of quantised weights: scales, what is kept as it is, what is kept in some layers."""

from archlint.costs import derive
from archlint.families import read
from archlint.specs.config import Config, node_of

SMALL = {
    "model_type": "llama",
    "hidden_size": 256,
    "intermediate_size": 512,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "vocab_size": 100,
    "torch_dtype": "bfloat16",
}
ATTENTION, FEED = 4 * 256 * 256, 3 * 256 * 512
REST = 2 * (2 * 100 * 256 + 9 * 256)


def weights(**quantization):
    plain = {**SMALL, "quantization_config": quantization} if quantization else SMALL
    return derive(read(Config(node_of(plain)))).figure("weights.bytes").value


def test_plain():
    assert weights() == REST + 4 * 2 * (ATTENTION + FEED)


def test_block_scales():
    blocks = 4 * (4 * 4 + 3 * 2 * 4)
    assert (
        weights(quant_method="fp8", weight_block_size=[128, 128])
        == REST + 4 * (ATTENTION + FEED) + 4 * blocks
    )


def test_modules_kept_in_every_layer():
    scales = 4 * 3 * 4
    kept = weights(quant_method="fp8", modules_to_not_convert=["self_attn"])
    assert kept == REST + 4 * (2 * ATTENTION + FEED) + scales


def test_modules_kept_layer_by_layer():
    ignored = ["lm_head", "model.layers.0*", "model.layers.1.self_attn*", "model.layers.3.self_attn.*"]
    scales = 4 * (3 * 3 + 4)
    kept = weights(quant_method="fp8", ignore=ignored)
    attention, feed = (3 * 2 + 1) * ATTENTION, (2 + 3) * FEED
    assert kept == REST + attention + feed + scales


def test_experts_of_four_bits():
    shape = {"model_type": "deepseek_v4", "num_hidden_layers": 2, "torch_dtype": "bfloat16"}
    fp8 = {"quantization_config": {"quant_method": "fp8", "weight_block_size": [128, 128]}}
    found = [
        derive(read(Config(node_of({**shape, **fp8, **more})))).figure("weights.bytes").value
        for more in ({}, {"expert_dtype": "fp4"})
    ]
    experts = 2 * 256 * 3 * 4096 * 2048
    assert found[0] - found[1] == experts + experts // 128**2 * 4 - experts * (4 + 8 / 32) / 8
