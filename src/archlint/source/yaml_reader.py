"""YAML to a tree, entry by entry.

A text whose root is a block mapping is cut at its top-level keys and each entry is read by itself: a broken
entry costs that entry only, and an entry that was read before (in the version of the text before the last
keystroke, say) is not read again. Where the cut cannot be right (an anchor of another entry, a root in
brackets), the text is read whole; where that fails, what is intact is read and the rest is reported.
"""

from __future__ import annotations

import re
from typing import Final

from archlint.source.document import Problem
from archlint.source.json_reader import read_json
from archlint.source.scalars import shown
from archlint.source.tree import Node
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
    start, content, end = _first_document(text, start, end, trouble)
    if end != len(text):
        text = text[:end]
    first = _content(text, content)
    if first >= end:
        return tree
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
            return tree
        del tree.problems[known:]
    begin = start if directives else content
    composed = compose("\n" * begin + text[begin:])
    if composed.failure is None:
        tree.root = composed.root
        tree.problems += composed.problems
        return tree
    _recover(text, first, composed, composed.failure, cuttable, tree, trouble)
    return tree


def _first_document(text: str, start: int, end: int, trouble: Trouble) -> tuple[int, int, int]:
    """Return where the first document starts, where its content does, and where it ends."""
    first = _content(text, start)
    content = start
    marker = _START.match(text, first)
    if marker is None and text[first : first + 1] == "%":
        marker = _START.search(text, first)
    if marker is not None:
        content = marker.end()
    following = _MARKER.search(text, content)
    if following is None or following.start() >= end:
        return start, content, end
    stop = following.start()
    after = _content(text, following.end())
    if text[stop] == "-" or after < end:
        trouble.add("multiple-documents", stop, stop + 3, text=shown(text[after:end]))
    return start, content, stop


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
