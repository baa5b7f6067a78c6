"""What is known to go wrong with language servers on pygls, each shown not to happen here."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from json import dumps
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from archlint.server.position import Text
from tests.server.conftest import CARD, Client, Start, environment
from tests.server.samples import write_project
from tests.server.test_position import ENCODINGS, plain_offset, plain_place
from tests.server.test_robust import Raw, raw  # noqa: F401

ODD = "# \u2028 a \x0c b \x85 c \x0b 日本 \U0001f999\n"


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("json", [False, True])
async def test_only_the_protocols_line_ends_count(
    start: Start, project: Path, encoding: str, line_end: str, json: bool
) -> None:
    """``str.splitlines`` sees lines that no editor sees, and units differ by encoding."""
    client = await start(project, encodings=[encoding])
    text = (ODD + CARD.format(figure="100 KiB").replace("Meta", "メタ \U0001f999")).replace("\n", line_end)
    if json:
        members = {"名前\u2028\x85 \U0001f999": 1, "config": {"repo": "meta/llama-3-8b"}}
        text = dumps(
            {"name": "日本\U0001f999", **members, "kv_cache_per_token_bf16": "100 KiB"}, ensure_ascii=False
        )
        text = line_end + text.replace("'", '"')
    uri = client.open(
        (project / ("x.arch.json" if json else "models.yml")).as_uri(), text, "json" if json else "yaml"
    )
    found = [item for item in await client.settled(uri, 1) if item.code == "KVC001"]
    assert len(found) == 1
    at = text.index("100 KiB") - 1
    line, character = plain_place(text, at, encoding)  # type: ignore[arg-type]
    assert (found[0].range.start.line, found[0].range.start.character) == (line, character)
    end = found[0].range.end
    assert plain_offset(text, end.line, end.character, encoding) == at + len("'100 KiB'")  # type: ignore[arg-type]
    place = types.Range(types.Position(line, character + 1), types.Position(line, character + 4))
    client.edit(uri, 2, types.TextDocumentContentChangePartial(place, "128"))
    assert not [item for item in await client.settled(uri, 2) if item.code == "KVC001"]


async def test_the_clients_first_encoding_that_is_known_is_taken(start: Start, project: Path) -> None:
    client = await start(project, encodings=["utf-7", "utf-8", "utf-16"])
    uri = client.open(
        (project / "models.yml").as_uri(), CARD.format(figure="100 KiB").replace("Meta", "日本")
    )
    found = [item for item in await client.settled(uri, 1) if item.code == "KVC001"]
    assert found


@pytest.mark.parametrize("text", ["", "\ufeff", "\n", "\r\n\r"])
async def test_empty_documents(start: Start, project: Path, text: str) -> None:
    client = await start(project)
    for name, language in (("models.yml", "yaml"), ("config.json", "json"), ("README.md", "markdown")):
        uri = client.open((project / name).as_uri(), text, language)
        await client.settled(uri, 1)
        identifier, nowhere = types.TextDocumentIdentifier(uri), types.Position(0, 0)
        assert await client.text_document_hover_async(types.HoverParams(identifier, nowhere)) is None
        await client.text_document_completion_async(types.CompletionParams(identifier, nowhere))
        assert await client.text_document_document_symbol_async(types.DocumentSymbolParams(identifier)) == []
        insert = types.TextDocumentContentChangePartial(types.Range(nowhere, nowhere), "x")
        client.edit(uri, 2, insert)
        await client.settled(uri, 2)


def test_an_edit_in_a_long_file_is_cheap() -> None:
    """pygls splits the whole text for each position and each edit: 24 to 36 ms on 50,000 lines."""
    text = Text("  key: value\n" * 50_000)
    began = time.process_time()
    for number in range(100):
        at = text.offset(25_000, 3)
        text = text.replaced(at, at, "x" if number % 10 else "\n")
        text.place(at)
    assert (time.process_time() - began) / 100 < 0.012


def test_a_text_is_never_changed_under_a_reader() -> None:
    before = Text("a\nb\n")
    after = before.replaced(0, 1, "x\ny")
    assert (before.value, before.starts) == ("a\nb\n", [0, 2, 4])
    assert (after.value, after.starts) == ("x\ny\nb\n", [0, 2, 4, 6])


async def test_a_long_lint_holds_up_no_other_request(start: Start, tmp_path: Path) -> None:
    """pygls reads its input on the pool that runs slow handlers."""
    path = write_project(tmp_path, 400)
    client = await start(tmp_path)
    uri = client.open(path.as_uri(), path.read_text(encoding="utf-8"))
    slow = asyncio.ensure_future(
        client.text_document_document_symbol_async(
            types.DocumentSymbolParams(types.TextDocumentIdentifier(uri))
        )
    )
    waits = []
    for _ in range(20):
        began = time.perf_counter()
        position = types.HoverParams(
            types.TextDocumentIdentifier("file:///unknown.yml"), types.Position(0, 0)
        )
        await client.text_document_hover_async(position)
        waits.append(time.perf_counter() - began)
        if slow.done():
            break
    assert len(await slow) == 400
    assert sorted(waits)[len(waits) // 2] < 0.3


async def test_a_burst_of_edits_is_linted_together(start: Start, tmp_path: Path) -> None:
    """There is no fixed delay; what comes while a lint runs is linted once."""
    path = write_project(tmp_path, 100)
    client = await start(tmp_path)
    uri = client.open(path.as_uri(), path.read_text(encoding="utf-8"))
    await client.settled(uri, 1)
    place = types.Position(5, 20)
    for version in range(2, 202):
        client.edit(uri, version, types.TextDocumentContentChangePartial(types.Range(place, place), "x"))
    await client.settled(uri, 201)
    versions = [each.version for each in client.publishes if each.uri == uri]
    assert versions == sorted(set(versions))
    assert len(versions) < 150


async def test_a_late_or_second_reply_of_the_client_is_no_matter(raw: Raw, project: Path) -> None:  # noqa: F811
    """pygls fails on a reply to a request whose task was cancelled."""
    await raw.initialize(project, workspace={"configuration": True})
    asked: list[Any] = []
    while not asked:
        message = await raw.hear()
        if message.get("method") == "workspace/configuration":
            asked.append(message)
    raw.say(method="workspace/didChangeConfiguration", params={"settings": {}})
    for _ in range(3):
        raw.say(id=asked[0]["id"], result=[None, None])
    raw.say(id=asked[0]["id"], error={"code": 1, "message": "no"})
    while True:
        message = await raw.hear()
        if message.get("method") == "workspace/configuration":
            break
    raw.say(id=message["id"], error={"code": -32601, "message": "not here"})
    uri = (project / "models.yml").as_uri()
    raw.open(uri, CARD.format(figure="100 KiB"))
    assert await raw.diagnostics(uri, 1)


def test_the_command_line_does_not_load_the_server(project: Path) -> None:
    """pygls takes a third of a second to import."""
    script = (
        "import sys; from archlint.cli import main; code = main(['check', 'models.yml', '--exit-zero']);"
        "print([name for name in ('pygls', 'lsprotocol', 'asyncio') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=project,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


async def test_a_crash_of_the_linter_is_told_and_survived(start: Start, tmp_path: Path) -> None:
    """Deeply nested text, the usual way to exhaust a parser."""
    client = await start(tmp_path)
    deep = "Model:\n  scale: " + "[" * 20_000
    uri = client.open((tmp_path / "models.yml").as_uri(), deep)
    await client.settled(uri, 1)
    client.replace(uri, 2, CARD.format(figure="128 KiB").replace("2024-04-18", "2024-13-18"))
    assert await settled_codes(client, uri, 2)


async def settled_codes(client: Client, uri: str, version: int) -> set[str]:
    return {str(item.code) for item in await client.settled(uri, version)}
