"""Encoder-decoders of BART's kind, and their decoders alone.

A config whose ``architectures`` names a causal language model, or nothing, is read as the decoder alone, as
transformers' causal class reads it; with any other class the encoder counts, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    Tower,
    Weight,
    linear,
    norm,
)
from archlint.families.decoder import multi_head, plain
from archlint.families.layers import stack
from archlint.specs.config import Config
from archlint.specs.size import Size, Unknown, Unreadable, derived, over
from archlint.values import dataclass, replace

ENCODER_FLOPS = "an encoder runs once for an input, not for each token"


@dataclass(frozen=True, slots=True)
class Style:
    """How a lineage differs: rows kept before the first position, norms, biases, what its tables share.

    ``positions`` is the key of the decoder's learned (or stored) positions, ``source`` that of the encoder's.
    ``shared``: encoder and decoder read the same words. ``alone``: no encoder, whatever class is named.
    ``feed_forwards`` gives those of the layers of a stack (``encoder`` or ``decoder``) from its name and their count.
    """

    offset: int = 0
    embedding_norm: bool = True
    encoder_norm: bool = False
    decoder_norm: bool = False
    positions: str = "max_position_embeddings"
    source: str = "max_position_embeddings"
    source_norms: int = 2
    shared: bool = True
    attention_bias: bool = True
    key_bias: bool = True
    tied: bool | None = None
    alone: bool = False
    feed_forwards: Callable[[str, int], Sequence[Part]] | None = None


BART = Style(offset=2)
MBART = Style(offset=2, encoder_norm=True, decoder_norm=True)
PEGASUS = Style(embedding_norm=False, encoder_norm=True, decoder_norm=True)
M2M = replace(PEGASUS, positions="", source="")
WHISPER = replace(
    PEGASUS,
    positions="max_target_positions",
    source="max_source_positions",
    key_bias=False,
    shared=False,
)


def bart(config: Config) -> Architecture:
    """BART, PLBart and MVP: norms after the parts and on the embedding."""
    return read(config, BART)


def mbart(config: Config) -> Architecture:
    """MBart: norms before the parts, on the embedding and at the end."""
    return read(config, MBART)


def pegasus(config: Config) -> Architecture:
    """Pegasus and Blenderbot: stored positions, a norm at the end."""
    return read(config, PEGASUS)


def marian(config: Config) -> Architecture:
    """Marian: stored positions, no norm on the embedding nor at the end."""
    return read(config, Style(embedding_norm=False))


def blenderbot_small(config: Config) -> Architecture:
    """Blenderbot, small: as BART, without rows in advance."""
    return read(config, Style())


def bigbird_pegasus(config: Config) -> Architecture:
    """BigBird-Pegasus: as BART with ``use_bias``; its causal class does not tie the head."""
    tied = None if _with_encoder(config) else False
    return read(config, Style(attention_bias=config.flag("use_bias"), tied=tied))


def trocr(config: Config) -> Architecture:
    """TrOCR's decoder: learned or sinusoidal positions, an optional norm on the embedding."""
    style = Style(offset=2, embedding_norm=config.flag("layernorm_embedding"))
    if not config.flag("use_learned_position_embeddings"):
        style = replace(style, positions="")
    shape, theirs = read(config, style), config.size("cross_attention_hidden_size")
    if theirs is None:
        return shape
    own, cross = shape.layers[0].mixers
    assert isinstance(cross, Attention)
    inner = cross.heads * cross.head_dim
    extra = tuple(w for name in "kv" for w in linear(f"encoder_attn.{name}_proj", theirs, inner, bias=True))
    layer = replace(shape.layers[0], mixers=(own, replace(cross, projects=False, extra=extra)))
    return replace(shape, layers=(layer,) * len(shape.layers))


def whisper(config: Config) -> Architecture:
    """Whisper: no bias on keys; the encoder reads sound through two convolutions."""
    return read(config, WHISPER)


def speech_to_text(config: Config) -> Architecture:
    """Speech2Text: sinusoidal positions; convolutions with gates shorten the sound."""
    shape = read(config, replace(M2M, shared=False))
    hidden, inner = config.need("d_model"), config.need("conv_channels")
    kernels = config.sizes("conv_kernel_sizes", least=1)
    if not kernels or len(kernels) != config.need("num_conv_layers"):
        raise Unreadable("conv_kernel_sizes is no list of num_conv_layers sizes")
    before = config.need("input_feat_per_channel") * config.need("input_channels")
    extra: tuple[Weight, ...] = ()
    for index, kernel in enumerate(kernels):
        after = 2 * hidden if index == len(kernels) - 1 else inner
        extra += (
            Weight(f"encoder.conv.conv_layers.{index}.weight", (after, before, kernel), "conv"),
            Weight(f"encoder.conv.conv_layers.{index}.bias", (after,), "bias"),
        )
        before = inner // 2
    assert shape.embedding is not None
    return replace(shape, embedding=replace(shape.embedding, extra=(*shape.embedding.extra, *extra)))


