"""Reading a config: where the language model is, aliases, defaults, provenance."""

import pytest

from archlint.costs import derive
from archlint.families import read
from archlint.specs.config import Config, node_of
from archlint.specs.size import Unknown, Unreadable


def config(**keys):
    return Config(node_of(keys))


def test_written_alias_and_default():
    reader = config(model_type="gpt2", n_embd=64)
    assert reader.size("hidden_size") == 64
    assert reader.size("hidden_size").key == "n_embd"
    assert reader.origin("hidden_size") == "alias of n_embd"
    assert reader.origin("n_embd") == "written"
    assert reader.origin("n_layer") == "default"
    assert reader.size("num_hidden_layers") == 12
    assert reader.origin("nothing") == "absent"


def test_an_extra_alias_wins_over_the_declared_field():
    assert config(model_type="qwen3_moe", num_experts=64, num_local_experts=128).size("num_experts") == 128


@pytest.mark.parametrize(
    ("keys", "model_type", "pointer"),
    [
        ({"model_type": "gemma3", "text_config": {"hidden_size": 8}}, "gemma3_text", "/text_config"),
        ({"model_type": "mistral3", "text_config": {"hidden_size": 8}}, "mistral", "/text_config"),
        ({"model_type": "kimi_k25", "text_config": {"model_type": "kimi_k2"}}, "kimi_k2", "/text_config"),
        (
            {"model_type": "made_up", "llm_config": {"model_type": "qwen2", "hidden_size": 8}},
            "qwen2",
            "/llm_config",
        ),
        (
            {"model_type": "qwen3_omni_moe", "thinker_config": {"text_config": {"hidden_size": 8}}},
            "qwen3_omni_moe_text",
            "/thinker_config/text_config",
        ),
        ({"model_type": "qwen2_vl", "hidden_size": 8}, "qwen2_vl_text", ""),
        ({"model_type": "llama", "text_config": {}}, "llama", ""),
        ({"architectures": ["LlamaForCausalLM"]}, "llama", ""),
        ({"dim": 8, "n_layers": 2}, "mistral_params", ""),
        ({"dim": 8, "n_layers": 2, "model_type": "transformer"}, "mistral_params", ""),
        ({"dim": 8, "n_layers": 2, "model_type": "mamba"}, "mistral_mamba", ""),
        ({"dim": 8, "n_layers": 2, "model_type": "distilbert"}, "distilbert", ""),
    ],
)
def test_language_model(keys, model_type, pointer):
    reader = Config(node_of(keys))
    assert reader.model_type == model_type
    assert reader.pointer == pointer


def test_unreadable_sizes():
    reader = config(model_type="llama", hidden_size="big", num_attention_heads=0, num_hidden_layers=-3)
    assert isinstance(reader.size("hidden_size"), Unknown)
    assert reader.size("num_attention_heads").reason == "num_attention_heads is zero"
    with pytest.raises(Unreadable, match="num_hidden_layers is negative"):
        reader.layers()


def test_unknown_passes_through_arithmetic_and_refuses_decisions():
    unknown = Unknown("x is not given")
    assert sum([1, 2 * unknown, 3]) is unknown
    assert unknown // 2 is unknown
    with pytest.raises(Unreadable):
        bool(unknown > 1)


@pytest.mark.parametrize(
    ("keys", "tied"),
    [
        ({"model_type": "llama"}, False),
        ({"model_type": "gemma"}, True),
        ({"model_type": "gemma3", "text_config": {"hidden_size": 8}}, True),
        (
            {
                "model_type": "gemma3",
                "tie_word_embeddings": False,
                "text_config": {"tie_word_embeddings": True},
            },
            False,
        ),
        ({"model_type": "made_up", "llm_config": {"hidden_size": 8, "tie_word_embeddings": True}}, True),
        ({"model_type": "gemma3", "tie_word_embeddings": None, "text_config": {"hidden_size": 8}}, False),
        (
            {
                "model_type": "llava",
                "tie_word_embeddings": False,
                "text_config": {"model_type": "qwen2", "tie_word_embeddings": True},
            },
            True,
        ),
        ({"model_type": "llava", "text_config": {"model_type": "qwen2"}}, False),
        ({"model_type": "shieldgemma2", "text_config": {"hidden_size": 8}}, True),
        ({"model_type": "llama4", "tie_word_embeddings": True, "text_config": {"hidden_size": 8}}, False),
        ({"model_type": "llama4", "text_config": {"hidden_size": 8, "tie_word_embeddings": True}}, True),
        (
            {"model_type": "audioflamingo3", "text_config": {"tie_word_embeddings": True, "hidden_size": 8}},
            False,
        ),
        (
            {"model_type": "vibevoice", "tie_word_embeddings": True, "text_config": {"model_type": "qwen2"}},
            False,
        ),
    ],
)
def test_tied(keys, tied):
    assert Config(node_of(keys)).tied is tied


def test_a_tie_that_the_class_does_not_read_is_not_verified():
    inner = {"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 1, "tie_word_embeddings": True}
    costs = derive(read(Config(node_of({"model_type": "llava_next", "text_config": inner}))))
    assert not costs.figure("parameters.total").verified
    assert costs.figure("kv_cache.bytes_per_token").verified
    inner["tie_word_embeddings"] = False
    costs = derive(read(Config(node_of({"model_type": "llava_next", "text_config": inner}))))
    assert costs.figure("parameters.total").verified


def test_what_a_wrapper_passes_holds_for_a_sub_config_in_part_where_its_class_merges():
    part = {"text_config": {"model_type": "llama", "num_hidden_layers": 3}}
    assert Config(node_of({"model_type": "voxtral", **part})).need("vocab_size") == 131_072
    assert Config(node_of({"model_type": "llava", **part})).need("vocab_size") == 32_000
