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
_READ_BY_PYTHON: Final = frozenset(("NaN", "Infinity", "-Infinity"))  # what Python reads
_GROUPS: Final = pattern(r"(?:,[0-9]{3})+(\.[0-9]+)?(?=[ \t]*(?:[,}\n\r]|\Z))")
_GROUPED: Final = pattern(r"-?[1-9][0-9]{0,2}\Z")
_BROKEN: Final = pattern(
    r"(?=[-+.0-9])[-+.]*(?:[0-9][0-9_.+-]*)?(?:[eE][-+.0-9]*)?\Z|[-+]?0[box]\w*\Z", re.IGNORECASE
)
_VERSION_OR_DATE: Final = pattern(r"[0-9]+(?:(?:\.[0-9]+){2,}|(?:-[0-9]+)+)\Z")
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
    edit = Edit(pos, end, _plain(scalar))
    trouble.add("malformed-number", pos, end, [edit], number=shown(written), reason=_fault(written))
    return _sized(kind, scalar, written, pos, end, trouble)


def read_grouped(text: str, first: Node, trouble: Trouble) -> Node | None:
    """Read on where an integer is followed by a comma and three digits, and no key can begin with these: ``12,288``."""
    match = _GROUPS.match(text, first.end)
    if match is None or not _GROUPED.match(text[first.start : first.end]):
        return None
    start, end = first.start, match.end()
    written = text[start:end].replace(",", "")
    trouble.add(
        "malformed-number",
        start,
        end,
        [Edit(start, end, written)],
        safe=False,
        number=shown(text[start:end]),
        reason="JSON has no thousands separator",
    )
    if match[1] is None:
        return _sized("integer", integer(written), written, start, end, trouble)[0]
    return _sized("float", float(written), written, start, end, trouble)[0]


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
    if match[0] in _READ_BY_PYTHON:
        trouble.add("non-standard-number", pos, match.end(), number=match[0])
    else:
        reason = "even Python reads only NaN, Infinity and -Infinity, spelt so"
        trouble.add("malformed-number", pos, match.end(), number=match[0], reason=reason)
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
    if _BROKEN.match(word) and not _VERSION_OR_DATE.match(word):
        trouble.add("malformed-number", pos, end, number=shown(word), reason=_break(word))
        return Node("string", pos, end, word), end
    value = word.rstrip("\"'").rstrip() or word
    meant = _slip(word.lower())
    if meant is not None:
        kind, scalar, right = _LITERALS[meant]
        trouble.add("unquoted-value", pos, end, [Edit(pos, end, right)], safe=False, value=word)
        return Node(kind, pos, end, scalar), end
    written = '"' + "".join(_quoted(char) for char in value) + '"'
    safe = not any(_one_off(value.lower(), literal) for literal in _LITERALS)
    trouble.add("unquoted-value", pos, end, [Edit(pos, end, written)], safe=safe, value=shown(word))
    return Node("string", pos, end, value), end


def _fault(written: str) -> str:
    """Return what is wrong with a number whose meaning is plain."""
    digits = written.lstrip("-+")
    if digits[:2] in ("0x", "0X"):
        return "JSON numbers are decimal"
    if "_" in digits:
        return "JSON numbers hold digits without separators"
    if written[0] == "+":
        return "JSON numbers have no plus sign"
    if digits[0] == "." or digits.partition(".")[2][:1].isdigit() != ("." in digits):
        return "a point has digits on both sides"
    return "JSON numbers have no leading zeros"


def _break(word: str) -> str:
    """Return what is wrong with a number that cannot be read."""
    if not any(char.isdigit() for char in word):
        return "it has no digits"
    if word.lower().lstrip("-+")[:2] in ("0b", "0o", "0x"):
        return "JSON numbers are decimal"
    if word.rstrip("-+")[-1:] in ("e", "E"):
        return "its exponent has no digits"
    return "it is no single number"


def _slip(word: str) -> str | None:
    """Return the literal that a word in lower case is surely meant to be: half of it, or its letters in disorder."""
    for literal in ("true", "false", "null"):
        half = len(word) > 2 and literal.startswith(word)
        if half or (_one_off(word, literal) and sorted(word) == sorted(literal)):
            return literal
    return None


def _one_off(word: str, right: str) -> bool:
    """Whether a word is another but for one letter too few, too many or wrong, or two that changed places."""
    if abs(len(word) - len(right)) > 1 or word == right:
        return False
    start = next((at for at, (one, other) in enumerate(zip(word, right, strict=False)) if one != other), None)
    if start is None:
        return True
    rests = word[start:], right[start:]
    swapped = rests[1][1:2] + rests[1][:1] + rests[1][2:]
    return rests[0] == swapped or rests[0][1:] in (rests[1][1:], rests[1]) or rests[0] == rests[1][1:]


def quoted(value: str) -> str:
    """Return ``value`` as a JSON string."""
    return '"' + "".join(_quoted(char) for char in value) + '"'


_SHORT: Final = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _quoted(char: str) -> str:
    short = _SHORT.get(char)
    return short if short is not None else f"\\u{ord(char):04x}" if char < " " else char


def _named(char: str) -> str:
    return {"\n": "a line end", "\r": "a line end", "\t": "a tab"}.get(char, f"U+{ord(char):04X}")
