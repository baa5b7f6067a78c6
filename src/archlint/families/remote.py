"""Decoders whose code travels with their weights: read from the published structure, parameters not verified.

Cache figures follow from the heads alone and are as sure as anywhere.
"""

from __future__ import annotations

from typing import Final

from archlint.architecture import (
    Architecture,
    Attention,
    ConvolvedAttention,
    Dense,
    Embedding,
    Experts,
    Head,
    Layer,
    Part,
    Tower,
    Weight,
    norm,
)
from archlint.families.decoder import (
    assemble,
    dense,
    experts,
    grouped,
    mtp_layers,
    norms,
    plain,
    shared_experts,
    width,
)
from archlint.families.layers import FULL, SLIDING, by_kind, full_each, interval, stack, written_kinds
from archlint.families.phi import phi3
from archlint.specs.config import Config
from archlint.specs.size import Size, Unknown, Unreadable, derived, over
from archlint.values import replace

PUBLISHED: Final = "read from the published structure; transformers has no class for it"
QWEN2_VERSION: Final = 2.6
MOLMO_ROWS: Final = 128
"""Rows for images that Molmo's embedding has beyond the vocabulary."""


def unverified(shape: Architecture) -> Architecture:
    """Return ``shape`` with everything that rests on its weights marked as not verified."""
    return replace(shape, unverified=dict.fromkeys(("parameters", "weights", "flops"), PUBLISHED))


def llama_like(config: Config) -> Architecture:
    """Baichuan, InternLM, XVERSE, Aquila, Yi, Skywork, MiniCPM: Llama's layers; ``bias`` on attention.

    Some of these types have releases with experts, of ``intermediate_size`` each, as many shared ones as stated.
    """
    count = config.layers()
    mixer = grouped(config, bias=config.flag("attention_bias") or config.flag("bias"))
    feed_forward: Part = dense(config)
    if config.has("num_experts"):
        feed_forward = Experts(
            hidden=width(config),
            width=config.need("intermediate_size"),
            experts=config.need("num_experts"),
            active=config.need("num_experts_per_tok", "moe_top_k"),
            shared=shared_experts(config, "num_shared_experts", "intermediate_size"),
        )
    return unverified(assemble(config, stack([mixer] * count, [feed_forward] * count, norms(config, 2))))


def solar(config: Config) -> Architecture:
    """Solar Pro: Llama's layers with connections that skip some; it is not known which layers the window bounds."""
    shape = llama_like(config)
    if not config.has("sliding_window"):
        return shape
    said = "it is not known which layers sliding_window bounds"
    return replace(shape, unverified={**shape.unverified, "kv_cache.growing_bytes_per_token": said})


def bluelm(config: Config) -> Architecture:
    """BlueLM: Llama's layers; with ``use_stable_embedding`` a LayerNorm after the embedding."""
    shape = llama_like(config)
    if shape.embedding is None or not config.flag("use_stable_embedding"):
        return shape
    more = norm("embed_layer_norm", width(config), bias=True)
    return replace(shape, embedding=replace(shape.embedding, extra=more))


