"""The schema stage for configs: model types, misspelt keys, values of the wrong type, against the class's fields."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final, NamedTuple

from archlint.patterns import pattern
from archlint.source.document import Document, Problem
from archlint.source.edits import Edit
from archlint.source.tree import MAPPING, SEQUENCE, Node, Pair, Plain
from archlint.specs.class_defaults import (
    ClassDefaults,
    base_fields,
    defaults_of,
    is_foreign,
    is_native,
    known_types,
    type_of_architecture,
)
from archlint.specs.config import LANGUAGE_KEYS, Config
from archlint.specs.config_keys import known_keys
from archlint.specs.field_types import entry_of, is_near, misfit, named, split, wanted
from archlint.specs.near import distance, is_slip, nearest
from archlint.specs.size import Unknown

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

_ONE: Final = "int | null"
_FRACTION: Final = "int | float | null"
_IDS: Final = "int | list[int] | null"
COMMON_TYPES: Final = {
    **dict.fromkeys(SIZES, _ONE),
    **dict.fromkeys(
        (
            "max_window_layers",
            "full_attention_interval",
            "attention_chunk_size",
            "swa_head_dim",
            "swa_num_key_value_heads",
            "swa_num_attention_heads",
            "swa_v_head_dim",
            "num_global_key_value_heads",
            "global_head_dim",
            "first_k_dense_replace",
            "num_nextn_predict_layers",
        ),
        _ONE,
    ),
    "sliding_window": "int | null",
    "scoring_func": "string | null",
    "topk_method": "string | null",
    "model_type": "string | null",
    "architectures": "list[string] | null",
    "auto_map": "mapping | null",
    "quantization_config": "mapping | null",
    "rope_scaling": "mapping | null",
    "rope_parameters": "mapping | null",
    "rope_theta": "int | float | mapping | null",
    "partial_rotary_factor": "int | float | mapping | null",
    "layer_types": "list[string] | null",
    "hidden_act": "string | null",
    "torch_dtype": "string | mapping | null",
    "dtype": "string | mapping | null",
    "bos_token_id": _IDS,
    "eos_token_id": _IDS,
    "pad_token_id": _IDS,
    "tie_word_embeddings": "bool | null",
    "use_cache": "bool | null",
    "use_sliding_window": "bool | null",
    "rms_norm_eps": _FRACTION,
    "initializer_range": _FRACTION,
    "attention_dropout": _FRACTION,
}
"""Types of keys that mean the same everywhere, for classes that do not say. A size may be a list: one a layer."""

SHARES: Final = frozenset(
    (
        "attention_dropout", "hidden_dropout", "attn_pdrop", "resid_pdrop", "embd_pdrop", "hidden_dropout_prob",
        "attention_probs_dropout_prob", "dropout", "rotary_pct", "rotary_percent",
    )
)  # fmt: skip
"""Keys that hold a share, from 0 to 1."""

NOT_NEGATIVE: Final = frozenset(
    (
        "rms_norm_eps", "layer_norm_eps", "layer_norm_epsilon", "norm_eps", "norm_epsilon", "initializer_range",
        "router_aux_loss_coef", "aux_loss_alpha", "final_logit_softcapping", "attn_logit_softcapping",
    )
)  # fmt: skip
"""Keys of numbers that are never below zero."""

QUANTIZATION_TYPES: Final = {
    "quant_method": "string | null",
    "bits": "int | float | null",
    "group_size": "int | null",
    "weight_block_size": "list[int] | null",
    "config_groups": "mapping | null",
    **dict.fromkeys(("modules_to_not_convert", "ignored_layers", "ignore"), "list[string] | null"),
    **dict.fromkeys(("zero_point", "sym", "load_in_4bit", "load_in_8bit"), "bool | null"),
}
"""Types of the members of a block of quantisation settings."""

ROPE_TYPES: Final = {
    **dict.fromkeys(("rope_type", "type"), "string | null"),
    **dict.fromkeys(("factor", "low_freq_factor", "high_freq_factor", "rope_theta"), "int | float"),
    "original_max_position_embeddings": "int | float",
    "partial_rotary_factor": "int | float | list | null",
    **dict.fromkeys(
        ("beta_fast", "beta_slow", "mscale", "mscale_all_dim", "attention_factor", "attn_factor"), _FRACTION
    ),
    **dict.fromkeys(("short_factor", "long_factor"), "list[int | float]"),
    "mrope_section": "list[int] | null",
}
"""Types of the members of a block of rotary parameters."""

_HEADS: Final = (
    "Model", "LMHeadModel", "ForCausalLM", "ForConditionalGeneration", "ForSequenceClassification",
    "ForTokenClassification", "ForQuestionAnswering", "ForMaskedLM",
)  # fmt: skip
"""How the names of model classes end."""

_NUMBER: Final = pattern(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_VITAL: Final = frozenset(("hidden_size", "num_hidden_layers", "num_attention_heads", "vocab_size"))
"""Keys that no class can do without."""

_WELL_KNOWN: Final = frozenset((*known_keys(), *LANGUAGE_KEYS, "vision_config", "audio_config"))
_BLOCKS: Final = frozenset(
    ("rope_scaling", "rope_theta", "quantization_config", "torch_dtype", "eos_token_id")
)
_STRUCTURE: Final = (SIZES - {"vocab_size"}) | {
    "rope_theta",
    "rope_scaling",
    "rope_parameters",
    "layer_types",
    "sliding_window",
}
"""Keys that make another model when they are not read."""

_READ_FLAT: Final = frozenset(("fuyu", "hunyuan_vl", "paddleocr_vl", "qwen2_vl", "qwen2_5_vl"))
"""Composite classes that read the language model's keys at the top as well; tried with transformers 5.23."""

