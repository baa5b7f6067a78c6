"""A thread of the server's own.

The protocol library reads its input on a shared pool; nothing here waits there.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Generic, TypeVar

Result = TypeVar("Result")


class _Job(Generic[Result]):
    """A function to call and the future that waits for it on the event loop."""

    def __init__(self, function: Callable[[], Result], loop: asyncio.AbstractEventLoop) -> None:
        self.function = function
        self.loop = loop
        self.future: asyncio.Future[Result] = loop.create_future()

    def run(self) -> None:
        if self.future.cancelled():
            return
        try:
            result = self.function()
        except BaseException as error:
            self._tell(self._fail, error)
        else:
            self._tell(self._succeed, result)

    def _tell(self, call: Callable[..., None], value: object) -> None:
        try:
            self.loop.call_soon_threadsafe(call, value)
        except RuntimeError:  # the loop is closed: the server is leaving
            return

    def _succeed(self, result: Result) -> None:
        if not self.future.done():
            self.future.set_result(result)

    def _fail(self, error: BaseException) -> None:
        if not self.future.done():
            self.future.set_exception(error)


class Worker:
    """Runs functions one after the other on one daemon thread, started when first needed."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: SimpleQueue[_Job[object]] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def run(self, function: Callable[[], Result]) -> asyncio.Future[Result]:
        """Return a future of what ``function`` returns; cancelling it drops a job that has not begun."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
            self._thread.start()
        job = _Job(function, asyncio.get_running_loop())
        self._jobs.put(job)  # type: ignore[arg-type]
        return job.future

    def _work(self) -> None:
        while True:
            self._jobs.get().run()
