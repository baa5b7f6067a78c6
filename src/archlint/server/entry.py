"""A model's place in its document, whatever stands there: a card need have no keys, and may be empty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from archlint.source.tree import Node

if TYPE_CHECKING:
    from archlint.model import Model

_NOTHING: Final = Node("mapping", 0, 0)


def node_of(model: Model) -> Node:
    """Return the value that speaks of a model; an empty mapping when nothing does."""
    return _NOTHING if model.node is None else model.node


def range_of_model(model: Model) -> tuple[int, int]:
    """Return the offsets of a model's entry, its name included."""
    if model.card is not None:
        return model.card.range
    node = node_of(model)
    return node.start, node.end


def head_of(model: Model) -> tuple[int, int]:
    """Return the offsets of what a model goes by: its name, else its first key, else its beginning."""
    if model.name_node is not None:
        return model.name_node.start, model.name_node.end
    pairs = node_of(model).pairs
    if pairs:
        return pairs[0].key.start, pairs[0].key.end
    start, _ = range_of_model(model)
    return start, start


def repos_of(model: Model) -> tuple[str, ...]:
    """Return the Hub repository that a card speaks of, as a tuple of one or none."""
    if model.card is None:
        return ()
    from archlint.hub import repository_of

    repo = repository_of(model.card)
    return () if repo is None else (repo,)
