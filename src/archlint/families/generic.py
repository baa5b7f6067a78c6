"""A model_type that nobody knows: read as the nearest generic decoder, figure by figure.

Cache figures from a written layer count and written heads and widths are verified whoever builds the model;
parameters are not, since biases, norms and further weights are guesses. A class that
transformers has and archlint does not read (an encoder of images or sound, mostly) is no decoder to guess at:
all its figures are absent.
"""

from __future__ import annotations

import re
from typing import Final

from archlint.architecture import (
    Architecture,
    Attention,
    Dense,
    Embedding,
    Experts,
    Head,
    LatentAttention,
    Part,
    norm,
)
from archlint.families.layers import CHUNKED, FULL, SLIDING, stack, written_kinds
from archlint.source.tree import Plain
from archlint.specs.config import HEADS, HIDDEN, KV_HEADS, LAYERS, Config
from archlint.specs.size import Size, Unknown, Unreadable, over
from archlint.values import replace

HEAD_DIM: Final = ("head_dim", "kv_channels", "attention_head_dim", "d_head")
INNER: Final = ("intermediate_size", "ffn_hidden_size", "n_inner", "ffn_dim", "d_ff", "hidden_dim")
EXPERTS: Final = ("num_experts", "n_routed_experts", "num_local_experts", "moe_num_experts")
ACTIVE: Final = (
    "num_experts_per_tok",
    "num_experts_per_token",
    "moe_topk",
    "moe_top_k",
    "moe_k",
    "top_k_experts",
)
EXPERT_BLOCKS: Final = ("moe_config", "moe", "moe_args", "ffn_config")
"""Mappings that describe experts in some way of their own."""
EXPERT_WIDTH: Final = ("moe_intermediate_size", "expert_ffn_hidden_size", "moe_ffn_hidden_size")

OTHER_MIXERS: Final = (
    "linear_attn_config",
    "layers_block_type",
    "block_types",
    "attn_type_list",
    "hybrid_override_pattern",
    "hybrid_layer_pattern",
    "block_configs",
    "mamba_d_state",
    "ssm_state_size",
    "state_size",
    "num_kv_shared_layers",
    "compress_ratios",
    "sliding_window_pattern",
    "full_attention_interval",
    "layer_group_size",
    "attn_layer_period",
    "cross_attention_layers",
    "swa_num_key_value_heads",
    "index_head_dim",
    "kv_source_layers",
    "sparse_attention_config",
    "zero_expert_num",
    "expand_k",
    "use_short_conv",
    "lora_rank_decay",
)
"""Keys that say that not every layer caches alike, in ways that only its own code tells."""

_OTHER_MIXER: Final = re.compile(
    r"^(swa|global|local|linear|mamba|ssm|conv|recurrent|kda|rwkv|index|compress|cross|lightning|hyena)_"
    r"|_(swa|global|local|linear|full)_|hybrid|kv_shar|(^|_)cla(_|$)|(^|_)(window|sliding)_"
)
_OF_OTHERS: Final = re.compile(
    r"^(mm|vision|image|video|audio|act|activation)_|_(beta|alpha|eps|bias|scale|frames)$"
)
"""Keys of other parts of a model, and of functions: ``mm_local_num_frames``, ``activation_situ_linear_beta``."""
_BOTH_WAYS: Final = ("type_vocab_size", "patch_size")
"""Keys of encoders: token types of pairs of sentences, patches of images."""
_OF_EXPERTS: Final = re.compile(r"expert")
_COUNTS_EXPERTS: Final = re.compile(r"^(moe_)?(n|num)_(?!shared|experts_per).*experts$")
_AGAIN: Final = re.compile(
    r"recurren|recursi|(^|_)loops?(_|$)|(^|_)ut_steps|num_repeats|layer_sharing|share_layers"
)
"""Keys of models whose layers run more than once: each run has a cache of its own, or shares one."""
_CACHES_ALIKE: Final = re.compile(
    r"expert|moe|mlp|ffn|dense|intermediate|rope|visual|vision|audio|image|token|aux"
)
"""Keys of lists that tell layers apart in something else than their cache."""
_OWN_WIDTHS: Final = re.compile(r"_kv_lora_|(^|_)(qk|kq|key)_(head_)?dim$")
"""Keys that give keys a width of their own, or a latent under another name than DeepSeek's."""
_LISTS_LAYERS: Final = re.compile(r"(layers|layer_(ids?|idxs?|indices|indexes))$")
_SAID_OF_WINDOWS: Final = ("sliding_window", "use_sliding_window", "max_window_layers", "layer_types")
_RECURRENT_TYPE: Final = re.compile(r"rwkv|mamba|retnet|hgrn|xlstm|hyena|delta_?net|linear_attn")
_EVERY: Final = re.compile(r"_(every_n|interval|period|frequency|freq)(_layers)?$")
_UNKNOWN_KINDS: Final = "layer_types names layers whose cache is not known"
_NOTHING: Final[tuple[Plain, ...]] = (None, False, 0, [], {}, "")


