"""Facts of how a config lists its layers, and of keys that its class never reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from archlint.facts.config import INT64, default_place, place_of, written_value
from archlint.facts.registry import Fact, Scope, Value
from archlint.specs.class_defaults import is_native
from archlint.specs.config import MTP_LAYERS
from archlint.values import NamedTuple

if TYPE_CHECKING:
    from archlint.model import Model
    from archlint.source.tree import Node

# Lists with one entry for every layer. Lists of layer indices are not among them.
PER_LAYER = (
    "mlp_layer_types", "layers_block_type", "no_rope_layers", "hybrid_layer_pattern", "moe_layer_freq",
    "attn_type_list", "indexer_types", "rope_layer_types", "num_attention_heads_per_layer",
    "num_key_value_heads_per_layer", "kv_source_layers", "activation_sparsity_pattern", "intermediate_size",
    "compress_ratios",
)  # fmt: skip

NESTED_PER_LAYER = (("sparse_attention_config", "sparse_attention_freq"),)
"""The same within a mapping of the language model's."""

_SELDOM = (
    *(name for name in PER_LAYER if name != "intermediate_size"),
    *(section for section, _ in NESTED_PER_LAYER),
    "attention_types",
)
"""Most configs have none of these keys, and one size for all layers."""

EXPERT_KEYS = (
    "num_experts",
    "num_local_experts",
    "n_routed_experts",
    "num_experts_per_tok",
    "moe_intermediate_size",
)


class ListSubject(NamedTuple):
    """One written list that has an entry for every layer, and how many it has."""

    model: Model
    name: str
    node: Node
    mapping: Node
    length: int


def lists(model: Model) -> Iterator[ListSubject]:
    """List the per-layer lists that are written."""
    if model.config is None:
        return
    text = model.config.text
    index = text.index
    width = index.get("intermediate_size")
    if (width is None or width.value.kind != "sequence") and index.keys().isdisjoint(_SELDOM):
        return
    for name in PER_LAYER:
        pair = index.get(name)
        if pair is not None and pair.value.kind == "sequence":
            yield ListSubject(model, name, pair.value, text, len(pair.value.items))
    for section, name in NESTED_PER_LAYER:
        inner = text.get(section)
        node = None if inner is None else inner.get(name)
        if inner is not None and node is not None and node.kind == "sequence":
            yield ListSubject(model, name, node, inner, len(node.items))
    node = text.get("attention_types")
    length = None if node is None else _repeated(node)
    if node is not None and length is not None:
        yield ListSubject(model, "attention_types", node, text, length)


def _repeated(node: Node) -> int | None:
    """Return how many layers pairs of kinds and how often they repeat stand for, as GPT-Neo writes them."""
    total = 0
    for pair in node.items:
        kinds, times = pair.items if len(pair.items) == 2 else (pair, pair)
        if kinds.kind != "sequence" or not isinstance(times.scalar, int) or isinstance(times.scalar, bool):
            return None
        total += len(kinds.items) * times.scalar
    return total if 0 <= total < INT64 else None


def _list_name(subject: ListSubject) -> Value | None:
    return Value(subject.name, place_of(subject.model, subject.node, subject.mapping))


def _list_length(subject: ListSubject) -> Value | None:
    return Value(subject.length, place_of(subject.model, subject.node, subject.mapping))


def _null_keys(model: Model) -> Value | None:
    if model.config is None:
        return None
    names = [pair.name for pair in model.config.text.pairs if pair.value.kind == "null"]
    return Value(names, default_place(model))


def _pattern(key: str) -> Callable[[Model], Value | None]:
    """Whether every layer that ``key`` makes global, and no other, is global in the written layer_types.

    Unknown where the class does not read the key, which may then mean something else, or another model.
    """

    def read(model: Model) -> Value | None:
        config = model.config
        if config is None or config.variant or not config.reads(key):
            return None
        node, types = config.text.get(key), config.text.get("layer_types")
        if node is None or types is None or node.kind != "integer" or types.kind != "sequence":
            return None
        every = node.scalar
        names = [item.scalar for item in types.items]
        if (
            not isinstance(every, int)
            or every <= 0
            or not names
            or not all(isinstance(n, str) for n in names)
        ):
            return None
        stated = [str(name).startswith("full") for name in names]
        implied = [(index + 1) % every == 0 for index in range(len(names))]
        # Some classes force the last layer to be global, whatever the pattern says.
        agrees = stated[:-1] == implied[:-1] and (stated[-1] or not implied[-1])
        return Value(agrees, place_of(model, node, config.text))

    return read


def _hybrid_length(model: Model) -> Value | None:
    config = model.config
    node = config.text.get("hybrid_override_pattern") if config is not None else None
    if config is None or node is None or not isinstance(node.scalar, str):
        return None
    if not set(node.scalar) <= set("ME*-|"):
        return None
    return Value(len(node.scalar.replace("|", "")), place_of(model, node, config.text))


def _dead_expert_key(model: Model) -> Value | None:
    """Key of an expert count that the class of this model_type does not know; unknown when there is none.

    Of a class whose code travels with the weights nobody can tell: releases under one model_type differ.
    """
    config = model.config
    if config is None or not config.defaults.known or not is_native(config.model_type):
        return None
    if config.variant or config.root.get("auto_map") is not None:
        return None
    for name in EXPERT_KEYS[:3]:
        node = config.text.get(name)
        if node is None or node.kind != "integer" or not isinstance(node.scalar, int) or node.scalar <= 1:
            continue
        if config.defaults.groups.get(name, (name,)) == (name,) and name not in config.defaults.fields:
            known = any(key in config.defaults.fields for key in EXPERT_KEYS)
            if not known:
                return Value(name, place_of(model, node, config.text))
    return None


