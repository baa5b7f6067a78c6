"""The command line: one module per command, each imported only when it runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn


def script() -> NoReturn:
    """Run archlint as a process, and end that without letting go of every object, which is a sixth of a short run."""
    code = main()
    if "threading" in sys.modules:  # a server, or somebody who measures: they have more to end
        sys.exit(code)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            sys.exit(code)
    os._exit(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run archlint; return the exit code: 0 clean, 1 findings, 2 misuse, 130 interrupted."""
    try:
        import gc

        # What is read stays until its file is done with; looking for garbage while starting is a tenth of a short run.
        gc.set_threshold(100_000, 20, 20)
        from archlint.cli.parser import run

        return run(arguments)
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130
