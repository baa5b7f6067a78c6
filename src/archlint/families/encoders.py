"""Encoders of text: BERT and what is built like it.

They keep no cache unless ``is_decoder``. What stands behind the encoder (a prediction head, a pooler) depends on
the class that ``architectures`` names; it is listed apart, as a tower.
"""

from __future__ import annotations

from archlint.architecture import (
    Architecture,
    Attention,
    Dense,
    Embedding,
    Head,
    Layer,
    Part,
    Reused,
    Tower,
    Weight,
    linear,
    norm,
)
from archlint.families.decoder import head_width, multi_head, norms_over, plain
from archlint.families.encoder_heads import beside, head_named, pools, prediction_head
from archlint.families.heads import PAIRS
from archlint.families.layers import FULL, SLIDING, interval, kinds
from archlint.families.vision import clip_vision
from archlint.specs.config import MOST_LAYERS, Config
from archlint.specs.size import Size, Unknown, Unreadable, derived, over
from archlint.values import dataclass, replace

NO_CACHE = {"kv_cache": "an encoder keeps no cache", "flops": "an encoder reads all tokens at once"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """How a lineage differs from BERT.

    ``head``: ``cls`` a prediction head apart, ``lm_head`` one that counts, ``bias`` a bias alone, empty none.
    """

    types: bool = True
    embedding_norm: bool = True
    final_norm: bool = False
    head: str = "cls"
    pooler: bool = False
    positions: str = "max_position_embeddings"
    extra: tuple[Weight, ...] = ()
    width: Size | None = None


def attention(config: Config, bias: bool = True, cross: bool = False) -> Attention:
    """Return attention over all tokens, of which nothing is kept unless ``is_decoder``."""
    hidden, heads = config.need("hidden_size"), config.need("num_attention_heads")
    return multi_head(hidden, heads, bias, cached=config.flag("is_decoder"), cross=cross)


def bert_layers(config: Config, extra: tuple[Weight, ...] = ()) -> tuple[Layer, ...]:
    """Return BERT's layers: biases everywhere, two LayerNorms; cross-attention where it is asked for."""
    hidden = config.need("hidden_size")
    mixers: tuple[Part, ...] = (attention(config),)
    number = 2
    if config.flag("is_decoder") and config.flag("add_cross_attention"):
        mixers += (attention(config, cross=True),)
        number = 3
    layer = Layer(
        mixers=mixers,
        feed_forwards=(plain(hidden, config.need("intermediate_size")),),
        norms=norms_over(hidden, number),
        extra=extra,
    )
    return (layer,) * config.layers()


def gated_bert_layers(config: Config) -> tuple[Layer, ...]:
    """Return BERT's layers with gated feed-forwards, whose way up has no bias."""
    (first, *rest) = bert_layers(config)
    inner = Dense(hidden=config.need("hidden_size"), width=config.need("intermediate_size"), down_bias=True)
    return (replace(first, feed_forwards=(inner,)),) * (len(rest) + 1)


def table(config: Config, built: Built) -> Embedding:
    """Return the tables of words, positions and token types, and the norm behind them."""
    hidden = config.need("hidden_size") if built.width is None else built.width
    extra: tuple[Weight, ...] = ()
    if built.types:
        types = config.count("type_vocab_size")
        if types is not None and (isinstance(types, Unknown) or types):
            extra += (Weight("token_type_embeddings.weight", (types, hidden), "embedding"),)
    if built.embedding_norm:
        extra += norm("embeddings.LayerNorm", hidden, bias=True)
    rows = config.need(built.positions) if built.positions else None
    return Embedding(
        vocab=config.need("vocab_size"), width=hidden, positions=rows, extra=(*extra, *built.extra)
    )


def build(config: Config, built: Built, layers: tuple[Layer, ...] | None = None) -> Architecture:
    """Return the encoder: tables, layers, and the head that ``built`` names."""
    hidden = config.need("hidden_size")
    embedding = table(config, built)
    final = norm("encoder.LayerNorm", hidden, bias=True) if built.final_norm else ()
    if built.pooler:
        final += linear("pooler.dense", hidden, hidden, bias=True)
    inner, vocab = embedding.width, embedding.vocab
    tied = config.flag("tie_word_embeddings", default=True)
    transform = (
        *linear("transform.dense", hidden, inner, bias=True),
        *norm("transform.LayerNorm", inner, bias=True),
    )
    head: Head | None = None
    towers: tuple[Tower, ...] = ()
    if built.head == "lm_head":
        own = () if tied else (Weight("lm_head.decoder.bias", (vocab,), "bias"),)
        head = Head(vocab=vocab, width=inner, tied=tied, bias=True, extra=(*transform, *own))
    elif built.head:
        head = Head(vocab=vocab, width=inner, tied=tied, bias=built.head != "cls" or not tied)
    if built.head in ("cls", "generator"):
        beside = (
            transform
            if built.head == "generator"
            else (*transform, Weight("predictions.bias", (vocab,), "bias"))
        )
        names = config.words("architectures") or ("LMHead",)
        known = any(word in name for name in names for word in ("LMHead", "MaskedLM", "CausalLM"))
        if (
            config.wrapper_type in PAIRS and head is not None
        ):  # all of the language model is the decoder there
            head = replace(head, extra=beside)
        if config.wrapper is None:
            towers = (Tower(name="head", extra=beside, known=known),)
    return Architecture(
        model_type=config.model_type,
        layers=bert_layers(config) if layers is None else layers,
        embedding=embedding,
        head=head,
        final=final,
        towers=towers,
        absent={} if config.flag("is_decoder") else NO_CACHE,
    )


def with_head(
    config: Config,
    built: Built,
    layers: tuple[Layer, ...] | None = None,
    head: tuple[Weight, ...] = (),
    said: bool = False,
) -> Architecture:
    """Return the encoder, with the head of the class named beside it, unknown unless it predicts words.

    ``head`` lists its weights; ``said`` tells that all of them are in ``built``.
    """
    return beside(config, build(config, built, layers), head, said)


def bert(config: Config) -> Architecture:
    """BERT and ERNIE: words, positions and types; with ``use_task_id`` tasks, too.

    Own code under this type is MosaicBERT's (DNABERT-2), with gates on the way up and ALiBi, or Jina's, whose config
    asks for them.
    """
    if config.variant:
        mosaic = config.variant.startswith("bert_layers.")
        gated = mosaic or (config.word("feed_forward_type") or "").endswith("glu")
        alibi = mosaic or config.word("position_embedding_type") == "alibi"
        built = Built(positions="" if alibi else "max_position_embeddings")
        return build(config, built, gated_bert_layers(config) if gated else None)
    extra: tuple[Weight, ...] = ()
    if config.flag("use_task_id"):
        tasks = config.need("task_type_vocab_size")
        extra = (Weight("task_type_embeddings.weight", (tasks, config.need("hidden_size")), "embedding"),)
    pooled = config.wrapper_type == "vision-text-dual-encoder"  # it holds the bare model, pooler and all
    return build(config, Built(extra=extra, pooler=pooled))


def bert_generation(config: Config) -> Architecture:
    """BERT for generation: no token types, a bias on the head; a second one where the head is not tied."""
    shape = build(config, Built(types=False, head="bias"))
    head = shape.head
    if head is None or head.tied:
        return shape
    return replace(shape, head=replace(head, extra=(Weight("bias", (head.vocab,), "bias"),)))


def big_bird(config: Config) -> Architecture:
    """BigBird: BERT with a pooler; query, key and value have biases with ``use_bias``."""
    shape = build(config, Built(pooler=not config.named_class.endswith("ForQuestionAnswering")))
    if config.flag("use_bias"):
        return shape
    bare = [
        replace(part, q_bias=False, k_bias=False, v_bias=False)
        for part in shape.layers[0].mixers
        if isinstance(part, Attention)
    ]
    return replace(shape, layers=(replace(shape.layers[0], mixers=tuple(bare)),) * len(shape.layers))


def roberta(config: Config) -> Architecture:
    """RoBERTa, XLM-RoBERTa, CamemBERT, data2vec: the language model's head counts."""
    return build(config, Built(head="lm_head"))


def roberta_prelayernorm(config: Config) -> Architecture:
    """RoBERTa with norms before the parts and one at the end."""
    return build(config, Built(head="lm_head", final_norm=True))


def xlm_roberta_xl(config: Config) -> Architecture:
    """XLM-RoBERTa XL: norms before the parts and at the end, none on the embedding."""
    return build(config, Built(head="lm_head", embedding_norm=False, final_norm=True))


def xmod(config: Config) -> Architecture:
    """X-MOD: an adapter a language in each layer."""
    hidden = config.need("hidden_size")
    factor = config.need("adapter_reduction_factor")
    inner = derived(hidden // factor, "hidden_size / adapter_reduction_factor")
    languages = config.words("languages") or ()
    extra = tuple(
        weight
        for name in languages
        for weight in (
            *linear(f"adapter_modules.{name}.dense1", hidden, inner, bias=True),
            *linear(f"adapter_modules.{name}.dense2", inner, hidden, bias=True),
        )
    )
    if config.flag("adapter_layer_norm"):
        extra += norm("adapter_layer_norm", hidden, bias=True)
    built = Built(head="lm_head", final_norm=config.flag("pre_norm"), embedding_norm=True)
    return build(config, built, bert_layers(config, extra))


def megatron_bert(config: Config) -> Architecture:
    """Megatron-BERT: norms before the parts and at the end, none on the embedding."""
    return build(config, Built(embedding_norm=False, final_norm=True))


def electra(config: Config) -> Architecture:
    """ELECTRA: an embedding of its own width, projected where that differs."""
    hidden, inner = config.need("hidden_size"), config.need("embedding_size")
    projection = () if inner == hidden else linear("embeddings_project", inner, hidden, bias=True)
    return build(config, Built(width=inner, extra=projection, head="generator"))


def roformer(config: Config) -> Architecture:
    """RoFormer: stored rotary positions of one head's width."""
    hidden, heads = config.need("hidden_size"), config.need("num_attention_heads")
    written = config.size("embedding_size")
    inner = hidden if written is None else written
    rows = config.need("max_position_embeddings")
    extra: tuple[Weight, ...] = (Weight("embed_positions.weight", (rows, hidden // heads), "embedding"),)
    if inner != hidden:
        extra += linear("embeddings_project", inner, hidden, bias=True)
    return build(config, Built(width=inner, positions="", extra=extra))


def roc_bert(config: Config) -> Architecture:
    """RoCBert: tables of sounds and shapes beside the words, mapped together."""
    hidden = config.need("hidden_size")
    extra: tuple[Weight, ...] = ()
    whole: int = hidden
    for name in ("pronunciation", "shape"):
        rows, inner = config.need(f"{name}_vocab_size"), config.need(f"{name}_embed_dim")
        extra += (Weight(f"{name}_embed.weight", (rows, inner), "embedding"),)
        if config.flag(f"enable_{name}"):
            whole = whole + inner
    if config.flag("concat_input"):
        extra += linear("map_inputs_layer", whole, hidden, bias=True)
    return build(config, Built(extra=extra))


def rembert(config: Config) -> Architecture:
    """RemBERT: input and output embeddings of widths of their own, never tied."""
    hidden, vocab = config.need("hidden_size"), config.need("vocab_size")
    inner, outer = config.need("input_embedding_size"), config.need("output_embedding_size")
    shape = build(
        config, Built(width=inner, extra=linear("embedding_hidden_mapping_in", inner, hidden, bias=True))
    )
    beside = (*linear("dense", hidden, outer, bias=True), *norm("LayerNorm", outer, bias=True))
    return replace(
        shape,
        head=Head(vocab=vocab, width=outer, tied=False, bias=True),
        towers=tuple(replace(tower, extra=beside) for tower in shape.towers),
    )


def xlm(config: Config) -> Architecture:
    """XLM: a table of languages where there are several, a bias on the head."""
    hidden = config.need("hidden_size")
    extra: tuple[Weight, ...] = ()
    languages = config.count("n_langs")
    if languages is not None and languages > 1 and config.flag("use_lang_emb"):
        extra = (Weight("lang_embeddings.weight", (languages, hidden), "embedding"),)
    layer = Layer(
        mixers=(attention(config),),
        feed_forwards=(plain(hidden, derived(4 * hidden, f"4 × {hidden.text}")),),
        norms=norms_over(hidden, 2),
    )
    return build(config, Built(types=False, extra=extra, head="bias"), (layer,) * config.layers())


def flaubert(config: Config) -> Architecture:
    """FlauBERT: XLM, whose head only the class for language modelling has."""
    shape = xlm(config)
    return shape if "LMHead" in config.named_class else replace(shape, head=None)


def xlnet(config: Config) -> Architecture:
    """XLNet: relative positions and segments in each attention, one learned mask."""
    hidden, heads = config.need("hidden_size"), config.need("num_attention_heads")
    head_dim = over(hidden, heads)
    names = ("r_r_bias", "r_s_bias", "r_w_bias")
    more = (
        Weight("rel_attn.r", (hidden, heads * head_dim)),
        *(Weight(f"rel_attn.{name}", (heads, head_dim), "vector") for name in names),
        Weight("rel_attn.seg_embed", (2, heads, head_dim), "vector"),
    )
    layer = Layer(
        mixers=(replace(attention(config, bias=False), extra=more),),
        feed_forwards=(plain(hidden, config.need("d_inner")),),
        norms=norms_over(hidden, 2),
    )
    mask = (Weight("mask_emb", (1, 1, hidden), "vector"),)
    built = Built(types=False, embedding_norm=False, positions="", extra=mask, head="bias")
    return build(config, built, (layer,) * config.layers())


def distilbert(config: Config) -> Architecture:
    """DistilBERT: no token types."""
    hidden = config.need("hidden_size")
    layer = Layer(
        mixers=(attention(config),),
        feed_forwards=(plain(hidden, config.need("hidden_dim")),),
        norms=norms_over(hidden, 2),
    )
    built = Built(types=False, head="")
    return with_head(config, built, (layer,) * config.layers(), prediction_head(config, hidden))


def mpnet(config: Config) -> Architecture:
    """MPNet: one table of relative positions, a pooler."""
    buckets, heads = config.need("relative_attention_num_buckets"), config.need("num_attention_heads")
    relative = (Weight("relative_attention_bias.weight", (buckets, heads), "embedding"),)
    head = prediction_head(config, config.need("hidden_size"), own_bias=True)
    return with_head(config, Built(types=False, head="", pooler=pools(config), extra=relative), head=head)


def albert(config: Config) -> Architecture:
    """ALBERT: the layers of a group are one layer, run again and again; a small embedding."""
    hidden, count = config.need("hidden_size"), config.layers()
    inner, groups = config.need("embedding_size"), config.need("num_hidden_groups")
    within = config.layers("inner_group_num")
    if isinstance(groups, Unknown):
        raise Unreadable(groups.reason)
    if count * within > MOST_LAYERS:
        raise Unreadable(f"more than the {MOST_LAYERS:,} layers that are read")
    own = bert_layers(config)[0]
    again = Layer(
        mixers=tuple(Reused(part) for part in own.mixers),
        feed_forwards=tuple(Reused(part) for part in own.feed_forwards),
    )
    layers: list[Layer] = []
    last = -1  # groups follow each other
    for index in range(count):
        group = index * groups // count
        layers += [again if group == last else own] * within
        last = group
    mapping = linear("embedding_hidden_mapping_in", inner, hidden, bias=True)
    built = Built(width=inner, head="", pooler=pools(config, "Sequence", "PreTraining"), extra=mapping)
    return with_head(config, built, tuple(layers), prediction_head(config, hidden, inner, own_bias=True))


def modernbert(config: Config) -> Architecture:
    """ModernBERT: gated feed-forwards, each third layer global; the first layer has one norm."""
    shape, hidden = _modern(config, cached=False)
    head = prediction_head(
        config,
        hidden,
        bias=config.flag("classifier_bias"),
        norm_bias=config.flag("norm_bias"),
        vocab_bias=config.flag("decoder_bias"),
    )
    return beside(config, shape, head)


def modernbert_decoder(config: Config) -> Architecture:
    """ModernBERT as a decoder: the window is half of ``local_attention``."""
    shape, hidden = _modern(config, cached=True)
    bias = config.flag("classifier_bias")
    vocab = config.need("vocab_size")
    transform = (
        *linear("lm_head.dense", hidden, hidden, bias),
        *norm("lm_head.norm", hidden, config.flag("norm_bias")),
    )
    head = Head(
        vocab=vocab, width=hidden, tied=config.tied, bias=config.flag("decoder_bias"), extra=transform
    )
    return replace(shape, head=head, absent={})


def _modern(config: Config, cached: bool) -> tuple[Architecture, Size]:
    hidden, heads, count = config.need("hidden_size"), config.need("num_attention_heads"), config.layers()
    bias, norm_bias = config.flag("attention_bias"), config.flag("norm_bias")
    base = multi_head(hidden, heads, bias, cached=cached)
    window = config.need("local_attention")
    local = replace(base, window=derived(window // 2, "local_attention / 2") if cached else window)
    every = interval(config, "global_attn_every_n_layers", 3)
    listed = kinds(config, count, lambda index: SLIDING if index % every else FULL)
    inner_bias = config.flag("mlp_bias")
    feed_forward = Dense(
        hidden=hidden, width=config.need("intermediate_size"), up_bias=inner_bias, down_bias=inner_bias
    )
    layers: dict[tuple[bool, int], Layer] = {}
    stacked = []
    for index in range(count):
        full = listed[index] == FULL
        number = 1 if index == 0 else 2
        if (full, number) not in layers:
            layers[full, number] = Layer(
                mixers=(base if full else local,),
                feed_forwards=(feed_forward,),
                norms=norms_over(hidden, number, bias=norm_bias),
            )
        stacked.append(layers[full, number])
    shape = Architecture(
        model_type=config.model_type,
        layers=tuple(stacked),
        embedding=Embedding(
            vocab=config.need("vocab_size"), width=hidden, extra=norm("embeddings.norm", hidden, norm_bias)
        ),
        final=norm("final_norm", hidden, norm_bias),
        absent=NO_CACHE,
    )
    return shape, hidden


def eurobert(config: Config) -> Architecture:
    """EuroBERT: Llama's layers, looking both ways."""
    from archlint.families.llama import llama

    shape = llama(config)
    (first, *_) = shape.layers
    (mixer,) = first.mixers
    assert isinstance(mixer, Attention)
    layer = replace(first, mixers=(replace(mixer, cached=False),))
    shape = replace(shape, layers=(layer,) * len(shape.layers), head=None, absent=NO_CACHE)
    head = linear("lm_head", config.need("hidden_size"), config.need("vocab_size"))
    masked = bool(head_named(config))
    return beside(config, shape, head if masked and not config.tied else (), said=masked)


def deberta_v2(config: Config) -> Architecture:
    """DeBERTa 2 and 3: relative positions in one table with a norm; optionally positions on the input."""
    hidden = config.need("hidden_size")
    extra: tuple[Weight, ...] = ()
    if config.flag("relative_attention"):
        buckets = config.number("position_buckets")
        farthest = config.number("max_relative_positions")
        rows: int | None = None
        if isinstance(buckets, int) and buckets > 0:
            rows = buckets
        elif isinstance(farthest, int):
            rows = farthest if farthest >= 1 else config.need("max_position_embeddings")
        if rows is None:
            raise Unreadable("max_relative_positions is no whole number")
        extra += (Weight("encoder.rel_embeddings.weight", (2 * rows, hidden), "embedding"),)
        if "layer_norm" in (config.word("norm_rel_ebd") or "none"):
            extra += norm("encoder.LayerNorm", hidden, bias=True)
    if (config.count("conv_kernel_size", default=0) or 0) > 0:
        raise Unreadable("the convolution that conv_kernel_size asks for is not read")
    shared = config.flag("share_att_key")
    kinds = config.words("pos_att_type") or tuple(
        filter(None, (config.word("pos_att_type") or "").split("|"))
    )
    layer_extra: tuple[Weight, ...] = ()
    if config.flag("relative_attention") and not shared:
        for kind, name in (("c2p", "pos_key_proj"), ("p2c", "pos_query_proj")):
            if kind in kinds:
                layer_extra += linear(f"attention.self.{name}", hidden, hidden, bias=True)
    positions = "max_position_embeddings" if config.flag("position_biased_input", default=True) else ""
    inner = config.size("embedding_size") or hidden
    extra += norm("embeddings.LayerNorm", hidden, bias=True)
    if inner != hidden:
        extra += linear("embeddings.embed_proj", inner, hidden)
    built = Built(head="", positions=positions, extra=extra, width=inner, embedding_norm=False)
    legacy = config.flag("legacy", default=True)
    head = prediction_head(config, hidden, inner if legacy else None, own_bias=True if legacy else None)
    return with_head(config, built, bert_layers(config, layer_extra), head)


def git(config: Config) -> Architecture:
    """GIT: BERT's layers as a decoder over image and text."""
    hidden, vocab = config.need("hidden_size"), config.need("vocab_size")
    (first, *rest) = bert_layers(config)
    (mixer,) = first.mixers
    assert isinstance(mixer, Attention)
    layer = replace(first, mixers=(replace(mixer, cached=True),))
    shape = build(config, Built(types=False, head=""), (layer,) * (len(rest) + 1))
    head = Head(vocab=vocab, width=hidden, tied=config.tied, bias=True)
    vision = config.section("vision_config")
    seen = clip_vision(vision)
    projection = (
        *linear("visual_projection.0", vision.need("hidden_size"), hidden, bias=True),
        *norm("visual_projection.1", hidden, bias=True),
    )
    tower = Tower(name="vision", layers=seen.layers, extra=(*seen.final, *projection))
    if config.size("num_image_with_embedding") is not None:
        tower = Tower(name="vision", known=False)
    return replace(shape, head=head, towers=(tower,), absent={})


def blip_text(config: Config) -> Architecture:
    """BLIP's decoder: BERT's layers with attention to the image in each; the head has a layer of its own."""
    hidden, vocab = config.need("hidden_size"), config.need("vocab_size")
    theirs = config.need("encoder_hidden_size")
    outer = config.wrapper
    if outer is not None:
        theirs = outer.section("vision_config").need("hidden_size")
    own = replace(attention(config), cached=True)
    more = tuple(w for name in "kv" for w in linear(f"crossattention.{name}_proj", theirs, hidden, True))
    cross = replace(own, cross=True, projects=False, extra=more)
    mixers: tuple[Part, ...] = (own, cross) if config.flag("is_decoder") else (own,)
    layer = Layer(
        mixers=mixers,
        feed_forwards=(plain(hidden, config.need("intermediate_size")),),
        norms=norms_over(hidden, len(mixers) + 1),
    )
    shape = build(config, Built(types=False, head=""), (layer,) * config.layers())
    transform = (
        *linear("transform.dense", hidden, hidden, bias=True),
        *norm("transform.LayerNorm", hidden, bias=True),
    )
    if not config.tied:
        transform += (Weight("predictions.decoder.bias", (vocab,), "bias"),)
    head = Head(vocab=vocab, width=hidden, tied=config.tied, bias=True, extra=transform)
    named = config.named_class if outer is None else outer.named_class
    if named in ("BlipModel", "BlipTextModel"):
        shape = replace(shape, final=shape.final + linear("pooler.dense", hidden, hidden, bias=True))
    return replace(shape, head=head, absent={})


def clip_text(config: Config) -> Architecture:
    """CLIP's and SigLIP's text encoder: norms before the parts and at the end; SigLIP projects at the end."""
    hidden = config.need("hidden_size")
    shape = build(config, Built(types=False, embedding_norm=False, head=""))
    final = norm("final_layer_norm", hidden, bias=True)
    if "projection_size" in config.defaults.fields:
        projected = config.size("projection_size")
        final += linear("head", hidden, hidden if projected is None else projected, bias=True)
    if config.named_class.endswith("WithProjection"):
        final += linear("text_projection", hidden, config.need("projection_dim"))
    return replace(shape, final=final)


def nomic_bert(config: Config) -> Architecture:
    """Nomic BERT: rotary positions, gated feed-forwards, no biases."""
    return _gated(config, bias=False, own_bias=True)


def gte(config: Config) -> Architecture:
    """GTE: rotary positions, gated feed-forwards, biases on attention and on the way down."""
    return _gated(config, bias=True)


def gte_new(config: Config) -> Architecture:
    """GTE with the code that is published beside the weights, of which transformers' class is a port."""
    said = "read as GTE; the code published with the weights has further options"
    return replace(gte(config), unverified=dict.fromkeys(("parameters", "weights"), said))


def _gated(config: Config, bias: bool, own_bias: bool = False) -> Architecture:
    hidden, heads = config.need("hidden_size"), config.need("num_attention_heads")
    layer = Layer(
        mixers=(replace(attention(config, bias=bias), head_dim=head_width(config, hidden, heads)),),
        feed_forwards=(Dense(hidden=hidden, width=config.need("intermediate_size"), down_bias=bias),),
        norms=norms_over(hidden, 2),
    )
    head = prediction_head(config, hidden, own_bias=own_bias)
    return with_head(config, Built(head="", positions=""), (layer,) * config.layers(), head)
