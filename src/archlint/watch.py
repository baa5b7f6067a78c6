"""Waiting for files to change, by looking: no thread, no kernel interface, the same on every system."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

State: TypeAlias = dict[str, tuple[int, int, int]]

_PAUSE = 0.2  # seconds between looks, at the least
_SHARE = 10  # a look takes at most one part in so many of the time


def state_of(paths: Iterable[Path]) -> State:
    """Return time, size and inode of every path that is there."""
    state: State = {}
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            continue
        state[os.fspath(path)] = (status.st_mtime_ns, status.st_size, status.st_ino)
    return state


def wait(
    before: State, paths: Callable[[], Iterable[Path]], sleep: Callable[[float], None] = time.sleep
) -> State:
    """Return the new state as soon as it differs from ``before`` and has stood still for one pause."""
    after = before
    while True:
        started = time.monotonic()
        state = state_of(paths())
        if state != before and state == after:
            return state
        after = state
        sleep(max(_PAUSE, _SHARE * (time.monotonic() - started)))


def below(folders: Iterable[Path]) -> Iterator[Path]:
    """Yield the JSON files of configs folders, two levels deep."""
    for folder in folders:
        yield from folder.glob("*.json")
        yield from folder.glob("*/*/config.json")
