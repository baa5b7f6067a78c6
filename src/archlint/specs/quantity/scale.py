"""How large a model is said to be: ``671B total, 37B active (5.5% active)``."""

from __future__ import annotations

import itertools
from typing import Final

from archlint.specs.near import nearest
from archlint.specs.quantity.interval import INSIGNIFICANT, Interval, NotStated, Quantity, Span, Unreadable
from archlint.specs.quantity.interval import share as share_of
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
)
from archlint.specs.quantity.units import BYTES, PARAMETERS, PERCENT, figure
from archlint.values import dataclass, replace

ACCEPTED: Final = (
    "27B parameters",
    "671B total, 37B active (5.5% active)",
    "8B parameters (4.5B effective)",
    "4B total, 3B non-embedding",
    "27B base + 934 MB LoRA adapter",
)

_ROLES: Final = {
    "active": "active", "activated": "active", "activate": "active", "activates": "active", "used": "active",
    "act": "active", "act.": "active",
    "激活": "active", "激活参数": "active", "激活参数量": "active", "总参数": "total", "总参数量": "total",
    "参数": "parameters", "参数量": "parameters",
    "effective": "effective", "effectively": "effective",
    "total": "total", "totals": "total", "tot": "total", "overall": "total",
    "core": "core", "backbone": "core",
    "base": "base",
    "adapter": "adapter", "adapters": "adapter", "lora": "adapter", "dora": "adapter",
    "parameters": "parameters", "parameter": "parameters", "params": "parameters", "param": "parameters",
    "weights": "parameters",
}  # fmt: skip
_SAYS_LITTLE: Final = frozenset(["are", "at", "by", "for", "in", "is", "of", "per", "the", "token", "when"])
_FOR_A_TOKEN: Final = frozenset(["a", "each", "every", "forward", "for", "in", "pass", "per", "token", "use"])
_JOINTS: Final = frozenset(["and", "plus", "with", "i.e", "ie", "namely"])
_EXPERTS: Final = frozenset(["expert", "experts"])
_EMBEDDING: Final = frozenset(["embedding", "embeddings", "embed", "embeds"])
_TIED: Final = frozenset(["tied", "untied"])
_INCLUDING: Final = frozenset(["with", "incl", "incl.", "including", "inclusive"])
_THE: Final = frozenset(["a", "all", "its", "the", "their", "total"])
"""What may stand between ``of`` and the whole that something is a part of."""
_WITHOUT: Final = frozenset(["non", "no", "without", "w/o", "excluding", "excl", "excl."])
_BETWEEN: Final = frozenset([",", ";", "(", ")", "[", "]", "+", "&", "|", "·", ":", "=", "→", "⇒"])
_FEW: Final = 1_000
_COUNTED: Final = frozenset(
    ["experts", "expert", "layers", "layer", "heads", "head", "passes", "languages", "gpus", "x"]
)
"""What a number without a unit may count in a scale without being a scale."""


@dataclass(frozen=True, slots=True)
class Extra:
    """Parameters that are named apart: ``51B n-gram embeddings``, ``4B MTP``."""

    label: str
    quantity: Quantity

    @property
    def is_mtp(self) -> bool:
        """Whether it is the multi-token prediction tail."""
        words = self.label.lower().replace("-", " ")
        return "mtp" in words or "multi token" in words or "nextn" in words


