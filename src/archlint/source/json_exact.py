"""JSON without a mistake, read by Python's own reader; where things stand is found out when it is asked for.

A file in which nothing is found wrong, as most are, never needs its places.
"""

from __future__ import annotations

from _weakref import ref
from collections.abc import Sequence
from math import isinf
from typing import Any, Final

from archlint.scanner import Reading, read
from archlint.source.limits import MAX_DEPTH
from archlint.source.tree import MAPPING, SEQUENCE, Kind, Node, Pair, Scalar

_KINDS: Final[dict[type, Kind]] = {
    str: "string",
    int: "integer",
    float: "float",
    bool: "boolean",
    type(None): "null",
}
_DIGITS: Final = 18
_LONG: Final = 100_000
"""A longer text is read with its places at once: what is found in it need not be read twice."""


class _Odd(Exception):  # noqa: N818  (a verdict, no error)
    """It is no JSON as everybody writes it."""


class _Text:
    """What the nodes of one tree stand in, until their places are known."""

    __slots__ = ("root", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.root: ref[Node] | None = None

    def place(self) -> None:
        """Tell all nodes of the tree where they stand."""
        from archlint.source.json_reader import read_json

        root = None if self.root is None else self.root()
        placed = read_json(self.text).root
        if root is None or placed is None:
            raise ReferenceError("the document of this node is gone, and where it stood with it")
        left: list[tuple[Node, Node]] = [(root, placed)]
        while left:
            node, known = left.pop()
            node.start, node.end = known.start, known.end
            for pair, other in zip(node.pairs, known.pairs, strict=True):
                pair.key = other.key
                left.append((pair.value, other.value))
            left += zip(node.items, known.items, strict=True)


class ExactNode(Node):
    """A node whose ``start`` and ``end`` are found when one of them is asked for, as long as its document is there."""

    __slots__ = ("__weakref__", "depth", "within")

    depth: int
    """Of a container: how many are in each other here, itself included."""

    def __init__(
        self,
        within: _Text,
        kind: Kind,
        scalar: Scalar = None,
        pairs: Sequence[Pair] = (),
        items: Sequence[Node] = (),
    ) -> None:
        self.within = within
        self.kind = kind
        self.scalar = scalar
        self.pairs = pairs
        self.items = items

    def __getattr__(self, name: str) -> Any:
        # Called only while the slot is still empty.
        if name in ("start", "end"):
            self.within.place()
            return self.start if name == "start" else self.end
        return super().__getattr__(name)


class ExactPair(Pair):
    """A member of such a mapping."""

    __slots__ = ()

    def __init__(self, name: str, value: ExactNode) -> None:
        self.name = name
        self.value = value

    def __getattr__(self, name: str) -> Node:
        if name == "key" and isinstance(self.value, ExactNode):
            self.value.within.place()
            return self.key
        raise AttributeError(name)


class _Nodes(Reading):
    """Makes the nodes of one text."""

    def __init__(self, text: str) -> None:
        self.within = _Text(text)

    def parse_constant(self, _: str) -> None:
        """Refuse NaN and Infinity."""
        raise _Odd

    def parse_int(self, text: str) -> int:
        """Refuse what 64 bits may not hold."""
        if len(text) > _DIGITS:
            raise _Odd
        return int(text)

    def parse_float(self, text: str) -> float:
        """Refuse what no float holds."""
        value = float(text)
        if isinf(value):
            raise _Odd
        return value

    def object_pairs_hook(self, members: list[tuple[str, Any]]) -> ExactNode:
        """Return the node of an object."""
        index: dict[str, Pair] = {}
        depth = 0
        for name, value in members:
            kind = _KINDS.get(value.__class__)
            if kind is None:
                node = self.container(value)
                depth = max(depth, node.depth)
            else:
                node = ExactNode(self.within, kind, value)
            index[name] = ExactPair(name, node)
        if len(index) != len(members):
            raise _Odd  # a key is repeated
        found = ExactNode(self.within, MAPPING, None, list(index.values()))
        found.index = index
        found.depth = self.deeper(depth)
        return found

    def container(self, value: Any) -> ExactNode:
        """Return the node of an object, which is made already, or of a list."""
        if value.__class__ is ExactNode:
            return value
        items: list[Node] = []
        depth = 0
        for each in value:
            kind = _KINDS.get(each.__class__)
            if kind is None:
                node = self.container(each)
                depth = max(depth, node.depth)
            else:
                node = ExactNode(self.within, kind, each)
            items.append(node)
        found = ExactNode(self.within, SEQUENCE, None, (), items)
        found.depth = self.deeper(depth)
        return found

    @staticmethod
    def deeper(depth: int) -> int:
        """Return the depth of a container of such ones."""
        if depth == MAX_DEPTH:
            raise _Odd
        return depth + 1


def read_exact(text: str) -> Node | None:
    """Return the mapping in ``text``; None for anything that has to be looked at more closely."""
    if len(text) > _LONG or "\\u" in text:
        return None
    start = len(text) - len(text.lstrip(" \t\n\r"))
    if text[start : start + 1] != "{":
        return None
    nodes = _Nodes(text)
    try:
        root, end = read(text, start, nodes)
    except (ValueError, RecursionError, _Odd):
        return None
    if text[end:].strip(" \t\n\r"):
        return None
    nodes.within.root = ref(root)
    assert isinstance(root, Node)
    return root
