"""Configs of which a part is lost: what is written is judged, what is absent is not."""

from __future__ import annotations

import json

import pytest

import archlint
from archlint.linter import lint
from archlint.project import Settings
from archlint.source.parse import parse

CONFIGS = (
    {
        "model_type": "llama",
        "num_attention_heads": 6,
        "num_key_value_heads": 3,
        "hidden_size": 390,
        "head_dim": 65,
        "partial_rotary_factor": 0.5,
        "num_hidden_layers": 4,
        "layer_types": ["full_attention"] * 4,
        "rope_scaling": {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "rope_type": "llama3"},
        "quantization_config": {"bits": 4, "group_size": 128, "quant_method": "awq"},
        "vocab_size": 64000,
        "eos_token_id": [1, 40000],
    },
    {
        "hidden_size": 2048,
        "num_attention_heads": 7,
        "head_dim": 0,
        "num_key_value_heads": 2,
        "kv_lora_rank": 512,
        "qk_nope_head_dim": 128,
        "qk_rope_head_dim": 64,
        "num_hidden_layers": 2,
        "model_type": "deepseek_v3",
    },
    {
        "model_type": "gemma3",
        "head_dim": 256,
        "text_config": {"model_type": "gemma3_text", "num_hidden_layers": 1, "head_dim": 256, "hidden_size": 64},
        "architectures": ["Gemma3ForConditionalGeneration"],
    },
)  # fmt: skip


def _found(text: str) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for finding in lint(parse(text, "config.json"), Settings()).findings:
        found.setdefault(finding.code, set()).add(finding.start_offset)
    return found


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("indent", [None, 2])
def test_half_a_config_has_no_finding_that_the_whole_has_not(
    config: dict[str, object], indent: int | None
) -> None:
    text = json.dumps(config, indent=indent)
    whole = _found(text)
    for end in range(1, len(text)):
        for code, places in _found(text[:end]).items():
            assert code.startswith("SRC") or places <= whole.get(code, set()), (code, text[:end])


@pytest.mark.parametrize(
    "rest", ["", ",", ',\n  "num_hi', ',\n  "num_hidden_layers": 3', ',\n  "head_dim": ']
)
def test_what_is_written_is_still_judged(rest: str) -> None:
    text = '{"model_type": "llama", "num_attention_heads": 32, "num_key_value_heads": 3, "vocab_size": -5, "x": {}'
    assert _found(text + rest).keys() >= {"ATT002", "ATT006"}


@pytest.mark.parametrize("key", ["hidden_size", "head_dim", "rope_scaling"])
def test_a_value_that_is_missing_is_said_once(key: str) -> None:
    text = f'{{"model_type": "llama", "num_attention_heads": 32, "num_key_value_heads": 3, "{key}": , "x": {{}}}}'
    assert _found(text).keys() == {"SRC008", "ATT002"}


def test_a_number_that_is_cut_off_is_no_value() -> None:
    text = '{"model_type": "llama", "num_attention_heads": 32, "num_key_value_heads": 3'
    assert "ATT002" not in _found(text)
    assert "ATT002" in _found(text + ",")


def test_nothing_is_derived_from_half_a_config() -> None:
    text = json.dumps(CONFIGS[1])
    assert archlint.derive(archlint.read_config(text)).figure("kv_cache.bytes_per_token").value is not None
    for end in range(1, len(text)):
        figures = archlint.derive(archlint.read_config(text[:end])).figures()
        assert {figure.value for figure in figures.values()} == {None}, text[:end]


HUGE = 10**30


@pytest.mark.parametrize(
    "config",
    [
        {"model_type": "lfm2_moe", "num_hidden_layers": 4, "num_dense_layers": HUGE},
        {"model_type": "mllama_text_model", "num_hidden_layers": 4, "cross_attention_layers": [HUGE]},
        {
            "model_type": "gpt_neo",
            "hidden_size": 64,
            "num_heads": 4,
            "num_layers": 4,
            "attention_types": [[["global"], HUGE]],
        },
        {
            "model_type": "qwen3_vl",
            "text_config": {"model_type": "qwen3_vl_text", "hidden_size": 64, "num_hidden_layers": 4},
            "vision_config": {"depth": 2, "hidden_size": 64, "num_heads": HUGE, "out_hidden_size": -HUGE},
        },
    ],
)
def test_no_rule_reads_a_number_of_more_than_64_bits(config: dict[str, object]) -> None:
    findings = lint(parse(json.dumps(config, indent=1), "config.json"), Settings()).findings
    assert {finding.code for finding in findings} <= {"SRC019"}
