"""Whatever is sent: no crash, no silence where an answer is due, no stale squiggle."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.conftest import CARD, LLAMA, command, environment

WRONG = CARD.format(figure="100 KiB")


class Raw:
    """A server process and its bare streams."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.others: list[Any] = []
        self._number = 0

    def send(self, body: bytes, header: bytes | None = None) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write((header or b"Content-Length: %d\r\n\r\n" % len(body)) + body)

    def say(self, **message: Any) -> None:
        self.send(json.dumps({"jsonrpc": "2.0", **message}).encode())

    async def hear(self) -> Any:
        stream = self.process.stdout
        assert stream is not None
        length = 0
        while (line := await asyncio.wait_for(stream.readline(), 30)) != b"\r\n":
            assert line, "the server ended"
            name, _, value = line.decode().partition(":")
            if name == "Content-Length":
                length = int(value)
        return json.loads(await stream.readexactly(length))

    async def answer(self, number: Any) -> Any:
        while True:
            message = await self.hear()
            if message.get("id") == number and "method" not in message:
                return message
            self.others.append(message)

    async def ask(self, method: str, params: Any = None) -> Any:
        self._number += 1
        self.say(id=self._number, method=method, params=params)
        return await self.answer(self._number)

    async def diagnostics(self, uri: str, version: int | None) -> Any:
        while True:
            message = await self.hear()
            params = message.get("params") or {}
            right = message.get("method") == "textDocument/publishDiagnostics" and params["uri"] == uri
            if right and params.get("version") == version:
                return params["diagnostics"]

    def open(self, uri: str, text: str, language: str = "yaml", version: int = 1) -> None:
        item = {"uri": uri, "languageId": language, "version": version, "text": text}
        self.say(method="textDocument/didOpen", params={"textDocument": item})

    def change(self, uri: str, version: int, *changes: Any) -> None:
        params = {"textDocument": {"uri": uri, "version": version}, "contentChanges": list(changes)}
        self.say(method="textDocument/didChange", params=params)

    async def initialize(self, root: Path, **capabilities: Any) -> Any:
        params = {"processId": None, "rootUri": root.as_uri(), "capabilities": capabilities}
        found = await self.ask("initialize", params)
        self.say(method="initialized", params={})
        return found["result"]


@pytest.fixture
async def raw() -> AsyncIterator[Raw]:
    process = await asyncio.create_subprocess_exec(
        *command(),
        env=environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=1 << 26,
    )
    server = Raw(process)
    yield server
    if process.returncode is None:
        server.say(id="bye", method="shutdown")
        await server.answer("bye")
        server.say(method="exit")
        assert await asyncio.wait_for(process.wait(), 20) == 0
    assert process.stderr is not None
    assert b"Traceback" not in await process.stderr.read()


def error(message: Any) -> int:
    return int(message["error"]["code"])


async def test_malformed_messages_are_refused_and_the_next_is_answered(raw: Raw, project: Path) -> None:
    await raw.initialize(project)
    for body, code in (
        (b"{", -32700),
        (b"\xff\xfe", -32700),
        (b"[" * 5000, -32700),
        (b"[]", -32600),
        (b"17", -32600),
        (b'{"id": 5, "method": "shutdown"}', -32600),
        (b'{"jsonrpc": "2.0", "id": {}, "method": "shutdown"}', -32600),
        (b'{"jsonrpc": "2.0", "id": 6, "method": 7}', -32600),
        (b'{"jsonrpc": "2.0", "id": 8}', -32600),
    ):
        raw.send(body)
        while "error" not in (message := await raw.hear()):
            pass
        assert error(message) == code, body
    for method, params in (
        ("textDocument/hover", None),
        ("textDocument/hover", {"textDocument": {"uri": 5}, "position": {"line": "x"}}),
        (
            "textDocument/hover",
            {"textDocument": {"uri": "file:///x"}, "position": {"line": -1, "character": 0}},
        ),
        ("textDocument/completion", []),
    ):
        assert error(await raw.ask(method, params)) == -32602, params
    assert error(await raw.ask("no/suchMethod", {})) == -32601
    assert (
        error(await raw.ask("initialize", {"capabilities": {}, "processId": None, "rootUri": None})) == -32600
    )
    raw.say(id="unheard", result=None)
    raw.say(method="$/unknown", params={"x": 1})
    raw.say(method="textDocument/didChange", params={"nonsense": True})
    raw.say(method="textDocument/didOpen")
    raw.send(b"", header=b"garbage\r\nX-Header: y\r\n")
    hover = {"textDocument": {"uri": "file:///nowhere.yml"}, "position": {"line": 0, "character": 0}}
    assert (await raw.ask("textDocument/hover", hover))["result"] is None


