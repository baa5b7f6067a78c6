"""The JSON Schemas: up to date, valid, and of one mind with the schema stage."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from archlint.source import parse

ROOT = Path(__file__).resolve().parents[2]

_spec = importlib.util.spec_from_file_location("write_schemas", ROOT / "tools" / "write_schemas.py")
assert _spec is not None
assert _spec.loader is not None
write_schemas = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(write_schemas)

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


def errors(name: str, text: str) -> list[str]:
    schema = json.loads((ROOT / "schemas" / name).read_text(encoding="utf-8"))
    root = parse(text, "x.yml", "yaml").root
    assert root is not None
    plain: Any = root.plain()
    return [error.message for error in Draft202012Validator(schema).iter_errors(plain)]


@pytest.mark.parametrize("name", write_schemas.SCHEMAS)
def test_up_to_date_and_valid(name: str) -> None:
    text = (ROOT / "schemas" / name).read_text(encoding="utf-8")
    assert text == write_schemas.rendered(write_schemas.SCHEMAS[name]())
    Draft202012Validator.check_schema(json.loads(text))


def test_gallery() -> None:
    assert errors("gallery.schema.json", ENTRY) == []
    assert errors("gallery.schema.json", f"version: 1\n{ENTRY}  new_key: 1\n  aa_url:\n") == []
    assert errors("gallery.schema.json", ENTRY.replace("GQA\n", "[GQA]\n"))
    assert errors("gallery.schema.json", f"{ENTRY}Acme 8B: soon\n")
    assert errors("gallery.schema.json", "Acme 8B:\n  company: Acme\n")
    assert errors("gallery.schema.json", f"{ENTRY}  config:\n    repo: [x]\n")


def test_card() -> None:
    body = "name: Acme 7B\nscale: 7B\ndecoder_type: Something new\narchitecture:\n  model_type: llama\n"
    assert errors("card.schema.json", body) == []
    assert errors("card.schema.json", "scale: 7B\n")
    assert errors("card.schema.json", "name: Acme 7B\narchitecture: [x]\n")


def test_front_matter() -> None:
    assert errors("front-matter.schema.json", "license: mit\ntags: [x]\nlanguage: en\nanything: 1\n") == []
    assert errors("front-matter.schema.json", "tags: x\n")
    assert errors("front-matter.schema.json", "model-index:\n  name: x\n")
    assert errors("front-matter.schema.json", "base_model_relation: inspired\n")


def test_every_rule_file_is_one() -> None:
    for path in sorted((ROOT / "rules").rglob("*.yaml")):
        assert errors("rule.schema.json", path.read_text(encoding="utf-8")) == [], path


def test_config() -> None:
    right = "model_type: llama\nhidden_size: 64\nnum_attention_heads: [4, 8]\nrope_scaling: null\n"
    assert errors("config.schema.json", right) == []
    for wrong in ("hidden_size: '64'", "num_hidden_layers: [2]", "rope_scaling: yarn", "eos_token_id: </s>"):
        assert errors("config.schema.json", f"model_type: llama\n{wrong}\n"), wrong
    assert errors("config.schema.json", "model_type: gemma3\ntext_config: {hidden_size: '64'}\n")
