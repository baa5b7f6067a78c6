"""A project: its settings, where its root is, and which of its files to read.

Settings stand in ``archlint.toml``, or under ``[tool.archlint]`` of ``pyproject.toml``, whichever is nearest above a
file. Pydantic is imported only where such a file exists.
"""

from __future__ import annotations

import fnmatch
import os
import time
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from archlint.findings import Severity
from archlint.reading import read_bytes
from archlint.values import dataclass, field, replace

CONFIGURATION_FILES = ("archlint.toml", ".archlint.toml", "pyproject.toml")


class ConfigurationError(Exception):
    """The user's configuration is wrong; the message is one line that says where and what."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """Findings that the configuration silences: for files that cannot hold comments.

    ``file`` is a glob relative to the root, ``pointer`` an RFC 6901 prefix (empty: the whole file).
    """

    file: str
    codes: tuple[str, ...]
    pointer: str = ""
    model: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class Settings:
    """Everything that a run can be told. ``root`` bounds the paths that spec files may name."""

    root: Path = field(default_factory=Path.cwd)
    source: Path | None = None
    profile: str = "default"
    configs: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    suppress: tuple[Suppression, ...] = ()
    options: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    rules: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    fail_on: Severity = Severity.ERROR
    require_reasons: bool = False
    baseline: str | None = None
    plugins: tuple[str, ...] = ()
    online: bool = False

    def config_folders(self) -> tuple[Path, ...]:
        """Return the ``configs`` folders; relative ones stand under the root."""
        return tuple(self.root / folder for folder in self.configs)

    def missing_folder(self) -> str | None:
        """Return the first of the ``configs`` folders that is not there, as it is written."""
        return next((each for each in self.configs if not (self.root / each).is_dir()), None)

    def relative(self, path: Path | str) -> str:
        """Return ``path`` relative to the root with forward slashes, or as it is when it lies elsewhere."""
        try:
            return Path(path).resolve().relative_to(self.root.resolve()).as_posix()
        except (ValueError, OSError):
            return Path(path).as_posix()


def matches(pattern: str, path: str) -> bool:
    """Tell whether a relative ``path`` fits a glob: on the whole path, or on its last part without a slash."""
    if "/" not in pattern and fnmatch.fnmatchcase(path.rsplit("/", 1)[-1], pattern):
        return True
    return fnmatch.fnmatchcase(path, pattern) or fnmatch.fnmatchcase(path, f"{pattern.rstrip('/')}/*")


def settings_for(path: Path) -> Settings:
    """Return the settings of the nearest configuration above ``path`` (a file or a folder).

    Raises ConfigurationError when that configuration is wrong. Without one the root is the nearest folder with a
    ``.git``, else the working directory when ``path`` is below it, else the file's own folder.
    """
    return settings_in(os.fspath(path) if os.path.isdir(path) else os.path.dirname(path))


def settings_in(folder: str) -> Settings:
    """Return the settings of the nearest configuration at or above ``folder``, as ``settings_for`` does."""
    return _settings_of_folder(os.path.abspath(folder))


@lru_cache(maxsize=4096)
def _settings_of_folder(folder: str) -> Settings:
    found = _configured(folder)
    if found is not None:
        return found
    here = os.getcwd()
    return _plain(here if f"{folder}{os.sep}".startswith(os.path.join(here, "")) else folder)


@lru_cache(maxsize=4096)
def _configured(folder: str) -> Settings | None:
    """Return the settings of the nearest project at or above ``folder``; None outside of all."""
    source = configuration_in(folder)
    if source is not None:
        return dated(load(source))
    if os.access(f"{folder}{os.sep}.git", os.F_OK):
        return _plain(folder)
    above = os.path.dirname(folder)
    return None if above == folder else _configured(above)


@lru_cache(maxsize=4096)
def _plain(root: str) -> Settings:
    """Return the defaults for a root; the same object each time, since a run works out its rules once for each."""
    return replace(_defaults(), root=Path(root))


@lru_cache(maxsize=1)
def _defaults() -> Settings:
    return dated(Settings())


_EAST = 14 * 3600
"""Where the day begins first, 14 hours ahead of UTC: what is dated so there is not in the future."""


_WRITTEN = "2026-11-24"
"""When this was written: a clock that is behind is not believed."""


def dated(settings: Settings) -> Settings:
    """Return ``settings`` with the present day as an option of the rule that judges dates, unless one is given.

    Rules have no clock. ``SOURCE_DATE_EPOCH`` stands in for it where runs must be repeatable.
    """
    rule, option = "date-not-in-future", "today"
    if any(option in settings.options.get(word, {}) for word in (rule, "CRD008")):
        return settings
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    told = epoch.isdecimal() and len(epoch) < 12
    day = time.strftime("%Y-%m-%d", time.gmtime((int(epoch) if told else time.time()) + _EAST))
    options = {**settings.options, rule: {**settings.options.get(rule, {}), option: max(day, _WRITTEN)}}
    return replace(settings, options=options)


def configuration_in(folder: str) -> Path | None:
    """Return the configuration file that stands in ``folder``, if one does."""
    for name in CONFIGURATION_FILES:
        candidate = f"{folder}{os.sep}{name}"
        if not os.access(candidate, os.F_OK) or not os.path.isfile(candidate):
            continue
        path = Path(candidate)
        if name != "pyproject.toml":
            return path
        try:
            if _configures(read_bytes(path)):
                return path
        except OSError:
            continue
    return None


def _configures(pyproject: bytes) -> bool:
    """Tell whether a pyproject.toml has a table of archlint's, however TOML lets one write that."""
    if b"tool.archlint" in pyproject:
        return True  # even where the file is broken: then that is said
    if b"archlint" not in pyproject or b"tool" not in pyproject:
        return False
    import tomllib

    try:
        tool = tomllib.loads(pyproject.decode()).get("tool")
    except ValueError:
        return False
    return isinstance(tool, dict) and "archlint" in tool


