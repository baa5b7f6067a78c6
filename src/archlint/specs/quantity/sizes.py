"""Bytes, context lengths, vocabularies, shares and scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Final

from archlint.specs.near import is_slip, nearest
from archlint.specs.quantity.interval import NotStated, Quantity, Span, Unreadable
from archlint.specs.quantity.tokens import (
    APPROXIMATE,
    APPROXIMATE_WORDS,
    DASHES,
    FOOTNOTES,
    TIMES,
    Token,
    not_stated,
    short,
    tokens,
    too_long,
    whole_span,
    words_of,
)
from archlint.specs.quantity.units import BYTES, PERCENT, TOKENS, Unit, figure, is_whole
from archlint.values import dataclass, replace

BYTES_ACCEPTED: Final = ("68.6 KiB", "1.5 MiB", "0 B")
TOKENS_ACCEPTED: Final = ("131,072", "256K input, 64K output", "131,072+", "No explicit limit", "N/A")
VOCABULARY_ACCEPTED: Final = ("262,144", "262,144 (~262k)")
PERCENT_ACCEPTED: Final = ("5.5%",)
SCORE_ACCEPTED: Final = ("24.5", "N/A")
SUBJECTS: Final = ("General", "Scientific", "Coding", "Agents")
"""The subjects that the Artificial Analysis index is divided into."""

PROFILE_ACCEPTED: Final = ("General 31.3 · Scientific 26.3 · Coding 27.2 · Agents N/A",)
COUNT_ACCEPTED: Final = ("262,144", "128K")

_UNLIMITED: Final = frozenset(
    (
        "no explicit limit", "no limit", "no fixed limit", "no hard limit", "no explicit context limit",
        "no explicit context window", "not limited", "unlimited", "unbounded", "infinite", "∞",
    )
)  # fmt: skip
_BESIDE_BYTES: Final = frozenset(
    (
        "per", "token", "tokens", "tok", "per-token", "each", "every", "sequence", "seq", "cache", "kv", "total",
        "totals", "full", "whole", "bf16", "fp16", "bfloat16", "float16", "16-bit", "precision", "all", "layers",
        "attention", "global", "only", "in", "at", "for", "across", "over", "the", "text", "decoder", "max",
        "maximum", "most", "up", "to", "windows", "window", "ignored", "incl", "including", "with", "without",
        "excl", "excluding", "w", "o", "mtp", "values", "keys", "and", "batch", "latent", "mla", "of", "generated",
        "exact", "exactly", "see", "config", "config.json", "computed",
    )
)  # fmt: skip
"""Words beside a KV figure that leave it what it is: that of all layers, per token, in 16 bits."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """A written context length, in tokens. ``length`` is the input's, where input and output differ.

    ``others`` are further lengths with the words beside them (``32,768 native``).
    """

    text: str
    span: Span
    length: Quantity | None = None
    output: Quantity | None = None
    unlimited: bool = False
    others: tuple[tuple[str, Quantity], ...] = ()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A written vocabulary: ``262,144 (~262k)`` is the count with its label."""

    text: str
    span: Span
    count: Quantity
    label: Quantity | None = None

    @property
    def label_agrees(self) -> bool | None:
        """Whether the count rounds to its label (``~`` stretches nothing here); None without a label."""
        return None if self.label is None else replace(self.label, approximate=False).agrees(self.count.value)

    @property
    def label_is_truncated(self) -> bool:
        """Whether the count does not round to its label, but truncates to it: ``65,536 (~65k)``."""
        label = self.label
        if label is None or self.label_agrees:
            return False
        return label.value <= self.count.value < label.value + label.step


@dataclass(frozen=True, slots=True)
class Profile:
    """Named scores, in the order in which they are written; None for one that is not stated."""

    text: str
    span: Span
    scores: tuple[tuple[str, Quantity | None], ...]
    spans: tuple[Span, ...]

    def get(self, name: str) -> Quantity | None:
        """Return the score of that name, whatever its letter case."""
        for key, score in self.scores:
            if key.casefold() == name.casefold():
                return score
        return None


