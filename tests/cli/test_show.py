"""``show`` and ``explain``: the figures, in the shapes that people and programs read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archlint.cli import main

GEMMA = {
    "model_type": "gemma3_text",
    "hidden_size": 5376,
    "intermediate_size": 21504,
    "num_hidden_layers": 62,
    "num_attention_heads": 32,
    "num_key_value_heads": 16,
    "head_dim": 128,
    "sliding_window": 1024,
    "vocab_size": 262208,
    "max_position_embeddings": 131072,
}


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(GEMMA), encoding="utf-8")
    return str(path)


def _show(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(list(arguments)) == 0
    return capsys.readouterr().out


def test_json_is_an_array_with_the_contracted_keys(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    (sheet,) = json.loads(_show(capsys, "show", config, "--format", "json", "--context", "1000"))
    assert {"file", "name", "model_type", "verified", "parameters", "kv_cache", "state"} <= sheet.keys()
    assert {"layers", "weights", "flops", "derivations"} <= sheet.keys()
    assert sheet["model_type"] == "gemma3_text"
    assert sheet["kv_cache"]["bytes_per_token"] == 62 * 2 * 16 * 128 * 2
    assert sheet["kv_cache"]["growing_bytes_per_token"] == 10 * 2 * 16 * 128 * 2
    assert sheet["kv_cache"]["at"]["1000"] == 1000 * 62 * 2 * 16 * 128 * 2
    assert sheet["layers"]["total"] == 62
    assert sheet["layers"]["mixers"] == {"sliding": 52, "global": 10}
    assert sheet["layers"]["feed_forwards"] == {"dense": 62}
    assert sheet["verified"]["kv_cache.bytes_per_token"] is True
    assert "52 sliding layers" in sheet["derivations"]["kv_cache.bytes_per_token"]


def test_dtype_changes_the_cache(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    (bf16,) = json.loads(_show(capsys, "show", config, "--format", "json"))
    (fp8,) = json.loads(_show(capsys, "show", config, "--format", "json", "--dtype", "fp8"))
    assert fp8["kv_cache"]["at"]["8192"] * 2 == bf16["kv_cache"]["at"]["8192"]
    assert fp8["kv_cache"]["bytes_per_token"] == bf16["kv_cache"]["bytes_per_token"]


def test_the_table_tells_the_order_of_the_layers(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    table = _show(capsys, "show", config)
    assert "(5 sliding, 1 global) × 10, 2 sliding" in table
    assert "496 KiB" in table
    assert max(len(line) for line in table.splitlines()) <= 110


def test_markdown_is_a_table(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = _show(capsys, "show", config, "--format", "markdown").splitlines()
    rows = [line for line in lines if line.startswith("|")]
    assert len({line.count("|") for line in rows}) == 1
    assert any("496 KiB | 507,904 B" in line for line in rows)


def test_explain_names_the_keys(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    tree = _show(capsys, "explain", config, "kv_cache.bytes_per_token")
    assert tree.startswith("kv_cache.bytes_per_token = 507,904 B\n")
    assert "num_key_value_heads (written)" in tree
    assert _show(capsys, "explain", config, "/num_key_value_heads") == tree


@pytest.mark.parametrize("written", [1e400, "4k", -1, [4096], None, {}])
@pytest.mark.parametrize("form", ["table", "json", "markdown"])
def test_a_context_that_cannot_be_read_costs_no_figure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], written: object, form: str
) -> None:
    file = tmp_path / "config.json"
    keys = {"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    file.write_text(json.dumps(keys | {"max_position_embeddings": written}), encoding="utf-8")
    assert main(["show", str(file), "--format", form]) == 0
    assert "8" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["explain", "{}", "kv_cache.bytes_per_tokens"], "did you mean kv_cache.bytes_per_token?"),
        (["show", "{}", "--dtype", "fp7"], "not a number format"),
        (["show", "{}", "--context", "-1"], "not a number of tokens"),
        (["show", "no.json"], "no such file"),
    ],
)
def test_misuse(arguments: list[str], message: str, config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([config if each == "{}" else each for each in arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_file_that_is_no_spec_file_costs_only_itself(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "package.json"
    other.write_text('{"name": "x", "devDependencies": {}}', encoding="utf-8")
    assert main(["show", str(other), config, "--format", "json"]) == 1
    out, err = capsys.readouterr()
    assert len(json.loads(out)) == 1
    assert err == f"archlint: {other}: no spec file: it is a Node package\n"
    assert main(["show", str(other)]) == 2


def test_a_composite_is_called_by_its_own_type(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"model_type": "gemma3", "text_config": GEMMA}), encoding="utf-8")
    title, *_ = _show(capsys, "show", str(path)).splitlines()
    assert title.endswith("(gemma3, language part: gemma3_text)")
    (sheet,) = json.loads(_show(capsys, "show", str(path), "--format", "json"))
    assert (sheet["composite_type"], sheet["model_type"]) == ("gemma3", "gemma3_text")


def test_figures_of_one_reason_are_named_by_their_group(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config.json"
    keys = {"model_type": "bert", "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    path.write_text(json.dumps(keys), encoding="utf-8")
    table = _show(capsys, "show", str(path))
    assert "Not derived: kv_cache: an encoder keeps no cache" in table
    assert "Not derived: weights.bytes:" in table
    assert "at 8,192 tokens, bf16" not in table


def test_layers_without_a_mixer_are_called_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "config.json"
    keys = {"model_type": "nemotron_h", "num_hidden_layers": 4, "hybrid_override_pattern": "M-M*"}
    path.write_text(json.dumps(keys), encoding="utf-8")
    assert any(
        line.split()[:3] == ["no", "mixer", "1"] for line in _show(capsys, "show", str(path)).splitlines()
    )
