"""DeepSeek-V2, V3 and V3.2, and what is built like them: DeepSeek-R1, Kimi K2, Mistral Large 3."""

from __future__ import annotations

from archlint.architecture import Architecture, Part
from archlint.families.decoder import (
    assemble,
    dense,
    experts,
    grouped,
    latent,
    mtp_layers,
    norms,
    shared_experts,
)
from archlint.families.layers import experts_after, stack
from archlint.families.mla import feed_forwards, has_indexer, indexer, sparse_layers
from archlint.specs.config import Config
from archlint.values import replace

MTP_NOT_BUILT = "transformers builds no MTP layers of this type; counted as DeepSeek-V3's"


def deepseek_v2(config: Config) -> Architecture:
    """DeepSeek-V2: latent attention, ``mlp_bias``; without ``use_mla`` (DeepSeek-VL2 tiny) plain attention."""
    count = config.layers()
    bias = config.flag("mlp_bias")
    uses_latent = config.flag("use_mla", default=True)
    mixer: Part = latent(config) if uses_latent else grouped(config)
    parts = feed_forwards(config, experts_after(config, count), bias=bias)
    shape = assemble(config, stack([mixer] * count, parts, norms(config, 2)))
    if uses_latent:
        return shape
    said = "use_mla is false: plain attention, which transformers' class does not have"
    return replace(shape, unverified=dict.fromkeys(("parameters", "weights", "flops"), said))


def deepseek_v3(config: Config) -> Architecture:
    """DeepSeek-V3: latent attention; experts after ``first_k_dense_replace`` dense layers."""
    count = config.layers()
    mixer = latent(config)
    routed = experts(config, count="n_routed_experts", shared=shared_experts(config))
    plain = dense(config)
    feeds = [routed if sparse else plain for sparse in experts_after(config, count)]
    layers = stack([mixer] * count, feeds, norms(config, 2))
    (mtp_layer,) = stack([mixer], [routed], norms(config, 2))
    return assemble(config, layers, mtp=mtp_layers(config, mtp_layer))


def mistral_large3(config: Config) -> Architecture:
    """Mistral Large 3, as its params.json was converted: DeepSeek-V3's structure."""
    shape = deepseek_v3(config)
    said = "read as DeepSeek-V3, as vLLM builds it; transformers has no such class"
    return replace(shape, unverified={"parameters": said, "weights": said, "flops": said})


def deepseek_v32(config: Config) -> Architecture:
    """DeepSeek-V3.2 and GLM-5: latent attention with a lightning indexer, in all layers or some.

    A written ``num_experts`` takes the place of ``n_routed_experts``.
    """
    count = config.layers()
    number = "num_experts" if config.has("num_experts") else "n_routed_experts"
    sparse, full = latent(config, index=indexer(config)), latent(config)
    parts = feed_forwards(config, sparse_layers(config, count), number)
    indexed = has_indexer(config, count) if config.model_type == "glm_moe_dsa" else [True] * count
    mixers = [sparse if own else full for own in indexed]
    layers = stack(mixers, parts, norms(config, 2))
    routed = experts(config, count=number, shared=shared_experts(config))
    (mtp_layer,) = stack([sparse], [routed], norms(config, 2))
    mtp = mtp_layers(config, mtp_layer)
    shape = assemble(config, layers, mtp=mtp)
    return shape if mtp is None else replace(shape, unverified={"parameters.mtp": MTP_NOT_BUILT})
