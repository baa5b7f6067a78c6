"""What typing costs: edit to diagnostics, hover, start and memory; beside yaml-language-server on the same file.

    python benchmarks/server/run.py [--yaml-language-server COMMAND] [--rounds N]

The gallery is made up here: 110 entries, 120 KB, each with its config. Without yaml-language-server on the path (or
named) that column stays empty: ``npm install yaml-language-server`` anywhere gives one.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from wire import Wire  # noqa: E402

from tests.server.samples import config, write_project  # noqa: E402

ENTRIES, PROSE = 110, 3
BARE = """
from pygls.lsp.server import LanguageServer
LanguageServer("bare", "1").start_io()
"""


def environment() -> dict[str, str]:
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return {**env, "PYTHONPATH": str(ROOT / "src")}


def archlint() -> list[str]:
    return [sys.executable, "-m", "archlint", "server"]


def initialize(wire: Wire, root: Path, **options: Any) -> float:
    capabilities = {
        "textDocument": {
            "publishDiagnostics": {"relatedInformation": True},
            "hover": {"contentFormat": ["markdown"]},
        },
        "workspace": {"configuration": True, "workspaceFolders": True},
    }
    wire.request(
        "initialize",
        {
            "processId": os.getpid(),
            "rootUri": root.as_uri(),
            "workspaceFolders": [{"uri": root.as_uri(), "name": "root"}],
            "capabilities": capabilities,
            **options,
        },
    )
    taken = time.perf_counter() - wire.began
    wire.notify("initialized", {})
    return taken


def open_file(wire: Wire, path: Path, language: str) -> str:
    text, uri = path.read_text(encoding="utf-8"), path.as_uri()
    item = {"uri": uri, "languageId": language, "version": 1, "text": text}
    wire.notify("textDocument/didOpen", {"textDocument": item})
    return uri


def pushed(uri: str, version: int | None = None) -> Any:
    def accept(message: Any) -> bool:
        params = message.get("params") or {}
        right = message.get("method") == "textDocument/publishDiagnostics" and params.get("uri") == uri
        return right and (version is None or params.get("version", version) == version)

    return accept


def edits(wire: Wire, uri: str, line: int, character: int, rounds: int) -> list[float]:
    """Type letters at a place; return the milliseconds from each edit to the diagnostics that follow it."""
    times = []
    for number in range(rounds):
        place = {"line": line, "character": character + number}
        began = wire.notify(
            "textDocument/didChange",
            {
                "textDocument": {"uri": uri, "version": number + 2},
                "contentChanges": [{"range": {"start": place, "end": place}, "text": "x"}],
            },
        )
        at, _ = wire.wait(pushed(uri, number + 2))
        times.append(1000 * (at - began))
        time.sleep(0.05)
    return times


def place_of(path: Path, key: str, entry: int) -> tuple[int, int]:
    lines = path.read_text(encoding="utf-8").split("\n")
    found = [number for number, line in enumerate(lines) if line.strip().startswith(key)]
    return found[entry], len(lines[found[entry]])


def show(what: str, times: list[float], target: str = "") -> None:
    spread = f"{statistics.median(times):8.1f} ms median, {min(times):.1f} to {max(times):.1f}"
    print(f"{what:52} {spread}{f'   (target {target})' if target else ''}")


def measure_archlint(root: Path, gallery: Path, rounds: int) -> None:
    wire = Wire(archlint(), environment())
    initialize(wire, root)
    uri = open_file(wire, gallery, "yaml")
    at, _ = wire.wait(pushed(uri, 1))
    print(f"{'archlint: open to diagnostics (first file)':52} {1000 * (at - wire.began):8.0f} ms from start")
    line, character = place_of(gallery, "highlight:", ENTRIES // 2)
    used = wire.cpu()
    show("archlint: edit to diagnostics, gallery", edits(wire, uri, line, character, rounds), "under 30")
    print(f"{'archlint: processor time of one such edit':52} {1000 * (wire.cpu() - used) / rounds:8.1f} ms")
    key, _ = place_of(gallery, "kv_cache_per_token_bf16:", ENTRIES // 2)
    hovers = []
    for _ in range(rounds):
        position = {"textDocument": {"uri": uri}, "position": {"line": key, "character": 30}}
        taken, answer = wire.request("textDocument/hover", position)
        assert answer
        hovers.append(1000 * taken)
    show("archlint: hover on a figure", hovers, "under 5")
    path = root / "configs" / "maker__model-1.json"
    other = open_file(wire, path, "json")
    wire.wait(pushed(other, 1))

    show("archlint: edit to diagnostics, config", edits(wire, other, 2, 5, rounds), "under 10")
    print(f"{'archlint: memory afterwards':52} {wire.memory():8.0f} MiB")
    wire.close()


def measure_yaml(command: list[str], root: Path, gallery: Path, rounds: int) -> None:
    schema = root / "schema.json"
    schema.write_text(json.dumps(_schema()), encoding="utf-8")
    settings = {
        "yaml": {
            "schemas": {schema.as_uri(): "models.yml"},
            "validate": True,
            "schemaStore": {"enable": False},
        }
    }
    wire = Wire(command)
    taken = initialize(wire, root)
    print(f"{'yaml-language-server: start to initialize':52} {1000 * taken:8.0f} ms")
    wire.notify("workspace/didChangeConfiguration", {"settings": settings})
    uri = open_file(wire, gallery, "yaml")
    wire.wait(pushed(uri))
    line, character = place_of(gallery, "highlight:", ENTRIES // 2)
    used = wire.cpu()
    show("yaml-language-server: edit to diagnostics, gallery", edits(wire, uri, line, character, rounds))
    print(
        f"{'yaml-language-server: processor time of one such edit':52} {1000 * (wire.cpu() - used) / rounds:8.1f} ms"
    )
    print(f"{'yaml-language-server: memory afterwards':52} {wire.memory():8.0f} MiB")
    wire.close()


def _schema() -> dict[str, Any]:
    keys = (
        "company",
        "date",
        "summary",
        "scale",
        "context_tokens",
        "license_name",
        "decoder_type",
        "attention",
    )
    members: dict[str, Any] = {
        key: {"type": "string"} for key in (*keys, "layer_mix", "kv_cache_per_token_bf16")
    }
    members["date"] = {"type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}$"}
    entry = {"type": "object", "properties": members, "required": ["company", "scale"]}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "additionalProperties": entry,
    }


def measure_start(root: Path, rounds: int) -> None:
    found: dict[str, list[float]] = {"bare pygls": [], "archlint": []}
    for _ in range(rounds):
        for name, command in (("bare pygls", [sys.executable, "-c", BARE]), ("archlint", archlint())):
            wire = Wire(command, environment())
            found[name].append(1000 * initialize(wire, root))
            wire.close()
    for name, times in found.items():
        show(f"{name}: start to initialize answered", times)


def measure_memory(root: Path, files: int) -> None:
    folder = root / "many"
    for number in range(files):
        at = folder / f"org{number % 40}" / f"model-{number}"
        at.mkdir(parents=True)
        (at / "config.json").write_text(json.dumps(config(number % 100), indent=2), encoding="utf-8")
    wire = Wire(archlint(), environment())
    initialize(wire, root)
    taken, symbols = wire.request("workspace/symbol", {"query": ""}, 120)
    print(f"{f'archlint: {len(symbols):,} models of {files:,} files found in':52} {1000 * taken:8.0f} ms")
    print(f"{f'archlint: memory with {files:,} spec files':52} {wire.memory():8.0f} MiB   (target under 100)")
    wire.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--yaml-language-server", default=shutil.which("yaml-language-server"))
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--files", type=int, default=1000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        gallery = write_project(root, ENTRIES, PROSE)
        print(f"{ENTRIES} entries, {gallery.stat().st_size / 1000:.0f} KB\n")
        measure_archlint(root, gallery, arguments.rounds)
        if arguments.yaml_language_server:
            command = [arguments.yaml_language_server, "--stdio"]
            measure_yaml(command, root, gallery, max(arguments.rounds // 3, 5))
        measure_start(root, max(arguments.rounds // 6, 3))
        measure_memory(root, arguments.files)


if __name__ == "__main__":
    main()
