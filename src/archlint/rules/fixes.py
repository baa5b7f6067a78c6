"""The edits of the declarative fixes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archlint.patterns import pattern
from archlint.source.edits import Edit

if TYPE_CHECKING:
    from archlint.facts.registry import Place
    from archlint.source.tree import Node, Pair

# What needs no quotes of its own as a piece of a scalar.
_PIECE = pattern(r"[\w .,%~+-]*\Z")


def edits(kind: str, place: Place, key: str, text: str) -> tuple[Edit, ...]:
    """Return the edits of one fix; none where the place does not allow it."""
    edit = _replace(place, text) if kind == "replace-value" else _change_member(kind, place, key, text)
    return () if edit is None else (edit,)


def _replace(place: Place, text: str) -> Edit | None:
    node, document = place.node, place.document
    if node is None or (place.start, place.end) != (node.start, node.end):
        return Edit(place.start, place.end, text) if _PIECE.match(text) else None
    if node.kind in ("mapping", "sequence") or document.text[node.start : node.start + 1] in ("|", ">"):
        return None
    from archlint.source.change import replace_value
    from archlint.source.scalars import resolve

    return replace_value(document, node, text if node.kind == "string" else resolve(text)[1])


def _change_member(kind: str, place: Place, key: str, text: str) -> Edit | None:
    from archlint.source import change
    from archlint.source.scalars import resolve

    document = place.document
    found = None
    if document.root is not None and place.pair is not None:
        found = _member(document.root, place.pair.key)
    if found is None:
        return None
    mapping, pair = found
    match kind:
        case "rename-key":
            return change.rename_key(document, mapping, pair, text)
        case "delete":
            return change.delete_member(document, mapping, pair)
        case "insert":
            return change.insert_after(document, mapping, pair, key, resolve(text)[1])
    return None


def _member(node: Node, key: Node) -> tuple[Node, Pair] | None:
    """Return the mapping under ``node`` that has ``key``, and the member."""
    for pair in node.pairs:
        if pair.key is key:
            return node, pair
    for inner in (*(pair.value for pair in node.pairs), *node.items):
        if inner.start <= key.start < inner.end:
            found = _member(inner, key)
            if found is not None:
                return found
    return None
