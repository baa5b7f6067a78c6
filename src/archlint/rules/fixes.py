"""Text edits of the declarative fixes: quotes, order, comments and line ends stay as they are."""

from __future__ import annotations

import json
import re

from archlint.facts.registry import Place
from archlint.patterns import pattern
from archlint.source.document import Document
from archlint.source.edits import Edit
from archlint.source.tree import Node, Pair

_PLAIN_YAML = pattern(r"[A-Za-z0-9(~](?:[^:#\n\r\t{}\[\],&*!|>'\"%@`]|:(?=[^\s{}\[\],]))*")


def edits(kind: str, place: Place, key: str, text: str) -> tuple[Edit, ...]:
    """Return the edits of one fix; none where the place does not allow it."""
    match kind:
        case "replace-value":
            return _replace(place, text)
        case "rename-key":
            return _rename(place, text)
        case "delete":
            return _delete(place)
        case "insert":
            return _insert(place, key, text)
    return ()


def encoded(document: Document, text: str, like: str) -> str:
    """Return a string scalar as the document would hold it, quoted as ``like`` is."""
    if document.format == "json" or like.startswith('"'):
        return json.dumps(text, ensure_ascii=False)
    if like.startswith("'"):
        return "'" + text.replace("'", "''") + "'"
    if _PLAIN_YAML.fullmatch(text) and text == text.strip() and not _looks_typed(text):
        return text
    return "'" + text.replace("'", "''") + "'"


def _looks_typed(text: str) -> bool:
    return bool(re.fullmatch(r"(?i)true|false|null|~|yes|no|on|off|[-+.\d][\d_,.eExX+-]*", text))


def _replace(place: Place, text: str) -> tuple[Edit, ...]:
    document = place.document
    raw = document.text[place.start : place.end]
    node = place.node
    whole = node is not None and (place.start, place.end) == (node.start, node.end)
    if not whole:
        # A piece of a scalar: what is written there must need no quoting of its own.
        return (Edit(place.start, place.end, text),) if re.fullmatch(r"[\w .,%~+-]*", text) else ()
    assert node is not None
    if node.kind == "string":
        if raw.startswith(("|", ">")):
            return ()
        text = encoded(document, text, raw)
    elif node.kind in ("mapping", "sequence"):
        return ()
    return (Edit(place.start, place.end, text),)


def _rename(place: Place, key: str) -> tuple[Edit, ...]:
    if place.pair is None:
        return ()
    node = place.pair.key
    raw = place.document.text[node.start : node.end]
    return (Edit(node.start, node.end, encoded(place.document, key, raw)),)


def _delete(place: Place) -> tuple[Edit, ...]:
    """Take out a member: in block YAML its lines, elsewhere the member and one comma."""
    pair = place.pair
    if pair is None:
        return ()
    text = place.document.text
    start, end = pair.key.start, max(pair.key.end, pair.value.end)
    line = text.rfind("\n", 0, start) + 1
    after = re.compile(r"[ \t]*(?:#[^\r\n]*)?(\r\n|\n|\r|\Z)").match(text, end)
    if (
        place.document.format != "json"
        and not text[line:start].strip(" ")
        and after
        and "," not in text[end : after.end()]
    ):
        # In a flow mapping over several lines a member is followed by a comma; this one is not, so it is
        # block style, unless it is a flow mapping's last.
        before = re.compile(r"[\[{,]\s*\Z").search(text, 0, line)
        if before is None:
            return (Edit(line, after.end(), ""),)
    comma = re.compile(r"\s*,[ \t]*(?:(?:\r\n|\n|\r)(?=[ \t]*\S))?").match(text, end)
    if comma:
        lead = line if not text[line:start].strip() else start
        tail = comma.end()
        if lead == start:
            return (Edit(start, tail, ""),)
        return (Edit(lead, tail, ""),) if text[tail - 1 : tail] in "\r\n" else (Edit(start, tail, ""),)
    head = re.compile(r",\s*\Z").search(text, 0, start)
    return (Edit(head.start() if head else start, end, ""),)


def _insert(place: Place, key: str, text: str) -> tuple[Edit, ...]:
    """Write a member after the one at ``place``, on a line of its own when that one has one."""
    pair = place.pair
    if pair is None or pair.value.kind in ("mapping", "sequence"):
        return ()
    document = place.document
    source = document.text
    end = _end(pair)
    line = source.rfind("\n", 0, pair.key.start) + 1
    lead = source[line : pair.key.start]
    own_line = not lead.strip()
    raw_key = source[pair.key.start : pair.key.end]
    newline = "\r\n" if "\r\n" in source else "\n"
    member = f"{encoded(document, key, raw_key)}: {_scalar(document, text, pair.value)}"
    if document.format == "json":
        return (Edit(end, end, f",{newline}{lead}{member}" if own_line else f", {member}"),)
    if not own_line:
        return ()
    stop = re.compile(r"[^\r\n]*").match(source, end)
    at = stop.end() if stop else end
    if source[end:at].lstrip().startswith(","):
        return ()
    return (Edit(at, at, f"{newline}{lead}{member}"),)


def _end(pair: Pair) -> int:
    return max(pair.key.end, pair.value.end)


def _scalar(document: Document, text: str, like: Node) -> str:
    if _looks_typed(text) and text not in ("yes", "no", "on", "off", "~"):
        return text
    if document.format == "json":
        return json.dumps(text, ensure_ascii=False)
    raw = document.text[like.start : like.end]
    return encoded(document, text, raw if raw[:1] in ("'", '"') else "")
