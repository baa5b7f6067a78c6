"""Facts: the named, typed, documented values that rules may use. Here is their registry."""

from archlint.facts import (
    attention,
    beside,
    card,
    claims,
    comparison,
    config,
    dimensions,
    experts,
    gallery,
    layers,
    licence,
    links,
    model,
    quantization,
    rope,
    sibling,
    sizes,
    token_ids,
)
from archlint.facts.registry import build

_MODULES = (
    model,
    card,
    config,
    dimensions,
    layers,
    comparison,
    attention,
    experts,
    token_ids,
    rope,
    quantization,
    sibling,
    licence,
    links,
    sizes,
    claims,
    gallery,
    beside,
)

REGISTRY = build(
    (scope for module in _MODULES for scope in getattr(module, "SCOPES", ())),
    (fact for module in _MODULES for fact in module.FACTS),
)
