"""The text for people: each finding with its line of source underlined, and how it was worked out."""

from __future__ import annotations

from archlint.findings import Finding
from archlint.output.colour import Paint
from archlint.output.concise import headline
from archlint.output.escape import file_name, log_line, log_text, short
from archlint.output.places import Places
from archlint.output.run import Run, Style
from archlint.output.summary import summary_lines
from archlint.output.width import width

_LONGEST = 120  # code points of a source line that are shown; longer ones are cut around the range
_BEFORE = 40  # code points kept before the range in a line that is cut
_INDENT = "    "


def render(run: Run, style: Style) -> str:
    """Return the findings and the summary."""
    paint = Paint(style.colour)
    places = Places(run.sources)
    lines: list[str] = []
    for finding in run.findings:
        lines.append(headline(finding, paint))
        lines += excerpt(finding, places, paint)
        if finding.model is not None and run.summary.models > 1:
            lines.append(f"{_INDENT}model: {log_line(short(finding.model))}")
        lines += [f"{_INDENT}{log_line(step)}" for step in finding.derivation]
        lines += _related(finding)
        if style.show_fixes:
            lines += _fixes(finding, paint)
        lines.append("")
    lines += summary_lines(run, style, paint)
    return "".join(f"{line}\n" for line in lines)


def excerpt(finding: Finding, places: Places, paint: Paint) -> list[str]:
    """Return the source line and the line that underlines the range; nothing without a source."""
    number, column = finding.start
    source = places.line_text(finding.file, number)
    if source is None:
        return []
    start = min(column - 1, len(source))
    end = len(source) if finding.end[0] > number else min(finding.end[1] - 1, len(source))
    before, marked, after = _cut(source, start, max(start, end))
    gutter = f"{number} |"
    under = f"{' ' * (len(gutter) - 1)}|"
    carets = "^" * max(1, width(marked))
    line = log_text(f"{before}{marked}{after}".rstrip())
    return [
        f"{paint.gutter(gutter)} {line}" if line else paint.gutter(gutter),
        f"{paint.gutter(under)} {' ' * width(before)}{paint.severity(finding.severity, carets)}",
    ]


def _cut(source: str, start: int, end: int) -> tuple[str, str, str]:
    """Return what stands before, in and after the range, as shown; a long line is cut around the range."""
    first, last = 0, len(source)
    if len(source) > _LONGEST:
        first = max(0, min(start - _BEFORE, len(source) - _LONGEST))
        last = first + _LONGEST
    before = ("…" if first else "") + _shown(source[first:start])
    marked = _shown(source[start : min(end, last)])
    after = _shown(source[min(end, last) : last]) + ("…" if last < len(source) else "")
    return before, marked, after


def _shown(text: str) -> str:
    return log_text(text.replace("\t", "  "))


def _related(finding: Finding) -> list[str]:
    return [
        f"{_INDENT}{file_name(related.file)}:{line}:{column}: {log_line(related.message)}"
        for related in finding.related
        for line, column in [related.start]
    ]


def _fixes(finding: Finding, paint: Paint) -> list[str]:
    return [
        f"{_INDENT}{paint.bold('fix' if fix.safe else 'unsafe fix')}: {log_line(fix.title)}"
        for fix in finding.fixes
    ]
