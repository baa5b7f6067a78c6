"""Mamba alone, and Mamba beside attention: Bamba, Falcon-H1, Jamba."""

from __future__ import annotations

from archlint.architecture import Architecture, Embedding, Head, Layer, Mamba1, Mamba2, Part, norm
from archlint.families.decoder import assemble, dense, experts, grouped, norms, width
from archlint.families.layers import interval, stack
from archlint.specs.config import Config
from archlint.specs.size import Size, Unknown, Unreadable, derived
from archlint.values import replace


def mamba(config: Config) -> Architecture:
    """Mamba and Falcon-Mamba: nothing but state-space layers."""
    count = config.layers()
    given = config.size("intermediate_size")
    inner = expanded(config, "expand") if given is None else given
    mixer = Mamba1(
        hidden=width(config),
        inner=inner,
        state=config.need("state_size"),
        kernel=config.need("conv_kernel"),
        step_rank=step_rank(config, "time_step_rank"),
        conv_bias=config.flag("use_conv_bias", default=True),
        bias=config.flag("use_bias"),
    )
    return assemble(config, _alone(config, mixer, count))


def ov_mamba(config: Config) -> Architecture:
    """Mamba as exported for OpenVINO, with its code."""
    why = "read as Mamba; its code is not part of transformers"
    return replace(mamba(config), unverified=dict.fromkeys(("parameters", "state", "weights", "flops"), why))


def mamba2(config: Config) -> Architecture:
    """Mamba-2."""
    count = config.layers()
    mixer = Mamba2(
        hidden=width(config),
        heads=config.need("num_heads"),
        head_dim=config.need("head_dim"),
        inner=expanded(config, "expand"),
        state=config.need("state_size"),
        groups=config.need("n_groups"),
        kernel=config.need("conv_kernel"),
        conv_bias=config.flag("use_conv_bias", default=True),
        bias=config.flag("use_bias"),
    )
    return assemble(config, _alone(config, mixer, count))


