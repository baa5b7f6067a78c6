"""YAML: equal to an independent YAML 1.2 reader, entry by entry and whole; never blind on what is broken."""

from __future__ import annotations

import io
import math
import time

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from archlint.source import parse
from archlint.source.limits import MAX_NODES
from archlint.source.tree import Node, identity
from archlint.source.yaml_blocks import Blocks, cuts
from archlint.source.yaml_events import compose
from archlint.source.yaml_reader import read_yaml
from tests.source.source_samples import GALLERY

WORDS = st.sampled_from(
    [
        "a",
        "b c",
        "yes",
        "no",
        "12:30",
        "017",
        "0o17",
        "1e-5",
        ".5",
        "~",
        "",
        "- x",
        "a: b",
        "x #y",
        "#z",
        "'q'",
        '"d"',
        "é中",
        "\U0001f600",
        "it's",
        "null",
        "0x1F",
        "-.inf",
        "[x",
        "{y",
        "*s",
        "&t",
        "!u",
        "%v",
        "@w",
        "multi\nline",
        "trail ",
        " lead",
        "tab\tin",
        "1_000",
        "2026-01-27",
        "|",
        ">",
        "?",
        "---",
        "...",
        "long " * 30,
    ]
)
SCALARS = st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.floats(allow_nan=False) | WORDS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=20,
)
ENTRIES = st.dictionaries(WORDS, VALUES, min_size=1, max_size=5)


def dumped(value: object, flow: bool, width: int, indent: int) -> str:
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = flow
    writer.width = width
    writer.indent(mapping=indent, sequence=indent + 2, offset=indent)
    writer.allow_unicode = True
    out = io.StringIO()
    writer.dump(value, out)
    return out.getvalue()


def rules(text: str) -> list[str]:
    return [problem.rule for problem in parse(text, "models.yml").problems]


def plain(text: str) -> object:
    root = parse(text, "models.yml").root
    assert root is not None
    return root.plain()


def same(one: Node, other: Node) -> None:
    assert (one.kind, one.start, one.end, repr(one.scalar)) == (
        other.kind,
        other.start,
        other.end,
        repr(other.scalar),
    )
    assert [pair.name for pair in one.pairs] == [pair.name for pair in other.pairs]
    assert len(one.items) == len(other.items)
    for a, b in zip(one.pairs, other.pairs, strict=True):
        same(a.key, b.key)
        same(a.value, b.value)
    for c, d in zip(one.items, other.items, strict=True):
        same(c, d)


def shape(value: object) -> object:
    """Keys as texts, as a tree names them."""
    if isinstance(value, dict):
        return {str(key): shape(each) for key, each in value.items()}
    return [shape(each) for each in value] if isinstance(value, list) else value


@given(ENTRIES, st.booleans(), st.sampled_from([40, 4096]), st.sampled_from([2, 4]))
def test_valid_yaml_reads_as_ruamel_reads_it(value: object, flow: bool, width: int, indent: int) -> None:
    text = dumped(value, flow, width, indent)
    try:
        expected = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError):
        assume(False)
    assume(isinstance(expected, dict) and all(isinstance(key, str) for key in expected))
    document = parse(text, "models.yml")
    assert document.problems == []
    assert document.root is not None
    assert repr(shape(document.root.plain())) == repr(shape(_core(expected)))


