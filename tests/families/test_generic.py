"""Model types that nobody knows: what the written keys alone say, and what is rather left out."""

import pytest

from archlint.costs import derive
from archlint.families import read
from archlint.specs.config import Config, node_of

OWN = {
    "model_type": "own", "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
    "head_dim": 16, "intermediate_size": 128, "vocab_size": 100,
}  # fmt: skip


def figures(**more):
    costs = derive(read(Config(node_of(OWN | more))))
    return costs.figure("parameters.total").value, costs.figure("kv_cache.bytes_per_token").value


def test_experts_that_are_not_used_are_not_counted():
    assert figures(use_moe=False, n_routed_experts=4) == figures()
    assert figures(use_moe=True, n_routed_experts=4, num_experts_per_tok=2) != figures()


@pytest.mark.parametrize("key", ["mm_local_num_frames", "activation_situ_linear_beta", "num_local_experts"])
def test_keys_of_something_else_tell_no_layers_apart(key):
    assert figures(**{key: 1}) == figures()


@pytest.mark.parametrize("key", ["local_window", "linear_attn_config", "swa_head_dim"])
def test_layers_that_differ_are_left_out(key):
    assert figures(**{key: 8}) == (None, None)


@pytest.mark.parametrize(
    "keys",
    [
        {"mixer_types": ["attention", "lightning"]},
        {"sliding_window_layout": [0, 1]},
        {"full_attention_layers": [1]},
        {"window_size": 128},
        {"loop_num": 2},
        {"mean_recurrence": 32},
        {"attention_kv_lora_dim": 16},
        {"kq_head_dim": 8},
        {"is_encoder_decoder": True},
        {"kv_lora_rank": 8, "qk_rope_head_dim": 4, "layer_types": ["full_attention", "sliding_attention"]},
        {"model_type": "rwkv_of_mine"},
    ],
)
def test_a_cache_that_the_keys_do_not_tell_is_left_out(keys):
    assert figures(**keys)[1] is None


@pytest.mark.parametrize(
    "keys",
    [{"rope_layout": [0, 1]}, {"moe_layers": [1]}, {"mixer_types": ["attention"] * 2}, {"loop_num": 1}],
)
def test_lists_of_something_else_leave_the_cache(keys):
    assert figures(**keys)[1] == figures()[1]


def test_it_is_not_known_which_layers_a_window_bounds():
    costs = derive(read(Config(node_of(OWN | {"sliding_window": 8}))))
    assert costs.figure("kv_cache.bytes_per_token").verified
    assert not costs.figure("kv_cache.growing_bytes_per_token").verified
    assert not costs.cache_at(100).verified


def test_experts_under_other_names_leave_parameters_out():
    assert figures(moe_num_primary_experts=8)[0] is None


@pytest.mark.parametrize("keys", [{"is_causal": False}, {"patch_size": 14}, {"type_vocab_size": 2}])
def test_an_encoder_keeps_no_cache(keys):
    assert figures(**keys) == (figures()[0], None)


@pytest.mark.parametrize("key", ["mean_recurrence", "layer_sharing", "total_ut_steps", "num_loops"])
def test_no_cache_is_told_of_layers_that_run_more_than_once(key):
    assert figures(**{key: 4}) == (figures()[0], None)
    assert figures(**{key: 0}) == figures()
