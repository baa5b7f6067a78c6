"""Small spec files for the tests of the gate: right ones, which a test makes wrong."""

from __future__ import annotations

import json

LLAMA: dict[str, object] = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "hidden_act": "silu",
    "max_position_embeddings": 8192,
    "vocab_size": 128256,
    "rms_norm_eps": 1e-05,
    "rope_theta": 500000.0,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
}
"""8.03B parameters, 128 KiB of KV cache a token."""


def config(**changes: object) -> str:
    """Return a config.json, with some keys changed; None leaves a key out."""
    keys = {key: value for key, value in (LLAMA | changes).items() if value is not None}
    return json.dumps(keys, indent=2) + "\n"


def entry(name: str, repo: str, **changes: str) -> str:
    """Return one entry of a gallery that fits ``config()``; a change of None leaves a key out."""
    keys = {
        "company": "Example",
        "date": "2024-04-18",
        "scale": "8B parameters",
        "decoder_type": "Dense",
        "attention": "GQA",
        "layer_mix": "32 GQA",
        "kv_cache_per_token_bf16": "128 KiB",
        "context_tokens": "8,192",
        "vocab_size": "128,256",
        "license_name": "Apache License 2.0",
        "license_url": "https://www.apache.org/licenses/LICENSE-2.0",
    } | changes
    lines = [f"{name}:", *(f"  {key}: {value}" for key, value in keys.items() if value is not None)]
    return "\n".join([*lines, "  config:", f"    repo: {repo}", ""])
