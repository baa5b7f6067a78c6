"""Encoders of speech: wav2vec 2, HuBERT, WavLM and their kin, and those with the layers of Conformer."""

from __future__ import annotations

from archlint.architecture import Architecture, Attention, Head, Layer, Tower, Weight, linear, norm
from archlint.families.decoder import norms_over, plain
from archlint.families.encoders import attention
from archlint.families.heads import labels_of
from archlint.specs.config import Config
from archlint.specs.size import Size, Unreadable
from archlint.values import replace

NO_TEXT = {"kv_cache": "an encoder keeps no cache", "flops": "an encoder of speech has no tokens of text"}
GATES = 8
"""Numbers that WavLM makes of a head's query to gate its relative positions."""


def wav2vec2(config: Config) -> Architecture:
    """Wav2vec 2 and UniSpeech: convolutions over the waveform, positions from a convolution, BERT's layers."""
    return _encoder(config, _layers(config, attention(config)))


def hubert(config: Config) -> Architecture:
    """HuBERT: as wav2vec 2; the norm before the projection has a flag, positions may have a batch norm."""
    return _encoder(config, _layers(config, attention(config)), normed=config.flag("feat_proj_layer_norm"))


def wavlm(config: Config) -> Architecture:
    """WavLM: relative positions in the first layer's table, gated in each layer by the query."""
    base = attention(config)
    more = (
        Weight("gru_rel_pos_const", (1, base.heads, 1, 1), "vector"),
        *linear("gru_rel_pos_linear", base.head_dim, GATES, bias=True),
    )
    layers = _layers(config, replace(base, extra=more))
    table = Weight("rel_attn_embed.weight", (config.need("num_buckets"), base.heads), "embedding")
    first = replace(layers[0], extra=(*layers[0].extra, table))
    return _encoder(config, (first, *layers[1:]))


def data2vec_audio(config: Config) -> Architecture:
    """Data2vec: a norm behind each convolution over the waveform; several convolutions tell positions."""
    loose, features = _features(config, "layer")
    loose += norm("feature_projection.layer_norm", features, bias=True)
    loose += linear("feature_projection.projection", features, config.need("hidden_size"), bias=True)
    return _encoder(config, _layers(config, attention(config)), before=loose, positions=_stacked(config))


def unispeech_sat(config: Config) -> Architecture:
    """UniSpeech-SAT: as wav2vec 2, with the vector of what is masked in any case."""
    return _encoder(config, _layers(config, attention(config)), masked=True)


def sew(config: Config) -> Architecture:
    """SEW: layers on a shorter sequence, which a projection lengthens again."""
    hidden, (loose, features) = config.need("hidden_size"), _features(config)
    loose += norm("layer_norm", features, bias=True)
    if features != hidden:
        loose += linear("feature_projection", features, hidden, bias=True)
    longer = hidden * config.need("squeeze_factor")
    positions = (
        *_positions(config, hidden),
        *linear("encoder.upsample.projection", hidden, longer, bias=True),
    )
    return _encoder(config, _layers(config, attention(config)), before=loose, positions=positions)


def wav2vec2_conformer(config: Config) -> Architecture:
    """Wav2vec 2 with the layers of Conformer: positions relative, rotary or none at all."""
    return _encoder(config, _conformer(config, norm("batch_norm", config.need("hidden_size"), bias=True)))


def wav2vec2_bert(config: Config) -> Architecture:
    """W2v-BERT 2: the layers of Conformer on a spectrogram; distances in a table of each layer."""
    if config.flag("add_adapter"):
        raise Unreadable("the adapter that add_adapter asks for is not read")
    hidden, features = config.need("hidden_size"), config.need("feature_projection_input_dim")
    loose = (
        *norm("feature_projection.layer_norm", features, bias=True),
        *linear("feature_projection.projection", features, hidden, bias=True),
    )
    layers = _conformer(config, norm("depthwise_layer_norm", hidden, bias=True))
    return _encoder(config, layers, before=loose, positions=(), closed=False)


