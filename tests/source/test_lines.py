"""Positions against an independent reading of the protocol's rules: split the lines, encode, count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archlint.source.lines import Encoding, Lines

TEXT = st.text(alphabet=st.sampled_from(list("ab é中\U0001f600\r\n\t\x0c\u2028\u0085\ufeff")), max_size=30)
ENCODINGS = st.sampled_from(["utf-8", "utf-16", "utf-32"])
WIDTH = {"utf-8": 1, "utf-16": 2, "utf-32": 4}
CODEC = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}


def split(text: str) -> list[str]:
    """The lines without their ends: CR LF, LF and CR end a line, nothing else does."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def units(text: str, encoding: Encoding) -> int:
    return len(text.encode(CODEC[encoding])) // WIDTH[encoding]


@given(TEXT, ENCODINGS)
def test_every_offset_has_its_position(text: str, encoding: Encoding) -> None:
    lines = Lines(text)
    number = column = 0
    for offset in range(len(text) + 1):
        inside = offset > 0 and text[offset - 1 : offset + 1] == "\r\n"
        if inside:  # between CR and LF: no position of its own, the line's end
            assert lines.to_lsp(offset, encoding)[0] == number
        else:
            expected = (number, units(split(text)[number][:column], encoding))
            assert lines.to_lsp(offset, encoding) == expected
            assert lines.from_lsp(*expected, encoding) == offset
            assert lines.position(offset) == (number + 1, column + 1)
            assert lines.offset(number + 1, column + 1) == offset
        if offset < len(text):
            ends = text[offset] == "\n" or (text[offset] == "\r" and text[offset + 1 : offset + 2] != "\n")
            number, column = (number + 1, 0) if ends else (number, column + 1)


@given(TEXT, ENCODINGS, st.integers(-2, 40), st.integers(-2, 80))
def test_any_position_is_clamped(text: str, encoding: Encoding, line: int, character: int) -> None:
    offset = Lines(text).from_lsp(line, character, encoding)
    assert 0 <= offset <= len(text)
    content = split(text)
    if 0 <= line < len(content):
        assert Lines(text).to_lsp(offset, encoding)[0] == line
        fits = [
            i
            for i in range(len(content[line]) + 1)
            if units(content[line][:i], encoding) <= max(character, 0)
        ]
        assert Lines(text).to_lsp(offset, encoding)[1] == units(content[line][: fits[-1]], encoding)


@pytest.mark.parametrize("text", ["", "\n", "\r\n", "\r"])
def test_empty_texts(text: str) -> None:
    lines = Lines(text)
    assert lines.to_lsp(0) == (0, 0)
    assert lines.from_lsp(5, 5) == len(text)
    assert lines.to_lsp(99) == (len(split(text)) - 1, 0)