def read_bytes(text: str) -> Quantity | NotStated | Unreadable:
    """Read a number of bytes: ``68.6 KiB``.

    Words in brackets, ``per token``, a state that is added (``24 KiB + 75 MiB state``) and the figure in another
    type (``34.3 KiB fp8 / 68.6 KiB bf16``) are passed over.
    """
    absent = not_stated(text) or too_long(text, BYTES_ACCEPTED)
    if absent is not None:
        return absent
    found = _of_this_model(_without_remarks(_in_16_bits(_plain_bytes(tokens(text)))))
    plus = next((index for index, token in enumerate(found) if token.low in ("+", "plus")), None)
    if plus is not None and any("state" in token.low for token in found[plus:]):
        found = found[:plus]
    found = _said_once(_result(found))
    layer = next((token for token in found if token.low in _OF_A_PART), None)
    if layer is not None:
        reason = "the figure is that of all layers together, not of one"
        return Unreadable(text, layer.span, reason, BYTES_ACCEPTED)
    found = [token for index, token in enumerate(found) if not _passed_over(found, index)]
    return _one(text, found, BYTES, BYTES_ACCEPTED, _BESIDE_BYTES, "is no unit of bytes", unit_needed=True)


_OF_A_PART: Final = frozenset(["layer", "per-layer", "head", "per-head"])


def _passed_over(found: list[Token], index: int) -> bool:
    """Whether a token is the 61 of ``68.6 KiB across 61 layers`` or one of ``K+V``."""
    token = found[index]
    following = found[index + 1].low if index + 1 < len(found) else ""
    if token.kind == "number":
        return not token.tail and following in ("layers", "attention")
    before = found[index - 1].low if index else ""
    joint = ("+", "and", "&")
    return (token.low == "k" and following in joint) or (
        token.low == "v" and before in (*joint, "incl", "including")
    )


def _result(found: list[Token]) -> list[Token]:
    """Of ``61 × 1,152 B = 68.6 KiB``, written either way round, take the side that is no product."""
    signs = [index for index, token in enumerate(found) if token.text == "="]
    colon = next((index for index, token in enumerate(found) if token.text == ":"), None)
    if not signs and colon is not None and any(token.kind == "number" for token in found[:colon]):
        signs = [colon]  # 128 KiB: 4 KiB × 32 layers
    if len(signs) != 1:
        return found
    sides = found[: signs[0]], found[signs[0] + 1 :]
    plain = [side for side in sides if not any(token.text in TIMES | {"·", "+"} for token in side)]
    return plain[0] if len(plain) == 1 and any(token.kind == "number" for token in plain[0]) else found


def _plain_bytes(found: list[Token]) -> list[Token]:
    """Write brackets one way, ``68 to 69 KiB`` with a dash; drop ``at batch 1``."""
    plain: list[Token] = []
    index = 0
    while index < len(found):
        token = found[index]
        before, behind = plain[-1:], found[index + 1 : index + 2]
        ends = before and behind and before[0].kind == behind[0].kind == "number"
        if token.low in {"batch", "bs", "batch-size"}:
            index += 1
            while index < len(found) and (
                found[index].low in {"size", "=", ":", "of"} or found[index].text == "1"
            ):
                index += 1
            continue
        if token.text in {"[", "]"}:
            token = replace(token, text="(" if token.text == "[" else ")")
        elif ends and token.low in {"to", "and"} and not before[0].tail:
            token = replace(token, kind="sign", text="–")
        if token.low not in {"between", "from"} or not (behind and behind[0].kind == "number"):
            plain.append(token)
        index += 1
    return plain


def _of_this_model(found: list[Token]) -> list[Token]:
    """Drop what a figure is compared with, and what it comes to in a context: ``vs 512 KiB``, ``; 64 GiB at 128K``."""
    kept: list[Token] = []
    figures = False
    for index, token in enumerate(found):
        if figures and token.low in _COMPARED and not any(each.low in _SHARINGS for each in found[index:]):
            return kept[:-1] if kept[-1].text in {",", ";"} else kept
        if figures and token.kind == "number" and _times_less(found[index : index + 3]):
            return kept[:-1] if kept[-1].text in {",", ";"} else kept
        if figures and token.text in {"→", ";", ",", "|"} and _in_a_context(found[index + 1 :]):
            return kept
        figures = figures or token.kind == "number"
        kept.append(token)
    return kept


def _times_less(found: list[Token]) -> bool:
    """Whether ``4× smaller`` stands there, the sign glued to its number or not."""
    glued = found[0].tail.lower() in TIMES
    word = found[1 if glued else 2 :][:1]
    return (glued or (found[1:2] != [] and found[1].text in TIMES)) and bool(word) and word[0].low in _LESS


