"""One run over many files: the settings of each, one config finder per project, one result per file."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from archlint.cli import interrupt
from archlint.cli.copies import Copies
from archlint.cli.files import STANDARD_INPUT, Target, excluded, read_standard_input, targets
from archlint.cli.folders import in_folders
from archlint.cli.parser import UserError, complain
from archlint.findings import Severity
from archlint.hub import Configs, parse_bytes
from archlint.linter import Linted, Remembered, lint, remembered
from archlint.project import ConfigurationError, Settings, dated, load, settings_in
from archlint.reading import read_bytes
from archlint.source import parse
from archlint.specs.sniff import read_if_spec
from archlint.values import NamedTuple, dataclass, replace

if TYPE_CHECKING:
    from archlint.cache import Cache


class Result(NamedTuple):
    """What came of one file. ``file`` is its path, None for standard input."""

    linted: Linted | Remembered
    settings: Settings
    file: str | None

    @property
    def path(self) -> Path | None:
        """The path of the file."""
        return None if self.file is None else Path(self.file)


@dataclass(frozen=True)
class Failure:
    """A file that archlint failed on by a mistake of its own, and where."""

    name: str
    what: str


_T = TypeVar("_T")
_Kept: TypeAlias = tuple[Remembered, str] | Failure


def failure(name: str, error: Exception) -> Failure:
    """Say what went wrong with the file ``name``, in the innermost function of archlint's own."""
    at, found = "", error.__traceback__
    while found is not None:
        code = found.tb_frame.f_code
        if f"{os.sep}archlint{os.sep}" in code.co_filename:
            at = f" at {code.co_filename.rpartition(f'{os.sep}archlint{os.sep}')[2]}:{found.tb_lineno}"
        found = found.tb_next
    return Failure(name, f"{type(error).__name__}: {error}{at}")