def _core(value: object) -> object:
    """Undo what ruamel's safe reader adds to the core schema: dates."""
    if isinstance(value, dict):
        return {key: _core(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_core(each) for each in value]
    return value


def places(text: str, by: int) -> object:
    """What is wrong with a text and where everything in it stands, less ``by``."""
    document = parse(text, "models.yml")
    told = [
        (
            each.rule,
            each.start - by,
            each.end - by,
            each.facts,
            [(start - by, end - by, said) for start, end, said in each.related],
            [(edit.start - by, edit.end - by, edit.text) for edit in each.edits],
        )
        for each in document.problems
    ]

    def tree(node: Node) -> object:
        pairs = [(tree(pair.key), pair.name, tree(pair.value)) for pair in node.pairs]
        return (
            node.kind,
            node.start - by,
            node.end - by,
            repr(node.scalar),
            pairs,
            list(map(tree, node.items)),
        )

    comments = [(each.start - by, each.end - by) for each in document.comments]
    damaged = [(start - by, end - by) for start, end in document.damaged]
    return told, comments, damaged, None if document.root is None else tree(document.root)


LINES = st.lists(
    st.sampled_from(
        [
            "a:",
            "b: 1",
            "'c': x",
            '"d": "y',
            'z"',
            "  e: 2",
            "  f:",
            "    g: [1,",
            "  2]",
            "- h",
            "  - i",
            "# j",
            "",
            "k: |",
            "  text",
            "l: {m: 1",
            "}",
            "n: &o 5",
            "p: *o",
            "<<: *o",
            "---",
            "...",
            "\tq: 1",
            "r",
            "s: t: u",
            "%v",
            "? w",
            ": x",
            "y: 'z",
            "a: b'",
            "<<: {aa: 1}",
            "b: !!str 5",
            "!t c: 1",
            "&u d: e",
            "f: >-",
            "]",
            "g: \u2028h",
            "i: \x07",
            "- j: k",
            "  l: m",
        ]
    ),
    max_size=12,
).map("\n".join)


@given(LINES)
def test_a_byte_order_mark_moves_everything_by_one(text: str) -> None:
    assume(text.strip())
    assert places("\ufeff" + text, 1) == places(text, 0)


@given(st.integers(0, len(GALLERY) - 1), st.sampled_from(["", *"x:\"'[{-#&*|\n \t"]), st.booleans())
def test_a_byte_order_mark_moves_a_broken_gallery_by_one(at: int, char: str, start: bool) -> None:
    gallery = GALLERY if start else GALLERY.removeprefix("---\n# hand-written, in the shape of a gallery\n")
    text = gallery[:at] + char + gallery[at + 1 :]
    assert places("\ufeff" + text, 1) == places(text, 0)


@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(LINES)
def test_entry_by_entry_is_the_same_as_whole(text: str) -> None:
    whole = compose(text)
    first = text[:1]
    assume(whole.failure is None and whole.root is not None and whole.root.kind == "mapping")
    assume(whole.root is not None and whole.root.start == 0 and first not in "{[-?:%|>!&*")
    assume("\n---" not in text and "\n..." not in text and not set(text) & set("\u2028\x07"))
    from archlint.source.trouble import Trouble

    blocks = Blocks(text, Trouble(text, []))
    root = blocks.read(cuts(text, 0), strict=True)
    if root is not None:
        assert blocks.damaged == []
        assert whole.root is not None
        same(root, whole.root)


@given(LINES)
def test_no_text_raises(text: str) -> None:
    for name in ("models.yml", "README.md"):
        document = parse("---\n" + text if name == "README.md" else text, name)
        for problem in document.problems:
            assert 0 <= problem.start <= problem.end <= len(document.text)
        if document.root is not None:
            document.root.plain()
        assert all(comment.text.startswith("#") for comment in document.comments)


@given(
    st.text(
        alphabet=st.sampled_from(list("{}[]\":,'#\\ \n\r\t-?&*!|>%@`a1.=<~é\ud800\x00\ufeff\u2028")),
        max_size=50,
    )
)
def test_no_characters_raise(text: str) -> None:
    document = parse(text, "models.yml")
    if document.root is not None:
        document.root.plain()


@given(st.integers(0, len(GALLERY) - 1), st.booleans())
def test_one_lost_character_costs_its_entry_only(at: int, pad: bool) -> None:
    # With padding the text is long enough to be read entry by entry from the start.
    padding = "Padding 1B:\n" + "  notes: " + "x" * 7_000 + "\n" if pad else ""
    text = GALLERY[:at] + GALLERY[at + 1 :] + padding
    whole = read_yaml(GALLERY).root
    read = parse(text, "models.yml").root
    assert whole is not None
    assert read is not None
    got = {pair.name: pair.value.plain() for pair in read.pairs}
    ends = [pair.key.start for pair in whole.pairs[1:]] + [len(GALLERY)]
    for pair, end in zip(whole.pairs, ends, strict=True):
        if not pair.key.start - 1 <= at < end:
            assert got.get(pair.name) == pair.value.plain(), text


@given(st.integers(0, len(GALLERY)), st.sampled_from(list("x:\"'[{-#&*|\n \t")))
def test_one_more_character_costs_its_entry_only(at: int, char: str) -> None:
    text = GALLERY[:at] + char + GALLERY[at:]
    whole = read_yaml(GALLERY).root
    read = parse(text, "models.yml").root
    assert whole is not None
    if at < 4:
        return
    assert read is not None
    got = {pair.name: pair.value.plain() for pair in read.pairs}
    ends = [pair.key.start for pair in whole.pairs[1:]] + [len(GALLERY)]
    for pair, end in zip(whole.pairs, ends, strict=True):
        if not pair.key.start - 1 <= at <= end:
            assert got.get(pair.name) == pair.value.plain(), text


def test_a_broken_entry_keeps_its_other_fields() -> None:
    text = GALLERY.replace("scale: 9B", 'scale: "9B')
    document = parse(text, "models.yml")
    entry = document.root and document.root.pairs[0].value
    assert entry is not None
    assert entry.get("company") is not None
    assert entry.get("config") is not None
    scale = entry.get("scale")
    assert scale is not None
    assert scale.scalar == "9B parameters"
    assert [problem.rule for problem in document.problems] == ["yaml-syntax"]
    problem = document.problems[0]
    assert text[problem.start : problem.end] == '"9B parameters'
    assert document.damaged[0][0] == text.index("Falcon")


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        ("1e-5", 1e-5),
        ("1E+3", 1000.0),
        (".5", 0.5),
        ("1.", 1.0),
        ("017", 17),
        ("0o17", 15),
        ("0x1F", 31),
        ("-0", 0),
        ("+7", 7),
        ("no", "no"),
        ("Yes", "Yes"),
        ("TRUE", True),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        ("2026-01-27", "2026-01-27"),
        ("~", None),
        ("Null", None),
        ("", None),
        ("-.INF", -math.inf),
        ("'5'", "5"),
        ('"true"', "true"),
        ("! 5", "5"),
        ("!!str 5", "5"),
        ("!!int '5'", 5),
        ("!!float 5", 5.0),
        ("!unknown 5", 5),
        ("=", "="),
        ("<<", "<<"),
        ("a\u2028b", "a\u2028b"),
        ('"a\u0085b"', "a\u0085b"),
    ],
)
def test_scalars_mean_what_yaml_1_2_says(value: str, meaning: object) -> None:
    assert repr(plain(f"key: {value}\n")) == repr({"key": meaning})
    assert rules(f"key: {value}\n") == []


