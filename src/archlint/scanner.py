"""Python's JSON reader without the package around it, whose patterns take a twentieth of a short run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

try:
    from _json import make_scanner
except ImportError:  # a Python that has it in no other form
    from json.scanner import make_scanner


class Reading:
    """What the reader is told: Python's own types, and what it calls for objects and for NaN and the infinities."""

    strict = True
    object_hook: Callable[[dict[str, Any]], Any] | None = None
    object_pairs_hook: Callable[[list[tuple[str, Any]]], Any] | None = None
    parse_float: Callable[[str], Any] = float
    parse_int: Callable[[str], Any] = int
    parse_constant: Callable[[str], Any] = float
    memo: Final[dict[str, str]] = {}


def read(text: str, start: int = 0, how: Reading | None = None) -> tuple[Any, int]:
    """Return the value that begins at ``start``, and where it ends; ValueError when none does."""
    scan: Callable[[str, int], tuple[Any, int]] = make_scanner(how or Reading())  # type: ignore[arg-type]
    try:
        return scan(text, start)
    except (StopIteration, SystemError):  # it has no exception to raise where nobody imported json.decoder
        raise ValueError("no JSON") from None


def own(text: str | bytes) -> Any:
    """Return the value in a text that archlint itself wrote: without white space before it. ValueError for another."""
    return read(text if isinstance(text, str) else text.decode())[0]
