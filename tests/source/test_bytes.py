"""Bytes to text, pointers, and the limits."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import archlint
from archlint.source import decode, guess_format, load, parse
from archlint.source.edits import apply
from archlint.source.limits import MAX_BYTES
from archlint.source.pointer import path_at, resolve
from archlint.source.tree import Pair
from tests.source.source_samples import CONFIG, GALLERY

SRC = str(Path(archlint.__file__).parents[1])


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b'{"a": 1}', None),
        ('{"a": "é"}'.encode("latin-1"), "not-utf8"),
        ('{"a": 1}'.encode("utf-16"), "utf16-file"),
        ('{"a": 1}'.encode("utf-16-le"), "utf16-file"),
        ('{"a": 1}'.encode("utf-16-be"), "utf16-file"),
        ('{"a": 1}'.encode("utf-32"), "utf16-file"),
        (b'\xef\xbb\xbf{"a": 1}', "utf8-bom"),
        (b'{"a": "\x00"}', "control-character"),
        (b"\x7fELF\x00\xff\xfe\x00\x01", "binary-file"),
        (b"", "empty-file"),
        (b" " * (MAX_BYTES + 1), "file-too-large"),
    ],
)
def test_encodings(data: bytes, rule: str | None) -> None:
    document = load(data, "config.json")
    assert [problem.rule for problem in document.problems] == ([rule] if rule else [])


@given(st.binary(max_size=60), st.sampled_from(["config.json", "models.yml", "README.md", ""]))
def test_no_bytes_raise(data: bytes, name: str) -> None:
    document = load(data, name)
    assert document.text.encode() is not None
    assert document.lines.position(0) == (1, 1)


def test_text_of_invalid_utf8_is_still_read() -> None:
    text, problems = decode(b'{"a": "\xff", "b": 1}')
    assert problems[0].start == 7
    root = parse(text, "config.json").root
    assert root is not None
    assert root.plain() == {"a": "\ufffd", "b": 1}


def test_lone_surrogates_of_a_program_do_not_survive() -> None:
    document = parse('{"a": "\ud800"}', "config.json")
    assert document.text == '{"a": "\ufffd"}'


@pytest.mark.parametrize(
    ("name", "text", "form"),
    [
        ("CONFIG.JSON", "", "json"),
        ("a.arch.yml", "{}", "yaml"),
        ("x.README.md", "", "front-matter"),
        ("", '\ufeff {"a": 1}', "json"),
        ("", "a: 1", "yaml"),
        ("-", "---\na: 1\n---\n# x", "front-matter"),
        ("-", "---\na: 1\n", "yaml"),
    ],
)
def test_formats(name: str, text: str, form: str) -> None:
    assert guess_format(text, name) == form


@pytest.mark.parametrize("name", ["models.yml", "config.json"])
def test_pointers_lead_back(name: str) -> None:
    root = parse(GALLERY if name == "models.yml" else CONFIG, name).root
    assert root is not None
    stack = [("", root)]
    while stack:
        pointer, node = stack.pop()
        assert resolve(root, pointer) is node
        for pair in node.pairs:
            below = f"{pointer}/{pair.name.replace('~', '~0').replace('/', '~1')}"
            stack.append((below, pair.value))
        stack += [(f"{pointer}/{i}", item) for i, item in enumerate(node.items)]
    assert resolve(root, "/nothing/there") is None


@given(st.integers(0, len(GALLERY)))
def test_the_path_to_a_place_covers_it(offset: int) -> None:
    path = path_at(parse(GALLERY, "models.yml").root, offset)
    for step in path:
        if isinstance(step, Pair):
            assert step.key.start <= offset <= max(step.value.end, step.key.end)
        else:
            assert step.start <= offset <= step.end


def test_reading_json_needs_no_yaml() -> None:
    code = (
        f"import sys; sys.path.insert(0, {SRC!r}); from archlint.source import parse; parse('{{}}', 'a.json')"
    )
    shown = subprocess.check_output(
        [sys.executable, "-c", f"{code}; print('yaml' in sys.modules)"], text=True
    )
    assert shown.strip() == "False"


def test_a_config_is_read_fast() -> None:
    parse(CONFIG, "config.json")
    best = min(_seconds() for _ in range(20))
    assert best < 0.002  # 0.03 ms on the machine that this was written on


def _seconds() -> float:
    started = time.process_time()
    parse(CONFIG, "config.json")
    return time.process_time() - started


@pytest.mark.parametrize(("name", "rest"), [("config.json", '{"a": 1}\n'), ("README.md", "---\na: 1\n---\n")])
def test_a_byte_order_mark_can_be_taken_away(name: str, rest: str) -> None:
    (problem,) = load(b"\xef\xbb\xbf" + rest.encode(), name).problems
    assert apply("\ufeff" + rest, problem.edits) == rest
    assert problem.safe
