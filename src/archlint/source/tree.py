"""The one node type that every reader produces.

Offsets are Unicode code points from the start of the document's text, ``end`` exclusive.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal, TypeAlias

from archlint.values import dataclass

Kind: TypeAlias = Literal["mapping", "sequence", "string", "integer", "float", "boolean", "null"]

MAPPING: Final = "mapping"
SEQUENCE: Final = "sequence"

Scalar: TypeAlias = str | int | float | bool | None
Plain: TypeAlias = "Scalar | list[Plain] | dict[str, Plain]"


class _Indexed:
    """An index of a mapping's members by their names, made when it is first asked for."""

    __slots__ = ("index",)

    pairs: Sequence[Pair]
    index: dict[str, Pair]
    """The members by name; the last one where a name is repeated, as JSON readers do."""

    def __getattr__(self, name: str) -> Any:
        # Called only while the slot is still empty.
        if name == "index":
            self.index = {pair.name: pair for pair in self.pairs}
            return self.index
        raise AttributeError(name)


@dataclass(slots=True, eq=False)
class Node(_Indexed):
    """A value in a file: what it is and where it stands.

    ``scalar`` holds the value of a scalar (YAML 1.2 core schema; ``Infinity`` and ``NaN`` are floats),
    ``pairs`` the members of a mapping in file order (a repeated key stays in twice),
    ``items`` the elements of a sequence.
    """

    kind: Kind
    start: int
    end: int
    scalar: Scalar = None
    pairs: Sequence[Pair] = ()
    items: Sequence[Node] = ()

    def pair(self, key: str) -> Pair | None:
        """Return the member named ``key``; the last one when it is repeated."""
        return self.index.get(key)

    def get(self, key: str) -> Node | None:
        """Return the value of the member named ``key``."""
        pair = self.index.get(key)
        return None if pair is None else pair.value

    def __iter__(self) -> Iterator[Node]:
        """Iterate over the elements of a sequence."""
        return iter(self.items)

    def plain(self) -> Plain:
        """Return the value as plain Python: dict, list and scalars."""
        if self.kind == MAPPING:
            return {pair.name: pair.value.plain() for pair in self.pairs}
        if self.kind == SEQUENCE:
            return [item.plain() for item in self.items]
        return self.scalar


@dataclass(slots=True, eq=False, weakref_slot=True)
class Pair:
    """A member of a mapping. ``name`` is the key as text, whatever scalar it was written as."""

    key: Node
    value: Node
    name: str


class QuotedPair(Pair):
    """A pair whose key is a plain string in quotes, ``at`` to ``end``; its node is made when asked for."""

    __slots__ = ("at", "end")

    def __init__(self, at: int, end: int, value: Node, name: str) -> None:
        self.at = at
        self.end = end
        self.value = value
        self.name = name

    def __getattr__(self, name: str) -> Node:
        # Called only while the slot is still empty.
        if name == "key":
            self.key = Node("string", self.at, self.end, self.name)
            return self.key
        raise AttributeError(name)


class MovedPair(Pair):
    """A pair that was read elsewhere, ``by`` code points before; its nodes are copied when asked for.

    An edit moves every entry below it. The unchanged ones keep the tree that was read before
    (``origin``, which nobody changes), and only those that are looked at pay for their new place.
    """

    __slots__ = ("by", "origin")

    def __init__(self, origin: Pair, by: int) -> None:
        self.name = origin.name
        self.origin = origin
        self.by = by

    def __getattr__(self, name: str) -> Node:
        # Called only while the slot is still empty.
        if name == "key":
            self.key = moved(self.origin.key, self.by)
            return self.key
        if name == "value":
            self.value = moved(self.origin.value, self.by)
            return self.value
        raise AttributeError(name)


def identity(pair: Pair) -> tuple[Pair, int]:
    """Return (origin, shift) of a member of a document's root.

    The same origin means the same text, in this document or in an earlier version of it: whatever was
    found out about one holds for the other, ``shift`` code points further on.
    """
    return (pair.origin, pair.by) if isinstance(pair, MovedPair) else (pair, 0)


def extent(pair: Pair) -> tuple[int, int]:
    """Return where a member starts and ends, without copying a moved one."""
    origin, by = identity(pair)
    return origin.key.start + by, max(origin.value.end, origin.key.end) + by


def moved(node: Node, by: int) -> Node:
    """Return a copy of ``node`` whose offsets are ``by`` greater; what is shared (aliases) stays shared."""
    return _moved(node, by, {})


def _moved(node: Node, by: int, done: dict[int, Node]) -> Node:
    kind = node.kind
    if kind == MAPPING:
        if (copy := done.get(id(node))) is not None:
            return copy
        pairs = [Pair(_moved(p.key, by, done), _moved(p.value, by, done), p.name) for p in node.pairs]
        copy = done[id(node)] = Node(kind, node.start + by, node.end + by, None, pairs)
        return copy
    if kind == SEQUENCE:
        if (copy := done.get(id(node))) is not None:
            return copy
        items = [_moved(item, by, done) for item in node.items]
        copy = done[id(node)] = Node(kind, node.start + by, node.end + by, None, (), items)
        return copy
    return Node(kind, node.start + by, node.end + by, node.scalar)
