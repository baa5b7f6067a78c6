"""The YAML block at the head of a Markdown file."""

from __future__ import annotations

import re
from typing import Final

from archlint.source.document import Document, Problem
from archlint.source.edits import Edit
from archlint.source.scalars import shown
from archlint.source.tree import MAPPING, Kind
from archlint.source.trouble import Trouble
from archlint.source.yaml_reader import YamlTree, read_yaml

_OPENING: Final = re.compile(r"---[ \t]*(?:\r\n|\n|\r|\Z)")
_CLOSING: Final = re.compile(r"(?:^|(?<=\r))---[ \t]*(?=\r|\n|\Z)", re.MULTILINE)
# A line that cannot belong to a YAML block: text at the margin that is no key, no list item and no comment.
_KEY_LINE: Final = re.compile(r"(?:[\w.-]+|\"[^\"\n]+\"|'[^'\n]+')[ \t]*:(?:[ \t\r]|$)|- |-$|#|[ \t]|$")
_LATE: Final = re.compile(r"^---[ \t]*\r?\n(?=[\w-]+:|- )", re.MULTILINE)
_HUB_KEYS: Final = frozenset(
    (
        *("base_model", "datasets", "language", "library_name", "license", "license_link", "license_name"),
        *(
            "metrics",
            "model-index",
            "model_index",
            "model_name",
            "pipeline_tag",
            "tags",
            "thumbnail",
            "widget",
        ),
    )
)
_KINDS: Final[dict[Kind, str]] = {
    "sequence": "a list",
    "string": "text",
    "integer": "a number",
    "float": "a number",
    "boolean": "a boolean",
    "null": "null",
}
_FENCE: Final = re.compile(r"^ {0,3}(?:```|~~~)", re.MULTILINE)
_HEAD: Final = 4_000  # characters in which a block that is not at the top is looked for


def read_front_matter(name: str, text: str, start: int) -> Document:
    """Read the front matter of a Markdown file whose text begins at ``start`` (after a byte order mark)."""
    problems: list[Problem] = []
    trouble = Trouble(text, problems)
    opening = _OPENING.match(text, start)
    if opening is None:
        return _late(name, text, start)
    body = opening.end()
    closing = _CLOSING.search(text, body)
    if closing is None:
        end = _readable_end(text, body)
        trouble.add("front-matter-unclosed", start, start + 3)
    else:
        end = closing.start()
    tree = read_yaml(text, body, end)
    if closing is not None and tree.root is None and not tree.problems:
        trouble.add("front-matter-empty", start, closing.end())
    return _document(name, text, tree, problems, body, end)


def _document(name: str, text: str, tree: YamlTree, problems: list[Problem], body: int, end: int) -> Document:
    root = tree.root
    problems = problems + tree.problems
    if root is not None and root.kind != MAPPING:
        trouble = Trouble(text, problems)
        if not any(problem.rule in ("yaml-syntax", "front-matter-unclosed") for problem in problems):
            trouble.add("front-matter-not-mapping", root.start, root.end, kind=_KINDS[root.kind])
        root = None
    return Document(name, text, "front-matter", root, problems, body=(body, end), damaged=tree.damaged)


def _late(name: str, text: str, start: int) -> Document:
    """Look for a block that does not stand at the very top; without one the file has no front matter."""
    nothing = Document(name, text, "front-matter", None, body=(start, start))
    opening = _LATE.search(text, start, start + _HEAD)
    if opening is None:
        return nothing
    body = opening.end()
    closing = _CLOSING.search(text, body)
    before = text[start : opening.start()]
    if closing is None and before.strip():
        return nothing
    if len(_FENCE.findall(before)) % 2:  # an example in a block of code
        return nothing
    end = _readable_end(text, body) if closing is None else closing.start()
    tree = read_yaml(text, body, end)
    root = tree.root
    if root is None or root.kind != MAPPING or not any(pair.name in _HUB_KEYS for pair in root.pairs):
        return nothing
    problems: list[Problem] = []
    trouble = Trouble(text, problems)
    where = shown(before) or ("a blank line" if before.count("\n") == 1 else "blank lines")
    edits = [] if before.strip() else [Edit(start, opening.start(), "")]
    trouble.add("front-matter-not-first", opening.start(), opening.start() + 3, edits, before=where)
    if closing is None:
        trouble.add("front-matter-unclosed", opening.start(), opening.start() + 3)
    return _document(name, text, tree, problems, body, end)


def _readable_end(text: str, start: int) -> int:
    """Return where the lines end that may belong to a block that is never closed."""
    at = start
    blank = False
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        line = text[at:end].rstrip("\r")
        if not _KEY_LINE.match(line) or (blank and line.startswith("#")):
            break
        blank = not line.strip()
        at = end + 1
    return min(at, len(text))


def is_closed(text: str) -> bool:
    """Whether ``text`` has a ``---`` line after its first one, and something else than YAML below it."""
    opening = _OPENING.match(text.lstrip("\ufeff"))
    closing = None if opening is None else _CLOSING.search(text, opening.end())
    return closing is not None and not _LATE.match(text, closing.start())
