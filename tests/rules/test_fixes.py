"""The edits of declarative fixes, by kind."""

from __future__ import annotations

import pytest

from archlint.facts.registry import Place
from archlint.rules.fixes import edits
from archlint.source import parse
from archlint.source.edits import apply
from archlint.source.pointer import resolve
from archlint.source.tree import Pair

CARD = "m:\n  scale: 7B  # said\n  cache: '1 KiB'\n  layers: 3\n  inner: {a: x, b: y}\n"
CONFIG = '{\n  "layers": 3,\n  "kind": "a"\n}\n'


def made(text: str, pointer: str, kind: str, key: str, written: str) -> str:
    document = parse(text, "x.json" if text.startswith("{") else "x.yml")
    assert document.root is not None
    parent, _, name = pointer.rpartition("/")
    mapping = resolve(document.root, parent)
    assert mapping is not None
    pair = mapping.pair(name)
    assert pair is not None
    held = Pair(pair.key, pair.value, pair.name)
    place = Place(document, pair.value.start, pair.value.end, pair.value, held)
    return apply(text, edits(kind, place, key, written))


@pytest.mark.parametrize(
    ("text", "pointer", "kind", "key", "written", "old", "new"),
    [
        (CARD, "/m/scale", "replace-value", "", "8B", "7B", "8B"),
        (CARD, "/m/scale", "replace-value", "", "9B total, 1B active (11%)", "7B", "9B total, 1B active (11%)"),
        (CARD, "/m/cache", "replace-value", "", "2 KiB", "'1 KiB'", "'2 KiB'"),
        (CARD, "/m/inner/a", "replace-value", "", "1, 2", "a: x", "a: '1, 2'"),
        (CARD, "/m/layers", "replace-value", "", "4", "layers: 3", "layers: 4"),
        (CARD, "/m/layers", "rename-key", "", "depth", "layers", "depth"),
        (CARD, "/m/layers", "delete", "", "", "  layers: 3\n", ""),
        (CARD, "/m/scale", "insert", "more", "12", "# said\n", "# said\n  more: 12\n"),
        (CARD, "/m/inner/b", "delete", "", "", ", b: y", ""),
        (CONFIG, "/layers", "replace-value", "", "4", "3", "4"),
        (CONFIG, "/kind", "insert", "more", "true", '"a"', '"a",\n  "more": true'),
        (CONFIG, "/kind", "delete", "", "", ',\n  "kind": "a"', ""),
    ],
)  # fmt: skip
def test_every_kind(text: str, pointer: str, kind: str, key: str, written: str, old: str, new: str) -> None:
    assert made(text, pointer, kind, key, written) == text.replace(old, new)
