"""JSON Lines: one finding a line, each as in the JSON output."""

from __future__ import annotations

from archlint.output.escape import json_text
from archlint.output.json import records
from archlint.output.run import Run, Style


def render(run: Run, style: Style) -> str:
    """Return one line for every finding; nothing when there is none."""
    return "".join(json_text(record) + "\n" for record in records(run))
