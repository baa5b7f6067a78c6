"""What a condition reads of a fact without its place is what the fact says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from archlint.facts import whole
from archlint.linter import read
from archlint.model import Model
from archlint.rules.ruleset import builtin
from archlint.source import load

FACTS = [fact for fact in whole().facts.values() if fact.data is not None]


@pytest.fixture(scope="module")
def models() -> list[Model]:
    """The configs of the examples of all rules, and some whose sizes are no sizes."""
    rules = builtin()
    pages = [rules.page(rule) for rule in rules.rules]
    texts = [example.text for page in pages for example in (*page.bad, *page.good)]
    texts += [
        '{"model_type": "llama", "hidden_size": 18446744073709551616, "num_attention_heads": -1, "vocab_size": 0}',
        '{"model_type": "mixtral", "num_hidden_layers": 2, "num_attention_heads": 4, "hidden_size": "a",'
        ' "num_local_experts": null, "eos_token_id": [1, -1, "x", 9223372036854775808], "dtype": "é"}',
    ]
    return [model for text in texts for model in read(load(text.encode(), "config.json"))[1]]


def subjects(models: list[Model], scope: str) -> Iterator[object]:
    for model in models:
        if model.config is not None:
            yield from whole().scopes[scope].subjects(model)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_its_data_is_that_of_its_value(fact: object, models: list[Model]) -> None:
    from archlint.facts.registry import Fact

    assert isinstance(fact, Fact)
    assert fact.data is not None
    found = list(subjects(models, fact.scope))
    assert found
    for subject in found:
        value = fact.read(subject)
        data = fact.data(subject)
        assert (type(data), data) == (type(value.data), value.data) if value is not None else data is None
