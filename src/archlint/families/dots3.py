"""dots.3 note: indexed latent attention, and sliding latent attention of other sizes."""

from __future__ import annotations

from archlint.architecture import Architecture, Dense, LatentAttention, Part, Weight
from archlint.families.decoder import assemble, dense, experts, latent, norms, width
from archlint.families.layers import FULL, INDEXED, SLIDING, kinds, stack
from archlint.families.mimo import flags
from archlint.families.mla import indexer, sparse_layers
from archlint.specs.config import Config
from archlint.specs.size import Size, Unreadable, derived
from archlint.values import replace

SLIDING_SIZES = {
    "num_attention_heads": 64,
    "q_lora_rank": 1024,
    "kv_lora_rank": 1024,
    "head_dim": 256,
    "qk_nope_head_dim": 192,
    "v_head_dim": 128,
}
"""What the class assumes for a sliding layer where no ``swa_`` key is written."""


def dots3_note(config: Config) -> Architecture:
    """dots.3 note: the first two layers and each fourth from the second on see all, through an index."""
    count = config.layers()
    listed = config.has("per_layer_config")
    uses_index = config.flag("use_dsa", default=True)
    windows = config.flag("use_sliding_window", default=True)
    layer_kinds = kinds(
        config, count, lambda index: FULL if not windows or index < 2 or index % 4 == 1 else SLIDING
    )
    if config.has("use_dsa") or not listed or not config.has("layer_types"):
        wanted = INDEXED if uses_index else FULL
        layer_kinds = tuple(kind if kind == SLIDING else wanted for kind in layer_kinds)
    parts: dict[str, LatentAttention] = {}
    mixers: list[Part] = []
    for index, kind in enumerate(layer_kinds):
        if kind not in (FULL, INDEXED, SLIDING):
            raise Unreadable(f"{kind} is no layer type of this model")
        if listed and kind == SLIDING:
            part = _attention(config, kind, config.section("per_layer_config").section(str(index)))
            if part == parts.get(kind):
                part = parts[kind]
        else:
            part = parts.get(kind) or _attention(config, kind, None)
        parts[kind] = part
        mixers.append(part)
    return assemble(config, stack(mixers, _feeds(config, count), norms(config, 2)))


def _attention(config: Config, kind: str, own: Config | None) -> LatentAttention:
    base = latent(config)
    if kind == INDEXED:
        base = replace(base, index=indexer(config))
    elif kind == SLIDING:
        base = _sliding(config, own, base)
    extra = (Weight("self_attn.k_rope_only_layernorm.weight", (base.rope_dim,), "norm"),)
    return replace(base, gate="heads", extra=extra)


def _sliding(config: Config, own: Config | None, base: LatentAttention) -> LatentAttention:
    def size(key: str) -> Size:
        if own is not None:
            return own.need(key) if own.has(key) else config.need(key)
        return config.need(f"swa_{key}", default=SLIDING_SIZES[key])

    rope = own.count("qk_rope_head_dim") if own is not None else config.count("swa_qk_rope_head_dim")
    if rope is None:
        rope = derived(size("head_dim") - size("qk_nope_head_dim"), "swa_head_dim - swa_qk_nope_head_dim")
    window = config.size("sliding_window")
    return replace(
        base,
        heads=size("num_attention_heads"),
        q_rank=size("q_lora_rank"),
        kv_rank=size("kv_lora_rank"),
        nope_dim=size("qk_nope_head_dim"),
        rope_dim=rope,
        value_dim=size("v_head_dim"),
        window=config.need("sliding_window_size", default=512) if window is None else window,
    )


def _feeds(config: Config, count: int) -> list[Part]:
    number = config.need("n_shared_experts")
    key = "moe_shared_expert_intermediate_size"
    each = config.need(key if config.has(key) else "shared_experts_intermediate_size")
    whole = each if number == 1 else derived(each * number, f"{each.text} × {number.text}")
    shared = Dense(hidden=width(config), width=whole, name="mlp.shared_experts")
    routed = experts(config, count="n_routed_experts", shared=shared)
    plain = dense(config)
    listed = None if config.has("mlp_layer_types") else flags(config, "moe_layer_freq", count)
    if listed is None:
        sparse = sparse_layers(config, count, 1, frequency=True)
    else:
        after = sparse_layers(config, count, 1)
        sparse = [has and wanted for has, wanted in zip(after, listed, strict=True)]
    return [routed if has else plain for has in sparse]
