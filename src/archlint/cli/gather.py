"""The results of many files, put together into the run that an output shows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from archlint import baseline
from archlint.cli.session import Result
from archlint.findings import Finding, Severity
from archlint.output.run import Knowledge, RuleInfo, Run, summarise
from archlint.values import replace

if TYPE_CHECKING:
    from archlint.project import Settings


def gather(
    results: Sequence[Result],
    applied: tuple[Finding, ...] = (),
    wanted: Callable[[Finding], bool] | None = None,
    note: str = "",
) -> tuple[Run, bool]:
    """Return the run, and whether it fails: a new finding is at or above its file's ``fail_on``.

    Findings that are not ``wanted`` are left out.
    """
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
            read = {settings.relative(result.linted.name) for result in group}
            fixed += sum(count - met[key] for key, count in accepted.counts.items() if key[0] in read)
        if wanted is not None:
            mine = list(filter(wanted, mine))
        findings += mine
        failed = failed or any(finding.severity >= settings.fail_on for finding in mine)
    shown = sorted(map(_from_here, findings), key=lambda finding: finding.sort_key)
    run = Run(
        findings=tuple(shown),
        summary=summarise(
            shown,
            files=sum(result.linted.is_spec for result in results),
            models=sum(result.linted.model_count for result in results),
            cards_with_config=sum(result.linted.cards_with_config for result in results),
            cards_without_config=sum(result.linted.cards_without_config for result in results),
            cards_unchecked=sum(result.linted.cards_unchecked for result in results),
        ),
        knowledge=knowledge(),
        rules=rule_infos(results, (*shown, *known)),
        sources={result.linted.name: result.linted.text for result in results},
        checked=tuple(result.linted.name for result in results),
        fail_on=min((result.settings.fail_on for result in results), default=Severity.ERROR),
        baseline=has_baseline,
        known=tuple(known),
        fixed=fixed,
        applied=applied,
        note=note,
        limited=wanted is not None,
    )
    return run, failed


def _from_here(finding: Finding) -> Finding:
    """Name related files below the working directory as the files that were asked for are named."""
    if not any(os.path.isabs(related.file) for related in finding.related):
        return finding
    here = os.path.join(os.getcwd(), "")
    related = (replace(each, file=each.file.removeprefix(here)) for each in finding.related)
    return replace(finding, related=tuple(related))


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
                infos[code] = RuleInfo(
                    rule.code,
                    rule.name,
                    rule.summary,
                    why,
                    severity=rule.severity,
                    confidence=rule.confidence,
                )
        if wanted <= infos.keys():
            break
    return infos


def _by_project(results: Sequence[Result]) -> list[tuple[Settings, list[Result]]]:
    groups: dict[int, tuple[Settings, list[Result]]] = {}
    for result in results:
        groups.setdefault(id(result.settings), (result.settings, []))[1].append(result)
    return list(groups.values())
