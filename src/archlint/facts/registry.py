"""What a fact is, what a value of one is, and the registry of all of them.

A fact is one named, typed, documented value that rules may use. Reading one gives a ``Value``, which knows
where it came from, or None when it is unknown: not written, not readable, or not derivable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias, TypeGuard

from archlint.source.document import Document
from archlint.source.tree import Node, Pair
from archlint.values import NamedTuple, dataclass

if TYPE_CHECKING:
    from fractions import Fraction

FactType: TypeAlias = Literal[
    "int", "double", "bool", "string", "list<int>", "list<double>", "list<string>", "quantity"
]
Origin: TypeAlias = Literal["written", "default", "derived"]


class Measured(Protocol):
    """A written figure: ``agrees`` tells whether a value lies within the precision of its writing."""

    @property
    def text(self) -> str:
        """The figure as it was written."""
        ...

    def agrees(self, value: int | Fraction) -> bool:
        """Tell whether ``value``, rounded as written, reads the same."""
        ...


def is_measured(data: object) -> TypeGuard[Measured]:
    """Tell whether a fact is a written figure."""
    return hasattr(data, "agrees")


Data: TypeAlias = int | float | bool | str | Sequence[int] | Sequence[float] | Sequence[str] | Measured
Unit: TypeAlias = Literal[
    "", "bytes", "bytes per token", "parameters", "tokens", "layers", "heads", "experts", "elements",
    "percent",
]  # fmt: skip


class Place(NamedTuple):
    """Where a fact stands. ``node`` is the value there, ``pair`` the member when there is a key to it.

    ``start`` and ``end`` may be a piece of the node: the ``5.5%`` of a scale. The member is given (``held``), or looked
    for in the mapping ``within`` when it is asked for, as few places ever are.
    """

    document: Document
    start: int
    end: int
    node: Node | None = None
    held: Pair | None = None
    within: Node | None = None

    @property
    def pair(self) -> Pair | None:
        """The member: a key and the value at this place."""
        if self.held is not None or self.within is None:
            return self.held
        return next((pair for pair in self.within.pairs if pair.value is self.node), None)


Where: TypeAlias = Callable[[], "Place | None"]
"""Finds a place when it is asked for."""


class Value(NamedTuple):
    """What a fact is for one subject.

    ``where`` is its place, or what finds that: few are ever asked for. ``text`` is what the file says, where it says
    something; ``verified`` is False when the value rests on a guessed default or on a structure that nobody checked;
    ``derivation`` is the arithmetic, one line a step; ``rests_on`` are the keys that enter it.
    """

    data: Data
    where: Place | Where | None = None
    origin: Origin = "written"
    verified: bool = True
    text: str | None = None
    derivation: Callable[[], Sequence[str]] | None = None
    rests_on: Callable[[], Mapping[str, Value]] | None = None

    @property
    def place(self) -> Place | None:
        """Where it stands."""
        where = self.where
        return where if where is None or isinstance(where, Place) else where()


class Scope(NamedTuple):
    """What a rule is evaluated once for: ``subjects`` lists them for one subject of the ``parent`` scope.

    ``across``: which subjects there are rests on other entries of the file, too.
    """

    name: str
    meaning: str
    parent: str | None
    subjects: Callable[[Any], Iterable[object]]
    across: bool = False


class Fact(NamedTuple):
    """One named value. ``read`` gets the subject of the fact's ``scope``.

    ``across``: the value rests on other entries of the file, too, so it may change when they do. ``data`` gives the
    data of what ``read`` gives, and sooner, where a condition asks for nothing else; None where it is unknown.
    """

    name: str
    type: FactType
    unit: Unit
    meaning: str
    scope: str
    read: Callable[[Any], Value | None]
    across: bool = False
    data: Callable[[Any], Data | None] | None = None


@dataclass(frozen=True)
class Registry:
    """All scopes and facts, by name.

    ``of_cards`` are scopes that have no subject where there is no card, ``factless`` ones that have no facts of their
    own.
    """

    scopes: Mapping[str, Scope]
    facts: Mapping[str, Fact]
    parents: Mapping[str, str | None]
    of_cards: frozenset[str] = frozenset()
    factless: frozenset[str] = frozenset()

    def chain(self, scope: str) -> tuple[str, ...]:
        """Return ``scope`` and the scopes around it, innermost first: whose facts its rules may use."""
        names: list[str] = []
        name: str | None = scope
        while name is not None:
            names.append(name)
            name = self.parents[name]
        return tuple(names)

    def is_innermost(self, scope: str) -> bool:
        """Tell whether ``scope`` has facts of its own, and no other scope below it."""
        return scope not in self.factless and scope not in self.parents.values()

    def nearest(self, name: str) -> str | None:
        """Return the fact whose name is most like ``name``, for a did-you-mean."""
        import difflib

        found = difflib.get_close_matches(name, self.facts, n=1, cutoff=0.6)
        return found[0] if found else None


def build(scopes: Iterable[Scope], facts: Iterable[Fact]) -> Registry:
    """Return a registry; raise ValueError when a name is taken twice or a scope is missing."""
    by_scope: dict[str, Scope] = {}
    for scope in scopes:
        if scope.name in by_scope:
            raise ValueError(f"two scopes are named {scope.name}")
        by_scope[scope.name] = scope
    by_name: dict[str, Fact] = {}
    for fact in facts:
        if fact.name in by_name:
            raise ValueError(f"two facts are named {fact.name}")
        if fact.scope not in by_scope:
            raise ValueError(f"fact {fact.name} belongs to no scope: {fact.scope}")
        by_name[fact.name] = fact
    return Registry(by_scope, by_name, {name: scope.parent for name, scope in by_scope.items()})


class Reading:
    """The facts of one subject and of the subjects around it, each read once, when first asked for."""

    __slots__ = ("_values", "around", "registry", "scope", "subject")

    def __init__(
        self, registry: Registry, scope: str, subject: object, around: Reading | None = None
    ) -> None:
        self.registry = registry
        self._values: dict[str, Value | None] = {}
        self.scope = scope
        self.subject = subject
        self.around = around

    def get(self, name: str) -> Value | None:
        """Return the value of a fact, or None when it is unknown here."""
        values = self._values
        if name in values:
            return values[name]
        fact = self.registry.facts[name]
        if fact.scope == self.scope:
            value = fact.read(self.subject)
        elif self.around is not None:
            value = self.around.get(name)
        else:
            value = None
        values[name] = value
        return value

    def below(self, scope: str, subject: object) -> Reading:
        """Return a reading of a subject of ``scope`` that stands below this one."""
        return type(self)(self.registry, scope, subject, self)

    def subject_of(self, scope: str) -> object | None:
        """Return the subject of ``scope`` here: this one, or one around it."""
        reading: Reading | None = self
        while reading is not None:
            if reading.scope == scope:
                return reading.subject
            reading = reading.around
        return None


class PartialReading(Reading):
    """The facts of a config of which a part is lost: those that are written, since no default is sure to hold."""

    __slots__ = ()

    def get(self, name: str) -> Value | None:
        """Return the value of a fact where the file itself states it."""
        value = super().get(name)
        return value if value is None or value.origin == "written" or name in _OF_TYPE else None


_OF_TYPE: Final = frozenset(
    ("config.class_known", "config.class_native", "config.language_type", "model.known")
)
"""Facts that rest on model_type alone; without one they are told from what is written, and so nothing is known."""
