"""Encoders of text close to BERT: with another pooler, further tables, grouped or missing projections."""

from __future__ import annotations

from archlint.architecture import (
    Architecture,
    Attention,
    Embedding,
    Head,
    Layer,
    Reused,
    Tower,
    Weight,
    linear,
    norm,
)
from archlint.families.decoder import (
    assemble,
    dense,
    experts,
    grouped,
    head_width,
    multi_head,
    norms,
    norms_over,
    plain,
)
from archlint.families.encoder_heads import head_named, pools
from archlint.families.encoder_variants import mixed
from archlint.families.encoders import NO_CACHE, Built, attention, bert_layers, build, with_head
from archlint.families.layers import FULL, SLIDING, attend, full_each, kinds, stack
from archlint.specs.config import MOST_LAYERS, Config
from archlint.specs.size import Size, Unknown, Unreadable, derived, over
from archlint.values import replace


def pooled(config: Config) -> Architecture:
    """The text encoders of ALIGN, Chinese CLIP, CLAP and BridgeTower: BERT with a pooler."""
    shape = build(config, Built(head="", pooler=config.wrapper_type != "chinese_clip"))
    if not config.named_class.endswith("WithProjection"):
        return shape
    hidden, width = config.need("hidden_size"), config.need("projection_dim")
    projection = (
        *linear("text_projection.linear1", hidden, width, bias=True),
        *linear("text_projection.linear2", width, width, bias=True),
    )
    return replace(shape, final=shape.final + projection)


def flava(config: Config) -> Architecture:
    """FLAVA's text encoder: norms before the parts and at the end, a pooler."""
    bias = config.flag("qkv_bias")
    mixer = replace(attention(config), q_bias=bias, k_bias=bias, v_bias=bias)
    return build(config, Built(head="", pooler=True, final_norm=True), mixed(config, mixer))


def aimv2(config: Config) -> Architecture:
    """AIMv2's text encoder: RMSNorms before the parts and at the end, gated feed-forwards."""
    layer = Layer(
        mixers=(attention(config, bias=config.flag("qkv_bias")),),
        feed_forwards=(dense(config, bias=config.flag("mlp_bias")),),
        norms=norms(config, 2),
    )
    shape = build(config, Built(types=False, embedding_norm=False, head=""), (layer,) * config.layers())
    return replace(shape, final=norm("rms_norm", config.need("hidden_size")))


def tipsv2(config: Config) -> Architecture:
    """TIPS 2's text encoder: CLIP's layers on sinusoidal positions."""
    return build(config, Built(types=False, embedding_norm=False, final_norm=True, head="", positions=""))


def videoprism(config: Config) -> Architecture:
    """VideoPrism's text encoder: sinusoidal positions, a learned token at the end."""
    hidden, bias = config.need("hidden_size"), config.flag("qkv_bias")
    mixer = replace(attention(config), q_bias=bias, k_bias=bias, v_bias=bias)
    token = (Weight("embeddings.cls_emb", (1, 1, hidden), "vector"),)
    built = Built(types=False, embedding_norm=False, final_norm=True, head="", positions="", extra=token)
    return build(config, built, mixed(config, mixer))


def altclip(config: Config) -> Architecture:
    """AltCLIP's text encoder: a norm and a projection take the place of the pooler."""
    hidden = config.need("hidden_size")
    shape = build(config, Built(head=""))
    more = linear("transformation", hidden, config.need("project_dim"), bias=True)
    return replace(shape, final=(*norm("pre_LN", hidden, bias=True), *more))


def dpr(config: Config) -> Architecture:
    """DPR: BERT without a pooler, projected where ``projection_dim`` is not zero."""
    projected = config.count("projection_dim")
    shape = with_head(config, Built(head=""))
    if config.named_class in ("DPRQuestionEncoder", "DPRContextEncoder"):
        shape = replace(shape, towers=())
    if projected is None or projected == 0:
        return shape
    return replace(shape, final=linear("encode_proj", config.need("hidden_size"), projected, bias=True))


def splinter(config: Config) -> Architecture:
    """Splinter: BERT without a pooler."""
    return with_head(config, Built(head=""))


def ibert(config: Config) -> Architecture:
    """I-BERT: RoBERTa whose products may be of integers."""
    return with_head(config, Built(head=head_named(config), pooler=pools(config)))


def two_more(config: Config) -> Architecture:
    """YOSO and MRA: approximated attention, beside it YOSO's convolution; two positions more than the key says."""
    window = config.size("conv_window")
    mixer = attention(config)
    if window is not None:
        mixer = replace(
            mixer, extra=(Weight("attention.self.conv.weight", (mixer.heads, 1, window, 1), "conv"),)
        )
    rows = config.need("max_position_embeddings") + 2
    table = (Weight("position_embeddings.weight", (rows, config.need("hidden_size")), "embedding"),)
    return with_head(config, Built(head=head_named(config), positions="", extra=table), mixed(config, mixer))


