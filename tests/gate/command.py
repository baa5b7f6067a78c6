"""The command line, run as a program."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from .repo import environment

SOURCE = Path(__file__).parents[2]


def archlint(
    folder: Path, *arguments: str, code: int | None = 0, stdin: str = "", both: bool = False, **variables: str
) -> str:
    """Run archlint in ``folder``, check its exit code (None: any), return what it printed (misuse: the error)."""
    done = subprocess.run(
        [sys.executable, "-m", "archlint", *arguments],
        cwd=folder,
        env=environment(PYTHONPATH=str(SOURCE / "src"), **variables),
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert code is None or done.returncode == code, (done.returncode, done.stdout, done.stderr)
    if both:
        return done.stdout + done.stderr
    return done.stdout if done.returncode != 2 else done.stderr


def findings(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    """Return the findings of ``archlint check``."""
    shown = archlint(folder, "check", "--format", "json", *arguments, code=None)
    data: list[dict[str, Any]] = json.loads(shown)["findings"]
    return data
