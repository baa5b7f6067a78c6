"""The problems that a reader collects, at most MAX_PROBLEMS of them."""

from __future__ import annotations

from collections.abc import Iterable

from archlint.source.document import Problem
from archlint.source.edits import Edit
from archlint.source.limits import MAX_PROBLEMS
from archlint.source.scalars import shown_key
from archlint.source.tree import Node


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
        safe: bool = True,
        **named: str,
    ) -> None:
        """Add a problem."""
        if len(self.problems) < MAX_PROBLEMS:
            start = min(max(start, 0), self.size)
            end = min(max(end, start), self.size)
            self.problems.append(
                Problem(rule, start, end, facts or named, tuple(related), tuple(edits), safe)
            )

    def repeated(self, key: Node, first: Node, name: str, times: int, *, merge: bool = False) -> None:
        """Add the problem of a key that stands in one mapping for the second time, or for a later one."""
        effect = "readers keep the last one and drop this file's other value" + "s" * (times > 2)
        if merge:
            effect = "some readers merge all that they name, others keep the last one or refuse the file"
        self.add(
            "duplicate-key",
            key.start,
            key.end,
            related=[(first.start, first.end, "first written here")],
            key=shown_key(name),
            times="twice" if times == 2 else f"{times} times",
            effect=effect,
        )

    def once(self, rule: str, start: int, end: int, **named: str) -> None:
        """Add a problem unless there is one of the same rule."""
        if all(problem.rule != rule for problem in self.problems):
            self.add(rule, start, end, facts=named)
