"""Kimi delta attention beside latent attention: Kimi Linear, Ling 3."""

from __future__ import annotations

from dataclasses import replace

from archlint.architecture import Architecture, Dense, KimiDelta, LightningAttention, Part, Weight
from archlint.families.decoder import assemble, dense, experts, latent, mtp_layers, norms, width
from archlint.families.layers import FULL, LINEAR, by_kind, experts_after, full_each, interval, kinds, stack
from archlint.families.mla import feed_forwards, sparse_layers
from archlint.specs.config import Config
from archlint.specs.size import Size, Unknown, Unreadable, derived


def delta_attention(config: Config) -> KimiDelta:
    """Return delta attention from ``linear_attn_config`` where it is written, else the ``linear_*`` keys."""
    nested = config.section("linear_attn_config")

    def size(inner: str, outer: str) -> Size:
        return nested.need(inner) if nested.has(inner) else config.need(outer)

    return KimiDelta(
        hidden=width(config),
        heads=size("num_heads", "linear_num_heads"),
        head_dim=size("head_dim", "linear_head_dim"),
        kernel=size("short_conv_kernel_size", "linear_conv_kernel_dim"),
    )


def kimi_linear(config: Config) -> Architecture:
    """Kimi Linear: delta attention, some layers latent attention (``linear_attn_config`` counts from 1)."""
    count = config.layers()
    parts: dict[str, Part] = {FULL: latent(config), LINEAR: delta_attention(config)}
    mixers = by_kind(_kimi_kinds(config, count), parts)
    feeds = feed_forwards(config, sparse_layers(config, count, 1), "num_experts")
    return assemble(config, stack(mixers, feeds, norms(config, 2)))


def _kimi_kinds(config: Config, layers: int) -> tuple[str, ...]:
    nested = config.section("linear_attn_config")
    if config.has("layer_types") or not (nested.has("full_attn_layers") and nested.has("kda_layers")):
        return kinds(config, layers, lambda index: FULL if index and index % 4 == 0 else LINEAR)
    found: dict[int, str] = {}
    for key, kind in (("full_attn_layers", FULL), ("kda_layers", LINEAR)):
        for number in nested.sizes(key, least=1) or ():
            if isinstance(number, Unknown):
                raise Unreadable(f"{key} holds no layer numbers from 1 on")
            found[number - 1] = kind
    if sorted(found) != list(range(layers)):
        raise Unreadable(f"full_attn_layers and kda_layers do not name each of {layers:,} layers")
    return tuple(found[index] for index in range(layers))


def bailing_hybrid(config: Config) -> Architecture:
    """Ling 3: delta attention, each ``layer_group_size``-th layer gated latent attention; Ling 2.5 differs."""
    if is_ling_25(config):
        return ling_25(config)
    count = config.layers()
    hidden, heads = width(config), config.need("num_attention_heads")
    delta = KimiDelta(
        hidden=hidden,
        heads=heads,
        head_dim=config.need("head_dim"),
        kernel=config.need("short_conv_kernel_size"),
        low_rank=False,
    )
    full = replace(latent(config), q_rank=None, gate="heads")
    every = interval(config, "layer_group_size", 1)
    mixers = by_kind(kinds(config, count, full_each(every, LINEAR)), {FULL: full, LINEAR: delta})
    feeds = feed_forwards(config, sparse_layers(config, count), "num_experts")
    shape = assemble(config, stack(mixers, feeds, norms(config, 2)))
    if not config.count("num_nextn_predict_layers"):
        return shape
    said = "transformers cannot build the MTP layers of this type"
    return replace(
        shape, absent={"parameters.mtp": said}, unverified={"weights": f"MTP layers are left out: {said}"}
    )


def is_ling_25(config: Config) -> bool:
    """Whether a config of type bailing_hybrid is Ling or Ring 2.5: by its class, or by keys only it has."""
    classes = config.words("architectures") or ()
    return any("V2_5" in name for name in classes) or config.has("group_norm_size")


def ling_25(config: Config) -> Architecture:
    """Ling 2.5: lightning attention, each ``layer_group_size``-th layer latent attention."""
    count = config.layers()
    hidden, heads = width(config), config.need("num_attention_heads")
    given = config.size("head_dim")
    dim = derived(hidden // heads, "hidden_size / num_attention_heads") if given is None else given
    every = interval(config, "layer_group_size", 1)
    full = replace(latent(config), q_rank=config.size("q_lora_rank"))
    norms_of_heads: tuple[Weight, ...] = ()
    if config.flag("use_qk_norm", default=True):
        norms_of_heads = (Weight("self_attn.qk_norm.weight", (2 * dim,), "norm"),)
    light = LightningAttention(hidden=hidden, heads=heads, head_dim=dim, state_bits=32, extra=norms_of_heads)
    left_over = count // every * every  # layers of an unfinished group are full
    mixers: list[Part] = [
        full if (index + 1) % every == 0 or index >= left_over else light for index in range(count)
    ]
    shared = _shared(config)
    routed = experts(config, count="num_experts", shared=shared)
    plain = dense(config)
    sparse = experts_after(config, count)
    layers = stack(mixers, [routed if has else plain for has in sparse], norms(config, 2))
    (mtp_layer,) = stack([full], [routed], norms(config, 2))
    said = "read from the published structure of BailingMoeV2_5; transformers has no such class"
    keys = ("parameters", "state", "weights", "flops")
    return replace(
        assemble(config, layers, mtp=mtp_layers(config, mtp_layer)), unverified=dict.fromkeys(keys, said)
    )


def _shared(config: Config) -> Dense | None:
    """Return ``num_shared_experts`` of ``moe_shared_expert_intermediate_size`` (or the experts' width)."""
    number = config.count("num_shared_experts")
    if number is None or number == 0:
        return None
    each = config.size("moe_shared_expert_intermediate_size")
    if each is None:
        each = config.need("moe_intermediate_size")
    whole = each if number == 1 else derived(each * number, "shared width × num_shared_experts")
    return Dense(hidden=width(config), width=whole, name="mlp.shared_experts")
