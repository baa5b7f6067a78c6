"""How much of a file is read. Beyond each limit stands a problem, never an exception or a hang."""

from __future__ import annotations

from typing import Final

MAX_BYTES: Final = 16 * 1024 * 1024
"""A larger file is not read. The largest published spec files have 2 MB, weight indexes 10 MB."""

MAX_DEPTH: Final = 100
"""Brackets or indentation levels; what lies deeper is skipped. Published files have at most 12."""

MAX_NODES: Final = 250_000
"""Values in one file, aliases expanded; reading stops there (about 100 MB of memory)."""

MAX_PROBLEMS: Final = 200
"""Problems of one file; further ones are not reported."""

MAX_DIGITS: Final = 40
"""An integer of more digits is read as 10**40, so that arithmetic on it stays printable and fast."""

MAX_INTEGER: Final = 2**63 - 1
"""Rules compute with 64-bit integers; a larger one is a problem (the negative limit is one further)."""

MIN_INTEGER: Final = -(2**63)

CACHED_BLOCKS: Final = 2048
"""Top-level YAML entries remembered between two readings of a file."""

MAX_CACHED_BLOCK: Final = 16_000
"""Characters; a longer YAML entry is read afresh each time."""
