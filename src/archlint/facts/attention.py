"""Facts of attention: read once for every different attention of an architecture."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import TYPE_CHECKING

from archlint.facts.config import default_place, place_of
from archlint.facts.registry import Fact, Scope, Unit, Value
from archlint.specs.size import Unknown
from archlint.values import NamedTuple

if TYPE_CHECKING:
    from archlint.architecture.part import Part
    from archlint.model import Model


class Subject(NamedTuple):
    """One attention, and how many layers have it."""

    model: Model
    part: Part
    layers: int


def subjects(model: Model) -> Iterator[Subject]:
    """List the different attentions of a model, none where it is not known which layers have any."""
    architecture = model.architecture
    if architecture is None or "layers" in architecture.absent:
        return
    if model.config is not None and model.config.partial and not model.config.model_type:
        return  # the lost part says how it is built
    for part, layers in architecture.distinct_mixers():
        if part.group == "attention":
            yield Subject(model, part, layers)


def size_value(model: Model, number: object) -> Value | None:
    """Return a whole number of the architecture as a value: at its key in the config, when it has one.

    Such a number knows the key that it was read from, or how it was derived; an unknown one knows why.
    """
    data = size_data(number)
    if data is None:
        return None
    origin: str = getattr(number, "origin", "derived")
    config = model.config
    if config is not None and origin in ("written", "alias"):
        key: str = getattr(number, "key", "")
        for mapping in (config.text, config.root):
            node = mapping.get(key)
            if node is not None:
                return Value(data, place_of(model, node, mapping))
    return Value(data, default_place(model), "default" if origin == "default" else "derived")


def size_data(number: object) -> int | None:
    """Return the data of ``size_value``."""
    return None if not isinstance(number, int) or isinstance(number, Unknown) else int(number)


def _number(part: Part, names: tuple[str, ...]) -> object:
    """Return the first of the attributes ``names`` that is a known number."""
    found = (getattr(part, name, None) for name in names)
    return next((number for number in found if size_data(number) is not None), None)


def _kind(subject: Subject) -> Value | None:
    return Value(subject.part.kind, default_place(subject.model), "derived")


def _layers(subject: Subject) -> Value | None:
    return Value(subject.layers, default_place(subject.model), "derived")


def rotary_dim(subject: Subject) -> Value | None:
    """Width of the part of a head that rotates: known only where the config or its class speaks of rotary positions."""
    rope = getattr(subject.part, "rope_dim", None)
    if rope is not None:
        return size_value(subject.model, rope)
    config = subject.model.config
    head = size_value(subject.model, getattr(subject.part, "head_dim", None))
    if config is None or head is None or not isinstance(head.data, int):
        return None
    speaks = "rope_parameters" in config.defaults.fields or any(
        key in config for key in ("rope_theta", "rope_scaling", "rope_parameters", "partial_rotary_factor")
    )
    if not speaks:
        return None
    factor = config.number("partial_rotary_factor")
    if factor is None:
        for section in ("rope_parameters", "rope_scaling"):
            node = config.node(section)
            inner = node.get("partial_rotary_factor") if node is not None and node.kind == "mapping" else None
            if (
                inner is not None
                and isinstance(inner.scalar, int | float)
                and not isinstance(inner.scalar, bool)
            ):
                factor = inner.scalar
    if factor is None:
        return None if config.partial else head
    if not 0 < factor <= 1:
        return None
    return Value(int(head.data * factor), head.where, "derived")


SCOPES = (Scope("attention", "Every different attention of the architecture", "model", subjects),)


def _fact(name: str, unit: Unit, meaning: str, *attributes: str) -> Fact:
    def read(subject: Subject) -> Value | None:
        return size_value(subject.model, _number(subject.part, attributes))

    def data(subject: Subject) -> int | None:
        return size_data(_number(subject.part, attributes))

    return Fact(f"attention.{name}", "int", unit, meaning, "attention", read, data=data)


FACTS = (
    Fact(
        "attention.kind",
        "string",
        "",
        "global, sliding, chunked, sparse, mla, compressed or cross",
        "attention",
        _kind,
        data=attrgetter("part.kind"),
    ),
    Fact(
        "attention.layers",
        "int",
        "layers",
        "How many layers have this attention",
        "attention",
        _layers,
        data=attrgetter("layers"),
    ),
    _fact("heads", "heads", "Number of query heads", "heads"),
    _fact("kv_heads", "heads", "Number of heads that keys and values are kept for", "kv_heads"),
    _fact("head_dim", "elements", "Width of one query (and key) head", "head_dim"),
    _fact("v_head_dim", "elements", "Width of one value head", "value_dim", "value_width"),
    Fact(
        "attention.rotary_dim",
        "int",
        "elements",
        "Width of the part of a head that rotates",
        "attention",
        rotary_dim,
    ),
    _fact("window", "tokens", "Tokens that it sees, when a window bounds them", "window"),
    _fact("chunk", "tokens", "Tokens of a chunk, when it sees only its chunk", "chunk"),
    _fact("hidden", "elements", "Width of the residual stream", "hidden"),
    _fact("kv_rank", "elements", "Width of the latent that MLA caches", "kv_rank"),
    _fact("q_rank", "elements", "Width of MLA's query latent", "q_rank"),
)
