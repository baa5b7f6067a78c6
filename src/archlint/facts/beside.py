"""Facts of two files of one model: a card and the README beside it, Mistral's params.json and the config.json."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from archlint.facts.registry import Fact, FactType, Place, Value

if TYPE_CHECKING:
    from archlint.model import Model
    from archlint.specs.card import Card

PARAMS = (
    ("dim", "hidden_size"),
    ("n_layers", "num_hidden_layers"),
    ("n_heads", "num_attention_heads"),
    ("n_kv_heads", "num_key_value_heads"),
    ("head_dim", "head_dim"),
    ("hidden_dim", "intermediate_size"),
    ("vocab_size", "vocab_size"),
)
"""What params.json and config.json call the same dimension."""


def _readme(model: Model) -> Card | None:
    document = model.beside.get("README.md")
    if document is None or document.root is None or model.card is None or model.card.kind == "front-matter":
        return None
    from archlint.specs.card import Card

    return Card("front-matter", document, None, None, document.root)


def _readme_licence(model: Model) -> Value | None:
    """What the README calls the licence."""
    from archlint.facts.card import field_place
    from archlint.facts.licence import named_field

    readme = _readme(model)
    field = named_field(readme) if readme is not None else None
    text = field.text if field is not None else None
    return None if field is None or not text else Value(text, field_place(field), text=text)


def _same_licence(model: Model) -> Value | None:
    """Whether the card and the README beside it name one licence."""
    from archlint.facts.card import field_place
    from archlint.facts.licence import licences_of, named_field
    from archlint.licences import compatible

    readme, card = _readme(model), model.card
    if readme is None or card is None:
        return None
    mine, theirs, field = licences_of(card), licences_of(readme), named_field(card)
    if not mine or not theirs or field is None:
        return None
    return Value(any(compatible(a, b) for a in mine for b in theirs), field_place(field), text=field.text)


def _difference(model: Model) -> tuple[Place, Place, str, str, int, int] | None:
    """Return the first dimension in which params.json differs from the config.json beside it."""
    other = model.beside.get("config.json")
    if model.card is not None or model.node is None or other is None or other.root is None or other.damaged:
        return None
    from archlint.specs.config import Config

    config = Config(other.root)
    for name, theirs in PARAMS:
        mine = model.node.pair(name)
        node = config.node(theirs)
        if mine is None or node is None or mine.value.kind != "integer" or node.kind != "integer":
            continue
        left, right = mine.value.scalar, node.scalar
        if isinstance(left, int) and isinstance(right, int) and left != right and max(left, right) < 2**62:
            here = Place(model.document, mine.value.start, mine.value.end, mine.value, mine)
            return here, Place(other, node.start, node.end, node), name, theirs, left, right
    return None


def _differing(pick: int) -> Callable[[Model], Value | None]:
    def read(model: Model) -> Value | None:
        found = _difference(model)
        if found is None:
            return None
        data = found[pick]
        assert isinstance(data, str | int)
        return Value(data, found[1] if pick in (3, 5) else found[0])

    return read


def _fact(name: str, kind: FactType, meaning: str, read: Callable[[Model], Value | None]) -> Fact:
    return Fact(f"beside.{name}", kind, "", meaning, "model", read)


FACTS: tuple[Fact, ...] = (
    _fact("readme_licence", "string", "What the README beside the card calls the licence", _readme_licence),
    _fact(
        "same_licence", "bool", "Whether the card and the README beside it name one licence", _same_licence
    ),
    _fact("params_key", "string", "First key of params.json that differs from config.json", _differing(2)),
    _fact("config_key", "string", "What config.json calls that key", _differing(3)),
    _fact("params_value", "int", "The value in params.json", _differing(4)),
    _fact("config_value", "int", "The value in config.json", _differing(5)),
)
