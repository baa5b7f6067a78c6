"""``--output FORMAT=FILE``: reports in files, beside what the terminal shows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from archlint.cli.parser import UserError
from archlint.output import FORMATS, render
from archlint.output.run import Run, Style
from archlint.values import replace


def write_files(destinations: Sequence[str], run: Run, style: Style) -> None:
    """Write every report; raise UserError for a format that there is not, or a file that cannot be written."""
    for destination in destinations:
        form, _, file = destination.partition("=")
        if form not in FORMATS or not file:
            raise UserError(f"--output {destination}: write FORMAT=FILE, with one of {', '.join(FORMATS)}")
        write_file(file, render(form, run, replace(style, colour=False)))


def write_file(file: str, text: str) -> None:
    """Write ``text``; raise UserError when that fails."""
    try:
        path = Path(file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UserError(f"{file}: cannot be written: {(error.strerror or str(error)).lower()}") from None
