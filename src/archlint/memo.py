"""What was found out about the entries of a document, kept for its next version.

An edit changes one entry of a gallery. The others are the same text somewhere else, and whatever depends on nothing but
an entry and its config is taken over: its findings, moved to where the entry now stands, and its costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from archlint.findings import Finding, Fix, Related
from archlint.source.edits import Edit
from archlint.source.tree import identity
from archlint.values import dataclass, replace

if TYPE_CHECKING:
    from archlint.model import Implied, Model
    from archlint.source.document import Document, Problem
    from archlint.source.tree import Pair
    from archlint.specs.card import Card


@dataclass(frozen=True, slots=True)
class _Kept:
    """The findings of an entry as they stood with the entry at ``start`` on ``line``."""

    origin: Pair
    config: Document | None
    start: int
    line: int
    findings: tuple[Finding, ...]
    evaluated: frozenset[str]


class Memo:
    """One document's memory. ``lint`` fills and uses it; it holds the entries of the last version, no more."""

    def __init__(self) -> None:
        self._basis: tuple[object, ...] = ()
        self._kept: dict[int, _Kept] = {}
        self._last: dict[int, _Kept] = {}
        self._implied: dict[int, tuple[Document, Implied]] = {}
        self._implied_last: dict[int, tuple[Document, Implied]] = {}
        self._problems: dict[int, tuple[Pair, int, list[Problem]]] = {}
        self._problems_last: dict[int, tuple[Pair, int, list[Problem]]] = {}

    def begin(self) -> None:
        """Start a version: what it does not ask for again is forgotten with the next."""
        self._last, self._kept = self._kept, {}
        self._implied_last, self._implied = self._implied, {}
        self._problems_last, self._problems = self._problems, {}

    def rest_on(self, *basis: object) -> None:
        """Forget the findings when what they rest on besides the entries (rules, settings) is other than before."""
        if basis != self._basis:
            self._basis = basis
            self._last = {}

    def implied(self, document: Document) -> Implied:
        """Return what the config in ``document`` implies, worked out once while the file is the same."""
        known = self._implied.get(id(document)) or self._implied_last.get(id(document))
        if known is None:
            from archlint.model import Implied
            from archlint.specs.config import Config

            assert document.root is not None
            known = (document, Implied(Config(document.root)))
        self._implied[id(document)] = known
        return known[1]

    def checked(self, check: Callable[[Card], Iterable[Problem]]) -> Callable[[Card], Iterable[Problem]]:
        """Return ``check`` with a memory: an unchanged entry has the problems that it had."""

        def look(card: Card) -> Iterable[Problem]:
            found = _identity(card)
            if found is None:
                return check(card)
            origin, start = found
            known = self._problems.get(id(origin)) or self._problems_last.get(id(origin))
            if known is None or known[0] is not origin:
                known = (origin, start, list(check(card)))
            self._problems[id(origin)] = known
            by = start - known[1]
            return [_moved_problem(problem, by) for problem in known[2]]

        return look

    def recall(self, model: Model) -> tuple[list[Finding], frozenset[str]] | None:
        """Return an unchanged entry's findings, and the codes of the rules that had all their facts."""
        found = None if model.card is None else _identity(model.card)
        if found is None:
            return None
        origin, start = found
        kept = self._last.get(id(origin))
        if kept is None or kept.origin is not origin or kept.config is not _config_of(model):
            return None
        line = _line(model, start)
        moved = [_moved(each, start - kept.start, line - kept.line) for each in kept.findings]
        self._kept[id(origin)] = replace(kept, start=start, line=line, findings=tuple(moved))
        return moved, kept.evaluated

    def keep(self, model: Model, findings: Sequence[Finding], evaluated: frozenset[str]) -> None:
        """Remember what was found in an entry."""
        found = None if model.card is None else _identity(model.card)
        if found is not None:
            origin, start = found
            line = _line(model, start)
            self._kept[id(origin)] = _Kept(origin, _config_of(model), start, line, tuple(findings), evaluated)


def _identity(card: Card) -> tuple[Pair, int] | None:
    """Return the origin of an entry's tree and where the entry stands; None for what is no entry, or a broken one."""
    if card.pair is None:
        return None
    origin, by = identity(card.pair)
    start = origin.key.start + by
    if any(first <= start < end for first, end in card.document.damaged):
        return None
    return origin, start


def _config_of(model: Model) -> Document | None:
    """Return the file of a card's config; None for one that stands in the entry itself."""
    return None if model.config_document is model.document else model.config_document


def _line(model: Model, start: int) -> int:
    return model.document.lines.position(start)[0]


def _moved(finding: Finding, by: int, lines: int) -> Finding:
    """Return a finding on the same entry ``by`` code points and ``lines`` lines further on."""
    if by == 0 and lines == 0:
        return finding
    return replace(
        finding,
        start=(finding.start[0] + lines, finding.start[1]),
        end=(finding.end[0] + lines, finding.end[1]),
        start_offset=finding.start_offset + by,
        end_offset=finding.end_offset + by,
        fixes=tuple(
            Fix(fix.title, tuple(Edit(e.start + by, e.end + by, e.text) for e in fix.edits), fix.safe)
            for fix in finding.fixes
        ),
        related=tuple(
            Related(
                each.file,
                (each.start[0] + lines, each.start[1]),
                (each.end[0] + lines, each.end[1]),
                each.message,
            )
            if each.file == finding.file
            else each
            for each in finding.related
        ),
    )


def _moved_problem(problem: Problem, by: int) -> Problem:
    """Return a problem of the same entry ``by`` code points further on."""
    if by == 0:
        return problem
    return replace(
        problem,
        start=problem.start + by,
        end=problem.end + by,
        related=tuple((start + by, end + by, text) for start, end, text in problem.related),
        edits=tuple(Edit(edit.start + by, edit.end + by, edit.text) for edit in problem.edits),
    )
