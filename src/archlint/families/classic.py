"""Decoders from before Llama: as many KV heads as heads, LayerNorms, feed-forwards of two matrices."""

from __future__ import annotations

from typing import Final

from archlint.architecture import (
    Architecture,
    Attention,
    Embedding,
    Head,
    MaskedAttention,
    Weight,
    linear,
    norm,
)
from archlint.families.decoder import (
    assemble,
    dense,
    four_times,
    grouped,
    multi_head,
    norms,
    norms_over,
    plain,
    width,
)
from archlint.families.gpt2 import with_cross
from archlint.families.layers import by_kind, stack
from archlint.specs.config import Config
from archlint.specs.size import Unreadable, derived, over
from archlint.values import replace

LEARNED_OFFSET: Final = 2
"""Rows that OPT and BioGPT keep before the first learned position."""


def equal_heads(config: Config, bias: bool = True, output_bias: bool | None = None) -> Attention:
    """Return attention whose heads all have keys and values of their own, hidden_size / heads wide."""
    return multi_head(width(config), config.need("num_attention_heads"), bias, output_bias=output_bias)


def layer_norm(config: Config) -> tuple[Weight, ...]:
    """Return the LayerNorm after the last layer."""
    return norm("ln_f", width(config), bias=True)


def gptj(config: Config) -> Architecture:
    """GPT-J and CodeGen: attention and feed-forward side by side after one norm; a bias on the head."""
    count = config.layers()
    mixer = equal_heads(config, bias=False)
    feed_forward = plain(width(config), four_times(config, "n_inner"))
    layers = stack([mixer] * count, [feed_forward] * count, norms(config, 1, bias=True))
    return assemble(config, layers, final=layer_norm(config), head_bias=True)


def gpt_neo(config: Config) -> Architecture:
    """GPT-Neo: every other layer sees ``window_size`` tokens, by a mask: its cache keeps them all."""
    count = config.layers()
    mixer = equal_heads(config, bias=False, output_bias=True)
    local = MaskedAttention(
        hidden=mixer.hidden,
        heads=mixer.heads,
        kv_heads=mixer.kv_heads,
        head_dim=mixer.head_dim,
        o_bias=True,
        window=config.need("window_size"),
    )
    kinds = _neo_kinds(config, count)
    mixers = by_kind(kinds, {"global": mixer, "local": local})
    feed_forward = plain(width(config), four_times(config, "intermediate_size"))
    return assemble(
        config,
        stack(mixers, [feed_forward] * count, norms(config, 2, bias=True)),
        final=layer_norm(config),
        positions=config.need("max_position_embeddings"),
    )


def _neo_kinds(config: Config, layers: int) -> list[str]:
    """Return ``attention_types`` expanded: pairs of a list of kinds and how often it repeats."""
    pairs = config.get("attention_types")
    kinds: list[str] = []
    for pair in (
        [[["global", "local"], 12]] if pairs is None else pairs if isinstance(pairs, list) else [None]
    ):
        names, times = pair if isinstance(pair, list) and len(pair) == 2 else (None, None)
        if not isinstance(names, list) or not isinstance(times, int) or not 0 <= times <= layers:
            raise Unreadable("attention_types is no list of kinds and repetitions")
        kinds += [str(name) for name in names] * times
    if len(kinds) != layers:
        raise Unreadable(f"attention_types has {len(kinds):,} entries for {layers:,} layers")
    return kinds


def gpt_neox(config: Config) -> Architecture:
    """GPT-NeoX and Pythia: biases everywhere, two norms, no tie."""
    count = config.layers()
    mixer = equal_heads(config, bias=config.flag("attention_bias"))
    feed_forward = plain(width(config), config.need("intermediate_size"))
    layers = stack([mixer] * count, [feed_forward] * count, norms(config, 2, bias=True))
    return assemble(config, layers, final=layer_norm(config))


