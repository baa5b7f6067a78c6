"""Facts of how large a card says that its model is: against itself, its name, and what its config implies.

A scale is loose: it is compared with every way in which vendors count, and what is told
is the gap to the nearest of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from archlint.facts.card import field_place
from archlint.facts.registry import Fact, FactType, Place, Unit, Value
from archlint.values import NamedTuple

if TYPE_CHECKING:
    from fractions import Fraction

    from archlint.model import Model
    from archlint.specs.card import Field
    from archlint.specs.quantity import Interval, Quantity, Scale

_SIZE = (
    r"(?<![\w.×])(?P<total>\d+(?:\.\d+)?)(?P<unit>[BMT])"
    r"(?:[- ]?A(?P<active>\d+(?:\.\d+)?)(?P<active_unit>[BM]))?"
    r"(?![\w.]*\w)(?!-\d+E\b)"
)
"""A size in a name: ``235B-A22B``, ``8B``. Not ``E4B`` (effective), ``8x7B`` nor ``17B-128E`` (experts)."""


_NAMED_AFTER = r"\b(?:eagle\d*|medusa|hydra|draft|drafter|speculator|dflash|mtp|lora|adapter|tiny|random)\b"
"""Words in the names of models that carry the size of another one: drafts, adapters, test models."""


# --- the scale against the config


def _scale(model: Model) -> Scale | None:
    return model.card.scale if model.card is not None else None


def _scale_field(model: Model) -> Field | None:
    return model.card.field("scale") if model.card is not None else None


class _Counts(NamedTuple):
    """Ways to count the same parameters.

    ``unknown``: ``towers``, ``head`` or ``mtp``, whose size may come on top; ``at_most``: what towers add at most,
    None where the config does not tell.
    """

    values: tuple[int, ...]
    unknown: str = ""
    at_most: int | None = None

    def room(self, count: int) -> int:
        """Return what parts of unknown size may add to a count: a tenth; of towers their bound, else as much or 6B."""
        if self.at_most is not None:
            return self.at_most
        tenth = count // 10 if self.unknown else 0
        return max(tenth, min(count, _LARGEST_TOWER)) if self.unknown == "towers" else tenth


_LARGEST_TOWER = 6_000_000_000
"""InternViT 6B. Small models have some of half their own size: InternVL3 1B, Qwen2.5-Omni 7B."""


def _figure(model: Model, name: str) -> int | None:
    """Return a cost that is verified: what a card says is not held against a guess."""
    figure = model.costs.figure(name) if model.costs is not None else None
    return figure.value if figure is not None and figure.verified else None


def _total_counts(model: Model) -> _Counts | None:
    total = _figure(model, "parameters.total")
    if total is None:
        return None
    embedding = _figure(model, "parameters.embedding")
    mtp = _figure(model, "parameters.mtp")
    towers = _figure(model, "parameters.towers")
    bare = total - (embedding or 0)
    values = {total, bare, bare - _head(model)}
    for extra in (mtp or 0, towers or 0):
        values |= {value + extra for value in values}
    if towers is not None:
        return _Counts(tuple(sorted(values)), "mtp" if mtp is None else "")
    most = _most_of_towers(model)
    if most is None:
        values.add(total + (embedding or 0))  # a head behind an encoder may have as many, untied
    return _Counts(tuple(sorted(values)), _unknown(model), most)


def _unknown(model: Model) -> str:
    """Return what has an unknown size beside the language model: towers, or only the head behind an encoder."""
    towers = model.architecture.towers if model.architecture is not None else ()
    return "head" if towers and all(tower.name == "head" for tower in towers) else "towers"


def _most_of_towers(model: Model) -> int | None:
    """Return how many parameters all towers have at most, None where the config does not tell."""
    towers = model.architecture.towers if model.architecture is not None else ()
    each = [tower.parameters() if tower.known else tower.at_most for tower in towers]
    sizes = [size for size in each if size is not None]
    return sum(sizes) if sizes and len(sizes) == len(each) else None


def _active_counts(model: Model) -> _Counts | None:
    active = _figure(model, "parameters.active")
    if active is None:
        return None
    without = _figure(model, "parameters.active_without_input_embedding")
    embedding = _figure(model, "parameters.embedding")
    towers = _figure(model, "parameters.towers")
    values = {active, without if without is not None else active, active - (embedding or 0)}
    values |= {value - _head(model) for value in values}
    values |= {value + (towers or 0) for value in values}
    return _Counts(
        tuple(sorted(value for value in values if value > 0)),
        _unknown(model) if towers is None else "",
        _most_of_towers(model) if towers is None else None,
    )


def _head(model: Model) -> int:
    """Return the parameters of a head of its own."""
    return (model.costs.by_part().get("head") or 0) if model.costs is not None else 0


def _bare_counts(model: Model) -> _Counts | None:
    """Ways to count without embeddings: the input's, the head's as well."""
    total = _figure(model, "parameters.total")
    embedding = _figure(model, "parameters.embedding")
    if total is None or embedding is None:
        return None
    bare = total - embedding
    return _Counts(tuple(sorted({bare, bare - _head(model)})))


def _loosely(parts: Sequence[Quantity]) -> Interval:
    whole = parts[0].loose_intervals[0]
    for part in parts[1:]:
        whole += part.loose_intervals[0]
    return whole


MOST_PERCENT = 1_000_000
"""Greater gaps are told as this one."""


def gap_percent(written: Iterable[Sequence[Quantity]], counts: _Counts) -> int:
    """Return how far the nearest count lies outside the written figure, per cent of the count, rounded up."""
    from fractions import Fraction

    best: Fraction | None = None
    for parts in written:
        interval = _loosely(parts)
        for count in counts.values:
            distance = interval.gap(count)
            if interval.low > count:
                distance = max(Fraction(0), distance - counts.room(count))
            gap = distance / count if count else Fraction(1)
            best = gap if best is None else min(best, gap)
    return 0 if not best else min(-int(-best * 100 // 1), MOST_PERCENT)


def _gap(
    written: Callable[[Scale], Sequence[Sequence[Quantity]]], counted: Callable[[Model], _Counts | None]
) -> Callable[[Model], Value | None]:
    def read(model: Model) -> Value | None:
        scale, field, counts = _scale(model), _scale_field(model), counted(model)
        groups = [group for group in written(scale) if group] if scale is not None else []
        if field is None or counts is None or not groups:
            return None
        quantity = groups[0][0]
        return Value(
            gap_percent(groups, counts),
            field_place(field, quantity.span),
            "derived",
            True,
            quantity.text,
        )

    return read


def _totals(scale: Scale) -> Sequence[Sequence[Quantity]]:
    return scale.totals


_VARIES = r"\b(?:avg|average|mean|up to|max|min|dynamic)\b"
"""Words of a scale whose active count differs from token to token."""


def _active(scale: Scale) -> Sequence[Sequence[Quantity]]:
    if scale.active is None or scale.active.up_to is not None:
        return ()
    return () if re.search(_VARIES, scale.text, re.IGNORECASE) else ((scale.active,),)


def _share_gap(model: Model) -> Value | None:
    """How far a share without a number of active parameters lies from that of every way of counting, per cent of it."""
    from fractions import Fraction

    scale, field = _scale(model), _scale_field(model)
    active, total = _active_counts(model), _total_counts(model)
    if scale is None or scale.share is None or scale.active is not None or field is None:
        return None
    if active is None or total is None:
        return None
    interval = scale.share.interval
    gaps: list[Fraction] = []
    for used in active.values:
        for whole in total.values:
            # parts of unknown size may add to either
            least = Fraction(100 * used, whole + total.room(whole)) if whole > 0 else Fraction(0)
            most = Fraction(100 * (used + active.room(used)), whole) if whole > 0 else Fraction(0)
            if least > 0:
                gaps.append(max(least - interval.high, interval.low - most, Fraction(0)) / least)
    if not gaps:
        return None
    gap = min(gaps)
    return Value(min(-int(-gap * 100 // 1), MOST_PERCENT), field_place(field, scale.share.span), "derived")


def _without(scale: Scale) -> Sequence[Sequence[Quantity]]:
    return ((scale.non_embedding,),) if scale.non_embedding is not None else ()


def _effective(scale: Scale) -> Sequence[Sequence[Quantity]]:
    return ((scale.effective,),) if scale.effective is not None else ()


def _effective_counts(model: Model) -> _Counts | None:
    """Ways to count what works on a token: all but the tables that are only looked up."""
    bare, used = _bare_counts(model), _figure(model, "parameters.active_without_input_embedding")
    if bare is None:
        return None
    return _Counts(bare.values if used is None else (*bare.values, used))


def _bare_parameters(model: Model) -> Value | None:
    counts = _bare_counts(model)
    if counts is None:
        return None
    return Value(counts.values[-1], None, "derived")


# --- the scale against itself


def _active_exceeds(model: Model) -> Value | None:
    """Whether more parameters are said to be active than there are."""
    scale, field = _scale(model), _scale_field(model)
    if scale is None or field is None or scale.total is None or scale.active is None:
        return None
    most = max(sum(part.interval.high for part in parts) for parts in scale.totals)
    return Value(
        scale.active.interval.low > most, field_place(field, scale.active.span), text=scale.active.text
    )


def _calculator_gap(model: Model) -> Value | None:
    """How far memory_calculator.parameter_count lies outside the written scale, per cent."""
    scale, card = _scale(model), model.card
    field = card.field("memory_calculator.parameter_count") if card is not None else None
    count = field.node.scalar if field is not None and field.node.kind == "integer" else None
    if scale is None or field is None or not isinstance(count, int) or count <= 0 or not scale.totals:
        return None
    gap = gap_percent(scale.totals, _Counts((count,)))
    return Value(gap, field_place(field), text=field.text)


# --- the vocabulary

PADDING_PERCENT = 2
"""How much of an embedding table may be rows that stand for no token."""


def _padded(model: Model) -> Value | None:
    """Whether the config has a few rows more than the vocabulary that is stated."""
    from archlint.facts.config import value_of

    card = model.card
    if card is None or model.config is None:
        return None
    written, field = card.vocabulary, card.field("vocab_size")
    rows = value_of(model, model.config, "vocab_size", "int")
    if written is None or field is None or rows is None or not isinstance(rows.data, int):
        return None
    missing = rows.data - written.count.value
    padded = 0 < missing * 100 <= rows.data * PADDING_PERCENT and not written.count.agrees(rows.data)
    return Value(padded, field_place(field, written.count.span), text=written.count.text)


# --- the model's name


class _Size(NamedTuple):
    total: Quantity
    active: Quantity | None
    span: tuple[int, int]


def name_size(name: str) -> _Size | None:
    """Return the size in a model's name; None when there is none, or there are several."""
    from archlint.specs.quantity import Scale as _Scale
    from archlint.specs.quantity import read_scale

    if re.search(_NAMED_AFTER, name, re.IGNORECASE):
        return None
    found = list(re.finditer(_SIZE, name, re.IGNORECASE))
    if len(found) != 1:
        return None
    match = found[0]
    total = read_scale(f"{match['total']}{match['unit'].upper()}")
    active = read_scale(f"{match['active']}{match['active_unit'].upper()}") if match["active"] else None
    if not isinstance(total, _Scale) or total.total is None:
        return None
    used = active.total if isinstance(active, _Scale) else None
    return _Size(total.total, used, match.span())


