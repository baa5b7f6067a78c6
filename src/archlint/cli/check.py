"""``archlint check``: find what is wrong in spec files."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from archlint.cli.parser import CLEAN, FOUND, MISUSE
from archlint.cli.session import Result, Session
from archlint.findings import Finding, Severity
from archlint.output import FORMATS
from archlint.values import replace

if TYPE_CHECKING:
    from archlint.since import Since

SEVERITIES = tuple(str(severity) for severity in reversed(Severity))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add(
        "paths",
        nargs="*",
        default=["."],
        metavar="PATH",
        help="files or folders (default: .); - for standard input",
    )
    add("--format", choices=FORMATS, default="text", help="what to print (default: text)")
    add(
        "--output",
        action="append",
        metavar="FORMAT=FILE",
        help="write this format to a file, too; repeatable",
    )
    add("--statistics", action="store_true", help="count the findings by rule")
    add("--show-fixes", action="store_true", help="say what each fix does")
    add("--quiet", "-q", action="store_true", help="print findings only, no summary")
    add("--color", choices=("auto", "always", "never"), default="auto", help="colour (auto: on a terminal)")
    add("--stdin-filename", metavar="NAME", help="the name of what stands on standard input")
    add("--watch", action="store_true", help="check again whenever a file changes")
    changed = parser.add_argument_group("what to check")
    add = changed.add_argument
    add(
        "--since",
        metavar="REV",
        help="only what changed since HEAD branched off REV: new findings, models touched",
    )
    add(
        "--only-spec-files",
        action="store_true",
        help="pass over named files that are no spec files (for hooks)",
    )
    add(
        "--jobs",
        "-j",
        type=_jobs,
        default=0,
        metavar="N",
        help="processes to work in (default: as many as there are processors, from 200 files on)",
    )
    add("--no-cache", action="store_true", help="neither use nor write .archlint_cache")
    verdict = parser.add_argument_group("exit code")
    add = verdict.add_argument
    add("--fail-on", choices=SEVERITIES, help="the least severity that fails (default: error)")
    add("--exit-zero", action="store_true", help="exit 0, whatever was found")
    fixes = parser.add_argument_group("fixes")
    add_fix = fixes.add_argument
    add_fix("--fix", action="store_true", help="make the safe fixes in the files")
    add_fix("--unsafe-fixes", action="store_true", help="make those, too, that may change what a file means")
    add_fix("--diff", action="store_true", help="print what --fix would change, and change nothing")
    add_selection(parser)


def _jobs(text: str) -> int:
    number = int(text) if text.isdecimal() and len(text) < 5 else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is no number of processes")
    return number


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Declare what any command that lints is told: which rules, which project."""
    selection = parser.add_argument_group("rules")
    add = selection.add_argument
    add(
        "--select",
        action="append",
        metavar="CODES",
        help="run only these: codes, prefixes or names, by commas",
    )
    add("--extend-select", action="append", metavar="CODES", help="run these, too, whatever the profile says")
    add("--ignore", action="append", metavar="CODES", help="never run these")
    add("--profile", choices=("default", "strict", "pedantic"), help="how much to say (default: default)")
    project = parser.add_argument_group("project")
    add = project.add_argument
    add("--configs", action="append", metavar="DIR", help="folder with the configs of the cards; repeatable")
    add("--online", action="store_true", help="ask the Hub for configs that are not at hand")
    add("--config", metavar="FILE", help="read this configuration file instead of the nearest")
    add("--isolated", action="store_true", help="read no configuration file")


def run(arguments: argparse.Namespace) -> int:
    """Lint, fix where asked to, print, and return the exit code."""
    if arguments.output:  # what cannot be meant is told before anything is done
        from archlint.cli.written import reports

        reports(arguments.output, FORMATS)
    if arguments.watch:
        from archlint.cli.watching import watch

        return watch(arguments)
    if arguments.since:
        from archlint.cli.limited import check_since

        return check_since(arguments)
    return check(Session(arguments))


def check(session: Session, since: Since | None = None) -> int:
    """Do one run, of everything or only of what changed ``since``; return the exit code."""
    arguments = session.arguments
    results = list(session.results(None if since is None else since.concerns))
    applied: tuple[Finding, ...] = ()
    changed = False
    if arguments.fix or arguments.diff:
        from archlint.cli.fix import fix

        results, applied, changed = fix(session, results, since)
    if arguments.diff:
        code = FOUND if changed and not arguments.exit_zero else CLEAN
    else:
        code = report(results, session, applied, since)
    return MISUSE if session.failed() else code


def report(
    results: list[Result],
    session: Session,
    applied: tuple[Finding, ...],
    since: Since | None = None,
) -> int:
    """Print what was found, write the files that were asked for, and return the exit code."""
    from archlint.cli.gather import gather
    from archlint.output import render, write
    from archlint.output.run import Style

    arguments = session.arguments
    wanted, note = (None, "") if since is None else (since.wanted(results), since.note)
    run, failed = gather(results, applied, wanted, note)
    if since is not None and "markdown" in " ".join([arguments.format, *(arguments.output or ())]):
        from archlint.cli.limited import with_meaning

        run = with_meaning(run, session, since)
    style = Style(
        _colour(arguments), arguments.quiet, arguments.show_fixes, arguments.statistics, arguments.fix
    )
    failure = None
    if arguments.output:
        from archlint.cli.written import reports, write_reports

        plain = replace(style, colour=False)
        failure = write_reports(reports(arguments.output, FORMATS), lambda form: render(form, run, plain))
    write(sys.stdout, render(arguments.format, run, style))
    if failure is not None:
        sys.stdout.flush()
        raise failure
    return FOUND if failed and not arguments.exit_zero else CLEAN


def _colour(arguments: argparse.Namespace) -> bool:
    if arguments.color != "auto":
        return bool(arguments.color == "always")
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout.isatty() and os.environ.get("TERM") != "dumb")
