"""``check --since``: only what a change brought."""

from __future__ import annotations

import argparse
from pathlib import Path

from archlint.changes import GitError
from archlint.cli.check import check
from archlint.cli.files import STANDARD_INPUT
from archlint.cli.parser import UserError
from archlint.cli.session import Session
from archlint.output.run import Run
from archlint.since import Since
from archlint.values import replace


def check_since(arguments: argparse.Namespace) -> int:
    """Check what changed in the repository of the first path; raise UserError when git cannot say what that is."""
    if STANDARD_INPUT in arguments.paths:
        raise UserError("--since goes with files, not with standard input")
    first = Path(arguments.paths[0] if arguments.paths else ".")
    if not first.exists():
        raise UserError(f"{first}: no such file or directory")
    try:
        with Since(arguments.since, first) as since:
            return check(Session(arguments), since)
    except GitError as error:
        raise UserError(f"--since {error}") from None


def with_meaning(run: Run, session: Session, since: Since) -> Run:
    """Return ``run`` with what the change means, model by model."""
    paths = map(Path, session.arguments.paths or ["."])
    return replace(run, changes=tuple(since.meaning(paths, session.settings)))