async def test_headers_in_any_case_and_bodies_in_pieces(raw: Raw, project: Path) -> None:
    await raw.initialize(project)
    body = json.dumps(
        {"jsonrpc": "2.0", "id": "x", "method": "workspace/symbol", "params": {"query": ""}}
    ).encode()
    assert raw.process.stdin is not None
    raw.process.stdin.write(b"content-type: x\r\ncontent-length:%d\r\n\r\n" % len(body) + body[:7])
    await raw.process.stdin.drain()
    await asyncio.sleep(0.05)
    raw.process.stdin.write(body[7:])
    assert "result" in await raw.answer("x")


async def test_requests_before_initialize_and_after_shutdown_are_refused(raw: Raw, project: Path) -> None:
    assert error(await raw.ask("workspace/symbol", {"query": ""})) == -32002
    await raw.initialize(project)
    await raw.ask("shutdown")
    assert error(await raw.ask("workspace/symbol", {"query": ""})) == -32600
    raw.say(method="exit")
    assert await asyncio.wait_for(raw.process.wait(), 20) == 0


async def test_exit_without_shutdown_is_code_1(raw: Raw, project: Path) -> None:
    await raw.initialize(project)
    raw.say(method="exit")
    assert await asyncio.wait_for(raw.process.wait(), 20) == 1


async def test_the_server_ends_with_its_client(raw: Raw, project: Path) -> None:
    await raw.initialize(project)
    assert raw.process.stdin is not None
    raw.process.stdin.close()
    assert await asyncio.wait_for(raw.process.wait(), 20) == 1


async def test_wrong_versions_ranges_outside_and_a_close_without_an_open(raw: Raw, project: Path) -> None:
    await raw.initialize(project)
    uri = (project / "models.yml").as_uri()
    raw.say(method="textDocument/didClose", params={"textDocument": {"uri": uri}})
    raw.change(uri, 3, {"text": "x"})
    raw.open(uri, WRONG, version=5)
    assert await raw.diagnostics(uri, 5)
    far = {"line": 2147483647, "character": 2147483647}
    start = {"line": 0, "character": 0}
    raw.change(uri, 3, {"range": {"start": far, "end": far}, "text": "\n"})
    raw.change(uri, 3, {"range": {"start": far, "end": start}, "text": CARD.format(figure="128 KiB")})
    found = await raw.diagnostics(uri, 3)
    while "KVC001" in [item["code"] for item in found]:  # of the first change, which has the same version
        found = await raw.diagnostics(uri, 3)
    raw.open(uri, WRONG, version=1)
    found = await raw.diagnostics(uri, 1)
    assert "KVC001" in [item["code"] for item in found]
    position = {"textDocument": {"uri": uri}, "position": far}
    for method in ("hover", "completion", "definition"):
        assert "error" not in await raw.ask(f"textDocument/{method}", position)
    for uri in ("file:", "file:///%00", "file://host/share/x.json", "nonsense", ""):
        raw.open(uri, LLAMA, "json")
        assert "error" not in await raw.ask("textDocument/documentSymbol", {"textDocument": {"uri": uri}})


async def test_a_50_mb_file(raw: Raw, project: Path) -> None:
    await raw.initialize(project)
    uri = (project / "big" / "config.json").as_uri()
    filler = "0, " * (17 << 20)
    raw.open(uri, LLAMA.rstrip("}\n") + f', "x": [{filler}0]' + "}", "json")
    small = (project / "models.yml").as_uri()
    found = await raw.diagnostics(uri, 1)
    assert len(found) == 1
    raw.open(small, WRONG)
    assert await raw.diagnostics(small, 1)
    hover = {"textDocument": {"uri": uri}, "position": {"line": 1, "character": 3}}
    assert "error" not in await raw.ask("textDocument/hover", hover)
    raw.change(uri, 2, {"text": LLAMA})
    assert "error" not in await raw.ask("textDocument/hover", hover)


