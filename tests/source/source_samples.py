"""Texts that the properties of the readers are tried on."""

GALLERY = """\
---
# hand-written, in the shape of a gallery
Falcon Nine 9B:
  company: Example Labs
  date: '2026-01-27'
  summary: A dense model; nothing is odd about it
  scale: 9B parameters
  layer_mix: '32 GQA'
  related_concepts:
    - gqa
    - rope
  config:
    repo: example/falcon-nine
    url: https://example.org/falcon-nine/config.json
"Quoted: Name 1B":
  company: Other Labs
  image: "https://example.org/a#b.webp"  # a comment
  scale: 1B parameters
  notes: |
    # no comment
    text: more
  flow: {a: 1, b: [x, y]}
MoE Model 30B-A3B:
  company: Third Labs
  scale: 30B total, 3B active (10% active)
  related_concepts:
  - moe
  - mla
"""

CONFIG = """\
{
  "architectures": [
    "LlamaForCausalLM"
  ],
  "hidden_size": 4096,
  "model_type": "llama",
  "rms_norm_eps": 1e-05,
  "rope_scaling": {
    "factor": 8.0,
    "rope_type": "llama3"
  },
  "tie_word_embeddings": false,
  "sliding_window": null,
  "vocab_size": 128256
}
"""

README = """\
---
license: apache-2.0
language:
- en
- fr
tags: [text-generation, llama]
base_model: "example/base"
model-index:
- name: a
  results:
  - task: {type: text-generation}
    metrics:
    - type: accuracy
      value: 0.91
---

# A model

---
not: metadata
---
"""
