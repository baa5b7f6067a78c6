"""Bytes of quantised weights, against arithmetic done by hand."""

import pytest

import archlint
from archlint.architecture import Quantization, Weight
from archlint.costs.memory import way_of
from archlint.costs.modules import read_patterns
from archlint.specs.size import Unreadable

HIDDEN, INNER, VOCAB, LAYERS = 256, 640, 1000, 3
LLAMA = {
    "model_type": "llama",
    "hidden_size": HIDDEN,
    "intermediate_size": INNER,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": VOCAB,
    "torch_dtype": "bfloat16",
}
ENDS = 2 * 2 * VOCAB * HIDDEN
NORMS = 2 * (2 * LAYERS + 1) * HIDDEN
SHAPES = [(HIDDEN, HIDDEN), (128, HIDDEN), (128, HIDDEN), (HIDDEN, HIDDEN)]
WIDE = [(INNER, HIDDEN), (INNER, HIDDEN), (HIDDEN, INNER)]
LINEAR = sum(rows * columns for rows, columns in SHAPES + WIDE)


def weight_bytes(quantization, **more):
    found = archlint.derive(
        archlint.read_config({**LLAMA, **more, "quantization_config": quantization})
    ).figure("weights.bytes")
    return found.value


def test_without_quantisation():
    found = archlint.derive(archlint.read_config(LLAMA)).figure("weights.bytes")
    assert found.value == ENDS + NORMS + 2 * LAYERS * LINEAR
    assert not found.estimate


