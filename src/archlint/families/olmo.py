"""OLMo 2 and 3."""

from __future__ import annotations

from archlint.architecture import Architecture
from archlint.families.decoder import assemble, dense, grouped, norms
from archlint.families.layers import attend, full_each, kinds, stack
from archlint.specs.config import Config


def olmo2(config: Config) -> Architecture:
    """OLMo 2: norms over all query and all key heads, and two norms after attention and feed-forward."""
    count = config.layers()
    mixer = grouped(config, qk_norm="full")
    return assemble(config, stack([mixer] * count, [dense(config)] * count, norms(config, 2)))


def olmo3(config: Config) -> Architecture:
    """OLMo 3: as OLMo 2, each fourth layer full, the others sliding."""
    count = config.layers()
    mixers = attend(kinds(config, count, full_each(4)), grouped(config, qk_norm="full"), config)
    return assemble(config, stack(mixers, [dense(config)] * count, norms(config, 2)))
