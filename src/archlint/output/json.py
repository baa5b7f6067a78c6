"""JSON, version 1: the contract that scripts may rely on; later versions only add keys."""

from __future__ import annotations

from archlint.findings import Finding
from archlint.output.escape import json_text
from archlint.output.fingerprint import fingerprints
from archlint.output.places import Places, Position
from archlint.output.run import Run, Style, fixable


def render(run: Run, style: Style) -> str:
    """Return the run as one JSON object."""
    summary = run.summary
    return (
        json_text(
            {
                "version": 1,
                "findings": records(run),
                "summary": {
                    "files": summary.files,
                    "models": summary.models,
                    "cards_with_config": summary.cards_with_config,
                    "cards_without_config": summary.cards_without_config,
                    "error": summary.error,
                    "warning": summary.warning,
                    "info": summary.info,
                    "hint": summary.hint,
                    "fixable": sum(map(fixable, run.findings)),
                    "in_baseline": len(run.known),
                },
                "knowledge": {"transformers": run.knowledge.transformers, "date": run.knowledge.date},
            },
            indent=2,
        )
        + "\n"
    )


def records(run: Run) -> list[dict[str, object]]:
    """Return one JSON object a finding, in order."""
    places = Places(run.sources)
    marks = fingerprints(run.findings)
    return [_record(finding, mark, places, run) for finding, mark in zip(run.findings, marks, strict=True)]


def _record(finding: Finding, mark: str, places: Places, run: Run) -> dict[str, object]:
    lines = places.lines(finding.file)

    def edits(index: int) -> list[dict[str, object]]:
        if lines is None:
            return []
        return [
            {
                "start": _position(lines.position(edit.start)),
                "end": _position(lines.position(edit.end)),
                "text": edit.text,
            }
            for edit in sorted(finding.fixes[index].edits)
        ]

    first_safe = next((index for index, fix in enumerate(finding.fixes) if fix.safe), None)
    rule = run.rules.get(finding.code)
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": str(finding.severity),
        "message": finding.message,
        "file": finding.file,
        "start": _position(finding.start),
        "end": _position(finding.end),
        "pointer": finding.pointer,
        "model": finding.model,
        "confidence": finding.confidence,
        "fixable": first_safe is not None,
        "edits": [] if first_safe is None else edits(first_safe),
        "related": [
            {
                "file": related.file,
                "start": _position(related.start),
                "end": _position(related.end),
                "message": related.message,
            }
            for related in finding.related
        ],
        "derivation": "\n".join(finding.derivation) or None,
        "fixes": [
            {"title": fix.title, "safe": fix.safe, "edits": edits(index)}
            for index, fix in enumerate(finding.fixes)
        ],
        "tags": list(finding.tags),
        "url": rule.url if rule else "",
        "fingerprint": mark,
    }


def _position(position: Position) -> dict[str, int]:
    line, column = position
    return {"line": line, "column": column}
