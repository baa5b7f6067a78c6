"""Positions as the protocol counts them: lines end at LF, CR LF or CR; columns are UTF-8, 16 or 32 units.

The server keeps texts itself. An edit replaces a part of the line index, so that typing in a long file
costs what the edit costs; and U+2028, form feeds and the like are characters, not line ends.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Literal, TypeAlias

Encoding: TypeAlias = Literal["utf-8", "utf-16", "utf-32"]
Place: TypeAlias = tuple[int, int]  # line and character, both 0-based, the character in the client's units

_LINE_END = re.compile(r"\r\n|\n|\r")


class Text:
    """One state of a document's text with its line starts; an edit makes a new one."""

    __slots__ = ("encoding", "starts", "value")

    def __init__(self, value: str, encoding: Encoding = "utf-16", starts: list[int] | None = None) -> None:
        self.value = value
        self.encoding = encoding
        self.starts = _line_starts(value) if starts is None else starts

    def offset(self, line: int, character: int) -> int:
        """Return the offset in code points; a place outside is moved to the nearest inside.

        A character beyond the end of its line means that end, before the line break; one inside a
        character (between surrogates, between UTF-8 bytes) means its start.
        """
        if line < 0:
            return 0
        if line >= len(self.starts):
            return len(self.value)
        start, end = self.line_range(line)
        if character <= 0:
            return start
        if self.encoding == "utf-32" or self.value.isascii():
            return min(start + character, end)
        content = self.value[start : min(end, start + character)]
        if content.isascii():
            return start + len(content)
        return start + _code_points(content, character, self.encoding)

    def place(self, offset: int) -> Place:
        """Return the line and character of ``offset`` (code points).

        An offset outside is moved to the nearest inside, one within a line end to the end of its line.
        """
        offset = max(0, min(offset, len(self.value)))
        line = bisect_right(self.starts, offset) - 1
        start = self.starts[line]
        if self.value[offset - 1 : offset + 1] == "\r\n":
            offset -= 1
        if self.encoding == "utf-32" or self.value.isascii():
            return line, offset - start
        return line, units(self.value[start:offset], self.encoding)

    def line_range(self, line: int) -> tuple[int, int]:
        """Return the offsets of a line's content, its line end left out."""
        start = self.starts[line]
        if line + 1 == len(self.starts):
            return start, len(self.value)
        end = self.starts[line + 1] - 1
        if end > start and self.value[end] == "\n" and self.value[end - 1] == "\r":
            end -= 1
        return start, end

    def line_of(self, offset: int) -> int:
        """Return the 0-based line that ``offset`` stands in."""
        return bisect_right(self.starts, max(0, min(offset, len(self.value)))) - 1

    def replaced(self, start: int, end: int, new: str) -> Text:
        """Return the text with the code points from ``start`` to ``end`` replaced by ``new``.

        Line starts are read again only around the edit: from the line before it (an LF put behind a CR
        joins that line end) to the line after it.
        """
        start, end = (start, end) if start <= end else (end, start)
        value = self.value[:start] + new + self.value[end:]
        starts = self.starts
        first = max(bisect_right(starts, start) - 2, 0)
        last = min(bisect_right(starts, end) + 1, len(starts))
        shift = len(new) - (end - start)
        stop = starts[last] + shift if last < len(starts) else len(value)
        begin = starts[first]
        inner = [match.end() for match in _LINE_END.finditer(value, begin, stop)]
        if last < len(starts) and inner and inner[-1] == stop:
            inner.pop()
        tail = starts[last:] if shift == 0 else [place + shift for place in starts[last:]]
        return Text(value, self.encoding, [*starts[: first + 1], *inner, *tail])


def units(text: str, encoding: Encoding) -> int:
    """Return how many of the encoding's units ``text`` takes."""
    if encoding == "utf-32" or text.isascii():
        return len(text)
    if encoding == "utf-16":
        return len(text.encode("utf-16-le", "surrogatepass")) // 2
    return len(text.encode("utf-8", "surrogatepass"))


def _code_points(content: str, character: int, encoding: Encoding) -> int:
    """Return how many code points of ``content`` fit into ``character`` units."""
    used = 0
    for count, point in enumerate(content):
        used += units(point, encoding)
        if used > character:
            return count
    return len(content)


def _line_starts(value: str) -> list[int]:
    return [0, *(match.end() for match in _LINE_END.finditer(value))]
