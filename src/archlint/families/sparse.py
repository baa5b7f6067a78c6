"""Mixtures of experts with ordinary attention, from DBRX to Beam."""

from __future__ import annotations

from typing import Final

from archlint.architecture import Architecture, Attention, Dense, Experts, Part, Weight, linear, norm
from archlint.families.decoder import assemble, dense, experts, grouped, norms, shared_experts, width
from archlint.families.layers import (
    FULL,
    SLIDING,
    attend,
    experts_after,
    experts_listed,
    interval,
    kinds,
    stack,
)
from archlint.families.qwen import sparse_or_dense
from archlint.specs.config import Config
from archlint.specs.size import Size, Unknown, Unreadable, derived, over
from archlint.values import dataclass, replace


def phimoe(config: Config) -> Architecture:
    """Phi-3.5-MoE: LayerNorms; every layer has ``sliding_window`` unless it is null."""
    count = config.layers()
    mixer = grouped(config, window=config.size("sliding_window"))
    routed = experts(config, count="num_local_experts", width_key="intermediate_size")
    layers = stack([mixer] * count, [routed] * count, norms(config, 2, bias=True))
    final = norm("norm", width(config), bias=True)
    return assemble(config, layers, final=final, head_bias=config.flag("lm_head_bias"))


def qwen2_moe(config: Config) -> Architecture:
    """Qwen1.5-MoE and Qwen2-57B: biases on query, key and value, a gated shared expert.

    With ``use_sliding_window`` every other layer below ``max_window_layers`` slides, the first one first.
    """
    count = config.layers()
    base = grouped(
        config,
        kv_heads=config.need("num_key_value_heads"),
        bias=config.flag("qkv_bias"),
        output_bias=False,
    )
    shared = Dense(
        hidden=width(config), width=config.need("shared_expert_intermediate_size"), name="mlp.shared_expert"
    )
    windowed = config.flag("use_sliding_window") and config.size("sliding_window") is not None
    last = config.count("max_window_layers", default=28)
    layer_kinds: tuple[str, ...] = (FULL,) * count
    if windowed:
        layer_kinds = kinds(
            config, count, lambda i: SLIDING if i % 2 == 0 and last is not None and i < last else FULL
        )
    mixers = attend(layer_kinds, base, config)
    return assemble(config, stack(mixers, sparse_or_dense(config, count, shared), norms(config, 2)))


def olmoe(config: Config) -> Architecture:
    """OLMoE: norms over all query and all key heads; experts in every layer."""
    count = config.layers()
    routed = experts(config, width_key="intermediate_size")
    mixer = grouped(config, qk_norm="full")
    return assemble(config, stack([mixer] * count, [routed] * count, norms(config, 2)))


def dbrx(config: Config) -> Architecture:
    """DBRX: KV heads in ``attn_config``, experts in ``ffn_config``; no biases."""
    count = config.layers()
    hidden, heads, inner = width(config), config.need("num_attention_heads"), config.section("ffn_config")
    mixer = grouped(
        config,
        kv_heads=config.section("attn_config").need("kv_n_heads", default=1),
        head_dim=over(hidden, heads),
        bias=False,
    )
    routed = Experts(
        hidden=hidden,
        width=inner.need("ffn_hidden_size", default=3584),
        experts=inner.need("moe_num_experts", default=4),
        active=inner.need("moe_top_k", default=1),
    )
    return assemble(config, stack([mixer] * count, [routed] * count, norms(config, 2)))


def aria(config: Config) -> Architecture:
    """Aria's language model: Llama with experts, ``moe_num_shared_experts`` of them for every token."""
    count = config.layers()
    shared = shared_experts(config, "moe_num_shared_experts", "intermediate_size")
    if shared is not None:
        bias = config.flag("mlp_bias")
        shared = replace(shared, up_bias=bias, down_bias=bias)
    routed = experts(
        config, count="moe_num_experts", active="moe_topk", width_key="intermediate_size", shared=shared
    )
    return assemble(config, stack([grouped(config)] * count, [routed] * count, norms(config, 2)))