def jina_embeddings_v3(config: Config) -> Architecture:
    """Jina Embeddings 3: XLM-RoBERTa with rotary positions."""
    pooler = not config.named_class or config.named_class.endswith("Model")
    mixer, hidden = attention(config), config.need("hidden_size")
    mixer = replace(mixer, head_dim=head_width(config, hidden, mixer.heads))
    built = Built(head=head_named(config), positions="", pooler=pooler)
    return with_head(config, built, mixed(config, mixer))


def tapas(config: Config) -> Architecture:
    """TAPAS: a table of token types for each thing said of a cell."""
    hidden, rows = config.need("hidden_size"), config.sizes("type_vocab_sizes", least=1)
    if rows is None:
        raise Unreadable("type_vocab_sizes is no list of sizes")
    extra = tuple(
        Weight(f"token_type_embeddings_{index}.weight", (size, hidden), "embedding")
        for index, size in enumerate(rows)
    )
    head = head_named(config)
    return with_head(config, Built(types=False, head=head, pooler=not head, extra=extra))


def luke(config: Config) -> Architecture:
    """LUKE: entities beside words, with tables of their own and three queries more in each attention."""
    hidden, inner = config.need("hidden_size"), config.need("entity_emb_size")
    entities = config.need("entity_vocab_size")
    extra: tuple[Weight, ...] = (
        Weight("entity_embeddings.weight", (entities, inner), "embedding"),
        *(
            Weight(f"entity_embeddings.{name}.weight", (config.need(key), hidden), "embedding")
            for name, key in (
                ("position_embeddings", "max_position_embeddings"),
                ("token_type_embeddings", "type_vocab_size"),
            )
        ),
        *norm("entity_embeddings.LayerNorm", hidden, bias=True),
    )
    if inner != hidden:
        extra += linear("entity_embedding_dense", inner, hidden)
    more: tuple[Weight, ...] = ()
    if config.flag("use_entity_aware_attention"):
        for name in ("w2e", "e2w", "e2e"):
            more += linear(f"attention.self.{name}_query", hidden, hidden, bias=True)
    name = config.named_class
    head = _luke_head(config, hidden, inner) if name.endswith("ForMaskedLM") else ()
    built = Built(head="", pooler=not name.endswith(("TokenClassification", "Answering")), extra=extra)
    return with_head(config, built, mixed(config, replace(attention(config), extra=more)), head)


def _luke_head(config: Config, hidden: Size, inner: Size) -> tuple[Weight, ...]:
    """Return the heads for words, never tied, and for entities."""
    vocab, entities = config.need("vocab_size"), config.need("entity_vocab_size")
    found = (
        *linear("lm_head.dense", hidden, hidden, bias=True),
        *norm("lm_head.layer_norm", hidden, bias=True),
        *linear("lm_head.decoder", hidden, vocab, bias=True),
        *linear("entity_predictions.transform.dense", hidden, inner, bias=True),
        *norm("entity_predictions.transform.LayerNorm", inner, bias=True),
        Weight("entity_predictions.bias", (entities,), "bias"),
    )
    if config.flag("tie_word_embeddings", default=True):
        return found
    twice = Weight("lm_head.bias", (vocab,), "bias")
    return (*found, twice, Weight("entity_predictions.decoder.weight", (entities, inner)))


def squeezebert(config: Config) -> Architecture:
    """SqueezeBERT: projections in groups, each of which reads its part of the width alone."""
    hidden, heads = config.need("hidden_size"), config.need("num_attention_heads")
    if config.need("embedding_size") != hidden:
        raise Unreadable("embedding_size is another than hidden_size, of which the class knows nothing")
    groups, apart = config.need("q_groups"), config.layers("intermediate_groups")
    if (
        any(config.need(f"{name}_groups") != groups for name in "kv")
        or config.need("post_attention_groups") != 1
    ):
        raise Unreadable("only groups that query, key and value share, and an output without any, are read")
    if config.need("output_groups") != apart:
        raise Unreadable("output_groups is another than intermediate_groups, which is not read")
    mixer = multi_head(hidden, heads, cached=False)
    mixer = replace(mixer, hidden=over(hidden, groups), output=hidden)
    layer = Layer(
        mixers=(mixer,),
        feed_forwards=(plain(over(hidden, apart), over(config.need("intermediate_size"), apart)),) * apart,
        norms=norms(config, 2, bias=True),
    )
    return with_head(config, Built(head=head_named(config), pooler=True), (layer,) * config.layers())