def mamba_ssm(config: Config) -> Architecture:
    """Mamba 1 and 2 as their authors publish them: ``ssm_cfg`` has the mixer, ``attn_layer_idx`` other layers."""
    count, hidden, own = config.layers("n_layer"), config.need("d_model"), config.section("ssm_cfg")
    if config.sizes("attn_layer_idx") or config.count("d_intermediate"):
        raise Unreadable("attn_layer_idx or d_intermediate says that there is more than state-space layers")
    times = own.need("expand", default=2)
    inner = derived(hidden * times, "d_model × expand")
    kernel, mixer = own.need("d_conv", default=4), None
    if own.word("layer") == "Mamba2":
        head_dim = own.need("headdim", default=64)
        mixer = Mamba2(
            hidden=hidden,
            heads=derived(inner // head_dim, "d_model × expand / headdim"),
            head_dim=head_dim,
            state=own.need("d_state", default=128),
            groups=own.need("ngroups", default=1),
            kernel=kernel,
        )
    rank = own.word("dt_rank") in (None, "auto") and own.size("dt_rank") is None
    recurrent: Part = mixer or Mamba1(
        hidden=hidden,
        inner=inner,
        state=own.need("d_state", default=16),
        kernel=kernel,
        step_rank=derived(-(-hidden // 16), "d_model / 16, rounded up") if rank else own.need("dt_rank"),
    )
    vocab, multiple = config.need("vocab_size"), config.need("pad_vocab_size_multiple", default=8)
    rows = derived(-(-vocab // multiple) * multiple, "vocab_size, rounded up to pad_vocab_size_multiple")
    said = "read as Mamba; the code of its authors is not part of transformers"
    return Architecture(
        model_type=config.model_type,
        layers=stack([recurrent] * count, [()] * count, norm("norm", hidden)),
        embedding=Embedding(vocab=rows, width=hidden),
        head=Head(vocab=rows, width=hidden, tied=config.flag("tie_embeddings", default=True)),
        final=norm("norm_f", hidden),
        unverified=dict.fromkeys(("parameters", "state", "weights", "flops"), said),
    )


def bamba(config: Config) -> Architecture:
    """Bamba: Mamba-2, attention in the layers that ``attn_layer_indices`` lists."""
    count = config.layers()
    listed = config.sizes("attn_layer_indices") or ()
    if any(isinstance(index, Unknown) for index in listed):
        raise Unreadable("attn_layer_indices holds no whole numbers")
    full = {int(index) for index in listed}
    attention, recurrent = grouped(config), mamba2_of(config)
    mixers: list[Part] = [attention if index in full else recurrent for index in range(count)]
    feed_forward = dense(config, bias=config.flag("mlp_bias"))
    return assemble(config, stack(mixers, [feed_forward] * count, norms(config, 2)))


def falcon_h1(config: Config) -> Architecture:
    """Falcon-H1: Mamba-2 and attention side by side in every layer."""
    count = config.layers()
    mixer = mamba2_of(
        config,
        inner=config.size("mamba_d_ssm"),
        norm=config.flag("mamba_rms_norm"),
        output_bias=config.flag("projectors_bias"),
    )
    both: tuple[Part, ...] = (mixer, grouped(config))
    feed_forward = dense(config, bias=config.flag("mlp_bias"))
    return assemble(config, stack([both] * count, [feed_forward] * count, norms(config, 2)))


def jamba(config: Config) -> Architecture:
    """Jamba: attention and experts each at their own period and offset, Mamba and dense layers between."""
    count = config.layers()
    recurrent = replace(beside_attention(config), norms=True)
    attention = grouped(config, bias=False)
    full = _periodic(config, count, "attn_layer_period", "attn_layer_offset")
    mixers: list[Part] = [attention if is_full else recurrent for is_full in full]
    number = config.need("num_experts")
    plain = dense(config)
    routed = experts(config, width_key="intermediate_size")
    sparse = _periodic(config, count, "expert_layer_period", "expert_layer_offset")
    feed_forwards: list[Part] = [routed if has and number != 1 else plain for has in sparse]
    return assemble(config, stack(mixers, feed_forwards, norms(config, 2)))


def mamba2_of(
    config: Config, *, inner: Size | None = None, norm: bool = True, output_bias: bool | None = None
) -> Mamba2:
    """Return Mamba-2 from the ``mamba_*`` keys of Bamba, Granite 4 and Falcon-H1."""
    if inner is None:
        inner = expanded(config, "mamba_expand")
    heads = config.need("mamba_n_heads")
    given = None if config.get("mamba_d_head") == "auto" else config.size("mamba_d_head")
    head_dim = derived(inner // heads, "mamba_expand × hidden_size / mamba_n_heads")
    return Mamba2(
        hidden=width(config),
        heads=heads,
        head_dim=head_dim if given is None else given,
        inner=inner,
        state=config.need("mamba_d_state"),
        groups=config.need("mamba_n_groups"),
        kernel=config.need("mamba_d_conv"),
        conv_bias=config.flag("mamba_conv_bias", default=True),
        bias=config.flag("mamba_proj_bias"),
        output_bias=output_bias,
        norm=norm,
    )


def expanded(config: Config, key: str) -> Size:
    """Return the inner width: ``key`` × hidden_size, rounded down where the factor is no whole number."""
    factor = config.number(key)
    if isinstance(factor, float) and 0 < factor < 1000:
        return derived(int(factor * width(config)), f"{key} × hidden_size")
    return derived(config.need(key) * width(config), f"{key} × hidden_size")


def beside_attention(config: Config) -> Mamba1:
    """Return the Mamba of models that have attention, too, under the keys that Jamba gave it: ``mamba_d_state``."""
    return Mamba1(
        hidden=width(config),
        inner=expanded(config, "mamba_expand"),
        state=config.need("mamba_d_state"),
        kernel=config.need("mamba_d_conv"),
        step_rank=step_rank(config, "mamba_dt_rank"),
        conv_bias=config.flag("mamba_conv_bias", default=True),
        bias=config.flag("mamba_proj_bias"),
    )


def step_rank(config: Config, key: str) -> Size:
    """Return the rank of the step: a number, or ``auto`` for hidden_size / 16 rounded up."""
    if config.get(key) == "auto":
        return derived(-(-width(config) // 16), "hidden_size / 16")
    return config.need(key)


def _periodic(config: Config, layers: int, period: str, offset: str) -> list[bool]:
    every, first = interval(config, period, 1), config.count(offset)
    if first is None or isinstance(first, Unknown):
        raise Unreadable(f"{offset} is not given" if first is None else first.reason)
    return [index % every == first for index in range(layers)]


def _alone(config: Config, mixer: Part, layers: int) -> tuple[Layer, ...]:
    """Return layers of ``mixer`` with one norm and no feed-forward."""
    return (Layer(mixers=(mixer,), feed_forwards=(), norms=norm("norm", width(config))),) * layers
