"""What is known of keys, whatever kind of spec file they stand in: for hover, completion and inserting."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from archlint.server.entry import node_of

if TYPE_CHECKING:
    from archlint.model import Model
    from archlint.server.view import View
    from archlint.source.tree import Plain
    from archlint.specs.card import CardKind
    from archlint.specs.config import Config
    from archlint.specs.keys import Key

LAYER_TYPES = (
    "full_attention",
    "sliding_attention",
    "chunked_attention",
    "linear_attention",
    "conv",
    "mamba",
    "attention",
    "moe",
)
_DTYPES = ("bfloat16", "float16", "float32", "float8_e4m3fn")
_ACTIVATIONS = ("silu", "gelu", "gelu_pytorch_tanh", "gelu_new", "relu", "relu2", "swiglu", "quick_gelu")
_ROPE_TYPES = ("default", "linear", "dynamic", "yarn", "longrope", "llama3", "proportional")
_QUANT_METHODS = (
    "fp8",
    "mxfp4",
    "awq",
    "gptq",
    "bitsandbytes",
    "compressed-tensors",
    "fbgemm_fp8",
    "modelopt",
)
_CONFIG_CHOICES: Mapping[str, tuple[str, ...]] = {
    "layer_types": LAYER_TYPES,
    "dtype": _DTYPES,
    "torch_dtype": _DTYPES,
    "hidden_act": _ACTIVATIONS,
    "hidden_activation": _ACTIVATIONS,
    "activation_function": _ACTIVATIONS,
    "rope_type": _ROPE_TYPES,
    "quant_method": _QUANT_METHODS,
}
_LISTS = frozenset(("architectures", "layer_types", "layers_block_type"))
_LANGUAGE_MODELS = frozenset(("text_config", "llm_config", "language_config"))
_ARTICLE = re.compile(r"\ban? ")
_INSERTABLE = (
    "scale",
    "layer_mix",
    "kv_cache_per_token_bf16",
    "vocab_size",
    "context_tokens",
    "decoder_type",
)


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """One key: what it means, what it may hold, what holds when it is absent, where its value comes from."""

    name: str
    meaning: str = ""
    type: str = ""
    unit: str = ""
    default: str = ""
    default_of: str = ""
    choices: tuple[str, ...] = ()
    origin: str = ""
    required: bool = False
    nested: bool = False
    listed: bool = False
    text: bool = False
    example: str = ""


def describe(view: View, model: Model | None, path: tuple[str, ...]) -> KeyInfo | None:
    """Return what is known of the key at ``path``, or None.

    ``model`` is the one it belongs to, when there is one.
    """
    kind = card_kind(view)
    if kind is not None and (path[:1] != ("architecture",) or len(path) == 1):
        from archlint.specs.keys import table

        for length in range(len(path), 0, -1):
            key = table(kind).find(".".join(path[:length]))
            if key is not None:
                return _of_card(key) if length == len(path) else _part_of(path, key.name, key.meaning)
        return None
    inner = path[1:] if path[:1] == ("architecture",) else path
    config = None if model is None else model.config
    if not inner:
        return None
    found = of_config(config, inner)
    around = next((name for name in reversed(inner[:-1]) if _config_meaning(name)[0]), None)
    if (found is None or not (found.meaning or found.type)) and around is not None:
        return _part_of(inner, around, _config_meaning(around)[0])
    return found


def _part_of(path: tuple[str, ...], around: str, meaning: str) -> KeyInfo:
    """Return what is known of a key of which nothing but the mapping around it is."""
    return KeyInfo(path[-1], f"Part of {around}. {meaning}")


def members(view: View, model: Model | None, path: tuple[str, ...], model_type: str = "") -> list[KeyInfo]:
    """Return the keys that the mapping at ``path`` may have, the usual order first."""
    kind = card_kind(view)
    if kind is not None and path[:1] != ("architecture",):
        from archlint.specs.keys import table

        keys = table(kind).keys
        if path:
            found = table(kind).find(".".join(path))
            keys = () if found is None else found.keys
        return [_of_card(key) for key in keys]
    inner = path[1:] if path[:1] == ("architecture",) else path
    config = None if model is None else model.config
    params = view.linted is not None and view.linted.recognition.kind == "params"
    return config_members(config, inner, model_type, base=not params)


def card_kind(view: View) -> CardKind | None:
    """Return the kind of card that a view's document holds; None for a config."""
    kind = None if view.linted is None else view.linted.recognition.kind
    if kind in ("gallery", "card", "front-matter"):
        return kind
    if (
        kind is None
        and view.document is not None
        and ".arch." in view.document.name.lower().rsplit("/", 1)[-1]
    ):
        return "card"  # nothing is written yet
    return None


def _of_card(key: Key) -> KeyInfo:
    choices = key.values
    if key.name in ("license", "license_name") and not choices:
        choices = licences(hub=key.name == "license")
    return KeyInfo(
        key.name,
        key.meaning,
        _ARTICLE.sub("", key.expected),
        choices=choices,
        required=key.required,
        nested=bool(key.keys) or key.types == ("mapping",),
        listed=key.types[0] == "list",
        text="text" in key.types or "url" in key.types,
        example=key.example,
    )


