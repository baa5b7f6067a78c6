"""Nemotron: the dense generation, and Nemotron-H with one mixer or feed-forward a layer."""

from __future__ import annotations

from archlint.architecture import Architecture, Dense, Experts, Layer, Mamba2, Mtp, Part, Weight, norm
from archlint.families.decoder import MOST_MTP_LAYERS, assemble, dense, grouped, norms, width
from archlint.families.layers import FULL, LINEAR, stack, written_kinds
from archlint.specs.config import MOST_LAYERS, Config
from archlint.specs.size import Size, Unknown, Unreadable
from archlint.values import replace

_LETTERS = {"M": LINEAR, "E": "moe", "*": FULL, "-": "mlp"}
_DEFAULT = (LINEAR, "moe", FULL, "mlp")
_PREDICTING = (FULL, "moe")


def nemotron(config: Config) -> Architecture:
    """Nemotron 3 and 4, Minitron: LayerNorm, squared ReLU between two matrices."""
    count = config.layers()
    mixer = grouped(config)
    feed_forward = dense(config, gated=False, bias=config.flag("mlp_bias"))
    layers = stack([mixer] * count, [feed_forward] * count, norms(config, 2, bias=True))
    return assemble(config, layers, final=norm("norm", width(config), bias=True))


def nemotron_h(config: Config) -> Architecture:
    """Nemotron-H and Nemotron 3: each layer is Mamba-2, attention, experts or a plain feed-forward.

    The list of layers decides how many there are, whatever ``num_hidden_layers`` says.
    """
    layer_kinds = _kinds(config, "layers_block_type", "hybrid_override_pattern") or _DEFAULT
    made = _made(config, {*layer_kinds})
    layers = tuple(made[kind] for kind in layer_kinds)
    shape = assemble(config, layers, tied=False)  # its class ties nothing, whatever the config says
    number = config.count("num_nextn_predict_layers")
    if number is None or number == 0:
        return shape
    if isinstance(number, Unknown) or number > MOST_MTP_LAYERS:
        why = number.reason if isinstance(number, Unknown) else "num_nextn_predict_layers is out of range"
        return replace(shape, absent={"parameters.mtp": why, "weights": why})
    predicting = _kinds(config, "mtp_layers_block_type", "mtp_hybrid_override_pattern") or _PREDICTING
    each = _made(config, {*predicting})
    hidden = width(config)
    extra = (Weight("eh_proj.weight", (hidden, 2 * hidden)), *norms(config, 3))
    mtp = Mtp(layers=tuple(each[kind] for kind in predicting) * number, extra=extra * number)
    why = "the MTP layers are read from the published checkpoints; transformers does not build them"
    return replace(shape, mtp=mtp, unverified={"parameters.mtp": why})


def _kinds(config: Config, key: str, pattern_key: str) -> tuple[str, ...] | None:
    words = config.words(key)
    if words is not None and config.has(key):
        if not 0 < len(words) <= MOST_LAYERS:
            raise Unreadable(f"{key} has {len(words):,} entries")
        return written_kinds(config, len(words), key)
    pattern = config.word(pattern_key) or config.words(pattern_key)  # of one letter a layer either way
    if pattern is None:
        if config.has(pattern_key):
            raise Unreadable(f"{pattern_key} is neither a text nor a list of letters")
        return None
    if not 0 < len(pattern) <= MOST_LAYERS:
        raise Unreadable(f"{pattern_key} has {len(pattern):,} letters")
    if not set(pattern) <= set(_LETTERS):
        raise Unreadable(f"{pattern_key} holds letters other than M, E, * and -")
    return tuple(_LETTERS[letter] for letter in pattern)


def _made(config: Config, used: set[str]) -> dict[str, Layer]:
    """Return the layer of each kind in ``used``, one norm before its only part."""
    one = norm("norm", width(config))
    made = {}
    for kind in used:
        if kind in (LINEAR, FULL):
            mixer: Part = _mamba(config) if kind == LINEAR else grouped(config, bias=False)
            made[kind] = Layer(mixers=(mixer,), feed_forwards=(), norms=one)
        elif kind in ("moe", "mlp"):
            part: Part = (
                _experts(config) if kind == "moe" else _plain(config, config.need("intermediate_size"))
            )
            made[kind] = Layer(mixers=(), feed_forwards=(part,), norms=one)
        else:
            raise Unreadable(f"{kind} is no layer type of this model")
    return made


def _mamba(config: Config) -> Mamba2:
    """Mamba-2; the keys of the first releases (``mamba_n_groups`` ...) win where they are written."""
    bias = "mamba_conv_bias" if config.has("mamba_conv_bias") else "use_conv_bias"
    return Mamba2(
        hidden=width(config),
        heads=config.need("mamba_num_heads"),
        head_dim=config.need("mamba_head_dim"),
        state=config.need("ssm_state_size"),
        groups=config.need("mamba_n_groups", "n_groups"),
        kernel=config.need("mamba_d_conv", "conv_kernel"),
        conv_bias=config.flag(bias, default=True),
        bias=config.flag("use_bias"),
    )


def _plain(config: Config, inner: Size, name: str = "mlp") -> Dense:
    bias = config.flag("mlp_bias")
    return Dense(hidden=width(config), width=inner, gated=False, up_bias=bias, down_bias=bias, name=name)


def _experts(config: Config) -> Experts:
    """Experts of two matrices, on a latent where ``moe_latent_size`` is given, and one shared expert."""
    shared = config.count("moe_shared_expert_intermediate_size")
    if shared is None or shared == 0:
        shared = config.need("intermediate_size")
    hidden, latent = width(config), config.size("moe_latent_size")
    extra: tuple[Weight, ...] = ()
    if latent is not None and config.flag("mlp_bias"):
        extra = (
            Weight("mlp.fc1_latent_proj.bias", (latent,), "bias"),
            Weight("mlp.fc2_latent_proj.bias", (hidden,), "bias"),
        )
    return Experts(
        hidden=hidden,
        width=config.need("moe_intermediate_size"),
        experts=config.need("n_routed_experts"),
        active=config.need("num_experts_per_tok"),
        gated=False,
        latent=latent,
        shared=_plain(config, shared, "mlp.shared_experts"),
        extra=extra,
    )