@dataclass(frozen=True, slots=True)
class Scale:
    """A written scale. Parameters are counts; ``adapter`` may be bytes; ``share`` is in per cent.

    ``total`` is what the text calls total, core, base or just parameters (``total_label`` says which);
    ``experts`` is 8 in ``8x7B``, which states no total. ``cases`` are the active counts of a text that has
    several, for different cases; ``active`` is the range between them.
    """

    text: str
    span: Span
    total: Quantity | None = None
    total_label: str = ""
    active: Quantity | None = None
    share: Quantity | None = None
    effective: Quantity | None = None
    non_embedding: Quantity | None = None
    adapter: Quantity | None = None
    extras: tuple[Extra, ...] = ()
    qualifiers: tuple[str, ...] = ()
    experts: int | None = None
    expert_scale: Quantity | None = None
    per_token: bool = False
    cases: tuple[Quantity, ...] = ()

    @property
    def implied_share(self) -> Interval | None:
        """The share in per cent that the written total and active counts leave open; None without both."""
        if self.total is None or self.active is None:
            return None
        return share_of([self.active], self.total)

    @property
    def share_agrees(self) -> bool | None:
        """Whether the written share can be that of the written counts; None when one is missing."""
        if self.total is None or self.active is None or self.share is None:
            return None
        shares = [share_of([active], self.total) for active in self.cases or (self.active,)]
        known = [share for share in shares if share is not None]
        if not known:
            return None
        return any(share.meets(interval) for share in known for interval in self.share.intervals)

    @property
    def totals(self) -> tuple[tuple[Quantity, ...], ...]:
        """The sums that may be the whole model: the total alone, with each extra, with all of them."""
        if self.total is None:
            return ()
        alone = (self.total,)
        parts = [extra.quantity for extra in self.extras if extra.quantity.unit in ("K", "M", "B", "T")]
        if not parts:
            return (alone,)
        several = ((*alone, *parts),) if len(parts) > 1 else ()
        return (alone, *((*alone, part) for part in parts), *several)


@dataclass(slots=True)
class _Piece:
    """A figure and the words that go with it."""

    quantity: Quantity
    words: list[str]
    first: int
    last: int


def read_scale(text: str) -> Scale | NotStated | Unreadable:
    """Read a scale."""
    absent = not_stated(text) or too_long(text, ACCEPTED)
    if absent is not None:
        return absent
    found = tokens(text)
    for token in found:
        if token.kind == "bad":
            return _unreadable(text, token.span, f"{short(token.text)} is no number")
    pieces: list[_Piece] = []
    qualifiers: list[str] = []
    experts: list[tuple[int, Quantity]] = []
    counts_experts = any(token.low in _EXPERTS for token in found)
    for segment in _segments(_with_units(found)):
        problem = _read_segment(text, segment, pieces, qualifiers, experts, counts_experts)
        if problem is not None:
            return problem
    pieces = _ranges(text, pieces)
    _larger_and_smaller(text, pieces)
    if experts:
        if len(experts) > 1:
            return _unreadable(text, experts[1][1].span, "a second product of experts")
    elif not pieces:
        return _unreadable(text, whole_span(text), "no number of parameters is written")
    return _assemble(text, pieces, qualifiers, experts)


def _with_units(found: list[Token]) -> list[Token]:
    """Give the lower end of a range the unit of the upper one: ``3.3–5.6%``, ``7-8B``."""
    units = list(found)
    for index in range(len(found) - 2):
        lower, dash, upper = found[index : index + 3]
        if lower.kind == upper.kind == "number" and dash.text in DASHES and not lower.tail:
            units[index] = replace(lower, tail=upper.tail)
    return units


def _segments(found: list[Token]) -> list[list[Token]]:
    """Split at commas, semicolons, plus signs, brackets, and at slashes and dashes before a number."""
    segments: list[list[Token]] = [[]]
    for index, token in enumerate(found):
        number_follows = index + 1 < len(found) and (
            found[index + 1].kind == "number"
            or found[index + 1].text in APPROXIMATE
            or _active_suffix(found[index + 1])
        )
        if token.text in _BETWEEN or (
            number_follows and (token.text == "/" or (token.text in DASHES and index > 0))
        ):
            named: list[Token] = []
            if token.text in {":", "="} and segments[-1]:
                if _no_figure(segments[-1]):
                    continue  # "total: 671B": the word belongs to the figure behind it
                named = _name_of_next(segments[-1])
            segments.append(named)
        else:
            segments[-1].append(token)
    return [segment for segment in segments if segment]


def _no_figure(segment: list[Token]) -> bool:
    return all(token.kind != "number" for token in segment)


def _name_of_next(segment: list[Token]) -> list[Token]:
    """Take the ``active`` out of ``total=671B active``, which names the figure behind the next sign."""
    named = segment[0].kind == "word" and segment[-1].low in _ROLES and segment[-2].kind == "number"
    return [segment.pop()] if named else []


def _active_suffix(token: Token) -> bool:
    """Whether a word is the ``A22B`` of ``235B-A22B``."""
    text = token.text
    return token.kind == "word" and text[:1] == "A" and text[1:2].isdigit() and text[-1:] in "KMBT"


