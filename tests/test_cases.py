"""Spec files with the findings that they must give.

``tests/cases/<rule>/<case>`` is a file as a user has it; ``<case>.expected`` beside it lists the findings, one a line,
none when the file is right; ``<case>.config.json`` is the config that is found for its cards. A new case needs no code:
write the file, run with ``ARCHLINT_WRITE_EXPECTED=1``, and read what was written before committing it.
"""

import os
from pathlib import Path

import pytest

from archlint.linter import lint
from archlint.project import Settings
from archlint.source import load
from archlint.source.document import Document

CASES = Path(__file__).parent / "cases"


def cases() -> list[Path]:
    files = [path for path in CASES.rglob("*") if path.is_file()]
    return sorted(path for path in files if not path.name.endswith((".expected", ".config.json")))


def findings(path: Path) -> str:
    def find_config(*_: object) -> Document | None:
        beside = path.with_name(path.name + ".config.json")
        return load(beside.read_bytes(), "config.json") if beside.is_file() else None

    name = "config.json" if path.suffix == ".json" else path.name
    linted = lint(load(path.read_bytes(), name), Settings(ignore=("missing-card-key",)), find_config)
    lines = []
    for each in linted.findings:
        start, end = f"{each.start[0]}:{each.start[1]}", f"{each.end[0]}:{each.end[1]}"
        lines.append(f"{start}-{end} {each.severity} {each.code} {each.message}")
        lines += [f"    {step}" for step in each.derivation]
        lines += [
            f"    see {each.file}:{each.start[0]}:{each.start[1]} {each.message}" for each in each.related
        ]
        lines += [f"    {'fix' if fix.safe else 'unsafe fix'}: {fix.title}" for fix in each.fixes]
    return "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize("path", cases(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_case(path: Path) -> None:
    expected = path.with_name(path.name + ".expected")
    found = findings(path)
    if os.environ.get("ARCHLINT_WRITE_EXPECTED"):
        expected.write_text(found, encoding="utf-8")
    assert expected.is_file(), f"{expected.name} is missing"
    assert found == expected.read_text(encoding="utf-8")
