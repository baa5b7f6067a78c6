"""Mistral, Ministral 3 and Mixtral."""

from __future__ import annotations

from archlint.architecture import Architecture
from archlint.families.decoder import assemble, dense, experts, grouped, norms
from archlint.families.layers import stack
from archlint.specs.config import Config


def mistral(config: Config) -> Architecture:
    """Mistral: every layer has ``sliding_window`` unless it is null (the class's default is 4096)."""
    count = config.layers()
    mixer = grouped(config, bias=False, window=config.size("sliding_window"))
    return assemble(config, stack([mixer] * count, [dense(config)] * count, norms(config, 2)))


ministral3 = mistral


def mixtral(config: Config) -> Architecture:
    """Mixtral: ``num_local_experts`` of ``intermediate_size`` in every layer."""
    count = config.layers()
    mixer = grouped(config, bias=False, window=config.size("sliding_window"))
    routed = experts(config, count="num_local_experts", width_key="intermediate_size")
    return assemble(config, stack([mixer] * count, [routed] * count, norms(config, 2)))
