"""Xiaomi MiMo-V2: keys wider than values; sliding layers with twice the KV heads and with sinks."""

from __future__ import annotations

from typing import Final

from archlint.architecture import Architecture, Attention
from archlint.families.decoder import assemble, dense, experts, grouped, norms, shared_experts
from archlint.families.layers import FULL, SLIDING, by_kind, kinds, stack
from archlint.families.mla import sparse_layers
from archlint.specs.config import Config
from archlint.specs.size import Size, Unknown, Unreadable, derived
from archlint.values import replace

_PUBLISHED: Final = (
    "hybrid_layer_pattern",
    "moe_layer_freq",
    "add_full_attention_sink_bias",
    "add_swa_attention_sink_bias",
    "swa_num_attention_heads",
    "swa_num_key_value_heads",
    "swa_head_dim",
    "swa_v_head_dim",
)


def mimo_v2_flash(config: Config) -> Architecture:
    """MiMo-V2-Flash: ``hybrid_layer_pattern`` (1: sliding) or the first layer and each sixth full.

    The class of transformers has no shared experts, whatever a file says, and reads none of the keys of the code that
    was published with the weights; where these say something else, nothing is verified.
    """
    shape = _read(config)
    if config.writes_any(_PUBLISHED) and config.model_type == "mimo_v2_flash":
        assumed = _read(config, published=False)
        if shape.layers != assumed.layers:
            said = "transformers reads none of the keys that were published with the weights, and assumes otherwise"
            return replace(shape, unverified={"*": said})
    return shape


def _read(config: Config, published: bool = True) -> Architecture:
    count = config.layers()
    full = grouped(
        config,
        output_bias=False,
        value_dim=config.need("v_head_dim"),
        sinks=published and config.flag("add_full_attention_sink_bias"),
    )
    pattern = flags(config, "hybrid_layer_pattern", count) if published else None
    layer_kinds = kinds(config, count, lambda index: FULL if index == 0 or (index + 1) % 6 == 0 else SLIDING)
    if pattern is not None and not config.has("layer_types"):
        layer_kinds = tuple(SLIDING if windowed else FULL for windowed in pattern)
    sparse = flags(config, "moe_layer_freq", count) if published else None
    if sparse is None or config.has("mlp_layer_types"):
        sparse = sparse_layers(config, count, 1)
    mixers = by_kind(layer_kinds, {FULL: full, SLIDING: _sliding(config, full, published)})
    shared = shared_experts(config) if config.model_type != "mimo_v2_flash" else None
    routed, plain = experts(config, count="n_routed_experts", shared=shared), dense(config)
    return assemble(config, stack(mixers, [routed if has else plain for has in sparse], norms(config, 2)))


def mimo_v2(config: Config) -> Architecture:
    """MiMo-V2.5 and -Pro, whose code travels with the weights: as MiMo-V2-Flash."""
    said = "read as MiMo-V2-Flash; transformers has no class of this type"
    unverified = dict.fromkeys(("parameters", "weights", "flops"), said)
    missing = [key for key in ("hybrid_layer_pattern", "swa_num_key_value_heads") if not config.has(key)]
    if missing:
        unverified["kv_cache"] = f"{missing[0]} is not written; {said}"
    return replace(mimo_v2_flash(config), unverified=unverified)


def _sliding(config: Config, full: Attention, published: bool) -> Attention:
    """Return the sliding attention: its own sizes where ``swa_*`` keys are written, else twice the KV heads."""
    kv_heads = config.size("swa_num_key_value_heads") if published else None
    if kv_heads is None:
        kv_heads = derived(2 * full.kv_heads, "2 × num_key_value_heads")
    before = config.size("sliding_window_size")
    window = (
        config.need("sliding_window") if before is None else derived(before + 1, "sliding_window_size + 1")
    )
    twice = replace(full, kv_heads=kv_heads, window=window, sinks=True)
    if not published:
        return twice
    return replace(
        twice,
        heads=_or(config.size("swa_num_attention_heads"), full.heads),
        head_dim=_or(config.size("swa_head_dim"), full.head_dim),
        value_dim=_or(config.size("swa_v_head_dim"), full.value_width),
        sinks=config.flag("add_swa_attention_sink_bias", default=True),
    )


def _or(written: Size | None, other: int) -> int:
    return other if written is None else written


def flags(config: Config, key: str, layers: int) -> list[bool] | None:
    """Return a list of zeros and ones, one a layer; None when it is absent."""
    listed = config.sizes(key)
    if listed is None:
        return None
    if len(listed) != layers:
        raise Unreadable(f"{key} has {len(listed):,} entries for {layers:,} layers")
    if any(isinstance(item, Unknown) for item in listed):
        raise Unreadable(f"{key} holds something else than 0 and 1")
    return [item != 0 for item in listed]
