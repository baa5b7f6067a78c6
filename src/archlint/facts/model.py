"""Scopes of whole models, and facts of what a config implies: layers and costs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from archlint.facts.config import default_place, place_of
from archlint.facts.registry import Fact, Scope, Unit, Value, Where

if TYPE_CHECKING:
    from archlint.costs import Derivation
    from archlint.model import Model


def _models(subject: Any) -> Iterable[Model]:
    return subject.models  # type: ignore[no-any-return]


def _cards(model: Model) -> Iterable[Model]:
    return (model,) if model.card is not None else ()


def _configs(model: Model) -> Iterable[Model]:
    """The config, where it stands in the file at hand: a card's config is looked at in its own file."""
    return (model,) if model.config is not None and model.config_document is model.document else ()


def _nothing(_: object) -> Iterable[object]:
    return ()


SCOPES = (
    Scope("document", "The file", None, _nothing),
    Scope("model", "Every model of the file: a card, a config, or both", "document", _models),
    Scope("card", "Every card", "model", _cards),
    Scope("config", "Every config that stands in the file", "model", _configs),
)


_FIGURES: tuple[tuple[str, str, Unit, str], ...] = (
    (
        "total_parameters",
        "parameters.total",
        "parameters",
        "Parameters of the language model, tied once, MTP apart",
    ),
    (
        "active_parameters",
        "parameters.active",
        "parameters",
        "Parameters that one token uses, input embedding included",
    ),
    (
        "active_parameters_without_input_embedding",
        "parameters.active_without_input_embedding",
        "parameters",
        "Parameters that one token uses, input embedding left out unless it is the head, too",
    ),
    ("embedding_parameters", "parameters.embedding", "parameters", "Parameters of the input embedding"),
    (
        "mtp_parameters",
        "parameters.mtp",
        "parameters",
        "Parameters of the layers that predict further tokens",
    ),
    ("tower_parameters", "parameters.towers", "parameters", "Parameters of vision and audio towers"),
    (
        "kv_bytes_per_token",
        "kv_cache.bytes_per_token",
        "bytes per token",
        "What an engine caches per token in bf16, windows ignored",
    ),
    (
        "kv_growing_bytes_per_token",
        "kv_cache.growing_bytes_per_token",
        "bytes per token",
        "What each further token adds to the cache in bf16, past every window",
    ),
    (
        "kv_gallery_bytes_per_token",
        "kv_cache.gallery_bytes_per_token",
        "bytes per token",
        "KV cache per token as the LLM Architecture Gallery counts it: index keys left out, K = V once",
    ),
    ("state_bytes", "state.bytes", "bytes", "Recurrent and convolution state of one sequence"),
    ("weight_bytes", "weights.bytes", "bytes", "Size of the weights as published"),
)


def _figure(name: str) -> Callable[[Model], Value | None]:
    def read(model: Model) -> Value | None:
        if model.costs is None:
            return None
        figure = model.costs.figure(name)
        if figure.value is None or figure.value >= 2**63:
            return None

        def lines() -> list[str]:
            derivation = model.costs.derivation(name) if model.costs is not None else None
            return [derivation.line()] if derivation is not None else []

        def rests_on() -> dict[str, Value]:
            derivation = model.costs.derivation(name) if model.costs is not None else None
            return ({} if derivation is None else _keys_of(model, derivation)) | layer_values(model)

        verified = figure.verified and not repeats_unseen(model)
        return Value(
            figure.value, default_place(model), "derived", verified, derivation=lines, rests_on=rests_on
        )

    return read


_LAYER_COUNTS = (
    "num_hidden_layers", "num_layers", "n_layer", "n_layers", "num_blocks", "num_transformer_layers",
    "num_decoder_layers",
)  # fmt: skip
_LAYER_KINDS = (
    "layer_types", "layers_block_type", "block_types", "attention_types", "attn_type_list", "attn_layers",
    "attn_layer_indices", "attn_layer_idx", "full_attn_idxs", "hybrid_layer_pattern", "hybrid_override_pattern",
    "sliding_window_pattern", "full_attention_interval", "attn_layer_period", "attn_layer_offset",
    "global_attn_every_n_layers", "layer_group_size", "no_rope_layers", "no_rope_layer_interval", "compress_ratios",
    "cla_share_factor", "num_kv_shared_layers", "cross_attention_layers", "linear_attn_config", "block_configs",
)  # fmt: skip
"""Keys that say which layers there are, by any name that files use."""


def layer_values(model: Model) -> dict[str, Value]:
    """Return the keys of the config that say how many layers there are, and of which kinds."""
    config = model.config
    if config is None:
        return {}
    counted = config.written("num_hidden_layers")
    counts = [counted] if counted is not None else [name for name in _LAYER_COUNTS if config.has(name)][:1]
    windows = ["max_window_layers"] if config.flag("use_sliding_window") else []
    named = ((name, _written_value(model, name)) for name in (*counts, *_LAYER_KINDS, *windows))
    return {name: value for name, value in named if value is not None}


def _keys_of(model: Model, derivation: Derivation) -> dict[str, Value]:
    """Return the keys that a figure's arithmetic begins with; of ``hidden_size / num_attention_heads`` both."""
    found: dict[str, Value] = {}
    for term in derivation.terms():
        for name in _name().findall(term.key):
            value = _written_value(model, name)
            if value is None and term.origin == "default":
                value = Value(int(term.value), default_place(model), "default")
            if value is not None:
                found.setdefault(name, value)
    return found


