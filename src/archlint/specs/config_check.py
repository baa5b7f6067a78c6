"""The schema stage for configs: model types, misspelt keys, values of the wrong type, against the class's fields."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Final

from archlint.patterns import pattern
from archlint.source.document import Document, Problem
from archlint.source.edits import Edit
from archlint.source.tree import MAPPING, SEQUENCE, Node, Plain
from archlint.specs.class_defaults import (
    TAILS,
    ClassDefaults,
    are_related,
    base_fields,
    defaults_of,
    is_foreign,
    is_native,
    is_of_library,
    known_types,
    type_of_architecture,
)
from archlint.specs.config import LANGUAGE_KEYS, Config
from archlint.specs.config_values import BOUNDED, COMMON_TYPES, SIZES, judge_type, judge_value
from archlint.specs.field_types import kinds_of
from archlint.specs.kind import CONFIG_MARKS
from archlint.specs.near import distance, is_slip, nearest
from archlint.values import NamedTuple

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

_HEADS: Final = (
    "Model", "LMHeadModel", "MTModel", "ForCausalLM", "ForConditionalGeneration", "ForSequenceClassification",
    "ForTokenClassification", "ForQuestionAnswering", "ForMaskedLM",
)  # fmt: skip
"""How the names of model classes end."""

_WORDS: Final = pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^A-Za-z]+")
"""The words of a class's name: ``For``, ``Causal`` and ``LM``."""

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

_MOST_PARTS: Final = 16
_DEPRECATED: Final = {"torch_dtype": "dtype", "rope_scaling": "rope_parameters"}
"""Keys that transformers 5 still reads but no longer writes."""

_RENAMED: Final = frozenset((*_DEPRECATED, "rope_parameters"))
_PLAIN: Final = "it is read as a plain decoder, and only figures that rest on written keys are verified"
_UNKNOWN_KEY: Final = "unknown-config-key"
_DEPRECATED_KEY: Final = "deprecated-config-key"
OPTIONAL: Final = frozenset((_UNKNOWN_KEY, _DEPRECATED_KEY))
_LISTED: Final = SIZES | _BLOCKS
_MOST_LOOKED_UP: Final = 500
"""Unknown keys of one mapping that are held against the known ones; published files have some dozens."""


def check_config(config: Config, document: Document, wanted: Container[str] = OPTIONAL) -> list[Problem]:
    """Return what is wrong with the keys and types of a config, in file order.

    Of the rules that are off by default, ``OPTIONAL``, only the violations of ``wanted`` ones are looked for.
    """
    if config.root.kind != MAPPING or config.model_type == "mistral_params":
        return []
    found = [
        *_model_type(config, document),
        *_members(config, document, wanted),
        *_unread_sizes(config),
        *_misplaced(config),
        *(_deprecated(config) if _DEPRECATED_KEY in wanted else ()),
    ]
    return sorted(found, key=lambda problem: (problem.start, problem.end))


def _model_type(config: Config, document: Document) -> Iterator[Problem]:
    """Judge ``model_type`` and the classes beside it."""
    root = config.root
    pair = root.pair("model_type")
    if pair is None and config.model_type == "mamba_ssm":
        return  # the package of that name has no other models, and no key for it
    if pair is None and config.partial:
        return  # it may stand in the part that is lost
    if pair is None and config.root is document.root and CONFIG_MARKS.isdisjoint(root.index):
        return  # no file that transformers wrote: other programs' have none
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
        yield _unknown_type(config, written, pair.value)
        return
    architectures = root.get("architectures")
    own = not is_native(written) or root.get("auto_map") is not None
    for item in architectures.items if architectures is not None and architectures.kind == SEQUENCE else ():
        name = item.scalar
        other = type_of_architecture(name) if isinstance(name, str) else ""
        may_slip = isinstance(name, str) and not own and other in ("", written)
        meant = _meant_class(str(name), written) if may_slip else None
        if meant is not None:
            edit = Edit(item.start, item.end, f'"{meant}"')
            facts = {"class": str(name), "meant": meant}
            yield Problem("misspelt-class", item.start, item.end, facts, edits=(edit,))
            continue
        if isinstance(name, str) and (is_foreign(name, written) or name == config.variant):
            facts = {"class": name, "meant": "a model that is not known", "model_type": written}
            yield Problem("class-of-another-type", item.start, item.end, facts)
        if other and not are_related(written, other):
            facts = {"class": str(name), "meant": other, "model_type": written}
            yield Problem("class-of-another-type", item.start, item.end, facts)


