"""Arithmetic that can be printed: terms, sums and products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from archlint.specs.size import Size
from archlint.values import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """A number: what it counts, the config key it came from and how (``written``, ``default`` ...)."""

    value: int
    label: str = ""
    key: str = ""
    origin: str = ""

    def render(self) -> str:
        """Return ``8 KV heads``."""
        return f"{int(self.value):,} {self.label}" if self.label else f"{int(self.value):,}"


@dataclass(frozen=True, slots=True)
class Sum:
    """Formulas added up."""

    items: tuple[Formula, ...]
    label: str = ""

    @property
    def value(self) -> int:
        """The sum."""
        return sum(item.value for item in self.items)

    def render(self) -> str:
        """Return ``a + b``."""
        return " + ".join(item.render() for item in self.items) or "0"


@dataclass(frozen=True, slots=True)
class Product:
    """Formulas multiplied."""

    items: tuple[Formula, ...]
    label: str = ""

    @property
    def value(self) -> int:
        """The product."""
        value = 1
        for item in self.items:
            value = value * item.value
        return value

    def render(self) -> str:
        """Return ``a × (b + c)``."""
        return " × ".join(f"({item.render()})" if _compound(item) else item.render() for item in self.items)


@dataclass(frozen=True, slots=True)
class Quotient:
    """One formula divided by a whole number, exactly or rounded down."""

    dividend: Formula
    divisor: Formula
    label: str = ""

    @property
    def value(self) -> int:
        """The quotient, rounded down."""
        return self.dividend.value // self.divisor.value

    def render(self) -> str:
        """Return ``a / b``."""
        dividend = f"({self.dividend.render()})" if isinstance(self.dividend, Sum) else self.dividend.render()
        return f"{dividend} / {self.divisor.render()}"


Formula: TypeAlias = Term | Sum | Product | Quotient


def _compound(item: Formula) -> bool:
    """Whether a factor needs brackets: a quotient, a sum, also one that is all that another sum holds."""
    if isinstance(item, Sum) and len(item.items) == 1:
        return _compound(item.items[0])
    return isinstance(item, (Sum, Quotient))


def term(value: int, label: str = "") -> Term:
    """Return ``value`` as a term, with the provenance that a ``Size`` carries."""
    if isinstance(value, Size):
        return Term(value, label, value.text, value.origin)
    return Term(value, label)


def add(items: Sequence[Formula], label: str = "") -> Sum:
    """Return the sum of ``items``."""
    return Sum(tuple(items), label)


def multiply(*items: Formula, label: str = "") -> Product:
    """Return the product of ``items``."""
    return Product(tuple(items), label)


def terms_of(formula: Formula) -> Iterator[Term]:
    """Iterate over the numbers of a formula, left to right."""
    if isinstance(formula, Term):
        yield formula
    elif isinstance(formula, Quotient):
        yield from terms_of(formula.dividend)
        yield from terms_of(formula.divisor)
    else:
        for item in formula.items:
            yield from terms_of(item)
