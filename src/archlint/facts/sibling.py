"""Facts of two cards of one file that name one repository: each pair once, at the later card."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from archlint.facts import card
from archlint.facts.registry import Fact, Scope, Value
from archlint.values import NamedTuple

if TYPE_CHECKING:
    from archlint.model import Model


class Subject(NamedTuple):
    """A card and an earlier one of the same file and repository."""

    model: Model
    earlier: Model


def subjects(model: Model) -> Iterator[Subject]:
    """List the earlier cards of the file with this card's repository."""
    repo = model.card.repo if model.card is not None else None
    if not repo:
        return
    for other in _by_repo(tuple(model.siblings)).get(repo.lower(), ()):
        if other is model:
            return
        yield Subject(model, other)


@lru_cache(maxsize=1)
def _by_repo(models: tuple[Model, ...]) -> dict[str, list[Model]]:
    """Return the cards of a file by their repository, in file order."""
    found: dict[str, list[Model]] = {}
    for model in models:
        repo = model.card.repo if model.card is not None else None
        if repo:
            found.setdefault(repo.lower(), []).append(model)
    return found


def _of_earlier(name: str) -> Callable[[Subject], Value | None]:
    read = next(fact.read for fact in card.FACTS if fact.name == f"card.{name}")
    return lambda subject: read(subject.earlier)


SCOPES = (
    Scope(
        "sibling",
        "Every earlier card of the file that names the same repository",
        "model",
        subjects,
        across=True,
    ),
)

FACTS: tuple[Fact, ...] = tuple(
    Fact(f"sibling.{name}", kind, unit, f"{meaning}; in the earlier card", "sibling", _of_earlier(name))
    for name, kind, unit, meaning in (
        (fact.name.removeprefix("card."), fact.type, fact.unit, fact.meaning) for fact in card.FACTS
    )
    if name
    in (
        "name",
        "layer_mix",
        "kv_cache_per_token",
        "context_tokens",
        "context_number",
        "vocab_size",
        "attention",
        "decoder_type",
        "license_name",
        "scale.total",
        "date",
        "company",
    )
)
