"""The problems that a reader collects, at most MAX_PROBLEMS of them."""

from __future__ import annotations

from collections.abc import Iterable

from archlint.source.document import Problem
from archlint.source.edits import Edit
from archlint.source.limits import MAX_PROBLEMS


class Trouble:
    """Collects problems into a list; ranges are kept inside the text."""

    __slots__ = ("problems", "size")

    def __init__(self, text: str, problems: list[Problem]) -> None:
        self.size = len(text)
        self.problems = problems

    def add(
        self,
        rule: str,
        start: int,
        end: int,
        edits: Iterable[Edit] = (),
        related: Iterable[tuple[int, int, str]] = (),
        facts: dict[str, str] | None = None,
        **named: str,
    ) -> None:
        """Add a problem."""
        if len(self.problems) < MAX_PROBLEMS:
            start = min(max(start, 0), self.size)
            end = min(max(end, start), self.size)
            self.problems.append(Problem(rule, start, end, facts or named, tuple(related), tuple(edits)))

    def once(self, rule: str, start: int, end: int, **named: str) -> None:
        """Add a problem unless there is one of the same rule."""
        if all(problem.rule != rule for problem in self.problems):
            self.add(rule, start, end, facts=named)
