"""Ling 1 to 2.5 and Sarvam, whose code travels with the weights; Ling 3 is in ``kda``."""

from __future__ import annotations

from archlint.architecture import (
    Architecture,
    Attention,
    Dense,
    LatentAttention,
    LightningAttention,
    Part,
    Weight,
)
from archlint.families.decoder import (
    assemble,
    dense,
    experts,
    grouped,
    latent,
    mtp_layers,
    norms,
    width,
)
from archlint.families.layers import experts_after, interval, stack
from archlint.specs.config import Config
from archlint.specs.size import derived, over
from archlint.values import replace

SAID = "read from the published structure, whose code travels with the weights"


def bailing_moe(config: Config) -> Architecture:
    """Ling 1 and 2, Sarvam MoE: grouped attention, experts after ``first_k_dense_replace`` layers."""
    return _assembled(config, [_grouped(config)] * config.layers())


def sarvam_mla(config: Config) -> Architecture:
    """Sarvam 105B: DeepSeek-V3's attention without a query latent, the experts of Ling's keys."""
    return _assembled(config, [latent(config, bias=False)] * config.layers())


def bailing_linear(config: Config) -> Architecture:
    """Ling 2.5 and Ring-linear: lightning attention, each ``layer_group_size``-th layer full.

    The full ones are latent with ``kv_lora_rank``, else grouped; so are those of an unfinished group.
    """
    count = config.layers()
    every = interval(config, "layer_group_size", 1)
    full: Attention | LatentAttention
    full = (
        latent(config, bias=config.flag("use_qkv_bias")) if config.has("kv_lora_rank") else _grouped(config)
    )
    heads, dim = config.need("num_attention_heads"), _head_dim(config)
    extra: tuple[Weight, ...] = ()
    if config.flag("use_qk_norm", default=True):
        extra += (Weight("self_attn.qk_norm.weight", (2 * dim,), "norm"),)
    if config.flag("use_qkv_bias"):
        extra += (Weight("self_attn.qkv_proj.bias", (3 * heads * dim,), "bias"),)
    if config.flag("use_bias"):
        extra += (Weight("self_attn.out_proj.bias", (width(config),), "bias"),)
    light = LightningAttention(hidden=width(config), heads=heads, head_dim=dim, state_bits=32, extra=extra)
    grouped_layers = count // every * every
    mixers: list[Part] = [
        full if (index + 1) % every == 0 or index >= grouped_layers else light for index in range(count)
    ]
    return _assembled(config, mixers)


def _assembled(config: Config, mixers: list[Part] | list[Attention] | list[LatentAttention]) -> Architecture:
    routed = experts(config, shared=_shared(config))
    plain = dense(config, bias=config.flag("use_bias"))
    sparse = experts_after(config, len(mixers))
    layers = stack(mixers, [routed if has else plain for has in sparse], norms(config, 2))
    (mtp_layer,) = stack([mixers[-1]], [routed], norms(config, 2))
    shape = assemble(config, layers, mtp=mtp_layers(config, mtp_layer))
    return replace(shape, unverified=dict.fromkeys(("parameters", "state", "weights", "flops"), SAID))


def _head_dim(config: Config) -> int:
    given = config.size("head_dim")
    hidden, heads = width(config), config.need("num_attention_heads")
    return over(hidden, heads) if given is None else given


def _grouped(config: Config) -> Attention:
    classes = config.words("architectures") or ()
    second = any("V2" in name or "Sarvam" in name for name in classes) or config.has("layer_group_size")
    normed = config.flag("use_qk_norm", default=second)
    return grouped(
        config,
        bias=config.flag("use_qkv_bias"),
        output_bias=config.flag("use_bias"),
        qk_norm="head" if normed else "none",
    )


def _shared(config: Config) -> Dense | None:
    """Return ``num_shared_experts`` of ``moe_shared_expert_intermediate_size`` (or the experts' width)."""
    number = config.count("num_shared_experts")
    if number is None or number == 0:
        return None
    each = config.size("moe_shared_expert_intermediate_size")
    if each is None:
        each = config.need("moe_intermediate_size")
    whole = each if number == 1 else derived(each * number, f"{each.text} × {number.text}")
    return Dense(hidden=width(config), width=whole, name="mlp.shared_experts")
