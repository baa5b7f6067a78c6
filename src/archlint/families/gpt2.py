"""GPT-2: learned positions, LayerNorms and biases everywhere, a feed-forward of two matrices."""

from __future__ import annotations

from archlint.architecture import Architecture, Attention, Dense, Layer, norm
from archlint.families.decoder import assemble, multi_head, norms, plain, width
from archlint.families.layers import stack
from archlint.specs.config import Config
from archlint.specs.size import derived
from archlint.values import replace


def gpt2(config: Config) -> Architecture:
    """GPT-2; ``n_inner`` is 4 · n_embd where it is not given."""
    hidden = width(config)
    inner = config.size("n_inner")
    if inner is None:
        inner = derived(4 * hidden, "4 × n_embd")
    mixer = multi_head(hidden, config.need("num_attention_heads"))
    feed_forward = plain(hidden, inner)
    return assemble(
        config,
        with_cross(config, mixer, feed_forward),
        final=norm("ln_f", hidden, bias=True),
        positions=config.need("max_position_embeddings"),
    )


def with_cross(config: Config, mixer: Attention, feed_forward: Dense) -> tuple[Layer, ...]:
    """Return the layers, each with attention to an encoder and a norm before it if ``add_cross_attention``."""
    count = config.layers()
    if not config.flag("add_cross_attention"):
        return stack([mixer] * count, [feed_forward] * count, norms(config, 2, bias=True))
    mixers = (mixer, replace(mixer, cross=True))
    return stack([mixers] * count, [feed_forward] * count, norms(config, 3, bias=True))
