"""What nearly every decoder reads in the same way: attention geometry, feed-forwards, the two ends."""

from __future__ import annotations

from typing import Final, Literal, TypedDict, Unpack

from archlint.architecture import (
    Architecture,
    Attention,
    Dense,
    Embedding,
    Experts,
    Head,
    Index,
    LatentAttention,
    Layer,
    Mtp,
    Weight,
    norm,
)
from archlint.specs.config import Config
from archlint.specs.size import Size, Unknown, Unreadable, derived, over
from archlint.values import replace

MOST_MTP_LAYERS: Final = 64

QkNorm = Literal["none", "head", "full"]


def width(config: Config) -> Size:
    """Return the width of the residual stream."""
    return config.need("hidden_size")


def head_width(config: Config, hidden: int, heads: int, key: str = "head_dim") -> Size:
    """Return ``head_dim`` where it is given, else hidden_size / num_attention_heads."""
    given = config.size(key)
    if given is not None:
        return given
    return over(hidden, heads)


class More(TypedDict, total=False):
    """Fields of ``Attention`` that pass through ``grouped``."""

    value_dim: int | None
    window: int | None
    chunk: int | None
    gate: Literal["none", "elements", "heads"]
    sinks: bool
    key_is_value: bool
    cached: bool
    projects: bool
    index: Index | None
    extra: tuple[Weight, ...]


def grouped(
    config: Config,
    *,
    hidden: int | None = None,
    heads: Size | None = None,
    kv_heads: Size | None = None,
    head_dim: Size | None = None,
    bias: bool | None = None,
    output_bias: bool | None = None,
    qk_norm: QkNorm = "none",
    **more: Unpack[More],
) -> Attention:
    """Return attention with num_attention_heads, num_key_value_heads and head_dim as most classes read them.

    ``bias`` (default: ``attention_bias``) is that of query, key and value, ``output_bias`` (default: the
    same) that of the output. ``qk_norm``: none, one of head_dim, or one over all heads.
    """
    if hidden is None:
        hidden = width(config)
    if heads is None:
        heads = config.need("num_attention_heads")
    if kv_heads is None:
        kv_heads = config.size("num_key_value_heads")
    if kv_heads is None:
        kv_heads = heads
    if head_dim is None:
        head_dim = head_width(config, hidden, heads)
    if bias is None:
        bias = config.flag("attention_bias")
    if output_bias is None:
        output_bias = bias
    q_norm = k_norm = 0
    if qk_norm == "head":
        q_norm = k_norm = head_dim
    elif qk_norm == "full":
        q_norm, k_norm = heads * head_dim, kv_heads * head_dim
    return Attention(
        hidden=hidden,
        heads=heads,
        kv_heads=kv_heads,
        head_dim=head_dim,
        q_bias=bias,
        k_bias=bias,
        v_bias=bias,
        o_bias=output_bias,
        q_norm=q_norm,
        k_norm=k_norm,
        **more,
    )


def latent(config: Config, *, bias: bool | None = None, index: Index | None = None) -> LatentAttention:
    """Return multi-head latent attention as DeepSeek's keys describe it."""
    return LatentAttention(
        hidden=width(config),
        heads=config.need("num_attention_heads"),
        kv_rank=config.need("kv_lora_rank"),
        nope_dim=_from_zero(config, "qk_nope_head_dim"),
        rope_dim=_from_zero(config, "qk_rope_head_dim"),
        value_dim=config.need("v_head_dim"),
        q_rank=config.size("q_lora_rank"),
        bias=config.flag("attention_bias") if bias is None else bias,
        index=index,
    )


def _from_zero(config: Config, key: str) -> Size:
    found = config.count(key)
    return Unknown(f"{key} is not given", key) if found is None else found


def dense(
    config: Config,
    *,
    hidden: int | None = None,
    width_key: str = "intermediate_size",
    gated: bool = True,
    bias: bool = False,
) -> Dense:
    """Return a feed-forward of ``intermediate_size``."""
    return Dense(
        hidden=width(config) if hidden is None else hidden,
        width=config.need(width_key),
        gated=gated,
        up_bias=bias,
        down_bias=bias,
    )


def experts(
    config: Config,
    *,
    count: str = "num_experts",
    active: str = "num_experts_per_tok",
    width_key: str = "moe_intermediate_size",
    shared: Dense | None = None,
    shared_gate: bool = False,
    router_bias: bool = False,
    bias: bool = False,
    gated: bool = True,
) -> Experts:
    """Return routed experts from the keys ``count``, ``active`` and ``width_key``."""
    return Experts(
        hidden=width(config),
        width=config.need(width_key),
        experts=config.need(count),
        active=config.need(active),
        gated=gated,
        bias=bias,
        router_bias=router_bias,
        shared=shared,
        shared_gate=shared_gate,
    )


