"""Workspaces: several roots, files outside, untitled documents, settings, scans, cancellation."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from archlint.server.workspace import Workspace
from tests.server.conftest import CARD, LLAMA, Client, Start
from tests.server.samples import OWN_RULE, write_project

WRONG = CARD.format(figure="100 KiB")


def codes(items: Any) -> set[str]:
    return {item.code for item in items}


async def until(told: Any, seconds: float = 10) -> None:
    for _ in range(int(seconds * 100)):
        if told():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen")


async def everything(client: Client, previous: list[types.PreviousResultId] | None = None) -> dict[str, Any]:
    found = await client.workspace_diagnostic_async(types.WorkspaceDiagnosticParams(previous or []))
    return {item.uri: item for item in found.items}


async def test_workspace_diagnostics_with_result_ids(start: Start, project: Path) -> None:
    client = await start(project, pull=True)
    gallery, config = project / "models.yml", project / "configs" / "meta" / "llama-3-8b" / "config.json"
    first = await everything(client)
    assert set(first) == {gallery.as_uri(), config.as_uri()}
    assert "KVC001" in codes(first[gallery.as_uri()].items)
    known = [types.PreviousResultId(uri, item.result_id) for uri, item in first.items()]
    again = await everything(client, known)
    assert {item.kind for item in again.values()} == {"unchanged"}
    gallery.write_text(CARD.format(figure="128 KiB"), encoding="utf-8")
    after = await everything(client, known)
    assert after[gallery.as_uri()].kind == "full"
    assert "KVC001" not in codes(after[gallery.as_uri()].items)
    assert after[config.as_uri()].kind == "unchanged"
    config.write_text(LLAMA.replace('heads": 8', 'heads": 4'), encoding="utf-8")
    known = [types.PreviousResultId(uri, item.result_id) for uri, item in after.items() if item.result_id]
    after = await everything(client, known)
    assert "KVC001" in codes(after[gallery.as_uri()].items)
    gallery.unlink()
    gone = await everything(client, known)
    assert list(gone[gallery.as_uri()].items) == []


async def test_partial_results_are_streamed(start: Start, tmp_path: Path) -> None:
    for number in range(60):
        folder = tmp_path / f"m{number}"
        folder.mkdir()
        (folder / "config.json").write_text(LLAMA, encoding="utf-8")
    client = await start(tmp_path, pull=True)
    seen: list[Any] = []
    client.protocol.fm.features[types.PROGRESS] = lambda params: seen.append(params)
    final = await client.workspace_diagnostic_async(
        types.WorkspaceDiagnosticParams([], partial_result_token="part")
    )
    parts = [params.value["items"] for params in seen if params.token == "part"]
    assert len(parts) == 2
    assert sum(map(len, parts)) + len(final.items) == 60


async def test_two_roots_each_with_its_own_configuration(start: Start, tmp_path: Path) -> None:
    roots = []
    for name in ("one", "two"):
        root = tmp_path / name
        (root / "configs" / "meta" / "llama-3-8b").mkdir(parents=True)
        (root / "configs" / "meta" / "llama-3-8b" / "config.json").write_text(LLAMA, encoding="utf-8")
        (root / "archlint.toml").write_text('configs = ["configs"]\n', encoding="utf-8")
        roots.append(root)
    with (tmp_path / "two" / "archlint.toml").open("a") as file:
        file.write('ignore = ["KVC"]\n')
    client = await start(*roots)
    one = client.open((roots[0] / "models.yml").as_uri(), WRONG)
    two = client.open((roots[1] / "models.yml").as_uri(), WRONG)
    assert "KVC001" in codes(await client.settled(one, 1))
    assert "KVC001" not in codes(await client.settled(two, 1))
    client.workspace_did_change_workspace_folders(
        types.DidChangeWorkspaceFoldersParams(
            types.WorkspaceFoldersChangeEvent([], [types.WorkspaceFolder(roots[1].as_uri(), "two")])
        )
    )
    symbols = await client.workspace_symbol_async(types.WorkspaceSymbolParams("llama-3"))
    assert {symbol.location.uri for symbol in symbols if "config.json" in symbol.location.uri} == {
        (roots[0] / "configs" / "meta" / "llama-3-8b" / "config.json").as_uri()
    }


async def test_the_nearest_configuration_wins(start: Start, project: Path) -> None:
    inner = project / "inner"
    inner.mkdir()
    (inner / "archlint.toml").write_text('configs = ["../configs"]\nseverity = {KVC001 = "info"}\n')
    client = await start(project)
    uri = client.open((inner / "models.yml").as_uri(), WRONG)
    (found,) = [item for item in await client.settled(uri, 1) if item.code == "KVC001"]
    assert found.severity == types.DiagnosticSeverity.Information


async def test_a_file_outside_every_root(
    start: Start, project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    client = await start(tmp_path_factory.mktemp("elsewhere"))
    uri = client.open((project / "models.yml").as_uri(), WRONG)
    assert "KVC001" in codes(await client.settled(uri, 1))


@pytest.mark.parametrize("language", ["yaml", "json"])
async def test_an_untitled_document(start: Start, tmp_path: Path, language: str) -> None:
    client = await start(tmp_path, options={"configs": []})
    text = LLAMA.replace('"num_key_value_heads": 8', '"num_key_value_heads": 7')
    uri = client.open("untitled:Untitled-1", text if language == "json" else WRONG, language)
    found = await client.settled(uri, 1)
    assert ("ATT002" if language == "json" else "KVC") in codes(found) or language == "yaml"
    said = await client.text_document_document_symbol_async(
        types.DocumentSymbolParams(types.TextDocumentIdentifier(uri))
    )
    assert [symbol.name for symbol in said] == ["Llama 3 8B" if language == "yaml" else "Untitled-1"]


async def test_initialization_options_and_settings_are_laid_over_the_file(
    start: Start, project: Path
) -> None:
    client = await start(project, options={"ignore": ["KVC"]})
    uri = client.open((project / "models.yml").as_uri(), WRONG)
    assert "KVC001" not in codes(await client.settled(uri, 1))
    client.workspace_did_change_configuration(
        types.DidChangeConfigurationParams({"archlint": {"ignore": ["LIC"], "unknownToTheServer": 1}})
    )
    await until(lambda: "KVC001" in codes(client.pushed[uri].diagnostics))


async def test_settings_are_asked_for_by_folder(start: Start, project: Path) -> None:
    def prepare(client: Client) -> None:
        client.set_configuration({"archlint": {"ignore": ["KVC"]}}, scope_uri=project.as_uri())

    client = await start(project, configuration=True, prepare=prepare)
    uri = client.open((project / "models.yml").as_uri(), WRONG)
    await until(lambda: uri in client.pushed and "KVC001" not in codes(client.pushed[uri].diagnostics))


async def test_a_changed_configuration_file_refreshes(start: Start, project: Path) -> None:
    client = await start(project, pull=True, watch=True)
    uri = client.open((project / "models.yml").as_uri(), WRONG)
    assert "KVC001" in codes((await client.pull(uri)).items)
    await until(lambda: client.registrations)
    assert {each.method for each in client.registrations} == {"workspace/didChangeWatchedFiles"}
    (project / "archlint.toml").write_text('configs = ["configs"]\nignore = ["KVC"]\n', encoding="utf-8")
    client.workspace_did_change_watched_files(
        types.DidChangeWatchedFilesParams(
            [types.FileEvent((project / "archlint.toml").as_uri(), types.FileChangeType.Changed)]
        )
    )
    await until(lambda: "diagnostics" in client.refreshed)
    await until(lambda: {"hints", "lenses"} <= set(client.refreshed))
    assert "KVC001" not in codes((await client.pull(uri)).items)


async def test_a_changed_linked_config_refreshes(start: Start, project: Path) -> None:
    client = await start(project, pull=True, watch=True)
    uri = client.open((project / "models.yml").as_uri(), CARD.format(figure="128 KiB"))
    assert "KVC001" not in codes((await client.pull(uri)).items)
    config = project / "configs" / "meta" / "llama-3-8b" / "config.json"
    config.write_text(LLAMA.replace('heads": 8', 'heads": 4'), encoding="utf-8")
    client.workspace_did_change_watched_files(
        types.DidChangeWatchedFilesParams([types.FileEvent(config.as_uri(), types.FileChangeType.Changed)])
    )
    await until(lambda: "diagnostics" in client.refreshed)
    assert "KVC001" in codes((await client.pull(uri)).items)


async def test_a_wrong_configuration_is_told_once_and_defaults_hold(start: Start, project: Path) -> None:
    (project / "archlint.toml").write_text('confgis = ["configs"]\n', encoding="utf-8")
    client = await start(project)
    uri = client.open((project / "models.yml").as_uri(), WRONG)
    await client.settled(uri, 1)
    client.replace(uri, 2, WRONG + "\n")
    await client.settled(uri, 2)
    assert len([said for said in client.messages if "confgis" in said.message]) == 1


async def test_rules_of_ones_own(start: Start, project: Path) -> None:
    (project / "lint").mkdir()
    rule = project / "lint" / "own.yaml"
    text = OWN_RULE
    rule.write_text(text, encoding="utf-8")
    (project / "archlint.toml").write_text('rules = ["lint/*.yaml"]\n', encoding="utf-8")
    client = await start(project)
    uri = client.open((project / "models.yml").as_uri(), WRONG)
    found = await client.settled(uri, 1)
    assert "OWN001" in codes(found), [said.message for said in client.messages]
    rule.write_text(text.replace("card.company !=", "card.compny !="), encoding="utf-8")
    client.workspace_did_change_watched_files(
        types.DidChangeWatchedFilesParams([types.FileEvent(rule.as_uri(), types.FileChangeType.Changed)])
    )
    await until(lambda: client.messages)
    assert "own.yaml" in client.messages[0].message
    await until(lambda: "OWN001" not in codes(client.pushed[uri].diagnostics))


async def test_deleted_files_are_cleared(start: Start, project: Path) -> None:
    client = await start(project)
    uri = client.open((project / "models.yml").as_uri(), WRONG)
    assert await client.settled(uri, 1)
    (project / "models.yml").unlink()
    client.workspace_did_delete_files(types.DeleteFilesParams([types.FileDelete(uri)]))
    await until(lambda: not client.pushed[uri].diagnostics)


async def test_a_scan_shows_progress_and_requests_are_answered_meanwhile(
    start: Start, tmp_path: Path
) -> None:
    gallery = write_project(tmp_path, 300)
    client = await start(tmp_path, progress=True)
    uri = client.open(gallery.as_uri(), gallery.read_text(encoding="utf-8"))
    found = await client.text_document_hover_async(
        types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(1, 2))
    )
    assert found is not None
    await until(
        lambda: any(kinds(reports)[-1:] == ["end"] for reports in client.progress_reports.values()), 30
    )
    (reports,) = client.progress_reports.values()
    assert kinds(reports)[0] == "begin"
    assert "report" in kinds(reports)
    assert reports[0].cancellable


def kinds(reports: list[Any]) -> list[str]:
    return [report.kind for report in reports]


async def test_a_cancelled_request_says_so_and_the_next_is_answered(start: Start, tmp_path: Path) -> None:
    gallery = write_project(tmp_path, 200)
    client = await start(tmp_path, pull=True)
    uri = client.open(gallery.as_uri(), gallery.read_text(encoding="utf-8"))
    pending = client.protocol.send_request(
        types.TEXT_DOCUMENT_DIAGNOSTIC,
        types.DocumentDiagnosticParams(types.TextDocumentIdentifier(uri)),
        msg_id=77,
    )
    client.cancel_request(types.CancelParams(77))
    with pytest.raises(JsonRpcException, match="cancel"):
        await asyncio.wrap_future(pending)
    assert (await client.pull(uri)).items


async def test_switched_off(start: Start, project: Path) -> None:
    client = await start(project, options={"enable": False})
    uri = client.open((project / "models.yml").as_uri(), WRONG)
    assert await client.settled(uri, 1) == []


def test_a_folder_of_configs_that_is_not_there_is_said_and_nothing_else_is_lost(tmp_path: Path) -> None:
    (tmp_path / "archlint.toml").write_text('configs = ["nowhere"]\nprofile = "strict"\n', encoding="utf-8")
    workspace, said = Workspace(lambda path: None), []
    workspace.folders, workspace.complain = (tmp_path,), said.append
    for _ in range(2):
        assert workspace.settings(tmp_path / "models.yml").profile == "strict"
    assert said == [f"{tmp_path / 'archlint.toml'}: configs: nowhere: no such folder"]
