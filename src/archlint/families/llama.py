"""Llama and what is built like it: Llama 4, SmolLM3."""

from __future__ import annotations

from archlint.architecture import Architecture, Dense
from archlint.families.decoder import assemble, dense, experts, grouped, norms
from archlint.families.layers import CHUNKED, FULL, SLIDING, attend, interval, kinds, stack
from archlint.specs.config import Config
from archlint.specs.size import Unknown, Unreadable


def llama(config: Config) -> Architecture:
    """Llama 1 to 3."""
    count = config.layers()
    feed_forward = dense(config, bias=config.flag("mlp_bias"))
    layers = stack([grouped(config)] * count, [feed_forward] * count, norms(config, 2))
    return assemble(config, layers)


def smollm3(config: Config) -> Architecture:
    """SmolLM3: layers without rotary positions, windowed only when ``use_sliding_window``."""
    count = config.layers()
    rotary = rotary_layers(config, count)
    windowed = config.flag("use_sliding_window") and config.size("sliding_window") is not None
    layer_kinds = kinds(config, count, lambda i: SLIDING if windowed and not rotary[i] else FULL)
    feed_forward = dense(config, bias=config.flag("mlp_bias"))
    mixers = attend(layer_kinds, grouped(config), config)
    return assemble(config, stack(mixers, [feed_forward] * count, norms(config, 2)))


def llama4(config: Config) -> Architecture:
    """Llama 4: chunked attention where positions are rotary, experts in every n-th layer, one shared."""
    count = config.layers()
    rotary = rotary_layers(config, count)
    layer_kinds = kinds(config, count, lambda i: CHUNKED if rotary[i] else FULL)
    shared = Dense(
        hidden=config.need("hidden_size"), width=config.need("intermediate_size"), name="mlp.shared"
    )
    routed = experts(config, count="num_local_experts", width_key="intermediate_size", shared=shared)
    plain = dense(config, width_key="intermediate_size_mlp")
    listed = config.sizes("moe_layers")
    if listed is None:
        step = interval(config, "interleave_moe_layer_step", 1)
        sparse = set(range(step - 1, count, step))
    else:
        sparse = {int(index) for index in listed}
    feed_forwards = [routed if index in sparse else plain for index in range(count)]
    mixers = attend(layer_kinds, grouped(config), config)
    return assemble(config, stack(mixers, feed_forwards, norms(config, 2)))


def rotary_layers(config: Config, layers: int) -> list[bool]:
    """Return whether each layer is rotary: ``no_rope_layers`` (1 means it is), else the interval."""
    listed = config.sizes("no_rope_layers")
    if listed:
        if len(listed) != layers:
            raise Unreadable(f"no_rope_layers has {len(listed):,} entries for {layers:,} layers")
        if any(isinstance(item, Unknown) for item in listed):
            raise Unreadable("no_rope_layers holds no whole numbers")
        return [item != 0 for item in listed]
    every = interval(config, "no_rope_layer_interval", 4)
    return [(index + 1) % every != 0 for index in range(layers)]
