"""The shipped examples: the clean ones are clean with the figures they state, the broken ones are not."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from archlint.linter import Linted, lint
from archlint.project import Settings
from archlint.source import parse
from archlint.specs.card import read_cards
from archlint.specs.kind import recognise

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

KV_CACHE = {  # KiB per token, and bytes
    "gpt-2-xl": ("300", 307_200),
    "llama-3-8b": ("128", 131_072),
    "llama-3.2-1b": ("32", 32_768),
    "olmo-2-7b": ("512", 524_288),
    "deepseek-v3": ("68.6", 70_272),
    "deepseek-r1": ("68.6", 70_272),
    "qwen3-235b-a22b": ("188", 192_512),
    "qwen3-0.6b": ("112", 114_688),
    "qwen3-32b": ("256", 262_144),
    "gemma-3-27b": ("496", 507_904),
    "mistral-small-3.1-24b": ("160", 163_840),
    "llama-4-maverick": ("192", 196_608),
}


def linted(path: Path, text: str | None = None) -> Linted:
    written = path.read_text(encoding="utf-8") if text is None else text
    return lint(parse(written, path.name), Settings())


def test_every_model_has_its_example() -> None:
    assert {path.name.removesuffix(".arch.yaml") for path in EXAMPLES.glob("*.arch.yaml")} == set(KV_CACHE)


@pytest.mark.parametrize("name", KV_CACHE)
def test_clean(name: str) -> None:
    path = EXAMPLES / f"{name}.arch.yaml"
    result = linted(path)
    assert result.findings == ()
    assert result.cards_with_config == 1
    card = result.models[0].card
    assert card is not None
    assert card.kv_cache_per_token is not None
    assert card.kv_cache_per_token.text == f"{KV_CACHE[name][0]} KiB"
    assert card.kv_cache_per_token.agrees(KV_CACHE[name][1])


@pytest.mark.parametrize("name", KV_CACHE)
def test_the_cache_is_recomputed(name: str) -> None:
    path = EXAMPLES / f"{name}.arch.yaml"
    text = path.read_text(encoding="utf-8").replace(f"'{KV_CACHE[name][0]} KiB'", "'77.7 KiB'")
    assert "KVC001" in {finding.code for finding in linted(path, text).findings}


def test_shares_and_mixes() -> None:
    def card(name: str):  # type: ignore[no-untyped-def]
        document = parse((EXAMPLES / f"{name}.arch.yaml").read_text(encoding="utf-8"), f"{name}.arch.yaml")
        return read_cards(document, recognise(document))[0]

    for name, share in (("deepseek-v3", "5.5"), ("qwen3-235b-a22b", "9.4")):
        scale = card(name).scale
        assert scale.share.number == Fraction(share)
        assert scale.share_agrees
    assert [term.count for term in card("gemma-3-27b").layer_mix.terms] == [52, 10]
    assert [term.count for term in card("llama-4-maverick").layer_mix.terms] == [36, 12]


def test_broken() -> None:
    found = [
        finding.code for path in sorted((EXAMPLES / "broken").iterdir()) for finding in linted(path).findings
    ]
    assert len(found) >= 12
    assert len(set(found)) >= 12
