"""``archlint show``: the costs of models."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from archlint.architecture import BF16, DTYPES, Dtype, read_dtype
from archlint.cli.files import STANDARD_INPUT, read_file, read_standard_input
from archlint.cli.folders import in_folders
from archlint.cli.parser import CLEAN, FOUND, UserError
from archlint.hub import Configs
from archlint.linter import read
from archlint.model import Model
from archlint.output import write
from archlint.project import settings_for
from archlint.sheet import sheet

FORMATS = ("table", "json", "markdown")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("files", nargs="+", metavar="FILE", help="configs, cards or galleries; - for standard input")
    add("--context", type=int, metavar="N", help="give the cache and FLOPs at this many tokens, too")
    add("--dtype", metavar="D", help="the cache's number format (default: bf16; fp8, int8, int4, fp32, ...)")
    add("--format", choices=FORMATS, default="table", help="what to print (default: table)")
    add("--model", metavar="NAME", help="only the entry of this name")
    add("--configs", action="append", metavar="DIR", help="folder with the configs of the cards; repeatable")
    add("--stdin-filename", metavar="NAME", default="config.json", help="the name of standard input")


def run(arguments: argparse.Namespace) -> int:
    """Print the sheet of every model that has a config; a file that is none costs only itself."""
    dtype = _dtype(arguments.dtype)
    if arguments.context is not None and not 0 < arguments.context <= 10**12:
        raise UserError(f"--context {arguments.context}: not a number of tokens")
    skipped: list[str] = []
    pairs = [(model, sheet(model, arguments.context, dtype)) for model in models(arguments, skipped)]
    sheets = [each for _, each in pairs if each is not None]
    if arguments.format == "json":
        import json

        text = json.dumps(sheets, indent=2, ensure_ascii=False) + "\n"
    elif arguments.format == "markdown":
        from archlint.sheet.markdown import markdown

        text = "\n".join(markdown(each) for each in sheets)
    else:
        from archlint.sheet.table import no_config, table

        text = "\n".join(no_config(model) if each is None else table(each) for model, each in pairs)
    write(sys.stdout, text)
    for line in skipped:
        write(sys.stderr, f"archlint: {line}\n")
    return CLEAN if sheets and not skipped else FOUND


def models(arguments: argparse.Namespace, skipped: list[str] | None = None) -> Iterator[Model]:
    """Yield the models of the files that were named; raise UserError for a file without any.

    Of several files, those that are no spec file are said in ``skipped`` where there is such a list.
    """
    for name in arguments.files:
        path = Path(arguments.stdin_filename if name == STANDARD_INPUT else name)
        settings = in_folders(settings_for(path), arguments.configs)
        document = read_standard_input(str(path)) if name == STANDARD_INPUT else read_file(path)
        recognition, found = read(document, Configs(settings))
        if recognition.kind is None:
            said = f"{name}: no spec file: {recognition.reason}"
            if skipped is None or len(arguments.files) == 1:
                raise UserError(said)
            skipped.append(said)
            continue
        wanted = getattr(arguments, "model", None)
        chosen = [model for model in found if wanted is None or model.name == wanted]
        if wanted is not None and not chosen:
            raise UserError(f"{name}: has no entry {wanted}{_near(wanted, found)}")
        yield from chosen


def _near(wanted: str, found: tuple[Model, ...]) -> str:
    from archlint.specs.near import nearest

    near = nearest(wanted, [model.name for model in found if model.name is not None])
    return f" (did you mean {near}?)" if near else ""


def _dtype(name: str | None) -> Dtype:
    if name is None:
        return BF16
    dtype = read_dtype(name)
    if dtype is None:
        raise UserError(f"--dtype {name}: not a number format; known are {', '.join(DTYPES)}")
    return dtype
