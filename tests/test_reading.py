"""A folder that somebody sends: pipes, devices and endless files in it neither stop nor fill a run."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import archlint
from archlint.reading import read_bytes, read_text
from archlint.source.limits import MAX_BYTES

CONFIG = {"model_type": "llama", "hidden_size": 4096, "num_hidden_layers": 2, "num_attention_heads": 32}
CARD = "name: Example\nscale: 8B parameters\ndecoder_type: Dense\n"

needs_devices = pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no /dev/zero")


def _check(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run a check with little memory and little time."""
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30));"
        "from archlint.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", limited, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(archlint.__file__).parents[1])},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=30,
        check=False,
    )
    assert "Traceback" not in done.stdout
    return done.returncode, done.stdout


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


@needs_devices
@pytest.mark.parametrize("command", ["check", "show", "why", "baseline"])
@pytest.mark.parametrize(("make", "what"), [(_pipe, "a pipe"), (_endless, "a device")])
def test_a_named_file_that_is_none_is_one_line(tmp_path: Path, command: str, make: object, what: str) -> None:
    make(tmp_path / "config.json")  # type: ignore[operator]
    said = f"archlint: error: config.json: cannot be read: it is {what} (- reads standard input)\n"
    assert _check(tmp_path, command, "config.json") == (2, said)


@needs_devices
@pytest.mark.parametrize("make", [_pipe, _endless])
@pytest.mark.parametrize(
    "name",
    ["config.json", "README.md", ".gitignore", "archlint.toml", "pyproject.toml", ".archlint-baseline.json"],
)
def test_no_file_of_a_folder_stops_the_others(tmp_path: Path, name: str, make: object) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "other.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    (tmp_path / "x.arch.yaml").write_text(CARD, encoding="utf-8")
    make(tmp_path / name)  # type: ignore[operator]
    code, shown = _check(tmp_path, "check", ".")
    if name == ".archlint-baseline.json":
        assert code == 2
        assert shown.count("\n") == 1
    else:
        assert code == 0
        assert "Read 2 models in 2 files" in shown


def test_no_more_is_read_than_a_spec_file_may_have(tmp_path: Path) -> None:
    file = tmp_path / "large.json"
    with file.open("wb") as large:
        large.truncate(4 * MAX_BYTES)  # sparse
    assert len(read_bytes(file)) == MAX_BYTES + 1
    with pytest.raises(OSError, match=r"(?i)too large"):
        read_text(file)


def test_what_is_read_is_what_stands_there(tmp_path: Path) -> None:
    for data in (b"", b"\r\n", b"x" * 70_000, "\ufeffé\r\n".encode()):
        (tmp_path / "a").write_bytes(data)
        assert read_bytes(tmp_path / "a") == data
    assert read_text(tmp_path / "a") == "é\r\n"
    with pytest.raises(IsADirectoryError):
        read_bytes(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_bytes(tmp_path / "b")


def test_a_socket_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's name must be short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("s.json")
        with pytest.raises(OSError, match=r"s\.json"):
            read_bytes("s.json")
