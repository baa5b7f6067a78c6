"""The edits that fixes and code actions are made of; every byte that they do not mean to change stays.

Each returns None where the place allows no such edit (a member that a merge key brought in, say).
"""

from __future__ import annotations

import re
from bisect import bisect
from math import isinf, isnan
from typing import Final

from archlint.patterns import pattern
from archlint.source.document import Document
from archlint.source.edits import Edit
from archlint.source.json_scalars import quoted
from archlint.source.scalars import resolve
from archlint.source.tree import MAPPING, SEQUENCE, Node, Pair, Plain, extent

# Plain YAML text that every reader, YAML 1.1 or 1.2, takes for the same string; commas end it in flow style.
_PLAIN: Final = pattern(r"[^\W_][\w .()/+%·×~-]*\Z")
_PLAIN_IN_BLOCK: Final = pattern(r"[^\W_(](?:[\w .,()/+%·×~-]|:(?=[^\s,]))*\Z")
_YAML_1_1: Final = pattern(
    r"(?:y|n|yes|no|on|off|true|false|null|[0-9][0-9_.,:etz+ -]*|0[box][0-9a-f_]*)\Z",
    re.IGNORECASE,
)
_UNPRINTABLE: Final = pattern("[\x00-\x1f\x7f-\xa0\u2028\u2029\ud800-\udfff\ufdd0-\ufdd3\ufeff\ufffe\uffff]")
_ALIAS: Final = pattern(r"[ \t]*:\s*(\*[^\s,\[\]{}]+)")
_REST_OF_LINE: Final = pattern(r"[^\r\n]*(\r\n|\n|\r)?")


def replace_value(document: Document, node: Node, value: Plain) -> Edit | None:
    """Write another value in place of ``node``, a string in the quotes that the old one had."""
    text = document.text
    like = text[node.start : node.start + 1] if node.kind == "string" else ""
    written = _written(value, document, like, _in_flow(document, node))
    if node.start == node.end and node.start > 0 and not text[node.start - 1].isspace():
        written = " " + written
    elif node.kind == SEQUENCE and text[node.start] == "-":
        written = "  " + written  # a list may stand as far left as its key, another value may not
    return Edit(node.start, node.end, written)


def rename_key(document: Document, mapping: Node, pair: Pair, name: str) -> Edit | None:
    """Give a member another key, in the quotes of the old one."""
    if not _is_own(mapping, pair):
        return None
    like = document.text[pair.key.start : pair.key.start + 1]
    return Edit(pair.key.start, pair.key.end, string(name, document, like, flow=True))


def delete_member(document: Document, mapping: Node, pair: Pair) -> Edit | None:
    """Take a member out of ``mapping``, with its comma or its lines."""
    text = document.text
    if not _is_own(mapping, pair):
        return None
    own = sorted(
        (other for other in mapping.pairs if _is_own(mapping, other)), key=lambda other: other.key.start
    )
    index = next((i for i, other in enumerate(own) if other is pair), -1)
    if index < 0:
        return None
    flow = text[mapping.start : mapping.start + 1] == "{"
    if len(own) == 1:
        if not flow:
            return Edit(mapping.start, max(mapping.end, member_end(document, pair)), "{}")
        closed = text[mapping.end - 1] == "}"
        return Edit(mapping.start + 1, mapping.end - 1 if closed else mapping.end, "")
    if flow:
        if index + 1 < len(own):
            return Edit(pair.key.start, own[index + 1].key.start, "")
        return Edit(member_end(document, own[index - 1]), member_end(document, pair), "")
    line = _line_start(text, pair.key.start)
    if text[line : pair.key.start].strip(" "):  # the first member of a list item: what follows moves up
        return Edit(pair.key.start, own[1].key.start, "") if index == 0 else None
    rest = _REST_OF_LINE.match(text, member_end(document, pair))
    stop = rest.end() if rest else len(text)
    if (
        rest is not None and rest[1] is None and line > 0
    ):  # the last line has no end: the one before gives its own
        back = 2 if text[line - 2 : line] == "\r\n" else 1
        return Edit(line - back, stop, "")
    return Edit(line, stop, "")


