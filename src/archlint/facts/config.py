"""Facts of the config: its keys, by the names that the field uses for them.

A key is read as its model class reads it: under an alias, or from the class's default when it is absent.
A key whose value is of another type than is usual (a list where a number is) is unknown, not wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from archlint.facts.registry import Data, Fact, FactType, Place, Unit, Value, Where
from archlint.source.tree import Node, Pair, Plain
from archlint.specs.class_defaults import is_native

if TYPE_CHECKING:
    from archlint.model import Model
    from archlint.source.document import Document
    from archlint.specs.config import Config

INT64 = 2**63

# name, type, unit, meaning. Read from the language model's mapping, aliases and class defaults included.
_KEYS: tuple[tuple[str, FactType, Unit, str], ...] = (
    ("hidden_size", "int", "elements", "Width of the residual stream"),
    ("num_hidden_layers", "int", "layers", "Number of decoder layers"),
    ("num_attention_heads", "int", "heads", "Number of query heads"),
    ("num_key_value_heads", "int", "heads", "Number of heads that keys and values are kept for"),
    ("head_dim", "int", "elements", "Width of one attention head"),
    ("v_head_dim", "int", "elements", "Width of one value head"),
    ("intermediate_size", "int", "elements", "Width of the dense feed-forward"),
    ("hidden_act", "string", "", "Activation of the feed-forward"),
    ("vocab_size", "int", "tokens", "Rows of the embedding table"),
    ("max_position_embeddings", "int", "tokens", "Longest sequence that positions are made for"),
    ("rms_norm_eps", "double", "", "Small number added in RMSNorm"),
    ("attention_bias", "bool", "", "Whether attention projections have a bias"),
    ("partial_rotary_factor", "double", "", "Share of each head that rotates"),
    ("rotary_dim", "int", "elements", "Elements of each head that rotate"),
    ("rope_theta", "double", "", "Base of the rotary frequencies"),
    ("layer_types", "list<string>", "", "Kind of attention of every layer"),
    ("mlp_layer_types", "list<string>", "", "Kind of feed-forward of every layer"),
    ("sliding_window", "int", "tokens", "Tokens that a sliding-window layer sees"),
    ("use_sliding_window", "bool", "", "Whether the sliding window is used at all"),
    ("max_window_layers", "int", "layers", "First layer that the window applies to"),
    ("sliding_window_pattern", "int", "layers", "Every how many layers one is global"),
    ("attention_chunk_size", "int", "tokens", "Tokens per chunk of chunked attention"),
    ("full_attention_interval", "int", "layers", "Every how many layers one has full attention"),
    ("hybrid_override_pattern", "string", "", "A letter a layer: M Mamba-2, E experts, * attention, - MLP"),
    ("attn_layer_period", "int", "layers", "Every how many layers one is attention"),
    ("attn_layer_offset", "int", "layers", "First attention layer of a period"),
    ("num_kv_shared_layers", "int", "layers", "Last layers that reuse an earlier layer's cache"),
    ("kv_lora_rank", "int", "elements", "Width of MLA's key-value latent"),
    ("q_lora_rank", "int", "elements", "Width of MLA's query latent"),
    ("qk_nope_head_dim", "int", "elements", "Part of an MLA query head without position"),
    ("qk_rope_head_dim", "int", "elements", "Rotary part of an MLA query head"),
    ("index_topk", "int", "tokens", "Tokens that the sparse index lets through"),
    ("index_head_dim", "int", "elements", "Width of an index key"),
    ("index_n_heads", "int", "heads", "Heads of the sparse index"),
    ("num_experts", "int", "experts", "Number of routed experts"),
    ("num_experts_per_tok", "int", "experts", "Routed experts that one token uses"),
    ("n_shared_experts", "int", "experts", "Experts that every token uses"),
    ("n_group", "int", "", "Groups that the routed experts are divided into"),
    ("topk_group", "int", "", "Groups that a token may choose experts from"),
    ("moe_intermediate_size", "int", "elements", "Width of one expert"),
    ("first_k_dense_replace", "int", "layers", "First layers that have a dense feed-forward"),
    ("decoder_sparse_step", "int", "layers", "Every how many layers one has experts"),
    ("mlp_only_layers", "list<int>", "", "Layers, from 0, that have a dense feed-forward"),
    ("num_nextn_predict_layers", "int", "layers", "Layers that predict further tokens (MTP)"),
    ("original_max_position_embeddings", "int", "tokens", "Longest sequence before the context was extended"),
    ("tie_word_embeddings", "bool", "", "Whether the output head is the input embedding"),
    ("linear_num_key_heads", "int", "heads", "Key heads of linear attention"),
    ("linear_num_value_heads", "int", "heads", "Value heads of linear attention"),
    ("linear_key_head_dim", "int", "elements", "Width of a key head of linear attention"),
    ("linear_value_head_dim", "int", "elements", "Width of a value head of linear attention"),
    ("mamba_n_heads", "int", "heads", "Heads of a Mamba-2 layer, as Bamba and Granite call them"),
    ("mamba_d_head", "int", "elements", "Width of a head of a Mamba-2 layer, as Bamba and Granite call it"),
    ("mamba_expand", "int", "", "How many times wider than the hidden size a Mamba-2 layer is"),
    ("num_heads", "int", "heads", "Heads of a Mamba-2 layer, as Mamba-2 itself calls them; of T5's attention"),
    ("expand", "int", "", "How many times wider than the hidden size a layer of Mamba is, as Mamba itself calls it"),
    ("mamba_num_heads", "int", "heads", "Heads of a Mamba-2 layer, as Nemotron-H calls them"),
    ("n_groups", "int", "", "Groups of a Mamba-2 layer's heads that share their input and output maps"),
    ("final_logit_softcapping", "double", "", "Bound of the logits"),
    ("attn_logit_softcapping", "double", "", "Bound of the attention scores"),
    ("query_pre_attn_scalar", "double", "", "What attention scores are divided by the square root of"),
)  # fmt: skip

# Exactly as written in the language model's mapping: neither aliases nor defaults.
_WRITTEN: tuple[tuple[str, FactType, Unit, str], ...] = (
    ("torch_dtype", "string", "", "Type of the weights, under its older name"),
    ("dtype", "string", "", "Type of the weights"),
    ("num_local_experts", "int", "experts", "Number of routed experts, as Mixtral calls it"),
    ("n_routed_experts", "int", "experts", "Number of routed experts, as DeepSeek calls it"),
    ("num_experts", "int", "experts", "Number of routed experts, as Qwen calls it"),
    ("no_rope_layers", "list<int>", "", "1 for every layer with rotary positions, 0 for one without"),
    ("hybrid_layer_pattern", "list<int>", "", "0 for every global layer, 1 for a sliding one"),
    ("layers_block_type", "list<string>", "", "Kind of every layer"),
    ("sliding_window", "int", "tokens", "Tokens that a sliding-window layer sees"),
    ("head_dim", "int", "elements", "Width of one attention head"),
    ("use_sliding_window", "bool", "", "Whether the sliding window is used at all"),
    ("tie_word_embeddings", "bool", "", "Whether the output head is the input embedding"),
    ("vocab_size", "int", "tokens", "Rows of the embedding table"),
    ("moe_layer_freq", "list<int>", "", "1 for every layer with experts, 0 for a dense one"),
)  # fmt: skip

# At the top of the file, which is above the language model's mapping in a multimodal config.
_TOP: tuple[tuple[str, FactType, Unit, str], ...] = (
    ("model_type", "string", "", "The class family that reads the file"),
    ("architectures", "list<string>", "", "Model classes that the weights were saved from"),
    ("_name_or_path", "string", "", "Where the model was loaded from when it was saved"),
    ("transformers_version", "string", "", "The transformers release that wrote the file"),
    ("torch_dtype", "string", "", "Type of the weights, under its older name"),
    ("dtype", "string", "", "Type of the weights"),
    ("tie_word_embeddings", "bool", "", "Whether the output head is the input embedding"),
    ("vocab_size", "int", "tokens", "Rows of the embedding table"),
)  # fmt: skip


def place_of(model: Model, node: Node, parent: Node | None = None) -> Where:
    """Return what finds the place of a node of the config; with its key when ``parent`` holds it."""
    return lambda: _place(model.config_document, node, parent)


def _place(document: Document | None, node: Node, parent: Node | None) -> Place | None:
    if document is None:
        return None
    if parent is not None and node.kind == "null" and node.start == node.end:
        pair = next((pair for pair in parent.pairs if pair.value is node), None)
        if pair is not None:
            return Place(document, pair.key.start, pair.key.end, node, pair)
    return Place(document, node.start, node.end, node, None, parent)


def key_place(model: Model, pair: Pair) -> Place | None:
    """Return the place of a member's key."""
    document = model.config_document
    return None if document is None else Place(document, pair.key.start, pair.key.end, pair.value, pair)


