"""The state of the server: open documents, each with the view of its latest text.

An edit starts a lint at once; while one runs, further edits only raise the version, and a result for an
old version is dropped. Nothing waits for a pause in typing.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from archlint.memo import Memo
from archlint.server.client import Client
from archlint.server.position import Encoding, Text
from archlint.server.view import View, analyse
from archlint.server.worker import Worker
from archlint.server.workspace import Workspace, key_of, path_of

if TYPE_CHECKING:
    from lsprotocol import types


@dataclass(eq=False)
class OpenDocument:
    """A document that the client has open. ``revision`` counts whatever can change its view.

    ``real`` is its path with no links in it. ``gone``: its file was deleted, and nothing was typed since.
    """

    uri: str
    path: Path | None
    real: Path | None
    language: str
    version: int
    text: Text
    revision: int = 0
    view: View | None = None
    viewed: int = -1
    gone: bool = False
    task: asyncio.Task[None] | None = None
    memo: Memo = field(default_factory=Memo)

    @property
    def paths(self) -> frozenset[Path]:
        """What other documents may call it by."""
        return frozenset(path for path in (self.path, self.real) if path is not None)


class State:
    """Everything that lives between two messages."""

    def __init__(self) -> None:
        self.documents: dict[str, OpenDocument] = {}
        self.client = Client()
        self.encoding: Encoding = "utf-16"
        self.worker = Worker("archlint-lint")
        self.scanner = Worker("archlint-scan")
        self.workspace = Workspace(self.open_text)
        self.viewed: Callable[[OpenDocument, View, View | None], None] = lambda document, view, earlier: None
        self.closed: Callable[[str], None] = lambda uri: None
        self.failed: Callable[[BaseException], None] = lambda error: None
        self._paths: dict[Path, OpenDocument] = {}

    # --- what the client does

    def open(self, item: types.TextDocumentItem) -> None:
        """Take in a document; one that is open already is replaced."""
        path = path_of(item.uri)
        document = OpenDocument(
            item.uri,
            path,
            None if path is None else Path(os.path.realpath(path)),
            str(getattr(item.language_id, "value", item.language_id)),
            item.version,
            Text(item.text, self.encoding),
        )
        old = self.documents.get(key_of(item.uri))
        if old is not None:
            self._abandon(old)
        self.documents[key_of(item.uri)] = document
        for path in document.paths:
            self._paths[path] = document
        self.touch(document)
        self._touch_dependents(document)

    def change(self, params: types.DidChangeTextDocumentParams) -> None:
        """Apply edits in order; ranges outside the text are moved into it."""
        document = self.documents.get(key_of(params.text_document.uri))
        if document is None:
            return
        text = document.text
        for change in params.content_changes:
            edited = getattr(change, "range", None)
            if edited is None:
                text = Text(change.text, self.encoding)
                continue
            start = text.offset(edited.start.line, edited.start.character)
            end = text.offset(edited.end.line, edited.end.character)
            text = text.replaced(start, end, change.text)
        document.text = text
        document.version = params.text_document.version
        document.gone = False
        self.touch(document)
        self._touch_dependents(document)

    def close(self, uri: str) -> None:
        """Let a document go; one that is not open is no matter."""
        document = self.documents.pop(key_of(uri), None)
        if document is None:
            return
        self._abandon(document)
        for path in document.paths:
            if self._paths.get(path) is document:
                del self._paths[path]
        self.closed(document.uri)
        self._touch_dependents(document)

    def touch(self, document: OpenDocument) -> None:
        """Say that the view of a document is out of date."""
        document.revision += 1
        if document.task is None or document.task.done():
            document.task = asyncio.get_running_loop().create_task(self._keep_viewed(document))

    def touch_all(self) -> None:
        """Say that every view is out of date."""
        for document in list(self.documents.values()):
            self.touch(document)

    # --- what the features ask

    def document(self, uri: str) -> OpenDocument | None:
        """Return an open document."""
        return self.documents.get(key_of(uri))

    async def view(self, uri: str) -> View | None:
        """Return the view of the latest text of an open document; None when it is not open."""
        while True:
            document = self.document(uri)
            if document is None:
                return None
            if document.viewed == document.revision and document.view is not None:
                return document.view
            if document.task is None or document.task.done():
                document.task = asyncio.get_running_loop().create_task(self._keep_viewed(document))
            await asyncio.wait({document.task})

    async def view_of_file(self, uri: str) -> View | None:
        """Return the view of an open document or of a file on the disk."""
        view = await self.view(uri)
        path = path_of(uri)
        if view is not None or path is None:
            return view
        return await self.worker.run(lambda: self.read(uri, path))

    def read(self, uri: str, path: Path, *, rules: bool = True) -> View | None:
        """Lint a file on the disk, or with ``rules`` off only read it.

        None when that fails. Called on a worker.
        """
        from archlint.project import is_excluded
        from archlint.reading import read_bytes
        from archlint.source import decode
        from archlint.source.limits import MAX_BYTES

        try:
            data = read_bytes(path)
            if len(data) > MAX_BYTES:
                return None
            text, _ = decode(data)
        except (OSError, ValueError):
            return None
        settings = self.workspace.settings(path)
        options = self.workspace.editor_options(path)
        finder = self.workspace.find_config(path, settings)
        return analyse(
            uri,
            str(path),
            0,
            Text(text, self.encoding),
            "",
            settings,
            options,
            finder,
            rules=rules and not is_excluded(path, settings),
            baseline=self.workspace.baseline(settings),
        )

    # --- keeping views up to date

    async def _keep_viewed(self, document: OpenDocument) -> None:
        """Lint until the view is that of the latest text."""
        while document.viewed != document.revision and self._is_open(document):
            await asyncio.sleep(0)  # edits that were read together are linted together
            revision = document.revision
            try:
                view = await self.worker.run(self._job(document, revision))
            except asyncio.CancelledError:
                raise
            except BaseException as error:
                self._tell(error)
                view = self._bare(document)
            if view is None or document.revision != revision or not self._is_open(document):
                continue
            earlier = document.view
            document.view, document.viewed = view, revision
            try:
                self.viewed(document, view, earlier)
            except Exception as error:
                self.failed(error)

    def _tell(self, error: BaseException) -> None:
        """Say what went wrong: to the user when the configuration is at fault, else to the log."""
        from archlint.project import ConfigurationError

        if isinstance(error, ConfigurationError):
            self.workspace.complain(str(error))
        else:
            self.failed(error)

    def _job(self, document: OpenDocument, revision: int) -> Callable[[], View | None]:
        text, version, earlier = document.text, document.version, document.view

        def run() -> View | None:
            from archlint.project import is_excluded

            if document.revision != revision:
                return None
            settings = self.workspace.settings(document.path)
            options = self.workspace.editor_options(document.path)
            return analyse(
                document.uri,
                _name(document),
                version,
                text,
                document.language,
                settings,
                options,
                self.workspace.find_config(document.path, settings),
                earlier,
                lambda: document.revision != revision,
                rules=document.path is None or not is_excluded(document.path, settings),
                memo=document.memo,
                baseline=self.workspace.baseline(settings),
            )

        return run

    def _bare(self, document: OpenDocument) -> View:
        from archlint.project import Settings

        options = self.workspace.editor_options(document.path)
        return View(document.uri, document.version, document.text, Settings(), options)

    def _is_open(self, document: OpenDocument) -> bool:
        return self.documents.get(key_of(document.uri)) is document

    def _abandon(self, document: OpenDocument) -> None:
        document.revision += 1

    def _touch_dependents(self, document: OpenDocument) -> None:
        """Lint again the open documents whose findings rest on ``document``."""
        self.touch_dependents_of(document.paths, but=document)

    def touch_dependents_of(self, paths: Iterable[Path], but: OpenDocument | None = None) -> None:
        """Lint again the open documents whose findings rest on one of ``paths``."""
        wanted = set(paths)
        for other in list(self.documents.values()):
            if other is not but and other.view is not None and not wanted.isdisjoint(other.view.dependencies):
                self.touch(other)

    def open_text(self, path: Path) -> str | None:
        """Return the text of an open document by its path; None for any other file."""
        document = self._paths.get(path)
        return None if document is None else document.text.value


def _name(document: OpenDocument) -> str:
    """Return the name that the linter knows a document by: its path, or one that says its language."""
    if document.path is not None:
        return str(document.path)
    suffix = {"json": ".json", "jsonc": ".json", "markdown": ".README.md"}.get(document.language, ".yaml")
    return document.uri.rsplit("/", 1)[-1].removesuffix(suffix) + suffix
