"""Inlay hints: derived values beside what implies them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archlint.rules.show import bytes_text
from archlint.server.entry import node_of, range_of_model
from archlint.server.figures import context_text, derivation_lines, grouping_of, known, shown, summary

if TYPE_CHECKING:
    from archlint.architecture.part import Part
    from archlint.model import Model
    from archlint.server.view import View
    from archlint.source.tree import Node

_KV_HEADS = (
    "num_key_value_heads",
    "n_kv_heads",
    "num_kv_heads",
    "num_query_groups",
    "n_head_kv",
    "multi_query_group_num",
)
_HEADS = ("num_attention_heads", "n_head", "n_heads", "num_heads")
_CONTEXT = ("max_position_embeddings", "n_positions", "max_sequence_length", "max_seq_len", "seq_length")


@dataclass(frozen=True, slots=True)
class Hint:
    """A hint behind the offset ``at``. ``kind`` is the setting that turns it off."""

    at: int
    label: str
    kind: str
    lines: tuple[str, ...] = ()


def hints(view: View, start: int, end: int) -> list[Hint]:
    """Return the hints between two offsets, of the kinds that the client wants."""
    if not view.is_spec or not view.options.hints:
        return []
    found: list[Hint] = []
    for model in view.models:
        first, last = range_of_model(model)
        if first <= end and last >= start and model.costs is not None:
            found += _of_model(model, view)
    return [hint for hint in found if start <= hint.at <= end and hint.kind in view.options.hints]


def _of_model(model: Model, view: View) -> Iterator[Hint]:
    if model.card is not None:
        yield from _of_card(model)
    if model.config is not None and model.config_document is view.document:
        yield from _of_config(model)


def _of_card(model: Model) -> Iterator[Hint]:
    architecture, costs = model.architecture, model.costs
    assert architecture is not None
    assert costs is not None
    node = node_of(model)
    mix = node.get("layer_mix")
    if mix is not None and mix.end > mix.start and architecture.layers:
        layers = len(architecture.layers)
        yield Hint(mix.end, f"{layers} layer{'s' * (layers != 1)}", "layerMix")
    scale = node.get("scale")
    total = shown(costs.figure("parameters.total"), "parameters")
    if scale is not None and total is not None:
        active = shown(costs.figure("parameters.active"), "parameters")
        label = total if active in (None, total) else f"{total}, {active} active"
        yield Hint(scale.end, label, "parameters", derivation_lines(costs, "parameters.total"))
    cache = node.get("kv_cache_per_token_bf16")
    context = known(architecture.context)
    if cache is not None and context:
        held = costs.cache_at(context)
        if held.value:
            yield Hint(cache.end, f"{bytes_text(held.value)} at {context_text(context)}", "kvCache")


def _of_config(model: Model) -> Iterator[Hint]:
    architecture, costs, config = model.architecture, model.costs, model.config
    assert architecture is not None
    assert costs is not None
    assert config is not None
    written = {pair.name: pair.value for pair in config.text.pairs}
    attention = next((mixer for mixer, _ in architecture.distinct_mixers() if grouping_of(mixer)), None)
    grouping = None if attention is None else grouping_of(attention)
    per_token = shown(costs.figure("kv_cache.bytes_per_token"), "bytes")
    heads = _first(written, _KV_HEADS) or _first(written, _HEADS)
    if heads is not None:
        if grouping is not None:
            yield Hint(heads.end, grouping, "attention")
        if per_token is not None:
            lines = derivation_lines(costs, "kv_cache.bytes_per_token")
            yield Hint(heads.end, f"{per_token}/token", "kvCache", lines)
    yield from _head_dim(written, attention)
    layers = written.get("layer_types")
    if layers is not None and layers.kind == "sequence":
        kinds = architecture.mixer_kinds()
        label = " + ".join(f"{count} {kind}" for kind, count in kinds.items())
        yield Hint(layers.end, label, "layerMix")
    context = _first(written, _CONTEXT)
    if context is not None and isinstance(context.scalar, int) and 0 < context.scalar < 1 << 40:
        held = costs.cache_at(context.scalar)
        if held.value:
            yield Hint(context.end, f"{bytes_text(held.value)} KV cache", "context")
    kind = written.get("model_type")
    parts = summary(model)[:2]
    if kind is not None and parts and "parameters" in parts[0]:
        yield Hint(kind.end, ", ".join(parts), "parameters", derivation_lines(costs, "parameters.total"))


def _head_dim(written: dict[str, Node], attention: Part | None) -> Iterator[Hint]:
    width = known(getattr(attention, "head_dim", None))
    hidden = _first(written, ("hidden_size", "n_embd", "d_model", "dim"))
    absent = written.get("head_dim") is None or written["head_dim"].kind == "null"
    if width is not None and hidden is not None and absent:
        yield Hint(hidden.end, f"head_dim {width}", "headDim")


def _first(written: dict[str, Node], names: tuple[str, ...]) -> Node | None:
    find: Callable[[str], Node | None] = written.get
    return next((node for node in map(find, names) if node is not None and node.kind != "null"), None)
