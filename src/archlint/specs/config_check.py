"""The schema stage for configs: model types, misspelt keys, values of the wrong type, against the class's fields."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from archlint.patterns import pattern
from archlint.source.document import Document, Problem
from archlint.source.edits import Edit
from archlint.source.tree import MAPPING, SEQUENCE, Node, Pair, Plain
from archlint.specs.class_defaults import (
    ClassDefaults,
    are_related,
    base_fields,
    defaults_of,
    is_foreign,
    is_native,
    known_types,
    type_of_architecture,
)
from archlint.specs.config import Config
from archlint.specs.near import distance, is_slip, nearest

SIZES: Final = frozenset(
    (
        "hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "head_dim",
        "intermediate_size", "vocab_size", "max_position_embeddings", "num_experts", "num_local_experts",
        "n_routed_experts", "num_experts_per_tok", "n_shared_experts", "moe_intermediate_size", "kv_lora_rank",
        "q_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim", "n_layer", "n_head",
        "n_embd", "n_positions", "n_layers", "n_heads", "d_model", "num_layers", "ffn_dim", "d_ff",
    )
)  # fmt: skip
"""Keys that every class reads as a whole number, whatever it calls them."""

COMMON: Final = frozenset(
    (
        "model_type", "auto_map", "_name_or_path", "_attn_implementation", "_commit_hash", "torch_dtype", "rope_theta",
        "rope_scaling", "rope_local_base_freq", "partial_rotary_factor", "quantization_config", "head_dim",
        "hidden_act", "activation_function", "transformers_version", "pretraining_tp", "task_specific_params",
        "transformers.js_config", "compression_config", "num_nextn_predict_layers", "moe_layer_freq", "topk_method",
        "scoring_func", "unsloth_version", "unsloth_fixed", "mlp_only_layers", "layer_types", "sliding_window",
        "use_sliding_window", "max_window_layers", "eos_token_id", "bos_token_id", "pad_token_id",
        "attn_implementation", "output_attentions", "tokenizer_class", "torchscript", "use_bfloat16",
    )
)  # fmt: skip
"""Keys of no class in particular: what writers add, older names, and what engines read."""

_PLAIN: Final = "it is read as a plain decoder, and only figures that rest on written keys are verified"

_SCALARS: Final = {"int": "a number", "float": "a number", "bool": "true or false"}
_NUMBER: Final = pattern(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_DEPRECATED: Final = {"torch_dtype": "dtype", "rope_scaling": "rope_parameters"}
"""Keys that transformers 5 still reads but no longer writes."""


def check_config(config: Config, document: Document) -> list[Problem]:
    """Return what is wrong with the keys and types of a config, in file order."""
    if config.root.kind != MAPPING or config.model_type == "mistral_params":
        return []
    found = [*_model_type(config), *_members(config, document), *_deprecated(config)]
    return sorted(found, key=lambda problem: (problem.start, problem.end))


def _model_type(config: Config) -> Iterator[Problem]:
    """Judge ``model_type`` and the classes beside it."""
    root = config.root
    pair = root.pair("model_type")
    if pair is None and config.model_type == "mamba_ssm":
        return  # the package of that name has no other models, and no key for it
    if pair is None:
        rule = "missing-model-type" if root.get("auto_map") is None else "model-type-left-to-code"
        yield Problem(rule, root.start, min(root.start + 1, root.end))
        return
    written = pair.value.scalar
    if not isinstance(written, str) or not written:
        return
    if not defaults_of(written).known:
        yield _unknown_type(config, written, pair.value)
        return
    architectures = root.get("architectures")
    for item in architectures.items if architectures is not None and architectures.kind == SEQUENCE else ():
        name = item.scalar
        other = type_of_architecture(name) if isinstance(name, str) else ""
        if isinstance(name, str) and (is_foreign(name, written) or name == config.variant):
            facts = {"class": name, "meant": "a model that is not known", "model_type": written}
            yield Problem("class-of-another-type", item.start, item.end, facts)
        if other and not are_related(written, other):
            facts = {"class": str(name), "meant": other, "model_type": written}
            yield Problem("class-of-another-type", item.start, item.end, facts)


def _unknown_type(config: Config, written: str, value: Node) -> Problem:
    """Tell a slip from a type of its own: one whose class comes with the file is spelt as its author likes."""
    near = nearest(written, known_types(), 1) if len(written) >= 5 and not _has_own_class(config) else None
    if near is not None and not _differs_in_digits(written, near):
        edit = Edit(value.start, value.end, json.dumps(near))
        facts = {"model_type": written, "meant": near}
        return Problem("misspelt-model-type", value.start, value.end, facts, edits=(edit,))
    reading = _PLAIN
    if config.wrapper is not None and config.defaults.known:
        reading = f"its language model is read as {config.model_type}, what stands beside that is not derived"
    facts = {"model_type": written, "reading": reading}
    return Problem("unknown-model-type", value.start, value.end, facts)


def _has_own_class(config: Config) -> bool:
    own = config.root.get("auto_map")
    return own is not None and own.get("AutoConfig") is not None


def _differs_in_digits(left: str, right: str) -> bool:
    """Tell whether two names are the same but for digits: then it is another version, no slip."""
    return re.sub(r"[\d._-]", "", left) == re.sub(r"[\d._-]", "", right) and (
        re.sub(r"\D", "", left) != re.sub(r"\D", "", right)
    )


def _members(config: Config, document: Document) -> Iterator[Problem]:
    """Judge the keys of the language model's mapping."""
    known = config.defaults
    fields, names = _names(known)
    written = {pair.name for pair in config.text.pairs}
    for pair in config.text.pairs:
        name = pair.name
        if name in names or not known.known:
            yield from _typed(
                pair, fields.get(name, (None, ""))[1] or ("int" if name in SIZES else ""), document
            )
            continue
        if name.startswith("_"):
            continue  # a writer's own state or remark, never a key that somebody typed
        meant = names if is_native(config.model_type) else names | SIZES
        near = None if name in SIZES | COMMON else _meant(name, meant - written)
        if near is None and (name in COMMON or not is_native(config.model_type)):
            continue
        if near is None:
            yield Problem("unknown-config-key", pair.key.start, pair.key.end, {"key": name})
            continue
        edit = Edit(pair.key.start, pair.key.end, json.dumps(near))
        facts = {"key": name, "meant": near}
        yield Problem("misspelt-config-key", pair.key.start, pair.key.end, facts, edits=(edit,))


