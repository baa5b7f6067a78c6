"""Units, and the reading of one figure with its unit from tokens."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from archlint.specs.quantity.interval import Quantity
from archlint.specs.quantity.tokens import APPROXIMATE, APPROXIMATE_WORDS, Token
from archlint.values import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its canonical spelling, and what it may stand for, the likeliest first."""

    name: str
    multipliers: tuple[int, ...]


def _spelt(*units: tuple[str, tuple[int, ...], str]) -> dict[str, Unit]:
    return {
        spelling: Unit(name, multipliers)
        for name, multipliers, spellings in units
        for spelling in spellings.split()
    }


PARAMETERS: Mapping[str, Unit] = _spelt(
    ("K", (10**3,), "k thousand"),
    ("M", (10**6,), "m mn million millions"),
    ("B", (10**9,), "b bn billion billions"),
    ("T", (10**12,), "t tn trillion trillions"),
)
"""Counts of parameters, in lower case."""

BYTES: Mapping[str, Unit] = _spelt(
    ("B", (1,), "b byte bytes"),
    ("KiB", (2**10,), "kib kibibyte kibibytes kibyte kibytes"),
    ("MiB", (2**20,), "mib mebibyte mebibytes mibyte mibytes"),
    ("GiB", (2**30,), "gib gibibyte gibibytes gibyte gibytes"),
    ("TiB", (2**40,), "tib tebibyte tebibytes"),
    ("KB", (10**3, 2**10), "kb kbyte kbytes kilobyte kilobytes"),
    ("MB", (10**6, 2**20), "mb mbyte mbytes megabyte megabytes"),
    ("GB", (10**9, 2**30), "gb gigabyte gigabytes"),
    ("TB", (10**12, 2**40), "tb terabyte terabytes"),
)
"""Sizes, in lower case. KB, MB and GB are written for powers of ten and of two alike."""

TOKENS: Mapping[str, Unit] = _spelt(
    ("K", (10**3, 2**10), "k thousand"),
    ("Ki", (2**10,), "ki kib"),
    ("M", (10**6, 2**20), "m mn million"),
    ("Mi", (2**20,), "mi mib"),
    ("B", (10**9, 2**30), "b bn billion"),
)
"""Counts of tokens, in lower case: ``128K`` is 128,000 to some and 131,072 to others."""

PERCENT: Mapping[str, Unit] = _spelt(("%", (1,), "% percent pct"))
"""Shares, in per cent."""


def figure(found: list[Token], index: int, text: str, units: Mapping[str, Unit]) -> tuple[Quantity, int]:
    """Return the figure whose number is ``found[index]``, and the index of the token behind it.

    Its unit is glued to the number or the next word; without one it is a count written in full.
    Take in a sign of approximation before it and a ``+`` behind it.
    """
    token = found[index]
    behind = index + 1
    unit = units.get(token.tail.lower())
    end = token.end
    if not token.tail and behind < len(found) and found[behind].low in units:
        unit, end = units[found[behind].low], found[behind].end
        behind += 1
    start, approximate = token.start, False
    if index and (found[index - 1].text in APPROXIMATE or found[index - 1].low in APPROXIMATE_WORDS):
        start, approximate = found[index - 1].start, True
    at_least = behind < len(found) and found[behind].text == "+" and found[behind].start == end
    if at_least:
        end = found[behind].end
        behind += 1
    quantity = Quantity(
        text=text[start:end],
        span=(start, end),
        number=token.number,
        places=token.places,
        multipliers=unit.multipliers if unit else (1,),
        unit=unit.name if unit else "",
        full=unit is None or (unit.name == "B" and unit.multipliers == (1,) and not token.places),
        approximate=approximate,
        at_least=at_least,
    )
    return quantity, behind


def is_whole(number: Fraction) -> bool:
    """Whether a number has no fraction."""
    return number.denominator == 1