def generic(config: Config) -> Architecture:
    """Return a pre-norm decoder from whichever of the usual keys are there."""
    name = config.model_type or "this config"
    if config.defaults.known:  # a class that transformers has, and that is no decoder or has no family yet
        raise Unreadable(f"the layers of {name} are not derived")
    said = config.word("model_type")
    guess = (
        f"{config.named_class} is no class of {name}: read as a generic decoder"
        if config.foreign
        else f"dim and n_layers are no keys of {said}: read as a generic decoder"
        if said is not None and name == f"{said}_params"
        else f"model type {name} is not known: read as a generic decoder"
        if config.model_type
        else ("no model_type is given: read as a generic decoder")
    )
    count = config.layers(*LAYERS)
    hidden = config.need(*HIDDEN)
    mixer, doubt = _mixer(config, hidden)
    if count.origin == "default":
        doubt = doubt or "the layer count is not written"
    mixers: list[Part] = [mixer] * count
    kinds = written_kinds(config, count)
    if kinds is not None and not isinstance(mixer, Attention):
        doubt = doubt if {*kinds} == {FULL} else _UNKNOWN_KINDS
    elif kinds is not None and isinstance(mixer, Attention):
        parts: dict[str, Part] = {FULL: replace(mixer, window=None)}
        if SLIDING in kinds:
            parts[SLIDING] = replace(mixer, window=config.need("sliding_window"))
        if CHUNKED in kinds:
            parts[CHUNKED] = replace(mixer, chunk=config.need("attention_chunk_size"))
        if all(kind in parts for kind in kinds):
            mixers = [parts[kind] for kind in kinds]
        else:
            doubt = _UNKNOWN_KINDS
    absent = _gaps(config, mixer, doubt, count)
    unverified = {"parameters": guess, "weights": guess, "flops": guess, "state": guess}
    if kinds is None and isinstance(mixer, Attention) and mixer.window is not None:
        said = "it is not known which layers sliding_window bounds"
        unverified |= {"kv_cache.growing_bytes_per_token": said, "kv_cache.at": said}
    if doubt:
        unverified["kv_cache"] = doubt
    vocab = config.need("vocab_size", "n_vocab", "padded_vocab_size")
    tied = config.tied
    return Architecture(
        model_type=config.model_type,
        layers=stack(
            mixers, [_feed_forward(config, hidden)] * count, norm("norm0", hidden) + norm("norm1", hidden)
        ),
        embedding=Embedding(vocab=vocab, width=hidden),
        head=Head(vocab=vocab, width=hidden, tied=tied),
        final=norm("norm", hidden),
        notes=(guess,),
        unverified=unverified,
        absent=absent,
        known=False,
    )


def _tells_mixers_apart(key: str, value: Plain, layers: int) -> bool:
    """Whether a key says that not every layer caches alike: not ``num_local_experts``, nor every layer global."""
    if value in _NOTHING or (_EVERY.search(key) and value == 1) or key in _SAID_OF_WINDOWS:
        return False
    if isinstance(value, list) and not _CACHES_ALIKE.search(key):
        each = len(value) == layers and any(item != value[0] for item in value)
        if each or (_LISTS_LAYERS.search(key) and all(isinstance(item, int) for item in value)):
            return True
    return key in OTHER_MIXERS or bool(
        _OTHER_MIXER.search(key) and not _OF_EXPERTS.search(key) and not _OF_OTHERS.search(key)
    )


def _runs_again(key: str, value: Plain) -> bool:
    """Whether a key says that layers run more than once for a token."""
    return _AGAIN.search(key) is not None and (value is True or value not in (*_NOTHING, 1))


def _several(value: Plain) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 1


