"""The way in: bytes to text, text to a document."""

from __future__ import annotations

import codecs
from typing import Final

from archlint.source.document import Document, Format, Problem
from archlint.source.edits import Edit
from archlint.source.limits import MAX_BYTES
from archlint.source.trouble import Trouble

_BOM: Final = "\ufeff"
_WIDE: Final = (  # the mark of UTF-32 begins as that of UTF-16 does
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Problems of JSON after which something that is written may be missing from the tree.
_LOSSY: Final = frozenset(
    (
        "json-syntax",
        "missing-value",
        "too-deep",
        "too-many-values",
        "truncated",
        "unclosed-bracket",
        "unclosed-string",
    )
)
_HEAD: Final = 8_000  # bytes that are looked at to tell text from other data


def parse(text: str, name: str = "", format: Format | None = None) -> Document:  # noqa: A002
    """Read ``text`` as JSON, YAML or Markdown with front matter; never raises.

    Without ``format`` the file's name decides, and without a telling name the first character.
    """
    if len(text) > MAX_BYTES:
        return Document(name, text, format or "json", None, [_too_large()])
    if not text.isascii():
        text = _without_surrogates(text)
    start = 1 if text.startswith(_BOM) else 0
    form: Format = format or guess_format(text, name)
    problems: list[Problem] = []
    if start and form != "yaml":
        Trouble(text, problems).add("utf8-bom", 0, 1, [Edit(0, 1, "")])
    if form == "json":
        from archlint.source.json_exact import read_exact

        exact = None if start else read_exact(text)
        if exact is not None:
            return Document(name, text, form, exact, problems, (0, len(text)), found_comments=[])
        from archlint.source.json_reader import read_json

        json = read_json(text, start)
        lost = any(problem.rule in _LOSSY for problem in json.problems)
        return Document(
            name,
            text,
            form,
            json.root,
            problems + json.problems,
            (start, len(text)),
            [(start, len(text))] if lost else [],
            found_comments=json.comments,
        )
    if form == "yaml":
        from archlint.source.yaml_reader import read_yaml

        if not text[start:].strip():
            Trouble(text, problems).add("empty-file", 0, len(text))
            return Document(name, text, form, None, problems)
        yaml = read_yaml(text, start)
        return Document(
            name, text, form, yaml.root, problems + yaml.problems, (start, len(text)), yaml.damaged
        )
    from archlint.source.front_matter import read_front_matter

    document = read_front_matter(name, text, start)
    document.problems[:0] = problems
    return document


def decode(data: bytes) -> tuple[str, list[Problem]]:
    """Return the text of a file's bytes, and what is wrong with its encoding. A byte order mark stays in."""
    if len(data) > MAX_BYTES:
        return "", [_too_large()]
    head = data[:_HEAD]
    encoding = _wide_encoding(head)
    if encoding:
        try:
            text = data.decode(encoding).removeprefix(_BOM)
        except UnicodeDecodeError:
            text = ""
        return text, [Problem("utf16-file", 0, 0, {"encoding": encoding[:6].upper()})]
    try:
        return data.decode(), []
    except UnicodeDecodeError as error:
        if b"\0" in head:
            return "", [Problem("binary-file", 0, 0)]
        text = data.decode(errors="replace")
        at = len(data[: error.start].decode())
        byte = f"0x{data[error.start]:02X}"
        return text, [Problem("not-utf8", at, at + 1, {"byte": byte, "offset": f"{error.start:,}"})]


def load(data: bytes, name: str = "", format: Format | None = None) -> Document:  # noqa: A002
    """Read a file's bytes: ``decode`` and ``parse`` in one, with the problems of both."""
    text, problems = decode(data)
    if problems and not text:
        return Document(name, "", format or guess_format("", name), None, problems)
    document = parse(text, name, format)
    document.problems[:0] = problems
    return document


def guess_format(text: str, name: str = "") -> Format:
    """Return the format that a file's name says, or else its first characters."""
    lower = name.lower()
    if lower.endswith((".json", ".jsonc", ".json5")):
        return "json"
    if lower.endswith((".yml", ".yaml")):
        return "yaml"
    if lower.endswith((".md", ".markdown", ".mdx")):
        return "front-matter"
    head = text[:_HEAD].lstrip(_BOM + " \t\r\n")
    if head.startswith(("{", "[", "//", "/*")):
        return "json"
    if head.startswith("---"):
        from archlint.source.front_matter import is_closed

        return "front-matter" if is_closed(text) else "yaml"
    return "yaml"


def _too_large() -> Problem:
    return Problem("file-too-large", 0, 0, {"limit": f"{MAX_BYTES >> 20} MiB"})


def _wide_encoding(head: bytes) -> str:
    """Return the encoding of text in UTF-16 or UTF-32, by its mark or by where its NULs stand; else nothing."""
    for mark, encoding in _WIDE:
        if head.startswith(mark):
            return encoding
    if b"\0" not in head:
        return ""
    for width, order in ((4, "le"), (4, "be"), (2, "le"), (2, "be")):
        filled = 0 if order == "le" else width - 1  # the byte of each unit that ASCII fills
        units = len(head) // width
        nuls = [head[at : units * width : width].count(0) for at in range(width)]
        empty = sum(nuls) - nuls[filled]
        if units > 1 and empty * 10 >= 9 * units * (width - 1) and nuls[filled] * 10 <= units:
            return f"utf-{8 * width}-{order}"
    return ""


def _without_surrogates(text: str) -> str:
    """Return ``text`` with U+FFFD for lone surrogates, which only a program can have put there."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
