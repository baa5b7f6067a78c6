"""Reading files: only regular ones, and never more than a spec file may have.

A folder to check may come from anybody. A pipe in it would keep a run waiting for ever, and a link to a device that
never ends would fill the memory.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Final

from archlint.source.limits import MAX_BYTES

_CHUNK: Final = 65_536
# A pipe that nobody writes to is opened at once instead of waited for; regular files read the same with it.
_FLAGS: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def read_bytes(path: Path | str) -> bytes:
    """Return the bytes of a regular file; of one beyond ``MAX_BYTES`` only so many as to tell that it is.

    Raise OSError for what cannot be read, and for pipes, sockets and devices.
    """
    file = os.open(path, _FLAGS)
    try:
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode):
            raise _special(status.st_mode, path)
        data = os.read(file, min(status.st_size, MAX_BYTES) + 1)
        while len(data) <= MAX_BYTES and (more := os.read(file, min(_CHUNK, MAX_BYTES + 1 - len(data)))):
            data += more
        return data
    finally:
        os.close(file)


def read_text(path: Path | str) -> str:
    """Return the text of a regular file in UTF-8, a byte order mark left out.

    Raise OSError as ``read_bytes`` does, and for a file that is too large; UnicodeDecodeError for other encodings.
    """
    data = read_bytes(path)
    if len(data) > MAX_BYTES:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), os.fspath(path))
    return data.decode("utf-8-sig")


def _special(mode: int, path: Path | str) -> OSError:
    if stat.S_ISDIR(mode):
        return IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    what = "a pipe" if stat.S_ISFIFO(mode) else "a device" if stat.S_ISCHR(mode) else "no regular file"
    return OSError(errno.EINVAL, f"it is {what} (- reads standard input)", os.fspath(path))
