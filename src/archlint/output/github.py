"""GitHub workflow commands: each line becomes an annotation on the pull request.

The grammar is ``::name property=value,property=value::message``; in a message ``%``, CR and LF are
percent-encoded, in a property ``:`` and ``,`` as well.
"""

from __future__ import annotations

from archlint.findings import Finding, Severity
from archlint.output.escape import visible_lines
from archlint.output.run import Run, Style

_COMMAND = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "notice",
    Severity.HINT: "notice",
}


def render(run: Run, style: Style) -> str:
    """Return one command for every finding."""
    return "".join(f"{_command(finding)}\n" for finding in run.findings)


def _command(finding: Finding) -> str:
    (line, column), (end_line, end_column) = finding.start, finding.end
    properties: dict[str, str] = {"file": finding.file, "line": str(line)}
    if end_line == line:
        # GitHub takes columns only of a range within one line.
        properties |= {"endLine": str(line), "col": str(column), "endColumn": str(max(column, end_column))}
    else:
        properties["endLine"] = str(end_line)
    properties["title"] = f"archlint {finding.code} {finding.name}"
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_COMMAND[finding.severity]} {written}::{_message(_body(finding))}"


def _body(finding: Finding) -> str:
    lines = [finding.message, *finding.derivation]
    lines += [
        f"{related.file}:{related.start[0]}:{related.start[1]}: {related.message}"
        for related in finding.related
    ]
    return "\n".join(lines)


def _message(text: str) -> str:
    return visible_lines(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
