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


def difference(before: str, after: str) -> tuple[Edit, ...]:
    """Return edits, none of them overlapping, that make ``after`` of ``before`` and leave equal lines alone."""
    from difflib import SequenceMatcher
    from itertools import accumulate

    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    starts = [0, *accumulate(map(len, old))]
    found = []
    for tag, first, last, begin, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            found.append(_narrowed(before, starts[first], starts[last], "".join(new[begin:end])))
    return tuple(found)


def _narrowed(text: str, start: int, end: int, new: str) -> Edit:
    """Return an edit without what the old and the new text have in common at their ends."""
    most = min(end - start, len(new))
    same = next((at for at in range(most) if text[start + at] != new[at]), most)
    start, new = start + same, new[same:]
    most -= same
    same = next((at for at in range(most) if text[end - 1 - at] != new[-1 - at]), most)
    return Edit(start, end - same, new[: len(new) - same])
