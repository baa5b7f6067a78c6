"""Code actions: make a fix or all of them, silence a finding, write a missing key or a recomputed figure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from archlint.server.entry import node_of
from archlint.source.edits import Edit

if TYPE_CHECKING:
    from archlint.findings import Finding, Fix
    from archlint.model import Model
    from archlint.server.view import View
    from archlint.source.tree import Pair

QUICK_FIX, FIX_ALL = "quickfix", "source.fixAll.archlint"


@dataclass(frozen=True, slots=True)
class Action:
    """Something that the user may have done.

    ``suppress_in_configuration`` is left to the caller: another file.
    """

    title: str
    kind: str
    edits: tuple[Edit, ...] = ()
    findings: tuple[Finding, ...] = ()
    preferred: bool = False
    suppress_in_configuration: Finding | None = field(default=None)


def actions(view: View, start: int, end: int, kinds: Iterable[str] | None = None) -> list[Action]:
    """Return what can be done between two offsets; ``kinds`` are the kinds of action that are asked for."""
    wanted = None if kinds is None else tuple(kinds)
    found: list[Action] = []
    if _asked(QUICK_FIX, wanted) and view.linted is not None:
        here = [
            finding
            for finding in view.findings
            if finding.start_offset <= end and finding.end_offset >= start
        ]
        for finding in here:
            found += _fixes(finding)
        for finding in view.accepted:
            if finding.start_offset <= end and finding.end_offset >= start:
                found += [replace(action, findings=(), preferred=False) for action in _fixes(finding)]
        found += _figures(view, start, end, here)
        for finding in here:
            found += _suppressions(view, finding)
    if asks_to_fix_all(wanted) and view.fixes:
        found.append(Action("Fix everything that archlint can fix safely", FIX_ALL, view.fixes))
    return found


def asks_to_fix_all(wanted: tuple[str, ...] | None) -> bool:
    """Tell whether all fixes at once are among what is asked for."""
    return _asked(FIX_ALL, wanted)


def _asked(kind: str, wanted: tuple[str, ...] | None) -> bool:
    """Tell whether a kind, or one around it, is among those asked for."""
    return wanted is None or any(kind == each or not each or kind.startswith(f"{each}.") for each in wanted)


def _fixes(finding: Finding) -> list[Action]:
    alone = len([fix for fix in finding.fixes if fix.safe]) == 1
    return [
        Action(_sentence(fix, finding), QUICK_FIX, fix.edits, (finding,), preferred=fix.safe and alone)
        for fix in finding.fixes
    ]


def _sentence(fix: Fix, finding: Finding) -> str:
    title = fix.title[:1].upper() + fix.title[1:]
    return (
        f"{title} ({finding.code})"
        if fix.safe
        else f"{title} ({finding.code}, may change what the file means)"
    )


# --- figures and keys


def _figures(view: View, start: int, end: int, here: list[Finding]) -> list[Action]:
    """Offer the recomputed figure at a card's key, and the keys that a card lacks and its config implies."""
    from archlint.server.figures import recomputed
    from archlint.server.hover import member_at
    from archlint.source.change import replace_value

    model = view.model_at(start)
    if view.document is None or model is None or model.card is None or not node_of(model).pairs:
        return []
    fixed = {edit for finding in here for fix in finding.fixes for edit in fix.edits}
    found: list[Action] = []
    member = member_at(node_of(model), start)
    if member is not None and len(member[0]) == 1:
        key, pair = member[0][0], member[1]
        figure = recomputed(model, key)
        if figure is not None and figure.verified and _says(view, pair) != figure.text:
            edit = replace_value(view.document, pair.value, figure.text)
            if edit is not None and edit not in fixed:
                found.append(Action(f"Write the recomputed {key}: {figure.text}", QUICK_FIX, (edit,)))
    on_name = model.name_node is not None and model.name_node.start <= end and model.name_node.end >= start
    first = node_of(model).pairs[0]
    on_first = model.name_node is None and first.key.start <= end and first.value.end >= start
    if on_name or on_first or any(finding.model == model.name for finding in here):
        found += _missing(view, model)
    return found


def _says(view: View, pair: Pair) -> str:
    value = pair.value
    return value.scalar if isinstance(value.scalar, str) else view.text.value[value.start : value.end]