def _read_segment(
    text: str,
    segment: list[Token],
    pieces: list[_Piece],
    qualifiers: list[str],
    experts: list[tuple[int, Quantity]],
    counts_experts: bool,
) -> Unreadable | None:
    before: list[str] = []
    start = len(pieces)
    index = 0
    while index < len(segment):
        token = segment[index]
        following = segment[index + 1] if index + 1 < len(segment) else None
        if token.kind != "number":
            if _active_suffix(token) and (used := _used(text, token)) is not None:
                pieces.append(used)
            elif token.low == "with" and following is not None and following.low in _EMBEDDING:
                (pieces[-1].words if len(pieces) > start else before).append(token.low)
            elif token.low in APPROXIMATE_WORDS or token.low in _JOINTS:
                pass
            elif token.kind == "word":
                (pieces[-1].words if len(pieces) > start else before).append(token.low)
            elif token.text in DASHES:
                if following is not None and following.kind == "number":
                    return _unreadable(text, token.span, "a number of parameters is not negative")
            elif token.text in TIMES and _experts_follow(segment, index + 1):
                pass
            elif token.text not in APPROXIMATE | FOOTNOTES and token.text not in {"/", "'", '"', ".", "’"}:
                return _unreadable(text, token.span, f"{token.text} has no meaning here")
            index += 1
            continue
        if (
            index + 2 < len(segment)
            and segment[index + 1].text in TIMES
            and segment[index + 2].kind == "number"
        ):
            quantity, index_behind = figure(segment, index + 2, text, PARAMETERS)
            if not quantity.unit or token.tail or token.number.denominator != 1:
                return _unreadable(text, quantity.span, "the size of an expert needs a unit: 8x7B")
            experts.append((token.number.numerator, quantity))
            index = index_behind
            continue
        read = _figure(text, segment, index, counts_experts)
        if isinstance(read, Unreadable):
            return read
        index = read[1]
        if read[0] is not None:
            pieces.append(_Piece(read[0], [], token.start, token.end))
        elif token.tail.lower() == "e" and pieces and not pieces[-1].words:
            between = text[pieces[-1].last : token.start].strip()
            if between in DASHES and between:
                pieces[-1].words.append("active")  # 17B-128E: 17B are used, out of 128 experts
    _parts_of_wholes(pieces[start:], before)
    if len(pieces) > start:
        if not pieces[start].words:
            pieces[start].words = before
    elif before:
        qualifiers.append(text[segment[0].start : segment[-1].end])
    return None


def _used(text: str, token: Token) -> _Piece | None:
    """Read the ``A22B`` of ``235B-A22B``."""
    inner = tokens(token.text[1:])
    if len(inner) != 1 or inner[0].kind != "number":
        return None
    quantity, _ = figure([_shift(inner[0], token.start + 1)], 0, text, PARAMETERS)
    return _Piece(quantity, ["active"], token.start, token.end)


def _experts_follow(segment: list[Token], index: int) -> bool:
    """Whether ``128 experts`` stands at ``index``."""
    return len(segment) > index + 1 and segment[index].kind == "number" and segment[index + 1].low in _EXPERTS


def _parts_of_wholes(pieces: list[_Piece], before: list[str]) -> None:
    """Give ``37B of its 671B`` and ``5.5% of 671B`` the roles that the ``of`` says, whatever follows."""
    for part, whole in itertools.pairwise(pieces):
        words = list(part.words)
        while words and words[-1] in _THE:
            words.pop()
        percent = part.quantity.unit == "%"
        smaller = part.quantity.value <= whole.quantity.value
        told = {_ROLES.get(word) for word in (*words, *before, *whole.words)}
        active = (smaller or "active" in told) and not told & {"effective", "adapter"}
        if words[-1:] == ["of"] and whole.quantity.unit != "%" and (percent or active):
            part.words[:] = ["active"]
            whole.words[:] = ["total"]


