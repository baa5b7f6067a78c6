"""How large a tower of unknown size is at most, by what its mapping says: width, depth, feed-forward.

The bound is above every Transformer of that width and depth, with its projector. There is none where the mapping does
not tell, or describes something else: a pyramid, convolutions, experts, a model within the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Final

from archlint.architecture import Tower
from archlint.source.tree import MAPPING, Node
from archlint.specs.config import HIDDEN, LANGUAGE_KEYS, MOST_LAYERS, Config
from archlint.specs.size import Unknown

WIDTHS: Final = ("hidden_size", "embed_dim", "d_model", "width", "hidden_dim")
DEPTHS: Final = (
    "num_hidden_layers", "depth", "layers", "num_layers", "encoder_layers", "num_blocks", "n_layers",
)  # fmt: skip
INNER: Final = ("intermediate_size", "encoder_ffn_dim", "mlp_dim", "ffn_dim")
RATIOS: Final = ("mlp_ratio", "feedforward_mult")
HEADS: Final = ("num_attention_heads", "num_heads", "encoder_attention_heads")
OUTPUTS: Final = ("out_hidden_size", "output_dim", "projection_dim", "projector_hidden_size")
POSITIONS: Final = (
    "max_position_embeddings", "num_position_embeddings", "max_source_positions", "num_patches",
)  # fmt: skip

OTHER_KINDS: Final = (
    "base_channels", "channel_multiplier", "channels", "conv_dim", "depths", "dims", "downsampling_ratios",
    "mit_hidden_size", "moe_intermediate_size", "n_routed_experts", "num_codebooks", "num_experts", "num_local_experts",
)  # fmt: skip
"""Keys of which each says that the layers are no plain Transformer's, or not all of them."""

PROJECTED: Final = (
    "alignment_intermediate_size",
    "projector_intermediate_size",
    "projection_intermediate_size",
)
"""Width within a projector of two maps, where it is no other's."""

CONNECTORS: Final = ("projector", "aligner", "connector")
"""Words in the keys of what stands between tower and language model, for which the bound has room."""

NEUTRAL: Final = ("rope", "quant", "compression", "generation", "label", "auto_map", "task_specific")
"""Words in the keys of mappings that describe no layers."""

ENCODERS: Final = ("tower", "encoder", "vision", "visual", "audio", "speech")
"""Words in the keys of paths at which an encoder is."""

ADDED: Final = ("cross_att", "perceiver", "resampler", "qformer", "q_former", "lora", "expert")
"""Words in the keys of what is added to the language model or stands before it, of a size that they do not tell."""

SMALL: Final = 64
"""Numbers below it are no widths."""

TWICE: Final = ("video_llava",)
"""Wrappers whose class builds one encoder for images and one for films of the same mapping."""

HEAD_LAYERS: Final = 2
"""Layers that stand for what pools the tokens: SigLIP's head is about one."""

ROWS: Final = 16_384
"""Rows of the tower's width that stand for patches, a stem of convolutions, classes."""

PATCHES: Final = 4
"""Patches that are put side by side where no key tells."""

PROJECTORS: Final = 3
"""How often a projector as wide as both of its sides has room; one more for each layer that is looked at besides."""


def unknown_towers(places: Mapping[str, Mapping[str, Config]], text: Config) -> tuple[Tower, ...]:
    """Return the towers called as ``places`` says: each name with the keys of its mappings, and where they stand."""
    known = frozenset(key for keys in places.values() for key in keys)
    outers = {id(outer): outer for keys in places.values() for outer in keys.values()}
    bounded = not any(_has_more(outer, known, text) for outer in outers.values())
    towers = []
    for name, keys in places.items():
        each = [_most_at(name, key, outer, text) if bounded else None for key, outer in keys.items()]
        sizes = [size for size in each if size is not None]
        towers.append(Tower(name=name, known=False, at_most=sum(sizes) if len(sizes) == len(each) else None))
    return tuple(towers)


