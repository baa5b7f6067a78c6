"""A finding: one violation of one rule, as every front end shows it."""

from __future__ import annotations

from enum import IntEnum
from typing import Literal, TypeAlias

from archlint.source.edits import Edit
from archlint.values import dataclass


class Severity(IntEnum):
    """How bad a finding is; the greater, the worse."""

    HINT = 0
    INFO = 1
    WARNING = 2
    ERROR = 3

    def __str__(self) -> str:
        return self.name.lower()


Confidence: TypeAlias = Literal["high", "medium", "low"]
Tag: TypeAlias = Literal["deprecated", "unnecessary"]


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that belongs to a finding; ``file`` as it is shown, lines and columns 1-based."""

    file: str
    start: tuple[int, int]
    end: tuple[int, int]
    message: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that remove a finding. Unsafe ones may change what the file means."""

    title: str
    edits: tuple[Edit, ...]
    safe: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation.

    ``start_offset`` and ``end_offset`` are code points in the file's text; ``start`` and ``end`` the same
    places as 1-based (line, column). ``pointer`` is RFC 6901 within the model; ``model`` the entry's name.
    ``derivation`` is the arithmetic, one line a step; ``value`` what the file says at the place, normalised
    (for fingerprints).
    """

    code: str
    name: str
    severity: Severity
    message: str
    file: str
    start: tuple[int, int]
    end: tuple[int, int]
    start_offset: int
    end_offset: int
    pointer: str = ""
    model: str | None = None
    confidence: Confidence = "high"
    fixes: tuple[Fix, ...] = ()
    related: tuple[Related, ...] = ()
    derivation: tuple[str, ...] = ()
    tags: tuple[Tag, ...] = ()
    value: str = ""

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """File order, then place, then code."""
        return (self.file, self.start_offset, self.end_offset, self.code, self.message)
