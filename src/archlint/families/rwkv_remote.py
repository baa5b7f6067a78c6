"""RWKV-5, 6 and 7, whose code travels with their weights: from the published structure, not verified."""

from __future__ import annotations

from archlint.architecture import Architecture, Dense, Layer, Recurrence, Weight, linear, norm
from archlint.families.decoder import assemble, norms, width
from archlint.families.recurrent import channel_mixing, with_norms
from archlint.specs.config import Config
from archlint.specs.size import Size, derived, over
from archlint.values import replace

_WHY = "read from the published structure; its code is not part of transformers"


def rwkv5(config: Config) -> Architecture:
    """RWKV-5.2: a matrix state per head, a decay per channel, a gate."""
    hidden, inner, heads, head_dim = _shape(config)
    tensors = (
        Weight("attention.time_mix", (4, hidden), "vector"),
        Weight("attention.time_decay", (heads, head_dim), "vector"),
        Weight("attention.time_faaaa", (heads, head_dim), "vector"),
        *_projections(hidden, inner),
    )
    return _decoder(config, tensors, heads, head_dim)


def rwkv6(config: Config) -> Architecture:
    """RWKV-6: mixes and decays that depend on the token, through low-rank maps."""
    hidden, inner, heads, head_dim = _shape(config)
    large = hidden == 4096  # the published code doubles both ranks at this width alone
    mixes, decays = (64, 128) if large else (32, 64)
    tensors = (
        Weight("attention.time_maa", (6, hidden), "vector"),
        Weight("attention.time_maa_w1", (hidden, 5 * mixes)),
        Weight("attention.time_maa_w2", (5, mixes, hidden)),
        Weight("attention.time_decay", (inner,), "vector"),
        Weight("attention.time_decay_w1", (hidden, decays)),
        Weight("attention.time_decay_w2", (decays, inner)),
        Weight("attention.time_faaaa", (heads, head_dim), "vector"),
        *_projections(hidden, inner),
    )
    return _decoder(config, tensors, heads, head_dim)


def rwkv7(config: Config) -> Architecture:
    """RWKV-7: a state that is updated by the delta rule; low-rank decays, rates, gates and value mixes."""
    count, hidden = config.layers(), width(config)
    head_dim = config.need("head_dim")
    heads = over(hidden, head_dim)
    tensors: tuple[Weight, ...] = (
        Weight("attn.x", (6, hidden), "vector"),
        Weight("attn.k", (2, hidden), "vector"),
        Weight("attn.r_k", (heads, head_dim), "vector"),
        *norm("attn.g_norm", hidden, bias=True),
    )
    for name in ("r", "k", "v", "o"):
        tensors += linear(f"attn.{name}_proj", hidden, hidden)
    for name, key in (("w", "decay_low_rank_dim"), ("a", "a_low_rank_dim"), ("g", "gate_low_rank_dim")):
        tensors += _low_rank(name, hidden, config.need(key), bias=name != "g")
    later = (*tensors, *_low_rank("v", hidden, config.need("v_low_rank_dim"), bias=True))
    wide = config.size("intermediate_size")
    if wide is None:
        ratio = config.number("hidden_ratio")
        times = 4 if ratio is None or not 0 < ratio < 1000 else ratio
        wide = derived(32 * -(-int(hidden * times) // 32), "hidden_size × hidden_ratio, rounded up to 32")
    extra = (Weight("ffn.x_k", (hidden,), "vector"),)
    feed_forward = Dense(hidden=hidden, width=wide, gated=False, name="ffn", extra=extra)
    bias, first_norm = config.flag("norm_bias", default=True), config.flag("norm_first", default=True)
    states = _state(heads, head_dim)
    layer = Layer(
        mixers=(_mixer(hidden, later, states, products=5),),
        feed_forwards=(feed_forward,),
        norms=norms(config, 2, bias),
    )
    first = Layer(
        mixers=(_mixer(hidden, tensors, states, products=5),),
        feed_forwards=(feed_forward,),
        norms=norms(config, 3 if first_norm else 2, bias),
    )
    shape = assemble(config, (first, *(layer,) * (count - 1)), final=norm("norm", hidden, bias))
    return _unverified(shape)


def _shape(config: Config) -> tuple[Size, Size, Size, Size]:
    hidden, inner = width(config), config.size("attention_hidden_size")
    inner = hidden if inner is None else inner
    head_dim = config.need("head_size", "head_dim", default=64)
    return hidden, inner, derived(inner // head_dim, "attention_hidden_size / head_size"), head_dim


def _projections(hidden: Size, inner: Size) -> tuple[Weight, ...]:
    found: tuple[Weight, ...] = norm("attention.ln_x", inner, bias=True)
    for name in ("receptance", "key", "value", "gate"):
        found += linear(f"attention.{name}", hidden, inner)
    return found + linear("attention.output", inner, hidden)


def _decoder(config: Config, tensors: tuple[Weight, ...], heads: Size, head_dim: Size) -> Architecture:
    count, hidden = config.layers(), width(config)
    wide = config.size("intermediate_size")
    if wide is None:
        wide = derived(7 * hidden // 2 // 32 * 32, "3.5 × hidden_size, rounded down to 32")
    mixer = _mixer(hidden, tensors, _state(heads, head_dim))
    return _unverified(with_norms(config, mixer, channel_mixing(hidden, wide), count))


def _mixer(hidden: Size, tensors: tuple[Weight, ...], state: Size, products: int = 4) -> Recurrence:
    """Return time mixing: the last token's input for it and for channel mixing, and the state in fp32.

    ``products`` of the state's size are worked out per token: decay, bonus, update and read.
    """
    flops = 2 * products * state
    return Recurrence(hidden=hidden, tensors=tensors, conv=2 * hidden, recurrent=state, flops=flops)


def _state(heads: Size, head_dim: Size) -> Size:
    return derived(heads * head_dim * head_dim, "heads × head_size²")


def _low_rank(name: str, hidden: Size, rank: Size, bias: bool) -> tuple[Weight, ...]:
    return (*linear(f"attn.{name}_lora.0", hidden, rank), *linear(f"attn.{name}_lora.2", rank, hidden, bias))


def _unverified(shape: Architecture) -> Architecture:
    return replace(shape, unverified=dict.fromkeys(("parameters", "state", "weights", "flops"), _WHY))
