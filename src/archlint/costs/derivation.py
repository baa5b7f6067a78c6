"""A figure's arithmetic, as a line and as a tree."""

from __future__ import annotations

from archlint.architecture.formula import Formula, Product, Quotient, Sum, Term, terms_of
from archlint.values import dataclass


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a figure was worked out: its name, its formula and its unit (``B``, ``parameters``, ``FLOPs``)."""

    name: str
    formula: Formula
    value: int
    unit: str = ""

    def line(self) -> str:
        """Return ``39 sliding layers × 8 KV heads × (192 + 128) × 2 B + ... = 222,720 B``."""
        return f"{self.formula.render()} = {self._result()}"

    def keys(self) -> dict[str, str]:
        """Return the config keys it rests on, each with its origin: written, alias, default, derived."""
        return {term.key: term.origin for term in self.terms()}

    def terms(self) -> list[Term]:
        """Return the numbers that came from keys, left to right."""
        return [term for term in terms_of(self.formula) if term.key]

    def tree(self) -> list[str]:
        """Return the lines of a tree: result, parts, factors with the keys they came from."""
        lines = [f"{self.name} = {self._result()}"]
        items = self.formula.items if isinstance(self.formula, Sum) else (self.formula,)
        _branches(items, "", lines)
        return lines

    def _result(self) -> str:
        return f"{int(self.value):,} {self.unit}".rstrip()


def _branches(items: tuple[Formula, ...], indent: str, lines: list[str]) -> None:
    for number, item in enumerate(items, 1):
        last = number == len(items)
        lines.append(f"{indent}{'└─ ' if last else '├─ '}{_summary(item)}")
        _branches(_inner(item), indent + ("   " if last else "│  "), lines)


def _summary(item: Formula) -> str:
    if isinstance(item, Term):
        source = f"  ← {item.key} ({item.origin})" if item.key else ""
        return item.render() + source
    label = f"{item.label}: " if item.label else ""
    if isinstance(item, Product) and any(
        isinstance(factor, Sum) and len(factor.items) > 2 for factor in item.items
    ):
        return f"{label}{int(item.value):,}"
    if isinstance(item, Sum) and len(item.items) > 3:
        return f"{label}{int(item.value):,}"
    return f"{label}{item.render()} = {int(item.value):,}"


def _inner(item: Formula) -> tuple[Formula, ...]:
    if isinstance(item, Term):
        return ()
    if isinstance(item, Quotient):
        return (item.dividend, item.divisor)
    if isinstance(item, Product):
        sums = [factor for factor in item.items if isinstance(factor, Sum)]
        keyed = [factor for factor in item.items if isinstance(factor, Term) and factor.key]
        nested = [factor for factor in item.items if isinstance(factor, (Product, Quotient))]
        flat: list[Formula] = []
        for factor in sums:
            if len(factor.items) == 1 or all(isinstance(inner, Term) for inner in factor.items):
                flat += [inner for inner in factor.items if not isinstance(inner, Term) or inner.key]
            else:
                flat.append(factor)
        return (*keyed, *nested, *flat)
    return tuple(inner for inner in item.items if not isinstance(inner, Term) or inner.key or inner.label)