def gpt_neox_japanese(config: Config) -> Architecture:
    """GPT-NeoX Japanese: no biases but one on the last layer's attention output."""
    count, hidden = config.layers(), width(config)
    mixer = equal_heads(config, bias=False)
    times = config.need("intermediate_multiple_size")
    feed_forward = plain(hidden, derived(hidden * times, f"{hidden.text} × {times.text}"), bias=False)
    mixers = [mixer] * (count - 1) + [replace(mixer, o_bias=True)]
    layers = stack(mixers, [feed_forward] * count, norms(config, 2, bias=True))
    return assemble(config, layers, final=layer_norm(config))


def gpt_bigcode(config: Config) -> Architecture:
    """GPT-BigCode (StarCoder 1): GPT-2 with one KV head when ``multi_query``."""
    mixer = equal_heads(config)
    if config.flag("multi_query"):
        mixer = replace(mixer, kv_heads=derived(1, "multi_query"))
    feed_forward = plain(width(config), four_times(config, "n_inner"))
    return assemble(
        config,
        with_cross(config, mixer, feed_forward),
        final=layer_norm(config),
        positions=config.need("max_position_embeddings"),
    )


def openai_gpt(config: Config) -> Architecture:
    """GPT-1: norms after attention and feed-forward, none at the end. Its class keeps no cache."""
    count, hidden = config.layers(), width(config)
    feed_forward = plain(hidden, derived(4 * hidden, f"4 × {hidden.text}"))
    layers = stack([equal_heads(config)] * count, [feed_forward] * count, norms(config, 2, bias=True))
    return assemble(config, layers, final=(), positions=config.need("max_position_embeddings"))


def ctrl(config: Config) -> Architecture:
    """CTRL: sinusoidal positions, a bias on the head."""
    count = config.layers()
    feed_forward = plain(width(config), config.need("dff"))
    layers = stack([equal_heads(config)] * count, [feed_forward] * count, norms(config, 2, bias=True))
    return assemble(config, layers, final=layer_norm(config), head_bias=True)


def opt(config: Config) -> Architecture:
    """OPT: learned positions with two rows in advance; the smaller embedding of the 350M is projected."""
    count, hidden, vocab = config.layers(), width(config), config.need("vocab_size")
    bias, weighted = config.flag("enable_bias"), config.flag("layer_norm_elementwise_affine")
    layer_norms = norms(config, 2, bias=True) if weighted else ()
    feed_forward = plain(hidden, config.need("ffn_dim"), bias=bias)
    layers = stack([equal_heads(config, bias=bias)] * count, [feed_forward] * count, layer_norms)
    final = layer_norm(config) if weighted and config.flag("do_layer_norm_before") else ()
    if config.flag("_remove_final_layer_norm"):
        final = ()
    projected = config.size("word_embed_proj_dim")
    inner = hidden if projected is None else projected
    rows = config.need("max_position_embeddings") + LEARNED_OFFSET
    positions = Weight("embed_positions.weight", (rows, hidden), "embedding")
    shape = assemble(
        config, layers, final=final, embedding=Embedding(vocab=vocab, width=inner, extra=(positions,))
    )
    if inner == hidden:
        return shape
    projections = (*linear("project_in", inner, hidden), *linear("project_out", hidden, inner))
    return replace(
        shape, head=Head(vocab=vocab, width=inner, tied=config.tied), final=(*shape.final, *projections)
    )


def bloom(config: Config) -> Architecture:
    """BLOOM: ALiBi, a norm after the embedding, biases everywhere."""
    count, hidden = config.layers(), width(config)
    feed_forward = plain(hidden, derived(4 * hidden, f"4 × {hidden.text}"))
    layers = stack([equal_heads(config)] * count, [feed_forward] * count, norms(config, 2, bias=True))
    embedding = Embedding(
        vocab=config.need("vocab_size"),
        width=hidden,
        extra=norm("word_embeddings_layernorm", hidden, bias=True),
    )
    return assemble(config, layers, final=layer_norm(config), embedding=embedding)