def load(source: Path) -> Settings:
    """Read one configuration file; raise ConfigurationError with its place and reason."""
    from archlint.settings import read

    return read(source)


def forget() -> None:
    """Drop what is remembered of configuration files: one of them has changed."""
    for remembered in (_settings_of_folder, _configured, _plain, _defaults):
        remembered.cache_clear()


SPEC_SUFFIXES = (".json", ".yaml", ".yml")
_SKIPPED_FOLDERS = {
    ".git",
    ".hg",
    ".svn",
    "node_modules",
    "__pycache__",
    ".venv",
    "venv",
    ".tox",
    ".archlint_cache",
}


def is_candidate(name: str) -> bool:
    """Tell by its name whether a file may be a spec file (its content decides)."""
    lower = name.lower()
    return lower.endswith(SPEC_SUFFIXES) or lower == "readme.md" or lower.endswith(".readme.md")


def walk(folder: Path, settings: Settings) -> Iterator[Path]:
    """Yield the files below ``folder`` that may be spec files, in order.

    ``.gitignore`` files and ``exclude`` are respected; links are not followed out of the folder, nor twice into the
    same place.
    """
    try:
        top = folder.resolve()
    except OSError:
        return
    yield from _walk(folder, top, settings, _ignores_above(folder), set())


def _walk(
    folder: Path, top: Path, settings: Settings, ignores: tuple[_Ignore, ...], seen: set[tuple[int, int]]
) -> Iterator[Path]:
    try:
        status = folder.stat()
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    if (status.st_dev, status.st_ino) in seen:
        return
    seen.add((status.st_dev, status.st_ino))
    own = _Ignore.read(folder) if any(entry.name == ".gitignore" for entry in entries) else None
    if own is not None:
        ignores = (*ignores, own)
    for entry in entries:
        path = folder / entry.name
        try:
            is_folder = entry.is_dir()
            if entry.is_symlink() and not path.resolve().is_relative_to(top):
                continue
        except OSError:
            continue
        if is_folder and entry.name in _SKIPPED_FOLDERS:
            continue
        if not is_folder and not is_candidate(entry.name):
            continue
        if _is_ignored(path, is_folder, ignores) or is_excluded(path, settings):
            continue
        if is_folder:
            yield from _walk(path, top, settings, ignores, seen)
        elif _is_file(entry):
            yield path


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False


def is_excluded(path: Path, settings: Settings) -> bool:
    """Tell whether the configuration's ``exclude`` names ``path``."""
    if not settings.exclude:
        return False
    parts = settings.relative(path).split("/")
    above = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
    return any(matches(pattern, each) for pattern in settings.exclude for each in above)


@dataclass(frozen=True, slots=True)
class _Ignore:
    """One ``.gitignore`` and the folder that it speaks of."""

    folder: Path
    spec: object

    @classmethod
    def read(cls, folder: Path) -> _Ignore | None:
        file = folder / ".gitignore"
        try:
            lines = read_bytes(file).decode("utf-8", "replace").splitlines()
        except OSError:
            return None
        from pathspec import GitIgnoreSpec

        return cls(folder, GitIgnoreSpec.from_lines(lines))


def _ignores_above(folder: Path) -> tuple[_Ignore, ...]:
    """Return the ``.gitignore`` files between the repository's root and ``folder``, outermost first."""
    found: list[_Ignore] = []
    if (folder / ".git").exists():
        return ()
    for parent in folder.absolute().parents:
        ignore = _Ignore.read(parent)
        if ignore is not None:
            found.append(ignore)
        if (parent / ".git").exists():
            return tuple(reversed(found))
    return ()


def _is_ignored(path: Path, is_folder: bool, ignores: tuple[_Ignore, ...]) -> bool:
    if not ignores:
        return False
    from pathspec import GitIgnoreSpec

    ignored = False
    for ignore in ignores:
        spec = ignore.spec
        assert isinstance(spec, GitIgnoreSpec)
        relative = path.absolute().relative_to(ignore.folder.absolute()).as_posix()
        verdict = spec.check_file(relative + "/" if is_folder else relative).include
        if verdict is not None:
            ignored = verdict
    return ignored
