"""A repository's spec files as they were at a commit, or as they are on disk, with their configs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from shutil import copyfile
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Final

from archlint.changes import Changes, Repository, files_at, write_tree
from archlint.hub import Configs, parse_file
from archlint.linter import Linted, lint, read
from archlint.model import Model
from archlint.project import Settings, is_candidate, walk
from archlint.source.document import Document
from archlint.values import replace


class Snapshot:
    """The spec files of one side of a comparison. Use it as a context manager: it may hold a folder."""

    def __init__(self, repository: Repository, commit: str | None) -> None:
        """``commit`` None stands for the files on disk."""
        self.repository: Final = repository
        self.commit: Final = commit
        self._folder: TemporaryDirectory[str] | None = None
        self._finders: dict[tuple[object, ...], Configs] = {}
        self._missing: list[str] = []

    def __enter__(self) -> Snapshot:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    @property
    def root(self) -> Path:
        """The folder that stands for the repository's top; of a commit it is written when first asked for."""
        if self.commit is None:
            return self.repository.top
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="archlint-")
            folder = Path(self._folder.name)
            self._missing = write_tree(self.repository, self.commit, folder, may_hold)
        return Path(self._folder.name).resolve()

    @property
    def note(self) -> str:
        """What to say of files that are not here, as in a partial clone; nothing when all are."""
        if not self._missing:
            return ""
        first, more = self._missing[0], len(self._missing) - 1
        return (
            f"{first}{f' and {more:,} more' if more else ''} of {(self.commit or '')[:10]} "
            f"{'are' if more else 'is'} not here, and so is compared with nothing: fetch without a filter."
        )

    def names(self, settings: Settings) -> Iterator[str]:
        """Yield the paths, below the top, of all files that may be spec files."""
        if self.commit is not None:
            yield from filter(may_hold, files_at(self.repository, self.commit))
            return
        for path in walk(self.root, settings):
            name = self.repository.relative(path)
            if name is not None:
                yield name

    def document(self, name: str) -> Document | None:
        """Return the file at a path below the top, parsed; None when there is none."""
        path = self.root / name
        try:
            return parse_file(path) if path.is_file() else None
        except OSError:
            return None

    def lint(self, document: Document, settings: Settings) -> Linted:
        """Lint a document of this side by the rules of ``settings``."""
        moved = self.settings(settings)
        return lint(document, moved, self._finder(moved))

    def models(self, document: Document, settings: Settings) -> tuple[Model, ...]:
        """Return the models of a document of this side, with the configs of this side."""
        return read(document, self._finder(self.settings(settings)))[1]

    def settings(self, settings: Settings) -> Settings:
        """Return ``settings`` for this side: the same rules, but configs from this side's files."""
        if self.commit is None:
            return settings

        root = settings.root.resolve()

        def moved(folder: Path) -> Path:
            # By its name: a folder may be a link, and lead elsewhere on this side.
            named = Path(os.path.normpath(folder))
            if named.is_relative_to(self.repository.top):
                return self.root / named.relative_to(self.repository.top)
            relative = self.repository.relative(folder)
            return folder if relative is None else self.root / relative

        self._lay_rules(settings, moved(root))
        return replace(
            settings,
            root=moved(root),
            configs=tuple(os.fspath(moved(root / folder)) for folder in settings.configs),
            baseline=None,
            online=False,
        )

    def _lay_rules(self, settings: Settings, root: Path) -> None:
        """Put the user's own rules, as they are now, where this side's root is: both sides are judged alike."""
        for pattern in settings.rules:
            for path in settings.root.glob(pattern):
                files = path.rglob("*.yaml") if path.is_dir() else (path,)
                for file in files:
                    target = root / file.relative_to(settings.root)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    copyfile(file, target)

    def _finder(self, settings: Settings) -> Configs:
        key = (settings.root, settings.configs)
        if key not in self._finders:
            self._finders[key] = Configs(settings)
        return self._finders[key]


def may_hold(name: str) -> bool:
    """Tell by its name whether a file may be a spec file or a config."""
    return is_candidate(name.rsplit("/", 1)[-1])


def steers(changed: Changes) -> bool:
    """Tell whether a change can bring findings in files anywhere: that of a config can."""
    return changed.beyond or any(name.lower().endswith(".json") for name in (*changed.new, *changed.gone))


def beside(name: str) -> str:
    """Return the path of the file that a card is held against besides its config: the README in its folder."""
    return (PurePosixPath(name).parent / "README.md").as_posix()
