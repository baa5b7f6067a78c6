"""A real server process for each test, driven by a client over its standard streams."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.protocol import default_converter
from pytest_lsp import LanguageClient
from pytest_lsp.client import DEFAULT_CLIENT_FEATURES, register_lsp_features

LLAMA = """{
  "architectures": ["LlamaForCausalLM"],
  "model_type": "llama",
  "hidden_size": 4096,
  "intermediate_size": 14336,
  "num_hidden_layers": 32,
  "num_attention_heads": 32,
  "num_key_value_heads": 8,
  "max_position_embeddings": 8192,
  "vocab_size": 128256,
  "torch_dtype": "bfloat16"
}
"""

CARD = """Llama 3 8B:
  company: Meta
  date: '2024-04-18'
  scale: 8B
  context_tokens: '8,192'
  license_name: Llama 3 Community License
  license_url: https://example.com/LICENSE
  decoder_type: Dense
  attention: GQA
  layer_mix: '32 GQA'
  kv_cache_per_token_bf16: '{figure}'
  config:
    repo: meta/llama-3-8b
    url: https://example.com/config.json
"""


class Client(LanguageClient):
    """A client that remembers what it was asked, told and shown."""

    pushed: dict[str, types.PublishDiagnosticsParams]
    publishes: list[types.PublishDiagnosticsParams]
    refreshed: list[str]
    registrations: list[types.Registration]

    async def settled(self, uri: str, version: int | None = None) -> list[types.Diagnostic]:
        """Wait for the diagnostics of a version of a document and return them."""
        for _ in range(1500):
            found = self.pushed.get(uri)
            if found is not None and (version is None or found.version == version):
                return list(found.diagnostics)
            await asyncio.sleep(0.01)
        raise AssertionError(f"no diagnostics for version {version} of {uri}: {self.pushed.get(uri)}")

    def open(self, uri: str, text: str, language: str = "yaml", version: int = 1) -> str:
        self.text_document_did_open(
            types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, language, version, text))
        )
        return uri

    def edit(self, uri: str, version: int, *changes: Any) -> None:
        self.text_document_did_change(
            types.DidChangeTextDocumentParams(types.VersionedTextDocumentIdentifier(version, uri), changes)
        )

    def replace(self, uri: str, version: int, text: str) -> None:
        self.edit(uri, version, types.TextDocumentContentChangeWholeDocument(text))

    async def pull(self, uri: str, previous: str | None = None) -> Any:
        return await self.text_document_diagnostic_async(
            types.DocumentDiagnosticParams(types.TextDocumentIdentifier(uri), previous_result_id=previous)
        )

    async def ask(self, method: str, params: Any) -> Any:
        return await asyncio.wait_for(self.protocol.send_request_async(method, params), 20)


def make_client() -> Client:
    client = Client(converter_factory=default_converter)
    client.pushed, client.publishes, client.refreshed = {}, [], []
    client.registrations = []

    def publish(params: types.PublishDiagnosticsParams) -> None:
        client.pushed[params.uri] = params
        client.publishes.append(params)

    def refreshing(what: str) -> Callable[[None], None]:
        def refresh(params: None) -> None:
            client.refreshed.append(what)

        return refresh

    own = {
        types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS: publish,
        types.WORKSPACE_DIAGNOSTIC_REFRESH: refreshing("diagnostics"),
        types.WORKSPACE_INLAY_HINT_REFRESH: refreshing("hints"),
        types.WORKSPACE_CODE_LENS_REFRESH: refreshing("lenses"),
        types.CLIENT_REGISTER_CAPABILITY: lambda params: client.registrations.extend(params.registrations),
    }
    register_lsp_features(client, {**DEFAULT_CLIENT_FEATURES, **own})
    return client


def command() -> list[str]:
    return [sys.executable, "-m", "archlint", "server"]


def environment() -> dict[str, str]:
    source = str(Path(__file__).parents[2] / "src")
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, (source, os.environ.get("PYTHONPATH", "")))),
    }


def capabilities(
    *,
    pull: bool = False,
    encodings: list[str] | None = None,
    refresh: bool = True,
    progress: bool = False,
    watch: bool = False,
    configuration: bool = False,
) -> types.ClientCapabilities:
    """What an editor of today can do."""
    return types.ClientCapabilities(
        general=types.GeneralClientCapabilities(position_encodings=encodings),
        text_document=types.TextDocumentClientCapabilities(
            publish_diagnostics=types.PublishDiagnosticsClientCapabilities(
                related_information=True,
                tag_support=types.ClientDiagnosticsTagOptions([types.DiagnosticTag.Unnecessary]),
                code_description_support=True,
            ),
            diagnostic=types.DiagnosticClientCapabilities() if pull else None,
            hover=types.HoverClientCapabilities(content_format=[types.MarkupKind.Markdown]),
            document_symbol=types.DocumentSymbolClientCapabilities(hierarchical_document_symbol_support=True),
        ),
        workspace=types.WorkspaceClientCapabilities(
            configuration=configuration,
            diagnostics=types.DiagnosticWorkspaceClientCapabilities(refresh_support=refresh),
            inlay_hint=types.InlayHintWorkspaceClientCapabilities(refresh_support=refresh),
            code_lens=types.CodeLensWorkspaceClientCapabilities(refresh_support=refresh),
            workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True),
            did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(
                dynamic_registration=watch
            ),
        ),
        window=types.WindowClientCapabilities(work_done_progress=progress),
    )


Start = Callable[..., Awaitable[Client]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Start a server; its process ends with the test, and well."""
    clients: list[Client] = []

    async def begin(
        *folders: Path,
        options: Any = None,
        can: types.ClientCapabilities | None = None,
        prepare: Callable[[Client], None] | None = None,
        **abilities: Any,
    ) -> Client:
        client = make_client()
        clients.append(client)
        if prepare is not None:
            prepare(client)
        await client.start_io(*command(), env=environment())
        roots = list(folders or [tmp_path])
        await asyncio.wait_for(
            client.initialize_session(
                types.InitializeParams(
                    capabilities=can or capabilities(**abilities),
                    workspace_folders=[types.WorkspaceFolder(root.as_uri(), root.name) for root in roots],
                    initialization_options=options,
                )
            ),
            30,
        )
        return client

    yield begin
    for client in clients:
        await asyncio.wait_for(client.shutdown_session(), 20)
        assert [said.message for said in client.log_messages if said.type == types.MessageType.Error] == []
        await client.stop()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A gallery with one card, and the config that it is checked against."""
    (tmp_path / ".git").mkdir()
    config = tmp_path / "configs" / "meta" / "llama-3-8b"
    config.mkdir(parents=True)
    (config / "config.json").write_text(LLAMA, encoding="utf-8")
    (tmp_path / "archlint.toml").write_text('configs = ["configs"]\n', encoding="utf-8")
    (tmp_path / "models.yml").write_text(CARD.format(figure="100 KiB"), encoding="utf-8")
    return tmp_path
