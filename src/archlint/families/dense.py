"""Dense decoders that differ from Llama in a detail: a bias, a norm, a pattern of windows, two matrices."""

from __future__ import annotations

from archlint.architecture import Architecture, Dense, Tower, Weight, linear, norm
from archlint.families.decoder import QkNorm, assemble, dense, grouped, norms, plain, width
from archlint.families.layers import FULL, SLIDING, attend, by_kind, interval, kinds, stack, window_of
from archlint.specs.config import Config
from archlint.specs.size import Size, Unknown, derived, over
from archlint.values import replace


def seed_oss(config: Config) -> Architecture:
    """Seed-OSS: the output's bias has a flag of its own."""
    count = config.layers()
    mixer = grouped(config, output_bias=config.flag("attention_out_bias"))
    feed_forward = dense(config, bias=config.flag("mlp_bias"))
    return assemble(config, stack([mixer] * count, [feed_forward] * count, norms(config, 2)))


def helium(config: Config) -> Architecture:
    """Helium: no bias on the output, whose class takes as many numbers as the residual stream has."""
    count = config.layers()
    mixer = grouped(config, output_bias=False)
    feed_forward = dense(config, bias=config.flag("mlp_bias"))
    shape = assemble(config, stack([mixer] * count, [feed_forward] * count, norms(config, 2)))
    inner = mixer.heads * mixer.head_dim
    if isinstance(inner, Unknown) or isinstance(mixer.hidden, Unknown) or inner == mixer.hidden:
        return shape
    said = "num_attention_heads × head_dim is not hidden_size, which the class's output projection takes"
    return replace(shape, absent=dict.fromkeys(("parameters", "weights", "flops"), said))


def hyperclovax(config: Config) -> Architecture:
    """HyperCLOVA X: with ``use_post_norm`` two further norms, after attention and feed-forward."""
    count = config.layers()
    feed_forward = dense(config, bias=config.flag("mlp_bias"))
    number = 4 if config.flag("use_post_norm") else 2
    return assemble(config, stack([grouped(config)] * count, [feed_forward] * count, norms(config, number)))


def arcee(config: Config) -> Architecture:
    """Arcee AFM-4.5B: a feed-forward of two matrices."""
    count = config.layers()
    feed_forward = plain(width(config), config.need("intermediate_size"), bias=config.flag("mlp_bias"))
    return assemble(config, stack([grouped(config)] * count, [feed_forward] * count, norms(config, 2)))


def apertus(config: Config) -> Architecture:
    """Apertus: two matrices and an activation with two learned numbers; norms on query and key heads."""
    count = config.layers()
    feed_forward = plain(width(config), config.need("intermediate_size"), bias=False)
    if config.word("hidden_act") == "xielu":
        learned = (Weight("mlp.act_fn.alpha_p", (1,), "vector"), Weight("mlp.act_fn.alpha_n", (1,), "vector"))
        feed_forward = replace(feed_forward, extra=learned)
    mixer = grouped(config, qk_norm="head")
    return assemble(config, stack([mixer] * count, [feed_forward] * count, norms(config, 2)))


def bitnet(config: Config) -> Architecture:
    """BitNet: a norm before the output projection and one within the feed-forward."""
    count, hidden, inner = config.layers(), width(config), config.need("intermediate_size")
    mixer = grouped(config, extra=norm("self_attn.attn_sub_norm", hidden))
    feed_forward = Dense(hidden=hidden, width=inner, extra=norm("mlp.ffn_sub_norm", inner))
    return assemble(config, stack([mixer] * count, [feed_forward] * count, norms(config, 2)))


def jais2(config: Config) -> Architecture:
    """Jais 2: LayerNorms, biases, a feed-forward of two matrices."""
    count, hidden = config.layers(), width(config)
    feed_forward = plain(hidden, config.need("intermediate_size"), bias=config.flag("mlp_bias"))
    layers = stack([grouped(config)] * count, [feed_forward] * count, norms(config, 2, bias=True))
    return assemble(config, layers, final=norm("norm", hidden, bias=True))


def nanochat(config: Config) -> Architecture:
    """nanochat: norms without weights, a feed-forward of two matrices."""
    count = config.layers()
    feed_forward = plain(width(config), config.need("intermediate_size"), bias=False)
    return assemble(config, stack([grouped(config)] * count, [feed_forward] * count, ()), final=())