def test_ranges_are_code_points_of_the_file() -> None:
    text = (
        "\ufeffé中\U0001f600: \U0001f600 x\r\nb: |\r\n  one\r\n  two\r\n\r\nc: &x [1, 'z']\r\nd: *x\r\ne:\r\n"
    )
    root = parse(text, "models.yml").root
    assert root is not None
    spans = [text[pair.value.start : pair.value.end] for pair in root.pairs]
    assert spans == ["\U0001f600 x", "|\r\n  one\r\n  two", "[1, 'z']", "[1, 'z']", ""]
    assert text[root.pairs[0].key.start : root.pairs[0].key.end] == "é中\U0001f600"
    assert root.pairs[3].value is root.pairs[2].value


@pytest.mark.parametrize(
    ("text", "value", "names"),
    [
        ("a: 1\na: 2\n", {"a": 2}, ["duplicate-key"]),
        ("x:\n  a: 1\n  a: 2\n", {"x": {"a": 2}}, ["duplicate-key"]),
        ("a: 1\n---\nb: 2\n", {"a": 1}, ["multiple-documents"]),
        ("a: 1\n...\n", {"a": 1}, []),
        ("%YAML 1.2\n---\na: 1\n", {"a": 1}, []),
        ("--- # c\na: 1\n", {"a": 1}, []),
        ("--- {a: 1}\n", {"a": 1}, []),
        ("a: *b\n", {"a": None}, ["unknown-alias"]),
        ("a: &b {c: *b}\n", {"a": {"c": None}}, ["alias-cycle"]),
        ("a: &b {c: 1, d: 2}\ne:\n  <<: *b\n  d: 3\n", {"a": {"c": 1, "d": 2}, "e": {"c": 1, "d": 3}}, []),
        ("a:\n  <<: [{b: 1, c: 1}, {c: 2}]\n", {"a": {"b": 1, "c": 1}}, []),
        (
            "a: &b {c: 1}\ne:\n  <<: *b\n  <<: {d: 2}\n",
            {"a": {"c": 1}, "e": {"c": 1, "d": 2}},
            ["duplicate-key"],
        ),
        ("a: &b {c: 1}\n<<: *b\n<<: *b\n", {"c": 1, "a": {"c": 1}}, ["duplicate-key"]),
        ('a:\n  <<: {c: 1}\n  "<<": 2\n', {"a": {"c": 1, "<<": 2}}, []),
        ("? &a b\n: 1\n? *a\n: 2\n", {"b": 2}, ["duplicate-key"]),
        ("a:\n  <<: 5\n  b: 1\n", {"a": {"b": 1}}, ["bad-merge-key"]),
        ("a:\n\tb: 1\n\tc: 2\nd: 3\n", {"a": {"b": 1, "c": 2}, "d": 3}, ["yaml-tab", "yaml-tab"]),
        ("a: 1\nhalf\nb: 2\n", {"a": 1, "b": 2}, ["yaml-syntax"]),
        ("a: 1\nb: [1, 2\nc: 3\n", {"a": 1, "b": [1, 2], "c": 3}, ["yaml-syntax"]),
        ("a: 1\nb: c: d\ne: 3\n", {"a": 1, "b": "c: d", "e": 3}, ["yaml-syntax"]),
        ("a\n  b: 1\nc: 2\n", {"a": {"b": 1}, "c": 2}, ["yaml-syntax"]),
        ("a:\n  b: 1\n   c: 2\n  d: 3\n", {"a": {"b": 1, "c": 2, "d": 3}}, ["yaml-syntax"]),
        ("a: 'x\ny: z'\nb: 1\n", {"a": "x y: z", "b": 1}, []),
        ("a: [1,\n2\n]\nb: 1\n", {"a": [1, 2], "b": 1}, []),
        ("- a: 1\n- b: [\n- c: 2\n", [{"a": 1}, {"b": []}, {"c": 2}], ["yaml-syntax"]),
        ('{"a": 1, "b": [1, 2}\n', {"a": 1, "b": [1, 2]}, ["yaml-syntax"]),
        ("a: \x01b\n", {"a": "\ufffdb"}, ["control-character"]),
        ("a: " + "9" * 5000 + "\n", {"a": 10**40}, ["integer-too-large"]),
        ("a: 1e999\n", {"a": math.inf}, ["float-too-large"]),
        ("5: a\ntrue: b\n", {"5": "a", "true": "b"}, []),
    ],
)
def test_each_defect_is_named_and_read_past(text: str, value: object, names: list[str]) -> None:
    assert repr(plain(text)) == repr(value)
    assert rules(text) == names