def ernie4_5_moe(config: Config) -> Architecture:
    """ERNIE 4.5, sparse: the router's correction is a parameter; experts between two layers at an interval."""
    count, bias = config.layers(), config.flag("use_bias")
    shared = shared_experts(config, "moe_num_shared_experts")
    if shared is not None:
        shared = replace(shared, up_bias=bias, down_bias=bias)
    routed = experts(config, count="moe_num_experts", active="moe_k", shared=shared, router_bias=True)
    plain = dense(config, bias=bias)
    mixer = grouped(config, bias=bias)
    feed_forwards = [routed if has else plain for has in ernie_sparse(config, count)]
    layers = stack([mixer] * count, feed_forwards, norms(config, 2))
    return assemble(config, layers, head_bias=bias)


def ernie_sparse(config: Config, layers: int) -> list[bool]:
    """Return whether each layer has experts by ``moe_layer_start_index``, ``_end_index``, ``_interval``."""
    every = interval(config, "moe_layer_interval", 1)
    start, end = config.number("moe_layer_start_index"), config.number("moe_layer_end_index")
    if not isinstance(start, int) or not isinstance(end, int):
        raise Unreadable("moe_layer_start_index and moe_layer_end_index are no whole numbers")
    last = layers - 1 if end == -1 else end
    return [(index + 1) % every == 0 and start <= index <= last for index in range(layers)]


def ernie4_5_vl_moe(config: Config) -> Architecture:
    """ERNIE 4.5 VL: experts for text and others for images, two widths; the first layer dense."""
    count, bias = config.layers(), config.flag("use_bias")
    hidden, number = width(config), config.need("moe_num_experts")
    widths = config.sizes("moe_intermediate_size", least=1) or (
        Size(1536, "moe_intermediate_size", "default"),
        Size(512, "moe_intermediate_size", "default"),
    )
    if len(widths) != 2:
        raise Unreadable("moe_intermediate_size has no two entries, one for text and one for images")
    images = Experts(
        hidden=hidden, width=widths[1], experts=number, active=config.need("moe_k"), router_bias=True
    )
    shared = config.count("moe_num_shared_experts")
    beside = None
    if shared is not None and shared != 0:
        whole = derived(widths[0] * shared, "moe_intermediate_size × moe_num_shared_experts")
        beside = Dense(hidden=hidden, width=whole, up_bias=bias, down_bias=bias, name="mlp.shared_experts")
    named = (
        weight._replace(name=weight.name.replace("mlp.", "mlp.vision_moe.")) for weight in images.weights()
    )
    routed = replace(images, width=widths[0], shared=beside, extra=tuple(named))
    plain = dense(config, bias=bias)
    sparse = experts_listed(config, count) or [index > 0 for index in range(count)]
    mixer = grouped(config, bias=bias)
    return assemble(
        config, stack([mixer] * count, [routed if has else plain for has in sparse], norms(config, 2))
    )


def dots1(config: Config) -> Architecture:
    """dots.llm1: norms on query and key heads; sliding from ``max_window_layers`` on, unless null."""
    count = config.layers()
    window, first = config.size("sliding_window"), config.count("max_window_layers")
    layer_kinds = kinds(
        config, count, lambda i: SLIDING if window is not None and first is not None and i >= first else FULL
    )
    routed = experts(config, count="n_routed_experts", shared=shared_experts(config))
    plain = dense(config)
    feed_forwards = [routed if has else plain for has in experts_after(config, count)]
    mixers = attend(layer_kinds, grouped(config, qk_norm="head"), config)
    return assemble(config, stack(mixers, feed_forwards, norms(config, 2)))


def hunyuan_moe(config: Config) -> Architecture:
    """Hunyuan-A13B and Large: one shared expert; ``moe_topk`` may be a list, a number a layer."""
    count, hidden, inner = config.layers(), width(config), config.need("intermediate_size")
    shared = Dense(hidden=hidden, width=inner, name="mlp.shared_mlp")
    chosen = config.each("moe_topk", count) or (config.need("moe_topk"),) * count
    number = config.each("num_experts", count) or (config.need("num_experts"),) * count
    made: dict[tuple[int, int], Part] = {}
    feed_forwards = []
    for active, routed in zip(chosen, number, strict=True):
        key = (int(active), int(routed))
        if key not in made:
            made[key] = Experts(hidden=hidden, width=inner, experts=routed, active=active, shared=shared)
        feed_forwards.append(made[key])
    mixer = grouped(config, qk_norm="head")
    return assemble(config, stack([mixer] * count, feed_forwards, norms(config, 2)))


