"""The quick evaluator beside CEL: it may be unsure, never of another opinion."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archlint.facts import REGISTRY
from archlint.facts.registry import Fact, FactType, Reading, Registry, Scope, Value
from archlint.rules import quick
from archlint.rules.expressions import Compiler, EvaluationError, Evaluator, ExpressionError
from archlint.rules.ruleset import builtin

TYPES: dict[str, FactType] = {
    "t.a": "int", "t.b": "int", "t.c": "int", "t.x": "double", "t.y": "double", "t.p": "bool", "t.q": "bool",
    "t.s": "string", "t.r": "string", "t.n": "list<int>", "t.w": "list<string>",
}  # fmt: skip


def registry() -> Registry:
    def reader(name: str) -> Any:
        def read(subject: dict[str, Any]) -> Value | None:
            return Value(subject[name]) if name in subject else None

        return read

    facts = {name: Fact(name, kind, "", "", "t", reader(name)) for name, kind in TYPES.items()}
    return Registry({"t": Scope("t", "", None, lambda _: ())}, facts, {"t": None})


REGISTRY_OF_TEST = registry()
COMPILER = Compiler(REGISTRY_OF_TEST, "t", {"most": "int", "words": "list<string>"})
OPTIONS: dict[str, Any] = {"most": 7, "words": ["ab", "c"]}
EVALUATOR = Evaluator()

big = st.one_of(st.integers(-5, 5), st.integers(-(2**63), 2**63 - 1))
text = st.sampled_from(["", "ab", "abc", "b", "é", "C"])
subjects = st.fixed_dictionaries(
    {},
    optional={
        "t.a": big, "t.b": big, "t.c": st.integers(0, 4), "t.p": st.booleans(), "t.q": st.booleans(),
        "t.x": st.sampled_from([0.0, 1.0, -2.5, 1e300]), "t.y": st.sampled_from([0.0, 0.5, 3.0]),
        "t.s": text, "t.r": text, "t.n": st.lists(st.integers(-3, 3), max_size=3),
        "t.w": st.lists(text, max_size=3),
    },
)  # fmt: skip


ints = st.recursive(
    st.sampled_from(["t.a", "t.b", "t.c", "0", "3", "-1", "options.most", "size(t.n)", "t.w.size()", "sum(t.n)",
                     "size(t.s)", "count(t.n, 2)", "9223372036854775807"]),
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*/%"), inner),
        st.builds("-({})".format, inner),
        st.builds("[{}, {}][0] == {} ? {} : {}".format, inner, inner, inner, inner, inner),
        st.builds("({} > {} ? {} : {})".format, inner, inner, inner, inner),
    ),
    max_leaves=4,
)  # fmt: skip
doubles = st.one_of(
    st.sampled_from(["t.x", "t.y", "1.5", "double(t.c)"]),
    st.builds("(t.x {} t.y)".format, st.sampled_from("+-*/")),
)
strings = st.sampled_from(["t.s", "t.r", '"ab"', "'c'", "lower(t.r)", "(t.s + t.r)", "nearest(t.s, t.w)"])
bools = st.recursive(
    st.one_of(
        st.sampled_from(["t.p", "t.q", "true", 'known("t.a")', 'written("t.s")', 'verified("t.a")']),
        st.builds("{} {} {}".format, ints, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), ints),
        st.builds("{} {} {}".format, doubles, st.sampled_from(["==", "<", ">="]), doubles),
        st.builds("{} {} {}".format, strings, st.sampled_from(["==", "!=", "<"]), strings),
        st.builds("{} in {}".format, strings, st.sampled_from(["t.w", "options.words", '["ab", "é"]'])),
        st.builds("{} in t.n".format, ints),
        st.builds("t.n.all(i, i < {})".format, ints),
        st.builds("t.w.exists(w, w == t.s || {} > 2)".format, ints),
        st.builds('{}.startsWith("a")'.format, strings),
        st.builds("t.s.contains({})".format, strings),
        st.just("distinct(t.w) == t.w"),
    ),
    lambda inner: st.one_of(
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
        st.builds("!({})".format, inner),
        st.builds("({} ? {} : {})".format, inner, inner, inner),
    ),
    max_leaves=4,
)


def sure(tree: list[Any], reading: Reading) -> tuple[bool, object]:
    try:
        return True, quick.build(tree, OPTIONS)(reading.get, {})
    except (quick.Unsure, TypeError, ValueError, ArithmeticError, LookupError, AttributeError):
        return False, None


@given(text=bools, subject=subjects)
def test_where_it_is_sure_cel_says_the_same(text: str, subject: dict[str, Any]) -> None:
    try:
        expression = COMPILER.expression(text, "bool")
    except ExpressionError:
        return
    if not isinstance(expression, quick.Plain):
        return
    reading = Reading(REGISTRY_OF_TEST, "t", subject)
    certain, value = sure(expression.tree, reading)
    if not certain or not isinstance(value, bool):
        return
    try:
        assert EVALUATOR.evaluate(expression, reading, OPTIONS) is value, (text, subject)
    except EvaluationError as error:  # CEL needs a fact that is absent where the answer does not rest on it
        raise AssertionError((text, subject, str(error))) from None


@pytest.mark.parametrize(
    "text",
    ["t.a / t.b == 1", "t.a % t.b == 0", "t.a + t.b > 0", "t.a * t.b > 0", "-t.a > 0", "t.x / t.y > 0.0"],
)
def test_what_cel_counts_in_its_own_way_is_left_to_it(text: str) -> None:
    expression = COMPILER.expression(text, "bool")
    assert isinstance(expression, quick.Plain)
    subject = {"t.a": -(2**63), "t.b": -(2**63), "t.x": 1.0, "t.y": 0.0}
    assert not sure(expression.tree, Reading(REGISTRY_OF_TEST, "t", subject))[0]


@pytest.mark.parametrize(
    "text",
    [
        't.s.matches("a+")',
        "t.n.map(i, i + 1) == t.n",
        't.s == "a\\n"',
        "t.a == 1 // one",
        "int(t.x) == 1",
        "t.n[0] == 1",
    ],
)
def test_the_rest_of_the_language_is_left_to_cel(text: str) -> None:
    assert quick.parse(text, TYPES) is None


def test_most_conditions_of_the_built_in_rules_are_plain() -> None:
    rules = [rule for rule in builtin().rules if rule.check is not None]
    plain = [rule for rule in rules if isinstance(rule.check, quick.Plain)]
    assert len(plain) > 0.8 * len(rules)
    for rule in rules:
        assert rule.check is not None
        assert set(rule.check.facts) <= set(rule.needs)
        assert rule.when is None or set(rule.when.facts) <= set(rule.needs)
        assert all(name in REGISTRY.facts for name in rule.needs)
