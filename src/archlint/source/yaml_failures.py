"""What libyaml says when it stops, in words that help, at the place that is wrong."""

from __future__ import annotations

import re
from typing import Final

from archlint.source.scalars import shown
from archlint.source.trouble import Trouble
from archlint.source.yaml_events import Failure

_LINE: Final = re.compile(r"[^\r\n]*")


def open_ended(failure: Failure, size: int) -> bool:
    """Whether reading failed because the text ended inside quotes or brackets."""
    return failure.at >= size - 1 and (
        "unexpected end of stream" in failure.problem or failure.context.startswith("while parsing a flow")
    )


def report(trouble: Trouble, text: str, base: int, failure: Failure) -> None:
    """Report the failure of the text that begins at ``base``."""
    start, end, detail = _explained(text, base, failure)
    trouble.add("yaml-syntax", start, max(end, start), detail=detail)


def _explained(text: str, base: int, failure: Failure) -> tuple[int, int, str]:
    at = min(base + failure.at, len(text))
    opened = base + failure.context_at if failure.context_at >= 0 else at
    problem, context = failure.problem, failure.context
    if "quoted scalar" in context and ("end of stream" in problem or "document indicator" in problem):
        return opened, _line_end(text, opened), f"the quote {text[opened : opened + 1]} is never closed"
    if context.startswith("while parsing a flow"):
        bracket = text[opened : opened + 1]
        closer = "}" if "mapping" in context else "]"
        if bracket not in ("[", "{"):
            return at, _word_end(text, at), "expected a value"
        found = shown(text[at : _line_end(text, at)]) or "the end of the entry"
        return (
            opened,
            _line_end(text, opened),
            f"the bracket {bracket} is not closed by {closer} before: {found}",
        )
    if problem == "mapping values are not allowed in this context":
        return _second_colon(text, at)
    if problem == "not a pair":
        end = _line_end(text, at)
        return at, end, f"expected `key: value`, found: {shown(text[at:end])}"
    if problem == "no colon":
        end = _line_end(text, at)
        return at, end, f"expected `:` after the key {shown(text[at:end])}"
    if problem == "could not find expected ':'":
        end = _line_end(text, opened)
        return opened, end, f"expected `key: value`, found: {shown(text[opened:end])}"
    if "cannot start any token" in problem:
        return _bad_start(text, at)
    if problem == "did not find expected key":
        end = _line_end(text, at)
        return at, end, f"expected a key at this indentation, found: {shown(text[at:end])}"
    if "-" in problem and "indicator" in problem:
        end = _line_end(text, at)
        return at, end, f"expected a list item (`- `) at this indentation, found: {shown(text[at:end])}"
    if "escape character" in problem or "hexdecimal" in problem:
        return at, min(at + 2, len(text)), "a backslash escape that double quotes do not know"
    for said, meant in _MEANINGS:
        if said in problem:
            return at, _word_end(text, at), meant
    return at, _word_end(text, at), f"{problem or 'unreadable'}{' ' + context if context else ''}"


_MEANINGS: Final = (
    (
        "alphabetic or numeric character",
        "`*` and `&` name aliases and anchors; quote the value to write them",
    ),
    ("mapping keys are not allowed", "a key cannot stand here"),
    ("sequence entries are not allowed", "a list item (`- `) cannot stand here"),
    ("tab character", "a tab stands where spaces must indent"),
    ("expected node content", "expected a value"),
    ("comment or line break", "expected a line end here"),
    ("document start", "text after the end of the document"),
    ("document indicator", "a line `---` or `...` ends the document inside a value"),
    ("tag", "`!` begins a tag; quote the value to write it"),
    ("directive", "a line that begins with `%` is a directive, and this one is unknown"),
    ("whitespace or line break", "expected a space or a line end here"),
)


def _second_colon(text: str, at: int) -> tuple[int, int, str]:
    line = text.rfind("\n", 0, at) + 1
    before = text[line:at]
    if re.search(r":[ \t]", before):
        return at, at + 1, "a second `: ` in one line; quote the value if the colon belongs to it"
    return (
        line + len(before) - len(before.lstrip()),
        at + 1,
        "this key is indented deeper than the keys above it",
    )


def _bad_start(text: str, at: int) -> tuple[int, int, str]:
    char = text[at : at + 1]
    if char == "\t":
        return at, at + 1, "a tab stands where spaces must indent"
    return at, at + 1, f"a value cannot begin with {char}; quote it"


def _line_end(text: str, at: int) -> int:
    match = _LINE.match(text, at)
    return at + len(match[0].rstrip()) if match else at


def _word_end(text: str, at: int) -> int:
    return max(min(at + 1, len(text)), at + len(text[at : _line_end(text, at)].split(" ")[0]))
