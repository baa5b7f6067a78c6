"""Many files at once: the work of one process, done by several, with the results in order.

Workers are forked when the first file is done, so that each has everything loaded. Where processes cannot be forked,
there is one, and nothing else is different.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeVar

from archlint.cli.parser import UserError

FEW: Final = 200
"""With fewer files than these one process is as soon done."""

_MOST: Final = 8

_T = TypeVar("_T")
_R = TypeVar("_R")


def spread(
    items: Sequence[_T],
    work: Callable[[_T], _R | None],
    jobs: int = 0,
) -> Iterator[_R | None]:
    """Yield what ``work`` makes of each item, in order; an error of a worker's is raised where its item stands.

    Results are sent between processes, so they must be plain values. ``jobs`` 0 stands for as many as there are
    processors, if there are items enough.
    """
    count = min(jobs or (_processors() if len(items) >= FEW else 1), len(items))
    if count < 2 or not _can_fork():
        yield from map(work, items)
        return
    yield work(items[0])
    import gc

    gc.freeze()
    size = -(-(len(items) - 1) // count)
    parts = [items[start : start + size] for start in range(1, len(items), size)]
    workers = [_Worker(part, work) for part in parts[1:]]
    try:
        yield from map(work, parts[0])
        for worker in workers:
            yield from worker.results()
    finally:
        for worker in workers:
            worker.end()


class _Worker:
    """A process that works on some of the items, and a pipe from it."""

    def __init__(self, items: Sequence[Any], work: Callable[[Any], Any]) -> None:
        self._items, self._work = items, work
        self._reader, writer = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            self._run(writer)
        os.close(writer)

    def _run(self, writer: int) -> None:
        """Be the worker: send the results, and never return."""
        try:
            from _pickle import dumps

            from archlint.project import ConfigurationError

            results: list[Any] = []
            error = None
            try:
                for item in self._items:
                    results.append(self._work(item))
            except (UserError, ConfigurationError) as user_error:
                error = (isinstance(user_error, UserError), str(user_error))
            with os.fdopen(writer, "wb") as pipe:
                pipe.write(dumps((results, error)))
            os._exit(0)
        except BaseException:  # whatever it was, the parent does this part itself, and meets it
            os._exit(1)

    def results(self) -> Iterator[Any]:
        """Yield the results; raise the error that the worker met."""
        from _pickle import loads

        with os.fdopen(self._reader, "rb") as pipe:
            data = pipe.read()
        self._reader = -1
        if not self._succeeded():
            yield from map(self._work, self._items)
            return
        sent, error = loads(data)
        yield from sent
        if error is not None:
            from archlint.project import ConfigurationError

            raise UserError(error[1]) if error[0] else ConfigurationError(error[1])

    def _succeeded(self) -> bool:
        _, status = os.waitpid(self._process, 0)
        self._process = 0
        return status == 0

    def end(self) -> None:
        """Let go of a worker whose results are no longer wanted."""
        if self._reader >= 0:
            os.close(self._reader)
        if self._process:
            import signal

            os.kill(self._process, signal.SIGTERM)
            os.waitpid(self._process, 0)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return min(len(os.sched_getaffinity(0)), _MOST)
    return min(os.cpu_count() or 1, _MOST)


def _can_fork() -> bool:
    """Tell whether this process may be forked: the system can, and there are no threads to lose."""
    if not hasattr(os, "fork") or sys.platform == "darwin":
        return False
    threading = sys.modules.get("threading")
    return threading is None or threading.active_count() == 1
