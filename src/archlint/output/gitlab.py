"""GitLab's Code Quality report: an array of issues, each with a fingerprint that no other has."""

from __future__ import annotations

from archlint.findings import Severity
from archlint.output.escape import json_text, visible
from archlint.output.fingerprint import fingerprints
from archlint.output.run import Run, Style

_SEVERITY = {
    Severity.ERROR: "critical",
    Severity.WARNING: "major",
    Severity.INFO: "info",
    Severity.HINT: "info",
}


def render(run: Run, style: Style) -> str:
    """Return the report; an empty array when there are no findings."""
    marks = fingerprints(run.findings)
    issues = [
        {
            "type": "issue",
            "description": f"{visible(finding.message)} ({finding.code})",
            "check_name": finding.name,
            "fingerprint": mark,
            "severity": _SEVERITY[finding.severity],
            "categories": ["Bug Risk"] if finding.severity >= Severity.WARNING else ["Style"],
            "location": {
                "path": finding.file.removeprefix("./"),
                "lines": {"begin": finding.start[0], "end": finding.end[0]},
            },
            "content": {"body": "\n".join(visible(step) for step in finding.derivation)},
        }
        for finding, mark in zip(run.findings, marks, strict=True)
    ]
    return json_text(issues, indent=2) + "\n"
