"""Front matter: where it stands, where it ends, and what is read when it is not as it should be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archlint.source import parse
from tests.source.source_samples import README


def read(text: str) -> tuple[object, list[str]]:
    document = parse(text, "README.md")
    return document.root and document.root.plain(), [problem.rule for problem in document.problems]


@pytest.mark.parametrize(
    ("text", "value", "rules"),
    [
        ("---\nlicense: mit\n---\n", {"license": "mit"}, []),
        ("---\r\nlicense: mit\r\n---\r\n# x\r\n", {"license": "mit"}, []),
        ("---\nlicense: mit\n---", {"license": "mit"}, []),
        ("---\nlicense: mit\n", {"license": "mit"}, ["front-matter-unclosed"]),
        ("---\nlicense: mit\ntags:\n- a\n\n# Title\n\nText: more\n", None, None),
        ("---\n---\n", None, ["front-matter-empty"]),
        ("---\n\n---\n", None, ["front-matter-empty"]),
        ("---", None, ["front-matter-unclosed"]),
        ("---\n- a\n- b\n---\n", None, ["front-matter-not-mapping"]),
        ("---\njust text\n---\n", None, ["front-matter-not-mapping"]),
        ("---\n# a comment\n---\n", None, ["front-matter-empty"]),
        ("\n---\nlicense: mit\n---\n", {"license": "mit"}, ["front-matter-not-first"]),
        ("\ufeff---\nlicense: mit\n---\n", {"license": "mit"}, ["utf8-bom"]),
        ("# T\n---\nlicense: mit\n---\n", {"license": "mit"}, ["front-matter-not-first"]),
        ("# T\n\nText\n\n---\n\nnote: x\n\n---\n", None, []),
        ("# T\n", None, []),
        ("", None, []),
        ("---- \nlicense: mit\n----\n", None, []),
        ('---\nlanguage: "fr"tags:\n- a\nlicense: mit\n---\n', None, ["yaml-syntax"]),
        ("---\nlicense: mit\nlicense: bsd\n---\n", {"license": "bsd"}, ["duplicate-key"]),
        ("---\nlicense: [mit\ntags: a\n---\n", {"license": ["mit"], "tags": "a"}, ["yaml-syntax"]),
    ],
)
def test_blocks(text: str, value: object, rules: list[str] | None) -> None:
    got, problems = read(text)
    if rules is None:
        assert got == {"license": "mit", "tags": ["a"]}
        assert problems == ["front-matter-unclosed"]
    else:
        assert problems == rules
        assert value is None or got == value


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("- a", "a list"),
        ("a sentence", "text"),
        ("null", "null"),
        ("~", "null"),
        ("5", "a number"),
        ("true", "a boolean"),
    ],
)
def test_a_block_without_keys_is_called_what_it_is(body: str, kind: str) -> None:
    (problem,) = parse(f"---\n{body}\n---\n", "README.md").problems
    assert problem.rule == "front-matter-not-mapping"
    assert problem.facts["kind"] == kind


def test_a_broken_line_costs_that_line_only() -> None:
    got, _ = read('---\nlanguage: "fr"tags:\n- a\nlicense: mit\n---\n')
    assert isinstance(got, dict)
    assert got["license"] == "mit"


def test_ranges_and_body() -> None:
    document = parse(README, "README.md")
    assert document.root is not None
    for pair in document.root.pairs:
        assert README[pair.key.start : pair.key.end] == pair.name
    start, end = document.body
    assert README[start:end].startswith("license")
    assert README[end:].startswith("---\n\n# A model")
    assert document.root.get("not") is None


@given(st.integers(0, README.index("\n---\n", 4)))
def test_one_lost_character(at: int) -> None:
    document = parse(README[:at] + README[at + 1 :], "README.md")
    if at < 4:  # without its first line the block is none
        return
    whole = parse(README, "README.md").root
    assert whole is not None
    assert document.root is not None
    ends = [pair.key.start for pair in whole.pairs[1:]] + [len(README)]
    for pair, end in zip(whole.pairs, ends, strict=True):
        if not pair.key.start - 1 <= at < end:
            value = document.root.get(pair.name)
            assert value is not None
            assert value.plain() == pair.value.plain()


@given(st.text(alphabet=st.sampled_from(list("-\n\r :a#[\ufeff")), max_size=30))
def test_no_text_raises(text: str) -> None:
    document = parse(text, "README.md")
    assert document.body[0] <= document.body[1] <= len(text)
