"""Dates as cards write them: ``2026-01-27``."""

from __future__ import annotations

import re
from typing import Final

from archlint.specs.quantity.interval import NotStated, Span, Unreadable
from archlint.specs.quantity.tokens import not_stated, whole_span
from archlint.values import dataclass

ACCEPTED: Final = ("2026-01-27",)

_DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Date:
    """A day of the calendar. ``iso`` sorts as the days do."""

    text: str
    span: Span
    year: int
    month: int
    day: int

    @property
    def iso(self) -> str:
        """``2026-01-27``."""
        return f"{self.year:04d}-{self.month:02d}-{self.day:02d}"


def read_date(text: str) -> Date | NotStated | Unreadable:
    """Read a date; one in another order is unreadable, with the ISO date suggested where it is certain."""
    absent = not_stated(text)
    if absent is not None:
        return absent
    span = whole_span(text)
    plain = text.strip()
    match = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", plain, re.ASCII)
    if match:
        year, month, day = map(int, match.groups())
        reason = _impossible(year, month, day)
        return Unreadable(text, span, reason, ACCEPTED) if reason else Date(text, span, year, month, day)
    if len(plain) > 80:
        return Unreadable(text, span, f"{len(plain)} characters are too many for a date", ACCEPTED)
    return Unreadable(text, span, "the date is not written as YYYY-MM-DD", ACCEPTED, _guess(plain))


def _impossible(year: int, month: int, day: int) -> str:
    if not 1 <= month <= 12:
        return f"there is no month {month:02d}"
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if not 1 <= day <= _DAYS[month - 1] + leap:
        return f"{_MONTHS[month - 1]} {year} has no day {day:02d}"
    return ""


def _guess(plain: str) -> str | None:
    """Return the ISO date that a text in another order certainly means."""
    match = re.match(r"(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})(?:$|[T ]\d\d:)", plain, re.ASCII)
    compact = re.fullmatch(r"((?:19|20)\d\d)(\d\d)(\d\d)", plain, re.ASCII)
    if match is None and compact is not None:
        match = compact
    if match:
        year, month, day = map(int, match.groups())
    else:
        words = re.findall(r"[A-Za-z]+|\d+", plain, re.ASCII)
        numbers = [int(word) for word in words if word.isdigit() and len(word) < 5]
        names = [
            number
            for number, month_name in enumerate(_MONTHS, 1)
            for word in words
            if len(word) >= 3 and month_name.lower().startswith(word.lower().removesuffix("sept") or "sep")
        ]
        if len(names) != 1 or len(numbers) != 2:
            return None
        year, day, month = max(numbers), min(numbers), names[0]
    if not 1990 <= year < 2100 or _impossible(year, month, day):
        return None
    return f"{year:04d}-{month:02d}-{day:02d}"