@lru_cache(maxsize=10_000)
def _meant_class(name: str, model_type: str) -> str | None:
    """Return the class of ``model_type`` that a misspelt name in ``architectures`` was meant to be."""
    stem = defaults_of(model_type).class_name.removesuffix("Config")
    known = [stem + head for head in _HEADS]
    if not stem or _bare(name) in map(_bare, known):
        return None  # PhiMoEForCausalLM is the name that came with the weights
    if is_of_library(name) or (name.startswith(stem) and _bare(name.removeprefix(stem)) in TAILS):
        return None  # MarianMTModel is a class of the library, and a letter or two off another one
    near = nearest(name, known, 2)
    if near is None or _differs_in_digits(name, near) or _has_a_word_more(name, near):
        return None
    return near


def _has_a_word_more(name: str, near: str) -> bool:
    """Tell whether one name is the other and a whole word: ``MarianMTModel`` is no misspelt ``MarianModel``."""
    longer, shorter = sorted((_WORDS.findall(name), _WORDS.findall(near)), key=len, reverse=True)
    rest = iter(longer)
    return len(longer) > len(shorter) and all(word in rest for word in shorter)


def _unknown_type(config: Config, written: str, value: Node) -> Problem:
    """Tell a slip from a type of its own: one whose class comes with the file is spelt as its author likes."""
    near = None if _has_own_class(config) else nearest(written, known_types(), 1 if len(written) >= 5 else 0)
    if near is not None and not _differs_in_digits(written, near) and _may_be(config, near):
        edit = Edit(value.start, value.end, f'"{near}"')
        facts = {"model_type": written, "meant": near}
        return Problem("misspelt-model-type", value.start, value.end, facts, edits=(edit,))
    reading = _PLAIN
    if config.wrapper is not None and config.defaults.known:
        reading = f"its language model is read as {config.model_type}; what stands beside that is not derived"
    facts = {"model_type": written, "reading": reading}
    return Problem("unknown-model-type", value.start, value.end, facts)


def _may_be(config: Config, model_type: str) -> bool:
    """Tell whether the class of a composite reads any size that is written: ``Emu3`` has its own, flat layout."""
    known = defaults_of(model_type)
    sizes = SIZES.intersection(config.root.index)
    return not known.sub or not sizes or not sizes.isdisjoint(_names(known)[1])


def _has_own_class(config: Config) -> bool:
    own = config.root.get("auto_map")
    return own is not None and own.get("AutoConfig") is not None


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


def _members(config: Config, document: Document, wanted: Container[str]) -> Iterator[Problem]:
    """Judge the keys and values of every mapping whose class is known, and of the language model's."""
    own_code = config.root.get("auto_map") is not None or config.text.get("auto_map") is not None
    flat = config.wrapper is not None and config.wrapper.text is config.text
    for node, known, native, language in _readers(config):
        fields, names = _names(known)
        if flat and config.wrapper is not None and language:
            outer = _names(config.wrapper.defaults)
            fields, names = {**outer[0], **fields}, names | outer[1]
        strict = native and not own_code
        fitting = _fitting(known, native) if not flat else {}
        for pair in node.pairs:
            name, kind = pair.name, pair.value.kind
            fits = fitting.get(name)
            if fits is None:
                wanted_type = _type_of(name, fields, names, known, native)
                fits = fitting[name] = (wanted_type, kinds_of(wanted_type) if wanted_type else _ANY)
            if kind not in fits[1]:
                yield from judge_type(pair, fits[0], config, document, strict=strict)
            if name in BOUNDED or kind == MAPPING:
                yield from judge_value(pair, config, document)
        told = language and native and _UNKNOWN_KEY in wanted
        yield from _keys(config, node, names, known, native=native, language=language, told=told)


def _type_of(
    name: str,
    fields: Mapping[str, tuple[Plain, str]],
    names: frozenset[str],
    known: ClassDefaults,
    native: bool,
) -> str:
    """Return the type of a key's value, empty where any will do."""
    if name not in names and name not in COMMON_TYPES and known.known:
        return ""
    if name in _OWN_TYPES.get(known.class_name, ()) or _is_worked_out(name, known):
        return ""
    kind = fields.get(known.aliases.get(name, name), (None, ""))[1]
    if kind and native:
        return kind
    return COMMON_TYPES.get(name) or (f"{kind} | null" if kind else "")


_OWN_TYPES: Final = {"LxmertConfig": ("num_hidden_layers",)}
"""Keys that classes write in a way of their own: LXMERT a mapping from each of its three stacks to its depth."""