def default_place(model: Model) -> Where:
    """Return what finds where a finding on a defaulted key points: model_type, else the start of the mapping."""
    return lambda: _default_place(model.config, model.config_document)


def _default_place(config: Config | None, document: Document | None) -> Place | None:
    if config is None or document is None:
        return None
    for mapping in (config.text, config.root):
        pair = mapping.pair("model_type")
        if pair is not None:
            return Place(document, pair.value.start, pair.value.end, pair.value, pair)
    start = config.text.start
    return Place(document, start, min(start + 1, config.text.end), config.text)


def _whole(plain: Plain) -> Data | None:
    return plain if plain.__class__ is int and -INT64 <= plain < INT64 else None


def _double(plain: Plain) -> Data | None:
    if isinstance(plain, bool) or not isinstance(plain, int | float):
        return None
    try:
        number = float(plain)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _bool(plain: Plain) -> Data | None:
    return plain if isinstance(plain, bool) else None


def _string(plain: Plain) -> Data | None:
    return plain if isinstance(plain, str) else None


def _list_of(item_of: Callable[[Plain], Data | None]) -> Callable[[Plain], Data | None]:
    def read(plain: Plain) -> Data | None:
        if not isinstance(plain, list):
            return None
        items = list(map(item_of, plain))
        return None if None in items else items  # type: ignore[return-value]

    return read


