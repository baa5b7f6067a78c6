"""Galleries made up for the tests: as many entries as asked for, with and without mistakes."""

from __future__ import annotations

import json
from pathlib import Path

SHAPES = (
    ("llama", 32, 32, 8, 4096, 14336, "GQA"),
    ("qwen3", 36, 32, 8, 4096, 12288, "GQA with QK-Norm"),
    ("mistral", 40, 32, 8, 5120, 14336, "GQA"),
    ("olmo2", 32, 32, 32, 4096, 11008, "MHA with QK-Norm"),
)


def config(number: int) -> dict[str, object]:
    """The config of entry ``number``."""
    model_type, layers, heads, kv_heads, hidden, inner, _ = SHAPES[number % len(SHAPES)]
    return {
        "architectures": [f"{model_type.title()}ForCausalLM"],
        "model_type": model_type,
        "hidden_size": hidden,
        "intermediate_size": inner,
        "num_hidden_layers": layers + number // 10,
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "head_dim": 128,
        "vocab_size": 32000 + number,
        "max_position_embeddings": 32768,
        "tie_word_embeddings": False,
        "torch_dtype": "bfloat16",
    }


def entry(number: int, prose: int = 1) -> str:
    """The text of entry ``number``; every seventh has a wrong cache figure."""
    _, layers, _, kv_heads, _, _, attention = SHAPES[number % len(SHAPES)]
    depth = layers + number // 10
    kib = 2 * depth * kv_heads * 128 * 2 / 1024 * (2 if number % 7 == 0 else 1)
    words = "A dense decoder with rotary positions, RMSNorm and a gated feed-forward. " * prose
    return f"""Model {number} 8B:
  company: Maker {number % 9}
  image: https://example.com/images/{number}.webp
  date: '2025-0{number % 9 + 1}-1{number % 10}'
  summary: {words.strip()}
  scale: 8B
  context_tokens: '32,768'
  license_name: Apache License 2.0
  license_url: https://www.apache.org/licenses/LICENSE-2.0
  decoder_type: Dense
  attention: {attention}
  layer_mix: '{depth} {attention.split()[0]}'
  kv_cache_per_token_bf16: '{kib:g} KiB'
  highlight: {words.strip()}
  related_concepts:
    - gqa
    - rope
    - rmsnorm
  config:
    repo: maker/model-{number}
    label: config.json
    url: https://huggingface.co/maker/model-{number}/blob/main/config.json
"""


def gallery(count: int, prose: int = 1) -> str:
    return "---\n" + "".join(entry(number, prose) for number in range(count))


def write_project(root: Path, count: int, prose: int = 1) -> Path:
    """Write a gallery of ``count`` entries with their configs below ``root``; return the gallery's path."""
    folder = root / "configs"
    folder.mkdir(parents=True)
    (root / ".git").mkdir()
    for number in range(count):
        text = json.dumps(config(number), indent=2)
        (folder / f"maker__model-{number}.json").write_text(text, encoding="utf-8")
    (root / "archlint.toml").write_text('configs = ["configs"]\n', encoding="utf-8")
    path = root / "models.yml"
    path.write_text(gallery(count, prose), encoding="utf-8")
    return path


OWN_RULE = """code: OWN001
name: company-is-not-meta
summary: The company must not be Meta
severity: warning
each: card
check: card.company != "Meta"
at: card.company
message: "{card.company} made it"
why: |
  Because.
examples:
  bad:
    card: {name: A, company: Meta, scale: 8B}
  good:
    card: {name: A, company: Else, scale: 8B}
"""
"""A rule of one's own, which finds fault with entries of Meta."""
