"""Encoders of text that differ from BERT in what a layer holds: DeBERTa, Longformer, MobileBERT, LayoutLM, ESM, ..."""

from __future__ import annotations

from archlint.architecture import Architecture, Attention, Dense, Layer, Part, Weight, linear, norm
from archlint.families.decoder import norms_over, plain
from archlint.families.encoder_heads import head_named, pools, prediction_head
from archlint.families.encoders import Built, attention, bert_layers, with_head
from archlint.families.vision import square
from archlint.specs.config import MOST_LAYERS, Config
from archlint.specs.size import Size, Unreadable, derived, over
from archlint.values import replace


def deberta(config: Config) -> Architecture:
    """DeBERTa 1: one projection without a bias for query, key and value, to which two vectors are added."""
    hidden, heads = config.need("hidden_size"), config.need("num_attention_heads")
    more: tuple[Weight, ...] = tuple(Weight(f"{name}_bias", (hidden,), "bias") for name in "qv")
    if config.flag("talking_head"):
        for name in ("head_logits_proj", "head_weights_proj"):
            more += linear(name, heads, heads)
    extra: tuple[Weight, ...] = norm("embeddings.LayerNorm", hidden, bias=True)
    if config.flag("relative_attention"):
        farthest = config.number("max_relative_positions")
        if not isinstance(farthest, int):
            raise Unreadable("max_relative_positions is no whole number")
        rows = farthest if farthest >= 1 else config.need("max_position_embeddings")
        extra += (Weight("encoder.rel_embeddings.weight", (2 * rows, hidden), "embedding"),)
        kinds = config.words("pos_att_type") or tuple(
            filter(None, (config.word("pos_att_type") or "").split("|"))
        )
        if "c2p" in kinds:
            more += linear("pos_proj", hidden, hidden)
        if "p2c" in kinds:
            more += linear("pos_q_proj", hidden, hidden, bias=True)
    mixer = replace(attention(config, bias=False), o_bias=True, extra=more)
    inner = config.size("embedding_size") or hidden
    if inner != hidden:
        extra += linear("embeddings.embed_proj", inner, hidden)
    positions = "max_position_embeddings" if config.flag("position_biased_input", default=True) else ""
    built = Built(
        head=head_named(config), positions=positions, extra=extra, width=inner, embedding_norm=False
    )
    return with_head(config, built, mixed(config, mixer))


def longformer(config: Config) -> Architecture:
    """Longformer: query, key and value once more for global tokens; a pooler."""
    hidden = config.need("hidden_size")
    more = tuple(
        w for name in ("query", "key", "value") for w in linear(f"{name}_global", hidden, hidden, True)
    )
    mixer = replace(attention(config), extra=more)
    return with_head(config, Built(head=head_named(config), pooler=pools(config)), mixed(config, mixer))


def nystromformer(config: Config) -> Architecture:
    """Nyströmformer: a convolution over the values of each head; two positions more than the key says."""
    hidden, heads = config.need("hidden_size"), config.need("num_attention_heads")
    kernel = config.need("conv_kernel_size")
    more = (Weight("attention.self.conv.weight", (heads, 1, kernel, 1), "conv"),)
    rows = config.need("max_position_embeddings") + 2
    table = (Weight("position_embeddings.weight", (rows, hidden), "embedding"),)
    layers = mixed(config, replace(attention(config), extra=more))
    return with_head(config, Built(head=head_named(config), positions="", extra=table), layers)


def layoutlm(config: Config) -> Architecture:
    """LayoutLM: four tables of places on the page; a pooler."""
    hidden, rows = config.need("hidden_size"), config.need("max_2d_position_embeddings")
    extra = tuple(
        Weight(f"{name}_position_embeddings.weight", (rows, hidden), "embedding") for name in "xyhw"
    )
    return with_head(config, Built(head=head_named(config), pooler=True, extra=extra))


