"""The files that a command was asked to read."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from archlint.cli.parser import UserError
from archlint.hub import parse_file
from archlint.project import Settings, is_excluded, settings_for, walk
from archlint.source.document import Document
from archlint.values import dataclass

STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class Target:
    """A file to read; ``named`` when the user wrote its path, not a folder's."""

    path: Path
    named: bool


def targets(paths: Sequence[str]) -> Iterator[Target]:
    """Yield the files that ``paths`` name, folders walked; each file once. Raise UserError for a missing path."""
    seen: set[str] = set()
    for name in paths:
        path = Path(name)
        if is_folder(path):
            for file in walk(path, settings_for(path)):
                if (key := _place(file)) not in seen:
                    seen.add(key)
                    yield Target(file, named=False)
        elif (key := _place(path)) not in seen:
            seen.add(key)
            yield Target(path, named=True)


def is_folder(path: Path) -> bool:
    """Tell a folder from a file; raise UserError for what is not there, and for a folder that cannot be read."""
    try:
        folder = stat.S_ISDIR(path.stat().st_mode)
        if folder:
            os.scandir(path).close()
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(f"{path}: no such file or directory") from None
    except OSError as error:
        raise _unreadable(path, error) from None
    return folder


def _place(file: Path) -> str:
    """Return the real path of a file."""
    if os.path.islink(file):
        return os.path.realpath(file)
    folder, name = os.path.split(file)
    return f"{_real_folder(os.path.abspath(folder))}{os.sep}{name}"


@lru_cache(maxsize=256)
def _real_folder(folder: str) -> str:
    """Return the real path of a folder: that of the one above, which is mostly known already, and its own name."""
    above, name = os.path.split(folder)
    if not name or os.path.islink(folder):
        return os.path.realpath(folder)
    return os.path.join(_real_folder(above), name)


def read_file(path: Path) -> Document:
    """Read and parse one file; raise UserError when that fails."""
    try:
        return parse_file(path)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file or directory") from None
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> UserError:
    return UserError(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}")


def read_standard_input(name: str) -> Document:
    """Parse what stands on standard input as the file ``name``."""
    from archlint.source import load

    return load(sys.stdin.buffer.read(), name)


def excluded(target: Target, settings: Settings) -> bool:
    """Tell whether a target that the user named is excluded all the same (a walk leaves those out itself)."""
    return target.named and is_excluded(target.path, settings)
