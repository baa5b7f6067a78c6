"""Offsets to lines and columns, and to the positions of the Language Server Protocol.

A line ends at LF, CR LF or CR, and nowhere else.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Final, Literal, TypeAlias

from archlint.patterns import pattern

Encoding: TypeAlias = Literal["utf-8", "utf-16", "utf-32"]

_LINE_END: Final = pattern(r"\r\n|\n|\r")


class Lines:
    """Line starts of a text, in code points."""

    __slots__ = ("ascii", "length", "starts", "text")

    def __init__(self, text: str) -> None:
        if "\r" in text:
            self.starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
        else:
            self.starts = [0]
            at = text.find("\n")
            while at >= 0:
                self.starts.append(at + 1)
                at = text.find("\n", at + 1)
        self.text = text
        self.length = len(text)
        self.ascii = text.isascii()

    def position(self, offset: int) -> tuple[int, int]:
        """Return (line, column) of ``offset``, both 1-based, the column in code points."""
        offset = max(0, min(offset, self.length))
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a 1-based (line, column); positions outside the text are clamped."""
        if line < 1:
            return 0
        if line > len(self.starts):
            return self.length
        limit = self.starts[line] if line < len(self.starts) else self.length
        return max(self.starts[line - 1], min(self.starts[line - 1] + column - 1, limit))

    def to_lsp(self, offset: int, encoding: Encoding = "utf-16") -> tuple[int, int]:
        """Return (line, character) of ``offset``, both 0-based, the character in the encoding's code units.

        The protocol has no position inside a line end: an offset there is that of the line's last character.
        """
        offset = max(0, min(offset, self.length))
        line = bisect_right(self.starts, offset) - 1
        start = self.starts[line]
        offset = min(offset, self._content_end(line))
        if self.ascii or encoding == "utf-32":
            return line, offset - start
        return line, _units(self.text[start:offset], encoding)

    def from_lsp(self, line: int, character: int, encoding: Encoding = "utf-16") -> int:
        """Return the offset of a 0-based (line, character).

        A character beyond the line is the line's end, a line beyond the text the text's end, and a
        position inside a character (between two surrogates, say) the character's start.
        """
        if line < 0 or (line == 0 and character <= 0):
            return 0
        if line >= len(self.starts):
            return self.length
        start, end = self.starts[line], self._content_end(line)
        character = max(character, 0)
        if self.ascii or encoding == "utf-32":
            return min(start + character, end)
        content = self.text[start:end]
        if content.isascii():
            return min(start + character, end)
        return start + _code_points(content, character, encoding)

    def _content_end(self, line: int) -> int:
        """Return where a 0-based line's text ends and its line end begins."""
        if line + 1 >= len(self.starts):
            return self.length
        end = self.starts[line + 1] - 1
        return end - 1 if self.text[end] == "\n" and self.text[end - 1 : end] == "\r" and end > 0 else end


def _units(text: str, encoding: Encoding) -> int:
    if encoding == "utf-8":
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _code_points(text: str, units: int, encoding: Encoding) -> int:
    """Return how many whole characters of ``text`` fit into ``units``."""
    if encoding == "utf-8":
        return len(text.encode("utf-8", "surrogatepass")[:units].decode("utf-8", "ignore"))
    return len(text.encode("utf-16-le", "surrogatepass")[: 2 * units].decode("utf-16-le", "ignore"))
