"""The command line: one module per command, each imported only when it runs."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run archlint; return the exit code: 0 clean, 1 findings, 2 misuse."""
    from archlint.cli.parser import run

    return run(arguments)
