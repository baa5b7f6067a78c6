"""What the terms of a layer mix come to: totals, shares, a rest and a second division beside them."""

from __future__ import annotations

import itertools
import re
from fractions import Fraction
from functools import cache
from typing import Final

from archlint.specs.quantity.interval import Interval, Span
from archlint.specs.quantity.kinds import Kind, kinds, mixers
from archlint.specs.quantity.layer_mix import SHARINGS, Term
from archlint.specs.quantity.tokens import short, whole_span
from archlint.values import replace

REPEATED: Final = frozenset(["every", "each", "per", "repeat", "repeats", "repeated", "repeating", "pattern"])
NO_REST: Final = "how many layers the rest are is not said"
NO_COUNT: Final = "a ratio of layers is no number of layers"
SMALL_PATTERN: Final = 16
"""So many layers, of which one stands for itself, are a pattern and no stack: ``5 local : 1 global``."""


_OF_THEM: Final = re.compile(r"\d+ of (?:which|them|these)\b", re.IGNORECASE)


class StopError(Exception):
    """The text makes no sense from here on."""

    def __init__(self, span: Span, reason: str) -> None:
        super().__init__(reason)
        self.span = span
        self.reason = reason


class Written:
    """What is written beside the terms of a layer mix.

    ``stated`` is a total, ``noted`` one that is all that a bracket says; ``left_over`` the kind of a rest that is not
    counted. ``breaks`` and ``slashes`` are the numbers of terms before a semicolon and a slash,
    ``parts`` those before ``of which``. ``aside`` are
    feed-forwards of layers that are counted already; ``restated`` tells of a second division of the stack.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.stated: Term | None = None
        self.noted: Term | None = None
        self.left_over: Term | None = None
        self.breaks: list[int] = []
        self.slashes: list[int] = []
        self.parts: list[int] = []
        self.aside: list[Term] = []
        self.restated = False

    def settled(self, terms: list[Term]) -> list[Term]:
        """Return the terms that make up the stack, once: a total and a second way to divide it are none."""
        terms = self.without_heads(terms)
        if any(term.percent is not None for term in terms):
            return self.shares(terms)
        if self.left_over is not None:
            return self.with_left_over(terms, self.left_over)
        terms = self.without_parts(terms)
        stated = self.stated
        if is_pattern(stated, terms):
            raise StopError(whole_span(self.text), NO_COUNT)
        if stated is not None and stated.mixers and len(terms) == 1 and terms[0].mixers:
            self.stated = None
            return [stated, *terms]  # 24 local : 8 global
        if stated is not None and terms and all(term.is_a("sublayers") for term in terms):
            self.stated = None
            return [stated, *terms]  # 28 layers (56 MLA sublayers)
        terms = _sparse_or_dense(share_heads(terms, stated.kinds if stated is not None else ()))
        if self.breaks and (chosen := self.divided_once(terms)) is not None:
            self.restated = True
            self.aside += [term for term in terms if term not in chosen and term.feed_forward]
            return chosen
        if self.stated is None and len(terms) > 1 and self.is_total(terms[0], terms[1:]):
            self.stated, terms = terms[0], terms[1:]
        elif self.stated is None and len(terms) > 1 and self.is_total_behind(terms[-1], terms[:-1]):
            self.stated, terms = terms[-1], terms[:-1]
        return _dense_attention(self.with_rest(terms))

    def without_parts(self, terms: list[Term]) -> list[Term]:
        """Return the terms; the 48 of ``48 GQA layers, 8 of them global`` and of ``48, 3 of them dense`` are all."""
        if len(terms) != 2 or self.stated is not None or terms[1].count >= terms[0].count:
            return terms
        whole, part = terms
        if self.parts != [1] and not _OF_THEM.match(part.text):
            return terms
        if part.feed_forward:
            self.aside.append(part)
            return [whole]
        if not whole.mixers or not part.mixers:
            return terms
        self.stated = replace(whole, kinds=(), unknown=())
        return [part]

    def with_left_over(self, terms: list[Term], left: Term) -> list[Term]:
        """Return the terms with those that the rest are, where a total stands behind them: ``rest SWA; 48 layers``."""
        total = self.stated = self.stated or self.noted
        if total is None and len(terms) > 1 and not terms[-1].kinds and not terms[-1].unknown:
            total = self.stated = terms.pop()
        if total is None:
            return terms
        missing = total.count - sum(term.count for term in terms if not term.is_a("mtp"))
        if missing <= 0:
            raise StopError(left.span, NO_REST)
        self.left_over = None
        return [*terms, replace(left, count=missing, written=missing)]

    def without_heads(self, terms: list[Term]) -> list[Term]:
        """Return the terms; ``18/18 GQA`` is one. What ``32 GQA / 8`` counts besides layers is not said."""
        for at in reversed(self.slashes):
            if not 0 < at < len(terms):
                continue
            left, right = terms[at - 1], terms[at]
            bare = [term for term in (left, right) if term.text.isdecimal()]
            if not bare:
                continue
            if left.count != right.count:
                raise StopError(bare[0].span, f"what {bare[0].text} counts is not said")
            terms = [*terms[: at - 1], right if bare[0] is left else left, *terms[at + 1 :]]
        return terms

    def shares(self, terms: list[Term]) -> list[Term]:
        """Return the terms of ``73% SWA + 27% global``; a total beside them is kept apart."""
        self.stated = self.stated or self.noted
        counted = [term for term in terms if term.percent is None and not term.is_a("mtp")]
        if len(counted) == 1 and self.stated is None and not counted[0].kinds:
            self.stated = counted[0]
            terms = [term for term in terms if term is not counted[0]]
        elif counted:
            raise StopError(counted[0].span, f"{short(counted[0].text)} is no share of the layers")
        added = Interval(Fraction(0), Fraction(0))
        for term in terms:
            added += term.percent or Interval(Fraction(0), Fraction(0))
        if len(terms) == 1 and self.stated is not None and added.high < 100 and self.left_over is None:
            self.left_over = replace(self.stated, count=0, is_rest=True)  # 48 layers, 75% linear attention
        if added.low > 100 or (self.left_over is None and added.high < 100):
            raise StopError(whole_span(self.text), "the shares do not add up to 100%")
        return terms

    def divided_once(self, terms: list[Term]) -> list[Term] | None:
        """Choose among parts between semicolons that all divide the same stack; None when they do not."""
        ends = [0, *self.breaks, len(terms)]
        parts = [terms[start:end] for start, end in itertools.pairwise(ends) if end > start]
        stated = self.stated
        if len(parts[0]) > 1 and stated is None and self.is_total(parts[0][0], parts[0][1:]):
            stated, *parts[0] = parts[0]
        named = [part for part in parts if any(term.mixers for term in part)]
        sums = {sum(term.count for term in part if not term.is_a("mtp")) for part in parts}
        alike = len(parts) > 1 and len(sums) == 1
        if not alike or (len(named) == len(parts) and all(len(part) == 1 for part in parts)):
            return None  # 24 sliding; 24 full
        self.stated = stated
        tails = [term for part in parts for term in part if term.is_a("mtp")]
        chosen = (named or parts)[0]
        return [*chosen, *(tail for tail in tails if tail not in chosen)]

    def is_total(self, first: Term, others: list[Term]) -> bool:
        """Whether the first term is the sum of the others: ``62 layers, 52 local + 10 global``."""
        if (
            first.kinds
            or first.factor != 1
            or not first.text[-1:].isalpha()
            or first.unknown
            or all(term.is_a("mtp") for term in others)
        ):
            return False
        return (
            all(term.kinds or is_part(term) for term in others)
            and sum(term.count for term in others) <= first.count
        )

    def is_total_behind(self, last: Term, others: list[Term]) -> bool:
        """Whether the last term is the sum of the others: ``52 local + 10 global, 62 layers``, ``… of 62``."""
        if last.kinds or last.unknown or not all(mixers(term.kinds) for term in others):
            return False
        between = self.text[others[-1].span[1] : last.span[0]].strip()
        part = others[-1].text.lower().endswith((" of", " of the", " among", " among the"))
        if between not in {"", ",", ";", "("}:
            return False  # 24 sliding + 24
        counted = sum(term.count for term in others)
        return last.count == counted or (last.count > counted and (part or last.text[-1:].isalpha()))

    def with_rest(self, terms: list[Term]) -> list[Term]:
        """Add the layers that ``48 layers, 12 of them full`` leaves without a name."""
        stated = self.stated
        if stated is None or len(terms) != 1 or stated.mixers or not (terms[0].kinds or is_part(terms[0])):
            return terms
        missing = stated.count - terms[0].count
        rest = replace(stated, count=missing, kinds=(), unknown=(), is_rest=True)
        return [*terms, rest] if missing > 0 else terms


def is_pattern(stated: Term | None, terms: list[Term]) -> bool:
    """Whether so few layers are counted that they are those of a pattern: ``62 layers: 5 local + 1 global``."""
    layers = [term for term in terms if term.mixers and not term.is_a("mtp")]
    kindless = [term.count for term in (*terms, *([stated] if stated else ())) if not term.kinds]
    if stated is not None and stated.mixers and layers:
        whole = len(layers) > 1 and stated.count == sum(term.count for term in layers)
        layers = layers if whole else [stated, layers[0]]  # 3 local : 1 global
    counted = sum(term.count for term in layers)
    if not layers or counted > SMALL_PATTERN:
        return False
    if any(word.lower() in REPEATED for term in layers for word in term.unknown):
        return True
    ratio = stated is not None and bool(stated.mixers)
    one = any(term.count == 1 for term in layers)
    return len(layers) > 1 and one and (ratio or max(kindless, default=0) >= 2 * counted)


def is_part(term: Term) -> bool:
    """Whether a term is a part of the layers before it: ``2 of them window-only``."""
    return _of_those().match(term.text) is not None


@cache
def _of_those() -> re.Pattern[str]:
    return re.compile(r"\d+ of (?:which|them|these)\b", re.IGNORECASE)


def share_heads(terms: list[Term], said: tuple[Kind, ...]) -> list[Term]:
    """Give the layers of a heading their heads: ``62 GQA: 52 local + 10 global``."""
    heads = tuple(kind for kind in said if kind.name in SHARINGS)
    return [replace(term, kinds=(*term.kinds, *heads)) if term.mixers else term for term in terms]


def _sparse_or_dense(terms: list[Term]) -> list[Term]:
    """Take ``58 sparse`` beside ``3 dense`` for layers of experts."""
    dense = any(term.feed_forward == "dense" for term in terms)
    return [
        replace(term, kinds=(kinds()["moe"],), unknown=())
        if dense and not term.kinds and [word.lower() for word in term.unknown] == ["sparse"]
        else term
        for term in terms
    ]


def _dense_attention(terms: list[Term]) -> list[Term]:
    """Take ``12 dense`` beside windows or sparse attention, and nothing else, for attention over the whole context."""
    plain = [term for term in terms if term.feed_forward == "dense" and len(term.kinds) == 1]
    others = [term for term in terms if term not in plain and not term.is_a("mtp")]
    if len(plain) != 1 or not others or any(not term.mixers or "global" in term.mixers for term in others):
        return terms
    if not plain[0].text.lower().endswith("dense"):
        return terms
    whole = replace(plain[0], kinds=(kinds()["global"],))
    return [whole if term is plain[0] else term for term in terms]
