"""The server: which message is answered by which feature.

Features are imported when they are first asked for.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInternalError
from pygls.lsp.server import LanguageServer
from pygls.protocol import default_converter

from archlint import __version__
from archlint.server.client import Client
from archlint.server.protocol import Protocol
from archlint.server.requests import register
from archlint.server.scan import Scanner
from archlint.server.state import OpenDocument, State
from archlint.server.view import View
from archlint.server.workspace import key_of, path_of

_WATCHED = ("**/*.{json,yaml,yml,md}", "**/{archlint,.archlint,pyproject}.toml", "**/.gitignore")
_ANY_FILE = types.FileOperationRegistrationOptions(
    [types.FileOperationFilter(types.FileOperationPattern("**/*"), scheme="file")]
)

Handler = TypeVar("Handler", bound=Callable[..., Any])


class Server(LanguageServer):
    """pygls' server with archlint's state."""

    protocol: Protocol

    def __init__(self) -> None:
        super().__init__("archlint", __version__, protocol_cls=Protocol, converter_factory=default_converter)
        self.state = State()
        self.scans = Scanner(self)
        self.reports: Any = None
        self._complained: set[str] = set()

    def feature(self, feature_name: str, options: Any = None) -> Callable[[Handler], Handler]:
        """Register a handler as it is; pygls would read its signature and check its options, at 2 ms each."""

        def register(handler: Handler) -> Handler:
            self.protocol.fm.features[feature_name] = handler
            if options is not None:
                self.protocol.fm.feature_options[feature_name] = options
            return handler

        return register

    def log(self, message: str) -> None:
        """Tell the client's log."""
        if self.protocol.writer is not None:
            self.window_log_message(types.LogMessageParams(types.MessageType.Warning, f"archlint: {message}"))

    def complain(self, message: str) -> None:
        """Tell the user, once: a configuration that is wrong."""
        if message not in self._complained:
            self._complained.add(message)
            self.window_show_message(types.ShowMessageParams(types.MessageType.Error, f"archlint: {message}"))

    def failed(self, error: BaseException) -> None:
        """Tell the client's log of a bug of our own, with its trace."""
        trace = "".join(traceback.format_exception(error)[-6:])
        self.window_log_message(
            types.LogMessageParams(types.MessageType.Error, f"archlint: internal error\n{trace}")
        )

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Say in the log what went wrong inside, or what the client asked for that is not to be had."""
        ours = isinstance(error, JsonRpcInternalError) or not isinstance(error, JsonRpcException)
        self.log(f"internal error: {error}" if ours else str(error))


def create_server() -> Server:
    """Return a server with every feature registered."""
    server = Server()
    state = server.state

    def complain_from_worker(message: str) -> None:
        loop = server.scans.loop
        if loop is not None:
            loop.call_soon_threadsafe(server.complain, message)

    state.workspace.complain = complain_from_worker
    state.failed = server.failed
    state.viewed = lambda document, view, earlier: _viewed(server, document, view, earlier)
    state.closed = lambda uri: _closed(server, uri)
    _register_lifecycle(server)
    register(server)
    return server


def _register_lifecycle(server: Server) -> None:
    state = server.state

    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        state.client = client = Client.of(params.capabilities)
        encoding = server.protocol.workspace.position_encoding
        state.encoding = str(getattr(encoding, "value", encoding))  # type: ignore[assignment]
        roots = [folder.uri for folder in params.workspace_folders or []]
        if not roots and params.root_uri:
            roots = [params.root_uri]
        folders = [path_of(uri) for uri in roots]
        state.workspace.folders = tuple(folder for folder in folders if folder is not None)
        options = params.initialization_options
        state.workspace.options = _table(options)
        server.scans.loop = asyncio.get_running_loop()
        server.protocol.leave_with(params.process_id)
        if client.pulls:
            _register_pull(server)

    @server.feature(types.INITIALIZED)
    async def initialized(params: types.InitializedParams) -> None:
        try:
            await _register_with_client(server)
            if state.client.configuration:
                await _pull_configuration(server)
        finally:
            server.scans.start()

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def configuration(params: types.DidChangeConfigurationParams) -> None:
        if isinstance(params.settings, Mapping):
            state.workspace.pushed = _table(params.settings.get("archlint", params.settings))
        if state.client.configuration:
            await _pull_configuration(server)
        _everything_changed(server)

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    async def folders(params: types.DidChangeWorkspaceFoldersParams) -> None:
        removed = {path_of(folder.uri) for folder in params.event.removed}
        added = [path_of(folder.uri) for folder in params.event.added]
        kept = [folder for folder in state.workspace.folders if folder not in removed]
        state.workspace.folders = (*kept, *(folder for folder in added if folder is not None))
        if state.client.configuration:
            await _pull_configuration(server)
        _everything_changed(server)
        server.scans.start()

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def watched(params: types.DidChangeWatchedFilesParams) -> None:
        for change in params.changes:
            if change.type == types.FileChangeType.Deleted and state.document(change.uri) is None:
                _closed(server, change.uri)
        changed = [change.uri for change in params.changes]
        _files_changed(
            server, changed, all(change.type == types.FileChangeType.Changed for change in params.changes)
        )

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        document = state.document(params.text_document.uri)
        if document is not None and document.gone:
            document.gone = False
            state.touch(document)
        if not state.client.watches:  # nobody else says that the file may be new
            _files_changed(server, [params.text_document.uri])

    @server.feature(types.WORKSPACE_DID_CREATE_FILES, _ANY_FILE)
    def created(params: types.CreateFilesParams) -> None:
        _files_changed(server, [file.uri for file in params.files])

    @server.feature(types.WORKSPACE_DID_RENAME_FILES, _ANY_FILE)
    def renamed(params: types.RenameFilesParams) -> None:
        for file in params.files:
            _deleted(server, file.old_uri)
        _files_changed(server, [uri for file in params.files for uri in (file.old_uri, file.new_uri)])

    @server.feature(types.WORKSPACE_DID_DELETE_FILES, _ANY_FILE)
    def deleted(params: types.DeleteFilesParams) -> None:
        for file in params.files:
            _deleted(server, file.uri)
        _files_changed(server, [file.uri for file in params.files])


def _register_pull(server: Server) -> None:
    from archlint.server.diagnostics import Reports, diagnostics_of, report

    server.reports = Reports()

    @server.feature(
        types.TEXT_DOCUMENT_DIAGNOSTIC,
        types.DiagnosticOptions(
            inter_file_dependencies=True, workspace_diagnostics=True, identifier="archlint"
        ),
    )
    async def pull(params: types.DocumentDiagnosticParams) -> Any:
        uri = params.text_document.uri
        view = await server.state.view_of_file(uri)
        document = server.state.document(uri)
        silent = view is None or (document is not None and document.gone)
        items = [] if view is None or silent else diagnostics_of(view, server.state.client)
        return report(items, server.reports.number(uri, items), params.previous_result_id)

    @server.feature(types.WORKSPACE_DIAGNOSTIC)
    async def pull_all(params: types.WorkspaceDiagnosticParams) -> types.WorkspaceDiagnosticReport:
        return await server.scans.diagnose(params)


async def _register_with_client(server: Server) -> None:
    client = server.state.client
    registrations = []
    if client.watches:
        watchers = [types.FileSystemWatcher(glob_pattern=pattern) for pattern in _WATCHED]
        options = types.DidChangeWatchedFilesRegistrationOptions(watchers=watchers)
        registrations.append(
            types.Registration("archlint-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
        )
    if client.registers_configuration:
        section = types.DidChangeConfigurationRegistrationOptions(section="archlint")
        registrations.append(
            types.Registration("archlint-configuration", types.WORKSPACE_DID_CHANGE_CONFIGURATION, section)
        )
    if registrations:
        await _ask(server, server.client_register_capability_async(types.RegistrationParams(registrations)))


async def _pull_configuration(server: Server) -> None:
    """Ask the client for its settings, once for all folders and once for each."""
    folders = server.state.workspace.folders
    items = [types.ConfigurationItem(section="archlint")]
    items += [types.ConfigurationItem(scope_uri=folder.as_uri(), section="archlint") for folder in folders]
    answer = await _ask(server, server.workspace_configuration_async(types.ConfigurationParams(items)))
    if not isinstance(answer, list | tuple) or len(answer) != len(items):
        return
    pulled = dict(zip((None, *folders), (_table(table) for table in answer), strict=True))
    if pulled != server.state.workspace.pulled:
        server.state.workspace.pulled = pulled
        server.state.touch_all()


async def _ask(server: Server, asked: Any) -> Any:
    """Wait for the client's answer.

    None when it refuses. Being cancelled meanwhile must not lose the answer.
    """
    try:
        return await asyncio.shield(asyncio.ensure_future(asked))
    except asyncio.CancelledError:
        raise
    except Exception as error:
        server.log(f"the client refused a request: {error}")
        return None


def _viewed(server: Server, document: OpenDocument, view: View, earlier: View | None) -> None:
    """Tell the client that pushes are for; ask the one that pulls to pull what changed without an edit of its own."""
    client = server.state.client
    if not client.pulls:
        items = [] if document.gone else _diagnostics(server, view)
        server.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(document.uri, items, version=view.version)
        )
    if earlier is None or earlier.text is not view.text:
        return
    if client.pulls and client.refreshes_diagnostics and view.findings != earlier.findings:
        server.workspace_diagnostic_refresh(None)
    if [id(model.config_document) for model in view.models] != [
        id(model.config_document) for model in earlier.models
    ]:
        _refresh_figures(server)


def _diagnostics(server: Server, view: View) -> list[types.Diagnostic]:
    from archlint.server.diagnostics import diagnostics_of

    return diagnostics_of(view, server.state.client)


def _closed(server: Server, uri: str) -> None:
    """Clear a document's diagnostics."""
    if server.reports is not None:
        server.reports.last.pop(uri, None)
    if not server.state.client.pulls:
        server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))


