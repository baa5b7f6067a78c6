"""What a scalar means: numbers within limits, and plain YAML text by the YAML 1.2 core schema."""

from __future__ import annotations

from math import inf, isinf, nan
from typing import Final

from archlint.patterns import pattern
from archlint.source.limits import MAX_DIGITS, MAX_INTEGER, MIN_INTEGER
from archlint.source.tree import Kind, Scalar

_INTEGER: Final = pattern(r"[-+]?[0-9]+\Z")
_FLOAT: Final = pattern(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_BASED: Final = pattern(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_WORDS: Final[dict[str, tuple[Kind, Scalar]]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), ("null", None)),
    **dict.fromkeys(("true", "True", "TRUE"), ("boolean", True)),
    **dict.fromkeys(("false", "False", "FALSE"), ("boolean", False)),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), ("float", inf)),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), ("float", -inf)),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), ("float", nan)),
}
_FIRST: Final = frozenset("+-.0123456789")


def resolve(text: str) -> tuple[Kind, Scalar]:
    """Return what plain (unquoted) YAML text means: ``1e-5`` a float, ``017`` is 17, ``no`` a string."""
    word = _WORDS.get(text)
    if word is not None:
        return word
    if text[0] in _FIRST:
        if _INTEGER.match(text):
            return "integer", integer(text)
        if _FLOAT.match(text):
            return "float", float(text)
        if _BASED.match(text):
            digits = text[2:].lstrip("0") or "0"
            base = 8 if text[1] == "o" else 16
            return "integer", int(digits, base) if len(digits) <= MAX_DIGITS else 10**MAX_DIGITS
    return "string", text


def integer(text: str) -> int:
    """Return the integer that decimal digits with an optional sign mean, at most 10**MAX_DIGITS."""
    if len(text) <= MAX_DIGITS:
        return int(text)
    digits = text.lstrip("+-").lstrip("0") or "0"
    size = int(digits) if len(digits) <= MAX_DIGITS else 10**MAX_DIGITS
    return -size if text[0] == "-" else size


def beyond_limits(kind: Kind, scalar: Scalar, text: str) -> str | None:
    """Return the rule that a number written as ``text`` breaks by its size."""
    if kind == "integer" and isinstance(scalar, int):
        return None if MIN_INTEGER <= scalar <= MAX_INTEGER else "integer-too-large"
    if kind == "float" and isinstance(scalar, float) and isinf(scalar):
        return "float-too-large" if text[-1:].isdigit() or text[-1:] == "." else None
    return None


def shown_key(name: str) -> str:
    """Return a key as a message names it: an empty or a blank one in quotes."""
    return shown(name) or f'"{" " * min(len(name), 40)}"'


def shown(text: str, limit: int = 40) -> str:
    """Return ``text`` as a message quotes it: one line, at most ``limit`` characters."""
    line = " ".join(text[: 4 * limit].split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
