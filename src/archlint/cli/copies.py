"""Files of one run with the same content: what nothing was found in is not judged again.

The folders of a training run, and mirrors of repositories, hold the same config.json dozens of times.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from archlint.linter import Linted, Remembered, remembered
from archlint.values import NamedTuple

if TYPE_CHECKING:
    from archlint.project import Settings

_MOST_BYTES: Final = 8 << 20
"""Of the files that are remembered, together."""
_ENTRY: Final = 500


class _Clean(NamedTuple):
    """What came of a file, and the names of the files beside it that were looked for, and were not there."""

    outcome: Remembered
    absent: tuple[str, ...]


class Copies:
    """Remembers clean configs by their name and content, for the folders of one configuration."""

    def __init__(self, settings: Settings) -> None:
        # What is said of a file by its path may differ for another of the same content.
        self._by_path = bool(settings.per_file_ignores or settings.suppress or settings.plugins)
        self._clean: dict[tuple[str, bool, bytes], _Clean] = {}
        self._left = _MOST_BYTES

    def get(self, name: str, named: bool, data: bytes) -> Remembered | None:
        """Return what comes of the file ``name``, if it is a copy of one without findings."""
        folder, own = os.path.split(name)
        found = self._clean.get((own, named, data))
        if found is None or any(os.access(os.path.join(folder, each), os.F_OK) for each in found.absent):
            return None
        return found.outcome._replace(name=name)

    def put(self, name: str, named: bool, data: bytes, looked_for: set[str], linted: Linted) -> None:
        """Remember a config in which nothing was found, and beside which nothing stands that could say more."""
        if self._by_path or linted.findings or len(data) > self._left:
            return
        models = linted.models
        if len(models) != 1 or models[0].config is None or models[0].card is not None:
            return
        folder, own = os.path.split(name)
        beside = [os.path.split(each) for each in looked_for]
        if all(where == folder for where, _ in beside) and not any(map(os.path.lexists, looked_for)):
            self._left -= len(data) + _ENTRY
            absent = tuple(each for _, each in beside)
            self._clean[own, named, data] = _Clean(remembered(linted), absent)