def _conformer(config: Config, middle: tuple[Weight, ...]) -> tuple[Layer, ...]:
    """Return layers of attention and a convolution, half a feed-forward before and half a one behind them."""
    hidden, kernel = config.need("hidden_size"), config.need("conv_depthwise_kernel_size")
    mixer, kind = attention(config), config.word("position_embeddings_type")
    more: tuple[Weight, ...] = ()
    if kind == "relative":
        more = linear("linear_pos", hidden, hidden)
        more += tuple(Weight(f"pos_bias_{name}", (mixer.heads, mixer.head_dim), "vector") for name in "uv")
    elif kind == "relative_key":
        left, right = (config.count(f"{side}_max_position_embeddings") for side in ("left", "right"))
        if left is None or right is None:
            raise Unreadable("left_max_position_embeddings and right_max_position_embeddings are not given")
        more = (Weight("distance_embedding.weight", (left + right + 1, mixer.head_dim), "embedding"),)
    convolution = (
        *norm("conv_module.layer_norm", hidden, bias=True),
        Weight("conv_module.pointwise_conv1.weight", (2 * hidden, hidden, 1), "conv"),
        Weight("conv_module.depthwise_conv.weight", (hidden, 1, kernel), "conv"),
        Weight("conv_module.pointwise_conv2.weight", (hidden, hidden, 1), "conv"),
        *middle,
    )
    feed_forward = plain(hidden, config.need("intermediate_size"))
    layer = Layer(
        mixers=(replace(mixer, cached=False, extra=more),),
        feed_forwards=(feed_forward, feed_forward),
        norms=norms_over(hidden, 4),
        extra=convolution,
    )
    return (layer,) * config.layers()


