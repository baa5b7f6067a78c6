"""Multi-head latent attention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from archlint.architecture.dtype import BF16, Dtype
from archlint.architecture.part import Part, Weight, linear

if TYPE_CHECKING:
    from archlint.architecture.formula import Formula
    from archlint.architecture.index import Index


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class LatentAttention(Part):
    """Multi-head latent attention (MLA): a latent of ``kv_rank`` and a rotary key of ``rope_dim`` a token.

    ``q_rank`` None: queries are projected directly. ``bias`` is on the down projections and the output.
    ``cached`` False: the latent is that of an earlier layer.
    """

    hidden: int
    heads: int
    kv_rank: int
    nope_dim: int
    rope_dim: int
    value_dim: int
    q_rank: int | None = None
    bias: bool = False
    window: int | None = None
    index: Index | None = None
    gate: Literal["none", "elements", "heads"] = "none"
    cached: bool = True
    projects: bool = True
    extra: tuple[Weight, ...] = ()

    kind = "mla"
    group = "attention"

    @property
    def head_dim(self) -> int:
        """Width of one query head: the part without position and the rotary part."""
        return self.nope_dim + self.rope_dim

    def weights(self) -> tuple[Weight, ...]:
        """Query path, latent path, output, index."""
        queries = self.heads * (self.nope_dim + self.rope_dim)
        if self.q_rank is None:
            found = linear("self_attn.q_proj", self.hidden, queries)
        else:
            found = linear("self_attn.q_a_proj", self.hidden, self.q_rank, self.bias)
            found += (Weight("self_attn.q_a_layernorm.weight", (self.q_rank,), "norm"),)
            found += linear("self_attn.q_b_proj", self.q_rank, queries)
        if self.projects:
            found += linear(
                "self_attn.kv_a_proj_with_mqa", self.hidden, self.kv_rank + self.rope_dim, self.bias
            )
            found += (Weight("self_attn.kv_a_layernorm.weight", (self.kv_rank,), "norm"),)
            expanded = self.heads * (self.nope_dim + self.value_dim)
            found += linear("self_attn.kv_b_proj", self.kv_rank, expanded)
        found += linear("self_attn.o_proj", self.heads * self.value_dim, self.hidden, self.bias)
        if self.gate == "elements":
            found += linear("self_attn.g_proj", self.hidden, self.heads * self.value_dim)
        elif self.gate == "heads":
            found += linear("self_attn.g_proj", self.hidden, self.heads)
        if self.index is not None:
            found += self.index.weights()
        return found + self.extra

    def cache_bytes_per_token(self, dtype: Dtype = BF16) -> int:
        """The latent and the rotary key, once for all heads, and the index key in bf16."""
        if not self.cached:
            return 0
        index = 0 if self.index is None else BF16.bytes(self.index.dim)
        return dtype.bytes(self.kv_rank + self.rope_dim) + index

    def growing_bytes_per_token(self, dtype: Dtype = BF16) -> int:
        """The same, nothing with a window."""
        return self.cache_bytes_per_token(dtype) if self.window is None else 0

    def gallery_bytes_per_token(self, dtype: Dtype = BF16) -> int:
        """The latent and the rotary key; index keys left out."""
        return dtype.bytes(self.kv_rank + self.rope_dim) if self.cached else 0

    def cache_bytes(self, context: int, dtype: Dtype = BF16) -> int:
        """Latents of the tokens it can still see."""
        kept = context if self.window is None else min(context, self.window)
        return kept * self.cache_bytes_per_token(dtype)

    def mixing_flops(self, context: int, prefill: bool = False) -> int:
        """Prefill on expanded heads, decoding on the latent, over what the index lets through."""
        seen, scores = context if self.window is None else min(context, self.window), 0
        if self.index is not None:
            scores = self.index.mixing_flops(context)
            seen = seen if self.index.top_k is None else min(seen, self.index.top_k)
        if prefill:
            return 2 * self.heads * (self.head_dim + self.value_dim) * seen + scores
        return 2 * self.heads * (2 * self.kv_rank + self.rope_dim) * seen + scores

    def cache_formula(self, dtype: Dtype = BF16) -> tuple[Formula, ...]:
        """(latent + rotary key) × bytes."""
        from archlint.architecture.formula import add, multiply, term, width

        if not self.cached:
            return ()
        widths = [term(self.kv_rank, "latent"), term(self.rope_dim, "rotary key")]
        if self.index is None:
            return (add(widths), *width(dtype))
        if dtype.bits == BF16.bits:
            return (add((*widths, term(self.index.dim, "index key"))), *width(dtype))
        return (
            add(
                (
                    multiply(add(widths), *width(dtype)),
                    multiply(term(self.index.dim, "index key"), *width(BF16)),
                )
            ),
        )

    def gallery_formula(self, dtype: Dtype = BF16) -> tuple[Formula, ...]:
        """(latent + rotary key) × bytes."""
        from archlint.architecture.formula import add, term, width

        if not self.cached:
            return ()
        return (add((term(self.kv_rank, "latent"), term(self.rope_dim, "rotary key"))), *width(dtype))
