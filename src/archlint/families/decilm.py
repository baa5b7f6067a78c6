"""DeciLM (and Llama-Nemotron Super and Ultra): a search chose attention and feed-forward block by block."""

from __future__ import annotations

from archlint.architecture import Architecture, Attention, Dense, Layer, Part, Weight, linear, norm
from archlint.families.decoder import assemble, dense, grouped, head_width, norms, width
from archlint.families.layers import stack
from archlint.source.tree import Plain
from archlint.specs.config import Config
from archlint.specs.size import Size, Unknown, Unreadable, derived
from archlint.values import replace

_WHY = "read from the published structure; its code is not part of transformers"


def decilm(config: Config) -> Architecture:
    """Return the blocks that ``block_configs`` lists; a part that is ``no_op`` has no norm either."""
    count, hidden = config.layers(), width(config)
    blocks = config.get("block_configs")
    if not isinstance(blocks, list):
        raise Unreadable("block_configs is not given")
    if len(blocks) != count:
        raise Unreadable(f"block_configs has {len(blocks):,} entries for {count:,} layers")
    made: dict[str, Layer] = {}
    layers = []
    for block in blocks:
        attention, feed_forward = _mapping(block, "attention"), _mapping(block, "ffn")
        key = f"{sorted(attention.items())} {sorted(feed_forward.items())}"
        if key not in made:
            made[key] = _layer(config, hidden, attention, feed_forward)
        layers.append(made[key])
    shape = assemble(config, tuple(layers))
    return replace(shape, unverified=dict.fromkeys(("parameters", "weights", "flops"), _WHY))


def deci(config: Config) -> Architecture:
    """DeciLM 6B and 7B: Llama's layers, each with KV heads of its own number."""
    count = config.layers()
    numbers = config.each("num_key_value_heads_per_layer", count)
    if numbers is None:
        raise Unreadable("num_key_value_heads_per_layer is not given")
    feed_forward = dense(config)
    made = {int(number): grouped(config, kv_heads=number) for number in numbers}
    mixers = [made[int(number)] for number in numbers]
    shape = assemble(config, stack(mixers, [feed_forward] * count, norms(config, 2)))
    return replace(shape, unverified=dict.fromkeys(("parameters", "weights", "flops"), _WHY))


def _mapping(block: Plain, key: str) -> dict[str, Plain]:
    found = block.get(key) if isinstance(block, dict) else None
    if not isinstance(found, dict):
        raise Unreadable(f"an entry of block_configs has no {key}")
    return found


def _layer(
    config: Config, hidden: Size, attention: dict[str, Plain], feed_forward: dict[str, Plain]
) -> Layer:
    mixers: tuple[Part, ...] = ()
    feed_forwards: tuple[Part, ...] = ()
    norms: tuple[Weight, ...] = ()
    extra: tuple[Weight, ...] = ()
    if attention.get("no_op") is not True:
        norms += norm("input_layernorm", hidden)
        if attention.get("replace_with_linear") is True:
            extra += linear("self_attn.linear_attn", hidden, hidden)
        else:
            mixers = (_attention(config, hidden, attention),)
    if feed_forward.get("no_op") is not True:
        norms += norm("post_attention_layernorm", hidden)
        if feed_forward.get("replace_with_linear") is True:
            extra += linear("mlp.linear_mlp", hidden, hidden)
        else:
            feed_forwards = (_feed_forward(config, hidden, feed_forward),)
    return Layer(mixers=mixers, feed_forwards=feed_forwards, norms=norms, extra=extra)


def _attention(config: Config, hidden: Size, stated: dict[str, Plain]) -> Attention:
    heads, shared = config.need("num_attention_heads"), _whole(stated, "n_heads_in_group")
    window = stated.get("window_length")
    bias = config.flag("attention_bias")
    return Attention(
        hidden=hidden,
        heads=heads,
        kv_heads=derived(heads // shared, "num_attention_heads / n_heads_in_group"),
        head_dim=head_width(config, hidden, heads),
        window=None if window is None else _whole(stated, "window_length"),
        q_bias=bias,
        k_bias=bias,
        v_bias=bias,
        o_bias=bias,
    )


def _feed_forward(config: Config, hidden: Size, stated: dict[str, Plain]) -> Dense:
    """Return a gated feed-forward of 2/3 · ``ffn_mult`` · hidden_size, rounded up to 256, or as wide as stated."""
    bias, factor = config.flag("mlp_bias"), stated.get("ffn_mult")
    if stated.get("intermediate_size") is not None:
        inner = _whole(stated, "intermediate_size")
    elif isinstance(factor, (int, float)) and not isinstance(factor, bool) and 0 < factor < 1000:
        wide = derived(int(2 * factor * hidden / 3), "hidden_size × ffn_mult × 2 / 3")
        inner = derived(256 * -(-wide // 256), "hidden_size × ffn_mult × 2 / 3, rounded up to 256")
    else:
        inner = Unknown("ffn_mult of a block cannot be read", "block_configs")
    return Dense(hidden=hidden, width=inner, up_bias=bias, down_bias=bias)


def _whole(stated: dict[str, Plain], key: str) -> Size:
    value = stated.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**40:
        return Unknown(f"{key} of a block is no whole number", "block_configs")
    return Size(value, "block_configs", "written", key)
