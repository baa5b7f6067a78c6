"""Facts of number formats: read once for every block of quantisation settings, and every written dtype of a config."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import TYPE_CHECKING

from archlint.facts.config import data_of, key_place, place_of
from archlint.facts.registry import Fact, FactType, Scope, Value
from archlint.values import NamedTuple

if TYPE_CHECKING:
    from archlint.model import Model
    from archlint.source.tree import Node, Pair

BLOCKS = ("quantization_config", "compression_config")


class Subject(NamedTuple):
    """One block of settings."""

    model: Model
    pair: Pair
    mapping: Node


def subjects(model: Model) -> Iterator[Subject]:
    """List the blocks that are written, at the top and in the language model's mapping.

    MLX writes its settings twice, without a method: under ``quantization``, and again for readers of the other key.
    """
    config = model.config
    if config is None:
        return
    for mapping in config.mappings:
        if mapping.index.keys().isdisjoint(BLOCKS):
            continue
        again = mapping.get("quantization")
        if again is not None and again.kind == "mapping" and again.get("group_size") is not None:
            continue
        for pair in mapping.pairs:
            if pair.name in BLOCKS and pair.value.kind == "mapping":
                yield Subject(model, pair, mapping)


def _member(*names: str, kind: FactType) -> Callable[[Subject], Value | None]:
    def read(subject: Subject) -> Value | None:
        for name in names:
            node = subject.pair.value.get(name)
            data = None if node is None else data_of(kind, node.plain())
            if node is not None and data is not None:
                return Value(data, place_of(subject.model, node, subject.pair.value))
        return None

    return read


def _keys(subject: Subject) -> Value | None:
    if subject.model.config is not None and subject.model.config.partial:
        return None
    return Value(
        [pair.name for pair in subject.pair.value.pairs], lambda: key_place(subject.model, subject.pair)
    )


def _block_size(subject: Subject) -> Value | None:
    value = _member("weight_block_size", kind="list<int>")(subject)
    if value is None or not isinstance(value.data, list) or not value.data:
        return None
    return Value(max(value.data), value.where)


_TYPE_KEYS = ("dtype", "torch_dtype")


class Written(NamedTuple):
    """One written type of weights: its key, and the mapping that the key stands in."""

    model: Model
    key: str
    node: Node
    mapping: Node


def written_types(model: Model) -> Iterator[Written]:
    """List the types that are written under either name, at the top and in the language model's mapping."""
    config = model.config
    if config is None:
        return
    for mapping in config.mappings:
        if mapping.index.keys().isdisjoint(_TYPE_KEYS):
            continue
        for pair in mapping.pairs:
            if pair.name in _TYPE_KEYS and pair.value.kind == "string":
                yield Written(model, pair.name, pair.value, mapping)


def _type(subject: Written) -> Value | None:
    place = place_of(subject.model, subject.node, subject.mapping)
    return Value(subject.node.scalar, place) if isinstance(subject.node.scalar, str) else None


def _type_key(subject: Written) -> Value | None:
    return Value(subject.key, place_of(subject.model, subject.node, subject.mapping))


def _other_type(subject: Written) -> Value | None:
    other = subject.mapping.get("dtype" if subject.key == "torch_dtype" else "torch_dtype")
    if other is None or not isinstance(other.scalar, str):
        return None
    return Value(other.scalar, place_of(subject.model, other, subject.mapping))


SCOPES = (
    Scope("quantization", "Every block of quantisation settings of the config", "model", subjects),
    Scope("dtype", "Every written type of the config's weights", "model", written_types),
)


def _fact(name: str, kind: FactType, meaning: str) -> Fact:
    return Fact(f"quantization.{name}", kind, "", meaning, "quantization", _member(name, kind=kind))


FACTS = (
    Fact(
        "dtype.key",
        "string",
        "",
        "Key that the type is written under: dtype or torch_dtype",
        "dtype",
        _type_key,
    ),
    Fact("dtype.name", "string", "", "Name of the type", "dtype", _type, data=attrgetter("node.scalar")),
    Fact(
        "dtype.other",
        "string",
        "",
        "Name of the type under the other key of the same mapping",
        "dtype",
        _other_type,
    ),
    Fact("quantization.keys", "list<string>", "", "Keys written in the block", "quantization", _keys),
    _fact("quant_method", "string", "Name of the method: fp8, awq, gptq, mxfp4, ..."),
    _fact("bits", "int", "Bits of a weight"),
    _fact("group_size", "int", "Weights that share a scale; -1 for a whole row"),
    Fact(
        "quantization.block_size",
        "int",
        "",
        "Greater side of a block that shares a scale",
        "quantization",
        _block_size,
    ),
)
