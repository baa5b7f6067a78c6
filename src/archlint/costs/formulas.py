"""The arithmetic behind the figures, as formulas that can be printed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from archlint.architecture import Architecture, Part, Weight
from archlint.architecture.formula import Formula, Term, add, multiply, term


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
        factors.insert(0, term(copies, "experts"))
    return multiply(*factors, label=weight.name)


def cache_formula(architecture: Architecture, which: str = "all") -> Formula:
    """Return the arithmetic of bytes per token, a product a kind of layer; all, growing or gallery."""
    items: list[Formula] = []
    for mixer, count in architecture.distinct_mixers():
        if which == "growing" and not mixer.growing_bytes_per_token():
            continue
        factors = mixer.gallery_formula() if which == "gallery" else mixer.cache_formula()
        if which == "growing" and mixer.growing_bytes_per_token() != mixer.cache_bytes_per_token():
            factors = (Term(mixer.growing_bytes_per_token(), "B"),)
        if factors:
            items.append(multiply(Term(count, f"{_label(mixer)} layer{'s' * (count != 1)}"), *factors))
    return add(items)


def state_formula(architecture: Architecture) -> Formula:
    """Return the arithmetic of the state: layers × bytes each."""
    items = []
    for mixer, count in architecture.distinct_mixers():
        if mixer.state_bytes():
            layers = Term(count, f"{_label(mixer)} layer{'s' * (count != 1)}")
            items.append(multiply(layers, Term(mixer.state_bytes(), "B of state")))
    return add(items)


def _label(mixer: Part) -> str:
    return "MLA" if mixer.kind == "mla" else mixer.kind


FORMULAS: Final[dict[str, Callable[[Architecture], Formula]]] = {
    "parameters.total": total_formula,
    "parameters.active": lambda shape: total_formula(shape, active=True),
    "kv_cache.bytes_per_token": cache_formula,
    "kv_cache.growing_bytes_per_token": lambda shape: cache_formula(shape, "growing"),
    "kv_cache.gallery_bytes_per_token": lambda shape: cache_formula(shape, "gallery"),
    "state.bytes": state_formula,
}
"""The figures that have a derivation."""
