"""Parameters: total, active, embedding, by part. Tied weights count once; MTP layers and towers do not."""

from __future__ import annotations

from collections.abc import Iterable

from archlint.architecture import Architecture, Part, Weight
from archlint.architecture.formula import Formula, Term, add, multiply, term
from archlint.values import dataclass, field

_ROLE_GROUPS = {"embedding": "embedding", "expert": "experts", "router": "router", "norm": "norms"}

PARTS = ("embedding", "head", "attention", "recurrent", "feed_forward", "experts", "router", "norms", "other")
"""The groups that ``by_part`` may name."""


@dataclass(slots=True)
class Census:
    """All parameters of a model, counted in one pass.

    ``tables`` counts, of ``active``, the input embedding tables that are not the head as well.
    """

    total: int = 0
    active: int = 0
    embedding: int = 0
    tables: int = 0
    by_part: dict[str, int] = field(default_factory=dict)

    def add(self, weights: Iterable[Weight], group: str, count: int, tied: bool = False) -> None:
        """Count ``weights``, which stand in the model ``count`` times."""
        for weight in weights:
            numbers = weight.parameters * count
            self.total = self.total + numbers
            self.active = self.active + weight.active_parameters * count
            name = _ROLE_GROUPS.get(weight.role, group)
            self.by_part[name] = self.by_part.get(name, 0) + numbers
            if weight.role == "embedding":
                self.embedding = self.embedding + numbers
                if not (tied and weight.name == "embed_tokens.weight"):
                    self.tables = self.tables + weight.active_parameters * count


def census(architecture: Architecture) -> Census:
    """Count the parameters of the language model: embedding, layers, final weights, head."""
    counted = Census()
    head = architecture.head
    if architecture.embedding is not None:
        tied = head is not None and head.tied
        counted.add(architecture.embedding.weights(), "embedding", 1, tied)
    for part, count in [*architecture.distinct_mixers(), *architecture.distinct_feed_forwards()]:
        counted.add(part.weights(), part.group, count)
    for layer, count in architecture.distinct_layers():
        counted.add(layer.loose, "other", count)
    counted.add(architecture.final, "other", 1)
    if head is not None:
        counted.add(head.weights(), "head", 1)
    return counted


def total_formula(architecture: Architecture, active: bool = False) -> Formula:
    """Return the arithmetic of all (or the active) parameters: per part, per weight, per dimension."""
    items: list[Formula] = []
    if architecture.embedding is not None:
        items.append(_weights(architecture.embedding.weights(), "embedding", active))
    for layer, count in architecture.distinct_layers():
        inner: list[Formula] = [
            _weights(part.weights(), _name(part), active) for part in layer.parts if part.weights()
        ]
        if layer.loose:
            inner.append(_weights(layer.loose, "norms", active))
        kinds = " + ".join(dict.fromkeys(part.kind for part in layer.parts))
        items.append(multiply(Term(count, f"layers ({kinds})"), add(inner, "each"), label=f"layers: {kinds}"))
    if architecture.final:
        items.append(_weights(architecture.final, "after the last layer", active))
    if architecture.head is not None and architecture.head.weights():
        items.append(_weights(architecture.head.weights(), "head", active))
    return add(items)


def _name(part: Part) -> str:
    return {"experts": "experts", "dense": "feed-forward"}.get(part.kind, part.kind)


def _weights(weights: Iterable[Weight], label: str, active: bool) -> Formula:
    return add([weight_formula(weight, active) for weight in weights], label)


def weight_formula(weight: Weight, active: bool = False) -> Formula:
    """Return copies × rows × columns."""
    factors: list[Formula] = [term(size) for size in weight.shape if size != 1] or [Term(1)]
    copies = weight.active if active and weight.active is not None else weight.copies
    if weight.copies != 1:
        factors.insert(0, term(copies, "rows" if weight.role == "embedding" else "experts"))
    return multiply(*factors, label=weight.name)
