"""Phi-3 and Phi-4."""

from __future__ import annotations

from archlint.architecture import Architecture, Tower
from archlint.families.decoder import assemble, dense, grouped, norms
from archlint.families.layers import stack
from archlint.specs.config import Config
from archlint.values import replace


def phi3(config: Config) -> Architecture:
    """Phi-3 and Phi-4: no biases; every layer has ``sliding_window`` unless it is null."""
    count = config.layers()
    mixer = grouped(config, bias=False, window=config.size("sliding_window"))
    return assemble(config, stack([mixer] * count, [dense(config)] * count, norms(config, 2)))


def phi4_multimodal(config: Config) -> Architecture:
    """Phi-4 Multimodal: Phi-3's layers; image and audio towers whose size is not derived."""
    # no bound: what is published as its size counts adapters, too, of which its class builds none
    return replace(phi3(config), towers=(Tower(name="vision", known=False), Tower(name="audio", known=False)))
