"""What a run found, in the formats that people and other tools read.

Each format is a module with one function ``render(run, style) -> str``; it is imported when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, TextIO, cast

if TYPE_CHECKING:
    from archlint.output.run import Run, Style

FORMATS: Final = (
    "text",
    "concise",
    "json",
    "jsonl",
    "sarif",
    "github",
    "gitlab",
    "junit",
    "rdjson",
    "markdown",
)


class _Format(Protocol):
    def render(self, run: Run, style: Style) -> str: ...


def render(form: str, run: Run, style: Style | None = None) -> str:
    """Return ``run`` in the format named ``form``, one of ``FORMATS``, with its last line end."""
    from importlib import import_module

    from archlint.output.run import Style

    if form not in FORMATS:
        raise ValueError(f"no such format: {form}")
    module = cast("_Format", import_module(f"archlint.output.{form}"))
    return module.render(run, style or Style())


def write(stream: TextIO, text: str) -> None:
    """Write ``text``; what the stream's encoding lacks is written as backslash escapes."""
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