def fnet(config: Config) -> Architecture:
    """FNet: a Fourier transform, which has no weights, in the place of attention."""
    hidden = config.need("hidden_size")
    layer = Layer(
        mixers=(),
        feed_forwards=(plain(hidden, config.need("intermediate_size")),),
        norms=norms(config, 2, bias=True),
    )
    extra = linear("embeddings.projection", hidden, hidden, bias=True)
    built = Built(head=head_named(config), pooler=True, extra=extra)
    return with_head(config, built, (layer,) * config.layers())


def funnel(config: Config) -> Architecture:
    """Funnel: blocks, each of which halves the sequence, then layers at full length; XLNet's attention."""
    hidden, heads, head_dim = config.need("d_model"), config.need("n_head"), config.need("d_head")
    sizes = config.sizes("block_sizes", least=1)
    repeats = (
        config.sizes("block_repeats", least=1) if config.has("block_repeats") else (1,) * len(sizes or ())
    )
    if sizes is None or repeats is None or len(sizes) != len(repeats):
        raise Unreadable("block_sizes and block_repeats are no lists of one length")
    for size in (*sizes, *repeats):
        if isinstance(size, Unknown):
            raise Unreadable(size.reason)
    after = config.count("num_decoder_layers")
    if after is None or isinstance(after, Unknown):
        raise Unreadable("num_decoder_layers is no whole number")
    if sum(a * b for a, b in zip(sizes, repeats, strict=True)) + after > MOST_LAYERS:
        raise Unreadable(f"more than the {MOST_LAYERS:,} layers that are read")
    more = (
        Weight("attention.r_kernel", (hidden, heads, head_dim)),
        *(
            Weight(f"attention.{name}", (heads, head_dim), "vector")
            for name in ("r_w_bias", "r_r_bias", "r_s_bias")
        ),
        Weight("attention.seg_embed", (2, heads, head_dim), "vector"),
    )
    mixer = Attention(
        hidden=hidden,
        heads=heads,
        kv_heads=heads,
        head_dim=head_dim,
        k_bias=True,
        v_bias=True,
        o_bias=True,
        cached=False,
        extra=more,
    )
    layer = Layer(
        mixers=(mixer,),
        feed_forwards=(plain(hidden, config.need("d_inner")),),
        norms=norms_over(hidden, 2),
    )
    again = Layer(
        mixers=tuple(map(Reused, layer.mixers)),
        feed_forwards=tuple(map(Reused, layer.feed_forwards)),
    )
    layers: list[Layer] = []
    for size, times in zip(sizes, repeats, strict=True):
        layers += [layer, *[again] * (times - 1)] * size
    name = config.named_class
    if not name.endswith(("BaseModel", "SequenceClassification", "MultipleChoice")):
        layers += [layer] * after
    built = Built(types=False, positions="", head="bias" if name.endswith("ForMaskedLM") else "")
    return with_head(config, built, tuple(layers), said=name.endswith(("BaseModel", "ForMaskedLM")))


def canine(config: Config) -> Architecture:
    """CANINE: characters by their hashes; a layer on characters before and after those on pieces of text."""
    hidden, buckets = config.need("hidden_size"), config.need("num_hash_buckets")
    (layer, *_) = bert_layers(config)
    (mixer, *_) = layer.mixers
    assert isinstance(mixer, Attention)
    layer = replace(layer, mixers=(replace(mixer, cached=False),))
    local = replace(mixer, chunk=config.need("local_transformer_stride"), cached=False)
    first = replace(layer, mixers=(local,))
    convolutions = (
        ("chars_to_molecules", hidden, config.need("downsampling_rate")),
        ("projection", 2 * hidden, config.need("upsampling_kernel_size")),
    )
    loose: tuple[Weight, ...] = ()
    for name, inputs, kernel in convolutions:
        loose += (
            Weight(f"{name}.conv.weight", (hidden, inputs, kernel), "conv"),
            Weight(f"{name}.conv.bias", (hidden,), "bias"),
            *norm(f"{name}.LayerNorm", hidden, bias=True),
        )
    name = config.named_class
    return Architecture(
        model_type=config.model_type,
        layers=(first, *(layer,) * config.layers(), layer),
        embedding=Embedding(
            vocab=buckets,  # as many tables as hash functions, each as much narrower
            width=hidden,
            positions=buckets,
            extra=(
                Weight("token_type_embeddings.weight", (config.need("type_vocab_size"), hidden), "embedding"),
                *norm("char_embeddings.LayerNorm", hidden, bias=True),
            ),
        ),
        final=(*loose, *linear("pooler.dense", hidden, hidden, bias=True)),
        towers=() if not name or name.endswith("Model") else (Tower(name="head", known=False),),
        absent=NO_CACHE,
    )


