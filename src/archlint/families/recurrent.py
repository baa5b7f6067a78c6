"""Recurrences that are neither Mamba nor linear attention: RG-LRU, RWKV, xLSTM."""

from __future__ import annotations

from archlint.architecture import (
    Architecture,
    Attention,
    Dense,
    Layer,
    Part,
    Recurrence,
    Weight,
    linear,
    norm,
)
from archlint.families.decoder import assemble, head_width, norms, width
from archlint.families.layers import stack
from archlint.specs.config import Config
from archlint.specs.size import Size, Unknown, Unreadable, derived
from archlint.values import replace


def recurrent_gemma(config: Config) -> Architecture:
    """RecurrentGemma: ``block_types`` in turn, RG-LRU or attention in a window."""
    count, hidden = config.layers(), width(config)
    words = config.words("block_types")
    if not words or not {*words} <= {"recurrent", "attention"}:
        raise Unreadable("block_types is no list of recurrent and attention")
    heads, lru = config.need("num_attention_heads"), config.size("lru_width")
    lru = hidden if lru is None else lru
    kv_heads, bias = config.size("num_key_value_heads"), config.flag("attention_bias")
    attention = Attention(
        hidden=hidden,
        heads=heads,
        kv_heads=heads if kv_heads is None else kv_heads,
        head_dim=head_width(config, hidden, heads),
        window=config.need("attention_window_size"),
        q_bias=bias,
        k_bias=bias,
        v_bias=bias,
        o_bias=True,
    )
    kernel, block = config.need("conv1d_width"), lru // heads
    gates = tuple(
        weight
        for name in ("input", "recurrent")
        for weight in (
            Weight(f"rg_lru.{name}_gate_weight", (heads, block, block)),
            Weight(f"rg_lru.{name}_gate_bias", (heads, block), "bias"),
        )
    )
    recurrence = Recurrence(
        hidden=hidden,
        tensors=(
            *linear("linear_y", hidden, lru, bias=True),
            *linear("linear_x", hidden, lru, bias=True),
            *linear("linear_out", lru, hidden, bias=True),
            Weight("conv_1d.weight", (lru, 1, kernel), "conv"),
            Weight("conv_1d.bias", (lru,), "bias"),
            Weight("rg_lru.recurrent_param", (lru,), "vector"),
            *gates,
        ),
        conv=lru * (kernel - 1),
        recurrent=lru,
        flops=6 * lru,
    )
    inner = derived(config.need("intermediate_size") // 2, "intermediate_size / 2")
    feed_forward = Dense(hidden=hidden, width=inner, up_bias=True, down_bias=True)
    mixers: list[Part] = [
        recurrence if words[index % len(words)] == "recurrent" else attention for index in range(count)
    ]
    return assemble(config, stack(mixers, [feed_forward] * count, norms(config, 2)))


def rwkv(config: Config) -> Architecture:
    """RWKV-4: time mixing with a decay per channel, channel mixing; both see the token before."""
    count, hidden = config.layers(), width(config)
    inner = config.size("attention_hidden_size")
    inner = hidden if inner is None else inner
    mixer = Recurrence(
        hidden=hidden,
        tensors=(
            Weight("attention.time_decay", (inner,), "vector"),
            Weight("attention.time_first", (inner,), "vector"),
            Weight("attention.time_mix", (3, hidden), "vector"),
            *linear("attention.key", hidden, inner),
            *linear("attention.value", hidden, inner),
            *linear("attention.receptance", hidden, inner),
            *linear("attention.output", inner, hidden),
        ),
        conv=2 * hidden,
        recurrent=3 * hidden,
        flops=12 * inner,
    )
    wide = config.size("intermediate_size")
    wide = derived(4 * hidden, "4 × hidden_size") if wide is None else wide
    return with_norms(config, mixer, channel_mixing(hidden, wide), count)


def channel_mixing(hidden: Size, wide: Size) -> Dense:
    """Return RWKV's feed-forward: two matrices, a square receptance as gate, two mixes with the token before."""
    extra = (
        Weight("feed_forward.time_mix", (2, hidden), "vector"),
        *linear("feed_forward.receptance", hidden, hidden),
    )
    return Dense(hidden=hidden, width=wide, gated=False, name="feed_forward", extra=extra)


def with_norms(config: Config, mixer: Part, feed_forward: Part, count: Size) -> Architecture:
    """Return RWKV's decoder: LayerNorms, one more before the first layer."""
    rest = Layer(mixers=(mixer,), feed_forwards=(feed_forward,), norms=norms(config, 2, bias=True))
    first = replace(rest, norms=norms(config, 3, bias=True))
    layers = (first, *(rest,) * (count - 1))
    return assemble(config, layers, final=norm("ln_out", width(config), bias=True))


def xlstm(config: Config) -> Architecture:
    """xLSTM: mLSTM layers with a matrix memory per head."""
    count = config.layers("num_blocks", "num_hidden_layers")
    hidden = config.size("hidden_size") or config.need("embedding_dim")
    if config.has("embedding_dim") and config.need("embedding_dim") != hidden:
        raise Unreadable("embedding_dim and hidden_size differ")
    heads, bias = config.need("num_heads"), config.flag("use_bias")
    keys, values = _times(config, hidden, "qk_dim_factor"), _times(config, hidden, "v_dim_factor")
    tensors = (
        *linear("mlstm_layer.q", hidden, keys, bias),
        *linear("mlstm_layer.k", hidden, keys, bias),
        *linear("mlstm_layer.v", hidden, values, bias),
        *linear("mlstm_layer.ogate_preact", hidden, values, bias),
        *linear("mlstm_layer.igate_preact", hidden, heads, bias=True),
        *linear("mlstm_layer.fgate_preact", hidden, heads, bias=True),
        *norm("mlstm_layer.multihead_norm", values, bias),
        *linear("mlstm_layer.out_proj", values, hidden, bias),
    )
    kept_keys, kept_values = _round_up(keys, 64) // heads, _round_up(values, 64) // heads
    mixer = Recurrence(
        hidden=hidden,
        tensors=tensors,
        conv=heads * (kept_keys * kept_values + kept_keys + 1),  # in the cache's format, not in fp32
        flops=6 * heads * kept_keys * kept_values,
    )
    factor, multiple = config.number("ffn_proj_factor"), config.need("ffn_round_up_to_multiple_of")
    inner: Size = Unknown("ffn_proj_factor cannot be read", "ffn_proj_factor")
    if factor is not None and 0 < factor < 1000 and not isinstance(multiple, Unknown):
        inner = derived(
            int((hidden * factor + multiple - 1) // multiple * multiple),
            "hidden_size × ffn_proj_factor, rounded up to ffn_round_up_to_multiple_of",
        )
    feed_forward = Dense(hidden=hidden, width=inner, up_bias=bias, down_bias=bias, name="ffn")
    around = norm("norm_mlstm", hidden, bias) + norm("norm_ffn", hidden, bias)
    layers = stack([mixer] * count, [feed_forward] * count, around)
    shape = assemble(config, layers, hidden=hidden, tied=False)  # its class ties nothing
    kept = config.size("num_hidden_layers")
    if kept is None or isinstance(kept, Unknown) or kept == count:
        return shape
    return replace(shape, absent={"state": "num_blocks and num_hidden_layers differ, and both count layers"})


def _times(config: Config, hidden: Size, key: str) -> Size:
    factor = config.number(key)
    if factor is None or not 0 < factor < 1000 or isinstance(hidden, Unknown):
        return Unknown(f"{key} cannot be read", key)
    return derived(int(hidden * factor), f"hidden_size × {key}")


def _round_up(size: Size, multiple: int) -> int:
    return -(-size // multiple) * multiple
