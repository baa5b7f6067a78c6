"""What a document's diagnostics rest on besides its own text: linked configs, the baseline, exclusions, deletions."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from lsprotocol import types

from tests.server.conftest import CARD, LLAMA, Client, Start, environment
from tests.server.samples import OWN_RULE
from tests.server.test_workspace import codes, everything, until

RIGHT, WRONG = CARD.format(figure="128 KiB"), CARD.format(figure="100 KiB")
FOUR_HEADS = LLAMA.replace('heads": 8', 'heads": 4')
NEIGHBOUR = "name: A\nscale: 8B\nkv_cache_per_token_bf16: 128 KiB\n"


def config_of(project: Path) -> str:
    return (project / "configs" / "meta" / "llama-3-8b" / "config.json").as_uri()


def is_wrong(client: Client, uri: str) -> bool:
    return "KVC001" in codes(client.pushed[uri].diagnostics)


async def test_a_card_follows_its_config_through_states_that_are_none(start: Start, project: Path) -> None:
    client = await start(project)
    card = client.open((project / "models.yml").as_uri(), RIGHT)
    await client.settled(card, 1)
    config = client.open(config_of(project), LLAMA, "json")
    version = 1
    for broken in ("", "[", '{"num', '{"a": 1}'):
        for text, wrong in ((broken, False), (FOUR_HEADS, True)):
            version += 1
            client.replace(config, version, text)
            await until(lambda wrong=wrong: is_wrong(client, card) == wrong)  # type: ignore[misc]
    client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(config)))
    await until(lambda: not is_wrong(client, card))


async def test_a_client_that_pulls_is_asked_to_pull_a_card_whose_config_is_edited(
    start: Start, project: Path
) -> None:
    client = await start(project, pull=True)
    card = client.open((project / "models.yml").as_uri(), RIGHT)
    config = client.open(config_of(project), LLAMA, "json")
    assert "KVC001" not in codes((await client.pull(card)).items)
    await client.pull(config)
    client.refreshed.clear()
    client.replace(config, 2, FOUR_HEADS)
    await until(lambda: {"diagnostics", "hints", "lenses"} <= set(client.refreshed))
    assert "KVC001" in codes((await client.pull(card)).items)
    client.refreshed.clear()
    client.replace(card, 2, WRONG)
    await client.pull(card)
    assert client.refreshed == []  # the client knows of its own edits


async def test_a_closed_card_follows_an_open_config(start: Start, project: Path) -> None:
    (project / "models.yml").write_text(RIGHT, encoding="utf-8")
    client = await start(project, pull=True)
    card = (project / "models.yml").as_uri()
    first = await everything(client)
    assert "KVC001" not in codes(first[card].items)
    client.open(config_of(project), FOUR_HEADS, "json")
    known = [types.PreviousResultId(uri, item.result_id) for uri, item in first.items()]
    assert "KVC001" in codes((await everything(client, known))[card].items)


async def test_a_config_that_is_new_is_found_once_it_is_saved(start: Start, project: Path) -> None:
    client = await start(project)  # a client that watches no files
    folder = project / "configs" / "meta" / "new"
    text = RIGHT.replace("meta/llama-3-8b", "meta/new")
    card = client.open((project / "models.yml").as_uri(), text)
    assert "KVC001" not in codes(await client.settled(card, 1))
    folder.mkdir()
    (folder / "config.json").write_text(FOUR_HEADS, encoding="utf-8")
    config = client.open((folder / "config.json").as_uri(), FOUR_HEADS, "json")
    client.text_document_did_save(types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(config)))
    await until(lambda: is_wrong(client, card))


async def test_a_config_beside_a_card_counts_before_it_is_saved(start: Start, project: Path) -> None:
    client = await start(project)
    card = client.open((project / "a.arch.yaml").as_uri(), NEIGHBOUR)
    assert "KVC001" not in codes(await client.settled(card, 1))
    client.open((project / "config.json").as_uri(), FOUR_HEADS, "json")
    await until(lambda: is_wrong(client, card))


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs links")
async def test_a_config_that_is_named_by_path_is_known_through_links(start: Start, project: Path) -> None:
    link = project.parent / "linked"
    link.symlink_to(project)
    client = await start(link)
    text = NEIGHBOUR + "architecture: configs/meta/llama-3-8b/config.json\n"
    card = client.open((link / "a.arch.yaml").as_uri(), text)
    assert "KVC001" not in codes(await client.settled(card, 1))
    client.open(config_of(link), FOUR_HEADS, "json")
    await until(lambda: is_wrong(client, card))


def accept(project: Path) -> Path:
    done = subprocess.run(
        [sys.executable, "-m", "archlint", "baseline"], cwd=project, env=environment(), check=False
    )
    assert done.returncode == 0
    return project / ".archlint-baseline.json"


@pytest.mark.parametrize("pull", [False, True])
async def test_what_the_baseline_accepts_is_no_diagnostic(start: Start, project: Path, pull: bool) -> None:
    baseline = accept(project)
    client = await start(project, pull=pull, watch=True)
    card = client.open((project / "models.yml").as_uri(), WRONG)

    async def found() -> set[str]:
        return codes((await client.pull(card)).items if pull else await client.settled(card))

    assert await found() == set()
    said = await client.text_document_hover_async(
        types.HoverParams(types.TextDocumentIdentifier(card), types.Position(10, 30))
    )
    assert said is not None
    assert "Accepted by the baseline" in said.contents.value
    client.replace(card, 2, WRONG.replace("100 KiB", "101 KiB"))
    if not pull:
        await client.settled(card, 2)
    assert "KVC001" in await found()
    client.replace(card, 3, WRONG)
    if not pull:
        await client.settled(card, 3)
    assert await found() == set()
    baseline.unlink()
    client.refreshed.clear()
    client.workspace_did_change_watched_files(
        types.DidChangeWatchedFilesParams([types.FileEvent(baseline.as_uri(), types.FileChangeType.Deleted)])
    )
    await until(lambda: "diagnostics" in client.refreshed if pull else is_wrong(client, card))
    assert "KVC001" in await found()


async def test_a_baseline_that_cannot_be_read_is_told(start: Start, project: Path) -> None:
    (project / ".archlint-baseline.json").write_text("{", encoding="utf-8")
    client = await start(project)
    card = client.open((project / "models.yml").as_uri(), WRONG)
    assert "KVC001" in codes(await client.settled(card, 1))
    assert ["not a baseline" in said.message for said in client.messages] == [True]


@pytest.mark.parametrize("pattern", ["legacy", "legacy/*", "*/legacy/**", "sub/legacy"])
async def test_an_excluded_file_has_no_diagnostics(start: Start, project: Path, pattern: str) -> None:
    (project / "archlint.toml").write_text(
        f'configs = ["configs"]\nexclude = ["{pattern}"]\n', encoding="utf-8"
    )
    client = await start(project)
    folder = project / ("legacy" if pattern == "legacy/*" else "sub/legacy")
    card = client.open((folder / "models.yml").as_uri(), WRONG)
    assert await client.settled(card, 1) == []
    lenses = await client.text_document_code_lens_async(
        types.CodeLensParams(types.TextDocumentIdentifier(card))
    )
    assert lenses
    other = client.open((project / "models.yml").as_uri(), WRONG)
    assert "KVC001" in codes(await client.settled(other, 1))


async def test_a_deleted_folder_and_a_text_that_is_kept_open(start: Start, project: Path) -> None:
    (project / "sub").mkdir()
    client = await start(project)
    card = client.open((project / "sub" / "models.yml").as_uri(), WRONG)
    assert await client.settled(card, 1)
    client.workspace_did_delete_files(types.DeleteFilesParams([types.FileDelete((project / "sub").as_uri())]))
    await until(lambda: not client.pushed[card].diagnostics)
    await asyncio.sleep(0.2)
    assert not client.pushed[card].diagnostics
    client.replace(card, 2, WRONG + "\n")  # typed on: the editor holds a text that is to be told of
    assert "KVC001" in codes(await client.settled(card, 2))


async def test_a_renamed_config(start: Start, project: Path) -> None:
    config = project / "configs" / "meta" / "llama-3-8b"
    client = await start(project)
    card = client.open((project / "models.yml").as_uri(), WRONG)
    assert "KVC001" in codes(await client.settled(card, 1))
    moved = config.with_name("another")
    config.rename(moved)
    client.workspace_did_rename_files(
        types.RenameFilesParams([types.FileRename(config.as_uri(), moved.as_uri())])
    )
    await until(lambda: not is_wrong(client, card))


async def test_symbols_know_of_files_that_came_and_went(start: Start, project: Path) -> None:
    client = await start(project, watch=True)

    async def names() -> list[str]:
        found = await client.workspace_symbol_async(types.WorkspaceSymbolParams(""))
        return sorted(symbol.name for symbol in found or [])

    assert await names() == ["Llama 3 8B", "llama-3-8b"]
    folder = project / "configs" / "meta" / "second"
    folder.mkdir()
    new = folder / "config.json"
    new.write_text(LLAMA, encoding="utf-8")
    for change, expected in (
        (types.FileChangeType.Created, ["Llama 3 8B", "llama-3-8b", "second"]),
        (types.FileChangeType.Deleted, ["Llama 3 8B", "llama-3-8b"]),
    ):
        if change == types.FileChangeType.Deleted:
            new.unlink()
        client.workspace_did_change_watched_files(
            types.DidChangeWatchedFilesParams([types.FileEvent(new.as_uri(), change)])
        )
        assert await names() == expected


async def test_a_rule_of_ones_own_that_is_broken_and_mended(start: Start, project: Path) -> None:
    (project / "lint").mkdir()
    rule = project / "lint" / "own.yaml"
    text = OWN_RULE
    rule.write_text(text, encoding="utf-8")
    (project / "archlint.toml").write_text('rules = ["lint/**/*.yaml"]\n', encoding="utf-8")
    client = await start(project)  # watches nothing: what it saves is told of
    card = client.open((project / "models.yml").as_uri(), WRONG)
    assert "OWN001" in codes(await client.settled(card, 1))
    for written in (text.replace("card.company !=", "card.compny !="), text):
        rule.write_text(written, encoding="utf-8")
        client.text_document_did_save(
            types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(rule.as_uri()))
        )
        loads = written is text
        await until(lambda loads=loads: ("OWN001" in codes(client.pushed[card].diagnostics)) == loads)  # type: ignore[misc]


async def test_a_folder_that_is_taken_away_is_no_more_scanned_at_once(start: Start, tmp_path: Path) -> None:
    roots = []
    for name in ("one", "two"):
        root = tmp_path / name
        root.mkdir()
        (root / "config.json").write_text(LLAMA, encoding="utf-8")
        roots.append(root)
    client = await start(*roots, pull=True, configuration=True)
    first = await everything(client)
    assert len(first) == 2
    client.workspace_did_change_workspace_folders(
        types.DidChangeWorkspaceFoldersParams(
            types.WorkspaceFoldersChangeEvent([], [types.WorkspaceFolder(roots[1].as_uri(), "two")])
        )
    )
    known = [types.PreviousResultId(uri, item.result_id) for uri, item in first.items()]
    after = await everything(client, known)
    gone = after[(roots[1] / "config.json").as_uri()]
    assert (gone.kind, list(gone.items)) == ("full", [])
