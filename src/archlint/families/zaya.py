"""Zaya: attention whose queries and keys pass through convolutions, experts behind a small router network."""

from __future__ import annotations

from archlint.architecture import Architecture, ConvolvedAttention, Weight, linear, norm
from archlint.families.decoder import assemble, experts, grouped, norms, width
from archlint.families.layers import by_kind, kinds, stack, window_of
from archlint.specs.config import Config
from archlint.values import replace


def zaya(config: Config) -> Architecture:
    """Zaya: ``hybrid`` and ``hybrid_sliding`` layers; a token may choose no expert; scaled residuals."""
    count = config.layers()
    hidden = width(config)
    full = _attention(config)
    parts = {"hybrid": full}
    layer_kinds = kinds(config, count, lambda _: "hybrid")
    if "hybrid_sliding" in layer_kinds:
        parts["hybrid_sliding"] = replace(full, window=window_of(config))
    first, later = _router(config, first=True), _router(config, first=False)
    routed = experts(config)
    early, late = replace(routed, router=False, extra=first), replace(routed, router=False, extra=later)
    scales = (Weight("residual_scales", (8 * hidden,), "vector"),)
    layers = stack(by_kind(layer_kinds, parts), [early] + [late] * (count - 1), norms(config, 2), scales)
    final = (*norm("norm", hidden), Weight("input_hidden_states", (2 * hidden,), "vector"))
    return assemble(config, layers, final=final, head_bias=config.flag("lm_head_bias"))


def _attention(config: Config) -> ConvolvedAttention:
    """Return the attention; half of each value is the previous token's, which is kept as well."""
    base = grouped(config)
    keys = base.kv_heads * base.head_dim
    channels = base.heads * base.head_dim + keys
    short, grouped_kernel = config.need("cca_time0"), config.need("cca_time1")
    weights = (
        Weight("self_attn.conv_qk_depthwise.weight", (channels, 1, short), "conv"),
        Weight("self_attn.conv_qk_depthwise.bias", (channels,), "bias"),
        Weight("self_attn.conv_qk_grouped.weight", (channels, base.head_dim, grouped_kernel), "conv"),
        Weight("self_attn.conv_qk_grouped.bias", (channels,), "bias"),
        Weight("self_attn.qk_norm.temp", (base.kv_heads,), "vector"),
    )
    kept = channels * (short - 1 + grouped_kernel - 1) + keys // 2
    return ConvolvedAttention(
        hidden=base.hidden,
        heads=base.heads,
        kv_heads=base.kv_heads,
        head_dim=base.head_dim,
        q_bias=base.q_bias,
        k_bias=base.k_bias,
        v_bias=base.v_bias,
        o_bias=base.o_bias,
        extra=weights,
        convolved=kept,
    )


def _router(config: Config, first: bool) -> tuple[Weight, ...]:
    """Return the router: down to ``router_hidden_size``, two layers, one class more than experts."""
    inner = config.need("router_hidden_size")
    classes = config.need("num_experts") + 1
    scale: tuple[Weight, ...] = () if first else (Weight("mlp.gate.router_states_scale", (inner,), "vector"),)
    return (
        *scale,
        *linear("mlp.gate.down_proj", width(config), inner, bias=True),
        *norm("mlp.gate.router_mlp.norm", inner),
        *linear("mlp.gate.router_mlp.fc1", inner, inner, bias=True),
        *linear("mlp.gate.router_mlp.fc2", inner, inner, bias=True),
        Weight("mlp.gate.router_mlp.out_proj.weight", (classes, inner), "router"),
    )
