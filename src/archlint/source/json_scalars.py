"""JSON strings, numbers and words, in the forms that are JSON and in those that are not."""

from __future__ import annotations

import re
from math import inf, isinf, nan
from typing import Final

from archlint.patterns import pattern
from archlint.source.edits import Edit
from archlint.source.scalars import beyond_limits, integer, shown
from archlint.source.tree import Kind, Node, Scalar
from archlint.source.trouble import Trouble

_PIECE: Final = {'"': pattern(r'[^"\\\x00-\x1f]*'), "'": pattern(r"[^'\\\x00-\x1f]*")}
_ESCAPES: Final = {
    '"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"
}  # fmt: skip
_HEX: Final = pattern(r"[0-9a-fA-F]{4}")
_LOW: Final = pattern(r"\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_NUMBER: Final = pattern(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?(?![\w.+-])")
_LOOSE: Final = pattern(
    r"[-+]?(?:0[xX][0-9a-fA-F]+|(?:[0-9][0-9_]*\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)(?![\w.+-])"
)
_INFINITE: Final = pattern(r"([-+]?)(Infinity|NaN|inf|nan)(?![\w.+-])", re.IGNORECASE)
_WORD: Final = pattern(r"[^,\n\r\[\]{}]+")
_LITERALS: Final[dict[str, tuple[Kind, Scalar, str]]] = {
    "true": ("boolean", True, "true"),
    "false": ("boolean", False, "false"),
    "null": ("null", None, "null"),
    "none": ("null", None, "null"),
    "undefined": ("null", None, "null"),
}
# A line that begins like this is no continuation of a string: the string was not closed.
_NEXT_MEMBER: Final = pattern(r"\s*(?:[\"'}\]]|//|\Z)")


def read_string(text: str, pos: int, trouble: Trouble) -> tuple[Node, int]:
    """Read the string whose quote, double or single, stands at ``pos``."""
    quote = text[pos]
    parts: list[str] = []
    at = pos + 1
    closed = True
    while True:
        match = _PIECE[quote].match(text, at)
        if match is not None and match.end() > at:
            parts.append(match[0])
            at = match.end()
        char = text[at : at + 1]
        if char == quote:
            at += 1
            break
        if char == "\\":
            at = _escape(text, at, parts, trouble)
        elif not char or (char in "\n\r" and _NEXT_MEMBER.match(text, at)):
            closed = False
            break
        else:
            trouble.add("control-character", at, at + 1, character=_named(char))
            parts.append(char)
            at += 1
    value = "".join(parts)
    if not closed:
        kept = text[pos:at].rstrip()
        if kept.endswith(","):
            kept = kept[:-1].rstrip()
        removed = at - pos - len(kept)
        value = value[: len(value) - removed] if 0 < removed <= len(value) else value
        at = pos + max(len(kept), 1)
        trouble.add("unclosed-string", pos, at, [Edit(at, at, quote)])
    elif quote == "'":
        written = '"' + "".join(_quoted(char) for char in value) + '"'
        trouble.add("single-quoted-string", pos, at, [Edit(pos, at, written)])
    return Node("string", pos, at, value), at


def _escape(text: str, at: int, parts: list[str], trouble: Trouble) -> int:
    """Read the escape at ``at`` into ``parts``; return the offset after it."""
    char = text[at + 1 : at + 2]
    known = _ESCAPES.get(char)
    if known is not None:
        parts.append(known)
        return at + 2
    if char == "u" and (match := _HEX.match(text, at + 2)):
        code = int(match[0], 16)
        after = at + 6
        if 0xD800 <= code < 0xDC00 and (low := _LOW.match(text, after)):
            parts.append(chr(0x10000 + ((code - 0xD800) << 10) + int(low[1], 16) - 0xDC00))
            return after + 6
        if 0xD800 <= code < 0xE000:
            trouble.add("lone-surrogate", at, after, escape=text[at:after])
            code = 0xFFFD
        parts.append(chr(code))
        return after
    if char in ("\n", "\r", ""):
        trouble.add("bad-escape", at, at + 1, escape="\\")
        parts.append("\\")
        return at + 1
    shown_escape = "\\u" if char == "u" else f"\\{char}"
    end = at + len(shown_escape)
    trouble.add("bad-escape", at, end, [] if char == "u" else [Edit(at, at, "\\")], escape=shown_escape)
    parts.append(char if char == "'" else shown_escape)
    return end


