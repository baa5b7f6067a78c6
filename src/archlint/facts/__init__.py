"""Facts: the named, typed, documented values that rules may use. Here is their registry.

A module of facts is imported when the first of its facts or scopes is asked for: a bare config needs few of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Final

from archlint.facts.registry import Fact, Registry, Scope, build
from archlint.values import NamedTuple


class _Home(NamedTuple):
    """Where a scope is defined, and which scope is around it."""

    module: str
    parent: str | None


_SCOPES: Final = {
    "document": _Home("model", None),
    "model": _Home("model", "document"),
    "card": _Home("model", "model"),
    "config": _Home("model", "model"),
    "dimension": _Home("dimensions", "model"),
    "layer_list": _Home("layers", "model"),
    "layer_index": _Home("layer_indices", "model"),
    "attention": _Home("attention", "model"),
    "experts": _Home("experts", "model"),
    "token_id": _Home("token_ids", "model"),
    "rope": _Home("rope", "model"),
    "quantization": _Home("quantization", "model"),
    "dtype": _Home("quantization", "model"),
    "sibling": _Home("sibling", "model"),
    "link": _Home("links", "card"),
}
_FACTS: Final = {
    "costs": ("model", "comparison"),
    "model": ("model",),
    "card": ("card", "comparison"),
    "config": ("config", "layers", "vision"),
    "dimension": ("dimensions",),
    "layer_list": ("layers",),
    "layer_index": ("layer_indices",),
    "attention": ("attention",),
    "experts": ("experts",),
    "token_id": ("token_ids",),
    "rope": ("rope",),
    "quantization": ("quantization",),
    "dtype": ("quantization",),
    "sibling": ("sibling",),
    "licence": ("licence",),
    "link": ("links",),
    "claim": ("sizes", "claims", "own_words"),
    "entry": ("gallery",),
    "beside": ("beside",),
}
"""The modules that have the facts whose names begin so."""

_OF_CARDS: Final = frozenset(("card", "sibling"))
"""Scopes that have subjects only where there is a card."""

_FACTLESS: Final = frozenset(("document", "card", "config"))
"""Scopes that have no facts of their own: what is known there is known of the scope around them."""

_MODULES: Final = (
    "model", "card", "config", "dimensions", "layers", "comparison", "attention", "experts", "token_ids", "rope",
    "quantization", "sibling", "licence", "links", "sizes", "claims",
    "own_words", "gallery", "beside", "vision", "layer_indices",
)  # fmt: skip


def _scopes_of(module: str) -> tuple[Scope, ...]:
    return getattr(import_module(f"archlint.facts.{module}"), "SCOPES", ())


def _facts_of(module: str) -> tuple[Fact, ...]:
    facts: tuple[Fact, ...] = import_module(f"archlint.facts.{module}").FACTS
    return facts


@cache
def whole() -> Registry:
    """Return the registry with every module imported; ValueError when modules contradict each other or this one."""
    made = build(
        (scope for module in _MODULES for scope in _scopes_of(module)),
        (fact for module in _MODULES for fact in _facts_of(module)),
    )
    if {name: scope.parent for name, scope in made.scopes.items()} != _PARENTS:
        raise ValueError("the table of scopes is not that of the modules")
    if made.scopes.keys() - {fact.scope for fact in made.facts.values()} != _FACTLESS:
        raise ValueError("the scopes without facts are others")
    for module in _MODULES:
        for scope in _scopes_of(module):
            if _SCOPES[scope.name].module != module:
                raise ValueError(f"scope {scope.name} is not at home in {module}")
        for fact in _facts_of(module):
            if module not in _FACTS.get(fact.name.partition(".")[0], ()):
                raise ValueError(f"fact {fact.name} is not at home in {module}")
    return made


class _LaterScopes(dict[str, Scope]):
    """The scopes by name, each imported when it is asked for; all of them when they are listed."""

    def __missing__(self, name: str) -> Scope:
        if name not in _SCOPES:
            raise KeyError(name)
        for scope in _scopes_of(_SCOPES[name].module):
            self[scope.name] = scope
        return self[name]

    def __contains__(self, name: object) -> bool:
        return name in _SCOPES

    def __iter__(self) -> Iterator[str]:
        return iter(_SCOPES)

    def __len__(self) -> int:
        return len(_SCOPES)

    def keys(self):  # type: ignore[no-untyped-def]
        """All names."""
        return whole().scopes.keys()

    def values(self):  # type: ignore[no-untyped-def]
        """All scopes."""
        return whole().scopes.values()

    def items(self):  # type: ignore[no-untyped-def]
        """All scopes with their names."""
        return whole().scopes.items()

    def get(self, name, default=None):  # type: ignore[no-untyped-def]
        """Return a scope, or ``default``."""
        return self[name] if name in _SCOPES else default


class _LaterFacts(dict[str, Fact]):
    """The facts by name, in the same way."""

    def __missing__(self, name: str) -> Fact:
        for module in _FACTS.get(name.partition(".")[0], ()):
            for fact in _facts_of(module):
                dict.__setitem__(self, fact.name, fact)
            if dict.__contains__(self, name):
                return self[name]
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        try:
            return isinstance(name, str) and self[name] is not None
        except KeyError:
            return False

    def __iter__(self) -> Iterator[str]:
        return iter(whole().facts)

    def __len__(self) -> int:
        return len(whole().facts)

    def keys(self):  # type: ignore[no-untyped-def]
        """All names."""
        return whole().facts.keys()

    def values(self):  # type: ignore[no-untyped-def]
        """All facts."""
        return whole().facts.values()

    def items(self):  # type: ignore[no-untyped-def]
        """All facts with their names."""
        return whole().facts.items()

    def get(self, name, default=None):  # type: ignore[no-untyped-def]
        """Return a fact, or ``default``."""
        try:
            return self[name]
        except KeyError:
            return default


_PARENTS: Final = {name: home.parent for name, home in _SCOPES.items()}
REGISTRY: Final = Registry(_LaterScopes(), _LaterFacts(), _PARENTS, _OF_CARDS, _FACTLESS)
