"""Making fixes: to a text, round by round, until nothing is left to fix; and to a file, atomically."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from archlint.findings import Finding, Fix, Severity
from archlint.source.edits import Edit, apply
from archlint.values import dataclass

_ROUNDS = 10
"""A fix may uncover another; ten rounds in a row mean that two rules undo each other."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """What came of fixing a text: the new text, the findings that are gone, those that are left."""

    text: str
    made: tuple[Finding, ...]
    left: tuple[Finding, ...]


def fix_text(text: str, lint: Callable[[str], tuple[Finding, ...]], *, unsafe: bool = False) -> Fixed:
    """Make every fix that may be made in ``text``; ``lint`` gives the findings of a text.

    Fixes that overlap wait for the next round. A fix may bring a finding to light that another one removes (a key that
    is spelt right at last has a value to judge); where that does not end well, those that bring one are not made.
    Doing it twice changes nothing.
    """
    findings = lint(text)
    eager = _eagerly(text, findings, lint, unsafe)
    if eager is not None:
        return eager
    made: list[Finding] = []
    refused: set[tuple[str, str | None, str, tuple[Edit, ...]]] = set()
    for _ in range(_ROUNDS):
        chosen = [
            (finding, fix)
            for finding, fix in _without_overlap(findings, unsafe)
            if _identity(finding, fix) not in refused
        ]
        if not chosen:
            break
        text, findings, accepted = _make(text, findings, chosen, lint)
        made += (finding for finding, _ in accepted)
        refused.update(_identity(*choice) for choice in chosen if choice not in accepted)
    return Fixed(text, tuple(made), findings)


def applicable(finding: Finding, unsafe: bool) -> Fix | None:
    """Return the fix of ``finding`` that may be made, if it has one."""
    for fix in finding.fixes:
        if fix.edits and (fix.safe or unsafe):
            return fix
    return None


def write(path: Path, text: str) -> None:
    """Replace the file at ``path`` by ``text`` in one step; its mode is kept, a link is followed."""
    target = Path(os.path.realpath(path))
    mode = target.stat().st_mode
    handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode & 0o7777)
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise


def _eagerly(
    text: str, before: tuple[Finding, ...], lint: Callable[[str], tuple[Finding, ...]], unsafe: bool
) -> Fixed | None:
    """Make every fix, round after round; None when that does not come to rest, or leaves a new finding."""
    findings = before
    made: list[Finding] = []
    for _ in range(_ROUNDS):
        chosen = _without_overlap(findings, unsafe)
        if not chosen:
            return None if _worse(before, findings) else Fixed(text, tuple(made), findings)
        text = apply(text, (edit for _, fix in chosen for edit in fix.edits))
        made += (finding for finding, _ in chosen)
        findings = lint(text)
    return None


_Choice = tuple[Finding, Fix]


def _make(
    text: str,
    before: tuple[Finding, ...],
    chosen: list[_Choice],
    lint: Callable[[str], tuple[Finding, ...]],
) -> tuple[str, tuple[Finding, ...], list[_Choice]]:
    """Make all ``chosen`` fixes at once; where together they break something, those of each half that do not."""
    together = apply(text, (edit for _, fix in chosen for edit in fix.edits))
    after = lint(together)
    if not _worse(before, after):
        return together, after, chosen
    if len(chosen) == 1:
        return text, before, []
    half = len(chosen) // 2  # the later one first, so that earlier offsets hold
    text, before, late = _make(text, before, chosen[half:], lint)
    text, before, early = _make(text, before, chosen[:half], lint)
    return text, before, early + late


def _without_overlap(findings: Iterable[Finding], unsafe: bool) -> list[_Choice]:
    chosen: list[_Choice] = []
    taken: list[Edit] = []
    for finding in findings:
        fix = applicable(finding, unsafe)
        if fix is None or any(_overlap(edit, other) for edit in fix.edits for other in taken):
            continue
        chosen.append((finding, fix))
        taken += fix.edits
    return sorted(chosen, key=lambda choice: min(choice[1].edits))


def _overlap(one: Edit, other: Edit) -> bool:
    return one.start <= other.end and other.start <= one.end


def _worse(before: Iterable[Finding], after: Iterable[Finding]) -> bool:
    """Tell whether ``after`` has a finding of some rule, model and place that ``before`` had not."""
    gained = _count(after) - _count(before)
    return bool(gained)


def _count(findings: Iterable[Finding]) -> Counter[tuple[str, str | None, str]]:
    return Counter(
        (finding.code, finding.model, finding.pointer)
        for finding in findings
        if finding.severity > Severity.HINT
    )


def _identity(finding: Finding, fix: Fix) -> tuple[str, str | None, str, tuple[Edit, ...]]:
    return finding.code, finding.model, finding.pointer, fix.edits