_MOST_PARTS: Final = 16
_DEPRECATED: Final = {"torch_dtype": "dtype", "rope_scaling": "rope_parameters"}
"""Keys that transformers 5 still reads but no longer writes."""


def check_config(config: Config, document: Document) -> list[Problem]:
    """Return what is wrong with the keys and types of a config, in file order."""
    if config.root.kind != MAPPING or config.model_type == "mistral_params":
        return []
    found = [
        *_model_type(config),
        *_members(config, document),
        *_misplaced(config),
        *_deprecated(config),
    ]
    return sorted(found, key=lambda problem: (problem.start, problem.end))


def _model_type(config: Config) -> Iterator[Problem]:
    """Judge ``model_type`` and the classes beside it."""
    root = config.root
    pair = root.pair("model_type")
    if pair is None:
        rule = "missing-model-type" if root.get("auto_map") is None else "model-type-left-to-code"
        yield Problem(rule, root.start, min(root.start + 1, root.end))
        return
    written = pair.value.scalar
    if pair.value.kind == "null" or written == "":
        yield Problem("missing-model-type", pair.value.start, pair.value.end)
    if not isinstance(written, str) or not written:
        return
    if not defaults_of(written).known:
        yield _unknown_type(written, pair.value)
        return
    architectures = root.get("architectures")
    for item in architectures.items if architectures is not None and architectures.kind == SEQUENCE else ():
        name = item.scalar
        other = type_of_architecture(name) if isinstance(name, str) else ""
        meant = _meant_class(name, written) if isinstance(name, str) else None
        if meant is not None:
            edit = Edit(item.start, item.end, json.dumps(meant))
            facts = {"class": str(name), "meant": meant}
            yield Problem("misspelt-class", item.start, item.end, facts, edits=(edit,))
            continue
        if isinstance(name, str) and is_foreign(name, written):
            facts = {"class": name, "meant": "a model that is not known", "model_type": written}
            yield Problem("class-of-another-type", item.start, item.end, facts)
        if other and not _related(written, other):
            facts = {"class": str(name), "meant": other, "model_type": written}
            yield Problem("class-of-another-type", item.start, item.end, facts)


def _meant_class(name: str, model_type: str) -> str | None:
    """Return the class of ``model_type`` that a misspelt name in ``architectures`` was meant to be."""
    stem = defaults_of(model_type).class_name.removesuffix("Config")
    known = [stem + head for head in _HEADS]
    if not stem or _bare(name) in map(_bare, known):
        return None  # PhiMoEForCausalLM is the name that came with the weights
    near = nearest(name, known, 2)
    return None if near is None or _differs_in_digits(name, near) else near


