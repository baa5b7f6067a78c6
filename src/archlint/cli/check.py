"""``archlint check``: find what is wrong in spec files."""

from __future__ import annotations

import argparse
import os
import sys

from archlint.cli.parser import CLEAN, FOUND
from archlint.cli.session import Result, Session
from archlint.findings import Finding, Severity
from archlint.output import FORMATS

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
    add("--quiet", "-q", action="store_true", help="print findings only, no summary")
    add("--color", choices=("auto", "always", "never"), default="auto", help="colour (auto: on a terminal)")
    add("--stdin-filename", metavar="NAME", help="the name of what stands on standard input")
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
    add("--fail-on", choices=SEVERITIES, help="the least severity that fails (default: error)")
    fixes = parser.add_argument_group("fixes")
    add_fix = fixes.add_argument
    add_fix("--fix", action="store_true", help="make the safe fixes in the files")
    add_fix("--unsafe-fixes", action="store_true", help="make those, too, that may change what a file means")
    add_fix("--diff", action="store_true", help="print what --fix would change, and change nothing")
    add("--exit-zero", action="store_true", help="exit 0, whatever was found")
    project = parser.add_argument_group("project")
    add = project.add_argument
    add("--configs", action="append", metavar="DIR", help="folder with the configs of the cards; repeatable")
    add("--online", action="store_true", help="ask the Hub for configs that are not at hand")
    add("--config", metavar="FILE", help="read this configuration file instead of the nearest")
    add("--isolated", action="store_true", help="read no configuration file")


def run(arguments: argparse.Namespace) -> int:
    """Lint, fix where asked to, print, and return the exit code."""
    session = Session(arguments)
    results = list(session.results())
    applied: tuple[Finding, ...] = ()
    if arguments.fix or arguments.diff:
        from archlint.cli.fix import fix

        results, applied, changed = fix(session, results)
        if arguments.diff:
            return FOUND if changed else CLEAN
    return report(results, arguments, applied)


def report(results: list[Result], arguments: argparse.Namespace, applied: tuple[Finding, ...]) -> int:
    """Print what was found and return the exit code."""
    from archlint.cli.gather import gather
    from archlint.output import render, write
    from archlint.output.run import Style

    run, failed = gather(results, applied)
    style = Style(colour=_colour(arguments), quiet=arguments.quiet)
    write(sys.stdout, render(arguments.format, run, style))
    return FOUND if failed and not arguments.exit_zero else CLEAN


def _colour(arguments: argparse.Namespace) -> bool:
    if arguments.color != "auto":
        return bool(arguments.color == "always")
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout.isatty() and os.environ.get("TERM") != "dumb")
