"""What a card says about attention: ``GQA with QK-Norm and 5:1 sliding-window/global attention``."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, TypeAlias

from archlint.specs.quantity.interval import Span
from archlint.specs.quantity.kinds import Mention, mentions
from archlint.specs.quantity.tokens import MAX_LENGTH, Token, tokens
from archlint.values import dataclass

Of: TypeAlias = Literal["layers", "heads"]

_HEADS = frozenset(["gqa", "mqa", "mha"])


@dataclass(frozen=True, slots=True)
class Ratio:
    """``5:1``: of layers of two kinds, or of query heads to KV heads (``8:1 GQA``).

    ``left`` and ``right`` are the kinds on its sides; a side that the text does not name is empty.
    """

    left: Fraction
    right: Fraction
    of: Of
    span: Span
    text: str
    left_kinds: tuple[str, ...] = ()
    right_kinds: tuple[str, ...] = ()

    @property
    def value(self) -> Fraction:
        """Left by right."""
        return self.left / self.right


@dataclass(frozen=True, slots=True)
class Attention:
    """The kinds of attention that a text names, and its ratios. Any text can be read.

    ``negated`` holds the kinds that the text rules out.
    """

    text: str
    mentions: tuple[Mention, ...] = ()
    ratios: tuple[Ratio, ...] = ()
    negated: frozenset[str] = frozenset()
    alternating: bool = False

    @property
    def kinds(self) -> frozenset[str]:
        """The names of the kinds that the text says are there."""
        return frozenset(mention.kind.name for mention in self.mentions) - self.negated

    def span_of(self, name: str) -> Span | None:
        """Return where a kind is first named."""
        return next((mention.span for mention in self.mentions if mention.kind.name == name), None)


def read_attention(text: str) -> Attention:
    """Read the attention text of a card."""
    found = tokens(text[:MAX_LENGTH])
    ratios: list[Ratio] = []
    rest: list[Token] = []
    index = 0
    while index < len(found):
        if _is_ratio(found, index):
            ratios.append(_ratio(text, found, index))
            index += 3
        else:
            rest.append(found[index])
            index += 1
    named, _ = mentions(rest)
    affirmed = {mention.kind.name for mention in named if not mention.negated}
    negated = {mention.kind.name for mention in named} - affirmed
    negated |= {"attention"} if any(mention.kind.name == "none" for mention in named) else set()
    return Attention(
        text=text,
        mentions=tuple(named),
        ratios=tuple(ratios),
        negated=frozenset(negated),
        alternating=any(token.low in ("alternating", "interleaved", "alternate") for token in rest),
    )


def _is_ratio(found: list[Token], index: int) -> bool:
    if index + 2 >= len(found):
        return False
    left, colon, right = found[index : index + 3]
    return (
        left.kind == right.kind == "number"
        and colon.text in {":", "∶"}
        and left.end == colon.start
        and colon.end == right.start
        and not left.tail
        and not right.tail
        and right.number > 0
    )


def _ratio(text: str, found: list[Token], index: int) -> Ratio:
    """Read the ratio at ``index`` with the kinds behind it, up to the next comma or ratio; else before it."""
    left, _, right = found[index : index + 3]
    left_kinds, right_kinds = _kinds_behind(found, index + 3)
    certain = True
    if not left_kinds and not right_kinds:
        left_kinds, right_kinds = _kinds_before(found, index)
        certain = not _may_be_of_layers(found, index)
    certain = certain and not _of_something_else(found, index)
    heads = not right_kinds and bool(left_kinds) and set(left_kinds) <= _HEADS
    if heads and not certain:
        heads, left_kinds = False, ()
    return Ratio(
        left=left.number,
        right=right.number,
        of="heads" if heads else "layers",
        span=(left.start, right.end),
        text=text[left.start : right.end],
        left_kinds=left_kinds,
        right_kinds=right_kinds,
    )


_SIZES = frozenset(["compression", "compressed", "sparsity", "sparse", "structured", "downsampling"])
"""What a ratio beside the word for heads may be of: ``GQA, 10:1 compression``."""


def _of_something_else(found: list[Token], index: int) -> bool:
    """Whether a ratio is said to be of sizes, or would make the heads of ``GQA, 1:1`` no shared ones."""
    behind = [token.low for token in found[index + 3 : index + 5]]
    return not _SIZES.isdisjoint(behind) or (found[index].number == found[index + 2].number == 1)


def _may_be_of_layers(found: list[Token], index: int) -> bool:
    """Whether a ratio behind the words for heads may be one of layers: ``linear attention and GQA, 3:1``."""
    behind = found[index + 3].low if index + 3 < len(found) else ""
    if behind in _OF_LAYERS:
        return True  # GQA, 5:1 interleaved
    if found[index - 1].text != ",":
        return False
    before = {mention.kind.name for mention in mentions(found[:index])[0] if mention.kind.mixers}
    return bool(before - _HEADS - {"attention"})


_OF_LAYERS = frozenset(["interleaved", "interleaving", "alternating", "hybrid", "mixed", "layers", "pattern"])


def _kinds_behind(found: list[Token], start: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    behind: list[Token] = []
    cut: int | None = None
    for at in range(start, len(found)):
        token = found[at]
        if token.text in _ENDS or token.low == "with" or _is_ratio(found, at):
            break
        if cut is None and behind and token.low in _BETWEEN:
            cut = len(behind)
        behind.append(token)
    return _sides(behind, cut)


def _kinds_before(found: list[Token], end: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the kinds of ``sliding/global attention at 5:1``, ``KDA and MLA (3:1)`` and ``GQA 8:1``."""
    while end and (found[end - 1].text in {",", "(", ":", "="} or found[end - 1].low in _LEADS):
        end -= 1
    start = end
    while start and found[start - 1].text not in _ENDS and found[start - 1].low != "with":
        start -= 1
    words = found[start:end]
    if words and start and words[0].low in _BETWEEN:
        return (), ()  # the other side is beyond a bracket: linear attention (GDN) and GQA (3:1)
    cuts = [at for at, token in enumerate(words) if at and token.low in _BETWEEN]
    return _sides(words, cuts[0] if len(cuts) == 1 else None) if len(cuts) < 2 else ((), ())


def _sides(words: list[Token], cut: int | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    sides = (words, []) if cut is None else (words[:cut], words[cut:])
    left, right = (
        tuple(dict.fromkeys(mention.kind.name for mention in mentions(side)[0] if mention.kind.mixers))
        for side in sides
    )
    return left, right


_BETWEEN = frozenset(["/", "-", "to", "and", "vs", ":", "&", "+"])
_ENDS = frozenset(",;().")
_LEADS = frozenset(["a", "at", "in", "of", "ratio", "the"])
