"""Reading the whole workspace in the background: what models there are, and the diagnostics of closed files.

Files are read one at a time on a thread that gives way to open documents, so requests are answered
meanwhile. Little is kept of a closed file: its models' names, places and configs, and the digest of its
diagnostics.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types

from archlint.server.entry import head_of, range_of_model, repos_of
from archlint.server.workspace import path_of, uri_of

if TYPE_CHECKING:
    from archlint.server.app import Server
    from archlint.server.view import View

_PAUSE = 0.005
"""Seconds between looks at whether open documents are done with."""

_LONGEST_START = 10.0
"""Seconds that a request waits for the first scan to begin."""

_BATCH = 25
"""Files between two reports of progress."""

Stamp = tuple[int, int]


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model of some file: where it stands, and which configs and other models it speaks of."""

    name: str
    start: tuple[int, int]
    end: tuple[int, int]
    repos: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    config: str | None = None


@dataclass(frozen=True, slots=True)
class FileEntry:
    """What is kept of a closed file."""

    stamp: Stamp
    generation: int
    kind: str | None
    models: tuple[ModelEntry, ...]
    digest: str
    dependencies: tuple[tuple[str, Stamp | None], ...] = ()


class Scanner:
    """The workspace's files, and one background task that reads them."""

    def __init__(self, server: Server) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self.entries: dict[Path, FileEntry] = {}
        self._server = server
        self._files: list[Path] | None = None
        self._generation = 0
        self._task: asyncio.Task[None] | None = None
        self._tokens = itertools.count(1)
        self._begun = asyncio.Event()

    def start(self) -> None:
        """Begin to read the workspace; a scan that runs begins anew."""
        self._begun.set()
        if self._task is not None and not self._task.done():
            self._task.cancel()
        if self._server.state.workspace.folders:
            self._task = asyncio.get_running_loop().create_task(self._scan())

    async def finished(self) -> None:
        """Wait for a scan that runs, or is about to; look at the files that have changed since the last one."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._begun.wait(), _LONGEST_START)
        if self._files is None and self._begun.is_set() and (self._task is None or self._task.done()):
            self.start()
        task = self._task
        if task is not None and not task.done():
            await asyncio.wait({task})

    def files_changed(self, paths: Iterable[Path]) -> None:
        """Drop what is known of ``paths``, and which files there are."""
        self._files = None
        for path in paths:
            self.entries.pop(path, None)

    def everything_changed(self) -> None:
        """Read every file again when it is next asked for."""
        self._files = None
        self._generation += 1

    async def diagnose(self, params: types.WorkspaceDiagnosticParams) -> types.WorkspaceDiagnosticReport:
        """Answer ``workspace/diagnostic``; what the client has already comes back as unchanged."""
        previous = {item.uri: item.value for item in params.previous_result_ids}
        token = params.partial_result_token
        items: list[types.WorkspaceDocumentDiagnosticReport] = []
        files = await self._list()
        seen: set[str] = set()
        progress = self._progress(params.work_done_token)
        with contextlib.closing(progress):
            next(progress)
            for number, path in enumerate(files):
                uri = self._uri(path)
                seen.add(uri)
                report = await self._report(uri, path, previous.get(uri))
                if report is not None:
                    items.append(report)
                if number % _BATCH == _BATCH - 1:
                    progress.send((number + 1, len(files)))
                    if token is not None and items:
                        partial = types.WorkspaceDiagnosticReportPartialResult(items)
                        self._notify(token, partial)
                        items = []
        for uri in previous.keys() - seen:
            if self._server.state.document(uri) is None:
                items.append(types.WorkspaceFullDocumentDiagnosticReport(uri, []))
        return types.WorkspaceDiagnosticReport(items)

    def models(self) -> Iterator[tuple[str, ModelEntry]]:
        """Yield the models of the workspace and of open documents, each with its document's URI."""
        state = self._server.state
        open_paths = {document.path for document in state.documents.values()}
        for document in state.documents.values():
            if document.view is not None:
                for entry in entries_of(document.view):
                    yield document.uri, entry
        for path, file in self.entries.items():
            if path not in open_paths:
                for entry in file.models:
                    yield uri_of(path), entry

    # --- one file after the other

    async def _scan(self) -> None:
        token = await self._own_token()
        progress = self._progress(token, "archlint: reading spec files", cancellable=True)
        try:
            next(progress)
            files = await self._list()
            for number, path in enumerate(files):
                if number % _BATCH == 0:
                    if self._cancelled(token):
                        return
                    progress.send((number, len(files)))
                await self._give_way()
                if self._server.state.document(self._uri(path)) is None:
                    await self._server.state.scanner.run(lambda path=path: self._index(path))  # type: ignore[misc]
        finally:
            progress.close()
            if token is not None:
                self._server.work_done_progress.tokens.pop(token, None)

    async def _list(self) -> list[Path]:
        if self._files is None or not self._server.state.client.watches:
            files = await self._server.state.scanner.run(self._walk)
            self._files = files
            for gone in self.entries.keys() - set(files):
                del self.entries[gone]
        return self._files

    def _walk(self) -> list[Path]:
        from archlint.project import walk
        from archlint.specs.sniff import may_be_spec

        workspace = self._server.state.workspace
        found: dict[Path, None] = {}
        for folder in workspace.folders:
            settings = workspace.settings(folder / "archlint.toml")
            for path in walk(folder, settings):
                known = self.entries.get(path)
                if path not in found and (known is not None or may_be_spec(path)):
                    found[path] = None
        return list(found)

    def _index(self, path: Path) -> None:
        """Take in what models a file has, without linting it."""
        stamp = _stamp(path)
        known = self.entries.get(path)
        if stamp is None or (
            known is not None and known.stamp == stamp and known.generation == self._generation
        ):
            return
        view = self._server.state.read(uri_of(path), path, rules=False)
        if view is not None:
            self.entries[path] = self._entry(view, stamp, "")

    async def _report(
        self, uri: str, path: Path, previous: str | None
    ) -> types.WorkspaceDocumentDiagnosticReport | None:
        from archlint.server.diagnostics import diagnostics_of

        server = self._server
        document = server.state.document(uri)
        if document is not None:
            view = await server.state.view(uri)
            items = [] if view is None or document.gone else diagnostics_of(view, server.state.client)
            number = server.reports.number(uri, items)
            if number == previous:
                return types.WorkspaceUnchangedDocumentDiagnosticReport(uri, number, document.version)
            return types.WorkspaceFullDocumentDiagnosticReport(uri, items, document.version, result_id=number)
        await self._give_way()
        digest, items = await server.state.scanner.run(lambda: self._diagnose(uri, path, previous))
        if not digest:
            return None
        if digest == previous:
            return types.WorkspaceUnchangedDocumentDiagnosticReport(uri, digest)
        return types.WorkspaceFullDocumentDiagnosticReport(uri, items, None, result_id=digest)

    def _diagnose(self, uri: str, path: Path, previous: str | None) -> tuple[str, list[types.Diagnostic]]:
        """Return a closed file's digest and, unless the client has them, its diagnostics."""
        from archlint.server.diagnostics import diagnostics_of

        stamp = _stamp(path)
        if stamp is None:
            return "", []
        known = self.entries.get(path)
        if (
            known is not None
            and known.digest
            and known.digest == previous
            and (known.stamp, known.generation) == (stamp, self._generation)
            and all(self._state_of(Path(name)) == at for name, at in known.dependencies)
        ):
            return known.digest, []
        view = self._server.state.read(uri, path)
        if view is None:
            return "", []
        items = diagnostics_of(view, self._server.state.client)
        digest = hashlib.blake2b(repr(items).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
        self.entries[path] = self._entry(view, stamp, digest)
        return digest, items

    def _entry(self, view: View, stamp: Stamp, digest: str) -> FileEntry:
        kind = None if view.linted is None else view.linted.recognition.kind
        dependencies = tuple((str(path), self._state_of(path)) for path in view.dependencies)
        return FileEntry(stamp, self._generation, kind, tuple(entries_of(view)), digest, dependencies)

    def _state_of(self, path: Path) -> Stamp | None:
        """Return what tells two states of a file apart: of its text where it is open, else of the file."""
        text = self._server.state.open_text(path)
        return _stamp(path) if text is None else (hash(text), -1)

    async def _give_way(self) -> None:
        """Let open documents go first."""
        state = self._server.state
        while any(document.viewed != document.revision for document in state.documents.values()):
            await asyncio.sleep(_PAUSE)

    def _uri(self, path: Path) -> str:
        """Return the client's own spelling of a file's URI, when it has the file open."""
        uri = uri_of(path)
        document = self._server.state.document(uri)
        return uri if document is None else document.uri

    # --- progress

    async def _own_token(self) -> str | None:
        if not self._server.state.client.progress:
            return None
        token = f"archlint-scan-{next(self._tokens)}"
        try:
            created = self._server.work_done_progress.create_async(token)
            await asyncio.shield(asyncio.ensure_future(created))
        except asyncio.CancelledError:
            raise
        except Exception:
            return None
        return token

    def _cancelled(self, token: str | None) -> bool:
        future = None if token is None else self._server.work_done_progress.tokens.get(token)
        return future is not None and future.cancelled()

    def _progress(
        self, token: types.ProgressToken | None, title: str = "archlint", cancellable: bool = False
    ) -> Generator[None, tuple[int, int] | None, None]:
        if token is None:
            while True:
                yield
        self._notify(token, types.WorkDoneProgressBegin(title, cancellable=cancellable, percentage=0))
        try:
            while True:
                at = yield
                if at is not None and at[1]:
                    done, of = at
                    message = f"{done:,} of {of:,} files"
                    self._notify(
                        token, types.WorkDoneProgressReport(message=message, percentage=100 * done // of)
                    )
        finally:
            self._notify(token, types.WorkDoneProgressEnd())

    def _notify(self, token: types.ProgressToken, value: object) -> None:
        self._server.protocol.notify(types.PROGRESS, types.ProgressParams(token, value))


def entries_of(view: View) -> Sequence[ModelEntry]:
    """Return the models of a view as entries."""
    entries = []
    for model in view.models:
        config = model.config_document
        entries.append(
            ModelEntry(
                name_of(view, model.name),
                view.text.place(head_of(model)[0]),
                view.text.place(range_of_model(model)[1]),
                repos_of(model),
                tuple(model.card.base_models) if model.card is not None else (),
                None if config is None or config is model.document else config.name,
            )
        )
    return entries


def name_of(view: View, name: str | None) -> str:
    """Return a model's name; a config without one is called by its folder, or by its file."""
    if name:
        return name
    path = path_of(view.uri)
    if path is None:
        return re.split("[/:]", view.uri)[-1]
    generic = path.name.lower() in ("config.json", "params.json", "readme.md")
    return path.parent.name if generic and path.parent.name else path.stem


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size
