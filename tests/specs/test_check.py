"""The schema stage for cards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archlint.linter import lint
from archlint.project import Settings
from archlint.source import load, parse
from archlint.source.document import Problem
from archlint.source.edits import apply
from archlint.specs.card import read_cards
from archlint.specs.check import check_card
from archlint.specs.keys import table
from archlint.specs.kind import recognise
from archlint.specs.near import distance, is_slip, nearest

ENTRY = """\
Acme 7B:
  company: Acme
  date: '2026-01-27'
  scale: 7B parameters
  context_tokens: '8,192'
  license_name: MIT License
  decoder_type: Dense
  attention: GQA
  layer_mix: '32 GQA'
  kv_cache_per_token_bf16: '128 KiB'
"""


def check(text: str, name: str = "models.yml") -> list[Problem]:
    document = parse(text, name)
    return [problem for card in read_cards(document, recognise(document)) for problem in check_card(card)]


def readme(body: str) -> str:
    return f"---\n{body}\n---\n# x\n"


def test_a_good_entry_is_clean() -> None:
    assert check(ENTRY) == []
    assert check(ENTRY.replace("Dense", "Dense (decoder only)")) == []
    assert check(ENTRY.replace("Dense", "N/A")) == []
    assert (
        check(ENTRY + "  aa_url:\n  aai_profile: N/A\n  hide_article_link: true\n  vocab_size: 32000\n") == []
    )
    assert check(ENTRY + "  related_concepts: [something_new]\n  aa_intelligence_index: 24.5\n") == []


@pytest.mark.parametrize(
    ("before", "after", "rule", "underlined"),
    [
        ("attention: GQA", "attention: [GQA]", "wrong-card-type", "attention"),
        ("attention: GQA", "attention: true", "wrong-card-type", "true"),
        ("company: Acme", "company: 7", "wrong-card-type", "7"),
        ("  date: '2026-01-27'\n", "", "missing-card-key", "Acme 7B"),
        ("date: '2026-01-27'", "date:", "missing-card-key", "Acme 7B"),
        ("layer_mix", "layer_mx", "misspelt-card-key", "layer_mx"),
        ("context_tokens", "context_length", "misspelt-card-key", "context_length"),
        ("company: Acme", "company: Acme\n  colour_of_logo: red", "unknown-card-key", "colour_of_logo"),
        ("Dense", "Dence", "misspelt-card-value", "Dence"),
        ("Dense", "dense", "misspelt-card-value", "dense"),
        ("Dense", "Quantum", "unknown-card-value", "Quantum"),
        ("Dense", "Quantum (new)", "unknown-card-value", "Quantum (new)"),
        ("128 KiB", "128", "unreadable-figure", "128"),
        ("128 KiB", "12B KiB", "unreadable-figure", "KiB"),
        ("7B parameters", "7 parameters", "unreadable-figure", "7"),
        ("7B parameters", "671B total, 37B actve", "unreadable-figure", "37B"),
        ("8,192", "8.192", "unreadable-figure", "8.192"),
        ("32 GQA", "GQA", "unreadable-figure", "GQA"),
        ("2026-01-27", "2026/01/27", "unreadable-date", "2026/01/27"),
        ("2026-01-27", "2026-02-30", "impossible-date", "2026-02-30"),
        ("company: Acme", "company: Acme\n  hide_article_link: 'true'", "quoted-boolean", "'true'"),
        ("company: Acme", "company: Acme\n  config: [x/y]", "wrong-card-type", "config"),
        ("company: Acme", "company: Acme\n  config:\n    repos: x/y", "misspelt-card-key", "repos"),
        ("company: Acme", "company: Acme\n  related_concepts: gqa", "text-for-a-list", "gqa"),
        ("company: Acme", "company: Acme\n  aai_profile: General x", "unreadable-figure", "General x"),
    ],
)
def test_what_is_wrong_with_an_entry(before: str, after: str, rule: str, underlined: str) -> None:
    text = ENTRY.replace(before, after)
    assert text != ENTRY
    (problem,) = check(text)
    assert problem.rule == rule
    assert text[problem.start : problem.end] == underlined
    assert all("'" not in value or "'" in text for value in problem.facts.values())


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("licence: mit", "misspelt-card-key"),
        ("licenses: [mit]", "misspelt-card-key"),
        ("liscence: mit", "misspelt-card-key"),
        ("model_index: []", "misspelt-card-key"),
        ("pipeline-tag: text-generation", "misspelt-card-key"),
        ("lang: en", "misspelt-card-key"),
        ("library: transformers", "misspelt-card-key"),
        ("tag: x", "misspelt-card-key"),
        ("dataset: x", "misspelt-card-key"),
        ("model-index:\n  name: x", "wrong-card-type"),
        ("pipeline_tag:\n- text-generation", "wrong-card-type"),
        ("pipeline_tag: false", "wrong-card-type"),
        ("pipeline_tag: text-generaton", "misspelt-card-value"),
        ("pipeline_tag: poetry", "unknown-card-value"),
        ("library_name: transfomers", "misspelt-card-value"),
        ("base_model_relation: inspired", "card-value-not-allowed"),
        ("<!-- thumbnail: x.png -->", "html-comment-in-yaml"),
        ("tags: x", "text-for-a-list"),
        ("datasets: x", "text-for-a-list"),
        ("tags:\n- a: b", "wrong-card-type"),
        ("language: no", "unquoted-boolean-word"),
        ("language:\n- en\n- no", "unquoted-boolean-word"),
    ],
)
def test_what_is_wrong_with_front_matter(body: str, rule: str) -> None:
    text = readme(body)
    (problem,) = check(text, "README.md")
    assert problem.rule == rule
    fixed = apply(text, problem.edits)
    if problem.edits:
        assert check(fixed, "README.md") == [] or rule == "misspelt-card-key"


@pytest.mark.parametrize(
    "body",
    [
        "license: mit\nlanguage: [en, fr]\ntags:\n- x\ndatasets: []\nlibrary_name: my-own-library",
        "language: 'no'",
        "author: me\nversion: 3\nlicense_file: LICENSE\ntitle: x\nsdk: gradio\nemoji: y\ncolorFrom: red",
        "base_model: a/b\nbase_model_relation: finetune\nmodel-index:\n- name: x\n  results: []",
        "widget:\n- text: x\ninference: false\nco2_eq_emissions: 12",
        "library_name: Keras",
        "arch: x\ntask: y\nframework: z\nmodel: a",
    ],
)
def test_front_matter_is_open(body: str) -> None:
    assert check(readme(body), "README.md") == []


def test_an_entry_without_keys() -> None:
    rules = [problem.rule for problem in check(f"{ENTRY}Acme 8B:\nAcme 9B: soon\nAcme 10B: [1]\n")]
    assert rules == ["entry-not-a-mapping"] * 3


def test_a_half_typed_entry_is_not_told_what_it_lacks() -> None:
    text = f"Acme 6B:\n  company: Acme\n  scale: '7B\n  date: x\n{ENTRY}"
    document = parse(text, "models.yml")
    assert document.problems
    found = [problem for card in read_cards(document, recognise(document)) for problem in check_card(card)]
    assert all(problem.rule != "missing-card-key" for problem in found)


def test_renames_do_not_make_a_key_twice() -> None:
    (problem,) = check(readme("licence: mit\nlicense: mit"), "README.md")
    assert problem.edits == ()


@pytest.mark.parametrize(
    ("name", "text", "fixed"),
    [
        ("a.arch.json", '{"name": "x", "layer_mx": "3 GQA"}', '{"name": "x", "layer_mix": "3 GQA"}'),
        ("a.arch.json", '{"name": "x", "date": "2026/01/02"}', '{"name": "x", "date": "2026-01-02"}'),
        (
            "a.arch.json",
            '{"name": "x", "context_tokens": 131.072}',
            '{"name": "x", "context_tokens": "131,072"}',
        ),
        (
            "a.arch.json",
            '{"name": "x", "related_concepts": "gqa"}',
            '{"name": "x", "related_concepts": ["gqa"]}',
        ),
        ("a.arch.yaml", "name: x\n'layer_mx': 3 GQA\n", "name: x\n'layer_mix': 3 GQA\n"),
        ("a.arch.yaml", "name: x\ndate: 2026/01/02 # c\n", "name: x\ndate: '2026-01-02' # c\n"),
        ("a.arch.yaml", 'name: x\ndecoder_type: "Dence"\n', 'name: x\ndecoder_type: "Dense"\n'),
        ("a.arch.yaml", "name: x\nrelated_concepts: a, b\n", 'name: x\nrelated_concepts: ["a, b"]\n'),
    ],
)
def test_fixes_keep_quotes_and_syntax(name: str, text: str, fixed: str) -> None:
    (problem,) = check(text, name)
    assert apply(text, problem.edits) == fixed
    assert check(fixed, name) == []


def test_merged_keys_count() -> None:
    body = ENTRY.split("\n", 1)[1]
    assert check(f".base: &base\n{body}Acme 7B:\n  <<: *base\n  scale: 8B\n") == []


@given(st.text(max_size=200))
def test_no_text_raises(text: str) -> None:
    check(text)
    check(f"Acme 7B:\n  layer_mix: {text}\n  scale: 7B\n  decoder_type: {text}\n")
    check(readme(text), "README.md")


@given(st.text(max_size=12), st.text(max_size=12))
def test_distances(left: str, right: str) -> None:
    assert distance(left, right, 20) == distance(right, left, 20)
    assert (distance(left, right, 20) == 0) == (left == right)
    assert distance(left, right, 1) == min(2, distance(left, right, 20))
    assert distance(left, right, 20) <= max(len(left), len(right))


def test_nearest() -> None:
    assert (
        nearest("num_key_value_head", ["num_attention_heads", "num_key_value_heads"]) == "num_key_value_heads"
    )
    assert nearest("Hidden-Size", ["hidden_size"]) == "hidden_size"
    assert nearest("teh", ["the"]) == "the"
    assert nearest("ab", ["abc"]) is None
    assert nearest("x" * 1000, ["x"]) is None


def test_slips() -> None:
    for word, meant in (
        ("layer_mx", "layer_mix"),
        ("licensename", "license_name"),
        ("highlihgt", "highlight"),
    ):
        assert is_slip(word, meant)
    for word, other in (
        ("license_note", "license_name"),
        ("cache_date", "cache_note"),
        ("aa_image", "image"),
    ):
        assert not is_slip(word, other)
    assert [problem.rule for problem in check(ENTRY + "  license_note: x\n")] == ["unknown-card-key"]


def test_a_key_without_letters_is_named() -> None:
    (problem,) = check(ENTRY + '  "": x\n')
    assert problem.rule == "unknown-card-key"
    assert problem.facts["key"] == '""'


def test_the_tables_hold_together() -> None:
    for kind in ("gallery", "card", "front-matter"):
        keys = table(kind)
        assert len(keys.by_name) == len(keys.keys)
        assert not set(keys.old) & set(keys.by_name), kind
        for key in keys.keys:
            assert key.meaning.endswith(".")
    config = table("gallery").find("config.repo")
    assert config is not None
    assert config.name == "repo"
    assert table("gallery").find("config.nothing") is None


def test_a_key_that_no_entry_has_is_not_missing() -> None:
    entry = "  license_name: MIT\n  scale: 7B\n  decoder_type: Dense\n  attention: GQA\n"
    several = "".join(f"Acme {number}B:\n{entry}" for number in range(4))

    def missing(text: str) -> list[str]:
        found = lint(load(text.encode(), "models.yml"), Settings())
        return [each.message for each in found.findings if each.code == "SCH002"]

    assert missing(several) == []
    assert len(missing(several.replace("Acme 0B:\n", "Acme 0B:\n  company: Acme\n"))) == 3
    assert len(missing(several.replace("  license_name: MIT\n", ""))) == 4
    assert len(missing(f"Acme 7B:\n{entry}")) == 1


@pytest.mark.parametrize("key", ["decoder_type", "scale", "date", "layer_mix"])
@pytest.mark.parametrize("escape", [r"\ud83d\ude00", r"\q", r"\x4"])
def test_a_broken_escape_is_one_finding(key: str, escape: str) -> None:
    text = f'A 1B:\n  kv_cache_per_token_bf16: 1 KiB\n  {key}: "{escape}"\n  context_tokens: some\n'
    found = [each.code for each in lint(parse(text, "models.yml"), Settings()).findings]
    assert sorted(found) == ["SCH008", "SRC002"], found


def test_an_evaluation_that_aliases_repeat_is_told_once() -> None:
    body = (
        "model-index:\n- name: a\n  results:\n  - &r\n    task: {type: x}\n    metrics: []\n"
        + "  - *r\n" * 20
    )
    assert [problem.rule for problem in check(readme(body), "README.md")] == ["incomplete-evaluation"]
