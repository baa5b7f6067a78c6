"""SARIF 2.1.0, with the rules and their reasons, fixes, related places and fingerprints."""

from __future__ import annotations

from urllib.parse import quote

from archlint import __version__
from archlint.findings import Finding, Fix, Severity
from archlint.output.escape import json_text, visible, visible_lines
from archlint.output.fingerprint import VERSION, fingerprints
from archlint.output.places import Places, Position
from archlint.output.run import RuleInfo, Run, Style

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVEL = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "note",
    Severity.HINT: "note",
}
_ROOT = "%SRCROOT%"


def render(run: Run, style: Style) -> str:
    """Return a SARIF log with one run."""
    findings = (*run.findings, *run.known)
    rules = _rules(run, findings)
    indexes = {str(rule["id"]): index for index, rule in enumerate(rules)}
    places = Places(run.sources)
    marks = fingerprints(findings)
    results = []
    for index, (finding, mark) in enumerate(zip(findings, marks, strict=True)):
        result = _result(finding, mark, indexes[finding.code], places)
        if run.baseline:
            result["baselineState"] = "new" if index < len(run.findings) else "unchanged"
        results.append(result)
    log = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "archlint",
                        "version": __version__,
                        "semanticVersion": __version__,
                        "informationUri": "https://pypi.org/project/archlint/",
                        "rules": rules,
                    }
                },
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
                "invocations": [{"executionSuccessful": True}],
                "results": results,
                "properties": {
                    "knowledge": {"transformers": run.knowledge.transformers, "date": run.knowledge.date},
                    "files": run.summary.files,
                    "models": run.summary.models,
                    "cardsWithConfig": run.summary.cards_with_config,
                    "cardsWithoutConfig": run.summary.cards_without_config,
                },
            }
        ],
    }
    return json_text(log, indent=2) + "\n"


def _rules(run: Run, findings: tuple[Finding, ...]) -> list[dict[str, object]]:
    infos = dict(run.rules)
    for finding in findings:
        infos.setdefault(
            finding.code,
            RuleInfo(
                finding.code,
                finding.name,
                finding.name,
                severity=finding.severity,
                confidence=finding.confidence,
            ),
        )
    return [_rule(infos[code]) for code in sorted(infos)]


def _rule(info: RuleInfo) -> dict[str, object]:
    why = info.why.strip() or info.summary
    markdown = f"**{info.code} {info.name}**: {info.summary}\n\n{why}"
    rule: dict[str, object] = {
        "id": info.code,
        "name": info.name,
        "shortDescription": {"text": _plain(info.summary or info.name)},
        "fullDescription": {"text": _plain(why or info.name)},
        "help": {"text": _plain(f"{info.summary}\n\n{why}"), "markdown": markdown},
        "defaultConfiguration": {"level": _LEVEL[info.severity]},
        "properties": {"tags": [info.code[:3].lower()], "precision": info.confidence},
    }
    if info.url:
        rule["helpUri"] = info.url
    return rule


def _result(finding: Finding, mark: str, rule: int, places: Places) -> dict[str, object]:
    text = "\n".join((finding.message, *finding.derivation))
    result: dict[str, object] = {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": _LEVEL[finding.severity],
        "message": {"text": _plain(text)},
        "locations": [_location(finding, places)],
        "partialFingerprints": {
            f"archlint/{VERSION}": mark,
            # What GitHub's code scanning follows a result by; it would hash lines otherwise.
            "primaryLocationLineHash": f"{mark[:16]}:1",
        },
        "properties": {
            "confidence": finding.confidence,
            "pointer": finding.pointer,
            "derivation": list(finding.derivation),
            "tags": list(dict.fromkeys(finding.tags)),
        },
    }
    if finding.related:
        result["relatedLocations"] = [
            {
                "id": number,
                "physicalLocation": _physical(related.file, related.start, related.end),
                "message": {"text": _plain(related.message or "related")},
            }
            for number, related in enumerate(finding.related, 1)
        ]
    written = [_fix(fix, finding.file, places) for fix in finding.fixes if fix.edits]
    fixes = [fix for index, fix in enumerate(written) if fix not in written[:index]]  # SARIF: no fix twice
    if fixes and places.lines(finding.file) is not None:
        result["fixes"] = fixes
    return result


def _location(finding: Finding, places: Places) -> dict[str, object]:
    location: dict[str, object] = {"physicalLocation": _physical(finding.file, finding.start, finding.end)}
    if finding.model is not None:
        location["logicalLocations"] = [
            {
                "name": visible(finding.model),
                "fullyQualifiedName": visible(f"{finding.model}{finding.pointer}"),
                "kind": "object",
            }
        ]
    return location


def _physical(file: str, start: Position, end: Position) -> dict[str, object]:
    return {"artifactLocation": artifact(file), "region": _region(start, end)}


def _region(start: Position, end: Position) -> dict[str, int]:
    return {"startLine": start[0], "startColumn": start[1], "endLine": end[0], "endColumn": end[1]}


def artifact(file: str) -> dict[str, str]:
    """Return the location of a file: an absolute path as a file URI, any other beside the root."""
    import os

    path = file.replace("\\", "/") if os.sep == "\\" else file
    uri = quote(path.encode("utf-8", "surrogateescape" if _from_bytes(path) else "surrogatepass"), safe="/")
    if path.startswith("/"):
        return {"uri": f"file://{uri}"}
    return {"uri": uri.removeprefix("./"), "uriBaseId": _ROOT}


def _from_bytes(path: str) -> bool:
    surrogates = [letter for letter in path if "\ud800" <= letter <= "\udfff"]
    return all("\udc80" <= letter <= "\udcff" for letter in surrogates)


def _fix(fix: Fix, file: str, places: Places) -> dict[str, object]:
    lines = places.lines(file)
    replacements = []
    for edit in sorted(fix.edits):
        region = (
            {"charOffset": edit.start, "charLength": edit.end - edit.start}
            if lines is None
            else _region(lines.position(edit.start), lines.position(edit.end))
        )
        replacements.append({"deletedRegion": region, "insertedContent": {"text": edit.text}})
    return {
        "description": {"text": _plain(fix.title or "Fix")},
        "artifactChanges": [{"artifactLocation": artifact(file), "replacements": replacements}],
    }


def _plain(text: str) -> str:
    """Escape what SARIF reads in a plain-text message: ``[text](target)`` is a link, and no link is meant."""
    text = visible_lines(text)
    if "](" in text:
        text = text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    return text
