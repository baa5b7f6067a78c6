"""Text as libyaml can take it, character by character in the same place.

libyaml reads YAML 1.1: it refuses a text for one control character anywhere, and ends lines at U+0085, U+2028
and U+2029, which YAML 1.2 takes for ordinary characters. Noncharacters stand in for these while it reads.
"""

from __future__ import annotations

import re
from typing import Final

from archlint.source.trouble import Trouble

_BREAKS: Final = {0x85: 0xFDD0, 0x2028: 0xFDD1, 0x2029: 0xFDD2}
_FORBIDDEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdd3\ufffe\uffff]"
    "|(?<=\n)\ufeff"  # where two files were joined: libyaml passes it over where an entry is read by itself
)
_STAND_IN: Final = "\ufdd3"
_ODD: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdd3\ufffe\uffff]|\n\ufeff"
)
_BACK: Final = {0xFDD0: 0x85, 0xFDD1: 0x2028, 0xFDD2: 0x2029, 0xFDD3: 0xFFFD}

PLACEHOLDER: Final = re.compile("[\ufdd0-\ufdd3]")


def readable(text: str, start: int, end: int, trouble: Trouble) -> str:
    """Return ``text`` with stand-ins; report the control characters between ``start`` and ``end``."""
    if _ODD.search(text) is None:
        return text
    for match in _FORBIDDEN.finditer(text, start, end):
        trouble.add("control-character", match.start(), match.end(), character=f"U+{ord(match[0]):04X}")
    return _FORBIDDEN.sub(_STAND_IN, text).translate(_BREAKS)


def restored(value: str) -> str:
    """Return a scalar's value with its own characters again."""
    return value if value.isascii() else value.translate(_BACK)
