"""A correct card, broken in one place at a time: each slip has a finding of the right rule at the right key."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from archlint.linter import lint
from archlint.project import Settings
from archlint.source import parse
from archlint.source.document import Document
from archlint.specs.card import Card

NAME = "Example 235B-A22B"

CONFIG = {
    "model_type": "qwen3_moe",
    "hidden_size": 4096,
    "num_hidden_layers": 94,
    "num_attention_heads": 64,
    "num_key_value_heads": 4,
    "head_dim": 128,
    "intermediate_size": 12288,
    "moe_intermediate_size": 1536,
    "num_experts": 128,
    "num_experts_per_tok": 8,
    "vocab_size": 151936,
    "max_position_embeddings": 40960,
    "tie_word_embeddings": False,
}

CARD = {
    "company": "Example",
    "image": "https://example.org/images/example-235b.webp",
    "date": "2025-04-28",
    "summary": "A sparse model.",
    "scale": "235B total, 22B active (9.4% active)",
    "context_tokens": "32,768",
    "vocab_size": "151,936 (~152k)",
    "license_name": "Apache License 2.0",
    "license_url": "https://huggingface.co/example/Example-235B-A22B/blob/main/LICENSE",
    "decoder_type": "Sparse MoE",
    "attention": "16:1 GQA with QK-Norm",
    "layer_mix": "94 GQA",
    "kv_cache_per_token_bf16": "188 KiB",
    "related_concepts": ["gqa", "moe", "qk_norm"],
    "aa_intelligence_index": "10.9",
    "aai_profile": "General 16.9 · Scientific 17.7 · Coding 14.0 · Agents 19.2",
    "aa_url": "https://artificialanalysis.ai/models/example-235b-a22b",
    "config": {
        "repo": "example/Example-235B-A22B",
        "label": "config.json",
        "url": "https://huggingface.co/example/Example-235B-A22B/blob/main/config.json",
    },
    "tech_report": {"url": "https://arxiv.org/pdf/2505.09388"},
}

SETTINGS = Settings(profile="strict", options={"date-not-in-future": {"today": "2026-11-24"}})


def config_of(card: Card, document: Document) -> Document:
    return parse(json.dumps(CONFIG), "config.json", "json")


def findings(card: dict[str, Any], name: str = NAME) -> dict[str, tuple[str, str]]:
    text = json.dumps({name: card}, indent=2, ensure_ascii=False)
    linted = lint(parse(text, "models.json"), SETTINGS, config_of)
    return {each.code: (each.pointer, str(each.severity)) for each in linted.findings}


def test_the_card_is_clean() -> None:
    assert findings(CARD) == {}


SLIPS = [
    ("scale", "235B", "270B", "PAR010", "warning"),
    ("scale", "235B", "470B", "PAR011", "error"),
    ("scale", "235B", "23.5B", "PAR011", "error"),
    ("scale", "22B", "26B", "PAR012", "warning"),
    ("scale", "22B", "37B", "PAR013", "error"),
    ("scale", "235B total, 22B active", "22B total, 235B active", "PAR014", "error"),
    ("scale", "9.4%", "5.5%", "PAR001", "error"),
    ("context_tokens", "32,768", "1,000,000", "CTX020", "info"),
    ("context_tokens", "32,768", "32", "CTX022", "warning"),
    ("vocab_size", "151,936", "152,936", "TOK020", "warning"),
    ("vocab_size", "151,936", "151,643", "TOK023", "info"),
    ("vocab_size", "~152k", "~128k", "TOK021", "warning"),
    ("vocab_size", "~152k", "~151k", "TOK022", "info"),
    ("license_name", "Apache", "Apcahe", "LIC007", "warning"),
    ("license_name", "Apache License 2.0", " ", "LIC001", "warning"),
    ("license_url", "https://huggingface.co/example/Example-235B-A22B/blob/main/LICENSE",
     "https://opensource.org/licenses/MIT", "LIC008", "warning"),
    ("license_url", "235B", "30B", "LIC009", "info"),
    ("license_url", "/blob/", "/blame/", "CRD002", "warning"),
    ("license_url", "https://", "htps://", "CRD001", "error"),
    ("license_url", "https://", "", "CRD001", "error"),
    ("license_url", "/blob/", "/ blob/", "CRD001", "error"),
    ("aa_url", "artificialanalysis.ai", "artificialanalysis.io", "CRD003", "warning"),
    ("config/url", "huggingface.co", "hugginface.co", "CRD003", "warning"),
    ("config/url", "Example-235B", "Example-30B", "CRD004", "warning"),
    ("config/label", "config.json", "params.json", "CRD005", "warning"),
    ("image", ".webp", ".html", "CRD006", "info"),
    ("date", "2025", "2027", "CRD008", "warning"),
    ("date", "2025", "2005", "CRD009", "warning"),
    ("aa_intelligence_index", "10.9", "109", "CRD011", "error"),
    ("aa_intelligence_index", "10.9", "-1", "SCH008", "warning"),
    ("aai_profile", "16.9", "169", "CRD012", "error"),
    ("aa_intelligence_index", "10.9", "90.1", "CRD013", "warning"),
    ("aa_intelligence_index", "10.9", "N/A", "CRD014", "info"),
    ("decoder_type", "Sparse MoE", "Dense", "MOE021", "error"),
    ("decoder_type", "Sparse MoE", "Sparse hybrid", "LAY030", "warning"),
    ("decoder_type", "Sparse MoE", "Recurrent", "LAY033", "warning"),
    ("attention", "GQA", "MHA", "ATT030", "error"),
    ("attention", "GQA", "MLA", "ATT030", "error"),
    ("attention", "16:1", "8:1", "ATT031", "error"),
    ("attention", "16:1 GQA with QK-Norm", "GQA with 5:1 sliding-window/global attention", "LAY031", "warning"),
    ("attention", "16:1 GQA with QK-Norm", "GQA with 1:5 sliding-window/global attention", "LAY031", "warning"),
    ("kv_cache_per_token_bf16", "KiB", "Kib", "SCH008", "warning"),
    ("kv_cache_per_token_bf16", "188", "94", "KVC001", "error"),
    ("context_tokens", "32,768", "40", "CTX023", "warning"),
    ("context_tokens", "32,768", "32768,", "SCH008", "warning"),
    ("context_tokens", "32,768", "32.768", "SCH008", "warning"),
    ("vocab_size", "k)", "k", "SCH008", "warning"),
    ("scale", "total", "totl", "SCH008", "warning"),
    ("aai_profile", "Coding", "Codign", "SCH008", "warning"),
    ("aai_profile", " · Coding", " Coding", "SCH008", "warning"),
    ("license_url", "LICENSE", "LICENSE)", "CRD027", "warning"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "right", "wrong", "code", "severity"), SLIPS)
def test_slips(where: str, right: str, wrong: str, code: str, severity: str) -> None:
    card = json.loads(json.dumps(CARD))
    holder, _, key = where.rpartition("/")
    mapping = card[holder] if holder else card
    assert right in mapping[key]
    mapping[key] = mapping[key].replace(right, wrong)
    if code == "LAY031":
        card["layer_mix"] = "47 sliding-window + 47 global"
    found = findings(card)
    assert code in found
    pointer, given = found[code]
    assert given == severity
    assert pointer in (f"/{where}", "/scale", "/decoder_type")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Example 30B-A22B", "PAR015"),
        ("Example 235B-A3B", "PAR016"),
        ("Example 235B-A3B", "MOE020"),
    ],
)
def test_names(name: str, code: str) -> None:
    assert code in findings(CARD, name)


def test_a_name_against_the_config() -> None:
    card = {key: value for key, value in CARD.items() if key != "scale"}
    assert "PAR017" in findings(card, "Example 30B")


CONCEPTS: list[tuple[Callable[[list[str]], list[Any]], str]] = [
    (lambda concepts: [*concepts, "gqa"], "CRD017"),
    (lambda concepts: ["mha", *concepts[1:]], "CRD018"),
    (lambda concepts: [*concepts, "gated_attenton"], "SCH005"),
    (lambda concepts: ["GQA", *concepts[1:]], "SCH005"),
    (lambda concepts: [*concepts, 7], "SCH001"),
]


@pytest.mark.parametrize(("change", "code"), CONCEPTS)
def test_concepts(change: Callable[[list[str]], list[str]], code: str) -> None:
    card = {**CARD, "related_concepts": change(["gqa", "moe", "qk_norm"])}
    assert code in findings(card)


SAID_DIFFERENTLY = [
    {"scale": "235B parameters (22B active, 9.4%)"},
    {"scale": "235.1B total, 22.2B active (9.4% active)"},
    {"context_tokens": "32K"},
    {"context_tokens": "40,960"},
    {"vocab_size": "151,936"},
    {"vocab_size": "N/A"},
    {"license_name": "Apache-2.0"},
    {"license_name": "Some Vendor Community Agreement"},
    {"license_url": "https://www.apache.org/licenses/LICENSE-2.0"},
    {"license_url": "https://huggingface.co/example/Example-235B-A22B/blob/main/README.md#license"},
    {"attention": "Grouped-query attention with RoPE"},
    {"attention": "QK-Norm and RoPE"},
    {"aa_intelligence_index": "N/A", "aai_profile": "N/A", "aa_url": None},
    {"aai_profile": "General N/A · Scientific N/A · Coding 1.2 · Agents N/A"},
    {"related_concepts": ["gqa", "moe", "something_new"]},
]


@pytest.mark.parametrize(
    "said", SAID_DIFFERENTLY, ids=lambda said: re.sub(r"\W+", "-", json.dumps(said))[:60]
)
def test_right_in_other_words(said: dict[str, Any]) -> None:
    assert findings({**CARD, **said}) == {}
