"""Compiled rules whose larger part is decoded when it is asked for: a rule that finds nothing needs no message.

What decides whether a rule runs and holds stands in its entry; the rest (CEL forms, messages, fixes) is one string of
JSON in it, which the decoder of the whole file passes over.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

from archlint.rules.quick import Plain
from archlint.rules.rule import Expression, Rule

_LATER: Final = ("message", "also", "notes", "derivation", "fixes", "rests_on")
_EXPRESSIONS: Final = ("check", "when")


def pack(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry of a rule with its larger part as text."""
    now = {name: value for name, value in entry.items() if name not in _LATER and name not in _EXPRESSIONS}
    later = {name: entry[name] for name in (*_LATER, *_EXPRESSIONS)}
    for name in _EXPRESSIONS:
        parts = entry[name]
        now[name] = None if parts is None else parts[2:]
    return {**now, "later": json.dumps(later, ensure_ascii=False, separators=(",", ":"))}


class HeldRule(Rule):
    """A rule that decodes what it is asked for. Its tuple is only a part of it: fields are read by their names."""

    _text: str | bytes
    _parts: Mapping[str, Any]

    @cached_property
    def _whole(self) -> Rule:
        from archlint.rules.compiled import decode_rule

        entry: dict[str, Any] = {name: getattr(self, name) for name in _NOW}
        entry["options"] = {name: list(option) for name, option in self.options.items()}
        return decode_rule({**entry, **json.loads(self._text)})

    check = cached_property(lambda self: _expression(self, "check"))
    when = cached_property(lambda self: _expression(self, "when"))
    message = cached_property(lambda self: self._whole.message)
    also = cached_property(lambda self: self._whole.also)
    notes = cached_property(lambda self: self._whole.notes)
    derivation = cached_property(lambda self: self._whole.derivation)
    fixes = cached_property(lambda self: self._whole.fixes)
    rests_on = cached_property(lambda self: self._whole.rests_on)


_NOW: Final = tuple(name for name in Rule._fields if name not in (*_LATER, *_EXPRESSIONS))


class _HeldExpression(Plain):
    """An expression whose text and CEL form are decoded when CEL has to say."""

    rule: HeldRule
    which: str

    def _read(self) -> Expression:
        found: Expression = getattr(self.rule._whole, self.which)
        return found

    text = cached_property(lambda self: self._read().text)
    code = cached_property(lambda self: self._read().code)


def unpack(entry: Mapping[str, Any]) -> Rule:
    """Return the rule of a packed entry."""
    from archlint.findings import Severity
    from archlint.rules.rule import Option

    rule = HeldRule(
        entry["code"],
        entry["name"],
        entry["summary"],
        Severity(entry["severity"]),
        entry["each"],
        (),
        entry["confidence"],
        entry["profile"],
        at=tuple(entry["at"]),
        options={name: Option(*parts) for name, parts in entry["options"].items()}
        if entry["options"]
        else {},
        tags=tuple(entry["tags"]),
        raised_by=entry["raised_by"],
        needs=tuple(entry["needs"]),
        source=entry["source"],
        builtin=entry["builtin"],
    )
    rule._text = entry["later"]
    rule._parts = {which: entry[which] for which in _EXPRESSIONS}
    return rule


def _expression(rule: HeldRule, which: str) -> Expression | None:
    parts = rule._parts[which]
    if parts is None:
        return None
    facts, options, tree = parts
    if tree is None:  # CEL decides each time: there is nothing to put off
        from archlint.rules.compiled import decode_expression

        return decode_expression(json.loads(rule._text)[which])
    made = _HeldExpression("", b"", tuple(facts), tuple(options))
    made.tree, made.rule, made.which = tree, rule, which
    return made
