"""The workspace: its folders, what the client set for them, and the settings and configs of each file."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from archlint.server.client import EditorOptions, configuration_part

if TYPE_CHECKING:
    from archlint.baseline import Baseline
    from archlint.hub import Configs
    from archlint.project import Settings
    from archlint.source.document import Document
    from archlint.specs.card import Card

Table = Mapping[str, object]

_CONFIGURATION_NAMES = frozenset(("archlint.toml", ".archlint.toml", "pyproject.toml", ".gitignore"))


def path_of(uri: str) -> Path | None:
    """Return the path of a ``file:`` URI, None for any other."""
    from pygls.uris import to_fs_path

    if not uri.startswith("file:"):
        return None
    try:
        path = to_fs_path(uri)
    except ValueError:
        return None
    return Path(os.path.normpath(path)) if path and "\0" not in path else None


def uri_of(path: Path | str) -> str:
    """Return the ``file:`` URI of a path."""
    return Path(os.path.abspath(path)).as_uri()


def key_of(uri: str) -> str:
    """Return what two spellings of one URI have in common."""
    return unquote(uri)


@dataclass(frozen=True, slots=True)
class Repositories:
    """Finds the configs of a document that has no place on the disk: by the repositories that its cards name."""

    configs: Configs

    @property
    def looked_for(self) -> set[str]:
        """The files that were asked for."""
        return self.configs.looked_for

    def __call__(self, card: Card, document: Document) -> Document | None:
        """Return the document that holds the config of ``card``, or None when there is none."""
        from archlint.hub import repository_of

        repo = repository_of(card)
        return None if repo is None else self.configs.repository(repo)


class Workspace:
    """Folders and settings. Used by the worker's thread; the event loop only replaces whole values."""

    def __init__(self, open_text: Callable[[Path], str | None]) -> None:
        self.folders: tuple[Path, ...] = ()
        self.options: Table = {}  # initializationOptions
        self.pushed: Table = {}  # workspace/didChangeConfiguration
        self.pulled: Mapping[Path | None, Table] = {}  # workspace/configuration, by folder
        self.complain: Callable[[str], None] = lambda message: None
        self._open_text = open_text
        self._finders: dict[tuple[object, ...], Configs] = {}
        self._overlaid: dict[tuple[int, bool, str], tuple[Settings, Settings]] = {}
        self._stamps: dict[Path, tuple[object, ...]] = {}
        self._named: frozenset[tuple[Path, tuple[str, ...], str | None]] = frozenset()
        self._baselines: dict[Path, tuple[object, Baseline | None]] = {}

    def folder_of(self, path: Path | None) -> Path | None:
        """Return the innermost workspace folder around ``path``."""
        if path is None:
            return None
        around = [folder for folder in self.folders if path.is_relative_to(folder)]
        return max(around, key=lambda folder: len(folder.parts), default=None)

    def table(self, path: Path | None) -> dict[str, object]:
        """Return what the client set for a file: initializationOptions, overlaid by its settings."""
        folder = self.folder_of(path)
        scoped = self.pulled.get(folder) or self.pulled.get(None) or {}
        return {**self.options, **self.pushed, **scoped}

    def editor_options(self, path: Path | None) -> EditorOptions:
        """Return the editor's own options for a file."""
        return EditorOptions.of(self.table(path))

    def settings(self, path: Path | None) -> Settings:
        """Return the nearest configuration of a file, overlaid by what the client set.

        A wrong configuration is complained of, and the defaults hold in its place.
        """
        from archlint.project import ConfigurationError, Settings, settings_for

        base = path if path is not None else next(iter(self.folders), None)
        folder = self.folder_of(path) or (path.parent if path is not None else base)
        try:
            if base is None:
                found = Settings()
            else:
                self._forget_when_changed(base)
                found = settings_for(base)
        except ConfigurationError as error:
            self.complain(str(error))
            found = Settings(root=folder or Path.cwd())
        part = configuration_part(self.table(path))
        trusted = self.table(path).get("trusted") is True
        key = (id(found), trusted, repr(sorted(part.items())))
        known = self._overlaid.get(key)
        if known is not None and known[0] is found:
            return known[1]
        asked = self._overlay(found, part)
        self._named |= {(asked.root, asked.rules, asked.baseline)}
        laid = self._restricted(asked, trusted)
        missing = laid.missing_folder()
        if missing is not None:
            self.complain(f"{laid.source or 'the settings'}: configs: {missing}: no such folder")
        if len(self._overlaid) > 256:
            self._overlaid.clear()
        self._overlaid[key] = (found, laid)
        return laid

    def _overlay(self, settings: Settings, part: dict[str, object]) -> Settings:
        """Lay what the client set over a configuration; a value that does not fit is complained of."""
        if not part:
            return settings
        from archlint.project import ConfigurationError
        from archlint.settings import overlay

        try:
            return overlay(settings, part, "the editor's settings")
        except ConfigurationError as error:
            self.complain(str(error))
            return settings

    def _restricted(self, settings: Settings, trusted: bool) -> Settings:
        """Leave out what an untrusted workspace may not ask for (code, the network), and rules that do not load."""
        if not trusted and (settings.plugins or settings.online):
            settings = replace(settings, plugins=(), online=False)
        if settings.rules or settings.plugins:
            from archlint.project import ConfigurationError
            from archlint.rules.load import RuleError
            from archlint.rules.ruleset import ruleset_of

            try:
                ruleset_of(settings)
            except (RuleError, ConfigurationError) as error:
                self.complain(str(error))
                settings = replace(settings, rules=(), plugins=())
        return settings

    def baseline(self, settings: Settings) -> Baseline | None:
        """Return a project's baseline, read again when its file changed; one that cannot be read accepts nothing."""
        from archlint import baseline
        from archlint.project import ConfigurationError

        path = baseline.path_for(settings)
        stamp = _stamp(path)
        if stamp is None and settings.baseline is None:
            return None
        known = self._baselines.get(path)
        if known is None or known[0] != stamp:
            try:
                found = baseline.load(settings)
            except ConfigurationError as error:
                self.complain(str(error))
                found = None
            known = self._baselines[path] = (stamp, found)
        return known[1]

    def is_setting(self, path: Path) -> bool:
        """Tell whether a file can change what is said of others: a configuration, a rule or a baseline."""
        if path.name in _CONFIGURATION_NAMES:
            return True
        from archlint.baseline import NAME
        from archlint.project import matches

        for root, rules, baseline in self._named:
            if path == root / (baseline or NAME):
                return True
            if rules and path.suffix in (".yaml", ".yml") and path.is_relative_to(root):
                relative = path.relative_to(root).as_posix()
                if any(matches(glob.replace("**/", "*"), relative) for glob in rules):
                    return True
        return False

    def find_config(self, path: Path | None, settings: Settings) -> Configs | Repositories:
        """Return a finder of the configs of a file's cards, for one lint; open documents win over the disk."""
        from archlint.hub import Configs

        key = (settings.root, settings.configs, settings.online)
        finder = self._finders.get(key)
        if finder is None:
            finder = self._finders[key] = Configs(settings, self._open_text)
        return finder.afresh() if path is not None else Repositories(finder.afresh())

    def files_changed(self) -> None:
        """Forget which files there are."""
        for finder in list(self._finders.values()):
            finder.forget()

    def configuration_changed(self) -> None:
        """Forget what configuration files say."""
        from archlint.project import forget
        from archlint.rules import ruleset

        forget()
        self._baselines.clear()
        ruleset.forget()
        self._overlaid.clear()
        self._stamps.clear()
        self._finders.clear()

    def _forget_when_changed(self, path: Path) -> None:
        """Drop remembered configurations when one above ``path`` changed; not all clients watch."""
        folder = path if path.is_dir() else path.parent
        stamp: list[object] = []
        for parent in (folder, *folder.parents):
            for name in ("archlint.toml", ".archlint.toml", "pyproject.toml"):
                found = _stamp(parent / name)
                if found is not None:
                    stamp.append((parent, name, found))
            if os.path.exists(parent / ".git"):
                break
        new = tuple(stamp)
        old = self._stamps.get(folder)
        self._stamps[folder] = new
        if old is not None and old != new:
            self.configuration_changed()
            self._stamps[folder] = new


def _stamp(path: Path) -> tuple[int, int] | None:
    """Return what tells two states of a file apart; None for one that is not there."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size
