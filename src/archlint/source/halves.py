"""A tree without what the end of the text cuts off: half a number, half a word, half a list."""

from __future__ import annotations

from archlint.source.document import Document
from archlint.source.tree import MAPPING, SEQUENCE, Node, Pair


def without_halves(document: Document) -> Node | None:
    """Return the root of a JSON document without the values that may have gone on where the text ends.

    Neither do keys count whose value is missing, wherever they stand: null would be a value.
    A mapping that is still open stays, with the members that are whole; a list that is still open is no value.
    The tree of the document itself keeps what was read.
    """
    root = document.root
    if root is not None and any(each.rule == "missing-value" for each in document.problems):
        root = _valued(root)
    cut = next((each for each in document.problems if each.rule == "truncated"), None)
    if root is None or cut is None or document.format != "json":
        return root
    return _pruned(root, document.text, int(cut.facts["count"]))


def _valued(node: Node) -> Node:
    """Return a mapping without the keys that have no value."""
    if node.kind != MAPPING:
        return node
    pairs = [pair for pair in node.pairs if pair.value.start < pair.value.end]
    inner = [_valued(pair.value) for pair in pairs]
    same = len(pairs) == len(node.pairs) and all(
        new is pair.value for new, pair in zip(inner, pairs, strict=True)
    )
    if same:
        return node
    kept = [
        pair if new is pair.value else Pair(pair.key, new, pair.name)
        for new, pair in zip(inner, pairs, strict=True)
    ]
    return Node(MAPPING, node.start, node.end, pairs=kept)


def _pruned(node: Node, text: str, still_open: int) -> Node | None:
    """Return a container that the end of the text leaves open, as the ``still_open`` innermost are; None for a list."""
    if node.kind == SEQUENCE:
        return None
    pairs = list(node.pairs)
    if pairs:
        last = pairs.pop()
        value: Node | None = last.value
        left = still_open - (text[node.start] == "{")
        if last.value.kind in (MAPPING, SEQUENCE):
            value = _pruned(last.value, text, left) if left > 0 else last.value
        elif _is_half(last.value, text):
            value = None
        if value is last.value:
            pairs.append(last)
        elif value is not None:
            pairs.append(Pair(last.key, value, last.name))
    return Node(MAPPING, node.start, node.end, pairs=pairs)


def _is_half(node: Node, text: str) -> bool:
    """Whether the last scalar may have gone on where the text ends."""
    if node.start == node.end:  # a key without its value
        return not text[node.end :].strip(": \t\r\n")
    if text[node.start] in "\"'":
        closed = node.end - node.start > 1 and text[node.end - 1] == text[node.start]
        return not closed and not text[node.end :].strip(", \t\r\n")
    return node.end == len(text)
