"""FLOPs of one token, forward: products with weights, and with the cache or state."""

from __future__ import annotations

from archlint.architecture import Architecture
from archlint.architecture.formula import Formula, Term, add, multiply
from archlint.architecture.part import MATMUL_ROLES


def flops_per_token(architecture: Architecture, context: int) -> int:
    """Return FLOPs of generating one token that sees ``context`` tokens."""
    return weight_flops(architecture) + _mixing(architecture, context, prefill=False)


def prefill_flops_per_token(architecture: Architecture, context: int) -> int:
    """Return FLOPs per token of a prompt of ``context`` tokens: those of the token in its middle."""
    return weight_flops(architecture) + _mixing(architecture, context // 2, prefill=True)


def weight_flops(architecture: Architecture) -> int:
    """Return FLOPs in products with weights: 2 per active parameter of matrices, the head included."""
    flops = 0
    for part, count in [*architecture.distinct_mixers(), *architecture.distinct_feed_forwards()]:
        flops = flops + count * part.matmul_flops()
    for layer, count in architecture.distinct_layers():
        flops = flops + count * 2 * sum(w.active_parameters for w in layer.extra if w.role in MATMUL_ROLES)
    flops = flops + 2 * sum(w.active_parameters for w in architecture.final if w.role in MATMUL_ROLES)
    ends = (architecture.embedding, architecture.head)
    return flops + sum(end.matmul_flops() for end in ends if end is not None)


def _mixing(architecture: Architecture, context: int, prefill: bool) -> int:
    mixers = architecture.distinct_mixers()
    return sum(count * mixer.mixing_flops(context, prefill) for mixer, count in mixers)


def flops_formula(architecture: Architecture, context: int, prefill: bool = False) -> Formula:
    """Return the arithmetic of the FLOPs: products with weights, and with the tokens that are seen."""
    seen = context // 2 if prefill else context
    items: list[Formula] = []
    for part, count in [*architecture.distinct_mixers(), *architecture.distinct_feed_forwards()]:
        layers = Term(count, f"{part.kind} layer{'s' * (count != 1)}")
        if work := part.matmul_flops():
            items.append(multiply(layers, Term(2, "FLOPs"), Term(work // 2, "weights")))
        if mixing := part.mixing_flops(seen, prefill):
            items.append(multiply(layers, Term(mixing, f"FLOPs at {seen:,} tokens")))
    for layer, count in architecture.distinct_layers():
        if weights := sum(w.active_parameters for w in layer.extra if w.role in MATMUL_ROLES):
            items.append(multiply(Term(count, "layers"), Term(2, "FLOPs"), Term(weights, "weights beside")))
    final = sum(w.active_parameters for w in architecture.final if w.role in MATMUL_ROLES)
    if final:
        items.append(multiply(Term(2, "FLOPs"), Term(final, "weights after the last layer")))
    for end in (architecture.embedding, architecture.head):
        if end is not None and (work := end.matmul_flops()):
            items.append(multiply(Term(2, "FLOPs"), Term(work // 2, f"weights of the {end.kind}")))
    return add(items)
