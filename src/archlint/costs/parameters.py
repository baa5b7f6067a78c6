"""Parameters: total, active, embedding, by part. Tied weights count once; MTP layers and towers do not."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from archlint.architecture import Architecture, Layer, Part, Weight
from archlint.architecture.formula import Formula, Product, Sum, Term, add, multiply, term
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


def total_formula(
    architecture: Architecture, active: bool = False, chosen: Callable[[Weight], bool] | None = None
) -> Formula:
    """Return the arithmetic of all (or the active) parameters: per part, per weight, per dimension.

    ``chosen`` picks the weights that count.
    """
    items: list[Formula] = []
    if architecture.embedding is not None:
        items.append(_weights(architecture.embedding.weights(), "embedding", active, chosen))
    for layer, count in architecture.distinct_layers():
        items.append(_layer(layer, count, active, chosen))
    items.append(_weights(architecture.final, "after the last layer", active, chosen))
    if architecture.head is not None:
        items.append(_weights(architecture.head.weights(), "head", active, chosen))
    return add([item for item in items if _holds(item)])


def without_tables_formula(architecture: Architecture) -> Formula:
    """Return the arithmetic of the active parameters without input embeddings that are not the head as well."""
    head = architecture.head
    tied = head is not None and head.tied

    def counts(weight: Weight) -> bool:
        return weight.role != "embedding" or (tied and weight.name == "embed_tokens.weight")

    return total_formula(architecture, active=True, chosen=counts)


def embedding_formula(architecture: Architecture) -> Formula:
    """Return the arithmetic of the embedding tables."""
    return total_formula(architecture, chosen=lambda weight: weight.role == "embedding")


def mtp_formula(architecture: Architecture) -> Formula:
    """Return the arithmetic of the MTP layers."""
    if architecture.mtp is None:
        return Term(0)
    items = [_layer(layer, 1, active=False) for layer in architecture.mtp.layers]
    if architecture.mtp.extra:
        items.append(_weights(architecture.mtp.extra, "beside the layers", active=False))
    return add(items)


def towers_formula(architecture: Architecture) -> Formula:
    """Return the arithmetic of the towers, tower by tower."""
    items: list[Formula] = []
    for tower in architecture.towers:
        counts: dict[int, tuple[Layer, int]] = {}
        for layer in tower.layers:
            counts[id(layer)] = (layer, counts.get(id(layer), (layer, 0))[1] + 1)
        inner: list[Formula] = [_layer(layer, count, active=False) for layer, count in counts.values()]
        if tower.extra:
            inner.append(_weights(tower.extra, "beside the layers", active=False))
        items.append(add(inner, tower.name))
    return add(items)


def _layer(layer: Layer, count: int, active: bool, chosen: Callable[[Weight], bool] | None = None) -> Formula:
    inner = [_weights(part.weights(), _name(part), active, chosen) for part in layer.parts]
    inner.append(_weights(layer.loose, "norms", active, chosen))
    kinds = " + ".join(dict.fromkeys(part.kind for part in layer.parts))
    held = add([item for item in inner if _holds(item)], "each")
    return multiply(Term(count, f"layer{'s' * (count != 1)} ({kinds})"), held, label=f"layers: {kinds}")


def _holds(item: Formula) -> bool:
    """Whether there is anything in a sum, or in the sum that a product ends with."""
    if isinstance(item, Product):
        return _holds(item.items[-1])
    return not isinstance(item, Sum) or bool(item.items)


def _name(part: Part) -> str:
    return {"experts": "experts", "dense": "feed-forward"}.get(part.kind, part.kind)


def _weights(
    weights: Iterable[Weight], label: str, active: bool, chosen: Callable[[Weight], bool] | None = None
) -> Formula:
    return add(
        [weight_formula(weight, active) for weight in weights if chosen is None or chosen(weight)], label
    )


def weight_formula(weight: Weight, active: bool = False) -> Formula:
    """Return copies × rows × columns."""
    factors: list[Formula] = [term(size) for size in weight.shape if size != 1] or [Term(1)]
    copies = weight.used if active else weight.copies
    if weight.copies != 1:
        factors.insert(0, term(copies, _copies(weight)))
    return multiply(*factors, label=weight.name)


def _copies(weight: Weight) -> str:
    if weight.role == "embedding":
        return "rows"
    return "experts" if "experts" in weight.name else "times"
