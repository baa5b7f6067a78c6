"""Files of one run with the same content: only the first of them is judged.

The folders of a training run, and mirrors of repositories, hold the same config.json dozens of times.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from archlint.linter import Linted, Remembered, remembered
from archlint.values import NamedTuple, replace

if TYPE_CHECKING:
    from archlint.findings import Finding
    from archlint.project import Settings

_MOST_BYTES: Final = 8 << 20
"""Of the files that are remembered, together."""
_ENTRY: Final = 500


class _Known(NamedTuple):
    """What came of a file, and the names of the files beside it that were looked for, and were not there."""

    outcome: Remembered
    absent: tuple[str, ...]


class Copies:
    """Remembers configs by their name and content, for the folders of one configuration."""

    def __init__(self, settings: Settings) -> None:
        # What is said of a file by its path may differ for another of the same content.
        self._by_path = bool(settings.per_file_ignores or settings.suppress or settings.plugins)
        self._known: dict[tuple[str, bool, bytes], _Known] = {}
        self._left = _MOST_BYTES

    def get(self, name: str, named: bool, data: bytes) -> Remembered | None:
        """Return what comes of the file ``name``, if it is a copy of one that is known."""
        folder, own = os.path.split(name)
        found = self._known.get((own, named, data))
        if found is None or any(os.access(os.path.join(folder, each), os.F_OK) for each in found.absent):
            return None
        outcome = found.outcome
        return outcome._replace(name=name, findings=tuple(_of(each, name) for each in outcome.findings))

    def put(self, name: str, named: bool, data: bytes, looked_for: set[str], linted: Linted) -> None:
        """Remember a config, unless something stands beside it that has a say, or another file is spoken of."""
        if self._by_path or len(data) > self._left:
            return
        models = linted.models
        if len(models) != 1 or models[0].config is None or models[0].card is not None:
            return
        if any(related.file != name for finding in linted.findings for related in finding.related):
            return
        folder, own = os.path.split(name)
        beside = [os.path.split(each) for each in looked_for]
        if all(where == folder for where, _ in beside) and not any(map(os.path.lexists, looked_for)):
            self._left -= len(data) + _ENTRY
            absent = tuple(each for _, each in beside)
            self._known[own, named, data] = _Known(remembered(linted), absent)


def _of(finding: Finding, name: str) -> Finding:
    """Return a finding as one of the file ``name``."""
    related = tuple(replace(each, file=name) for each in finding.related)
    return replace(finding, file=name, related=related)
