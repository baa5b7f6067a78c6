"""A YAML mapping entry by entry.

What is whole is read once and kept; what is broken is saved as far as it goes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Final

from archlint.source.document import Problem
from archlint.source.json_reader import read_json
from archlint.source.limits import CACHED_BLOCKS, MAX_CACHED_BLOCK, MAX_DEPTH, MAX_NODES
from archlint.source.scalars import resolve
from archlint.source.tree import MAPPING, SEQUENCE, MovedPair, Node, Pair, moved
from archlint.source.trouble import Trouble
from archlint.source.yaml_events import Composed, Failure, compose
from archlint.source.yaml_failures import open_ended, report
from archlint.source.yaml_text import restored
from archlint.values import dataclass

# An entry begins at the margin, with something that is no comment, no list item and no closing bracket.
_ENTRY: Final = re.compile(r"^(?![#\]})]|-[ \t\r\n]|-\Z)[^\s]", re.MULTILINE)
_INDENT: Final = re.compile(r"^([ \t]*)(?=[^\s#])", re.MULTILINE)
_TABS: Final = re.compile(r"^ *\t[ \t]*", re.MULTILINE)
_HEADER: Final = re.compile(
    r"(?P<key>\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\n]|'')*'|[^\s#\"'\[\]{}][^\n]*?)"
    r"[ \t]*:(?:[ \t]+(?P<rest>[^\n]*?))?[ \t\r]*(?=\n|\Z)"
)
_EMPTY: Final = re.compile(r"(?:[&!]\S*\s*)*(?:#.*)?\Z")
_LOOKAHEAD: Final = 100_000  # characters of the entries below that an open quote or bracket may take in
_LOOKAHEADS: Final = 40
_SALVAGE: Final = 2_000_000  # characters read again in search of what is intact in broken entries
_EACH: Final = 200  # what one attempt costs at least, in such characters
MOST_PARTS: Final = 20_000  # entries of one mapping or items of one list that are read one by one


@dataclass(slots=True)
class _Block:
    """An entry as it was read, offsets within the entry."""

    composed: Composed
    pair: Pair | None  # None: not one whole pair
    placed: MovedPair | None = None  # where it stood last time

    def at(self, pair: Pair, offset: int) -> Pair:
        """Return the entry's pair for a text where the entry begins at ``offset``."""
        if offset == 0:
            return pair
        placed = self.placed
        if placed is None or placed.by != offset:
            self.placed = placed = MovedPair(pair, offset)
        return placed


def _read(text: str) -> _Block:
    composed = compose(text)
    root = composed.root
    if composed.failure is None and root is not None and root.kind == MAPPING and len(root.pairs) == 1:
        pair = root.pairs[0]
        if pair.key.start == root.start:
            return _Block(composed, pair)
    return _Block(composed, None)


_read_cached = lru_cache(CACHED_BLOCKS)(_read)


def _block(text: str) -> _Block:
    return _read(text) if len(text) > MAX_CACHED_BLOCK else _read_cached(text)


def cuts(text: str, start: int) -> list[int]:
    """Return where the entries of a block mapping at the margin begin."""
    return [match.start() for match in _ENTRY.finditer(text, start)]


