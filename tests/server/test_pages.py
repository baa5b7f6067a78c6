"""A rule's page outside the source tree: written once into the user's cache, or left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from archlint.project import Settings
from archlint.server import diagnostics
from archlint.specs.config_keys import _RARER, known_keys, meaning_of


def test_a_page_is_written_into_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnostics, "_page_in_docs", lambda code: None)
    monkeypatch.setattr(diagnostics, "_write_page", lambda ruleset, code: f"file:///{code}")
    assert diagnostics.page_of("KVC001", Settings(root=tmp_path)) == "file:///KVC001"
    assert diagnostics.page_of("XXX999", Settings(root=tmp_path)) is None


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from archlint.rules.ruleset import ruleset_of

    rules = ruleset_of(Settings(root=tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    written = diagnostics._write_page(rules, "KVC001")
    assert written is not None
    assert (tmp_path / "archlint" / "pages" / "KVC001.md").read_text(encoding="utf-8").startswith("# KVC001")
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert diagnostics._write_page(rules, "KVC001") is None


@pytest.mark.parametrize("key", [*known_keys(), *_RARER])
def test_a_meaning_is_a_sentence(key: str) -> None:
    found = meaning_of(key)
    assert found is not None
    assert found.text[0].isupper()
    assert found.text.endswith(".")


def test_no_key_has_two_meanings() -> None:
    assert _RARER.keys().isdisjoint(known_keys())


@pytest.mark.parametrize(
    ("key", "token"), [("image_token_id", "image"), ("boi_token_index", "boi"), ("x_token_ids", "x")]
)
def test_the_number_of_a_token(key: str, token: str) -> None:
    found = meaning_of(key)
    assert found is not None
    assert f"of the {token} token" in found.text


@pytest.mark.parametrize("key", ["_token_id", "token_id", "a_token_type", "nothing"])
def test_what_is_not_known_has_no_meaning(key: str) -> None:
    assert meaning_of(key) is None
