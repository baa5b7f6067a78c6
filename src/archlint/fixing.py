"""Making fixes: to a text, round by round, until nothing is left to fix; and to a file, atomically."""

from __future__ import annotations

import os
import tempfile
from bisect import bisect, insort
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path

from archlint.findings import Finding, Fix, Severity
from archlint.source.edits import Edit, apply
from archlint.values import dataclass

_ROUNDS = 10
"""A fix may uncover another; ten rounds in a row mean that two rules undo each other."""

_Choice = tuple[Finding, Fix]
_Lint = Callable[[str], tuple[Finding, ...]]


@dataclass(frozen=True, slots=True)
class Fixed:
    """What came of fixing a text: the new text, the findings that are gone, those that are left."""

    text: str
    made: tuple[Finding, ...]
    left: tuple[Finding, ...]


def fix_text(text: str, lint: _Lint, *, unsafe: bool = False) -> Fixed:
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
        refused |= {_identity(*choice) for choice in chosen} - {_identity(*choice) for choice in accepted}
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


def _eagerly(text: str, before: tuple[Finding, ...], lint: _Lint, unsafe: bool) -> Fixed | None:
    """Make every fix, round after round; None when that does not come to rest, or leaves a new finding."""
    findings = before
    made: list[Finding] = []
    for _ in range(_ROUNDS):
        chosen = _without_overlap(findings, unsafe)
        if not chosen:
            return None if _worse(before, findings) else Fixed(text, tuple(made), findings)
        text = _with(text, chosen)
        made += (finding for finding, _ in chosen)
        findings = lint(text)
    return None


_Made = tuple[str, tuple[Finding, ...], list[_Choice]]
"""A text, its findings, and the fixes that were made in it."""


def _make(text: str, before: tuple[Finding, ...], chosen: list[_Choice], lint: _Lint) -> _Made:
    """Make all ``chosen`` fixes at once; where together they break something, those that do not."""
    together = _with(text, chosen)
    after = lint(together)
    if not _worse(before, after):
        return together, after, chosen
    if len(chosen) == 1:
        return text, before, []
    made = _model_by_model(text, before, chosen, lint)
    return _half_by_half(text, before, chosen, lint) if made is None else made


def _model_by_model(
    text: str, before: tuple[Finding, ...], chosen: list[_Choice], lint: _Lint
) -> _Made | None:
    """Tell the fixes of all models apart at once, each model's by halves: a long gallery is not read once per fix.

    None when there is one model only, or a fix breaks something in another model than its own.
    """
    waiting: dict[str | None, list[list[_Choice]]] = {}
    for choice in chosen:
        waiting.setdefault(choice[0].model, [[]])[0].append(choice)
    if len(waiting) == 1:
        return None
    made: list[_Choice] = []
    while waiting:
        tried = {model: parts.pop() for model, parts in waiting.items()}
        gained = _gained(before, lint(_with(text, [*made, *chain.from_iterable(tried.values())])))
        broken = {model for _, model, _ in gained}
        if not broken <= tried.keys():
            return None
        for model, choices in tried.items():
            half = len(choices) // 2
            if model not in broken:
                made += choices
            elif half:
                waiting[model] += (choices[:half], choices[half:])
        waiting = {model: parts for model, parts in waiting.items() if parts}
    text = _with(text, made)
    after = lint(text)
    return None if _worse(before, after) else (text, after, made)


def _half_by_half(text: str, before: tuple[Finding, ...], chosen: list[_Choice], lint: _Lint) -> _Made:
    half = len(chosen) // 2  # the later one first, so that earlier offsets hold
    text, before, late = _make(text, before, chosen[half:], lint)
    text, before, early = _make(text, before, chosen[:half], lint)
    return text, before, early + late


def _with(text: str, choices: Iterable[_Choice]) -> str:
    return apply(text, (edit for _, fix in choices for edit in fix.edits))


def _without_overlap(findings: Iterable[Finding], unsafe: bool) -> list[_Choice]:
    chosen: list[_Choice] = []
    taken: list[Edit] = []  # in order
    for finding in findings:
        fix = applicable(finding, unsafe)
        if fix is None or any(_overlaps(edit, taken) for edit in fix.edits):
            continue
        chosen.append((finding, fix))
        for edit in fix.edits:
            insort(taken, edit)
    return sorted(chosen, key=lambda choice: min(choice[1].edits))


def _overlaps(edit: Edit, taken: list[Edit]) -> bool:
    """Tell whether an edit touches one of those taken, which stand in order and apart from each other."""
    place = bisect(taken, edit)
    return any(_overlap(edit, other) for other in taken[max(place - 1, 0) : place + 1])


def _overlap(one: Edit, other: Edit) -> bool:
    return one.start <= other.end and other.start <= one.end


def _worse(before: Iterable[Finding], after: Iterable[Finding]) -> bool:
    """Tell whether ``after`` has a finding of some rule, model and place that ``before`` had not."""
    return bool(_gained(before, after))


def _gained(before: Iterable[Finding], after: Iterable[Finding]) -> Counter[tuple[str, str | None, str]]:
    """Return rule, model and pointer of what ``after`` has and ``before`` had not."""
    return _count(after) - _count(before)


def _count(findings: Iterable[Finding]) -> Counter[tuple[str, str | None, str]]:
    return Counter(
        (finding.code, finding.model, finding.pointer)
        for finding in findings
        if finding.severity > Severity.HINT
    )


def _identity(finding: Finding, fix: Fix) -> tuple[str, str | None, str, tuple[Edit, ...]]:
    return finding.code, finding.model, finding.pointer, fix.edits
