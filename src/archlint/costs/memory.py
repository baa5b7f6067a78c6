"""Bytes of the weights as published, from dtype and quantisation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from math import prod
from typing import TypeAlias

from archlint.architecture import BF16, Architecture, Dtype, Layer, Quantization, Weight
from archlint.architecture.formula import Formula, Term, add, multiply
from archlint.costs.modules import Pattern, first_match, read_patterns, spell
from archlint.specs.size import Unreadable

_NUMBER = re.compile("[0-9]")
_CHANGED = frozenset(("linear", "expert"))


def weight_bytes(architecture: Architecture) -> int:
    """Return the bytes of all weights: language model, MTP layers and towers."""
    dtype = _dtype(architecture)
    return sum(count * _bytes(weight, dtype, way) for weight, count, way in _stored(architecture))


def bytes_formula(architecture: Architecture) -> Formula:
    """Return the arithmetic of the bytes: parameters by the way they are stored."""
    dtype = _dtype(architecture)
    tallies: dict[str, list[int]] = {}
    for weight, count, way in _stored(architecture):
        tally = tallies.setdefault(dtype.name if way is None else way.method, [0, 0])
        tally[0] += count * weight.parameters
        tally[1] += count * _bytes(weight, dtype, way)
    items: list[Formula] = []
    for name, (numbers, held) in tallies.items():
        if name == dtype.name and held * 8 == numbers * dtype.bits:
            width = Term(dtype.bits // 8, "B")
            items.append(multiply(Term(numbers, f"parameters in {name}"), width))
        else:
            items.append(Term(held, f"B of {numbers:,} parameters in {name} and their scales"))
    return add(items)


def _dtype(architecture: Architecture) -> Dtype:
    """Return the format of what is not quantised; raise ``Unreadable`` where the bytes cannot be derived."""
    dtype, stored = architecture.dtype, architecture.quantization
    if dtype is None and stored is not None and stored.method == "mxfp4":
        dtype = BF16  # gpt-oss states none: what MXFP4 leaves is bf16
    if dtype is None:
        raise Unreadable("the config gives no dtype")
    unknown = [tower.name for tower in architecture.towers if not tower.known]
    if unknown:
        raise Unreadable(f"the size of {' and '.join(unknown)} is not derived")
    return dtype


_Stored: TypeAlias = tuple[Weight, int, Quantization | None]


def _stored(architecture: Architecture) -> Iterator[_Stored]:
    """Iterate over (weight, how often, how it is quantised if it is)."""
    stored = architecture.quantization
    if architecture.embedding is not None:
        for weight in architecture.embedding.weights():
            table = weight.role == "embedding" and len(weight.shape) > 1
            yield weight, 1, stored if stored is not None and stored.tables and table else None
    yield from _layers(architecture.layers, stored, 0)
    yield from _plain(architecture.final)
    if architecture.head is not None:
        changed = stored if stored is not None and not stored.keeps_head else None
        for weight in architecture.head.weights():
            yield weight, 1, changed if _may_change(weight) else None
    if architecture.mtp is not None:
        yield from _layers(architecture.mtp.layers, stored, len(architecture.layers), "mtp.")
        yield from _plain(architecture.mtp.extra)
    for tower in architecture.towers:
        for layer in tower.layers:
            yield from _plain(_weights(layer))
        yield from _plain(tower.extra)


def _weights(layer: Layer) -> list[Weight]:
    return [weight for part in layer.parts for weight in part.weights()] + list(layer.loose)


def _plain(weights: Iterable[Weight], count: int = 1) -> Iterator[_Stored]:
    for weight in weights:
        yield weight, count, None


def _layers(
    layers: Iterable[Layer], stored: Quantization | None, first: int, front: str = ""
) -> Iterator[_Stored]:
    """Iterate over the weights of ``layers``, of which the first has the number ``first``, equal ones at once.

    What joins MTP layers to the model is never quantised.
    """
    own: dict[int, tuple[Pattern, ...]] = {}
    everywhere: tuple[Pattern, ...] = ()
    if stored is not None:
        own, everywhere = read_patterns(_texts(stored))
    numbered = any(_NUMBER.search(pattern.text) for pattern in everywhere)
    groups: dict[tuple[object, ...], list[int]] = {}
    kinds: list[tuple[Layer, tuple[Pattern, ...], int]] = []
    for number, layer in enumerate(layers, first):
        theirs = own.get(number, ())
        alike = tuple((each.text, _way(stored, each.entry)) for each in theirs) if stored is not None else ()
        group = groups.setdefault((id(layer), alike, numbered and number), [len(kinds), 0])
        if group[0] == len(kinds):
            kinds.append((layer, (*theirs, *everywhere), number))
        group[1] += 1
    for place, count in groups.values():
        layer, patterns, number = kinds[place]
        loose = layer.loose if front else ()
        for weight in [each for part in layer.parts for each in part.weights()] if front else _weights(layer):
            way = None if stored is None else way_of(weight, stored, patterns, number, front)
            yield weight, count, way
        yield from _plain(loose, count)


def way_of(
    weight: Weight,
    stored: Quantization,
    patterns: tuple[Pattern, ...] | None = None,
    number: int = 1,
    front: str = "",
) -> Quantization | None:
    """Return how ``weight`` of layer ``number`` is quantised, None when it stays as it is.

    A pattern to keep counts before one for another way; without either it is the way of all matrices of
    linear maps.
    """
    if not _may_change(weight):
        return None
    if patterns is None:
        own, everywhere = read_patterns(_texts(stored))
        patterns = (*own.get(number, ()), *everywhere)
    entry = first_match(patterns, spell(weight.name.rpartition(".")[0]), number, front)
    if entry is not None:
        return _way(stored, entry)
    if stored.listed_only or (stored.only and not any(name in weight.name for name in stored.only)):
        return None
    return stored


def _way(stored: Quantization, entry: int) -> Quantization | None:
    """Return what the pattern at ``entry`` says: None to keep a module as it is."""
    return None if entry < len(stored.kept) else stored.others[entry - len(stored.kept)][1]


def _texts(stored: Quantization) -> tuple[str, ...]:
    return (*stored.kept, *(text for text, _ in stored.others))


def _may_change(weight: Weight) -> bool:
    return weight.role in _CHANGED and len(weight.shape) > 1


def _bytes(weight: Weight, dtype: Dtype, stored: Quantization | None) -> int:
    if stored is None:
        return dtype.bytes(weight.parameters)
    rows, columns = weight.shape[0], prod(weight.shape[1:])
    bits = stored.bits * rows * columns
    bits = bits + stored.tensor_bits + stored.row_bits * rows + stored.column_bits * columns
    if stored.block is not None:
        blocks = -(-rows // stored.block[0]) * -(-columns // stored.block[1])
        bits = bits + stored.scale_bits * blocks
    elif stored.group is not None:
        groups = -(-columns // stored.group)
        bits = bits + rows * groups * (stored.scale_bits + stored.zero_bits)
    return weight.copies * -(-bits // 8)
