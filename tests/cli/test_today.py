"""The day that dates are judged by comes from the boundary, and can be given."""

from pathlib import Path

import pytest

from archlint.linter import lint
from archlint.project import Settings, dated
from archlint.source import parse

ENTRY = (
    "Example 8B:\n  scale: 8B parameters\n  decoder_type: Dense\n  layer_mix: 32 GQA\n  date: '2031-01-02'\n"
)


def found(settings: Settings) -> bool:
    findings = lint(parse(ENTRY, "models.yml"), settings).findings
    return any(each.code == "CRD008" for each in findings)


def test_without_a_day_nothing_is_in_the_future(tmp_path: Path) -> None:
    assert not found(Settings(root=tmp_path))


def test_the_clock_is_read_at_the_boundary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")  # January 2027
    assert found(dated(Settings(root=tmp_path)))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1930000000")  # February 2031
    assert not found(dated(Settings(root=tmp_path)))


def test_a_clock_that_is_behind_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "315532800")  # 1980
    recent = ENTRY.replace("2031-01-02", "2026-10-01")
    findings = lint(parse(recent, "models.yml"), dated(Settings(root=tmp_path))).findings
    assert not any(each.code == "CRD008" for each in findings)


def test_a_day_that_is_given_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")
    given = Settings(root=tmp_path, options={"CRD008": {"today": "2031-06-01"}})
    assert dated(given) is given
    assert not found(dated(given))
