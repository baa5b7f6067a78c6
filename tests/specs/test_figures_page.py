"""What docs/figures.md says can be read, can be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from archlint.specs import quantity
from archlint.specs.card import FIGURES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "figures.md"


def forms() -> list[tuple[str, str]]:
    """Yield (key, text) for each form in the tables."""
    found: list[tuple[str, str]] = []
    key = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            key = line[3:]
        elif line.startswith("| `"):
            found += [(key, text) for text in re.findall(r"`([^`]+)`", line.split(" | ")[0])]
        elif (key == "Others" and line.startswith("| a")) or line.startswith("| d"):
            name, written = (part.strip(" |`") for part in line.split(" | "))
            found.append((name, written))
    return found


def test_the_page_has_every_key_with_figures() -> None:
    assert {key for key, _ in forms()} >= {
        "scale", "layer_mix", "kv_cache_per_token_bf16", "context_tokens", "vocab_size", "date",
        "aa_intelligence_index", "aai_profile",
    }  # fmt: skip
    assert len(forms()) > 45


@pytest.mark.parametrize(("key", "text"), forms())
def test_readable(key: str, text: str) -> None:
    read = getattr(quantity, FIGURES[key])(text)
    assert not isinstance(read, (quantity.Unreadable, quantity.NotStated)), read
