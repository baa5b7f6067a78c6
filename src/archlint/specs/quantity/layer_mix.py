"""Which layers a model is said to have: the terms of a layer mix, and what they come to."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cached_property
from math import ceil, floor, prod
from typing import Final

from archlint.specs.quantity.interval import Interval, Span
from archlint.specs.quantity.kinds import Kind, mixers
from archlint.values import dataclass

SHARINGS: Final = frozenset(["gqa", "mha", "mqa", "mla"])
"""Kinds that say how heads share keys and values."""


_SOME: Final = frozenset(
    ["mostly", "mainly", "partly", "partially", "some", "half", "alternate", "alternately"]
)


@dataclass(frozen=True, slots=True)
class Term:
    """``13 global gated GQA``: so many layers of a kind.

    ``span`` is the term's, ``count_span`` the number's; ``kinds`` are the known words,
    ``unknown`` the others. ``count`` has the factor of a bracket (``12 × (3 …)``) in it, ``written`` has not.
    ``is_rest`` is true of the layers that a text leaves over, which are of none of the other terms' kinds;
    ``percent`` is the share that stands in place of a count, which is 0 then.
    """

    count: int
    written: int
    text: str
    span: Span
    count_span: Span
    kinds: tuple[Kind, ...] = ()
    unknown: tuple[str, ...] = ()
    factor: int = 1
    is_rest: bool = False
    percent: Interval | None = None

    def is_a(self, name: str) -> bool:
        """Whether the term names the kind."""
        return any(kind.name == name for kind in self.kinds)

    @property
    def mixers(self) -> frozenset[str]:
        """The architecture's mixer kinds that the term may stand for; empty when it names none that is known.

        ``30 holographic attention`` may be any: what the unknown word says of it is not known; so is of how many
        ``64 layers, mostly linear`` are.
        """
        named = {kind.name for kind in self.kinds if kind.mixers}
        some = any(word.lower() in _SOME for word in self.unknown)
        return frozenset() if some or (self.unknown and named == {"attention"}) else mixers(self.kinds)

    @property
    def feed_forward(self) -> str:
        """``experts`` or ``dense`` for layers that are nothing but a feed-forward; else empty."""
        if self.mixers:
            return ""
        return next((kind.feed_forward for kind in self.kinds if kind.feed_forward), "")


@dataclass(frozen=True)
class LayerMix:
    """A written layer mix. ``passes`` is how often the stack is run through.

    ``stated_total`` is the 62 of ``62 (52 local + 10 global)``; ``restated`` tells that the text divides the
    stack a second way, of which ``terms`` has nothing (``20 encoder + 20 decoder; 2 SWA + 38 CSA``). ``aside``
    are the feed-forwards of such a way, and those in brackets: ``61 MLA (3 dense + 58 MoE)``.
    """

    text: str
    span: Span
    terms: tuple[Term, ...]
    passes: int = 1
    stated_total: int | None = None
    restated: bool = False
    aside: tuple[Term, ...] = ()

    @cached_property
    def main(self) -> tuple[Term, ...]:
        """The terms that add up to the stack: without the MTP tail, and without sublayers beside layers."""
        own = tuple(term for term in self.terms if not term.is_a("mtp"))
        layers = tuple(term for term in own if not term.is_a("sublayers"))
        return layers or own

    @property
    def layers(self) -> int:
        """The number of layers in the stack, one pass, MTP tail left out.

        Feed-forwards that are listed beside a stack that is whole without them are no layers of their own.
        """
        mixing = sum(term.count for term in self.main if not term.feed_forward)
        return mixing if mixing == self.stated_total else sum(term.count for term in self.main)

    @property
    def sublayers(self) -> int | None:
        """The number of sublayers, where some are written beside the layers."""
        found = [term.count for term in self.terms if term.is_a("sublayers")]
        return sum(found) if found else None

    @property
    def readings(self) -> set[int]:
        """What the number of layers may mean: one pass, all of them, sublayers."""
        once = {self.layers} if self.sublayers is None else {self.layers, self.sublayers}
        return once | {count * self.passes for count in once}

    @property
    def mtp_layers(self) -> int:
        """The number of layers in the MTP tail."""
        return sum(term.count for term in self.terms if term.is_a("mtp"))

    @property
    def mixing(self) -> tuple[Term, ...]:
        """The terms whose layers mix tokens: no MTP tail, no layers that are only a feed-forward."""
        terms = tuple(term for term in self.terms if term.is_a("sublayers")) or self.main
        return tuple(term for term in terms if not term.feed_forward)

    @property
    def sharings(self) -> set[str]:
        """How heads share keys and values, as far as the mix names it: ``gqa``, ``mla``."""
        return {kind.name for term in self.mixing for kind in term.kinds} & SHARINGS

    @property
    def total_agrees(self) -> bool | None:
        """Whether the terms add up to the stated total, in one way to add them; None without one."""
        if self.stated_total is None:
            return None
        forward = sum(term.count for term in self.main if term.feed_forward)
        sums = {self.layers, self.layers + self.mtp_layers, self.layers - forward, forward}
        return self.stated_total in sums

    @property
    def feeds(self) -> tuple[Term, ...]:
        """The terms that are nothing but feed-forwards, wherever they stand, MTP tail left out."""
        alone = tuple(
            term for term in (*self.terms, *self.aside) if term.feed_forward and not term.is_a("mtp")
        )
        split = {kind.feed_forward for term in self.main for kind in term.kinds} >= {"dense", "experts"}
        named = all(any(kind.feed_forward for kind in term.kinds) for term in self.main)
        return alone or (self.main if split and named else ())  # 3 dense MLA + 58 MoE MLA

    def count(self, name: str) -> int:
        """Return the number of layers of a named kind, MTP tail left out."""
        return sum(term.count for term in self.terms if term.is_a(name) and not term.is_a("mtp"))


@dataclass(frozen=True, slots=True)
class OpenMix:
    """A layer mix whose counts follow from the number of layers: ``73% SWA + 27% global``, ``12 full; rest SWA``.

    ``left_over`` are the kinds of all layers that no term counts.
    """

    text: str
    span: Span
    terms: tuple[Term, ...]
    left_over: Term | None = None
    stated_total: int | None = None

    def most_ways(self, layers: int) -> int:
        """Return how many ways ``counts`` would try."""
        return prod(len(_range(term, layers)) for term in self.terms)

    def counts(self, layers: int) -> Iterator[list[tuple[int, Term]]]:
        """Yield the ways to fill a stack of so many layers, each with the layers of every term."""
        own = [term for term in self.terms if not term.is_a("mtp")]
        ranges = [_range(term, layers) for term in own]
        last = self.left_over
        if last is None and ranges:
            *ranges, closing = ranges
            last = own.pop()
        else:
            closing = range(1, layers + 1)
        for chosen in itertools.product(*ranges):
            missing = layers - sum(chosen)
            if last is not None and missing in closing:
                yield [*zip(chosen, own, strict=True), (missing, last)]


def _range(term: Term, layers: int) -> range:
    """Return how many of so many layers a term may stand for."""
    if term.percent is None:
        return range(term.count, term.count + 1)
    return range(ceil(term.percent.low * layers / 100), floor(term.percent.high * layers / 100) + 1)
