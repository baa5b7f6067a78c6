"""The examples of every built-in rule are tests of it."""

import pytest

from archlint.project import Settings
from archlint.rules.examples import failures
from archlint.rules.rule import Rule
from archlint.rules.ruleset import builtin


@pytest.mark.parametrize("rule", builtin().rules, ids=lambda rule: rule.name)
def test_examples(rule: Rule) -> None:
    page = builtin().page(rule)
    assert failures(rule, page.bad, page.good, Settings()) == []
