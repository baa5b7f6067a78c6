"""Encoders of text and what stands beside it: the layout of a page, its markup, patches or objects of an image."""

from __future__ import annotations

from archlint.architecture import Architecture, Layer, Weight, linear, norm
from archlint.families.decoder import norms, plain
from archlint.families.encoder_heads import pools
from archlint.families.encoder_variants import mixed
from archlint.families.encoders import Built, attention, bert_layers, with_head
from archlint.families.vision import square
from archlint.specs.config import MOST_LAYERS, Config
from archlint.specs.size import Unreadable, derived, over
from archlint.values import replace


def lilt(config: Config) -> Architecture:
    """LiLT: beside the text a narrower stream of the layout, with layers of its own."""
    hidden, heads = config.need("hidden_size"), config.need("num_attention_heads")
    ratio, inner = config.need("channel_shrink_ratio"), config.need("intermediate_size")
    narrow, sixth = derived(hidden // ratio, "hidden_size / channel_shrink_ratio"), hidden // 6
    rows = config.need("max_2d_position_embeddings")
    extra: tuple[Weight, ...] = tuple(
        Weight(f"{name}_position_embeddings.weight", (rows, sixth), "embedding") for name in "xyhw"
    )
    boxes = (config.need("max_position_embeddings"), narrow)
    extra += (
        Weight("box_position_embeddings.weight", boxes, "embedding"),
        *linear("box_linear_embeddings", hidden, narrow, bias=True),
        *norm("layout_embeddings.LayerNorm", narrow, bias=True),
    )
    if narrow % heads:
        raise Unreadable("the layout's width is no multiple of num_attention_heads")
    text = attention(config)
    layout = replace(text, hidden=narrow, head_dim=over(narrow, heads))
    layer = Layer(
        mixers=(text, layout),
        feed_forwards=(plain(hidden, inner), plain(narrow, inner // ratio)),
        norms=tuple(
            w
            for name, width in (("norm", hidden), ("layout_norm", narrow))
            for index in range(2)
            for w in norm(f"{name}{index}", width, bias=True)
        ),
    )
    return with_head(config, Built(head="", pooler=pools(config), extra=extra), (layer,) * config.layers())


def bros(config: Config) -> Architecture:
    """BROS: sinusoidal places on the page, projected to the width of a head; a pooler."""
    hidden, heads = config.need("hidden_size"), config.need("num_attention_heads")
    extra = linear("bbox_projection", hidden // 4, hidden // heads)
    return with_head(config, Built(head="", pooler=True, extra=extra))


def markuplm(config: Config) -> Architecture:
    """MarkupLM: the path to a word in tags and subscripts, a table for each step."""
    hidden, unit, depth = (
        config.need("hidden_size"),
        config.need("xpath_unit_hidden_size"),
        config.layers("max_depth"),
    )
    path = derived(depth * unit, "max_depth × xpath_unit_hidden_size")
    extra: tuple[Weight, ...] = tuple(
        Weight(f"xpath_{name}_embeddings.weight", (config.need(key), unit), "embedding", depth)
        for name, key in (
            ("tag_sub", "max_xpath_tag_unit_embeddings"),
            ("subs_sub", "max_xpath_subs_unit_embeddings"),
        )
    )
    extra += (
        *linear("xpath_unitseq2_embeddings", path, hidden, bias=True),
        *linear("xpath_unitseq2_inner", path, 4 * hidden, bias=True),
        *linear("inner2emb", 4 * hidden, hidden, bias=True),
    )
    return with_head(config, Built(head="", pooler=pools(config, "Sequence"), extra=extra))


def visual_bert(config: Config) -> Architecture:
    """VisualBERT: features of an image, projected, with types and positions of their own; a pooler."""
    hidden = config.need("hidden_size")
    extra: tuple[Weight, ...] = tuple(
        Weight(f"visual_{name}_embeddings.weight", (config.need(key), hidden), "embedding")
        for name, key in (("token_type", "type_vocab_size"), ("position", "max_position_embeddings"))
    )
    extra += linear("visual_projection", config.need("visual_embedding_dim"), hidden, bias=True)
    layers = bert_layers(config)
    if config.flag("bypass_transformer"):
        layers = (*layers, layers[0])
    return with_head(config, Built(head="", pooler=True, extra=extra), layers)


def vilt(config: Config) -> Architecture:
    """ViLT: words and patches of an image in one sequence; norms before the parts and at the end."""
    hidden, (tall, wide), (high, broad) = (
        config.need("hidden_size"),
        square(config, "patch_size"),
        square(config, "image_size"),
    )
    places, bias = (high // tall) * (broad // wide) + 1, config.flag("qkv_bias")
    extra = (
        Weight(
            "patch_embeddings.projection.weight", (hidden, config.need("num_channels"), tall, wide), "conv"
        ),
        Weight("patch_embeddings.projection.bias", (hidden,), "bias"),
        Weight("cls_token", (1, 1, hidden), "vector"),
        Weight("position_embeddings", (1, places, hidden), "vector"),
        Weight("modality_embeddings.weight", (config.need("modality_type_vocab_size"), hidden), "embedding"),
    )
    mixer = replace(attention(config), q_bias=bias, k_bias=bias, v_bias=bias)
    name, vocab = config.named_class, config.need("vocab_size")
    head: tuple[Weight, ...] = ()
    if name.endswith("ForMaskedLM"):  # its matrix is the embedding whatever tie_word_embeddings says
        head = (
            *linear("mlm_score.transform.dense", hidden, hidden, bias=True),
            *norm("mlm_score.transform.LayerNorm", hidden, bias=True),
            Weight("mlm_score.decoder.bias", (vocab,), "bias"),
        )
    pooler = not name.endswith("ForTokenClassification")
    built = Built(head="", final_norm=True, pooler=pooler, extra=extra)
    return with_head(config, built, mixed(config, mixer), head)


def lxmert(config: Config) -> Architecture:
    """LXMERT: layers of words, of objects, and of both, which attend to each other through the same weights."""
    hidden = config.need("hidden_size")
    own, feed_forward = attention(config), plain(hidden, config.need("intermediate_size"))
    layer = Layer(mixers=(own,), feed_forwards=(feed_forward,), norms=norms(config, 2, bias=True))
    crossed = Layer(
        mixers=(replace(own, cross=True), own, own),
        feed_forwards=(feed_forward, feed_forward),
        norms=norms(config, 5, bias=True),
    )
    counts = [config.layers(f"{name}_layers") for name in "lxr"]
    if sum(counts) > MOST_LAYERS:
        raise Unreadable(f"more than the {MOST_LAYERS:,} layers that are read")
    extra: tuple[Weight, ...] = ()
    for name, key in (("visn", "visual_feat_dim"), ("box", "visual_pos_dim")):
        extra += linear(f"visn_fc.{name}_fc", config.need(key), hidden, bias=True)
        extra += norm(f"visn_fc.{name}_layer_norm", hidden, bias=True)
    layers = (*(layer,) * counts[0], *(crossed,) * counts[1], *(layer,) * counts[2])
    return with_head(config, Built(head="", pooler=True, extra=extra), layers)
