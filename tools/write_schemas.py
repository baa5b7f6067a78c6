"""Write ``schemas/*.schema.json`` from what archlint knows, or with ``--check`` say which are out of date.

    python tools/write_schemas.py [--check]

To add a schema, add a function that builds it to ``SCHEMAS``. All are JSON Schema 2020-12.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "src"))

from pydantic import BaseModel  # noqa: E402

from archlint.rules.load import RuleFile  # noqa: E402
from archlint.settings import ConfigurationTable  # noqa: E402
from archlint.specs.class_defaults import defaults_of, is_native, known_types  # noqa: E402
from archlint.specs.config_values import COMMON_TYPES, QUANTIZATION_TYPES, ROPE_TYPES, SIZES  # noqa: E402
from archlint.specs.field_types import split  # noqa: E402
from archlint.specs.keys import Key, Table, Type, table  # noqa: E402

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_TYPES: Mapping[Type, str] = {
    "text": "string",
    "url": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "mapping": "object",
    "list": "array",
}


def head(name: str, title: str, description: str) -> Schema:
    """The keywords that every schema begins with."""
    return {"$schema": DIALECT, "$id": name, "title": title, "description": description}


def gallery() -> Schema:
    """A gallery: model names to entries. Other members at the top, in lower case, may be anything."""
    keys = table("gallery")
    required = [key.name for key in keys.keys if key.required]
    return {
        **head(
            "gallery.schema.json", "LLM architecture gallery", "Model names, each with what is known of it."
        ),
        "type": "object",
        "patternProperties": {"^[$.]|^x-|^[a-z_][a-z0-9_]*$": True},
        "additionalProperties": {"$ref": "#/$defs/entry"},
        "$defs": {"entry": {"type": "object", "required": required, **_members(keys)}},
    }


def card() -> Schema:
    """A single architecture card."""
    return {
        **head(
            "card.schema.json",
            "LLM architecture card",
            "What is known of one model, perhaps with its config under architecture.",
        ),
        "type": "object",
        "required": ["name"],
        **_members(table("card")),
    }


def front_matter() -> Schema:
    """The YAML front matter of a README on the Hub."""
    return {
        **head(
            "front-matter.schema.json",
            "Model card metadata",
            "The YAML block at the top of a README.md on the Hugging Face Hub.",
        ),
        "type": "object",
        **_members(table("front-matter")),
    }


def config() -> Schema:
    """A config.json: the keys that every class has, and by model_type those of its class.

    Types are those that readers accept: any key may be null, and a size may be a list with one value a layer.
    """
    names = [each for each in known_types() if is_native(each) and _is_language_model(each)]
    parameters = {name: type_schema(kind, name) for name, kind in ROPE_TYPES.items()}
    rope: Schema = {
        "type": ["object", "null"],
        "properties": parameters,
        "additionalProperties": {"if": {"type": "object"}, "then": {"properties": parameters}},
    }
    defs = {name: _class(name) for name in names}
    choose = [
        {
            "if": {"properties": {"model_type": {"const": name}}, "required": ["model_type"]},
            "then": {"$ref": f"#/$defs/{name}"},
        }
        for name in names
    ]
    return {
        **head(
            "config.schema.json",
            "Model config",
            "How a model is built, as Hugging Face's config.json says it.",
        ),
        "type": "object",
        "properties": {
            **{name: type_schema(kind, name) for name, kind in sorted(COMMON_TYPES.items())},
            "rope_scaling": {"$ref": "#/$defs/rope"},
            "rope_parameters": {"$ref": "#/$defs/rope"},
            "quantization_config": {
                "type": ["object", "null"],
                "properties": {name: type_schema(kind, name) for name, kind in QUANTIZATION_TYPES.items()},
            },
            "model_type": {
                "type": ["string", "null"],
                "examples": names,
                "description": "Which class reads the file.",
            },
            "text_config": {"$ref": "#", "description": "The language model of a multimodal one."},
        },
        "allOf": choose,
        "$defs": {"rope": rope, **defs},
    }


def _is_language_model(name: str) -> bool:
    """Whether a class has a vocabulary and layers of its own."""
    fields = defaults_of(name).fields
    return "vocab_size" in fields and not fields.keys().isdisjoint(
        ("num_hidden_layers", "n_layer", "num_layers")
    )


_JSON_TYPES = {
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "string": "string",
    "mapping": "object",
    "list": "array",
    "null": "null",
}
_ONE_FOR_ALL = ("hidden_size", "num_hidden_layers", "vocab_size", "n_layer", "n_layers", "n_embd", "d_model")
"""Sizes that no layer has of its own."""


def type_schema(kind: str, name: str = "") -> Schema:
    """A type of ``class_defaults``; null is always taken, and of a size also a list with one value a layer."""
    options = split(kind)
    if "any" in options:
        return {}
    plain = {_JSON_TYPES[option] for option in options if option in _JSON_TYPES}
    lists = [option[5:-1] for option in options if option.startswith("list[")]
    plain |= {"null"} if name else set()
    alternatives: list[Schema] = [{"type": sorted(plain)}] if plain else []
    alternatives += [{"type": "array", "items": type_schema(inner)} for inner in lists]
    if name in SIZES and name not in _ONE_FOR_ALL and "array" not in plain and not lists:
        alternatives.append({"type": "array", "minItems": 2})
    if "float" in options:
        alternatives.append({"type": "object", "required": ["__float__"]})
    return alternatives[0] if len(alternatives) == 1 else {"anyOf": alternatives}


def _class(name: str) -> Schema:
    properties: Schema = {}
    for field, (value, kind) in defaults_of(name).fields.items():
        described: Schema = {} if value is None or isinstance(value, (dict, list)) else {"default": value}
        properties[field] = described | type_schema(kind, field)
    return {"properties": properties}


def rule() -> Schema:
    """A rule file."""
    return _of_model(
        RuleFile, "rule.schema.json", "archlint rule", "One rule: condition, message, fix, why, examples."
    )


def configuration() -> Schema:
    """archlint.toml, or [tool.archlint] of pyproject.toml."""
    return _of_model(
        ConfigurationTable,
        "archlint.schema.json",
        "archlint configuration",
        "archlint.toml, or [tool.archlint].",
    )


def _of_model(model: type[BaseModel], name: str, title: str, description: str) -> Schema:
    built = model.model_json_schema(by_alias=True)
    return {
        **head(name, title, description),
        **{k: v for k, v in built.items() if k not in ("title", "description")},
    }


SCHEMAS: dict[str, Callable[[], Schema]] = {
    "config.schema.json": config,
    "rule.schema.json": rule,
    "archlint.schema.json": configuration,
    "gallery.schema.json": gallery,
    "card.schema.json": card,
    "front-matter.schema.json": front_matter,
}


def _members(keys: Table) -> Schema:
    """The members of a mapping; spellings that nothing reads are marked as deprecated."""
    properties = {key.name: property_of(key) for key in keys.keys}
    for old, name in sorted(keys.old.items()):
        properties[old] = {"deprecated": True, "description": f"Nothing reads {old}; write {name}."}
    return {"properties": properties}


def property_of(key: Key) -> Schema:
    """One key: its meaning, its types, and what it usually says."""
    schema: Schema = {"description": key.meaning}
    if key.example:
        schema["examples"] = [_example(key)]
    if "anything" in key.types:
        return schema
    types = [_TYPES[name] for name in key.types]
    schema["type"] = [*dict.fromkeys(types), "null"]
    if key.types == ("url",):
        schema["format"] = "uri"
    if key.items != "anything":
        schema["items"] = _items(key)
    if key.keys:
        schema["properties"] = {inner.name: property_of(inner) for inner in key.keys}
    if key.values and "list" not in key.types:
        schema |= {"enum": [*key.values, None]} if key.closed else {"anyOf": [{"enum": [*key.values]}, {}]}
    return schema


def _items(key: Key) -> Schema:
    if key.items == "text":
        kinds: Schema = {"type": ["string", "number", "boolean", "null"]}
        return {**kinds, "anyOf": [{"enum": [*key.values]}, {}]} if key.values else kinds
    return {"type": _TYPES[key.items]}


def _example(key: Key) -> str | int:
    text = key.example.strip("'")
    return int(text) if key.types[0] == "integer" and text.isdigit() else text


def rendered(schema: Schema) -> str:
    """The file's text."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    folder = ROOT / "schemas"
    stale = []
    for name, build in SCHEMAS.items():
        text, path = rendered(build()), folder / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in arguments:
            folder.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    verb = "out of date" if "--check" in arguments else "written"
    print("\n".join(f"{name}: {verb}" for name in stale) or "all schemas are up to date")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