_LESS: Final = frozenset(["smaller", "less", "fewer", "lower", "larger", "more", "below", "above"])
_COMPARED: Final = frozenset(["vs", "versus", "instead", "compared", "against", "rather", "down", "half"])


_SHARINGS: Final = frozenset(["gqa", "mqa", "mla"])
"""Words that leave open which of two figures is the model's own: ``512 KiB vs 128 KiB with GQA``."""


def _in_a_context(found: list[Token]) -> bool:
    """Whether ``64 GiB at 131,072 tokens`` stands there."""
    at = next((index for index, token in enumerate(found) if token.low in {"at", "@", "for"}), None)
    if at is None or at + 1 >= len(found) or not any(token.kind == "number" for token in found[:at]):
        return False
    return found[at + 1].kind == "number" or (found[at + 1].low in {"a", "the"} and len(found) > at + 2)


def _said_once(found: list[Token]) -> list[Token]:
    """Of ``70,272 B = 68.6 KiB`` and ``68.6 KiB, i.e. 70,272 bytes`` take the first figure."""
    for index, token in enumerate(found):
        sides = found[:index], found[index + 1 :]
        if token.low in _EQUAL and all(any(each.kind == "number" for each in side) for side in sides):
            return [each for each in sides[0] if each.text not in {",", ";"} or each is not sides[0][-1]]
    return found


_EQUAL: Final = APPROXIMATE | frozenset(["=", "or", "i.e", "ie", "equals"])


def restated_bytes(text: str) -> list[Quantity]:
    """Return the figures that say the figure of a text again: ``68.6 KiB (70,272 B)``, ``70,272 B = 68.6 KiB``.

    A bare figure in brackets is one when it is in another unit; what is said of it in further words makes it another.
    """
    first = read_bytes(text)
    if not isinstance(first, Quantity) or first.up_to is not None:
        return []
    found = _plain_bytes(tokens(text))
    again: list[Quantity] = []
    of_several = False  # 8 tokens = 1 MiB
    for part, closes in _parts(found):
        if closes and of_several:
            continue
        of_several = any(
            one.kind == "number" and two.low in {"token", "tokens"} for one, two in pairwise(part)
        )
        words = {token.low for token in part if token.kind == "word"} - BYTES.keys()
        numbers = [index for index, token in enumerate(part) if token.kind == "number"]
        if len(numbers) != 1 or part[numbers[0]].start <= first.span[0] or words - _AGAIN:
            continue
        quantity, _ = figure(part, numbers[0], text, BYTES)
        apart = abs(quantity.value - first.value) / first.value if first.value else Fraction(1)
        near = quantity.unit != first.unit and apart <= _NOT_TWICE
        if quantity.unit and not quantity.approximate and (closes or near or words & _TYPES_OF_16_BITS):
            again.append(quantity)
    return again


_NOT_TWICE: Final = Fraction(2, 5)
"""A figure in another unit is that of another type, or of anything, when it is half as large or twice."""
_AGAIN: Final = frozenset(
    [
        "per",
        "token",
        "tokens",
        "tok",
        "bf16",
        "fp16",
        "bfloat16",
        "float16",
        "in",
        "exactly",
        "exact",
        "kv",
        "cache",
    ]
)


def _parts(found: list[Token]) -> Iterator[tuple[list[Token], bool]]:
    """Yield what stands in brackets, and what stands behind a sign of equality, which is told."""
    part: list[Token] = []
    opened = equal = False
    for token in [*found, None]:
        if token is None or token.text in {"(", ")", ",", ";"} or token.low in _EQUAL:
            if opened or equal:
                yield part, equal
            part = []
            opened = token is not None and (token.text == "(" or (opened and token.text in {",", ";"}))
            equal = token is not None and token.low in _EQUAL - APPROXIMATE
        else:
            part.append(token)


