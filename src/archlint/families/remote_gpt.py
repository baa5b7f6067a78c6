"""What grew out of GPT-2 and GPT-J, its code beside its weights: read from the published structure, not verified."""

from __future__ import annotations

from archlint.architecture import Architecture, Dense, Embedding, Experts, Part, Weight, norm
from archlint.families.classic import equal_heads, layer_norm
from archlint.families.decoder import assemble, dense, four_times, grouped, multi_head, norms, plain, width
from archlint.families.encoders import NO_CACHE
from archlint.families.layers import stack
from archlint.families.remote import unverified
from archlint.specs.config import Config
from archlint.specs.size import Unknown, derived
from archlint.values import replace


def jais(config: Config) -> Architecture:
    """Jais and BTLM: GPT-2 with a gated feed-forward and, unless positions are learned, ALiBi."""
    count, hidden = config.layers(), width(config)
    inner = four_times(config, "n_inner")
    gated = config.word("activation_function") == "swiglu"
    feed_forward = Dense(hidden=hidden, width=inner, gated=gated, up_bias=True, down_bias=True)
    layers = stack([equal_heads(config)] * count, [feed_forward] * count, norms(config, 2, bias=True))
    learned = config.word("position_embedding_type") == "learned"
    positions = config.need("n_positions") if learned else None
    return unverified(assemble(config, layers, final=layer_norm(config), positions=positions))


def codeshell(config: Config) -> Architecture:
    """CodeShell: GPT-2 with rotary positions and ``num_query_groups`` KV heads."""
    count, heads = config.layers(), config.need("num_attention_heads")
    shared = config.need("num_query_groups") if config.flag("group_query_attention", default=True) else heads
    mixer = replace(equal_heads(config), kv_heads=shared)
    feed_forward = plain(width(config), four_times(config, "n_inner"))
    layers = stack([mixer] * count, [feed_forward] * count, norms(config, 2, bias=True))
    return unverified(assemble(config, layers, final=layer_norm(config)))


