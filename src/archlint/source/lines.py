"""Offsets to lines and columns. A line ends at LF, CR LF or CR, and nowhere else."""

from __future__ import annotations

import re
from bisect import bisect_right

_LINE_END = re.compile(r"\r\n|\n|\r")


class Lines:
    """Line starts of a text, in code points."""

    __slots__ = ("length", "starts")

    def __init__(self, text: str) -> None:
        self.starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
        self.length = len(text)

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
