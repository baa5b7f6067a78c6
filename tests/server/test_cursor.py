"""Where a cursor stands, marked by ``|`` in the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archlint.server.cursor import Cursor, json_cursor, yaml_cursor

GALLERY = """---
A 1B:
  scale: 1B
  memory_calculator:
    note: x
    {inner}
  related_concepts:
    - gqa
    {item}
  config: {{repo: a/b, {flow}}}
  {key}
  date: {value}
B 2B:
  scale: 2B
"""


def at(text: str, **marks: str) -> Cursor:
    filled = text.format(**{"inner": "", "item": "", "flow": "", "key": "", "value": "", **marks})
    return yaml_cursor(filled.replace("|", ""), filled.index("|"))


def test_key_of_an_entry() -> None:
    cursor = at(GALLERY, key="vo|")
    assert (cursor.role, cursor.path, cursor.typed) == ("key", ("A 1B",), "vo")
    assert {"scale", "date", "config", "related_concepts", "memory_calculator"} == cursor.present


def test_empty_line_in_an_entry() -> None:
    cursor = at(GALLERY, key="|")
    assert (cursor.role, cursor.path, cursor.start, cursor.end) == (
        "key",
        ("A 1B",),
        cursor.start,
        cursor.start,
    )
    assert "scale" in cursor.present


def test_key_with_its_colon() -> None:
    cursor = at(GALLERY, key="voc|: 5")
    assert cursor.role == "key"
    assert cursor.colon


def test_nested_key() -> None:
    cursor = at(GALLERY, inner="pa|")
    assert (cursor.role, cursor.path, cursor.present) == (
        "key",
        ("A 1B", "memory_calculator"),
        frozenset({"note"}),
    )


def test_value() -> None:
    cursor = at(GALLERY, value="20|26")
    assert (cursor.role, cursor.path, cursor.key, cursor.typed) == ("value", ("A 1B", "date"), "date", "20")
    assert cursor.end - cursor.start == 4


def test_value_right_behind_the_colon_needs_a_space() -> None:
    text = "A:\n  date:|\n"
    cursor = yaml_cursor(text.replace("|", ""), text.index("|"))
    assert cursor.role == "value"
    assert cursor.space


def test_list_item() -> None:
    cursor = at(GALLERY, item="- m|")
    assert (cursor.role, cursor.key, cursor.typed) == ("item", "related_concepts", "m")


def test_flow_list_item() -> None:
    text = "A:\n  tags: [a, b|c, d]\n"
    cursor = yaml_cursor(text.replace("|", ""), text.index("|"))
    assert (cursor.role, cursor.path, cursor.typed, cursor.end - cursor.start) == (
        "item",
        ("A", "tags"),
        "b",
        2,
    )


def test_flow_mapping() -> None:
    cursor = at(GALLERY, flow="la|")
    assert (cursor.role, cursor.path, cursor.present) == ("key", ("A 1B", "config"), frozenset({"repo"}))
    cursor = at(GALLERY, flow="label: co|")
    assert (cursor.role, cursor.path, cursor.typed) == ("value", ("A 1B", "config", "label"), "co")


@pytest.mark.parametrize("text", ["A:\n  # no|te\n", "A:\n  note: |-\n    key§\n"])
def test_nothing_in_comments_and_block_scalars(text: str) -> None:
    mark = "§" if "§" in text else "|"
    assert yaml_cursor(text.replace(mark, ""), text.index(mark)).role == "none"


def test_front_matter_ends() -> None:
    text = "---\nlicense: m|it\n---\nbase_model: x\n"
    body = (4, text.index("\n---", 4))
    assert yaml_cursor(text.replace("|", ""), text.index("|"), body).key == "license"
    assert yaml_cursor(text, len(text) - 2, body).role == "none"


def test_top_level_list_at_the_key_s_own_indent() -> None:
    text = "language:\n- en\n- f|\n"
    cursor = yaml_cursor(text.replace("|", ""), text.index("|"))
    assert (cursor.role, cursor.key, cursor.typed) == ("item", "language", "f")


def test_a_half_typed_neighbour_changes_nothing() -> None:
    text = 'A:\n  scale: "1B\n  date|\nB:\n  x: [1\n'
    cursor = yaml_cursor(text.replace("|", ""), text.index("|"))
    assert (cursor.role, cursor.path) == ("key", ("A",))


JSON = '{{"a": 1, {key} "b": {{"c": [1, {item}], "d": {value}}}{end}'


def json_at(text: str) -> Cursor:
    return json_cursor(text.replace("|", ""), text.index("|"))


def test_json_key() -> None:
    cursor = json_at('{"a": 1, "mo|", "b": {"c": 2}}')
    assert (cursor.role, cursor.path, cursor.typed) == ("key", (), "mo")
    assert cursor.present == {"a", "b"}
    assert not cursor.colon


def test_json_key_that_has_its_colon() -> None:
    assert json_at('{"a": 1, "mo|": 2}').colon


def test_json_key_between() -> None:
    cursor = json_at('{"a": 1,\n  |\n  "b": 2}')
    assert (cursor.role, cursor.comma_before, cursor.comma_after) == ("key", None, True)
    assert cursor.present == {"a", "b"}


def test_json_key_behind_a_missing_comma() -> None:
    cursor = json_at('{"a": 1\n  "m|')
    assert cursor.role == "key"
    assert cursor.comma_before == 7


def test_json_value() -> None:
    assert json_at('{"a": {"b": |}}').path == ("a", "b")
    assert json_at('{"a": {"b": "x|y"}}').typed == "x"
    cursor = json_at('{"a": {"b": fal|')
    assert (cursor.role, cursor.path, cursor.typed) == ("value", ("a", "b"), "fal")


def test_json_item() -> None:
    cursor = json_at('{"layer_types": ["full_attention", "sl|"]}')
    assert (cursor.role, cursor.path, cursor.key, cursor.typed) == (
        "item",
        ("layer_types",),
        "layer_types",
        "sl",
    )


@given(st.text(alphabet="{}[]:,\"'\\ \n\rab#|>-é/*", max_size=40), st.integers(0, 45))
def test_no_text_breaks_a_reader(text: str, offset: int) -> None:
    offset = min(offset, len(text))
    for cursor in (yaml_cursor(text, offset), json_cursor(text, offset)):
        assert 0 <= cursor.start <= cursor.end <= len(text)
