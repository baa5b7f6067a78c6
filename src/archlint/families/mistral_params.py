"""Mistral's own params.json: dense, Mixtral's experts, and latent attention as in Mistral Large 3; Meta's for Llama."""

from __future__ import annotations

from typing import Final

from archlint.architecture import Architecture, Attention, Dense, Experts, LatentAttention, Part, Tower
from archlint.families.decoder import assemble, dense, grouped, latent, norms, width
from archlint.families.layers import interval, stack
from archlint.specs.config import Config
from archlint.specs.size import Unknown, Unreadable, derived
from archlint.values import replace

_LLAMA_4: Final = ("moe_args", "attention_chunk_size", "nope_layer_interval")
_MOST_TIMES: Final = 1000


def mistral_params(config: Config) -> Architecture:
    """A params.json: ``sliding_window`` for all layers or repeated over them, ``moe``, ``kv_lora_rank``."""
    count = config.layers()
    for key in _LLAMA_4:
        if config.has(key):
            raise Unreadable(f"{key} says that layers differ in a way not known")
    routed, sparse = _experts(config, count)
    plain = _dense(config)
    feeds: list[Part] = [plain if routed is None or not has else routed for has in sparse]
    if config.has("kv_lora_rank"):
        base: Attention | LatentAttention = latent(config, bias=False)
    else:
        base = grouped(config, bias=False)
    shape = assemble(config, stack(_windowed(config, base, count), feeds, norms(config, 2)))
    if config.has("vision_encoder") or config.has("multimodal"):
        shape = replace(shape, towers=(Tower(name="encoder", known=False),))
    if isinstance(base, Attention) and (routed is None or routed.shared is None):
        if config.word("hidden_act") not in (None, "silu", "swish"):
            said = "hidden_act is no key of params.json, and without silu the feed-forward may be another"
        elif not config.has("use_scaled_rope") or config.has("tied_embeddings"):
            return shape
        else:
            said = "Llama 3.2 1B and 3B tie their embeddings, Llama 3.1 and 3.3 do not, and no key says so"
    else:
        said = "read as DeepSeek-V3 with Mistral's names, as vLLM reads it"
    return replace(shape, unverified=dict.fromkeys(("parameters", "weights", "flops"), said))


def _dense(config: Config) -> Dense:
    """Return the feed-forward: ``hidden_dim``, or ``dim`` times Meta's ``ffn_dim_multiplier``, a ``multiple_of``."""
    hidden, step = width(config), config.size("multiple_of")
    if config.size("hidden_dim") is not None or step is None or isinstance(step, Unknown):
        return dense(config)
    factor = config.number("ffn_dim_multiplier")
    if isinstance(hidden, Unknown) or not 0 < (1 if factor is None else factor) < _MOST_TIMES:
        return dense(config)
    wide = int(8 * hidden / 3) if factor is None else int(factor * int(8 * hidden / 3))
    how = "dim × 8/3" if factor is None else "dim × 8/3 × ffn_dim_multiplier"
    return Dense(hidden=hidden, width=derived(-(-wide // step) * step, f"{how}, rounded up to multiple_of"))


def _windowed(config: Config, base: Attention | LatentAttention, layers: int) -> list[Part]:
    """Return the mixer of each layer; a list of windows (null: none) is repeated over the layers."""
    node = config.node("sliding_window")
    if node is None or node.kind != "sequence":
        return [replace(base, window=config.size("sliding_window"))] * layers
    pattern: list[Part] = []
    made: dict[int, Part] = {}
    for item in node.items:
        value = item.scalar
        if item.kind == "null":
            pattern.append(made.setdefault(0, base))
        elif item.kind == "integer" and isinstance(value, int) and value > 0:
            window = derived(value, "sliding_window")
            pattern.append(made.setdefault(value, replace(base, window=window)))
        else:
            raise Unreadable("sliding_window holds something else than windows and null")
    if not pattern or layers % len(pattern):
        raise Unreadable(f"sliding_window has {len(pattern):,} entries for {layers:,} layers")
    return pattern * (layers // len(pattern))


def _experts(config: Config, layers: int) -> tuple[Experts | None, list[bool]]:
    """Return the experts that ``moe`` describes, and which layers have them."""
    moe = config.section("moe")
    if not config.has("moe"):
        return None, [False] * layers
    own = moe.size("expert_hidden_dim")
    each = config.need("hidden_dim") if own is None else own
    number = moe.count("num_shared_experts")
    shared = None
    if number is not None and number != 0:
        whole = derived(each * number, "expert_hidden_dim × num_shared_experts")
        shared = Dense(hidden=width(config), width=whole, name="mlp.shared_experts")
    first = moe.count("first_k_dense_replace", default=0)
    if first is None or isinstance(first, Unknown):
        raise Unreadable("first_k_dense_replace is no whole number")
    every = interval(moe, "route_every_n", 1)
    routed = Experts(
        hidden=width(config),
        width=each,
        experts=moe.need("num_experts"),
        active=moe.need("num_experts_per_tok"),
        shared=shared,
    )
    return routed, [index >= first and index % every == 0 for index in range(layers)]
