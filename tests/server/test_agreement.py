"""For any text, the server's diagnostics are the command's findings."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from lsprotocol import types

from tests.server.conftest import Start, environment
from tests.server.samples import write_project

HERE = Path(__file__).parents[1]
LANGUAGES = {".json": "json", ".yml": "yaml", ".yaml": "yaml", ".md": "markdown"}
DELETED = 3


def collect(root: Path) -> list[Path]:
    """Every case and example below ``root``, each also with single characters deleted."""
    chance = random.Random(7)
    write_project(root, 6)
    sources = [path for path in (HERE / "cases").rglob("*") if path.is_file() and path.suffix in LANGUAGES]
    examples = HERE.parent / "examples"
    sources += [path for path in examples.rglob("*") if path.suffix in LANGUAGES] if examples.is_dir() else []
    for number, source in enumerate(sorted(sources)):
        text = source.read_bytes().decode()
        folder = root / f"case{number}"
        folder.mkdir()
        shutil.copy(source, folder / source.name)
        if source.name.endswith(".config.json"):
            shutil.copy(source, folder / "config.json")
        for again in range(DELETED):
            at = chance.randrange(len(text))
            broken = folder / f"deleted{again}"
            broken.mkdir()
            (broken / source.name).write_bytes((text[:at] + text[at + 1 :]).encode())
    return sorted(path for path in root.rglob("*") if path.suffix in LANGUAGES)


def by_the_command(root: Path) -> dict[str, list[Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "archlint", "check", ".", "--format", "json"],
        cwd=root,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    found: dict[str, list[Any]] = {}
    for each in json.loads(done.stdout)["findings"]:
        start, end = each["start"], each["end"]
        place = (start["line"] - 1, start["column"] - 1, end["line"] - 1, end["column"] - 1)
        path = str((root / each["file"]).resolve())
        found.setdefault(path, []).append((place, each["code"], each["severity"], each["message"]))
    return {path: sorted(each) for path, each in found.items()}


SEVERITIES = {1: "error", 2: "warning", 3: "info", 4: "hint"}


async def test_the_server_says_what_the_command_says(start: Start, tmp_path: Path) -> None:
    root = tmp_path.resolve()
    files = collect(root)
    expected = by_the_command(root)
    assert len(expected) > 10
    client = await start(root, encodings=["utf-32"])
    assert client.protocol is not None
    for path in files:
        text = path.read_bytes().decode("utf-8", "replace")
        uri = client.open(path.as_uri(), text, LANGUAGES[path.suffix])
        found = []
        for item in await client.settled(uri, 1):
            place = (item.range.start, item.range.end)
            numbers = tuple(number for each in place for number in (each.line, each.character))
            found.append((numbers, item.code, SEVERITIES[item.severity.value], item.message))
        assert sorted(found) == expected.get(str(path), []), (path, text)
        client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
