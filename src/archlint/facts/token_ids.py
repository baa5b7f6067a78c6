"""Facts of token ids: read once for every ``*_token_id`` of a config, each element of a list by itself."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import TYPE_CHECKING

from archlint.facts.config import INT64, default_place, place_of
from archlint.facts.registry import Fact, Scope, Value
from archlint.values import NamedTuple

if TYPE_CHECKING:
    from archlint.model import Model
    from archlint.source.tree import Node
    from archlint.specs.config import Config


class Subject(NamedTuple):
    """One id: the key it is written under, its node, and the mapping that the key stands in."""

    model: Model
    name: str
    node: Node
    mapping: Node


def subjects(model: Model) -> Iterator[Subject]:
    """List the token ids that are written in the language model's mapping, or at the top."""
    if model.config is None:
        return
    for mapping in model.config.mappings:
        for pair in mapping.pairs:
            if pair.name.endswith(("_token_id", "_token_index")):
                for node in pair.value.items if pair.value.kind == "sequence" else (pair.value,):
                    if node.kind == "integer" and not _is_of_class(model.config, pair.name, node, mapping):
                        yield Subject(model, pair.name, node, mapping)


def _is_of_class(config: Config, name: str, node: Node, mapping: Node) -> bool:
    """Tell whether an id and the vocabulary are what the class assumes: it may have neither (Decision Transformer)."""
    known, vocab = config.defaults, mapping.get("vocab_size")
    return (
        known.known
        and node.scalar == known.default(name)
        and (vocab is None or vocab.scalar == known.default("vocab_size"))
    )


def _name(subject: Subject) -> Value | None:
    return Value(subject.name, place_of(subject.model, subject.node, subject.mapping))


def _data(subject: Subject) -> int | None:
    value = subject.node.scalar
    return value if isinstance(value, int) and -INT64 <= value < INT64 else None


def _value(subject: Subject) -> Value | None:
    value = _data(subject)
    return None if value is None else Value(value, place_of(subject.model, subject.node, subject.mapping))


def _vocabulary(subject: Subject) -> Value | None:
    """The vocabulary that the id must lie in: that of its own mapping, else the language model's."""
    config = subject.model.config
    assert config is not None
    own = subject.mapping.get("vocab_size")
    if own is not None:
        if own.kind != "integer" or not isinstance(own.scalar, int) or not 0 < own.scalar < INT64:
            return None
        return Value(own.scalar, place_of(subject.model, own, subject.mapping))
    size = config.get("vocab_size")
    if not isinstance(size, int) or isinstance(size, bool) or not 0 < size < INT64:
        return None
    node = config.node("vocab_size")
    if node is None:
        return Value(size, default_place(subject.model), "default")
    return Value(size, place_of(subject.model, node, config.text))


SCOPES = (Scope("token_id", "Every token id of the config, list elements one by one", "model", subjects),)

FACTS = (
    Fact(
        "token_id.name",
        "string",
        "",
        "Key that the id is written under",
        "token_id",
        _name,
        data=attrgetter("name"),
    ),
    Fact("token_id.value", "int", "", "The id", "token_id", _value, data=_data),
    Fact(
        "token_id.vocab_size", "int", "tokens", "Vocabulary that the id must lie in", "token_id", _vocabulary
    ),
)