class Blocks:
    """Reads the entries of one text."""

    def __init__(self, text: str, trouble: Trouble) -> None:
        self.text = text
        self.trouble = trouble
        self.damaged: list[tuple[int, int]] = []
        self.lookaheads = _LOOKAHEADS
        self.left = _SALVAGE

    def read(self, starts: list[int], *, strict: bool) -> Node | None:
        """Read the mapping whose entries begin at ``starts``.

        With ``strict`` return None where the entries cannot be told apart this way.
        """
        text = self.text
        pairs: list[Pair] = []
        ends = [*starts[1:], len(text)]
        index = 0
        left = MAX_NODES
        while index < len(starts):
            start, end = starts[index], ends[index]
            index += 1
            block = _block(text[start:end])
            composed = block.composed
            if strict and (composed.unknown_alias or (block.pair is None and _is_merge(composed))):
                return None
            left -= composed.size
            if left < 0:
                self.trouble.add("too-many-values", start, start + 1, limit=f"{MAX_NODES:,} values")
                break
            if block.pair is not None:
                if composed.problems:
                    self.take(composed.problems, start)
                pairs.append(block.at(block.pair, start))
                continue
            if (reached := self.ahead(start, end, composed.failure, pairs)) is not None:
                while index < len(starts) and starts[index] < reached:
                    index += 1
                if strict and reached < len(text) and (index == len(starts) or starts[index] != reached):
                    return None
                continue
            self.damaged.append((start, end))
            self.salvage(start, end, composed, pairs, 1)
        if not pairs:
            return None
        repeated(pairs, self.trouble)
        last = pairs[-1]
        origin = last.origin if isinstance(last, MovedPair) else last
        by = last.by if isinstance(last, MovedPair) else 0
        return Node(MAPPING, starts[0], max(origin.value.end, origin.key.end) + by, None, pairs)

    def take(self, problems: list[Problem], by: int) -> None:
        """Take over the problems of an entry that begins at ``by``."""
        for problem in problems:
            related = [(start + by, end + by, said) for start, end, said in problem.related]
            self.trouble.add(
                problem.rule, problem.start + by, problem.end + by, (), related, facts=problem.facts
            )

    def ahead(self, start: int, end: int, failure: Failure | None, pairs: list[Pair]) -> int | None:
        """Read on beyond ``end`` if quotes or brackets are open there; return where the entry ends."""
        text = self.text
        if (
            failure is None
            or end >= len(text)
            or self.lookaheads == 0
            or not open_ended(failure, end - start)
        ):
            return None
        self.lookaheads -= 1
        more = text[start : end + _LOOKAHEAD]
        composed = compose(more, one_pair=True)
        root = composed.root
        if composed.failure is not None or composed.unknown_alias or root is None or not root.pairs:
            return None
        if composed.resumes < 0 and start + len(more) < len(text):
            return None
        self.take(composed.problems, start)
        pairs.append(MovedPair(root.pairs[0], start))
        return len(text) if composed.resumes < 0 else start + composed.resumes

    # -- broken entries

    def salvage(self, start: int, end: int, composed: Composed, pairs: list[Pair], depth: int) -> None:
        """Report what is wrong with the entry between two offsets, and read the rest of it."""
        text, before = self.text, len(self.trouble.problems)
        failure = composed.failure or Failure("not a pair", _first(text, start) - start)
        if depth < MAX_DEPTH and self.left > 0:
            self.left -= end - start + _EACH
            if "cannot start any token" in failure.problem and self.untabbed(start, end, pairs, depth):
                return
            failure = self.parts(start, end, failure, pairs, depth)
        if all(problem.rule != "yaml-syntax" for problem in self.trouble.problems[before:]):
            report(self.trouble, text, start, failure)

    def untabbed(self, start: int, end: int, pairs: list[Pair], depth: int) -> bool:
        """Read an entry that is indented by tabs as if each were a space."""
        text = self.text
        tabs = list(_TABS.finditer(text, start, end))
        if not tabs:
            return False
        for match in tabs[:10]:
            self.trouble.add("yaml-tab", match.start(), match.end())
        self.text = text[:start] + _TABS.sub(lambda match: " " * len(match[0]), text[start:end]) + text[end:]
        before = len(self.trouble.problems)
        self.entry(start, end, pairs, depth)
        self.text = text
        del self.trouble.problems[before:]
        return True

    def parts(self, start: int, end: int, failure: Failure, pairs: list[Pair], depth: int) -> Failure:
        """Read the parts of a broken entry; return what is to be reported of it."""
        text = self.text
        first = _first(text, start)
        line_end = _line_end(text, first)
        header = _HEADER.match(text, first, line_end)
        if header is None:
            child = _first(text, line_end)
            if child >= end or _column(text, child) <= _column(text, first) or not _HEADER.match(text, child):
                return failure
            key = Node(
                "string", first, first + len(text[first:line_end].rstrip()), text[first:line_end].strip()
            )
            value = self.region(line_end, end, depth)
            pairs.append(Pair(key, value, str(key.scalar)))
            return Failure("no colon", first - start)
        rest = header["rest"]
        key = self.key(header)
        name = key.scalar if isinstance(key.scalar, str) else text[key.start : key.end]
        if not rest or _EMPTY.match(rest):
            pairs.append(Pair(key, self.region(line_end, end, depth), name))
            return failure
        alone = _block(text[start:line_end])
        if alone.pair is not None:
            pairs.append(MovedPair(alone.pair, start))
        else:
            value, reached = self.value(header.start("rest"), line_end, end)
            pairs.append(Pair(key, value, name))
            if reached > line_end:
                return failure
        if _HEADER.match(text, _first(text, line_end), end):
            pairs += self.region(line_end, end, depth).pairs
        return failure

    def key(self, header: re.Match[str]) -> Node:
        """Return the key of a line as a node."""
        start, end = header.span("key")
        block = compose(header["key"])
        scalar = block.root.scalar if block.root is not None and block.failure is None else header["key"]
        return Node("string", start, end, scalar if isinstance(scalar, str) else header["key"])

    def value(self, start: int, line_end: int, end: int) -> tuple[Node, int]:
        """Return what is left of a broken value, and where it ends."""
        text = self.text
        if text[start] in "[{":
            root = read_json(text[start:end]).root
            if root is not None:
                return moved(root, start), max(root.end + start, line_end + 1)
        written = text[start:line_end].rstrip()
        stop = start + len(written)
        if written[0] in "\"'":
            return Node("string", start, stop, restored(written[1:])), stop
        composed = compose(written)
        if composed.failure is None and composed.root is not None and not composed.root.pairs:
            return moved(composed.root, start), stop
        kind, scalar = resolve(written)
        return Node(kind, start, stop, scalar), stop

    def region(self, start: int, end: int, depth: int) -> Node:
        """Read the lines between two offsets as one mapping or one list."""
        text = self.text
        first = min(_first(text, start), end)
        if first >= end:
            return Node("null", start, start)
        starts = list(islice(_region_cuts(text, start, end), MOST_PARTS)) or [start]
        ends = [*starts[1:], end]
        if text[first] == "-" and text[first + 1 : first + 2] in (" ", "\t", "\n", "\r", ""):
            items: list[Node] = []
            for begin, stop in zip(starts, ends, strict=True):
                self.item(begin, stop, items, depth + 1)
            last = items[-1].end if items else first + 1
            return Node(SEQUENCE, first, last, None, (), items)
        pairs: list[Pair] = []
        for begin, stop in zip(starts, ends, strict=True):
            self.entry(begin, stop, pairs, depth + 1)
        repeated(pairs, self.trouble)
        last = max((max(pair.value.end, pair.key.end) for pair in pairs), default=first)
        return Node(MAPPING, first, last, None, pairs)

    def entry(self, start: int, end: int, pairs: list[Pair], depth: int) -> None:
        """Read the entry between two offsets into ``pairs``."""
        block = _block(self.text[start:end])
        if block.pair is not None:
            self.take(block.composed.problems, start)
            pairs.append(MovedPair(block.pair, start))
        else:
            self.salvage(start, end, block.composed, pairs, depth)

    def item(self, start: int, end: int, items: list[Node], depth: int) -> None:
        """Read the list item between two offsets into ``items``."""
        text = self.text
        composed = compose(text[start:end])
        root = composed.root
        if composed.failure is None and root is not None and root.kind == SEQUENCE:
            self.take(composed.problems, start)
            items += moved(root, start).items
            return
        before = len(self.trouble.problems)
        dash = _first(text, start)
        if depth < MAX_DEPTH and self.left > 0 and text[dash : dash + 1] == "-":
            self.left -= end - start + _EACH
            inner = _first(text, dash + 1)
            if inner < end and _HEADER.match(text, inner, end):
                self.text = text[:dash] + " " + text[dash + 1 :]
                items.append(self.region(start, end, depth))
                self.text = text
        if all(problem.rule != "yaml-syntax" for problem in self.trouble.problems[before:]):
            report(self.trouble, text, start, composed.failure or Failure("not a pair", dash - start))