def diffllama(config: Config) -> Architecture:
    """DiffLlama: four learned vectors of head_dim weigh two attentions against each other."""
    count = config.layers()
    mixer = grouped(config)
    names = ("lambda_q1", "lambda_k1", "lambda_q2", "lambda_k2")
    learned = tuple(Weight(f"self_attn.{name}", (mixer.head_dim,), "vector") for name in names)
    mixer = replace(mixer, extra=learned)
    return assemble(config, stack([mixer] * count, [dense(config)] * count, norms(config, 2)))


def cwm(config: Config) -> Architecture:
    """CWM: the first of each four layers is full, the others slide."""
    count = config.layers()
    layer_kinds = kinds(config, count, lambda index: FULL if index % 4 == 0 else SLIDING)
    feed_forward = dense(config, bias=config.flag("mlp_bias"))
    mixers = attend(layer_kinds, grouped(config, bias=False), config)
    return assemble(config, stack(mixers, [feed_forward] * count, norms(config, 2)))


def glm(config: Config) -> Architecture:
    """GLM-4 9B in transformers' form: query, key and value biases."""
    count = config.layers()
    mixer = grouped(config, output_bias=False)
    return assemble(config, stack([mixer] * count, [dense(config)] * count, norms(config, 2)))


def glm4(config: Config) -> Architecture:
    """GLM-4-0414: as GLM-4, with two norms more, after attention and feed-forward."""
    count = config.layers()
    mixer = grouped(config, output_bias=False)
    return assemble(config, stack([mixer] * count, [dense(config)] * count, norms(config, 4)))


def glm4v(config: Config) -> Architecture:
    """GLM-4V's language model: as GLM-4-0414, with query, key and value biases in any case."""
    count = config.layers()
    mixer = grouped(config, bias=True, output_bias=False)
    return assemble(config, stack([mixer] * count, [dense(config)] * count, norms(config, 4)))


def glm_image(config: Config) -> Architecture:
    """GLM-Image's language model: as GLM-4V's, with a head over the vocabulary of images."""
    shape = glm4v(config)
    assert shape.head is not None
    rows = config.need("vision_vocab_size")
    return replace(shape, head=replace(shape.head, vocab=rows, tied=False))


def glm_ocr(config: Config) -> Architecture:
    """GLM-OCR's language model: as GLM-4-0414, without biases."""
    count = config.layers()
    mixer = grouped(config, bias=False)
    return assemble(config, stack([mixer] * count, [dense(config)] * count, norms(config, 4)))


def ernie4_5(config: Config) -> Architecture:
    """ERNIE 4.5, dense: ``use_bias`` on attention and feed-forward."""
    count, bias = config.layers(), config.flag("use_bias")
    feed_forward = dense(config, bias=bias)
    layers = stack([grouped(config, bias=bias)] * count, [feed_forward] * count, norms(config, 2))
    return assemble(config, layers)


def hunyuan_dense(config: Config) -> Architecture:
    """Hunyuan, dense: norms on query and key heads."""
    count = config.layers()
    mixer = grouped(config, qk_norm="head")
    return assemble(config, stack([mixer] * count, [dense(config)] * count, norms(config, 2)))


def vaultgemma(config: Config) -> Architecture:
    """VaultGemma: every other layer slides, the first one first; two norms."""
    count = config.layers()
    layer_kinds = kinds(config, count, lambda index: FULL if (index + 1) % 2 == 0 else SLIDING)
    base = grouped(config)
    mixers = by_kind(layer_kinds, {FULL: base, SLIDING: replace(base, window=window_of(config))})
    return assemble(config, stack(mixers, [dense(config)] * count, norms(config, 2)))


def olmo(config: Config) -> Architecture:
    """OLMo 1: norms without weights."""
    count = config.layers()
    return assemble(config, stack([grouped(config)] * count, [dense(config)] * count, ()), final=())


def cohere(config: Config) -> Architecture:
    """Command R: one norm, attention and feed-forward side by side; optional norms over all heads."""
    count = config.layers()
    mixer = grouped(config, qk_norm="full" if config.flag("use_qk_norm") else "none")
    return assemble(config, stack([mixer] * count, [dense(config)] * count, norms(config, 1)))


def cohere2(config: Config) -> Architecture:
    """Command R7B, A: as Command R; each fourth layer full, the others sliding."""
    count = config.layers()
    every = interval(config, "sliding_window_pattern", 4)
    layer_kinds = kinds(config, count, lambda index: SLIDING if (index + 1) % every else FULL)
    mixers = attend(layer_kinds, grouped(config), config)
    return assemble(config, stack(mixers, [dense(config)] * count, norms(config, 1)))


