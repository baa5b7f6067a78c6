"""Muse Glimmer and Muse Spark: gated attention, each fourth layer counted from the last one full."""

from __future__ import annotations

from typing import Final

from archlint.architecture import Architecture, Experts, Part, Weight, linear, norm
from archlint.families.decoder import assemble, dense, grouped, norms, width
from archlint.families.layers import FULL, SLIDING, attend, kinds, stack
from archlint.families.mla import sparse_layers, tied_outside
from archlint.specs.config import Config
from archlint.specs.size import Unreadable


def muse_glimmer(config: Config) -> Architecture:
    """Muse Glimmer: dense; four norms; norms on query and key heads have no weight."""
    count = config.layers()
    layers = stack(_mixers(config, count), [dense(config)] * count, norms(config, 4))
    return assemble(config, layers, tied=tied_outside(config))


def muse_spark(config: Config) -> Architecture:
    """Muse Spark: experts between projections to ``moe_hidden_size``; a gate on each residual; never tied."""
    count = config.layers()
    hidden, inner = width(config), config.need("moe_hidden_size")
    routed = Experts(
        hidden=hidden,
        width=config.need("moe_intermediate_size"),
        experts=config.need("num_local_experts"),
        active=config.need("num_experts_per_tok"),
        latent=inner,
        extra=norm("mlp.pre_expert_norm", inner) + norm("mlp.post_expert_norm", inner),
    )
    plain = dense(config)
    feeds: list[Part] = [routed if has else plain for has in sparse_layers(config, count)]
    gates = (Weight("residual_gates", (2 * hidden,), "vector"),)
    layers = stack(_mixers(config, count), feeds, norms(config, 3), gates)
    return assemble(config, layers, tied=False)


def muse_glimmer_assistant(config: Config) -> Architecture:
    """Muse Glimmer's drafter: it reads what several layers of its target make, and has no words of its own."""
    hidden, count = width(config), config.layers()
    mixers = attend(
        kinds(config, count, lambda _: SLIDING), grouped(config, bias=False, qk_norm="head"), config
    )
    listed = config.sizes("target_layer_ids") if config.has("target_layer_ids") else TARGETS
    if not listed:
        raise Unreadable("target_layer_ids is no list of layers")
    encoder = (*linear("encoder.fc", len(listed) * hidden, hidden), *norm("encoder.output_norm_enc", hidden))
    return Architecture(
        model_type=config.model_type,
        layers=stack(mixers, [dense(config)] * count, norms(config, 2)),
        final=(*encoder, *norm("norm", hidden)),
    )


TARGETS: Final = (1, 13, 25, 37, 49)
"""The layers of the target that are read where no key tells them."""


def _mixers(config: Config, count: int) -> list[Part]:
    layer_kinds = kinds(config, count, lambda index: FULL if (count - 1 - index) % 4 == 0 else SLIDING)
    return list(attend(layer_kinds, grouped(config, gate="elements"), config))
