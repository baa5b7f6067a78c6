"""The wire: messages framed, read and answered, whatever is sent.

pygls gives the message types and the dispatch. Replaced here is what must not depend on it: reading on a
thread of its own, an answer to every malformed request, document synchronisation (see ``position``), late
replies of the client.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import JsonRPCRequestMessage, LanguageServerProtocol, lsp_method

if TYPE_CHECKING:
    from archlint.server.app import Server

PARSE_ERROR, INVALID_REQUEST, INVALID_PARAMS = -32700, -32600, -32602
NOT_INITIALIZED = -32002
MOST_BYTES = 256 << 20
"""A longer message is read and dropped."""

_LOOK = 2.0
"""Seconds between looks at whether the process that started the server lives."""

_CUSTOM = "archlint/"
_LENGTH = re.compile(rb"content-length\s*:\s*(\d+)\s*$", re.IGNORECASE)


class Protocol(LanguageServerProtocol):
    """pygls' protocol with archlint's own documents, and no message without an answer."""

    _server: Server
    _initialized = False
    orphaned: Callable[[], None] | None = None
    """What to do when the process that started the server has ended."""

    def receive(self, body: bytes) -> None:
        """Handle one message."""
        try:
            data: Any = json.loads(body)
        except (ValueError, RecursionError):
            self._refuse(None, PARSE_ERROR, "the message is not JSON")
            return
        if not isinstance(data, dict) or data.get("jsonrpc") != self.VERSION:
            identifier = data.get("id") if isinstance(data, dict) else None
            self._refuse(identifier, INVALID_REQUEST, "the message is no JSON-RPC 2.0 object")
            return
        identifier, method = data.get("id"), data.get("method")
        if not isinstance(identifier, str | int | None) or isinstance(identifier, bool):
            self._refuse(None, INVALID_REQUEST, "the id is neither a number nor a string")
            return
        if method is None:
            self._receive_reply(data)
            return
        if not isinstance(method, str):
            self._refuse(identifier, INVALID_REQUEST, "the method is no string")
            return
        if not self._may_be_handled(identifier, method):
            return
        try:
            message = self._structured(data, method)
        except Exception as error:
            if identifier is not None:
                self._refuse(identifier, INVALID_PARAMS, f"the parameters of {method} are not what it takes")
            else:
                self._server.log(f"{method} ignored: {error or 'its parameters are not what it takes'}")
            return
        if identifier is not None and not hasattr(message, "id"):
            self._refuse(identifier, INVALID_REQUEST, f"{method} is a notification: it has no id")
            return
        if method == types.INITIALIZE:
            self._initialized = True
        elif method == types.EXIT:
            _leave_quietly()
        self.handle_message(message)

    def _may_be_handled(self, identifier: str | int | None, method: str) -> bool:
        if method == types.EXIT:
            return True
        if self._shutdown:
            self._refuse(identifier, INVALID_REQUEST, "the server is shutting down")
        elif method == types.INITIALIZE and self._initialized:
            self._refuse(identifier, INVALID_REQUEST, "the server is initialized already")
        elif method != types.INITIALIZE and not self._initialized:
            self._refuse(identifier, NOT_INITIALIZED, "the server is not initialized yet")
        else:
            return True
        return False

    def _structured(self, data: dict[str, Any], method: str) -> Any:
        if method.startswith(_CUSTOM) and "id" in data:
            return JsonRPCRequestMessage(data["id"], method, self.VERSION, data.get("params"))
        return self.structure_message(data)

    def _receive_reply(self, data: dict[str, Any]) -> None:
        identifier = data.get("id")
        if identifier is None or ("result" not in data and "error" not in data):
            if identifier is not None:
                self._refuse(identifier, INVALID_REQUEST, "the message has no method, result or error")
            return
        future = self._request_futures.get(identifier)
        if future is None or future.done():
            self._request_futures.pop(identifier, None)
            self._result_types.pop(identifier, None)
            return
        try:
            self.handle_message(self.structure_message(data))
        except Exception as error:
            self._request_futures.pop(identifier, None)
            if not future.done():
                future.set_exception(JsonRpcException(str(error)))

    def _refuse(self, identifier: str | int | None, code: int, message: str) -> None:
        if identifier is None and code not in (PARSE_ERROR, INVALID_REQUEST):
            return
        error = {"code": code, "message": message}
        self._send_data({"jsonrpc": self.VERSION, "id": identifier, "error": error})

    @property
    def has_shut_down(self) -> bool:
        """Whether the client has said that it is done."""
        return bool(self._shutdown)

    def leave_with(self, process: int | None) -> None:
        """End when ``process`` has: whoever inherited its pipes may hold them open.

        A process that is not there to begin with is one of another container or machine.
        """
        if self.orphaned is not None and process is not None and os.name == "posix" and _lives(process):
            self._watch = asyncio.get_running_loop().create_task(self._leave_after(process))

    async def _leave_after(self, process: int) -> None:
        while _lives(process):
            await asyncio.sleep(_LOOK)
        if self.orphaned is not None:
            self.orphaned()

    # --- documents: kept by the server's own store

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        """Take a document in."""
        self._server.state.open(params.text_document)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        """Edit a document."""
        self._server.state.change(params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        """Let a document go."""
        self._server.state.close(params.text_document.uri)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return process > 0


class Framing:
    """Cuts a stream of bytes into message bodies."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._length: int | None = None
        self._skip = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Take in ``data`` and return the bodies that are complete.

        Lines that are no header are passed over.
        """
        buffer = self._buffer
        buffer += data
        bodies: list[bytes] = []
        while True:
            if self._skip:
                dropped = min(self._skip, len(buffer))
                del buffer[:dropped]
                self._skip -= dropped
                if self._skip:
                    return bodies
            if self._length is None and not self._read_headers():
                return bodies
            length = self._length or 0
            if length > MOST_BYTES:
                self._skip, self._length = length, None
                continue
            if len(buffer) < length:
                return bodies
            bodies.append(bytes(buffer[:length]))
            del buffer[:length]
            self._length = None

    def _read_headers(self) -> bool:
        length: int | None = None
        at = 0
        while (end := self._buffer.find(b"\n", at)) >= 0:
            line = bytes(self._buffer[at:end]).strip()
            at = end + 1
            found = _LENGTH.match(line)
            if found:
                length = int(found[1])
            elif not line and length is not None:
                del self._buffer[:at]
                self._length = length
                return True
        if length is None and len(self._buffer) - at > MOST_BYTES:
            del self._buffer[:at]
        return False


def serve_standard_streams(protocol: Protocol) -> int:
    """Read from standard input until it ends; return the exit code."""
    source = os.dup(0)
    sink = os.dup(1)
    os.dup2(2, 1)  # what is printed by mistake must not get between the messages
    protocol.set_writer(_FileWriter(sink))
    try:
        asyncio.run(_serve(protocol, lambda: os.read(source, 1 << 16)))
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 0
    except (BrokenPipeError, KeyboardInterrupt):
        return 1
    return 0 if protocol.has_shut_down else 1  # the client went away, with or without saying so


async def _serve(protocol: Protocol, read: Callable[[], bytes]) -> None:
    loop = asyncio.get_running_loop()
    ended = loop.create_future()

    def end() -> None:
        _leave_quietly()
        if not ended.done():
            ended.set_result(None)

    def work() -> None:
        framing = Framing()
        try:
            while data := read():
                for body in framing.feed(data):
                    loop.call_soon_threadsafe(protocol.receive, body)
        except OSError:
            pass
        try:
            loop.call_soon_threadsafe(end)
        except RuntimeError:
            return

    protocol.orphaned = end
    threading.Thread(target=work, name="archlint-reader", daemon=True).start()
    try:
        await ended
    finally:
        _leave_quietly()


def _leave_quietly() -> None:
    """Say nothing of the tasks that are cancelled because the server ends."""
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)


class _FileWriter:
    """Writes to a file descriptor, unbuffered."""

    def __init__(self, sink: int) -> None:
        self._sink = sink

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._sink, view) :]

    def close(self) -> None:
        os.close(self._sink)


def serve_tcp(protocol: Protocol, host: str, port: int, say: Callable[[str], None]) -> int:
    """Serve one client that connects to ``host:port``; return the exit code. ``say`` gets the address."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        ended = loop.create_future()
        taken = False

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal taken
            if taken:
                writer.close()
                return
            taken = True
            protocol.set_writer(_StreamWriter(writer))
            framing = Framing()
            try:
                while data := await reader.read(1 << 16):
                    for body in framing.feed(data):
                        protocol.receive(body)
            except ConnectionError:
                pass
            except SystemExit as leaving:
                if not ended.done():
                    ended.set_result(leaving.code if isinstance(leaving.code, int) else 0)
            if not ended.done():
                ended.set_result(1)

        server = await asyncio.start_server(connected, host, port)
        address = server.sockets[0].getsockname()
        say(f"listening on {address[0]}:{address[1]}")
        async with server:
            code = await ended
        raise SystemExit(code)

    try:
        asyncio.run(main())
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 0
    except KeyboardInterrupt:
        return 130
    return 0


class _StreamWriter:
    """Writes to a TCP client."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    def write(self, data: bytes) -> None:
        if not self._writer.is_closing():
            self._writer.write(data)

    def close(self) -> None:
        self._writer.close()
