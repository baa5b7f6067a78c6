"""T5 and its descendants: relative positions, weights without biases, head and embedding always one.

The encoder stands alone where ``architectures`` names its class (``T5EncoderModel``).
"""

from __future__ import annotations

from typing import Final

from archlint.architecture import (
    Architecture,
    Attention,
    Dense,
    Embedding,
    Experts,
    Head,
    Layer,
    Part,
    Weight,
    norm,
)
from archlint.families.decoder import multi_head, norms_over
from archlint.families.encoders import NO_CACHE
from archlint.families.seq2seq import ENCODER_FLOPS, own_tables
from archlint.families.vision import square
from archlint.specs.config import MOST_LAYERS, Config
from archlint.specs.size import Size, Unreadable
from archlint.values import replace

FORCED: Final = (
    "transformers ties the head whatever tie_word_embeddings says; published files hold one of its own"
)

_ENCODER_ALONE: Final = ("EncoderModel", "ForTokenClassification")

UDOP_BUCKETS: Final = 32
"""Rows of a table of relative places, which no key tells."""


def t5(config: Config) -> Architecture:
    """T5, mT5 and Flan-T5: the first layer of each stack holds the table of relative positions."""
    return _stacks(config, everywhere=False)


def umt5(config: Config) -> Architecture:
    """uMT5: each layer holds a table of relative positions."""
    return _stacks(config, everywhere=True)


def longt5(config: Config) -> Architecture:
    """LongT5: with transient-global attention the encoder's layers have a norm more, the first a table more."""
    shape = _stacks(config, everywhere=False)
    if config.word("encoder_attention_type") != "transient-global":
        return shape
    hidden, count = config.need("d_model"), config.layers("num_layers")
    table = (config.need("relative_attention_num_buckets"), config.need("num_heads"))
    more = norm("global_input_layer_norm", hidden)
    layers = list(shape.layers)
    first = replace(
        layers[0],
        extra=(*layers[0].extra, *more, Weight("global_relative_attention_bias.weight", table, "embedding")),
    )
    other = replace(layers[1], extra=more) if count > 1 else first
    return replace(shape, layers=(first, *[other] * (count - 1), *layers[count:]))


def switch(config: Config) -> Architecture:
    """Switch Transformers: one expert of several per token in every ``*_sparse_step``-th layer."""
    routed = Experts(
        hidden=config.need("d_model"),
        width=config.need("d_ff"),
        experts=config.need("num_experts"),
        active=1,
        gated=False,
        router_bias=config.flag("router_bias"),
    )
    shape = _stacks(config, everywhere=False, routed=routed)
    if config.tied or shape.embedding is None:
        return shape
    tables = own_tables(shape.embedding.vocab, shape.embedding.width)
    if shape.head is None:  # the encoder alone
        return replace(shape, embedding=replace(shape.embedding, extra=tables[:1]))
    return replace(
        shape,
        embedding=replace(shape.embedding, extra=tables),
        head=replace(shape.head, tied=False),
        unverified={},
    )


def udop(config: Config) -> Architecture:
    """UDOP: the encoder reads words, their places and patches of the page; tables of relative places for each stack."""
    hidden, (tall, wide) = config.need("d_model"), square(config, "patch_size")
    biases = config.get("relative_bias_args")
    kinds = [{"type": kind} for kind in ("1d", "horizontal", "vertical")] if biases is None else biases
    if not isinstance(kinds, list) or not all(
        isinstance(kind, dict) and [*kind] == ["type"] for kind in kinds
    ):
        raise Unreadable("relative_bias_args says more than types")
    if not kinds:
        raise Unreadable("relative_bias_args is empty")
    shape = _stacks(config, everywhere=False)
    alone = shape.head is None
    patches = (
        Weight("patch_embed.proj.weight", (hidden, config.need("num_channels"), tall, wide), "conv"),
        Weight("patch_embed.proj.bias", (hidden,), "bias"),
    )
    rows = (config.need("max_2d_position_embeddings"), hidden)
    places = tuple(Weight(f"{name}_position_embeddings.weight", rows, "embedding") for name in "xy")
    own = (
        len(kinds) if config.named_class == "UdopModel" else len(kinds) - 1
    )  # others share the first layer's
    table = Weight("relative_bias.weight", (UDOP_BUCKETS, config.need("num_heads")), "embedding", own)
    times = 1 if alone else 2  # the decoder has as much, of which it uses the tables alone
    assert shape.embedding is not None
    embedding = replace(shape.embedding, extra=(*places, *(*patches, table) * times))
    return replace(shape, embedding=embedding, unverified={})


def pop2piano(config: Config) -> Architecture:
    """Pop2Piano: T5 with a table of composers; its head is one of its own."""
    shape = _stacks(config, everywhere=False)
    hidden = config.need("d_model")
    if shape.embedding is None or shape.head is None:
        return shape
    rows = config.need("composer_vocab_size")
    composers = Weight("mel_conditioner.embedding.weight", (rows, hidden), "embedding")
    return replace(
        shape,
        embedding=replace(shape.embedding, extra=(composers,)),
        head=replace(shape.head, tied=False),
        unverified={},
    )


