"""GLM-4.7-Flash and GLM-5.3-Flash: GLMs with latent attention (GLM-5 itself is read as DeepSeek-V3.2)."""

from __future__ import annotations

from archlint.architecture import Architecture, Part, Weight
from archlint.families.decoder import assemble, latent, mtp_layers, norms, width
from archlint.families.deepseek import MTP_NOT_BUILT
from archlint.families.kda import delta_attention
from archlint.families.layers import FULL, INDEXED, LINEAR, kinds, stack
from archlint.families.mla import feed_forwards, has_indexer, hyper_connections, indexer, sparse_layers
from archlint.specs.config import Config
from archlint.specs.size import Unreadable, derived
from archlint.values import replace


def glm4_moe_lite(config: Config) -> Architecture:
    """GLM-4.7-Flash: latent attention; the first layer dense."""
    count = config.layers()
    mixer = latent(config)
    layers = stack([mixer] * count, feed_forwards(config, sparse_layers(config, count, 1)), norms(config, 2))
    (mtp_layer,) = stack([mixer], feed_forwards(config, [True]), norms(config, 2))
    mtp = mtp_layers(config, mtp_layer)
    shape = assemble(config, layers, mtp=mtp)
    return shape if mtp is None else replace(shape, unverified={"parameters.mtp": MTP_NOT_BUILT})


def glm5_next(config: Config) -> Architecture:
    """GLM-5.3-Flash: delta attention, each fourth layer latent attention over pooled index keys; streams.

    transformers keeps for the index a key, a pooling gate and a mark per token: 2 × index_head_dim + 1.
    """
    count = config.layers()
    hidden, streams = width(config), config.need("hc_mult")
    layer_kinds = kinds(config, count, lambda index: INDEXED if index % 4 == 3 else LINEAR)
    index, dim = indexer(config), config.need("index_head_dim")
    pooling = (
        Weight("self_attn.indexer.index_kpool_compress_ape", (config.need("index_kpool"), dim), "vector"),
        Weight("self_attn.indexer.index_kpool_compress_gate", (dim, hidden)),
    )
    kept = derived(2 * dim + 1, "2 × index_head_dim + 1")
    index = replace(index, kept=kept, extra=pooling)
    own, shared, delta = latent(config, index=index), latent(config), delta_attention(config)
    mixers: list[Part] = []
    for kind, has in zip(layer_kinds, has_indexer(config, count), strict=True):
        if kind not in (LINEAR, INDEXED, FULL):
            raise Unreadable(f"{kind} is no layer type of this model")
        mixers.append(delta if kind == LINEAR else own if has else shared)
    mixing = hyper_connections(hidden, streams, (2 + streams) * streams, 3)
    parts = feed_forwards(config, sparse_layers(config, count, 3))
    shape = assemble(config, stack(mixers, parts, norms(config, 2), mixing))
    if not config.count("num_nextn_predict_layers"):
        return shape
    said = "the structure of its MTP layers is not known"
    return replace(
        shape, absent={"parameters.mtp": said}, unverified={"weights": f"MTP layers are left out: {said}"}
    )
