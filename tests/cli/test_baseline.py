"""The baseline: accepts what there is, fails on what is new, follows lines that move, and says what is fixed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archlint.cli import main
from archlint.project import forget

ENTRY = """\
{name}:
  scale: {scale}
  kv_cache_per_token_bf16: '{figure}'
  architecture:
    model_type: llama
    hidden_size: 2048
    num_hidden_layers: 16
    num_attention_heads: 32
    num_key_value_heads: 8
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    forget()
    _write(tmp_path, "64 KiB")
    return tmp_path


def _write(folder: Path, figure: str, before: str = "") -> None:
    text = before + ENTRY.format(name="One 1B", scale="1B parameters", figure=figure)
    (folder / "models.yml").write_text(text, encoding="utf-8")


def _check(capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    code = main(["check", "--no-cache", "--select", "KVC001", "--format", "json"])
    return code, [finding["message"] for finding in json.loads(capsys.readouterr().out)["findings"]]


def _accept(capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["baseline", "--select", "KVC001"]) == 0
    return capsys.readouterr().out


def test_accepted_findings_do_not_fail(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _check(capsys)[0] == 1
    assert "1 finding accepted" in _accept(capsys)
    assert _check(capsys) == (0, [])


def test_it_survives_moved_lines_but_no_other_value(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _accept(capsys)
    _write(project, "64 KiB", before="# a comment\n\n")
    assert _check(capsys) == (0, [])
    _write(project, "65 KiB")
    assert _check(capsys)[0] == 1


def test_a_second_finding_like_it_is_new(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _accept(capsys)
    other = ENTRY.format(name="Two 1B", scale="1B parameters", figure="64 KiB")
    _write(project, "64 KiB", before=other)
    assert _check(capsys)[0] == 1


def test_what_is_fixed_is_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _accept(capsys)
    _write(project, "32 KiB")
    assert main(["check", "--no-cache", "--select", "KVC001"]) == 0
    assert "fixed" in capsys.readouterr().out


def test_the_file_reads_well_in_a_review(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _accept(capsys)
    text = (project / ".archlint-baseline.json").read_text(encoding="utf-8")
    data = json.loads(text)
    assert data["version"] == 1
    assert [each["code"] for each in data["findings"]] == ["KVC001"]
    assert sum("KVC001" in line for line in text.splitlines()) == 1
    _accept(capsys)
    assert (project / ".archlint-baseline.json").read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    "text", ["", "[]", '{"version": 9, "findings": []}', '{"version": 1, "findings": [1]}']
)
def test_a_broken_baseline_is_misuse(project: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    (project / ".archlint-baseline.json").write_text(text, encoding="utf-8")
    assert main(["check", "--no-cache"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("archlint: error: ")
    assert error.count("\n") == 1
