"""Places in the run's files: where edits stand, in lines and columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from archlint.source.lines import Lines

Position: TypeAlias = tuple[int, int]


class Places:
    """Line starts of the files of a run, each built when it is first asked for."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._sources: Final = sources
        self._lines: Final[dict[str, Lines]] = {}

    def lines(self, file: str) -> Lines | None:
        """Return the lines of ``file``, or None when its text is not at hand."""
        if file not in self._lines:
            text = self._sources.get(file)
            if text is None:
                return None
            self._lines[file] = Lines(text)
        return self._lines[file]

    def line_text(self, file: str, line: int) -> str | None:
        """Return line number ``line`` of ``file`` without its line end, or None when it is not at hand."""
        lines = self.lines(file)
        if lines is None or not 1 <= line <= len(lines.starts):
            return None
        start = lines.starts[line - 1]
        end = lines.starts[line] if line < len(lines.starts) else lines.length
        return self._sources[file][start:end].rstrip("\r\n")