def of_config(config: Config | None, path: tuple[str, ...]) -> KeyInfo | None:
    """Return what is known of a config's key."""
    from archlint.specs.class_defaults import base_fields, is_native

    key = path[-1]
    meaning, unit = _config_meaning(key)
    kind, default, default_of, origin = "", "", "", ""
    if config is not None:
        section = _section(config, path[:-1])
        if section is not None:
            value = section.defaults.fields.get(key)
            if value is None:
                names = section.defaults.groups.get(key, ())
                value = next(
                    (section.defaults.fields[n] for n in names if n in section.defaults.fields), None
                )
            if value is not None:
                default, kind = _plain_text(value[0]), kind or value[1]
                default_of = section.defaults.class_name
            if default == "null" and not is_native(section.defaults.model_type):
                default = default_of = ""  # the key is needed, or its class is not at hand
            alias = section.defaults.aliases.get(key)
            if alias:
                origin = f"Another name of {alias}."
                meaning = meaning or _config_meaning(alias)[0]
            if value is None and not alias and key in base_fields():
                default, kind = _plain_text(base_fields()[key][0]), kind or base_fields()[key][1]
            elif value is None and not alias and not meaning and is_native(section.defaults.model_type):
                origin = f"transformers' {section.defaults.class_name} has no key of this name."
    if not meaning and not kind and not default and not origin and key not in _CONFIG_CHOICES:
        return None
    choices = _CONFIG_CHOICES.get(key, ()) if key != "model_type" else ()
    return KeyInfo(key, meaning, kind, unit, default, default_of, choices, origin)


def config_members(
    config: Config | None, path: tuple[str, ...], model_type: str = "", base: bool = True
) -> list[KeyInfo]:
    """Return the keys that a config's mapping may have: those of its class, else those that are known.

    ``base``: whether those that every class of transformers has are among them.
    """
    from archlint.specs.class_defaults import base_fields, defaults_of
    from archlint.specs.config_keys import keys_of_section, known_keys

    section = None if config is None else _section(config, path)
    defaults = section.defaults if section is not None else defaults_of("" if path else model_type)
    if not defaults.known and model_type and not path:
        defaults = defaults_of(model_type)
    names = dict.fromkeys((*keys_of_section(path[-1] if path else ""), *defaults.fields, *defaults.sub))
    if not path and base:
        names = dict.fromkeys(("model_type", "architectures", *names, *base_fields()))
    if not defaults.known and (not path or path[-1] in _LANGUAGE_MODELS):
        names = dict.fromkeys((*names, *known_keys()))
    found = []
    for name in names:
        info = of_config(section, (name,)) if section is not None else None
        if info is None:
            meaning, unit = _config_meaning(name)
            field = defaults.fields.get(name)
            default = "" if field is None else _plain_text(field[0])
            info = KeyInfo(name, meaning, "" if field is None else field[1], unit, default)
        nested = name in defaults.sub or info.type == "mapping"
        text = (
            name == "model_type" or bool(_CONFIG_CHOICES.get(name)) or info.type in ("text", "string", "str")
        )
        found.append(
            KeyInfo(
                name,
                info.meaning,
                info.type,
                info.unit,
                info.default,
                info.default_of,
                choices(name),
                info.origin,
                nested=nested,
                listed=info.type in ("list", "array") or name in _LISTS,
                text=text,
            )
        )
    return found


def choices(key: str) -> tuple[str, ...]:
    """Return what a config's key usually says."""
    if key == "model_type":
        from archlint.specs.class_defaults import known_types

        return known_types()
    return _CONFIG_CHOICES.get(key, ())


def _section(config: Config, path: tuple[str, ...]) -> Config | None:
    """Return the reader of the mapping at ``path`` from the root of a config."""
    outer = config
    while outer.wrapper is not None and outer.text is not outer.root:
        outer = outer.wrapper
    reader = outer
    pointer = ""
    for step in path:
        pointer += f"/{step}"
        reader = config if pointer == config.pointer else reader.section(step)
    return reader


def _plain_text(value: Plain) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        return ""
    return text if len(text) <= 80 else text[:79] + "…"


def _config_meaning(key: str) -> tuple[str, str]:
    """Return meaning and unit of a config's key, where they are known."""
    from archlint.specs.config_keys import meaning_of

    found = meaning_of(key)
    return ("", "") if found is None else (found.text, found.unit)


@cache
def licences(hub: bool) -> tuple[str, ...]:
    """Return the licences that are known: the Hub's identifiers, or their names."""
    from archlint.licences import by_id, hub_identifiers

    identifiers = hub_identifiers()
    if hub:
        return identifiers
    known = [licence for name in identifiers if (licence := by_id(name)) is not None]
    return tuple(dict.fromkeys(licence.name for licence in known if licence.kind != "unknown"))


def licence_class(text: str) -> str | None:
    """Return what kind of licence a name or identifier means: open, restricted and so on."""
    from archlint.licences import identify

    known = identify(text)
    return None if known is None or known.kind == "unknown" else known.kind


def order(model: Model) -> dict[str, int]:
    """Return the rank of each key of a card in the usual order."""
    from archlint.specs.keys import table

    kind = model.card.kind if model.card is not None else "gallery"
    return {key.name: rank for rank, key in enumerate(table(kind).keys)}


def insertable(model: Model) -> list[str]:
    """Return the keys that a card lacks: required ones, and figures that its config may imply."""
    if model.card is None or model.card.kind == "front-matter":
        return []
    present = {pair.name for pair in node_of(model).pairs}
    wanted = dict.fromkeys((*required(model), *_INSERTABLE))
    rank = order(model)
    return sorted((key for key in wanted if key not in present), key=lambda key: rank.get(key, 0))


def required(model: Model) -> frozenset[str]:
    """Return the keys that such a card must have."""
    from archlint.specs.keys import table

    kind = model.card.kind if model.card is not None else "gallery"
    return frozenset(key.name for key in table(kind).keys if key.required)
