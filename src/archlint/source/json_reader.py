"""JSON to a tree, whatever state the text is in.

Well-formed members are matched whole by one regular expression each. Everything else goes through
the ``odd`` methods: they name what is wrong, assume what was probably meant, and go on at the next comma,
line or bracket.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from archlint.source.document import Comment, Problem
from archlint.source.edits import Edit
from archlint.source.json_scalars import read_number, read_string, read_word
from archlint.source.limits import MAX_DEPTH, MAX_NODES
from archlint.source.scalars import shown
from archlint.source.tree import MAPPING, SEQUENCE, Node, Pair
from archlint.source.trouble import Trouble

_SPACE = r"[ \t\n\r]*"
_VALUE = (
    r'(?:"([^"\\\x00-\x1f]*)"'  # a string without escapes
    r"|(-?(?:0|[1-9][0-9]{0,17}))(?![\w.+-])"  # an integer of at most 18 digits
    r"|(-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,2})?)(?![\w.+-])"  # a float that fits
    r"|(true|false|null)(?!\w)"
    r"|([\[{]))" + _SPACE
)
_MEMBER: Final = re.compile(_SPACE + r'"([^"\\\x00-\x1f]*)"' + _SPACE + ":" + _SPACE + _VALUE)
_ELEMENT: Final = re.compile(_SPACE + _VALUE)
_WORDS: Final = {"true": True, "false": False, "null": None}

_BLANK: Final = re.compile(r"[ \t\n\r]*")
_ODD_BLANK: Final = re.compile("[\f\v\x85\xa0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff]")
_COMMENT: Final = re.compile(r"//[^\n\r]*|/\*.*?(?:\*/|\Z)|#[^\n\r]*", re.DOTALL)
_JUNK: Final = re.compile(r"[^,\n\r\[\]{}\"]+|\"")
_NAME: Final = re.compile(r"[^\s\"',:\[\]{}/#]+")
_LINE: Final = re.compile(r"[^\n\r]*")
_SKIP: Final = re.compile(r'[^\[\]{}"]+|"(?:[^"\\\n\r]|\\.)*"?|[\[\]{}]', re.DOTALL)
_KEY_AHEAD: Final = re.compile(r"\s*(?:\"[^\"\n\r]*\"|'[^'\n\r]*'|[\w.$-]+)\s*:")
_OPENER: Final = re.compile(r"[{\[]")
_HALF_KEY: Final = re.compile(r"([\w.$-]+)\s*:\s")
_WHOLE_KEY: Final = re.compile(r'"[^"\n\r]*"\s*:')
_COLON: Final = re.compile(r"\s*:")
_CLOSER: Final = {"{": "}", "[": "]"}

_State: TypeAlias = Literal["member", "after"]
_Add: TypeAlias = Callable[[Node], None]


@dataclass(slots=True)
class _Frame:
    """An open bracket and what has been read of its content."""

    node: Node
    mapping: bool
    pairs: list[Pair]
    items: list[Node]
    names: dict[str, Node]
    implied: bool = False  # no bracket was written


@dataclass(slots=True)
class JsonTree:
    """What was read: the tree, the problems and the comments."""

    root: Node | None = None
    problems: list[Problem] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    unbalanced: bool = False


def read_json(text: str, start: int = 0, end: int | None = None) -> JsonTree:
    """Read the JSON value in ``text`` from ``start``."""
    stop = len(text) if end is None else end
    if stop != len(text):
        text = text[:stop]
    tree = _Reader(text, start, by_indent=False).read()
    if tree.unbalanced:
        # A bracket is missing somewhere. Indentation says where, if the file has any.
        again = _Reader(text, start, by_indent=True).read()
        if len(again.problems) <= len(tree.problems):
            return again
    return tree


class _Reader:
    """One pass over one text."""

    def __init__(self, text: str, start: int, *, by_indent: bool) -> None:
        self.text = text
        self.start = start
        self.by_indent = by_indent
        self.tree = JsonTree()
        self.trouble = Trouble(text, self.tree.problems)
        self.stack: list[_Frame] = []
        self.comma = -1  # offset of the comma just read, while a member is expected
        self.left = MAX_NODES

    def read(self) -> JsonTree:
        """Read the whole text."""
        tree, text = self.tree, self.text
        pos = self.skip(self.start)
        if pos >= len(text):
            self.trouble.add("empty-file", self.start, len(text))
            return tree
        keyed = text[pos] not in "{[" and _KEY_AHEAD.match(text, pos) is not None
        if keyed:
            self.trouble.add(
                "json-syntax", pos, pos + 1, [Edit(pos, pos, "{")], facts=_found(text[pos], "`{`")
            )
        elif text[pos] not in "{[":
            opening = _OPENER.search(text, pos)
            if opening is None or text[pos] in "\"'-0123456789tfn":
                tree.root, after = self.scalar(pos)
                self.rest(after)
                return tree
            before = text[pos : opening.start()].rstrip()
            self.trouble.add("json-syntax", pos, pos + len(before), facts=_found(before, "`{`"))
            pos = opening.start()
        tree.root, pos = self.open(pos, implied=keyed)
        pos = self.containers(pos)
        if self.stack:
            self.truncated()
        else:
            self.rest(pos)
        return tree

    # -- brackets

    def open(self, pos: int, *, implied: bool = False) -> tuple[Node, int]:
        """Open the container whose bracket stands at ``pos``; its node grows as its content is read."""
        mapping = implied or self.text[pos] == "{"
        frame = _Frame(Node(MAPPING if mapping else SEQUENCE, pos, pos + 1), mapping, [], [], {}, implied)
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
            char = match[0]
            if char in ("{", "["):
                depth += 1
            elif char in ("}", "]"):
                depth -= 1
                if depth == 0:
                    return match.end()
        return len(self.text)

    def containers(self, pos: int) -> int:
        """Read on from ``pos`` until every open container is closed; return the offset after the last."""
        text, stack, comma_at = self.text, self.stack, self.comma
        size = len(text)
        state: _State = "member"
        fast = not self.by_indent
        while stack:
            frame = stack[-1]
            mapping = frame.mapping
            if state == "member":
                match = (_MEMBER if mapping else _ELEMENT).match(text, pos) if fast else None
                if match is None:
                    self.comma = comma_at
                    state, pos = self.odd_member(pos)
                    comma_at = self.comma
                    continue
                self.left -= 2
                if self.left < 0:
                    self.exhausted(pos)
                    return size
                which = match.lastindex or 0
                first, last = match.span(which)
                pos = match.end()
                kind = which if mapping else which + 1
                if kind == 2:
                    node = Node("string", first - 1, last + 1, match[which])
                elif kind == 3:
                    node = Node("integer", first, last, int(match[which]))
                elif kind == 4:
                    node = Node("float", first, last, float(match[which]))
                elif kind == 5:
                    word = _WORDS[match[which]]
                    node = Node("null" if word is None else "boolean", first, last, word)
                else:
                    node, pos = self.open(first)
                    comma_at = -1
                if mapping:
                    name = match[1]
                    begin, over = match.span(1)
                    key = Node("string", begin - 1, over + 1, name)
                    if name in frame.names:
                        self.repeated(frame, name, key)
                    frame.names[name] = key
                    frame.pairs.append(Pair(key, node, name))
                else:
                    frame.items.append(node)
                if kind == 6 and stack[-1] is not frame:
                    continue
                state = "after"
            char = text[pos] if pos < size else ""
            if char == "," and fast:
                comma_at = pos
                pos += 1
                state = "member"
            elif char == ("}" if mapping else "]") and fast:
                pos += 1
                frame.node.end = pos
                stack.pop()
                if not stack and (reopened := self.closed_early(pos)):
                    stack.append(frame)
                    pos = reopened
                    state = "after"
            else:
                self.comma = comma_at
                state, pos = self.odd_after(pos)
                comma_at = self.comma
        return pos

    def closed_early(self, pos: int) -> int:
        """Return where to read on when members follow the document's last bracket, else 0."""
        after = _BLANK.match(self.text, pos)
        at = after.end() if after else pos
        if at >= len(self.text):
            return 0
        more = at + 1 if self.text[at] == "," else at
        if more == at or self.stack or not _KEY_AHEAD.match(self.text, more):
            return 0
        self.tree.unbalanced = True
        self.trouble.add("json-syntax", pos - 1, pos, facts=_found(self.text[pos - 1], "no bracket here"))
        return at

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
                closers=closers,
            )
        for frame in self.stack:
            frame.node.end = end
        self.stack.clear()

    def exhausted(self, pos: int) -> None:
        self.trouble.add("too-many-values", pos, pos + 1, limit=f"{MAX_NODES:,}")
        for frame in self.stack:
            frame.node.end = pos
        self.stack.clear()

    def repeated(self, frame: _Frame, name: str, key: Node) -> None:
        first = frame.names[name]
        related = [(first.start, first.end, "first written here")]
        self.trouble.add("duplicate-key", key.start, key.end, related=related, key=shown(name))

    def close(self, end: int) -> None:
        """Close the innermost container."""
        self.stack.pop().node.end = end

    # -- what a well-formed text does not need

    def skip(self, pos: int) -> int:
        """Return the offset of the next thing that is no space and no comment."""
        text = self.text
        while True:
            blank = _BLANK.match(text, pos)
            pos = blank.end() if blank else pos
            comment = _COMMENT.match(text, pos)
            if comment is None:
                if _ODD_BLANK.match(text, pos) is None:
                    return pos
                found = f"U+{ord(text[pos]):04X}"
                edit = Edit(pos, pos + 1, " ")
                self.trouble.add(
                    "json-syntax", pos, pos + 1, [edit], facts=_found(found, "an ordinary space")
                )
                pos += 1
                continue
            self.tree.comments.append(Comment(pos, comment.end(), comment[0]))
            self.trouble.add("comment-in-json", pos, comment.end())
            pos = comment.end()

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
        column = _column(self.text, pos)
        if column is None:
            return False
        frame = self.stack[-1]
        own = _indentation(self.text, frame.node.start)
        return column < own or (column == own and not frame.implied and self.text[pos] not in "]}")

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

    def odd_member(self, pos: int) -> tuple[_State, int]:
        """Read a member or an element in whatever form it has."""
        text = self.text
        pos = self.skip(pos)
        if pos >= len(text):
            self.truncated()
            return "member", pos
        self.left -= 2
        if self.left < 0:
            self.exhausted(pos)
            return "member", len(text)
        if self.outdented(pos):
            self.unclosed()
            return "member", pos
        char = text[pos]
        if char in "}]":
            self.left_comma()
            return "after", pos
        if char == ",":
            self.trouble.add(
                "json-syntax", pos, pos + 1, [Edit(pos, pos + 1, "")], facts=_found(",", "a value")
            )
            return "member", pos + 1
        frame = self.stack[-1]
        if frame.mapping:
            return self.odd_pair(frame, pos)
        return self.value(pos, lambda node: frame.items.append(node))

    def odd_pair(self, frame: _Frame, pos: int) -> tuple[_State, int]:
        text, trouble = self.text, self.trouble
        char = text[pos]
        if char in "{[":
            trouble.add("json-syntax", pos, pos + 1, facts=_found(char, "a key"))
            return self.value(pos, lambda _: None)
        key, after = self.key(pos)
        if key is None:
            return self.junk(pos, "a key")
        name = str(key.scalar)
        colon = self.skip(after)

        def add(value: Node) -> None:
            if name in frame.names:
                self.repeated(frame, name, key)
            frame.names[name] = key
            frame.pairs.append(Pair(key, value, name))

        if text[colon : colon + 1] == ":":
            return self.value(colon + 1, add)
        if colon < len(text) and text[colon] not in ",}]" and not _breaks(text, after, colon):
            trouble.add(
                "json-syntax", key.start, key.end, facts=_found(text[colon], f"`:` after the key {name}")
            )
            return self.value(colon + 1 if text[colon] in "=;" else colon, add)
        trouble.add("missing-value", key.start, key.end, key=shown(name))
        add(Node("null", after, after))
        return "after", after

    def key(self, pos: int) -> tuple[Node | None, int]:
        text, trouble = self.text, self.trouble
        char = text[pos]
        if char in "\"'":
            unclosed = _HALF_KEY.match(text, pos + 1) if char == '"' else None
            if unclosed and not _WHOLE_KEY.match(text, pos):
                name = unclosed[1]
                end = pos + 1 + len(name)
                trouble.add("unclosed-string", pos, end, [Edit(end, end, '"')])
                return Node("string", pos, end, name), end
            node, after = read_string(text, pos, trouble)
            return node, after
        match = _NAME.match(text, pos)
        if match is None:
            return None, pos
        name, end = match[0], match.end()
        over = end + 1 if text[end : end + 1] in ('"', "'") else end
        if not _COLON.match(text, over) and over == end and not _KEY_AHEAD.match(text, pos):
            at_end = _breaks(text, end, self.skip_blank(end)) or text[end : end + 1] in (",", "}", "")
            if not at_end:
                return None, pos
        trouble.add("unquoted-key", pos, over, [Edit(pos, over, f'"{name}"')], key=shown(name))
        return Node("string", pos, over, name), over

    def skip_blank(self, pos: int) -> int:
        blank = _BLANK.match(self.text, pos)
        return blank.end() if blank else pos

    def value(self, pos: int, add: _Add) -> tuple[_State, int]:
        """Read the value that should stand at ``pos``."""
        text = self.text
        before = pos
        pos = self.skip(pos)
        frame = self.stack[-1]
        char = text[pos] if pos < len(text) else ""
        if char in ("", ",", "}", "]"):
            key = next(iter(reversed(frame.names)), "")
            where = before - 1 if text[before - 1 : before] == ":" else before
            add(Node("null", before, before))
            last = frame.pairs[-1].key if frame.mapping and frame.pairs else None
            if last is not None:
                key = last.scalar if isinstance(last.scalar, str) else key
                self.trouble.add("missing-value", last.start, last.end, key=shown(key))
            else:
                self.trouble.add("json-syntax", where, where + 1, facts=_found(char, "a value"))
            return "after", pos
        if char in "{[":
            node, pos = self.open(pos)
            add(node)
            return ("member" if self.stack and self.stack[-1].node is node else "after"), pos
        if char in "\"'" and frame.mapping and _breaks(text, before, pos) and _KEY_AHEAD.match(text, pos):
            return self.missing(before, pos, add)
        node, pos = self.scalar(pos)
        add(node)
        return "after", pos

    def missing(self, before: int, pos: int, add: _Add) -> tuple[_State, int]:
        """A key follows where a value should stand: either the value is missing or its opening bracket."""
        text = self.text
        own = _column(text, pos)
        colon = before - 1
        if own is not None and own > _indentation(text, colon):
            self.trouble.add(
                "json-syntax", colon, before, [Edit(before, before, " {")], facts=_found("no bracket", "`{`")
            )
            node, pos = self.open(pos, implied=True)
            add(node)
            return "member", pos
        add(Node("null", before, before))
        last = self.stack[-1].pairs[-1]
        self.trouble.add("missing-value", last.key.start, last.key.end, key=shown(last.name))
        return "after", before

    def scalar(self, pos: int) -> tuple[Node, int]:
        """Read the scalar at ``pos``, whatever it is."""
        char = self.text[pos]
        if char in "\"'":
            return read_string(self.text, pos, self.trouble)
        if char in "-+.0123456789":
            found = read_number(self.text, pos, self.trouble)
            if found is not None:
                return found
        return read_word(self.text, pos, self.trouble)

    def odd_after(self, pos: int) -> tuple[_State, int]:
        """Find out how to go on after a value that is followed by neither its comma nor its bracket."""
        text, trouble = self.text, self.trouble
        before = pos
        pos = self.skip(pos)
        if pos >= len(text):
            self.truncated()
            return "member", pos
        frame = self.stack[-1]
        char = text[pos]
        if char == ",":
            self.comma = pos
            return "member", pos + 1
        if char in "}]":
            return self.odd_close(frame, pos)
        if self.outdented(pos):
            self.unclosed()
            return "after", pos
        if frame.mapping and char == ":":
            return self.second_colon(frame, pos)
        if char in "\"'{[" or (_NAME.match(text, pos) and (not frame.mapping or _KEY_AHEAD.match(text, pos))):
            end = len(text[:before].rstrip())
            if frame.mapping and not _KEY_AHEAD.match(text, pos) and not _breaks(text, end, pos):
                return self.junk(pos, "`,` or `}`")
            self.comma = -1
            if not (frame.pairs and frame.pairs[-1].value.start == frame.pairs[-1].value.end):
                trouble.add("missing-comma", max(end - 1, 0), end, [Edit(end, end, ",")])
            return "member", pos
        return self.junk(pos, "`,` or `}`" if frame.mapping else "`,` or `]`")

    def second_colon(self, frame: _Frame, pos: int) -> tuple[_State, int]:
        """A colon follows what was read as a value: that was a key if it stands on a line of its own."""
        last = frame.pairs[-1] if frame.pairs else None
        if (
            last is None
            or last.value.kind != "string"
            or not _breaks(self.text, last.key.end, last.value.start)
        ):
            return self.junk(pos, "`,` or `}`")
        frame.pairs.pop()
        key, name, before = last.key, last.name, self.skip(last.key.end) + 1

        def add(value: Node) -> None:
            frame.pairs.append(Pair(key, value, name))

        return self.missing(before, last.value.start, add)

    def odd_close(self, frame: _Frame, pos: int) -> tuple[_State, int]:
        text = self.text
        char = text[pos]
        if char == ("}" if frame.mapping else "]"):
            if self.outdented(pos):
                self.unclosed()
                return "after", pos
            self.close(pos + 1)
            if not self.stack and (reopened := self.closed_early(pos + 1)):
                self.stack.append(frame)
                return "after", reopened
            return "after", pos + 1
        self.tree.unbalanced = True
        if any(_closes(outer, char) for outer in self.stack):
            while not _closes(self.stack[-1], char):
                self.unclosed()
            return "after", pos
        self.trouble.add(
            "json-syntax", pos, pos + 1, [Edit(pos, pos + 1, "")], facts=_found(char, "no bracket here")
        )
        return "after", pos + 1

    def junk(self, pos: int, expected: str) -> tuple[_State, int]:
        """Report and pass over text that means nothing, up to the next comma, line or bracket."""
        text = self.text
        match = _JUNK.match(text, pos)
        end = max(match.end() if match else pos + 1, pos + 1)
        if text[pos] == '"' or text[end : end + 1] == '"':
            line = _LINE.match(text, end)
            stop = line.end() if line else end
            end = stop - 1 if text[stop - 1 : stop] == "," and stop - 1 > pos else max(stop, end)
        shown_end = pos + max(len(text[pos:end].rstrip()), 1)
        self.trouble.add("json-syntax", pos, shown_end, facts=_found(text[pos:shown_end], expected))
        return "after", end

    def left_comma(self) -> None:
        if self.comma >= 0:
            at = self.comma
            self.trouble.add("trailing-comma", at, at + 1, [Edit(at, at + 1, "")])
            self.comma = -1


def _closes(frame: _Frame, char: str) -> bool:
    return char == ("}" if frame.mapping else "]")


def _breaks(text: str, start: int, end: int) -> bool:
    """Whether there is a line end between two offsets."""
    return "\n" in text[start:end] or "\r" in text[start:end]


def _column(text: str, pos: int) -> int | None:
    """Return the column of ``pos`` when nothing but space stands before it on its line."""
    start = _line_start(text, pos)
    return pos - start if not text[start:pos].strip() else None


def _indentation(text: str, pos: int) -> int:
    """Return the indentation of the line that ``pos`` stands in."""
    start = _line_start(text, pos)
    line = text[start : pos + 1]
    return len(line) - len(line.lstrip())


def _line_start(text: str, pos: int) -> int:
    return max(text.rfind("\n", 0, pos), text.rfind("\r", 0, pos)) + 1


def _found(found: str, expected: str) -> dict[str, str]:
    text = shown(found)
    return {"found": f"`{text}`" if text else "the end of the text", "expected": expected}