def _names(known: ClassDefaults) -> tuple[Mapping[str, tuple[Plain, str]], frozenset[str]]:
    """Return the fields of a class, and every name that it reads; worked out once for each class."""
    found = _names_of.get(id(known))
    if found is None or found[0] is not known:
        fields = {**base_fields(), **known.fields} if known.known else {}
        names = frozenset((*fields, *known.aliases, *known.sub, *known.groups))
        found = _names_of[id(known)] = (known, fields, names)
    return found[1:]


_names_of: dict[int, tuple[ClassDefaults, Mapping[str, tuple[Plain, str]], frozenset[str]]] = {}


def _meant(name: str, known: frozenset[str]) -> str | None:
    """Return the key that a misspelt one was meant to be: one slip away, and the only one so near."""
    if len(name) < 6:
        return None
    near = [each for each in known if abs(len(each) - len(name)) <= 2 and distance(name, each, 2) <= 2]
    near = [each for each in near if is_slip(name, each) and not _differs_in_digits(name, each)]
    return near[0] if len(near) == 1 else None


def _typed(pair: Pair, kind: str, document: Document) -> Iterator[Problem]:
    """Judge the type of a value: only what no reader accepts, a text or a mapping for a number."""
    value = pair.value
    if value.kind not in ("string", "mapping", "boolean"):
        return
    wanted = {word.strip() for word in kind.split("|")}
    if not wanted or wanted - {"int", "float", "bool", "null"} or not wanted & _SCALARS.keys():
        return
    if value.kind == "boolean" and "bool" in wanted:
        return
    if value.kind == "boolean" and pair.name not in SIZES:
        return  # false for "none" is common, and readers take it for 0
    if value.kind == "mapping" and pair.name not in SIZES:
        return
    text = value.scalar if isinstance(value.scalar, str) else ""
    numeric = bool(wanted & {"int", "float"}) and _NUMBER.fullmatch(text.strip()) is not None
    truth = "bool" in wanted and text.strip().lower() in ("true", "false")
    if value.kind == "string" and not numeric and not truth and pair.name not in SIZES:
        return  # "auto" and the like: a word that some class gives a meaning
    word = next(_SCALARS[each] for each in ("int", "float", "bool") if each in wanted)
    found = {"string": "a text", "mapping": "a mapping", "boolean": "true or false"}[value.kind]
    edits: tuple[Edit, ...] = ()
    if numeric or truth:
        edits = (Edit(value.start, value.end, text.strip() if numeric else text.strip().lower()),)
    shown = document.text[value.start : value.end]
    facts = {
        "key": pair.name,
        "wanted": word,
        "found": found,
        "written": shown if len(shown) <= 60 else found,
    }
    yield Problem("wrong-config-type", value.start, value.end, facts, edits=edits)


def _deprecated(config: Config) -> Iterator[Problem]:
    """Name the keys that have newer names, in every mapping of the config."""
    for mapping in {id(each): each for each in (config.root, config.text)}.values():
        for pair in mapping.pairs:
            newer = _DEPRECATED.get(pair.name)
            if newer is not None and mapping.get(newer) is None and pair.value.kind != "null":
                edits: tuple[Edit, ...] = ()
                if pair.name == "torch_dtype":
                    edits = (Edit(pair.key.start, pair.key.end, json.dumps(newer)),)
                facts = {"key": pair.name, "newer": newer}
                yield Problem("deprecated-config-key", pair.key.start, pair.key.end, facts, edits=edits)
            if pair.name in ("rope_scaling", "rope_parameters") and pair.value.kind == MAPPING:
                kind = pair.value.pair("type")
                if kind is not None and pair.value.get("rope_type") is None:
                    edit = Edit(kind.key.start, kind.key.end, '"rope_type"')
                    facts = {"key": "type", "newer": "rope_type"}
                    yield Problem("deprecated-config-key", kind.key.start, kind.key.end, facts, edits=(edit,))
