"""Where a card's config is: beside it, in a configs folder, in the Hub cache, and only when asked, online.

Everything read here is cached by path, so a gallery of a hundred entries reads each file once.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from archlint.patterns import pattern
from archlint.project import Settings
from archlint.reading import read_bytes, read_text
from archlint.source import load, parse
from archlint.source.document import Document

if TYPE_CHECKING:
    from archlint.specs.card import Card

ConfigFinder = Callable[["Card", Document], "Document | None"]

_REPO_ID = pattern(r"[A-Za-z0-9][\w.-]*/\w[\w.-]*\Z")
_CARD_FILE = pattern(r"([^_].*?)__(.+)\.README\.md\Z", re.IGNORECASE)
"""A card that is filed under its repository's name, ``org__name.README.md``."""

_ONLINE_SECONDS = 10
_ONLINE_BYTES = 4 << 20


class Configs:
    """Finds the config document of a card. One instance lives for one run (or one server)."""

    def __init__(self, settings: Settings, read: Callable[[Path], str | None] | None = None) -> None:
        """``read`` gives a file's text where it is not the disk's (an editor's open document)."""
        self.settings = settings
        self._read = read
        self._documents: dict[Path, tuple[object, Document | None]] = {}
        self._indexes: dict[Path, dict[str, list[Path]]] = {}
        self._online: dict[str, Document | None] = {}
        self.looked_for: set[str] = set()

    def afresh(self) -> Configs:
        """Return a finder that shares what this one has read, and keeps its own account of what it looked for."""
        from copy import copy

        other = copy(self)
        other.looked_for = set()
        return other

    def __call__(self, card: Card, document: Document) -> Document | None:
        """Return the document that holds the config of ``card``, or None when there is none."""
        folder = Path(document.name).parent if document.name else self.settings.root
        reference = card.config_reference
        if reference is not None and reference.text is not None:
            found = self._named(folder, reference.text)
            return found if found is not None else self.repository(reference.text)
        if card.kind != "gallery":
            found = self.document(folder / "config.json")
            if found is not None:
                return found
        repo = repository_of(card)
        return None if repo is None else self.repository(repo)

    def repository(self, repo: str) -> Document | None:
        """Return the config of a Hub repository id (``org/name``)."""
        if not _REPO_ID.match(repo):
            return None
        for folder in self.settings.config_folders():
            for path in self._in_folder(folder, repo):
                found = self.document(path)
                if found is not None:
                    return found
        found = self._in_hub_cache(repo)
        if found is None and self.settings.online:
            found = self._download(repo)
        return found

    def beside(self, document: Document, name: str) -> Document | None:
        """Return the file called ``name`` in the folder of ``document``, or None when there is none."""
        if not document.name:
            return None
        return self.document(Path(os.path.join(os.path.dirname(document.name), name)))

    def document(self, path: Path) -> Document | None:
        """Return the parsed file at ``path``, or None when it cannot be read."""
        self.looked_for.add(os.fspath(path))
        if self._read is not None:
            text = self._read(path)
            if text is not None:
                known = self._documents.get(path)
                if known is not None and known[0] == text:
                    return known[1]
                self._documents[path] = (text, parse(text, os.fspath(path)))
                return self._documents[path][1]
        try:
            if not os.access(path, os.F_OK):  # the usual answer, and the cheapest way to it
                return None
            status = path.stat()
            stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
            known = self._documents.get(path)
            if known is not None and known[0] == stamp:
                return known[1]
            document = parse_file(path)
        except PermissionError:
            return Document(os.fspath(path), "", "json", None)  # it is there, and nothing of it is known
        except (OSError, ValueError):
            return None
        self._documents[path] = (stamp, document)
        return document

    def forget(self) -> None:
        """Drop the indexes of the configs folders: files have come or gone."""
        self._indexes.clear()

    def _named(self, folder: Path, written: str) -> Document | None:
        """Return the file that a card names, as long as it lies below the project's root."""
        if "\0" in written:
            return None
        try:
            path = (folder / written).resolve()
            inside = path.is_relative_to(self.settings.root.resolve())
        except (OSError, ValueError, RuntimeError):
            return None
        return self.document(path) if inside else None

    def _in_folder(self, folder: Path, repo: str) -> Iterator[Path]:
        """Yield where the config of a repository may stand in a configs folder."""
        index = self._indexes.get(folder)
        if index is None:
            index = self._indexes[folder] = _index(folder)
        org, name = repo.lower().split("/", 1)
        for key in (f"{org}/{name}", f"{org}__{name}.json", f"{org}--{name}_config.json"):
            for path in index.get(key, ()):
                yield path
                yield from _in_other_case(path)

    def _in_hub_cache(self, repo: str) -> Document | None:
        base = os.environ.get("HF_HUB_CACHE") or os.path.join(
            os.environ.get("HF_HOME") or os.path.expanduser("~/.cache/huggingface"), "hub"
        )
        folder = Path(base) / f"models--{repo.replace('/', '--')}"
        try:
            revision = read_text(folder / "refs" / "main").strip()
        except (OSError, ValueError):
            return None
        if not re.fullmatch(r"[0-9a-f]{40}", revision):
            return None
        return self.document(folder / "snapshots" / revision / "config.json")

    def _download(self, repo: str) -> Document | None:
        if repo not in self._online:
            self._online[repo] = _fetch(repo)
        return self._online[repo]