def repeated(pairs: list[Pair], trouble: Trouble) -> None:
    """Report the keys that stand twice among entries that were read one by one."""
    names: dict[str, Pair] = {}
    times: dict[str, int] = {}
    if len({pair.name for pair in pairs}) == len(pairs):
        return
    for pair in pairs:
        first = names.setdefault(pair.name, pair)
        if first is not pair:
            times[pair.name] = times.get(pair.name, 1) + 1
            trouble.repeated(pair.key, first.key, pair.name, times[pair.name])


def _is_merge(composed: Composed) -> bool:
    """Whether an entry is whole but no plain pair: what a merge key makes of it."""
    return composed.failure is None and composed.root is not None and composed.root.kind == MAPPING


def _region_cuts(text: str, start: int, end: int) -> Iterator[int]:
    """Yield where the parts of a nested region begin: lines that are not indented deeper than the first."""
    base = -1
    listed = False
    for match in _INDENT.finditer(text, start, end):
        column = match.end() - match.start()
        at = match.end()
        dash = text[at] == "-" and text[at + 1 : at + 2] in (" ", "\t", "\n", "\r", "")
        if base < 0 or column < base:
            base, listed = column, dash
            yield match.start()
        elif column == base and text[at] not in "]})" and dash == listed:
            yield match.start()


def _first(text: str, start: int) -> int:
    """Return the offset of the first content (no space, no comment line) from ``start``."""
    match = _INDENT.search(text, start) if start == 0 or text[start - 1 : start] == "\n" else None
    if match is not None:
        return match.end()
    match = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\r?\n[ \t]*(?:#[^\n]*)?)*").match(text, start)
    return match.end() if match else start


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _column(text: str, at: int) -> int:
    return at - text.rfind("\n", 0, at) - 1
