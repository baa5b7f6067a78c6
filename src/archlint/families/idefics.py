"""IDEFICS: Llama with layers between its own that attend to images."""

from __future__ import annotations

from archlint.architecture import Architecture, Embedding, Layer, Tower, Weight, linear, norm
from archlint.families.decoder import assemble, dense, multi_head, norms, width
from archlint.families.layers import interval
from archlint.families.vision import clip_vision
from archlint.specs.config import Config
from archlint.specs.size import Size, Unknown, Unreadable, derived
from archlint.values import replace


def idefics(config: Config) -> Architecture:
    """IDEFICS: a gated layer of cross-attention before each ``cross_layer_interval``-th layer."""
    hidden, count = width(config), config.layers()
    own = multi_head(hidden, config.need("num_attention_heads"), bias=False)
    seen, theirs = config.section("vision_config"), config.section("vision_config").need("embed_dim")
    cross = replace(
        own,
        cross=True,
        projects=False,
        extra=tuple(w for name in "kv" for w in linear(f"cross_attn.{name}_proj", theirs, hidden)),
    )
    if config.flag("qk_layer_norms"):
        cross = replace(
            cross,
            extra=(*cross.extra, *norm("q_layer_norm", own.head_dim), *norm("k_layer_norm", own.head_dim)),
        )
    alpha = {"vector": (1, 1, hidden), "float": (1,)}.get(config.word("alpha_type") or "")
    if alpha is None:
        raise Unreadable("alpha_type is neither vector nor float")
    gates = tuple(Weight(f"alpha_{name}", alpha, "vector") for name in ("cross_attn", "dense"))
    feed_forward, around = dense(config), norms(config, 2)
    plain = Layer(mixers=(own,), feed_forwards=(feed_forward,), norms=around)
    crossed = Layer(
        mixers=(cross, own), feed_forwards=(feed_forward, feed_forward), norms=around * 2, extra=gates
    )
    every = interval(config, "cross_layer_interval", 1)
    if count % every:
        raise Unreadable("num_hidden_layers is no multiple of cross_layer_interval")
    layers = tuple(plain if index % every else crossed for index in range(count))
    more = config.count("additional_vocab_size")
    vocab = config.need("vocab_size")
    extra: tuple[Weight, ...] = ()
    if more is not None and (isinstance(more, Unknown) or more):
        extra = (Weight("embed_tokens.additional_embedding.weight", (more, hidden), "embedding"),)
    shape = assemble(config, layers, embedding=Embedding(vocab=vocab, width=hidden, extra=extra))
    assert shape.head is not None
    if more is not None and extra and not shape.head.tied:
        shape = replace(shape, head=replace(shape.head, extra=linear("lm_head.additional_fc", hidden, more)))
    encoder = clip_vision(seen)
    loose = encoder.final
    if config.flag("use_resampler"):
        loose += _resampler(config, theirs)
    return replace(shape, towers=(Tower(name="vision", layers=encoder.layers, extra=loose),))


def _resampler(config: Config, hidden: Size) -> tuple[Weight, ...]:
    """Return the perceiver that makes a fixed number of vectors of an image."""
    section = config.section("perceiver_config")
    depth = section.layers("resampler_depth")
    head_dim = section.need("resampler_head_dim")
    inner = section.need("resampler_n_heads") * head_dim
    block = [
        *(w for name in ("context", "latents") for w in norm(f"{name}_layer_norm", hidden, bias=True)),
        *(w for name in "qkv" for w in linear(f"{name}_proj", hidden, inner)),
        *linear("output_proj", inner, hidden),
        *norm("mlp.ln", hidden, bias=True),
        *linear("mlp.fc", hidden, derived(4 * hidden, "4 × embed_dim")),
        *linear("mlp.c_proj", 4 * hidden, hidden),
    ]
    if section.flag("qk_layer_norms_perceiver"):
        block += [w for name in "qk" for w in norm(f"{name}_layer_norm", head_dim, bias=True)]
    return (
        Weight("latents", (section.need("resampler_n_latents"), hidden), "vector"),
        *(weight._replace(name=f"blocks.{weight.name}", copies=depth) for weight in block),
        *norm("layer_norm", hidden, bias=True),
    )
