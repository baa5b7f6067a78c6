"""GPT-2: learned positions, LayerNorms and biases everywhere, a feed-forward of two matrices."""

from __future__ import annotations

from archlint.architecture import Architecture, Attention, Dense, Layer, norm
from archlint.families.decoder import assemble, grouped, norms, width
from archlint.families.layers import stack
from archlint.specs.config import Config
from archlint.specs.size import derived, over
from archlint.values import replace


def gpt2(config: Config) -> Architecture:
    """GPT-2; ``n_inner`` is 4 · n_embd where it is not given."""
    hidden = width(config)
    inner = config.size("n_inner")
    if inner is None:
        inner = derived(4 * hidden, "4 × n_embd")
    heads = config.need("num_attention_heads")
    head_dim = over(hidden, heads)
    mixer = grouped(config, kv_heads=heads, head_dim=head_dim, bias=True)
    feed_forward = Dense(hidden=hidden, width=inner, gated=False, up_bias=True, down_bias=True)
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
