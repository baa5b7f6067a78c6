"""JUnit XML: a suite a file. A finding at or above ``--fail-on`` is a failure; a lesser one has passed."""

from __future__ import annotations

from itertools import groupby

from archlint.findings import Finding
from archlint.output.escape import xml
from archlint.output.run import Run, Style


def render(run: Run, style: Style) -> str:
    """Return the report; a file without findings is one test that passed."""
    findings = sorted(run.findings, key=lambda finding: finding.sort_key)
    suites = {file: list(group) for file, group in groupby(findings, key=lambda finding: finding.file)}
    files = list(dict.fromkeys([*run.checked, *suites]))
    total = sum(max(1, len(suites.get(file, ()))) for file in files)
    failures = sum(_fails(finding, run) for finding in findings)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="archlint" tests="{total}" failures="{failures}" errors="0">',
    ]
    for file in files:
        lines += _suite(file, suites.get(file, []), run)
    lines.append("</testsuites>")
    return "".join(f"{line}\n" for line in lines)


def _fails(finding: Finding, run: Run) -> bool:
    return finding.severity >= run.fail_on


def _suite(file: str, findings: list[Finding], run: Run) -> list[str]:
    failures = sum(_fails(finding, run) for finding in findings)
    tests = max(1, len(findings))
    name = xml(file)
    lines = [
        f'  <testsuite name="{name}" tests="{tests}" failures="{failures}" errors="0" skipped="0" time="0">'
    ]
    if not findings:
        lines.append(f'    <testcase name="archlint" classname="{name}" time="0"/>')
    for finding in findings:
        lines += _case(finding, name, run)
    lines.append("  </testsuite>")
    return lines


def _case(finding: Finding, classname: str, run: Run) -> list[str]:
    line, column = finding.start
    title = xml(f"{finding.code} {finding.name} at {line}:{column}")
    body = "\n".join(
        (
            f"{finding.file}:{line}:{column}: {finding.severity} {finding.code} {finding.message}",
            *finding.derivation,
            *(f"{related.file}:{related.start[0]}: {related.message}" for related in finding.related),
        )
    )
    if _fails(finding, run):
        inner = f'<failure type="{finding.severity}" message="{xml(finding.message)}">{xml(body)}</failure>'
    else:
        inner = f"<system-out>{xml(body)}</system-out>"
    return [
        f'    <testcase name="{title}" classname="{classname}" time="0">',
        f"      {inner}",
        "    </testcase>",
    ]
