"""JSON pointers (RFC 6901), and the way down to a place in a tree."""

from __future__ import annotations

from archlint.source.tree import MAPPING, SEQUENCE, Node, Pair, extent


def escape(name: str) -> str:
    """Return a key as a pointer spells it."""
    return name.replace("~", "~0").replace("/", "~1")


def resolve(root: Node, pointer: str) -> Node | None:
    """Return the value that ``pointer`` names under ``root``."""
    node: Node | None = root
    if pointer and not pointer.startswith("/"):
        return None
    for part in pointer.split("/")[1:]:
        if node is None:
            return None
        if node.kind == MAPPING:
            node = node.get(part.replace("~1", "/").replace("~0", "~"))
        elif node.kind == SEQUENCE and part.isdecimal() and len(part) < 10 and int(part) < len(node.items):
            node = node.items[int(part)]
        else:
            return None
    return node


def path_at(root: Node | None, offset: int) -> list[Pair | Node]:
    """Return what stands at ``offset``, from the outermost in: members (Pair) and list elements (Node).

    The last member covers the offset with its key, its value or what stands between the two.
    """
    path: list[Pair | Node] = []
    node = root
    while node is not None:
        inner: Node | None = None
        found: Pair | None = None
        for pair in node.pairs:
            start, end = extent(pair)
            if start <= offset <= end:
                inner, found = pair.value, pair
                if offset < end:
                    break
        if found is not None:
            path.append(found)
        for item in node.items:
            if item.start <= offset <= item.end:
                path.append(item)
                inner = item
                break
        node = (
            inner if inner is not None and inner.start <= offset <= inner.end and inner is not node else None
        )
    return path
