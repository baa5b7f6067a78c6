"""The command line: one module per command, each imported only when it runs."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Final, NoReturn

INTERRUPTED: Final = 130


class Interrupt:
    """An interrupt of this process: an exception, the first time, that is never lost; the end, the second time.

    What Python, a class or another's code makes of that exception is anything from nothing to an error without a
    cause: that it ``came`` says what happened, whatever else is raised or returned.
    """

    def __init__(self) -> None:
        self.came = False

    def expect(self) -> None:
        """Take over from Python; not from a parent that wants interrupts ignored."""
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._raise)
            sys.unraisablehook = self._unraisable

    def _raise(self, number: int, frame: FrameType | None) -> NoReturn:
        if self.came:
            os._exit(INTERRUPTED)
        self.came = True
        raise KeyboardInterrupt

    def _unraisable(self, unraisable: sys.UnraisableHookArgs) -> None:
        if unraisable.exc_type is KeyboardInterrupt:
            os._exit(INTERRUPTED)
        sys.__unraisablehook__(unraisable)

    def again(self) -> None:
        """Raise it again if it came: who calls this was about to take an error for something else."""
        if self.came:
            raise KeyboardInterrupt

    def obeyed(self) -> None:
        """Forget one that was the way to end a command."""
        self.came = False

    def ignore(self) -> None:
        """From now on there is nothing left to stop."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)


interrupt: Final = Interrupt()


def script() -> NoReturn:
    """Run archlint as a process, and end that without letting go of every object, which is a sixth of a short run."""
    code = INTERRUPTED
    try:
        interrupt.expect()
        code = main()
    except KeyboardInterrupt:
        interrupt.came = True  # before it was expected
    except BaseException:
        if not interrupt.came:
            raise
    more = "threading" in sys.modules  # a server, or somebody who measures: they have more to end
    try:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    except KeyboardInterrupt:
        pass
    except (OSError, ValueError, AttributeError):
        more = True
    interrupt.ignore()
    # After an interrupt within an ``exec`` Python would end by the signal, whatever the code.
    if interrupt.came or not more:
        os._exit(INTERRUPTED if interrupt.came else code)
    sys.exit(code)


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
        return INTERRUPTED