def _has_more(outer: Config, known: frozenset[str], text: Config) -> bool:
    """Whether a mapping that no class is known for may describe parts beyond the ``known`` ones."""
    if outer.defaults.known and outer is not text:
        return False
    described = {*known, *LANGUAGE_KEYS}
    return any(
        _names_more(name, node)
        for name in outer.written_keys
        if name not in described and (node := outer.node(name)) is not None
    )


def _names_more(key: str, node: Node) -> bool:
    """Whether ``key`` holds a mapping with sizes, asks for a further part, or says where another encoder is."""
    if node.kind == MAPPING:
        return not any(word in key for word in (*CONNECTORS, *NEUTRAL)) and _tells_sizes(node)
    if node.scalar and any(word in key for word in ADDED):
        return True
    named = isinstance(node.scalar, str) and "/" in node.scalar
    return named and any(word in key for word in ENCODERS)


def _tells_sizes(node: Node) -> bool:
    value = node.scalar
    if isinstance(value, int) and value >= SMALL:
        return True
    return any(_tells_sizes(child) for child in (*(pair.value for pair in node.pairs), *node.items))


def _most_at(name: str, key: str, outer: Config, text: Config) -> int | None:
    node = outer.node(key)
    if node is not None and node.kind != MAPPING:
        return None
    most = most_of(name, outer.section(key), outer, text)
    return 2 * most if most is not None and outer.model_type in TWICE else most


def most_of(name: str, section: Config, outer: Config, text: Config) -> int | None:
    """Return the most parameters of the tower ``name`` that ``section`` of ``outer`` describes, with its projector."""
    if section.defaults.sub or any(section.get(key) not in (None, 0) for key in OTHER_KINDS):
        return None
    width, depth = _largest(section, WIDTHS), _largest(section, DEPTHS)
    inner, language = _inner(section, width), _largest(text, HIDDEN)
    if not width or not depth or not inner or not language or depth > MOST_LAYERS:
        return None
    attended = max(width, _largest(section, HEADS) * _largest(section, ("head_dim",)))
    layer = 4 * attended * width + 3 * width * inner + 24 * (attended + inner)
    vision = name == "vision"
    if not vision and section.size("encoder_ffn_dim") is None:  # Whisper's
        layer = 2 * layer + 4 * width * width  # a Conformer has two feed-forwards and a convolution
    rows = ROWS + _largest(section, POSITIONS) + _patches(section)
    side = ceil(_merged(section, outer)) * width
    both = side + max(language, _largest(section, OUTPUTS), _largest(outer, OUTPUTS))
    besides = section.get("deepstack_visual_indexes")
    projectors = PROJECTORS + (len(besides) if isinstance(besides, list) else 0)
    within = 2 * both * max(_largest(section, PROJECTED), _largest(outer, PROJECTED))
    words = _largest(section, ("vocab_size",)) * (both if vision else width)
    return (depth + HEAD_LAYERS) * layer + rows * width + projectors * both * both + within + words


def _largest(config: Config, names: tuple[str, ...]) -> int:
    """Return the largest of the sizes called ``names``, 0 where none can be read."""
    sizes = (config.size(name) for name in names)
    return max((int(size) for size in sizes if size is not None and not isinstance(size, Unknown)), default=0)


def _inner(section: Config, width: int) -> int:
    ratios = [section.number(name) for name in RATIOS]
    wide = [ceil(width * ratio) for ratio in ratios if ratio is not None and 0 < ratio < 1000]
    return max(_largest(section, INNER), *wide, 0)


def _patches(section: Config) -> int:
    image, patch = _largest(section, ("image_size",)), _largest(section, ("patch_size",))
    return (image // patch) ** 2 if patch else 0


def _merged(section: Config, outer: Config) -> float:
    """Return how many patches are put side by side at most, by any of the names for it."""
    found: list[float] = [PATCHES]
    for config in (section, outer):
        for key in ("spatial_merge_size", "scale_factor", "downsample_factor"):
            found.append(_largest(config, (key,)) ** 2)
        for key in ("downsample_ratio", "pixel_shuffle_ratio"):
            ratio = config.number(key)
            if ratio is not None and 0.01 < ratio < 1:
                found.append((1 / ratio) ** 2)
    return max(found)