def _name_place(model: Model, span: tuple[int, int]) -> Place | None:
    card = model.card
    if card is None or card.name is None or card.name_node is None:
        return None
    start, end = card.name_node.start, card.name_node.end
    written = card.document.text[start:end]
    for margin in (0, 1):
        if written[margin : len(written) - margin] == card.name:
            return Place(card.document, start + margin + span[0], start + margin + span[1], card.name_node)
    return Place(card.document, start, end, card.name_node)


def _sized(model: Model) -> tuple[_Size, str] | None:
    name = model.card.name if model.card is not None else None
    size = name_size(name) if name is not None else None
    return None if size is None or name is None else (size, name)


NAME_SLACK_PERCENT = 10
"""Names round more than scales do: a ``26B`` may have 25.2B."""


def _meets(one: Quantity, others: Iterable[Sequence[Quantity]]) -> bool:
    from archlint.specs.quantity import Interval

    mine = one.loose_intervals[0]
    wide = Interval(mine.low * (100 - NAME_SLACK_PERCENT) / 100, mine.high * (100 + NAME_SLACK_PERCENT) / 100)
    return any(wide.meets(_loosely(parts)) for parts in others if parts)


def _name_fits_total(model: Model) -> Value | None:
    """Whether the size in the name is the written total, or another count of the same model."""
    sized, scale = _sized(model), _scale(model)
    if sized is None or scale is None or scale.total is None:
        return None
    size, name = sized
    others = [*scale.totals]
    others += [(q,) for q in (scale.effective, scale.non_embedding) if q is not None]
    if size.active is None and scale.active is not None:
        others.append((scale.active,))  # Llama 4's names give the active count
    return Value(
        _meets(size.total, others), _name_place(model, size.span), text=name[size.span[0] : size.span[1]]
    )


