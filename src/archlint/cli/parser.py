"""Arguments to a command. Only the module of the command that runs is imported."""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from archlint import __version__
from archlint.cli import interrupt
from archlint.project import ConfigurationError

if TYPE_CHECKING or "gettext" in sys.modules:
    import argparse
else:
    # gettext takes a twelfth of a short run to look for translations of argparse, of which Python has none.
    untranslated = ModuleType("gettext")
    untranslated.gettext = str
    untranslated.ngettext = lambda one, many, count: one if count == 1 else many
    sys.modules["gettext"] = untranslated
    import argparse

    del sys.modules["gettext"]

CLEAN, FOUND, MISUSE = 0, 1, 2

COMMANDS = {
    "check": "find what is wrong in spec files",
    "show": "show what a config implies: parameters, KV cache, state, weights, FLOPs",
    "explain": "show the arithmetic of one figure",
    "baseline": "accept the present findings, so that only new ones fail",
    "diff": "say what a change means, model by model",
    "why": "say what a file was taken for, and why",
    "rule": "explain a rule, list them all, write or test your own",
    "server": "serve editors over the Language Server Protocol",
    "completion": "print a script that completes commands in bash, zsh or fish",
}
"""Command to its one-line summary; each is a module of this package with ``add_arguments`` and ``run``."""


class UserError(Exception):
    """A mistake of the user's, told in one line."""


class _Narrow(argparse.HelpFormatter):
    """A formatter that does not look at the terminal, and so imports nothing."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=80)


class _Parser(argparse.ArgumentParser):
    """Errors on one line, exit 2."""

    def add_argument(self, *names: str, **more: Any) -> argparse.Action:
        """Add an argument without asking how wide the terminal is: argparse formats each to check it."""
        self.formatter_class = _Narrow
        action = super().add_argument(*names, **more)
        self.formatter_class = argparse.HelpFormatter
        return action

    def error(self, message: str) -> None:  # type: ignore[override]
        raise UserError(f"{message} (see: {self.prog} --help)")


def build(command: str | None = None) -> argparse.ArgumentParser:
    """Return the parser: of ``command`` alone, of all commands without their arguments for "", of all for None."""
    parser = _Parser(prog="archlint", description="The linter for LLM architecture specs.")
    parser.add_argument("--version", action="version", version=f"archlint {__version__}")
    # With prog given, argparse formats no usage text here (a tenth of the time that a parser takes).
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser, prog="archlint")
    for name, summary in COMMANDS.items():
        if command and command != name:
            continue
        sub = commands.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
        if command in (name, None):
            _module(name).add_arguments(sub)
    return parser


def run(arguments: Sequence[str] | None) -> int:
    """Parse ``arguments`` and run the command they name; return the exit code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    command = arguments[0] if arguments else ""
    _prepare_output()
    try:
        parser = build(command if command in COMMANDS else "")
        parsed = parser.parse_args(arguments)
        if parsed.command is None:
            parser.print_help()
            return MISUSE
        code: int = _module(parsed.command).run(parsed)
        sys.stdout.flush()
        return code
    except (UserError, ConfigurationError) as error:
        return complain(str(error))
    except BrokenPipeError:
        _silence_output()
        return FOUND
    except OSError as error:
        _silence_output()
        where = error.filename if isinstance(error.filename, str) else "the output cannot be written"
        return complain(f"{where}: {(error.strerror or str(error)).lower()}")


def _prepare_output() -> None:
    """Make standard output take any text: what its encoding lacks is written in other characters."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 (closed by the caller: nobody reads)
    codecs.register_error("archlint", _plainly)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="archlint")


def _silence_output() -> None:
    """Let nothing more be written where writing failed, the last flush of the interpreter included."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return


_PLAIN = {ord(fancy): plain for fancy, plain in zip("═─│├└█▉▊▋▌▍▎▏×←–·", "=-||`########x<-.", strict=True)}


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """Stand in for characters that an encoding lacks: plain ones for lines and signs, else as JSON escapes them."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = ""
    for character in error.object[error.start : error.end]:
        units = character.encode("utf-16-be", "surrogatepass").hex()
        escaped = "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))
        text += _PLAIN.get(ord(character), escaped)
    return text, error.end


def _module(command: str) -> ModuleType:
    return import_module(f"archlint.cli.{command.replace('-', '_')}")


def complain(message: str) -> int:
    """Print one line on standard error; return the exit code of misuse."""
    interrupt.again()
    from archlint.output.escape import visible

    line = visible(" ".join(message.split()))
    print(f"archlint: error: {line}", file=sys.stderr)
    return MISUSE
