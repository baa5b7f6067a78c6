"""What a cursor stands on, told from the text alone, so that half-typed documents can be answered too."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

Role: TypeAlias = Literal["key", "value", "item", "none"]
Step: TypeAlias = str | int


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place of a cursor in the structure.

    ``path`` leads to the mapping whose key is typed, or to the value (its key last).
    ``start`` and ``end`` are what a completion replaces, quotes included; ``typed`` is what stands
    there up to the cursor, without quotes. ``present`` are the other keys of the mapping.
    """

    role: Role
    path: tuple[Step, ...] = ()
    start: int = 0
    end: int = 0
    typed: str = ""
    quote: str = ""
    present: frozenset[str] = frozenset()
    colon: bool = False  # a colon follows the key that is typed
    space: bool = False  # a space is missing before what is written: behind a colon, a dash, a comma
    space_after: bool = False  # a comment follows without one
    comma_before: int | None = None  # where a comma is missing before it
    comma_after: bool = False  # another member or item follows without one

    @property
    def key(self) -> str | None:
        """The key whose value the cursor stands in."""
        names = [step for step in self.path if isinstance(step, str)]
        return names[-1] if names and self.role in ("value", "item") else None


NOWHERE: Final = Cursor("none")


# --- YAML ---------------------------------------------------------------------------------------------

_KEY = re.compile(
    r"""(?P<indent>[ ]*)(?P<dashes>(?:-[ ]+)*)
        (?P<key>"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s\-?:,\[\]{}\#&*!|>'"%@`](?:[^:\#\n]|:(?=\S)|(?<=\S)\#)*?
          |[-?:](?=\S)(?:[^:\#\n]|:(?=\S)|(?<=\S)\#)*?)
        [ \t]*:(?=[ \t]|$)[ \t]*(?P<value>.*)""",
    re.VERBOSE,
)
_LIST_ITEM = re.compile(r"(?P<indent>[ ]*)(?P<dashes>(?:-(?:[ ]+|$))+)(?P<rest>.*)")
_COMMENT = re.compile(r"(?:^|(?<=[ \t]))#.*$")
_QUOTED = re.compile(r""""(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?""")


@dataclass(slots=True)
class _Line:
    """A YAML line that says something: where its key or text begins and what it is."""

    column: int
    dash: int | None  # column of its last dash
    key: str | None
    value: str


def yaml_cursor(text: str, offset: int, body: tuple[int, int] | None = None) -> Cursor:
    """Return where ``offset`` stands in a YAML text; ``body`` bounds the part that is YAML."""
    begin, end = body or (0, len(text))
    if text[max(offset - 1, 0) : offset + 1] == "\r\n":
        offset -= 1
    if not begin <= offset <= end:
        return NOWHERE
    lines = re.split(r"\r\n|\n|\r", text[begin:end])
    line_start = max(text.rfind("\n", begin, offset), text.rfind("\r", begin, offset), begin - 1) + 1
    number = len(re.split(r"\r\n|\n|\r", text[begin:line_start])) - 1
    line = lines[number]
    column = offset - line_start
    if _in_comment(line, column) or "\t" in line[: len(line) - len(line.lstrip())]:
        return NOWHERE
    parsed = _KEY.match(line)
    if parsed and column > parsed.end("key") and ":" in line[parsed.end("key") : column]:
        return _yaml_value(lines, number, parsed, line_start, column)
    return _yaml_key(lines, number, line_start, column)


def _yaml_value(lines: list[str], number: int, match: re.Match[str], line_start: int, column: int) -> Cursor:
    key = _unquoted(match["key"])
    parents = _parents(lines, number, match.start("key"), match["dashes"])
    if parents is None:
        return NOWHERE
    path = (*parents, key)
    line = lines[number]
    value = _without_comment(match["value"])
    start = match.start("value")
    if value[:1] in ("[", "{") and column > start:
        written = line[start : max(start + len(value), column)]
        flow = _flow_item if value[0] == "[" else _flow_mapping
        return flow(path, written, line_start, start, column)
    if value[:1] in ("[", "{", "|", ">", "&", "*", "!"):
        return NOWHERE
    end = max(start + len(value), column)
    start = min(start, column)
    typed = line[start:column]
    quote = typed[0] if typed[:1] in ("'", '"') else ""
    return Cursor(
        "value",
        path,
        line_start + start,
        line_start + end,
        typed.lstrip("'\""),
        quote,
        space=line[start - 1 : start] == ":",
        space_after=line[end : end + 1] == "#",
    )


