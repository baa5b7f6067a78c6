"""Bytes of the weights as published, from dtype and quantisation."""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import prod

from archlint.architecture import BF16, Architecture, Dtype, Layer, Quantization, Weight
from archlint.costs.modules import Pattern, first_match, read_patterns, spell
from archlint.specs.size import Unreadable

_NUMBER = re.compile("[0-9]")
_CHANGED = frozenset(("linear", "expert"))


def weight_bytes(architecture: Architecture) -> int:
    """Return the bytes of all weights: language model, MTP layers and towers."""
    dtype, stored = architecture.dtype, architecture.quantization
    if dtype is None and stored is not None and stored.method == "mxfp4":
        dtype = BF16  # gpt-oss states none: what MXFP4 leaves is bf16
    if dtype is None:
        raise Unreadable("the config gives no dtype")
    unknown = [tower.name for tower in architecture.towers if not tower.known]
    if unknown:
        raise Unreadable(f"the size of {', '.join(unknown)} is not derived")
    whole = 0
    for end in (architecture.embedding, architecture.head):
        if end is not None:
            head = end is architecture.head and stored is not None and not stored.keeps_head
            whole = whole + _plain(end.weights(), dtype, stored if head else None)
    whole = whole + _plain(architecture.final, dtype, None)
    whole = whole + _layers(architecture.layers, dtype, stored, 0)
    if architecture.mtp is not None:
        whole = whole + _layers(architecture.mtp.layers, dtype, stored, len(architecture.layers), "mtp.")
        whole = whole + _plain(architecture.mtp.extra, dtype, None)
    for tower in architecture.towers:
        for layer in tower.layers:
            whole = whole + _plain(_weights(layer), dtype, None)
        whole = whole + _plain(tower.extra, dtype, None)
    return whole


def _weights(layer: Layer) -> list[Weight]:
    return [weight for part in layer.parts for weight in part.weights()] + list(layer.loose)


def _plain(weights: Iterable[Weight], dtype: Dtype, stored: Quantization | None) -> int:
    whole = 0
    for weight in weights:
        whole = whole + _bytes(weight, dtype, stored if stored and _may_change(weight) else None)
    return whole


def _layers(
    layers: Iterable[Layer], dtype: Dtype, stored: Quantization | None, first: int, front: str = ""
) -> int:
    """Add up ``layers``, of which the first has the number ``first``; equal ones are worked out once."""
    whole, known = 0, {}
    own: dict[int, tuple[Pattern, ...]] = {}
    everywhere: tuple[Pattern, ...] = ()
    if stored is not None:
        own, everywhere = read_patterns(_texts(stored))
    numbered = any(_NUMBER.search(pattern.text) for pattern in everywhere)
    for number, layer in enumerate(layers, first):
        theirs = own.get(number, ())
        alike = tuple((each.text, _way(stored, each.entry)) for each in theirs) if stored is not None else ()
        key = (id(layer), alike, numbered and number)
        if key not in known:
            known[key] = _layer(layer, dtype, stored, (*theirs, *everywhere), number, front)
        whole = whole + known[key]
    return whole


def _layer(
    layer: Layer,
    dtype: Dtype,
    stored: Quantization | None,
    patterns: tuple[Pattern, ...],
    number: int,
    front: str,
) -> int:
    whole = 0
    parts = [weight for part in layer.parts for weight in part.weights()]
    for weight in (
        parts if front else _weights(layer)
    ):  # what joins MTP layers to the model is never quantised
        way = None if stored is None else way_of(weight, stored, patterns, number, front)
        whole = whole + _bytes(weight, dtype, way)
    return whole + (_plain(layer.loose, dtype, None) if front else 0)


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
