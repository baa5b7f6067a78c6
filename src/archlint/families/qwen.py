"""Qwen 2 to Qwen 3.5."""

from __future__ import annotations

from archlint.architecture import Architecture, Attention, Dense, GatedDeltaNet, Layer, Mtp, Part, Weight
from archlint.families.decoder import MOST_MTP_LAYERS, assemble, dense, experts, grouped, norms, width
from archlint.families.layers import (
    FULL,
    LINEAR,
    SLIDING,
    attend,
    by_kind,
    experts_by_step,
    full_each,
    interval,
    kinds,
    stack,
    written_kinds,
)
from archlint.specs.config import Config
from archlint.specs.size import Unknown, Unreadable, over
from archlint.values import replace


def qwen2(config: Config) -> Architecture:
    """Qwen2 and 2.5: biases on query, key and value."""
    return _qwen2(config, grouped(config, bias=True, output_bias=False))


def qwen2_vl(config: Config) -> Architecture:
    """Qwen2-VL and 2.5-VL: as Qwen2, but ``head_dim`` is not read."""
    head_dim = over(width(config), config.need("num_attention_heads"))
    return _qwen2(config, grouped(config, bias=True, output_bias=False, head_dim=head_dim))


def _qwen2(config: Config, mixer: Attention) -> Architecture:
    count = config.layers()
    mixers = attend(window_kinds(config, count), mixer, config)
    return assemble(config, stack(mixers, [dense(config)] * count, norms(config, 2)))


def qwen3(config: Config) -> Architecture:
    """Qwen3: norms on query and key heads."""
    count = config.layers()
    mixers = attend(window_kinds(config, count), grouped(config, qk_norm="head"), config)
    return assemble(config, stack(mixers, [dense(config)] * count, norms(config, 2)))


def qwen3_moe(config: Config) -> Architecture:
    """Qwen3-MoE: its class has no layer_types, a window is that of all layers."""
    count = config.layers()
    window = config.size("sliding_window") if config.flag("use_sliding_window") else None
    mixer = grouped(config, qk_norm="head", window=window)
    feed_forwards = sparse_or_dense(config, count)
    return assemble(config, stack([mixer] * count, feed_forwards, norms(config, 2)))


def qwen3_next(config: Config) -> Architecture:
    """Qwen3-Next: Gated DeltaNet, each fourth layer gated attention; a gated shared expert."""
    count = config.layers()
    feed_forwards = sparse_or_dense(config, count, shared_expert(config))
    return assemble(config, stack(delta_or_full(config, count), feed_forwards, norms(config, 2)))


def qwen3_5(config: Config) -> Architecture:
    """Qwen3.5, dense: Gated DeltaNet, each fourth layer gated attention."""
    count = config.layers()
    return _with_mtp(config, stack(delta_or_full(config, count), [dense(config)] * count, norms(config, 2)))


def qwen3_5_moe(config: Config) -> Architecture:
    """Qwen3.5 with experts in every layer and a gated shared expert."""
    count = config.layers()
    routed = experts(config, shared=shared_expert(config), shared_gate=True)
    return _with_mtp(config, stack(delta_or_full(config, count), [routed] * count, norms(config, 2)))


def _with_mtp(config: Config, layers: tuple[Layer, ...]) -> Architecture:
    """Return the decoder, with the MTP layers that ``mtp_num_hidden_layers`` declares.

    They are decoder layers with full attention, after one projection of 2H to H; transformers does not build
    them.
    """
    shape = assemble(config, layers)
    number = config.count("mtp_num_hidden_layers")
    if number is None or number == 0:
        return shape
    if isinstance(number, Unknown) or number > MOST_MTP_LAYERS:
        why = number.reason if isinstance(number, Unknown) else "mtp_num_hidden_layers is out of range"
        return replace(shape, absent={"parameters.mtp": why, "weights": why})
    hidden = width(config)
    layer = Layer(
        mixers=(gated_attention(config),), feed_forwards=layers[-1].feed_forwards, norms=norms(config, 2)
    )
    extra = (Weight("mtp.fc.weight", (hidden, 2 * hidden)), *norms(config, 3))
    why = "the MTP layers are read from the published checkpoints; transformers does not build them"
    return replace(shape, mtp=Mtp(layers=(layer,) * number, extra=extra), unverified={"parameters.mtp": why})


def delta_or_full(config: Config, layers: int) -> list[Part]:
    """Return Gated DeltaNet or gated attention for each layer."""
    every = interval(config, "full_attention_interval", 4)
    layer_kinds = kinds(config, layers, full_each(every, LINEAR))
    return by_kind(layer_kinds, {FULL: gated_attention(config), LINEAR: delta_net(config)})


def shared_expert(config: Config) -> Dense:
    """Return the expert that every token uses."""
    key = "shared_expert_intermediate_size"
    return Dense(hidden=width(config), width=config.need(key), name="mlp.shared_expert")


def gated_attention(config: Config) -> Part:
    """Attention whose query projection is twice as wide: the second half gates the output."""
    mixer = grouped(config, qk_norm="head", gate="elements")
    if not mixer.q_bias:
        return mixer
    gates = Weight("self_attn.gate_proj.bias", (mixer.heads * mixer.head_dim,), "bias")
    return replace(mixer, extra=(gates,))


def delta_net(config: Config) -> GatedDeltaNet:
    """Gated DeltaNet from the ``linear_*`` keys."""
    return GatedDeltaNet(
        hidden=width(config),
        key_heads=config.need("linear_num_key_heads"),
        value_heads=config.need("linear_num_value_heads"),
        key_dim=config.need("linear_key_head_dim"),
        value_dim=config.need("linear_value_head_dim"),
        kernel=config.need("linear_conv_kernel_dim"),
    )


def sparse_or_dense(config: Config, layers: int, shared: Dense | None = None) -> list[Part]:
    """Return experts or a dense feed-forward for each layer, by Qwen's step and exception keys."""
    number = config.count("num_experts")
    sparse = experts_by_step(config, layers)
    if number is not None and number == 0:
        sparse = [False] * layers
    routed = experts(config, shared=shared, shared_gate=shared is not None) if any(sparse) else None
    plain = dense(config)
    return [routed if has and routed is not None else plain for has in sparse]


def window_kinds(config: Config, layers: int) -> tuple[str, ...]:
    """Return sliding for the layers from ``max_window_layers`` on, if ``use_sliding_window``."""
    windowed = config.flag("use_sliding_window") and config.size("sliding_window") is not None
    first = config.count("max_window_layers", default=28)
    if isinstance(first, Unknown) and windowed:
        raise Unreadable(first.reason)
    found = written_kinds(config, layers)
    if found is None:
        full = min(layers, int(first)) if windowed and first is not None else layers
        return (FULL,) * full + (SLIDING,) * (layers - full)
    return found if windowed else tuple(FULL if kind == SLIDING else kind for kind in found)
