"""Which rules run for a file, with which severity and options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from archlint.findings import Severity
from archlint.rules.rule import PROFILES, Option, OptionValue, Rule
from archlint.rules.ruleset import Ruleset, builtin
from archlint.values import NamedTuple

if TYPE_CHECKING:
    from archlint.project import Settings


class Active(NamedTuple):
    """A rule that runs, with what the settings make of it."""

    rule: Rule
    severity: Severity
    options: Mapping[str, OptionValue]


def unknown(words: Iterable[str], ruleset: Ruleset | None = None) -> list[str]:
    """Return those of ``words`` that name no rule, of the built-in ones by default."""
    rules = (ruleset or builtin()).rules
    return [word for word in words if not any(fit(rule, (word,)) for rule in rules)]


def wrong_option(settings: Settings, ruleset: Ruleset) -> str | None:
    """Return what is wrong with the first of the settings' options that no rule has, or has of another type."""
    for word, given in settings.options.items():
        rule = ruleset.find(word)
        if rule is None:
            return f"options: no rule has the code or name {word}"
        for name, value in given.items():
            option = rule.options.get(name)
            if option is None:
                has = f"its options are {', '.join(rule.options)}" if rule.options else "it has none"
                return f"options.{word}: {rule.code} has no option {name}; {has}"
            if _as_type(value, option) is None:
                return f"options.{word}.{name}: must be {_TYPES.get(option.type, option.type)}"
    return None


_TYPES = {
    "int": "a whole number",
    "double": "a number",
    "string": "a text",
    "bool": "true or false",
    "list<string>": "a list of texts",
    "list<int>": "a list of whole numbers",
}


def active(ruleset: Ruleset, settings: Settings, file: str) -> tuple[Active, ...]:
    """Return the rules that run for ``file``."""
    ignored = list(settings.ignore)
    if settings.per_file_ignores:
        from archlint.project import matches

        relative = settings.relative(file)
        for pattern, words in settings.per_file_ignores.items():
            if matches(pattern, relative):
                ignored += words
    global _latest
    asked = _said(settings, ignored)
    latest = _latest
    if latest is None or latest[0] is not ruleset or latest[1] != asked:
        found = tuple(
            Active(rule, severity_of(rule, settings), options_of(rule, settings))
            for rule in ruleset.rules
            if is_active(rule, settings, ignored)
        )
        latest = _latest = (ruleset, asked, found)
    return latest[2]


def _said(settings: Settings, ignored: Sequence[str]) -> tuple[object, ...]:
    """Return all that settings say of rules: those of many folders mostly say the same."""
    of = settings
    return (of.profile, of.select, of.extend_select, tuple(ignored), of.severity, of.options)


_latest: tuple[Ruleset, tuple[object, ...], tuple[Active, ...]] | None = None
"""What was asked for last."""


def is_active(rule: Rule, settings: Settings, ignored: Iterable[str]) -> bool:
    """Tell whether a rule runs: the most specific of what selects and what ignores it decides."""
    selected = fit(rule, settings.select)
    if not settings.select and PROFILES.index(rule.profile) <= _rank(settings.profile):
        selected = 1
    selected = max(selected, fit(rule, settings.extend_select))
    return selected > fit(rule, ignored)


def severity_of(rule: Rule, settings: Settings) -> Severity:
    """Return the severity that the settings give a rule."""
    best, severity = 0, rule.severity
    for word, given in settings.severity.items():
        strength = fit(rule, (word,))
        if strength > best:
            best, severity = strength, given
    return severity


def options_of(rule: Rule, settings: Settings) -> Mapping[str, OptionValue]:
    """Return a rule's options: its defaults, and over them what the settings say."""
    if not rule.options:
        return {}
    given: dict[str, object] = {**settings.options.get(rule.code, {}), **settings.options.get(rule.name, {})}
    made = {name: _as_type(given.get(name), option) for name, option in rule.options.items()}
    return {name: rule.options[name].default if value is None else value for name, value in made.items()}


def _as_type(value: object, option: Option) -> OptionValue | None:
    """Return a setting as its option's type has it; None when it is of another."""
    default = option.default
    if option.type == "double" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, list) and isinstance(default, list):
        kind = str if option.type == "list<string>" else int
        return value if all(type(item) is kind for item in value) else None
    return value if type(value) is type(default) else None


def fit(rule: Rule, words: Iterable[str]) -> int:
    """Return how closely ``words`` name a rule: 0 not at all, 1 by ALL, a prefix by its length, 100 fully."""
    best = 0
    for word in words:
        if word in (rule.code, rule.name):
            return 100
        upper = word.upper()
        if upper == "ALL":
            best = max(best, 1)
        elif upper and rule.code.startswith(upper):
            best = max(best, 100 if upper == rule.code else 1 + len(upper))
    return best


def _rank(profile: str) -> int:
    return PROFILES.index(profile) if profile in PROFILES else 0
