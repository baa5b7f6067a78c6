"""Gemma 4, and its unified and assistant variants."""

from __future__ import annotations

from archlint.architecture import (
    Architecture,
    Attention,
    Dense,
    Embedding,
    Experts,
    Part,
    Tower,
    Weight,
    linear,
    norm,
)
from archlint.families.decoder import assemble, grouped, norms, width
from archlint.families.layers import FULL, SLIDING, full_each, interval, kinds, stack, window_of
from archlint.specs.config import Config
from archlint.specs.size import Size, Unknown, Unreadable, derived
from archlint.values import replace

_ASSISTANTS = ("gemma4_assistant", "gemma4_unified_assistant")


def gemma4(config: Config) -> Architecture:
    """Gemma 4: per-layer embeddings, and experts beside the dense feed-forward, where the keys say so."""
    same = config.flag("attention_k_eq_v")
    return _gemma4(config, _per_layer_width(config), config.flag("enable_moe_block"), same)


def gemma4_unified(config: Config) -> Architecture:
    """Gemma 4 unified: neither per-layer embeddings nor experts."""
    return _gemma4(config, None, experts=False, same=config.flag("attention_k_eq_v"))


def diffusion_gemma(config: Config) -> Architecture:
    """Diffusion Gemma: Gemma 4 with experts and K = V; one set of layers reads the prompt and fills the canvas.

    What conditions it on its own last guess is a feed-forward beside the embedding.
    """
    shape = _gemma4(config, None, experts=True, same=True)
    hidden = width(config)
    guess = Dense(hidden=hidden, width=config.need("intermediate_size"), name="self_conditioning")
    final = (*shape.final, *guess.weights(), *norm("self_conditioning.pre_norm", hidden))
    why = "a canvas is filled in several passes, as many as it takes"
    return replace(shape, final=final, absent={"flops": why})


def embedding_gemma2(config: Config) -> Architecture:
    """Embedding Gemma 2: an encoder with the layers of Gemma 4, which caches nothing."""
    count, hidden = config.layers(), width(config)
    layer_kinds = list(kinds(config, count, full_each(interval(config, "sliding_window_pattern", 6))))
    layer_kinds[-1] = FULL
    if not {*layer_kinds} <= {FULL, SLIDING}:
        raise Unreadable("layer_types holds kinds other than full_attention and sliding_attention")
    sliding = grouped(config, qk_norm="head", cached=False)
    sliding = replace(sliding, window=derived(window_of(config) + 1, "sliding_window + 1"))
    whole = grouped(
        config,
        qk_norm="head",
        kv_heads=config.need("num_global_key_value_heads", default=1),
        head_dim=config.need("global_head_dim", default=512),
        cached=False,
    )
    mixers: list[Part] = [whole if kind == FULL else sliding for kind in layer_kinds]
    per_layer = config.need("hidden_size_per_layer_input")
    each, _ = per_layer_inputs(config, per_layer, count)
    projected = derived(count * per_layer, "num_hidden_layers × hidden_size_per_layer_input")
    ends = (
        *norm("norm", hidden),
        *linear("ple.per_layer_model_projection", hidden, projected),
        *norm("ple.per_layer_projection_norm", per_layer),
        *linear("embedding_projection", hidden, config.need("embedding_dim")),
    )
    feed_forward = Dense(hidden=hidden, width=config.need("intermediate_size"))
    layers = stack(mixers, [feed_forward] * count, norms(config, 4), each)
    return replace(assemble(config, layers, final=ends), head=None)


def _gemma4(config: Config, per_layer: Size | None, experts: bool, same: bool) -> Architecture:
    count = config.layers()
    layer_kinds = list(kinds(config, count, full_each(6)))
    layer_kinds[-1] = FULL
    if not {*layer_kinds} <= {FULL, SLIDING}:
        raise Unreadable("layer_types holds kinds other than full_attention and sliding_attention")
    assistant = config.wrapper is not None and config.wrapper.model_type in _ASSISTANTS
    first_shared = 0 if assistant else count - shared_layers(config, layer_kinds)
    parts = _attentions(config, layer_kinds, same)
    mixers: list[Part] = [
        parts[index, index >= first_shared] if (index, True) in parts else parts[kind, index >= first_shared]
        for index, kind in enumerate(layer_kinds)
    ]
    own, wide = _feed_forwards(config, experts)
    feed_forwards = [own if index < first_shared else wide for index in range(count)]
    layer_norms = norms(config, 7 if experts else 4)
    extra: tuple[Weight, ...] = ()
    embedding: Embedding | None = None
    if per_layer is not None:
        extra, embedding = per_layer_inputs(config, per_layer, count)
    shape = assemble(config, stack(mixers, feed_forwards, layer_norms, extra), embedding=embedding)
    if not assistant:
        return shape
    why = "read from the published structure; transformers 5.23 cannot build an assistant"
    return replace(shape, towers=_assistant(config), unverified={"*": why})