def pix2struct(config: Config) -> Architecture:
    """Pix2Struct: T5's decoder alone, over what an encoder makes of the image."""
    hidden, heads, count = config.need("hidden_size"), config.need("num_heads"), config.layers("num_layers")
    own = multi_head(hidden, heads, bias=False)
    layer = Layer(
        mixers=(own, replace(own, cross=True)),
        feed_forwards=(Dense(hidden=hidden, width=config.need("d_ff")),),
        norms=norms_over(hidden, 3, bias=False),
    )
    buckets = config.need("relative_attention_num_buckets")
    table = Weight("relative_attention_bias.weight", (buckets, heads), "embedding")
    outer = config if config.wrapper is None else config.wrapper
    vocab = config.need("vocab_size")
    return Architecture(
        model_type=config.model_type,
        layers=(replace(layer, extra=(table,)), *(layer,) * (count - 1)),
        embedding=Embedding(vocab=vocab, width=hidden),
        head=Head(vocab=vocab, width=hidden, tied=outer.flag("tie_word_embeddings")),
        final=norm("final_layer_norm", hidden),
    )


def _before_aliases(config: Config, layers: Size) -> Size:
    """Return ``num_layers`` as the class knows it when it copies it: num_hidden_layers is read only after that."""
    if config.written("num_layers") in (None, "num_layers"):
        return layers
    own = config.text.get("num_layers")
    told = config.default("num_layers") if own is None else own.plain()
    if not isinstance(told, int) or not 0 < told <= MOST_LAYERS:
        return layers
    return Size(told, "num_layers", "default" if own is None else "written")


def _attention(config: Config, cached: bool, cross: bool = False) -> Attention:
    heads = config.need("num_heads")
    return Attention(
        hidden=config.need("d_model"),
        heads=heads,
        kv_heads=heads,
        head_dim=config.need("d_kv"),
        cached=cached,
        cross=cross,
    )


def _stacks(config: Config, everywhere: bool, routed: Experts | None = None) -> Architecture:
    hidden, vocab = config.need("d_model"), config.need("vocab_size")
    gated = (config.word("feed_forward_proj") or "").startswith("gated-")
    plain = Dense(hidden=hidden, width=config.need("d_ff"), gated=gated)
    table = Weight(
        "relative_attention_bias.weight",
        (config.need("relative_attention_num_buckets"), config.need("num_heads")),
        "embedding",
    )
    encoders = config.layers("num_layers")
    decoders = (
        config.layers("num_decoder_layers")
        if config.size("num_decoder_layers") is not None
        else _before_aliases(config, encoders)
    )

    def stack(count: Size, mixers: tuple[Part, ...], sparse: list[bool]) -> tuple[Layer, ...]:
        norms = norms_over(hidden, len(mixers) + 1, bias=False)
        made: dict[tuple[bool, bool], Layer] = {}
        layers = []
        for index in range(count):
            key = (everywhere or index == 0, sparse[index])
            if key not in made:
                made[key] = Layer(
                    mixers=mixers,
                    feed_forwards=(routed if key[1] and routed is not None else plain,),
                    norms=norms,
                    extra=(table,) if key[0] else (),
                )
            layers.append(made[key])
        return tuple(layers)

    told = _before_aliases(config, encoders)
    sparse = _sparse(config, "encoder", encoders, routed is not None, told)
    encoder = stack(encoders, (_attention(config, False),), sparse)
    if config.named_class.endswith(_ENCODER_ALONE):  # the text encoder of many diffusion models
        return Architecture(
            model_type=config.model_type,
            layers=encoder,
            embedding=Embedding(vocab=vocab, width=hidden),
            final=norm("encoder.final_layer_norm", hidden),
            absent=NO_CACHE,
        )
    decoder = stack(
        decoders,
        (_attention(config, True), _attention(config, True, cross=True)),
        _sparse(config, "decoder", decoders, routed is not None, decoders),
    )
    return Architecture(
        model_type=config.model_type,
        layers=encoder + decoder,
        embedding=Embedding(vocab=vocab, width=hidden),
        head=Head(vocab=vocab, width=hidden, tied=True),
        final=norm("encoder.final_layer_norm", hidden) + norm("decoder.final_layer_norm", hidden),
        absent={"flops": ENCODER_FLOPS},
        unverified={} if config.tied else {"parameters": FORCED},
    )


def _sparse(config: Config, stack: str, layers: int, any_sparse: bool, told: int) -> list[bool]:
    """Return whether each layer has experts: ``told`` layers / sparse layers apart, the second one first."""
    number = config.count(f"num_sparse_{stack}_layers")
    if not any_sparse or number is None:
        return [False] * layers
    step = told // number if number else told  # none at all is meant by zero, and the class has one
    if step < 1:
        raise Unreadable(f"num_sparse_{stack}_layers is more than the layers there are")
    return [step == 1 or index % step == 1 for index in range(layers)]
