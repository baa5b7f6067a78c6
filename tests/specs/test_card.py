"""Cards: one view of entries, architecture cards and front matter."""

from __future__ import annotations

import pytest

from archlint.source import parse
from archlint.specs.card import Card, read_cards
from archlint.specs.check import check_card
from archlint.specs.kind import recognise
from archlint.specs.quantity import Unreadable

GALLERY = """\
version: 2
.base: &base
  company: Acme
  decoder_type: Dense
Acme 7B:
  <<: *base
  scale: '7.2B total, 1B active (13.9% active)'
  layer_mix: 24 sliding-window + 8 global
  kv_cache_per_token_bf16: "128 KiB"
  context_tokens: 131072
  vocab_size: 65,536 (~66k)
  config:
    repo: acme/acme-7b
  related_concepts: [gqa, swa]
Acme 8B:
Acme 9B: soon
Acme 7B:
  scale: large
"""


def cards(text: str, name: str = "models.yml") -> list[Card]:
    document = parse(text, name)
    return read_cards(document, recognise(document))


@pytest.mark.parametrize(
    ("written", "tokens"),
    [
        ("0x20000", 131072),
        ("0o4000", 2048),
        ('!!int "2048"', 2048),
        ("!!int '0x800'", 2048),
        ("!!int |\n    2048", 2048),
        ("2048", 2048),
        ("02048", 2048),
    ],
)
def test_an_integer_is_a_figure_however_yaml_writes_it(written: str, tokens: int) -> None:
    (card,) = cards(f"Acme 7B:\n  scale: 7B parameters\n  layer_mix: 32 GQA\n  context_tokens: {written}\n")
    assert card.context is not None
    assert card.context.length is not None
    assert card.context.length.value == tokens
    assert [each.rule for each in check_card(card) if each.rule != "missing-card-key"] == []


def test_entries() -> None:
    found = cards(GALLERY)
    assert [card.name for card in found] == ["Acme 7B", "Acme 8B", "Acme 9B", "Acme 7B"]
    assert [card.is_mapping for card in found] == [True, False, False, True]
    first = found[0]
    assert first.scale is not None
    assert first.scale.share_agrees
    assert first.layer_mix is not None
    assert first.layer_mix.layers == 32
    assert first.kv_cache_per_token is not None
    assert first.kv_cache_per_token.agrees(131072)
    assert first.context is not None
    assert first.context.length is not None
    assert first.context.length.value == 131072
    assert first.vocabulary is not None
    assert first.repo == "acme/acme-7b"
    assert first.concepts == ["gqa", "swa"]
    assert first.company == "Acme"
    assert first.field("nothing") is None
    assert first.attention is None


def test_ranges_within_figures() -> None:
    first = cards(GALLERY)[0]
    for path, part in (
        ("scale", "13.9%"),
        ("kv_cache_per_token_bf16", "128 KiB"),
        ("context_tokens", "131072"),
    ):
        field = first.field(path)
        assert field is not None
        assert field.text is not None
        at = field.text.index(part)
        start, end = field.range((at, at + len(part)))
        assert GALLERY[start:end] == part


def test_a_folded_text_has_only_its_whole_range() -> None:
    text = "Acme 7B:\n  layer_mix: >\n    24 sliding-window\n    + 8 global\n  scale: 7B\n  decoder_type: Dense\n"
    field = cards(text)[0].field("layer_mix")
    assert field is not None
    assert field.range((0, 2)) == (field.node.start, field.node.end)
    assert field.range() == (field.node.start, field.node.end)


def test_unreadable_figures_are_no_figures() -> None:
    last = cards(GALLERY)[3]
    assert last.scale is None
    field = last.field("scale")
    assert field is not None
    assert field.quantity is None
    assert isinstance(field.unreadable, Unreadable)


def test_front_matter() -> None:
    (card,) = cards("---\nlicense: mit\nbase_model:\n- a/b\n- c/d\nlanguage: en\n---\n# x\n", "README.md")
    assert card.kind == "front-matter"
    assert card.base_models == ["a/b", "c/d"]
    assert card.texts("language") == ["en"]
    assert card.license_field is not None
    assert card.license_field.text == "mit"
    for text in ("---\n---\n", "---\n- a\n---\n", "---"):
        (card,) = cards(text, "README.md")
        assert card.field("license") is None
        assert card.base_models == []
        assert list(card.fields()) == []
        assert card.range[0] <= card.range[1]


def test_architecture_card() -> None:
    text = "name: Acme 7B\nscale: 7B\narchitecture:\n  model_type: llama\n"
    (card,) = cards(text, "acme.arch.yaml")
    assert card.name == "Acme 7B"
    assert card.inline_config is not None
    assert card.inline_config.get("model_type") is not None
    (nameless,) = cards("name: [1]\nscale: 7B\n", "acme.arch.yaml")
    assert nameless.name is None