def test_the_second_of_two_keys_is_marked_across_entries() -> None:
    text = "A 1B:\n  scale: 1B\n" + "B 1B:\n  notes: " + "x" * 7000 + "\n" + "A 1B:\n  scale: 2B\n"
    document = parse(text, "models.yml")
    assert [problem.rule for problem in document.problems] == ["duplicate-key"]
    assert document.problems[0].start == text.rindex("A 1B")
    assert document.problems[0].related[0][:2] == (0, 4)


@given(st.data(), st.sampled_from(["---", "...", "--- # c", "...\n---", "---\n---"]), st.booleans())
def test_a_marker_among_entries_costs_no_entry(data: st.DataObject, marker: str, pad: bool) -> None:
    body = GALLERY.removeprefix("---\n") + (
        "Padding 1B:\n  company: P\n  scale: 1B\n" + "  notes: " + "x" * 7_000 + "\n" if pad else ""
    )
    lines = body.split("\n")
    at = data.draw(
        st.sampled_from(
            [at for at in range(2, len(lines) - 1) if lines[at].strip() not in ("# no comment", "text: more")]
        )
    )
    text = "\n".join([*lines[:at], marker, *lines[at:]])
    document = parse(text, "models.yml")
    assert document.root is not None
    assert document.root.plain() == plain(body)
    assert [each.rule for each in document.problems] == ["multiple-documents"]
    assert document.problems[0].start == len("\n".join(lines[:at])) + 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (
            "name: a\nconfig: {b: c}\n---\nname: d\nscale: 1B\nconfig:\n  b: e\n",
            {"name": "a", "config": {"b": "c"}},
        ),
        (
            "name: a\nscale: 1B\nconfig: {b: c}\n---\nconfig:\n  b: c\n",
            {"name": "a", "scale": "1B", "config": {"b": "c"}},
        ),
        ("A: {b: 1, c: 2}\n---\nB:\n  b: 1\n  c: 2\nC:\n  d: 1\nD:\n  d: 1\n", {"A": {"b": 1, "c": 2}}),
        ("A: {b: 1, c: 2}\n---\napiVersion: v1\nmetadata:\n  b: 1\n", {"A": {"b": 1, "c": 2}}),
        ("A:\n  b: 1\n---\n- c:\n    d\n", {"A": {"b": 1}}),
        ("A:\n  b: 1\n--- {c: {d: 1}}\n", {"A": {"b": 1}}),
        ("A:\n  b: 1\n...\n%YAML 1.2\n---\nC:\n  d: 1\n", {"A": {"b": 1}}),
    ],
)
def test_a_second_document_that_is_no_gallery_is_not_read(text: str, value: object) -> None:
    assert plain(text) == value
    assert rules(text) == ["multiple-documents"]


