"""Keys and types of configs: what is found, where, and what stays silent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from archlint.source import parse
from archlint.source.edits import apply
from archlint.specs.config import Config
from archlint.specs.config_check import check_config

BASE = {"model_type": "llama", "hidden_size": 1024, "num_hidden_layers": 4, "num_attention_heads": 16}


def _found(**keys: object) -> list[tuple[str, str]]:
    text = json.dumps(BASE | keys, indent=1)
    document = parse(text, "config.json")
    assert document.root is not None
    return [(problem.rule, text[problem.start : problem.end]) for problem in _check(text)]


def test_a_writers_own_state_is_no_slip() -> None:
    assert not _found(_num_key_value_heads=4)


def _check(text: str) -> list:  # type: ignore[type-arg]
    document = parse(text, "config.json")
    assert document.root is not None
    return check_config(Config(document.root), document)


@pytest.mark.parametrize(
    "keys",
    [
        {"model_type": "lxmert", "num_hidden_layers": {"vision": 5, "cross_encoder": 5, "language": 9}},
        {
            "model_type": "clap",
            "num_hidden_layers": 16,
            "text_config": {"model_type": "clap_text_model", "num_hidden_layers": 12},
        },
        {
            "model_type": "musicflamingo",
            "max_position_embeddings": 1200.0,
            "text_config": {"model_type": "qwen2", "num_hidden_layers": 4},
        },
    ],
)
def test_what_a_class_writes_itself_is_right(keys: dict[str, object]) -> None:
    text = json.dumps(keys)
    assert not [problem.rule for problem in _check(text)]


@pytest.mark.parametrize(
    ("keys", "rule", "place"),
    [
        ({"num_key_value_head": 4}, "misspelt-config-key", '"num_key_value_head"'),
        ({"intermidiate_size": 4}, "misspelt-config-key", '"intermidiate_size"'),
        ({"num_key_value_heads": "4"}, "wrong-config-type", '"4"'),
        ({"num_key_value_heads": True}, "wrong-config-type", "true"),
        ({"head_dim": {"a": 1}}, "wrong-config-type", '{"a": 1}'),
        ({"rms_norm_eps": "1e-5"}, "wrong-config-type", '"1e-5"'),
        ({"use_cache": "false"}, "wrong-config-type", '"false"'),
        ({"use_cache": 7}, "wrong-config-type", "7"),
        ({"hidden_act": ["silu"]}, "wrong-config-type", '["silu"]'),
        ({"hidden_size": None}, "wrong-config-type", "null"),
        ({"num_key_value_heads": [16]}, "wrong-config-type", "[16]"),
        ({"eos_token_id": [1, "</s>"]}, "wrong-config-type", '"</s>"'),
        ({"rope_parameters": "yarn"}, "wrong-config-type", '"yarn"'),
        ({"quantization_config": "fp8"}, "wrong-config-type", '"fp8"'),
        ({"sliding_window": False, "model_type": "mistral"}, "type-that-class-refuses", "false"),
        ({"rms_norm_eps": 1}, "type-that-class-refuses", "1"),
        ({"numKeyValueHeads": 4}, "misspelt-config-key", '"numKeyValueHeads"'),
        ({"num-key-value-heads": 4}, "misspelt-config-key", '"num-key-value-heads"'),
        ({"ropescaling": None}, "misspelt-config-key", '"ropescaling"'),
        ({"architectures": ["LlamaForCasualLM"]}, "misspelt-class", '"LlamaForCasualLM"'),
        ({"model_type": ""}, "missing-model-type", '""'),
        ({"model_type": "LLaMA"}, "misspelt-model-type", '"LLaMA"'),
        ({"model_type": "lllama"}, "misspelt-model-type", '"lllama"'),
        ({"model_type": "brandnew"}, "unknown-model-type", '"brandnew"'),
        ({"architectures": ["Qwen3ForCausalLM"]}, "class-of-another-type", '"Qwen3ForCausalLM"'),
        ({"torch_dtype": "bfloat16"}, "deprecated-config-key", '"torch_dtype"'),
        ({"my_own_key": 1}, "unknown-config-key", '"my_own_key"'),
    ],
)
def test_is_found_at_its_place(keys: dict[str, object], rule: str, place: str) -> None:
    text = json.dumps(BASE | keys)
    assert [(p.rule, text[p.start : p.end]) for p in _check(text)] == [(rule, place)]


@pytest.mark.parametrize(
    "keys",
    [
        {"sliding_window": None},
        {"sliding_window": False, "model_type": "mistral", "auto_map": {"AutoConfig": "own.Own"}},
        {"time_step_limit": [0.0, {"__float__": "Infinity"}], "model_type": "nemotron_h"},
        {"num_key_value_heads": [4, 4, 4, 4]},
        {"model_type": "kimi_k2", "architectures": ["DeepseekV3ForCausalLM"]},
        {"model_type": "gemma3_text", "architectures": ["Gemma3ForCausalLM"]},
        {"model_type": "llama", "architectures": ["LlamaForSequenceClassification"]},
        {"dtype": "auto"},
        {"rope_theta": 10000, "rope_scaling": None},
        {"model_type": "qwen3", "architectures": ["Qwen3ForCausalLM"]},
    ],
)
def test_is_silent_on_what_is_right(keys: dict[str, object]) -> None:
    assert [rule for rule, _ in _found(**keys)] == []


def test_every_mapping_of_a_multimodal_config_is_read() -> None:
    text = json.dumps(
        {
            "model_type": "gemma3",
            "text_config": {"model_type": "gemma3_text", "hidden_size": "2560"},
            "vision_config": {"model_type": "siglip_vision_model", "hidden_size": "1152", "imgae_size": 896},
            "mm_tokens_per_imge": 256,
        }
    )
    found = [(problem.rule, text[problem.start : problem.end]) for problem in _check(text)]
    assert found == [
        ("wrong-config-type", '"2560"'),
        ("wrong-config-type", '"1152"'),
        ("misspelt-config-key", '"imgae_size"'),
        ("misspelt-config-key", '"mm_tokens_per_imge"'),
    ]


def test_fixes_leave_nothing_behind() -> None:
    text = json.dumps(BASE | {"num_key_value_head": "8", "model_type": "mixtrall"}, indent=2)
    for _ in range(3):
        text = apply(text, [edit for problem in _check(text) for edit in problem.edits])
    assert _check(text) == []
    assert json.loads(text)["num_key_value_heads"] == 8


def test_a_key_of_another_class_is_not_what_was_meant() -> None:
    keys = {"model_type": "xlm-roberta", "lora_rank": 4}
    assert [rule for rule, _ in _found(**keys)] == ["unknown-config-key"]


def test_another_version_is_no_slip() -> None:
    assert [rule for rule, _ in _found(model_type="olmo9")] == ["unknown-model-type"]


def test_without_a_model_type() -> None:
    keys: dict[str, Any] = {key: value for key, value in BASE.items() if key != "model_type"}
    assert _check(json.dumps(keys)) == []  # nothing says that transformers is to read it
    marked = {**keys, "_name_or_path": "org/name"}
    assert [problem.rule for problem in _check(json.dumps(marked))] == ["missing-model-type"]
    keys["auto_map"] = {"AutoConfig": "x.Y"}
    assert [problem.rule for problem in _check(json.dumps(keys))] == ["model-type-left-to-code"]


def test_the_package_of_mamba_has_no_model_type() -> None:
    keys = {"d_model": 64, "n_layer": 2, "vocab_size": 100, "ssm_cfg": {"layer": "Mamba2"}}
    assert _check(json.dumps(keys)) == []


@pytest.mark.parametrize(
    ("model_type", "name"),
    [
        ("marian", "MarianMTModel"),
        ("mimi_encoder", "MimiDecoderModel"),
        ("hrm_text", "HrmTextForCausalLM"),
        ("kyutai_speech_to_text", "KyutaiSpeechToTextForConditionalGeneration"),
        ("idefics", "IdeficsForVisionText2Text"),
        ("rag", "RagTokenForGeneration"),
        ("dpr", "DPRContextEncoder"),
    ],
)
def test_classes_of_the_library_are_right(model_type: str, name: str) -> None:
    found = [rule for rule, _ in _found(model_type=model_type, architectures=[name])]
    assert not {"misspelt-class", "class-of-another-type"} & set(found)


@pytest.mark.parametrize(
    ("key", "value", "rule"),
    [
        ("max_position_embeddings", 131072.0, "type-that-class-refuses"),
        ("hidden_size", 2048.0, "wrong-config-type"),
        ("max_position_embeddings", 131072.5, "wrong-config-type"),
    ],
)
def test_a_whole_float_is_near_an_integer_but_for_sizes_of_weights(key: str, value: float, rule: str) -> None:
    assert _found(**{key: value}) == [(rule, str(value))]
