"""Edits: what is meant changes, every other byte stays."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archlint.source import parse
from archlint.source.change import delete_member, insert_after, insert_first, rename_key, replace_value
from archlint.source.edits import Edit, apply, difference
from archlint.source.tree import Node, Pair, Plain
from tests.source.source_samples import CONFIG, GALLERY, README

ANCHORED = (
    "base: &base\n  a: 1\n  b: 'x'\nmore:\n  <<: *base\n  c: *base\n  d: [*base, 2] # z\nlast: >\n  x\n"
)
SAMPLES = {
    "models.yml": GALLERY,
    "config.json": CONFIG,
    "README.md": README,
    "small.json": '{"a": {"b": [1, {"c": null}], "d": {}}, "e": "f"}',
    "crlf.yml": GALLERY.replace("\n", "\r\n"),
    "anchors.yml": ANCHORED,
    "end.yml": "a: 1\nb:\n  c: 2\n  d: 3",
    "null.yml": "a:\nb:\n- c:\n  d: ''\n",
}
NAMES = st.sampled_from(list(SAMPLES))
TEXT = st.text(st.characters(blacklist_categories=("Cs",)), max_size=12) | st.sampled_from(
    [
        "yes",
        "12",
        "1e-5",
        "a: b",
        "x #y",
        "- z",
        "'",
        '"',
        "",
        " a",
        "b ",
        "68.6 KiB",
        "~",
        "null",
        "a\nb",
        "[",
        "2026-01-27",
    ]
)
VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False)
    | TEXT
    | st.lists(TEXT, max_size=3)
)


def spots(node: Node) -> list[tuple[Node, Pair]]:
    found = []
    for pair in node.pairs:
        if node.start <= pair.key.start and pair.key.end <= node.end:
            found.append((node, pair))
        if pair.value.start >= pair.key.end:
            found += spots(pair.value)
    for item in node.items:
        if node.start <= item.start:
            found += spots(item)
    return found


def choose(name: str, index: int) -> tuple[str, Node, Node, Pair]:
    text = SAMPLES[name]
    root = parse(text, name).root
    assert root is not None
    every = spots(root)
    mapping, pair = every[index % len(every)]
    return text, root, mapping, pair


def done(name: str, text: str, edit: Edit) -> tuple[str, Plain]:
    changed = apply(text, [edit])
    assert changed.startswith(text[: edit.start])
    assert changed.endswith(text[edit.end :])
    document = parse(changed, name)
    assert all(problem.rule == "non-standard-number" for problem in document.problems), changed
    assert document.root is not None
    return changed, document.root.plain()


def expected(root: Node, mapping: Node, pairs: list[tuple[str, Plain]]) -> Plain:
    """The document's value with other members in one mapping, wherever it is used."""

    def build(node: Node) -> Plain:
        if node is mapping:
            return dict(pairs)
        if node.pairs:
            return {pair.name: build(pair.value) for pair in node.pairs}
        return [build(item) for item in node.items] if node.items else node.plain()

    return build(root)


def used_once(name: str) -> bool:
    return name != "anchors.yml"


@given(NAMES, st.integers(0, 99), VALUES)
def test_replace(name: str, index: int, value: Plain) -> None:
    text, root, mapping, pair = choose(name, index)
    if pair.value.start < pair.key.end or (not used_once(name) and pair.name == "base"):
        return  # an alias's text is not its value's, and what is merged must stay a mapping
    edit = replace_value(parse(text, name), pair.value, value)
    assert edit is not None
    _, plain = done(name, text, edit)
    if used_once(name):
        pairs = [(other.name, value if other is pair else other.value.plain()) for other in mapping.pairs]
        assert repr(plain) == repr(expected(root, mapping, pairs))


@pytest.mark.parametrize("char", ["\ufdd0", "\ufdd3", "\x85", "\u2028", "\ufffe"])
def test_characters_that_stand_in_for_others_are_escaped(char: str) -> None:
    text, _, _, pair = choose("models.yml", 0)
    edit = replace_value(parse(text, "models.yml"), pair.value, [char])
    assert edit is not None
    assert edit.text.isascii()
    done("models.yml", text, edit)


