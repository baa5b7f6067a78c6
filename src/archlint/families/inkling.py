"""Inkling 1 and 2: relative position logits, short convolutions after projections and sublayers; never tied."""

from __future__ import annotations

from typing import Literal

from archlint.architecture import (
    Architecture,
    ConvolvedAttention,
    Dense,
    Embedding,
    Experts,
    Layer,
    Mtp,
    Weight,
    linear,
    norm,
)
from archlint.families.decoder import MOST_MTP_LAYERS, assemble, dense, experts, norms, predicting, width
from archlint.families.layers import by_kind, kinds, stack
from archlint.families.mla import sparse_layers
from archlint.specs.config import Config
from archlint.specs.size import Size, Unknown, Unreadable, derived
from archlint.values import replace

FULL, SLIDING = "hybrid", "hybrid_sliding"


def inkling(config: Config) -> Architecture:
    """Inkling: each sixth layer full unless ``local_layer_ids``; experts share a router with the shared ones."""
    count = config.layers()
    hidden = width(config)
    local = _numbers(config, "local_layer_ids")
    layer_kinds = kinds(
        config,
        count,
        lambda index: SLIDING if (index in local if local is not None else (index + 1) % 6) else FULL,
    )
    parts = {kind: _attention(config, kind == SLIDING, clipped=False) for kind in (FULL, SLIDING)}
    first = config.count("dense_mlp_idx", default=0)
    if first is None or isinstance(first, Unknown):
        raise Unreadable("dense_mlp_idx is no whole number")
    listed = config.has("mlp_layer_types")
    sparse = sparse_layers(config, count) if listed else [index >= first for index in range(count)]
    plain, routed = _feeds(config)
    outer = _convolutions(config)
    layers = stack(
        by_kind(layer_kinds, parts), [routed if has else plain for has in sparse], norms(config, 2), outer
    )
    shape = assemble(config, layers, embedding=_embedding(config), tied=False)
    return replace(shape, mtp=_mtp(config, plain, outer, hidden))


def _feeds(config: Config) -> tuple[Dense, Experts]:
    scale = Weight("mlp.global_scale", (1,), "vector")
    both = config.size("dense_intermediate_size")
    plain = dense(config) if both is None else dense(config, width_key="dense_intermediate_size")
    shared_width = each = config.need("moe_intermediate_size" if both is None else "intermediate_size")
    number = config.count("n_shared_experts")
    if number is None:
        number = Unknown("n_shared_experts is not given")
    shared = None
    if number != 0:
        shared_width = derived(each * number, f"{each.text} × {number.text}")
        shared = Dense(hidden=width(config), width=shared_width, name="mlp.shared_experts")
    base = experts(
        config, count="n_routed_experts", width_key=each.key or "moe_intermediate_size", shared=shared
    )
    router = Weight("mlp.gate.weight", (base.experts + number, width(config)), "router")
    routed = replace(base, width=each, router=False, extra=(router, scale))
    return replace(plain, extra=(scale,)), routed


def _mtp(config: Config, plain: Dense, outer: tuple[Weight, ...], hidden: int) -> Mtp | None:
    """Return MTP layers: dense, with one norm after all of them if ``chain_hidden_post_norm``.

    The wrapper's ``mtp_config`` gives the keys in published files.
    """
    source, names = config, ("num_mtp_layers", "mtp_local_layer_ids")
    if not config.has("num_mtp_layers") and config.wrapper is not None and config.wrapper.has("mtp_config"):
        source, names = config.wrapper.section("mtp_config"), ("num_nextn_predict_layers", "local_layer_ids")
    number = source.count(names[0])
    if number is None or number == 0:
        return None
    if isinstance(number, Unknown) or number > MOST_MTP_LAYERS:
        raise Unreadable(f"{names[0]} is no small whole number")
    local = _numbers(source, names[1]) or set()
    layers: list[Layer] = []
    for index in range(number):
        mixer = _attention(config, index in local, clipped=False)
        (layer,) = stack([mixer], [plain], norms(config, 2), outer)
        layers.append(predicting(config, layer, after=False))
    shared = norm("shared_post_norm", hidden) if source.flag("chain_hidden_post_norm") else ()
    return Mtp(layers=tuple(layers), extra=shared)


