"""Markdown for hovers.

Text that comes from files is data: nothing in it can become markup, a link or a command.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_SPECIAL = re.compile(
    r"""
    [\\`*\[\]<|]                    # wherever they stand
    | (?<![^\W_])_ | _(?![^\W_])    # at the edge of a word; num_key_value_heads needs nothing
    | &(?=\#?\w+;)                  # before what would be an entity
    | :(?=//) | @ | (?<=www)\.      # in what would become a link by itself
    | \$(?=\()                      # VS Code's icons
    | ^[\#+\-=>]                    # at the start: a heading, a list, a quotation
    """,
    re.VERBOSE | re.IGNORECASE,
)
_NUMBERED = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_LONGEST = 400


def plain(text: str) -> str:
    """Return ``text`` on one line, with those signs escaped that would be markup.

    No others: several editors show the backslashes.
    """
    escaped = _NUMBERED.sub(r"\1\\\2", _SPECIAL.sub(r"\\\g<0>", _flat(text)))
    return escaped.replace("~", "\\~") if escaped.count("~") > 1 else escaped


def code(text: str) -> str:
    """Return ``text`` as a code span, with a fence longer than any run of backticks in it."""
    flat = _flat(text)
    if not flat:
        return ""
    runs = [len(run) for run in re.findall(r"`+", flat)]
    fence = "`" * (max(runs, default=0) + 1)
    pad = " " if flat[0] == "`" or flat[-1] == "`" else ""
    return f"{fence}{pad}{flat}{pad}{fence}"


def block(lines: Sequence[str], language: str = "text") -> str:
    """Return lines as a code block, with a fence longer than any in them."""
    cleaned = [_CONTROL.sub("�", line.replace("\n", " "))[:1000] for line in lines]
    runs = [len(run) for line in cleaned for run in re.findall(r"`+", line)]
    fence = "`" * max(3, max(runs, default=0) + 1)
    return "\n".join((fence + language, *cleaned, fence))


def table(rows: Sequence[tuple[str, str]], head: str = "") -> str:
    """Return rows of two cells, already Markdown, as a table below ``head``."""
    lines = [f"| {head} | |", "|:--|--:|"]
    lines += [f"| {left} | {right} |" for left, right in rows]
    return "\n".join(lines)


def unmarked(text: str) -> str:
    """Return Markdown as text for clients that show none."""
    lines = [line for line in text.split("\n") if not re.fullmatch(r"```+\w*|\|  \| \||\|:--\|--:\|", line)]
    lines = [re.sub(r"^\| (.*) \| \|$", r"\1", line) for line in lines]
    flat = "\n".join(re.sub(r"^\| (.*) \| (.*) \|$", r"\1: \2", line) for line in lines)
    flat = re.sub(r"\*\*(.+?)\*\*", r"\1", flat)
    flat = re.sub(r"(?<![`\\])`([^`\n]+)(?<!\\)`(?!`)", r"\1", flat)
    return re.sub(r"\\([\\`*_{}\[\]()<>#+\-.!|~&:@$\"'/=])", r"\1", flat)


def _flat(text: str) -> str:
    flat = _CONTROL.sub("�", " ".join(text.split()))
    return flat if len(flat) <= _LONGEST else flat[: _LONGEST - 1] + "…"
