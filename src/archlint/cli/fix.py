"""``check --fix``: make fixes in files, or show as a diff what they would be."""

from __future__ import annotations

import difflib
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from archlint.cli.parser import UserError
from archlint.cli.session import Result, Session
from archlint.findings import Finding
from archlint.fixing import fix_text, write
from archlint.reading import read_bytes

if TYPE_CHECKING:
    from archlint.since import Since


def fix(
    session: Session, results: list[Result], since: Since | None = None
) -> tuple[list[Result], tuple[Finding, ...], bool]:
    """Fix every file that has something to fix; return (results as they are now, findings removed, any change).

    Limited to what changed ``since``, no other findings are fixed than those that are reported.
    """
    arguments = session.arguments
    now: list[Result] = []
    applied: list[Finding] = []
    changed = False
    for result in results:
        fixed = _fixed(session, result, since)
        if fixed is None:
            now.append(result)
            if result.path is None and not arguments.diff:
                sys.stdout.write(result.linted.text)
            continue
        text, made, after = fixed
        changed = True
        if arguments.diff:
            sys.stdout.write(diff(result.linted.text, text, result.linted.name))
        elif result.path is None:
            sys.stdout.write(text)
        else:
            _write(result.path, text)
        applied += made
        now.append(after)
    return now, tuple(applied), changed


def diff(before: str, after: str, name: str) -> str:
    """Return a unified diff of two texts of one file; a line ends at LF and nowhere else, as for ``patch``."""
    old, new = (io.StringIO(text, newline="\n").readlines() for text in (before, after))
    lines = difflib.unified_diff(old, new, f"a/{name}", f"b/{name}")
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def _fixed(
    session: Session, result: Result, since: Since | None
) -> tuple[str, tuple[Finding, ...], Result] | None:
    def findings(text: str) -> tuple[Finding, ...]:
        linted = session.lint_text(text, result)
        return linted.findings if since is None else since.keep(linted, result.settings)

    before = result.linted.text
    if not any(finding.fixes for finding in result.linted.findings) or not _writable(before, result.path):
        return None
    fixed = fix_text(
        before,
        findings,
        unsafe=session.arguments.unsafe_fixes,
    )
    if fixed.text == before:
        return None
    return fixed.text, fixed.made, result._replace(linted=session.lint_text(fixed.text, result))


def _writable(text: str, path: Path | None) -> bool:
    """Tell whether writing ``text`` gives back the very bytes that were read: not where bytes could not be decoded."""
    try:
        return path is None or read_bytes(path) == text.encode("utf-8")
    except (OSError, UnicodeEncodeError):
        return False


def _write(path: Path, text: str) -> None:
    try:
        write(path, text)
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {(error.strerror or str(error)).lower()}") from None
