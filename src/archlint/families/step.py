"""Step 3 (factorised queries over one key-value head), Step 3.5 and 3.7 (gated attention)."""

from __future__ import annotations

from archlint.architecture import Architecture, Attention, Dense, Mtp
from archlint.families.decoder import (
    MOST_MTP_LAYERS,
    assemble,
    dense,
    experts,
    grouped,
    norms,
    predicting,
    width,
)
from archlint.families.layers import FULL, SLIDING, by_kind, kinds, stack, window_of, written_kinds
from archlint.families.mla import tied_outside
from archlint.specs.config import Config
from archlint.specs.size import Size, Unknown, Unreadable, derived
from archlint.values import replace


def step3_text(config: Config) -> Architecture:
    """Step 3: queries pass through ``share_q_dim`` numbers under a norm; one head of keys and of values."""
    count = config.layers()
    given = config.size("share_q_dim")
    mixer = Attention(
        hidden=width(config),
        heads=config.need("num_attention_heads"),
        kv_heads=derived(1, "1"),
        head_dim=config.need("head_dim"),
        q_rank=config.need("head_dim") if given is None else given,
    )
    shared = Dense(hidden=width(config), width=config.need("share_expert_dim"), name="share_expert")
    routed = experts(config, count="moe_num_experts", active="moe_top_k", shared=shared)
    plain = dense(config)
    chosen = _enumerated(config)
    feeds = [
        routed if (index > 0 if chosen is None else index in chosen) else plain for index in range(count)
    ]
    said = "read from the published structure; transformers has no such class"
    return replace(
        assemble(config, stack([mixer] * count, feeds, norms(config, 2))),
        unverified=dict.fromkeys(("parameters", "weights", "flops"), said),
    )


def step3p5(config: Config) -> Architecture:
    """Step 3.5 and 3.7: a gate per head; sliding layers with a head count of their own; MTP layers listed last."""
    count = config.layers()
    tail = config.count("num_nextn_predict_layers") or 0
    if tail > MOST_MTP_LAYERS:
        raise Unreadable(f"num_nextn_predict_layers is {int(tail):,}, too many to be read")
    every = written_kinds(config, count + tail) if _length(config, "layer_types") == count + tail else None
    if every is None:
        every = (*kinds(config, count, lambda _: FULL), *(FULL,) * tail)
    full = grouped(config, qk_norm="head", gate="heads")
    parts = {FULL: full}
    if SLIDING in every:
        parts[SLIDING] = replace(full, heads=_sliding_heads(config, full), window=window_of(config))
    sparse = _step_sparse(config, count, count + tail)
    bias = config.flag("mlp_bias")
    shared = Dense(
        hidden=width(config),
        width=config.need("share_expert_dim"),
        up_bias=bias,
        down_bias=bias,
        name="mlp.shared_experts",
    )
    routed = experts(config, count="n_routed_experts", shared=shared)
    if (
        config.written("n_routed_experts") == "num_local_experts"
    ):  # the default of the other name overwrites it
        told = config.default("n_routed_experts")
        routed = replace(
            routed,
            experts=Size(told, "n_routed_experts", "default") if isinstance(told, int) else routed.experts,
        )
    plain = dense(config, bias=bias)
    feeds = [routed if has else plain for has in sparse]
    layers = stack(by_kind(every, parts), feeds, norms(config, 2))
    mtp = Mtp(layers=tuple(predicting(config, layer) for layer in layers[count:])) if tail else None
    shape = assemble(config, layers[:count], mtp=mtp, tied=tied_outside(config))
    if mtp is None:
        return shape
    said = "transformers gives MTP layers the head counts of the first layers; counted by their own kinds"
    return replace(shape, unverified={"parameters.mtp": said})


def _length(config: Config, key: str) -> int:
    words = config.words(key)
    return 0 if words is None else len(words)


def _sliding_heads(config: Config, full: Attention) -> int:
    given = config.size("num_sliding_attention_heads")
    if given is not None:
        return given
    other = config.section("attention_other_setting").size("num_attention_heads")
    return full.heads if other is None else other


def _step_sparse(config: Config, layers: int, padded: int) -> list[bool]:
    """Return which layers have experts: ``mlp_layer_types``, ``moe_layers_enum``, else all but three."""
    if config.has("mlp_layer_types"):
        length = padded if _length(config, "mlp_layer_types") == padded else layers
        listed = written_kinds(config, length, "mlp_layer_types") or ()
        return [kind == "sparse" for kind in listed] + [False] * (padded - length)
    chosen = _enumerated(config)
    if chosen is None:
        return [3 <= index < layers for index in range(padded)]
    return [index in chosen for index in range(padded)]


def _enumerated(config: Config) -> set[int] | None:
    """Return the layers that ``moe_layers_enum`` names, as a list or as text; None when it is absent."""
    if not config.has("moe_layers_enum"):
        return None
    text = config.word("moe_layers_enum")
    if text is None:
        numbers = config.sizes("moe_layers_enum") or ()
        if any(isinstance(number, Unknown) for number in numbers):
            raise Unreadable("moe_layers_enum holds no layer numbers")
        return {int(number) for number in numbers}
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not all(word.isascii() and word.isdigit() and len(word) < 7 for word in words):
        raise Unreadable("moe_layers_enum holds no layer numbers")
    return {int(word) for word in words}