def phi_msft(config: Config) -> Architecture:
    """Phi-1 to 2 as first published: as Phi; with ``num_local_experts`` (phixtral) several feed-forwards."""
    count, hidden, heads = config.layers(), width(config), config.need("num_attention_heads")
    kv_heads = config.size("n_head_kv")
    head_dim = derived(hidden // heads, f"{hidden.text} / {heads.text}")
    mixer = grouped(config, kv_heads=heads if kv_heads is None else kv_heads, head_dim=head_dim, bias=True)
    inner = four_times(config, "n_inner")
    feed_forward: Part = plain(hidden, inner)
    if config.has("num_local_experts"):
        feed_forward = Experts(
            hidden=hidden,
            width=inner,
            experts=config.need("num_local_experts"),
            active=config.need("num_experts_per_tok"),
            gated=False,
            bias=True,
        )
    layers = stack([mixer] * count, [feed_forward] * count, norms(config, 1, bias=True))
    return unverified(assemble(config, layers, final=layer_norm(config), head_bias=True))


def nomic_bert(config: Config) -> Architecture:
    """Nomic BERT as first published; one of ``moe_every_n_layers`` layers has experts, which share a bias."""
    count, hidden, heads = config.layers(), width(config), config.need("num_attention_heads")
    mixer = multi_head(hidden, heads, config.flag("qkv_proj_bias"), cached=False)
    inner = four_times(config, "n_inner")
    feed_forward = Dense(
        hidden=hidden,
        width=inner,
        gated=config.word("activation_function") in ("glu", "swiglu", "geglu"),
        up_bias=config.flag("mlp_fc1_bias"),
        down_bias=config.flag("mlp_fc2_bias"),
    )
    every = config.count("moe_every_n_layers")
    parts: list[Part] = [feed_forward] * count
    if every is not None and every > 0:
        routed = Experts(
            hidden=hidden,
            width=inner,
            experts=config.need("moe_num_experts"),
            active=config.need("moe_top_k"),
            gated=False,
            extra=(Weight("mlp.experts.bias", (hidden,), "bias"),),
        )
        parts = [routed if index % every == every - 1 else feed_forward for index in range(count)]
    rows, multiple = config.need("vocab_size"), config.need("pad_vocab_size_multiple")
    rows = derived(-(-rows // multiple) * multiple, f"{rows.text} rounded up to {multiple.text}")
    types = config.count("type_vocab_size")
    extra = norm("emb_ln", hidden, bias=True)
    if types is not None and (isinstance(types, Unknown) or types):
        extra += (Weight("token_type_embeddings.weight", (types, hidden), "embedding"),)
    learned = not config.number("rotary_emb_fraction")
    positions = config.need("n_positions") if learned else None
    shape = assemble(
        config,
        stack([mixer] * count, parts, norms(config, 2, bias=True)),
        final=(),
        tied=True,
        embedding=Embedding(vocab=rows, width=hidden, positions=positions, extra=extra),
    )
    return replace(unverified(shape), absent=NO_CACHE)


def phi3_small(config: Config) -> Architecture:
    """Phi-3-small: LayerNorms, biases everywhere; sparse layers mask blocks, their cache keeps all tokens."""
    count, hidden = config.layers(), width(config)
    inner = config.size("ff_intermediate_size")
    if inner is None:
        times = config.need("ff_dim_multiplier")
        inner = derived(hidden * times, "hidden_size × ff_dim_multiplier")
    feed_forward = Dense(hidden=hidden, width=inner, up_bias=True, down_bias=True)
    mixer = grouped(config, bias=True)
    layers = stack([mixer] * count, [feed_forward] * count, norms(config, 2, bias=True))
    return unverified(assemble(config, layers, final=norm("final_layernorm", hidden, bias=True)))


def stablelm_epoch(config: Config) -> Architecture:
    """StableLM as first published: a gated feed-forward, LayerNorms."""
    count, hidden = config.layers(), width(config)
    mixer = grouped(config, bias=config.flag("use_qkv_bias"), output_bias=False)
    layers = stack([mixer] * count, [dense(config)] * count, norms(config, 2, bias=True))
    return unverified(assemble(config, layers, final=norm("norm", hidden, bias=True)))


def hf_olmo(config: Config) -> Architecture:
    """OLMo as first published: norms without weights unless told otherwise; ``mlp_hidden_size`` is of both halves."""
    count, hidden, heads = config.layers(), width(config), config.need("n_heads")
    head_dim = derived(hidden // heads, "d_model / n_heads")
    kv_heads = config.size("n_kv_heads")
    if kv_heads is None:
        one = config.flag("multi_query_attention")
        kv_heads = derived(1, "multi_query_attention") if one else heads
    bias = config.flag("include_bias")
    mixer = grouped(config, heads=heads, kv_heads=kv_heads, head_dim=head_dim, bias=bias)
    if config.flag("attention_layer_norm"):
        mixer = replace(mixer, q_norm=heads * head_dim, k_norm=kv_heads * head_dim)
    both = config.size("mlp_hidden_size")
    if both is None:
        times = config.need("mlp_ratio")
        both = derived(hidden * times, "d_model × mlp_ratio")
    gated = config.word("activation_type") in (None, "swiglu")
    inner = derived(both // 2, f"{both.text} / 2") if gated else both
    feed_forward = Dense(hidden=hidden, width=inner, gated=gated, up_bias=bias, down_bias=bias)
    rms = config.word("layer_norm_type") == "rms"
    weighted = rms or config.flag("layer_norm_with_affine")
    biased = not rms and (config.flag("include_bias") or config.flag("bias_for_layer_norm"))
    each = norms(config, 2, bias=biased) if weighted else ()
    rows, vocab = config.need("embedding_size", "vocab_size"), config.need("vocab_size")
    positions = None if config.flag("rope") or config.flag("alibi") else config.need("max_sequence_length")
    shape = assemble(
        config,
        stack([mixer] * count, [feed_forward] * count, each),
        final=norm("ln_f", hidden, bias=biased) if weighted else (),
        tied=config.flag("weight_tying", default=True),
        embedding=Embedding(vocab=rows, width=hidden, positions=positions),
    )
    if shape.head is not None and vocab != rows:
        shape = replace(shape, head=replace(shape.head, vocab=rows))
    return unverified(shape)
