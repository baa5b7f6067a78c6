"""Facts of a vision tower: what its mapping says, where the library has the class of the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archlint.facts.config import written_value
from archlint.facts.registry import Fact, Value
from archlint.specs.class_defaults import is_native

if TYPE_CHECKING:
    from archlint.model import Model

_WIDTHS = ("embed_dim", "hidden_size")
"""Names of the width within the tower; beside ``embed_dim``, ``hidden_size`` is that of what it hands over."""
_OTHER_WIDTH = ("hunyuan_vl",)
"""Classes whose tower is as wide at its end as the language model, whatever ``out_hidden_size`` says."""
_HEADS = ("num_attention_heads", "num_heads", "attention_heads")


def _written(model: Model, *names: str) -> Value | None:
    """Return the whole number at the first of ``names`` that the tower's mapping has."""
    config = model.config
    outer = None if config is None else config.wrapper
    known = outer is not None and is_native(outer.model_type) and not outer.foreign
    vision = outer.text.get("vision_config") if outer is not None and known else None
    if vision is None:
        return None
    name = next((name for name in names if name in vision.index), None)
    return None if name is None else written_value(model, vision, name, "int")


def _width(model: Model) -> Value | None:
    """Return what the tower hands over, where its class does so at once: one that takes any tower has a projector."""
    outer = None if model.config is None else model.config.wrapper
    if outer is None or outer.model_type in _OTHER_WIDTH:
        return None
    _, only, _ = outer.defaults.sub.get("vision_config", ("", False, {}))
    return _written(model, "out_hidden_size") if only else None


def _hidden(model: Model) -> Value | None:
    return _written(model, *_WIDTHS)


def _heads(model: Model) -> Value | None:
    """Return the heads, unless their width is said as well."""
    heads = _written(model, *_HEADS)
    return None if heads is None or _written(model, "head_dim", "attention_head_dim") else heads


FACTS = (
    Fact(
        "config.vision_width",
        "int",
        "elements",
        "out_hidden_size of vision_config: the width of what the tower hands over",
        "model",
        _width,
    ),
    Fact("config.vision_hidden", "int", "elements", "Width within the vision tower", "model", _hidden),
    Fact(
        "config.vision_heads",
        "int",
        "heads",
        "Attention heads of the vision tower, where nothing says how wide they are",
        "model",
        _heads,
    ),
)
