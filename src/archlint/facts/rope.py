"""Facts of rotary positions: read once for every block of rotary parameters of a config."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from archlint.facts.config import data_of, place_of
from archlint.facts.registry import Fact, FactType, Scope, Unit, Value
from archlint.values import NamedTuple

if TYPE_CHECKING:
    from archlint.model import Model
    from archlint.source.tree import Node, Pair


_BLOCKS = ("rope_scaling", "rope_parameters")


class Subject(NamedTuple):
    """One block: ``rope_scaling``, ``rope_parameters``, or the part of the latter for one kind of layers."""

    model: Model
    key: str
    node: Node
    pair: Pair


def subjects(model: Model) -> Iterator[Subject]:
    """List the blocks that are written."""
    if model.config is None:
        return
    text = model.config.text
    if text.index.keys().isdisjoint(_BLOCKS):
        return
    for pair in text.pairs:
        if pair.name not in _BLOCKS or pair.value.kind != "mapping":
            continue
        inner = [each for each in pair.value.pairs if each.value.kind == "mapping"]
        if inner:
            yield from (Subject(model, pair.name, each.value, each) for each in inner)
        else:
            yield Subject(model, pair.name, pair.value, pair)


def _member(*names: str, kind: FactType) -> Callable[[Subject], Value | None]:
    def read(subject: Subject) -> Value | None:
        for name in names:
            node = subject.node.get(name)
            data = None if node is None else data_of(kind, node.plain())
            if node is not None and data is not None:
                return Value(data, place_of(subject.model, node, subject.node))
        return None

    return read


def _keys(subject: Subject) -> Value | None:
    if subject.model.config is not None and subject.model.config.partial:
        return None
    document = subject.model.config_document
    place = None if document is None else place_of(subject.model, subject.node)
    return Value([pair.name for pair in subject.node.pairs], place)


def _key(subject: Subject) -> Value | None:
    return Value(subject.key, place_of(subject.model, subject.node))


def _rotary_pairs(subject: Subject) -> Value | None:
    """Half the rotary width; known where all attentions have the same, and the config one block for all."""
    from archlint.facts.attention import rotary_dim
    from archlint.facts.attention import subjects as attentions

    if subject.pair.name not in _BLOCKS:
        return None
    widths = [rotary_dim(each) for each in attentions(subject.model)]
    found = {width.data if width is not None else None for width in widths}
    only = widths[0] if len(found) == 1 else None
    if only is None or not isinstance(only.data, int) or only.data % 2:
        return None
    return Value(only.data // 2, only.where, "derived")


SCOPES = (Scope("rope", "Every block of rotary parameters of the config", "model", subjects),)


def _fact(name: str, kind: FactType, unit: Unit, meaning: str, *keys: str) -> Fact:
    return Fact(f"rope.{name}", kind, unit, meaning, "rope", _member(*(keys or (name,)), kind=kind))


FACTS = (
    Fact("rope.key", "string", "", "Key of the block: rope_scaling or rope_parameters", "rope", _key),
    Fact("rope.keys", "list<string>", "", "Keys written in the block", "rope", _keys),
    _fact(
        "rope_type",
        "string",
        "",
        "Kind of extension: default, linear, dynamic, yarn, longrope, llama3",
        "rope_type",
        "type",
    ),
    _fact("as_written.type", "string", "", "Kind of extension under its older name", "type"),
    _fact(
        "as_written.rope_type",
        "string",
        "",
        "Kind of extension, only where rope_type is written",
        "rope_type",
    ),
    _fact("factor", "double", "", "How many times longer the context becomes"),
    _fact("rope_theta", "double", "", "Base of the rotary frequencies"),
    _fact("original_max_position_embeddings", "int", "tokens", "Longest sequence before the extension"),
    _fact("low_freq_factor", "double", "", "Below this frequency everything is stretched (llama3)"),
    _fact("high_freq_factor", "double", "", "Above this frequency nothing is stretched (llama3)"),
    _fact("beta_fast", "double", "", "Rotations above which nothing is stretched (yarn)"),
    _fact("beta_slow", "double", "", "Rotations below which everything is stretched (yarn)"),
    _fact("mrope_section", "list<int>", "", "Rotated pairs for time, height and width (multimodal RoPE)"),
    Fact("rope.rotary_pairs", "int", "", "Pairs of elements of a head that rotate", "rope", _rotary_pairs),
    _fact("short_factor", "list<double>", "", "One factor per frequency for short sequences (longrope)"),
    _fact("long_factor", "list<double>", "", "One factor per frequency for long sequences (longrope)"),
)