def insert_after(document: Document, mapping: Node, pair: Pair, key: str, value: Plain) -> Edit | None:
    """Write a member after another one, laid out as that one is; in quotes where its key is in quotes."""
    text = document.text
    if not _is_own(mapping, pair):
        return None
    line = _line_start(text, pair.key.start)
    lead = text[line : pair.key.start]
    flow = text[mapping.start : mapping.start + 1] == "{"
    like = text[pair.key.start : pair.key.start + 1]
    written = f"{string(key, document, like, flow=True)}: {_written(value, document, like, flow)}"
    end = member_end(document, pair)
    if flow:
        return Edit(
            end, end, f",{_line_end(text)}{lead}{written}" if not lead.strip() and line else f", {written}"
        )
    header = text[pair.value.start : _line_stop(text, pair.value.start)].split(" #")[0]
    if header.startswith(("|", ">")) and "+" in header:
        return None  # its trailing blank lines belong to the value
    stop = _line_stop(text, end)
    return Edit(stop, stop, f"{_line_end(text)}{' ' * (pair.key.start - line)}{written}")


def insert_first(document: Document, mapping: Node, key: str, value: Plain) -> Edit | None:
    """Write a member into a mapping that has none."""
    text = document.text
    if mapping.kind != MAPPING or mapping.pairs or text[mapping.start : mapping.end].strip("{} \t\r\n"):
        return None
    written = f"{string(key, document, flow=True)}: {_written(value, document, '', flow=True)}"
    return Edit(mapping.start, mapping.end, "{" + written + "}")


def member_end(document: Document, pair: Pair) -> int:
    """Return where a member's text ends; an alias ends where it is written, not where its anchor is."""
    if pair.value.start >= pair.key.end:
        return max(pair.value.end, pair.key.end)
    alias = _ALIAS.match(document.text, pair.key.end)
    return alias.end() if alias else pair.key.end


def string(value: str, document: Document, like: str = "", *, flow: bool = False) -> str:
    """Return a string as the document's format writes it, in the quotes of ``like`` where that is a quote.

    ``flow``: it stands in brackets or braces, or is a key.
    """
    if document.format == "json":
        return quoted(value)
    if like == '"' or _UNPRINTABLE.search(value):
        return _double(value)
    plain = _PLAIN if flow else _PLAIN_IN_BLOCK
    if like != "'" and plain.match(value) and value == value.strip() and not _YAML_1_1.match(value):
        kind, _ = resolve(value)
        if kind == "string":
            return value
    return "'" + value.replace("'", "''") + "'"


def _is_own(mapping: Node, pair: Pair) -> bool:
    """Whether a member is written in its mapping, not inherited through a merge key."""
    return mapping.start <= pair.key.start and pair.key.end <= mapping.end


def _in_flow(document: Document, node: Node) -> bool:
    """Whether a node stands in brackets or braces."""
    around = document.root
    while around is not None and around is not node:
        if document.text[around.start : around.start + 1] in ("[", "{"):
            return True
        around = _child_at(around, node)
    return False


def _child_at(around: Node, node: Node) -> Node | None:
    """Return the key, value or element of ``around`` that is ``node`` or holds it."""
    item = bisect(around.items, node.start, key=lambda each: each.start)
    pair = bisect(around.pairs, node.start, key=lambda each: extent(each)[0])
    likely = (around.items[item - 1 : item], around.pairs[pair - 1 : pair])
    # Only what a merge key brings in is out of order.
    for items, pairs in (likely, (around.items, around.pairs)):
        for each in (*items, *(half for member in pairs for half in (member.key, member.value))):
            if each is node or each.start <= node.start < each.end:
                return each
    return None


def _written(value: Plain, document: Document, like: str, flow: bool) -> str:
    """Return a value as the document's format writes it, on one line."""
    if isinstance(value, dict):
        members = (
            f"{string(key, document, flow=True)}: {_written(each, document, '', flow=True)}"
            for key, each in value.items()
        )
        return "{" + ", ".join(members) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_written(each, document, "", flow=True) for each in value) + "]"
    if isinstance(value, str):
        return string(value, document, like, flow=flow)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and (isinf(value) or isnan(value)):
        if document.format == "json":
            return "NaN" if isnan(value) else "Infinity" if value > 0 else "-Infinity"
        return ".nan" if isnan(value) else ".inf" if value > 0 else "-.inf"
    return repr(value)


def _double(value: str) -> str:
    """Return a YAML string in double quotes."""

    def escaped(match: re.Match[str]) -> str:
        code = ord(match[0])
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"

    return '"' + _UNPRINTABLE.sub(escaped, value.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def _line_start(text: str, offset: int) -> int:
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


def _line_stop(text: str, offset: int) -> int:
    match = re.compile(r"[^\r\n]*").match(text, offset)
    return match.end() if match else len(text)


def _line_end(text: str) -> str:
    """Return the line end that the text uses."""
    return "\r\n" if "\r\n" in text else "\n"


__all__ = [
    "delete_member",
    "insert_after",
    "insert_first",
    "member_end",
    "rename_key",
    "replace_value",
    "string",
]
