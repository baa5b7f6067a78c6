from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from archlint.cli.completion import commands
from archlint.cli.parser import build

from .command import archlint


def _script(tmp_path: Path, shell: str) -> Path:
    file = tmp_path / f"archlint.{shell}"
    file.write_text(archlint(tmp_path, "completion", shell))
    return file


def test_every_command_and_option_is_known() -> None:
    found = {command.name: command for command in commands(build())}
    assert {"", "check", "diff", "completion"} <= set(found)
    names = {name for option in found["check"].options for name in option.names}
    assert {"--format", "--fail-on", "--since", "--output", "-q"} <= names
    assert found["check"].files
    assert found["completion"].words == ("bash", "zsh", "fish")


def _bash(tmp_path: Path, line: str) -> list[str]:
    words = line.split(" ")
    quoted = " ".join(f"'{word}'" for word in words)
    script = (
        f"source {_script(tmp_path, 'bash')}\n"
        f"COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}\n_archlint\n"
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    return sorted(done.stdout.split())


def test_bash(tmp_path: Path) -> None:
    (tmp_path / "models.yml").touch()
    assert "check" in _bash(tmp_path, "archlint ")
    assert _bash(tmp_path, "archlint che") == ["check"]
    assert _bash(tmp_path, "archlint check --fail-on ") == ["error", "hint", "info", "warning"]
    assert _bash(tmp_path, "archlint check --fail-o") == ["--fail-on"]
    assert _bash(tmp_path, "archlint check mod") == ["models.yml"]
    assert _bash(tmp_path, "archlint check --format sa") == ["sarif"]
    assert _bash(tmp_path, "archlint completion f") == ["fish"]


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_fish(tmp_path: Path) -> None:
    script = _script(tmp_path, "fish")

    def complete(line: str) -> list[str]:
        done = subprocess.run(
            ["fish", "--no-config", "-c", f"source {script}; complete -C '{line}'"],
            cwd=tmp_path,
            env=os.environ | {"HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        )
        return [each.split("\t")[0] for each in done.stdout.splitlines()]

    (tmp_path / "models.yml").touch()
    assert "check" in complete("archlint ")
    assert complete("archlint check --fail-on h") == ["hint"]
    assert "--fail-on" in complete("archlint check --fail")
    assert "models.yml" in complete("archlint check mod")
    assert "zsh" in complete("archlint completion ")


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh(tmp_path: Path) -> None:
    script = _script(tmp_path, "zsh")
    subprocess.run(["zsh", "-n", str(script)], check=True)
    (tmp_path / ".zshrc").write_text(
        f"autoload -Uz compinit; compinit -u\nsource {script}\nPS1='> '\nunsetopt beep\n"
    )

    def complete(line: str, expected: str) -> bool:
        pid, terminal = pty.fork()
        if pid == 0:
            os.environ |= {"HOME": str(tmp_path), "ZDOTDIR": str(tmp_path), "TERM": "dumb"}
            os.execvp("zsh", ["zsh", "-i"])
        seen = ""
        sent = False
        end = time.monotonic() + 20
        while time.monotonic() < end and expected not in seen.replace(f"{line}", ""):
            if select.select([terminal], [], [], 0.2)[0]:
                seen += os.read(terminal, 4096).decode("utf-8", "replace")
            if "> " in seen and not sent:
                os.write(terminal, f"{line}\t\t".encode())
                sent = True
        os.close(terminal)
        os.waitpid(pid, 0)
        return expected in seen.replace(line, "")

    assert complete("archlint ", "check")
    assert complete("archlint check --fail-on ", "warning")
    assert complete("archlint completion ", "fish")
