"""Facts of written lists of layer indices: the layers that are dense, that look at images, whose output is kept."""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import TYPE_CHECKING

from archlint.facts.config import data_of, place_of
from archlint.facts.registry import Fact, Scope, Value
from archlint.specs.size import Unknown
from archlint.values import NamedTuple

if TYPE_CHECKING:
    from archlint.model import Model
    from archlint.source.tree import Node
    from archlint.specs.config import Config

INDEX_LISTS = ("cross_attention_layers", "full_attn_idxs", "hybrid_layer_ids", "mlp_only_layers")
"""Keys of the language model that count its layers from 0."""
VISION_INDEX_LISTS = ("deepstack_visual_indexes",)
"""The same of a vision tower."""

LISTED_INSTEAD = {"full_attn_idxs": "layer_types", "hybrid_layer_ids": "layers_block_type"}
"""The lists of kinds beside which the class leaves one of indices unread."""

_DEPTHS = ("num_hidden_layers", "depth")


class IndexSubject(NamedTuple):
    """The greatest index of a written list, and how many layers there are."""

    model: Model
    name: str
    greatest: int
    node: Node
    mapping: Node
    layers: int


def indices(model: Model) -> Iterator[IndexSubject]:
    """List the lists of layer indices whose class reads them."""
    config = model.config
    if config is None:
        return
    if config.writes_any(INDEX_LISTS):
        yield from _of(model, config, INDEX_LISTS)
    if config.wrapper is not None and config.wrapper.has("vision_config"):
        yield from _of(model, config.wrapper.section("vision_config"), VISION_INDEX_LISTS)


def _of(model: Model, config: Config, names: tuple[str, ...]) -> Iterator[IndexSubject]:
    for name in names:
        node = config.text.get(name)
        if node is None or node.kind != "sequence" or not config.reads(name):
            continue
        if config.has(LISTED_INSTEAD.get(name, "")):
            continue
        found = [(index, item) for item in node.items if (index := _index(item)) is not None]
        layers = config.size(*_DEPTHS)
        if found and layers is not None and not isinstance(layers, Unknown):
            greatest, item = max(found, key=itemgetter(0))
            yield IndexSubject(model, name, greatest, item, node, int(layers))


def _index(item: Node) -> int | None:
    index = data_of("int", item.scalar)
    return index if isinstance(index, int) else None


def _name(subject: IndexSubject) -> Value:
    return Value(subject.name, place_of(subject.model, subject.node, subject.mapping))


def _greatest(subject: IndexSubject) -> Value:
    return Value(subject.greatest, place_of(subject.model, subject.node, subject.mapping))


def _layers(subject: IndexSubject) -> Value:
    return Value(subject.layers, place_of(subject.model, subject.node, subject.mapping), "derived")


SCOPES = (Scope("layer_index", "The greatest of every written list of layer indices", "model", indices),)

FACTS = (
    Fact("layer_index.name", "string", "", "Key of the list", "layer_index", _name),
    Fact("layer_index.greatest", "int", "", "Greatest index of the list", "layer_index", _greatest),
    Fact("layer_index.layers", "int", "layers", "Layers that there are", "layer_index", _layers),
)
