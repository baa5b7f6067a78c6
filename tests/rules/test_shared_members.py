"""Entries that share members by a YAML merge key: what is wrong there is said once."""

from __future__ import annotations

from archlint.linter import lint
from archlint.project import Settings
from archlint.source.parse import parse

GALLERY = """Base 1B: &base
  scale: 1B parameters
  decoder_type: Dense
  licence_nme: x
  kv_cache_per_token_bf16: 128 KB
Other 1B:
  <<: *base
  scale: 2B parameters
  kv_cache_per_token_bf16: 256 KB
Third 1B:
  <<: *base
"""


def test_a_finding_on_a_shared_member_is_told_once_and_the_others_stay() -> None:
    findings = lint(parse(GALLERY, "models.yml"), Settings()).findings
    places = [(each.code, each.start_offset) for each in findings]
    assert len(set(places)) == len(places)
    told = [(each.code, each.start[0], each.model) for each in findings if each.code in ("KVC003", "SCH003")]
    assert told == [("SCH003", 4, "Base 1B"), ("KVC003", 5, "Base 1B"), ("KVC003", 9, "Other 1B")]
    assert [each.model for each in findings if each.code == "SCH002"] == ["Base 1B", "Other 1B", "Third 1B"]
