"""One YAML text to one tree, from libyaml's event stream.

Events, not libyaml's own composer: they come one at a time, so nesting, aliases and sizes are bounded here
and never by the C stack, and what stands before an error is kept.
"""

from __future__ import annotations

import re
from typing import Any, Final

from yaml import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from yaml._yaml import CParser
from yaml.error import MarkedYAMLError, YAMLError

from archlint.source.document import Problem
from archlint.source.limits import MAX_DEPTH, MAX_NODES
from archlint.source.scalars import beyond_limits, integer, resolve, shown
from archlint.source.tree import MAPPING, SEQUENCE, Kind, Node, Pair, Scalar
from archlint.source.trouble import Trouble
from archlint.source.yaml_text import PLACEHOLDER, restored
from archlint.values import dataclass, field

_PROPERTIES: Final = re.compile(r"(?:[&!]\S*\s+|#[^\n]*\s+)*")
_ONE_PROPERTY: Final = re.compile(r"(?:[&!][^\s,\[\]{}]*\s*)*")
_DEEPEST: Final = 2_000  # beyond, libyaml's own time grows with the square of the depth
_TAG: Final = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class Failure:
    """Where libyaml stopped and what it said; offsets within the text that it was given."""

    problem: str
    at: int
    context: str = ""
    context_at: int = -1


@dataclass(slots=True)
class Composed:
    """What was read of one text: the first document's tree, as far as it goes."""

    root: Node | None = None
    problems: list[Problem] = field(default_factory=list)
    failure: Failure | None = None
    unknown_alias: bool = False
    size: int = 0  # values, aliases expanded
    resumes: int = -1  # where the root mapping's second key stands, when reading was asked to stop there


@dataclass(slots=True)
class _Open:
    """A collection that is being read."""

    node: Node
    mapping: bool
    flow: bool
    pairs: list[Pair]
    items: list[Node]
    names: dict[str, Node]
    anchor: str | None
    key: Node | None = None
    size: int = 1
    merges: bool = False


def compose(text: str, *, one_pair: bool = False) -> Composed:
    """Read the first document of ``text``; with ``one_pair`` stop before its root mapping's second key."""
    return _Composer(text).compose(one_pair)


