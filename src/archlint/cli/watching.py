"""``check --watch``: check again whenever a file changes, until interrupted."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from archlint.cli import interrupt
from archlint.cli.files import STANDARD_INPUT, targets
from archlint.cli.parser import CLEAN, UserError
from archlint.cli.session import Session
from archlint.project import CONFIGURATION_FILES, ConfigurationError, forget
from archlint.watch import below, state_of, wait

_CLEAR = "\x1b[2J\x1b[3J\x1b[H"


def watch(arguments: argparse.Namespace) -> int:
    """Check, wait for a change, and begin anew."""
    if STANDARD_INPUT in arguments.paths or arguments.fix or arguments.diff or arguments.since:
        raise UserError("--watch goes with none of -, --fix, --diff and --since")
    from archlint.cli.check import check

    try:
        while True:
            forget()
            _forget_rules()
            before = state_of(_watched(arguments))
            if sys.stdout.isatty():
                sys.stdout.write(_CLEAR)
            try:
                check(Session(arguments))
            except (UserError, ConfigurationError) as error:
                interrupt.again()
                print(f"archlint: error: {' '.join(str(error).split())}")
            print(f"[{datetime.now():%H:%M:%S}] Waiting for a change; Ctrl+C ends.", flush=True)
            wait(before, lambda: _watched(arguments))
    except KeyboardInterrupt:
        interrupt.obeyed()
        return CLEAN


def _forget_rules() -> None:
    if module := sys.modules.get("archlint.rules.ruleset"):
        module.forget()


def _watched(arguments: argparse.Namespace) -> Iterator[Path]:
    """Yield the files whose change can change a result: those checked, their configs, configurations, rules."""
    try:
        from archlint.rules.ruleset import own_files

        session = Session(arguments)
        seen = set()
        for target in targets(arguments.paths or ["."]):
            yield target.path
            seen.add(target.path.absolute().parent)
        for folder in {parent for path in seen for parent in (path, *path.parents)}:
            yield from (folder / name for name in CONFIGURATION_FILES)
        for settings in {id(each): each for each in map(session.settings, seen)}.values():
            yield from below(settings.config_folders())
            for pattern in settings.rules:
                yield from own_files(settings.root, pattern).values()
    except (UserError, ConfigurationError, OSError, ValueError):
        yield from (Path(path) for path in arguments.paths)
        yield from map(Path, CONFIGURATION_FILES)