def _gaps(config: Config, mixer: Part, doubt: str, layers: int) -> dict[str, str]:
    """Return what cannot be said, and why: of experts, of layers, or of all that differs between layers."""
    gaps: dict[str, str] = {}
    blocks = [key for key in EXPERT_BLOCKS if isinstance(config.get(key), dict)]
    blocks += [
        key for key in config.written_keys if _COUNTS_EXPERTS.search(key) and _several(config.get(key))
    ]
    if blocks and not any(config.has(key) for key in EXPERTS):
        gaps |= dict.fromkeys(("parameters", "flops"), f"{blocks[0]} describes experts in a way not known")
    both = next((key for key in _BOTH_WAYS if config.has(key)), "")
    if both or (config.has("is_causal") and not config.flag("is_causal")):
        said = f"{both or 'is_causal'} is an encoder's, which keeps no cache"
        gaps |= dict.fromkeys(("kv_cache", "flops"), said)
    if config.flag("is_encoder_decoder"):
        said = "is_encoder_decoder says that there are two stacks, of which the layers are not known"
        gaps |= dict.fromkeys(("layers", "kv_cache", "flops", "parameters"), said)
    if isinstance(mixer, Attention) and isinstance(mixer.heads, Unknown):  # there may be no attention at all
        gaps |= dict.fromkeys(("layers", "kv_cache", "state"), mixer.heads.reason)
    keys = config.written_keys
    other = next((key for key in keys if _tells_mixers_apart(key, config.get(key), layers)), "")
    again = next((key for key in keys if _runs_again(key, config.get(key))), "")
    latent = next((key for key in keys if _OWN_WIDTHS.search(key) and _several(config.get(key))), "")
    if other or doubt == _UNKNOWN_KINDS:
        gap = f"{other} says that layers differ in a way not known" if other else doubt
        gaps |= dict.fromkeys(("layers", "kv_cache", "state", "flops", "parameters"), gap)
    elif again:
        gap = f"{again} says that layers run more than once in a way not known"
        gaps |= dict.fromkeys(("layers", "kv_cache", "state", "flops"), gap)
    elif latent:
        gap = f"{latent} describes attention in a way not known"
        gaps |= dict.fromkeys(("kv_cache", "flops", "parameters"), gap)
    elif _RECURRENT_TYPE.search(config.model_type.casefold()):
        gap = f"{config.model_type} has recurrent layers in a way not known"
        gaps |= dict.fromkeys(("layers", "kv_cache", "state", "flops", "parameters"), gap)
    return gaps


def _mixer(config: Config, hidden: Size) -> tuple[Part, str]:
    """Return the attention, and what its cache rests on that is not written (empty when all is)."""
    heads = config.need(*HEADS)
    if config.has("kv_lora_rank"):
        rope = config.count("qk_rope_head_dim")
        missing = Unknown("qk_rope_head_dim is not given", "qk_rope_head_dim")
        latent = LatentAttention(
            hidden=hidden,
            heads=heads,
            kv_rank=config.need("kv_lora_rank"),
            nope_dim=config.need("qk_nope_head_dim"),
            rope_dim=missing if rope is None else rope,
            value_dim=config.need("v_head_dim"),
            q_rank=config.size("q_lora_rank"),
        )
        return latent, ""
    doubts = []
    kv_heads = config.size(*KV_HEADS)
    if kv_heads is None or kv_heads.origin == "default":
        doubts.append("the number of KV heads is not written")
    if kv_heads is None:
        kv_heads = heads
    head_dim = config.size(*HEAD_DIM)
    if head_dim is None or head_dim.origin == "default":
        doubts.append("head_dim is not written")
    if head_dim is None:
        head_dim = over(hidden, heads)
    window = config.size("sliding_window") if config.flag("use_sliding_window", default=True) else None
    value_dim = config.size("v_head_dim")
    mixer = Attention(
        hidden=hidden,
        heads=heads,
        kv_heads=kv_heads,
        head_dim=head_dim,
        value_dim=value_dim,
        window=window,
    )
    return mixer, "; ".join(doubts)


def _feed_forward(config: Config, hidden: Size) -> Part:
    number = config.count(*EXPERTS)
    if number is None or number == 0 or number == 1 or not config.flag("use_moe", default=True):
        return Dense(hidden=hidden, width=config.need(*INNER))
    width = config.size(*EXPERT_WIDTH)
    return Experts(
        hidden=hidden,
        width=config.need(*INNER) if width is None else width,
        experts=number,
        active=config.need(*ACTIVE),
    )
