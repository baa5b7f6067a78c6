"""The one node type that every reader produces.

Offsets are Unicode code points from the start of the document's text, ``end`` exclusive.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["mapping", "sequence", "string", "integer", "float", "boolean", "null"]

MAPPING: Final = "mapping"
SEQUENCE: Final = "sequence"

Scalar: TypeAlias = str | int | float | bool | None
Plain: TypeAlias = "Scalar | list[Plain] | dict[str, Plain]"


@dataclass(slots=True, eq=False)
class Node:
    """A value in a file: what it is and where it stands.

    ``scalar`` holds the value of a scalar (YAML 1.2 core schema; ``Infinity`` and ``NaN`` are floats),
    ``pairs`` the members of a mapping in file order (a repeated key stays in twice),
    ``items`` the elements of a sequence.
    """

    kind: Kind
    start: int
    end: int
    scalar: Scalar = None
    pairs: list[Pair] = field(default_factory=list)
    items: list[Node] = field(default_factory=list)

    def pair(self, key: str) -> Pair | None:
        """Return the member named ``key``; the last one when it is repeated, as JSON readers do."""
        for pair in reversed(self.pairs):
            if pair.name == key:
                return pair
        return None

    def get(self, key: str) -> Node | None:
        """Return the value of the member named ``key``."""
        pair = self.pair(key)
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


@dataclass(slots=True, eq=False)
class Pair:
    """A member of a mapping. ``name`` is the key as text, whatever scalar it was written as."""

    key: Node
    value: Node
    name: str
