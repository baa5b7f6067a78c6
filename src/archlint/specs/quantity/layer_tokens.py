"""The tokens of a layer mix in the order in which its grammar reads them: a number, then the words for its layers."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from archlint.specs.quantity.kinds import NOISE, mentions
from archlint.specs.quantity.tokens import APPROXIMATE, DASHES, TIMES, Token, tokens
from archlint.values import replace

INCLUDING: Final = frozenset(["incl", "incl.", "including", "inclusive"])
REST: Final = frozenset(["rest", "remaining", "remainder", "others", "other"])

_OPENING: Final = frozenset(
    ["total", "stack", "a", "of", "the", ":", "=", "depth", "l", "σ", "∑", "hybrid", "mix", "mixture"]
)
"""What may stand before the first number and says nothing."""

_SEPARATORS: Final = frozenset("+,;&|·•")
AND: Final = frozenset(["and", "plus", "then", "vs", "versus"])
_PATTERN: Final = frozenset(["ratio", "pattern"])
_LEADS: Final = frozenset(["a", "an", "at", "in", "with"])
_COUNTING: Final = TIMES | DASHES | frozenset([":", "=", "(", ")", "[", "]"])
_NUMBERED: Final = frozenset(["mamba", "rwkv", "xlstm"])
"""Words that a number behind them belongs to: ``Mamba 2``."""
_STEPS: Final = frozenset(["every", "each", "per", "at"])
"""Words before a number that tells which layers are meant, not how many."""
_ALL: Final = frozenset(["all", "in", "across", "the", "each"])


def mix_tokens(text: str) -> list[Token]:
    """Return the tokens of a layer mix, without its ratios and with each number before its words."""
    found = _said_last(_paired(_opened(_without_ratios(_plain(tokens(text))))))
    while len(found) > 1 and (found[0].low in _OPENING or found[0].text in _SEPARATORS):
        found = found[1:]
    if not found or found[0].kind != "word":
        return found
    return _counts_first(found)


def _plain(found: list[Token]) -> list[Token]:
    """Write shares, brackets, dashes and ``w/o`` one way; drop what changes nothing."""
    plain: list[Token] = []
    index = 0
    while index < len(found):
        token, before = found[index], plain[-1] if plain else None
        index += 1
        if token.kind == "number" or (token.kind == "word" and token.low not in _CHANGED):
            plain.append(token)
            continue
        if token.low == "w" and index < len(found) and found[index].text == "/":
            without = index + 1 < len(found) and found[index + 1].low == "o"
            plain.append(replace(token, text="without" if without else "with"))
            index += 1 + without
        elif token.text == "%" and before is not None and before.kind == "number" and not before.tail:
            plain[-1] = replace(before, end=token.end, tail="%")  # 75 %
        elif not _says_nothing(token, before, found[index : index + 2]):
            plain.append(replace(token, text=_BRACES[token.text]) if token.text in _BRACES else token)
    return plain


_CHANGED: Final = frozenset(["w", "every", "each"])


def _says_nothing(token: Token, before: Token | None, behind: list[Token]) -> bool:
    """Whether a token is the second of two dashes, the stop of ``vs.``, the ``~`` of ``~75%``, or ``every layer``."""
    glued = before is not None and before.end == token.start
    if (
        glued
        and before is not None
        and ((token.text in DASHES and before.text in DASHES) or (token.text == "." and before.low == "vs"))
    ):
        return True
    if token.text in APPROXIMATE:
        return bool(behind) and "%" in (behind[0].tail, *(each.text for each in behind[1:]))
    return bool(behind) and token.low in {"every", "each"} and behind[0].low in _LAYER


_BRACES: Final = {"{": "(", "}": ")"}
_LAYER: Final = frozenset(["layer", "block"])


def _said_last(found: list[Token]) -> list[Token]:
    """Put the words of ``GQA, 64 layers``, which say what all layers are, behind their number."""
    ends = [index for index, token in enumerate(found) if token.text in {",", ";", "|", "·", "•"}]
    at = next((end for end in ends if end + 1 < len(found) and found[end + 1].kind == "number"), None)
    if at is None or not all(token.kind == "word" or token.text in {",", "-", "/"} for token in found[:at]):
        return found
    if not mentions(found[:at])[0] or any(token.low in _OPENING for token in found[:at]):
        return found
    return [*found[at + 1 :], replace(found[at], text=","), *found[:at]]


def _without_ratios(found: list[Token]) -> list[Token]:
    """Drop ``3:1 local/global``, ``in a 3:1 ratio`` and brackets that hold nothing else."""
    kept: list[Token] = []
    index = 0
    while index < len(found):
        if not kept and (spelt := _counted_behind_ratio(found, index)):
            return spelt
        behind = _behind_ratio(found, index)
        if behind is None:
            kept.append(found[index])
            index += 1
            continue
        index = behind
        while kept and kept[-1].low in _LEADS:
            kept.pop()
        if kept and kept[-1].text in "([" and index < len(found) and found[index].text in ")]":
            kept.pop()
            index += 1
    return kept


def _counted_behind_ratio(found: list[Token], index: int) -> list[Token]:
    """Turn ``3:1 local/global (36 + 12)``, the greater count being that of the many, into ``36 local + 12 global``."""
    behind = _behind_ratio(found, index)
    if behind is None or len(found) - behind != 5:
        return []
    opening, many, plus, few, closing = found[behind:]
    left, right = found[index], found[index + 2]
    ordered = (many.number - few.number) * (left.number - right.number) >= 0
    counted = many.kind == few.kind == "number" and ordered
    cuts = [at for at in range(index + 3, behind) if found[at].low in {"/", ":", "to"}]
    if (
        opening.text != "("
        or plus.text not in {"+", "/", ","}
        or closing.text != ")"
        or not counted
        or len(cuts) != 1
    ):
        return []
    sides = found[index + 3 : cuts[0]], found[cuts[0] + 1 : behind]
    if not all(mentions(side)[0] for side in sides):
        return []
    return [many, *sides[0], replace(plus, text="+"), few, *sides[1]]


def _behind_ratio(found: list[Token], index: int) -> int | None:
    """Return where a ratio at ``index`` and the words that belong to it end; None where there is no ratio."""
    if index + 2 >= len(found):
        return None
    left, colon, right = found[index : index + 3]
    glued = left.end == colon.start and colon.end == right.start
    if (
        not (left.kind == right.kind == "number" and colon.text in {":", "∶"} and glued)
        or left.tail
        or right.tail
    ):
        return None
    end = index + 3
    while end < len(found) and (found[end].kind == "word" or found[end].text in {":", "/", "-", "–"}):
        if found[end].low in AND and end + 1 < len(found) and found[end + 1].kind == "number":
            break
        end += 1
    stated = any(token.low in _PATTERN for token in found[index + 3 : end])
    return end if stated or 1 in (left.number, right.number) else None


def _opened(found: list[Token]) -> list[Token]:
    """Take ``(incl. 1 MTP)``, ``(+1 MTP)`` and ``(rest SWA)`` out of their brackets; the full stop goes."""
    kept: list[Token] = []
    closing = False
    for index, token in enumerate(found):
        following = found[index + 1].low if index + 1 < len(found) else ""
        if token.text == "(" and kept and (following in REST or _rest_of_feeds(found, index)):
            closing = True
            kept.append(replace(token, text=","))
        elif token.text == "(" and (following in INCLUDING or _adds_a_tail(found, index + 1)):
            closing = True
        elif (token.text == ")" and closing) or (token.text == "." and kept and kept[-1].low in INCLUDING):
            closing = closing and token.text != ")"
        else:
            kept.append(token)
    return kept


def _rest_of_feeds(found: list[Token], index: int) -> bool:
    """Whether a bracket leaves feed-forwards over: ``(first 3 dense, rest MoE)``."""
    closing = next((at for at in range(index, len(found)) if found[at].text == ")"), index)
    inside = found[index + 1 : closing]
    named = mentions([token for token in inside if token.kind == "word"])[0]
    return (
        any(token.low in REST for token in inside) and bool(named) and not any(m.kind.mixers for m in named)
    )


def _adds_a_tail(found: list[Token], index: int) -> bool:
    """Whether ``+ 1 MTP`` or ``plus 1 MTP`` stands at ``index``."""
    tail = found[index : index + 3]
    return (
        len(tail) == 3
        and tail[0].low in AND | {"+"}
        and tail[1].kind == "number"
        and tail[2].low.startswith("mtp")
    )


def _paired(found: list[Token]) -> list[Token]:
    """Turn ``36/12 local/global`` and ``36 + 12 (local + global)`` into ``36 local + 12 global``."""
    if (
        len(found) < 5
        or found[0].kind != "number"
        or found[2].kind != "number"
        or found[0].tail
        or found[2].tail
    ):
        return found
    words = [token for token in found[3:] if token.text not in {"(", ")"}]
    cuts = [at for at, token in enumerate(words) if token.text in {"/", ":", "+"}]
    if (
        found[1].text not in {"/", ":", "+"}
        or len(cuts) != 1
        or any(token.kind == "number" for token in words)
    ):
        return found
    if found[1].text == "+" and found[3].text != "(":
        return found
    left, right = words[: cuts[0]], words[cuts[0] + 1 :]
    if not (mentions(left)[0] and mentions(right)[0]):
        return found
    many, few = found[0], found[2]
    if found[1].text != "+" and many.number + few.number == 100:
        many, few = (replace(number, tail="%") for number in (many, few))  # 50/50 sliding/full
    return [many, *left, replace(words[cuts[0]], text="+"), few, *right]


def _counts_first(found: list[Token]) -> list[Token]:
    """Turn ``GQA × 24`` and ``local: 36, global: 13`` around."""
    ordered: list[Token] = []
    segment: list[Token] = []
    for index, token in enumerate(found):
        following = found[index + 1] if index + 1 < len(found) else None
        slash = token.text == "/" and bool(segment) and segment[-1].kind == "number"
        if token.text in _SEPARATORS or slash or (token.low in AND and following is not None):
            ordered += [*_turned(segment), token]
            segment = []
        else:
            segment.append(token)
    return ordered + _turned(segment)


def _turned(segment: list[Token]) -> list[Token]:
    """Return a segment of words that end in their number with the number first."""
    numbers = [index for index, token in enumerate(segment) if token.kind == "number"]
    if not numbers or segment[0].kind != "word":
        return segment
    at = numbers[-1]
    before, behind = segment[:at], segment[at + 1 :]
    if any(segment[index - 1].low not in _NUMBERED for index in numbers[:-1]):
        return segment  # GQA 32:8
    if any(one.low in _STEPS and two.low != "of" for one, two in pairwise(segment)):
        return segment  # global every 6 layers; GQA in each of 28 layers counts them
    if any(token.low not in NOISE and token.text not in _COUNTING for token in behind):
        return segment
    words = [token for token in before if token.low not in _ALL and token.text not in _COUNTING]
    if not mentions(words)[0]:
        return segment
    return [segment[at], *words, *(token for token in behind if token.text not in _COUNTING)]