def read_number(text: str, pos: int, trouble: Trouble) -> tuple[Node, int] | None:
    """Read the number at ``pos``, also one that JSON does not allow; None when there is none."""
    match = _NUMBER.match(text, pos)
    if match is not None:
        end = match.end()
        written = match[0]
        kind: Kind = "integer" if match[1] is None and match[2] is None else "float"
        scalar: Scalar = integer(written) if kind == "integer" else float(written)
        return _sized(kind, scalar, written, pos, end, trouble)
    match = _INFINITE.match(text, pos)
    if match is not None:
        return _infinite(match, pos, trouble)
    match = _LOOSE.match(text, pos)
    if match is None:
        return None
    written, end = match[0], match.end()
    kind, scalar = _loose(written)
    trouble.add("malformed-number", pos, end, [Edit(pos, end, _plain(scalar))], number=shown(written))
    return _sized(kind, scalar, written, pos, end, trouble)


def _sized(
    kind: Kind, scalar: Scalar, written: str, pos: int, end: int, trouble: Trouble
) -> tuple[Node, int]:
    rule = beyond_limits(kind, scalar, written)
    if rule is not None:
        trouble.add(rule, pos, end, number=shown(written), digits=f"{len(written.lstrip('-+')):,}")
    return Node(kind, pos, end, scalar), end


def _loose(written: str) -> tuple[Kind, Scalar]:
    sign = -1 if written[0] == "-" else 1
    body = written.lstrip("-+").replace("_", "")
    if body[:2] in ("0x", "0X"):
        return "integer", sign * (int(body[2:], 16) if len(body) <= 18 else integer("9" * 41))
    if body.isdigit():
        return "integer", sign * integer(body)
    value = float(body)
    return ("float", sign * value)


def _plain(scalar: Scalar) -> str:
    return "1e400" if isinstance(scalar, float) and isinf(scalar) else str(scalar)


def _infinite(match: re.Match[str], pos: int, trouble: Trouble) -> tuple[Node, int]:
    value = nan if match[2].lower() == "nan" else -inf if match[1] == "-" else inf
    trouble.add("non-standard-number", pos, match.end(), number=match[0])
    return Node("float", pos, match.end(), value), match.end()


def read_word(text: str, pos: int, trouble: Trouble) -> tuple[Node, int]:
    """Read an unquoted word at ``pos``: a literal, one of another language, or text that lacks its quotes."""
    infinite = _INFINITE.match(text, pos)
    if infinite is not None:
        return _infinite(infinite, pos, trouble)
    match = _WORD.match(text, pos)
    if match is None:
        trouble.add("json-syntax", pos, pos + 1, found=f"`{text[pos]}`", expected="a value")
        return Node("null", pos, pos + 1), pos + 1
    word = re.split(r"\s//|\s/\*|\s#", match[0], maxsplit=1)[0].rstrip()
    end = pos + len(word)
    literal = _LITERALS.get(word.lower())
    if literal is not None:
        kind, scalar, right = literal
        if word != right:
            trouble.add("unquoted-value", pos, end, [Edit(pos, end, right)], value=word)
        return Node(kind, pos, end, scalar), end
    value = word.rstrip("\"'").rstrip() or word
    written = '"' + "".join(_quoted(char) for char in value) + '"'
    trouble.add("unquoted-value", pos, end, [Edit(pos, end, written)], value=shown(word))
    return Node("string", pos, end, value), end


def quoted(value: str) -> str:
    """Return ``value`` as a JSON string."""
    return '"' + "".join(_quoted(char) for char in value) + '"'


_SHORT: Final = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _quoted(char: str) -> str:
    short = _SHORT.get(char)
    return short if short is not None else f"\\u{ord(char):04x}" if char < " " else char


def _named(char: str) -> str:
    return {"\n": "a line end", "\r": "a line end", "\t": "a tab"}.get(char, f"U+{ord(char):04X}")
