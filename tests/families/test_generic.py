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


@pytest.mark.parametrize("keys", [{"is_causal": False}, {"patch_size": 14}, {"type_vocab_size": 2}])
def test_an_encoder_keeps_no_cache(keys):
    assert figures(**keys) == (figures()[0], None)


@pytest.mark.parametrize("key", ["mean_recurrence", "layer_sharing", "total_ut_steps", "num_loops"])
def test_no_cache_is_told_of_layers_that_run_more_than_once(key):
    assert figures(**{key: 4}) == (figures()[0], None)
    assert figures(**{key: 0}) == figures()
