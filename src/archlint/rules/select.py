"""Which rules run for a file, with which severity and options."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from archlint.findings import Severity
from archlint.rules.rule import PROFILES, Option, OptionValue, Rule
from archlint.rules.ruleset import Ruleset, builtin

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


def wrong_options(settings: Settings, ruleset: Ruleset) -> Iterator[tuple[str, str]]:
    """Yield (key, what is wrong) for each option that no rule declares, or that is of another type."""
    for word, table in settings.options.items():
        rule = next((each for each in ruleset.rules if word in (each.code, each.name)), None)
        if rule is None:
            yield f"options.{word}", f"no rule has the code or name {word}"
            continue
        for name, value in table.items():
            option = rule.options.get(name)
            if option is None:
                known = ", ".join(rule.options) or "none"
                yield f"options.{word}.{name}", f"{rule.code} has no such option (it has: {known})"
            elif value != option.default and _as_type(value, option) == option.default:
                yield f"options.{word}.{name}", f"must be {_TYPES[option.type]}"


_TYPES: Final = {
    "int": "a whole number",
    "double": "a number",
    "bool": "true or false",
    "string": "a text",
    "list<string>": "a list of texts",
    "list<int>": "a list of whole numbers",
}


def active(ruleset: Ruleset, settings: Settings, file: str) -> tuple[Active, ...]:
    """Return the rules that run for ``file``."""
    from archlint.project import matches

    ignored = list(settings.ignore)
    for pattern, words in settings.per_file_ignores.items():
        if matches(pattern, settings.relative(file)):
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
    return {name: _as_type(given.get(name), option) for name, option in rule.options.items()}


def _as_type(value: object, option: Option) -> OptionValue:
    """Return a setting as its option's type has it; the default when it is of another."""
    default = option.default
    if option.type == "double" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, list) and isinstance(default, list):
        kind = str if option.type == "list<string>" else int
        return value if all(isinstance(item, kind) for item in value) else default
    return value if type(value) is type(default) else default


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
