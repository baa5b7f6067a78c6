"""A language client of a few lines, so that what is measured is the server."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from queue import Empty, Queue
from typing import Any


class Wire:
    """A server process; every message it sends is kept with the time at which it came."""

    def __init__(self, command: Sequence[str], env: dict[str, str] | None = None) -> None:
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env
        )
        self.messages: Queue[tuple[float, Any]] = Queue()
        self._number = 0
        self._waiting: list[tuple[float, Any]] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while True:
            length = 0
            while (line := stream.readline()) not in (b"", b"\r\n"):
                name, _, value = line.decode().partition(":")
                if name.lower() == "content-length":
                    length = int(value)
            if not length:
                return
            message = json.loads(stream.read(length))
            if "method" in message and "id" in message:  # the server asks: nothing is ever refused
                items = message["params"].get("items", []) if isinstance(message.get("params"), dict) else []
                self._write({"jsonrpc": "2.0", "id": message["id"], "result": [None] * len(items) or None})
            self.messages.put((time.perf_counter(), message))

    def _write(self, message: Any) -> None:
        body = json.dumps(message).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def notify(self, method: str, params: Any) -> float:
        """Send a notification; return when."""
        self._write({"jsonrpc": "2.0", "method": method, "params": params})
        return time.perf_counter()

    def request(self, method: str, params: Any, seconds: float = 60) -> tuple[float, Any]:
        """Send a request; return how long the answer took, in seconds, and the answer."""
        self._number += 1
        number = self._number
        began = time.perf_counter()
        self._write({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        at, message = self.wait(lambda m: m.get("id") == number and "method" not in m, seconds)
        if "error" in message:
            raise RuntimeError(message["error"])
        return at - began, message.get("result")

    def wait(self, wanted: Any, seconds: float = 60) -> tuple[float, Any]:
        """Return the first message that ``wanted`` accepts, and when it came; others before it are dropped."""
        end = time.perf_counter() + seconds
        while True:
            try:
                at, message = self.messages.get(timeout=max(end - time.perf_counter(), 0.001))
            except Empty:
                raise TimeoutError from None
            if wanted(message):
                return at, message

    def memory(self) -> float:
        """Return the process's resident memory and that of its children, MiB."""
        return sum(_resident(pid) for pid in (self.process.pid, *_children(self.process.pid)))

    def cpu(self) -> float:
        """Return the seconds of processor time that the process has used: what a busy machine does not change."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak(self) -> float:
        """Return the peak resident memory of the process, MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024

    def close(self) -> None:
        """Leave politely, then make sure."""
        try:
            self.request("shutdown", None, 5)
            self.notify("exit", None)
            self.process.wait(5)
        except (RuntimeError, TimeoutError, OSError, subprocess.TimeoutExpired):
            self.process.kill()
        self.process.wait()


def _resident(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def _children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
