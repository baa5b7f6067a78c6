"""DeepSeek-V3, and what is built like it: DeepSeek-R1, Kimi K2."""

from __future__ import annotations

from archlint.architecture import Architecture
from archlint.families.decoder import (
    assemble,
    dense,
    experts,
    latent,
    mtp_layers,
    norms,
    shared_experts,
)
from archlint.families.layers import experts_after, stack
from archlint.specs.config import Config


def deepseek_v3(config: Config) -> Architecture:
    """DeepSeek-V3: latent attention; experts after ``first_k_dense_replace`` dense layers."""
    count = config.layers()
    mixer = latent(config)
    routed = experts(config, count="n_routed_experts", shared=shared_experts(config))
    plain = dense(config)
    feed_forwards = [routed if sparse else plain for sparse in experts_after(config, count)]
    layers = stack([mixer] * count, feed_forwards, norms(config, 2))
    (mtp_layer,) = stack([mixer], [routed], norms(config, 2))
    return assemble(config, layers, mtp=mtp_layers(config, mtp_layer))