def _flow_item(path: tuple[Step, ...], value: str, line_start: int, start: int, column: int) -> Cursor:
    cut = value[: column - start]
    last = max(cut.rfind("["), cut.rfind(",")) + 1
    last += len(cut[last:]) - len(cut[last:].lstrip())
    typed = cut[last:]
    size, follows = _flow_rest(value[last:], len(typed), r"[^,\]]*")
    quote = typed[0] if typed[:1] in ("'", '"') else ""
    begin = line_start + start + last
    return Cursor(
        "item",
        path,
        begin,
        begin + size,
        typed.lstrip("'\""),
        quote,
        space=cut.endswith(","),
        comma_after=follows,
    )


def _flow_rest(value: str, typed: int, pattern: str) -> tuple[int, bool]:
    """Return how much of ``value`` a completion replaces, and whether it is written before something else.

    ``typed`` is how much of it stands left of the cursor. A word right of the cursor that a space parts from it is
    another one.
    """
    found = re.match(pattern, value)
    word = found.group() if found else ""
    if word.strip() and not word[:typed].strip() and word[typed : typed + 1].isspace():
        return typed, True
    return max(len(word.rstrip()), typed), False


def _flow_mapping(path: tuple[Step, ...], value: str, line_start: int, start: int, column: int) -> Cursor:
    cut = value[: column - start]
    last = max(cut.rfind("{"), cut.rfind(",")) + 1
    segment = cut[last:]
    present = frozenset(_unquoted(name.strip()) for name in re.findall(r"[{,]\s*([^,{}\[\]:]+?)\s*:", value))
    if ":" in segment:
        name, _, typed = segment.partition(":")
        begin = line_start + start + last + len(name) + 1
        begin += len(typed) - len(typed.lstrip())
        rest = re.match(r"[^,}]*", value[begin - line_start - start :])
        size = max(len(rest.group().rstrip()) if rest else 0, line_start + column - begin)
        role_path = (*path, _unquoted(name.strip()))
        typed = typed.lstrip()
        quote = typed[0] if typed[:1] in ("'", '"') else ""
        return Cursor("value", role_path, begin, begin + size, typed.lstrip("'\""), quote)
    begin = line_start + start + last + len(segment) - len(segment.lstrip())
    typed = segment.lstrip()
    size, before = _flow_rest(value[begin - line_start - start :], len(typed), r"[\w\-./ ]*")
    follows = value[begin - line_start - start + size :].lstrip()
    return Cursor(
        "key",
        path,
        begin,
        begin + size,
        typed,
        present=present - {typed},
        colon=not before and follows.startswith(":"),
        space=cut.endswith(","),
        comma_after=before,
    )


def _yaml_key(lines: list[str], number: int, line_start: int, column: int) -> Cursor:
    line = lines[number]
    item = _LIST_ITEM.match(line)
    if item and column >= item.end("dashes") - (0 if item["dashes"].endswith(" ") else 1):
        key_column = min(item.end("dashes"), column)
        dashes = item["dashes"]
    else:
        key_column = len(line) - len(line.lstrip(" "))
        dashes = ""
        if column < key_column or not line.strip():
            key_column = column
    parents = _parents(lines, number, key_column, dashes)
    if parents is None:
        return NOWHERE
    parsed = _KEY.match(line)
    colon = bool(parsed)
    if parsed:
        start, end = parsed.start("key"), parsed.end("key")
    else:
        start = key_column
        end = max(start + len(_without_comment(line[start:])), column)
    typed = line[start:column]
    quote = typed[0] if typed[:1] in ("'", '"') else ""
    present = _siblings(lines, number, key_column)
    role: Role = "item" if dashes and not colon and not present else "key"
    return Cursor(
        role,
        parents if role == "key" else tuple(step for step in parents if isinstance(step, str)),
        line_start + start,
        line_start + end,
        typed.lstrip("'\""),
        quote,
        present,
        colon,
        space=line[start - 1 : start] == "-" and bool(dashes),
        space_after=not colon and line[end : end + 1] == "#",
    )


def _parents(lines: list[str], number: int, column: int, dashes: str) -> tuple[Step, ...] | None:
    """Return the keys above a line whose key begins at ``column``; None inside a block scalar."""
    path: list[Step] = []
    dashed = False
    if dashes:
        path.append(0)
        column, dashed = column - len(dashes), True
    for above in range(number - 1, -1, -1):
        said = _read_line(lines[above])
        if said is None:
            continue
        if said.dash is not None and said.column == column and not dashed and said.dash < column:
            path.append(0)
            column, dashed = said.dash, True
            continue
        if said.column < column or (dashed and said.key is not None and said.column == column):
            if said.key is None:
                if said.dash is not None and said.dash >= column:
                    continue
                return None if said.dash is None else tuple(reversed(path))
            if said.value[:1] in ("|", ">"):
                return None
            if said.value and said.value[:1] not in ("&", "!", "{", "["):
                if path or said.column >= column:
                    column = min(column, said.column)
                    continue
                return None
            path.append(said.key)
            column, dashed = said.column, False
            if said.dash is not None:
                path.append(0)
                column, dashed = said.dash, True
        if column <= 0 and not dashed:
            break
    return tuple(reversed(path))


