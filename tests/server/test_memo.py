"""With a memory of the version before, a lint gives what it gives without one."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from archlint.facts import REGISTRY
from archlint.facts.registry import Reading
from archlint.hub import Configs
from archlint.linter import lint, read
from archlint.memo import Memo
from archlint.project import Settings
from archlint.source import parse
from tests.server.samples import entry, write_project

PIECES = [
    "x",
    "\n",
    "  scale: 9B\n",
    ":",
    "'",
    "#",
    "- ",
    "  ",
    "\u65e5",
    "\U0001f999",
    "[",
    entry(3),
    "128 KiB",
    "\r\n",
    "\t",
    "{",
]


@pytest.mark.parametrize("seed", range(6))
def test_a_memory_changes_no_finding(tmp_path: Path, seed: int) -> None:
    path = write_project(tmp_path, 20)
    settings = Settings(root=tmp_path, configs=("configs",))
    configs, memo, chance = Configs(settings), Memo(), random.Random(seed)
    text = path.read_text(encoding="utf-8")
    for _ in range(40):
        at = chance.randrange(len(text) + 1)
        end = at if chance.random() < 0.5 else min(len(text), at + chance.randrange(200))
        text = text[:at] + (chance.choice(PIECES) if chance.random() < 0.7 else "") + text[end:]
        fresh = lint(parse(text, str(path)), settings, configs)
        remembered = lint(parse(text, str(path)), settings, configs, memo=memo)
        assert remembered.findings == fresh.findings


def test_another_config_changes_the_findings(tmp_path: Path) -> None:
    path = write_project(tmp_path, 10)
    settings = Settings(root=tmp_path, configs=("configs",))
    configs, memo = Configs(settings), Memo()
    text = path.read_text(encoding="utf-8")
    before = lint(parse(text, str(path)), settings, configs, memo=memo).findings
    config = tmp_path / "configs" / "maker__model-1.json"
    config.write_text(config.read_text().replace('"num_key_value_heads": 8', '"num_key_value_heads": 2'))
    after = lint(parse(text, str(path)), settings, configs, memo=memo).findings
    assert after != before
    assert after == lint(parse(text, str(path)), settings, Configs(settings)).findings


def test_other_settings_change_the_findings(tmp_path: Path) -> None:
    path = write_project(tmp_path, 10)
    settings, memo = Settings(root=tmp_path, configs=("configs",)), Memo()
    document = parse(path.read_text(encoding="utf-8"), str(path))
    assert any(
        each.code == "KVC001" for each in lint(document, settings, Configs(settings), memo=memo).findings
    )
    quiet = Settings(root=tmp_path, configs=("configs",), ignore=("KVC",))
    assert not any(
        each.code == "KVC001" for each in lint(document, quiet, Configs(quiet), memo=memo).findings
    )


class Forbidden(tuple):  # type: ignore[type-arg]
    def __iter__(self):  # type: ignore[no-untyped-def]
        raise AssertionError("looked at the other entries")


def test_only_facts_that_say_so_look_at_other_entries(tmp_path: Path) -> None:
    path = write_project(tmp_path, 8)
    settings = Settings(root=tmp_path, configs=("configs",))
    _, models = read(parse(path.read_text(encoding="utf-8"), str(path)), Configs(settings))
    for model in models:
        model.siblings = Forbidden()

    def visit(reading: Reading) -> None:
        for fact in REGISTRY.facts.values():
            if fact.scope == reading.scope and not fact.across:
                reading.get(fact.name)
        for scope in REGISTRY.scopes.values():
            if scope.parent == reading.scope and not scope.across:
                for below in scope.subjects(reading.subject):
                    visit(Reading(REGISTRY, scope.name, below, reading))

    for model in models:
        visit(Reading(REGISTRY, "model", model))
