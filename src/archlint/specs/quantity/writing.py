"""Figures as a gallery writes them. What is written here reads back as an interval around the value."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

_BINARY: Final = (("B", 1), ("KiB", 2**10), ("MiB", 2**20), ("GiB", 2**30), ("TiB", 2**40))
_DECIMAL: Final = (("B", 1), ("KB", 10**3), ("MB", 10**6), ("GB", 10**9), ("TB", 10**12))
_COUNT: Final = (("", 1), ("K", 10**3), ("M", 10**6), ("B", 10**9), ("T", 10**12))


def rounded(value: int | Fraction, places: int) -> str:
    """Return ``value``, which is not negative, rounded half up to so many decimals at most."""
    scaled = (Fraction(value) * 10**places * 2 + 1) // 2
    whole, rest = divmod(scaled, 10**places)
    digits = f"{rest:0{places}d}".rstrip("0") if places else ""
    return f"{whole}.{digits}" if digits else str(whole)


def write_bytes(value: int | Fraction, unit: str | None = None, places: int = 1) -> str:
    """Return ``217.5 KiB``; in ``unit`` where one is given, else in KiB, and MiB from 1024 KiB on."""
    if unit is None:
        unit = "B" if value < 1024 and Fraction(value).denominator == 1 else "KiB" if value < 2**20 else "MiB"
    size = dict((*_BINARY, *_DECIMAL))[unit]
    return f"{rounded(Fraction(value) / size, places)} {unit}"


def write_count(value: int, labelled: bool = False) -> str:
    """Return ``262,144``, or ``262,144 (~262k)``."""
    return f"{value:,} (~{rounded(Fraction(value, 1000), 0)}k)" if labelled else f"{value:,}"


def write_percent(value: int | Fraction, places: int = 1) -> str:
    """Return ``5.5%`` for a share of 5.5 per cent."""
    return f"{rounded(value, places)}%"


def write_scale(value: int, places: int = 1) -> str:
    """Return ``671B`` for a count of parameters: whole from 100 units on, else with so many decimals."""
    unit, size = next((name, size) for name, size in reversed(_COUNT) if value >= size or size == 1)
    number = Fraction(value, size)
    text = rounded(number, places if unit and number < 100 else 0)
    larger = {"K": "M", "M": "B", "B": "T"}.get(unit)
    return f"1{larger}" if text == "1000" and larger else f"{text}{unit}"