def _siblings(lines: list[str], number: int, column: int) -> frozenset[str]:
    """Return the keys of the mapping that begins at ``column``, the line itself left out."""
    keys: set[str] = set()
    own = _LIST_ITEM.match(lines[number])
    if not own:
        for above in range(number - 1, -1, -1):
            said = _read_line(lines[above])
            if said is None or said.column > column:
                continue
            if said.column < column:
                break
            if said.key is not None:
                keys.add(said.key)
            if said.dash is not None:
                break
    for below in range(number + 1, len(lines)):
        said = _read_line(lines[below])
        if said is None:
            continue
        if said.column < column or (said.dash is not None and said.dash < column):
            break
        if said.column == column and said.key is not None:
            keys.add(said.key)
    return frozenset(keys)


def _read_line(line: str) -> _Line | None:
    stripped = line.lstrip(" ")
    if not stripped.strip() or stripped.startswith("#") or stripped.rstrip() in ("---", "..."):
        return None
    match = _KEY.match(line)
    if match:
        dash = match.end("dashes") - len(match["dashes"].split("-")[-1]) - 1 if match["dashes"] else None
        return _Line(match.start("key"), dash, _unquoted(match["key"]), _without_comment(match["value"]))
    item = _LIST_ITEM.match(line)
    if item:
        return _Line(item.end("dashes"), line.index("-"), None, item["rest"])
    return _Line(len(line) - len(stripped), None, None, stripped)


def _in_comment(line: str, column: int) -> bool:
    bare = _QUOTED.sub(lambda match: "x" * len(match.group()), line)
    found = _COMMENT.search(bare)
    return found is not None and found.start() < column


def _without_comment(value: str) -> str:
    bare = _QUOTED.sub(lambda match: "x" * len(match.group()), value)
    found = _COMMENT.search(bare)
    return (value[: found.start()] if found else value).rstrip()


def _unquoted(key: str) -> str:
    if len(key) > 1 and key[0] == key[-1] and key[0] in "'\"":
        return key[1:-1]
    return key.strip()


# --- JSON ---------------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"""(?P<string>"(?:[^"\\\r\n]|\\.)*"?|'(?:[^'\\\r\n]|\\.)*'?)
        |(?P<comment>//[^\r\n]*|/\*.*?(?:\*/|\Z))|(?P<mark>[{}\[\],:])|(?P<word>[^\s{}\[\],:"'/]+|/)""",
    re.VERBOSE | re.DOTALL,
)


_WORD = re.compile(r"[\w.\-/]*")


@dataclass(slots=True)
class _Frame:
    """An object or an array that is open."""

    opening: str
    key: str | None = None
    index: int = 0
    state: Literal["key", "colon", "value", "comma"] = "key"
    keys: list[tuple[str, int]] = field(default_factory=list)
    value_end: int | None = None


def json_cursor(text: str, offset: int) -> Cursor:
    """Return where ``offset`` stands in a JSON text, however broken."""
    stack: list[_Frame] = []
    answer: Cursor | None = None
    frame: _Frame | None = None
    tokens = list(_TOKEN.finditer(text))
    here: _Frame | None = None
    for number, token in enumerate(tokens):
        if answer is None and token.start() >= offset:
            if token.start() == offset and token.lastgroup in ("string", "word"):
                answer = _json_inside(text, offset, token, stack, _next_token(tokens, number))
            else:
                answer = _json_between(text, offset, stack, tokens, number)
            here = stack[-1] if stack else None
        elif answer is None and (token.end() > offset or _touches(token, offset)):
            if token.lastgroup == "comment":
                return NOWHERE
            if token.lastgroup != "mark":
                answer = _json_inside(text, offset, token, stack, _next_token(tokens, number))
                here = stack[-1] if stack else None
        _step(stack, token)
    if answer is None:
        frame = stack[-1] if stack else None
        here = frame
        answer = _json_between(text, offset, stack, tokens, len(tokens))
    if answer.role != "key" or here is None:
        return answer
    present = frozenset(name for name, at in here.keys if not answer.start <= at <= answer.end)
    return Cursor(
        "key",
        answer.path,
        answer.start,
        answer.end,
        answer.typed,
        answer.quote,
        present,
        answer.colon,
        comma_before=answer.comma_before,
        comma_after=answer.comma_after,
    )


