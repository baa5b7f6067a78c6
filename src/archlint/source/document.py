"""A document: one file's text, its tree, and what was wrong with the text itself."""

from __future__ import annotations

from typing import Literal, TypeAlias

from archlint.source.comments import comment_ranges
from archlint.source.edits import Edit
from archlint.source.lines import Lines
from archlint.source.tree import Node
from archlint.values import cached_property, dataclass, field

Format: TypeAlias = Literal["json", "yaml", "front-matter"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong that the source stage itself met.

    ``rule`` is the kebab-case name of the rule file with ``raised_by: source`` that reports it;
    ``facts`` are the values its message may use; ``related`` are other places (start, end, message).
    ``safe`` is false of ``edits`` that may change what the file means.
    """

    rule: str
    start: int
    end: int
    facts: dict[str, str] = field(default_factory=dict)
    related: tuple[tuple[int, int, str], ...] = ()
    edits: tuple[Edit, ...] = ()
    safe: bool = True


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, ``#`` or ``//`` included, without its line end."""

    start: int
    end: int
    text: str


@dataclass(eq=False)
class Document:
    """A text and its tree. ``root`` is None when nothing of the text could be read.

    ``body`` is the range (start, end) that the tree covers: the whole text, or what stands between
    the two ``---`` of front matter. ``damaged`` are the ranges of top-level entries that could be read
    only in part: what is absent there may have been written.
    """

    name: str
    text: str
    format: Format
    root: Node | None
    problems: list[Problem] = field(default_factory=list)
    body: tuple[int, int] = (0, 0)
    damaged: list[tuple[int, int]] = field(default_factory=list)
    found_comments: list[Comment] | None = None

    @cached_property
    def lines(self) -> Lines:
        """Line starts, built when a position is first asked for."""
        return Lines(self.text)

    @cached_property
    def comments(self) -> list[Comment]:
        """The comments in file order, looked for when first asked for."""
        if self.found_comments is not None:
            return self.found_comments
        return [Comment(start, end, self.text[start:end]) for start, end in comment_ranges(self)]
