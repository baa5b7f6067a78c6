"""Mixtures of experts whose code travels with their weights: read from the published structure, not verified."""

from __future__ import annotations

from archlint.architecture import Architecture, Dense, Experts, Part
from archlint.families.decoder import (
    assemble,
    dense,
    experts,
    grouped,
    norms,
    shared_experts,
    width,
)
from archlint.families.layers import experts_after, interval, stack
from archlint.families.remote import unverified
from archlint.families.sparse import hunyuan_moe
from archlint.specs.config import Config
from archlint.specs.size import Unknown, Unreadable
from archlint.values import replace


def deepseek(config: Config) -> Architecture:
    """DeepSeekMoE 16B: Llama attention; experts after ``first_k_dense_replace``, each ``moe_layer_freq``-th layer."""
    count = config.layers()
    plain: Part = dense(config)
    feeds: list[Part] = [plain] * count
    if config.has("n_routed_experts"):
        routed = experts(config, count="n_routed_experts", shared=shared_experts(config))
        every = interval(config, "moe_layer_freq", 1)
        sparse = experts_after(config, count)
        feeds = [routed if has and index % every == 0 else plain for index, has in enumerate(sparse)]
    return unverified(assemble(config, stack([grouped(config)] * count, feeds, norms(config, 2))))


def hunyuan(config: Config) -> Architecture:
    """Hunyuan-Large: with ``use_cla`` only the first of each ``cla_share_factor`` layers has keys and values."""
    shape = hunyuan_moe(config) if config.has("num_experts") else _hunyuan_dense(config)
    head_dim = config.size("head_dim", "attention_head_dim")
    own = grouped(config, head_dim=head_dim, qk_norm="head" if config.flag("use_qk_norm") else "none")
    again = replace(own, cached=False, projects=False)
    every = interval(config, "cla_share_factor", 1) if config.flag("use_cla") else 1
    mixers = [again if index % every else own for index in range(len(shape.layers))]
    feeds = [layer.feed_forwards for layer in shape.layers]
    return unverified(assemble(config, stack(mixers, feeds, norms(config, 2))))


def _hunyuan_dense(config: Config) -> Architecture:
    count = config.layers()
    return assemble(config, stack([grouped(config)] * count, [dense(config)] * count, norms(config, 2)))


def grok(config: Config) -> Architecture:
    """Grok 1 and 2: norms before and after both halves; ``residual_moe``: a dense feed-forward beside the experts."""
    count, hidden = config.layers(), width(config)
    window = config.number("sliding_window_size")
    if isinstance(window, int) and window > 0:
        raise Unreadable("sliding_window_size says that layers differ in a way not known")
    own_width = config.has("moe_intermediate_size")
    routed = Experts(
        hidden=hidden,
        width=config.need("moe_intermediate_size" if own_width else "intermediate_size"),
        experts=config.need("num_local_experts", "num_experts"),
        active=config.need("num_experts_per_tok"),
    )
    feed_forward: Part | tuple[Part, ...] = routed
    if config.flag("residual_moe"):
        feed_forward = (routed, Dense(hidden=hidden, width=config.need("intermediate_size"), name="mlp"))
    mixer = grouped(config, bias=False)
    return unverified(assemble(config, stack([mixer] * count, [feed_forward] * count, norms(config, 4))))


def smallthinker(config: Config) -> Architecture:
    """SmallThinker: Llama's attention, in a window where ``sliding_window_layout`` says 1; experts in every layer."""
    count, full = config.layers(), grouped(config, bias=False)
    layout = config.sizes("sliding_window_layout") or (0,) * count
    if len(layout) != count or any(isinstance(has, Unknown) for has in layout):
        raise Unreadable(f"sliding_window_layout does not say of {count:,} layers which have a window")
    sliding = replace(full, window=config.need("sliding_window_size"))
    routed = experts(
        config,
        count="moe_num_primary_experts",
        active="moe_num_active_primary_experts",
        width_key="moe_ffn_hidden_size",
    )
    mixers = [sliding if has else full for has in layout]
    return unverified(assemble(config, stack(mixers, [routed] * count, norms(config, 2))))