def inkling2(config: Config) -> Architecture:
    """Inkling 2: gated attention with clipped scales; earlier blocks are attended to as residuals."""
    count = config.layers()
    hidden = width(config)
    layer_kinds = kinds(config, count, lambda index: FULL if (index + 1) % 6 == 0 else SLIDING)
    parts = {kind: _attention(config, kind == SLIDING, clipped=True) for kind in (FULL, SLIDING)}
    mixers = by_kind(layer_kinds, parts)
    routed = experts(config, count="n_routed_experts")
    outer = (*_convolutions(config), Weight("mlp_input.query", (hidden,), "vector"))
    loose = {  # norms before attention: one, or one each for query, key and value
        (SLIDING, True): (norms(config, 2), outer),
        (SLIDING, False): (norms(config, 2), _with_queries(outer, 1, hidden)),
        (FULL, True): (norms(config, 4), outer),
        (FULL, False): (norms(config, 4), _with_queries(outer, 3, hidden)),
    }
    made: dict[tuple[str, bool], Layer] = {}
    layers = []
    for index, kind in enumerate(layer_kinds):
        key = (kind, index == 0)
        if key not in made:
            made[key] = Layer(
                mixers=(mixers[index],), feed_forwards=(routed,), norms=loose[key][0], extra=loose[key][1]
            )
        layers.append(made[key])
    final = (*norm("norm", hidden), Weight("final_input.query", (hidden,), "vector"))
    return assemble(config, tuple(layers), final=final, embedding=_embedding(config), tied=False)


def _with_queries(outer: tuple[Weight, ...], queries: int, hidden: int) -> tuple[Weight, ...]:
    return (*outer, Weight("attention_input.query", (queries, hidden), "vector"))


def _embedding(config: Config) -> Embedding:
    hidden = width(config)
    return Embedding(vocab=config.need("vocab_size"), width=hidden, extra=norm("embed_norm", hidden))


def _convolutions(config: Config) -> tuple[Weight, ...]:
    shape = (width(config), 1, config.need("conv_kernel_size"))
    return tuple(Weight(f"{name}_convolution.weight", shape, "conv") for name in ("attention", "mlp"))


def _attention(config: Config, sliding: bool, clipped: bool) -> ConvolvedAttention:
    """Return one kind of attention; four convolutions of its layer keep their last inputs, in fp32."""
    hidden, kernel, relative = width(config), config.need("conv_kernel_size"), config.need("d_rel")
    prefix = "swa_" if sliding else ""
    heads, kv_heads = config.need(f"{prefix}num_attention_heads"), config.need(f"{prefix}num_key_value_heads")
    dim = config.need(f"{prefix}head_dim")
    window = config.need("sliding_window_size") if sliding else None
    extent = config.need("rel_extent") if window is None else window
    keys = kv_heads * dim
    weights: tuple[Weight, ...] = (
        *linear("self_attn.r_proj", hidden, heads * relative),
        Weight("self_attn.rel_logits_proj.proj", (relative, extent), "vector"),
    )
    for name in ("k", "v"):
        if clipped and not sliding:
            weights += (Weight(f"self_attn.{name}_sconv.static_weight", (kernel, keys), "conv"),)
            weights += linear(f"self_attn.{name}_sconv.weight_proj", hidden, kv_heads * kernel)
        else:
            weights += (Weight(f"self_attn.{name}_sconv.weight", (keys, 1, kernel), "conv"),)
    gate: Literal["none", "elements"] = "none"
    normed: int | Size = dim
    if clipped:
        gate, normed = "elements", 0
        weights += (
            *linear("self_attn.sink_proj", hidden, heads),
            Weight("self_attn.q_l2_clip.scale", (heads, dim), "vector"),
            Weight("self_attn.rel_l2_clip.scale", (heads, relative), "vector"),
        )
    return ConvolvedAttention(
        hidden=hidden,
        heads=heads,
        kv_heads=kv_heads,
        head_dim=dim,
        window=window,
        q_norm=normed,
        k_norm=normed,
        gate=gate,
        extra=weights,
        convolved=(2 * keys + 2 * hidden) * kernel,
        state_bits=32,
    )


def _numbers(config: Config, key: str) -> set[int] | None:
    listed = config.sizes(key)
    if listed is None:
        return None
    if any(isinstance(item, Unknown) for item in listed):
        raise Unreadable(f"{key} holds no layer numbers")
    return {int(item) for item in listed}