def mpt(config: Config) -> Architecture:
    """MPT: ALiBi, no biases; its class takes neither KV heads nor a width for the feed-forward.

    The class published with the weights has KV heads of their own for two values of ``attn_type``.
    """
    count, hidden = config.layers(), width(config)
    feed_forward = plain(hidden, derived(4 * hidden, f"4 × {hidden.text}"), bias=False)
    mixer, inner = equal_heads(config, bias=False), config.section("attn_config")
    named = inner.word("attn_type")
    if named == "grouped_query_attention":
        mixer = replace(mixer, kv_heads=inner.need("kv_n_heads"))
    elif named == "multiquery_attention":
        mixer = replace(mixer, kv_heads=derived(1, "attn_type"))
    shape = assemble(config, stack([mixer] * count, [feed_forward] * count, norms(config, 2)))
    if named is None or named == "multihead_attention":
        return shape
    said = (
        f"{named}: attention of the class published with the weights, which transformers' class does not have"
    )
    return replace(shape, unverified=dict.fromkeys(("parameters", "weights", "flops"), said))


def falcon(config: Config) -> Architecture:
    """Falcon: one KV head (7B), ``num_kv_heads`` with ``new_decoder_architecture`` (40B), or one a head."""
    count, hidden, bias = config.layers(), width(config), config.flag("bias")
    new = config.flag("new_decoder_architecture")
    mixer = equal_heads(config, bias=bias)
    written = config.size("num_kv_heads")
    if new and written is not None:
        mixer = replace(mixer, kv_heads=written)
    elif not new and config.flag("multi_query"):
        mixer = replace(mixer, kv_heads=derived(1, "multi_query"))
    two = not config.flag("parallel_attn")
    if not two:
        number = config.count("num_ln_in_parallel_attn")
        two = new if number is None else number == LEARNED_OFFSET
    feed_forward = plain(hidden, four_times(config, "ffn_hidden_size"), bias=bias)
    layers = stack([mixer] * count, [feed_forward] * count, norms(config, 2 if two else 1, bias=True))
    return assemble(config, layers, final=layer_norm(config))


def xglm(config: Config) -> Architecture:
    """XGLM: sinusoidal positions, biases everywhere."""
    count = config.layers()
    feed_forward = plain(width(config), config.need("ffn_dim"))
    mixer = equal_heads(config)
    mixers = (mixer, replace(mixer, cross=True)) if config.flag("add_cross_attention") else (mixer,)
    layers = stack([mixers] * count, [feed_forward] * count, norms(config, len(mixers) + 1, bias=True))
    return assemble(config, layers, final=layer_norm(config))


def kosmos2(config: Config) -> Architecture:
    """Kosmos-2: sinusoidal positions; a norm within attention, before its output, and one within feed-forwards."""
    count, hidden, inner = config.layers(), width(config), config.need("ffn_dim")
    base = equal_heads(config)
    mixers: tuple[Attention, ...] = (replace(base, extra=norm("self_attn.inner_attn_ln", hidden, bias=True)),)
    if config.flag("add_cross_attention"):
        mixers += (replace(base, cross=True),)
    around = norms(config, len(mixers) + 1, bias=True) + norm("ffn.ffn_layernorm", inner, bias=True)
    layers = stack([mixers] * count, [plain(hidden, inner)] * count, around)
    return assemble(config, layers, final=layer_norm(config))


def kosmos2_5(config: Config) -> Architecture:
    """Kosmos-2.5: sinusoidal positions, two segments, a norm within feed-forwards."""
    count, hidden, inner = config.layers("layers"), config.need("embed_dim"), config.need("ffn_dim")
    mixer = multi_head(hidden, config.need("attention_heads"))
    around = norms_over(hidden, 2)
    around += norm("ffn.ffn_layernorm", inner, bias=True)
    layers = stack([mixer] * count, [plain(hidden, inner)] * count, around)
    segments = (Weight("segment_emb.weight", (2, hidden), "embedding"),)
    embedding = Embedding(vocab=config.need("vocab_size"), width=hidden, extra=segments)
    final = norm("layer_norm", hidden, bias=True)
    return assemble(config, layers, embedding=embedding, final=final, hidden=hidden)


