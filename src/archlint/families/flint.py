"""Flint and Kolibri: sliding windows, a shared expert beside many small ones."""

from __future__ import annotations

from archlint.architecture import Architecture, Dense
from archlint.families.decoder import assemble, dense, experts, grouped, norms, width
from archlint.families.layers import FULL, SLIDING, attend, full_each, interval, kinds, stack
from archlint.specs.config import Config
from archlint.specs.size import Unknown, Unreadable


def flint(config: Config) -> Architecture:
    """Flint: sinks everywhere; the first two layers, each fourth from the second on and the last are full."""
    count = config.layers()
    layer_kinds = kinds(
        config, count, lambda index: FULL if index < 2 or index % 4 == 1 or index == count - 1 else SLIDING
    )
    mixers = attend(layer_kinds, grouped(config, qk_norm="head", sinks=True), config)
    listed = config.sizes("mlp_only_layers")
    if listed is not None and any(isinstance(number, Unknown) for number in listed):
        raise Unreadable("mlp_only_layers holds no layer numbers")
    without = {0, 1} if listed is None else {int(number) for number in listed}
    step = interval(config, "decoder_sparse_step", 1)
    routed, plain = experts(config, shared=_shared(config, "mlp.shared_expert")), dense(config)
    feeds = [routed if index not in without and (index + 1) % step == 0 else plain for index in range(count)]
    return assemble(config, stack(mixers, feeds, norms(config, 2)))


def kolibri1(config: Config) -> Architecture:
    """Kolibri: each fifth layer full; four norms; experts in every layer."""
    count = config.layers()
    mixers = attend(kinds(config, count, full_each(5)), grouped(config, bias=False, qk_norm="head"), config)
    routed = experts(config, shared=_shared(config, "mlp.shared_experts"))
    return assemble(config, stack(mixers, [routed] * count, norms(config, 4)))


def _shared(config: Config, name: str) -> Dense:
    return Dense(hidden=width(config), width=config.need("shared_expert_intermediate_size"), name=name)