def moshi(config: Config) -> Architecture:
    """Moshi's language model: one row more in the embedding than in the head; ``ffn_dim`` is both halves.

    The class that speaks has tables of sounds, a decoder of the codebooks and a codec beside it.
    """
    shape = _moshi(config, derived(config.need("vocab_size") + 1, "vocab_size + 1"))
    if not config.named_class.endswith("ForConditionalGeneration"):
        return shape
    return replace(shape, towers=(Tower(name="depth decoder", known=False), Tower(name="codec", known=False)))


def kyutai_speech_to_text(config: Config) -> Architecture:
    """Kyutai's speech to text: as Moshi; the embedding has rows for the tokens of every codebook as well."""
    rows = config.need("vocab_size") + config.need("num_codebooks") * config.need("codebook_vocab_size") + 1
    shape = _moshi(config, derived(rows, "vocab_size + num_codebooks × codebook_vocab_size + 1"))
    assert shape.head is not None
    head = replace(shape.head, tied=config.tied)
    return replace(shape, head=head, towers=(Tower(name="codec", known=False),))


def _moshi(config: Config, rows: Size) -> Architecture:
    count, hidden = config.layers(), width(config)
    mixer = grouped(config, bias=False, window=config.size("sliding_window"))
    inner = config.need("ffn_dim")
    feed_forward = Dense(hidden=hidden, width=derived(inner // 2, "ffn_dim / 2"))
    shape = assemble(config, stack([mixer] * count, [feed_forward] * count, norms(config, 2)), tied=False)
    assert shape.embedding is not None
    return replace(shape, embedding=replace(shape.embedding, vocab=rows))


def molmo2(config: Config) -> Architecture:
    """Molmo 2's language model: norms per head or over all heads, further rows in the embedding for images."""
    count = config.layers()
    qk_norm: QkNorm = "head" if config.word("qk_norm_type") == "qwen3" else "full"
    mixer = grouped(config, output_bias=False, qk_norm=qk_norm)
    shape = assemble(config, stack([mixer] * count, [dense(config)] * count, norms(config, 2)), tied=False)
    assert shape.embedding is not None
    more = config.count("additional_vocab_size", default=0)
    rows = shape.embedding.vocab if more is None else shape.embedding.vocab + more
    return replace(
        shape, embedding=replace(shape.embedding, vocab=derived(rows, "vocab_size + additional_vocab_size"))
    )


def ministral(config: Config) -> Architecture:
    """Ministral: every layer slides unless ``layer_types`` says else."""
    count = config.layers()
    other = FULL if config.size("sliding_window") is None else SLIDING
    mixers = attend(kinds(config, count, lambda _: other), grouped(config, bias=False), config)
    return assemble(config, stack(mixers, [dense(config)] * count, norms(config, 2)))


def cohere_compass(config: Config) -> Architecture:
    """Command's layers, all full unless ``layer_types`` says else."""
    count = config.layers()
    mixers = attend(kinds(config, count, lambda _: FULL), grouped(config), config)
    return assemble(config, stack(mixers, [dense(config)] * count, norms(config, 1)))


def chameleon(config: Config) -> Architecture:
    """Chameleon: Llama's layers with LayerNorms over all query and all key heads."""
    count = config.layers()
    hidden, heads = width(config), config.need("num_attention_heads")
    mixer = grouped(config, head_dim=over(hidden, heads))
    mixer = replace(
        mixer, q_norm=2 * mixer.heads * mixer.head_dim, k_norm=2 * mixer.kv_heads * mixer.head_dim
    )
    feed_forward = dense(config, bias=config.flag("mlp_bias"))
    return assemble(config, stack([mixer] * count, [feed_forward] * count, norms(config, 2)))


def cosmos3_edge(config: Config) -> Architecture:
    """Cosmos 3 Edge's language model: Llama's attention, a feed-forward of two matrices; never tied."""
    shape = arcee(config)
    return replace(shape, head=None if shape.head is None else replace(shape.head, tied=False))


def voxtral_realtime(config: Config) -> Architecture:
    """Voxtral Realtime's language model: Mistral's layers, each scaled by the delay through 32 numbers."""
    count, hidden = config.layers(), width(config)
    mixer = grouped(config, bias=False, window=config.size("sliding_window"))
    scale = (*linear("ada_rms_norm.linear1", hidden, 32), *linear("ada_rms_norm.linear2", 32, hidden))
    return assemble(config, stack([mixer] * count, [dense(config)] * count, norms(config, 2), extra=scale))