def _figure(
    text: str, segment: list[Token], index: int, counts_experts: bool
) -> tuple[Quantity | None, int] | Unreadable:
    """Read one figure of a scale; None for a number that counts something else (``128 experts``)."""
    token = segment[index]
    following = segment[index + 1].low if index + 1 < len(segment) else ""
    size = token.tail.lower() or following
    if size in BYTES and size not in PARAMETERS:
        return figure(segment, index, text, BYTES)
    if size in PERCENT:
        return figure(segment, index, text, PERCENT)
    if size in PARAMETERS:
        return figure(segment, index, text, PARAMETERS)
    if token.tail.lower() in ("e", "x"):
        return None, index + 1  # the 128E of 17B-128E: experts
    if token.tail:
        return _unreadable(text, token.span, f"{short(token.text)} has no unit that counts parameters")
    experts = counts_experts and not token.places and token.number < 100_000
    bits = [each.low for each in segment[index + 1 : index + 3]] in (["-", "bit"], ["-", "bits"])
    second = segment[index + 2].low if index + 2 < len(segment) else ""
    if token.number < _FEW and second in _COUNTED:
        return None, index + 1  # 1 MTP layer
    if following in _COUNTED or following in {"of", "bit", "bits"} or experts or bits:
        return None, index + 1
    quantity, behind = figure(segment, index, text, {})
    if token.places or token.number < 100_000:
        return _unreadable(text, token.span, f"{token.text} has no unit")
    return quantity, behind


def _ranges(text: str, pieces: list[_Piece]) -> list[_Piece]:
    """Join the two ends of a range, with nothing but a dash between them: ``18.6B–31.3B active``."""
    joined: list[_Piece] = []
    for piece in pieces:
        before = joined[-1] if joined else None
        if before is not None and not before.words and before.quantity.up_to is None:
            between = text[before.quantity.span[1] : piece.quantity.span[0]].strip()
            percent = (before.quantity.unit == "%", piece.quantity.unit == "%")
            if between in DASHES and between and percent in ((True, True), (False, False)):
                start, end = before.quantity.span[0], piece.quantity.span[1]
                whole = replace(
                    before.quantity, text=text[start:end], span=(start, end), up_to=piece.quantity
                )
                joined[-1] = _Piece(whole, piece.words, before.first, piece.last)
                continue
        joined.append(piece)
    return joined


def _larger_and_smaller(text: str, pieces: list[_Piece]) -> None:
    """Give ``671B/37B`` and ``12.9B/46.7B active`` their roles: the larger is the whole."""
    if len([piece for piece in pieces if piece.quantity.unit != "%"]) != 2 or len(pieces) < 2:
        return
    one, two = pieces[:2]
    between = text[one.quantity.span[1] : two.quantity.span[0]].strip()
    roles = {_ROLES.get(word) for word in two.words}
    if between not in {"/", ":"} or one.words or not roles <= {"active", "parameters", "total"}:
        return
    small, large = sorted((one, two), key=lambda piece: piece.quantity.value)
    if small.quantity.value * 2 < large.quantity.value:
        small.words[:], large.words[:] = ["active"], ["total"]


def _assemble(
    text: str, pieces: list[_Piece], qualifiers: list[str], experts: list[tuple[int, Quantity]]
) -> Scale | Unreadable:
    taken: dict[str, Quantity] = {}
    labels: dict[str, list[str]] = {}
    cases: list[Quantity] = []
    bare_roles: set[str] = set()
    extras: list[Extra] = []
    total_label, per_token = "", False
    roles = [_role(piece) for piece in pieces]
    for piece, role in zip(pieces, roles, strict=True):
        if role.startswith("?"):
            word = role[1:]
            meant = nearest(word, _ROLES)
            return _unreadable(text, piece.quantity.span, f"{short(word)} is unknown; probably {meant}")
        per_token = per_token or "token" in piece.words
        if role == "other":
            role = "extra" if pieces[0] is not piece or "total" in roles else "parameters"
        if role in ("parameters", "") and "total" in taken:
            role = "extra"
        if role in ("total", "core", "base", "parameters", ""):
            total_label, role = role or "parameters", "total"
        if role == "extra":
            extras.append(Extra(" ".join(piece.words), piece.quantity))
        elif role == "active" and role in taken and labels.get(role) and (label := _label(piece)):
            if label in labels[role]:
                return _unreadable(text, piece.quantity.span, f"a second figure for active {label}")
            labels[role].append(label)
            cases = [*(cases or [taken[role]]), piece.quantity]
            taken[role] = _hull(text, taken[role], piece.quantity)
        elif role in taken and role in bare_roles and _is_finer(piece.quantity, taken[role]):
            taken[role] = piece.quantity  # 35B-A3B (34.7B total, 3.5B active)
        elif role in taken:
            return _unreadable(text, piece.quantity.span, f"a second figure for {role.replace('_', ' ')}")
        else:
            taken[role] = piece.quantity
            if not piece.words or (piece.words == ["active"] and text[piece.first : piece.first + 1] == "A"):
                bare_roles.add(role)  # as a name has it
            labels[role] = [label] if (label := _label(piece)) else []
    total, share = taken.get("total"), taken.get("share")
    bare_of, used = taken.get("non_embedding"), taken.get("active")
    if bare_of is not None and used is not None and bare_of.value <= used.value:
        del taken["non_embedding"]  # 31.6B total, 3.6B active (3.2B excl. embeddings): of the active ones
    bare = [extra for extra in extras if not extra.label]
    if share is not None and total is not None and "active" not in taken and len(bare) == 1:
        count = bare[0].quantity
        behind = count.span > share.span and count.unit in ("K", "M", "B", "T")
        if behind and count.value < total.value:
            taken["active"] = count  # 80B total (3.8% active, 3B)
            extras.remove(bare[0])
    if total is not None and not total.number:
        return _unreadable(text, total.span, "a model has more than no parameters")
    return Scale(
        text=text,
        span=whole_span(text),
        total=total,
        total_label=total_label,
        active=taken.get("active"),
        share=share,
        effective=taken.get("effective"),
        non_embedding=taken.get("non_embedding"),
        adapter=taken.get("adapter"),
        extras=tuple(extras),
        qualifiers=tuple(qualifiers),
        experts=experts[0][0] if experts else None,
        expert_scale=experts[0][1] if experts else None,
        per_token=per_token,
        cases=tuple(cases),
    )