def _last_layer_type(model: Model) -> Value | None:
    config = model.config
    node = config.text.get("layer_types") if config is not None else None
    if config is None or node is None or node.kind != "sequence" or not node.items:
        return None
    last = node.items[-1]
    return Value(last.scalar, place_of(model, last)) if isinstance(last.scalar, str) else None


def _theta_agrees(model: Model) -> Value | None:
    """Whether rope_theta is that of rope_parameters, or of one kind of layers in it."""
    config = model.config
    if config is None:
        return None
    theta, block = config.text.get("rope_theta"), config.text.get("rope_parameters")
    if theta is None or block is None or block.kind != "mapping":
        return None
    inner = [pair.value for pair in block.pairs if pair.value.kind == "mapping"]
    written = [node.get("rope_theta") for node in (block, *inner)]
    bases = [node.scalar for node in written if node is not None and node.kind in ("integer", "float")]
    if not bases or theta.kind not in ("integer", "float"):
        return None
    return Value(theta.scalar in bases, place_of(model, theta, config.text))


def _dtype(model: Model) -> Value | None:
    """Return the written type of the weights, under either name, of the language model or at the top."""
    config = model.config
    if config is None:
        return None
    for mapping in (config.text, config.root):
        for name in ("dtype", "torch_dtype"):
            node = mapping.get(name)
            if node is not None and isinstance(node.scalar, str):
                return Value(node.scalar, place_of(model, node, mapping))
    return None


def _mtp_layers(model: Model) -> Value | None:
    """Return the layers of the MTP tail, under any of the names that files use."""
    config = model.config
    if config is None:
        return None
    for name in MTP_LAYERS:
        node = config.text.get(name)
        if node is not None and isinstance(node.scalar, int) and not isinstance(node.scalar, bool):
            return Value(node.scalar, place_of(model, node, config.text)) if 0 <= node.scalar < 1000 else None
    return None


_DENSE_FIRST = ("first_k_dense_replace", "num_dense_layers")


def _dense_first(model: Model) -> Value | None:
    """Return how many of the first layers are said to be dense, under either name."""
    if model.config is None:
        return None
    found = (written_value(model, model.config.text, name, "int") for name in _DENSE_FIRST)
    return next((value for value in found if value is not None), None)


def _empty_window(model: Model) -> Value | None:
    """Whether sliding_window is written as null, zero or less; unknown where it is absent."""
    config = model.config
    node = config.text.get("sliding_window") if config is not None else None
    if config is None or node is None or node.kind not in ("null", "integer"):
        return None
    empty = node.kind == "null" or (isinstance(node.scalar, int) and node.scalar <= 0)
    return Value(empty, place_of(model, node, config.text))


_KEEPS_WINDOW = ("dots3_note_text", "iquestcoder", "smollm3")
"""Classes that ask ``use_sliding_window`` only for the layers that no list names."""


def _window_dropped(model: Model) -> Value | None:
    """Whether use_sliding_window is false; unknown where the class does not read it, or keeps the window anyhow."""
    config = model.config
    node = config.text.get("use_sliding_window") if config is not None else None
    if config is None or node is None or node.kind != "boolean" or not config.reads("use_sliding_window"):
        return None
    if config.model_type in _KEEPS_WINDOW:
        return None
    return Value(node.scalar is False, place_of(model, node, config.text))


SCOPES = (Scope("layer_list", "Every written list with one entry for each layer", "model", lists),)

FACTS = (
    Fact("layer_list.name", "string", "", "Key of the list", "layer_list", _list_name),
    Fact("layer_list.length", "int", "", "Entries of the list", "layer_list", _list_length),
    Fact("config.null_keys", "list<string>", "", "Keys written as null", "model", _null_keys),
    Fact(
        "config.pattern_agrees.sliding_window_pattern",
        "bool",
        "",
        "Whether sliding_window_pattern gives the global layers of layer_types",
        "model",
        _pattern("sliding_window_pattern"),
    ),
    Fact(
        "config.pattern_agrees.full_attention_interval",
        "bool",
        "",
        "Whether full_attention_interval gives the full-attention layers of layer_types",
        "model",
        _pattern("full_attention_interval"),
    ),
    Fact(
        "config.hybrid_pattern_length",
        "int",
        "layers",
        "Letters of hybrid_override_pattern",
        "model",
        _hybrid_length,
    ),
    Fact(
        "config.mtp_layers",
        "int",
        "layers",
        "Layers that predict further tokens, by any name",
        "model",
        _mtp_layers,
    ),
    Fact(
        "config.dense_first",
        "int",
        "layers",
        "How many of the first layers are dense, by any name",
        "model",
        _dense_first,
    ),
    Fact(
        "config.window_dropped",
        "bool",
        "",
        "Whether use_sliding_window is false, with which its class drops the window",
        "model",
        _window_dropped,
    ),
    Fact(
        "config.empty_window",
        "bool",
        "",
        "Whether sliding_window is null, zero or less",
        "model",
        _empty_window,
    ),
    Fact(
        "config.dead_expert_key",
        "string",
        "",
        "A key that counts experts, in a model_type that has none",
        "model",
        _dead_expert_key,
    ),
    Fact("config.last_layer_type", "string", "", "Last entry of layer_types", "model", _last_layer_type),
    Fact(
        "config.rope_theta_agrees",
        "bool",
        "",
        "Whether rope_theta is that of rope_parameters beside it",
        "model",
        _theta_agrees,
    ),
    Fact("config.written_dtype", "string", "", "Type of the weights, under either name", "model", _dtype),
)