def _unknown_type(written: str, value: Node) -> Problem:
    near = nearest(written, known_types(), 1 if len(written) >= 5 else 0)
    if near is not None and not _differs_in_digits(written, near):
        edit = Edit(value.start, value.end, json.dumps(near))
        facts = {"model_type": written, "meant": near}
        return Problem("misspelt-model-type", value.start, value.end, facts, edits=(edit,))
    return Problem("unknown-model-type", value.start, value.end, {"model_type": written})


def _differs_in_digits(left: str, right: str) -> bool:
    """Tell whether two names are the same but for digits: then it is another version, no slip."""
    return re.sub(r"[\d._-]", "", left) == re.sub(r"[\d._-]", "", right) and (
        re.sub(r"\D", "", left) != re.sub(r"\D", "", right)
    )


def _is_another_word(left: str, right: str) -> bool:
    """Tell whether keys differ in words that are short and mean something else: ``eoa_`` and ``eos_token_id``."""
    words = zip(left.split("_"), right.split("_"), strict=False)
    differ = [(one, other) for one, other in words if one != other]
    token = right.endswith("_token_id")
    return any(
        min(len(one), len(other)) <= 1
        or (token and len(one) == len(other) <= 3 and sorted(one) != sorted(other))
        for one, other in differ
    )


def _related(written: str, other: str) -> bool:
    """Tell whether two model types are of one family: one holds the other, or they begin alike."""
    if written == other or other in {sub[0] for sub in defaults_of(written).sub.values()}:
        return True
    if written in {sub[0] for sub in defaults_of(other).sub.values()}:
        return True
    first, second = (re.split(r"[_-]", name)[0] for name in (written, other))
    bare = [re.sub(r"\d+$", "", name) for name in (first, second)]
    if bare[0] == bare[1] and (first in bare or second in bare):
        return True  # rwkv5 runs on the class of rwkv
    return first == second or defaults_of(written).class_name == defaults_of(other).class_name


class _Reader(NamedTuple):
    """A mapping of the config, the class that reads it, and whose code that is."""

    node: Node
    known: ClassDefaults
    native: bool
    language: bool


def _readers(config: Config) -> Iterator[_Reader]:
    """List the mappings whose class is known: the language model's, those around it, and its other parts."""
    own = is_native(config.model_type) and not config.foreign
    found = [_Reader(config.text, config.defaults, own, True)]
    around = config.wrapper
    while around is not None:
        if around.text is not config.text:
            native = is_native(around.model_type) and not around.foreign
            found.append(_Reader(around.text, around.defaults, native, False))
        around = around.wrapper
    seen = {id(each.node) for each in found}
    for each in found:
        for key, (model_type, fixed, _) in each.known.sub.items():
            part = each.node.get(key)
            if part is None or part.kind != MAPPING or id(part) in seen or len(seen) > _MOST_PARTS:
                continue
            stated = part.get("model_type")
            if not fixed and stated is not None and isinstance(stated.scalar, str):
                model_type = stated.scalar
            seen.add(id(part))
            if defaults_of(model_type).known:
                found.append(_Reader(part, defaults_of(model_type), is_native(model_type), False))
    return iter(found)


