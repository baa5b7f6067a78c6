"""MiniMax-M2."""

from __future__ import annotations

from archlint.architecture import Architecture
from archlint.families.decoder import assemble, experts, grouped, norms
from archlint.families.layers import stack
from archlint.specs.config import Config


def minimax_m2(config: Config) -> Architecture:
    """MiniMax-M2: norms over all query and all key heads; experts in every layer, none shared."""
    count = config.layers()
    mixer = grouped(config, bias=False, qk_norm="full")
    routed = experts(config, count="num_local_experts", width_key="intermediate_size")
    return assemble(config, stack([mixer] * count, [routed] * count, norms(config, 2)))
