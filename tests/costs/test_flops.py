"""FLOPs of one token, against arithmetic done by hand (2 per multiplication with a weight)."""

import pytest

import archlint
from archlint.architecture import (
    Attention,
    CompressedAttention,
    GatedDeltaNet,
    Index,
    KimiDelta,
    LatentAttention,
    LightningAttention,
    Mamba1,
    Mamba2,
    Reused,
    ShortConv,
)

SEEN = 1000


def costs(config):
    return archlint.derive(archlint.read_config(config))


def test_dense_decoder():
    config = {
        "model_type": "llama",
        "hidden_size": 64,
        "intermediate_size": 160,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "vocab_size": 100,
    }
    weights = 3 * (2 * 64 * 64 + 2 * 64 * 32 + 3 * 64 * 160) + 100 * 64
    scores = 3 * 2 * 4 * (16 + 16)
    found = costs(config)
    assert found.flops_at(SEEN).value == 2 * weights + scores * SEEN
    assert found.flops_at(SEEN, prefill=True).value == 2 * weights + scores * SEEN // 2
    tied = costs({**config, "tie_word_embeddings": True})
    assert tied.flops_at(SEEN).value == found.flops_at(SEEN).value


def test_of_the_experts_only_the_active_ones_work():
    config = {
        "model_type": "mixtral",
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 4,
        "num_local_experts": 8,
        "num_experts_per_tok": 2,
        "vocab_size": 100,
    }
    weights = 2 * (4 * 64 * 64 + 8 * 64 + 2 * 3 * 64 * 96) + 100 * 64
    assert costs(config).flops_at(SEEN).value == 2 * weights + 2 * 2 * 64 * 2 * SEEN


@pytest.mark.parametrize(
    ("part", "flops"),
    [
        (Attention(hidden=64, heads=4, kv_heads=2, head_dim=16), 2 * 4 * 32 * SEEN),
        (Attention(hidden=64, heads=4, kv_heads=2, head_dim=24, value_dim=16), 2 * 4 * 40 * SEEN),
        (Attention(hidden=64, heads=4, kv_heads=2, head_dim=16, window=128), 2 * 4 * 32 * 128),
        (Attention(hidden=64, heads=4, kv_heads=2, head_dim=16, chunk=2000), 2 * 4 * 32 * SEEN),
        (
            Attention(
                hidden=64,
                heads=4,
                kv_heads=2,
                head_dim=16,
                index=Index(hidden=64, heads=2, dim=8, top_k=100, query_input=64),
            ),
            2 * 4 * 32 * 100 + 2 * 2 * 8 * SEEN,
        ),
        (
            LatentAttention(hidden=64, heads=4, kv_rank=32, nope_dim=16, rope_dim=8, value_dim=16),
            2 * 4 * (32 + 8 + 32) * SEEN,
        ),
        (CompressedAttention(hidden=64, heads=4, kv_heads=1, head_dim=16, window=128), 4 * 4 * 16 * 128),
        (
            GatedDeltaNet(hidden=64, key_heads=2, value_heads=4, key_dim=8, value_dim=16, kernel=4),
            8 * 4 * 8 * 16,
        ),
        (KimiDelta(hidden=64, heads=4, head_dim=16, kernel=4), 8 * 4 * 16 * 16),
        (LightningAttention(hidden=64, heads=4, head_dim=16), 4 * 4 * 16 * 16),
        (Mamba1(hidden=64, inner=128, state=16, kernel=4, step_rank=4), 6 * 128 * 16),
        (Mamba2(hidden=64, heads=8, head_dim=16, state=32, groups=1, kernel=4), 6 * 128 * 32),
        (ShortConv(hidden=64, kernel=3), 0),
    ],
)
def test_work_against_cache_and_state(part, flops):
    assert part.mixing_flops(SEEN) == flops
    assert part.flops_per_token(SEEN) == part.matmul_flops() + flops


def test_prefill_of_latent_attention_is_on_whole_heads():
    part = LatentAttention(hidden=64, heads=4, kv_rank=32, nope_dim=16, rope_dim=8, value_dim=16)
    assert part.mixing_flops(SEEN, prefill=True) == 2 * 4 * (24 + 16) * SEEN


def test_weights_of_mixers():
    part = ShortConv(hidden=64, kernel=3)
    assert part.matmul_flops() == 2 * (64 * 192 + 64 * 3 + 64 * 64)
    delta = GatedDeltaNet(hidden=64, key_heads=2, value_heads=4, key_dim=8, value_dim=16, kernel=4)
    inputs = 64 * (2 * 16 + 2 * 64) + 2 * 64 * 4
    assert delta.matmul_flops() == 2 * (inputs + (2 * 16 + 64) * 4 + 64 * 64)


def test_what_runs_again_works_again():
    part = Attention(hidden=64, heads=4, kv_heads=2, head_dim=16)
    again = Reused(part)
    assert again.parameters() == 0
    assert again.flops_per_token(SEEN) == part.flops_per_token(SEEN)
    looped = {
        "model_type": "nanbeige",
        "hidden_size": 64,
        "intermediate_size": 160,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "vocab_size": 100,
        "num_loops": 2,
        "tie_word_embeddings": False,
    }
    found = costs(looped)
    head = 2 * 64 * 100
    once = costs({**looped, "num_loops": 1})
    assert found.flops_at(SEEN).value - head == 2 * (once.flops_at(SEEN).value - head)
    assert found.figure("parameters.total").value == once.figure("parameters.total").value
    assert (
        found.figure("kv_cache.bytes_per_token").value
        == 2 * once.figure("kv_cache.bytes_per_token").value
        == 2 * 3 * 2 * 2 * 16 * 2
    )


def test_projections_of_the_ends_work_too():
    config = {
        "model_type": "gemma3n_text",
        "hidden_size": 64,
        "vocab_size": 100,
        "num_hidden_layers": 2,
        "num_kv_shared_layers": 0,
        "layer_types": ["full_attention", "full_attention"],
    }
    found = costs(config)
    shape = found.architecture
    assert shape.embedding is not None
    assert shape.embedding.matmul_flops() == 2 * (64 * 2 * 256 + 3 * 64 * 64)
    parts = sum(part.matmul_flops() for layer in shape.layers for part in layer.parts)
    each = 64 * 4 + 4 * 4 + 4 * 16 + 2 * 64 * 64 + 2 * 64 * 256
    ends = shape.embedding.matmul_flops() + 2 * 3 * 64 * 64 + 2 * 100 * 64
    assert found.flops_at(0).value == parts + 2 * 2 * each + ends