class _Composer:
    def __init__(self, text: str) -> None:
        self.text = text
        self.result = Composed()
        self.trouble = Trouble(text, self.result.problems)
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Node, int] | None] = {}
        self.odd = not text.isascii() and PLACEHOLDER.search(text) is not None
        self.times: dict[int, int] = {}  # how often a repeated key stands, by where it stands first
        self.last = 0  # where the value read last ends
        self.expanded = 1  # values that the alias read last stands for

    def compose(self, one_pair: bool) -> Composed:
        result, stack = self.result, self.stack
        left = MAX_NODES
        whole = False
        try:
            parser: Any = CParser(self.text)
            while (event := parser.get_event()) is not None:
                kind = type(event)
                if whole:  # only an error can follow, or another document
                    if kind is DocumentStartEvent:
                        break
                    continue
                if one_pair and len(stack) == 1 and stack[0].pairs and stack[0].key is None:
                    if kind is not MappingEndEvent:
                        result.resumes = event.start_mark.index
                    break
                if kind is ScalarEvent:
                    whole = not self.scalar(event)
                    left -= 1
                elif kind is MappingStartEvent or kind is SequenceStartEvent:
                    left -= 1
                    if len(stack) < MAX_DEPTH:
                        self.open(event, kind is MappingStartEvent)
                    elif not self.skip(parser, event):
                        break
                elif kind is MappingEndEvent or kind is SequenceEndEvent:
                    whole = self.close(event)
                elif kind is AliasEvent:
                    whole = self.alias(event)
                    left -= self.expanded
                if left < 0:
                    at = event.start_mark.index
                    self.trouble.add("too-many-values", at, at + 1, limit=f"{MAX_NODES:,} values")
                    break
        except MarkedYAMLError as error:
            mark, context = error.problem_mark, error.context_mark
            result.failure = Failure(
                error.problem or "",
                len(self.text) if mark is None else mark.index,
                error.context or "",
                -1 if context is None else context.index,
            )
        except (YAMLError, UnicodeError):
            result.failure = Failure("cannot be decoded", 0)
        result.size = MAX_NODES - left
        while stack:
            self.finish(self.last)
        return result

    # -- events

    def scalar(self, event: Any) -> bool:
        """Add a scalar; return whether reading goes on."""
        value: str = event.value
        start: int = event.start_mark.index
        end: int = event.end_mark.index
        style = event.style
        if event.anchor is not None or event.tag is not None:
            match = (
                _PROPERTIES.match(self.text, start, end)
                if style
                else _ONE_PROPERTY.match(self.text, start, end)
            )
            start = match.end() if match else start
        if self.odd:
            value = restored(value)
        kind: Kind
        scalar: Scalar
        if not style:
            kind, scalar = resolve(value)
        else:
            kind, scalar = "string", value
            if style in ("|", ">"):
                end = start + len(self.text[start:end].rstrip())
        if event.tag is not None:
            kind, scalar = _tagged(event.tag, value, kind, scalar)
        if kind != "string" and (rule := beyond_limits(kind, scalar, value)):
            self.trouble.add(rule, start, end, number=shown(value), digits=f"{len(value.lstrip('-+')):,}")
        node = Node(kind, start, end, scalar)
        self.last = end
        if event.anchor is not None:
            self.anchors[event.anchor] = (node, 1)
        if not self.stack:
            self.result.root = node
            return False
        self.add(node, 1, style or "")
        return True

    def open(self, event: Any, mapping: bool) -> None:
        start: int = event.start_mark.index
        if event.anchor is not None or event.tag is not None:
            match = _PROPERTIES.match(self.text, start)
            start = match.end() if match else start
        node = Node(MAPPING if mapping else SEQUENCE, start, start)
        opened = _Open(node, mapping, bool(event.flow_style), [], [], {}, event.anchor)
        if mapping:
            node.pairs = opened.pairs
        else:
            node.items = opened.items
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        self.stack.append(opened)
        self.last = start

    def close(self, event: Any) -> bool:
        """Close the innermost collection; return whether it was the root."""
        start, end = event.start_mark.index, event.end_mark.index
        return self.finish(end if self.stack[-1].flow and end > start else self.last)

    def finish(self, end: int) -> bool:
        opened = self.stack.pop()
        if opened.key is not None:
            opened.pairs.append(Pair(opened.key, Node("null", end, end), self.named(opened.key)))
        node = opened.node
        node.end = self.last = max(end, node.start)
        if opened.merges:
            self.merge(opened)
        if opened.anchor is not None:
            self.anchors[opened.anchor] = (node, opened.size)
        if not self.stack:
            self.result.root = node
            return True
        self.add(node, opened.size, "[")
        return False

    def alias(self, event: Any) -> bool:
        """Add what an alias names; return whether it was the root."""
        start, end = event.start_mark.index, event.end_mark.index
        name: str = event.anchor
        rule = ""
        node = Node("null", start, end)
        size = 1
        if name not in self.anchors:
            self.result.unknown_alias = True
            rule = "unknown-alias"
        elif (found := self.anchors[name]) is None:
            rule = "alias-cycle"
        elif sum(opened.size for opened in self.stack) + found[1] > MAX_NODES:
            rule = "alias-bomb"
        else:
            node, size = found
        if rule:
            self.trouble.once(rule, start, end, anchor=shown(name), limit=f"{MAX_NODES:,}")
        self.last = end
        self.expanded = size
        if not self.stack:
            self.result.root = node
            return True
        self.add(node, size, "*")
        return False

    def skip(self, parser: Any, event: Any) -> bool:
        """Pass over a collection that lies too deep; return whether that took bounded time."""
        start: int = event.start_mark.index
        self.trouble.once("too-deep", start, start + 1, limit=str(MAX_DEPTH))
        kind: Kind = MAPPING if type(event) is MappingStartEvent else SEQUENCE
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        depth = 1
        node = Node(kind, start, start + 1)
        self.add(node, 1, "[")
        while depth:
            event = parser.get_event()
            if event is None:
                break
            if type(event) is MappingStartEvent or type(event) is SequenceStartEvent:
                depth += 1
                if depth > _DEEPEST:
                    return False
            elif type(event) is MappingEndEvent or type(event) is SequenceEndEvent:
                depth -= 1
            node.end = self.last = max(node.end, min(event.end_mark.index, len(self.text)))
        return True

    # -- the tree

    def add(self, node: Node, size: int, style: str) -> None:
        """Put a value into the innermost collection: an element, a key, or the value of the key before it."""
        opened = self.stack[-1]
        opened.size += size
        if not opened.mapping:
            opened.items.append(node)
            return
        key = opened.key
        if key is None:
            opened.key = node
            if style == "" and node.scalar == "<<":
                opened.merges = True
            return
        opened.key = None
        name = self.named(key)
        merge = name == "<<" and self.is_merge(key)
        slot = "\0<<" if merge else name
        first = opened.names.get(slot)
        if first is None:
            opened.names[slot] = key
        else:
            times = self.times[first.start] = self.times.get(first.start, 1) + 1
            self.trouble.repeated(key, first, name, times, merge=merge)
        opened.pairs.append(Pair(key, node, name))

    def named(self, key: Node) -> str:
        return key.scalar if isinstance(key.scalar, str) else self.text[key.start : key.end]

    def is_merge(self, key: Node) -> bool:
        """Whether a key ``<<`` merges: in quotes it is a key like others."""
        return self.text[key.start : key.start + 1] == "<"

    def merge(self, opened: _Open) -> None:
        """Replace ``<<`` by the members of what it names, the mapping's own ones winning."""
        own: list[Pair] = []
        merged: dict[str, Pair] = {}
        for pair in opened.pairs:
            if pair.name != "<<" or not self.is_merge(pair.key):
                own.append(pair)
                continue
            sources = pair.value.items if pair.value.kind == SEQUENCE else [pair.value]
            for source in sources:
                if source.kind != MAPPING:
                    self.trouble.add("bad-merge-key", pair.key.start, pair.key.end)
                    continue
                for inherited in source.pairs:
                    merged.setdefault(inherited.name, inherited)
        names = {pair.name for pair in own}
        opened.pairs[:] = [pair for name, pair in merged.items() if name not in names] + own


def _tagged(tag: str, value: str, kind: Kind, scalar: Scalar) -> tuple[Kind, Scalar]:
    """Return what an explicit tag makes of a scalar; an unknown tag changes nothing."""
    name = tag.removeprefix(_TAG)
    if tag == "!" or name == "str":
        return "string", value
    if name in ("int", "float", "bool", "null"):
        read, meant = resolve(value)
        if name == "float" and read == "integer":
            return "float", float(integer(value)) if value.lstrip("+-").isdigit() else float(str(meant))
        return read, meant
    return kind, scalar
