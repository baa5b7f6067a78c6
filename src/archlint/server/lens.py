"""Code lens: one line above each model with its size, its cache and its findings."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archlint.findings import Severity
from archlint.server.entry import head_of
from archlint.server.figures import summary

if TYPE_CHECKING:
    from archlint.server.view import View


@dataclass(frozen=True, slots=True)
class Lens:
    """A line above the text at ``start``."""

    start: int
    end: int
    title: str
    model: str | None


def lenses(view: View) -> list[Lens]:
    """Return one lens a model; none for a document that is no spec file or where the client wants none."""
    if not view.is_spec or not view.options.code_lens:
        return []
    counts = _counts(view)
    out = []
    for model in view.models:
        parts = summary(model)
        if not parts and model.card is not None:
            parts = [model.without_config if model.config is None else "costs unknown"]
        parts.append(_findings(counts.get(model.name, Counter())))
        start, end = head_of(model)
        out.append(Lens(start, end, " · ".join(parts), model.name))
    return out


def _counts(view: View) -> dict[str | None, Counter[Severity]]:
    """Return the findings of each model by severity; those of none count for a file's only model."""
    counts: dict[str | None, Counter[Severity]] = {}
    only = len(view.models) == 1
    for finding in view.findings:
        name = view.models[0].name if only else finding.model
        counts.setdefault(name, Counter())[finding.severity] += 1
    return counts


def _findings(counts: Counter[Severity]) -> str:
    parts = [
        f"{counts[severity]} {name}{'s' * (counts[severity] != 1)}"
        for severity, name in (
            (Severity.ERROR, "error"),
            (Severity.WARNING, "warning"),
            (Severity.INFO, "note"),
        )
        if counts[severity]
    ]
    return ", ".join(parts) or "no findings"
