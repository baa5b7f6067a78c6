"""JSON: equal to Python's own reader on what is JSON, and never blind on what is not."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archlint.source import parse
from archlint.source.edits import apply
from archlint.source.json_exact import read_exact
from archlint.source.json_reader import read_json
from archlint.source.tree import Node
from tests.source.source_samples import CONFIG

TEXT = st.text(st.characters(blacklist_categories=("Cs",)))
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=25,
)


def rules(text: str) -> list[str]:
    return [problem.rule for problem in parse(text, "config.json").problems]


def plain(text: str) -> object:
    root = parse(text, "config.json").root
    assert root is not None
    return root.plain()


def nodes(node: Node) -> list[Node]:
    found = [node]
    for pair in node.pairs:
        found += [pair.key, *nodes(pair.value)]
    for item in node.items:
        found += nodes(item)
    return found


@given(VALUES, st.sampled_from([None, 0, 2, "\t"]), st.booleans())
def test_valid_json_reads_as_python_reads_it(value: object, indent: int | str | None, escape: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=escape)
    document = parse(text, "config.json")
    assert document.problems == []
    assert document.root is not None
    assert repr(document.root.plain()) == repr(json.loads(text))
    for node in nodes(document.root):
        assert repr(json.loads(text[node.start : node.end])) == repr(node.plain())


def shape(node: Node) -> object:
    keys = [(pair.name, pair.key.start, pair.key.end, pair.key.scalar) for pair in node.pairs]
    inner = [shape(each) for each in (*(pair.value for pair in node.pairs), *node.items)]
    return node.kind, node.start, node.end, repr(node.scalar), keys, inner


@given(
    st.text(alphabet=st.sampled_from(list('{}[]":, \n19-.eE\\Aé\x00')), max_size=30)
    | st.sampled_from(
        [
            '{"a": 1, "a": 2}', '{"a": NaN}', '{"a": 1e999}', '{"a": 1000000000000000000}',
            '{"a": [1000000000000000000]}', '{"a": -Infinity}', '{"a": 1} x', '\ufeff{"a": 1}', '{"a": "\\u0041"}',
            '{"a": 01}',
            ' {"": {"b": [[], {}]}}\n',
            '{"a": [1.5, null, true, "x", {"b": -0}]}', '{"a": 1,}', "{" + '"a": {' * 120 + "}" * 121, '{"a": 1e-999}',
        ]
    )
)  # fmt: skip
def test_what_python_reads_first_is_what_is_there(text: str) -> None:
    exact = read_exact(text)
    if exact is None:
        return
    full = read_json(text)
    assert full.root is not None
    assert not full.problems
    assert shape(exact) == shape(full.root)


def test_a_clean_text_is_not_read_for_its_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archlint.source.json_reader.read_json", None)
    root = parse('{"a": {"b": [1, 2.5, "c"]}}', "config.json").root
    assert root is not None
    assert root.plain() == {"a": {"b": [1, 2.5, "c"]}}
    with pytest.raises(TypeError):
        assert root.start == 0


@given(
    st.text(
        alphabet=st.sampled_from(list("{}[]\":,'/*#\\ \n\rtruefalsn01.-+eEINaxé\ud800\x00\ufeff")),
        max_size=60,
    )
)
def test_no_text_raises(text: str) -> None:
    document = parse(text, "config.json")
    for problem in document.problems:
        assert 0 <= problem.start <= problem.end <= len(text)
    if document.root is not None:
        for node in nodes(document.root):
            assert 0 <= node.start <= node.end <= len(text)
        document.root.plain()
    try:
        json.loads(text)
    except ValueError:
        assert document.problems, text
    except RecursionError:
        pass


@given(st.integers(0, len(CONFIG) - 1))
def test_one_lost_character_costs_little(at: int) -> None:
    text = CONFIG[:at] + CONFIG[at + 1 :]
    document = parse(text, "config.json")
    assert document.root is not None
    line = CONFIG.count("\n", 0, at)
    whole = json.loads(CONFIG)
    read = document.root.plain()
    assert isinstance(read, dict)
    for key, value in whole.items():
        first = next(i for i, each in enumerate(CONFIG.splitlines()) if f'"{key}"' in each)
        last = first + (json.dumps(value, indent=2).count("\n"))
        if not first - 1 <= line <= last + 1:
            assert read.get(key) == value, (text, key)


@pytest.mark.parametrize(
    ("text", "value", "names"),
    [
        ('{"a": NaN}', {"a": math.nan}, ["non-standard-number"]),
        ('{"a": [0.0, -Infinity]}', {"a": [0.0, -math.inf]}, ["non-standard-number"]),
        ('{"a": 1,}', {"a": 1}, ["trailing-comma"]),
        ('{"a": 1 "b": 2}', {"a": 1, "b": 2}, ["missing-comma"]),
        ("{'a': 'it\"s'}", {"a": 'it"s'}, ["single-quoted-string", "single-quoted-string"]),
        ("{a: 1}", {"a": 1}, ["unquoted-key"]),
        ('{"a": None, "b": True}', {"a": None, "b": True}, ["unquoted-value", "unquoted-value"]),
        ('{"a": [1, {"b": 2', {"a": [1, {"b": 2}]}, ["truncated"]),
        ('{"a": "b', {"a": "b"}, ["unclosed-string", "truncated"]),
        ('{"a": ,\n"b": 2}', {"a": None, "b": 2}, ["missing-value"]),
        ('// c\n{"a": 1 /* d */}', {"a": 1}, ["comment-in-json", "comment-in-json"]),
        ('// {\n//  "a": 0\n\n/* } */ {"a": 1}', {"a": 1}, ["comment-in-json"]),
        ('{"a": 012}', {"a": 12}, ["malformed-number"]),
        ('{"a": 0x1F, "b": +1, "c": 1_000}', {"a": 31, "b": 1, "c": 1000}, ["malformed-number"] * 3),
        ('{"a": 1, "a": 2}', {"a": 2}, ["duplicate-key"]),
        ('{"a": 1, "a": 2, a: 3}', {"a": 3}, ["duplicate-key", "unquoted-key", "duplicate-key"]),
        ('{"a": 1,\0"b": 2\0,"c"\0:\0\x01[\x7f3]}\0', {"a": 1, "b": 2, "c": [3]}, ["control-character"] * 6),
        ('{"a": 1}\nx', {"a": 1}, ["text-after-document"]),
        ('{"a": 1}, "b": 2}', {"a": 1, "b": 2}, ["json-syntax"]),
        ('{"a": "x\ty"}', {"a": "x\ty"}, ["control-character"]),
        ('{"a": "\\q"}', {"a": "\\q"}, ["bad-escape"]),
        ('{"a": "\\ud800"}', {"a": "\ufffd"}, ["lone-surrogate"]),
        ('{"a": 1e400}', {"a": math.inf}, ["float-too-large"]),
        ('{"a": 9223372036854775808}', {"a": 9223372036854775808}, ["integer-too-large"]),
        ('{"a": ' + "9" * 5000 + "}", {"a": 10**40}, ["integer-too-large"]),
        ('\ufeff{"a": 1}', {"a": 1}, ["utf8-bom"]),
    ],
)
def test_each_defect_is_named_and_read_past(text: str, value: object, names: list[str]) -> None:
    assert repr(plain(text)) == repr(value)
    assert rules(text) == names


@pytest.mark.parametrize("sign", ["", "-", "+"])
@pytest.mark.parametrize(
    "word", ["NaN", "nan", "NAN", "Nan", "Infinity", "infinity", "INFINITY", "inf", "Inf", "INF"]
)
def test_what_is_not_finite_is_an_error_unless_python_reads_it(sign: str, word: str) -> None:
    for text in (f'{{"a": {sign}{word}}}', f'{{"a": [1, {sign}{word}]}}', f"{sign}{word}"):
        try:
            json.loads(text)
        except ValueError:
            assert rules(text) == ["malformed-number"]
        else:
            assert rules(text) == ["non-standard-number"]


@pytest.mark.parametrize(
    ("written", "rule", "value", "unsafe"),
    [
        ("tru", "unquoted-value", True, "true"),
        ("Fals", "unquoted-value", False, "false"),
        ("nul", "unquoted-value", None, "null"),
        ("ture", "unquoted-value", True, "true"),
        ("flase", "unquoted-value", False, "false"),
        ("full", "unquoted-value", "full", '"full"'),
        ("nulll", "unquoted-value", "nulll", '"nulll"'),
        ("non", "unquoted-value", "non", '"non"'),
        ("-", "malformed-number", "-", None),
        (".", "malformed-number", ".", None),
        ("1.0e", "malformed-number", "1.0e", None),
        ("1e+", "malformed-number", "1e+", None),
        ("--5", "malformed-number", "--5", None),
        ("1..5", "malformed-number", "1..5", None),
        ("0b101", "malformed-number", "0b101", None),
        ("12,288", "malformed-number", 12288, "12288"),
        ("-1,048,576", "malformed-number", -1048576, "-1048576"),
        ("500,000.0", "malformed-number", 500000.0, "500000.0"),
    ],
)
@pytest.mark.parametrize(
    "layout", ['{{"a": {}, "b": 2}}', '{{"b": 2, "a": {}}}', '{{\n  "b": 2,\n  "a": {}\n}}']
)
def test_no_safe_edit_makes_text_of_half_a_value(
    written: str, rule: str, value: object, unsafe: str | None, layout: str
) -> None:
    text = layout.format(written)
    document = parse(text, "config.json")
    assert plain(text) == {"a": value, "b": 2}
    (problem,) = document.problems
    assert problem.rule == rule
    assert text[problem.start : problem.end] == written
    assert not problem.edits or not problem.safe
    assert apply(text, problem.edits) == (text if unsafe is None else layout.format(unsafe))


@pytest.mark.parametrize("written", ["4.31.0", "2026-01-27", "bfloat16", "7B", "silu", "tree_attention"])
def test_text_without_quotes_gets_them(written: str) -> None:
    (problem,) = parse(f'{{"a": {written}}}', "config.json").problems
    assert problem.rule == "unquoted-value"
    assert problem.safe
    assert [edit.text for edit in problem.edits] == [f'"{written}"']


@pytest.mark.parametrize("text", ['{"a": [12,288]}', '{"a": 12,"288": 3}', "[1,234]"])
def test_a_list_of_numbers_is_no_grouped_number(text: str) -> None:
    assert rules(text) == []


@pytest.mark.parametrize(
    "text", ['{"a": 12,288: 3}', '{"a": 12,28}', '{"a": 1234,288}', '{"a": 0,288}', '{"a": 12, 288}']
)
def test_what_only_resembles_a_grouped_number_stays_a_key(text: str) -> None:
    assert "unquoted-key" in rules(text)
    quoting = [
        each for each in parse(text, "config.json").problems if each.rule == "unquoted-key" and each.edits
    ]
    assert bool(quoting) == (":" in text[5:])


def test_a_key_that_stands_thrice_is_held_against_the_first() -> None:
    text = '{"a": 1, "b": 2, "a": 3, a: 4, "a": 5}'
    found = [each for each in parse(text, "config.json").problems if each.rule == "duplicate-key"]
    assert [each.facts["times"] for each in found] == ["twice", "3 times", "4 times"]
    assert {each.related for each in found} == {((1, 4, "first written here"),)}


@pytest.mark.parametrize(
    ("text", "names"), [('{"": 1, "": 2}', ['""']), ('{"": }', ['""']), ('{" ": }', ['" "'])]
)
def test_an_empty_key_is_named(text: str, names: list[str]) -> None:
    assert [each.facts["key"] for each in parse(text, "config.json").problems] == names


def test_a_missing_bracket_is_found_by_the_indentation() -> None:
    text = '{\n  "rope": {\n    "factor": 8.0\n  "hidden_size": 4096\n}\n'
    assert plain(text) == {"rope": {"factor": 8.0}, "hidden_size": 4096}
    document = parse(text, "config.json")
    assert document.problems[0].rule == "unclosed-bracket"
    assert text[document.problems[0].start] == "{"
    text = '{\n  "rope":\n    "factor": 8.0\n  },\n  "hidden_size": 4096\n}\n'
    assert plain(text) == {"rope": {"factor": 8.0}, "hidden_size": 4096}


def test_depth_is_bounded() -> None:
    for text in ("[" * 10_000 + "]" * 10_000, '{"a":' * 10_000, "[" * 1_000_000):
        assert "too-deep" in rules(text)
    assert plain('{"a": ' + "[" * 500 + "]" * 500 + ', "b": 1}')["b"] == 1  # type: ignore[index]


@pytest.mark.parametrize(
    "text",
    [
        '{"a": [1, 2,], "b": 3,}',
        '{"a": 1\n "b": 2}',
        "{'a': 'x', b: None, \"c\": 007}",
        '{"a": 1,, "b": "C:\\models"}',
        '\ufeff{"a": foo}'[1:],
    ],
)
def test_edits_make_it_json(text: str) -> None:
    document = parse(text, "config.json")
    fixed = apply(text, [edit for problem in document.problems for edit in problem.edits])
    assert rules(fixed) == []
    json.loads(fixed)
