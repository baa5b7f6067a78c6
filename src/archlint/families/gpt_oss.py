"""gpt-oss."""

from __future__ import annotations

from archlint.architecture import Architecture
from archlint.families.decoder import assemble, experts, grouped, norms
from archlint.families.layers import attend, full_each, kinds, stack
from archlint.specs.config import Config


def gpt_oss(config: Config) -> Architecture:
    """gpt-oss: every other layer slides; sinks; biases on router and experts."""
    count = config.layers()
    mixers = attend(kinds(config, count, full_each(2)), grouped(config, sinks=True), config)
    routed = experts(
        config, count="num_local_experts", width_key="intermediate_size", router_bias=True, bias=True
    )
    return assemble(config, stack(mixers, [routed] * count, norms(config, 2)))
