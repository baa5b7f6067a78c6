"""YAML to a tree, entry by entry.

A text whose root is a block mapping is cut at its top-level keys and each entry is read by itself: a broken
entry costs that entry only, and an entry that was read before (in the version of the text before the last
keystroke, say) is not read again. Where the cut cannot be right (an anchor of another entry, a root in
brackets), the text is read whole; where that fails, what is intact is read and the rest is reported.
A line ``---`` or ``...`` among a gallery's entries is reported and passed over: it does not cost the entries below it.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

from archlint.source.document import Problem
from archlint.source.json_reader import read_json
from archlint.source.scalars import shown
from archlint.source.tree import MAPPING, Node, extent, identity
from archlint.source.trouble import Trouble
from archlint.source.yaml_blocks import MOST_PARTS, Blocks, cuts
from archlint.source.yaml_events import Composed, Failure, compose
from archlint.source.yaml_failures import report
from archlint.source.yaml_text import readable
from archlint.values import dataclass, field

_SMALL: Final = 6_000  # characters; a shorter text is read whole, since cutting it saves nothing
_BLANK: Final = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*(?:#[^\n]*\Z)?")
_START: Final = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_MARKER: Final = re.compile(r"^(?:---|\.\.\.)(?=[ \t\r\n]|\Z)", re.MULTILINE)
_KEY_LINE: Final = re.compile(r"^[^\s#{}\[\],\"'-][^\n]*:[ \t]*\r?$", re.MULTILINE)
# A key alone on its line, as an entry's name is.
_ENTRY_LINE: Final = re.compile(r"^[^\s#{}\[\],-][^\n]*:[ \t]*(?:[&#][^\n]*)?\r?$", re.MULTILINE)
# A list, brackets, a directive, or a document on the marker's own line.
_NO_GALLERY: Final = re.compile(r"^(?:---[ \t]+[^\s#]|[\[{%]|-[ \t\r\n])", re.MULTILINE)
_MOST_MARKERS: Final = 1_000
_ALIKE: Final = 2
"""Keys that an entry shares with those above it."""
_LONE_CR: Final = re.compile(r"\r(?!\n)")


@dataclass(slots=True)
class YamlTree:
    """What was read: the tree, the problems, and the ranges of entries that are damaged."""

    root: Node | None = None
    problems: list[Problem] = field(default_factory=list)
    damaged: list[tuple[int, int]] = field(default_factory=list)


def read_yaml(text: str, start: int = 0, end: int | None = None) -> YamlTree:
    """Read the first YAML document of ``text`` between two offsets."""
    tree = YamlTree()
    trouble = Trouble(text, tree.problems)
    end = len(text) if end is None else end
    text = readable(text, start, end, trouble)
    if start == 1 and text[0] == "\ufeff":
        # The line begins after the mark: where only line ends are looked for, it must look so, and libyaml, given
        # the mark, would count its characters without it.
        text = "\n" + text[1:]
    content = _begin(text, start)
    stop = _MARKER.search(text, content, end)
    if stop is not None:
        if _read_on(text[:end], start, content, tree, trouble):
            return tree
        after = _content(text, stop.end())
        if text[stop.start()] == "-" or after < end:
            _second(trouble, text, stop.start(), end)
        end = stop.start()
    _read_one(text[:end], start, content, tree, trouble)
    return tree


def _read_one(text: str, start: int, content: int, tree: YamlTree, trouble: Trouble) -> None:
    """Read the one document of ``text``, which begins at ``start`` and, after its directives, at ``content``."""
    end = len(text)
    first = _content(text, content)
    if first >= end:
        return
    directives = start < content and text[_content(text, start)] == "%"
    at_margin = (
        not directives and (first == 0 or text[first - 1] == "\n") and text[first] not in "{[-?:%|>!&*"
    )
    cuttable = at_margin and _LONE_CR.search(text) is None
    starts = cuts(text, first) if cuttable else []
    cuttable = 0 < len(starts) <= MOST_PARTS
    if cuttable and end - content >= _SMALL:
        blocks = Blocks(text, trouble)
        known = len(tree.problems)
        tree.root = blocks.read(starts, strict=True)
        if tree.root is not None:
            tree.damaged = blocks.damaged
            return
        del tree.problems[known:]
    begin = start if directives else content
    composed = compose("\n" * begin + text[begin:])
    if composed.failure is None:
        tree.root = composed.root
        tree.problems += composed.problems
        return
    _recover(text, first, composed, composed.failure, cuttable, tree, trouble)


def _begin(text: str, start: int) -> int:
    """Return where the content of the first document starts."""
    first = _content(text, start)
    marker = _START.match(text, first)
    if marker is None and text[first : first + 1] == "%":
        marker = _START.search(text, first)
    return start if marker is None else marker.end()


def _read_on(text: str, start: int, content: int, tree: YamlTree, trouble: Trouble) -> bool:
    """Read a gallery beyond the markers among its entries; leave ``tree`` as it is where the text is none.

    Where a marker stands its line is read as a comment.
    """
    markers = list(islice(_MARKER.finditer(text, content), _MOST_MARKERS + 1))
    first = markers[0].start()
    if len(markers) > _MOST_MARKERS or _NO_GALLERY.search(text, first):
        return False
    whole = text[:content] + _MARKER.sub(_as_comment, text[content:])
    below = _content(whole, first)
    within = whole[below - 1] in " \t"
    if not within and not _ENTRY_LINE.search(whole, below):
        return False
    known = len(tree.problems)
    above = content
    for marker in markers:
        at = marker.start()
        if (at == first or _content(text, above) < at) and (
            text[at] == "-" or _content(text, marker.end()) < len(text)
        ):
            _second(trouble, text, at, len(text))
        above = marker.end()
    _read_one(whole, start, content, tree, trouble)
    if tree.root is not None and _has_entries(tree.root, first, within):
        return True
    del tree.problems[known:]
    tree.root, tree.damaged = None, []
    return False


def _as_comment(marker: re.Match[str]) -> str:
    return "#" + marker[0][1:]


def _has_entries(root: Node, first: int, within: bool) -> bool:
    """Whether mappings stand below an offset that are like those above it, and neither a card's keys nor strangers.

    ``within`` an entry its other keys stand there.
    """
    above: list[Node] = []
    below: list[Node] = []
    for pair in root.pairs:
        (below if extent(pair)[0] > first else above).append(identity(pair)[0].value)
    names = {inner.name for value in above for inner in value.pairs}
    if 2 * sum(value.kind == MAPPING for value in above) <= len(above):
        return False
    alike = sum(len(names & {inner.name for inner in value.pairs}) >= _ALIKE for value in below)
    return within or 0 < len(below) <= 2 * alike


def _second(trouble: Trouble, text: str, at: int, end: int) -> None:
    """Report the marker at an offset: a further document begins there."""
    after = _content(text, at + 3)
    trouble.add("multiple-documents", at, at + 3, text=shown(text[after : min(end, after + 200)]))


def _content(text: str, start: int) -> int:
    """Return the offset of the first thing that is no space and no comment."""
    match = _BLANK.match(text, start)
    return match.end() if match else start


def _recover(
    text: str,
    first: int,
    composed: Composed,
    failure: Failure,
    cuttable: bool,
    tree: YamlTree,
    trouble: Trouble,
) -> None:
    """Read what is intact of a text that is broken somewhere."""
    blocks = Blocks(text, trouble)
    if text[first] in "{[" and not _KEY_LINE.search(text, first + 1):
        tree.root = read_json(text, first).root
        report(trouble, text, 0, failure)
        tree.damaged = [(first, len(text))]
        return
    if cuttable:
        tree.root = blocks.read(cuts(text, first), strict=False)
        tree.damaged = blocks.damaged
    else:
        known = len(tree.problems)
        line = text.rfind("\n", 0, first) + 1
        tree.root = blocks.region(line, len(text), 0)
        tree.damaged = [(first, len(text))]
        if all(problem.rule != "yaml-syntax" for problem in tree.problems[known:]):
            report(trouble, text, 0, failure)
    if tree.root is None:
        tree.root = composed.root