async def test_text_from_a_file_cannot_become_markup(raw: Raw, project: Path) -> None:
    await raw.initialize(project)
    uri = (project / "evil.yml").as_uri()
    evil = "[run](command:workbench.action.terminal.new) <img src=x onerror=1> **b** `` ` `` | a"
    text = (
        CARD.format(figure="100 KiB")
        .replace("Llama 3 8B:", f"{json.dumps(evil)}:")
        .replace("Meta", json.dumps(evil))
    )
    raw.open(uri, text)
    for line in range(12):
        position = {"textDocument": {"uri": uri}, "position": {"line": line, "character": 4}}
        answer = await raw.ask("textDocument/hover", position)
        said = ((answer["result"] or {}).get("contents") or {}).get("value", "")
        outside = "".join(part for number, part in enumerate(said.split("```")) if number % 2 == 0)
        assert re.search(r"(?<!\\)\](?=\\?\(command)|(?<!\\)<img|(?<!\\)\*\*b", outside) is None, outside


async def test_many_edits_end_with_the_right_diagnostics(raw: Raw, project: Path) -> None:
    await soak(raw, project, 400)


@pytest.mark.soak
async def test_ten_thousand_edits(raw: Raw, project: Path) -> None:
    await soak(raw, project, 10_000)


async def soak(raw: Raw, project: Path, edits: int) -> None:
    """Type and delete at 200 edits a second; memory must be flat, and the last diagnostics right."""
    await raw.initialize(project)
    uri = (project / "models.yml").as_uri()
    text = "".join(WRONG.replace("Llama 3 8B", f"Llama 3 8B v{number}") for number in range(20))
    raw.open(uri, text)
    await raw.diagnostics(uri, 1)
    line = text[: text.index("100 KiB")].count("\n")
    heard: list[Any] = []

    async def listen() -> None:
        while not heard or heard[-1].get("version") != edits + 2:
            message = await raw.hear()
            if message.get("method") == "textDocument/publishDiagnostics":
                heard.append(
                    {"version": message["params"].get("version"), "found": message["params"]["diagnostics"]}
                )

    listening = asyncio.ensure_future(listen())
    sizes = []
    for number in range(edits):
        place = {"line": line, "character": 28}
        after = {"line": line, "character": 29}
        change = {"range": {"start": place, "end": place}, "text": "9"}
        if number % 2:
            change = {"range": {"start": place, "end": after}, "text": ""}
        raw.change(uri, number + 2, change)
        if number % 20 == 0:
            assert raw.process.stdin is not None
            await raw.process.stdin.drain()
            sizes.append(memory(raw.process.pid))
        await asyncio.sleep(0.005)
    raw.change(uri, edits + 2, {"text": text.replace("100 KiB", "128 KiB")})
    await asyncio.wait_for(listening, 60)
    versions = [each["version"] for each in heard]
    assert versions == sorted(versions)
    assert "KVC001" not in [item["code"] for item in heard[-1]["found"]]
    quarter = len(sizes) // 4
    assert max(sizes[-quarter:]) < max(sizes[quarter : 2 * quarter]) * 1.1 + 2, sizes


