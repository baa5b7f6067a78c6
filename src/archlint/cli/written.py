"""``--output FORMAT=FILE``: reports in files, beside what the terminal shows."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from archlint.cli.files import STANDARD_INPUT
from archlint.cli.parser import UserError

Reports: TypeAlias = list[tuple[str, str]]
"""Format and file of each report that was asked for."""


def reports(destinations: Sequence[str] | None, formats: Sequence[str]) -> Reports:
    """Return the reports that were asked for; raise UserError for one that cannot be meant."""
    found: Reports = []
    taken: set[str] = set()
    for destination in destinations or ():
        form, _, file = destination.partition("=")
        if form not in formats or not file:
            raise UserError(f"--output {destination}: write FORMAT=FILE, with one of {', '.join(formats)}")
        if file == STANDARD_INPUT:
            raise UserError(f"--output {destination}: what standard output gets is said by --format {form}")
        place = os.path.realpath(file)
        if place in taken:
            raise UserError(f"--output {destination}: another report goes to this file")
        taken.add(place)
        found.append((form, file))
    return found


def write_reports(wanted: Reports, render: Callable[[str], str]) -> UserError | None:
    """Write every report that can be written; return what the first failure is to be told by."""
    failure = None
    for form, file in wanted:
        try:
            path = Path(file)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(render(form), encoding="utf-8", newline="\n")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            failure = failure or UserError(f"{file}: cannot be written: {reason.lower()}")
    return failure