class Session:
    """One run of a command: what it was told, and what it has read so far."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self._finders: dict[tuple[object, ...], Configs] = {}
        self._settings: dict[int, tuple[Settings, Settings]] = {}
        self._caches: dict[int, Cache] = {}
        self._copies: dict[int | None, Copies] = {}
        self._last: tuple[str, Settings] | None = None
        self.failures: list[Failure] = []
        self._fixed = _configuration(arguments)

    def settings(self, path: Path | str) -> Settings:
        """Return the settings for a file: its configuration's, overlaid by the command line."""
        return self._settings_in(os.path.dirname(path))

    def _settings_in(self, folder: str) -> Settings:
        if self._last is not None and self._last[0] == folder:
            return self._last[1]
        base = self._fixed or settings_in(folder)
        known = self._settings.get(id(base))
        if known is None:
            _check_codes(base)
            known = self._settings[id(base)] = (base, overlay(base, self.arguments))
        self._last = (folder, known[1])
        return known[1]

    def finder(self, settings: Settings) -> Configs:
        """Return the config finder for ``settings``."""
        key = (settings.root, settings.configs, settings.online)
        if key not in self._finders:
            self._finders[key] = Configs(settings)
        return self._finders[key]

    def cache(self, settings: Settings) -> Cache | None:
        """Return the result cache for ``settings``; None when results must not be remembered."""
        if self.arguments.no_cache or self.arguments.since or settings.online or self._is_one_file():
            return None
        if settings.plugins:
            return None  # what their code does may change with no file that is known
        if settings.source is None and not (settings.root / ".git").exists():
            return None  # no project: nowhere to put it
        if id(settings) not in self._caches:
            from archlint.cache import Cache

            self._caches[id(settings)] = Cache(settings)
        return self._caches[id(settings)]

    def copies(self, settings: Settings) -> Copies | None:
        """Return what remembers the files of one configuration; None where trees are wanted."""
        if self.arguments.since:
            return None
        key = (
            None if settings.source is None else id(settings)
        )  # without a configuration all folders have one
        if key not in self._copies:
            self._copies[key] = Copies(settings)
        return self._copies[key]

    def _is_one_file(self) -> bool:
        """Tell whether one file was asked for: to remember it would cost more than it saves."""
        paths = self.arguments.paths
        return len(paths) == 1 and not os.path.isdir(paths[0])

    def results(self, wanted: Callable[[Path], bool] | None = None) -> Iterator[Result]:
        """Yield what came of each spec file, and of each file that was named; only of ``wanted`` ones."""
        paths = self.arguments.paths or ["."]
        if STANDARD_INPUT in paths:
            yield from self._standard_input(paths)
            return
        chosen = (target for target in targets(paths) if wanted is None or wanted(target.path))
        if (
            wanted is not None
            or getattr(self.arguments, "fix", False)
            or getattr(self.arguments, "diff", False)
        ):
            yield from self._without_failures(
                self._tried(each.name, partial(self._result, each)) for each in chosen
            )
            return
        from archlint.cli.workers import spread

        items = list(chosen)
        jobs = getattr(self.arguments, "jobs", 1)
        outcomes: Iterator[_Kept | None] = spread(items, self._kept, jobs, attrgetter("size"))
        for kept, folder in self._without_failures(outcomes):
            yield Result(kept, self._settings_in(folder), kept.name)

    def _without_failures(self, outcomes: Iterable[_T | Failure | None]) -> Iterator[_T]:
        """Yield what came of files, and keep what archlint failed on to itself for the end."""
        for outcome in outcomes:
            if isinstance(outcome, Failure):
                self.failures.append(outcome)
            elif outcome is not None:
                yield outcome

    @staticmethod
    def _tried(name: str, work: Callable[[], Result | None]) -> Result | Failure | None:
        """Return what ``work`` makes of the file ``name``, or what archlint's own mistake was."""
        try:
            return work()
        except (UserError, ConfigurationError, OSError):
            raise
        except Exception as error:
            interrupt.again()
            return failure(name, error)

    def failed(self) -> bool:
        """Tell whether archlint failed on a file by a mistake of its own, and say so of each."""
        for each in self.failures:
            complain(
                f"{each.name} was not checked, by a mistake of archlint's own that is worth reporting: {each.what}"
            )
        return bool(self.failures)

    def _kept(self, target: Target) -> _Kept | None:
        """Return what came of a target without its tree, and the folder that its settings are those of.

        That is what a report needs, and another process can send. A mistake of archlint's own costs one file only.
        """
        result = self._tried(target.name, partial(self._result, target))
        if result is None or isinstance(result, Failure):
            return result
        linted, settings = result.linted, result.settings
        folder = os.fspath(settings.root)
        if isinstance(linted, Remembered):
            return linted, folder
        return remembered(linted), folder

    def _result(self, target: Target) -> Result | None:
        """Return what came of a target; None for what is excluded, or no spec file."""
        path = target.name
        settings = self.settings(path)
        if excluded(target, settings):
            return None
        named = target.named and not self.arguments.only_spec_files
        if not named:
            read = read_if_spec(path)
            if read is None:
                return None
            data = read
        else:
            try:
                data = read_bytes(path)
            except OSError as error:
                reason = (error.strerror or str(error)).lower()
                raise UserError(f"{path}: cannot be read: {reason}") from None
        result = self._file(path, settings, data, named)
        return result if result.linted.is_spec or result.linted.findings else None

    def _file(self, name: str, settings: Settings, data: bytes, named: bool) -> Result:
        """Return what came of the file ``name``, or what is remembered of it."""
        cache, copies = self.cache(settings), self.copies(settings)
        known = None if copies is None else copies.get(name, named, data)
        if known is None and cache is not None:
            known = cache.get(name, named, data)
        if known is not None:
            return Result(known, settings, name)
        finder = self.finder(settings)
        finder.looked_for.clear()
        linted = lint(parse_bytes(data, name), settings, finder, named=named)
        if copies is not None:
            copies.put(name, named, data, finder.looked_for, linted)
        if cache is not None:
            cache.put(name, named, data, finder.looked_for, linted)
        return Result(linted, settings, name)

    def lint_text(self, text: str, like: Result) -> Linted:
        """Lint another text of the file that ``like`` came of."""
        document = parse(text, like.linted.name)
        return lint(document, like.settings, self.finder(like.settings), named=True)

    def _standard_input(self, paths: Sequence[str]) -> Iterator[Result]:
        if list(paths) != [STANDARD_INPUT]:
            raise UserError("- stands for standard input and goes with no other path")
        name = self.arguments.stdin_filename
        if not name:
            raise UserError("reading standard input needs --stdin-filename")
        settings = self.settings(name)
        document = read_standard_input(name)  # whoever writes it need not know that nobody looks
        if excluded(Target(name, True, 0), settings):
            return
        finder = self.finder(settings)
        yield from self._without_failures(
            [self._tried(name, lambda: Result(lint(document, settings, finder, named=True), settings, None))]
        )