def shared_layers(config: Config, layer_kinds: list[str]) -> int:
    """Return how many of the last layers use keys and values of earlier ones."""
    number = config.count("num_kv_shared_layers")
    if number is None or number == 0:
        return 0
    if isinstance(number, Unknown):
        raise Unreadable(number.reason)
    if {*layer_kinds[: max(len(layer_kinds) - number, 0)]} != {*layer_kinds}:
        raise Unreadable("num_kv_shared_layers leaves no layer whose keys and values could be shared")
    return number


def per_layer_inputs(config: Config, per_layer: Size, layers: Size) -> tuple[tuple[Weight, ...], Embedding]:
    """Return what a layer needs to take its own input embedding in, and the embeddings with their table."""
    hidden, vocab = width(config), config.need("vocab_size_per_layer_input")
    whole = derived(layers * per_layer, "num_hidden_layers × hidden_size_per_layer_input")
    layer = (
        *linear("per_layer_input_gate", hidden, per_layer),
        *linear("per_layer_projection", per_layer, hidden),
        *norm("post_per_layer_input_norm", hidden),
    )
    tables = (
        Weight("embed_tokens_per_layer.weight", (vocab, whole), "embedding"),
        *linear("per_layer_model_projection", hidden, whole),
        *norm("per_layer_projection_norm", per_layer),
    )
    return layer, Embedding(vocab=config.need("vocab_size"), width=hidden, extra=tables)


def bidirectional_window(config: Config, both_ways: bool) -> Size:
    """Return the window, halved where attention looks both ways."""
    window = window_of(config)
    return derived(window // 2 + 1, "sliding_window / 2 + 1") if both_ways else window


def _per_layer_width(config: Config) -> Size | None:
    found = config.count("hidden_size_per_layer_input")
    return None if found is None or found == 0 else found


def _attentions(
    config: Config, layer_kinds: list[str], same: bool
) -> dict[tuple[str | int, bool], Attention]:
    """Return attention by (kind or index of the layer, whether it shares keys and values)."""
    sliding = grouped(config, qk_norm="head")
    if SLIDING in layer_kinds:
        window = bidirectional_window(config, config.word("use_bidirectional_attention") == "all")
        sliding = replace(sliding, window=window)
    found: dict[tuple[str | int, bool], Attention] = {}
    if config.has("per_layer_config"):
        if not isinstance(config.get("per_layer_config"), dict):
            raise Unreadable("per_layer_config is no mapping")
        each = config.section("per_layer_config")
        for index, kind in enumerate(layer_kinds):
            own = each.section(str(index))
            base = grouped(
                config,
                qk_norm="head",
                kv_heads=own.size("num_key_value_heads"),
                head_dim=own.size("head_dim"),
                window=sliding.window if kind == SLIDING else None,
                key_is_value=same and kind == FULL,
            )
            found[index, False], found[index, True] = base, replace(base, cached=False, projects=False)
        return found
    heads = config.size("num_global_key_value_heads") if same else None
    dim = config.need("global_head_dim", default=512)
    whole = grouped(config, qk_norm="head", kv_heads=heads, head_dim=dim, key_is_value=same)
    for kind, base in ((SLIDING, sliding), (FULL, whole)):
        found[kind, False], found[kind, True] = base, replace(base, cached=False, projects=False)
    return found


def _feed_forwards(config: Config, experts: bool) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Return the feed-forwards of a layer with keys and values of its own, and of one that shares them."""
    hidden, inner = width(config), config.need("intermediate_size")
    own, wide = Dense(hidden=hidden, width=inner), Dense(hidden=hidden, width=inner)
    if config.flag("use_double_wide_mlp"):
        wide = Dense(hidden=hidden, width=derived(2 * inner, "2 × intermediate_size"))
    else:
        wide = own
    if not experts:
        return (own,), (wide,)
    number = config.need("num_experts")
    routed = Experts(
        hidden=hidden,
        width=config.need("moe_intermediate_size"),
        experts=number,
        active=config.need("top_k_experts"),
        extra=(Weight("router.scale", (hidden,), "vector"), Weight("router.experts", (number,), "vector")),
    )
    return (own, routed), (wide, routed)


def _assistant(config: Config) -> tuple[Tower, ...]:
    """Return the projections from and to the model that an assistant helps, and its clustered head."""
    wrapper = config.wrapper
    assert wrapper is not None
    hidden, theirs = width(config), wrapper.need("backbone_hidden_size")
    extra = (
        *linear("pre_projection", 2 * theirs, hidden),
        *linear("post_projection", hidden, theirs),
    )
    if wrapper.flag("use_ordered_embeddings"):
        extra += linear("masked_embedding.centroids", hidden, wrapper.need("num_centroids"))
    return (Tower(name="projections", extra=extra),)
