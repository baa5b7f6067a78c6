"""Looped depth: layers that run several times over; each pass caches keys and values of its own."""

from __future__ import annotations

from archlint.architecture import Architecture, Embedding, Head, Layer, Reused, Weight, linear, norm
from archlint.families.decoder import assemble, dense, grouped, norms, norms_over, width
from archlint.families.layers import attend, stack
from archlint.families.qwen import window_kinds
from archlint.specs.config import MOST_LAYERS, Config
from archlint.specs.size import Size, Unknown, Unreadable, derived, over
from archlint.values import replace


def nanbeige(config: Config) -> Architecture:
    """Nanbeige 4.2: the decoder of Llama, ``num_loops`` times over."""
    count = config.layers()
    feed_forward = dense(config, bias=config.flag("mlp_bias"))
    layers = stack([grouped(config)] * count, [feed_forward] * count, norms(config, 2))
    shape = assemble(config, repeated(layers, _passes(config, "num_loops")))
    why = "read from the published config; its code is not part of transformers"
    return replace(shape, unverified=dict.fromkeys(("parameters", "weights", "flops"), why))


def ouro(config: Config) -> Architecture:
    """Ouro: ``total_ut_steps`` passes, four norms a layer, a learned gate that may stop early."""
    count, hidden = config.layers(), width(config)
    mixers = attend(window_kinds(config, count), grouped(config, bias=False), config)
    layers = stack(mixers, [dense(config)] * count, norms(config, 4))
    passes = _passes(config, "total_ut_steps")
    final = (*norms(config, 1), *linear("early_exit_gate", hidden, 1, bias=True))
    shape = assemble(config, repeated(layers, passes), final=final)
    why = "read from the published structure; its code is not part of transformers"
    return replace(shape, unverified=dict.fromkeys(("parameters", "weights", "flops"), why))


def iquest_loop_coder(config: Config) -> Architecture:
    """IQuest-Coder Loop: later passes mix what the first one cached with keys and values of their own in a window.

    A gate a head, read from its query, says how much of each; it serves all later passes.
    """
    count, heads = config.layers(), config.need("num_attention_heads")
    own = grouped(config, head_dim=over(width(config), heads), bias=False)
    gate = linear("gate_projections", own.head_dim, heads, bias=True)
    layers = stack([own] * count, [dense(config)] * count, norms(config, 2), gate)
    local = replace(own, window=config.need("loop_window_size"))
    again = Layer(mixers=(Reused(local),), feed_forwards=(Reused(layers[0].feed_forwards[0]),))
    passes = _passes(config, "loop_num")
    if count * passes > MOST_LAYERS:
        raise Unreadable(f"{passes:,} passes over {count:,} layers are more than are read")
    shape = assemble(config, layers + (again,) * (count * (passes - 1)))
    why = "read from the published structure; its code is not part of transformers"
    return replace(shape, unverified=dict.fromkeys(("parameters", "weights", "flops"), why))


def huginn(config: Config) -> Architecture:
    """Huginn: a prelude, a core that runs ``mean_recurrence`` times, a coda; a map joins input and state before it."""
    hidden, heads = config.need("n_embd"), config.need("n_heads")
    before, within, after = (
        config.layers(f"n_layers_in_{part}") for part in ("prelude", "recurrent_block", "coda")
    )
    head_dim, bias = config.size("head_dim"), config.flag("bias")
    head_dim = over(hidden, heads) if head_dim is None else head_dim
    shift = (Weight("attn.qk_bias", (2, heads, head_dim), "bias"),) if config.flag("qk_bias") else ()
    mixer = grouped(config, hidden=hidden, heads=heads, head_dim=head_dim, bias=bias, extra=shift)
    feed_forward = dense(config, hidden=hidden, bias=bias)
    (layer,) = stack([mixer], [feed_forward], norms_over(hidden, 4, bias=False))
    joined = replace(layer, extra=linear("adapter", 2 * hidden, hidden, bias))
    core = repeated((joined, *(layer,) * (within - 1)), _passes(config, "mean_recurrence"))
    vocab = config.need("padded_vocab_size", "vocab_size")
    why = "read from the published structure; its code is not part of transformers"
    often = f"{why}, and a text may be given more or fewer passes than mean_recurrence"
    return Architecture(
        model_type=config.model_type,
        layers=(layer,) * before + core + (layer,) * after,
        embedding=Embedding(vocab=vocab, width=hidden),
        head=Head(vocab=vocab, width=hidden, tied=config.tied),
        final=norm("ln_f", hidden),
        unverified={"parameters": why, "weights": why, "flops": often, "kv_cache": often},
    )


def repeated(layers: tuple[Layer, ...], passes: int) -> tuple[Layer, ...]:
    """Return ``layers`` followed by further passes over them, which have no weights of their own."""
    if len(layers) * passes > MOST_LAYERS:
        raise Unreadable(f"{passes:,} passes over {len(layers):,} layers are more than are read")
    made = {id(layer): _again(layer) for layer in layers}
    return layers + tuple(made[id(layer)] for layer in layers) * (passes - 1)


def _again(layer: Layer) -> Layer:
    return Layer(
        mixers=tuple(Reused(part) for part in layer.mixers),
        feed_forwards=tuple(Reused(part) for part in layer.feed_forwards),
    )


def _passes(config: Config, key: str) -> Size:
    found = config.need(key)
    if isinstance(found, Unknown):
        raise Unreadable(found.reason)
    return found if found <= MOST_LAYERS else derived(MOST_LAYERS + 1, key)