def hy_v3(config: Config) -> Architecture:
    """Hunyuan 3: norms on query and key heads; the first layer dense unless ``mlp_layer_types`` says else."""
    count, bias = config.layers(), config.flag("mlp_bias")
    shared = shared_experts(config, "num_shared_experts")
    if shared is not None:
        shared = replace(shared, up_bias=bias, down_bias=bias)
    routed = experts(config, shared=shared)
    plain = dense(config, bias=bias)
    sparse = experts_listed(config, count) or [index > 0 for index in range(count)]
    mixer = grouped(config, qk_norm="head")
    shape = assemble(
        config, stack([mixer] * count, [routed if has else plain for has in sparse], norms(config, 2))
    )
    if shared is not None or not any(sparse):
        return shape
    said = "no shared experts, for which transformers' class has one of a dense layer's width"
    return replace(shape, unverified=dict.fromkeys(("parameters", "weights", "flops"), said))


def exaone4(config: Config) -> Architecture:
    """EXAONE 4: norms after attention and feed-forward; each fourth layer full, the others sliding."""
    count = config.layers()
    mixers = attend(exaone_kinds(config, count), grouped(config, bias=False, qk_norm="head"), config)
    return assemble(config, stack(mixers, [dense(config)] * count, norms(config, 2)))


def exaone_moe(config: Config) -> Architecture:
    """K-EXAONE: as EXAONE 4 with experts after the first ``first_k_dense_replace`` layers."""
    count = config.layers()
    routed = experts(config, shared=shared_experts(config, "num_shared_experts"))
    plain = dense(config)
    sparse = experts_listed(config, count) or experts_after(config, count)
    mixers = attend(exaone_kinds(config, count), grouped(config, bias=False, qk_norm="head"), config)
    return assemble(config, stack(mixers, [routed if has else plain for has in sparse], norms(config, 2)))


def exaone_kinds(config: Config, layers: int) -> tuple[str, ...]:
    """Return the kind of each layer: written, or by ``sliding_window_pattern``, a number or text (LLLG)."""
    pattern = config.word("sliding_window_pattern")
    if config.size("sliding_window") is None and not config.has("layer_types"):
        return (FULL,) * layers
    if pattern:
        return kinds(config, layers, lambda i: SLIDING if pattern[i % len(pattern)] == "L" else FULL)
    every = 1 if config.has("layer_types") else interval(config, "sliding_window_pattern", 4)
    return kinds(config, layers, lambda index: SLIDING if (index + 1) % every else FULL)


def doge(config: Config) -> Architecture:
    """Doge: a mask from the values, learned residuals; with ``is_moe`` experts of one neuron from two tables."""
    count, hidden = config.layers(), width(config)
    bias, inner_bias = config.flag("attention_bias"), config.flag("mlp_bias")
    base = grouped(config, qk_norm="head", window=config.size("sliding_window"))
    values = base.kv_heads * base.head_dim
    mask = (
        Weight("self_attn.A", (base.kv_heads,), "vector"),
        *linear("self_attn.dt_proj", values, base.kv_heads, bias),
    )
    mixer = replace(base, extra=mask)
    feed_forward = dense(config, bias=inner_bias)
    if config.flag("is_moe"):
        number, used = config.need("num_experts"), config.need("num_experts_per_tok")
        if isinstance(number, Unknown):
            raise Unreadable(number.reason)
        keys = _square_root(number)
        tables = tuple(
            Weight(f"mlp.{name}.weight", (1, hidden), "expert", number, used)
            for name in ("down_embed", "up_embed")
        )
        router = Weight("mlp.router_gate.weight", (2 * keys, hidden), "router")
        feed_forward = replace(feed_forward, extra=(router, *tables))
    residuals = tuple(Weight(name, (hidden,), "vector") for name in ("input_residual", "post_residual"))
    return assemble(config, stack([mixer] * count, [feed_forward] * count, norms(config, 2), extra=residuals))


