"""The main job through the front door: paths in, findings and exit codes out."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import archlint.cli.session
from archlint.cli import interrupt, main
from archlint.cli.fix import diff
from archlint.cli.parser import UserError
from archlint.linter import Linted
from archlint.project import ConfigurationError
from archlint.source.document import Document

GOOD = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "hidden_size": 2048,
    "num_hidden_layers": 16,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "intermediate_size": 8192,
    "vocab_size": 128256,
    "tie_word_embeddings": True,
    "max_position_embeddings": 131072,
}
CARD = """\
name: Small One
scale: 1.2B parameters
layer_mix: '16 GQA'
kv_cache_per_token_bf16: '{figure}'
"""


def _project(folder: Path, config: dict[str, object], figure: str) -> Path:
    (folder / ".git").mkdir()
    (folder / "config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")
    card = folder / "small.arch.yaml"
    card.write_text(CARD.format(figure=figure), encoding="utf-8")
    return card


def _json(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, object]]:
    code = main(["check", "--format", "json", *arguments])
    return code, json.loads(capsys.readouterr().out)


def test_a_clean_project_exits_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _project(tmp_path, GOOD, "32 KiB")
    code, report = _json(capsys, str(tmp_path), "--select", "KVC,ATT")
    assert (code, report["findings"]) == (0, [])
    assert report["summary"]["files"] == 2  # type: ignore[index]
    assert report["summary"]["cards_with_config"] == 1  # type: ignore[index]


def test_a_wrong_figure_is_an_error_at_the_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    card = _project(tmp_path, GOOD, "64 KiB")
    code, report = _json(capsys, str(card), "--select", "KVC001")
    assert code == 1
    (finding,) = report["findings"]  # type: ignore[misc]
    assert finding["code"] == "KVC001"  # type: ignore[index]
    assert finding["severity"] == "error"  # type: ignore[index]
    assert finding["start"] == {"line": 4, "column": 26}  # type: ignore[index]
    assert finding["pointer"] == "/kv_cache_per_token_bf16"  # type: ignore[index]


def test_heads_that_do_not_divide(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = GOOD | {"hidden_size": 896, "num_attention_heads": 7, "num_key_value_heads": 2}
    _project(tmp_path, bad, "N/A")
    code, report = _json(capsys, str(tmp_path / "config.json"))
    assert code == 1
    assert "ATT002" in {finding["code"] for finding in report["findings"]}  # type: ignore[attr-defined]


def test_standard_input_needs_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "-"]) == 2
    assert "archlint: error: reading standard input needs --stdin-filename" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check", "no/such/file"], "no/such/file: no such file or directory"),
        (["check", "--select", "XYZ999"], "no rule has the code"),
        (["check", "--configs", "no/such/folder"], "no such folder"),
        (["check", "--format", "yaml"], "invalid choice"),
        (["frobnicate"], "invalid choice"),
    ],
)
def test_misuse_is_one_line_and_exit_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("archlint: error: ")
    assert message in error
    assert error.count("\n") == 1


def test_bad_configuration_exits_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _project(tmp_path, GOOD, "32 KiB")
    (tmp_path / "archlint.toml").write_text("profil = 'strict'\n", encoding="utf-8")
    assert main(["check", str(tmp_path)]) == 2
    assert "unknown key profil (did you mean profile?)" in capsys.readouterr().err


def test_fix_writes_the_recomputed_figure_and_nothing_else(tmp_path: Path) -> None:
    card = _project(tmp_path, GOOD, "64 KiB")
    before = card.read_bytes()
    assert main(["check", "--fix", "--select", "KVC001", str(card)]) == 0
    assert card.read_bytes() == before.replace(b"64 KiB", b"32 KiB")
    assert main(["check", "--fix", "--select", "KVC001", str(card)]) == 0
    assert card.read_bytes() == before.replace(b"64 KiB", b"32 KiB")


def test_diff_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    card = _project(tmp_path, GOOD, "64 KiB")
    before = card.read_bytes()
    assert main(["check", "--diff", "--select", "KVC001", str(card)]) == 1
    assert "+kv_cache_per_token_bf16: '32 KiB'" in capsys.readouterr().out
    assert card.read_bytes() == before


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c"])
def test_a_line_of_a_diff_ends_where_patch_ends_it(end: str, separator: str) -> None:
    before = end.join(["a: 1", f"b: x{separator}y", "c: 2", "d: 3"])
    after = before.replace("c: 2", "c: 5")
    lines = diff(before, after, "models.yml").split("\n")
    tail = end[:-1]
    assert lines[2:] == [
        "@@ -1,4 +1,4 @@",
        f" a: 1{tail}",
        f" b: x{separator}y{tail}",
        f"-c: 2{tail}",
        f"+c: 5{tail}",
        " d: 3",
        "\\ No newline at end of file",
        "",
    ]


def test_a_named_file_that_is_no_spec_file_is_information(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "package.json"
    other.write_text('{"name": "x", "version": "1.0.0"}', encoding="utf-8")
    code, report = _json(capsys, str(other))
    assert code == 0
    assert [finding["severity"] for finding in report["findings"]] == ["info"]  # type: ignore[attr-defined]
    code, report = _json(capsys, str(tmp_path))
    assert report["findings"] == []


def test_a_named_file_is_told_of_wherever_it_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config.json").write_text("", encoding="utf-8")
    other = tmp_path / "package.json"
    other.write_text('{"name": "x"}', encoding="utf-8")
    _, report = _json(capsys, str(tmp_path), str(other), str(tmp_path / "config.json"))
    assert {finding["code"] for finding in report["findings"]} == {"SRC029", "SRC090"}  # type: ignore[attr-defined, index]
    _, report = _json(capsys, str(tmp_path))
    assert report["findings"] == []


def test_what_is_no_config_is_none_of_a_cards(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    card = _project(tmp_path, {"name": "x"}, "32 KiB")
    _, report = _json(capsys, str(card))
    assert report["summary"]["cards_without_config"] == 1  # type: ignore[index]


def test_a_walk_respects_gitignore_and_never_leaves_by_a_link(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inside = tmp_path / "project"
    outside = tmp_path / "outside"
    for folder in (inside / "kept", inside / "dropped", outside):
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(json.dumps(GOOD), encoding="utf-8")
    (inside / ".git").mkdir()
    (inside / ".gitignore").write_text("dropped/\n", encoding="utf-8")
    (inside / "link").symlink_to(outside)
    (inside / "loop").symlink_to(inside)
    _, report = _json(capsys, str(inside))
    assert report["summary"]["files"] == 1  # type: ignore[index]


def test_a_path_in_a_card_never_leaves_the_project(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "secret.json").write_text(json.dumps(GOOD), encoding="utf-8")
    project = tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    card = project / "x.arch.yaml"
    card.write_text(CARD.format(figure="64 KiB") + "architecture: ../secret.json\n", encoding="utf-8")
    _, report = _json(capsys, str(card), "--select", "KVC001")
    assert report["summary"]["cards_without_config"] == 1  # type: ignore[index]
    card.write_text(CARD.format(figure="64 KiB") + "architecture: here.json\n", encoding="utf-8")
    (project / "here.json").write_text(json.dumps(GOOD), encoding="utf-8")
    _, report = _json(capsys, str(card), "--select", "KVC001")
    assert report["summary"]["cards_with_config"] == 1  # type: ignore[index]
    assert len(report["findings"]) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("table", "wrong"),
    [
        ('[options.CRD008]\ntoda = "2026-01-01"\n', "CRD008 has no option toda; its options are today"),
        ('[options.QNT008]\nparameters = "many"\n', "must be a whole number"),
        ("[options.NOPE]\nx = 1\n", "no rule has the code or name NOPE"),
        (
            '[[suppress]]\nfile = "a.json"\npointer = "scale"\ncodes = ["PAR"]\n',
            "must be empty or begin with /",
        ),
        ('[[suppress]]\nfile = "a.json"\ncodes = []\n', "must not be empty"),
        ('require-reasons = true\n[[suppress]]\nfile = "a.json"\ncodes = ["PAR"]\n', "has no reason"),
    ],
)
def test_options_and_suppressions_are_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], table: str, wrong: str
) -> None:
    (tmp_path / "archlint.toml").write_text(table, encoding="utf-8")
    (tmp_path / "models.yml").write_text(
        "Example 8B:\n  scale: 8B\n  decoder_type: Dense\n", encoding="utf-8"
    )
    assert main(["check", str(tmp_path)]) == 2
    assert wrong in capsys.readouterr().err


def test_a_mistake_of_its_own_costs_one_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    card = _project(tmp_path, GOOD, "64 KiB")
    lint = archlint.cli.session.lint

    def fails(document: Document, *rest: Any, **more: Any) -> Linted:
        if document.name.endswith("config.json"):
            raise ZeroDivisionError("division by zero")
        return lint(document, *rest, **more)

    monkeypatch.setattr("archlint.cli.session.lint", fails)
    for jobs in ("1", "2"):
        assert main(["check", "--no-cache", "--format", "concise", f"--jobs={jobs}", str(tmp_path)]) == 2
        told = capsys.readouterr()
        assert f"{card}:4:26: error KVC001" in told.out
        assert "config.json was not checked, by a mistake of archlint's own" in told.err
        assert "ZeroDivisionError: division by zero at cli/session.py:" in told.err
    for arguments in (["check", "--fix"], ["check", "--diff"], ["baseline"]):
        assert main([*arguments, str(tmp_path)]) == 2
        assert "config.json was not checked" in capsys.readouterr().err
    assert not (tmp_path / ".archlint-baseline.json").exists()


@pytest.mark.parametrize(
    ("work", "made_of_it"),
    [
        ("lint", RuntimeError("Error calling __set_name__")),
        ("lint", ValueError('Error building "literal" validator: KeyboardInterrupt:')),
        ("settings_in", ConfigurationError("archlint.toml: no rule can be loaded")),
        ("targets", UserError("no such file")),
    ],
)
def test_what_a_class_or_another_s_code_makes_of_an_interrupt_ends_the_run(
    work: str,
    made_of_it: Exception,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*rest: Any, **more: Any) -> None:
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        raise made_of_it

    project = _project(tmp_path, GOOD, "64 KiB")
    monkeypatch.setattr(f"archlint.cli.session.{work}", interrupted)
    monkeypatch.setattr(interrupt, "came", False)
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    before = signal.getsignal(signal.SIGINT)
    interrupt.expect()
    try:
        assert main(["check", "--no-cache", str(project)]) == 130
    finally:
        signal.signal(signal.SIGINT, before)
    assert capsys.readouterr().err == "\n"


@pytest.mark.parametrize("then", ["pass", "raise ImportError", "raise SystemError from None"])
def test_an_interrupt_that_was_swallowed_is_the_exit_code_all_the_same(then: str) -> None:
    code = f"""
import signal
from archlint import cli

def main():
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        {then}
    return 0

cli.main = main
cli.script()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