def layoutlmv3(config: Config) -> Architecture:
    """LayoutLM 3: places on the page in parts of the width; patches of the image beside the words."""
    if not config.flag("text_embed", default=True):
        raise Unreadable("text_embed is off: there are no words")
    hidden, rows = config.need("hidden_size"), config.need("max_2d_position_embeddings")
    widths = {"x": "coordinate_size", "y": "coordinate_size", "h": "shape_size", "w": "shape_size"}
    extra: tuple[Weight, ...] = tuple(
        Weight(f"{name}_position_embeddings.weight", (rows, config.need(key)), "embedding")
        for name, key in widths.items()
    )
    if config.flag("visual_embed", default=True):
        (tall, wide), side = square(config, "patch_size"), config.need("input_size")
        along = side // tall
        extra += (
            Weight("patch_embed.proj.weight", (hidden, config.need("num_channels"), tall, wide), "conv"),
            Weight("patch_embed.proj.bias", (hidden,), "bias"),
            Weight("cls_token", (1, 1, hidden), "vector"),
            Weight("pos_embed", (1, along * along + 1, hidden), "vector"),
            *norm("LayerNorm", hidden, bias=True),
            *norm("norm", hidden, bias=True),
        )
    heads = config.need("num_attention_heads")
    if config.flag("has_relative_attention_bias"):
        extra += linear("encoder.rel_pos_bias", config.need("rel_pos_bins"), heads)
    if config.flag("has_spatial_attention_bias"):
        for name in "xy":
            extra += linear(f"encoder.rel_pos_{name}_bias", config.need("rel_2d_pos_bins"), heads)
    return with_head(config, Built(head="", extra=extra))


def esm(config: Config) -> Architecture:
    """ESM: norms before the parts and at the end; positions in a table or rotary; a head for contacts, a pooler.

    The second Nucleotide Transformer, with code of its own, gates its feed-forwards and keeps the table anyway.
    """
    heads, count = config.need("num_attention_heads"), config.layers()
    if config.flag("is_folding_model"):
        raise Unreadable("the folding trunk that is_folding_model asks for is not read")
    contacts = linear("contact_head.regression", derived(count * heads, "layers × heads"), 1, bias=True)
    absolute, gated = config.word("position_embedding_type") == "absolute", config.has("add_bias_fnn")
    built = Built(
        types=False,
        embedding_norm=config.flag("emb_layer_norm_before"),
        final_norm=True,
        head="",
        pooler=pools(config),
        positions="max_position_embeddings" if absolute or gated else "",
        extra=contacts,
    )
    hidden = config.need("hidden_size")
    shape = with_head(config, built, head=prediction_head(config, hidden))
    if not gated:
        return shape
    bias = config.flag("add_bias_fnn", default=True)
    inner = Dense(hidden=hidden, width=config.need("intermediate_size"), up_bias=bias, down_bias=bias)
    layer = replace(shape.layers[0], feed_forwards=(inner,))
    said = "add_bias_fnn is a key of the code published with the weights, whose structure is read"
    marks = dict.fromkeys(("parameters", "weights"), said)
    return replace(shape, layers=(layer,) * count, unverified=marks)