def _square_root(number: int) -> int:
    root = int(number**0.5)
    while root * root > number:
        root -= 1
    while (root + 1) ** 2 <= number:
        root += 1
    return root


def beam(config: Config) -> Architecture:
    """Beam: gated attention with a bias a head, four norms; each sixth layer and the last one full."""
    count = config.layers()
    base = grouped(config, qk_norm="head", gate="elements")
    base = replace(base, extra=(Weight("self_attn.gate_bias", (base.heads,), "bias"),))
    layer_kinds = kinds(config, count, lambda i: SLIDING if (i + 1) % 6 and i + 1 < count else FULL)
    sparse = experts_listed(config, count) or [index >= 3 for index in range(count)]
    routed, plain = experts(config), dense(config)
    mixers = attend(layer_kinds, base, config)
    return assemble(config, stack(mixers, [routed if has else plain for has in sparse], norms(config, 4)))


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutedAttention(Attention):
    """JetMoe's attention: each of ``active`` experts projects queries for all KV heads and their output."""

    experts: int
    active: int

    def weights(self) -> tuple[Weight, ...]:
        """Router, query and output projections of the experts, key and value, bias of the output."""
        keys = self.kv_heads * self.head_dim
        return (
            Weight("self_attn.experts.router.weight", (self.experts, self.hidden), "router"),
            Weight("self_attn.experts.q_proj", (keys, self.hidden), "expert", self.experts, self.active),
            Weight("self_attn.experts.o_proj", (self.hidden, keys), "expert", self.experts, self.active),
            *linear("self_attn.kv_proj", self.hidden, 2 * keys),
            Weight("self_attn.experts.bias", (self.hidden,), "bias"),
        )


def jetmoe(config: Config) -> Architecture:
    """JetMoe: experts for attention and feed-forward; as many heads as KV heads × experts per token."""
    count, hidden = config.layers(), width(config)
    number, used = config.need("num_local_experts"), config.need("num_experts_per_tok")
    kv_heads: Size = config.need("num_key_value_heads")
    mixer = RoutedAttention(
        hidden=hidden,
        heads=derived(kv_heads * used, "num_key_value_heads × num_experts_per_tok"),
        kv_heads=kv_heads,
        head_dim=config.need("kv_channels"),
        experts=number,
        active=used,
    )
    routed = experts(config, count="num_local_experts", width_key="intermediate_size")
    routed = replace(routed, extra=(Weight("mlp.bias", (hidden,), "bias"),))
    return assemble(config, stack([mixer] * count, [routed] * count, norms(config, 2)))


def deepseek_ocr2(config: Config) -> Architecture:
    """DeepSeek-OCR 2's language model: DeepSeek-V2's experts behind plain attention; the first layer dense."""
    return _ocr(config, grouped(config), experts_listed(config, config.layers()))


REFERENCE: Final = "what is read stays in the cache, what is generated passes through sliding_window"


def unlimited_ocr(config: Config) -> Architecture:
    """Unlimited-OCR's language model: as DeepSeek-OCR's; generated tokens are seen through a window."""
    count = config.layers()
    hidden, heads = width(config), config.need("num_attention_heads")
    sparse = experts_listed(config, count)
    if sparse is None and config.has("first_k_dense_replace"):
        sparse = experts_after(config, count)
    shape = _ocr(config, grouped(config, head_dim=over(hidden, heads)), sparse)
    beyond = dict.fromkeys(("kv_cache.growing_bytes_per_token", "kv_cache.at", "flops"), REFERENCE)
    return replace(shape, absent=beyond)


def _ocr(config: Config, mixer: Attention, sparse: list[bool] | None) -> Architecture:
    count, bias = config.layers(), config.flag("mlp_bias")
    shared = shared_experts(config)
    if shared is not None:
        shared = replace(shared, up_bias=bias, down_bias=bias)
    routed = experts(config, count="n_routed_experts", shared=shared)
    plain = dense(config, bias=bias)
    if sparse is None:
        sparse = [index > 0 for index in range(count)]
    feed_forwards = [routed if has else plain for has in sparse]
    return assemble(config, stack([mixer] * count, feed_forwards, norms(config, 2)))
