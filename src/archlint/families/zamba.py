"""Zamba: Mamba layers, some with a transformer block before them whose weights they share."""

from __future__ import annotations

from archlint.architecture import (
    Architecture,
    Attention,
    Dense,
    Layer,
    Mamba2,
    Part,
    Reused,
    Weight,
    linear,
    norm,
)
from archlint.families.decoder import assemble, width
from archlint.families.layers import LINEAR, interval, written_kinds
from archlint.families.mamba import beside_attention, expanded
from archlint.specs.config import Config
from archlint.specs.size import Size, Unknown, Unreadable, derived
from archlint.values import replace

HYBRID = "hybrid"


def zamba(config: Config) -> Architecture:
    """Zamba: one shared block; the third layer has it, then by period and offset."""
    count, hidden = config.layers(), width(config)
    every, first = interval(config, "attn_layer_period", 6), config.count("attn_layer_offset")
    if first is None or isinstance(first, Unknown):
        raise Unreadable("attn_layer_offset is not given")
    pattern = tuple(
        HYBRID if index == 2 or (index > 2 and (index - 3) % every == first) else LINEAR
        for index in range(count)
    )
    layer_kinds = written_kinds(config, count, "layers_block_type") or pattern
    given = config.size("attention_hidden_size")
    around = derived(2 * hidden, "2 × hidden_size") if given is None else given
    heads, head_dim = config.need("num_attention_heads"), config.size("attention_head_dim")
    if head_dim is None:
        head_dim = derived(2 * hidden // heads, "2 × hidden_size / num_attention_heads")
    attention = Attention(
        hidden=around,
        heads=heads,
        kv_heads=config.need("num_key_value_heads"),
        head_dim=head_dim,
        output=hidden,
    )
    mamba = beside_attention(config)
    feed_forward = Dense(hidden=hidden, width=config.need("intermediate_size"))
    layers = _layers(layer_kinds, hidden, mamba, attention, feed_forward, blocks=1)
    return _untied(config, assemble(config, layers))


def zamba2(config: Config) -> Architecture:
    """Zamba2: ``num_mem_blocks`` shared blocks in turn, with adapters of their own in every hybrid layer."""
    count, hidden = config.layers(), width(config)
    layer_kinds = written_kinds(config, count, "layers_block_type")
    if layer_kinds is None:
        every = LINEAR, LINEAR, LINEAR, LINEAR, LINEAR, HYBRID
        end = LINEAR, LINEAR, LINEAR, LINEAR, HYBRID, LINEAR, LINEAR, LINEAR, HYBRID, LINEAR, LINEAR
        layer_kinds = (LINEAR, *every * 7, *end)
        if count != len(layer_kinds):
            raise Unreadable("layers_block_type is not given, and the class's own list has 54 layers")
    heads = config.need("num_attention_heads")
    around = derived(2 * hidden, "2 × hidden_size")
    kv_heads = config.size("num_key_value_heads")
    attention = Attention(
        hidden=around,
        heads=heads,
        kv_heads=heads if kv_heads is None else kv_heads,
        head_dim=derived(around // heads, "2 × hidden_size / num_attention_heads"),
        output=hidden,
    )
    bias, inner = config.flag("add_bias_linear"), expanded(config, "mamba_expand")
    mamba_heads = config.need("n_mamba_heads")
    mamba = Mamba2(
        hidden=hidden,
        heads=mamba_heads,
        head_dim=derived(inner // mamba_heads, "mamba_expand × hidden_size / n_mamba_heads"),
        inner=inner,
        state=config.need("mamba_d_state"),
        groups=config.need("mamba_ngroups"),
        kernel=config.need("mamba_d_conv"),
        bias=bias,
    )
    given = config.count("intermediate_size")
    wide = derived(4 * hidden, "4 × hidden_size") if given is None or given == 0 else given
    feed_forward = Dense(hidden=hidden, width=wide, up_bias=bias, down_bias=bias)
    blocks = interval(config, "num_mem_blocks", 1)
    adapters = _adapters(config, hidden, around, wide)
    layers = _layers(layer_kinds, hidden, mamba, attention, feed_forward, blocks, adapters)
    shape = _untied(config, assemble(config, layers))
    listed = config.sizes("hybrid_layer_ids")
    if listed is None or [*map(int, listed)] == [
        index for index, kind in enumerate(layer_kinds) if kind == HYBRID
    ]:
        return shape
    said = "hybrid_layer_ids, which says where the adapters are, lists other layers than layers_block_type"
    return replace(shape, absent=dict.fromkeys(("parameters", "weights", "flops"), said))


def _untied(config: Config, shape: Architecture) -> Architecture:
    """Return ``shape``, its parameters not verified where nothing is tied: to transformers, that is the block, too."""
    if config.tied:
        return shape
    said = (
        "transformers shares the block only where it ties the embeddings; counted once, as the model has it"
    )
    return replace(shape, unverified=dict.fromkeys(("parameters", "weights"), said))


def _adapters(config: Config, hidden: Size, around: Size, wide: Size) -> tuple[Weight, ...]:
    rank = config.need("adapter_rank")
    found = (
        *linear("feed_forward.adapter.0", hidden, rank),
        *linear("feed_forward.adapter.1", rank, derived(2 * wide, "2 × intermediate_size")),
    )
    if config.flag("use_shared_attention_adapter"):
        for name in ("q", "k", "v"):
            found += linear(f"self_attn.{name}_adapter.0", around, rank)
            found += linear(f"self_attn.{name}_adapter.1", rank, around)
    return found


def _layers(
    layer_kinds: tuple[str, ...],
    hidden: Size,
    mamba: Part,
    attention: Attention,
    feed_forward: Part,
    blocks: int,
    adapters: tuple[Weight, ...] = (),
) -> tuple[Layer, ...]:
    """Return the layers; the first ``blocks`` hybrid ones own a shared block, the others run it again."""
    plain = Layer(mixers=(mamba,), feed_forwards=(), norms=norm("input_layernorm", hidden))
    between = (*linear("linear", hidden, hidden), *adapters)
    owning = Layer(
        mixers=(attention, mamba),
        feed_forwards=(feed_forward,),
        norms=(
            *plain.norms,
            *norm("shared.input_layernorm", attention.hidden),
            *norm("shared.pre_ff_layernorm", hidden),
        ),
        extra=between,
    )
    again = Layer(
        mixers=(Reused(attention), mamba),
        feed_forwards=(Reused(feed_forward),),
        norms=plain.norms,
        extra=between,
    )
    found, hybrids = [], 0
    for kind in layer_kinds:
        if kind not in (LINEAR, HYBRID):
            raise Unreadable(f"{kind} is no layer type of this model")
        if kind == LINEAR:
            found.append(plain)
        else:
            found.append(owning if hybrids < blocks else again)
            hybrids += 1
    return tuple(found)
