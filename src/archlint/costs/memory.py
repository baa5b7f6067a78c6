"""Bytes of the weights as published, from dtype and quantisation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from math import prod

from archlint.architecture import Architecture, Layer, Quantization, Weight
from archlint.specs.size import Unreadable

_CHANGED = frozenset(("linear", "expert"))


def weight_bytes(architecture: Architecture) -> int:
    """Return the bytes of all weights: language model, MTP layers and towers."""
    if architecture.dtype is None:
        raise Unreadable("the config gives no dtype")
    unknown = [tower.name for tower in architecture.towers if not tower.known]
    if unknown:
        raise Unreadable(f"the size of {', '.join(unknown)} is not derived")
    dtype, quantization = architecture.dtype, architecture.quantization
    whole = 0
    left: dict[str, int] = {}
    for weight, count, keeps in _all_weights(architecture):
        if keeps or quantization is None or not is_quantized(weight, quantization):
            whole = whole + count * dtype.bytes(weight.parameters)
            continue
        if weight.name not in left:
            left[weight.name] = _layers_kept(weight.name, quantization)
        kept = min(left[weight.name], count)
        left[weight.name] -= kept
        whole = whole + kept * dtype.bytes(weight.parameters) + (count - kept) * _bytes(weight, quantization)
    return whole


def _all_weights(architecture: Architecture) -> Iterator[tuple[Weight, int, bool]]:
    """Iterate over (weight, how often, whether it stays as it is)."""
    quantization = architecture.quantization
    keeps_head = quantization is None or quantization.keeps_head
    if architecture.embedding is not None:
        yield from _of(architecture.embedding.weights(), 1, True)
    yield from _layers(architecture.distinct_layers())
    yield from _of(architecture.final, 1, True)
    if architecture.head is not None:
        yield from _of(architecture.head.weights(), 1, keeps_head)
    if architecture.mtp is not None:
        yield from _layers((layer, 1) for layer in architecture.mtp.layers)
        yield from _of(architecture.mtp.extra, 1, True)
    for tower in architecture.towers:
        for layer in tower.layers:
            for part in layer.parts:
                yield from _of(part.weights(), 1, True)
            yield from _of(layer.loose, 1, True)
        yield from _of(tower.extra, 1, True)


def _layers(layers: Iterable[tuple[Layer, int]]) -> Iterator[tuple[Weight, int, bool]]:
    for layer, count in layers:
        for part in layer.parts:
            yield from _of(part.weights(), count, False)
        yield from _of(layer.loose, count, False)


def _of(weights: Iterable[Weight], count: int, keeps: bool) -> Iterator[tuple[Weight, int, bool]]:
    for weight in weights:
        yield weight, count, keeps


def _bytes(weight: Weight, quantization: Quantization) -> int:
    if weight.role == "expert" and quantization.experts is not None:
        quantization = quantization.experts
    rows, columns = weight.shape[0], prod(weight.shape[1:])
    bits = quantization.bits * rows * columns + quantization.tensor_bits + quantization.row_bits * rows
    if quantization.block is not None:
        bits = bits + quantization.scale_bits * -(-rows // quantization.block[0]) * -(
            -columns // quantization.block[1]
        )
    elif quantization.group is not None:
        groups = -(-columns // quantization.group)
        bits = bits + rows * groups * (quantization.scale_bits + quantization.zero_bits)
    return weight.copies * -(-bits // 8)


def _layers_kept(name: str, quantization: Quantization) -> int:
    """Return in how many layers the weight ``name`` is kept by patterns that each name one layer."""
    found: set[str] = set()
    for module, layers in quantization.kept_layers:
        if not module or _keeps(module, name):
            found |= layers
    return len(found)


def is_quantized(weight: Weight, quantization: Quantization) -> bool:
    """Whether a weight is stored quantised: a matrix of a linear map that no pattern keeps."""
    if weight.role not in _CHANGED or len(weight.shape) < 2:
        return False
    if quantization.only and not any(name in weight.name for name in quantization.only):
        return False
    return not any(_keeps(pattern, weight.name) for pattern in quantization.kept)


@cache
def _keeps(pattern: str, name: str) -> bool:
    """Whether a pattern of modules to keep covers the weight ``name`` of every layer."""
    module = name.rpartition(".")[0]
    if pattern.startswith("re:"):
        try:
            return re.search(pattern[3:], f"model.layers.1.{module}") is not None
        except re.error:
            return False
    stripped = re.sub(r"^(?:model|language_model|transformer|backbone|\*)?[.*]*", "", pattern)
    stripped = stripped.removeprefix("layers.").strip("*.")
    return bool(stripped) and (module.endswith(stripped) or f".{stripped}." in f".{module}.")