def _members(config: Config, document: Document) -> Iterator[Problem]:
    """Judge the keys and values of every mapping whose class is known, and of the language model's."""
    own_code = any(node.get("auto_map") is not None for node in (config.root, config.text))
    readers = list(_readers(config))
    flat = config.wrapper is not None and config.wrapper.text is config.text
    inner = _names(config.defaults)[1]
    for node, known, native, language in readers:
        fields, names = _names(known)
        if flat and config.wrapper is not None and language:
            outer = _names(config.wrapper.defaults)
            fields, names = {**outer[0], **fields}, names | outer[1]
        written = {pair.name for pair in node.pairs}
        free = names - written
        others = (SIZES | (COMMON if native else _BLOCKS)) - names - written
        for pair in node.pairs:
            name = pair.name
            if name in names or name in COMMON_TYPES or not known.known:
                kind = fields.get(known.aliases.get(name, name), (None, ""))[1]
                if not kind or not native:
                    kind = COMMON_TYPES.get(name) or (f"{kind} | null" if kind else "")
                yield from _typed(pair, kind, config, document, own_code=own_code or not native)
                if name in ("rope_scaling", "rope_parameters") and pair.value.kind == MAPPING:
                    yield from _rope(pair.value, config, document)
                if name in ("quantization_config", "compression_config"):
                    for member in pair.value.pairs:
                        wants = QUANTIZATION_TYPES.get(member.name, "")
                        yield from _typed(member, wants, config, document, own_code=True)
            yield from _ranged(pair)
            if name in names or not known.known or name.startswith("_"):
                continue  # an underscore: a writer's own state or remark, never a key that somebody typed
            if not language and name in inner:
                continue
            if name in SIZES or name in COMMON:
                continue
            near = _meant(name, free, native=native) or _meant(name, others, native=native)
            if near is None and language and native:
                yield Problem("unknown-config-key", pair.key.start, pair.key.end, {"key": name})
            if near is None:
                continue
            edit = Edit(pair.key.start, pair.key.end, json.dumps(near))
            facts = {"key": name, "meant": near}
            yield Problem("misspelt-config-key", pair.key.start, pair.key.end, facts, edits=(edit,))


def _rope(block: Node, config: Config, document: Document) -> Iterator[Problem]:
    """Judge the types in a block of rotary parameters, or in the blocks of one for each kind of layer."""
    for pair in block.pairs:
        if pair.value.kind == MAPPING:
            for member in pair.value.pairs:
                yield from _typed(member, ROPE_TYPES.get(member.name, ""), config, document, own_code=True)
        else:
            yield from _typed(pair, ROPE_TYPES.get(pair.name, ""), config, document, own_code=True)


def _misplaced(config: Config) -> Iterator[Problem]:
    """Find keys of the language model in the mapping around its own, where the class does not read them."""
    outer = config.wrapper
    if outer is None or not is_native(outer.model_type) or outer.foreign or config.root.get("auto_map"):
        return
    flat = outer.text is config.text
    if flat and outer.model_type in _READ_FLAT:
        return
    inner, around = _names(config.defaults)[1], _names(outer.defaults)[1]
    place = next(
        (key for key, (kind, _, _) in outer.defaults.sub.items() if key in LANGUAGE_KEYS and kind), ""
    )
    for pair in outer.text.pairs:
        if pair.name not in _STRUCTURE or pair.name in around:
            continue
        if pair.name not in inner and not (pair.name.startswith("rope_") and "rope_parameters" in inner):
            continue
        own = None if flat else config.text.get(pair.name)
        if own is not None and own.plain() == pair.value.plain():
            continue
        facts = {"key": pair.name, "place": place, "model_type": outer.model_type}
        rule = "flat-multimodal-config" if flat else "key-outside-its-mapping"
        yield Problem(rule, pair.key.start, pair.key.end, facts)
        if flat:
            return  # all of them; one finding says it


def _names(known: ClassDefaults) -> tuple[Mapping[str, tuple[Plain, str]], frozenset[str]]:
    """Return the fields of a class, and every name that it reads; worked out once for each class."""
    found = _names_of.get(id(known))
    if found is None or found[0] is not known:
        fields = {**base_fields(), **known.fields} if known.known else {}
        names = frozenset((*fields, *known.aliases, *known.sub, *known.groups))
        found = _names_of[id(known)] = (known, fields, names)
    return found[1:]


_names_of: dict[int, tuple[ClassDefaults, Mapping[str, tuple[Plain, str]], frozenset[str]]] = {}


