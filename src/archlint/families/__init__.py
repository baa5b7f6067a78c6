"""model_type to Architecture: one module per lineage."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Final

from archlint.architecture import Architecture, Dtype, Tower, read_dtype
from archlint.architecture.quantization import Storage
from archlint.families.heads import (
    class_named,
    head_apart,
    keeps_cache,
    lacks_head,
    lacks_language_model,
    reads_text_alone,
    with_head_of_class,
)
from archlint.families.quantization import read_quantization
from archlint.families.registry import FAMILIES
from archlint.specs.class_defaults import is_native
from archlint.specs.config import LANGUAGE_KEYS, MTP_LAYERS, OLDER_THAN_OWN_CODE, Config
from archlint.specs.size import Unreadable
from archlint.values import replace

__all__ = ["FAMILIES", "Family", "read"]

_BESIDE: Final = {
    "vision_config": "vision",
    "audio_config": "audio",
    "visual": "vision",
    "audio": "audio",
    "mm_vision_tower": "vision",
    "mm_audio_tower": "audio",
    "img_processor": "vision",
    "audio_processor": "audio",
}
"""Where a flat config describes an encoder that its language model is published with."""

Family = Callable[[Config], Architecture]
"""Reads a config of one lineage. It may raise ``Unreadable``, and nothing else, on what a file says."""

_EXPERTS: Final = ("num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts")
_OTHER_PARTS: Final = (
    "kv_lora_rank",
    "linear_attn_config",
    "linear_num_value_heads",
    "layers_block_type",
    "hybrid_override_pattern",
    "compress_ratios",
    "mamba_d_state",
    "ssm_state_size",
)
"""Keys of which each makes other layers than a class builds that does not read them; and so do counts of experts."""

_ANY_PART: Final = frozenset((*_EXPERTS, *_OTHER_PARTS))

_DRAFTS: Final = frozenset(("draft_vocab_size", "eagle_config", "dflash_config"))

LOST: Final = "a part of the file is lost, and what it said of this may be in it"
"""Why nothing is derived from a config that is cut off or broken."""

_TOWERS: Final = {
    "vision_config": "vision",
    "audio_config": "audio",
    "vision_tower_config": "vision",
    "visual": "vision",
    "vision": "vision",
    "vit_config": "vision",
    "vision_encoder": "vision",
    "speech_config": "speech",
    "encoder_config": "encoder",
    "talker_config": "talker",
    "code2wav_config": "speech decoder",
    "token2wav_config": "speech decoder",
    "encoder": "encoder",
}


def read(config: Config) -> Architecture:
    """Return the architecture that ``config`` describes.

    Nothing that a file says makes it raise: what cannot be read is absent from the figures that need it,
    with the reason. A model_type that nobody knows is read as a generic decoder.
    """
    family = None if config.foreign else family_of(config.model_type)
    try:
        shape = _generic_family()(config) if family is None else family(config)
    except Unreadable as gap:
        shape = Architecture(model_type=config.model_type, absent={"*": str(gap)}, known=family is not None)
    return _complete(shape, config)


@cache
def family_of(model_type: str) -> Family | None:
    """Return the function that reads ``model_type``, None when there is none."""
    target = FAMILIES.get(model_type)
    return None if target is None else _load(target)


@cache
def _generic_family() -> Family:
    """Return the reader for model types that nobody knows."""
    return _load("generic.generic")


def _load(target: str) -> Family:
    module, _, name = target.rpartition(".")
    family = getattr(import_module(f"archlint.families.{module}"), name)
    assert callable(family)
    return family  # type: ignore[no-any-return]


def _complete(shape: Architecture, config: Config) -> Architecture:
    """Add what every config says in the same way: dtype, quantisation, context, towers, unreadable flags."""
    shape = with_head_of_class(shape, config)
    absent = {"*": LOST} if config.partial else dict(shape.absent)
    if config.unreadable:
        absent.setdefault("parameters", "; ".join(sorted(config.unreadable.values())))
    unverified = dict(shape.unverified)
    if config.tie_unheard:
        said = f"only {config.pointer[1:]} ties the embeddings, which transformers' class does not read"
        unverified.setdefault("parameters", said)
    if config.variant:
        unverified["*"] = f"{config.variant} is a class of its own, read as that of {config.model_type}"
    elif lacks_language_model(shape, config):
        said = f"counted as the language model of its type, which {class_named(config)} does not have so"
        for name in ("parameters", "weights", "flops") if keeps_cache(config) else ("*",):
            unverified.setdefault(name, said)
    elif lacks_head(shape, config):
        said = f"counted with the head of a language model, which {class_named(config)} does not have"
        for name in ("parameters", "weights", "flops"):
            unverified.setdefault(name, said)
    elif _has_changed_code(config):
        unverified["*"] = (
            f"code comes with the weights, and what it changes of {config.model_type} is not known"
        )
    elif other := _unheard_part(config):
        unverified["*"] = f"{other} is written, which the class of {config.model_type} does not read"
    elif config.writes_any(_DRAFTS):
        unverified["*"] = "a draft for speculative decoding, which has parts beyond those of its class"
    elif unread := [size for size in config.unread_sizes if size.differs or config.is_of_other_code]:
        name, field = unread[0].pair.name, unread[0].field
        unverified["*"] = f"the class of {config.model_type} does not read {name}; {field} is its default"
    elif config.flat_unheard and config.wrapper is not None:
        unverified["*"] = f"transformers' class of {config.wrapper.model_type} reads no such keys at the top"
    elif config.tie_contradicted:
        for name in ("parameters", "weights", "flops"):
            unverified.setdefault(name, "tie_word_embeddings is one thing outside and another inside")
    if shape.mtp is None and (counted := _mtp_written(config)):
        absent.setdefault(
            "parameters.mtp", f"{counted} tells of MTP layers, and their structure is not known"
        )
        unverified.setdefault("weights", "MTP layers are left out: their structure is not known")
    context = (
        None
        if config.partial
        else config.size("max_position_embeddings", "n_positions", "max_sequence_length", "seq_length")
    )
    return replace(
        shape,
        model_type=config.model_type,
        absent=absent,
        unverified=unverified,
        dtype=_dtype(config),
        storage=Storage(lambda: read_quantization(config)),
        context=context,
        towers=_all_towers(shape, config),
    )


def _mtp_written(config: Config) -> str:
    """Return the key by which a config has MTP layers, empty when it has none."""
    if not config.writes_any(MTP_LAYERS) or config.get("use_mtp") is False:
        return ""
    return next((key for key in MTP_LAYERS if key in config and config.get(key) not in (None, False, 0)), "")


def _all_towers(shape: Architecture, config: Config) -> tuple[Tower, ...]:
    if reads_text_alone(config):
        return ()
    return shape.towers or _towers(config) + head_apart(shape, config)


def _has_changed_code(config: Config) -> bool:
    """Whether a file of one of the library's own types brings a model class of the same name: DNABERT's BertModel."""
    own = config.text.get("auto_map")
    models = own is not None and any(pair.name.startswith("AutoModel") for pair in own.pairs)
    return models and config.model_type in OLDER_THAN_OWN_CODE


def _unheard_part(config: Config) -> str:
    """Return a key by which other code builds other layers than the native class, empty when there is none."""
    if not config.writes_any(_ANY_PART) or config.foreign or not is_native(config.model_type):
        return ""
    counts = () if any(map(config.reads, _EXPERTS)) else _EXPERTS  # another name than the class's is noise
    unheard = (key for key in (*counts, *_OTHER_PARTS) if key in config and not config.reads(key))
    return next((key for key in unheard if config.get(key) not in (None, False, 0, 1, [], {}, "")), "")


def _dtype(config: Config) -> Dtype | None:
    reader: Config | None = config
    while reader is not None:
        for key in ("dtype", "torch_dtype"):
            name = reader.word(key)
            if name is not None:
                return read_dtype(name)
        reader = reader.wrapper
    return None


def _holds(config: Config, key: str) -> bool:
    """Whether ``key`` of a flat config names or describes an encoder."""
    node = config.node(key)
    return node is not None and (node.kind == "mapping" or (node.kind == "string" and bool(node.scalar)))


def _is_tower(outer: Config, key: str) -> bool:
    """Whether ``key`` of a wrapper that nobody knows holds an encoder of images or sound, or another model."""
    node = outer.node(key)
    if node is None or node.kind != "mapping" or key in _TOWERS or key in LANGUAGE_KEYS:
        return False
    encodes = any(word in key for word in ("visual", "vision", "vit", "image", "audio", "speech"))
    return encodes or (node.get("hidden_size") is not None and node.get("num_hidden_layers") is not None)


def _towers(config: Config) -> tuple[Tower, ...]:
    """Return the towers that a wrapper has beside its language model, their size derived where it can be."""
    places: dict[str, dict[str, Config]] = {}
    outer = config.wrapper
    if outer is not None:
        from archlint.families.towers import towers_of

        derived = towers_of(outer, config)
        if derived is not None:
            return derived
    while outer is not None:
        for key in outer.defaults.sub:
            if key not in LANGUAGE_KEYS:
                places.setdefault(_TOWERS.get(key, key.removesuffix("_config")), {})[key] = outer
        for key, name in _TOWERS.items():
            if outer.has(key):
                places.setdefault(name, {})[key] = outer
        if not outer.defaults.known:
            for key in outer.written_keys:
                if _is_tower(outer, key):
                    places.setdefault(key.removesuffix("_config"), {})[key] = outer
        outer = outer.wrapper
    if config.wrapper is None and config.writes_any(_BESIDE):
        for key, name in _BESIDE.items():
            if _holds(config, key):
                places.setdefault(name, {})[key] = config
    if not places:
        return ()
    from archlint.families.tower_bounds import unknown_towers

    return unknown_towers(places, config)
