"""Facts of routed experts: read once for every different set of them in an architecture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archlint.facts.attention import size_data, size_value
from archlint.facts.config import default_place
from archlint.facts.registry import Fact, Scope, Unit, Value
from archlint.values import NamedTuple

if TYPE_CHECKING:
    from archlint.architecture.part import Part
    from archlint.model import Model


class Subject(NamedTuple):
    """One set of routed experts, and how many layers have such a set."""

    model: Model
    part: Part
    layers: int


def subjects(model: Model) -> Iterator[Subject]:
    """List the different expert layers of a model."""
    architecture = model.architecture
    if architecture is None:
        return
    for part, layers in architecture.distinct_feed_forwards():
        if part.kind == "experts":
            yield Subject(model, part, layers)


def _layers(subject: Subject) -> Value | None:
    return Value(subject.layers, default_place(subject.model), "derived")


SCOPES = (Scope("experts", "Every different set of routed experts of the architecture", "model", subjects),)


def _fact(name: str, unit: Unit, meaning: str, attribute: str) -> Fact:
    def read(subject: Subject) -> Value | None:
        return size_value(subject.model, getattr(subject.part, attribute, None))

    def data(subject: Subject) -> int | None:
        return size_data(getattr(subject.part, attribute, None))

    return Fact(f"experts.{name}", "int", unit, meaning, "experts", read, data=data)


FACTS = (
    Fact("experts.layers", "int", "layers", "How many layers have these experts", "experts", _layers),
    _fact("count", "experts", "Number of routed experts", "experts"),
    _fact("active", "experts", "Routed experts that one token uses", "active"),
    _fact("width", "elements", "Width of one expert", "width"),
)
