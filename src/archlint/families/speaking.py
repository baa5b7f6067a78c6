"""Models that speak: CSM, Higgs Audio 2 and Dia, Llama's layers over codebooks of sound."""

from __future__ import annotations

from typing import Final

from archlint.architecture import Architecture, Attention, Embedding, Head, Layer, Tower, Weight, linear, norm
from archlint.families.decoder import assemble, dense, grouped, norms, width
from archlint.families.layers import stack
from archlint.families.seq2seq import ENCODER_FLOPS
from archlint.specs.config import Config
from archlint.specs.size import derived
from archlint.values import replace

ONE_OF_TWO: Final = "a token passes through the feed-forward for text or through that for sound"


def csm(config: Config) -> Architecture:
    """CSM: the first codebook is predicted by the backbone, the others by a decoder beside it."""
    hidden, vocab, books = width(config), config.need("vocab_size"), config.need("num_codebooks")
    sounds = Weight("embed_audio_tokens.weight", (books * vocab, hidden), "embedding")
    shape = assemble(
        config,
        _layers(config),
        embedding=Embedding(vocab=config.need("text_vocab_size"), width=hidden, extra=(sounds,)),
    )
    shape = replace(shape, head=Head(vocab=vocab, width=hidden))
    return replace(shape, towers=(_depth(config), Tower(name="codec", known=False)))


def csm_depth_decoder(config: Config) -> Architecture:
    """CSM's decoder of the codebooks after the first: a head for each of them."""
    hidden, vocab, books = width(config), config.need("vocab_size"), config.need("num_codebooks")
    theirs, rows = config.need("backbone_hidden_size"), derived(books * vocab, "num_codebooks × vocab_size")
    heads = derived((books - 1) * vocab, "(num_codebooks - 1) × vocab_size")
    return Architecture(
        model_type=config.model_type,
        layers=_layers(config),
        embedding=Embedding(
            vocab=rows, width=theirs, extra=linear("inputs_embeds_projector", theirs, hidden)
        ),
        head=Head(vocab=heads, width=hidden),
        final=norm("norm", hidden),
    )


def _layers(config: Config) -> tuple[Layer, ...]:
    count = config.layers()
    feed_forward = dense(config, bias=config.flag("mlp_bias"))
    return stack([grouped(config)] * count, [feed_forward] * count, norms(config, 2))


def _depth(config: Config) -> Tower:
    """Return the decoder of the other codebooks, the table of sounds left out where the backbone has it."""
    shape = csm_depth_decoder(config.section("depth_decoder_config"))
    assert shape.embedding is not None
    assert shape.head is not None
    table, *loose = shape.embedding.weights()
    own = () if config.flag("tie_codebooks_embeddings") else (table,)
    extra = (*own, *loose, *shape.head.weights(), *shape.final)
    return Tower(name="depth decoder", layers=shape.layers, extra=extra)


def higgs_audio_v2(config: Config) -> Architecture:
    """Higgs Audio 2: norms and a feed-forward for sound beside those for text in each layer; a head for sound."""
    hidden, count = width(config), config.layers()
    rows = config.need("num_codebooks") * config.need("codebook_size")
    feed_forward = dense(config, bias=config.flag("mlp_bias"))
    layer = Layer(
        mixers=(grouped(config),), feed_forwards=(feed_forward, feed_forward), norms=norms(config, 4)
    )
    sounds = Weight("embed_audio_tokens.weight", (rows, hidden), "embedding")
    embedding = Embedding(vocab=config.need("vocab_size"), width=hidden, extra=(sounds,))
    shape = assemble(config, (layer,) * count, embedding=embedding)
    active = ("parameters.active", "parameters.active_without_input_embedding", "flops")
    return replace(
        shape,
        head=Head(vocab=derived(rows, "num_codebooks × codebook_size"), width=hidden),
        absent=dict.fromkeys(active, ONE_OF_TWO),
    )


def dia(config: Config) -> Architecture:
    """Dia: an encoder of text; a decoder of several channels of sound, whose cross-attention has heads of its own."""
    source, target = config.section("encoder_config"), config.section("decoder_config")
    theirs, hidden = width(source), width(target)
    encoder = stack(
        [grouped(source, bias=False, cached=False)] * source.layers(),
        [dense(source)] * source.layers(),
        norms(source, 2),
    )
    heads, kv_heads = target.need("cross_num_attention_heads"), target.need("cross_num_key_value_heads")
    head_dim, read = target.need("cross_head_dim"), target.need("cross_hidden_size")
    cross = Attention(
        hidden=hidden,
        heads=heads,
        kv_heads=kv_heads,
        head_dim=head_dim,
        cross=True,
        projects=False,
        extra=tuple(
            w for name in "kv" for w in linear(f"cross_attention.{name}_proj", read, kv_heads * head_dim)
        ),
    )
    mixers = (grouped(target, bias=False), cross)
    decoder = stack([mixers] * target.layers(), [dense(target)] * target.layers(), norms(target, 3))
    rows = derived(target.need("num_channels") * target.need("vocab_size"), "num_channels × vocab_size")
    words = Weight("encoder.embedding.weight", (source.need("vocab_size"), theirs), "embedding")
    return Architecture(
        model_type=config.model_type,
        layers=encoder + decoder,
        embedding=Embedding(vocab=rows, width=hidden, extra=(words,)),
        head=Head(vocab=rows, width=hidden),
        final=norm("encoder.norm", theirs) + norm("decoder.norm", hidden),
        absent={"flops": ENCODER_FLOPS},
    )
