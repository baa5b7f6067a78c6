"""OLMo hybrid: Gated DeltaNet between layers of full attention."""

from __future__ import annotations

from archlint.architecture import Architecture, GatedDeltaNet, Part
from archlint.families.decoder import assemble, dense, grouped, norms, width
from archlint.families.layers import FULL, LINEAR, by_kind, kinds, stack
from archlint.specs.config import Config
from archlint.specs.size import derived


def olmo_hybrid(config: Config) -> Architecture:
    """OLMo hybrid: each fourth layer full (the last one where there are fewer), norms over all heads."""
    count, hidden = config.layers(), width(config)
    layer_kinds = kinds(
        config,
        count,
        lambda index: FULL if index % 4 == 3 or (count < 4 and index == count - 1) else LINEAR,
    )
    heads = config.need("num_attention_heads")
    key_heads, value_heads = config.size("linear_num_key_heads"), config.size("linear_num_value_heads")
    key_heads = heads if key_heads is None else key_heads
    key_dim, value_dim = config.size("linear_key_head_dim"), config.size("linear_value_head_dim")
    if key_dim is None:
        key_dim = derived(3 * hidden // (4 * key_heads), "0.75 × hidden_size / linear_num_key_heads")
    delta = GatedDeltaNet(
        hidden=hidden,
        key_heads=key_heads,
        value_heads=heads if value_heads is None else value_heads,
        key_dim=key_dim,
        value_dim=derived(2 * key_dim, "2 × linear_key_head_dim") if value_dim is None else value_dim,
        kernel=config.need("linear_conv_kernel_dim"),
    )
    parts: dict[str, Part] = {FULL: grouped(config, qk_norm="full"), LINEAR: delta}
    return assemble(config, stack(by_kind(layer_kinds, parts), [dense(config)] * count, norms(config, 2)))