def moonshine(config: Config) -> Architecture:
    """Moonshine: convolutions over the waveform; norms without biases, gated feed-forwards in the decoder."""
    hidden, vocab = config.need("hidden_size"), config.need("vocab_size")
    inner, bias = config.need("intermediate_size"), config.flag("attention_bias")
    heads = config.need("encoder_num_attention_heads")
    kv_heads = config.size("encoder_num_key_value_heads") or heads
    theirs = config.need("decoder_num_attention_heads")
    if heads != theirs or kv_heads != (config.size("decoder_num_key_value_heads") or theirs):
        raise Unreadable("the decoder has other heads than the encoder, whose the class takes for both")
    mixer = Attention(
        hidden=hidden,
        heads=heads,
        kv_heads=kv_heads,
        head_dim=over(hidden, heads),
        q_bias=bias,
        k_bias=bias,
        v_bias=bias,
    )
    around = tuple(norm(f"norm{n}", hidden)[0] for n in range(3))
    count, after = (config.layers(f"{side}_num_hidden_layers") for side in ("encoder", "decoder"))
    encoder = Layer(
        mixers=(replace(mixer, cached=False),), feed_forwards=(plain(hidden, inner),), norms=around[:2]
    )
    gated = Dense(hidden=hidden, width=inner, up_bias=True, down_bias=True)
    decoder = Layer(mixers=(mixer, replace(mixer, cross=True)), feed_forwards=(gated,), norms=around)
    extra: tuple[Weight, ...] = (Weight("encoder.conv1.weight", (hidden, 1, 127), "conv"),)
    for name, inputs, outputs, kernel in (("conv2", hidden, 2 * hidden, 7), ("conv3", 2 * hidden, hidden, 3)):
        extra += (
            Weight(f"encoder.{name}.weight", (outputs, inputs, kernel), "conv"),
            Weight(f"encoder.{name}.bias", (outputs,), "bias"),
        )
    return Architecture(
        model_type=config.model_type,
        layers=(encoder,) * count + (decoder,) * after,
        embedding=Embedding(
            vocab=vocab, width=hidden, extra=(*extra, *norm("encoder.groupnorm", hidden, bias=True))
        ),
        head=Head(vocab=vocab, width=hidden, tied=config.tied),
        final=norm("encoder.layer_norm", hidden) + norm("decoder.norm", hidden),
        absent={"flops": ENCODER_FLOPS},
    )


def m2m_100(config: Config) -> Architecture:
    """M2M-100 and NLLB: sinusoidal positions, a norm at the end of each stack."""
    return read(config, M2M)


def seamless_m4t(config: Config) -> Architecture:
    """SeamlessM4T: words as in M2M-100; the encoder of speech, the model of its units and the vocoder are towers."""
    name = config.named_class
    heard = "ForSpeech" in name
    if heard and not config.tied:
        raise Unreadable(f"what {name} ties is not read")
    beside = [] if "ForText" in name else ["speech"]
    if not name.endswith("ToText"):
        beside += ["units", "speech decoder"]
    towers = tuple(Tower(name=tower, known=False) for tower in beside)
    return replace(read(config, replace(M2M, alone=heard)), towers=towers)


def nllb_moe(config: Config) -> Architecture:
    """NLLB-MoE: as M2M-100, two of ``num_experts`` in each ``encoder_sparse_step``-th layer (and the decoder's)."""
    hidden = config.need("d_model")

    def feed_forwards(stack: str, count: int) -> list[Part]:
        inner, step = config.need(f"{stack}_ffn_dim"), config.count(f"{stack}_sparse_step", default=4)
        if step is None or isinstance(step, Unknown):
            raise Unreadable(f"{stack}_sparse_step is no whole number")
        routed = Experts(
            hidden=hidden,
            width=inner,
            experts=config.need("num_experts"),
            active=NLLB_ACTIVE,
            gated=False,
            bias=True,
            router_bias=config.flag("router_bias"),
        )
        dense = plain(hidden, inner)
        return [routed if step and (index + 1) % step == 0 else dense for index in range(count)]

    return read(config, replace(M2M, feed_forwards=feed_forwards))