def mobilebert(config: Config) -> Architecture:
    """MobileBERT: layers narrower than the stream between them, several feed-forwards in each."""
    hidden, inner = config.need("hidden_size"), config.need("embedding_size")
    narrow, heads = config.flag("use_bottleneck"), config.need("num_attention_heads")
    own = config.need("intra_bottleneck_size") if narrow else hidden
    feeds = config.layers("num_feedforward_networks")
    if feeds * config.layers() > MOST_LAYERS:
        raise Unreadable(f"more than the {MOST_LAYERS:,} feed-forwards that are read")
    seen = own if config.flag("use_bottleneck_attention") else hidden
    mixer = Attention(
        hidden=own,
        heads=heads,
        kv_heads=heads,
        head_dim=over(own, heads),
        q_bias=True,
        k_bias=True,
        key_is_value=True,  # the value's projection is listed apart: it reads the wide stream
        o_bias=True,
        cached=False,
        extra=linear("attention.self.value", seen, own, bias=True),
    )
    extra: tuple[Weight, ...] = ()
    if narrow:
        names = ("input", "attention") if config.flag("key_query_shared_bottleneck") else ("input",)
        for name in names:
            extra += linear(f"bottleneck.{name}.dense", hidden, own, bias=True)
            extra += norm(f"bottleneck.{name}.LayerNorm", own, bias=True)
        extra += linear("output.bottleneck.dense", own, hidden, bias=True)
        extra += norm("output.bottleneck.LayerNorm", hidden, bias=True)
    layer = Layer(
        mixers=(mixer,),
        feed_forwards=(plain(own, config.need("intermediate_size")),) * feeds,
        norms=norms_over(own, feeds + 1),
        extra=extra,
    )
    read = 3 * inner if config.flag("trigram_input") else inner
    tables: tuple[Weight, ...] = tuple(
        Weight(f"{name}_embeddings.weight", (config.need(key), hidden), "embedding")
        for name, key in (("position", "max_position_embeddings"), ("token_type", "type_vocab_size"))
    )
    tables += linear("embedding_transformation", read, hidden, bias=True)
    tables += norm("embeddings.LayerNorm", hidden, bias=True)
    built = Built(
        types=False,
        embedding_norm=False,
        head="",
        pooler=config.flag("classifier_activation", default=True)
        and pools(config, "Sequence", "Next", "Training"),
        positions="",
        extra=tables,
        width=inner,
    )
    return with_head(config, built, (layer,) * config.layers(), _mobile_head(config, hidden, inner))


def _mobile_head(config: Config, hidden: Size, inner: Size) -> tuple[Weight, ...]:
    """Return the head of MobileBERT, whose table is as wide as the stream: the embedding and as much as it lacks."""
    name, vocab = config.named_class, config.need("vocab_size")
    if not name.endswith(("ForMaskedLM", "ForPreTraining")):
        return ()
    found = (
        *linear("predictions.transform.dense", hidden, hidden, bias=True),
        *norm("predictions.transform.LayerNorm", hidden, bias=True),
        Weight("predictions.dense.weight", (hidden - inner, vocab)),
        Weight("predictions.bias", (vocab,), "bias"),
    )
    if not config.flag("tie_word_embeddings", default=True):
        found += linear("predictions.decoder", inner, vocab, bias=True)
    return found if name.endswith("LM") else (*found, *linear("seq_relationship", hidden, 2, bias=True))


def convbert(config: Config) -> Architecture:
    """ConvBERT: ``head_ratio`` times fewer heads, beside them convolutions whose kernels the tokens make."""
    hidden, inner, ratio = (
        config.need("hidden_size"),
        config.need("embedding_size"),
        config.need("head_ratio"),
    )
    written = config.need("num_attention_heads")
    heads = derived(max(written // ratio, 1), "num_attention_heads / head_ratio")
    width = derived(hidden // heads // 2, "hidden_size / heads / 2")
    own, kernel = heads * width, config.need("conv_kernel_size")
    more = (
        Weight("key_conv_attn_layer.depthwise.weight", (hidden, 1, kernel), "conv"),
        Weight("key_conv_attn_layer.pointwise.weight", (own, hidden, 1), "conv"),
        Weight("key_conv_attn_layer.bias", (own, 1), "bias"),
        *linear("conv_kernel_layer", own, heads * kernel, bias=True),
        *linear("conv_out_layer", hidden, own, bias=True),
        Weight("attention.output.dense.weight", (hidden, hidden - own)),  # the columns that read them
    )
    mixer = replace(attention(config), heads=heads, kv_heads=heads, head_dim=width, extra=more)
    groups = config.layers("num_groups")
    feed_forward = plain(hidden // groups, config.need("intermediate_size") // groups)
    layer = Layer(
        mixers=(mixer,),
        feed_forwards=(feed_forward,) * groups,
        norms=norms_over(hidden, 2),
    )
    extra = () if inner == hidden else linear("embeddings_project", inner, hidden, bias=True)
    head = "generator" if head_named(config) else ""
    return with_head(config, Built(head=head, width=inner, extra=extra), (layer,) * config.layers())


def mixed(config: Config, mixer: Part) -> tuple[Layer, ...]:
    """Return BERT's layers with another attention."""
    (first, *rest) = bert_layers(config)
    return (replace(first, mixers=(mixer, *first.mixers[1:])),) * (len(rest) + 1)