def test_fp8_blocks_have_a_scale_each():
    blocks = sum(-(-rows // 128) * -(-columns // 128) for rows, columns in SHAPES + WIDE)
    stated = {"quant_method": "fp8", "weight_block_size": [128, 128]}
    assert weight_bytes(stated) == ENDS + NORMS + LAYERS * (LINEAR + 4 * blocks)


def test_fp8_with_a_scale_a_tensor():
    stated = {"quant_method": "fp8", "activation_scheme": "static", "weight_block_size": None}
    assert weight_bytes(stated) == ENDS + NORMS + LAYERS * (LINEAR + 7 * 8)


def test_awq_and_gptq():
    groups = sum(rows * columns // 128 for rows, columns in SHAPES + WIDE)
    packed = LAYERS * (LINEAR // 2 + groups * 20 // 8)
    assert weight_bytes({"quant_method": "awq", "bits": 4, "group_size": 128}) == ENDS + NORMS + packed
    numbers = 4 * LAYERS * sum(columns for _, columns in SHAPES + WIDE)
    gptq = weight_bytes({"quant_method": "gptq", "bits": 4, "group_size": 128})
    assert gptq == ENDS + NORMS + packed + numbers


def test_nvfp4_and_what_it_ignores():
    half = sum(rows * columns for rows, columns in WIDE)
    stated = {"quant_method": "modelopt", "quant_algo": "NVFP4", "ignore": ["lm_head", "*.self_attn.*"]}
    kept = 2 * sum(rows * columns for rows, columns in SHAPES)
    assert weight_bytes(stated) == ENDS + NORMS + LAYERS * (kept + half // 2 + half // 16 + 3 * 8)


def test_one_layer_may_be_kept():
    stated = {"quant_method": "fp8", "weight_block_size": [128, 128]}
    whole = weight_bytes(stated)
    stated["modules_to_not_convert"] = ["model.layers.1.mlp.down_proj", "model.layers.2.self_attn"]
    down = HIDDEN * INNER - 4 * 10
    attention = sum(rows * columns - 4 * (rows // 128) * (columns // 128) for rows, columns in SHAPES)
    assert weight_bytes(stated) == whole + down + attention


def test_bitsandbytes():
    eight = weight_bytes({"quant_method": "bitsandbytes", "load_in_8bit": True})
    assert eight == ENDS + NORMS + LAYERS * (LINEAR + 4 * sum(rows for rows, _ in SHAPES + WIDE))
    four = weight_bytes({"quant_method": "bitsandbytes", "load_in_4bit": True})
    assert four == ENDS + NORMS + LAYERS * (LINEAR // 2 + 4 * LINEAR // 64)


def test_compressed_tensors():
    def stated(**weights):
        return {
            "quant_method": "compressed-tensors",
            "config_groups": {"group_0": {"targets": ["Linear"], "weights": weights}},
            "ignore": ["lm_head", r"re:.*mlp\.(gate|up|gate_up|down)_proj.*"],
        }

    wide, rows = 2 * sum(rows * columns for rows, columns in WIDE), sum(rows for rows, _ in SHAPES)
    small = sum(rows * columns for rows, columns in SHAPES)
    channel = weight_bytes(stated(num_bits=8, type="float", strategy="channel", group_size=None))
    assert channel == ENDS + NORMS + LAYERS * (wide + small + 2 * rows)
    groups = weight_bytes(stated(num_bits=4, type="int", strategy="group", group_size=32, symmetric=True))
    assert groups == ENDS + NORMS + LAYERS * (wide + small // 2 + 2 * small // 32 + 4 * 16)
    block = weight_bytes(stated(num_bits=8, type="float", strategy="block", block_structure=[128, 128]))
    assert block == ENDS + NORMS + LAYERS * (wide + small + 2 * small // 128**2)


def test_mixed_precision_lists_what_is_quantised():
    stated = {
        "quant_method": "modelopt",
        "quant_algo": "MIXED_PRECISION",
        "quantized_layers": {
            "model.layers.0.mlp.gate_proj": {"quant_algo": "FP8"},
            "model.layers.0.mlp.up_proj": {"quant_algo": "W4A16_NVFP4", "group_size": 16},
        },
    }
    one = INNER * HIDDEN
    rest = 2 * LAYERS * LINEAR - 2 * 2 * one
    assert weight_bytes(stated) == ENDS + NORMS + rest + (one + 8) + (one // 2 + one // 16 + 4)


def test_gpt_oss_20b_has_the_size_of_its_published_files():
    config = {
        "model_type": "gpt_oss",
        "num_hidden_layers": 24,
        "num_local_experts": 32,
        "quantization_config": {
            "quant_method": "mxfp4",
            "modules_to_not_convert": [
                "model.layers.*.self_attn",
                "model.layers.*.mlp.router",
                "model.embed_tokens",
                "lm_head",
            ],
        },
    }
    found = archlint.derive(archlint.read_config(config)).figure("weights.bytes")
    assert (found.value, found.estimate) == (13_761_264_768, True)


def test_an_unknown_method_has_no_size():
    found = archlint.derive(archlint.read_config({**LLAMA, "quantization_config": {"quant_method": "new"}}))
    assert found.figure("weights.bytes").value is None
    assert "new" in found.figure("weights.bytes").reason
    assert found.figure("parameters.total").value is not None


@pytest.mark.parametrize(
    ("pattern", "name", "layer", "kept"),
    [
        ("lm_head", "self_attn.q_proj", 0, False),
        ("model.layers.0*", "mlp.up_proj", 0, True),
        ("model.layers.0*", "mlp.up_proj", 10, False),
        ("model.layers.1.*", "mlp.up_proj", 10, False),
        ("model.layers.3.self_attn*", "self_attn.o_proj", 3, True),
        ("language_model.model.layers.3.mlp.shared_experts*", "mlp.shared_experts.up_proj", 3, True),
        ("model.layers.3.block_sparse_moe.experts", "mlp.experts.down_proj", 3, True),
        ("model.layers.3.mlp.gate", "mlp.gate_proj", 3, False),
        ("*.attn.*", "self_attn.q_proj", 7, True),
        ("*.ffn.shared_experts.*", "mlp.shared_expert.up_proj", 7, True),
        ("self_attn", "self_attn.q_proj", 7, True),
        ("backbone.layers.4.mixer.in_proj", "mixer.in_proj", 4, True),
        ("backbone.layers.4.mixer.q_proj", "self_attn.q_proj", 4, True),
        ("model.layers.4.self_attn.qkv_proj", "self_attn.k_proj", 4, True),
        ("model.layers.4.linear_attn.in_proj_z", "linear_attn.in_proj_qkvz", 4, True),
        (r"re:.*self_attn.*", "self_attn.q_proj", 9, True),
        (r"re:.*\.mlp\.shared_expert\.up_proj$", "mlp.shared_expert.up_proj", 9, True),
        (r"re:.*mlp\.(gate|up|gate_up|down)_proj.*", "mlp.experts.gate_proj", 9, False),
        (r"re:.*layers\.9\..*", "mlp.up_proj", 8, False),
        ("re:(", "mlp.up_proj", 8, False),
    ],
)
def test_patterns_of_modules(pattern, name, layer, kept):
    stored = Quantization(method="fp8", bits=8, kept=(pattern,))
    assert (way_of(Weight(f"{name}.weight", (2, 2)), stored, number=layer) is None) == kept


def test_expressions_that_take_long_are_not_run():
    stored = Quantization(method="fp8", bits=8, kept=("re:(a+)+$",))
    with pytest.raises(Unreadable, match="too involved"):
        way_of(Weight("mlp.up_proj.weight", (2, 2)), stored)
    with pytest.raises(Unreadable, match="longer"):
        read_patterns(("x" * 1000,))


def test_mlx_quantises_the_embedding_and_the_head_too():
    packed = 2 * VOCAB * HIDDEN + LAYERS * LINEAR
    bits = 4 * packed + 32 * packed // 64
    config = {**LLAMA, "quantization": {"bits": 4, "group_size": 64}}
    assert archlint.derive(archlint.read_config(config)).figure("weights.bytes").value == NORMS + bits // 8
    again = {**config, "quantization_config": config["quantization"]}
    assert archlint.derive(archlint.read_config(again)).figure("weights.bytes").value == NORMS + bits // 8


def test_mlx_modules_with_settings_of_their_own():
    first = WIDE[0][0] * WIDE[0][1]
    stated = {
        "bits": 4,
        "group_size": 64,
        "model.layers.0.mlp.gate_proj": {"bits": 8, "group_size": 64},
        "model.layers.1.mlp.gate_proj": False,
    }
    packed = 2 * VOCAB * HIDDEN + LAYERS * LINEAR
    bits = 4 * packed + 32 * packed // 64 + 4 * first + (16 * first - 4 * first - 32 * first // 64)
    figure = archlint.derive(archlint.read_config({**LLAMA, "quantization": stated})).figure("weights.bytes")
    assert figure.value == NORMS + bits // 8


def test_mlx_in_another_mode_is_not_derived():
    stated = {"bits": 4, "group_size": 32, "mode": "mxfp4"}
    figure = archlint.derive(archlint.read_config({**LLAMA, "quantization": stated})).figure("weights.bytes")
    assert figure.value is None
    assert "MLX" in figure.reason
