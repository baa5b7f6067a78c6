"""Grouped-query attention and its kin: multi-head, multi-query, sliding, chunked, sparse, cross."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from archlint.architecture.dtype import BF16, Dtype
from archlint.architecture.part import Part, Weight, linear

if TYPE_CHECKING:
    from archlint.architecture.formula import Formula
    from archlint.architecture.index import Index


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Attention(Part):
    """Attention with ``heads`` query heads that share ``kv_heads`` heads of keys and values.

    ``value_dim`` is the width of a value head where it differs from ``head_dim``; ``window`` and ``chunk``
    bound what a token sees; ``output`` is the width it writes to where that is not ``hidden``.
    ``q_norm`` and ``k_norm`` count norm parameters. ``gate``: ``elements`` one gate per output number,
    ``heads`` one per head. ``key_is_value``: there is no value projection, the key's is used (both are
    cached). ``cached`` False: keys and values are those of an earlier layer. ``projects`` False: it has no
    key and value projection and no key norm of its own. ``cross``: keys and values come from an encoder.
    """

    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    value_dim: int | None = None
    window: int | None = None
    chunk: int | None = None
    output: int | None = None
    q_bias: bool = False
    k_bias: bool = False
    v_bias: bool = False
    o_bias: bool = False
    q_norm: int = 0
    k_norm: int = 0
    gate: Literal["none", "elements", "heads"] = "none"
    sinks: bool = False
    key_is_value: bool = False
    cached: bool = True
    projects: bool = True
    cross: bool = False
    index: Index | None = None
    extra: tuple[Weight, ...] = ()

    group = "attention"

    @property
    def kind(self) -> str:  # type: ignore[override]
        """``global``, ``sliding``, ``chunked``, ``sparse`` or ``cross``."""
        if self.cross:
            return "cross"
        if self.index is not None:
            return "sparse"
        if self.window is not None:
            return "sliding"
        return "global" if self.chunk is None else "chunked"

    @property
    def value_width(self) -> int:
        """Width of one value head."""
        return self.head_dim if self.value_dim is None else self.value_dim

    @property
    def bound(self) -> int | None:
        """The greatest number of tokens it keeps, None when there is no bound."""
        return self.window if self.window is not None else self.chunk

    def weights(self) -> tuple[Weight, ...]:
        """Query, key, value and output projections, then norms, gate and sinks."""
        keys, values = self.kv_heads * self.head_dim, self.kv_heads * self.value_width
        out = self.heads * self.value_width
        found = linear("self_attn.q_proj", self.hidden, self.heads * self.head_dim, self.q_bias)
        if self.projects:
            found += linear("self_attn.k_proj", self.hidden, keys, self.k_bias)
            if not self.key_is_value:
                found += linear("self_attn.v_proj", self.hidden, values, self.v_bias)
        found += linear(
            "self_attn.o_proj", out, self.hidden if self.output is None else self.output, self.o_bias
        )
        if self.q_norm:
            found += (Weight("self_attn.q_norm.weight", (self.q_norm,), "norm"),)
        if self.k_norm and self.projects:
            found += (Weight("self_attn.k_norm.weight", (self.k_norm,), "norm"),)
        if self.gate == "elements":
            found += linear("self_attn.gate_proj", self.hidden, out)
        elif self.gate == "heads":
            found += linear("self_attn.gate_proj", self.hidden, self.heads)
        if self.sinks:
            found += (Weight("self_attn.sinks", (self.heads,), "vector"),)
        if self.index is not None:
            found += self.index.weights()
        return found + self.extra

    def _elements(self) -> int:
        if not self.cached or self.cross:
            return 0
        return self.kv_heads * (self.head_dim + self.value_width)

    def _index_bytes(self) -> int:
        return 0 if self.index is None or not self.cached else BF16.bytes(self.index.dim)

    def cache_bytes_per_token(self, dtype: Dtype = BF16) -> int:
        """Keys and values: kv_heads · (head_dim + value_dim), and the index key in bf16."""
        return dtype.bytes(self._elements()) + self._index_bytes()

    def growing_bytes_per_token(self, dtype: Dtype = BF16) -> int:
        """The same, nothing with a window or chunk."""
        return self.cache_bytes_per_token(dtype) if self.bound is None else 0

    def gallery_bytes_per_token(self, dtype: Dtype = BF16) -> int:
        """Keys and values; once where the key is the value; index keys left out."""
        elements = self._elements()
        if self.key_is_value and elements:
            elements = self.kv_heads * self.head_dim
        return dtype.bytes(elements)

    def cache_bytes(self, context: int, dtype: Dtype = BF16) -> int:
        """Keys and values of the tokens it can still see."""
        kept = context if self.bound is None else min(context, self.bound)
        return kept * self.cache_bytes_per_token(dtype)

    def mixing_flops(self, context: int, prefill: bool = False) -> int:
        """Scores and weighted values: 2 · heads · (head_dim + value_dim) · tokens seen."""
        seen = context if self.bound is None else min(context, self.bound)
        scores = 0
        if self.index is not None:
            scores = self.index.mixing_flops(context)
            seen = seen if self.index.top_k is None else min(seen, self.index.top_k)
        if self.cross:
            seen = 0
        return 2 * self.heads * (self.head_dim + self.value_width) * seen + scores

    def cache_formula(self, dtype: Dtype = BF16) -> tuple[Formula, ...]:
        """KV heads × (key width + value width) × bytes."""
        from archlint.architecture.formula import add, multiply, term, width

        if not self.cached or self.cross:
            return ()
        factors = (term(self.kv_heads, "KV heads"), add((term(self.head_dim), term(self.value_width))))
        if self.index is None:
            return (*factors, *width(dtype))
        index = multiply(term(self.index.dim, "index key"), *width(BF16))
        return (add((multiply(*factors, *width(dtype)), index)),)

    def gallery_formula(self, dtype: Dtype = BF16) -> tuple[Formula, ...]:
        """KV heads × widths × bytes, the value left out where it is the key."""
        from archlint.architecture.formula import add, term, width

        if not self.cached or self.cross:
            return ()
        if self.key_is_value:
            return (term(self.kv_heads, "KV heads"), term(self.head_dim), *width(dtype))
        widths = add((term(self.head_dim), term(self.value_width)))
        return (term(self.kv_heads, "KV heads"), widths, *width(dtype))
