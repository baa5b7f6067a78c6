"""One line a finding: ``file:line:column: severity CODE message``."""

from __future__ import annotations

from archlint.findings import Finding
from archlint.output.colour import Paint
from archlint.output.escape import file_name, log_line
from archlint.output.run import Run, Style, fixable
from archlint.output.summary import summary_lines


def render(run: Run, style: Style) -> str:
    """Return the findings, a line each, and the summary unless it is to be quiet."""
    paint = Paint(style.colour)
    lines = [headline(finding, paint) for finding in run.findings]
    lines += summary_lines(run, style, paint)
    return "".join(f"{line}\n" for line in lines)


def headline(finding: Finding, paint: Paint) -> str:
    """Return the first line of a finding."""
    line, column = finding.start
    place = paint.bold(f"{file_name(finding.file)}:{line}:{column}:")
    severity = paint.severity(finding.severity, str(finding.severity))
    mark = paint.faint("  [fixable]") if fixable(finding) else ""
    return f"{place} {severity} {paint.bold(finding.code)} {log_line(finding.message)}{mark}"
