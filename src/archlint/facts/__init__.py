"""Facts: the named, typed, documented values that rules may use. Here is their registry."""

from archlint.facts import attention, card, comparison, config, experts, model, rope, sibling, token_ids
from archlint.facts.registry import build

_MODULES = (model, card, config, comparison, attention, experts, token_ids, rope, sibling)

REGISTRY = build(
    (scope for module in _MODULES for scope in getattr(module, "SCOPES", ())),
    (fact for module in _MODULES for fact in module.FACTS),
)