def _written_value(model: Model, name: str) -> Value | None:
    """Return a key that is written and not null, in the language model's mapping or at the top."""
    for mapping in model.config.mappings[::-1] if model.config is not None else ():
        node = mapping.get(name)
        if node is not None and node.kind != "null":
            plain = node.plain()
            data = "{…}" if isinstance(plain, dict) or plain is None else plain
            return Value(data, place_of(model, node, mapping))  # type: ignore[arg-type]
    return None


@cache
def _name() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z_]\w*")


def repeats_unseen(model: Model) -> bool:
    """Tell whether the card speaks of passes or sublayers of a model_type whose structure is not known."""
    architecture = model.architecture
    mix = model.card.layer_mix if model.card is not None else None
    if architecture is None or architecture.known or mix is None:
        return False
    return mix.passes > 1 or mix.sublayers is not None


_STRUCTURE = ("*", "layers", "kv_cache", "kv_cache.bytes_per_token")


def structure_known(model: Model) -> bool:
    """Tell whether the layers are known at all: nothing said that they differ in a way not known."""
    architecture = model.architecture
    if architecture is None or not architecture.layers:
        return False
    return not any(name in architecture.absent for name in _STRUCTURE)


def structure_verified(model: Model) -> bool:
    """Tell whether the kinds of layers are those of a structure that was checked, or are listed in the file."""
    architecture, config = model.architecture, model.config
    if architecture is None or config is None:
        return False
    if not architecture.known:
        types = config.text.get("layer_types")
        return types is not None and len(types.items) == len(architecture.layers)
    return not any(name in architecture.unverified for name in _STRUCTURE)


def _derived(model: Model, data: Any) -> Value:
    verified = structure_verified(model)
    return Value(data, _structure_place(model), "derived", verified, rests_on=lambda: layer_values(model))


def _structure_place(model: Model) -> Where:
    config = model.config
    node = config.text.get("num_hidden_layers") if config is not None else None
    if config is not None and node is not None:
        return place_of(model, node, config.text)
    return default_place(model)


def _layers(model: Model) -> Value | None:
    architecture = model.architecture
    if architecture is None or not architecture.layers:
        return None
    return _derived(model, len(architecture.layers))


def kind_counts(model: Model) -> dict[str, int] | None:
    """Return how many layers have a mixer of each kind, if each has one at most; the most frequent first."""
    architecture = model.architecture
    if architecture is None or not structure_known(model):
        return None
    kinds = architecture.mixer_kinds()
    if sum(kinds.values()) != len(architecture.layers):
        return None
    return dict(sorted(kinds.items(), key=lambda item: -item[1]))


_NAMES = {"global": "global", "mla": "MLA", "none": "attention-free", "conv": "convolution", "mamba": "Mamba"}


def _mix(model: Model) -> Value | None:
    kinds = kind_counts(model)
    architecture = model.architecture
    if not kinds:
        return _parallel_mix(model)
    sublayers = sum(len(layer.mixers) for layer in architecture.layers) if architecture is not None else 0
    if len(kinds) == 1 and sublayers > sum(kinds.values()):
        (kind,) = kinds
        return _derived(model, f"with {sublayers} {_NAMES.get(kind, kind)} sublayers")
    if len(kinds) == 1 and "global" in kinds:
        return _derived(model, f"{kinds['global']} attention")
    return _derived(model, " + ".join(f"{count} {_NAMES.get(kind, kind)}" for kind, count in kinds.items()))


def _parallel_mix(model: Model) -> Value | None:
    """Layers by kind where some have several kinds at once: ``44 Mamba/global``; not beside an encoder."""
    architecture = model.architecture
    if architecture is None or not architecture.layers or not structure_known(model):
        return None
    if "cross" in architecture.mixer_kinds():
        return None
    counts: dict[str, int] = {}
    for layer in architecture.layers:
        kinds = dict.fromkeys(part.kind for part in layer.mixers)
        name = "/".join(_NAMES.get(kind, kind) for kind in kinds) or _NAMES["none"]
        counts[name] = counts.get(name, 0) + 1
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    return _derived(model, " + ".join(f"{count} {name}" for name, count in ordered))


def _mixer_kinds(model: Model) -> Value | None:
    architecture = model.architecture
    if architecture is None or not architecture.layers:
        return None
    return _derived(model, sorted(architecture.mixer_kinds()))


def _feed_forward_kinds(model: Model) -> Value | None:
    architecture = model.architecture
    if architecture is None or not architecture.layers:
        return None
    return _derived(model, sorted(architecture.feed_forward_kinds()))


def _known(model: Model) -> Value | None:
    if model.architecture is None:
        return None
    return Value(model.architecture.known, default_place(model), "derived")


def _mtp_layers(model: Model) -> Value | None:
    architecture = model.architecture
    if architecture is None or not architecture.layers:
        return None
    return _derived(model, len(architecture.mtp.layers) if architecture.mtp is not None else 0)


FACTS = (
    *(
        Fact(f"costs.{name}", "int", unit, meaning, "model", _figure(figure))
        for name, figure, unit, meaning in _FIGURES
    ),
    Fact("model.known", "bool", "", "Whether archlint knows how this model_type is built", "model", _known),
    Fact("model.layers", "int", "layers", "Decoder layers, MTP tail left out", "model", _layers),
    Fact("model.mtp_layers", "int", "layers", "Layers of the MTP tail", "model", _mtp_layers),
    Fact("model.layer_mix", "string", "", "Layers by kind, as a card would say it", "model", _mix),
    Fact(
        "model.mixer_kinds",
        "list<string>",
        "",
        "Kinds of mixers that occur: global, sliding, mla, linear, mamba, ...",
        "model",
        _mixer_kinds,
    ),
    Fact(
        "model.feed_forward_kinds",
        "list<string>",
        "",
        "Kinds of feed-forwards that occur: dense, experts, none",
        "model",
        _feed_forward_kinds,
    ),
)