def test_each_marker_among_entries_is_reported() -> None:
    text = "A:\n  b: 1\n  c: 1\n---\nC:\n  b: 2\n  c: 1\n...\n---\n# e\nF:\n  half\n  e: 1\nG:\n  b: 3\n  c: 1\n...\n"
    document = parse(text, "models.yml")
    assert document.root is not None
    assert [pair.name for pair in document.root.pairs] == ["A", "C", "F", "G"]
    found = [(each.rule, each.start) for each in document.problems]
    assert found[:2] == [("multiple-documents", text.index("---")), ("multiple-documents", text.index("..."))]
    assert [rule for rule, _ in found[2:]] == ["yaml-syntax"]


@pytest.mark.parametrize("pad", [0, 7_000])
@pytest.mark.parametrize("broken", ["", "  half\n"])
def test_a_key_that_stands_thrice_is_held_against_the_first(pad: int, broken: str) -> None:
    for text in (
        "A:\n  b: 1\n" * 3 + f"B:\n{broken}  n: " + "x" * pad,
        f"A:\n{broken}" + "  b: 1\n" * 3 + "  n: " + "x" * pad,
    ):
        found = [each for each in parse(text, "models.yml").problems if each.rule == "duplicate-key"]
        assert [each.facts["times"] for each in found] == ["twice", "3 times"]
        assert {each.related[0][0] for each in found} == {text.index("b: 1" if "B:" not in text else "A")}


def test_comments_are_those_outside_scalars() -> None:
    text = "# one\na: 'x # no' # two\nb: x#no\nc: | # three\n  # no\nd: \"\n  # no\"\n#four\ne: http://x#no\n"
    assert [c.text for c in parse(text, "models.yml").comments] == ["# one", "# two", "# three", "#four"]


def test_an_unchanged_entry_is_not_read_again() -> None:
    text = "".join(f"Model {i} 7B:\n  scale: 7B parameters\n  company: Labs {i}\n" for i in range(300))
    before = parse(text, "models.yml")
    at = text.index("Model 100 ")
    after = parse(text[:at] + "New 1B:\n  scale: 1B\n" + text[at:], "models.yml")
    assert before.root is not None
    assert after.root is not None
    old = {pair.name: identity(pair)[0] for pair in before.root.pairs}
    new = {pair.name: identity(pair)[0] for pair in after.root.pairs}
    assert all(new[name] is pair for name, pair in old.items())
    assert compose(after.text).root is not None
    same(after.root, compose(after.text).root)  # type: ignore[arg-type]
    same(before.root, compose(text).root)  # type: ignore[arg-type]


BOMB = (
    "a: &a ["
    + "x, " * 9
    + "x]\n"
    + "".join(
        f"{name}: &{name} [" + f"*{before}, " * 9 + f"*{before}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        "[" * 100_000,
        "{a: " * 50_000,
        "- " * 50_000,
        "a:\n" + "".join(" " * i + "b:\n" for i in range(1, 1_500)),
        "? " * 50_000,
        '"a": ' * 20_000,
        "a: '" + "x\n" * 100_000,
        "k: [\n" * 5_000,
        "".join(f"k{i}: 'x\n" for i in range(3_000)),
        "".join(f"k{i}:\n  - [\n  - {{\n  a\n" for i in range(3_000)),
        "&a " * 30_000,
        "!" * 100_000,
        "*a " * 30_000,
        "- a\n" * (MAX_NODES + 10),
        "x: " + "a " * 300_000,
        "x: |\n" + "  a\n" * 100_000,
        "# c\n" * 100_000 + "a: [",
    ],
    ids=lambda text: text[:12].encode("unicode_escape").decode(),
)
def test_time_is_bounded(text: str) -> None:
    started = time.process_time()
    document = parse(text, "models.yml")
    assert len(document.comments) >= 0
    assert time.process_time() - started < 5
    assert document.problems or text.startswith(("x:", "!"))