_ANY: Final = frozenset(("mapping", "sequence", "string", "integer", "float", "boolean", "null"))
_Fitting = dict[str, tuple[str, frozenset[str]]]


def _fitting(known: ClassDefaults, native: bool) -> _Fitting:
    """Return what is known of the types that keys of a class have, and of the kinds of values that fit them."""
    found = _fitting_of.get((id(known), native))
    if found is None or found[0] is not known or len(found[1]) > _MOST_LOOKED_UP:
        found = _fitting_of[id(known), native] = (known, {})
    return found[1]


_fitting_of: dict[tuple[int, bool], tuple[ClassDefaults, _Fitting]] = {}


def _keys(
    config: Config,
    node: Node,
    names: frozenset[str],
    known: ClassDefaults,
    *,
    native: bool,
    language: bool,
    told: bool,
) -> Iterator[Problem]:
    """Judge the keys of a mapping that its class does not read; those that are no slips only where that is ``told``."""
    if not known.known:
        return
    inner: frozenset[str] = frozenset() if language else _names(config.defaults)[1]
    written = node.index.keys()
    others = set(written) - names
    if not others:
        return
    others = others - COMMON - SIZES - inner - known.read
    # What begins with "_" is a writer's own state or remark, never a key that somebody typed.
    unread = [pair for pair in node.pairs if pair.name in others and not pair.name.startswith("_")]
    listed = COMMON if native else _LISTED
    meant: dict[str, str | None] = {}
    for pair in unread[:_MOST_LOOKED_UP]:
        near = _meant(pair.name, names, written, (), native=native)
        meant[pair.name] = near or _meant(pair.name, listed, written, names, native=native)
    times = Counter(meant.values())
    for pair in unread:
        name = pair.name
        near = meant.get(name)
        # Several keys that come near one are no slips: bosp_token_id, bosr_token_id and boss_token_id.
        if near is not None and times[near] == 1:
            edit = Edit(pair.key.start, pair.key.end, f'"{near}"')
            facts = {"key": name, "meant": near}
            yield Problem("misspelt-config-key", pair.key.start, pair.key.end, facts, edits=(edit,))
        elif told:
            yield Problem(_UNKNOWN_KEY, pair.key.start, pair.key.end, {"key": name})


def _unread_sizes(config: Config) -> Iterator[Problem]:
    """Find sizes under names that only other classes read.

    A file that comes with code of its own may use any, and so may one that transformers did not write.
    """
    own_code = any(mapping.get("auto_map") is not None for mapping in config.mappings)
    if own_code or config.variant or CONFIG_MARKS.isdisjoint(config.root.index):
        return
    for size in config.unread_sizes:
        if size.differs:
            assumed = "null" if size.default is None else str(size.default)
            facts = {"key": size.pair.name, "field": size.field, "assumed": assumed}
            yield Problem("size-under-another-name", size.pair.key.start, size.pair.key.end, facts)


def _misplaced(config: Config) -> Iterator[Problem]:
    """Find keys of the language model in the mapping around its own, where the class does not read them."""
    outer = config.wrapper
    if outer is None or not outer.keeps_apart:
        return
    flat = outer.text is config.text
    if config.variant and not flat:
        return
    if config.partial:
        return  # the mapping may stand, and say the same, in the part that is lost
    inner, around = _names(config.defaults)[1], _names(outer.defaults)[1]
    place = next(
        (key for key, (kind, _, _) in outer.defaults.sub.items() if key in LANGUAGE_KEYS and kind), ""
    )
    for pair in outer.text.pairs:
        if pair.name not in _STRUCTURE or pair.name in around:
            continue
        if pair.name not in inner and not (pair.name.startswith("rope_") and "rope_parameters" in inner):
            continue
        if not flat and (pair.value.kind == "null" or config.get(pair.name) == pair.value.plain()):
            continue  # it says nothing, or what is written or assumed inside
        if not flat and _is_worked_out(pair.name, outer.defaults):
            continue
        facts = {"key": pair.name, "place": place, "model_type": outer.model_type}
        rule = "flat-multimodal-config" if flat else "key-outside-its-mapping"
        yield Problem(rule, pair.key.start, pair.key.end, facts)
        if flat:
            return  # all of them; one finding says it


_WORKED_OUT: Final = ("hidden_size", "max_position_embeddings", "num_hidden_layers")
"""Keys that some composite classes fill in themselves, for all of their parts: CLAP's, Voxtral's."""