def plamo(config: Config) -> Architecture:
    """PLaMo: attention and feed-forward side by side after one norm; ``n_shared_head`` heads share a KV head."""
    count, heads = config.layers(), config.need("num_attention_heads")
    shared = config.need("n_shared_head", default=1)
    kv_heads = derived(-(-heads // shared), "num_attention_heads / n_shared_head")
    mixer = grouped(config, kv_heads=kv_heads, bias=False)
    return unverified(assemble(config, stack([mixer] * count, [dense(config)] * count, norms(config, 1))))


def plamo3(config: Config) -> Architecture:
    """PLaMo 3: norms on heads and around each part; windows in a list, or in all but each so many-th layer."""
    count = config.layers()
    full = grouped(config, bias=False, qk_norm="head")
    layer_kinds = written_kinds(config, count)
    windows = config.get("sliding_window")
    if isinstance(windows, list):
        if len(windows) != count:
            raise Unreadable(f"sliding_window has {len(windows):,} entries for {count:,} layers")
        layer_kinds = tuple(FULL if window is None else SLIDING for window in windows)
    elif layer_kinds is None:
        pattern = full_each(interval(config, "sliding_window_pattern", 1))
        layer_kinds = tuple(pattern(index) for index in range(count))
    bound = one_window(config) if SLIDING in layer_kinds else None
    mixers = by_kind(layer_kinds, {FULL: full, SLIDING: replace(full, window=bound)})
    return unverified(assemble(config, stack(mixers, [dense(config)] * count, norms(config, 4))))


def one_window(config: Config) -> Size:
    """Return ``sliding_window``, also where it is a list of one size and nulls for the layers without."""
    key = "sliding_window"
    listed = config.get(key)
    if not isinstance(listed, list):
        return config.need(key)
    (size, *others) = {size for size in listed if isinstance(size, int) and size > 0} or {0}
    if others or not size or not all(entry in (None, size) for entry in listed):
        return Unknown(f"{key} is no list of one size and nulls", key)
    return derived(size, key)


def indices(config: Config, key: str) -> frozenset[int]:
    """Return the layers that ``key`` lists, none where it is absent."""
    listed = config.sizes(key) or ()
    if any(isinstance(index, Unknown) for index in listed):
        raise Unreadable(f"{key} holds no whole numbers")
    return frozenset(int(index) for index in listed)


def baichuan_m1(config: Config) -> Architecture:
    """Baichuan M1: every second layer in a window, with heads of its own; keys and values are convolved over time."""
    count, hidden, kernel = config.layers(), width(config), config.need("conv_window")

    def convolved(heads: Size, kv_heads: Size, window: Size | None) -> ConvolvedAttention:
        head_dim = over(hidden, heads)
        return ConvolvedAttention(
            hidden=hidden,
            heads=heads,
            kv_heads=kv_heads,
            head_dim=head_dim,
            window=window,
            convolved=2 * (kernel - 1) * kv_heads * head_dim,
            extra=(
                Weight("self_attn.conv_k", (kv_heads, kernel), "conv"),
                Weight("self_attn.conv_v", (kv_heads, kernel), "conv"),
            ),
        )

    heads, kv_heads = config.need("num_attention_heads"), config.need("num_key_value_heads")
    own_heads, own_kv_heads = config.size("num_swa_attention_heads"), config.size("num_swa_key_value_heads")
    full = convolved(heads, kv_heads, None)
    sliding = convolved(
        heads if own_heads is None else own_heads,
        kv_heads if own_kv_heads is None else own_kv_heads,
        config.need("sliding_window"),
    )
    within = indices(config, "sliding_window_layers")
    mixers = [sliding if index in within else full for index in range(count)]
    shape = unverified(assemble(config, stack(mixers, [dense(config)] * count, norms(config, 2))))
    return replace(shape, unverified={**shape.unverified, "state": PUBLISHED})


def mimo(config: Config) -> Architecture:
    """MiMo 7B: Qwen2's layers, and MTP layers after them."""
    count = config.layers()
    mixer = grouped(config, bias=config.flag("attention_bias"), output_bias=False)
    layers = stack([mixer] * count, [dense(config)] * count, norms(config, 2))
    return unverified(assemble(config, layers, mtp=mtp_layers(config, layers[0])))


def minicpm_v(config: Config) -> Architecture:
    """MiniCPM-V and -o: the layers of the model that the version is built on; 2.6 is Qwen2."""
    count = config.layers()
    mixer = grouped(config, bias=config.number("version") == QWEN2_VERSION, output_bias=False)
    shape = assemble(config, stack([mixer] * count, [dense(config)] * count, norms(config, 2)))
    return replace(unverified(shape), towers=(Tower(name="vision", known=False),))


def phi4mm(config: Config) -> Architecture:
    """Phi-4-multimodal as published: Phi-3's layers."""
    towers = (Tower(name="vision", known=False), Tower(name="audio", known=False))
    return replace(unverified(phi3(config)), towers=towers)


def orion(config: Config) -> Architecture:
    """Orion: Llama's layers with LayerNorms."""
    count = config.layers()
    mixer = grouped(config, bias=config.flag("attention_bias"))
    layers = stack([mixer] * count, [dense(config)] * count, norms(config, 2, bias=True))
    return unverified(assemble(config, layers, final=norm("norm", width(config), bias=True)))


def qwen(config: Config) -> Architecture:
    """Qwen 1: a bias on query, key and value; ``intermediate_size`` is that of both halves."""
    count, hidden, heads = config.layers(), width(config), config.need("num_attention_heads")
    bias = not config.flag("no_bias", default=True)
    mixer = grouped(config, kv_heads=heads, head_dim=config.need("kv_channels"), bias=True, output_bias=bias)
    inner = derived(config.need("intermediate_size") // 2, "intermediate_size / 2")
    feed_forward = Dense(hidden=hidden, width=inner, up_bias=bias, down_bias=bias)
    return unverified(assemble(config, stack([mixer] * count, [feed_forward] * count, norms(config, 2))))


def chatglm(config: Config) -> Architecture:
    """ChatGLM 2, 3 and GLM-4 9B; with ``inner_hidden_size`` ChatGLM 1, which has LayerNorms and a tie."""
    count, hidden, heads = config.layers("num_layers"), width(config), config.need("num_attention_heads")
    head_dim = over(hidden, heads)
    if config.has("inner_hidden_size"):
        mixer = grouped(config, kv_heads=heads, head_dim=head_dim, bias=True)
        feed_forward = plain(hidden, config.need("inner_hidden_size"))
        layers = stack([mixer] * count, [feed_forward] * count, norms(config, 2, bias=True))
        final = norm("final_layernorm", hidden, bias=True)
        return unverified(assemble(config, layers, final=final, tied=True))
    kv_heads = config.need("multi_query_group_num") if config.flag("multi_query_attention") else heads
    channels = config.size("kv_channels")
    bias = config.flag("add_bias_linear")
    mixer = grouped(
        config,
        kv_heads=kv_heads,
        head_dim=head_dim if channels is None else channels,
        bias=bias or config.flag("add_qkv_bias"),
        output_bias=bias,
    )
    feed_forward = Dense(hidden=hidden, width=config.need("ffn_hidden_size"), up_bias=bias, down_bias=bias)
    rms = config.flag("rmsnorm", default=True)
    vocab = config.need("padded_vocab_size", "vocab_size")
    final = norm("final_layernorm", hidden, bias=not rms)
    return unverified(
        Architecture(
            model_type=config.model_type,
            layers=stack([mixer] * count, [feed_forward] * count, norms(config, 2, bias=not rms)),
            embedding=Embedding(vocab=vocab, width=hidden),
            head=Head(vocab=vocab, width=hidden, tied=config.tied),
            final=final if config.flag("post_layer_norm", default=True) else (),
        )
    )


def exaone(config: Config) -> Architecture:
    """EXAONE 3 and 3.5: Llama's layers under other names."""
    count = config.layers("num_layers")
    mixer = grouped(config, bias=False)
    return unverified(assemble(config, stack([mixer] * count, [dense(config)] * count, norms(config, 2))))


def phi3_v(config: Config) -> Architecture:
    """Phi-3 and 3.5 Vision: Phi-3's layers."""
    return replace(unverified(phi3(config)), towers=(Tower(name="vision", known=False),))


def molmo(config: Config) -> Architecture:
    """Molmo: ``intermediate_size`` is that of both halves; further rows in the embedding for images."""
    count, hidden = config.layers(), width(config)
    mixer = grouped(config, bias=config.flag("qkv_bias"), output_bias=False)
    if config.flag("attention_layer_norm"):
        keys = mixer.kv_heads * mixer.head_dim
        mixer = replace(mixer, q_norm=mixer.heads * mixer.head_dim, k_norm=keys)
    inner = derived(config.need("intermediate_size") // 2, "intermediate_size / 2")
    rows, vocab = config.need("embedding_size", "vocab_size"), config.need("vocab_size")
    layers = stack([mixer] * count, [Dense(hidden=hidden, width=inner)] * count, norms(config, 2))
    more = Weight("wte.new_embedding", (MOLMO_ROWS, hidden), "embedding")
    return unverified(
        Architecture(
            model_type=config.model_type,
            layers=layers,
            embedding=Embedding(vocab=rows, width=hidden, extra=(more,)),
            head=Head(vocab=vocab, width=hidden, tied=config.flag("weight_tying")),
            final=norm("ln_f", hidden),
            towers=(Tower(name="vision", known=False),),
        )
    )


def arctic(config: Config) -> Architecture:
    """Snowflake Arctic: experts beside a dense feed-forward as wide as the residual stream."""
    count, hidden = config.layers(), width(config)
    mixer = grouped(config, bias=False)
    routed: Part = experts(config, count="num_local_experts", width_key="intermediate_size")
    feed_forward: tuple[Part, ...] = (routed,)
    number = 2
    if config.flag("parallel_attn_mlp_res") or config.flag("use_residual"):
        feed_forward, number = (routed, Dense(hidden=hidden, width=hidden)), 3
    layers = stack([mixer] * count, [feed_forward] * count, norms(config, number))
    return unverified(assemble(config, layers))


def telechat(config: Config) -> Architecture:
    """TeleChat: biases on the two output projections."""
    count, hidden = config.layers("n_layer", "num_hidden_layers"), width(config)
    heads = config.need("n_head", "num_attention_heads")
    kv_heads = config.size("num_key_value_heads")
    mixer = grouped(
        config,
        heads=heads,
        kv_heads=heads if kv_heads is None else kv_heads,
        head_dim=over(hidden, heads),
        bias=False,
        output_bias=True,
    )
    inner = config.need("ffn_hidden_size", "intermediate_size")
    feed_forward = Dense(hidden=hidden, width=inner, down_bias=True)
    return unverified(assemble(config, stack([mixer] * count, [feed_forward] * count, norms(config, 2))))


def openelm(config: Config) -> Architecture:
    """OpenELM: heads and widths a layer, in lists; norms on query and key heads."""
    count, hidden = config.layers("num_transformer_layers"), config.need("model_dim")
    head_dim = config.need("head_dim")
    heads, kv_heads = config.each("num_query_heads", count), config.each("num_kv_heads", count)
    multipliers, divisor = config.get("ffn_multipliers"), config.need("ffn_dim_divisor", default=256)
    if heads is None or kv_heads is None or not isinstance(multipliers, list) or len(multipliers) != count:
        raise Unreadable("num_query_heads, num_kv_heads and ffn_multipliers do not give a size a layer")
    for size in (hidden, head_dim, divisor):
        if isinstance(size, Unknown):
            raise Unreadable(size.reason)
    normed = head_dim if config.flag("normalize_qk_projections", default=True) else 0
    layers = []
    made: dict[tuple[int, int, int], Layer] = {}
    for own, shared, factor in zip(heads, kv_heads, multipliers, strict=True):
        if not isinstance(factor, (int, float)) or factor <= 0:
            raise Unreadable("ffn_multipliers holds something else than positive numbers")
        inner = _divisible(factor * hidden, divisor)
        key = (int(own), int(shared), inner)
        if key not in made:
            mixer = Attention(
                hidden=hidden, heads=own, kv_heads=shared, head_dim=head_dim, q_norm=normed, k_norm=normed
            )
            gated = config.flag("ffn_with_glu", default=True)
            feed_forward = Dense(
                hidden=hidden, width=derived(inner, "ffn_multipliers × model_dim"), gated=gated
            )
            weights = norm("attn_norm", hidden) + norm("ffn_norm", hidden)
            made[key] = Layer(mixers=(mixer,), feed_forwards=(feed_forward,), norms=weights)
        layers.append(made[key])
    vocab: Size = config.need("vocab_size")
    return unverified(
        Architecture(
            model_type=config.model_type,
            layers=tuple(layers),
            embedding=Embedding(vocab=vocab, width=hidden),
            head=Head(vocab=vocab, width=hidden, tied=config.flag("share_input_output_layers", default=True)),
            final=norm("norm", hidden),
        )
    )


def _divisible(value: float, divisor: int) -> int:
    """Return ``value`` rounded to a multiple of ``divisor``, never more than a tenth below it."""
    rounded = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * value else rounded
