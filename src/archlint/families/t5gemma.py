"""T5Gemma: an encoder and a decoder, each with the layers of Gemma 2."""

from __future__ import annotations

from archlint.architecture import Architecture, Layer, Part, Tower, Weight, linear, norm
from archlint.families.decoder import assemble, dense, grouped, norms, width
from archlint.families.layers import FULL, SLIDING, attend, by_kind, full_each, interval, kinds, stack
from archlint.families.vision import siglip_vision
from archlint.specs.config import Config
from archlint.specs.size import Size
from archlint.values import replace

_CROSS = "keys and values of the encoder are counted with every token"


def t5gemma(config: Config) -> Architecture:
    """Return the decoder: attention to itself, to the encoder, a feed-forward; the encoder stands beside it."""
    outer = config if config.wrapper is None else config.wrapper
    decoder = config.section("decoder") if config.wrapper is None else config
    encoder = outer.section("encoder")
    count = decoder.layers()
    cross = _cross(decoder, width(encoder))
    mixers: list[Part | tuple[Part, ...]] = [(own, cross) for own in _attentions(decoder, count)]
    layers = stack(mixers, [dense(decoder)] * count, norms(decoder, 6))
    shape = assemble(decoder, layers, tied=outer.flag("tie_word_embeddings"))
    return replace(shape, towers=(_encoder(encoder),), unverified={"flops": _CROSS})


def t5gemma2(config: Config) -> Architecture:
    """T5Gemma 2: layers of Gemma 3; the decoder attends to itself and to the encoder through the same weights."""
    outer = config if config.wrapper is None else config.wrapper
    decoder = (
        config.section("decoder") if config.wrapper is None and config.model_type == "t5gemma2" else config
    )
    tied = outer.flag("tie_word_embeddings")
    shape = assemble(decoder, _merged(decoder), tied=tied)
    assert shape.embedding is not None
    own = (Weight("embed_tokens.eoi_embedding", (width(decoder),), "embedding"),)
    shape = replace(shape, embedding=replace(shape.embedding, extra=own), unverified={"flops": _CROSS})
    if outer is decoder:
        return shape
    encoder = outer.section("encoder")
    text, vision = encoder.section("text_config"), encoder.section("vision_config")
    hidden = width(text)
    extra = norm("norm", hidden)
    if not tied:
        table = Weight("embed_tokens.weight", (text.need("vocab_size"), hidden), "embedding")
        extra += (table, Weight("embed_tokens.eoi_embedding", (hidden,), "embedding"))
    seen = siglip_vision(vision)
    theirs = vision.need("hidden_size")
    projector = (
        Weight("multi_modal_projector.mm_input_projection_weight", (theirs, hidden)),
        *norm("multi_modal_projector.mm_soft_emb_norm", theirs),
    )
    towers = (
        Tower(name="encoder", layers=_merged(text), extra=extra),
        Tower(
            name="vision",
            layers=seen.layers,
            extra=(*seen.final, *projector),
            known=vision.model_type == "siglip_vision_model",
        ),
    )
    return replace(shape, towers=towers)


def _merged(config: Config) -> tuple[Layer, ...]:
    count = config.layers()
    listed = kinds(config, count, full_each(interval(config, "sliding_window_pattern", 6)))
    mixers = attend(listed, grouped(config, qk_norm="head"), config)
    return stack(mixers, [dense(config)] * count, norms(config, 4))


def _encoder(config: Config) -> Tower:
    count, hidden = config.layers(), width(config)
    layers: tuple[Layer, ...] = stack(_attentions(config, count), [dense(config)] * count, norms(config, 4))
    table = Weight("embed_tokens.weight", (config.need("vocab_size"), hidden), "embedding")
    return Tower(name="encoder", layers=layers, extra=(table, *norm("norm", hidden)))


def _attentions(config: Config, count: Size) -> list[Part]:
    """Return attention in a window for every other layer, the first one first."""
    own = grouped(config)
    sliding = replace(own, window=config.size("sliding_window"))
    parts: dict[str, Part] = {FULL: own, SLIDING: sliding}
    return by_kind(kinds(config, count, full_each(2)), parts)


def _cross(config: Config, theirs: Size) -> Part:
    """Return attention to the encoder, whose width its keys and values are projected from."""
    own = grouped(config, projects=False)
    inner = own.kv_heads * own.head_dim
    bias = config.flag("attention_bias")
    extra = (
        *linear("cross_attn.k_proj", theirs, inner, bias),
        *linear("cross_attn.v_proj", theirs, inner, bias),
    )
    return replace(own, cross=True, extra=extra)
