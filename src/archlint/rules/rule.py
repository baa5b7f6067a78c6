"""A rule as the engine runs it: plain data, the same whether just loaded or read from the compiled file."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

from archlint.findings import Confidence, Severity, Tag
from archlint.values import NamedTuple

Profile: TypeAlias = Literal["default", "strict", "pedantic"]
PROFILES: tuple[Profile, ...] = ("default", "strict", "pedantic")

OptionType: TypeAlias = Literal["int", "double", "bool", "string", "list<string>", "list<int>"]
OptionValue: TypeAlias = int | float | bool | str | list[str] | list[int]


class Expression(NamedTuple):
    """A type-checked CEL expression: its text, its checked form, and the names that it reads.

    ``code`` is empty for an expression that is one fact and nothing else.
    """

    text: str
    code: bytes
    facts: tuple[str, ...]
    options: tuple[str, ...] = ()


class Slot(NamedTuple):
    """A place in a message: an expression and how its value is shown. In rules of other stages, a name."""

    expression: Expression
    format: str = ""


Template: TypeAlias = tuple[str | Slot, ...]


class Option(NamedTuple):
    """A setting that a rule declares."""

    type: OptionType
    default: OptionValue
    meaning: str


class FixTemplate(NamedTuple):
    """How to remove a finding. ``at`` is the fact whose place is edited."""

    kind: Literal["replace-value", "rename-key", "delete", "insert"]
    at: str
    title: Template
    template: Template = ()
    key: str = ""
    safe: bool = True
    when: Expression | None = None


class Example(NamedTuple):
    """A spec file that the rule must find fault with, or must not. ``config`` is found for its cards.

    ``data`` is the file in hexadecimal, where it is no text; ``times`` is how often the content is repeated;
    ``beside`` are other files of its folder.
    """

    name: str
    text: str
    config: str | None = None
    options: Mapping[str, OptionValue] = MappingProxyType({})
    settings: Mapping[str, bool | str] = MappingProxyType({})
    data: str = ""
    times: int = 1
    beside: Mapping[str, str] = MappingProxyType({})


class Page(NamedTuple):
    """What a rule's documentation says; not needed to run it."""

    why: str
    references: tuple[str, ...]
    bad: tuple[Example, ...]
    good: tuple[Example, ...]
    check: str
    when: str


class Rule(NamedTuple):
    """One rule. ``raised_by`` names the stage that finds its violations; otherwise ``check`` does."""

    code: str
    name: str
    summary: str
    severity: Severity
    each: str
    message: Template
    confidence: Confidence = "high"
    profile: Profile = "default"
    check: Expression | None = None
    when: Expression | None = None
    at: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    notes: tuple[Template, ...] = ()
    derivation: tuple[str, ...] = ()
    options: Mapping[str, Option] = MappingProxyType({})
    fixes: tuple[FixTemplate, ...] = ()
    tags: tuple[Tag, ...] = ()
    raised_by: str = ""
    needs: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = ()
    source: str = ""
    builtin: bool = True

    @property
    def facts(self) -> frozenset[str]:
        """Every fact that the rule reads, wherever it does."""
        templates = [self.message, *self.notes]
        expressions = [self.check, self.when]
        names = [*self.at, *self.also, *self.derivation]
        for fix in self.fixes:
            templates += (fix.title, fix.template)
            expressions.append(fix.when)
            names.append(fix.at)
        expressions += (part.expression for each in templates for part in each if isinstance(part, Slot))
        names += (name for each in expressions if each is not None for name in each.facts)
        return frozenset(names)

    @property
    def category(self) -> str:
        """The three letters of the code."""
        return self.code[:3]
