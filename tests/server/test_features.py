"""Every feature that a view answers, end to end against the real process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from lsprotocol import types

from tests.server.conftest import CARD, LLAMA, Client, Start, capabilities, environment


def place(text: str, of: str, behind: str = "") -> types.Position:
    """The place of the first ``of`` (behind ``behind``) in an ASCII text."""
    at = text.index(of, text.index(behind) + len(behind) if behind else 0)
    return types.Position(text.count("\n", 0, at), at - (text.rfind("\n", 0, at) + 1))


async def hover(client: Client, uri: str, position: types.Position) -> str:
    found = await client.text_document_hover_async(
        types.HoverParams(types.TextDocumentIdentifier(uri), position)
    )
    assert found is not None
    assert found.range is not None
    return found.contents.value


async def opened(start: Start, project: Path, text: str, **abilities: Any) -> tuple[Client, str]:
    client = await start(project, **abilities)
    return client, client.open((project / "models.yml").as_uri(), text)


async def test_hover_on_a_figure_gives_the_recomputed_one_with_its_arithmetic(
    start: Start, project: Path
) -> None:
    text = CARD.format(figure="100 KiB")
    client, uri = await opened(start, project, text)
    said = await hover(client, uri, place(text, "100 KiB"))
    assert "128 KiB" in said
    assert "× 2 B" in said
    assert "131,072 B" in said
    assert "KVC001" in said
    assert "config.json" in said


async def test_a_hover_says_the_arithmetic_once(start: Start, project: Path) -> None:
    text = CARD.format(figure="100 KiB")
    client, uri = await opened(start, project, text)
    said = await hover(client, uri, place(text, "100 KiB"))
    assert said.count("131,072 B") == 1


async def test_a_client_that_shows_findings_itself_gets_hovers_without(start: Start, project: Path) -> None:
    text = CARD.format(figure="100 KiB")
    client, uri = await opened(start, project, text, options={"hover": {"findings": False}})
    said = await hover(client, uri, place(text, "100 KiB"))
    assert "**128 KiB**, written `100 KiB`" in said
    assert "KVC001" not in said
    assert "131,072 B" not in said  # stands with the finding
    right = CARD.format(figure="128 KiB")
    client, uri = await opened(start, project, right, options={"hover": {"findings": False}})
    assert "131,072 B" in await hover(client, uri, place(right, "128 KiB"))


async def test_a_diagnostic_links_to_the_page_of_its_rule(start: Start, project: Path) -> None:
    client, uri = await opened(start, project, CARD.format(figure="100 KiB"))
    (found,) = [item for item in await client.settled(uri, 1) if item.code == "KVC001"]
    page = Path(unquote(found.code_description.href.removeprefix("file://")))
    assert page.read_text(encoding="utf-8").startswith("# KVC001")


async def test_hover_on_a_key_gives_its_meaning(start: Start, project: Path) -> None:
    text = CARD.format(figure="128 KiB")
    client, uri = await opened(start, project, text)
    assert "tokens" in await hover(client, uri, place(text, "context_tokens"))


async def test_hover_on_a_name_gives_the_cost_card(start: Start, project: Path) -> None:
    text = CARD.format(figure="128 KiB")
    client, uri = await opened(start, project, text)
    said = await hover(client, uri, types.Position(0, 3))
    for part in ("8.03B", "128 KiB", "1 GiB", "4 GiB", "16 GiB", "32 GQA", "Llama 3 Community License"):
        assert part in said.replace("\\", ""), part


async def test_hover_on_a_config_key_gives_its_default(start: Start, tmp_path: Path) -> None:
    client = await start(tmp_path)
    uri = client.open((tmp_path / "config.json").as_uri(), LLAMA, "json")
    said = await hover(client, uri, place(LLAMA, "num_key_value_heads"))
    assert "KV cache per token" in said
    assert "128 KiB" in said
    said = await hover(client, uri, place(LLAMA, "hidden_size"))
    assert "residual stream" in said
    assert "Default: `4096`" in said
    assert "LlamaConfig" in said


async def test_hover_says_something_of_every_key(start: Start, tmp_path: Path) -> None:
    text = """{
  "model_type": "llama",
  "num_hidden_layers": 2,
  "return_dict": true,
  "image_token_id": 5,
  "made_up": 1,
  "rope_scaling": {"beta_fast": 32, "made_up_too": 3},
  "id2label": {"0": "x"}
}
"""
    client = await start(tmp_path)
    uri = client.open((tmp_path / "config.json").as_uri(), text, "json")
    for key, told in (
        ("return_dict", "Default: `true`"),
        ("image_token_id", "image token in the vocabulary"),
        ("made_up", "LlamaConfig has no key of this name"),
        ("beta_fast", "Rotary dimensions"),
        ("made_up_too", "Part of rope"),
        ('"0"', "Names of the classes"),
    ):
        assert told in await hover(client, uri, place(text, key)), key


async def test_inlay_hints(start: Start, tmp_path: Path) -> None:
    client = await start(tmp_path)
    uri = client.open((tmp_path / "config.json").as_uri(), LLAMA, "json")
    labels = await hints(client, uri)
    assert "GQA 4:1" in labels
    assert "128 KiB/token" in labels
    assert "head_dim 128" in labels
    assert "1 GiB KV cache" in labels


async def hints(client: Client, uri: str) -> list[str]:
    whole = types.Range(types.Position(0, 0), types.Position(9999, 0))
    found = await client.text_document_inlay_hint_async(
        types.InlayHintParams(types.TextDocumentIdentifier(uri), whole)
    )
    return [hint.label for hint in found]


async def test_inlay_hints_are_configurable_by_kind(start: Start, tmp_path: Path) -> None:
    client = await start(tmp_path, options={"inlayHints": {"kvCache": False, "headDim": False}})
    uri = client.open((tmp_path / "config.json").as_uri(), LLAMA, "json")
    labels = await hints(client, uri)
    assert "GQA 4:1" in labels
    assert "128 KiB/token" not in labels
    assert "head_dim 128" not in labels
    client = await start(tmp_path, options={"inlayHints": {"enable": False}})
    uri = client.open((tmp_path / "config.json").as_uri(), LLAMA, "json")
    assert await hints(client, uri) == []


async def test_code_lens(start: Start, project: Path) -> None:
    client, uri = await opened(start, project, CARD.format(figure="100 KiB"))
    (lens,) = await client.text_document_code_lens_async(
        types.CodeLensParams(types.TextDocumentIdentifier(uri))
    )
    assert lens.command.title.startswith("8.03B parameters · 128 KiB/token · ")
    assert "1 error" in lens.command.title
    costs = await client.workspace_execute_command_async(
        types.ExecuteCommandParams(lens.command.command, lens.command.arguments)
    )
    assert costs["kv_cache"]["bytes_per_token"] == 131072


async def test_symbols_and_folds(start: Start, project: Path) -> None:
    client, uri = await opened(start, project, CARD.format(figure="128 KiB"))
    identifier = types.TextDocumentIdentifier(uri)
    (model,) = await client.text_document_document_symbol_async(types.DocumentSymbolParams(identifier))
    assert model.name == "Llama 3 8B"
    assert "8.03B" in model.detail
    assert [child.name for child in model.children][:2] == ["company", "date"]
    folds = await client.text_document_folding_range_async(types.FoldingRangeParams(identifier))
    assert (0, 13) in [(fold.start_line, fold.end_line) for fold in folds]


async def test_workspace_symbols(start: Start, project: Path) -> None:
    client = await start(project)
    found = await client.workspace_symbol_async(types.WorkspaceSymbolParams("qwen"))
    assert [symbol.name for symbol in found] == []
    found = await client.workspace_symbol_async(types.WorkspaceSymbolParams("llama3"))
    assert sorted(symbol.name for symbol in found) == ["Llama 3 8B", "llama-3-8b"]


async def test_from_card_to_config_and_back(start: Start, project: Path) -> None:
    text = CARD.format(figure="128 KiB")
    client, uri = await opened(start, project, text)
    config = (project / "configs" / "meta" / "llama-3-8b" / "config.json").as_uri()
    found = await client.text_document_definition_async(
        types.DefinitionParams(types.TextDocumentIdentifier(uri), place(text, "meta/llama"))
    )
    assert [location.uri for location in found] == [config]
    client.open(config, LLAMA, "json")
    back = await client.text_document_references_async(
        types.ReferenceParams(
            types.ReferenceContext(False), types.TextDocumentIdentifier(config), types.Position(2, 5)
        )
    )
    assert [location.uri for location in back] == [uri]


async def test_document_links(start: Start, project: Path) -> None:
    client, uri = await opened(start, project, CARD.format(figure="128 KiB"))
    links = await client.text_document_document_link_async(
        types.DocumentLinkParams(types.TextDocumentIdentifier(uri))
    )
    assert [link.target for link in links] == [
        "https://example.com/LICENSE",
        "https://huggingface.co/meta/llama-3-8b",
        "https://example.com/config.json",
    ]


async def actions(
    client: Client, uri: str, at: types.Position, only: list[str] | None = None
) -> list[types.CodeAction]:
    found = await client.text_document_code_action_async(
        types.CodeActionParams(
            types.TextDocumentIdentifier(uri),
            types.Range(at, at),
            types.CodeActionContext([], only),
        )
    )
    return list(found)


def edits_of(action: types.CodeAction) -> list[types.TextEdit]:
    (change,) = [each for each in action.edit.document_changes if isinstance(each, types.TextDocumentEdit)]
    return list(change.edits)


async def test_fixes_and_suppressions(start: Start, project: Path) -> None:
    text = CARD.format(figure="100 KiB")
    client, uri = await opened(start, project, text)
    found = await actions(client, uri, place(text, "100 KiB"))
    fix = found[0]
    assert fix.is_preferred
    assert [edit.new_text.strip("'") for edit in edits_of(fix)] == ["128 KiB"]
    assert fix.diagnostics[0].code == "KVC001"
    titles = [action.title for action in found]
    here = next(action for action in found if action.title == "Silence KVC001 here")
    assert edits_of(here)[0].new_text == "  # archlint: ignore[KVC001]"
    configured = next(a for a in found if "configuration" in a.title)
    assert configured.edit.document_changes[0].text_document.uri == (project / "archlint.toml").as_uri()
    added = edits_of(configured)[0].new_text
    for part in ("[[suppress]]", 'file = "models.yml"', 'codes = ["KVC001"]', 'model = "Llama 3 8B"'):
        assert part in added, titles
    (all_of_them,) = await actions(client, uri, types.Position(0, 0), ["source.fixAll"])
    assert all_of_them.kind == "source.fixAll.archlint"
    assert edits_of(all_of_them)


async def test_fixing_all_gives_what_the_command_gives(start: Start, project: Path) -> None:
    """A fix may bring another one to light: the key is renamed, then its value has something to fix."""
    path = project / "README.md"
    path.write_bytes(b"---\r\nlicence: MIT\r\nlanguage: en\r\n---\r\n# x\r\n")
    client = await start(project)
    text = path.read_bytes().decode()
    uri = client.open(path.as_uri(), text, "markdown")
    (everything,) = await actions(client, uri, types.Position(0, 0), ["source.fixAll.archlint"])
    (edit,) = edits_of(everything)
    assert (edit.range.start.line, edit.range.end.line) == (1, 1)
    line = text.split("\r\n")[1]
    made = line[: edit.range.start.character] + edit.new_text + line[edit.range.end.character :]
    done = subprocess.run(
        [sys.executable, "-m", "archlint", "check", "--fix", str(path)],
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
    assert made == "license: mit"
    assert path.read_bytes().decode() == text.replace(line, made)


async def test_a_missing_figure_can_be_inserted(start: Start, project: Path) -> None:
    text = "".join(line for line in CARD.format(figure="").splitlines(True) if "kv_cache" not in line)
    client, uri = await opened(start, project, text)
    found = await actions(client, uri, types.Position(0, 2))
    (insert,) = [action for action in found if "kv_cache_per_token_bf16" in action.title]
    (edit,) = edits_of(insert)
    assert edit.new_text == "\n  kv_cache_per_token_bf16: 128 KiB"
    assert edit.range.start.line == text.splitlines().index("  layer_mix: '32 GQA'")


async def complete(client: Client, uri: str, at: types.Position) -> list[types.CompletionItem]:
    found = await client.text_document_completion_async(
        types.CompletionParams(types.TextDocumentIdentifier(uri), at)
    )
    return list(found.items)


async def test_the_recomputed_figure_is_offered_first(start: Start, project: Path) -> None:
    text = CARD.format(figure="")
    client, uri = await opened(start, project, text)
    items = await complete(client, uri, place(text, "'\n", "kv_cache_per_token_bf16: '"))
    assert items[0].label == "128 KiB"
    assert items[0].text_edit.new_text == "'128 KiB'"
    assert items[0].preselect


async def test_keys_that_are_missing_are_offered(start: Start, project: Path) -> None:
    text = CARD.format(figure="128 KiB") + "  voc\n"
    client, uri = await opened(start, project, text)
    items = await complete(client, uri, types.Position(14, 5))
    by_label = {item.label: item for item in items}
    assert "company" not in by_label
    assert by_label["vocab_size"].text_edit.new_text == "vocab_size: "
    assert by_label["vocab_size"].documentation is not None
    assert by_label["vocab_size: 128,256"].text_edit.new_text == "vocab_size: '128,256'"


async def test_no_second_colon_is_written(start: Start, project: Path) -> None:
    text = CARD.format(figure="128 KiB").replace("  date:", "  da:")
    client, uri = await opened(start, project, text)
    items = await complete(client, uri, types.Position(2, 4))
    (date,) = [item for item in items if item.label == "date"]
    assert date.text_edit.new_text == "date"
    assert date.text_edit.range == types.Range(types.Position(2, 2), types.Position(2, 4))


async def test_config_keys_and_model_types(start: Start, tmp_path: Path) -> None:
    client = await start(tmp_path)
    text = '{\n  "model_type": "llama",\n  "hidden_size": 64,\n  "num_hidden_layers": 2,\n  "num_k\n}\n'
    uri = client.open((tmp_path / "config.json").as_uri(), text, "json")
    items = await complete(client, uri, types.Position(4, 8))
    (item,) = [item for item in items if item.label == "num_key_value_heads"]
    assert item.text_edit.new_text == '"num_key_value_heads": '
    assert "hidden_size" not in [item.label for item in items]
    items = await complete(client, uri, types.Position(1, 19))
    assert "qwen3_moe" in [item.label for item in items]


async def test_the_cursor_is_left_where_the_value_is_typed(start: Start, tmp_path: Path) -> None:
    can = capabilities()
    assert can.text_document is not None
    can.text_document.completion = types.CompletionClientCapabilities(
        completion_item=types.ClientCompletionItemOptions(snippet_support=True)
    )
    client = await start(tmp_path, can=can)
    text = '{\n  "model_type": "llama",\n  \n  "num_hidden_layers": 2\n}\n'
    uri = client.open((tmp_path / "config.json").as_uri(), text, "json")
    found = {item.label: item for item in await complete(client, uri, types.Position(2, 2))}
    assert found["vocab_size"].text_edit.new_text == '"vocab_size": $0,'
    assert found["architectures"].text_edit.new_text == '"architectures": [$0],'
    assert found["vocab_size"].insert_text_format == types.InsertTextFormat.Snippet
    items = await complete(client, uri, types.Position(1, 17))
    assert all(item.insert_text_format is None for item in items)


async def test_costs_on_request(start: Start, project: Path) -> None:
    text = CARD.format(figure="128 KiB")
    client, uri = await opened(start, project, text)
    costs = await client.ask(
        "archlint/costs", {"textDocument": {"uri": uri}, "position": {"line": 3, "character": 4}}
    )
    assert costs.name == "Llama 3 8B"
    assert costs.parameters.total == 8030261248
    assert costs.layers.total == 32
    assert len(costs.layers.sequence) == 32


async def test_commands(start: Start, project: Path) -> None:
    text = CARD.format(figure="128 KiB")
    client, uri = await opened(start, project, text + text.replace("Llama 3 8B", "Llama 3 8B again"))
    page = await client.workspace_execute_command_async(
        types.ExecuteCommandParams("archlint.showDerivation", [{"uri": uri}])
    )
    assert "131,072 B" in page
    both = await client.workspace_execute_command_async(
        types.ExecuteCommandParams(
            "archlint.compareModels", [{"uri": uri}, {"uri": uri, "model": "Llama 3 8B again"}]
        )
    )
    assert both.count("128 KiB") == 2


async def test_a_missing_required_key_can_be_inserted(start: Start, project: Path) -> None:
    text = CARD.format(figure="128 KiB").replace("  date: '2024-04-18'\n", "")
    client, uri = await opened(start, project, text)
    found = await actions(client, uri, types.Position(0, 2))
    (insert,) = [action for action in found if action.title == "Insert date"]
    (edit,) = edits_of(insert)
    assert (edit.new_text, edit.range.start.line) == ("\n  date:", 1)


async def test_from_a_model_to_its_base_model(start: Start, project: Path) -> None:
    client = await start(project)
    text = "---\nlicense: mit\nbase_model: meta/llama-3-8b\n---\n# Tuned\n"
    folder = project / "tuned"
    folder.mkdir()
    uri = client.open((folder / "README.md").as_uri(), text, "markdown")
    await client.workspace_symbol_async(types.WorkspaceSymbolParams(""))
    found = await client.text_document_definition_async(
        types.DefinitionParams(types.TextDocumentIdentifier(uri), types.Position(2, 15))
    )
    config = project / "configs" / "meta" / "llama-3-8b" / "config.json"
    assert [location.uri for location in found][:2] == [config.as_uri(), (project / "models.yml").as_uri()]
    card = client.open((project / "models.yml").as_uri(), CARD.format(figure="128 KiB"))
    back = await client.text_document_references_async(
        types.ReferenceParams(
            types.ReferenceContext(False), types.TextDocumentIdentifier(card), types.Position(0, 3)
        )
    )
    assert uri in [location.uri for location in back]