def led(config: Config) -> Architecture:
    """LED: BART whose encoder has query, key and value once more, for global tokens."""
    shape = read(
        config, Style(positions="max_decoder_position_embeddings", source="max_encoder_position_embeddings")
    )
    hidden, count = config.need("d_model"), config.layers("encoder_layers")
    more = tuple(
        w for name in ("query", "key", "value") for w in linear(f"{name}_global", hidden, hidden, True)
    )
    layer = replace(shape.layers[0], extra=more)
    return replace(shape, layers=(*[layer] * count, *shape.layers[count:]))


def fsmt(config: Config) -> Architecture:
    """FSMT: a vocabulary for each side; the tables of both and the head are one only where all is tied."""
    style = Style(embedding_norm=False, positions="", source="", shared=False)
    shape, hidden = read(config, style), config.need("d_model")
    rows = config.need("max_position_embeddings") + (config.count("pad_token_id", default=1) or 0) + 1
    extra = tuple(
        Weight(f"{name}.embed_positions.weight", (rows, hidden), "embedding")
        for name in ("encoder", "decoder")
    )
    if shape.embedding is None:
        return shape
    if not config.tied:
        source = config.need("src_vocab_size")
        extra += (Weight("encoder.embed_tokens.weight", (source, hidden), "embedding"),)
    return replace(shape, embedding=replace(shape.embedding, extra=(*shape.embedding.extra, *extra)))


def pegasus_x(config: Config) -> Architecture:
    """PEGASUS-X: no biases in attention; the encoder's layers have a norm more, for global tokens."""
    style = replace(PEGASUS, positions="", source="num_global_tokens", source_norms=3, attention_bias=False)
    return read(config, style)


NLLB_ACTIVE: Final = 2
"""Experts per token, which no key tells."""


WHOLE: Final = (
    "fsmt",
    "led",
    "m2m_100",
    "nllb-moe",
    "pegasus_x",
    "seamless_m4t",
    "seamless_m4t_v2",
    "speech_to_text",
)
"""Those that have no causal class."""


def _with_encoder(config: Config) -> bool:
    names = config.words("architectures")
    if config.wrapper is not None:  # Florence-2 has all of BART, the pairs of two models a decoder alone
        return config.wrapper_type == "florence2"
    if config.model_type in WHOLE:
        return True
    return bool(names) and not any("CausalLM" in name or name.endswith("Decoder") for name in names or ())


def read(config: Config, style: Style) -> Architecture:
    """Return the decoder, after the encoder where the config's class has one."""
    hidden = _width(config)
    vocab = config.need("decoder_vocab_size", "vocab_size")
    layers = _decoder(config, style, hidden)
    extra: tuple[Weight, ...] = ()
    if style.embedding_norm:
        extra += norm("decoder.layernorm_embedding", hidden, bias=True)
    final = norm("decoder.layer_norm", hidden, bias=True) if style.decoder_norm else ()
    absent = {}
    tied = config.tied if style.tied is None else style.tied
    if _with_encoder(config) and not style.alone:
        layers = _encoder(config, style, hidden) + layers
        extra += _encoder_input(config, style, hidden)
        if not tied and style.shared and config.wrapper is None:
            extra += own_tables(vocab, hidden)
        if style.encoder_norm:
            final += norm("encoder.layer_norm", hidden, bias=True)
        absent["flops"] = ENCODER_FLOPS
    rows: Size | None = None
    if style.positions:
        given = config.need(style.positions)
        rows = derived(given + style.offset, f"{style.positions} + {style.offset}") if style.offset else given
    return Architecture(
        model_type=config.model_type,
        layers=layers,
        embedding=Embedding(vocab=vocab, width=hidden, positions=rows, extra=extra),
        head=Head(vocab=vocab, width=hidden, tied=tied),
        final=final,
        absent=absent,
    )


def _width(config: Config) -> Size:
    return config.need("d_model", "hidden_size")


def own_tables(vocab: int, hidden: int) -> tuple[Weight, ...]:
    """Return the embeddings of encoder and decoder, which are the shared one only where all is tied."""
    names = ("encoder", "decoder")
    return tuple(Weight(f"{name}.embed_tokens.weight", (vocab, hidden), "embedding") for name in names)


def _attention(
    config: Config, style: Style, hidden: Size, heads: str, cached: bool = True, cross: bool = False
) -> Attention:
    number, bias = config.need(heads), style.attention_bias
    mixer = multi_head(hidden, number, bias, cached=cached, cross=cross)
    return replace(mixer, k_bias=bias and style.key_bias)


