"""Reviewdog's diagnostic format. Its columns count bytes of UTF-8, from 1."""

from __future__ import annotations

from archlint.findings import Finding, Severity
from archlint.output.escape import json_text, visible_lines
from archlint.output.places import Places, Position
from archlint.output.run import Run, Style

_SEVERITY = {
    Severity.ERROR: "ERROR",
    Severity.WARNING: "WARNING",
    Severity.INFO: "INFO",
    Severity.HINT: "INFO",
}


def render(run: Run, style: Style) -> str:
    """Return a DiagnosticResult."""
    places = Places(run.sources)
    worst = max((finding.severity for finding in run.findings), default=Severity.INFO)
    result = {
        "source": {"name": "archlint", "url": "https://pypi.org/project/archlint/"},
        "severity": _SEVERITY[worst],
        "diagnostics": [_diagnostic(finding, places, run) for finding in run.findings],
    }
    return json_text(result, indent=2) + "\n"


def _diagnostic(finding: Finding, places: Places, run: Run) -> dict[str, object]:
    rule = run.rules.get(finding.code)
    lines = places.lines(finding.file)
    fix = next((fix for fix in finding.fixes if fix.safe), None)
    suggestions = []
    if fix is not None and lines is not None:
        suggestions = [
            {
                "range": _range(finding.file, lines.position(edit.start), lines.position(edit.end), places),
                "text": edit.text,
            }
            for edit in sorted(fix.edits)
        ]
    code = {"value": finding.code} | ({"url": rule.url} if rule and rule.url else {})
    return {
        "message": visible_lines("\n".join((finding.message, *finding.derivation))),
        "location": {
            "path": finding.file,
            "range": _range(finding.file, finding.start, finding.end, places),
        },
        "severity": _SEVERITY[finding.severity],
        "code": code,
        "suggestions": suggestions,
        "related_locations": [
            {
                "message": visible_lines(related.message),
                "location": {
                    "path": related.file,
                    "range": _range(related.file, related.start, related.end, places),
                },
            }
            for related in finding.related
        ],
    }


def _range(file: str, start: Position, end: Position, places: Places) -> dict[str, object]:
    return {"start": _position(file, start, places), "end": _position(file, end, places)}


def _position(file: str, position: Position, places: Places) -> dict[str, int]:
    line, column = position
    text = places.line_text(file, line)
    if text is None or text.isascii():
        return {"line": line, "column": column}
    before = text[: column - 1]
    beyond = max(0, column - 1 - len(text))  # a position past the line's end: within CR LF
    return {"line": line, "column": len(before.encode("utf-8", "surrogatepass")) + beyond + 1}