def _touches(token: re.Match[str], offset: int) -> bool:
    """Tell whether a cursor right behind a token still types in it: words, and strings and comments without an end."""
    if token.end() != offset:
        return False
    text = token.group()
    if token.lastgroup == "comment":
        return text.startswith("//") or len(text) < 4 or not text.endswith("*/")
    if token.lastgroup == "string":
        return len(text) < 2 or text[-1] != text[0]
    return token.lastgroup == "word"


def _next_token(tokens: list[re.Match[str]], number: int) -> re.Match[str] | None:
    """Return the token behind the one at ``number``, comments left out."""
    return next((token for token in tokens[number + 1 :] if token.lastgroup != "comment"), None)


def _says_something(token: re.Match[str] | None) -> bool:
    """Tell whether a token begins a value, or a member."""
    return token is not None and (token.lastgroup in ("string", "word") or token.group() in ("{", "["))


def _json_inside(
    text: str, offset: int, token: re.Match[str], stack: list[_Frame], follows: re.Match[str] | None
) -> Cursor:
    if not stack:
        return NOWHERE
    frame = stack[-1]
    written = token.group()
    quote = written[0] if written[0] in "\"'" else ""
    typed = text[token.start() : offset].lstrip("\"'")
    path = _json_path(stack)
    end = token.end()
    colon = follows is not None and follows.group() == ":"
    after = not colon and _says_something(follows)
    if quote and (
        len(written) < 2 or written[-1] != quote
    ):  # without an end it has the rest of the line in it
        word = _WORD.match(text, token.start() + 1)
        end = max(offset, word.end() if word else 0)
        rest = text[end : token.end()].strip()
        colon = rest.startswith(":") or (not rest and colon)
        after = rest[0] not in ",:}]" if rest else after
    before = frame.value_end if frame.state == "comma" else None
    if frame.opening == "[":
        return Cursor(
            "item",
            path,
            token.start(),
            end,
            typed,
            quote,
            comma_before=before,
            comma_after=after,
        )
    if frame.state == "value" and not colon:
        value = (*path, frame.key or "")
        return Cursor("value", value, token.start(), end, typed, quote, comma_after=after)
    return Cursor(
        "key",
        path,
        token.start(),
        end,
        typed,
        quote,
        colon=colon,
        comma_before=before,
        comma_after=after,
    )


def _json_between(
    text: str, offset: int, stack: list[_Frame], tokens: list[re.Match[str]], number: int
) -> Cursor:
    """Return where a cursor between two tokens stands; the second one is ``tokens[number]``, if there is one."""
    if not stack:
        return NOWHERE
    frame = stack[-1]
    path = _json_path(stack)
    follows = _next_token(tokens, number - 1)
    after = _says_something(follows)
    before = frame.value_end if frame.state == "comma" else None
    if frame.opening == "[":
        return Cursor("item", path, offset, offset, comma_before=before, comma_after=after)
    if frame.state == "value":
        value = (*path, frame.key or "")
        if not after or follows is None:
            return Cursor("value", value, offset, offset)
        behind = _next_token(tokens, tokens.index(follows))
        if behind is not None and behind.group() == ":":  # it is the next member's key
            return Cursor("value", value, offset, offset, comma_after=True)
        if follows.lastgroup == "mark" or "\n" in text[offset : follows.end()]:
            return NOWHERE
        return Cursor("value", value, offset, follows.end(), comma_after=_says_something(behind))
    if frame.state == "colon":
        return NOWHERE
    return Cursor("key", path, offset, offset, comma_before=before, comma_after=after)


def _json_path(stack: list[_Frame]) -> tuple[Step, ...]:
    path: list[Step] = []
    for frame in stack[:-1]:
        path.append(frame.index if frame.opening == "[" else frame.key or "")
    return tuple(path)


def _step(stack: list[_Frame], token: re.Match[str]) -> None:
    """Take a token into the open frames."""
    written = token.group()
    if token.lastgroup == "comment":
        return
    frame = stack[-1] if stack else None
    if written in ("{", "["):
        stack.append(_Frame(written, state="key" if written == "{" else "value"))
        return
    if frame is None:
        return
    if written in ("}", "]"):
        stack.pop()
        if stack:
            stack[-1].state, stack[-1].value_end = "comma", token.end()
        return
    if written == ",":
        frame.index += 1
        frame.state = "key" if frame.opening == "{" else "value"
        return
    if frame.opening == "[":
        frame.state, frame.value_end = "comma", token.end()
        return
    if written == ":":
        frame.state = "value"
    elif frame.state in ("key", "comma", "colon"):
        frame.key = written.strip("\"'")
        frame.keys.append((frame.key, token.start()))
        frame.state = "colon"
    else:
        frame.state, frame.value_end = "comma", token.end()