def _decoder(config: Config, style: Style, hidden: Size) -> tuple[Layer, ...]:
    mixers: tuple[Part, ...] = (
        _attention(config, style, hidden, "decoder_attention_heads"),
        _attention(config, style, hidden, "decoder_attention_heads", cross=True),
    )
    return _stacked(config, style, "decoder", mixers, _norms("decoder", hidden, 3))


def _encoder(config: Config, style: Style, hidden: Size) -> tuple[Layer, ...]:
    mixer = _attention(config, style, hidden, "encoder_attention_heads", cached=False)
    return _stacked(config, style, "encoder", (mixer,), _norms("encoder", hidden, style.source_norms))


def _stacked(
    config: Config, style: Style, name: str, mixers: tuple[Part, ...], norms: tuple[Weight, ...]
) -> tuple[Layer, ...]:
    count = config.layers(f"{name}_layers")
    if style.feed_forwards is None:
        feeds: Sequence[Part] = [plain(_width(config), config.need(f"{name}_ffn_dim"))] * count
    else:
        feeds = style.feed_forwards(name, count)
    return stack([mixers] * count, feeds, norms)


def _encoder_input(config: Config, style: Style, hidden: Size) -> tuple[Weight, ...]:
    found: tuple[Weight, ...] = ()
    if style.source:
        rows = config.need(style.source) + style.offset
        found = (Weight("encoder.embed_positions.weight", (rows, hidden), "embedding"),)
    if style.embedding_norm:
        found += norm("encoder.layernorm_embedding", hidden, bias=True)
    if style.source == "max_source_positions":
        for name, inputs in (("conv1", config.need("num_mel_bins")), ("conv2", hidden)):
            found += (
                Weight(f"encoder.{name}.weight", (hidden, inputs, 3), "conv"),
                Weight(f"encoder.{name}.bias", (hidden,), "bias"),
            )
    return found


def _norms(name: str, hidden: int, count: int) -> tuple[Weight, ...]:
    return tuple(w for number in range(count) for w in norm(f"{name}.norm{number}", hidden, bias=True))


def prophetnet(config: Config) -> Architecture:
    """ProphetNet: streams of n-grams; a linear map to relative positions in each self-attention."""
    if config.named_class.endswith("Encoder"):
        raise Unreadable("the encoder alone is not derived")
    hidden, vocab = config.need("hidden_size"), config.need("vocab_size")
    positions = config.need("max_position_embeddings")

    def relative(mixer: Attention) -> Attention:
        buckets = config.need("num_buckets") * mixer.heads
        return replace(mixer, extra=linear("self_attn.relative_pos_embeddings", hidden, buckets, bias=True))

    def attention(heads: str, cached: bool = True, cross: bool = False) -> Attention:
        return multi_head(hidden, config.need(heads), cached=cached, cross=cross)

    own = relative(attention("num_decoder_attention_heads"))
    mixers: tuple[Part, ...] = (own,)
    if config.flag("add_cross_attention"):
        mixers += (attention("num_decoder_attention_heads", cross=True),)
    layer = Layer(
        mixers=mixers,
        feed_forwards=(plain(hidden, config.need("decoder_ffn_dim")),),
        norms=_norms("decoder", hidden, len(mixers) + 1),
    )
    layers = (layer,) * config.layers("num_decoder_layers")
    extra = (
        Weight("decoder.ngram_embeddings.weight", (config.need("ngram"), hidden), "embedding"),
        *norm("decoder.embeddings_layer_norm", hidden, bias=True),
    )
    absent = {}
    if _with_encoder(config):
        mixer = attention("num_encoder_attention_heads", cached=False)
        encoder = Layer(
            mixers=(mixer,),
            feed_forwards=(plain(hidden, config.need("encoder_ffn_dim")),),
            norms=_norms("encoder", hidden, 2),
        )
        layers = (encoder,) * config.layers("num_encoder_layers") + layers
        extra += (
            Weight("encoder.position_embeddings.weight", (positions, hidden), "embedding"),
            *norm("encoder.embeddings_layer_norm", hidden, bias=True),
        )
        if not config.tied:
            extra += own_tables(vocab, hidden)
        absent["flops"] = ENCODER_FLOPS
    elif not config.tied and not config.named_class.endswith("Decoder"):
        extra += own_tables(vocab, hidden)[1:]
    return Architecture(
        model_type=config.model_type,
        layers=layers,
        embedding=Embedding(vocab=vocab, width=hidden, positions=positions, extra=extra),
        head=None
        if config.named_class.endswith("Decoder")
        else Head(vocab=vocab, width=hidden, tied=config.tied),
        absent=absent,
    )
