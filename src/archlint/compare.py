"""Two versions of a set of models: which came, went, changed their name, and what changed in the others.

Compared are the facts as they are written, and the costs that follow from the config.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Final, Literal, TypeAlias

from archlint.model import Model
from archlint.source.tree import MAPPING, SEQUENCE, Node
from archlint.specs.card import Field
from archlint.specs.quantity import Quantity
from archlint.specs.quantity.writing import rounded, write_bytes, write_scale
from archlint.values import dataclass, replace

Kind: TypeAlias = Literal["added", "removed", "renamed", "changed"]

_DERIVED: Final = {
    "parameters.total": "parameters",
    "parameters.active": "active parameters",
    "kv_cache.bytes_per_token": "KV cache per token",
    "state.bytes": "state per sequence",
    "weights.bytes": "weights",
}
"""Figures of ``Costs`` that a change is told by, and what they are called."""

_ALIKE: Final = Fraction(3, 5)  # share of equal facts from which a model under another name is the same
_REPOSITORY: Final = "config.repo"
_LONGEST = 120  # letters of a written value that are shown


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a model. ``value`` is there when it is a number that can be set in proportion."""

    label: str
    text: str
    value: Fraction | int | None = None
    derived: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A fact on both sides; ``None`` where it is not there."""

    label: str
    before: str | None
    after: str | None
    share: str = ""
    derived: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one model."""

    kind: Kind
    name: str
    file: str
    rows: tuple[Row, ...]
    old_name: str | None = None


@dataclass(frozen=True)
class Version:
    """One model of one side: its name (a file's path where it has none), its facts, and all it says."""

    name: str
    file: str
    facts: dict[str, Fact]
    content: str


def version(model: Model, file: str) -> Version:
    """Return what is compared of ``model``, which stands in ``file``."""
    facts = {fact.label: fact for fact in (*_derived(model), *_written(model))}
    return Version(model.name or file, file, facts, content(model))


def compare(before: Iterable[Version], after: Iterable[Version]) -> list[Change]:
    """Return the changes, in the order of ``after``; models that went come last."""
    olds, news = _by_name(before), _by_name(after)
    gone = {key: old for key, old in olds.items() if key not in news}
    changes = []
    for key, new in news.items():
        old = olds.get(key)
        if old is not None:
            if old.content != new.content:
                rows = tuple(_rows(old.facts, new.facts))
                if rows:
                    changes.append(Change("changed", new.name, new.file, rows))
            continue
        renamed = _most_alike(new, gone)
        if renamed is None:
            changes.append(Change("added", new.name, new.file, tuple(_rows({}, new.facts))))
            continue
        old = gone.pop(renamed)
        rows = tuple(_rows(old.facts, new.facts))
        changes.append(Change("renamed", new.name, new.file, rows, old.name))
    changes += [Change("removed", old.name, old.file, ()) for old in gone.values()]
    return changes


def content(model: Model) -> str:
    """Return all that a model and its config say, whatever the order and layout."""
    parts = [plain(model.node)]
    if model.config_document is not None and model.config_document is not model.document:
        parts.append(plain(model.config_document.root))
    return "\n".join(parts)


def plain(node: Node | None) -> str:
    """Return a text that two nodes share when they say the same; keys in any order."""
    if node is None:
        return ""
    if node.kind == MAPPING:
        members = sorted(f"{pair.name!r}:{plain(pair.value)}" for pair in node.pairs)
        return f"{{{','.join(members)}}}"
    if node.kind == SEQUENCE:
        return f"[{','.join(map(plain, node.items))}]"
    return f"{node.kind} {node.scalar!r}"


def _by_name(versions: Iterable[Version]) -> dict[tuple[str, int], Version]:
    """Key versions by name; those that share one are numbered."""
    found: dict[tuple[str, int], Version] = {}
    for each in versions:
        number = 0
        while (each.name, number) in found:
            number += 1
        found[each.name, number] = each
    return found


