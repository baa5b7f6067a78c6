"""Kimi delta attention beside latent attention: Kimi Linear, Ling 3. Their classes never tie the head."""

from __future__ import annotations

from archlint.architecture import Architecture, KimiDelta, Part, Weight, norm
from archlint.families.bailing import bailing_linear
from archlint.families.decoder import assemble, latent, norms, width
from archlint.families.layers import FULL, LINEAR, by_kind, full_each, interval, kinds, stack
from archlint.families.mla import feed_forwards, sparse_layers, with_latent
from archlint.specs.config import Config
from archlint.specs.size import Size, Unknown, Unreadable
from archlint.values import replace


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
    """Kimi Linear: delta attention, some layers latent attention (``linear_attn_config`` counts from 1).

    Kimi K3 has the same type and further keys, which transformers' class does not know.
    """
    if is_k3(config):
        return kimi_k3(config)
    count = config.layers()
    parts: dict[str, Part] = {FULL: latent(config), LINEAR: delta_attention(config)}
    mixers = by_kind(_kimi_kinds(config, count), parts)
    feeds = feed_forwards(config, sparse_layers(config, count, 1), "num_experts")
    return assemble(config, stack(mixers, feeds, norms(config, 2)), tied=False)


def is_k3(config: Config) -> bool:
    """Whether a config of type kimi_linear is Kimi K3's: by keys that only it has."""
    nested = config.section("linear_attn_config")
    keys = ("routed_expert_hidden_size", "attn_res_block_size", "mla_use_output_gate")
    return any(config.has(key) for key in keys) or nested.has("use_full_rank_gate")


def kimi_k3(config: Config) -> Architecture:
    """Kimi K3: gates of full rank, experts on a narrower latent, attention over the outputs of earlier blocks.

    Read from the tensors of the published checkpoint; A_log has more entries there than there are heads.
    """
    count = config.layers()
    hidden = width(config)
    full_rank = config.section("linear_attn_config").flag("use_full_rank_gate")
    delta = replace(delta_attention(config), low_rank_gate=not full_rank)
    full = latent(config)
    if config.flag("mla_use_output_gate"):
        full = replace(full, gate="elements")
    mixers = by_kind(_kimi_kinds(config, count), {FULL: full, LINEAR: delta})
    feeds = feed_forwards(config, sparse_layers(config, count, 1), "num_experts")
    inner = config.size("routed_expert_hidden_size")
    if inner is not None:
        extra = norm("mlp.routed_expert_norm", inner) if config.flag("latent_moe_use_norm") else ()
        feeds = with_latent(feeds, inner, extra)
    residual: tuple[Weight, ...] = ()
    if config.has("attn_res_block_size"):
        residual = (*norm("res_norm", hidden), Weight("res_proj.weight", (1, hidden)))
    layers = stack(mixers, feeds, norms(config, 2), residual + residual)
    said = "read from the tensors of the published checkpoint; transformers has no such class"
    return replace(
        assemble(config, layers, final=norm("norm", hidden) + residual),
        unverified=dict.fromkeys(("parameters", "state", "weights", "flops"), said),
    )


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
        return bailing_linear(config)
    count = config.layers()
    hidden, heads = width(config), config.need("num_attention_heads")
    delta = KimiDelta(
        hidden=hidden,
        heads=heads,
        head_dim=config.need("head_dim"),
        kernel=config.need("short_conv_kernel_size"),
        low_rank_decay=False,
        low_rank_gate=False,
    )
    full = replace(latent(config), q_rank=None, gate="heads")
    every = interval(config, "layer_group_size", 1)
    mixers = by_kind(kinds(config, count, full_each(every, LINEAR)), {FULL: full, LINEAR: delta})
    feeds = feed_forwards(config, sparse_layers(config, count), "num_experts")
    shape = assemble(config, stack(mixers, feeds, norms(config, 2)), tied=False)
    if not config.count("num_nextn_predict_layers"):
        return shape
    said = "transformers cannot build the MTP layers of this type"
    return replace(
        shape, absent={"parameters.mtp": said}, unverified={"weights": f"MTP layers are left out: {said}"}
    )


def is_ling_25(config: Config) -> bool:
    """Whether a config of type bailing_hybrid is Ling or Ring 2.5: by its class, else by its keys.

    Ling 3 still writes ``group_norm_size``, and beside it what its delta attention reads.
    """
    classes = config.words("architectures") or ()
    if any("V2_5" in name for name in classes):
        return True
    delta = any("kda_" in key or key == "short_conv_kernel_size" for key in config.written_keys)
    return config.has("group_norm_size") and not delta