def _is_finer(one: Quantity, other: Quantity) -> bool:
    """Whether a figure is another one, as a name has it, with more decimals: ``26B-A4B (25.2B total)``."""
    return one.places > other.places and other.relative_gap(one.value) <= INSIGNIFICANT


def _label(piece: _Piece) -> str:
    """Return what tells a figure from another one of its role: ``prefill`` of ``8B active prefill``."""
    return " ".join(word for word in piece.words if word not in _ROLES and word not in _SAYS_LITTLE)


def _hull(text: str, one: Quantity, two: Quantity) -> Quantity:
    """Return two figures of one role, for different cases, as the range between them."""
    low, high = sorted((one, two), key=lambda quantity: quantity.value)
    start, end = min(one.span[0], two.span[0]), max(one.span[1], two.span[1])
    last = high if high.up_to is None else high.up_to
    return replace(low, text=text[start:end], span=(start, end), up_to=last)


def _role(piece: _Piece) -> str:
    """Return the role of a figure.

    ``extra`` is one of its own, ``other`` one with words that say nothing, ``?word`` a misspelt role.
    """
    words = [part for word in piece.words for part in word.split("-")]
    roles = [_ROLES[word] for word in words if word in _ROLES]
    embedding = any(word in _EMBEDDING for word in words) and not _TIED & set(words)
    if words[:2] == ["w", "o"]:
        words = ["without", *words[2:]]
    if piece.quantity.unit == "%":
        if not words or "active" in roles or (words[0] == "of" and roles):
            return "share"
        return "extra" if "inactive" in words else _misspelt(words, "extra")
    if embedding and any(word in _WITHOUT for word in words):
        return "active" if "active" in roles else "non_embedding"
    if embedding and not any(word in _INCLUDING for word in words):
        return "extra"
    for role in ("adapter", "active", "effective", "base", "core", "total", "parameters"):
        if role in roles:
            return role
    if piece.quantity.unit in ("KB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB"):
        return "extra"
    if not words:
        return ""
    if {"token", "forward"} & set(words) and set(words) <= _FOR_A_TOKEN:
        return "active"  # 671B total, 37B per token
    return _misspelt(words, "extra" if "mtp" in words else "other")


def _misspelt(words: list[str], otherwise: str) -> str:
    for word in words:
        longer = [role for role in _ROLES if len(role) > len(word)]  # "more" is no slip of "core"
        if len(word) > 3 and nearest(word, _ROLES if len(word) > 4 else longer) is not None:
            return f"?{word}"
    return otherwise


def _shift(token: Token, by: int) -> Token:
    return replace(token, start=by, end=by + len(token.text))


def _unreadable(text: str, span: Span, reason: str) -> Unreadable:
    return Unreadable(text, span, reason, ACCEPTED)
