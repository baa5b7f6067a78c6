"""Findings as diagnostics; pulled by the clients that pull, pushed to the others, never both."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types

from archlint.findings import Finding, Severity
from archlint.server.position import Text
from archlint.server.workspace import uri_of

if TYPE_CHECKING:
    from archlint.project import Settings
    from archlint.rules.ruleset import Ruleset
    from archlint.server.client import Client
    from archlint.server.view import View

SOURCE = "archlint"

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
    Severity.HINT: types.DiagnosticSeverity.Hint,
}
_TAGS = {"deprecated": types.DiagnosticTag.Deprecated, "unnecessary": types.DiagnosticTag.Unnecessary}


@dataclass(slots=True)
class Reports:
    """The last diagnostics of each document and the id that they went out under."""

    last: dict[str, tuple[str, list[types.Diagnostic]]]
    count: int = 0

    def __init__(self) -> None:
        self.last = {}
        self.count = 0

    def number(self, uri: str, items: list[types.Diagnostic]) -> str:
        """Return the result id of ``items``: a new one when they differ from the last ones."""
        known = self.last.get(uri)
        if known is not None and known[1] == items:
            return known[0]
        self.count += 1
        self.last[uri] = (str(self.count), items)
        return str(self.count)


def diagnostics_of(view: View, client: Client) -> list[types.Diagnostic]:
    """Return a view's findings as diagnostics."""
    return [diagnostic_of(finding, view, client) for finding in view.findings]


def diagnostic_of(finding: Finding, view: View, client: Client) -> types.Diagnostic:
    """Return one finding as a diagnostic. Its fixes travel in ``data``, ready to be made."""
    text = view.text
    page = page_of(finding.code, view.settings) if client.link else None
    return types.Diagnostic(
        range=range_of(text, finding.start_offset, finding.end_offset),
        message=finding.message,
        severity=_SEVERITIES[finding.severity],
        code=finding.code,
        code_description=types.CodeDescription(page) if page else None,
        source=SOURCE,
        tags=[_TAGS[tag] for tag in finding.tags] or None if client.tags else None,
        related_information=_related(finding, view) or None if client.related else None,
        data=_data(finding, text),
    )


def range_of(text: Text, start: int, end: int) -> types.Range:
    """Return a range of code points in the client's units."""
    first, last = text.place(start), text.place(end)
    return types.Range(types.Position(*first), types.Position(*last))


def page_of(code: str, settings: Settings) -> str | None:
    """Return the address of a rule's page: in the source tree's docs, else written into the user's cache."""
    from archlint.rules.ruleset import ruleset_of

    ruleset = ruleset_of(settings)
    rule = ruleset.find(code)
    if rule is None:
        return None
    page = _page_in_docs(rule.code) if rule.builtin else None
    if page is not None:
        return page
    known = _written.get(code)
    if known is None or known[0] is not ruleset:
        known = _written[code] = (ruleset, _write_page(ruleset, rule.code))
    return known[1]


def _page_in_docs(code: str) -> str | None:
    from archlint.rules.compiled import SOURCE_TREE

    page = SOURCE_TREE / "docs" / "rules" / f"{code}.md"
    return page.as_uri() if page.is_file() else None


_written: dict[str, tuple[Ruleset, str | None]] = {}
"""The pages in the cache, by code, with the rules that they were made from."""


def _write_page(ruleset: Ruleset, code: str) -> str | None:
    """Write a rule's page into the cache and return its address; None when that cannot be done."""
    from archlint.rules.pages import markdown

    rule = ruleset.find(code)
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    if rule is None or not os.path.isabs(base) or not code.isalnum():
        return None
    path = Path(base) / "archlint" / "pages" / f"{code}.md"
    try:
        text = markdown(rule, ruleset.page(rule))
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except Exception:  # a full disk, a rule file that is half-typed: the diagnostic stands without its page
        return None
    return path.as_uri()


def _related(finding: Finding, view: View) -> list[types.DiagnosticRelatedInformation]:
    own = range_of(view.text, finding.start_offset, finding.end_offset)
    notes = [
        types.DiagnosticRelatedInformation(types.Location(view.uri, own), line) for line in finding.derivation
    ]
    written: Text | None
    for related in finding.related:
        if related.file == finding.file:
            uri, written = view.uri, view.text
        else:
            uri, written = uri_of(related.file), view.other_texts.get(related.file)
        place = _place_range(written, related.start, related.end)
        notes.append(types.DiagnosticRelatedInformation(types.Location(uri, place), related.message))
    return notes


def _place_range(text: Text | None, start: tuple[int, int], end: tuple[int, int]) -> types.Range:
    """Return 1-based lines and columns (code points) as a range in the client's units."""
    places = []
    for line, column in (start, end):
        if text is None or line > len(text.starts):
            places.append(types.Position(max(line - 1, 0), max(column - 1, 0)))
        else:
            places.append(types.Position(*text.place(text.starts[line - 1] + column - 1)))
    return types.Range(places[0], places[1])


def _data(finding: Finding, text: Text) -> dict[str, object]:
    data: dict[str, object] = {"rule": finding.name, "pointer": finding.pointer}
    if finding.model is not None:
        data["model"] = finding.model
    if finding.fixes:
        data["fixes"] = [
            {"title": fix.title, "safe": fix.safe, "edits": [_plain_edit(text, edit) for edit in fix.edits]}
            for fix in finding.fixes
        ]
    return data


def _plain_edit(text: Text, edit: object) -> dict[str, object]:
    from archlint.source.edits import Edit

    assert isinstance(edit, Edit)
    (line, character), (last, end) = text.place(edit.start), text.place(edit.end)
    return {
        "range": {
            "start": {"line": line, "character": character},
            "end": {"line": last, "character": end},
        },
        "newText": edit.text,
    }


def report(
    items: Sequence[types.Diagnostic], result_id: str, previous: str | None
) -> types.RelatedFullDocumentDiagnosticReport | types.RelatedUnchangedDocumentDiagnosticReport:
    """Return the answer to a pull."""
    if previous == result_id:
        return types.RelatedUnchangedDocumentDiagnosticReport(result_id=result_id)
    return types.RelatedFullDocumentDiagnosticReport(items=list(items), result_id=result_id)
