"""Attention over compressed blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archlint.architecture.dtype import BF16, Dtype
from archlint.architecture.part import Part, Weight

if TYPE_CHECKING:
    from archlint.architecture.formula import Formula


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class CompressedAttention(Part):
    """Attention over a window and over compressed blocks of ``ratio`` tokens (DeepSeek-V4's CSA and HCA).

    Key and value are one vector of ``head_dim`` per KV head. ``ratio`` None: the window alone, with key and
    value stored apart where ``stores_both``. ``index_dim`` is the index key of a compressed block (CSA).
    ``projections`` are all its weights.
    """

    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    window: int
    ratio: int | None = None
    index_heads: int = 0
    index_dim: int = 0
    top_k: int | None = None
    projections: tuple[Weight, ...] = ()
    stores_both: bool = False

    group = "attention"

    @property
    def kind(self) -> str:  # type: ignore[override]
        """``compressed``, or ``sliding`` without compression."""
        return "sliding" if self.ratio is None else "compressed"

    def weights(self) -> tuple[Weight, ...]:
        """The projections as the family lists them."""
        return self.projections

    def _window_elements(self) -> int:
        return self.kv_heads * self.head_dim * (2 if self.stores_both else 1)

    def _block_elements(self) -> int:
        return self.kv_heads * self.head_dim + self.index_dim

    def cache_bytes_per_token(self, dtype: Dtype = BF16) -> int:
        """The window's vector and the token's share of a compressed block."""
        return dtype.bytes(self._window_elements()) + self.growing_bytes_per_token(dtype)

    def growing_bytes_per_token(self, dtype: Dtype = BF16) -> int:
        """The token's share of a compressed block: (head_dim + index_dim) / ratio."""
        return 0 if self.ratio is None else dtype.bytes(self._block_elements()) // self.ratio

    def gallery_bytes_per_token(self, dtype: Dtype = BF16) -> int:
        """The growth without index keys: head_dim / ratio."""
        return 0 if self.ratio is None else dtype.bytes(self.kv_heads * self.head_dim) // self.ratio

    def cache_bytes(self, context: int, dtype: Dtype = BF16) -> int:
        """The window, and one vector for each full block."""
        held = min(context, self.window) * dtype.bytes(self._window_elements())
        if self.ratio is not None:
            held += context // self.ratio * dtype.bytes(self._block_elements())
        return held

    def mixing_flops(self, context: int, prefill: bool = False) -> int:
        """Window and compressed blocks, the latter bounded by the index."""
        seen, scores = min(context, self.window), 0
        if self.ratio is not None:
            blocks = context // self.ratio
            scores = 2 * self.index_heads * self.index_dim * blocks
            seen = seen + (blocks if self.top_k is None else min(blocks, self.top_k))
        return 4 * self.heads * self.head_dim * seen + scores

    def cache_formula(self, dtype: Dtype = BF16) -> tuple[Formula, ...]:
        """Window vector + block share."""
        from archlint.architecture.formula import Quotient, Term, add, multiply, term, width

        window = multiply(term(self.kv_heads, "KV heads"), term(self.head_dim), *width(dtype))
        if self.stores_both:
            window = multiply(*window.items, Term(2, "key and value"))
        if self.ratio is None:
            return window.items
        block = add((multiply(term(self.kv_heads), term(self.head_dim)), term(self.index_dim, "index key")))
        share = Quotient(multiply(block, *width(dtype)), term(self.ratio, "tokens a block"))
        return (add((window, share)),)

    def gallery_formula(self, dtype: Dtype = BF16) -> tuple[Formula, ...]:
        """Block share without index keys."""
        from archlint.architecture.formula import Quotient, multiply, term, width

        if self.ratio is None:
            return ()
        block = multiply(term(self.kv_heads, "KV heads"), term(self.head_dim), *width(dtype))
        return (Quotient(block, term(self.ratio, "tokens a block")),)
