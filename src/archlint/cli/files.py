"""The files that a command was asked to read."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from archlint.cli.parser import UserError
from archlint.hub import parse_file
from archlint.project import Settings, is_excluded, settings_for, walk
from archlint.source.document import Document
from archlint.values import NamedTuple

STANDARD_INPUT = "-"


class Target(NamedTuple):
    """A file to read; ``named`` when the user wrote its path, not a folder's; ``size`` in bytes."""

    name: str
    named: bool
    size: int

    @property
    def path(self) -> Path:
        """Its path."""
        return Path(self.name)


def targets(paths: Sequence[str]) -> Iterator[Target]:
    """Yield the files that ``paths`` name, folders walked; each file once. Raise UserError for a missing path."""
    seen: set[object] = set()
    given = [(name, _status(name)) for name in map(_plain, paths)]
    folders = [stat.S_ISDIR(status.st_mode) for _, status in given]
    mixed = any(folders) and not all(folders)
    wanted = {_identity(*each) for each, folder in zip(given, folders, strict=True) if mixed and not folder}
    for name, status in given:
        if stat.S_ISDIR(status.st_mode):
            folder = Path(name)
            for file in walk(folder, settings_for(folder)):
                inner = os.fspath(file)
                try:
                    status = os.stat(inner)
                except OSError:
                    continue  # it has gone meanwhile
                if (key := _identity(inner, status)) not in seen:
                    seen.add(key)
                    yield Target(inner, key in wanted, status.st_size)
        elif (key := _identity(name, status)) not in seen:
            seen.add(key)
            yield Target(name, True, status.st_size)


def _plain(name: str) -> str:
    """Return a path as it is shown: without what says nothing in it."""
    if os.sep != "/" or "//" in name or "./" in name or not name or name[-1] in "/.":
        return os.fspath(Path(name))
    return name


def _status(name: str) -> os.stat_result:
    """Return what is known of a path; raise UserError where nothing is, and for a folder that cannot be read."""
    try:
        status = os.stat(name)
        if stat.S_ISDIR(status.st_mode):
            os.scandir(name).close()
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(f"{name}: no such file or directory") from None
    except OSError as error:
        raise _unreadable(name, error) from None
    return status


def _identity(name: str, status: os.stat_result) -> object:
    """Return what two paths to one file have in common; a file with several names is one under each."""
    if status.st_nlink == 1 and status.st_ino:
        return (status.st_dev, status.st_ino)
    return os.path.realpath(name)


def read_file(path: Path) -> Document:
    """Read and parse one file; raise UserError when that fails."""
    try:
        return parse_file(path)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file or directory") from None
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path | str, error: OSError) -> UserError:
    return UserError(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}")


def read_standard_input(name: str) -> Document:
    """Parse what stands on standard input as the file ``name``; raise UserError where there is none."""
    from archlint.source import load
    from archlint.source.limits import MAX_BYTES

    if sys.stdin is None:
        raise UserError("standard input is closed")
    try:
        return load(sys.stdin.buffer.read(MAX_BYTES + 1), name)
    except OSError as error:
        raise _unreadable("standard input", error) from None


def excluded(target: Target, settings: Settings) -> bool:
    """Tell whether a target that the user named is excluded all the same (a walk leaves those out itself)."""
    return target.named and bool(settings.exclude) and is_excluded(target.path, settings)
