"""The schema stage for cards: keys, types, values, and figures that cannot be read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Final

from archlint.source.document import Document, Problem
from archlint.source.edits import Edit
from archlint.source.tree import MAPPING, SEQUENCE, Node, Pair
from archlint.specs.card import FIGURES, Card, Field
from archlint.specs.keys import TYPE_WORDS, Key, Table, Type, table
from archlint.specs.near import is_slip, nearest
from archlint.specs.quantity import Unreadable
from archlint.specs.quantity.tokens import not_stated
from archlint.values import replace

_NODE_WORDS: Final = {
    "mapping": "a mapping",
    "sequence": "a list",
    "string": "a text",
    "integer": "a number",
    "float": "a number",
    "boolean": "true or false",
    "null": "nothing",
}

_YAML_1_1_FALSE: Final = frozenset(["no", "No", "NO", "off", "Off", "OFF", "n", "N"])
_YAML_1_1_TRUE: Final = frozenset(["yes", "Yes", "YES", "on", "On", "ON", "y", "Y"])

_SHOWN: Final = 60


def check_card(card: Card) -> list[Problem]:
    """Return what is wrong with a card's keys and values, in file order."""
    node = card.node
    if node is None:
        return []
    if node.kind != MAPPING:
        if card.kind != "gallery" or card.name_node is None:
            return []
        place = card.name_node if node.kind == "null" else node
        facts = {"name": card.name or "", "found": _NODE_WORDS[node.kind]}
        return [Problem("entry-not-a-mapping", place.start, place.end, facts)]
    keys = table(card.kind)
    found = [*_missing(card, node, keys), *_members(card, node, keys, keys.keys, "")]
    return sorted(found, key=lambda problem: (problem.start, problem.end))


def _missing(card: Card, node: Node, keys: Table) -> Iterator[Problem]:
    """Name the required keys that are absent, all in one problem; none of an entry that was read in part."""
    if card.kind == "gallery":
        required = [key.name for key in keys.keys if key.required]
    elif card.kind == "card":
        required = ["name"]
    else:
        return
    if any(start <= node.start < end or start < node.end <= end for start, end in card.document.damaged):
        return
    stated = {pair.name for pair in node.pairs if pair.value.kind != "null"}
    stated |= {keys.old[pair.name] for pair in node.pairs if pair.name in keys.old}
    unknown = [pair.name for pair in node.pairs if pair.name not in keys.by_name]
    near = {meant for name in unknown if (meant := nearest(name, keys.by_name)) and is_slip(name, meant)}
    absent = [name for name in required if name not in stated and name not in near]
    if absent:
        place = card.name_node or node
        end = place.end if card.name_node is not None else min(place.end, place.start + 1)
        yield Problem("missing-card-key", place.start, end, _absent(absent, keys))


def _absent(names: list[str], keys: Table) -> dict[str, str]:
    return {"keys": _listed(names), "what": keys.what, "count": str(len(names)), "names": " ".join(names)}


def that_others_have(problems: list[Problem], cards: Sequence[Card]) -> list[Problem]:
    """Drop missing keys that not one of a gallery's entries has: its author does without them. Not the licence."""
    entries = [card.node for card in cards if card.kind == "gallery" and card.node is not None]
    if len(entries) < _MANY:
        return problems
    keys = table("gallery")
    unused = {
        key.name
        for key in keys.keys
        if key.required
        and key.name != "license_name"
        and not any(node.pair(name) is not None for node in entries for name in (key.name, *key.old))
    }
    if not unused:
        return problems
    kept: list[Problem] = []
    for problem in problems:
        if problem.rule == "missing-card-key":
            names = [name for name in problem.facts["names"].split() if name not in unused]
            if not names:
                continue
            problem = replace(problem, facts=_absent(names, keys))
        kept.append(problem)
    return kept


_MANY: Final = 4
"""Entries from which on a key that none of them has is no oversight."""


def _members(card: Card, node: Node, keys: Table, known: tuple[Key, ...], path: str) -> Iterator[Problem]:
    """Check the members of a mapping against the keys that may stand in it."""
    by_name = {key.name: key for key in known}
    for pair in node.pairs:
        key = by_name.get(pair.name)
        if key is None:
            yield from _unknown_key(card, pair, node, keys, known, path)
            continue
        found = list(_value(card, key, pair, f"{path}{key.name}"))
        if found and not _is_broken(pair.value, card.document):
            yield from found
        if key.keys and pair.value.kind == MAPPING:
            yield from _members(card, pair.value, keys, key.keys, f"{path}{key.name}.")


def _is_broken(node: Node, document: Document) -> bool:
    """Whether the text of a value is at fault, as was said of it: then what was read of it is not what it says."""
    syntax = (each for each in document.problems if each.rule == "yaml-syntax") if document.damaged else ()
    return any(node.start <= each.start < node.end for each in syntax)


