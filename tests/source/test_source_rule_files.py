"""Each problem has its rule file, and the rule's own examples show it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from archlint.source import load

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "rules" / "source").glob("*.yaml"))
READ: dict[str, dict[str, Any]] = {path.stem: YAML(typ="safe", pure=True).load(path) for path in FILES}
RULES = {name: rule for name, rule in READ.items() if rule["raised_by"] == "source"}


def _data(example: dict[str, Any]) -> bytes:
    data = bytes.fromhex(example["bytes"]) if "bytes" in example else example["text"].encode()
    return data * example.get("times", 1)


@pytest.mark.parametrize("name", RULES)
def test_examples(name: str) -> None:
    rule = RULES[name]
    assert rule["name"] == name
    for example in rule["examples"]["bad"]:
        problems = load(_data(example), example["file"]).problems
        found = [problem for problem in problems if problem.rule == name]
        assert found, problems
        for slot in re.findall(r"(?<!\{)\{(\w+)\}", rule["message"]):
            assert all(slot in problem.facts for problem in found)
    for example in rule["examples"]["good"]:
        assert load(_data(example), example["file"]).problems == []


def test_every_problem_has_a_rule_file() -> None:
    raised = set()
    for path in (ROOT / "src" / "archlint" / "source").glob("*.py"):
        raised |= set(re.findall(r'(?:add|once|Problem)\(\s*"([a-z0-9-]+)"', path.read_text()))
        raised |= set(
            re.findall(r'rule = "([a-z0-9-]+)"|return "([a-z]+-too-large)"', path.read_text()) and []
        )
    missing = raised - set(RULES)
    assert not missing
    codes = [rule["code"] for rule in RULES.values()]
    assert len(set(codes)) == len(codes)
