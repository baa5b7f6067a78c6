"""``archlint why``: what a file was taken for."""

from __future__ import annotations

import argparse
from pathlib import Path

from archlint.cli.files import read_file
from archlint.cli.folders import in_folders
from archlint.cli.parser import CLEAN
from archlint.linter import read
from archlint.output.escape import visible
from archlint.project import settings_for


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("files", nargs="+", metavar="FILE")


def run(arguments: argparse.Namespace) -> int:
    """Say of each file what it is, why, which settings hold and where the config of each card is."""
    from archlint.hub import Configs

    for name in arguments.files:
        path = Path(name)
        settings = in_folders(settings_for(path), None)
        recognition, models = read(read_file(path), Configs(settings))
        kind = {"params": "config (Mistral params.json)", None: "no spec file"}.get(
            recognition.kind, recognition.kind
        )
        print(visible(f"{name}: {kind}: {recognition.reason}"))
        print(visible(f"  settings: {settings.source or 'none found, the defaults hold'}"))
        for model in models:
            if model.card is None:
                continue
            if model.config_document is None:
                where = "no config found"
            elif model.config_document is model.document:
                where = "config inline"
            else:
                unread = "" if model.config is not None else ", which cannot be read"
                where = f"config {model.config_document.name}{unread}"
            print(visible(f"  {model.name or 'card'}: {where}"))
    return CLEAN
