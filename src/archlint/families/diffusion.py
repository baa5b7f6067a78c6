"""Diffusion language models: decoders that attend both ways and fill in masked tokens."""

from __future__ import annotations

from archlint.architecture import Architecture, Attention, Dense, Embedding, Head, norm
from archlint.families.layers import stack
from archlint.families.qwen import qwen2
from archlint.specs.config import Config
from archlint.specs.size import Size, over
from archlint.values import replace

_WHY = "read from the published structure; its code is not part of transformers"
_NO_CACHE = "a diffusion model attends both ways; keys and values are not kept token by token"


def dream(config: Config) -> Architecture:
    """Dream: built as Qwen2."""
    return _diffusion(qwen2(config))


def llada(config: Config) -> Architecture:
    """LLaDA: built as Llama, with the key names of OLMo."""
    count = config.layers("n_layers", "num_hidden_layers")
    hidden, heads = config.need("d_model", "hidden_size"), config.need("n_heads", "num_attention_heads")
    kv_heads = config.size("n_kv_heads", "num_key_value_heads")
    bias = config.flag("include_bias")
    qkv = bias or config.flag("include_qkv_bias")
    mixer = Attention(
        hidden=hidden,
        heads=heads,
        kv_heads=heads if kv_heads is None else kv_heads,
        head_dim=over(hidden, heads),
        q_bias=qkv,
        k_bias=qkv,
        v_bias=qkv,
        o_bias=bias,
    )
    inner = config.need("mlp_hidden_size", "intermediate_size")
    feed_forward = Dense(hidden=hidden, width=inner, up_bias=bias, down_bias=bias)
    around = norm("attn_norm", hidden) + norm("ff_norm", hidden)
    vocab: Size = config.need("embedding_size", "vocab_size")
    tied = config.flag("weight_tying") or config.flag("tie_word_embeddings")
    shape = Architecture(
        model_type=config.model_type,
        layers=stack([mixer] * count, [feed_forward] * count, around),
        embedding=Embedding(vocab=vocab, width=hidden),
        head=Head(vocab=vocab, width=hidden, tied=tied),
        final=norm("ln_f", hidden),
    )
    return _diffusion(shape)


def _diffusion(shape: Architecture) -> Architecture:
    unverified = dict.fromkeys(("parameters", "weights"), _WHY)
    return replace(shape, unverified=unverified, absent={"kv_cache": _NO_CACHE, "flops": _NO_CACHE})
