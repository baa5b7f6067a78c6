"""Diagnostics: pushed or pulled, never both; cleared, refreshed, versioned."""

from __future__ import annotations

import asyncio
from pathlib import Path

from lsprotocol import types

from tests.server.conftest import CARD, LLAMA, Start


def wrong(items: list[types.Diagnostic]) -> list[types.Diagnostic]:
    return [item for item in items if item.code == "KVC001"]


async def test_pushed_to_a_client_that_cannot_pull(start: Start, project: Path) -> None:
    client = await start(project)
    uri = client.open((project / "models.yml").as_uri(), CARD.format(figure="100 KiB"))
    (found,) = wrong(await client.settled(uri, 1))
    assert found.severity == types.DiagnosticSeverity.Error
    assert found.source == "archlint"
    assert "128 KiB" in found.message
    assert found.range.start == types.Position(10, 27)
    assert any("config.json" in note.location.uri for note in found.related_information)
    client.replace(uri, 2, CARD.format(figure="128 KiB"))
    assert wrong(await client.settled(uri, 2)) == []
    client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
    for _ in range(500):
        if not client.pushed[uri].diagnostics and client.pushed[uri].version is None:
            break
        await asyncio.sleep(0.01)
    assert not client.pushed[uri].diagnostics


async def test_pulled_by_a_client_that_can_and_then_never_pushed(start: Start, project: Path) -> None:
    client = await start(project, pull=True)
    uri = client.open((project / "models.yml").as_uri(), CARD.format(figure="100 KiB"))
    report = await client.pull(uri)
    assert len(wrong(report.items)) == 1
    again = await client.pull(uri, report.result_id)
    assert isinstance(again, types.RelatedUnchangedDocumentDiagnosticReport)
    client.replace(uri, 2, CARD.format(figure="128 KiB"))
    after = await client.pull(uri, report.result_id)
    assert wrong(after.items) == []
    assert after.result_id != report.result_id
    assert client.publishes == []


async def test_an_edited_config_changes_the_card(start: Start, project: Path) -> None:
    client = await start(project)
    uri = client.open((project / "models.yml").as_uri(), CARD.format(figure="128 KiB"))
    assert wrong(await client.settled(uri, 1)) == []
    config = project / "configs" / "meta" / "llama-3-8b" / "config.json"
    other = client.open(config.as_uri(), LLAMA, "json")
    client.replace(other, 2, LLAMA.replace('"num_key_value_heads": 8', '"num_key_value_heads": 4'))
    for _ in range(500):
        if wrong(list(client.pushed[uri].diagnostics)):
            break
        await asyncio.sleep(0.01)
    (found,) = wrong(list(client.pushed[uri].diagnostics))
    assert "64 KiB" in found.message


async def test_what_is_no_spec_file_is_left_alone(start: Start, tmp_path: Path) -> None:
    client = await start(tmp_path)
    uri = client.open((tmp_path / "package.json").as_uri(), '{"name": "x", "version": "1.0.0",}', "json")
    assert await client.settled(uri, 1) == []