def _meant(name: str, known: frozenset[str], *, native: bool) -> str | None:
    """Return the key that a misspelt one was meant to be: one slip away, and the only one so near.

    Code that came with the weights has keys that nobody lists; ``layernorm_epsilon`` may be one of them.
    """
    if name in _WELL_KNOWN:
        return None
    bare = _bare(name)
    alike = [each for each in known if len(each) >= len(bare) and _bare(each) == bare]
    if alike:
        near = alike[0]
        own = (
            not native and near != name.replace("__", "_") and near.replace("_", "") == name.replace("_", "")
        )
        return near if len(alike) == 1 and not own else None
    if len(name) < 6:
        return None
    close = [each for each in known if _begins_or_ends(name, each) and distance(name, each, 2) <= 2]
    close = [each for each in close if is_slip(name, each) and not _differs_in_digits(name, each)]
    close = [each for each in close if not _is_another_word(name, each)]
    return close[0] if len(close) == 1 else None


def _begins_or_ends(name: str, each: str) -> bool:
    """Tell whether two keys of nearly one length begin or end alike, as slips of the pen do: cheaper than counting."""
    return abs(len(each) - len(name)) <= 2 and (name[:2] == each[:2] or name[-2:] == each[-2:])


@cache
def _bare(name: str) -> str:
    """Return a key without what separates its words, in lower case: ``hidden-size`` and ``hiddenSize`` are alike."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _typed(pair: Pair, kind: str, config: Config, document: Document, *, own_code: bool) -> Iterator[Problem]:
    """Judge the type of a value: what the class refuses, and what no reader accepts."""
    missing = pair.name in _VITAL and pair.value.kind == "null"
    if not kind or (wrong := pair.value if missing else misfit(kind, pair.value)) is None:
        return
    if (
        wrong.kind == SEQUENCE
        and pair.name in COMMON_TYPES
        and len(wrong.items) >= max(2, _layer_count(config))
    ):
        return  # one value a layer, and perhaps some for a tail
    entry = wrong is not pair.value
    expected = entry_of(kind) if entry else kind
    shown = document.text[wrong.start : wrong.end]
    facts = {
        "key": f"an entry of {pair.name}" if entry else pair.name,
        "wanted": wanted(expected),
        "found": named(wrong),
        "written": shown if len(shown) <= 60 and "\n" not in shown else named(wrong),
    }
    edits = _retyped(expected, wrong)
    needed = wrong.kind == "null" and (entry or pair.name in _VITAL or pair.name in ROPE_TYPES)
    if is_near(expected, wrong) and not needed:
        if not own_code:
            yield Problem("type-that-class-refuses", wrong.start, wrong.end, facts, edits=edits)
        return
    yield Problem("wrong-config-type", wrong.start, wrong.end, facts, edits=edits)


def _ranged(pair: Pair) -> Iterator[Problem]:
    """Judge whether a share is one, and a number that is never below zero."""
    value, share = pair.value, pair.name in SHARES
    if not (share or pair.name in NOT_NEGATIVE) or value.kind not in ("integer", "float"):
        return
    number = value.scalar
    if isinstance(number, (int, float)) and (number < 0 or (share and number > 1)):
        facts = {"key": pair.name, "range": "lies between 0 and 1" if share else "is never below 0"}
        facts["written"] = f"{number:g}" if isinstance(number, float) else str(number)
        yield Problem("number-out-of-range", value.start, value.end, facts)


def _retyped(kind: str, value: Node) -> tuple[Edit, ...]:
    """Return the edit that writes a value in its type, where it says the same in another."""
    options = split(kind)
    if value.kind == "integer" and "float" in options and isinstance(value.scalar, int):
        return (Edit(value.end, value.end, ".0"),) if abs(value.scalar) < 2**53 else ()
    if value.kind == "integer" and "bool" in options and value.scalar in (0, 1):
        return (Edit(value.start, value.end, "true" if value.scalar else "false"),)
    if not isinstance(value.scalar, str):
        return ()
    text = value.scalar.strip()
    if {"int", "float"} & set(options) and _NUMBER.fullmatch(text) is not None:
        return (Edit(value.start, value.end, text),)
    if "bool" in options and text.lower() in ("true", "false"):
        return (Edit(value.start, value.end, text.lower()),)
    return ()


def _layer_count(config: Config) -> int:
    size = config.count("num_hidden_layers")
    return int(size) if size is not None and not isinstance(size, Unknown) else -1


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
