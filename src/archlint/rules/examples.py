"""A rule's examples, run: what its page shows is what its tests check."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from archlint.findings import Finding
from archlint.rules.rule import Example, Rule

if TYPE_CHECKING:
    from archlint.project import Settings
    from archlint.source.document import Document
    from archlint.specs.card import Card


@dataclass(frozen=True, slots=True)
class _Files:
    """The files around an example: the config that is found for its cards, and what stands in its folder."""

    example: Example

    def __call__(self, card: Card, document: Document) -> Document | None:
        from archlint.source import parse

        config = self.example.config
        return None if config is None else parse(config, "config.json", "json")

    def beside(self, document: Document, name: str) -> Document | None:
        from archlint.source import parse

        text = self.example.beside.get(name)
        return None if text is None else parse(text, name)


def findings_of(example: Example, rule: Rule, settings: Settings) -> list[Finding]:
    """Return what ``rule`` finds in an example; ``settings`` say where a user's own rules are."""
    from archlint.linter import lint
    from archlint.rules.engine import report
    from archlint.rules.select import Active
    from archlint.source import load

    extra: dict[str, Any] = dict(example.settings)
    options = {**settings.options, rule.code: {**settings.options.get(rule.code, {}), **example.options}}
    run = replace(settings, profile="pedantic", options=options, **extra)
    data = bytes.fromhex(example.data) or example.text.encode()
    document = load(data * example.times, example.name)
    if rule.raised_by == "source":  # the text alone is at fault, whatever it is about
        active = Active(rule, rule.severity, {})
        problems = [each for each in document.problems if each.rule == rule.name]
        return [each for problem in problems if (each := report(problem, document, (), active)) is not None]
    linted = lint(document, run, _Files(example), named=rule.raised_by == "linter")
    return [finding for finding in linted.findings if finding.code == rule.code]


def failures(
    rule: Rule, bad: tuple[Example, ...], good: tuple[Example, ...], settings: Settings
) -> list[str]:
    """Return what is wrong with a rule's examples: a bad one without a finding, a good one with one."""
    wrong = []
    for number, example in enumerate(bad, 1):
        found = findings_of(example, rule, settings)
        if not found:
            wrong.append(f"bad example {number} gives no {rule.code}")
        wrong += [
            f"bad example {number}: {each.message}"
            for each in found
            if "could not be evaluated" in each.message
        ]
    for number, example in enumerate(good, 1):
        wrong += [
            f"good example {number} gives {rule.code}: {each.message}"
            for each in findings_of(example, rule, settings)
        ]
    return wrong
