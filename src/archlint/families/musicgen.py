"""MusicGen: a decoder of sound in several codebooks, told what to play by T5."""

from __future__ import annotations

from archlint.architecture import Architecture, Attention, Embedding, Head, Part, norm
from archlint.families.classic import equal_heads
from archlint.families.decoder import norms, plain, width
from archlint.families.layers import stack
from archlint.specs.config import Config
from archlint.specs.size import Size, derived
from archlint.values import replace


def musicgen(config: Config) -> Architecture:
    """MusicGen: cross-attention to the text in every layer."""
    mixer = equal_heads(config, bias=False)
    return _decoder(config, (mixer, replace(mixer, cross=True)))


def musicgen_melody(config: Config) -> Architecture:
    """MusicGen with a melody: text and melody stand before the sound, there is no cross-attention."""
    return _decoder(config, (equal_heads(config, bias=False),))


def _decoder(config: Config, mixers: tuple[Attention, ...]) -> Architecture:
    """Return layers without biases but in their norms; a table (with a row for padding) and a head a codebook."""
    hidden, count, vocab, books = (
        width(config),
        config.layers(),
        config.need("vocab_size"),
        config.need("num_codebooks"),
    )
    feed_forward = plain(hidden, config.need("ffn_dim"), bias=False)
    parts: tuple[Part, ...] = mixers
    return Architecture(
        model_type=config.model_type,
        layers=stack([parts] * count, [feed_forward] * count, norms(config, len(mixers) + 1, bias=True)),
        embedding=Embedding(vocab=_times(vocab + 1, books, "(vocab_size + 1) × num_codebooks"), width=hidden),
        head=Head(vocab=_times(vocab, books, "vocab_size × num_codebooks"), width=hidden),
        final=norm("layer_norm", hidden, bias=True),
    )


def _times(rows: int, books: int, text: str) -> Size:
    return derived(rows * books, text)