def _is_worked_out(name: str, known: ClassDefaults) -> bool:
    return name in _WORKED_OUT and name in known.read and name not in known.fields


def _names(known: ClassDefaults) -> tuple[Mapping[str, tuple[Plain, str]], frozenset[str]]:
    """Return the fields of a class, and every name that it reads; worked out once for each class."""
    found = _names_of.get(id(known))
    if found is None or found[0] is not known:
        fields = {**base_fields(), **known.fields} if known.known else {}
        names = frozenset((*fields, *known.aliases, *known.sub, *known.groups))
        found = _names_of[id(known)] = (known, fields, names)
    return found[1:]


_names_of: dict[int, tuple[ClassDefaults, Mapping[str, tuple[Plain, str]], frozenset[str]]] = {}


def _meant(
    name: str, known: frozenset[str], written: Collection[str], but: Collection[str], *, native: bool
) -> str | None:
    """Return the key that a misspelt one was meant to be: one slip away, not ``written``, and the only one so near.

    Code that came with the weights has keys that nobody lists; ``layernorm_epsilon`` may be one of them.
    """
    alike, close = _near(name, known)
    free = [each for each in alike if each not in written and each not in but]
    if free:
        near = free[0]
        own = (
            not native and near != name.replace("__", "_") and near.replace("_", "") == name.replace("_", "")
        )
        return near if len(free) == 1 and not own else None
    free = [each for each in close if each not in written and each not in but]
    return free[0] if len(free) == 1 else None


@lru_cache(maxsize=10_000)
def _near(name: str, known: frozenset[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return the known keys that differ from one in what separates words alone, and those that are a slip away."""
    if name in _well_known():
        return (), ()
    bare, ends = _bare(name), _ends_of(known)
    alike = [each for each in ends.bare.get(bare, ()) if len(each) >= len(bare)]
    if len(name) < 6:
        return alike, ()
    near = dict.fromkeys((*ends.first.get(name[:2], ()), *ends.last.get(name[-2:], ())))
    close = [each for each in near if distance(name, each, 2) <= 2]
    close = [each for each in close if is_slip(name, each) and not _differs_in_digits(name, each)]
    return alike, [each for each in close if not _is_another_word(name, each)]


class _Ends(NamedTuple):
    """Keys by what separates no words in them, and by how they begin and end: slips of the pen leave one of those."""

    bare: Mapping[str, Sequence[str]]
    first: Mapping[str, Sequence[str]]
    last: Mapping[str, Sequence[str]]


@lru_cache(maxsize=256)
def _ends_of(known: frozenset[str]) -> _Ends:
    found: tuple[dict[str, list[str]], ...] = ({}, {}, {})
    for name in known:
        for by, key in zip(found, (_bare(name), name[:2], name[-2:]), strict=True):
            by.setdefault(key, []).append(name)
    return _Ends(*found)


@cache
def _well_known() -> frozenset[str]:
    """Return keys that are somebody's, whichever class they stand beside."""
    from archlint.specs.config_keys import known_keys

    return frozenset((*known_keys(), *LANGUAGE_KEYS, "vision_config", "audio_config"))


@cache
def _bare(name: str) -> str:
    """Return a key without what separates its words, in lower case: ``hidden-size`` and ``hiddenSize`` are alike."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _deprecated(config: Config) -> Iterator[Problem]:
    """Name the keys that have newer names, in every mapping of the config."""
    for mapping in config.mappings:
        for pair in mapping.pairs:
            if pair.name not in _RENAMED:
                continue
            newer = _DEPRECATED.get(pair.name)
            if newer is not None and mapping.get(newer) is None and pair.value.kind != "null":
                edits: tuple[Edit, ...] = ()
                if pair.name == "torch_dtype":
                    edits = (Edit(pair.key.start, pair.key.end, f'"{newer}"'),)
                facts = {"key": pair.name, "newer": newer}
                yield Problem(_DEPRECATED_KEY, pair.key.start, pair.key.end, facts, edits=edits)
            if pair.name in ("rope_scaling", "rope_parameters") and pair.value.kind == MAPPING:
                kind = pair.value.pair("type")
                if kind is not None and pair.value.get("rope_type") is None:
                    edit = Edit(kind.key.start, kind.key.end, '"rope_type"')
                    facts = {"key": "type", "newer": "rope_type"}
                    yield Problem(_DEPRECATED_KEY, kind.key.start, kind.key.end, facts, edits=(edit,))