def _name_fits_active(model: Model) -> Value | None:
    sized, scale = _sized(model), _scale(model)
    if sized is None or scale is None or scale.active is None or sized[0].active is None:
        return None
    size, name = sized
    return Value(
        _meets(sized[0].active, [(scale.active,)]),
        _name_place(model, size.span),
        text=name[size.span[0] : size.span[1]],
    )


def _name_gap(active: bool) -> Callable[[Model], Value | None]:
    def read(model: Model) -> Value | None:
        sized = _sized(model)
        if sized is None:
            return None
        size, name = sized
        quantity = size.active if active else size.total
        counts = _active_counts(model) if active else _total_counts(model)
        if quantity is None or counts is None:
            return None
        every = counts
        if not active:
            bare, used = _bare_counts(model), _active_counts(model)
            more = (bare.values if bare else ()) + (used.values if used else ())
            every = counts._replace(values=counts.values + more)
        text = name[size.span[0] : size.span[1]]
        return Value(gap_percent([(quantity,)], every), _name_place(model, size.span), "derived", True, text)

    return read


def _fact(
    name: str, kind: FactType, meaning: str, read: Callable[[Model], Value | None], unit: Unit = ""
) -> Fact:
    return Fact(f"claim.{name}", kind, unit, meaning, "model", read)