def _unknown_key(
    card: Card, pair: Pair, node: Node, keys: Table, known: tuple[Key, ...], path: str
) -> Iterator[Problem]:
    name = pair.name
    if name.startswith("<!--"):
        yield Problem("html-comment-in-yaml", pair.key.start, pair.key.end, {"key": _shown(name)})
        return
    where = path.rstrip(".") or keys.what
    old = {spelling: key.name for key in known for spelling in key.old}
    limit = min(2, 1 + (len(name) > 7)) if keys.open else None
    meant = old.get(name) or old.get(name.lower())
    if meant is None:
        meant = nearest(name, (key.name for key in known), limit) if len(name) > 3 else None
        meant = meant if meant is not None and is_slip(name, meant) else None
    if meant is not None:
        facts = {"key": _shown(name), "meant": meant, "where": where}
        placeholder = pair.value.scalar == meant  # trl writes "licence: license" where nobody named one
        unread = list(_incomplete(card, meant, pair.value))  # better left unread than a card that is refused
        kept = placeholder or bool(unread) or node.pair(meant) is not None
        edits = () if kept else (_renamed(card, pair, meant),)
        yield Problem("misspelt-card-key", pair.key.start, pair.key.end, facts, edits=edits)
        yield from unread
    elif not keys.open:
        facts = {"key": _shown(name), "where": where}
        yield Problem("unknown-card-key", pair.key.start, pair.key.end, facts)


def _value(card: Card, key: Key, pair: Pair, path: str) -> Iterator[Problem]:
    """Check the value of a known key."""
    node = pair.value
    if node.kind == "null" or "anything" in key.types:
        return
    field = Field(card.document, path, pair.key, node, FIGURES.get(path, ""))
    if not _fits(node, key.types) and not (field.reader and node.kind in ("integer", "float")):
        yield _wrong_type(card, key, pair, path)
        return
    if node.kind == SEQUENCE:
        yield from _elements(card, key, node, path)
        yield from _incomplete(card, key.name, node)
    elif node.kind == "string" and key.items == "text" and "list" in key.types:
        yield from _yaml_1_1(card, node, path)
    unreadable = field.unreadable if field.reader else None
    if unreadable is not None:
        yield _unreadable(field, unreadable)
    elif key.values and node.kind == "string":
        yield from _enumerated(card, key, field)


def _unreadable(field: Field, unreadable: Unreadable) -> Problem:
    start, end = field.range(unreadable.span)
    meant = unreadable.suggestion
    facts = {
        "key": field.path,
        "text": _shown(unreadable.text.strip()),
        "reason": f"{unreadable.reason}; {meant} is meant" if meant is not None else unreadable.reason,
        "accepted": _listed(list(unreadable.accepted), "or"),
    }
    rule = "unreadable-figure"
    if field.reader == "read_date":
        impossible = unreadable.reason.startswith("there is no") or " has no day " in unreadable.reason
        rule = "impossible-date" if impossible else "unreadable-date"
    edits: tuple[Edit, ...] = ()
    if meant is not None:
        edits = (_rewritten(field, meant),)
    return Problem(rule, start, end, facts, edits=edits)


def _fits(node: Node, types: tuple[Type, ...]) -> bool:
    kinds: dict[Type, tuple[str, ...]] = {
        "text": ("string",),
        "url": ("string",),
        "integer": ("integer",),
        "number": ("integer", "float"),
        "boolean": ("boolean",),
        "mapping": (MAPPING,),
        "list": (SEQUENCE,),
    }
    return any(node.kind in kinds[name] for name in types)


def _wrong_type(card: Card, key: Key, pair: Pair, path: str) -> Problem:
    node = pair.value
    facts = {"key": path, "expected": key.expected, "found": _NODE_WORDS[node.kind]}
    start, end = node.start, node.end
    if node.kind in (MAPPING, SEQUENCE):
        start, end = pair.key.start, pair.key.end
    text = str(node.scalar) if node.kind == "string" else ""
    if text and key.types == ("boolean",) and text.strip().lower() in ("true", "false"):
        edit = Edit(node.start, node.end, text.strip().lower())
        return Problem("quoted-boolean", start, end, facts | {"text": text.strip()}, edits=(edit,))
    if text and key.types == ("list",) and key.items == "text":
        return Problem(
            "text-for-a-list", start, end, facts | {"text": _shown(text)}, edits=_as_list(card, pair)
        )
    return Problem("wrong-card-type", start, end, facts)


def _as_list(card: Card, pair: Pair) -> tuple[Edit, ...]:
    """Put the text in square brackets; commas within it are left, and a text over lines is left alone."""
    node = pair.value
    written = card.document.text[node.start : node.end]
    if "\n" in written or written[:1] in "|>&*!":
        return ()
    quoted = written[:1] in "'\""
    if not quoted and any(character in written for character in ",[]{}"):
        return (Edit(node.start, node.end, f"[{json.dumps(str(node.scalar), ensure_ascii=False)}]"),)
    return (Edit(node.start, node.start, "["), Edit(node.end, node.end, "]"))


