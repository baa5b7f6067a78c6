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


SCHEMAS: dict[str, Callable[[], Schema]] = {
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
