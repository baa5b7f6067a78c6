"""Symbols: the models of a document with their keys; and the folds that follow from its structure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from archlint.server.entry import head_of, node_of, range_of_model
from archlint.server.figures import summary
from archlint.server.scan import name_of

if TYPE_CHECKING:
    from archlint.server.view import View
    from archlint.source.tree import Node, Pair

_MOST_ITEMS = 200
"""Members of one mapping or list that become symbols."""

SymbolKind = Literal["model", "object", "array", "string", "number", "boolean", "null"]
_KINDS: dict[str, SymbolKind] = {
    "mapping": "object",
    "sequence": "array",
    "string": "string",
    "integer": "number",
    "float": "number",
    "boolean": "boolean",
    "null": "null",
}


@dataclass(frozen=True, slots=True)
class Symbol:
    """A named place: its whole range, the range of its name, and what stands in it."""

    name: str
    kind: SymbolKind
    start: int
    end: int
    name_start: int
    name_end: int
    detail: str = ""
    children: tuple[Symbol, ...] = field(default=())


def symbols(view: View) -> list[Symbol]:
    """Return the models of a spec file, each with its keys."""
    if not view.is_spec:
        return []
    out = []
    for model in view.models:
        start, end = range_of_model(model)
        name_start, name_end = head_of(model)
        start, end = min(start, name_start), max(end, name_end)
        detail = " · ".join(summary(model))
        children = tuple(_member(pair) for pair in node_of(model).pairs[:_MOST_ITEMS])
        name = name_of(view, model.name)
        out.append(Symbol(name, "model", start, end, name_start, name_end, detail, children))
    return out


def _member(pair: Pair) -> Symbol:
    value = pair.value
    end = max(value.end, pair.key.end)
    return Symbol(
        pair.name or '""',
        _KINDS[value.kind],
        pair.key.start,
        end,
        pair.key.start,
        pair.key.end,
        _detail(value),
        tuple(_member(inner) for inner in value.pairs[:_MOST_ITEMS]),
    )


def _detail(node: Node) -> str:
    if node.kind == "sequence":
        return f"{len(node.items)} items"
    if node.kind == "mapping" or node.scalar is None:
        return ""
    text = (
        " ".join(str(node.scalar).lower().split())
        if node.kind == "boolean"
        else " ".join(str(node.scalar).split())
    )
    return text if len(text) <= 60 else text[:59] + "…"


def folds(view: View) -> list[tuple[int, int]]:
    """Return (first line, last line) of what can be folded: entries, mappings, lists and front matter."""
    document = view.document
    if document is None or document.root is None or not view.is_spec:
        return []
    found: dict[int, int] = {}

    def note(start: int, end: int) -> None:
        text = view.text.value
        while end > start and text[end - 1] in " \t\r\n":
            end -= 1
        first, last = view.text.line_of(start), view.text.line_of(end)
        if document is not None and document.format == "json" and last > first:
            last -= 1
        if last > first:
            found[first] = max(found.get(first, 0), last)

    def walk(node: Node) -> None:
        for pair in node.pairs:
            if pair.value.kind in ("mapping", "sequence", "string") and pair.value.end > pair.value.start:
                note(pair.key.start, pair.value.end)
            walk(pair.value)
        for item in node.items:
            if item.kind in ("mapping", "sequence"):
                note(item.start, item.end)
                walk(item)

    if document.format == "front-matter":
        start, end = document.body
        found[view.text.line_of(max(start - 1, 0))] = view.text.line_of(end)
    elif document.format == "json":
        note(document.root.start, document.root.end)
    walk(document.root)
    return sorted((first, last) for first, last in found.items() if last > first)