FACTS: tuple[Fact, ...] = (
    _fact("total_gap", "int", "How far the total lies from every way of counting the config, per cent",
          _gap(_totals, _total_counts)),
    _fact("active_gap", "int", "How far the active count lies from every way of counting it, per cent",
          _gap(_active, _active_counts)),
    _fact("share_gap", "int", "How far an active share beside no active count lies from the config's, per cent",
          _share_gap),
    _fact("non_embedding_gap", "int", "How far the count without embeddings lies from the config's, per cent",
          _gap(_without, _bare_counts)),
    _fact("effective_gap", "int", "How far the effective count lies from the config's, per cent",
          _gap(_effective, _effective_counts)),
    _fact("bare_parameters", "int", "The config's parameters without the input embedding", _bare_parameters,
          "parameters"),
    _fact("active_exceeds_total", "bool", "Whether more parameters are said to be active than there are",
          _active_exceeds),
    _fact("calculator_gap", "int", "How far memory_calculator.parameter_count lies from the scale, per cent",
          _calculator_gap),
    _fact("vocabulary_padded", "bool", "Whether the config has a few rows more than the stated vocabulary",
          _padded),
    _fact("name_fits_total", "bool", "Whether the size in the name is that of the scale", _name_fits_total),
    _fact("name_fits_active", "bool", "Whether the A22B of the name is the written active count",
          _name_fits_active),
    _fact("name_total_gap", "int", "How far the size in the name lies from the config's parameters, per cent",
          _name_gap(False)),
    _fact("name_active_gap", "int", "How far the A22B of the name lies from the config's count, per cent",
          _name_gap(True)),
)  # fmt: skip
