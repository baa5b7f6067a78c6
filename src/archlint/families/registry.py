"""Which function reads which model_type: ``module.function`` within this package, imported when needed."""

from __future__ import annotations

from typing import Final

FAMILIES: Final[dict[str, str]] = {
    "deepseek_v3": "deepseek.deepseek_v3",
    "gemma": "gemma.gemma",
    "gemma2": "gemma.gemma2",
    "gemma3_text": "gemma.gemma3",
    "glm4_moe": "glm.glm4_moe",
    "gpt2": "gpt2.gpt2",
    "gpt_oss": "gpt_oss.gpt_oss",
    "kimi_k2": "deepseek.deepseek_v3",
    "llama": "llama.llama",
    "llama4_text": "llama.llama4",
    "minimax_m2": "minimax.minimax_m2",
    "ministral3": "mistral.ministral3",
    "mistral": "mistral.mistral",
    "mixtral": "mistral.mixtral",
    "olmo2": "olmo.olmo2",
    "olmo3": "olmo.olmo3",
    "phi3": "phi.phi3",
    "qwen2": "qwen.qwen2",
    "qwen3": "qwen.qwen3",
    "qwen3_moe": "qwen.qwen3_moe",
    "qwen3_next": "qwen.qwen3_next",
    "smollm3": "llama.smollm3",
}
"""One line a model_type, sorted. Composite types (``gemma3``, ``llama4``) are read as their text model."""
