"""Suppressions: comments that silence findings, and what is wrong with such comments.

``# archlint: ignore[KVC001] why`` works on its own line's finding, or, alone on a line, on the line below; on
the key of a gallery's entry it works on the whole entry. ``ignore-file[...]`` works on the file, ``off``
turns archlint off. Codes, prefixes of codes and names of rules are taken; ``ignore`` alone means every rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from archlint.findings import Finding
from archlint.patterns import pattern
from archlint.rules.ruleset import Ruleset
from archlint.rules.select import Active, fit
from archlint.source.document import Comment, Document, Problem
from archlint.source.edits import Edit
from archlint.values import dataclass, field

if TYPE_CHECKING:
    from archlint.model import Model
    from archlint.project import Settings

UNKNOWN = "unknown-suppression"
UNUSED = "unused-suppression"
NO_REASON = "suppression-without-reason"

Reporter = Callable[[Problem, Document, "Sequence[Model]", Active | None], Finding | None]
Evaluated = frozenset[tuple[str, int]]

_COMMENT = pattern(
    r"(?:#|//)[ \t]*archlint:[ \t]*(?P<verb>ignore-file|ignore|off)\b[ \t]*"
    r"(?:\[(?P<codes>[^\]]*)\]|(?!\[))[ \t]*[-:]?[ \t]*(?P<reason>.*)"
)
_WORD = pattern(r"[^,\s]+")


@dataclass(slots=True)
class Suppression:
    """One comment; it works on the lines ``first`` to ``last``; ``codes`` are words with their offsets."""

    comment: Comment
    codes: tuple[tuple[str, int, int], ...]
    reason: str
    first: int
    last: int
    model: Model | None = None
    whole_file: bool = False
    bare: bool = False
    used: set[str] = field(default_factory=set)


def apply(
    found: Iterable[Finding],
    document: Document,
    models: Sequence[Model],
    settings: Settings,
    ruleset: Ruleset,
    running: Mapping[str, Active],
    report: Reporter,
    evaluated: Evaluated,
) -> list[Finding]:
    """Return the findings that are not silenced, and those about the suppressions themselves."""
    used: set[tuple[int, str]] = set()
    findings = [each for each in found if not _silenced_by_settings(each, ruleset, settings, used)]
    about = []
    for problem in _unused_in_settings(document, models, settings, ruleset, running, evaluated, used):
        finding = report(problem, document, models, running.get(problem.rule))
        if finding is not None:
            about.append(finding)
    if not any("archlint:" in comment.text for comment in document.comments):
        return findings + about
    read = read_comments(document, models)
    if read is None:
        return []
    left = [each for each in findings if not _silenced(each, read, ruleset)]
    for suppression in read:
        for problem in _problems(suppression, document, models, settings, ruleset, running, evaluated):
            finding = report(problem, document, models, running.get(problem.rule))
            if finding is not None and not _silenced(finding, read, ruleset):
                about.append(finding)
    return left + about


def read_comments(document: Document, models: Sequence[Model]) -> list[Suppression] | None:
    """Return the suppressions of a document; None when it says ``off``."""
    position = document.lines.position
    entries = {
        position(model.name_node.start)[0]: model
        for model in models
        if model.name_node is not None and model.card
    }
    out = []
    alone = {position(c.start)[0] for c in document.comments if _own_line(document, c)}
    for comment in document.comments:
        match = _COMMENT.match(comment.text)
        if match is None:
            continue
        if match["verb"] == "off":
            return None
        line = position(comment.start)[0]
        on = line
        if line in alone:
            on += 1
            while on in alone:
                on += 1
        base = comment.start + (match.start("codes") if match["codes"] is not None else 0)
        codes = tuple(
            (word[0], base + word.start(), base + word.end()) for word in _WORD.finditer(match["codes"] or "")
        )
        entry = entries.get(on)
        last = (
            on
            if entry is None or entry.node is None
            else position(max(entry.node.start, entry.node.end - 1))[0]
        )
        out.append(
            Suppression(
                comment,
                codes,
                match["reason"].strip(),
                on,
                last,
                entry or _model_at(models, document, on),
                match["verb"] == "ignore-file",
                match["codes"] is None,
            )
        )
    return out


def _own_line(document: Document, comment: Comment) -> bool:
    line = document.lines.position(comment.start)[0]
    return not document.text[document.lines.starts[line - 1] : comment.start].strip()


def _model_at(models: Sequence[Model], document: Document, line: int) -> Model | None:
    if len(models) == 1:
        return models[0]
    position = document.lines.position
    for model in models:
        if model.node is None:
            continue
        if position(model.node.start)[0] <= line <= position(max(model.node.start, model.node.end - 1))[0]:
            return model
    return None


def _silenced(finding: Finding, suppressions: Iterable[Suppression], ruleset: Ruleset) -> bool:
    """Tell whether a comment silences a finding; every comment that does counts as used."""
    silenced = False
    for each in suppressions:
        if not (each.whole_file or each.first <= finding.start[0] <= each.last):
            continue
        rule = ruleset.find(finding.code)
        if each.bare:
            each.used.add("")
            silenced = True
        for word, _, _ in each.codes:
            if rule is not None and fit(rule, (word,)):
                each.used.add(word)
                silenced = True
    return silenced


def _silenced_by_settings(
    finding: Finding, ruleset: Ruleset, settings: Settings, used: set[tuple[int, str]]
) -> bool:
    """Tell whether the configuration silences a finding; what does is added to ``used``: (which entry, its word)."""
    if not settings.suppress:
        return False
    from archlint.project import matches

    rule = ruleset.find(finding.code)
    silenced = False
    for index, each in enumerate(settings.suppress):
        if each.model is not None and each.model != finding.model:
            continue
        if (
            rule is None
            or not fit(rule, each.codes)
            or not matches(each.file, settings.relative(finding.file))
        ):
            continue
        if finding.pointer == each.pointer or finding.pointer.startswith(each.pointer.rstrip("/") + "/"):
            used |= {(index, word) for word in each.codes if fit(rule, (word,))}
            silenced = True
    return silenced


def _unused_in_settings(
    document: Document,
    models: Sequence[Model],
    settings: Settings,
    ruleset: Ruleset,
    running: Mapping[str, Active],
    evaluated: Evaluated,
    used: set[tuple[int, str]],
) -> Iterable[Problem]:
    """Name what the configuration silences in this very file for nothing; globs are for more files than one."""
    if not settings.suppress or document.root is None:
        return
    from archlint.source.pointer import resolve

    file = settings.relative(document.name)
    for index, each in enumerate(settings.suppress):
        about = [model for model in models if each.model in (None, model.name)]
        if each.file != file or not about:
            continue
        for word in each.codes:
            if (index, word) in used or not _all_ran(word, about, ruleset, running, evaluated):
                continue
            node = resolve(document.root, each.pointer) or document.root
            start = node.start
            end = node.end if node.kind not in ("mapping", "sequence") else min(start + 1, node.end)
            yield Problem(UNUSED, start, end, {"codes": f"{word}, which the configuration silences"})


def _problems(
    suppression: Suppression,
    document: Document,
    models: Sequence[Model],
    settings: Settings,
    ruleset: Ruleset,
    running: Mapping[str, Active],
    evaluated: Evaluated,
) -> Iterable[Problem]:
    comment = suppression.comment
    if settings.require_reasons and not suppression.reason:
        yield Problem(NO_REASON, comment.start, comment.end, {"codes": _codes(suppression)})
    if suppression.bare:
        if not suppression.used and not suppression.whole_file:
            yield Problem(
                UNUSED,
                comment.start,
                comment.end,
                {"codes": "anything"},
                edits=(_take_out(document, comment),),
            )
        return
    words = suppression.codes
    known = [any(fit(rule, (word,)) for rule in ruleset.rules) for word, _, _ in words]
    unused = [
        known[i]
        and word not in suppression.used
        and _could_tell(word, suppression, models, ruleset, running, evaluated)
        for i, (word, _, _) in enumerate(words)
    ]
    gone = [not known[i] or unused[i] for i in range(len(words))]
    for i, (word, start, end) in enumerate(words):
        if not gone[i]:
            continue
        edit = _take_out(document, comment) if all(gone) else _take_out_code(suppression, i)
        if not known[i]:
            suggestion = _suggestion(word, ruleset)
            yield Problem(UNKNOWN, start, end, {"code": word, "suggestion": suggestion}, edits=(edit,))
        else:
            yield Problem(UNUSED, start, end, {"codes": word}, edits=(edit,))


def _could_tell(
    word: str,
    suppression: Suppression,
    models: Sequence[Model],
    ruleset: Ruleset,
    running: Mapping[str, Active],
    evaluated: Evaluated,
) -> bool:
    """Tell whether the rules that ``word`` names all ran where the comment works.

    A rule that had nothing to compare with (no config was found) might have found something elsewhere.
    """
    about = (
        [suppression.model] if suppression.model is not None and not suppression.whole_file else list(models)
    )
    return _all_ran(word, about, ruleset, running, evaluated)


def _all_ran(
    word: str,
    about: Sequence[Model],
    ruleset: Ruleset,
    running: Mapping[str, Active],
    evaluated: Evaluated,
) -> bool:
    for rule in ruleset.rules:
        if not fit(rule, (word,)):
            continue
        if rule.name not in running:
            return False
        if rule.check is not None and not all((rule.code, id(model)) in evaluated for model in about):
            return False
    return True


def _suggestion(word: str, ruleset: Ruleset) -> str:
    import difflib

    near = difflib.get_close_matches(word, ruleset.by_word, n=1, cutoff=0.6)
    near = near or difflib.get_close_matches(word.upper(), ruleset.by_word, n=1, cutoff=0.6)
    return f", did you mean {near[0]}?" if near else ""


def _codes(suppression: Suppression) -> str:
    return ", ".join(word for word, _, _ in suppression.codes) or "everything"


def _take_out(document: Document, comment: Comment) -> Edit:
    """Take out a whole comment: its line when nothing else stands there."""
    text = document.text
    if _own_line(document, comment):
        line = document.lines.position(comment.start)[0]
        after = document.lines.starts[line] if line < len(document.lines.starts) else len(text)
        return Edit(document.lines.starts[line - 1], after, "")
    start = comment.start
    while start > 0 and text[start - 1] in " \t":
        start -= 1
    return Edit(start, comment.end, "")


def _take_out_code(suppression: Suppression, index: int) -> Edit:
    words = suppression.codes
    if index + 1 < len(words):
        return Edit(words[index][1], words[index + 1][1], "")
    return Edit(words[index - 1][2], words[index][2], "")
