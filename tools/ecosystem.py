"""Compare two versions of archlint over a folder of real files: which findings came, which went.

    python tools/ecosystem.py FOLDER [--base REV] [--configs DIR]... [--profile NAME] [--format markdown]

The base (default: main) is checked out into a temporary worktree; the other side is the working tree. Run it on
every change of a rule or a family, and read every line: a finding that came on a correct file is a bug. Exits 1 when
an error or a warning came that was not there.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
Line = tuple[str, str, str, str]
"""Place, severity, code, message."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--base", default="main", metavar="REV")
    parser.add_argument("--configs", action="append", default=[], metavar="DIR")
    parser.add_argument("--profile", default="default", choices=("default", "strict", "pedantic"))
    parser.add_argument("--format", default="text", choices=("text", "markdown"))
    arguments = parser.parse_args()
    options = ["--profile", arguments.profile]
    for folder in arguments.configs:
        options += ["--configs", str(Path(folder).resolve())]
    with tempfile.TemporaryDirectory() as temporary:
        tree = Path(temporary) / "base"
        subprocess.run(
            ["git", "-C", str(ROOT), "worktree", "add", "--detach", "--quiet", str(tree), arguments.base],
            check=True,
        )
        try:
            before = findings(tree, arguments.folder, options)
        finally:
            subprocess.run(["git", "-C", str(ROOT), "worktree", "remove", "--force", str(tree)], check=True)
    after = findings(ROOT, arguments.folder, options)
    came, went = after - before, before - after
    report(arguments.format, arguments.base, came, went, sum(after.values()))
    return int(any(severity in ("error", "warning") for _, severity, _, _ in came))


def findings(tree: Path, folder: Path, options: Sequence[str]) -> Counter[Line]:
    """Return what the archlint of a source tree finds in ``folder``."""
    command = [
        sys.executable,
        "-m",
        "archlint",
        "check",
        "--isolated",
        "--no-cache",
        "--exit-zero",
        "--format",
        "json",
    ]
    done = subprocess.run(
        [*command, *options, str(folder.resolve())],
        env={**os.environ, "PYTHONPATH": str(tree / "src")},
        capture_output=True,
        check=False,
        cwd=tree,
    )
    if done.returncode:
        raise SystemExit(f"{tree}: {done.stderr.decode().strip()[-500:]}")
    found: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return Counter(
        (
            f"{each['file']}:{each['model'] or ''}{each['pointer']}",
            each["severity"],
            each["code"],
            each["message"],
        )
        for each in found
    )


def report(form: str, base: str, came: Counter[Line], went: Counter[Line], total: int) -> None:
    """Print what changed, by rule."""
    print(
        f"{sum(came.values())} findings came and {sum(went.values())} went since {base}; there are {total} now."
    )
    for title, lines in (("Came", came), ("Went", went)):
        by_code: dict[str, list[Line]] = {}
        for line in sorted(lines.elements()):
            by_code.setdefault(line[2], []).append(line)
        for code, group in sorted(by_code.items()):
            print(f"\n{'### ' if form == 'markdown' else ''}{title}: {code} ({len(group)})")
            for place, severity, _, message in group:
                bullet = "- " if form == "markdown" else "  "
                print(f"{bullet}{place}: {severity}: {message}")


if __name__ == "__main__":
    sys.exit(main())
