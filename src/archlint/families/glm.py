"""GLM-4.5 and later."""

from __future__ import annotations

from archlint.architecture import Architecture
from archlint.families.decoder import (
    assemble,
    dense,
    experts,
    grouped,
    mtp_layers,
    norms,
    shared_experts,
)
from archlint.families.layers import experts_after, stack
from archlint.specs.config import Config


def glm4_moe(config: Config) -> Architecture:
    """GLM-4.5, 4.6, 4.7: query, key and value biases, optional norms on query and key heads."""
    count = config.layers()
    normed = config.flag("use_qk_norm") and "use_qk_norm" in config.defaults.fields  # not in GLM-4.5V's class
    mixer = grouped(config, output_bias=False, qk_norm="head" if normed else "none")
    routed = experts(config, count="n_routed_experts", shared=shared_experts(config))
    plain = dense(config)
    feed_forwards = [routed if sparse else plain for sparse in experts_after(config, count)]
    layers = stack([mixer] * count, feed_forwards, norms(config, 2))
    (mtp_layer,) = stack([mixer], [routed], norms(config, 2))
    return assemble(config, layers, mtp=mtp_layers(config, mtp_layer))