def _most_alike(new: Version, gone: dict[tuple[str, int], Version]) -> tuple[str, int] | None:
    best, key = Fraction(0), None
    for candidate, old in gone.items():
        if old.content == new.content:
            return candidate
        if _elsewhere(old, new):
            continue
        labels = old.facts.keys() | new.facts.keys()
        same = sum(
            label in old.facts and label in new.facts and old.facts[label].text == new.facts[label].text
            for label in labels
        )
        likeness = Fraction(same, len(labels)) if labels else Fraction(0)
        if likeness >= _ALIKE and likeness > best:
            best, key = likeness, candidate
    return key


def _elsewhere(old: Version, new: Version) -> bool:
    """Tell whether both name a repository, and not the same: models of one family are much alike."""
    return len({each.facts[_REPOSITORY].text for each in (old, new) if _REPOSITORY in each.facts}) > 1


def _rows(before: dict[str, Fact], after: dict[str, Fact]) -> Iterator[Row]:
    for label in dict.fromkeys((*after, *before)):
        old, new = before.get(label), after.get(label)
        if old is not None and new is not None and (old.text, old.value) == (new.text, new.value):
            continue
        fact = new or old
        assert fact is not None
        yield Row(
            label,
            old.text if old else None,
            new.text if new else None,
            _share(old.value if old else None, new.value if new else None),
            fact.derived,
        )


def _share(before: Fraction | int | None, after: Fraction | int | None) -> str:
    """Return the change in per cent, ``+51 %``; empty where one side is nothing."""
    if not before or after is None:
        return ""
    share = Fraction(100 * (after - before), before)
    sign = "+" if share > 0 else "−"
    size = abs(share)
    if size >= 1000:
        return f"×{rounded(Fraction(after, before), 1)}" if after > 0 else ""
    digits = rounded(size, 0 if size >= 1 else 1)
    return f"{sign}{digits} %" if digits != "0" else f"{sign}<0.1 %"


def _derived(model: Model) -> Iterator[Fact]:
    architecture, costs = model.architecture, model.costs
    if architecture is None or costs is None:
        return
    kinds = architecture.mixer_kinds()
    if kinds:
        text = " + ".join(f"{number} {kind}" for kind, number in kinds.items())
        yield Fact("layers", text, derived=True)
    for name, label in _DERIVED.items():
        figure = costs.figure(name)
        if figure.value is None or (figure.value == 0 and name == "state.bytes"):
            continue
        yield Fact(label, figure_text(name, figure.value), figure.value, derived=True)


def figure_text(name: str, value: int) -> str:
    """Return a figure with its unit: ``217.5 KiB``, ``235B``."""
    if name.startswith("parameters"):
        return write_scale(value, places=2)
    for unit, size in (("TiB", 2**40), ("GiB", 2**30)):
        if value >= size:
            return write_bytes(value, unit)
    return write_bytes(value)


def _written(model: Model) -> Iterator[Fact]:
    if model.node is None:
        return
    for fact in _leaves(model.node, ""):
        value = fact.value
        if value is None and model.card is not None and not fact.label.startswith("architecture."):
            value = _number(model.card.field(fact.label))
        yield replace(fact, value=value)


def _number(field: Field | None) -> Fraction | None:
    """Return the number that a card's figure stands for, where it is one number."""
    figure = None if field is None else field.quantity
    for name in ("total", "length", "count", "value"):  # of a scale, a context, a vocabulary, a plain figure
        part = getattr(figure, name, None)
        if isinstance(part, Fraction):
            return part
        if isinstance(part, Quantity):
            return part.value
    return None


def _leaves(node: Node, path: str) -> Iterator[Fact]:
    if node.kind == MAPPING:
        for pair in node.pairs:
            yield from _leaves(pair.value, f"{path}.{pair.name}" if path else pair.name)
    elif node.kind == SEQUENCE:
        texts = [plain(item) if item.pairs or item.items else _scalar(item) for item in node.items]
        yield Fact(path, _short(f"[{', '.join(texts)}]"))
    else:
        value = node.scalar if isinstance(node.scalar, int) and not isinstance(node.scalar, bool) else None
        yield Fact(path, _short(_scalar(node)), value)


def _scalar(node: Node) -> str:
    if node.scalar is None:
        return "null"
    if isinstance(node.scalar, bool):
        return "true" if node.scalar else "false"
    return " ".join(str(node.scalar).split())


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