def memory(pid: int) -> float:
    """Resident MiB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / (1 << 20)


async def test_over_tcp(project: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *command(), "--tcp", "127.0.0.1:0", env=environment(), stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    line = (await asyncio.wait_for(process.stderr.readline(), 30)).decode()
    host, _, port = line.rsplit(" ", 1)[-1].strip().rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=1 << 24)
    server = Raw(process)
    process.stdin, process.stdout = writer, reader
    assert (await server.initialize(project))["serverInfo"]["name"] == "archlint"
    uri = (project / "models.yml").as_uri()
    server.open(uri, WRONG)
    assert await server.diagnostics(uri, 1)
    await server.ask("shutdown")
    server.say(method="exit")
    assert await asyncio.wait_for(process.wait(), 20) == 0


@pytest.mark.parametrize("address", ["here", "127.0.0.1:99999", ":x"])
async def test_an_address_that_is_none(address: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *command(), "--tcp", address, env=environment(), stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    assert process.returncode == 2
    assert said.decode().startswith("archlint: error:")
    assert len(said.decode().splitlines()) == 1


@pytest.mark.skipif(os.name != "posix", reason="looks at processes as POSIX does")
async def test_the_server_ends_with_the_process_that_started_it(raw: Raw, project: Path) -> None:
    editor = await asyncio.create_subprocess_exec("sleep", "60")
    await raw.ask("initialize", {"processId": editor.pid, "rootUri": project.as_uri(), "capabilities": {}})
    raw.say(method="initialized", params={})
    assert "error" not in await raw.ask("workspace/symbol", {"query": ""})
    editor.kill()
    await editor.wait()
    assert await asyncio.wait_for(raw.process.wait(), 20) == 1  # though nobody closed its input


async def test_a_process_that_is_not_there_is_one_of_another_machine(raw: Raw, project: Path) -> None:
    editor = await asyncio.create_subprocess_exec("true")
    await editor.wait()
    await raw.ask("initialize", {"processId": editor.pid, "rootUri": project.as_uri(), "capabilities": {}})
    raw.say(method="initialized", params={})
    await asyncio.sleep(2.5)
    assert "error" not in await raw.ask("workspace/symbol", {"query": ""})


async def test_creations_renames_and_deletions_are_asked_for(raw: Raw, project: Path) -> None:
    operations = ("didCreate", "didRename", "didDelete")
    found = await raw.initialize(project, workspace={"fileOperations": dict.fromkeys(operations, True)})
    asked = found["capabilities"]["workspace"]["fileOperations"]
    assert {name: asked[name]["filters"][0]["pattern"]["glob"] for name in asked} == dict.fromkeys(
        operations, "**/*"
    )


async def test_a_notification_with_an_id_is_refused(raw: Raw, project: Path) -> None:
    await raw.initialize(project)
    for method, params in (
        ("textDocument/didClose", {"textDocument": {"uri": "file:///x"}}),
        ("$/cancelRequest", {"id": 1}),
    ):
        assert error(await raw.ask(method, params)) == -32600


async def test_what_the_client_may_not_ask_is_no_error_of_ours(raw: Raw, project: Path) -> None:
    await raw.initialize(project)
    assert error(await raw.ask("no/suchMethod", {})) == -32601
    assert error(await raw.ask("workspace/executeCommand", {"command": "none"})) == -32602
    await raw.ask("workspace/symbol", {"query": ""})
    told = [
        message["params"]["message"] for message in raw.others if message.get("method") == "window/logMessage"
    ]
    assert len(told) == 2
    assert not any("internal" in each for each in told)


async def test_a_range_drawn_upwards(raw: Raw, project: Path) -> None:
    await raw.initialize(project)
    uri = (project / "models.yml").as_uri()
    raw.open(uri, WRONG)
    await raw.diagnostics(uri, 1)
    places = [{"line": 0, "character": 0}, {"line": 12, "character": 3}]
    answers = []
    for start, end in (places, places[::-1]):
        params = {
            "textDocument": {"uri": uri},
            "range": {"start": start, "end": end},
            "context": {"diagnostics": []},
        }
        actions = (await raw.ask("textDocument/codeAction", params))["result"]
        hints = (await raw.ask("textDocument/inlayHint", params))["result"]
        answers.append(([each["title"] for each in actions], [each["label"] for each in hints]))
    assert answers[0] == answers[1]
    assert len(answers[0][0]) > 2
    assert answers[0][1]


async def test_input_that_ends_after_shutdown_is_code_0(raw: Raw, project: Path) -> None:
    await raw.initialize(project)
    await raw.ask("shutdown")
    assert raw.process.stdin is not None
    raw.process.stdin.close()
    assert await asyncio.wait_for(raw.process.wait(), 20) == 0
