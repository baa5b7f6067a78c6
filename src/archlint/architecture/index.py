"""The index of sparse attention."""

from __future__ import annotations

from dataclasses import dataclass

from archlint.architecture.part import Part, Weight, linear


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Index(Part):
    """A lightning indexer: it scores all cached tokens and lets the attention see ``top_k`` of them.

    Its queries come from ``query_input`` numbers (the query latent, or the hidden state); it keeps one key
    of ``dim`` per token. ``head_weights``: a learned weight per index head from the hidden state.
    ``norm`` is the number of parameters of its norms. Source: COSTS.md section 2.
    """

    hidden: int
    heads: int
    dim: int
    top_k: int | None = None
    query_input: int
    head_weights: bool = True
    norm: int = 0
    extra: tuple[Weight, ...] = ()

    group = "attention"

    def weights(self) -> tuple[Weight, ...]:
        """Query, key and head-weight projections, and norms."""
        found = (
            *linear("self_attn.indexer.wq_b", self.query_input, self.heads * self.dim),
            *linear("self_attn.indexer.wk", self.hidden, self.dim),
        )
        if self.head_weights:
            found += linear("self_attn.indexer.weights_proj", self.hidden, self.heads)
        if self.norm:
            found += (Weight("self_attn.indexer.norm", (self.norm,), "norm"),)
        return found + self.extra

    def mixing_flops(self, context: int, prefill: bool = False) -> int:
        """Scores of every cached token: 2 · heads · dim · context."""
        return 2 * self.heads * self.dim * context
