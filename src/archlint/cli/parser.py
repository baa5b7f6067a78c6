"""Arguments to a command."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from archlint import __version__


def run(arguments: Sequence[str] | None) -> int:
    """Parse ``arguments`` and run the command they name; return the exit code."""
    parser = argparse.ArgumentParser(prog="archlint", description=__doc__)
    parser.add_argument("--version", action="version", version=f"archlint {__version__}")
    parser.parse_args(arguments)
    return 0