def repository_of(card: Card) -> str | None:
    """Return the Hub repository (``org/name``) that a card speaks of: as it says, else as its links or its name do."""
    if card.repo is not None:
        return card.repo
    url = card.text("config.url")
    if url is not None:
        from archlint.specs.link import read_link

        link = read_link(url)
        if link is not None and link.on_hub and link.repo:
            return link.repo
    if card.kind == "front-matter":
        match = _CARD_FILE.match(Path(card.document.name).name)
        return f"{match[1]}/{match[2]}" if match else None
    return None


def parse_file(path: Path) -> Document:
    """Read and parse a file; raise OSError when it cannot be read."""
    return parse_bytes(read_bytes(path), os.fspath(path))


def parse_bytes(data: bytes, name: str) -> Document:
    """Decode and parse the bytes of the file ``name``."""
    return load(data, name)


def _in_other_case(path: Path) -> Iterator[Path]:
    """Yield the files beside ``path`` whose names differ from its own in the case of letters alone."""
    try:
        names = sorted(os.listdir(path.parent))
    except OSError:
        return
    yield from (
        path.parent / name for name in names if name.lower() == path.name.lower() and name != path.name
    )


def _index(folder: Path) -> dict[str, list[Path]]:
    """Map lower-case names to config files, for the three layouts of a configs folder."""
    index: dict[str, list[Path]] = {}
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return index
    for entry in entries:
        try:
            if entry.is_file() and entry.name.lower().endswith(".json"):
                index.setdefault(entry.name.lower(), []).append(folder / entry.name)
            elif entry.is_dir():
                for model in sorted(os.scandir(folder / entry.name), key=lambda item: item.name):
                    if model.is_dir():
                        config = folder / entry.name / model.name / "config.json"
                        index.setdefault(f"{entry.name}/{model.name}".lower(), []).append(config)
        except OSError:
            continue
    return index


def _fetch(repo: str) -> Document | None:
    """Download ``config.json`` of a repository from the configured Hub endpoint."""
    from urllib.error import URLError
    from urllib.request import Request, urlopen

    endpoint = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    if not endpoint.startswith(("https://", "http://")):
        return None
    url = f"{endpoint}/{repo}/resolve/main/config.json"
    request = Request(url, headers={"User-Agent": "archlint"})
    try:
        with urlopen(request, timeout=_ONLINE_SECONDS) as response:
            data = response.read(_ONLINE_BYTES + 1)
    except (URLError, OSError, ValueError):
        return None
    if len(data) > _ONLINE_BYTES:
        return None
    return load(data, url)
