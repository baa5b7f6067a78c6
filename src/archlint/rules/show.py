"""Values as messages show them: bytes in binary units, counts with separators, parameters as vendors do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archlint.facts.registry import Data, is_measured

if TYPE_CHECKING:
    from decimal import Decimal

FORMATS = ("bytes", "exact-bytes", "count", "parameters", "percent", "list", "text", "quoted")

_UNIT_FORMATS = {
    "bytes": "bytes",
    "bytes per token": "bytes",
    "parameters": "parameters",
    "tokens": "count",
    "percent": "percent",
}


def show(data: Data, form: str = "", unit: str = "") -> str:
    """Return ``data`` as text, in the format asked for, or the one that its unit has."""
    form = form or _UNIT_FORMATS.get(unit, "")
    if isinstance(data, bool):
        return "true" if data else "false"
    if isinstance(data, int):
        return _number(data, form)
    if isinstance(data, float):
        return f"{_trim(_decimal(repr(data)), 1)}%" if form == "percent" else _float(data)
    if isinstance(data, str):
        return f'"{data}"' if form == "quoted" else data
    if isinstance(data, list | tuple):
        return _list(data)
    return data.text if is_measured(data) else str(data)


def bytes_text(count: int) -> str:
    """Return a byte count in the largest binary unit it reaches, with at most one decimal: ``68.6 KiB``."""
    if abs(count) < 1024:
        return f"{count} B"
    for unit, size in (("KiB", 1024), ("MiB", 1024**2), ("GiB", 1024**3), ("TiB", 1024**4)):
        if abs(count) < size * 1024 or unit == "TiB":
            return f"{_trim(_decimal(count) / size, 1)} {unit}"
    raise AssertionError("unreachable")


def parameters_text(count: int) -> str:
    """Return a parameter count as vendors write it, with three digits: ``235B``, ``8.03B``, ``934M``."""
    for letter, size in (("T", 10**12), ("B", 10**9), ("M", 10**6), ("K", 10**3)):
        if abs(count) >= size:
            value = _decimal(count) / size
            places = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
            return f"{_trim(value, places)}{letter}"
    return str(count)


def _number(value: int, form: str) -> str:
    match form:
        case "bytes":
            return bytes_text(value)
        case "exact-bytes":
            return f"{value:,} B"
        case "parameters":
            return parameters_text(value)
        case "count":
            return f"{value:,}"
        case "percent":
            return f"{value}%"
        case _:
            return str(value) if abs(value) < 10**40 else "a number of more than 40 digits"


def _decimal(value: int | str) -> Decimal:
    from decimal import Decimal

    return Decimal(value)


def _trim(value: Decimal, places: int) -> str:
    from decimal import ROUND_HALF_EVEN

    text = f"{value.quantize(_decimal(1).scaleb(-places), ROUND_HALF_EVEN):,}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _float(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _list(items: Sequence[object]) -> str:
    shown = [str(item) for item in items[:8]]
    more = len(items) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
