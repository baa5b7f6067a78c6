"""Decoders that write down what an encoder of speech heard: Cohere Transcribe, Canary. The encoder is a tower."""

from __future__ import annotations

from archlint.architecture import Architecture, Embedding, Head, Tower, Weight, linear, norm
from archlint.families.decoder import dense, grouped, norms, width
from archlint.families.layers import stack
from archlint.families.seq2seq import ENCODER_FLOPS
from archlint.specs.config import Config
from archlint.values import replace


def cohere_asr(config: Config) -> Architecture:
    """Cohere Transcribe: learned positions, a map from the encoder's width."""
    hidden, theirs = width(config), config.section("encoder_config").need("hidden_size")
    return _decoder(config, config, linear("decoder.proj", theirs, hidden, bias=True), learned=True)


def canary(config: Config) -> Architecture:
    """Canary: sinusoidal positions; the encoder is as wide as the decoder."""
    return _decoder(config, config.section("decoder_config"))


def _decoder(
    config: Config, own: Config, extra: tuple[Weight, ...] = (), learned: bool = False
) -> Architecture:
    """Return the Transformer's decoder with a norm on the embedding, as ``own`` describes it."""
    hidden, vocab = width(own), own.need("vocab_size")
    mixer = grouped(own)
    layers = stack(
        [(mixer, replace(mixer, cross=True))] * own.layers(),
        [dense(own, gated=False, bias=True)] * own.layers(),
        norms(own, 3, bias=True),
    )
    return Architecture(
        model_type=config.model_type,
        layers=layers,
        embedding=Embedding(
            vocab=vocab,
            width=hidden,
            positions=own.need("max_position_embeddings") if learned else None,
            extra=(*norm("embedding_layernorm", hidden, bias=True), *extra),
        ),
        head=Head(vocab=vocab, width=hidden, tied=config.tied, bias=True),
        final=norm("norm", hidden, bias=True),
        towers=(Tower(name="speech", known=False),),
        absent={"flops": ENCODER_FLOPS},
    )