def overlay(settings: Settings, arguments: argparse.Namespace) -> Settings:
    """Lay the command line's options over a configuration's."""
    changes: dict[str, object] = {}
    if arguments.select:
        changes["select"] = codes(arguments.select, settings)
    if arguments.extend_select:
        changes["extend_select"] = (*settings.extend_select, *codes(arguments.extend_select, settings))
    if arguments.ignore:
        changes["ignore"] = (*settings.ignore, *codes(arguments.ignore, settings))
    if arguments.profile:
        changes["profile"] = arguments.profile
    if arguments.fail_on:
        changes["fail_on"] = Severity[arguments.fail_on.upper()]
    settings = in_folders(settings, arguments.configs)
    if arguments.online:
        changes["online"] = True
    return replace(settings, **changes) if changes else settings  # type: ignore[arg-type]


def codes(values: Sequence[str], settings: Settings) -> tuple[str, ...]:
    """Split ``A,B`` and repeated options into codes; a code that no rule has is a UserError."""
    found = tuple(code.strip() for value in values for code in value.split(",") if code.strip())
    from archlint.rules.ruleset import ruleset_of
    from archlint.rules.select import unknown

    for code in unknown(found, ruleset_of(settings)):
        raise UserError(f"no rule has the code, prefix or name {code} (archlint rule --all lists them)")
    return found


def _check_codes(settings: Settings) -> None:
    """Raise UserError for a code or an option in the configuration file that no rule has, or a missing reason."""
    if settings.source is None:
        return
    named = {
        "select": settings.select,
        "extend-select": settings.extend_select,
        "ignore": settings.ignore,
        "severity": tuple(settings.severity),
        **{f'per-file-ignores."{glob}"': words for glob, words in settings.per_file_ignores.items()},
        **{f"suppress.{i}": each.codes for i, each in enumerate(settings.suppress)},
    }
    from archlint.rules.ruleset import ruleset_of
    from archlint.rules.select import unknown, wrong_option

    for index, each in enumerate(settings.suppress):
        if settings.require_reasons and not each.reason.strip():
            raise UserError(
                f"{settings.source}: suppress.{index}: has no reason, and require-reasons asks for one"
            )
    ruleset = ruleset_of(settings)
    for key, words in named.items():
        for code in unknown(words, ruleset):
            raise UserError(f"{settings.source}: {key}: no rule has the code, prefix or name {code}")
    wrong = wrong_option(settings, ruleset)
    if wrong is not None:
        raise UserError(f"{settings.source}: {wrong}")


def _configuration(arguments: argparse.Namespace) -> Settings | None:
    if arguments.config:
        path = Path(arguments.config)
        if not path.is_file():
            raise UserError(f"--config {arguments.config}: no such file")
        return dated(load(path))
    return dated(Settings()) if arguments.isolated else None
