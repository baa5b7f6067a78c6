"""``archlint baseline``: accept the present findings, so that only new ones fail."""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from archlint import baseline
from archlint.cli.check import add_selection
from archlint.cli.parser import CLEAN, MISUSE, UserError
from archlint.cli.session import Session
from archlint.fixing import write as write_file
from archlint.output import write
from archlint.project import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "paths", nargs="*", default=["."], metavar="PATH", help="files or folders (default: .)"
    )
    add_selection(parser)
    parser.set_defaults(fail_on=None, since=None, no_cache=True, only_spec_files=False, stdin_filename=None)


def run(arguments: argparse.Namespace) -> int:
    """Write ``.archlint-baseline.json`` of every project that the paths belong to."""
    session = Session(arguments)
    projects: dict[int, tuple[Settings, Counter[baseline.Key]]] = {}
    for result in session.results():
        settings = result.settings
        _, counts = projects.setdefault(id(settings), (settings, Counter()))
        counts.update(baseline.key(finding, settings) for finding in result.linted.findings)
    if session.failed():
        return MISUSE  # what is not known of a file cannot be accepted
    for settings, counts in projects.values():
        path = baseline.path_for(settings)
        text = baseline.dump(counts)
        try:
            if path.exists():
                write_file(path, text)
            else:
                path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise UserError(f"{path}: cannot be written: {(error.strerror or str(error)).lower()}") from None
        number = sum(counts.values())
        write(sys.stdout, f"wrote {path}: {number:,} finding{'' if number == 1 else 's'} accepted\n")
    if not projects:
        write(sys.stdout, "no spec files were found, so there is no baseline to write\n")
    return CLEAN