@given(NAMES, st.integers(0, 99), TEXT)
def test_rename(name: str, index: int, key: str) -> None:
    text, root, mapping, pair = choose(name, index)
    key = f"{key}!new"
    edit = rename_key(parse(text, name), mapping, pair, key)
    if edit is None or pair.name == "<<":
        return
    _, plain = done(name, text, edit)
    if used_once(name):
        pairs = [(key if other is pair else other.name, other.value.plain()) for other in mapping.pairs]
        assert repr(plain) == repr(expected(root, mapping, pairs))


@given(NAMES, st.integers(0, 99))
def test_delete(name: str, index: int) -> None:
    text, root, mapping, pair = choose(name, index)
    edit = delete_member(parse(text, name), mapping, pair)
    if edit is None:
        return
    if name == "anchors.yml" and "&" in text[edit.start : edit.end]:
        return
    changed, plain = done(name, text, edit)
    if used_once(name):
        assert repr(plain) == repr(
            expected(root, mapping, [(o.name, o.value.plain()) for o in mapping.pairs if o is not pair])
        )
    assert len(mapping.pairs) == 1 or len(changed) < len(text)


@given(NAMES, st.integers(0, 99), TEXT, VALUES)
def test_insert(name: str, index: int, key: str, value: Plain) -> None:
    text, root, mapping, pair = choose(name, index)
    key = f"{key}!new"
    edit = insert_after(parse(text, name), mapping, pair, key, value)
    if edit is None:
        return
    assert edit.start == edit.end
    _, plain = done(name, text, edit)
    if used_once(name):
        pairs: list[tuple[str, Plain]] = []
        for other in mapping.pairs:
            pairs.append((other.name, other.value.plain()))
            if other is pair:
                pairs.append((key, value))
        assert repr(plain) == repr(expected(root, mapping, pairs))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: 'x' # why\nb: 1\n", "a: 'it''s' # why\nb: 1\n"),
        ('a: "x"\n', 'a: "it\'s"\n'),
        ("a: x\n", "a: 'it''s'\n"),
        ("a:\n", "a: 'it''s'\n"),
        ("a: |\n  x\n  y\nb: 1\n", "a: 'it''s'\nb: 1\n"),
    ],
)
def test_quotes_are_kept(before: str, after: str) -> None:
    document = parse(before, "models.yml")
    assert document.root is not None
    edit = replace_value(document, document.root.pairs[0].value, "it's")
    assert edit is not None
    assert apply(before, [edit]) == after


def test_layout_is_kept() -> None:
    document = parse(CONFIG, "config.json")
    assert document.root is not None
    pair = document.root.pair("hidden_size")
    assert pair is not None
    edit = insert_after(document, document.root, pair, "head_dim", 128)
    assert edit is not None
    assert apply(CONFIG, [edit]) == CONFIG.replace("4096,\n", '4096,\n  "head_dim": 128,\n')
    last = document.root.pairs[-1]
    edit = delete_member(document, document.root, last)
    assert edit is not None
    assert apply(CONFIG, [edit]) == CONFIG.replace(',\n  "vocab_size": 128256', "")


def test_first_member() -> None:
    text = '{"rope_scaling": {}}'
    document = parse(text, "config.json")
    assert document.root is not None
    edit = insert_first(document, document.root.pairs[0].value, "factor", 8.0)
    assert edit is not None
    assert json.loads(apply(text, [edit])) == {"rope_scaling": {"factor": 8.0}}


lines = st.lists(st.sampled_from(["a", "b: 1", "", "é", "x y"]), max_size=8)


@given(lines, lines, st.sampled_from(["\n", "\r\n"]))
def test_the_difference_of_two_texts_makes_one_of_the_other(
    one: list[str], other: list[str], end: str
) -> None:
    before, after = end.join(one), end.join(other)
    edits = difference(before, after)
    assert apply(before, edits) == after
    assert all(before[edit.start : edit.end] != edit.text for edit in edits)


def test_the_difference_leaves_equal_text_alone() -> None:
    assert difference("a: 1\nb: 20\nc: 3\n", "a: 1\nb: 30\nc: 3\n") == (Edit(8, 9, "3"),)
    assert difference("same", "same") == ()
