"""Mistral's params.json gives what the config.json of the same model gives."""

import pytest

from archlint.costs import derive
from archlint.families import read
from archlint.specs.config import Config, node_of

SMALL = {
    "dim": 64,
    "n_layers": 4,
    "head_dim": 16,
    "hidden_dim": 96,
    "n_heads": 8,
    "n_kv_heads": 2,
    "vocab_size": 333,
}
SAME = {
    "hidden_size": 64,
    "num_hidden_layers": 4,
    "head_dim": 16,
    "intermediate_size": 96,
    "num_attention_heads": 8,
    "num_key_value_heads": 2,
    "vocab_size": 333,
}
MOE = {"moe": {"num_experts": 8, "num_experts_per_tok": 2}}
SAME_MOE = {"num_local_experts": 8, "num_experts_per_tok": 2}
LATENT = {
    "kv_lora_rank": 24,
    "q_lora_rank": 40,
    "qk_nope_head_dim": 16,
    "qk_rope_head_dim": 8,
    "v_head_dim": 12,
}
WINDOWS = ["full_attention", "sliding_attention"] * 2


@pytest.mark.parametrize(
    ("ours", "same"),
    [
        (SMALL, {"model_type": "mistral", "sliding_window": None, **SAME}),
        ({**SMALL, "tied_embeddings": True}, {"model_type": "llama", "tie_word_embeddings": True, **SAME}),
        ({**SMALL, **MOE}, {"model_type": "mixtral", **SAME, **SAME_MOE}),
        (
            {**SMALL, "sliding_window": [None, 8]},
            {"model_type": "ministral", "sliding_window": 8, "layer_types": WINDOWS, **SAME},
        ),
        (
            {
                **SMALL,
                **LATENT,
                "moe": {
                    "num_experts": 8,
                    "num_experts_per_tok": 2,
                    "num_shared_experts": 1,
                    "first_k_dense_replace": 1,
                    "expert_hidden_dim": 48,
                },
            },
            {
                "model_type": "mistral4",
                **SAME,
                **LATENT,
                "n_routed_experts": 8,
                "num_experts_per_tok": 2,
                "n_shared_experts": 1,
                "first_k_dense_replace": 1,
                "moe_intermediate_size": 48,
            },
        ),
    ],
)
def test_same_figures(ours, same):
    mine, theirs = (derive(read(Config(node_of(plain)))).figures() for plain in (ours, same))
    for name, figure in theirs.items():
        if name != "weights.bytes":
            assert mine[name].value == figure.value, name


@pytest.mark.parametrize(
    ("more", "total"),
    [
        ({"multiple_of": 1024, "ffn_dim_multiplier": 1.3, "n_kv_heads": 8, "vocab_size": 128256}, 8030261248),
        ({"multiple_of": 256, "vocab_size": 32000}, 6738415616),
    ],
)
def test_metas_multiple_gives_the_width_of_the_feed_forward(more, total):
    config = {"dim": 4096, "n_layers": 32, "n_heads": 32, "norm_eps": 1e-5, **more}
    assert derive(read(Config(node_of(config)))).figure("parameters.total").value == total


def test_layers_of_llama_4_are_not_guessed_from_its_params():
    config = {"dim": 5120, "n_layers": 48, "n_heads": 40, "n_kv_heads": 8, "attention_chunk_size": 8192}
    costs = derive(read(Config(node_of(config))))
    assert costs.figure("kv_cache.bytes_per_token").value is None


@pytest.mark.parametrize(
    ("more", "verified"),
    [
        ({}, True),
        ({"use_scaled_rope": True}, False),
        ({"use_scaled_rope": True, "tied_embeddings": True}, True),
    ],
)
def test_whether_llama_3_ties_its_embeddings_is_not_guessed(more, verified):
    config = {
        "dim": 2048,
        "n_layers": 16,
        "n_heads": 32,
        "n_kv_heads": 8,
        "norm_eps": 1e-5,
        "vocab_size": 128256,
    }
    config |= {"multiple_of": 256, "ffn_dim_multiplier": 1.5, **more}
    assert derive(read(Config(node_of(config)))).figure("parameters.total").verified is verified


@pytest.mark.parametrize(
    ("model_type", "more", "total"),
    [
        ("llama", {"multiple_of": 1024, "ffn_dim_multiplier": 1.3, "vocab_size": 128256}, 8030261248),
        ("mixtral", {"hidden_dim": 14336, "vocab_size": 32000, **MOE}, 46702792704),
    ],
)
def test_params_that_mlx_wrote_with_a_model_type_are_params_all_the_same(model_type, more, total):
    config = {"dim": 4096, "n_layers": 32, "n_heads": 32, "n_kv_heads": 8, "norm_eps": 1e-5, **more}
    reader = Config(node_of({**config, "model_type": model_type}))
    figure = derive(read(reader)).figure("parameters.total")
    assert (figure.value, figure.verified) == (total, True)


@pytest.mark.parametrize(("act", "verified"), [("silu", True), ("gelu_new", False)])
def test_params_with_another_activation_may_have_another_feed_forward(act, verified):
    costs = derive(read(Config(node_of({**SMALL, "hidden_act": act}))))
    assert costs.figure("parameters.total").verified is verified
    assert costs.figure("kv_cache.bytes_per_token").verified
