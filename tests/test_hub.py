"""Where the config of a card is found: the layouts of a configs folder, the Hub cache, and online only when asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from archlint.hub import Configs, repository_of
from archlint.project import Settings
from archlint.source import parse
from archlint.specs.card import Card, read_cards
from archlint.specs.kind import recognise

CONFIG = {"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
GALLERY = """\
Acme 7B:
  scale: 7B parameters
  kv_cache_per_token_bf16: '1 KiB'
  config:
    repo: Acme/Acme-7B
"""
REVISION = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(autouse=True)
def nothing_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "huggingface"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    monkeypatch.delenv("HF_ENDPOINT", raising=False)


def _card(text: str, name: str) -> Card:
    document = parse(text, name)
    (card,) = read_cards(document, recognise(document))
    return card


def _find(card: Card, settings: Settings) -> str | None:
    found = Configs(settings)(card, card.document)
    return None if found is None else found.name


@pytest.mark.parametrize(
    "layout",
    [
        "Acme/Acme-7B/config.json",
        "acme/acme-7b/config.json",
        "ACME/acme-7b/Config.json",
        "Acme__Acme-7B.json",
        "acme__acme-7b.json",
        "ACME--Acme-7B_config.json",
    ],
)
def test_layouts_of_a_configs_folder(tmp_path: Path, layout: str) -> None:
    path = tmp_path / "elsewhere" / layout
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(CONFIG), encoding="utf-8")
    project = tmp_path / "project"
    project.mkdir()
    empty = tmp_path / "empty"
    empty.mkdir()
    settings = Settings(root=project, configs=(str(empty), str(tmp_path / "elsewhere")))
    assert _find(_card(GALLERY, str(project / "models.yml")), settings) == str(path)


def test_of_folders_alike_but_for_case_the_one_with_a_config_counts(tmp_path: Path) -> None:
    (tmp_path / "Acme" / "Acme-7B").mkdir(parents=True)
    path = tmp_path / "acme" / "acme-7b" / "config.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(CONFIG), encoding="utf-8")
    found = _find(
        _card(GALLERY, str(tmp_path / "models.yml")), Settings(root=tmp_path, configs=(str(tmp_path),))
    )
    assert found is not None
    assert Path(found).samefile(path)


def test_beside_a_single_card_but_not_beside_a_gallery(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    settings = Settings(root=tmp_path)
    single = _card("name: Acme 7B\nscale: 7B parameters\n", str(tmp_path / "acme.arch.yaml"))
    assert _find(single, settings) == str(tmp_path / "config.json")
    assert _find(_card(GALLERY, str(tmp_path / "models.yml")), settings) is None
    readme = _card("---\nlicense: mit\n---\n", str(tmp_path / "README.md"))
    assert _find(readme, settings) == str(tmp_path / "config.json")


def test_the_local_hub_cache(tmp_path: Path) -> None:
    folder = tmp_path / "huggingface" / "hub" / "models--Acme--Acme-7B"
    snapshot = folder / "snapshots" / REVISION
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text(REVISION, encoding="ascii")
    card = _card(GALLERY, str(tmp_path / "models.yml"))
    assert _find(card, Settings(root=tmp_path)) == str(snapshot / "config.json")
    (folder / "refs" / "main").write_text("../../../etc", encoding="ascii")
    assert _find(card, Settings(root=tmp_path)) is None


@pytest.mark.parametrize("key", ["architecture", "config"])
@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("../elsewhere/Acme__Acme-7B.json", "Acme__Acme-7B.json"),
        ("acme/acme-7b", "Acme__Acme-7B.json"),
        ("../elsewhere/other.json", None),
        ("../../outside.json", None),
        ("Acme/Other", None),
    ],
)
def test_a_card_names_a_file_or_a_repository(
    tmp_path: Path, key: str, written: str, found: str | None
) -> None:
    project = tmp_path / "project"
    for folder in ("cards", "elsewhere"):
        (project / folder).mkdir(parents=True)
    for path in (tmp_path / "outside.json", project / "elsewhere" / "Acme__Acme-7B.json"):
        path.write_text(json.dumps(CONFIG), encoding="utf-8")
    settings = Settings(root=project, configs=(str(project / "elsewhere"),))
    card = _card(f"name: Acme 7B\nscale: 7B\n{key}: {written}\n", str(project / "cards" / "a.arch.yaml"))
    name = _find(card, settings)
    assert (None if name is None else Path(name).name) == found


@pytest.mark.parametrize("repo", ["../../etc/passwd", "a/b/c", "/etc/passwd", "a/..", "a b/c", "x"])
def test_what_is_no_repository_is_looked_for_nowhere(tmp_path: Path, repo: str) -> None:
    text = GALLERY.replace("Acme/Acme-7B", json.dumps(repo))
    finder = Configs(Settings(root=tmp_path, configs=(str(tmp_path),), online=True))
    card = _card(text, str(tmp_path / "models.yml"))
    assert finder(card, card.document) is None
    assert all(Path(path).is_relative_to(tmp_path) for path in finder.looked_for)


def test_the_name_of_a_card_and_the_link_to_its_config() -> None:
    readme = _card("---\nlicense: mit\n---\n", "cards/Acme__Acme-7B.README.md")
    assert repository_of(readme) == "Acme/Acme-7B"
    linked = GALLERY.replace(
        "repo: Acme/Acme-7B", "url: https://huggingface.co/Acme/Acme-8B/blob/main/config.json"
    )
    assert repository_of(_card(linked, "models.yml")) == "Acme/Acme-8B"


class _Hub(BaseHTTPRequestHandler):
    asked: list[str] = []  # noqa: RUF012

    def do_GET(self) -> None:
        self.asked.append(self.path)
        found = self.path == "/Acme/Acme-7B/resolve/main/config.json"
        self.send_response(200 if found else 404)
        self.end_headers()
        if found:
            self.wfile.write(json.dumps(CONFIG).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hub)
    _Hub.asked.clear()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    yield _Hub.asked
    server.shutdown()
    server.server_close()


def test_online_only_when_asked(tmp_path: Path, hub: list[str]) -> None:
    card = _card(GALLERY, str(tmp_path / "models.yml"))
    assert _find(card, Settings(root=tmp_path)) is None
    assert hub == []
    found = Configs(Settings(root=tmp_path, online=True))
    for _ in range(2):
        document = found(card, card.document)
        assert document is not None
        assert document.root is not None
        assert document.root.plain() == CONFIG
    assert hub == ["/Acme/Acme-7B/resolve/main/config.json"]
    missing = _card(GALLERY.replace("Acme-7B", "Acme-9B"), str(tmp_path / "models.yml"))
    assert found(missing, missing.document) is None


def test_offline_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    card = _card(GALLERY, str(tmp_path / "models.yml"))
    assert _find(card, Settings(root=tmp_path, online=True)) is None
