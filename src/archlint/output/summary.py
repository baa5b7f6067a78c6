"""The closing lines of a text for people."""

from __future__ import annotations

from archlint.findings import Severity
from archlint.output.colour import Paint
from archlint.output.escape import log_line
from archlint.output.run import Run, Style, Summary, count, fixable

_SEVERITIES = (Severity.ERROR, Severity.WARNING, Severity.INFO, Severity.HINT)


def summary_lines(run: Run, style: Style, paint: Paint) -> list[str]:
    """Return what closes the output: fixes made, statistics, counts, what was read."""
    lines: list[str] = []
    if style.show_fixes and run.applied:
        lines += [f"Fixed {count(len(run.applied), 'finding')}:"]
        lines += [
            f"    {log_line(finding.file)}:{finding.start[0]}: {finding.code} {log_line(finding.message)}"
            for finding in run.applied
        ]
    if style.statistics:
        lines += statistics(run)
    if style.quiet:
        return lines
    findings = f"{verdict(run.summary, paint)}."
    ready = sum(map(fixable, run.findings))
    if style.fixing:
        if run.applied and not style.show_fixes:
            findings = f"Fixed {count(len(run.applied), 'finding')}. {findings}"
        if ready:
            were = "was" if ready == 1 else "were"
            findings += f" {ready:,} that can be fixed would bring another with it, and {were} left."
    elif ready:
        findings += f" {ready:,} can be fixed with --fix."
    lines += [findings, coverage(run)]
    if run.baseline:
        lines.append(_baseline(run))
    if run.note:
        lines.append(log_line(run.note))
    return lines


def verdict(summary: Summary, paint: Paint) -> str:
    """Return the counts: ``3 errors, 1 warning``, or ``No findings``."""
    counts = ((severity, getattr(summary, str(severity))) for severity in _SEVERITIES)
    words = [
        paint.severity(severity, _counted(number, severity)) for severity, number in counts if number > 0
    ]
    return ", ".join(words) or "No findings"


def _counted(number: int, severity: Severity) -> str:
    return f"{number:,} info" if severity is Severity.INFO else count(number, str(severity))


def coverage(run: Run) -> str:
    """Return how much was read, and how many cards met their config."""
    summary = run.summary
    if summary.files == 0:
        return "No spec file changed." if run.limited else "No spec file was found."
    text = f"Read {count(summary.models, 'model')} in {count(summary.files, 'file')}"
    cards = summary.cards_with_config + summary.cards_without_config
    if cards == 0:
        return f"{text}."
    missing, unread = summary.cards_without_config, summary.cards_unchecked
    checked = f"{summary.cards_with_config - unread:,} of {count(cards, 'card')} checked against a config"
    broken = f", that of {unread:,} cannot be read" if unread else ""
    return f"{text}; {checked}{broken}" + (f", none was found for {missing:,}." if missing else ".")


def statistics(run: Run) -> list[str]:
    """Return findings by rule, the most frequent first: ``12  error  KVC001  kv-cache-figure  [*]``."""
    rows: dict[str, tuple[int, int, Severity, str]] = {}
    for finding in run.findings:
        number, ready, severity, _ = rows.get(finding.code, (0, 0, finding.severity, ""))
        rows[finding.code] = (
            number + 1,
            ready + fixable(finding),
            max(severity, finding.severity),
            finding.name,
        )
    wide = max((len(f"{number:,}") for number, *_ in rows.values()), default=0)
    return [
        f"{number:>{wide},}  {severity!s:<7}  {log_line(code)}  {log_line(name)}"
        + (f"  [{ready:,} fixable]" if ready else "")
        for code, (number, ready, severity, name) in sorted(
            rows.items(), key=lambda row: (-row[1][0], row[0])
        )
    ]


def _baseline(run: Run) -> str:
    text = f"Baseline: {count(len(run.known), 'known finding')} left out"
    return f"{text}, {count(run.fixed, 'finding')} fixed since." if run.fixed else f"{text}."
