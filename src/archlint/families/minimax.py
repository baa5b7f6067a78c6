"""MiniMax: 01 (lightning attention), M2, M3 (block-sparse attention)."""

from __future__ import annotations

from typing import Final

from archlint.architecture import Architecture, Dense, Index, LightningAttention, Part
from archlint.families.decoder import assemble, dense, experts, grouped, norms, width
from archlint.families.layers import FULL, LINEAR, by_kind, experts_listed, kinds, stack
from archlint.families.mimo import flags
from archlint.specs.config import Config
from archlint.specs.size import Size
from archlint.values import replace

SPARSE: Final = "minimax_m3_sparse"


def minimax_m2(config: Config) -> Architecture:
    """MiniMax-M2: norms over all query and all key heads; experts in every layer, none shared."""
    count = config.layers()
    mixer = grouped(config, bias=False, qk_norm="full")
    routed = experts(config, count="num_local_experts", width_key="intermediate_size")
    return assemble(config, stack([mixer] * count, [routed] * count, norms(config, 2)))


def minimax(config: Config) -> Architecture:
    """MiniMax-01 and M1: lightning attention; ``attn_type_list`` (1: full) or every second layer full."""
    count = config.layers()
    full = grouped(config, bias=False, window=config.size("sliding_window"))
    light = LightningAttention(hidden=full.hidden, heads=full.heads, head_dim=full.head_dim)
    listed = flags(config, "attn_type_list", count)
    layer_kinds = kinds(config, count, lambda index: LINEAR if index % 2 else FULL)
    if listed is not None and not config.has("layer_types"):
        layer_kinds = tuple(FULL if is_full else LINEAR for is_full in listed)
    parts: dict[str, Part | tuple[Part, ...]] = {FULL: full, LINEAR: light}
    routed = experts(config, count="num_local_experts", width_key="intermediate_size")
    return assemble(config, stack(by_kind(layer_kinds, parts), [routed] * count, norms(config, 2)))


def minimax_text_01(config: Config) -> Architecture:
    """MiniMax-Text-01 and M1 as published, with the code beside the weights: as transformers' MiniMax."""
    said = "read as transformers' own class of MiniMax-01"
    unverified = dict.fromkeys(("parameters", "state", "weights", "flops"), said)
    if not (config.has("attn_type_list") or config.has("layer_types")):
        unverified["kv_cache"] = "attn_type_list is not written; every second layer is taken to be full"
    return replace(minimax(config), unverified=unverified)


def minimax_m3(config: Config) -> Architecture:
    """MiniMax-M3: block-sparse attention behind an index in some layers; dense layers of their own width."""
    count = config.layers()
    nested = config.section("sparse_attention_config")
    full = grouped(config, bias=False, qk_norm="head")
    wanted = flags(nested, "sparse_attention_freq", count)
    layer_kinds = kinds(config, count, lambda index: SPARSE if wanted is not None and wanted[index] else FULL)
    parts: dict[str, Part | tuple[Part, ...]] = {FULL: full}
    if SPARSE in layer_kinds:
        parts[SPARSE] = replace(full, index=_index(config, nested))
    shared = Dense(
        hidden=full.hidden, width=config.need("shared_intermediate_size"), name="mlp.shared_experts"
    )
    routed = experts(config, count="num_local_experts", width_key="intermediate_size", shared=shared)
    plain = dense(config, width_key="dense_intermediate_size")
    sparse = None if config.has("mlp_layer_types") else flags(config, "moe_layer_freq", count)
    if sparse is None:
        sparse = experts_listed(config, count) or [True] * count
    feeds = [routed if has else plain for has in sparse]
    return assemble(config, stack(by_kind(layer_kinds, parts), feeds, norms(config, 2)))


def _index(config: Config, nested: Config) -> Index:
    def size(old: str, new: str) -> Size:
        return nested.need(old) if nested.has(old) else config.need(new)

    dim = size("sparse_index_dim", "index_head_dim")
    blocks = size("sparse_topk_blocks", "index_topk_blocks") * size("sparse_block_size", "index_block_size")
    return Index(
        hidden=width(config),
        heads=size("sparse_num_index_heads", "index_n_heads"),
        dim=dim,
        top_k=blocks,
        query_input=width(config),
        head_weights=False,
        norm=2 * dim,
    )