_DATA_OF: Mapping[FactType, Callable[[Plain], Data | None]] = {
    "int": _whole,
    "double": _double,
    "bool": _bool,
    "string": _string,
    "list<int>": _list_of(_whole),
    "list<double>": _list_of(_double),
    "list<string>": _list_of(_string),
}


def data_of(kind: FactType, plain: Plain) -> Data | None:
    """Return ``plain`` as a fact of the type ``kind``; None when it is of another."""
    return _DATA_OF[kind](plain)


def value_of(model: Model, config: Config, name: str, kind: FactType) -> Value | None:
    """Return the value of a key as its class reads it."""
    node = config.node(name)
    if node is None:
        default = config.default(name)
        data = None if default is None else _DATA_OF[kind](default)
        return None if data is None else Value(data, default_place(model), "default")
    data = _DATA_OF[kind](node.plain())
    return None if data is None else Value(data, place_of(model, node, config.text))


def written_value(model: Model, mapping: Node, name: str, kind: FactType) -> Value | None:
    """Return the value of a key that stands in ``mapping``."""
    node = mapping.get(name)
    if node is None:
        return None
    data = _DATA_OF[kind](node.plain())
    return None if data is None else Value(data, place_of(model, node, mapping))


def _key(name: str, kind: FactType) -> Callable[[Model], Value | None]:
    def read(model: Model) -> Value | None:
        return None if model.config is None else value_of(model, model.config, name, kind)

    return read


def _written(name: str, kind: FactType) -> Callable[[Model], Value | None]:
    def read(model: Model) -> Value | None:
        return None if model.config is None else written_value(model, model.config.text, name, kind)

    return read


def _top(name: str, kind: FactType) -> Callable[[Model], Value | None]:
    def read(model: Model) -> Value | None:
        return None if model.config is None else written_value(model, model.config.root, name, kind)

    return read


def _keys(model: Model) -> Value | None:
    if model.config is None or model.config.partial:
        return None
    return Value([pair.name for pair in model.config.text.pairs], default_place(model))


def _top_keys(model: Model) -> Value | None:
    if model.config is None or model.config.partial:
        return None
    return Value([pair.name for pair in model.config.root.pairs], default_place(model))


def _nested(model: Model) -> Value | None:
    if model.config is None:
        return None
    return Value(model.config.text is not model.config.root, default_place(model), "derived")


def _tied_inside(model: Model) -> Value | None:
    if model.config is None or model.config.wrapper is None:
        return None
    return Value(model.config.wrapper.defaults.tied == "inner", default_place(model), "derived")


def _language_type(model: Model) -> Value | None:
    if model.config is None or not model.config.model_type:
        return None
    return Value(model.config.model_type, default_place(model), "derived")


def _class_known(model: Model) -> Value | None:
    if model.config is None:
        return None
    return Value(model.config.defaults.known, default_place(model), "derived")


def _class_native(model: Model) -> Value | None:
    if model.config is None:
        return None
    native = is_native(model.config.model_type) and not model.config.foreign
    return Value(native, default_place(model), "derived")


def _tied(model: Model) -> Value | None:
    if model.config is None:
        return None
    return Value(model.config.tied, default_place(model), "derived")


FACTS: tuple[Fact, ...] = (
    *(
        Fact(f"config.{name}", kind, unit, text, "model", _key(name, kind))
        for name, kind, unit, text in _KEYS
    ),
    *(
        Fact(
            f"config.as_written.{name}",
            kind,
            unit,
            f"{text}; only where this very key is written",
            "model",
            _written(name, kind),
        )
        for name, kind, unit, text in _WRITTEN
    ),
    *(
        Fact(f"config.top.{name}", kind, unit, f"{text}; at the top of the file", "model", _top(name, kind))
        for name, kind, unit, text in _TOP
    ),
    Fact("config.keys", "list<string>", "", "Keys written in the language model's mapping", "model", _keys),
    Fact("config.top.keys", "list<string>", "", "Keys written at the top of the file", "model", _top_keys),
    Fact(
        "config.nested",
        "bool",
        "",
        "Whether the language model has a mapping of its own (text_config)",
        "model",
        _nested,
    ),
    Fact(
        "config.tied_inside",
        "bool",
        "",
        "Whether the class goes by tie_word_embeddings of the language model's mapping alone",
        "model",
        _tied_inside,
    ),
    Fact(
        "config.language_type", "string", "", "The model_type of the language model", "model", _language_type
    ),
    Fact(
        "config.class_known",
        "bool",
        "",
        "Whether archlint knows the class of this model_type",
        "model",
        _class_known,
    ),
    Fact(
        "config.class_native",
        "bool",
        "",
        "Whether transformers has the class of this model_type, so that its words are all known",
        "model",
        _class_native,
    ),
    Fact(
        "config.tied",
        "bool",
        "",
        "Whether the output head is the input embedding, defaults considered",
        "model",
        _tied,
    ),
)
