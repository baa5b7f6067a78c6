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
_EACH: Final = 2000
"""What a file takes beside its size, in characters."""

_T = TypeVar("_T")
_R = TypeVar("_R")


def spread(
    items: Sequence[_T],
    work: Callable[[_T], _R | None],
    jobs: int = 0,
    size: Callable[[_T], int] = lambda _: 0,
) -> Iterator[_R | None]:
    """Yield what ``work`` makes of each item, in order; an error of a worker's is raised where its item stands.

    Results are sent between processes, so they must be plain values. ``jobs`` 0 stands for as many as there are
    processors, if there are items enough. Items of one ``size`` go to one process, where they may be copies.
    """
    count = min(jobs or (_processors() if len(items) >= FEW else 1), len(items))
    if count < 2 or not _can_fork():
        yield from map(work, items)
        return
    yield work(items[0])
    import gc

    gc.freeze()
    parts = _parts([size(item) for item in items], count)
    workers = [_Worker([items[index] for index in part], work) for part in parts[1:]]
    try:
        outcomes: dict[int, _R | Exception | None] = {}
        outcomes.update(zip(parts[0], _all([items[index] for index in parts[0]], work), strict=True))
        for worker, part in zip(workers, parts[1:], strict=True):
            outcomes.update(zip(part, worker.outcomes(), strict=True))
    finally:
        for worker in workers:
            worker.end()
    for index in range(1, len(items)):
        outcome = outcomes.pop(index)
        if isinstance(outcome, Exception):
            raise outcome
        yield outcome


def _parts(sizes: Sequence[int], count: int) -> list[list[int]]:
    """Return the indices of all items but the first, in ``count`` parts of about the same work."""
    order = sorted(range(1, len(sizes)), key=sizes.__getitem__)
    parts: list[list[int]] = [[] for _ in range(count)]
    whole = sum(sizes) + _EACH * len(sizes) + 1
    done = 0
    for index in order:
        parts[done * count // whole].append(index)
        done += sizes[index] + _EACH
    return parts


def _all(items: Sequence[Any], work: Callable[[Any], Any]) -> list[Any]:
    """Return what ``work`` makes of each item: a result, or the error of a user's that it met."""
    from archlint.project import ConfigurationError

    outcomes: list[Any] = []
    for item in items:
        try:
            outcomes.append(work(item))
        except UserError as error:
            outcomes.append(UserError(str(error)))
        except ConfigurationError as error:
            outcomes.append(ConfigurationError(str(error)))
    return outcomes


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
        """Be the worker: send the outcomes, and never return."""
        try:
            from _pickle import dumps

            data = dumps(_all(self._items, self._work))
            with os.fdopen(writer, "wb") as pipe:
                pipe.write(data)
            os._exit(0)
        except BaseException:  # whatever it was, the parent does this part itself, and meets it
            os._exit(1)

    def outcomes(self) -> list[Any]:
        """Return what came of each item: a result, or the error of a user's that it met."""
        from _pickle import loads

        with os.fdopen(self._reader, "rb") as pipe:
            data = pipe.read()
        self._reader = -1
        if not self._succeeded():
            return _all(self._items, self._work)
        found: list[Any] = loads(data)
        return found

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
