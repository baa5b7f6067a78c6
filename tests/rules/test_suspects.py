"""What is written for conditions, beside CEL: it may name a rule too many, never one too few."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archlint.facts import REGISTRY
from archlint.facts.registry import Fact, FactType, Reading, Registry, Scope, Value
from archlint.findings import Severity
from archlint.rules import plain
from archlint.rules.expressions import Compiler, EvaluationError, Evaluator, ExpressionError
from archlint.rules.rule import Expression, Option, Rule
from archlint.rules.ruleset import builtin
from archlint.rules.suspects import reader, table_of
from archlint.rules.writing import written_for

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


OPTION_TYPES = {"most": Option("int", 7, ""), "words": Option("list<string>", ["ab"], "")}


def is_suspect(check: Expression, when: Expression | None, subject: dict[str, Any]) -> bool:
    """Ask the function that is written for a rule with these conditions."""
    rule = Rule("TST001", "a", "", Severity.ERROR, "t", (), check=check, when=when, options=OPTION_TYPES)
    (written,) = table_of(compile(written_for([rule], REGISTRY_OF_TEST), "", "exec")).values()
    own = [reader(REGISTRY_OF_TEST.facts[name], bare) for name, bare in written.own]
    return written.function(subject, lambda name: None, [True], [OPTIONS], own) == [0]


def opinion(expression: Expression, subject: dict[str, Any]) -> object:
    """Return what CEL says: a value, None where a fact is unknown, the error that it meets."""
    if any(name not in subject for name in expression.facts):
        return None
    try:
        return EVALUATOR.evaluate(expression, Reading(REGISTRY_OF_TEST, "t", subject), OPTIONS)
    except EvaluationError as error:
        return error


def compiled(text: str) -> Expression | None:
    try:
        return COMPILER.expression(text, "bool")
    except ExpressionError:
        return None


@given(text=bools, subject=subjects)
def test_where_a_rule_is_no_suspect_its_check_holds(text: str, subject: dict[str, Any]) -> None:
    check = compiled(text)
    if check is not None and not is_suspect(check, None, subject):
        assert opinion(check, subject) in (True, None), (text, subject)


@given(check=bools, when=bools, subject=subjects)
def test_where_it_is_none_the_check_holds_or_is_not_meant(
    check: str, when: str, subject: dict[str, Any]
) -> None:
    asked, meant = compiled(check), compiled(when)
    if asked is None or meant is None or is_suspect(asked, meant, subject):
        return
    outcomes = opinion(meant, subject), opinion(asked, subject)
    # A condition that meets an error is told, unless the other one settles it.
    assert outcomes[0] is False or outcomes[1] is True or None in outcomes, (when, check, subject, outcomes)


@pytest.mark.parametrize(
    "text",
    ["t.a / t.b == 1", "t.a % t.b == 0", "t.a + t.b > 0", "t.a * t.b > 0", "-t.a > 0", "t.x / t.y > 0.0"],
)
def test_what_cel_counts_in_its_own_way_is_left_to_it(text: str) -> None:
    check, negated = compiled(text), compiled(f"!({text})")
    assert isinstance(check, plain.Plain)
    assert isinstance(negated, plain.Plain)
    subject = {"t.a": -(2**63), "t.b": -(2**63), "t.x": 1.0, "t.y": 0.0}
    assert is_suspect(check, None, subject)
    assert is_suspect(negated, None, subject)


@given(
    expression=st.sampled_from(
        [r"^(/|~/|\\.\\.?[/\\\\]).*[^./].*", "^[-ME*|]*$", "a$|^b", "[$]", "^(ab?)$", "(a|b)c*$", r"\\["]
    ),
    text=st.text("abcE*|/~.$\n\r\v[\\", max_size=6),
)
def test_a_pattern_means_the_same_to_python(expression: str, text: str) -> None:
    subject = {"t.s": text}
    for sign in ("", "!"):
        check = COMPILER.expression(f'{sign}t.s.matches("{expression}")', "bool")
        assert isinstance(check, plain.Plain)
        assert is_suspect(check, None, subject) is not opinion(check, subject)


@pytest.mark.parametrize(
    "text",
    [
        't.s.matches("(?i)a")',
        't.s.matches("^(a+)+$")',
        't.s.matches("(a|a)*b")',
        't.s.matches("a*b*a*")',
        't.s.matches("^*a")',
        't.s.matches("a$*")',
        't.s.matches("a**")',
        't.s.matches("(a")',
        't.s.matches("[a--b]")',
        't.s.matches("[a&&b]")',
        "1.0e999 > t.x",
        " || ".join(["t.p"] * 2000),
        't.s.matches("a{2}")',
        't.s.matches("[[:alpha:]]")',
        't.s.matches("\\\\d")',
        "t.n.map(i, i + 1) == t.n",
        't.s == "a\\x41"',
        "t.a == 1 // one",
        "int(t.x) == 1",
        "t.n[0] == 1",
    ],
)
def test_the_rest_of_the_language_is_left_to_cel(text: str) -> None:
    assert plain.parse(text, TYPES) is None


@pytest.mark.parametrize("text", ['double("1_0") >= 10.0', "double(t.s) > 5.0"])
def test_a_number_in_a_text_is_read_by_cel(text: str) -> None:
    check = COMPILER.expression(text, "bool")
    assert is_suspect(check, None, {"t.s": "1_0"})


def test_a_long_text_is_matched_by_cel() -> None:
    check = COMPILER.expression('!t.s.matches("a*a*b")', "bool")
    assert isinstance(check, plain.Plain)
    assert not is_suspect(check, None, {"t.s": "a" * 200})
    assert is_suspect(check, None, {"t.s": "a" * 100_000})


def test_most_conditions_of_the_built_in_rules_are_plain() -> None:
    rules = [rule for rule in builtin().rules if rule.check is not None]
    told = [rule for rule in rules if isinstance(rule.check, plain.Plain)]
    assert len(told) > 0.9 * len(rules)
    for rule in rules:
        assert rule.check is not None
        assert set(rule.check.facts) <= set(rule.needs)
        assert rule.when is None or set(rule.when.facts) <= set(rule.needs)
        assert all(name in REGISTRY.facts for name in rule.needs)


def test_an_interrupt_within_cel_is_none_of_its_errors() -> None:
    def interrupted(_: object) -> Value | None:
        raise KeyboardInterrupt

    facts = {"t.a": Fact("t.a", "int", "", "", "t", interrupted)}
    registry = Registry({"t": Scope("t", "", None, lambda _: ())}, facts, {"t": None})
    expression = Compiler(registry, "t", {}).expression('written("t.a")', "bool")
    with pytest.raises(KeyboardInterrupt):
        Evaluator().evaluate(expression, Reading(registry, "t", {}), {})
