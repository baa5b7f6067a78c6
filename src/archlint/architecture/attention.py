"""Mixers that keep keys and values: grouped-query, latent and compressed attention."""

from __future__ import annotations

from typing import Literal

from archlint.architecture.dtype import BF16, Dtype
from archlint.architecture.formula import Formula, Quotient, Term, add, multiply, term
from archlint.architecture.part import Part, Weight, linear
from archlint.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Index(Part):
    """A lightning indexer: it scores all cached tokens and lets the attention see ``top_k`` of them.

    Its queries come from ``query_input`` numbers (the query latent, or the hidden state); it keeps one key
    of ``dim`` per token, or ``kept`` numbers where it keeps something else. ``head_weights``: a learned weight
    per index head from the hidden state. ``norm`` is the number of parameters of its norms. Source: COSTS.md
    section 2.
    """

    hidden: int
    heads: int
    dim: int
    top_k: int | None = None
    query_input: int
    head_weights: bool = True
    norm: int = 0
    kept: int | None = None
    extra: tuple[Weight, ...] = ()

    group = "attention"

    @property
    def width(self) -> int:
        """Numbers kept per token."""
        return self.dim if self.kept is None else self.kept

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention(Part):
    """Attention with ``heads`` query heads that share ``kv_heads`` heads of keys and values.

    ``value_dim`` is the width of a value head where it differs from ``head_dim``; ``window`` and ``chunk``
    bound what a token sees; ``output`` is the width it writes to where that is not ``hidden``.
    ``q_rank``: queries pass through so many numbers, under a norm of their own.
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
    q_rank: int | None = None
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
        if self.q_rank is None:
            found = linear("self_attn.q_proj", self.hidden, self.heads * self.head_dim, self.q_bias)
        else:
            found = linear("self_attn.q_proj", self.hidden, self.q_rank, self.q_bias)
            found += (Weight("self_attn.inter_norm.weight", (self.q_rank,), "norm"),)
            found += linear("self_attn.wq", self.q_rank, self.heads * self.head_dim)
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
        return 0 if self.index is None or not self.cached else BF16.bytes(self.index.width)

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
        if not self.cached or self.cross:
            return ()
        factors = (term(self.kv_heads, "KV heads"), add((term(self.head_dim), term(self.value_width))))
        if self.index is None:
            return (*factors, *_width(dtype))
        index = multiply(term(self.index.width, "index key"), *_width(BF16))
        return (add((multiply(*factors, *_width(dtype)), index)),)

    def gallery_formula(self, dtype: Dtype = BF16) -> tuple[Formula, ...]:
        """KV heads × widths × bytes, the value left out where it is the key."""
        if not self.cached or self.cross:
            return ()
        if self.key_is_value:
            return (term(self.kv_heads, "KV heads"), term(self.head_dim), *_width(dtype))
        widths = add((term(self.head_dim), term(self.value_width)))
        return (term(self.kv_heads, "KV heads"), widths, *_width(dtype))


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedAttention(Attention):
    """Attention whose window is a mask alone: its cache keeps every token."""

    def growing_bytes_per_token(self, dtype: Dtype = BF16) -> int:
        """All that it caches."""
        return self.cache_bytes_per_token(dtype)

    def cache_bytes(self, context: int, dtype: Dtype = BF16) -> int:
        """Keys and values of all tokens."""
        return context * self.cache_bytes_per_token(dtype)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvolvedAttention(Attention):
    """Attention in whose layer short convolutions run: each sequence keeps their last inputs as well.

    ``convolved`` numbers are kept, ``state_bits`` wide. Their weights are in ``extra``.
    """

    convolved: int
    state_bits: int = 16

    def state_bytes(self, dtype: Dtype = BF16) -> int:
        """The convolutions' inputs, at ``state_bits``."""
        return Dtype("state", self.state_bits).bytes(self.convolved)

    def state_formula(self, dtype: Dtype = BF16) -> tuple[Formula, ...]:
        """Numbers kept × bytes."""
        return term(self.convolved, "inputs of convolutions"), Term(self.state_bits // 8, "B")


@dataclass(frozen=True, slots=True, kw_only=True)
class LatentAttention(Part):
    """Multi-head latent attention (MLA): a latent of ``kv_rank`` and a rotary key of ``rope_dim`` a token.

    ``q_rank`` None: queries are projected directly. ``bias`` is on the down projections and the output.
    ``cached`` False: the latent is that of an earlier layer (an index still keeps its own key); ``projects``
    False: so is its projection, not its expansion.
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

    group = "attention"

    @property
    def kind(self) -> str:  # type: ignore[override]
        """``mla``, or ``sliding`` with a window."""
        return "mla" if self.window is None else "sliding"

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
        index = 0 if self.index is None else BF16.bytes(self.index.width)
        return index + (dtype.bytes(self.kv_rank + self.rope_dim) if self.cached else 0)

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
        if not self.cached:
            return () if self.index is None else (term(self.index.width, "index key"), *_width(BF16))
        widths = [term(self.kv_rank, "latent"), term(self.rope_dim, "rotary key")]
        if self.index is None:
            return (add(widths), *_width(dtype))
        if dtype.bits == BF16.bits:
            return (add((*widths, term(self.index.width, "index key"))), *_width(dtype))
        return (
            add(
                (
                    multiply(add(widths), *_width(dtype)),
                    multiply(term(self.index.width, "index key"), *_width(BF16)),
                )
            ),
        )

    def gallery_formula(self, dtype: Dtype = BF16) -> tuple[Formula, ...]:
        """(latent + rotary key) × bytes."""
        if not self.cached:
            return ()
        return (add((term(self.kv_rank, "latent"), term(self.rope_dim, "rotary key"))), *_width(dtype))


@dataclass(frozen=True, slots=True, kw_only=True)
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
        window = multiply(term(self.kv_heads, "KV heads"), term(self.head_dim), *_width(dtype))
        if self.stores_both:
            window = multiply(*window.items, Term(2, "key and value"))
        if self.ratio is None:
            return window.items
        vector = multiply(term(self.kv_heads, "KV heads"), term(self.head_dim))
        block: Formula = vector
        if self.index_dim:
            block = add((vector, term(self.index_dim, "index key")))
        share = Quotient(multiply(block, *_width(dtype)), term(self.ratio, "tokens a block"))
        return (add((window, share)),)

    def gallery_formula(self, dtype: Dtype = BF16) -> tuple[Formula, ...]:
        """Block share without index keys."""
        if self.ratio is None:
            return ()
        block = multiply(term(self.kv_heads, "KV heads"), term(self.head_dim), *_width(dtype))
        return (Quotient(block, term(self.ratio, "tokens a block")),)


def _width(dtype: Dtype) -> tuple[Formula, ...]:
    return (Term(dtype.bits // 8, "B"),)