def _stacked(config: Config) -> tuple[Weight, ...]:
    """Return the convolutions that tell positions one after the other."""
    hidden, count = config.need("hidden_size"), config.layers("num_conv_pos_embeddings")
    groups, kernel = config.need("num_conv_pos_embedding_groups"), config.need("conv_pos_kernel_size")
    return (
        Weight("encoder.pos_conv_embed.conv.weight", (hidden, hidden // groups, kernel), "conv", count),
        Weight("encoder.pos_conv_embed.conv.bias", (hidden,), "bias", count),
    )


def _layers(config: Config, mixer: Attention) -> tuple[Layer, ...]:
    hidden = config.need("hidden_size")
    extra: tuple[Weight, ...] = ()
    adapter = config.size("adapter_attn_dim") if config.flag("do_stable_layer_norm") else None
    if adapter is not None and config.model_type != "wavlm":
        extra = (
            *norm("adapter_layer.norm", hidden, bias=True),
            *linear("adapter_layer.linear_1", hidden, adapter, bias=True),
            *linear("adapter_layer.linear_2", adapter, hidden, bias=True),
        )
    layer = Layer(
        mixers=(replace(mixer, cached=False),),
        feed_forwards=(plain(hidden, config.need("intermediate_size")),),
        norms=norms_over(hidden, 2),
        extra=extra,
    )
    return (layer,) * config.layers()


def _encoder(
    config: Config,
    layers: tuple[Layer, ...],
    *,
    normed: bool = True,
    before: tuple[Weight, ...] | None = None,
    positions: tuple[Weight, ...] | None = None,
    closed: bool = True,
    masked: bool = False,
) -> Architecture:
    """Return the encoder: what is ``before`` the layers and tells ``positions``, a norm behind where ``closed``."""
    hidden = config.need("hidden_size")
    if before is None:
        loose, features = _features(config)
        if normed:
            loose += norm("feature_projection.layer_norm", features, bias=True)
        loose += linear("feature_projection.projection", features, hidden, bias=True)
    else:
        loose = before
    if masked or any((config.number(f"mask_{name}_prob") or 0) > 0 for name in ("time", "feature")):
        loose += (Weight("masked_spec_embed", (hidden,), "vector"),)
    loose += _positions(config, hidden) if positions is None else positions
    if closed:
        loose += norm("encoder.layer_norm", hidden, bias=True)
    written, width = config.size("output_hidden_size"), hidden
    if config.flag("add_adapter"):
        width = hidden if written is None else written
        loose += _adapter(config, hidden, width)
    name, head = config.named_class, None
    if name.endswith("ForCTC"):
        head = Head(vocab=config.need("vocab_size"), width=width, bias=True)
    bare = not name or name.endswith("Model") or head is not None
    beside = () if bare or config.flag("add_adapter") else _classifier(config)
    return Architecture(
        model_type=config.model_type,
        layers=layers,
        head=head,
        final=loose,
        towers=() if bare else (Tower(name="head", extra=beside, known=bool(beside)),),
        absent=NO_TEXT,
    )


def _classifier(config: Config) -> tuple[Weight, ...]:
    """Return what labels the whole or each frame of it in the class named; nothing where that has another head."""
    name, labels = config.named_class, labels_of(config)
    if labels is None or not name.endswith(("ForSequenceClassification", "ForAudioFrameClassification")):
        return ()
    if config.flag("use_weighted_layer_sum"):
        summed: tuple[Weight, ...] = (Weight("layer_weights", (config.layers() + 1,), "vector"),)
    else:
        summed = ()
    if name.endswith("ForAudioFrameClassification"):
        return (*summed, *linear("classifier", config.need("hidden_size"), labels, bias=True))
    middle = config.need("classifier_proj_size")
    return (
        *summed,
        *linear("projector", config.need("hidden_size"), middle, bias=True),
        *linear("classifier", middle, labels, bias=True),
    )


def _features(config: Config, kind: str | None = None) -> tuple[tuple[Weight, ...], Size]:
    """Return the convolutions over the waveform, and how many numbers they make of a stretch of it."""
    widths, kernels = config.sizes("conv_dim", least=1), config.sizes("conv_kernel", least=1)
    if not widths or kernels is None or len(kernels) != len(widths):
        raise Unreadable("conv_dim and conv_kernel are no lists of one length")
    kind, bias = kind or config.word("feat_extract_norm"), config.flag("conv_bias")
    if kind not in ("group", "layer"):
        raise Unreadable("feat_extract_norm is neither group nor layer")
    found: tuple[Weight, ...] = ()
    before: int = 1
    for index, (width, kernel) in enumerate(zip(widths, kernels, strict=True)):
        name = f"feature_extractor.conv_layers.{index}"
        found += (Weight(f"{name}.conv.weight", (width, before, kernel), "conv"),)
        if bias:
            found += (Weight(f"{name}.conv.bias", (width,), "bias"),)
        if kind == "layer" or index == 0:
            found += norm(f"{name}.layer_norm", width, bias=True)
        before = width
    return found, widths[-1]


def _positions(config: Config, hidden: Size) -> tuple[Weight, ...]:
    """Return the convolution that tells positions, its length and direction kept apart."""
    kernel, groups = config.need("num_conv_pos_embeddings"), config.need("num_conv_pos_embedding_groups")
    name = "encoder.pos_conv_embed"
    found: tuple[Weight, ...] = (
        Weight(f"{name}.conv.weight", (hidden, hidden // groups, kernel), "conv"),
        Weight(f"{name}.conv.bias", (hidden,), "bias"),
    )
    if config.flag("conv_pos_batch_norm"):
        return (*found, *norm(f"{name}.batch_norm", hidden, bias=True))
    return (*found, Weight(f"{name}.conv.length", (1, 1, kernel), "vector"))


def _adapter(config: Config, hidden: Size, width: Size) -> tuple[Weight, ...]:
    """Return the convolutions that shorten the output, behind a projection where the width changes."""
    found: tuple[Weight, ...] = ()
    if width != hidden:
        found += (*linear("adapter.proj", hidden, width, bias=True), *norm("adapter.norm", width, bias=True))
    count, kernel = config.layers("num_adapter_layers"), config.need("adapter_kernel_size", default=3)
    conv = Weight("adapter.layers.conv.weight", (2 * width, width, kernel), "conv", count)
    return (*found, conv, Weight("adapter.layers.conv.bias", (2 * width,), "bias", count))
