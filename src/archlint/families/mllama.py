"""Llama 3.2 Vision: layers that attend to the image instead of the text."""

from __future__ import annotations

from typing import Final

from archlint.architecture import Architecture, Layer, Weight
from archlint.families.decoder import assemble, dense, grouped, norms, width
from archlint.families.layers import stack
from archlint.specs.config import Config
from archlint.specs.size import Unknown, Unreadable, derived, over
from archlint.values import replace

DEFAULT_CROSS: Final = (3, 8, 13, 18, 23, 28, 33, 38)
IMAGE_ROWS: Final = 8
"""Rows that the embedding has beyond the vocabulary."""


def mllama(config: Config) -> Architecture:
    """Llama 3.2 Vision: ``cross_attention_layers`` keep keys and values of the image, none of the text."""
    count = config.layers()
    hidden, heads = width(config), config.need("num_attention_heads")
    mixer, feed_forward = grouped(config, bias=False, head_dim=over(hidden, heads)), dense(config)
    cross = replace(mixer, cross=True, q_norm=mixer.head_dim, k_norm=mixer.head_dim)
    gates = tuple(Weight(f"cross_attn_{name}_gate", (1,), "vector") for name in ("attn", "mlp"))
    attended = Layer(mixers=(cross,), feed_forwards=(feed_forward,), norms=norms(config, 2), extra=gates)
    (plain,) = stack([mixer], [feed_forward], norms(config, 2))
    listed: tuple[int, ...] = DEFAULT_CROSS
    if config.has("cross_attention_layers"):
        written = config.sizes("cross_attention_layers")
        if written is None or any(isinstance(index, Unknown) for index in written):
            raise Unreadable("cross_attention_layers is no list of layer numbers")
        listed = written
    layers = tuple(attended if index in listed else plain for index in range(count))
    shape = assemble(config, layers, tied=False)
    assert shape.embedding is not None
    vocab = shape.embedding.vocab
    rows = derived(vocab + IMAGE_ROWS, f"vocab_size + {IMAGE_ROWS}")
    return replace(shape, embedding=replace(shape.embedding, vocab=rows))