def _elements(card: Card, key: Key, node: Node, path: str) -> Iterator[Problem]:
    for item in node.items:
        wrong = (key.items == "text" and item.kind in (MAPPING, SEQUENCE)) or (
            key.items == "mapping" and item.kind != MAPPING
        )
        if wrong:
            facts = {
                "key": f"an element of {path}",
                "expected": TYPE_WORDS[key.items],
                "found": _NODE_WORDS[item.kind],
            }
            yield Problem("wrong-card-type", item.start, min(item.end, _line_end(card, item.start)), facts)
        elif key.items == "text" and item.kind == "string":
            yield from _yaml_1_1(card, item, path)
            if key.name == "related_concepts":
                yield from _concept(card, key, item, path)
        elif key.name == "related_concepts":
            facts = {"key": f"an element of {path}", "expected": "a text", "found": _NODE_WORDS[item.kind]}
            start = min(item.start, node.end - 1)
            yield Problem("wrong-card-type", start, max(item.end, start + 1), facts)


def _incomplete(card: Card, key: str, node: Node) -> Iterator[Problem]:
    """Name what an element of evaluation results lacks."""
    if card.kind != "front-matter" or key != "model-index":
        return
    from archlint.specs.evaluation import incomplete

    for each in incomplete(node):
        end = min(each.node.end, _line_end(card, each.node.start))
        facts = {"path": each.path, "names": _listed(list(each.absent), "or")}
        yield Problem("incomplete-evaluation", each.node.start, end, facts)


def _concept(card: Card, key: Key, item: Node, path: str) -> Iterator[Problem]:
    """Name a concept in use that one differs from by a slip; a new one is no mistake."""
    text = str(item.scalar).strip()
    if text in key.values or len(text) < 3:
        return
    meant = nearest(text, key.values, 1 if len(text) > 5 else 0)
    if meant is None or any(letter.isdigit() for letter in set(text) ^ set(meant)):
        return
    start, end = Field(card.document, path, item, item, "").range((0, len(str(item.scalar))))
    facts = {"key": path, "text": _shown(text), "meant": meant}
    yield Problem("misspelt-card-value", start, end, facts, edits=(Edit(start, end, meant),))


def _yaml_1_1(card: Card, node: Node, path: str) -> Iterator[Problem]:
    """Words without quotes that YAML 1.1 takes for true or false: ``no`` for Norwegian."""
    written = card.document.text[node.start : node.end]
    if card.document.format == "json" or not (written in _YAML_1_1_FALSE or written in _YAML_1_1_TRUE):
        return
    value = "false" if written in _YAML_1_1_FALSE else "true"
    edit = Edit(node.start, node.end, f'"{written}"')
    facts = {"key": path, "text": written, "value": value}
    yield Problem("unquoted-boolean-word", node.start, node.end, facts, edits=(edit,))


def _enumerated(card: Card, key: Key, field: Field) -> Iterator[Problem]:
    text = (field.text or "").strip()
    if not text or text in key.values or key.name == "related_concepts":
        return
    if card.kind != "front-matter" and not_stated(text) is not None:
        return
    if not key.closed and text.endswith(")") and text.partition(" (")[0] in key.values:
        return  # Sparse MoE (causal encoder-decoder)
    start, end = field.range((0, len(field.text or "")))
    meant = nearest(text, key.values)
    facts = {"key": field.path, "text": _shown(text), "values": _listed(list(key.values), "or")}
    slight = meant is not None and text.casefold() == meant.casefold() and key.name == "library_name"
    if meant is not None and not slight:
        edit = Edit(start, end, meant)
        yield Problem("misspelt-card-value", start, end, facts | {"meant": meant}, edits=(edit,))
    elif key.name == "library_name":
        return  # any library may load a model
    else:
        rule = "card-value-not-allowed" if key.closed else "unknown-card-value"
        yield Problem(rule, start, end, facts)


def _rewritten(field: Field, text: str) -> Edit:
    """Write another text in place of a value: between its quotes, or in quotes where it has none."""
    start, end = field.range((0, len(field.text or "")))
    if (start, end) != (field.node.start, field.node.end):
        return Edit(start, end, text)
    return Edit(start, end, json.dumps(text) if field.document.format == "json" else f"'{text}'")


def _renamed(card: Card, pair: Pair, name: str) -> Edit:
    """Rename a key; its quotes stay."""
    quote = card.document.text[pair.key.start : pair.key.start + 1]
    quote = quote if quote in ("'", '"') else ""
    return Edit(pair.key.start, pair.key.end, f"{quote}{name}{quote}")


def _line_end(card: Card, start: int) -> int:
    end = card.document.text.find("\n", start)
    return len(card.document.text) if end < 0 else end


def _listed(words: list[str], joint: str = "and") -> str:
    if len(words) > 12:
        words = [*words[:12], "…"]
        return ", ".join(words)
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {joint} {words[-1]}"


def _shown(text: str) -> str:
    return '""' if not text else text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
