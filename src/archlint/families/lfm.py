"""Liquid foundation models: gated short convolutions and attention."""

from __future__ import annotations

from archlint.architecture import Architecture, Dense, Part, ShortConv
from archlint.families.decoder import assemble, dense, experts, grouped, norms, width
from archlint.families.layers import FULL, SLIDING, by_kind, experts_after, kinds, stack, window_of
from archlint.specs.config import Config
from archlint.specs.size import Size, Unknown, Unreadable, derived
from archlint.values import replace

CONV = "conv"


def lfm2(config: Config) -> Architecture:
    """LFM2: attention in the layers that ``layer_types`` or ``full_attn_idxs`` names (all without either)."""
    count = config.layers()
    listed = config.sizes("full_attn_idxs")
    if listed is not None and any(isinstance(index, Unknown) for index in listed):
        raise Unreadable("full_attn_idxs holds no whole numbers")
    full = None if listed is None else {int(index) for index in listed}
    layer_kinds = kinds(config, count, lambda index: FULL if full is None or index in full else CONV)
    feed_forward = Dense(hidden=width(config), width=_adjusted(config), name="feed_forward")
    layers = stack(_mixers(config, layer_kinds), [feed_forward] * count, norms(config, 2))
    return assemble(config, layers, tied=_tied(config))


def lfm2_moe(config: Config) -> Architecture:
    """LFM2 with experts after ``num_dense_layers``; the correction of the router is a buffer."""
    count = config.layers()
    layer_kinds = kinds(config, count, lambda _: "")
    if not all(layer_kinds):
        raise Unreadable("layer_types is not given")
    routed, plain = experts(config), dense(config)
    feed_forwards: list[Part] = [
        routed if has else plain for has in experts_after(config, count, "num_dense_layers")
    ]
    layers = stack(_mixers(config, layer_kinds), feed_forwards, norms(config, 2))
    return assemble(config, layers, tied=_tied(config))


def lfm3(config: Config) -> Architecture:
    """LFM3: full, sliding and convolution layers, a gate per head, norms after mixer and feed-forward."""
    count = config.layers()
    layer_kinds = kinds(config, count, _third)
    gated, bias = config.flag("use_attention_gate"), config.flag("attention_bias")
    mixers = _mixers(config, layer_kinds, gated, bias)
    number = 4 if config.flag("use_sandwich_norm") else 2
    return assemble(config, stack(mixers, [dense(config)] * count, norms(config, number)))


def _third(index: int) -> str:
    if index % 4 == 2:
        return FULL
    return SLIDING if index % 4 == 0 and index > 0 else CONV


def _mixers(
    config: Config, layer_kinds: tuple[str, ...], gated: bool = False, bias: bool = False
) -> list[Part]:
    attention = grouped(config, bias=bias, qk_norm="head", gate="heads" if gated else "none")
    parts: dict[str, Part] = {
        FULL: attention,
        CONV: ShortConv(
            hidden=width(config), kernel=config.need("conv_L_cache"), bias=config.flag("conv_bias")
        ),
    }
    if SLIDING in layer_kinds:
        parts[SLIDING] = replace(attention, window=window_of(config))
    return by_kind(layer_kinds, parts)


def _tied(config: Config) -> bool:
    return config.flag("tie_embedding") if config.has("tie_embedding") else config.tied


def _adjusted(config: Config) -> Size:
    """Return the width of the feed-forward: two thirds, times a factor, rounded up, if so configured."""
    given = config.need("block_ff_dim", "intermediate_size")
    if not config.flag("block_auto_adjust_ff_dim") or isinstance(given, Unknown):
        return given
    inner = int(2 * given / 3)
    factor = config.number("block_ffn_dim_multiplier")
    if factor is None:
        return derived(inner, f"{given.key} × 2 / 3")
    multiple = config.need("block_multiple_of")
    if isinstance(multiple, Unknown) or not 0 < factor < 1000:
        return Unknown("block_ffn_dim_multiplier or block_multiple_of cannot be read", "block_multiple_of")
    inner = int(factor * inner)
    return derived(multiple * -(-inner // multiple), f"{given.key} × 2 / 3, rounded up to block_multiple_of")
