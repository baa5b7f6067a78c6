"""The state of reading JSON: the open brackets, and what is known of the text's lines."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

from archlint.patterns import pattern
from archlint.source.document import Comment, Problem
from archlint.source.edits import Edit
from archlint.source.limits import MAX_DEPTH, MAX_NODES
from archlint.source.lines import Lines
from archlint.source.scalars import shown
from archlint.source.tree import MAPPING, SEQUENCE, Node, Pair
from archlint.source.trouble import Trouble
from archlint.values import dataclass, field

_BLANK: Final = pattern(r"[ \t\n\r]*")
_ODD_BLANK: Final = pattern("[\f\v\x85\xa0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff]")
_CONTROL: Final = pattern(r"[\x00-\x08\x0e-\x1f\x7f]+")
_COMMENT: Final = pattern(r"//[^\n\r]*|/\*.*?(?:\*/|\Z)|#[^\n\r]*", re.DOTALL)
_SKIP: Final = pattern(r'[^\[\]{}"]+|"(?:[^"\\\n\r]|\\.)*"?|[\[{]+|[\]}]+', re.DOTALL)
_INDENT: Final = pattern(r"[ \t]*")
_MOST_ODD: Final = 50_000  # members read the slow way; a text with more mistakes is not read to its end
_SIGNS: Final = frozenset(("", "{", "}", "[", "]", ",", ":", '"'))
_CLOSER: Final = {"{": "}", "[": "]"}


@dataclass(slots=True)
class Frame:
    """An open bracket and what has been read of its content."""

    node: Node
    mapping: bool
    pairs: list[Pair]
    items: list[Node]
    names: dict[str, Pair]  # of a repeated key the first
    implied: bool = False  # no bracket was written


@dataclass(slots=True)
class JsonTree:
    """What was read: the tree, the problems and the comments."""

    root: Node | None = None
    problems: list[Problem] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    unbalanced: bool = False


class Brackets:
    """A text, the containers that are open at some place in it, and how one opens and closes."""

    def __init__(self, text: str, start: int, *, by_indent: bool) -> None:
        self.text = text
        self.start = start
        self.by_indent = by_indent
        self.tree = JsonTree()
        self.trouble = Trouble(text, self.tree.problems)
        self.stack: list[Frame] = []
        self.comma = -1  # offset of the comma just read, while a member is expected
        self.left = MAX_NODES
        self.odd_left = _MOST_ODD
        self.lines: list[int] | None = None  # line starts
        self.indents: dict[int, int] = {}  # indentation by line start
        self.times: dict[int, int] = {}  # how often a repeated key stands, by where it stands first

    def open(self, pos: int, *, implied: bool = False) -> tuple[Node, int]:
        """Open the container whose bracket stands at ``pos``; its node grows as its content is read."""
        mapping = implied or self.text[pos] == "{"
        frame = Frame(Node(MAPPING if mapping else SEQUENCE, pos, pos + 1), mapping, [], [], {}, implied)
        frame.node.pairs, frame.node.items = frame.pairs, frame.items
        self.left -= 1
        if len(self.stack) >= MAX_DEPTH:
            end = self.beyond(pos)
            frame.node.end = end
            self.trouble.once("too-deep", pos, pos + 1, limit=str(MAX_DEPTH))
            return frame.node, end
        self.stack.append(frame)
        self.comma = -1
        return frame.node, pos if implied else pos + 1

    def beyond(self, pos: int) -> int:
        """Return the offset after the bracket that closes the one at ``pos``."""
        depth = 0
        for match in _SKIP.finditer(self.text, pos):
            char = match[0][0]
            if char in "{[":
                depth += len(match[0])
            elif char in "}]":
                if len(match[0]) >= depth:
                    return match.start() + depth
                depth -= len(match[0])
        return len(self.text)

    def close(self, end: int) -> None:
        """Close the innermost container."""
        self.stack.pop().node.end = end

    def truncated(self) -> None:
        """Report the brackets that the end of the text leaves open, and close them."""
        self.tree.unbalanced = True
        end = len(self.text.rstrip())
        opened = [frame for frame in self.stack if not frame.implied]
        related = [
            (frame.node.start, frame.node.start + 1, f"`{self.text[frame.node.start]}` is opened here")
            for frame in opened
        ]
        if opened:
            closers = "".join(_CLOSER[self.text[frame.node.start]] for frame in reversed(opened))
            self.trouble.add(
                "truncated",
                max(end - 1, 0),
                end,
                related=related[-3:],
                count=str(len(opened)),
                closers=shown(closers, 20),
            )
        for frame in self.stack:
            frame.node.end = end
        self.stack.clear()

    def exhausted(self, pos: int) -> None:
        """Stop reading: a limit is reached."""
        limit = f"{MAX_NODES:,} values" if self.left < 0 else f"{_MOST_ODD:,} mistakes"
        self.trouble.add("too-many-values", pos, pos + 1, limit=limit)
        for frame in self.stack:
            frame.node.end = pos
        self.stack.clear()

    def unclosed(self) -> None:
        """Close the innermost container, whose bracket is missing."""
        frame = self.stack[-1]
        last = frame.pairs[-1].value if frame.pairs else frame.items[-1] if frame.items else frame.node
        if not frame.implied:
            bracket = self.text[frame.node.start]
            self.trouble.add(
                "unclosed-bracket",
                frame.node.start,
                frame.node.start + 1,
                bracket=bracket,
                closer=_CLOSER[bracket],
            )
        self.close(last.end)

    def repeated(self, frame: Frame, pair: Pair) -> None:
        """Report a key that stands twice."""
        first = frame.names[pair.name].key
        times = self.times[first.start] = self.times.get(first.start, 1) + 1
        self.trouble.repeated(pair.key, first, pair.name, times)

    def skip(self, pos: int) -> int:
        """Return the offset of the next thing that is no space and no comment."""
        text = self.text
        while True:
            blank = _BLANK.match(text, pos)
            pos = blank.end() if blank else pos
            if text[pos : pos + 1] in _SIGNS:
                return pos
            comment = _COMMENT.match(text, pos)
            if comment is None:
                if (control := _CONTROL.match(text, pos)) is not None:
                    self.trouble.add(
                        "control-character", pos, control.end(), character=f"U+{ord(text[pos]):04X}"
                    )
                    pos = control.end()
                    continue
                if _ODD_BLANK.match(text, pos) is None:
                    return pos
                found = f"U+{ord(text[pos]):04X}"
                edit = Edit(pos, pos + 1, " ")
                self.trouble.add(
                    "json-syntax", pos, pos + 1, [edit], facts=unexpected(found, "an ordinary space")
                )
                pos += 1
                continue
            pos = self.comments(comment)

    def comments(self, first: re.Match[str]) -> int:
        """Keep a comment and those that follow it with nothing between, and report them as one."""
        found: re.Match[str] | None = first
        end = first.end()
        while found is not None:
            self.tree.comments.append(Comment(found.start(), found.end(), found[0]))
            end = found.end()
            found = _COMMENT.match(self.text, self.skip_blank(end))
        self.trouble.add("comment-in-json", first.start(), end)
        return end

    def skip_blank(self, pos: int) -> int:
        """Return the offset of the next thing that is no space."""
        blank = _BLANK.match(self.text, pos)
        return blank.end() if blank else pos

    def rest(self, pos: int) -> None:
        """Report what stands after the document."""
        pos = self.skip(pos)
        end = len(self.text.rstrip())
        if pos < end:
            self.trouble.add("text-after-document", pos, end, text=shown(self.text[pos:end]))

    def outdented(self, pos: int) -> bool:
        """Whether a line starts at ``pos`` that stands too far left for the innermost container."""
        if not self.by_indent or len(self.stack) < 2:
            return False
        column = self.column(pos)
        if column is None:
            return False
        frame = self.stack[-1]
        own = self.indentation(frame.node.start)
        return column < own or (column == own and not frame.implied and self.text[pos] not in "]}")

    def column(self, pos: int) -> int | None:
        """Return the column of ``pos`` when nothing but space stands before it on its line."""
        start = self.line_start(pos)
        return pos - start if pos - start <= self.indentation(pos) else None

    def indentation(self, pos: int) -> int:
        """Return the indentation of the line that ``pos`` stands in."""
        start = self.line_start(pos)
        known = self.indents.get(start)
        if known is None:
            match = _INDENT.match(self.text, start)
            known = self.indents[start] = match.end() - start if match else 0
        return known

    def line_start(self, pos: int) -> int:
        """Return where the line of ``pos`` starts."""
        if self.lines is None:
            self.lines = Lines(self.text).starts
        return self.lines[bisect_right(self.lines, pos) - 1]


def unexpected(written: str, expected: str) -> dict[str, str]:
    """Return the facts of a ``json-syntax`` problem: what is there, and what should be."""
    text = shown(written)
    return {"found": f"`{text}`" if text else "the end of the text", "expected": expected}
