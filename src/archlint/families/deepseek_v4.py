"""DeepSeek-V4: one key-value head, compressed blocks beside a window, hyper-connections."""

from __future__ import annotations

from typing import Final

from archlint.architecture import Architecture, CompressedAttention, Dense, Part, Weight, linear, norm
from archlint.families.decoder import assemble, experts, norms, width
from archlint.families.layers import SLIDING, by_kind, stack
from archlint.families.mla import hyper_connections, hyper_head
from archlint.specs.config import Config
from archlint.specs.size import Size, Unknown, Unreadable
from archlint.values import replace

SPARSE: Final = "compressed_sparse_attention"
HEAVY: Final = "heavily_compressed_attention"

_BY_RATIO: Final = {0: SLIDING, 4: SPARSE, 128: HEAVY}
_DEFAULT_RATES: Final = {SPARSE: 4, HEAVY: 128}
_OLD_RATES: Final = {SPARSE: "compress_rate_csa", HEAVY: "compress_rate_hca"}


def deepseek_v4(config: Config) -> Architecture:
    """DeepSeek-V4: sliding, sparsely and heavily compressed layers; experts in every layer, one shared."""
    count = config.layers()
    hidden, streams = width(config), config.need("hc_mult")
    layer_kinds = _kinds(config, count)
    parts: dict[str, Part | tuple[Part, ...]] = {
        kind: _attention(config, kind) for kind in dict.fromkeys(layer_kinds)
    }
    bias = config.flag("mlp_bias")
    shared = Dense(
        hidden=hidden,
        width=config.need("moe_intermediate_size"),
        up_bias=bias,
        down_bias=bias,
        name="mlp.shared_experts",
    )
    routed = experts(config, count="n_routed_experts", shared=shared)
    mixing = hyper_connections(hidden, streams, (2 + streams) * streams, 3)
    layers = stack(by_kind(layer_kinds, parts), [routed] * count, norms(config, 2), mixing)
    shape = assemble(config, layers, final=norm("norm", hidden) + hyper_head(hidden, streams))
    if not config.count("num_nextn_predict_layers"):
        return shape
    said = "the structure of its MTP layers is not known"
    return replace(
        shape, absent={"parameters.mtp": said}, unverified={"weights": f"MTP layers are left out: {said}"}
    )


def _kinds(config: Config, layers: int) -> tuple[str, ...]:
    """Return the kind of each layer: ``layer_types``, ``compress_ratios``, else two heavy ones and turns."""
    words = config.words("layer_types") if config.has("layer_types") else None
    if words is None and config.has("compress_ratios"):
        ratios = config.sizes("compress_ratios") or ()
        if any(isinstance(ratio, Unknown) or int(ratio) not in _BY_RATIO for ratio in ratios):
            raise Unreadable("compress_ratios holds something else than 0, 4 and 128")
        words = tuple(_BY_RATIO[int(ratio)] for ratio in ratios)
    if words is None:
        return tuple(HEAVY if index < 2 or index % 2 == 0 else SPARSE for index in range(layers))
    if len(words) < layers:
        raise Unreadable(f"the kinds of {len(words):,} layers are given for {layers:,} layers")
    return words[:layers]


def _rate(config: Config, kind: str) -> Size:
    old = config.size(_OLD_RATES[kind])
    if old is not None:
        return old
    if config.has("compress_rates"):
        return config.section("compress_rates").need(kind)
    if config.has("compress_ratios") and not config.has("layer_types"):
        return Size(_DEFAULT_RATES[kind], "compress_ratios", "written")
    return Size(_DEFAULT_RATES[kind], "compress_rates", "default")


def _attention(config: Config, kind: str) -> CompressedAttention:
    hidden, heads, dim = width(config), config.need("num_attention_heads"), config.need("head_dim")
    rank, groups = config.need("q_lora_rank"), config.need("o_groups")
    mixed = groups * config.need("o_lora_rank")
    weights = (
        *linear("self_attn.q_a_proj", hidden, rank),
        *norm("self_attn.q_a_norm", rank),
        *linear("self_attn.q_b_proj", rank, heads * dim),
        *linear("self_attn.kv_proj", hidden, dim),
        *norm("self_attn.kv_norm", dim),
        Weight("self_attn.o_a_proj.weight", (mixed, heads * dim // groups)),
        *linear("self_attn.o_b_proj", mixed, hidden),
        Weight("self_attn.sinks", (heads,), "vector"),
    )
    base = CompressedAttention(
        hidden=hidden,
        heads=heads,
        kv_heads=1,
        head_dim=dim,
        window=config.need("sliding_window"),
        projections=weights,
        stores_both=True,
    )
    if kind == SLIDING:
        return base
    if kind not in _DEFAULT_RATES:
        raise Unreadable(f"{kind} is no layer type of this model")
    rate = _rate(config, kind)
    overlap = 2 if kind == SPARSE else 1
    weights += _compressor("self_attn.compressor", hidden, dim, overlap, rate)
    base = replace(base, ratio=rate, stores_both=False, projections=weights)
    if kind == HEAVY:
        return base
    index_heads, index_dim = config.need("index_n_heads"), config.need("index_head_dim")
    weights += (
        *_compressor("self_attn.compressor.indexer", hidden, index_dim, overlap, rate),
        *linear("self_attn.compressor.indexer.q_b_proj", rank, index_heads * index_dim),
        *linear("self_attn.compressor.indexer.weights_proj", hidden, index_heads),
    )
    return replace(
        base,
        index_heads=index_heads,
        index_dim=index_dim,
        top_k=config.size("index_topk"),
        projections=weights,
    )


def _compressor(name: str, hidden: int, dim: int, overlap: int, rate: int) -> tuple[Weight, ...]:
    """Return the weights that pool ``rate`` tokens to one vector, of ``overlap`` overlapping series."""
    return (
        *linear(f"{name}.kv_proj", hidden, overlap * dim),
        *linear(f"{name}.gate_proj", hidden, overlap * dim),
        Weight(f"{name}.position_bias", (rate, overlap * dim), "vector"),
        *norm(f"{name}.kv_norm", dim),
    )
