"""Attention beside Mamba or linear attention, code beside the weights: from the published structure, not verified."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from archlint.architecture import (
    Architecture,
    Attention,
    Embedding,
    LightningAttention,
    LinearRecurrence,
    Mamba1,
    Part,
    Recurrence,
    Weight,
    linear,
    norm,
)
from archlint.families.decoder import assemble, dense, grouped, norms, width
from archlint.families.layers import FULL, SLIDING, by_kind, stack, written_kinds
from archlint.families.mamba import beside_attention, expanded
from archlint.families.remote import PUBLISHED, indices, one_window, unverified
from archlint.specs.config import Config
from archlint.specs.size import Unknown, Unreadable, derived, over
from archlint.values import replace

LEAST_STEP_RANK: Final = 64
"""PLaMo 2's step passes through hidden_size / 16 numbers, and never through fewer than this."""

MOST_TIMES: Final = 1000
"""No width is a greater multiple of another."""


def plamo2(config: Config) -> Architecture:
    """PLaMo 2: of ``mamba_step`` layers one is attention, in a window unless ``full_attention_idx`` lists it."""
    count, hidden, head_dim = config.layers(), width(config), config.need("hidden_size_per_head")
    step = config.need("mamba_step")
    if isinstance(step, Unknown):
        raise Unreadable(step.reason)
    if not config.flag("mamba_enabled", default=True):
        recurrent = [False] * count
    elif count <= step // 2:
        recurrent = [index != count - 1 for index in range(count)]
    else:
        recurrent = [index % step != step // 2 for index in range(count)]
    kv_heads, heads = config.need("num_key_value_heads"), config.need("num_attention_heads")
    full = grouped(config, head_dim=head_dim, bias=False)
    full = replace(full, q_norm=heads * head_dim, k_norm=kv_heads * head_dim)
    sliding = replace(full, window=config.need("attention_window_size"))
    listed = indices(config, "full_attention_idx")
    mamba_heads = config.need("mamba_num_heads")
    mamba = Mamba1(
        hidden=hidden,
        inner=derived(mamba_heads * head_dim, "mamba_num_heads × hidden_size_per_head"),
        state=config.need("mamba_d_state"),
        kernel=config.need("mamba_d_conv"),
        step_rank=derived(max(LEAST_STEP_RANK, hidden // 16), "hidden_size / 16"),
        heads=mamba_heads,
        conv_bias=False,
        norms=True,
    )
    mixers: list[Part] = [
        mamba if has else full if index in listed else sliding for index, has in enumerate(recurrent)
    ]
    return _hybrid(assemble(config, stack(mixers, [dense(config)] * count, norms(config, 4))))


def phi4flash(config: Config) -> Architecture:
    """Phi-4-mini-flash (SambaY): Mamba and attention in turn; the second half reads what one layer of each left.

    Up to the middle attention is in a window. After it come one Mamba layer and one of full attention; behind them
    gates on the memory of that Mamba layer, and queries alone on the keys of that attention.
    """
    count, hidden = config.layers(), width(config)
    every = config.count("mb_per_layer", default=2)
    if every is None or isinstance(every, Unknown):
        raise Unreadable("mb_per_layer is not given" if every is None else every.reason)
    middle, heads = count // 2, config.need("num_attention_heads")
    lambdas = Weight("self_attn.lambdas", (4, over(hidden, heads)), "vector")
    between = Weight("self_attn.subln.weight", (2 * over(hidden, heads),), "norm")
    full = grouped(config, head_dim=over(hidden, heads), bias=True, extra=(lambdas, between))
    borrowing = replace(full, cached=False, projects=False)
    sliding = replace(full, window=one_window(config))
    inner = expanded(config, "mamba_expand")
    mamba = beside_attention(config)
    gate = Recurrence(
        hidden=hidden,
        tensors=(*linear("mixer.in_proj", hidden, inner), *linear("mixer.out_proj", inner, hidden)),
    )
    said = written_kinds(config, count)
    mixers: list[Part] = []
    for index in range(count):
        if every and index % every == 0:
            mixers.append(mamba if index < middle + 2 else gate)
        elif index >= middle + 2:
            mixers.append(borrowing)
        else:
            kind = said[index] if said is not None else SLIDING if index < middle else FULL
            mixers.append(sliding if kind == SLIDING else full)
    layers = stack(mixers, [dense(config)] * count, norms(config, 2, bias=True))
    final = norm("final_layernorm", hidden, bias=True)
    return _hybrid(assemble(config, layers, final=final, head_bias=config.flag("lm_head_bias")))


def hymba(config: Config) -> Architecture:
    """Hymba: attention and Mamba side by side on one input, their outputs normed and averaged.

    Values are ``mamba_expand`` times as wide as keys. The layers of a group in ``kv_reuse_group`` share the keys and
    values of its first; ``global_attn_idx`` lists the layers without a window. Learned tokens stand before every text.
    """
    count, hidden = config.layers(), width(config)
    heads, inner = config.need("num_attention_heads"), expanded(config, "mamba_expand")
    for key in ("num_experts", "num_mamba"):
        number = config.count(key, default=1)
        if number is None or isinstance(number, Unknown) or number != 1:
            raise Unreadable(f"{key} is another number than 1, which the published code does not build")
    if config.word("kq_norm") not in (None, "none") or config.count("memory_tokens_interspersed_every"):
        raise Unreadable("kq_norm or memory_tokens_interspersed_every is set, which no published model has")
    bias = config.flag("mamba_proj_bias")
    own = Attention(
        hidden=hidden,
        heads=heads,
        kv_heads=config.need("num_key_value_heads"),
        head_dim=over(hidden, heads),
        value_dim=over(inner, heads),
        q_bias=bias,
        k_bias=bias,
        v_bias=bias,
        o_bias=bias,
    )
    mamba = replace(
        beside_attention(config),
        output=False,
        norms=config.flag("mamba_inner_layernorms", default=True),
        extra=(*norm("mixer.pre_avg_layernorm1", inner), *norm("mixer.pre_avg_layernorm2", inner)),
    )
    window, everywhere = config.size("sliding_window"), indices(config, "global_attn_idx")
    shared = _sharing(config, count)
    made: dict[tuple[bool, bool], tuple[Part, ...]] = {}
    mixers = []
    for index in range(count):
        kind = (window is None or index in everywhere, index in shared)
        if kind not in made:
            part = own if kind[0] else replace(own, window=window)
            made[kind] = (replace(part, cached=False, projects=False) if kind[1] else part, mamba)
        mixers.append(made[kind])
    feed_forward = dense(config, gated=config.word("mlp_hidden_act") in (None, "silu"))
    tokens = config.count("num_memory_tokens", default=0)
    embedding = Embedding(vocab=config.need("vocab_size"), width=hidden)
    if tokens is not None and (isinstance(tokens, Unknown) or tokens):
        embedding = replace(embedding, extra=(Weight("memory_tokens", (tokens, hidden), "embedding"),))
    layers = stack(mixers, [feed_forward] * count, norms(config, 2))
    return _hybrid(assemble(config, layers, embedding=embedding))


def jet_nemotron(config: Config) -> Architecture:
    """Jet-Nemotron: most layers a delta rule whose values pass a convolution that the token itself makes."""
    hidden, heads = width(config), config.need("num_attention_heads")
    own = config.section("efficient_attention_config")
    jet, sliding = own.section("jet"), own.section("swa")
    full = grouped(config, head_dim=over(hidden, heads), bias=True, output_bias=False)
    parts: dict[str, Part] = {"attn": full, "swa": replace(full, window=sliding.need("window_size"))}
    number, keys, kernel = jet.need("num_heads"), jet.need("head_dim"), jet.need("conv_size")
    factor = jet.number("expand_v")
    if factor is None or not 0 < factor < MOST_TIMES:
        raise Unreadable("expand_v of efficient_attention_config is no number")
    values = derived(int(factor * keys), "expand_v × head_dim")
    narrow = number * values // jet.need("dconv_generator_reduction")
    tensors = (
        *linear("self_attn.q_proj", hidden, number * keys),
        *linear("self_attn.k_proj", hidden, number * keys),
        *linear("self_attn.v_proj", hidden, number * values),
        *linear("self_attn.g_proj", hidden, number * values),
        *linear("self_attn.a_proj", hidden, number),
        *linear("self_attn.b_proj", hidden, number),
        *linear("self_attn.dynamic_conv1d.kernel_generator.w1", hidden, narrow),
        *linear("self_attn.dynamic_conv1d.kernel_generator.w2", narrow, number * values * kernel, bias=True),
        Weight("self_attn.A_log", (number,), "vector"),
        Weight("self_attn.dt_bias", (number,), "vector"),
        Weight("self_attn.o_norm.weight", (values,), "norm"),
        *linear("self_attn.o_proj", number * values, hidden),
    )
    state = number * keys * values
    parts["jet"] = LinearRecurrence(
        hidden=hidden,
        tensors=tensors,
        conv=number * values * kernel,
        recurrent=state,
        flops=8 * state,
    )
    return _hybrid(_listed(config, "layer_types", parts))


def minicpm_sala(config: Config) -> Architecture:
    """MiniCPM-SALA: lightning attention, and between it attention that reads blocks of what it all keeps; gates."""
    hidden = width(config)
    heads, head_dim = config.need("lightning_nh"), config.need("lightning_head_dim")
    asked = config.flag("use_output_gate", default=True) and config.flag("use_output_norm", default=True)
    if config.size("lightning_nkv", default=heads) != heads or config.flag("attention_bias") or not asked:
        raise Unreadable("lightning attention is asked for in a way that no published model has")
    normed: tuple[Weight, ...] = ()
    if config.flag("qk_norm", default=True):
        normed = (
            Weight("self_attn.q_norm.weight", (head_dim,), "norm"),
            Weight("self_attn.k_norm.weight", (head_dim,), "norm"),
        )
    linear_attention = LightningAttention(
        hidden=hidden, heads=heads, head_dim=head_dim, state_bits=32, extra=normed
    )
    gated = config.flag("attn_use_output_gate", default=True)
    full = grouped(config, bias=False, gate="elements" if gated else "none")
    parts: dict[str, Part] = {
        "minicpm4": full,
        "lightning": linear_attention,
        "lightning-attn": linear_attention,
    }
    return _hybrid(_listed(config, "mixer_types", parts))


def _listed(config: Config, key: str, parts: Mapping[str, Part]) -> Architecture:
    """Return a decoder whose mixers are those of ``parts`` that ``key`` names, layer by layer."""
    count, named = config.layers(), config.words(key)
    if named is None or len(named) != count:
        raise Unreadable(f"{key} does not say of {count:,} layers what they are")
    return assemble(config, stack(by_kind(named, parts), [dense(config)] * count, norms(config, 2)))


def _hybrid(shape: Architecture) -> Architecture:
    """Return ``shape`` as not verified: the state, too, of which the published code keeps its own account."""
    shape = unverified(shape)
    return replace(shape, unverified={**shape.unverified, "state": PUBLISHED})


def _sharing(config: Config, layers: int) -> frozenset[int]:
    """Return the layers that take the keys and values of an earlier one."""
    groups = config.get("kv_reuse_group")
    if groups is None:
        every = config.get("kv_reuse_every_i_layer")
        period = every if isinstance(every, int) and every > 0 else 1
        return frozenset(index for index in range(layers) if index % period)
    if not isinstance(groups, list) or not all(isinstance(group, list) for group in groups):
        raise Unreadable("kv_reuse_group is no list of lists")
    found = [index for group in groups if isinstance(group, list) for index in group[1:]]
    if not all(isinstance(index, int) for index in found):
        raise Unreadable("kv_reuse_group holds no whole numbers")
    return frozenset(index for index in found if isinstance(index, int))
