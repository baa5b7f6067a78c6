"""Cache and state: bytes per token under three conventions, bytes at a context, bytes of state."""

from __future__ import annotations

from archlint.architecture import BF16, Architecture, Dtype, Part
from archlint.architecture.formula import Formula, Term, add, multiply


def bytes_per_token(architecture: Architecture, dtype: Dtype = BF16) -> int:
    """Return what one token adds to all caching layers, windows ignored, index keys included."""
    mixers = architecture.distinct_mixers()
    return sum(count * mixer.cache_bytes_per_token(dtype) for mixer, count in mixers)


def growing_bytes_per_token(architecture: Architecture, dtype: Dtype = BF16) -> int:
    """Return what one token adds where no window or chunk bounds the cache."""
    mixers = architecture.distinct_mixers()
    return sum(count * mixer.growing_bytes_per_token(dtype) for mixer, count in mixers)


def gallery_bytes_per_token(architecture: Architecture, dtype: Dtype = BF16) -> int:
    """Return bytes per token as the LLM Architecture Gallery counts them (COSTS.md section 0)."""
    mixers = architecture.distinct_mixers()
    return sum(count * mixer.gallery_bytes_per_token(dtype) for mixer, count in mixers)


def cache_bytes(architecture: Architecture, context: int, dtype: Dtype = BF16) -> int:
    """Return what the cache holds after ``context`` tokens."""
    return sum(count * mixer.cache_bytes(context, dtype) for mixer, count in architecture.distinct_mixers())


def state_bytes(architecture: Architecture, dtype: Dtype = BF16) -> int:
    """Return the state of one sequence, whatever its length."""
    return sum(count * mixer.state_bytes(dtype) for mixer, count in architecture.distinct_mixers())


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
    """Return the arithmetic of the state: a product a kind of layer."""
    items = []
    for mixer, count in architecture.distinct_mixers():
        factors = mixer.state_formula()
        if factors:
            layers = Term(count, f"{_label(mixer)} layer{'s' * (count != 1)}")
            items.append(multiply(layers, *factors))
    return add(items)


def _label(mixer: Part) -> str:
    return "MLA" if mixer.kind == "mla" else mixer.kind
