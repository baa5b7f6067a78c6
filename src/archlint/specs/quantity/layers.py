"""The reader of layer mixes: ``39 sliding-window + 9 global`` to its terms."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from typing import Final

from archlint.specs.quantity.interval import Interval, NotStated, Unreadable
from archlint.specs.quantity.kinds import (
    LOCAL_OR_LINEAR,
    NOISE,
    PASSES,
    Kind,
    Mention,
    mentions,
    mixers,
)
from archlint.specs.quantity.layer_mix import SHARINGS, LayerMix, OpenMix, Term
from archlint.specs.quantity.layer_sums import (
    NO_COUNT,
    NO_REST,
    REPEATED,
    SMALL_PATTERN,
    StopError,
    Written,
    is_pattern,
    share_heads,
)
from archlint.specs.quantity.layer_tokens import AND, INCLUDING, REST, mix_tokens
from archlint.specs.quantity.tokens import DASHES, TIMES, Token, not_stated, short, too_long, whole_span
from archlint.values import replace

ACCEPTED: Final = (
    "61 MLA",
    "52 sliding-window + 10 global",
    "80 GQA + 1 MTP layer",
    "22 shared GQA layers × 2 passes",
    "28 logical layers / 56 MLA sublayers",
    "12 × (3 DeltaNet + 1 gated attention)",
)

_OF_THEM: Final = frozenset(["which", "them", "these", "are", "is", "use", "uses", "using", "with", "have"])
_INDEXED: Final = frozenset(["dsa", "qsa", "sparse"])
_PLACES: Final = frozenset(["from", "layer", "layers", "every", "each", "after", "since", "step", "interval"])
"""Words before a number that tells where feed-forwards are, not how many: ``MoE from layer 3``."""
_NO_LAYERS: Final = frozenset(
    [
        "norm",
        "norms",
        "rmsnorm",
        "layernorm",
        "embedding",
        "embeddings",
        "head",
        "bias",
        "rope",
        "nope",
        "swiglu",
    ]
)
"""What is no layer, wherever it is listed: ``32 GQA + RoPE``, ``32 GQA + tied embeddings``."""
_POSITIONS: Final = frozenset(["first", "last", "leading", "final", "initial"])
_TOKENS: Final = frozenset(["token", "tokens", "tok", "window"])
_PART: Final = frozenset(["of", "out", "layers", "layer", "the", "total"])
_WIDTHS: Final = frozenset(
    [
        "head",
        "heads",
        "query",
        "queries",
        "q",
        "kv",
        "dim",
        "dims",
        "dimension",
        "dimensions",
        "dimensional",
        "wide",
    ]
)
_RATIO: Final = REPEATED | frozenset(["in", "out"])
"""Words that make a ratio, or a part of the stack, of the numbers around them: ``1 global every 6``, ``3 in 4``."""
_GROUPS: Final = frozenset(
    ["group", "groups", "superblock", "superblocks", "repeat", "repeats", "cycle", "cycles", "super-blocks"]
)
"""Words for parts of a stack that are alike: ``16 groups of 3 SWA + 1 full``."""
_ALTERNATING: Final = frozenset(
    ["alternate", "alternates", "alternating", "interleaved", "interleaving", "mixed"]
)

MAX_LAYERS: Final = 100_000
"""More layers are no layer count."""

_LEAST_WINDOW: Final = 64
"""The 1024 of ``52 local with window 1024`` is none of layers; the 2 of ``46 sliding window 2 full`` is."""

MAX_DEPTH: Final = 8
"""Brackets within brackets."""

_SEPARATORS: Final = frozenset("+,;&·•|→>")

_THROUGHOUT: Final = frozenset(
    [
        "throughout",
        "everywhere",
        "all",
        "only",
        "pure",
        "always",
        "in",
        "with",
        "and",
        "a",
        "the",
        "for",
        "using",
        "uses",
    ]
)
"""What may be said of all layers beside their kind."""
_CLOSING: Final = frozenset(",;|·•→")
"""What a closing remark may stand behind."""

_JOINTS: Final = frozenset("+,&/-–—.")
"""What may stand between words of a remark."""


def read_layer_mix(text: str) -> LayerMix | OpenMix | NotStated | Unreadable:
    """Read a layer mix."""
    absent = not_stated(text) or too_long(text, ACCEPTED)
    if absent is not None:
        return absent
    reader = _Reader(text, mix_tokens(text))
    seen = reader.seen
    try:
        terms = seen.settled(reader.mix(0))
        if reader.index < len(reader.found):
            token = reader.found[reader.index]
            raise StopError(token.span, f"{token.text} has no meaning here")
        if not terms:
            raise StopError(whole_span(text), "no number of layers is written")
        layers = sum(term.count for term in terms)
        if layers > MAX_LAYERS:
            raise StopError(whole_span(text), f"{layers:,} layers are more than any model has")
    except StopError as stop:
        return Unreadable(text, stop.span, stop.reason, ACCEPTED)
    stated = None if seen.stated is None else seen.stated.count
    if seen.left_over is not None or any(term.percent is not None for term in terms):
        return OpenMix(text, whole_span(text), tuple(terms), seen.left_over, stated)
    return LayerMix(
        text, whole_span(text), tuple(terms), reader.passes, stated, seen.restated, tuple(seen.aside)
    )


class _Reader:
    """Recursive descent over the tokens of a layer mix."""

    def __init__(self, text: str, found: list[Token]) -> None:
        self.text = text
        self.seen = Written(text)
        self.found = found
        self.index = 0
        self.passes = 1
        self.among_experts = False

    def peek(self, ahead: int = 0) -> Token | None:
        at = self.index + ahead
        return self.found[at] if at < len(self.found) else None

    def mix(self, depth: int) -> list[Term]:
        """``term {separator term}``; a total before a colon is kept apart."""
        terms: list[Term] = []
        while (token := self.peek()) is not None and token.text not in {")", "]"}:
            if token.text in {":", "="} and self.heads(terms, depth):
                self.index += 1
                if (said := self.said_of_all()) is not None:
                    terms[0] = replace(terms[0], kinds=(*terms[0].kinds, *said))
                else:
                    self.seen.stated = terms.pop()
            elif token.text == "=" and terms and self.sum_behind(depth):
                break
            elif terms and self.separator(token):
                self.index += 1
                if token.text == ";" and not depth:
                    self.seen.breaks.append(len(terms))
                if token.text == "/" and not depth:
                    self.seen.slashes.append(len(terms))
                if token.text in _CLOSING:
                    self.closing_words(terms, always=token.text == ";")
            elif token.low in REST or (token.low in {"the", "all"} and self.follows(REST)):
                self.rest(terms)
            elif token.low == "of" and self.follows({"which", "them", "these"}):
                self.index += 2
                self.seen.parts.append(len(terms))
            elif token.low in INCLUDING and terms and self.number_next(1):
                self.index += 1
                self.including(terms, depth)
            elif terms and (joined := self.joined()):
                self.index += joined  # 36 local, interleaved with 12 global
            elif token.low in _POSITIONS and not terms and self.number_next(1):
                self.index += 1  # first 3 dense, then 58 MoE
            elif not (terms and self.uncounted(token, terms)):
                chosen = self.index > 0 and self.found[self.index - 1].low == "top"  # 160 experts, top 8
                read = [term for term in self.term(depth) if not (_of_widths(term) or chosen)]
                experts = [term for term in read if _of_experts(term, self.among_experts)]
                self.among_experts = bool(experts)
                read = [term for term in read if term not in experts]
                if (
                    not read
                    and terms
                    and terms[-1].text.isdecimal()
                    and self.seen.slashes[-1:] == [len(terms)]
                ):
                    terms.pop()  # the 8 of 8/160 experts
                if terms and len(read) == 1 and _is_passes(read[0]):
                    self.passes, read = max(1, read[0].count), []  # 22 shared GQA layers, 2 passes
                placed = [term for term in read if terms and _is_placed(term)]
                self.seen.aside += placed
                terms += [term for term in read if term not in placed]
        return terms

    def joined(self) -> int:
        """Return how many words before the next number say only that it is joined to what stands before."""
        ahead = 0
        while (token := self.peek(ahead)) is not None and token.low in _ALTERNATING | {
            "also",
            "with",
            "hybrid",
        }:
            ahead += 1
        bracket = token is not None and token.text in {"(", "["}
        return ahead if self.number_next(ahead + bracket) else 0

    def follows(self, words: Collection[str]) -> bool:
        """Whether the token behind the next is one of ``words``."""
        following = self.peek(1)
        return following is not None and following.low in words

    def said_of_all(self) -> tuple[Kind, ...] | None:
        """Read the words behind ``24 layers:`` where nothing else follows; None where a number does."""
        rest = self.found[self.index :]
        if not rest or not all(token.kind == "word" or token.text in _JOINTS for token in rest):
            return None
        self.index = len(self.found)
        return _kinds_of(mentions(rest)[0])

    def rest(self, terms: list[Term]) -> None:
        """``the remaining 13 global``; ``rest SWA``, where a total says how many they are."""
        opening = self.found[self.index]
        while (token := self.peek()) is not None and token.low in REST | {"the", "are", "all", "is"}:
            self.index += 1
        if token is not None and token.kind == "number":
            return
        words = self.words(replace(opening, tail=""), 0)
        total = self.seen.stated
        if total is None and len(terms) > 1 and self.seen.is_total(terms[0], terms[1:]):
            total = self.seen.stated = terms.pop(0)
        missing = (
            0 if total is None else total.count - sum(term.count for term in terms if not term.is_a("mtp"))
        )
        named = _kinds_of(mentions(words)[0])
        forward = [kind for kind in named if kind.feed_forward]
        if total is None and forward and not mixers(named) and self.seen.aside:
            mixing = sum(term.count for term in terms if term.mixers)
            missing = mixing - sum(term.count for term in self.seen.aside)
            if missing > 0:  # 61 MLA, first 3 dense, rest MoE
                end = words[-1].end
                text, span = self.text[opening.start : end], (opening.start, end)
                self.seen.aside.append(Term(missing, missing, text, span, opening.span, named))
                return
        if total is None and self.seen.left_over is None and terms and mixers(named):
            text, span = self.text[opening.start : words[-1].end], (opening.start, words[-1].end)
            self.seen.left_over = Term(0, 0, text, span, opening.span, named)
            return
        if total is None or missing <= 0:
            raise StopError(opening.span, NO_REST)
        terms.append(replace(total, count=missing, kinds=named, unknown=()))

    def including(self, terms: list[Term], depth: int) -> None:
        """``62 layers incl. 1 MTP``: the tail is counted in, and taken out again."""
        for part in self.term(depth):
            if part.is_a("mtp") and 0 < part.count < terms[-1].count:
                terms[-1] = replace(terms[-1], count=terms[-1].count - part.count)
                terms.append(part)
            elif part.feed_forward:
                self.seen.aside.append(part)
            else:
                raise StopError(part.span, f"{short(part.text)} is included in what is not said")

    def closing_words(self, terms: list[Term], always: bool) -> None:
        """Pass over a closing remark without a number: ``; GQA + MoE MTP predictor``, ``, alternating``.

        Behind a comma a mixer needs its number, unless it says what the only layers are: ``24 layers, MHA``.
        """
        end = self.index
        while end < len(self.found) and self.found[end].text not in {")", "]"}:
            end += 1
        rest = self.found[self.index : end]
        if not always:  # a comma may stand behind the words, too: 61 layers, MLA, 3 dense + 58 MoE
            rest = rest[: next((at for at, token in enumerate(rest) if token.text in _CLOSING), len(rest))]
            end = self.index + len(rest)
        if not rest or not all(token.kind == "word" or token.text in _JOINTS for token in rest):
            return
        if any(token.low in REST for token in rest):
            return
        found, unknown = mentions([token for token in rest if token.kind == "word"])
        named = _kinds_of(found)
        if mixers(named) and any(token.low not in _THROUGHOUT for token in unknown):
            self.index = end  # 64 layers, every fourth full attention: of how many it is said is not known
            return
        placed = any(token.low in _POSITIONS for token in rest)
        always = always and (
            len(terms) != 1 or bool(terms[0].mixers) or any(kind.name == "mtp" for kind in named)
        )
        if not always and mixers(named) and not placed:
            if len(terms) != 1 or terms[0].mixers:
                shared = any(kind.name in SHARINGS for term in terms for kind in term.kinds)
                if shared or not {kind.name for kind in named if kind.mixers} <= SHARINGS:
                    return
                if all(term.mixers for term in terms):
                    terms[:] = [replace(term, kinds=(*term.kinds, *named)) for term in terms]
            else:
                terms[0] = replace(terms[0], kinds=(*terms[0].kinds, *named))
        self.index = end

    def sum_behind(self, depth: int) -> bool:
        """Read the ``= 62`` behind all terms."""
        at = self.index
        self.index += 1
        number = self.peek()
        if depth or self.seen.stated is not None or number is None or number.kind != "number":
            self.index = at
            return False
        term = self.term(depth)
        if self.peek() is None and len(term) == 1 and not term[0].kinds:
            self.seen.stated = term[0]
            return True
        self.index = at
        return False

    def uncounted(self, first: Token, terms: list[Term]) -> bool:
        """Pass over a feed-forward or a tail without a number: ``+ MoE FFNs``. A mixer needs its number.

        ``first 3 dense`` and ``dense first 3`` are no layers of their own; the index of ``61 MLA + DSA`` is none.
        """
        if first.kind != "word":
            return False
        at = self.index
        if first.low in _POSITIONS and self.number_next(1):
            self.index += 1
            placed = self.term(0)
            if all(term.feed_forward for term in placed):
                self.seen.aside += placed
                return True
            self.index = at
            return False
        words = self.words(replace(first, tail=""), 0)
        named = _kinds_of(mentions(words)[0])
        if named and not mixers(named) and any(kind.feed_forward or kind.name == "mtp" for kind in named):
            times = self.peek()
            if times is not None and times.text in TIMES and self.number_next(1):
                self.index += 1  # MTP × 1
                terms += [replace(term, kinds=named) for term in self.term(0)]
            elif self.number_next() and words[-1].low in _PLACES:
                self.index += 1  # MoE from layer 3
                self.words(words[-1], 0)
            elif self.number_next() and words[-1].low not in _POSITIONS | {"in"}:
                raise StopError(self.found[self.index].span, "what is counted is not said")
            elif self.number_next():
                start = words[0].start
                self.seen.aside += [
                    replace(term, text=self.text[start : term.span[1]], kinds=(*term.kinds, *named))
                    for term in self.term(0)
                ]
            return True
        if not mixers(named) and words and _is_no_layer(words, named):
            return True
        if terms[-1].is_a("mla") and named and {kind.name for kind in named} <= _INDEXED:
            terms[-1] = replace(terms[-1], kinds=(*terms[-1].kinds, *named))
            return True
        self.index = at
        return False

    def heads(self, terms: list[Term], depth: int) -> bool:
        """Whether the only term so far is a heading: ``61 layers: …``, ``61: …``; the 5 of ``5:1`` is none."""
        sign, following = self.peek(), self.peek(1)
        if len(terms) != 1 or self.seen.stated is not None or depth or sign is None or following is None:
            return False
        return terms[0].text.rstrip()[-1:].isalpha() or following.start > sign.end

    def separator(self, token: Token) -> bool:
        if token.text in _SEPARATORS or token.low in AND:
            return True
        before = self.found[self.index - 1] if self.index else None
        dash = token.text in DASHES or token.text == "—"
        return (
            token.text == "/" or (dash and before is not None and before.kind == "word")
        ) and self.number_next(1)

    def term(self, depth: int) -> list[Term]:
        """``count [×] words`` or ``count × (mix)``, each perhaps with ``× 2 passes`` behind it."""
        number = self.peek()
        assert number is not None
        if number.kind == "bad":
            raise StopError(number.span, f"{short(number.text)} is no number")
        if number.text in {"(", "["} and (inner := self.bracket(depth)):
            factor = self.factor_behind()
            return self.trailer([_multiplied(term, factor) for term in inner])
        if number.low == "all" and (following := self.peek(1)) is not None:
            self.index += 1
            number = following
        if number.kind != "number":
            raise StopError(number.span, f"a number of layers is missing before {short(number.text)}")
        percent = _share(number) if number.tail == "%" else None
        if percent is None and (number.places or number.number.denominator != 1):
            raise StopError(number.span, f"{short(number.text)} is no whole number of layers")
        if number.number > MAX_LAYERS:
            raise StopError(number.span, f"{short(number.text)} layers are more than any model has")
        count = number.number.numerator if percent is None else 0
        self.index += 1
        times = self.peek()
        if percent is not None:
            number = replace(number, tail="")
        elif (
            times is not None
            and times.text in TIMES
            and number.tail.lower() not in TIMES
            and not self.number_next(1)
        ):
            self.index += 1
            if (bracket := self.peek()) is not None and bracket.text in {"(", "["}:
                inner = self.bracket(depth)
                if inner:
                    return self.trailer([_multiplied(term, count) for term in inner])
                if self.lists_windows():
                    raise StopError(number.span, NO_COUNT)
        elif number.tail.lower() in TIMES and times is not None and times.text in {"(", "["}:
            inner = self.bracket(depth)
            if inner:
                return self.trailer([_multiplied(term, count) for term in inner])
        words = self.words(number, depth)
        named, unknown = mentions(words)
        unknown = [token for token in unknown if token.low not in _OF_THEM]
        said = _kinds_of(_without_tail(named, words))
        if [token.text for token in unknown] == ["LA"] and not mixers(said):
            said, unknown = (*said, LOCAL_OR_LINEAR), []
        if unknown and number.tail and unknown[0].start < number.end:
            raise StopError(number.span, f"{short(number.text)} is no number")
        start = min([number.start, *(token.start for token in words)])
        end = max([number.end, *(token.end for token in words)])
        term = Term(
            count=count,
            written=count,
            text=self.text[start:end],
            span=(start, end),
            count_span=(number.start, number.end - len(number.tail)),
            kinds=said,
            unknown=tuple(token.text for token in unknown),
            percent=percent,
        )
        if percent is not None:
            if not term.mixers:
                raise StopError(term.span, f"{short(term.text)} is no share of the layers")
            return [term]
        if words and words[-1].low in {"of", "the"} and not term.kinds:
            whole = self.peek()
            if whole is not None and {word.low for word in words} <= _PART and count <= whole.number:
                return self.part_of_whole(term, depth)
            if self.number_next():
                if unknown and unknown[-1].low not in _GROUPS:
                    raise StopError(term.span, f"{short(term.text)} what is not said")
                return self.trailer([_multiplied(part, count) for part in self.mix(depth + 1)])
            if groups := self.bracket(depth) if whole is not None and whole.text in {"(", "["} else []:
                return self.trailer([_multiplied(part, count) for part in groups])
        sign = self.peek()
        grouped = {word.low for word in words} <= NOISE | _GROUPS
        if words and grouped and sign is not None and sign.text in TIMES and self.number_next(2):
            self.index += 1  # 16 blocks × (3 SWA + 1 full)
            if inner := self.bracket(depth):
                return self.trailer([_multiplied(part, count) for part in inner])
        if unknown and unknown[-1].low in _GROUPS and sign is not None and sign.text in {":", "="}:
            raise StopError(term.span, NO_COUNT)
        if unknown and unknown[-1].low in _RATIO and self.number_next():
            raise StopError(term.span, NO_COUNT)
        if self.peek() is not None and (self.breakdown(words) or self.divided(number, depth)):
            at = self.index
            inner = self.bracket(depth)
            if any(part.kinds for part in inner):
                self.seen.stated = term
                return self.trailer(share_heads(inner, term.kinds))
            self.index = at
            self.remark()
        return self.trailer([term])

    def part_of_whole(self, part: Term, depth: int) -> list[Term]:
        """``36 of 49 layers SWA``: 49 is the total, and the words are those of the part."""
        whole, *others = self.term(depth)
        if _of_experts(whole, among_them=False):
            return []  # 8 of 160 experts active
        if others:
            raise StopError(part.span, f"{short(part.text)} several kinds of layers is no number")
        span = (part.span[0], whole.span[1])
        if part.count == whole.count:
            return [replace(whole, text=self.text[slice(*span)], span=span)]  # 32 of 32 layers GQA
        if whole.count <= SMALL_PATTERN and 1 in (part.count, whole.count - part.count):
            raise StopError(part.span, NO_COUNT)
        if self.seen.stated is None:
            self.seen.stated = replace(whole, kinds=(), unknown=())
        elif self.seen.stated.count != whole.count:
            raise StopError(whole.count_span, f"{whole.count} is a second total")
        return [
            replace(part, text=self.text[slice(*span)], span=span, kinds=whole.kinds, unknown=whole.unknown)
        ]

    def number_next(self, ahead: int = 0) -> bool:
        token = self.peek(ahead)
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
        opening = self.peek()
        bare = all(word.low in NOISE for word in words)
        return bare and self.number_next(1) and opening is not None and opening.text in {"(", "["}

    def divided(self, number: Token, depth: int) -> bool:
        """Whether the bracket behind the first count divides its layers: ``48 GQA layers (36 sliding, 12 full)``."""
        opening = self.peek()
        if number is not self.found[0] or opening is None or opening.text not in {"(", "["}:
            return False
        at, breaks, passes, aside = self.index, list(self.seen.breaks), self.passes, list(self.seen.aside)
        try:
            inner = self.bracket(depth)
        except StopError:
            inner = []
        self.index, self.seen.breaks, self.passes, self.seen.aside = at, breaks, passes, aside
        apart = len(inner) > 1 and all(part.mixers for part in inner)
        return apart and not is_pattern(Term(int(number.number), 0, "", number.span, number.span), inner)

    def repeats(self, words: list[Token]) -> bool:
        """Whether a bracket comes behind ``16 groups of``."""
        return bool(words) and words[-1].low == "of" and self.number_next(1)

    def bracket(self, depth: int) -> list[Term]:
        """``( mix )``; nothing when the bracket holds words only, which are then read as words."""
        following = self.peek(1)
        if following is None or following.kind != "number":
            return []
        if depth >= MAX_DEPTH:
            raise StopError(following.span, "brackets are nested too deep")
        self.index += 1
        inner = self.mix(depth + 1)
        closing = self.peek()
        if closing is None:
            raise StopError(following.span, "a bracket is not closed")
        self.index += 1
        return inner

    def words(self, number: Token, depth: int) -> list[Token]:
        """The words of a term; a remark in brackets is passed over, save one that has only words."""
        tail = number.tail
        words: list[Token] = []
        if tail and tail.lower() not in TIMES:
            start = number.end - len(tail)
            words.append(Token("word", tail, start, number.end))
        while (token := self.peek()) is not None:
            if token.text in {"(", "["} and (
                self.breakdown(words) or self.repeats(words) or self.divided(number, depth)
            ):
                break
            if token.text in {"(", "["}:
                words += [] if self.feeds_in_brackets(depth) else self.remark()
            elif self.belongs(token, words):
                words.append(token)
                self.index += 1
            elif words and token.kind == "number" and (width := self.window_behind()):
                self.index += width
            elif token.low == "and" and any(word.low in _ALTERNATING for word in words):
                self.index += 1  # 26 layers alternating local and global
            elif token.text == "/" and not self.separator(token):
                self.index += 1
            elif token.text in TIMES and words and self.all_noise(words) and self.word_next(1):
                self.index += 1  # 24 layers × MHA
            elif token.text == ":" and any(word.low in NOISE for word in words):
                break
            elif token.text in {"-", "–", "—", "'", '"', ".", "*"} and (
                (following := self.peek(1)) is None or following.kind == "word"
            ):
                self.index += 1
            else:
                break
        return words

    def lists_windows(self) -> bool:
        """Whether a bracket of words lists layers with a window and others: ``12 × (SWA, full)``."""
        rest = self.found[self.index + 1 :]
        inside = rest[: next((at for at, token in enumerate(rest) if token.text in {")", "]"}), len(rest))]
        named = {
            kind.name for kind in _kinds_of(mentions([token for token in inside if token.kind == "word"])[0])
        }
        listed = any(token.text in {",", "+", "→", ";"} for token in inside)
        return listed and bool(named & {"sliding", "chunked"}) and "global" in named

    def all_noise(self, words: list[Token]) -> bool:
        """Whether the words name no kind."""
        return all(word.low in NOISE for word in words)

    def word_next(self, ahead: int = 0) -> bool:
        token = self.peek(ahead)
        return token is not None and token.kind == "word"

    def feeds_in_brackets(self, depth: int) -> bool:
        """Read ``(3 dense + 58 MoE)`` behind layers of another kind; False, and nothing read, for any other."""
        at, breaks, passes = self.index, list(self.seen.breaks), self.passes
        following = self.peek(1)
        try:
            self.index += following is not None and following.low in _POSITIONS
            inner = self.bracket(depth + 1)
        except StopError:
            inner = []
        if inner and all(term.feed_forward for term in inner):
            self.seen.aside += inner
            return True
        self.index, self.seen.breaks, self.passes = at, breaks, passes
        return False

    def belongs(self, token: Token, words: list[Token]) -> bool:
        """Whether a token is one more word of the term; the 2 of ``Mamba 2`` is."""
        if token.kind == "number" and words:
            window = words[-1].low in {"window", "windows", "size"}
            following = self.peek(1)
            alone = words[-1].low == "swa" and (following is None or following.kind == "sign")
            if (window or alone) and token.number >= _LEAST_WINDOW:
                return True
            return words[-1].low in {"mamba", "rwkv", "xlstm"}
        return token.kind == "word" and token.low not in AND | INCLUDING

    def window_behind(self) -> int:
        """Return how many tokens the ``4,096-token window`` of a term has; 0 where it is none."""
        following, word = self.peek(1), self.peek(2)
        if following is not None and following.low in _TOKENS:
            return 2
        hyphen = following is not None and following.text == "-" and word is not None and word.low in _TOKENS
        return 3 if hyphen else 0

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
                    if inside and inside[0].text in TIMES and inside[-1].low not in PASSES:
                        raise StopError(opening.span, "what is multiplied is not said")
                    if len(inside) == 2 and inside[0].kind == "number" and inside[1].low in PASSES:
                        self.passes = max(1, int(inside[0].number))
                    if inside and inside[0].kind == "number" and self.all_noise(inside[1:]):
                        self.note(inside)
                    if any(item.low.startswith("repeat") for item in inside):
                        raise StopError(opening.span, "what is repeated is not said")
                    only = all(item.kind == "word" or item.text in {"/", "-", "→", "+"} for item in inside)
                    said = [item for item in inside if item.kind == "word"] if only else []
                    ratio = any(item.low in REPEATED for item in said)
                    return (
                        said if ratio or mentions(said)[0] else []
                    )  # (see config) says nothing of the layers
            else:
                inside.append(token)
        raise StopError(opening.span, "a bracket is not closed")

    def note(self, inside: list[Token]) -> None:
        """Keep the number of a remark that is nothing but one: ``75% SWA + 25% full (48 layers)``."""
        number, span = inside[0], (inside[0].start, inside[-1].end)
        if number.number.denominator == 1 and number.number <= MAX_LAYERS and not number.tail:
            count = number.number.numerator
            self.seen.noted = Term(count, count, self.text[slice(*span)], span, number.span)

    def trailer(self, terms: list[Term]) -> list[Term]:
        """``× 2 passes``."""
        times, number, word = self.peek(), self.peek(1), self.peek(2)
        if times is not None and times.text in TIMES and number is not None and number.kind == "number":
            if number.number.denominator != 1 or not 0 < number.number <= MAX_LAYERS:
                raise StopError(number.span, f"{short(number.text)} is no number of passes")
            if word is not None and word.low not in PASSES:
                raise StopError(number.span, f"{short(number.text)} of what is not said")
            self.passes = number.number.numerator
            self.index += 2 if word is None else 3
        return terms


def _share(number: Token) -> Interval | None:
    """Return what ``73%`` may be rounded or cut off from; multiples of 5 are taken for round ones. None beyond 100."""
    value = number.number
    if not 0 < value <= 100:
        return None
    if value == 100:
        return Interval(value, value)
    if not number.places and value % 5 == 0:
        return Interval(value - Fraction(5, 2), value + Fraction(5, 2))
    step = Fraction(1, 10**number.places)
    return Interval(value - step / 2, value + step)


def _of_experts(term: Term, among_them: bool) -> bool:
    """Whether a term counts experts, not layers: ``8 routed experts``, and the ``1 shared`` behind them."""
    words = {word.strip(",.") for word in term.text.lower().split()}
    if words & {"routed"} and not words & {"layer", "layers"}:
        return True
    if among_them and words & {"shared", "routed", "active"} and not term.mixers:
        return True
    return bool(words & {"expert", "experts"}) and not words & {"layer", "layers", "block", "blocks", "of"}


def _of_widths(term: Term) -> bool:
    """Whether a term counts heads or dimensions, not layers: ``8 KV heads``; the one of ``1 MTP head`` is a layer."""
    return any(_WIDTHS & set(word.lower().split("-")) for word in term.unknown) and not term.is_a("mtp")


def _is_no_layer(words: list[Token], named: tuple[Kind, ...]) -> bool:
    """Whether words without a number name a part that no layer is: ``final norm``, ``tied embeddings``, ``RoPE``."""
    last = words[-1].low.rsplit("-", 1)[-1]
    return last in _NO_LAYERS or (bool(named) and not any(kind.feed_forward for kind in named))


def _is_passes(term: Term) -> bool:
    """Whether a term counts the passes through the stack."""
    return not term.kinds and len(term.unknown) == 1 and term.unknown[0].lower() in PASSES


def _is_placed(term: Term) -> bool:
    """Whether a term tells which feed-forward some of the layers have: ``3 leading dense``."""
    return bool(term.feed_forward) and any(word.lower() in _POSITIONS for word in term.unknown)


def _multiplied(term: Term, factor: int) -> Term:
    return replace(term, count=term.count * factor, factor=term.factor * factor)


def _kinds_of(named: list[Mention]) -> tuple[Kind, ...]:
    return tuple(dict.fromkeys(mention.kind for mention in named if not mention.negated))


def _without_tail(named: list[Mention], words: list[Token]) -> list[Mention]:
    """Leave out the tail that the layers are said to come with: ``78 MLA with MTP-1``."""
    joint = next((word.start for word in words if word.low in {"with", "w"}), None)
    return [
        mention for mention in named if joint is None or mention.kind.name != "mtp" or mention.span[0] < joint
    ]
