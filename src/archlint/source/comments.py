"""Where YAML comments stand: every ``#`` after a space that is no part of a scalar."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from archlint.patterns import pattern
from archlint.source.tree import MAPPING, SEQUENCE, Node

if TYPE_CHECKING:
    from archlint.source.document import Document

_CANDIDATE: Final = pattern(r"(?:^|(?<=[ \t\r])|(?<=\A\ufeff))#[^\n\r]*", re.MULTILINE)


def comment_ranges(document: Document) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of each comment of a YAML document or front matter."""
    text = document.text
    start, end = document.body
    if text.find("#", start, end) < 0:
        return
    hidden = sorted(_scalars_with_hash(document.root, text))
    index = 0
    at = start
    while (match := _CANDIDATE.search(text, at, end)) is not None:
        while index < len(hidden) and hidden[index][1] <= match.start():
            index += 1
        if index < len(hidden) and hidden[index][0] <= match.start():
            at = hidden[index][1]
            continue
        yield match.span()
        at = match.end()


def _scalars_with_hash(root: Node | None, text: str) -> Iterator[tuple[int, int]]:
    """Yield the ranges of scalars in which a ``#`` is text; a block scalar begins after its header line."""
    stack = [] if root is None else [root]
    seen: set[int] = set()
    while stack:
        node = stack.pop()
        if node.kind == MAPPING or node.kind == SEQUENCE:
            if id(node) not in seen:
                seen.add(id(node))
                stack += node.items
                for pair in node.pairs:
                    stack += (pair.key, pair.value)
        elif text.find("#", node.start, node.end) >= 0:
            start = node.start
            if text[start] in "|>":
                start = max(text.find("\n", start, node.end), start)
            yield start, node.end