def _in_16_bits(found: list[Token]) -> list[Token]:
    """Of figures in several types, between semicolons, commas and slashes, take the one in 16 bits."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for index, token in enumerate(found):
        depth += (token.text == "(") - (token.text == ")")
        follows = index + 1 < len(found) and found[index + 1].kind == "number"
        names = index + 2 < len(found) and found[index + 1].low in _TYPES | _TYPES_OF_16_BITS
        if not depth and token.text in {",", ";", "/", "|"} and (follows or names or parts[-1] == []):
            parts.append([])
        else:
            parts[-1].append(token)
    if (inner := _types_in_brackets(found)) is not None:
        return inner
    typed = [{token.low for token in part} for part in parts]
    if len(parts) < 2 or not any(words & (_TYPES | _TYPES_OF_16_BITS) for words in typed):
        return found
    for part, words in zip(parts, typed, strict=True):
        if words & _TYPES_OF_16_BITS or not words & _TYPES:
            return part
    return found


def _types_in_brackets(found: list[Token]) -> list[Token] | None:
    """Return the bracket of ``64 KiB fp8 (128 KiB bf16)``."""
    at = next((index for index, token in enumerate(found) if token.text == "("), None)
    if at is None or found[-1].text != ")":
        return None
    outside, inside = ({token.low for token in part} for part in (found[:at], found[at:-1]))
    if (
        not outside & _TYPES
        or outside & _TYPES_OF_16_BITS
        or not inside & _TYPES_OF_16_BITS
        or inside & _TYPES
    ):
        return None
    return found[at + 1 : -1] if any(token.kind == "number" for token in found[at:-1]) else None


_TYPES_OF_16_BITS: Final = frozenset(["bf16", "fp16", "bfloat16", "float16", "half"])
_TYPES: Final = frozenset(
    ["fp8", "float8", "int8", "int4", "fp4", "nvfp4", "mxfp4", "fp32", "float32", "q8", "q4"]
)


def read_percentage(text: str) -> Quantity | NotStated | Unreadable:
    """Read a share in per cent: ``5.5%``."""
    return _single(text, PERCENT, PERCENT_ACCEPTED, frozenset(["active"]), "is no per cent", unit_needed=True)


def read_count(text: str) -> Quantity | NotStated | Unreadable:
    """Read a count: ``262,144``, ``~262k``."""
    return _single(text, TOKENS, COUNT_ACCEPTED, frozenset(["tokens"]), "is no unit of a count")


def read_score(text: str) -> Quantity | NotStated | Unreadable:
    """Read a score: ``24.5``. Its interval is that of the written places."""
    score = _single(text, PERCENT, SCORE_ACCEPTED, frozenset(), "is no score")
    return _score(score) if isinstance(score, Quantity) else score


def read_tokens(text: str) -> Tokens | NotStated | Unreadable:
    """Read a context length."""
    absent = not_stated(text) or too_long(text, TOKENS_ACCEPTED)
    if absent is not None:
        return absent
    if words_of(text) in _UNLIMITED:
        return Tokens(text, whole_span(text), unlimited=True)
    found = tokens(text)
    lengths: list[tuple[set[str], Quantity]] = []
    index = 0
    between: set[str] = set()
    apart = True
    ranged = _NO_RANGE
    while index < len(found):
        token = found[index]
        follows = index + 1 < len(found) and found[index + 1].kind == "number"
        trails = token.text == "," and index == len(found) - 1
        if token.kind == "number" and _stretches(found, index):
            index += 1 if token.tail else 2
            continue
        if _is_factor(found, index):
            index += 2
            continue
        if token.text in FOOTNOTES and index and found[index - 1].kind == "number" and not follows:
            index += 1
            continue
        if token.text in DASHES and lengths:
            ranged, index = len(lengths) if follows else ranged, index + 1
            continue
        if token.kind == "bad" or trails or (token.kind == "sign" and token.text not in _LENGTH_SIGNS):
            return _bad(text, token, TOKENS_ACCEPTED)
        if token.kind == "number":
            length = _length(text, found, index)
            if isinstance(length, Unreadable):
                return length
            quantity, index = length
            lengths.append((between, quantity))
            between, apart = set(), False
            continue
        if token.kind == "word":
            (between if apart else lengths[-1][0]).add(token.low)
        elif token.text in _APART:
            apart = not lengths or _number_before_end(found, index + 1)
        index += 1
    if between and lengths:
        lengths[-1][0].update(between)
    if not lengths:
        return Unreadable(text, whole_span(text), "no number of tokens is written", TOKENS_ACCEPTED)
    if ranged < len(lengths):  # 32K–128K: the longest is what is claimed
        lengths[ranged - 1], lengths[ranged] = lengths[ranged], lengths[ranged - 1]
    lengths = sorted(lengths, key=lambda length: _is_window(length, lengths))
    output = next((item for words, item in lengths[1:] if words & _OUTPUT), None)
    if "output" in lengths[0][0] and "input" not in lengths[0][0] and len(lengths) > 1:
        lengths.reverse()
        output = lengths[-1][1]
    others = tuple((" ".join(sorted(words)), item) for words, item in lengths[1:] if item is not output)
    return Tokens(text, whole_span(text), lengths[0][1], output, others=others)


_BITS: Final = frozenset(["Kib", "Mib", "Gib", "Tib"])
_OUTPUT: Final = frozenset(["output", "out", "outputs", "generation", "completion"])
_LENGTH_SIGNS: Final = frozenset(",;/()[]+|·:.→≥≤<>=") | APPROXIMATE


_NO_RANGE: Final = 1_000
_APART: Final = frozenset(",;/()[]|·→")
_WINDOW: Final = frozenset(
    ["sliding", "swa", "local", "window", "windowed", "sliding-window", "chunk", "chunked"]
)
_EXTENDED: Final = frozenset(
    ["yarn", "rope", "scaling", "extended", "extendable", "extrapolated", "extrapolation"]
)
_CONTEXT: Final = frozenset(["context", "ctx", "global", "full", "total"])


def _number_before_end(found: list[Token], start: int) -> bool:
    """Whether a number comes before the next sign that sets lengths apart: else the words are of the length before."""
    for token in found[start:]:
        if token.text in _APART:
            return False
        if token.kind == "number":
            return True
    return False


def _is_window(length: tuple[set[str], Quantity], lengths: list[tuple[set[str], Quantity]]) -> bool:
    """Whether a length is the window of ``4,096 (window), 128K``: another one, not shorter, is the context."""
    words, quantity = length
    if not _names_window(words):
        return False
    return any(
        bool(others & _CONTEXT) or other.value >= quantity.value
        for others, other in lengths
        if other is not quantity and not _names_window(others) and not others & (_OUTPUT | _EXTENDED)
    )


def _names_window(words: set[str]) -> bool:
    return bool(words & _WINDOW) and not words & _CONTEXT


def _is_factor(found: list[Token], index: int) -> bool:
    """Whether the ``×4`` of ``32,768 (YaRN ×4: 131,072)`` stands at ``index``."""
    if not 0 < index < len(found) - 1 or found[index].text not in TIMES or found[index - 1].kind != "word":
        return False
    factor = found[index + 1]
    return factor.kind == "number" and not factor.tail and factor.number < _LEAST_STRETCHED


def _stretches(found: list[Token], index: int) -> bool:
    """Whether a number is the factor of ``131,072 (4× YaRN)``: neither that of ``4 × 32K`` nor a length."""
    token = found[index]
    glued = token.tail.lower() in TIMES
    behind = index + (1 if glued else 2)
    if not glued and (token.tail or behind > len(found) or found[behind - 1].text not in TIMES):
        return False
    return token.number < _LEAST_STRETCHED and (behind == len(found) or found[behind].kind != "number")


_LEAST_STRETCHED: Final = 1_000
"""No factor is as great."""


def _length(text: str, found: list[Token], index: int) -> tuple[Quantity, int] | Unreadable:
    token = found[index]
    if token.tail and token.tail.lower() not in TOKENS and token.tail.lower() not in ("tokens", "token"):
        reason = f"{short(token.tail)} is no unit of tokens"
        return Unreadable(text, token.span, reason, TOKENS_ACCEPTED)
    quantity, behind = figure(found, index, text, TOKENS)
    if not is_whole(quantity.value) or (token.places and not quantity.unit):
        meant = token.text.replace(".", ",") if token.places == 3 and not quantity.unit else None
        return Unreadable(
            text, quantity.span, "a context is a whole number of tokens", TOKENS_ACCEPTED, meant
        )
    return quantity, behind


def read_vocabulary(text: str) -> Vocabulary | NotStated | Unreadable:
    """Read a vocabulary."""
    absent = not_stated(text) or too_long(text, VOCABULARY_ACCEPTED)
    if absent is not None:
        return absent
    if text.count("(") != text.count(")"):
        return Unreadable(text, whole_span(text), "a bracket stands alone", VOCABULARY_ACCEPTED)
    found = tokens(text)
    read: list[Quantity] = []
    index = 0
    while index < len(found):
        token = found[index]
        if token.kind == "bad":
            return _bad(text, token, VOCABULARY_ACCEPTED)
        if (
            token.text in FOOTNOTES
            and index
            and found[index - 1].kind == "number"
            and index == len(found) - 1
        ):
            break
        if token.kind == "number":
            if token.tail and token.tail.lower() not in TOKENS:
                reason = f"{short(token.tail)} is no unit of a count"
                return Unreadable(text, token.span, reason, VOCABULARY_ACCEPTED)
            quantity, index = figure(found, index, text, TOKENS)
            if not is_whole(quantity.value) or (token.places and not quantity.unit):
                meant = token.text.replace(".", ",") if token.places == 3 and not quantity.unit else None
                reason = "a vocabulary is a whole number of tokens"
                return Unreadable(text, quantity.span, reason, VOCABULARY_ACCEPTED, meant)
            read.append(quantity)
            continue
        known = token.kind == "word" or token.text in _LENGTH_SIGNS or token.text == "="
        if not known or (token.text in DASHES):
            return _bad(text, token, VOCABULARY_ACCEPTED)
        index += 1
    if not read:
        return Unreadable(text, whole_span(text), "no number of tokens is written", VOCABULARY_ACCEPTED)
    label = read[1] if len(read) > 1 and read[1].unit else None
    rows = read[0]
    if len(read) == 2 and rows.unit and not read[1].unit:
        rows, label = read[1], rows  # ~128k (128,256)
    if label is None and any(token.low.startswith("pad") or token.low in {"of", "rows"} for token in found):
        rows = max(read, key=lambda count: count.value)  # 151,669 (padded to 151,936)
    return Vocabulary(text, whole_span(text), rows, label)


def read_profile(text: str) -> Profile | NotStated | Unreadable:
    """Read named scores between ``·``, ``|``, ``,``, ``;`` or ``/``."""
    absent = not_stated(text) or too_long(text, PROFILE_ACCEPTED)
    if absent is not None:
        return absent
    scores: list[tuple[str, Quantity | None]] = []
    spans: list[Span] = []
    part: list[Token] = []
    for token in [*tokens(text), None]:
        if token is not None and token.text not in {"·", "•", "|", ",", ";"}:
            if token.text not in {":", "="}:
                part.append(token)
            continue
        if not part:
            continue
        named = _named_score(text, part)
        if isinstance(named, Unreadable):
            return named
        if any(named[0].casefold() == name.casefold() for name, _ in scores):
            return Unreadable(text, named[2], f"{named[0]} stands twice", PROFILE_ACCEPTED)
        scores.append(named[:2])
        spans.append(named[2])
        part = []
    if not scores:
        return Unreadable(text, whole_span(text), "no score is written", PROFILE_ACCEPTED)
    return Profile(text, whole_span(text), tuple(scores), tuple(spans))


def _named_score(text: str, part: list[Token]) -> tuple[str, Quantity | None, Span] | Unreadable:
    numbers = [index for index, token in enumerate(part) if token.kind in ("number", "bad")]
    whole = (part[0].start, part[-1].end)
    if not numbers:
        for at in range(1, len(part)):
            rest = text[part[at].start : part[-1].end]
            if not_stated(rest) is not None:
                return text[part[0].start : part[at - 1].end], None, whole
        return Unreadable(text, whole, "a score has no number", PROFILE_ACCEPTED)
    if len(numbers) > 1:
        first = part[numbers[0]].span
        return Unreadable(text, first, "a sign such as · is missing between two scores", PROFILE_ACCEPTED)
    at = numbers[-1]
    token = part[at]
    negative = at > 0 and part[at - 1].text in DASHES
    if token.kind == "bad" or (token.tail and token.tail != "%") or at != len(part) - 1 or negative:
        return _bad(text, part[at - 1] if negative else token, PROFILE_ACCEPTED)
    if at == 0:
        return Unreadable(text, token.span, "a score has no name", PROFILE_ACCEPTED)
    score, _ = figure(part, at, text, PERCENT)
    name = text[part[0].start : part[at - 1].end]
    meant = None if name in SUBJECTS else nearest(name, SUBJECTS, 2)
    if meant is not None and is_slip(name, meant):
        span = part[0].start, part[at - 1].end
        mended = f"{text[: span[0]]}{meant}{text[span[1] :]}"
        return Unreadable(text, span, f"{short(name)} is no subject", PROFILE_ACCEPTED, mended)
    return text[part[0].start : part[at - 1].end], _score(score), whole


def _score(score: Quantity) -> Quantity:
    """Return a score as a rounded figure, never a full count."""
    return Quantity(score.text, score.span, score.number, score.places, (1,), score.unit)


def _single(
    text: str,
    units: Mapping[str, Unit],
    accepted: tuple[str, ...],
    passed: frozenset[str],
    no_unit: str,
    unit_needed: bool = False,
) -> Quantity | NotStated | Unreadable:
    """Read a text that holds one figure, with words of ``passed`` and remarks in brackets beside it."""
    absent = not_stated(text) or too_long(text, accepted)
    if absent is not None:
        return absent
    return _one(text, _without_remarks(tokens(text)), units, accepted, passed, no_unit, unit_needed)


def _one(
    text: str,
    found: list[Token],
    units: Mapping[str, Unit],
    accepted: tuple[str, ...],
    passed: frozenset[str],
    no_unit: str,
    unit_needed: bool,
) -> Quantity | Unreadable:
    found = _with_upper_unit(found) if unit_needed else found
    read: Quantity | None = None
    index = 0
    while index < len(found):
        token = found[index]
        follows = index + 1 < len(found) and found[index + 1].kind == "number"
        if token.kind == "number" and read is None:
            unit = token.tail or (found[index + 1].text if index + 1 < len(found) else "")
            if token.tail and token.tail.lower() not in units:
                return Unreadable(text, token.span, f"{short(unit)} {no_unit}", accepted)
            if units is BYTES and unit in _BITS:
                meant = f"{text[: token.end - len(token.tail)].rstrip()} {unit[:-1]}B"
                return Unreadable(text, token.span, f"{unit} counts bits, not bytes", accepted, meant)
            read, index = figure(found, index, text, units)
            if unit_needed and not read.unit and read.number:
                named = unit and unit.lower() not in passed
                reason = f"{short(unit)} {no_unit}" if named else f"{read.text} has no unit"
                return Unreadable(text, read.span, reason, accepted)
            continue
        if read is not None and token.text in DASHES and follows and unit_needed:
            upper, index = figure(found, index + 1, text, units)
            start, end = read.span[0], upper.span[1]
            if upper.value < read.value:
                return _bad(text, token, accepted)
            read = replace(read, text=text[start:end], span=(start, end), up_to=upper)
            continue
        approximate = token.text in APPROXIMATE or token.low in APPROXIMATE_WORDS
        mark = read is not None and (token.text in FOOTNOTES or (token.text in _CLOSING and unit_needed))
        passes = (
            mark or token.low in passed or token.text in _PASSED_SIGNS or (token.text == "≤" and unit_needed)
        )
        if not (approximate and follows) and not passes:
            if token.kind == "number" and read is not None:
                return Unreadable(text, token.span, f"{short(token.text)} is a second figure", accepted)
            return _bad(text, token, accepted)
        index += 1
    if read is None:
        return Unreadable(text, whole_span(text), "no number is written", accepted)
    return read


_CLOSING: Final = frozenset(",;.+–—")
_PASSED_SIGNS: Final = frozenset("/@:=")


def _with_upper_unit(found: list[Token]) -> list[Token]:
    """Give the lower end of a range the unit of the upper one: ``68–69 KiB``."""
    units = list(found)
    for index in range(len(found) - 2):
        lower, dash, upper = found[index : index + 3]
        if lower.kind == upper.kind == "number" and dash.text in DASHES and not lower.tail:
            behind = found[index + 3].text if index + 3 < len(found) else ""
            units[index] = replace(lower, tail=upper.tail or behind)
    return units


def _without_remarks(found: list[Token]) -> list[Token]:
    """Drop what stands in closed brackets behind a number."""
    kept: list[Token] = []
    depth = 0
    closed = sum(token.text == "(" for token in found) == sum(token.text == ")" for token in found)
    for token in found:
        if closed and kept and token.text == "(":
            depth += 1
        elif depth and token.text == ")":
            depth -= 1
        elif not depth:
            kept.append(token)
    return kept


def _bad(text: str, token: Token, accepted: tuple[str, ...]) -> Unreadable:
    what = "is no number" if token.kind in ("bad", "number") else "has no meaning here"
    return Unreadable(text, token.span, f"{short(token.text)} {what}", accepted)
