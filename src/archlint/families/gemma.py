"""Gemma 1 to 3."""

from __future__ import annotations

from archlint.architecture import Architecture
from archlint.families.decoder import assemble, dense, grouped, norms
from archlint.families.layers import FULL, SLIDING, by_kind, full_each, interval, kinds, stack, window_of
from archlint.specs.config import Config
from archlint.specs.size import Size, Unknown, derived
from archlint.values import replace


def gemma(config: Config) -> Architecture:
    """Gemma 1."""
    count = config.layers()
    return assemble(config, stack([grouped(config)] * count, [dense(config)] * count, norms(config, 2)))


def gemma2(config: Config) -> Architecture:
    """Gemma 2: every other layer slides, the first one first; four norms."""
    count = config.layers()
    layer_kinds = kinds(config, count, full_each(2))
    base = grouped(config)
    mixers = by_kind(layer_kinds, {FULL: base, SLIDING: replace(base, window=window_of(config))})
    return assemble(config, stack(mixers, [dense(config)] * count, norms(config, 4)))


def gemma3(config: Config) -> Architecture:
    """Gemma 3: each sixth layer is full; norms on query and key heads; four norms."""
    count = config.layers()
    every = interval(config, "sliding_window_pattern", 6)
    layer_kinds = kinds(config, count, full_each(every))
    base = grouped(config, qk_norm="head")
    mixers = by_kind(layer_kinds, {FULL: base, SLIDING: replace(base, window=_window(config))})
    tied = config.tied
    if config.wrapper is not None and config.wrapper_type == "shieldgemma2":  # it follows its text model
        tied = tied or config.flag("tie_word_embeddings")
    return assemble(config, stack(mixers, [dense(config)] * count, norms(config, 4)), tied=tied)


def _window(config: Config) -> Size:
    """The window, halved where attention looks both ways."""
    window = window_of(config)
    if config.flag("use_bidirectional_attention") and not isinstance(window, Unknown):
        return derived(window // 2 + 1, "sliding_window / 2 + 1")
    return window
