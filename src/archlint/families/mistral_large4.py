"""Mistral Large 4: indexed latent attention, some layers without rotary keys or with another layer's latents."""

from __future__ import annotations

from archlint.architecture import Architecture, LatentAttention, Weight
from archlint.families.decoder import assemble, norms, width
from archlint.families.layers import interval, stack
from archlint.families.mla import feed_forwards, has_indexer, indexer, sparse_layers
from archlint.specs.config import Config
from archlint.specs.size import Size, Unknown, Unreadable, derived
from archlint.values import replace


def mistral_large4(config: Config) -> Architecture:
    """Mistral Large 4: ``no_rope_layers`` (0: no rotary part), ``kv_source_layers``, ``indexer_types``."""
    count = config.layers()
    number = "num_experts" if config.has("num_experts") else "n_routed_experts"
    rotary, indexed, sources = _rotary(config, count), has_indexer(config, count), _sources(config, count)
    made: dict[tuple[bool, bool, bool], LatentAttention] = {}
    mixers = []
    for index in range(count):
        key = (rotary[index], indexed[index], sources[index] == index)
        if key not in made:
            made[key] = _attention(config, *key)
        mixers.append(made[key])
    parts = feed_forwards(config, sparse_layers(config, count), number)
    return assemble(config, stack(mixers, parts, norms(config, 2)))


def _attention(config: Config, rotary: bool, indexed: bool, owns: bool) -> LatentAttention:
    """Return one layer's attention; without rotary keys, their width goes to the part without position."""
    hidden, heads = width(config), config.need("num_attention_heads")
    nope, rope = config.need("qk_nope_head_dim"), config.count("qk_rope_head_dim")
    if rope is None:
        rope = Unknown("qk_rope_head_dim is not given", "qk_rope_head_dim")
    index = None
    if indexed:
        index = indexer(config, query_input=hidden, norm_of_query=True)
        scaling = Weight("self_attn.indexer.softmax_scaling", (2 * index.heads,), "vector")
        index = replace(index, extra=(scaling,))
    return LatentAttention(
        hidden=hidden,
        heads=heads,
        kv_rank=config.need("kv_lora_rank"),
        nope_dim=nope if rotary else derived(nope + rope, "qk_nope_head_dim + qk_rope_head_dim"),
        rope_dim=rope if rotary else Size(0, "no_rope_layers", "derived"),
        value_dim=config.need("v_head_dim"),
        bias=config.flag("attention_bias"),
        index=index,
        cached=owns,
        projects=owns,
        extra=(Weight("self_attn.softmax_scaling", (2 * heads,), "vector"),),
    )


def _rotary(config: Config, layers: int) -> list[bool]:
    listed = config.sizes("no_rope_layers")
    if listed is None:
        every = interval(config, "no_rope_layer_interval", 4)
        return [(index + 1) % every != 0 for index in range(layers)]
    if len(listed) != layers:
        raise Unreadable(f"no_rope_layers has {len(listed):,} entries for {layers:,} layers")
    if any(isinstance(item, Unknown) for item in listed):
        raise Unreadable("no_rope_layers holds no whole numbers")
    return [item != 0 for item in listed]


def _sources(config: Config, layers: int) -> list[int]:
    listed = config.sizes("kv_source_layers")
    if listed is None:
        return list(range(layers))
    if len(listed) != layers:
        raise Unreadable(f"kv_source_layers has {len(listed):,} entries for {layers:,} layers")
    if any(isinstance(item, Unknown) for item in listed):
        raise Unreadable("kv_source_layers holds no layer numbers")
    sources = [int(item) for item in listed]
    for index, source in enumerate(sources):
        if source > index or sources[source] != source:
            raise Unreadable(f"kv_source_layers: layer {index} shares with no earlier layer that has its own")
    return sources
