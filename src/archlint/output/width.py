"""How many columns of a terminal a text takes."""

from __future__ import annotations

_JOINER = "\u200d"
_EMOJI_STYLE = "\ufe0f"


def width(text: str) -> int:
    """Return the columns of ``text``: East Asian wide letters and emoji take two, combining marks none."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    columns = last = 0
    joined = False
    for letter in text:
        if letter == _JOINER:
            joined = True
            continue
        if letter == _EMOJI_STYLE:
            columns += last == 1
            last = 2
            continue
        if category(letter) in ("Mn", "Me", "Cf"):
            continue
        last = 2 if east_asian_width(letter) in "WF" else 1
        columns += 0 if joined else last
        joined = False
    return columns
