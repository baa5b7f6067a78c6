"""The command line: one module per command, each imported only when it runs."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run archlint; return the exit code: 0 clean, 1 findings, 2 misuse, 130 interrupted."""
    try:
        import gc

        # What is read stays until its file is done with; looking for garbage while starting is a tenth of a short run.
        gc.set_threshold(100_000, 20, 20)
        from archlint.cli.parser import run

        return run(arguments)
    except KeyboardInterrupt:
        import sys

        print(file=sys.stderr)
        return 130
