"""How layers differ: kinds from written lists and from patterns, and stacking them (COSTS.md section 3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

from archlint.architecture import Attention, Layer, Part, Weight
from archlint.specs.config import Config
from archlint.specs.size import Size, Unknown, Unreadable
from archlint.values import replace

FULL: Final = "full_attention"
SLIDING: Final = "sliding_attention"
CHUNKED: Final = "chunked_attention"
LINEAR: Final = "linear_attention"
INDEXED: Final = "indexed_attention"

_LEGACY: Final = {
    "mamba": LINEAR,
    "attention": FULL,
    "deepseek_sparse_attention": INDEXED,
    "qwen_sparse_attention": INDEXED,
}

_P = TypeVar("_P")


def written_kinds(
    config: Config, layers: int, key: str = "layer_types", tail: int = 0
) -> tuple[str, ...] | None:
    """Return the kind of each layer as the list ``key`` states it, None when it is absent.

    Up to ``tail`` more entries (MTP layers) are cut off. Raise ``Unreadable`` when the length is another.
    """
    if not config.has(key):
        return None
    words = config.words(key)
    if words is None:
        raise Unreadable(f"{key} is no list of strings")
    if not layers <= len(words) <= layers + tail:
        raise Unreadable(f"{key} has {len(words):,} entries for {layers:,} layers")
    return tuple(_LEGACY.get(word, word) for word in words[:layers])


def kinds(
    config: Config, layers: int, default: Callable[[int], str], key: str = "layer_types"
) -> tuple[str, ...]:
    """Return the kind of each layer: the written list, else ``default`` of each 0-based index."""
    return written_kinds(config, layers, key) or tuple(default(index) for index in range(layers))


def full_each(every: int, others: str = SLIDING) -> Callable[[int], str]:
    """Return the pattern in which each ``every``-th layer (1-based) is full and the rest ``others``."""
    return lambda index: FULL if (index + 1) % every == 0 else others


def interval(config: Config, key: str, default: int) -> int:
    """Return a pattern's length; raise ``Unreadable`` when it is not a positive number."""
    every = config.size(key, default=default)
    if every is None or isinstance(every, Unknown):
        raise Unreadable(every.reason if isinstance(every, Unknown) else f"{key} is null")
    return every


def window_of(config: Config, key: str = "sliding_window") -> Size:
    """Return the window of sliding layers, an ``Unknown`` when it is not given."""
    return config.need(key)


def by_kind(layer_kinds: Sequence[str], parts: Mapping[str, _P]) -> list[_P]:
    """Return for each layer the part of its kind; raise ``Unreadable`` on a kind that ``parts`` lacks."""
    try:
        return list(map(parts.__getitem__, layer_kinds))
    except KeyError as error:
        raise Unreadable(f"{error.args[0]} is no layer type of this model") from None


def attend(layer_kinds: Sequence[str], base: Attention, config: Config) -> list[Attention]:
    """Return for each layer ``base`` as it is, with ``sliding_window``, or with ``attention_chunk_size``."""
    used = set(layer_kinds)
    parts = {FULL: base}
    if SLIDING in used:
        parts[SLIDING] = replace(base, window=window_of(config))
    if CHUNKED in used:
        parts[CHUNKED] = replace(base, chunk=config.need("attention_chunk_size"))
    return by_kind(layer_kinds, parts)


def experts_after(config: Config, layers: int, key: str = "first_k_dense_replace") -> list[bool]:
    """Return whether each layer has experts: all but the first ``first_k_dense_replace``."""
    first = config.count(key)
    dense = 0 if first is None else first
    if isinstance(dense, Unknown):
        raise Unreadable(dense.reason)
    return [index >= dense for index in range(layers)]


def experts_listed(config: Config, layers: int, key: str = "mlp_layer_types") -> list[bool] | None:
    """Return whether each layer has experts: ``sparse`` in ``mlp_layer_types``; None when it is absent."""
    words = written_kinds(config, layers, key)
    return None if words is None else [word == "sparse" for word in words]


def experts_by_step(config: Config, layers: int) -> list[bool]:
    """Return whether each layer has experts by ``decoder_sparse_step`` and ``mlp_only_layers`` (Qwen)."""
    step = interval(config, "decoder_sparse_step", 1)
    dense = {int(index) for index in config.sizes("mlp_only_layers") or () if not isinstance(index, Unknown)}
    return [index not in dense and (index + 1) % step == 0 for index in range(layers)]


def stack(
    mixers: Sequence[Part | tuple[Part, ...]],
    feed_forwards: Sequence[Part | tuple[Part, ...]],
    norms: tuple[Weight, ...],
    extra: tuple[Weight, ...] = (),
) -> tuple[Layer, ...]:
    """Return the layers, one per entry; layers of the same parts are one object.

    An entry is a part or a tuple of parts (several side by side, or none). ``norms`` and ``extra`` are those
    of every layer.
    """

    def layer(at: int) -> Layer:
        mixer, feed_forward = mixers[at], feed_forwards[at]
        return Layer(
            mixers=mixer if isinstance(mixer, tuple) else (mixer,),
            feed_forwards=feed_forward if isinstance(feed_forward, tuple) else (feed_forward,),
            norms=norms,
            extra=extra,
        )

    count = len(mixers)
    if count == len(feed_forwards) and len({*map(id, mixers)}) == 1 and len({*map(id, feed_forwards)}) == 1:
        return (layer(0),) * count  # the most usual stack, and the quickest
    keys = list(zip(map(id, mixers), map(id, feed_forwards), strict=True))
    made = {key: layer(keys.index(key)) for key in set(keys)}
    return tuple(map(made.__getitem__, keys))
