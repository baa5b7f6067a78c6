"""What every part of a model can say about itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod
from types import MappingProxyType
from typing import ClassVar, Final, Literal, TypeAlias

from archlint.architecture.dtype import BF16, Dtype
from archlint.architecture.formula import Formula, Term
from archlint.specs.size import Size, Unknown
from archlint.values import NamedTuple, fields

Role: TypeAlias = Literal["linear", "expert", "router", "embedding", "norm", "bias", "conv", "vector"]

MATMUL_ROLES: Final = frozenset(("linear", "expert", "router", "conv"))
"""Weights that every token is multiplied with."""


class Weight(NamedTuple):
    """A tensor of parameters: its name within the layer, its shape (rows first, as stored), what it is for.

    ``copies`` equal tensors stand side by side (experts), of which a token uses ``active``.
    """

    name: str
    shape: tuple[int, ...]
    role: Role = "linear"
    copies: int = 1
    active: int | None = None

    @property
    def parameters(self) -> int:
        """Numbers in all copies."""
        return prod(self.shape) * self.copies

    @property
    def active_parameters(self) -> int:
        """Numbers in the copies that one token uses."""
        return prod(self.shape) * self.used

    @property
    def used(self) -> int:
        """Copies that one token uses, an ``Unknown`` where it is more than there are."""
        if self.active is None:
            return self.copies
        sizes = (self.active, self.copies)
        if not any(isinstance(size, Unknown) for size in sizes) and self.active > self.copies:
            return Unknown(
                f"{_named(self.active, 'experts per token')} is more than {_named(self.copies, 'experts')}"
            )
        return self.active


def _named(size: int, what: str) -> str:
    """Return ``num_experts (2)``."""
    return f"{(size.text if isinstance(size, Size) else '') or what} ({int(size):,})"


def linear(name: str, inputs: int, outputs: int, bias: bool = False) -> tuple[Weight, ...]:
    """Return the weight of a linear map, and its bias where it has one."""
    weight = Weight(f"{name}.weight", (outputs, inputs))
    return (weight, Weight(f"{name}.bias", (outputs,), "bias")) if bias else (weight,)


def norm(name: str, width: int, bias: bool = False) -> tuple[Weight, ...]:
    """Return the weight of an RMSNorm, or weight and bias of a LayerNorm."""
    weight = Weight(f"{name}.weight", (width,), "norm")
    return (weight, Weight(f"{name}.bias", (width,), "norm")) if bias else (weight,)


class Part:
    """A part: its weights, and what it keeps and computes per token.

    Subclasses are frozen dataclasses; those that keep nothing need only ``weights``. All figures are exact;
    a figure that rests on an ``Unknown`` size is itself an ``Unknown``.
    """

    __slots__ = ()

    kind: ClassVar[str] = ""
    group: ClassVar[str] = "other"
    """Where its parameters are listed: attention, recurrent, feed_forward, embedding, head, other."""

    def weights(self) -> tuple[Weight, ...]:
        """Return all its parameter tensors, those shared with another part left out."""
        return ()

    def parameters(self) -> int:
        """Return the number of its parameters."""
        return sum(weight.parameters for weight in self.weights())

    def active_parameters(self) -> int:
        """Return the number of parameters that one token uses: of E routed experts only k."""
        return sum(weight.active_parameters for weight in self.weights())

    def cache_bytes_per_token(self, dtype: Dtype = BF16) -> int:
        """Return what one token adds to the cache before any window is full, bytes."""
        return 0

    def growing_bytes_per_token(self, dtype: Dtype = BF16) -> int:
        """Return what one token adds for ever: nothing where a window or chunk bounds the cache, bytes."""
        return 0

    def gallery_bytes_per_token(self, dtype: Dtype = BF16) -> int:
        """Return bytes per token as the LLM Architecture Gallery counts them (COSTS.md section 0)."""
        return 0

    def cache_bytes(self, context: int, dtype: Dtype = BF16) -> int:
        """Return what the cache holds after ``context`` tokens, windows and compression applied, bytes."""
        return 0

    def state_bytes(self, dtype: Dtype = BF16) -> int:
        """Return the state that a sequence keeps whatever its length (convolution, recurrence), bytes."""
        return 0

    def matmul_flops(self) -> int:
        """Return FLOPs per token in products with weights: 2 per active parameter."""
        return 2 * sum(w.active_parameters for w in self.weights() if w.role in MATMUL_ROLES)

    def mixing_flops(self, context: int, prefill: bool = False) -> int:
        """Return FLOPs of one token against a cache or state of ``context`` tokens."""
        return 0

    def flops_per_token(self, context: int, prefill: bool = False) -> int:
        """Return forward FLOPs of one token that sees ``context`` tokens."""
        return self.matmul_flops() + self.mixing_flops(context, prefill)

    def cache_formula(self, dtype: Dtype = BF16) -> tuple[Formula, ...]:
        """Return the factors of ``cache_bytes_per_token`` in the config's own terms; empty when it is 0."""
        return ()

    def gallery_formula(self, dtype: Dtype = BF16) -> tuple[Formula, ...]:
        """Return the factors of ``gallery_bytes_per_token``."""
        return self.cache_formula(dtype)

    def state_formula(self, dtype: Dtype = BF16) -> tuple[Formula, ...]:
        """Return the factors of ``state_bytes`` in the config's own terms; empty when it is 0."""
        held = self.state_bytes(dtype)
        return (Term(held, "B of state"),) if held else ()

    @property
    def sources(self) -> Mapping[str, str]:
        """Which config key each field came from: field -> key as written; derived ones are left out."""
        found = {}
        for field in fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            if isinstance(value, Size) and value.key:
                found[field.name] = value.key
        return MappingProxyType(found)


def total(weights: Iterable[Weight]) -> int:
    """Return the number of parameters in ``weights``."""
    return sum(weight.parameters for weight in weights)
