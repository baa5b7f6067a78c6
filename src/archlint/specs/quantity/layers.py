"""Which layers a model is said to have: ``39 sliding-window + 9 global``."""

from __future__ import annotations

import itertools
from functools import cached_property
from typing import Final

from archlint.specs.quantity.interval import NotStated, Span, Unreadable
from archlint.specs.quantity.kinds import NOISE, PASSES, Kind, Mention, mentions, mixers
from archlint.specs.quantity.tokens import TIMES, Token, not_stated, tokens, too_long, whole_span
from archlint.values import dataclass, replace

ACCEPTED: Final = (
    "61 MLA",
    "52 sliding-window + 10 global",
    "80 GQA + 1 MTP layer",
    "22 shared GQA layers × 2 passes",
    "28 logical layers / 56 MLA sublayers",
    "12 × (3 DeltaNet + 1 gated attention)",
)

_OF_WHICH: Final = frozenset([(), ("which",), ("them",), ("these",)])
_ALTERNATING: Final = frozenset(["alternating", "interleaved", "interleaving", "mixed"])

MAX_LAYERS: Final = 100_000
"""More layers are no layer count."""

MAX_DEPTH: Final = 8
"""Brackets within brackets."""

_SEPARATORS: Final = frozenset("+,;&·|→>")

_JOINTS: Final = frozenset("+,&/-–.")
"""What may stand between words of a remark."""