def shared_experts(
    config: Config, count: str = "n_shared_experts", width_key: str = "moe_intermediate_size"
) -> Dense | None:
    """Return ``n_shared_experts`` experts as one feed-forward of their widths together, None for none."""
    number = config.count(count)
    if number is None or number == 0:
        return None
    each = config.need(width_key)
    whole = each if number == 1 else derived(each * number, f"{each.text} × {number.text}")
    return Dense(hidden=width(config), width=whole, name="mlp.shared_experts")


def norms(config: Config, count: int, bias: bool = False) -> tuple[Weight, ...]:
    """Return ``count`` norms over the residual stream: RMSNorm, or LayerNorm with a bias."""
    return norms_over(width(config), count, bias)


def norms_over(hidden: int, count: int, bias: bool = True) -> tuple[Weight, ...]:
    """Return ``count`` norms over ``hidden``: LayerNorms, or RMSNorms without a bias."""
    return tuple(weight for number in range(count) for weight in norm(f"norm{number}", hidden, bias))


def multi_head(
    hidden: Size,
    heads: Size,
    bias: bool = True,
    *,
    output_bias: bool | None = None,
    head_dim: Size | None = None,
    cached: bool = True,
    cross: bool = False,
) -> Attention:
    """Return attention as the Transformer has it: as many KV heads as query heads, which split ``hidden`` up.

    ``output_bias`` and ``head_dim`` are said where they do not follow from the others.
    """
    return Attention(
        hidden=hidden,
        heads=heads,
        kv_heads=heads,
        head_dim=over(hidden, heads) if head_dim is None else head_dim,
        q_bias=bias,
        k_bias=bias,
        v_bias=bias,
        o_bias=bias if output_bias is None else output_bias,
        cached=cached,
        cross=cross,
    )


def plain(hidden: int, inner: int, bias: bool = True) -> Dense:
    """Return a feed-forward of two matrices, with biases on both unless told otherwise."""
    return Dense(hidden=hidden, width=inner, gated=False, up_bias=bias, down_bias=bias)


def four_times(config: Config, key: str) -> Size:
    """Return the size ``key``, or four times the width of the residual stream where it is not given."""
    given, hidden = config.size(key), width(config)
    return derived(4 * hidden, f"4 × {hidden.text}") if given is None else given


def assemble(
    config: Config,
    layers: tuple[Layer, ...],
    *,
    final: tuple[Weight, ...] | None = None,
    tied: bool | None = None,
    head_bias: bool = False,
    positions: int | None = None,
    mtp: Mtp | None = None,
    embedding: Embedding | None = None,
    hidden: Size | None = None,
) -> Architecture:
    """Return a decoder: token embedding, ``layers``, one final RMSNorm (or ``final``), head."""
    vocab = config.need("vocab_size")
    if hidden is None:
        hidden = width(config)
    if embedding is None:
        embedding = Embedding(vocab=vocab, width=hidden, positions=positions)
    tied = config.tied if tied is None else tied
    return Architecture(
        model_type=config.model_type,
        layers=layers,
        embedding=embedding,
        head=Head(vocab=vocab, width=hidden, tied=tied, bias=head_bias),
        final=norm("norm", hidden) if final is None else final,
        mtp=mtp,
    )


def mtp_layers(config: Config, layer: Layer, key: str = "num_nextn_predict_layers") -> Mtp | None:
    """Return MTP layers as DeepSeek-V3 builds them: a projection of 2H to H, three norms, a decoder layer."""
    number = config.count(key)
    if number is None or number == 0:
        return None
    if isinstance(number, Unknown):
        raise Unreadable(number.reason)
    if number > MOST_MTP_LAYERS:
        raise Unreadable(
            f"{key} is {int(number):,}, more than the {MOST_MTP_LAYERS} MTP layers that are read"
        )
    return Mtp(layers=(predicting(config, layer),) * number)


def predicting(config: Config, layer: Layer, after: bool = True) -> Layer:
    """Return ``layer`` as an MTP layer: with a projection of 2H to H, two norms before and one ``after``."""
    hidden = width(config)
    extra = (Weight("eh_proj.weight", (hidden, 2 * hidden)), *norms(config, 3 if after else 2))
    return replace(layer, extra=layer.extra + extra)
