"""Mixtures of experts with gated attention: AFM (Trinity), Laguna; and plain ones beside them."""

from __future__ import annotations

from typing import Literal

from archlint.architecture import Architecture, Attention, Dense, Mtp, Part
from archlint.families.decoder import (
    MOST_MTP_LAYERS,
    assemble,
    dense,
    experts,
    grouped,
    norms,
    predicting,
    shared_experts,
    width,
)
from archlint.families.layers import (
    FULL,
    SLIDING,
    attend,
    experts_after,
    full_each,
    interval,
    kinds,
    stack,
    written_kinds,
)
from archlint.families.mla import feed_forwards, sparse_layers
from archlint.specs.config import Config
from archlint.specs.size import Unknown, Unreadable


def afmoe(config: Config) -> Architecture:
    """AFM MoE (Trinity): four norms; the router's correction is a parameter; ``num_dense_layers`` first."""
    count = config.layers()
    every = interval(config, "global_attn_every_n_layers", 4)
    base = grouped(config, qk_norm="head", gate="elements")
    mixers = attend(kinds(config, count, full_each(every)), base, config)
    shared = shared_experts(config, "num_shared_experts")
    routed = experts(config, shared=shared, router_bias=True)
    sparse = experts_after(config, count, "num_dense_layers")
    plain = dense(config)
    return assemble(config, stack(mixers, [routed if has else plain for has in sparse], norms(config, 4)))


def laguna(config: Config) -> Architecture:
    """Laguna: ``num_attention_heads_per_layer``; a gate per head, or per element when ``gating`` says so."""
    count = config.layers()
    shared = Dense(
        hidden=width(config), width=config.need("shared_expert_intermediate_size"), name="mlp.shared_experts"
    )
    routed = experts(config, shared=shared, router_bias=True)
    plain = dense(config)
    sparse = sparse_layers(config, count, 1)
    layer_kinds = kinds(config, count, lambda _: FULL)
    heads = config.each("num_attention_heads_per_layer", count)
    made: dict[tuple[str, int], Attention] = {}
    mixers: list[Part] = []
    for index, kind in enumerate(layer_kinds):
        number = config.need("num_attention_heads") if heads is None else heads[index]
        key = (kind, id(number) if isinstance(number, Unknown) else int(number))
        if key not in made:
            base = grouped(config, heads=number, qk_norm="head", gate=_gate(config))
            (made[key],) = attend([kind], base, config)
        mixers.append(made[key])
    return assemble(config, stack(mixers, [routed if has else plain for has in sparse], norms(config, 2)))


def _gate(config: Config) -> Literal["heads", "elements"]:
    word = config.word("gating")
    per_head = word == "per-head" if word is not None else config.flag("gating", default=True)
    return "heads" if per_head else "elements"


def mellum(config: Config) -> Architecture:
    """Mellum 2: norms on query and key heads; experts in every layer, none shared; one sliding MTP layer."""
    count = config.layers()
    base = grouped(config, qk_norm="head")
    mixers = attend(kinds(config, count, lambda _: FULL), base, config)
    routed = experts(config)
    plain = dense(config)
    feeds = [routed if has else plain for has in sparse_layers(config, count)]
    layers = stack(mixers, feeds, norms(config, 2))
    number = config.count("num_mtp_layers")
    if number is None or number == 0:
        return assemble(config, layers)
    if number > MOST_MTP_LAYERS:
        raise Unreadable(f"num_mtp_layers is {int(number):,}, too many to be read")
    mtp_kinds = kinds(config, number, lambda _: SLIDING, "mtp_layer_types")
    mtp_sparse = written_kinds(config, number, "mtp_mlp_layer_types") or ("sparse",) * number
    tail = stack(
        attend(mtp_kinds, base, config),
        [routed if kind == "sparse" else plain for kind in mtp_sparse],
        norms(config, 2),
    )
    return assemble(config, layers, mtp=Mtp(layers=tuple(predicting(config, layer) for layer in tail)))


def solar_open(config: Config) -> Architecture:
    """Solar Open: experts in every layer beside ``n_shared_experts``; the output has no bias."""
    count = config.layers()
    mixer = grouped(config, output_bias=False)
    return assemble(config, stack([mixer] * count, feed_forwards(config, [True] * count), norms(config, 2)))


def cohere2_moe(config: Config) -> Architecture:
    """Cohere 2 MoE: one norm a layer; experts of ``intermediate_size``; dense layers first, all full."""
    count = config.layers()
    first = config.count("first_k_dense_replace", default=0)
    if first is None or isinstance(first, Unknown):
        raise Unreadable("first_k_dense_replace is no whole number")
    early = interval(config, "prefix_dense_sliding_window_pattern", 1)

    def default(index: int) -> str:
        every = early if index < first else interval(config, "sliding_window_pattern", 4)
        number = index if index < first else index - first
        return FULL if (number + 1) % every == 0 else SLIDING

    heads = config.need("num_attention_heads")
    mixers = attend(kinds(config, count, default), grouped(config, heads=heads), config)
    shared = shared_experts(config, "num_shared_experts", "intermediate_size")
    routed = experts(config, width_key="intermediate_size", shared=shared)
    given = config.size("prefix_dense_intermediate_size")
    plain = dense(
        config, width_key="intermediate_size" if given is None else "prefix_dense_intermediate_size"
    )
    feeds = [routed if has else plain for has in sparse_layers(config, count)]
    return assemble(config, stack(mixers, feeds, norms(config, 1)))
