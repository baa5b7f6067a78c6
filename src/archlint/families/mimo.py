"""Xiaomi MiMo-V2: keys wider than values; sliding layers with twice the KV heads and with sinks."""

from __future__ import annotations

from archlint.architecture import Architecture, Attention
from archlint.families.decoder import assemble, dense, experts, grouped, norms, shared_experts
from archlint.families.layers import FULL, SLIDING, by_kind, kinds, stack
from archlint.families.mla import sparse_layers
from archlint.specs.config import Config
from archlint.specs.size import Size, Unknown, Unreadable, derived
from archlint.values import replace


def mimo_v2_flash(config: Config) -> Architecture:
    """MiMo-V2-Flash: ``hybrid_layer_pattern`` (1: sliding) or the first layer and each sixth full.

    Its class has no shared experts, whatever a file says.
    """
    count = config.layers()
    full = grouped(
        config,
        output_bias=False,
        value_dim=config.need("v_head_dim"),
        sinks=config.flag("add_full_attention_sink_bias"),
    )
    pattern = flags(config, "hybrid_layer_pattern", count)
    layer_kinds = kinds(config, count, lambda index: FULL if index == 0 or (index + 1) % 6 == 0 else SLIDING)
    if pattern is not None and not config.has("layer_types"):
        layer_kinds = tuple(SLIDING if windowed else FULL for windowed in pattern)
    sparse = flags(config, "moe_layer_freq", count)
    if sparse is None or config.has("mlp_layer_types"):
        sparse = sparse_layers(config, count, 1)
    mixers = by_kind(layer_kinds, {FULL: full, SLIDING: _sliding(config, full)})
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


def _sliding(config: Config, full: Attention) -> Attention:
    """Return the sliding attention: its own sizes where ``swa_*`` keys are written, else twice the KV heads."""
    kv_heads = config.size("swa_num_key_value_heads")
    if kv_heads is None:
        kv_heads = derived(2 * full.kv_heads, "2 × num_key_value_heads")
    before = config.size("sliding_window_size")
    window = (
        config.need("sliding_window") if before is None else derived(before + 1, "sliding_window_size + 1")
    )
    return replace(
        full,
        heads=_or(config.size("swa_num_attention_heads"), full.heads),
        kv_heads=kv_heads,
        head_dim=_or(config.size("swa_head_dim"), full.head_dim),
        value_dim=_or(config.size("swa_v_head_dim"), full.value_width),
        window=window,
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
