"""Text from files is data: each function makes it harmless for one kind of reader."""

from __future__ import annotations

import re

from archlint.patterns import pattern

# What a terminal obeys or hides: C0 and C1 controls, the line separators, bidi controls, invisible spaces
# and the byte-order mark, lone surrogates (no encoding has them), noncharacters and tag characters.
_UNSEEN = pattern(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
# ``##[command]`` and ``##vso[command]``, which CI runners obey anywhere in a line.
_LOG_COMMAND = pattern(r"##(\w*)\[")
# Letters that XML 1.0 cannot hold, not even as references, and the controls that hide text.
_NOT_XML = pattern(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"
    "\ud800-\udfff\ufff9-\uffff]"
)
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
_LONGEST_NAME = 200  # characters of a model's name or a key that are shown
# An underscore between letters or digits is no markup.
_MARKDOWN = pattern(r"[\\`*{}\[\]<>&|~$]|(?<![^\W_])_|_(?![^\W_])")
_MENTION = pattern(r"(@|(?<!&)#)(?=\w)")  # not the # of an entity
_OPENING = pattern(r"^(\s*\d*)([#+=-]|(?<=\d)[.)](?=\s|$))")


def _named(match: re.Match[str]) -> str:
    letter = match[0]
    if letter in _SHORT:
        return _SHORT[letter]
    value = ord(letter)
    if value < 0x100:
        return f"\\x{value:02x}"
    return f"\\u{value:04x}" if value < 0x10000 else f"\\U{value:08x}"


def visible(text: str) -> str:
    """Return ``text`` on one line with nothing in it that a terminal obeys; controls as escapes."""
    return _UNSEEN.sub(_named, text)


def visible_lines(text: str) -> str:
    """Return ``text`` with its line breaks kept and nothing else in it that a reader obeys."""
    return "\n".join(map(visible, text.split("\n")))


def short(text: str) -> str:
    """Return the beginning of a name: a key of a file may be of any length."""
    return text if len(text) <= _LONGEST_NAME else f"{text[:_LONGEST_NAME]}…"


def log_text(text: str) -> str:
    """Return what stands within a line of a terminal or a CI log: visible, with no ``##[command]`` in it."""
    return _LOG_COMMAND.sub(r"##\1\\x5b", visible(text))


def log_line(text: str) -> str:
    """Return a whole line for a terminal or a CI log: as ``log_text``, and no ``::command`` at its start."""
    line = log_text(text)
    if line.lstrip().startswith("::"):
        line = line.replace("::", r"\x3a:", 1)
    return line


def file_name(name: str) -> str:
    """Return a file's name for the start of a log line: one that begins with ``::`` becomes ``./::``."""
    name = log_text(name)
    return f"./{name}" if name.lstrip().startswith("::") else name


def xml(text: str) -> str:
    """Return ``text`` for XML, as content or in a quoted attribute; what XML cannot hold as escapes."""
    text = _NOT_XML.sub(_named, text)
    for letter, entity in (
        ("&", "&amp;"),
        ("<", "&lt;"),
        (">", "&gt;"),
        ('"', "&quot;"),
        ("\n", "&#10;"),
        ("\r", "&#13;"),
        ("\t", "&#9;"),
    ):
        text = text.replace(letter, entity)
    return text


def markdown(text: str) -> str:
    """Return ``text`` for one line of Markdown: no markup, links, mentions or issue references in it."""
    text = _MARKDOWN.sub(_entity, visible(text))
    text = text.replace("://", "&#58;//").replace("www.", "www<!-- -->.")
    text = _MENTION.sub(r"\1<!-- -->", text)
    # A line must not begin as a heading, a list or a rule does.
    return _OPENING.sub(lambda match: f"{match[1]}{_entity(match[0][-1])}", text)


def _entity(match: re.Match[str] | str) -> str:
    return f"&#{ord(match[0])};"


def json_text(value: object, *, indent: int | None = None) -> str:
    """Return ``value`` as JSON in pure ASCII: no encoding, terminal or line reader trips over it."""
    import json

    return json.dumps(value, ensure_ascii=True, allow_nan=False, indent=indent)
