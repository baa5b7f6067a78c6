"""Text edits: what a fix does to a file."""

from __future__ import annotations

from collections.abc import Iterable

from archlint.values import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Replace the code points from ``start`` to ``end`` (exclusive) by ``text``."""

    start: int
    end: int
    text: str


def apply(text: str, edits: Iterable[Edit]) -> str:
    """Return ``text`` with ``edits`` made; raise ValueError when two of them overlap."""
    parts: list[str] = []
    done = 0
    for edit in sorted(set(edits)):
        if edit.start < done:
            raise ValueError(f"edits overlap at offset {edit.start}")
        parts += (text[done : edit.start], edit.text)
        done = edit.end
    parts.append(text[done:])
    return "".join(parts)
