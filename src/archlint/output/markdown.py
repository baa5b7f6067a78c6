"""Markdown for a pull-request comment or a job summary."""

from __future__ import annotations

from collections import Counter
from itertools import chain

from archlint.findings import Finding, Severity
from archlint.output.colour import Paint
from archlint.output.escape import markdown, visible
from archlint.output.run import Run, Style, fixable
from archlint.output.summary import coverage, verdict

_MOST = 50  # findings in the table
_LONGEST = 60_000  # characters: GitHub refuses a comment above 65,536
_LONGEST_CELL = 400  # characters of one text from a file
_SIGN = {Severity.ERROR: "❌", Severity.WARNING: "⚠️", Severity.INFO: "ℹ️", Severity.HINT: "💡"}


def render(run: Run, style: Style) -> str:
    """Return a heading, a table of the worst findings, and how each was worked out."""
    lines = [f"### archlint: {verdict(run.summary, Paint())}", "", coverage(run)]
    if run.known:
        lines[-1] += f" {len(run.known):,} known from the baseline are left out."
    findings = sorted(run.findings, key=lambda finding: (-finding.severity, finding.sort_key))
    rows = _fitting([[_row(finding, run)] for finding in findings[:_MOST]], _LONGEST)
    if rows:
        lines += ["", "| | place | model | finding |", "|---|---|---|---|", *chain(*rows)]
    shown = findings[: len(rows)]
    details = [_details(finding) for finding in shown if finding.derivation or finding.related]
    lines += chain(*_fitting(details, _LONGEST - sum(map(len, lines))))
    if rest := findings[len(rows) :]:
        codes = Counter(finding.code for finding in rest).most_common(10)
        words = ", ".join(f"{markdown(code)} {number:,}" for code, number in codes)
        lines += ["", f"{len(rest):,} more: {words}."]
    if any(map(fixable, run.findings)):
        lines += ["", "`archlint check --fix` mends those marked 🔧."]
    if run.note:
        lines += ["", markdown(run.note)]
    text = "\n".join(lines) + "\n"
    if run.changes:
        from archlint.output.changed import blocks

        text += "\n".join(["", "#### What changed", *blocks(run.changes, _LONGEST - len(text)), ""])
    return text


def _fitting(blocks: list[list[str]], room: int) -> list[list[str]]:
    """Return the blocks of lines that fit in ``room`` characters, up to the first that does not."""
    for index, block in enumerate(blocks):
        room -= sum(len(line) + 1 for line in block)
        if room < 0:
            return blocks[:index]
    return blocks


def _text(text: str) -> str:
    return markdown(text if len(text) <= _LONGEST_CELL else f"{text[:_LONGEST_CELL]}…")


def _row(finding: Finding, run: Run) -> str:
    line, column = finding.start
    rule = run.rules.get(finding.code)
    code = markdown(finding.code)
    if rule and rule.url.startswith("https://"):
        code = f"[{code}]({rule.url})"
    cells = (
        _SIGN[finding.severity],
        f"{_text(finding.file)}:{line}:{column}",
        _text(finding.model or ""),
        f"{code} {_text(finding.message)}{' 🔧' if fixable(finding) else ''}",
    )
    return f"| {' | '.join(cells)} |"


def _details(finding: Finding) -> list[str]:
    title = f"{_text(finding.model)}: " if finding.model else ""
    steps = [visible(step) for step in finding.derivation]
    steps += [visible(f"{related.file}:{related.start[0]}: {related.message}") for related in finding.related]
    return [
        "",
        f"<details><summary>{title}{_text(finding.message)}</summary>",
        "",
        *fence(steps),
        "</details>",
    ]


def fence(lines: list[str]) -> list[str]:
    """Return ``lines`` in a code fence that is longer than any run of backticks within them."""
    longest = run = 0
    for letter in "\n".join(lines):
        run = run + 1 if letter == "`" else 0
        longest = max(longest, run)
    mark = "`" * max(3, longest + 1)
    return [f"{mark}text", *lines, mark]
