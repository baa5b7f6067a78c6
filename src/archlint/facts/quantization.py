"""Facts of quantisation: read once for every block of quantisation settings of a config."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from archlint.facts.config import data_of, place_of
from archlint.facts.registry import Fact, FactType, Scope, Value

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
    for mapping in {id(each): each for each in (config.root, config.text)}.values():
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
    document = subject.model.config_document
    if document is None:
        return None
    from archlint.facts.registry import Place

    key = subject.pair.key
    place = Place(document, key.start, key.end, subject.pair.value, subject.pair)
    return Value([pair.name for pair in subject.pair.value.pairs], place)


def _block_size(subject: Subject) -> Value | None:
    value = _member("weight_block_size", kind="list<int>")(subject)
    if value is None or not isinstance(value.data, list) or not value.data:
        return None
    return Value(max(value.data), value.place)


SCOPES = (Scope("quantization", "Every block of quantisation settings of the config", "model", subjects),)


def _fact(name: str, kind: FactType, meaning: str) -> Fact:
    return Fact(f"quantization.{name}", kind, "", meaning, "quantization", _member(name, kind=kind))


FACTS = (
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
