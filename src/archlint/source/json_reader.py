"""JSON to a tree, whatever state the text is in.

Well-formed members are matched whole by one regular expression each. Everything else goes through ``json_odd``.
"""

from __future__ import annotations

import re
from typing import Final

from archlint.source.edits import Edit
from archlint.source.json_brackets import JsonTree, unexpected
from archlint.source.json_odd import KEY_AHEAD, Odd, State
from archlint.source.tree import Node, QuotedPair

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
_OPENER: Final = re.compile(r"[{\[]")


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


class _Reader(Odd):
    """One pass over one text."""

    def read(self) -> JsonTree:
        """Read the whole text."""
        tree, text = self.tree, self.text
        pos = self.skip(self.start)
        if pos >= len(text):
            self.trouble.add("empty-file", self.start, len(text))
            return tree
        keyed = text[pos] not in "{[" and KEY_AHEAD.match(text, pos) is not None
        if keyed:
            self.trouble.add(
                "json-syntax", pos, pos + 1, [Edit(pos, pos, "{")], facts=unexpected(text[pos], "`{`")
            )
        elif text[pos] not in "{[":
            opening = _OPENER.search(text, pos)
            if opening is None or text[pos] in "\"'-0123456789tfn":
                tree.root, after = self.scalar(pos)
                self.rest(after)
                return tree
            before = text[pos : opening.start()].rstrip()
            self.trouble.add("json-syntax", pos, pos + len(before), facts=unexpected(before, "`{`"))
            pos = opening.start()
        tree.root, pos = self.open(pos, implied=keyed)
        pos = self.containers(pos)
        if self.stack:
            self.truncated()
        else:
            self.rest(pos)
        return tree

    def containers(self, pos: int) -> int:
        """Read on from ``pos`` until every open container is closed; return the offset after the last."""
        text, stack, comma_at = self.text, self.stack, self.comma
        size = len(text)
        state: State = "member"
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
                    pair = QuotedPair(begin - 1, over + 1, node, name)
                    if name in frame.names:
                        self.repeated(frame, pair)
                    else:
                        frame.names[name] = pair
                    frame.pairs.append(pair)
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
