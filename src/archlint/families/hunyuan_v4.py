"""Hunyuan 4: gated indexed latent attention with sinks, residual streams."""

from __future__ import annotations

from archlint.architecture import Architecture, Weight, norm
from archlint.families.decoder import assemble, latent, norms, width
from archlint.families.layers import stack
from archlint.families.mla import (
    feed_forwards,
    has_indexer,
    hyper_connections,
    hyper_head,
    indexer,
    sparse_layers,
)
from archlint.specs.config import Config
from archlint.values import replace


def hy_v4(config: Config) -> Architecture:
    """Hunyuan 4: an indexer in the first layer and in each fourth from the second on."""
    count = config.layers()
    hidden, streams = width(config), config.need("hc_mult")
    sinks = (Weight("self_attn.sinks", (config.need("num_attention_heads"),), "vector"),)
    base = replace(latent(config), gate="elements", extra=sinks)
    own = replace(base, index=indexer(config))
    if config.has("indexer_types"):
        indexed = has_indexer(config, count)
    else:
        indexed = [index == 0 or index % 4 == 1 for index in range(count)]
    parts = feed_forwards(config, sparse_layers(config, count, 1))
    mixing = hyper_connections(hidden, streams, 2 * streams, 2)
    layers = stack([own if has else base for has in indexed], parts, norms(config, 2), mixing)
    return assemble(config, layers, final=norm("norm", hidden) + hyper_head(hidden, streams))
