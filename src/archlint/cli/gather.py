"""The results of many files, put together into the run that an output shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from archlint import baseline
from archlint.cli.session import Result
from archlint.findings import Finding, Severity
from archlint.output.run import Knowledge, RuleInfo, Run, summarise

if TYPE_CHECKING:
    from archlint.project import Settings


def gather(results: Sequence[Result], applied: tuple[Finding, ...] = ()) -> tuple[Run, bool]:
    """Return the run, and whether it fails: a new finding is at or above its file's ``fail_on``."""
    findings: list[Finding] = []
    known: list[Finding] = []
    failed = False
    fixed = 0
    has_baseline = False
    for settings, group in _by_project(results):
        accepted = baseline.load(settings)
        mine = [finding for result in group for finding in result.linted.findings]
        if accepted is not None:
            has_baseline = True
            mine, old, met = accepted.split(mine, settings)
            known += old
            read = {settings.relative(result.linted.document.name) for result in group}
            fixed += sum(count - met[key] for key, count in accepted.counts.items() if key[0] in read)
        findings += mine
        failed = failed or any(finding.severity >= settings.fail_on for finding in mine)
    shown = sorted(findings, key=lambda finding: finding.sort_key)
    documents = [result.linted.document for result in results]
    run = Run(
        findings=tuple(shown),
        summary=summarise(
            shown,
            files=sum(result.linted.recognition.kind is not None for result in results),
            models=sum(len(result.linted.models) for result in results),
            cards_with_config=sum(result.linted.cards_with_config for result in results),
            cards_without_config=sum(result.linted.cards_without_config for result in results),
        ),
        knowledge=knowledge(),
        rules=rule_infos(results, (*shown, *known)),
        sources={document.name: document.text for document in documents},
        checked=tuple(document.name for document in documents),
        fail_on=min((result.settings.fail_on for result in results), default=Severity.ERROR),
        baseline=has_baseline,
        known=tuple(known),
        fixed=fixed,
        applied=applied,
    )
    return run, failed


def knowledge() -> Knowledge:
    """Return what the model classes are known from."""
    from archlint.specs.class_defaults import about

    known = about()
    return Knowledge(known["transformers"], known["date"])


def rule_infos(results: Iterable[Result], findings: Iterable[Finding]) -> dict[str, RuleInfo]:
    """Return what is known of the rules that ``findings`` are of."""
    from archlint.rules.ruleset import ruleset_of

    wanted = {finding.code for finding in findings}
    infos: dict[str, RuleInfo] = {}
    if not wanted:
        return infos
    for result in results:
        ruleset = ruleset_of(result.settings)
        for code in wanted - infos.keys():
            rule = ruleset.find(code)
            if rule is not None:
                why = ruleset.page(rule).why
                infos[code] = RuleInfo(rule.code, rule.name, rule.summary, why, severity=rule.severity)
        if wanted <= infos.keys():
            break
    return infos


def _by_project(results: Sequence[Result]) -> list[tuple[Settings, list[Result]]]:
    groups: dict[int, tuple[Settings, list[Result]]] = {}
    for result in results:
        groups.setdefault(id(result.settings), (result.settings, []))[1].append(result)
    return list(groups.values())