def esmc(config: Config) -> Architecture:
    """ESM Cambrian: rotary positions, gated feed-forwards, norms over all query and key heads."""
    hidden, vocab = config.need("hidden_size"), config.need("vocab_size")
    mixer = replace(grouped(config), q_norm=hidden, k_norm=hidden, cached=False)
    layers = stack(
        [mixer] * config.layers(),
        [dense(config, bias=config.flag("mlp_bias"))] * config.layers(),
        norms(config, 2, bias=True),
    )
    head = (
        *linear("lm_head.dense", hidden, hidden, bias=True),
        *norm("lm_head.layer_norm", hidden, bias=True),
        *linear("lm_head.decoder", hidden, vocab, bias=True),
    )
    shape = assemble(config, layers, final=norm("norm", hidden))
    return _headless(config, shape, head)


def ultrabert(config: Config) -> Architecture:
    """UltraBERT: Llama's layers looking both ways, two of three within a window; a head with a narrow middle."""
    hidden, inner, count = config.need("hidden_size"), config.need("prediction_head_size"), config.layers()
    base = replace(grouped(config), cached=False)
    listed = kinds(config, count, full_each(3))
    if not config.has("layer_types") and config.has("attention_windows"):
        windows = config.sizes("attention_windows")
        if windows is None or len(windows) != count:
            raise Unreadable(f"attention_windows is no list of {count:,} windows")
        listed = tuple(SLIDING if window else FULL for window in windows)
    layers = stack(
        attend(listed, base, config),
        [dense(config, bias=config.flag("mlp_bias"))] * count,
        norms(config, 2),
    )
    head = (*linear("head.linear1", hidden, inner), *linear("head.linear2", inner, hidden))
    shape = assemble(config, layers)
    return _headless(config, shape, head, tied=config.tied)


def privacy_filter(config: Config) -> Architecture:
    """OpenAI's privacy filter: gpt-oss looking both ways within a window; it labels tokens."""
    mixer = replace(grouped(config, sinks=True, window=config.need("sliding_window")), cached=False)
    routed = experts(
        config, count="num_local_experts", width_key="intermediate_size", router_bias=True, bias=True
    )
    shape = assemble(config, stack([mixer] * config.layers(), [routed] * config.layers(), norms(config, 2)))
    return _headless(config, shape, ())


def _headless(
    config: Config, shape: Architecture, head: tuple[Weight, ...], tied: bool = True
) -> Architecture:
    """Return an encoder without the head of a language model, which stands beside it where the class has one."""
    name, own = config.named_class, None
    towers: tuple[Tower, ...] = ()
    if name.endswith("ForMaskedLM") and config.wrapper is None:
        towers = (Tower(name="head", extra=head),)
        if not tied and shape.head is not None:
            own = replace(shape.head, tied=False)
    elif name and not name.endswith("Model") and config.wrapper is None:
        towers = (Tower(name="head", known=False),)
    return replace(shape, head=own, towers=towers, absent=NO_CACHE)


def neomme(config: Config) -> Architecture:
    """NeoMME: an encoder of text and patches of images; one table gives all layers values of the words."""
    hidden, rank, vocab = config.need("hidden_size"), config.need("embedding_rank"), config.need("vocab_size")
    count, side = config.layers(), config.need("patch_size")
    bias, patch = config.flag("attention_bias"), derived(3 * side * side, "3 × patch_size × patch_size")
    base = grouped(config, bias=bias, gate="elements", cached=False)
    base = replace(base, extra=(Weight("exclusive_self_attention.alpha", (base.heads,), "vector"),))
    last = count - 1
    each = full_each(6)
    listed = kinds(config, count, lambda index: FULL if index == last else each(index))
    layers = stack(
        attend(listed, base, config),
        [dense(config, gated=False, bias=config.flag("mlp_bias"))] * count,
        (),
        extra=(Weight("lambdas", (2,), "vector"),),
    )
    values = base.kv_heads * base.head_dim
    extra = (
        *linear("embed_tokens.embedding_projection", rank, hidden),
        Weight("value_embeddings.weight", (vocab, values), "embedding"),
        *norm("patch_embeddings.norm", patch, bias=True),
        *linear("patch_embeddings.up_proj", patch, 2 * hidden),
        *linear("patch_embeddings.down_proj", 2 * hidden, hidden, bias=True),
    )
    shape = assemble(
        config, layers, final=(), embedding=Embedding(vocab=vocab, width=rank, extra=extra), hidden=hidden
    )
    shape = replace(shape, head=Head(vocab=vocab, width=rank))
    tied = config.tied
    return _headless(config, shape, () if tied else linear("unembedding_projection", rank, hidden), tied=tied)
