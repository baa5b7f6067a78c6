"""Granite 3 and 4: dense, with experts, with sliding windows and sinks, with Mamba-2."""

from __future__ import annotations

from archlint.architecture import Architecture, Attention, Dense, Experts, Part
from archlint.families.decoder import assemble, dense, experts, grouped, norms, width
from archlint.families.layers import FULL, LINEAR, SLIDING, by_kind, kinds, stack
from archlint.families.mamba import mamba2_of
from archlint.specs.config import Config
from archlint.values import replace


def granitemoe(config: Config) -> Architecture:
    """Granite with experts in every layer, and a shared one where ``shared_intermediate_size`` is not 0."""
    count = config.layers()
    return assemble(config, stack([grouped(config)] * count, [_experts(config)] * count, norms(config, 2)))


def granitemoehybrid(config: Config) -> Architecture:
    """Granite 4: Mamba-2 unless ``layer_types`` says attention; without experts the shared one stands alone."""
    count = config.layers()
    layer_kinds = kinds(config, count, lambda _: LINEAR)
    parts: dict[str, Part] = {FULL: grouped(config), LINEAR: mamba2_of(config)}
    number = config.count("num_local_experts")
    shared = Dense(hidden=width(config), width=config.need("shared_intermediate_size"), name="shared_mlp")
    feed_forward: Part = shared
    if number is None or number != 0:
        feed_forward = _experts(config)
    return assemble(config, stack(by_kind(layer_kinds, parts), [feed_forward] * count, norms(config, 2)))


def granite_swa(config: Config) -> Architecture:
    """Granite with windows: the first of each four layers is full; every layer has sinks."""
    count = config.layers()
    feed_forward = dense(config, bias=config.flag("mlp_bias"))
    return assemble(config, stack(_windowed(config, count), [feed_forward] * count, norms(config, 2)))


def granitemoe_swa(config: Config) -> Architecture:
    """The same with experts."""
    count = config.layers()
    return assemble(config, stack(_windowed(config, count), [_experts(config)] * count, norms(config, 2)))


def _windowed(config: Config, layers: int) -> list[Attention]:
    layer_kinds = kinds(config, layers, lambda index: SLIDING if index % 4 else FULL)
    base = grouped(config, sinks=True)
    return by_kind(layer_kinds, {FULL: base, SLIDING: replace(base, window=config.size("sliding_window"))})


def _experts(config: Config) -> Experts:
    shared = config.count("shared_intermediate_size")
    beside = None
    if shared is not None and shared != 0:
        beside = Dense(hidden=width(config), width=shared, name="shared_mlp")
    return experts(config, count="num_local_experts", width_key="intermediate_size", shared=beside)