@dataclass(frozen=True, slots=True)
class Term:
    """``13 global gated GQA``: so many layers of a kind.

    ``span`` is the term's, ``count_span`` the number's; ``kinds`` are the known words,
    ``unknown`` the others. ``count`` has the factor of a bracket (``12 × (3 …)``) in it, ``written`` has not.
    """

    count: int
    written: int
    text: str
    span: Span
    count_span: Span
    kinds: tuple[Kind, ...] = ()
    unknown: tuple[str, ...] = ()
    factor: int = 1

    def is_a(self, name: str) -> bool:
        """Whether the term names the kind."""
        return any(kind.name == name for kind in self.kinds)

    @property
    def mixers(self) -> frozenset[str]:
        """The architecture's mixer kinds that the term may stand for; empty when it names none."""
        return mixers(self.kinds)

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
    stack a second way, of which ``terms`` has nothing (``20 encoder + 20 decoder; 2 SWA + 38 CSA``).
    """

    text: str
    span: Span
    terms: tuple[Term, ...]
    passes: int = 1
    stated_total: int | None = None
    restated: bool = False

    @cached_property
    def main(self) -> tuple[Term, ...]:
        """The terms that add up to the stack: without the MTP tail, and without sublayers beside layers."""
        own = tuple(term for term in self.terms if not term.is_a("mtp"))
        layers = tuple(term for term in own if not term.is_a("sublayers"))
        return layers or own

    @property
    def layers(self) -> int:
        """The number of layers in the stack, one pass, MTP tail left out."""
        return sum(term.count for term in self.main)

    @property
    def sublayers(self) -> int | None:
        """The number of sublayers, where some are written beside the layers."""
        found = [term.count for term in self.terms if term.is_a("sublayers")]
        return sum(found) if found else None

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
    def total_agrees(self) -> bool | None:
        """Whether the terms add up to the stated total, in one way to add them; None without one."""
        if self.stated_total is None:
            return None
        forward = sum(term.count for term in self.main if term.feed_forward)
        sums = {self.layers, self.layers + self.mtp_layers, self.layers - forward, forward}
        return self.stated_total in sums

    def count(self, name: str) -> int:
        """Return the number of layers of a named kind, MTP tail left out."""
        return sum(term.count for term in self.terms if term.is_a(name) and not term.is_a("mtp"))


class _StopError(Exception):
    """The text makes no sense from here on."""

    def __init__(self, span: Span, reason: str) -> None:
        super().__init__(reason)
        self.span = span
        self.reason = reason


def read_layer_mix(text: str) -> LayerMix | NotStated | Unreadable:
    """Read a layer mix."""
    absent = not_stated(text) or too_long(text, ACCEPTED)
    if absent is not None:
        return absent
    reader = _Reader(text, tokens(text))
    try:
        terms = reader.settled(reader.mix(0))
        if reader.index < len(reader.found):
            token = reader.found[reader.index]
            raise _StopError(token.span, f"{token.text} has no meaning here")
        if not terms:
            raise _StopError(whole_span(text), "no number of layers is written")
        layers = sum(term.count for term in terms)
        if layers > MAX_LAYERS:
            raise _StopError(whole_span(text), f"{layers:,} layers are more than any model has")
    except _StopError as stop:
        return Unreadable(text, stop.span, stop.reason, ACCEPTED)
    stated = None if reader.stated is None else reader.stated.count
    return LayerMix(text, whole_span(text), tuple(terms), reader.passes, stated, reader.restated)


class _Reader:
    """Recursive descent over the tokens of a layer mix."""

    def __init__(self, text: str, found: list[Token]) -> None:
        self.text = text
        self.found = found
        self.index = 0
        self.passes = 1
        self.stated: Term | None = None
        self.breaks: list[int] = []
        self.restated = False

    def peek(self, ahead: int = 0) -> Token | None:
        at = self.index + ahead
        return self.found[at] if at < len(self.found) else None

    def mix(self, depth: int) -> list[Term]:
        """``term {separator term}``; a total before a colon is kept apart."""
        terms: list[Term] = []
        while (token := self.peek()) is not None and token.text not in {")", "]"}:
            if token.text in {":", "="} and self.heads(terms, depth):
                self.stated = terms.pop()
                self.index += 1
            elif token.text == "=" and terms and self.sum_behind(depth):
                break
            elif terms and self.separator(token):
                self.index += 1
                if token.text == ";" and not depth:
                    self.breaks.append(len(terms))
                if token.text in {",", ";"}:
                    self.closing_words(terms, always=token.text == ";")
            elif not (terms and self.uncounted(token)):
                terms += self.term(depth)
        return terms

    def closing_words(self, terms: list[Term], always: bool) -> None:
        """Pass over a closing remark without a number: ``; GQA + MoE MTP predictor``, ``, alternating``.

        Behind a comma a mixer needs its number, unless it says what the only layers are: ``24 layers, MHA``.
        """
        rest = self.found[self.index :]
        if not rest or not all(token.kind == "word" or token.text in _JOINTS for token in rest):
            return
        named = _kinds_of(mentions([token for token in rest if token.kind == "word"])[0])
        if not always and mixers(named):
            if len(terms) != 1 or terms[0].mixers:
                return
            terms[0] = replace(terms[0], kinds=(*terms[0].kinds, *named))
        self.index = len(self.found)

    def sum_behind(self, depth: int) -> bool:
        """Read the ``= 62`` behind all terms."""
        at = self.index
        self.index += 1
        number = self.peek()
        if depth or self.stated is not None or number is None or number.kind != "number":
            self.index = at
            return False
        term = self.term(depth)
        if self.peek() is None and len(term) == 1 and not term[0].kinds:
            self.stated = term[0]
            return True
        self.index = at
        return False

    def settled(self, terms: list[Term]) -> list[Term]:
        """Return the terms that make up the stack, once: a total and a second way to divide it are none."""
        stated = self.stated
        if stated is not None and stated.mixers and len(terms) == 1 and terms[0].mixers:
            self.stated = None
            return [stated, *terms]  # 24 local : 8 global
        if stated is not None and terms and all(term.is_a("sublayers") for term in terms):
            self.stated = None
            return [stated, *terms]  # 28 layers (56 MLA sublayers)
        if self.breaks and (chosen := self.divided_once(terms)) is not None:
            self.restated = True
            return chosen
        if self.stated is None and len(terms) > 1 and self.is_total(terms[0], terms[1:]):
            self.stated, terms = terms[0], terms[1:]
        return self.with_rest(terms)

    def divided_once(self, terms: list[Term]) -> list[Term] | None:
        """Choose among parts between semicolons that all divide the same stack; None when they do not."""
        ends = [0, *self.breaks, len(terms)]
        parts = [terms[start:end] for start, end in itertools.pairwise(ends) if end > start]
        if len(parts[0]) > 1 and self.stated is None and self.is_total(parts[0][0], parts[0][1:]):
            self.stated, *parts[0] = parts[0]
        named = [part for part in parts if any(term.mixers for term in part)]
        sums = {sum(term.count for term in part if not term.is_a("mtp")) for part in parts}
        alike = len(parts) > 1 and len(sums) == 1
        if not alike or (len(named) == len(parts) and all(len(part) == 1 for part in parts)):
            return None  # 24 sliding; 24 full
        return (named or parts)[0]

    def is_total(self, first: Term, others: list[Term]) -> bool:
        """Whether the first term is the sum of the others: ``62 layers, 52 local + 10 global``."""
        if (
            first.kinds
            or first.factor != 1
            or not first.text[-1:].isalpha()
            or first.unknown not in _OF_WHICH
        ):
            return False
        return all(term.kinds for term in others) and sum(term.count for term in others) <= first.count

    def with_rest(self, terms: list[Term]) -> list[Term]:
        """Add the layers that ``48 layers, 12 of them full`` leaves without a name."""
        stated = self.stated
        if stated is None or len(terms) != 1 or not terms[0].mixers or stated.mixers:
            return terms
        missing = stated.count - terms[0].count
        return [*terms, replace(stated, count=missing, kinds=(), unknown=())] if missing > 0 else terms

    def uncounted(self, first: Token) -> bool:
        """Pass over a feed-forward or a tail without a number: ``+ MoE FFNs``. A mixer needs its number."""
        if first.kind != "word":
            return False
        at = self.index
        words = self.words(first)
        kinds = _kinds_of(mentions(words)[0])
        if kinds and not mixers(kinds) and any(kind.feed_forward or kind.name == "mtp" for kind in kinds):
            return True
        self.index = at
        return False

    def heads(self, terms: list[Term], depth: int) -> bool:
        """Whether the only term so far is a heading: ``61 layers: …``, ``61: …``; the 5 of ``5:1`` is none."""
        sign, following = self.peek(), self.peek(1)
        if len(terms) != 1 or self.stated is not None or depth or sign is None or following is None:
            return False
        return terms[0].text.rstrip()[-1:].isalpha() or following.start > sign.end

    def separator(self, token: Token) -> bool:
        if token.text in _SEPARATORS or token.low in {"and", "plus", "then"}:
            return True
        following = self.peek(1)
        return token.text == "/" and following is not None and following.kind == "number"

    def term(self, depth: int) -> list[Term]:
        """``count [×] words`` or ``count × (mix)``, each perhaps with ``× 2 passes`` behind it."""
        number = self.peek()
        assert number is not None
        if number.kind == "bad":
            raise _StopError(number.span, f"{_short(number.text)} is no number")
        if number.text in {"(", "["} and (inner := self.bracket(depth)):
            factor = self.factor_behind()
            return self.trailer([_multiplied(term, factor) for term in inner])
        if number.low == "all" and (following := self.peek(1)) is not None:
            self.index += 1
            number = following
        if number.kind != "number":
            raise _StopError(number.span, f"a number of layers is missing before {_short(number.text)}")
        if number.places or number.number.denominator != 1 or number.tail == "%":
            raise _StopError(number.span, f"{_short(number.text)} is no whole number of layers")
        if number.number > MAX_LAYERS:
            raise _StopError(number.span, f"{_short(number.text)} layers are more than any model has")
        count = number.number.numerator
        self.index += 1
        times = self.peek()
        if times is not None and (times.text in TIMES) and number.tail.lower() not in TIMES:
            self.index += 1
            if (bracket := self.peek()) is not None and bracket.text in {"(", "["}:
                inner = self.bracket(depth)
                if inner:
                    return self.trailer([_multiplied(term, count) for term in inner])
        elif number.tail.lower() in TIMES and times is not None and times.text in {"(", "["}:
            inner = self.bracket(depth)
            if inner:
                return self.trailer([_multiplied(term, count) for term in inner])
        words = self.words(number)
        named, unknown = mentions(words)
        if unknown and number.tail and unknown[0].start < number.end:
            raise _StopError(number.span, f"{_short(number.text)} is no number")
        end = max([number.end, *(token.end for token in words)])
        term = Term(
            count=count,
            written=count,
            text=self.text[number.start : end],
            span=(number.start, end),
            count_span=(number.start, number.end - len(number.tail)),
            kinds=_kinds_of(named),
            unknown=tuple(token.text for token in unknown),
        )
        if words and words[-1].low == "of" and not term.kinds and not unknown and self.number_next():
            return self.trailer([_multiplied(part, count) for part in self.mix(depth + 1)])
        if self.peek() is not None and self.breakdown(words):
            at = self.index
            inner = self.bracket(depth)
            if any(part.kinds for part in inner):
                self.stated = term
                return self.trailer(inner)
            self.index = at
            self.remark()
        return self.trailer([term])

    def number_next(self) -> bool:
        token = self.peek()
        return token is not None and token.kind == "number"

    def factor_behind(self) -> int:
        """Read the ``× 8`` behind a bracket; 1 when there is none, or when it is a number of passes."""
        times, number, word = self.peek(), self.peek(1), self.peek(2)
        if times is None or times.text not in TIMES or number is None or number.kind != "number":
            return 1
        whole = number.number.denominator == 1 and 0 < number.number <= MAX_LAYERS and not number.tail
        if not whole or (word is not None and word.low in PASSES):
            return 1
        self.index += 2
        return number.number.numerator

    def breakdown(self, words: list[Token]) -> bool:
        """Whether a bracket comes that says what a bare count is made of: ``48 (36 DeltaNet + 12 GQA)``."""
        opening, following = self.peek(), self.peek(1)
        bare = all(word.low in NOISE for word in words)
        numbers = following is not None and following.kind == "number"
        return bare and numbers and opening is not None and opening.text in {"(", "["}

    def bracket(self, depth: int) -> list[Term]:
        """``( mix )``; nothing when the bracket holds words only, which are then read as words."""
        following = self.peek(1)
        if following is None or following.kind != "number":
            return []
        if depth >= MAX_DEPTH:
            raise _StopError(following.span, "brackets are nested too deep")
        self.index += 1
        inner = self.mix(depth + 1)
        closing = self.peek()
        if closing is None:
            raise _StopError(following.span, "a bracket is not closed")
        self.index += 1
        return inner

    def words(self, number: Token) -> list[Token]:
        """The words of a term; a remark in brackets is passed over, save one that has only words."""
        tail = number.tail
        words: list[Token] = []
        if tail and tail.lower() not in TIMES:
            start = number.end - len(tail)
            words.append(Token("word", tail, start, number.end))
        while (token := self.peek()) is not None:
            if token.text in {"(", "["} and self.breakdown(words):
                break
            if token.text in {"(", "["}:
                words += self.remark()
            elif self.belongs(token, words):
                words.append(token)
                self.index += 1
            elif token.low == "and" and any(word.low in _ALTERNATING for word in words):
                self.index += 1  # 26 layers alternating local and global
            elif token.text == "/" and not self.separator(token):
                self.index += 1
            elif token.text == ":" and any(word.low in NOISE for word in words):
                break
            elif token.text in {"-", "–", "'", '"', ".", "*"} and (
                (following := self.peek(1)) is None or following.kind == "word"
            ):
                self.index += 1
            else:
                break
        return words

    def belongs(self, token: Token, words: list[Token]) -> bool:
        """Whether a token is one more word of the term; the 2 of ``Mamba 2`` is."""
        if token.kind == "number":
            return bool(words) and words[-1].low in {"mamba", "rwkv", "xlstm"}
        return token.kind == "word" and token.low not in {"and", "plus", "then"}

    def remark(self) -> list[Token]:
        """Pass over a bracket and return its words, if it has only words (``MLA (DSA)``)."""
        opening = self.peek()
        assert opening is not None
        depth = 0
        inside: list[Token] = []
        while (token := self.peek()) is not None:
            self.index += 1
            if token.text in {"(", "["}:
                depth += 1
            elif token.text in {")", "]"}:
                depth -= 1
                if not depth:
                    if len(inside) == 2 and inside[0].kind == "number" and inside[1].low in PASSES:
                        self.passes = max(1, int(inside[0].number))
                    only = all(item.kind == "word" or item.text in {"/", "-", "→", "+"} for item in inside)
                    return [item for item in inside if item.kind == "word"] if only else []
            else:
                inside.append(token)
        raise _StopError(opening.span, "a bracket is not closed")

    def trailer(self, terms: list[Term]) -> list[Term]:
        """``× 2 passes``."""
        times, number, word = self.peek(), self.peek(1), self.peek(2)
        if times is not None and times.text in TIMES and number is not None and number.kind == "number":
            if number.number.denominator != 1 or not 0 < number.number <= MAX_LAYERS:
                raise _StopError(number.span, f"{_short(number.text)} is no number of passes")
            if word is not None and word.low not in PASSES:
                raise _StopError(number.span, f"{_short(number.text)} of what is not said")
            self.passes = number.number.numerator
            self.index += 2 if word is None else 3
        return terms


def _multiplied(term: Term, factor: int) -> Term:
    return replace(term, count=term.count * factor, factor=term.factor * factor)


def _kinds_of(named: list[Mention]) -> tuple[Kind, ...]:
    return tuple(dict.fromkeys(mention.kind for mention in named))


def _short(text: str) -> str:
    return text if len(text) <= 30 else f"{text[:29]}…"
