"""A run: everything that an output may show, and how it should look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from archlint.findings import Confidence, Finding, Severity
from archlint.values import dataclass, field

if TYPE_CHECKING:
    from archlint.compare import Change


@dataclass(frozen=True, slots=True)
class Summary:
    """How much was read, and how many findings of each severity there are.

    ``cards_unchecked`` are those of ``cards_with_config`` whose config cannot be read.
    """

    files: int = 0
    models: int = 0
    cards_with_config: int = 0
    cards_without_config: int = 0
    error: int = 0
    warning: int = 0
    info: int = 0
    hint: int = 0
    cards_unchecked: int = 0

    @property
    def findings(self) -> int:
        """The number of findings of every severity."""
        return self.error + self.warning + self.info + self.hint


def summarise(
    findings: Iterable[Finding],
    *,
    files: int = 0,
    models: int = 0,
    cards_with_config: int = 0,
    cards_without_config: int = 0,
    cards_unchecked: int = 0,
) -> Summary:
    """Count ``findings`` by severity, beside the figures given."""
    counts = [0, 0, 0, 0]
    for finding in findings:
        counts[finding.severity] += 1
    hint, info, warning, error = counts
    return Summary(
        files, models, cards_with_config, cards_without_config, error, warning, info, hint, cards_unchecked
    )


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What archlint knows the model classes from: a transformers version and its date."""

    transformers: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """What an output says of a rule. ``url`` is its page in the documentation."""

    code: str
    name: str
    summary: str
    why: str = ""
    url: str = ""
    severity: Severity = Severity.ERROR
    confidence: Confidence = "high"


@dataclass(frozen=True)
class Run:
    """One run of the linter.

    ``sources`` has the text of every file with a finding (for excerpts, and the places of edits);
    ``rules`` maps a code to what is known of its rule; ``checked`` are the files read, as shown.
    ``known`` are findings that a baseline holds already: they are shown nowhere but in SARIF, and only
    when ``baseline`` says that there is one. ``fixed`` counts baseline entries that are no more;
    ``applied`` are the findings that fixes removed in this run. ``limited`` says that only what changed since
    a revision was looked at, and ``changes`` what that was; only Markdown tells of them.
    """

    findings: tuple[Finding, ...] = ()
    summary: Summary = field(default_factory=Summary)
    knowledge: Knowledge = field(default_factory=Knowledge)
    rules: Mapping[str, RuleInfo] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    checked: tuple[str, ...] = ()
    fail_on: Severity = Severity.ERROR
    baseline: bool = False
    known: tuple[Finding, ...] = ()
    fixed: int = 0
    applied: tuple[Finding, ...] = ()
    note: str = ""
    limited: bool = False
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Style:
    """How a text for people looks. ``quiet`` leaves out the summary; ``show_fixes`` lists what fixes do.

    ``fixing`` says that fixes were made: what can be fixed and is left would bring another finding with it.
    """

    colour: bool = False
    quiet: bool = False
    show_fixes: bool = False
    statistics: bool = False
    fixing: bool = False


def count(number: int, word: str) -> str:
    """Return ``number`` and its noun: ``1 error``, ``2,048 errors``."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def fixable(finding: Finding) -> bool:
    """Tell whether ``--fix`` would remove the finding: it has a fix that is safe."""
    return any(fix.safe for fix in finding.fixes)
