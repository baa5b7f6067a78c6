"""The shipped configurations can be read and say what the server takes (editors run in make test-editors)."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

EDITORS = Path(__file__).parents[2] / "editors"
VSCODE = EDITORS / "vscode"


def _json_with_comments(path: Path) -> dict[str, object]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return json.loads("\n".join(line for line in lines if not line.lstrip().startswith("//")))


def _settings() -> dict[str, dict[str, object]]:
    package = json.loads((VSCODE / "package.json").read_text(encoding="utf-8"))
    return {
        name.removeprefix("archlint."): setting
        for section in package["contributes"]["configuration"]
        for name, setting in section["properties"].items()
    }


def test_helix_starts_the_server() -> None:
    table = tomllib.loads((EDITORS / "helix/languages.toml").read_text(encoding="utf-8"))
    assert table["language-server"]["archlint"]["command"] == "archlint"
    assert table["language-server"]["archlint"]["args"] == ["server"]
    for language in table["language"]:
        assert language["language-servers"][0] == "archlint"


def test_zed_starts_the_server() -> None:
    extension = tomllib.loads((EDITORS / "zed/extension.toml").read_text(encoding="utf-8"))
    assert "archlint" in extension["language_servers"]
    settings = _json_with_comments(EDITORS / "zed/settings.json")
    assert settings["lsp"]["archlint"]["binary"]["arguments"] == ["server"]  # type: ignore[index]


def test_sublime_starts_the_server() -> None:
    client = _json_with_comments(EDITORS / "sublime/LSP.sublime-settings")["clients"]["archlint"]  # type: ignore[index]
    assert client["command"] == ["archlint", "server"]


def test_jetbrains_starts_the_server() -> None:
    folder = EDITORS / "jetbrains/archlint"
    files = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}
    assert files["template.json"]["programArgs"]["default"] == "archlint server"
    assert {"installer.json", "settings.json", "settings.schema.json", "initializationOptions.json"} < set(
        files
    )


def test_editors_that_show_findings_in_hovers_get_hovers_without() -> None:
    client = pytest.importorskip("archlint.server.client")
    zed = _json_with_comments(EDITORS / "zed/settings.json")["lsp"]["archlint"]  # type: ignore[index]
    sublime = _json_with_comments(EDITORS / "sublime/LSP.sublime-settings")["clients"]["archlint"]  # type: ignore[index]
    jetbrains = EDITORS / "jetbrains/archlint/initializationOptions.json"
    for options in (
        zed["initialization_options"],
        sublime["initializationOptions"],
        json.loads(jetbrains.read_text(encoding="utf-8")),
    ):
        assert not client.EditorOptions.of(options).findings_in_hovers
        assert client.configuration_part(options) == {}


def test_the_settings_schema_of_jetbrains_is_that_of_vs_code() -> None:
    schema = json.loads((EDITORS / "jetbrains/archlint/settings.schema.json").read_text(encoding="utf-8"))
    shown = schema["properties"]["archlint"]["properties"]
    names = {f"{name}.{key}" for name, each in shown.items() for key in each.get("properties", ())}
    names |= {name for name, each in shown.items() if "properties" not in each}
    assert names == set(_settings()) - {"path", "server.requirement", "trace.server"}


def test_the_settings_of_vs_code_are_those_of_the_server() -> None:
    client = pytest.importorskip("archlint.server.client")
    settings = _settings()
    kinds = {name.removeprefix("inlayHints.") for name in settings if name.startswith("inlayHints.")}
    assert kinds == {*client.HINTS, "enable"}
    for name, setting in settings.items():
        value = setting.get("default")
        section, _, key = name.partition(".")
        table = {section: {key: value} if key else value}
        assert client.EditorOptions.of(table) == client.EditorOptions(), (
            f"the default of {name} changes something"
        )
        assert client.configuration_part(table) == {}, f"the default of {name} overrules a configuration file"


def test_every_setting_is_described_and_in_the_readme() -> None:
    readme = (VSCODE / "README.md").read_text(encoding="utf-8")
    for name, setting in _settings().items():
        assert setting.get("markdownDescription") or setting.get("description"), name
        shown = f"`archlint.{name}`" in readme or f"`{name.removeprefix('inlayHints.')}`" in readme
        assert shown, f"{name} is not in the README"


def test_the_readme_shows_pictures_that_exist() -> None:
    readme = (VSCODE / "README.md").read_text(encoding="utf-8")
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", readme)
    assert pictures
    for picture in pictures:
        assert (VSCODE / picture).read_bytes().startswith(b"\x89PNG"), picture


def test_the_lock_file_names_no_registry() -> None:
    lock = (VSCODE / "package-lock.json").read_text(encoding="utf-8")
    hosts = set(re.findall(r'"resolved": "https?://([^/"]+)', lock))
    assert hosts <= {"registry.npmjs.org"}
