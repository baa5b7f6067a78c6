"""What changed, model by model, for people, scripts and a comment on the pull request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from archlint.output.escape import json_text, log_line, markdown, short
from archlint.output.run import count
from archlint.output.width import width

if TYPE_CHECKING:
    from archlint.compare import Change, Row

FORMATS: Final = ("text", "json", "markdown")
_KINDS: Final = ("added", "removed", "renamed", "changed")
_MOST = 60  # models in a comment
_LONGEST = 60_000  # characters of a comment; GitHub refuses more than 65,536


def render(form: str, changes: Sequence[Change], note: str = "") -> str:
    """Return ``changes`` in one of ``FORMATS``."""
    return {"text": _text, "json": _json, "markdown": _markdown}[form](changes, note)


def _summary(changes: Sequence[Change]) -> str:
    numbers = Counter(change.kind for change in changes)
    words = [f"{count(numbers[kind], 'model')} {kind}" for kind in _KINDS if numbers[kind]]
    return ", ".join(words) if words else "No model changed"


def _shown(row: Row) -> str:
    share = f" ({row.share})" if row.share else ""
    if row.before is None:
        return f"{row.after}"
    if row.after is None:
        return f"{row.before} → (gone)"
    return f"{row.before} → {row.after}{share}"


def _rows(change: Change) -> list[Row]:
    """Return what is told of a change: of a new model what follows from its config, else all that changed."""
    rows = [row for row in change.rows if row.derived or change.kind != "added"]
    return sorted(rows, key=lambda row: not row.derived)


def _text(changes: Sequence[Change], note: str) -> str:
    lines = []
    for change in changes:
        old = f" (was {log_line(short(change.old_name))})" if change.old_name is not None else ""
        file = f"  {log_line(change.file)}" if change.file != change.name else ""
        lines.append(f"{change.kind}: {log_line(short(change.name))}{old}{file}")
        rows = _rows(change)
        wide = max((width(log_line(short(row.label))) for row in rows), default=0)
        for row in rows:
            label = log_line(short(row.label))
            lines.append(f"    {label}{' ' * (wide - width(label))}  {log_line(_shown(row))}")
    lines.append(f"{_summary(changes)}.")
    if note:
        lines.append(log_line(note))
    return "".join(f"{line}\n" for line in lines)


def _json(changes: Sequence[Change], note: str) -> str:
    return (
        json_text(
            {
                "version": 1,
                "changes": [
                    {
                        "kind": change.kind,
                        "model": change.name,
                        "old_model": change.old_name,
                        "file": change.file,
                        "facts": [
                            {
                                "name": row.label,
                                "before": row.before,
                                "after": row.after,
                                "share": row.share,
                                "derived": row.derived,
                            }
                            for row in change.rows
                        ],
                    }
                    for change in changes
                ],
                "note": note,
            },
            indent=2,
        )
        + "\n"
    )


def _markdown(changes: Sequence[Change], note: str) -> str:
    lines = [f"### archlint: {_summary(changes).lower()}", *blocks(changes, _LONGEST)]
    if note:
        lines += ["", markdown(note)]
    return "\n".join(lines) + "\n"


def blocks(changes: Sequence[Change], room: int) -> list[str]:
    """Return Markdown lines on each change, as many as ``room`` characters hold."""
    lines: list[str] = []
    for number, change in enumerate(changes):
        block = _block(change)
        room -= sum(len(line) + 1 for line in block)
        if number >= _MOST or room < 0:
            return [*lines, "", f"{len(changes) - number:,} more."]
        lines += block
    return lines


def _block(change: Change) -> list[str]:
    old = f" (was {markdown(short(change.old_name))})" if change.old_name is not None else ""
    place = f" in {markdown(change.file)}" if change.file != change.name else ""
    lines = ["", f"**{change.kind}** {markdown(short(change.name))}{old}{place}"]
    rows = _rows(change)
    if rows:
        lines += ["", "| | before | after | |", "|---|---|---|---|"]
        lines += [
            f"| {'*' if row.derived else ''}{markdown(short(row.label))}{'*' if row.derived else ''} "
            f"| {markdown(row.before or '')} | {markdown(row.after or '')} | {markdown(row.share)} |"
            for row in rows
        ]
    return lines
