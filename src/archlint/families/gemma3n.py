"""Gemma 3n: per-layer embeddings, alternating updates of several streams, shared keys and values."""

from __future__ import annotations

from archlint.architecture import Architecture, Dense, Part, Weight, linear, norm
from archlint.families.decoder import assemble, grouped, norms, width
from archlint.families.gemma4 import per_layer_inputs, shared_layers
from archlint.families.layers import FULL, SLIDING, full_each, kinds, stack, window_of
from archlint.specs.config import Config
from archlint.specs.size import Size, Unknown, Unreadable, derived
from archlint.values import replace

MOST_STREAMS = 1000


def gemma3n(config: Config) -> Architecture:
    """Gemma 3n: each fifth layer is full; the last ``num_kv_shared_layers`` use earlier keys and values."""
    count, hidden = config.layers(), width(config)
    layer_kinds = list(kinds(config, count, full_each(5)))
    first_shared = count - shared_layers(config, layer_kinds)
    own = grouped(config, qk_norm="head")
    whole = {FULL: own, SLIDING: replace(own, window=window_of(config))}
    parts = {(kind, False): part for kind, part in whole.items()}
    parts |= {(kind, True): replace(part, cached=False, projects=False) for kind, part in whole.items()}
    if not {*layer_kinds} <= {FULL, SLIDING}:
        raise Unreadable("layer_types holds kinds other than full_attention and sliding_attention")
    mixers: list[Part] = [parts[kind, index >= first_shared] for index, kind in enumerate(layer_kinds)]
    streams, rank = config.need("altup_num_inputs"), config.need("laurel_rank")
    each, embedding = per_layer_inputs(config, config.need("hidden_size_per_layer_input"), count)
    between = Weight("altup_unembed_projections.weight", (hidden, hidden), copies=_others(streams))
    embedding = replace(
        embedding,
        extra=(
            *embedding.extra,
            Weight("altup_projections.weight", (hidden, hidden), copies=_others(streams)),
        ),
    )
    layers = stack(
        mixers, _feed_forwards(config, count), norms(config, 4), (*each, *_around(hidden, streams, rank))
    )
    return assemble(config, layers, embedding=embedding, final=(*norm("norm", hidden), between))


def _others(streams: Size) -> Size:
    if not isinstance(streams, Unknown) and streams > MOST_STREAMS:
        return Unknown(f"altup_num_inputs is {int(streams):,}, more than is read", "altup_num_inputs")
    return derived(streams - 1, "altup_num_inputs - 1")


def _around(hidden: Size, streams: Size, rank: Size) -> tuple[Weight, ...]:
    """Return the alternating updates and the learned augmented residual of one layer."""
    squared = derived(streams * streams, "altup_num_inputs²")
    return (
        Weight("altup.correct_output_scale", (hidden,), "vector"),
        *linear("altup.correction_coefs", streams, streams),
        *linear("altup.prediction_coefs", streams, squared),
        *linear("altup.modality_router", hidden, streams),
        *norm("altup.router_norm", hidden),
        *linear("laurel.linear_left", hidden, rank),
        *linear("laurel.linear_right", rank, hidden),
        *norm("laurel.post_laurel_norm", hidden),
    )


def _feed_forwards(config: Config, layers: Size) -> list[Part]:
    widths = config.each("intermediate_size", layers)
    if widths is None:
        widths = (config.need("intermediate_size"),) * layers
    made: dict[int, Part] = {}
    found = []
    for inner in widths:
        key = id(inner) if isinstance(inner, Unknown) else int(inner)
        if key not in made:
            made[key] = Dense(hidden=width(config), width=inner)
        found.append(made[key])
    return found
