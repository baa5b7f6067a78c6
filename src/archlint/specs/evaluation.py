"""Evaluation results of a model card: what readers of ``model-index`` take from each of its elements.

Source: huggingface_hub's ``model_index_to_eval_results``, which refuses the whole card when one is absent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, TypeAlias

from archlint.source.tree import MAPPING, SEQUENCE, Node

_Shape: TypeAlias = "Mapping[str, _Shape] | list[Mapping[str, _Shape]] | None"

_INDEX: Final[_Shape] = [
    {
        "name": None,
        "results": [
            {
                "task": {"type": None},
                "dataset": {"type": None, "name": None},
                "metrics": [{"type": None, "value": None}],
            }
        ],
    }
]


class Incomplete(NamedTuple):
    """An element at ``path``, as ``model-index[0].results[1]``, and what it has not: ``list of results``."""

    node: Node
    path: str
    absent: tuple[str, ...]


def incomplete(index: Node) -> Iterator[Incomplete]:
    """Yield each element of a ``model-index`` that lacks what its readers need; one that aliases repeat, once."""
    seen: set[int] = set()
    for each in _walk(index, _INDEX, "model-index"):
        if id(each.node) not in seen:
            seen.add(id(each.node))
            yield each


def _walk(node: Node, shape: _Shape, path: str) -> Iterator[Incomplete]:
    if isinstance(shape, list):
        for number, item in enumerate(node.items if node.kind == SEQUENCE else ()):
            yield from _walk(item, shape[0], f"{path}[{number}]")
    elif shape is not None and node.kind == MAPPING:
        values = {pair.name: pair.value for pair in node.pairs}
        absent = [
            needed
            for name, part in shape.items()
            if (needed := _absent(name, values.get(name), part)) is not None
        ]
        if absent:
            yield Incomplete(node, path, tuple(absent))
        for name, part in shape.items():
            if name in values:
                yield from _walk(values[name], part, f"{path}.{name}")


def _absent(name: str, value: Node | None, shape: _Shape) -> str | None:
    if value is None:
        return name
    kind = None if shape is None else SEQUENCE if isinstance(shape, list) else MAPPING
    if kind is None or value.kind == kind:
        return None
    return f"{'list' if kind == SEQUENCE else 'mapping'} of {name}" if value.kind != "null" else name
