"""The rules' pages in docs/ are those that the rule files give."""

from __future__ import annotations

import importlib.util
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_spec = importlib.util.spec_from_file_location("write_rule_docs", ROOT / "tools" / "write_rule_docs.py")
assert _spec is not None
assert _spec.loader is not None
write_rule_docs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(write_rule_docs)


def test_pages_are_up_to_date() -> None:
    folder = ROOT / "docs" / "rules"
    pages = write_rule_docs.pages()
    assert {path.name for path in folder.glob("*.md")} == set(pages)
    stale = [name for name, text in pages.items() if (folder / name).read_text(encoding="utf-8") != text]
    assert not stale, "python tools/write_rule_docs.py"


def test_there_are_at_least_ninety_rules_in_every_category() -> None:
    pages = write_rule_docs.pages()
    assert len(pages) > 90
    prefixes = {name[:3] for name in pages} - {"REA"}
    assert prefixes == set(write_rule_docs.CATEGORIES)
