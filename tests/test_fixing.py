"""Fixes: they remove their finding, bring no other, touch nothing else, and doing it twice changes nothing.

The files are all cases, the broken examples, and every bad example of every rule; non-ASCII text is put into each.
"""

from __future__ import annotations

import difflib
import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from archlint.findings import Finding, Fix, Severity
from archlint.fixing import Fixed, fix_text, write
from archlint.linter import lint
from archlint.project import Settings
from archlint.rules.ruleset import builtin
from archlint.source import parse
from archlint.source.document import Document
from archlint.source.edits import Edit
from tests.test_cases import cases

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = Settings(root=ROOT, profile="pedantic")

Sample = tuple[str, str, str | None]
"""A file's name, its text, and the config that is found for its cards."""


def _samples() -> Iterator[Sample]:
    for path in cases():
        config = path.with_name(path.name + ".config.json")
        found = config.read_bytes().decode() if config.is_file() else None
        name = "config.json" if path.suffix == ".json" else path.name
        yield name, path.read_bytes().decode("utf-8"), found
    for path in sorted((ROOT / "examples" / "broken").iterdir()):
        yield path.name, path.read_bytes().decode("utf-8"), None
    ruleset = builtin()
    for rule in ruleset.rules:
        for example in ruleset.page(rule).bad:
            if not example.data and example.times == 1:
                yield example.name, example.text, example.config


SAMPLES = list(_samples())


def _lint(sample: Sample, text: str) -> tuple[Finding, ...]:
    name, _, config = sample

    def found(*_: object) -> Document | None:
        return None if config is None else parse(config, "config.json", "json")

    return lint(parse(text, name), SETTINGS, found, named=True).findings


def _fix(sample: Sample, text: str, unsafe: bool) -> Fixed:
    return fix_text(text, lambda each: _lint(sample, each), unsafe=unsafe)


def _counted(findings: tuple[Finding, ...]) -> Counter[tuple[str, str]]:
    """Count by rule and model: a renamed key moves what is said about it to another pointer."""
    return Counter((each.code, each.model or "") for each in findings if each.severity > Severity.HINT)


@pytest.mark.parametrize("unsafe", [False, True], ids=["safe", "unsafe"])
@pytest.mark.parametrize("number", range(len(SAMPLES)), ids=lambda n: f"{n}-{SAMPLES[n][0]}")
def test_fixes_keep_their_word(number: int, unsafe: bool) -> None:
    sample = SAMPLES[number]
    text = sample[1]
    before = _lint(sample, text)
    fixed = _fix(sample, text, unsafe)
    assert fixed.left == _lint(sample, fixed.text)
    gained = _counted(fixed.left) - _counted(before)
    assert not gained, gained
    assert _fix(sample, fixed.text, unsafe).text == fixed.text, "doing it twice changed something"
    if not fixed.made:
        assert fixed.text == text
    _touches_only_its_lines(text, fixed)


def _touches_only_its_lines(text: str, fixed: Fixed) -> None:
    """Every changed line is one that a finding stands on, or next to it (a key added or taken out)."""
    if not fixed.made or len(fixed.made) > 1:
        return
    (made,) = fixed.made
    first, last = made.start[0] - 1, made.end[0]
    before, after = text.splitlines(keepends=True), fixed.text.splitlines(keepends=True)
    for tag, start, end, _, _ in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            assert first - 1 <= start, made
            assert end <= max(last, start) + 1, made


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_every_other_byte_stays(line_end: str) -> None:
    text = line_end.join(
        [
            "# Überschrift 日本語 🦙",
            "Größe 8B:   # Kommentar",
            "  company:   'Ärzte · 会社'",
            '  scale: "8B total, 1B active (50% active)"  # 13 %',
            "  decoder_type: Sparse MoE",
            "",
        ]
    )
    sample = ("models.yml", text, None)
    fixed = _fix(sample, text, unsafe=True)
    assert fixed.text == text.replace("50%", "12.5%")


def test_fixes_that_overlap_are_made_in_turn() -> None:
    text = "---\nlicence: MIT\n---\n"
    sample = ("README.md", text, None)
    assert _fix(sample, text, unsafe=False).text == "---\nlicense: mit\n---\n"


@pytest.mark.parametrize("wrong", [{40}, set(range(1, 64, 2)), set(range(64))], ids=["one", "half", "all"])
def test_fixes_that_break_something_are_found_in_few_rounds(wrong: set[int]) -> None:
    """Entries that are mended into what another rule tells of are left, and the text is not read once each."""
    entry = "E{}:\n  scale: 7B\n  decoder_type: Dense\n  context_tokens: '{}'\n"
    text = "".join(entry.format(number, "900.072" if number in wrong else "131.072") for number in range(64))
    configs = {"model_type": "llama", "max_position_embeddings": 131_072}
    rounds = 0

    def look(each: str) -> tuple[Finding, ...]:
        nonlocal rounds
        rounds += 1
        settings = Settings(root=ROOT, select=("SCH008", "CTX020"))
        config = parse(json.dumps(configs), "config.json", "json")
        return lint(parse(each, "models.yml"), settings, lambda *_: config, named=True).findings

    fixed = fix_text(text, look)
    assert fixed.text.count("131,072") == 64 - len(wrong)
    assert fixed.text.count("900.072") == len(wrong)
    assert rounds < 16


def test_writing_is_atomic_and_keeps_the_mode_and_the_link(tmp_path: Path) -> None:
    target = tmp_path / "folder" / "config.json"
    target.parent.mkdir()
    target.write_text("{}", encoding="utf-8")
    target.chmod(0o640)
    link = tmp_path / "link.json"
    link.symlink_to(target)
    write(link, '{"é": 1}')
    assert link.is_symlink()
    assert target.read_bytes() == '{"é": 1}'.encode()
    assert target.stat().st_mode & 0o777 == 0o640
    assert os.listdir(target.parent) == ["config.json"]


def test_a_write_that_fails_leaves_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "config.json"
    target.write_text("{}", encoding="utf-8")

    def refuse(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="no space left"):
        write(target, "[]")
    assert target.read_text(encoding="utf-8") == "{}"
    assert os.listdir(tmp_path) == ["config.json"]


def test_a_fix_that_breaks_something_in_another_entry_is_left() -> None:
    """Nothing in the entry itself tells that its fix is the one."""
    text = "A: 1\nB: 1\nC: 1\nD: 1\n"

    def look(each: str) -> tuple[Finding, ...]:
        lines = dict(line.split(": ") for line in each.splitlines())
        starts = {name: each.index(f"{name}: ") + 3 for name in lines}
        found = [
            _finding("SCH008", name, Fix("", (Edit(at, at + 1, "2"),), safe=True))
            for name, at in starts.items()
            if lines[name] == "1"
        ]
        return (*found, _finding("CTX020", "D")) if lines["B"] == "2" else tuple(found)

    fixed = fix_text(text, look)
    assert fixed.text == "A: 2\nB: 1\nC: 2\nD: 2\n"
    assert [each.model for each in fixed.made] == ["A", "C", "D"]
    assert [(each.code, each.model) for each in fixed.left] == [("SCH008", "B")]


def _finding(code: str, model: str, *fixes: Fix) -> Finding:
    place = (1, 1)
    return Finding(
        code, "name", Severity.WARNING, "", "models.yml", place, place, 0, 0, model=model, fixes=fixes
    )
