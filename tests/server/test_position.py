"""Positions against a second implementation of the protocol's rules, written the slow and plain way."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archlint.server.position import Encoding, Text

ENCODINGS: tuple[Encoding, ...] = ("utf-8", "utf-16", "utf-32")
PIECES = [
    "a",
    "é",
    "日",
    "🦙",
    "\n",
    "\r\n",
    "\r",
    "\u2028",
    "\u2029",
    "\x0c",
    "\x0b",
    "\x85",
    "\ufeff",
    " ",
    ":",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


def plain_lines(text: str) -> list[tuple[str, str]]:
    """(content, line end) for every line, one character at a time."""
    lines, content, i = [], "", 0
    while i < len(text):
        if text[i] == "\r" and text[i + 1 : i + 2] == "\n":
            lines.append((content, "\r\n"))
            content, i = "", i + 2
        elif text[i] in "\r\n":
            lines.append((content, text[i]))
            content, i = "", i + 1
        else:
            content, i = content + text[i], i + 1
    return [*lines, (content, "")]


def width(character: str, encoding: Encoding) -> int:
    """Units of one character, from the definition of the encodings."""
    point = ord(character)
    if encoding == "utf-32":
        return 1
    if encoding == "utf-16":
        return 2 if point > 0xFFFF else 1
    return 1 if point < 0x80 else 2 if point < 0x800 else 3 if point < 0x10000 else 4


def plain_place(text: str, offset: int, encoding: Encoding) -> tuple[int, int]:
    at = 0
    lines = plain_lines(text)
    for number, (content, end) in enumerate(lines):
        if offset < at + len(content) + len(end) or number == len(lines) - 1:
            inside = content[: offset - at]  # no place is within a line end
            return number, sum(width(c, encoding) for c in inside)
        at += len(content) + len(end)
    raise AssertionError


def plain_offset(text: str, line: int, character: int, encoding: Encoding) -> int:
    lines = plain_lines(text)
    if line >= len(lines):
        return len(text)
    at = sum(len(content) + len(end) for content, end in lines[:line])
    left = character
    for c in lines[line][0]:
        left -= width(c, encoding)
        if left < 0:
            break
        at += 1
    return at


@given(TEXTS, st.integers(0, 60), st.sampled_from(ENCODINGS))
def test_place_agrees_with_the_plain_reading(text: str, offset: int, encoding: Encoding) -> None:
    offset = min(offset, len(text))
    assert Text(text, encoding).place(offset) == plain_place(text, offset, encoding)


@given(TEXTS, st.integers(0, 12), st.integers(0, 30), st.sampled_from(ENCODINGS))
def test_offset_agrees_with_the_plain_reading(
    text: str, line: int, character: int, encoding: Encoding
) -> None:
    assert Text(text, encoding).offset(line, character) == plain_offset(text, line, character, encoding)


@given(TEXTS, st.sampled_from(ENCODINGS))
def test_a_place_leads_back_to_its_offset(text: str, encoding: Encoding) -> None:
    state = Text(text, encoding)
    for offset in range(len(text) + 1):
        if not (0 < offset < len(text) and text[offset - 1 : offset + 1] == "\r\n"):
            assert state.offset(*state.place(offset)) == offset


@settings(max_examples=400)
@given(TEXTS, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), TEXTS), max_size=6))
def test_edits_keep_text_and_line_starts_right(text: str, edits: list[tuple[int, int, str]]) -> None:
    state, value = Text(text), text
    for a, b, new in edits:
        start, end = sorted((min(a, len(value)), min(b, len(value))))
        value = value[:start] + new + value[end:]
        state = state.replaced(start, end, new)
        assert state.value == value
        assert state.starts == Text(value).starts


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_empty_text_has_one_place(encoding: Encoding) -> None:
    state = Text("", encoding)
    assert state.place(0) == (0, 0)
    assert state.offset(0, 0) == state.offset(5, 5) == 0


def test_only_three_line_ends_exist() -> None:
    assert len(Text("a\u2028b\x0cc\x85d\x0be\u2029f").starts) == 1
    assert len(Text("a\nb\r\nc\rd").starts) == 4


def test_a_lone_surrogate_is_a_character() -> None:
    assert Text("a\ud800b", "utf-16").place(3) == (0, 3)
    assert Text("a\ud800b", "utf-8").place(3) == (0, 5)
