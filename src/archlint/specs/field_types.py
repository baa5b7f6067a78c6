"""The types of a class's fields, as ``class_defaults`` writes them (``int | list[int] | null``), and who fits them."""

from __future__ import annotations

from functools import cache
from typing import Final

from archlint.source.tree import MAPPING, SEQUENCE, Node

_NAMES: Final = {
    "int": "an integer",
    "float": "a float",
    "number": "a number",
    "bool": "true or false",
    "string": "a text",
    "mapping": "a mapping",
    "list": "a list",
    "null": "null",
}
_ENTRIES: Final = {
    "int": "integers",
    "float": "floats",
    "bool": "true and false",
    "string": "texts",
    "mapping": "mappings",
    "list": "lists",
}
_KINDS: Final = {
    "int": ("integer",),
    "float": ("float",),
    "bool": ("boolean",),
    "string": ("string",),
    "mapping": (MAPPING,),
    "null": ("null",),
}


@cache
def kinds_of(kind: str) -> frozenset[str]:
    """Return the kinds of values that fit a type whatever they hold; of a list it is to be seen."""
    options = split(kind)
    found = {each for option in options for each in _KINDS.get(option, ())}
    if "any" in options:
        found.update((SEQUENCE, *(each for kinds in _KINDS.values() for each in kinds)))
    return frozenset(found)


def misfit(kind: str, value: Node) -> Node | None:
    """Return the part of ``value`` that is not of the type ``kind``: itself, or an entry of a list; None if it fits."""
    options = split(kind)
    for option in options:
        if _fits(option, value):
            return None
    inner = next((option[5:-1] for option in options if option.startswith("list[")), "")
    if value.kind == SEQUENCE and inner:
        return next((wrong for item in value.items if (wrong := misfit(inner, item)) is not None), value)
    return value


def is_near(kind: str, value: Node) -> bool:
    """Tell whether a value that does not fit says the same to readers that do not check types.

    1 for 1.0 and 1.0 for 1, null for what is not there, 0 and 1 for false and true, false for none.
    """
    options = split(kind)
    if value.kind == "float":
        return "int" in options and isinstance(value.scalar, float) and value.scalar.is_integer()
    if value.kind == "integer":
        return "float" in options or ("bool" in options and value.scalar in (0, 1))
    if value.kind == "boolean":
        return value.scalar is False and bool({"int", "float"} & set(options))
    return value.kind == "null"


def wanted(kind: str) -> str:
    """Return a type in words: ``an integer or a list of integers``; ``a number`` where both kinds fit."""
    options = [option for option in split(kind) if option != "null"]
    if "float" in options and "int" in options:
        options.remove("int")
        options[options.index("float")] = "number"
    words = [
        f"a list of {_ENTRIES[inner]}"
        if (inner := option[5:-1]) in _ENTRIES
        else _NAMES.get(option, "a list")
        for option in options
    ]
    return " or ".join(dict.fromkeys(words))


def entry_of(kind: str) -> str:
    """Return the type of the entries of a list of the type ``kind``; empty when any will do."""
    return next((option[5:-1] for option in split(kind) if option.startswith("list[")), "")


def named(value: Node) -> str:
    """Return what a value is, in words: ``a text``, ``a list``."""
    if value.kind == "float":
        return "a float"
    if value.kind == "null":
        return "null"
    return {
        "string": "a text",
        "integer": "an integer",
        "boolean": "true or false",
        MAPPING: "a mapping",
        SEQUENCE: "a list",
    }[value.kind]


@cache
def split(kind: str) -> tuple[str, ...]:
    """Return the alternatives of a type."""
    found, depth, start = [], 0, 0
    for at, letter in enumerate(kind):
        depth += (letter == "[") - (letter == "]")
        if letter == "|" and not depth:
            found.append(kind[start:at].strip())
            start = at + 1
    return (*found, kind[start:].strip())


def _fits(option: str, value: Node) -> bool:
    if option == "any":
        return True
    if option == "float" and value.kind == MAPPING:  # {"__float__": "Infinity"}, as transformers 5 writes it
        return len(value.pairs) == 1 and value.pairs[0].name == "__float__"
    if option == "list" or option.startswith("list["):
        inner = option[5:-1] or "any"
        kinds = kinds_of(inner)
        return value.kind == SEQUENCE and all(
            item.kind in kinds or misfit(inner, item) is None for item in value.items
        )
    return value.kind in _KINDS.get(option, ())
