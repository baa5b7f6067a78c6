"""The two ends of a model: token embedding and output head."""

from __future__ import annotations

from archlint.architecture.part import Part, Weight
from archlint.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedding(Part):
    """A table of ``vocab`` rows of ``width``, and ``positions`` rows of learned positions.

    ``extra`` holds what else belongs to the input: segment tables, per-layer embeddings, norms.
    """

    vocab: int
    width: int
    positions: int | None = None
    extra: tuple[Weight, ...] = ()

    kind = "embedding"
    group = "embedding"

    def weights(self) -> tuple[Weight, ...]:
        """Token table, position table, extras."""
        found: tuple[Weight, ...] = (Weight("embed_tokens.weight", (self.vocab, self.width), "embedding"),)
        if self.positions is not None:
            found += (Weight("embed_positions.weight", (self.positions, self.width), "embedding"),)
        return found + self.extra


@dataclass(frozen=True, slots=True, kw_only=True)
class Head(Part):
    """The output layer: ``vocab`` × ``width``; no matrix of its own when ``tied`` to the input embedding."""

    vocab: int
    width: int
    tied: bool = False
    bias: bool = False
    extra: tuple[Weight, ...] = ()

    kind = "head"
    group = "head"

    def weights(self) -> tuple[Weight, ...]:
        """Matrix (unless tied) and bias."""
        found: tuple[Weight, ...] = () if self.tied else (Weight("lm_head.weight", (self.vocab, self.width)),)
        if self.bias:
            found += (Weight("lm_head.bias", (self.vocab,), "bias"),)
        return found + self.extra

    def matmul_flops(self) -> int:
        """2 · vocab · width, tied or not."""
        return 2 * self.vocab * self.width + (
            2 * sum(w.active_parameters for w in self.extra if w.role == "linear")
        )
