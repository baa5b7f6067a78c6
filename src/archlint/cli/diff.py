"""``archlint diff``: what a change means, model by model."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from archlint.changes import GitError, Repository, base_of, commit_of, repository
from archlint.cli.folders import in_folders
from archlint.cli.parser import CLEAN, UserError
from archlint.cli.written import reports, write_reports
from archlint.compare import Change
from archlint.meaning import meaning
from archlint.project import Settings, settings_for


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add(
        "revisions",
        nargs="?",
        default="HEAD",
        metavar="REV..REV",
        help="two commits; REV...REV starts where they parted; one REV, or REV.. and nothing after it, "
        "compares with the files on disk (default: HEAD)",
    )
    add("paths", nargs="*", metavar="PATH", help="only these files, folders and globs")
    add("--format", choices=("text", "json", "markdown"), default="text", help="what to print")
    add(
        "--output",
        action="append",
        metavar="FORMAT=FILE",
        help="write this format to a file, too; repeatable",
    )
    add("--configs", action="append", metavar="DIR", help="folder with the configs of the cards; repeatable")


def run(arguments: argparse.Namespace) -> int:
    """Compare, print, and return 0 whatever was found."""
    from archlint.output import write
    from archlint.output.changed import FORMATS, render

    wanted = reports(arguments.output, FORMATS)
    try:
        found, note = differences(arguments.revisions, arguments.paths, arguments.configs or ())
    except GitError as error:
        raise UserError(str(error)) from None
    failure = write_reports(wanted, lambda form: render(form, found, note))
    write(sys.stdout, render(arguments.format, found, note))
    if failure is not None:
        sys.stdout.flush()
        raise failure
    return CLEAN


def differences(
    revisions: str, paths: Sequence[str] = (), configs: Sequence[str] = ()
) -> tuple[list[Change], str]:
    """Return what changed between two revisions in the models of ``paths``, and a note on the base.

    Raises GitError when a revision is not at hand.
    """
    here = Path.cwd()
    repo = repository(here)
    if not _is_revision(repo, revisions) and Path(revisions).exists():
        revisions, paths = "HEAD", (revisions, *paths)
    old, dots, new = _split(revisions)
    note = ""
    if dots == "...":
        base = base_of(repo, old or "HEAD", new or "HEAD")
        start, note = base.commit, base.note
    else:
        start = commit_of(repo, old or "HEAD")
    end = commit_of(repo, new) if new else None
    patterns = [_pattern(path, repo.relative(here) or ".") for path in paths]

    def settings_of(name: str) -> Settings:
        return in_folders(settings_for(repo.top / name), configs)

    found, more = meaning(repo, start, end, lambda name: _within(name, patterns), settings_of)
    return found, " ".join(filter(None, (note, more)))


def _is_revision(repo: Repository, text: str) -> bool:
    """Tell a revision from a path in its place, as git does."""
    if text in (".", "..") or text.startswith(("./", "../")):
        return False
    try:
        return ".." in text or bool(commit_of(repo, text))
    except GitError:
        return False


def _split(revisions: str) -> tuple[str, str, str]:
    for dots in ("...", ".."):
        old, found, new = revisions.partition(dots)
        if found:
            return old, dots, new
    return revisions, "", ""


def _pattern(path: str, here: str) -> str:
    joined = Path(here, path).as_posix()
    parts: list[str] = []
    for part in joined.split("/"):
        if part == "..":
            if not parts:
                raise UserError(f"{path}: outside the repository")
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _within(name: str, patterns: Sequence[str]) -> bool:
    return not patterns or any(
        not pattern or name == pattern or name.startswith(f"{pattern}/") or fnmatchcase(name, pattern)
        for pattern in patterns
    )