def _deleted(server: Server, uri: str) -> None:
    """Clear what was said of a file that is no more, or of the files in a folder.

    An editor may keep their text open all the same; it is told of again when something is typed.
    """
    folder = f"{key_of(uri).rstrip('/')}/"
    for document in server.state.documents.values():
        if f"{key_of(document.uri)}/".startswith(folder):
            document.gone = True
            _closed(server, document.uri)
    _closed(server, uri)


def _files_changed(server: Server, uris: list[str], only_content: bool = False) -> None:
    """Read again what rests on files that others changed; ``only_content`` when none came or went."""
    state = server.state
    paths = [path for uri in uris if (path := path_of(uri)) is not None]
    server.scans.files_changed(paths)
    if any(state.workspace.is_setting(path) for path in paths):
        _everything_changed(server)
    elif only_content:
        state.touch_dependents_of(paths)
        _refresh(server)
    elif paths:
        state.workspace.files_changed()
        state.touch_all()
        _refresh(server)


def _everything_changed(server: Server) -> None:
    """Read all again: settings or rules are others than before."""
    server.state.workspace.configuration_changed()
    server.scans.everything_changed()
    server.state.touch_all()
    _refresh(server)


def _refresh(server: Server) -> None:
    """Ask the client to pull again what it pulls."""
    client = server.state.client
    if client.pulls and client.refreshes_diagnostics:
        server.workspace_diagnostic_refresh(None)
    _refresh_figures(server)


def _refresh_figures(server: Server) -> None:
    client = server.state.client
    if client.refreshes_hints:
        server.workspace_inlay_hint_refresh(None)
    if client.refreshes_lenses:
        server.workspace_code_lens_refresh(None)


def _table(value: object) -> dict[str, object]:
    """Return a client's object as a plain mapping with text keys."""
    if hasattr(value, "_asdict"):
        value = value._asdict()
    if not isinstance(value, Mapping):
        return {}
    return {str(key): _plain(item) for key, item in value.items()}


def _plain(value: object) -> object:
    if hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
