"""JSON that is not quite JSON: each method says what is wrong, assumes what was meant, and goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, TypeAlias

from archlint.patterns import pattern
from archlint.source.edits import Edit
from archlint.source.json_brackets import Brackets, Frame, unexpected
from archlint.source.json_scalars import read_grouped, read_number, read_string, read_word
from archlint.source.scalars import shown_key
from archlint.source.tree import Node, Pair

_BLANK: Final = pattern(r"[ \t\n\r]*")
_JUNK: Final = pattern(r"[^,\n\r\[\]{}\"]+|\"")
_NAME: Final = pattern(r"[^\s\"',:\[\]{}/#]+")
_LINE: Final = pattern(r"[^\n\r]*")
KEY_AHEAD: Final = pattern(r"\s*(?:\"[^\"\n\r]*\"|'[^'\n\r]*'|[\w.$-]+)\s*:")
_HALF_KEY: Final = pattern(r"([\w.$-]+)\s*:\s")
_WHOLE_KEY: Final = pattern(r'"[^"\n\r]*"\s*:')
_COLON: Final = pattern(r"\s*:")
State: TypeAlias = Literal["member", "after"]
Add: TypeAlias = Callable[[Node], None]


class Odd(Brackets):
    """What a well-formed text does not need."""

    def odd_member(self, pos: int) -> tuple[State, int]:
        """Read a member or an element in whatever form it has."""
        text = self.text
        pos = self.skip(pos)
        if pos >= len(text):
            self.truncated()
            return "member", pos
        self.left -= 2
        self.odd_left -= 1
        if self.left < 0 or self.odd_left < 0:
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
                "json-syntax", pos, pos + 1, [Edit(pos, pos + 1, "")], facts=unexpected(",", "a value")
            )
            return "member", pos + 1
        frame = self.stack[-1]
        if frame.mapping:
            return self.odd_pair(frame, pos)
        return self.value(pos, lambda node: frame.items.append(node))

    def odd_pair(self, frame: Frame, pos: int) -> tuple[State, int]:
        """Read a member of a mapping in whatever form it has."""
        text, trouble = self.text, self.trouble
        char = text[pos]
        if char in "{[":
            trouble.add("json-syntax", pos, pos + 1, facts=unexpected(char, "a key"))
            return self.value(pos, lambda _: None)
        if char.isdigit() and frame.pairs and self.comma == pos - 1 == frame.pairs[-1].value.end:
            number = read_grouped(text, frame.pairs[-1].value, trouble)
            if number is not None:
                frame.pairs[-1].value = number
                return "after", number.end
        key, after = self.key(pos)
        if key is None:
            return self.junk(pos, "a key")
        name = str(key.scalar)
        colon = self.skip(after)

        def add(value: Node) -> None:
            pair = Pair(key, value, name)
            if name in frame.names:
                self.repeated(frame, pair)
            else:
                frame.names[name] = pair
            frame.pairs.append(pair)

        if text[colon : colon + 1] == ":":
            return self.value(colon + 1, add)
        if colon < len(text) and text[colon] not in ",}]" and not _breaks(text, after, colon):
            trouble.add(
                "json-syntax", key.start, key.end, facts=unexpected(text[colon], f"`:` after the key {name}")
            )
            return self.value(colon + 1 if text[colon] in "=;" else colon, add)
        trouble.add("missing-value", key.start, key.end, key=shown_key(name))
        add(Node("null", after, after))
        return "after", after

    def key(self, pos: int) -> tuple[Node | None, int]:
        """Read the key at ``pos``, quoted or not; None when there is none."""
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
        if not _COLON.match(text, over) and over == end and not KEY_AHEAD.match(text, pos):
            at_end = _breaks(text, end, self.skip_blank(end)) or text[end : end + 1] in (",", "}", "")
            if not at_end:
                return None, pos
        # A number that no colon follows is rather the rest of a value than a key.
        likely = not name[0].isdigit() or _COLON.match(text, over) is not None
        edits = [Edit(pos, over, f'"{name}"')] if likely else []
        trouble.add("unquoted-key", pos, over, edits, key=shown_key(name))
        return Node("string", pos, over, name), over

    def value(self, pos: int, add: Add) -> tuple[State, int]:
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
                self.trouble.add("missing-value", last.start, last.end, key=shown_key(key))
            else:
                self.trouble.add("json-syntax", where, where + 1, facts=unexpected(char, "a value"))
            return "after", pos
        if char in "{[":
            node, pos = self.open(pos)
            add(node)
            return ("member" if self.stack and self.stack[-1].node is node else "after"), pos
        if char in "\"'" and frame.mapping and _breaks(text, before, pos) and KEY_AHEAD.match(text, pos):
            return self.missing(before, pos, add)
        node, pos = self.scalar(pos)
        add(node)
        return "after", pos

    def missing(self, before: int, pos: int, add: Add) -> tuple[State, int]:
        """A key follows where a value should stand: either the value is missing or its opening bracket."""
        own = self.column(pos)
        colon = before - 1
        if own is not None and own > self.indentation(colon):
            self.trouble.add(
                "json-syntax",
                colon,
                before,
                [Edit(before, before, " {")],
                facts=unexpected("no bracket", "`{`"),
            )
            node, pos = self.open(pos, implied=True)
            add(node)
            return "member", pos
        add(Node("null", before, before))
        last = self.stack[-1].pairs[-1]
        self.trouble.add("missing-value", last.key.start, last.key.end, key=shown_key(last.name))
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

    def odd_after(self, pos: int) -> tuple[State, int]:
        """Find out how to go on after a value that is followed by neither its comma nor its bracket."""
        text, trouble = self.text, self.trouble
        before = pos
        pos = self.skip(pos)
        if pos >= len(text):
            self.truncated()
            return "member", pos
        self.odd_left -= 1
        if self.odd_left < 0:
            self.exhausted(pos)
            return "member", len(text)
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
        if char in "\"'{[" or (_NAME.match(text, pos) and (not frame.mapping or KEY_AHEAD.match(text, pos))):
            end = len(text[:before].rstrip())
            if frame.mapping and not KEY_AHEAD.match(text, pos) and not _breaks(text, end, pos):
                return self.junk(pos, "`,` or `}`")
            self.comma = -1
            if not (frame.pairs and frame.pairs[-1].value.start == frame.pairs[-1].value.end):
                trouble.add("missing-comma", max(end - 1, 0), end, [Edit(end, end, ",")])
            return "member", pos
        return self.junk(pos, "`,` or `}`" if frame.mapping else "`,` or `]`")

    def second_colon(self, frame: Frame, pos: int) -> tuple[State, int]:
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

    def odd_close(self, frame: Frame, pos: int) -> tuple[State, int]:
        """Close a container by the bracket at ``pos``, or find out whose bracket that is."""
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
            "json-syntax", pos, pos + 1, [Edit(pos, pos + 1, "")], facts=unexpected(char, "no bracket here")
        )
        return "after", pos + 1

    def closed_early(self, pos: int) -> int:
        """Return where to read on when members follow the document's last bracket, else 0."""
        after = _BLANK.match(self.text, pos)
        at = after.end() if after else pos
        if at >= len(self.text):
            return 0
        more = at + 1 if self.text[at] == "," else at
        if more == at or self.stack or not KEY_AHEAD.match(self.text, more):
            return 0
        self.tree.unbalanced = True
        self.trouble.add("json-syntax", pos - 1, pos, facts=unexpected(self.text[pos - 1], "no bracket here"))
        return at

    def junk(self, pos: int, expected: str) -> tuple[State, int]:
        """Report and pass over text that means nothing, up to the next comma, line or bracket."""
        text = self.text
        match = _JUNK.match(text, pos)
        end = max(match.end() if match else pos + 1, pos + 1)
        if text[pos] == '"' or text[end : end + 1] == '"':
            line = _LINE.match(text, end)
            stop = line.end() if line else end
            end = stop - 1 if text[stop - 1 : stop] == "," and stop - 1 > pos else max(stop, end)
        shown_end = pos + max(len(text[pos:end].rstrip()), 1)
        self.trouble.add("json-syntax", pos, shown_end, facts=unexpected(text[pos:shown_end], expected))
        return "after", end

    def left_comma(self) -> None:
        """Report a comma that no member follows."""
        if self.comma >= 0:
            at = self.comma
            self.trouble.add("trailing-comma", at, at + 1, [Edit(at, at + 1, "")])
            self.comma = -1


def _closes(frame: Frame, char: str) -> bool:
    return char == ("}" if frame.mapping else "]")


def _breaks(text: str, start: int, end: int) -> bool:
    """Whether there is a line end between two offsets."""
    return "\n" in text[start:end] or "\r" in text[start:end]
