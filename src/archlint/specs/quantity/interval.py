"""Exact intervals, and the figures that people write, which are intervals too."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TypeAlias

from archlint.values import dataclass

Span: TypeAlias = tuple[int, int]
"""Offsets (start, end) within the text that a figure was read from; ``end`` exclusive."""

Exact: TypeAlias = int | Fraction

INSIGNIFICANT: Fraction = Fraction(1, 20)
"""How far trailing zeros may be stretched: ``230B`` for 228.7B, but never ``100B`` for 140B."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The numbers from ``low`` (included) to ``high`` (included when ``closed``)."""

    low: Fraction
    high: Fraction
    closed: bool = True

    def __contains__(self, value: Exact) -> bool:
        return self.low <= value and (value < self.high or (self.closed and value == self.high))

    def meets(self, other: Interval) -> bool:
        """Whether some number lies in both."""
        low = max(self.low, other.low)
        return low in self and low in other

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.low + other.low, self.high + other.high, self.closed and other.closed)

    def times(self, factor: Exact) -> Interval:
        """Return the interval of products with a factor that is not negative."""
        return Interval(self.low * factor, self.high * factor, self.closed)

    def over(self, other: Interval) -> Interval | None:
        """Return the interval of quotients of non-negative numbers; None when ``other`` reaches zero."""
        if other.low <= 0 or self.low < 0:
            return None
        return Interval(self.low / other.high, self.high / other.low)

    def to(self, other: Interval) -> Interval:
        """Return the interval from here to the end of another, which does not end below."""
        if other.high < self.high:
            return self
        return Interval(self.low, other.high, other.closed)

    def gap(self, value: Exact) -> Fraction:
        """Return the distance from ``value`` to the interval, 0 inside."""
        if value < self.low:
            return self.low - value
        return max(Fraction(0), Fraction(value) - self.high)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A figure that could not be read: where it stopped making sense, why, and what can be read.

    ``suggestion`` is the text that was probably meant, when there is one.
    """

    text: str
    span: Span
    reason: str
    accepted: tuple[str, ...]
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class NotStated:
    """A figure left open on purpose: ``N/A``, ``TBD``, ``undisclosed``, a dash, nothing."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Quantity:
    """One written figure.

    ``number`` is what the digits say (68.6 of ``68.6 KiB``), ``places`` how many of them follow the
    point, ``multipliers`` what the unit may stand for (``K``: 1000 or 1024), ``unit`` its canonical
    spelling. ``full`` is true of a count that is written out (``131,072``), which is rounded nowhere;
    ``up_to`` is the other end of a range (``18.6B–31.3B``), of which this is the lower end.
    """

    text: str
    span: Span
    number: Fraction
    places: int = 0
    multipliers: tuple[int, ...] = (1,)
    unit: str = ""
    full: bool = False
    approximate: bool = False
    at_least: bool = False
    up_to: Quantity | None = None

    @property
    def value(self) -> Fraction:
        """The figure as written, with the first meaning of its unit."""
        return self.number * self.multipliers[0]

    @property
    def step(self) -> Fraction:
        """What one unit in the last written place is worth, with the first meaning of the unit."""
        return Fraction(self.multipliers[0], 10**self.places)

    @property
    def intervals(self) -> tuple[Interval, ...]:
        """The numbers that round to the figure, half-up or half-even, for each meaning of the unit."""
        return tuple(self._rounding(multiplier) for multiplier in self.multipliers)

    @property
    def interval(self) -> Interval:
        """The first of ``intervals``."""
        return self._rounding(self.multipliers[0])

    def agrees(self, value: Exact) -> bool:
        """Whether ``value`` rounds to the figure at the precision in which it is written."""
        return any(value in interval for interval in self.intervals)

    def agrees_loosely(self, value: Exact) -> bool:
        """Whether ``value`` rounds or truncates to the figure, whose trailing zeros may say nothing."""
        return any(value in interval for interval in self.loose_intervals)

    @property
    def loose_intervals(self) -> tuple[Interval, ...]:
        """The numbers that ``agrees_loosely`` takes; one interval per meaning of the unit."""
        return tuple(self._loose(multiplier) for multiplier in self.multipliers)

    def relative_gap(self, value: Exact) -> Fraction:
        """Return how far ``value`` lies outside ``loose_intervals``, as a share of ``value``; 0 inside."""
        distance = min(interval.gap(value) for interval in self.loose_intervals)
        return distance / abs(Fraction(value)) if value else Fraction(int(distance > 0))

    def _rounding(self, multiplier: int) -> Interval:
        one = self._rounding_of_one(multiplier)
        return one if self.up_to is None else one.to(self.up_to.interval)

    def _loose(self, multiplier: int) -> Interval:
        one = self._loose_of_one(multiplier)
        return one if self.up_to is None else one.to(self.up_to.loose_intervals[0])

    def _rounding_of_one(self, multiplier: int) -> Interval:
        value = self.number * multiplier
        if self.full and not self.approximate:
            return Interval(value, value)
        step = Fraction(multiplier, 10**self.places)
        if self.approximate:
            return Interval(max(Fraction(0), value - (step / 10 if self._is_one else step)), value + step)
        even = (self.number * 10**self.places) % 2 == 0
        below = step / 2
        if self._is_one:
            below = step / 20
        return Interval(max(Fraction(0), value - below), value + step / 2, closed=even)

    def _loose_of_one(self, multiplier: int) -> Interval:
        value = self.number * multiplier
        step = Fraction(multiplier, 10**self.places)
        wide = self._insignificant(multiplier)
        below = max(step / 2, min(wide / 2, value * INSIGNIFICANT))
        if self._is_one:
            below = value * INSIGNIFICANT
        above = max(step, min(wide, value * INSIGNIFICANT))
        if self.approximate:
            below, above = max(below, step / 10 if self._is_one else step), max(above, step)
        return Interval(max(Fraction(0), value - below), value + above, closed=self.approximate)

    @property
    def _is_one(self) -> bool:
        """Whether it is ``1T``: what is less than 950B is written as a number of B."""
        return self.number == 1 and not self.places and self.unit in ("M", "B", "T")

    def _insignificant(self, multiplier: int) -> Fraction:
        """Return the worth of the last place that is not a trailing zero of a whole number."""
        step = Fraction(multiplier, 10**self.places)
        if self.places or not self.number:
            return step
        number = self.number.numerator
        while number % 10 == 0:
            number //= 10
            step *= 10
        return step


def share(parts: Iterable[Quantity], whole: Quantity) -> Interval | None:
    """Return the interval of ``sum(parts) / whole`` in per cent; None when ``whole`` may be zero."""
    total = Interval(Fraction(0), Fraction(0))
    for part in parts:
        total += part.interval
    quotient = total.over(whole.interval)
    return None if quotient is None else quotient.times(100)