def biogpt(config: Config) -> Architecture:
    """BioGPT: learned positions with two rows in advance, biases everywhere."""
    count = config.layers()
    feed_forward = plain(width(config), config.need("intermediate_size"))
    rows = config.need("max_position_embeddings")
    return assemble(
        config,
        stack([equal_heads(config)] * count, [feed_forward] * count, norms(config, 2, bias=True)),
        final=layer_norm(config),
        positions=derived(rows + LEARNED_OFFSET, f"{rows.text} + {LEARNED_OFFSET}"),
    )


def cpmant(config: Config) -> Architecture:
    """CPM-Ant: learned prompts in the token table, segments, one table of relative positions."""
    count, hidden, heads = config.layers(), width(config), config.need("num_attention_heads")
    mixer = grouped(config, kv_heads=heads, head_dim=config.need("dim_head"), bias=False)
    types, vocab = config.need("segment_types"), config.need("vocab_size")
    rows = vocab + config.need("prompt_types") * config.need("prompt_length")
    buckets = types * types + config.need("position_bias_num_buckets")
    segments = Weight("segment_embedding.weight", (types, hidden), "embedding")
    embedding = Embedding(
        vocab=derived(rows, "vocab_size + prompt_types × prompt_length"), width=hidden, extra=(segments,)
    )
    positions = Weight("position_bias.relative_attention_bias", (buckets, heads), "vector")
    layers = stack([mixer] * count, [dense(config, width_key="dim_ff")] * count, norms(config, 2))
    final = (*norm("output", hidden), positions)
    return assemble(config, layers, embedding=embedding, final=final, tied=False)


def persimmon(config: Config) -> Architecture:
    """Persimmon and Fuyu's language model: norms with biases on query and key heads."""
    count = config.layers()
    mixer = _normed(equal_heads(config), config)
    feed_forward = plain(width(config), config.need("intermediate_size"))
    layers = stack([mixer] * count, [feed_forward] * count, norms(config, 2, bias=True))
    return assemble(config, layers, final=layer_norm(config))


def phi(config: Config) -> Architecture:
    """Phi-1 to 2: one norm, attention and feed-forward side by side, biases everywhere, on the head too."""
    count = config.layers()
    mixer = _normed(grouped(config, bias=True), config)
    feed_forward = plain(width(config), config.need("intermediate_size"))
    layers = stack([mixer] * count, [feed_forward] * count, norms(config, 1, bias=True))
    return assemble(config, layers, final=layer_norm(config), head_bias=True)


def _normed(mixer: Attention, config: Config) -> Attention:
    """Return ``mixer`` with LayerNorms on query and key heads, if ``qk_layernorm``."""
    if not config.flag("qk_layernorm"):
        return mixer
    both = 2 * mixer.head_dim
    return replace(mixer, q_norm=both, k_norm=both)


def stablelm(config: Config) -> Architecture:
    """StableLM: a gated feed-forward, LayerNorms, optionally a norm for each head."""
    count = config.layers()
    hidden, heads = width(config), config.need("num_attention_heads")
    head_dim = over(hidden, heads)
    mixer = grouped(config, head_dim=head_dim, bias=config.flag("use_qkv_bias"), output_bias=False)
    if config.flag("qk_layernorm"):
        mixer = replace(mixer, q_norm=mixer.heads * head_dim, k_norm=mixer.kv_heads * head_dim)
    number = 1 if config.flag("use_parallel_residual") else 2
    layers = stack([mixer] * count, [dense(config)] * count, norms(config, number, bias=True))
    return assemble(config, layers, final=layer_norm(config))


def starcoder2(config: Config) -> Architecture:
    """StarCoder2: grouped-query attention, ``use_bias`` on everything, an optional window."""
    count, bias = config.layers(), config.flag("use_bias")
    mixer = grouped(config, bias=bias, window=config.size("sliding_window"))
    feed_forward = plain(width(config), config.need("intermediate_size"), bias=bias)
    layers = stack([mixer] * count, [feed_forward] * count, norms(config, 2, bias=True))
    return assemble(config, layers, final=layer_norm(config))
