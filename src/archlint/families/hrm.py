"""Hierarchical reasoning models: two stacks of layers that run in turns, with the same weights each time."""

from __future__ import annotations

from typing import Final

from archlint.architecture import Architecture, Layer, Reused, Weight
from archlint.families.decoder import assemble, dense, grouped, width
from archlint.families.layers import stack
from archlint.specs.config import MOST_LAYERS, Config
from archlint.specs.size import Unknown, Unreadable
from archlint.values import replace

SLOW_TURNS: Final = 1
"""How often the slow stack runs in a cycle."""


def hrm_text(config: Config) -> Architecture:
    """HRM-Text: a fast stack runs ``L_cycles`` times, then a slow one once; all of it ``H_cycles`` times.

    Every run of a layer keeps keys and values of its own. With ``num_layers_per_stack`` the layer count is
    that of all runs.
    """
    slow, fast = config.need("H_cycles"), config.need("L_cycles")
    for size in (slow, fast):
        if isinstance(size, Unknown):
            raise Unreadable(size.reason)
    each = config.layers("num_layers_per_stack") if config.has("num_layers_per_stack") else config.layers()
    if each * slow * (fast + SLOW_TURNS) > MOST_LAYERS:
        raise Unreadable(f"H_cycles × (L_cycles + 1) stacks are more than the {MOST_LAYERS:,} layers read")
    mixer = grouped(config, kv_heads=config.need("num_attention_heads"), gate="elements")
    if config.flag("attention_bias"):
        gate = Weight("self_attn.gate_proj.bias", (mixer.heads * mixer.head_dim,), "bias")
        mixer = replace(mixer, extra=(gate,))
    feed_forward = dense(config, bias=config.flag("mlp_bias"))
    first = stack([mixer] * each, [feed_forward] * each, ())
    again = (Layer(mixers=(Reused(mixer),), feed_forwards=(Reused(feed_forward),)),) * each
    layers: tuple[Layer, ...] = ()
    for cycle in range(slow):
        for turn in range(fast + SLOW_TURNS):
            layers += first if cycle == 0 and turn in (0, fast) else again
    return assemble(config, layers, final=(Weight("z_L_init", (width(config),), "vector"),))
