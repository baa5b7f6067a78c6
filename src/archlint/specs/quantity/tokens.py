"""The words and numbers of a written figure. Every grammar of this package reads these tokens."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache
from typing import Literal, TypeAlias

from archlint.specs.quantity.interval import NotStated, Span, Unreadable
from archlint.values import dataclass

MAX_LENGTH = 2_000
"""Longer texts are not read: the longest figure of the field has 70 characters."""

MAX_DIGITS = 30
"""Longer numbers are not read: no model has 10^30 of anything."""

Kind: TypeAlias = Literal["number", "bad", "word", "sign"]

APPROXIMATE = frozenset("~≈∼≃")
APPROXIMATE_WORDS = frozenset(
    ["about", "approx", "approximately", "around", "ca", "circa", "nearly", "roughly", "約", "约"]
)
FOOTNOTES = frozenset("*†‡§¹²³")
TIMES = frozenset("×x*✕")
DASHES = frozenset("-–—−‐‑")

_FULL_WIDTH = {chr(ord(sign) + 0xFEE0): sign for sign in "(),:;+/~[]=%|"} | {"、": ","}
"""The signs of East Asian keyboards, and what they are elsewhere."""

_NOT_STATED = frozenset(
    (
        "", "-", "–", "—", "?", "??", "???", "n/a", "na", "n.a.", "nil", "none", "null", "not applicable",
        "not available", "not disclosed", "not public", "not published", "not stated", "tba", "tbc", "tbd",
        "no cache", "no kv cache", "undisclosed", "unknown", "unpublished", "unspecified",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """A token. Of a number: its value, places behind the point, and the letters glued to it (``tail``)."""

    kind: Kind
    text: str
    start: int
    end: int
    number: Fraction = Fraction(0)
    places: int = 0
    tail: str = ""
    grouped: bool = False

    @property
    def span(self) -> Span:
        """Where it stands in the text."""
        return self.start, self.end

    @property
    def low(self) -> str:
        """The text in lower case."""
        return self.text.lower()


@cache
def _tokens() -> re.Pattern[str]:
    return re.compile(
        r"(?P<run>\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3}(?!\d))+(?:\.\d+)?(?:[^\W\d_]+)?"
        r"|\.?\d(?:[\w.,'’]*\w)?%?)"
        r"|(?P<word>[\u3040-\u30ff\u4e00-\u9fff]+|[^\W\d_]\w*-\d{1,3}(?:,\d{3})+(?!\d)|[^\W\d_](?:[-\w.]*\w)?)"
        r"|(?P<space>\s+)"
        r"|(?P<sign>.)",
        re.DOTALL,
    )


@cache
def _number() -> re.Pattern[str]:
    return re.compile(
        r"(?P<whole>\d{1,3}(?P<mark>[,_'’ \u00a0\u2009\u202f])\d{3}(?:(?P=mark)\d{3})*|\d*)"
        r"(?P<point>\.\d+)?(?:[eE](?P<exponent>\+?\d{1,2}))?(?P<tail>[^\W\d_]*|%)"
    )


@cache
def _han() -> re.Pattern[str]:
    """Kana and Han letters, which are written without a space behind a unit: ``30.5B参数``."""
    return re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]+\Z")


@cache
def _times() -> re.Pattern[str]:
    return re.compile(r"(\d+)([x×])(\d.*|[A-Z][^\W\d_]+)", re.DOTALL)


def tokens(text: str) -> list[Token]:
    """Split ``text``; white space goes. A run of digits that is no number comes back as ``bad``."""
    found: list[Token] = []
    for match in _tokens().finditer(text):
        kind, start = match.lastgroup, match.start()
        if kind == "run":
            found += _run(match.group(), start)
        elif kind == "word" and match.group()[0] in "xX" and match.group()[1:].isdecimal():
            found.append(
                Token("sign", match.group()[0].lower(), start, start + 1)
            )  # the x16 of (3 local + 1 global) x16
            found += _run(match.group()[1:], start + 1)
        elif kind == "word":
            word = match.group().rstrip("".join(FOOTNOTES))
            found.append(Token("word", word, start, start + len(word)))
            found += [Token("sign", text[at], at, at + 1) for at in range(start + len(word), match.end())]
        elif kind == "sign":
            sign = match.group()
            if sign == "." and found and found[-1].end == start and found[-1].low in APPROXIMATE_WORDS:
                continue
            found.append(Token("sign", _FULL_WIDTH.get(sign, sign), start, match.end()))
    return found


def _run(run: str, start: int) -> list[Token]:
    """Read a run of digits, marks and letters: ``1,048,576``, ``671B``, ``8x7B``, ``5.5%``."""
    end = start + len(run)
    if not run.isascii() and (han := _han().search(run)) is not None:
        cut = start + han.start()
        return [*_run(run[: han.start()], start), Token("word", han.group(), cut, end)]
    product = _times().fullmatch(run)
    if product:
        left, sign, right = product.groups()
        middle = start + len(left)
        return [
            *_run(left, start),
            Token("sign", sign, middle, middle + 1),
            *(_run(right, middle + 1) if right[0].isdigit() else [Token("word", right, middle + 1, end)]),
        ]
    if run[-1] in FOOTNOTES:
        return [*_run(run[:-1], start), Token("sign", run[-1], end - 1, end)]
    match = _number().fullmatch(run)
    if match is None or not (match["whole"] or match["point"]) or len(run) > 2 * MAX_DIGITS:
        return [Token("bad", run, start, end)]
    whole, point = match["whole"], match["point"] or ""
    digits = "".join(character for character in whole if character.isdigit()) or "0"
    if len(digits) + len(point) > MAX_DIGITS or not (digits + point[1:]).isascii():
        return [Token("bad", run, start, end)]
    exponent = int(match["exponent"] or 0)
    number = Fraction(int(digits + point[1:]), 10 ** max(0, len(point) - 1)) * 10**exponent
    places = max(0, len(point) - 1 - exponent)
    return [Token("number", run, start, end, number, places, match["tail"], match["mark"] is not None)]


def not_stated(text: str) -> NotStated | None:
    """Return NotStated when ``text`` says that there is no figure."""
    return NotStated(text, (0, len(text))) if words_of(text) in _NOT_STATED else None


def words_of(text: str) -> str:
    """Return the words of ``text`` in lower case, without a remark in brackets behind them."""
    said = " ".join(text.split()).casefold()
    if said[-1:] in (")", "]") and not any(character.isdigit() for character in said):
        return _remark().sub("", said)
    return said


@cache
def _remark() -> re.Pattern[str]:
    return re.compile(r"(?<=\S)\s*[(\[][^()\[\]]*[)\]]$")


def too_long(text: str, accepted: tuple[str, ...]) -> Unreadable | None:
    """Return Unreadable when ``text`` is longer than any figure."""
    if len(text) <= MAX_LENGTH:
        return None
    return Unreadable(
        text[:80], (0, len(text)), f"{len(text):,} characters are too many for a figure", accepted
    )


def whole_span(text: str) -> Span:
    """Return the span of ``text`` without the white space around it."""
    start = len(text) - len(text.lstrip())
    return (start, start + len(text.strip())) if text.strip() else (0, len(text))


def short(text: str) -> str:
    """Return a word of the user's, cut where it is long, for a message."""
    return text if len(text) <= 30 else f"{text[:29]}…"
