"""GPT-2: learned positions, LayerNorms and biases everywhere, a feed-forward of two matrices."""

from __future__ import annotations

from archlint.architecture import Architecture, Dense, norm
from archlint.families.decoder import assemble, grouped, norms, width
from archlint.families.layers import stack
from archlint.specs.config import Config
from archlint.specs.size import derived, over


def gpt2(config: Config) -> Architecture:
    """GPT-2; ``n_inner`` is 4 · n_embd where it is not given."""
    count, hidden = config.layers(), width(config)
    inner = config.size("n_inner")
    if inner is None:
        inner = derived(4 * hidden, "4 × n_embd")
    heads = config.need("num_attention_heads")
    head_dim = over(hidden, heads)
    mixer = grouped(config, kv_heads=heads, head_dim=head_dim, bias=True)
    feed_forward = Dense(hidden=hidden, width=inner, gated=False, up_bias=True, down_bias=True)
    layers = stack([mixer] * count, [feed_forward] * count, norms(config, 2, bias=True))
    return assemble(
        config,
        layers,
        final=norm("ln_f", hidden, bias=True),
        positions=config.need("max_position_embeddings"),
    )