def _missing(view: View, model: Model) -> list[Action]:
    """Offer the keys that findings miss, or that the config implies and the card does not say."""
    from archlint.server.figures import recomputed
    from archlint.server.keys import insertable, required

    found = []
    for key in insertable(model):
        figure = recomputed(model, key)
        text = figure.text if figure is not None and figure.verified else None
        if text is None and key not in required(model):
            continue
        edit = insert_edit(view, model, key, text)
        if edit is not None:
            found.append(Action(f"Insert {key}: {text}" if text else f"Insert {key}", QUICK_FIX, (edit,)))
    return found


def insert_edit(view: View, model: Model, key: str, text: str | None) -> Edit | None:
    """Return the edit that adds a member to a card, behind the key that usually comes before it.

    Without a ``text`` the value is left to the user.
    """
    from archlint.server.keys import order
    from archlint.source.change import insert_after

    document = view.document
    pairs = node_of(model).pairs
    if document is None or not pairs or model.document is not document:
        return None
    rank = order(model)
    place = rank.get(key, len(rank))
    before = [pair for pair in pairs if rank.get(pair.name, -1) < place and pair.name in rank] or pairs[-1:]
    value = "" if text is None and document.format == "json" else text
    edit = insert_after(document, node_of(model), before[-1], key, value)
    if edit is not None and value is None and not edit.text.startswith(","):  # in braces nothing is no value
        edit = Edit(edit.start, edit.end, edit.text.removesuffix(" null"))
    return edit


def _line_end(view: View) -> str:
    if len(view.text.starts) < 2:
        return "\n"
    _, end = view.text.line_range(0)
    return view.text.value[end : view.text.starts[1]] or "\n"


# --- suppressions


def _suppressions(view: View, finding: Finding) -> list[Action]:
    document = view.document
    assert document is not None
    found = []
    if document.format != "json" and not finding.code.startswith("SUP"):
        edit = suppression_edit(view, finding)
        if edit is not None:
            found.append(Action(f"Silence {finding.code} here", QUICK_FIX, (edit,), (finding,)))
    found.append(
        Action(
            f"Silence {finding.code} here in the project's configuration",
            QUICK_FIX,
            (),
            (finding,),
            suppress_in_configuration=finding,
        )
    )
    return found


_IGNORE = re.compile(r"#\s*archlint:\s*ignore\[([^\]]*)\]")


def suppression_edit(view: View, finding: Finding) -> Edit | None:
    """Return the edit that writes ``# archlint: ignore[CODE]`` at the end of a finding's line."""
    document = view.document
    assert document is not None
    line = view.text.line_of(finding.start_offset)
    start, end = view.text.line_range(line)
    comment = next((c for c in document.comments if start <= c.start <= end), None)
    if comment is not None:
        there = _IGNORE.search(comment.text)
        if there:
            at = comment.start + there.end(1)
            return Edit(at, at, f", {finding.code}" if there[1].strip() else finding.code)
        return Edit(end, end, f"  # archlint: ignore[{finding.code}]")
    if _continues(view, finding, line):
        indent = len(view.text.value[start:end]) - len(view.text.value[start:end].lstrip(" "))
        return Edit(start, start, f"{' ' * indent}# archlint: ignore[{finding.code}]{_line_end(view)}")
    return Edit(end, end, f"  # archlint: ignore[{finding.code}]")


def _continues(view: View, finding: Finding, line: int) -> bool:
    """Tell whether the value on a line runs on to the next one, so that a comment behind it would be text."""
    from archlint.server.hover import member_at

    model = view.model_at(finding.start_offset)
    member = None if model is None else member_at(node_of(model), finding.start_offset)
    if member is None or member[1].value.kind in ("mapping", "sequence"):
        return False
    return view.text.line_of(member[1].value.end) > line


def configuration_suppression(view: View, finding: Finding, text: str, pyproject: bool) -> Edit:
    """Return the edit of a configuration file (its ``text``) that silences a finding."""
    path = view.linted.document.name if view.linted is not None else finding.file
    table = "[[tool.archlint.suppress]]" if pyproject else "[[suppress]]"
    lines = [table, f"file = {_toml(view.settings.relative(path))}", f"codes = [{_toml(finding.code)}]"]
    if finding.pointer:
        lines.append(f"pointer = {_toml(finding.pointer)}")
    if finding.model is not None:
        lines.append(f"model = {_toml(finding.model)}")
    lines.append('reason = ""')
    gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
    return Edit(len(text), len(text), gap + "\n".join(lines) + "\n")


def _toml(text: str) -> str:
    escaped = "".join(
        {'"': '\\"', "\\": "\\\\"}.get(
            c, c if c.isprintable() else f"\\u{ord(c):04x}" if ord(c) < 65536 else c
        )
        for c in text
    )
    return f'"{escaped}"'
