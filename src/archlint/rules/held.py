"""Compiled rules whose larger part is decoded when it is asked for: a rule that finds nothing needs no message.

What decides whether a rule runs and holds stands in its entry; the rest (CEL forms, messages, fixes) is one string of
JSON in it, which the decoder of the whole file passes over.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

from archlint.rules.rule import Rule
from archlint.scanner import own

_LATER: Final = ("check", "when", "message", "also", "notes", "derivation", "fixes", "rests_on")


def pack(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry of a rule with its larger part as text."""
    now = {name: value for name, value in entry.items() if name not in _LATER}
    import json

    later = {name: entry[name] for name in _LATER}
    return {**now, "later": json.dumps(later, ensure_ascii=False, separators=(",", ":"))}


class HeldRule(Rule):
    """A rule that decodes what it is asked for. Its tuple is only a part of it: fields are read by their names."""

    _text: str | bytes

    @cached_property
    def _whole(self) -> Rule:
        from archlint.rules.compiled import decode_rule

        entry: dict[str, Any] = {name: getattr(self, name) for name in _NOW}
        entry["options"] = {name: list(option) for name, option in self.options.items()}
        return decode_rule({**entry, **own(self._text)})

    check = cached_property(lambda self: self._whole.check)
    when = cached_property(lambda self: self._whole.when)
    message = cached_property(lambda self: self._whole.message)
    also = cached_property(lambda self: self._whole.also)
    notes = cached_property(lambda self: self._whole.notes)
    derivation = cached_property(lambda self: self._whole.derivation)
    fixes = cached_property(lambda self: self._whole.fixes)
    rests_on = cached_property(lambda self: self._whole.rests_on)


_NOW: Final = tuple(name for name in Rule._fields if name not in _LATER)


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
    return rule


def whole_rule(rule: Rule) -> Rule:
    """Return a rule with all its parts decoded."""
    return rule._whole if isinstance(rule, HeldRule) else rule
