"""The plain part of CEL, evaluated without CEL: to see quickly that a rule has nothing to say.

A condition made of facts, literals, arithmetic, comparisons and the rules' own functions is kept as a small tree
beside its CEL form and evaluated here first. Whatever CEL might see otherwise (an overflow, a division by zero, an
unknown fact, a negative remainder) is ``Unsure``, and CEL decides; CEL has the word on every finding, too. So a
condition outside of this part of the language costs time and changes nothing.

A tree is JSON: ``["fact", name]``, ``["lit", value]``, ``["+", left, right]``, ``["all", list, variable, body]``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Final, TypeAlias

from archlint.facts.registry import Value, is_measured
from archlint.patterns import pattern
from archlint.rules.rule import Expression, Rule

Tree: TypeAlias = list[Any]
Get: TypeAlias = Callable[[str], "Value | None"]
Bound: TypeAlias = Mapping[str, Any]
Evaluated: TypeAlias = Callable[[Get, Bound], Any]
Test: TypeAlias = Callable[[Get], bool]

_TOKEN: Final = pattern(
    r"\s*(?:(\d+\.\d+(?:[eE][-+]?\d+)?)|(\d+)|\"([^\"\\\n]*)\"|'([^'\\\n]*)'|([A-Za-z_]\w*)"
    r"|(&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()\[\]]))"
)
_BINDING: Final = (("||",), ("&&",), ("==", "!=", "<", "<=", ">", ">=", "in"), ("+", "-"), ("*", "/", "%"))
_FACT_FUNCTIONS: Final = ("written", "derived", "known", "verified")
_LEAST, _GREATEST = -(2**63), 2**63 - 1


class Plain(Expression):
    """An expression of the plain part of CEL, with its tree."""

    tree: Tree

    @cached_property
    def harmless(self) -> bool:
        """Whether CEL can meet no error in it: it has comparisons only, no arithmetic."""
        return _harmless(self.tree)

    @classmethod
    def of(cls, expression: Expression, tree: Tree | None) -> Expression:
        """Return ``expression`` with its tree, or as it is where it has none."""
        if tree is None:
            return expression
        made = cls(*expression)
        made.tree = tree
        return made


class Unsure(Exception):  # noqa: N818  (a verdict, no error)
    """CEL has to say."""


# --- reading a condition


def parse(text: str, facts: Mapping[str, object]) -> Tree | None:
    """Return the tree of a condition that CEL accepts; None when it is not of the plain part."""
    try:
        tokens, at = [], 0
        text = text.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                return None
            tokens.append((match.lastindex or 0, match[match.lastindex or 0]))
            at = match.end()
        parser = _Parser(tokens, facts)
        tree = parser.ternary()
        return tree if parser.at == len(tokens) else None
    except (Unsure, IndexError, RecursionError):
        return None


class _Parser:
    def __init__(self, tokens: list[tuple[int, str]], facts: Mapping[str, object]) -> None:
        self.tokens, self.facts, self.at = tokens, facts, 0
        self.bound: list[str] = []

    def next_is(self, *signs: str) -> str | None:
        if self.at < len(self.tokens):
            kind, text = self.tokens[self.at]
            if kind in (5, 6) and text in signs:
                self.at += 1
                return text
        return None

    def expect(self, sign: str) -> None:
        if self.next_is(sign) is None:
            raise Unsure

    def ternary(self) -> Tree:
        condition = self.binary(0)
        if self.next_is("?") is None:
            return condition
        yes = self.binary(0)
        self.expect(":")
        return ["?", condition, yes, self.ternary()]

    def binary(self, level: int) -> Tree:
        if level == len(_BINDING):
            return self.unary()
        left = self.binary(level + 1)
        while (sign := self.next_is(*_BINDING[level])) is not None:
            left = [sign, left, self.binary(level + 1)]
        return left

    def unary(self) -> Tree:
        if self.next_is("!"):
            return ["!", self.unary()]
        if self.next_is("-"):
            return ["neg", self.unary()]
        return self.primary()

    def primary(self) -> Tree:
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == 1:
            return ["lit", float(text)]
        if kind == 2:
            return ["lit", int(text)]
        if kind in (3, 4):
            return ["lit", text]
        if text == "(":
            inner = self.ternary()
            self.expect(")")
            return inner
        if text == "[":
            return ["list", *self.arguments("]")]
        if kind != 5:
            raise Unsure
        return self.name(text)

    def arguments(self, close: str) -> list[Tree]:
        found: list[Tree] = []
        while self.next_is(close) is None:
            if found:
                self.expect(",")
            found.append(self.ternary())
        return found

    def name(self, text: str) -> Tree:
        if text in ("true", "false"):
            return ["lit", text == "true"]
        parts = [text]
        while self.next_is("."):
            kind, part = self.tokens[self.at]
            if kind != 5:
                raise Unsure
            parts.append(part)
            self.at += 1
        if self.next_is("(") is None:
            return self.variable(parts)
        if len(parts) > 1:
            return self.method(self.variable(parts[:-1]), parts[-1])
        arguments = self.arguments(")")
        if text in _FACT_FUNCTIONS and len(arguments) == 1 and arguments[0][0] == "lit":
            return [text, arguments[0][1]]
        if text == "agrees" and len(arguments) == 2 and arguments[1][0] == "fact":
            return [text, arguments[0], arguments[1][1]]
        if text in ("size", "double", "sum", "lower", "distinct") and len(arguments) == 1:
            return [text, *arguments]
        if text in ("count", "nearest") and len(arguments) == 2:
            return [text, *arguments]
        raise Unsure

    def variable(self, parts: list[str]) -> Tree:
        name = ".".join(parts)
        if name in self.bound:
            return ["var", name]
        if parts[0] == "options" and len(parts) == 2:
            return ["option", parts[1]]
        if name in self.facts and parts[0] not in self.bound:
            return ["fact", name]
        raise Unsure

    def method(self, receiver: Tree, name: str) -> Tree:
        if name in ("all", "exists"):
            kind, variable = self.tokens[self.at]
            self.at += 1
            self.expect(",")
            if kind != 5:
                raise Unsure
            self.bound.append(variable)
            body = self.ternary()
            self.bound.pop()
            self.expect(")")
            return [name, receiver, variable, body]
        arguments = self.arguments(")")
        if name in ("startsWith", "endsWith", "contains") and len(arguments) == 1:
            return [name, receiver, *arguments]
        if name == "size" and not arguments:
            return [name, receiver]
        raise Unsure


# --- evaluating it


def build(tree: Tree, options: Mapping[str, Any]) -> Evaluated:
    """Return a function that evaluates ``tree``; it raises Unsure where CEL has to say."""
    head = tree[0]
    if head == "lit":
        return _literal(tree[1])
    if head == "option":
        return _literal(options[tree[1]])
    if head in _LEAVES:
        made: Evaluated = _LEAVES[head](tree[1])
        return made
    if head in ("all", "exists"):
        return _quantified(head == "all", build(tree[1], options), tree[2], build(tree[3], options))
    if head == "agrees":
        return _agrees(build(tree[1], options), tree[2])
    inner = [build(each, options) for each in tree[1:]]
    if head == "list":
        return lambda get, bound: [each(get, bound) for each in inner]
    if head == "?":
        chosen, yes, no = inner
        return lambda get, bound: yes(get, bound) if chosen(get, bound) else no(get, bound)
    if len(inner) == 1:
        one, first = _UNARY[head], inner[0]
        return lambda get, bound: one(first(get, bound))
    left, right = inner
    if head == "&&":
        return lambda get, bound: left(get, bound) and right(get, bound)
    if head == "||":
        return lambda get, bound: left(get, bound) or right(get, bound)
    two = _BINARY[head]
    return lambda get, bound: two(left(get, bound), right(get, bound))


def _literal(value: Any) -> Evaluated:
    return lambda get, bound: value


def _fact(name: str) -> Evaluated:
    def read(get: Get, bound: Bound) -> Any:
        value = get(name)
        if value is None:
            raise Unsure
        data = value.data
        kind = type(data)
        if kind is int or kind is float or kind is bool:
            return data
        if isinstance(data, (int, float)):
            return int(data) if isinstance(data, int) else float(data)
        if isinstance(data, str):
            if data.isascii():
                return data
            raise Unsure
        if isinstance(data, list | tuple):
            for item in data:
                if isinstance(item, str) and not item.isascii():
                    raise Unsure
            return data if isinstance(data, list) else list(data)
        raise Unsure

    return read


def _variable(name: str) -> Evaluated:
    return lambda get, bound: bound[name]


def _written(name: str) -> Evaluated:
    return lambda get, bound: (found := get(name)) is not None and found.origin == "written"


def _derived(name: str) -> Evaluated:
    return lambda get, bound: (found := get(name)) is not None and found.origin == "derived"


def _known(name: str) -> Evaluated:
    return lambda get, bound: get(name) is not None


def _verified(name: str) -> Evaluated:
    return lambda get, bound: (found := get(name)) is not None and found.verified


_LEAVES: Final[Mapping[str, Callable[[Any], Evaluated]]] = {
    "lit": _literal,
    "option": _literal,
    "fact": _fact,
    "var": _variable,
    "written": _written,
    "derived": _derived,
    "known": _known,
    "verified": _verified,
}


def _agrees(number: Evaluated, name: str) -> Evaluated:
    def agrees(get: Get, bound: Bound) -> Any:
        found = get(name)
        given = number(get, bound)
        if found is None or not is_measured(found.data) or not isinstance(given, int):
            raise Unsure
        return found.data.agrees(given)

    return agrees


def _quantified(every: bool, items: Evaluated, variable: str, body: Evaluated) -> Evaluated:
    def judge(get: Get, bound: Bound) -> Any:
        for item in items(get, bound):
            if bool(body(get, {**bound, variable: item})) is not every:
                return not every
        return every

    return judge


def _whole(value: Any) -> Any:
    if isinstance(value, int) and not _LEAST <= value <= _GREATEST:
        raise Unsure
    return value


def _alike(left: Any, right: Any) -> None:
    if type(left) is not type(right):
        raise Unsure


def _plus(left: Any, right: Any) -> Any:
    _alike(left, right)
    return _whole(left + right)


def _minus(left: Any, right: Any) -> Any:
    _alike(left, right)
    return _whole(left - right)


def _times(left: Any, right: Any) -> Any:
    _alike(left, right)
    return _whole(left * right)


def _divided(left: Any, right: Any) -> Any:
    _alike(left, right)
    if isinstance(left, int):
        if left < 0 or right <= 0:
            raise Unsure
        return left // right
    if right == 0:
        raise Unsure
    return left / right


def _remainder(left: Any, right: Any) -> Any:
    _alike(left, right)
    if not isinstance(left, int) or left < 0 or right <= 0:
        raise Unsure
    return left % right


def _equal(left: Any, right: Any) -> Any:
    if type(left) is not type(right):
        raise Unsure
    return left == right


def _less(left: Any, right: Any) -> Any:
    if type(left) is not type(right) or left != left or right != right:
        raise Unsure
    return left < right


def _among(item: Any, items: Any) -> Any:
    if not isinstance(items, list):
        raise Unsure
    return item in items


def _nearest(word: Any, words: Any) -> Any:
    if word in words:
        return word
    raise Unsure


def _numeric(value: Any) -> Any:
    if type(value) not in (int, float):
        raise Unsure
    return value


_UNARY: Final[Mapping[str, Callable[[Any], Any]]] = {
    "!": lambda value: not value,
    "neg": lambda value: _whole(-_numeric(value)),
    "size": len,
    "double": lambda value: float(_numeric(value)),
    "sum": lambda items: _whole(sum(items)),
    "lower": lambda text: text.lower(),
    "distinct": lambda items: list(dict.fromkeys(items)),
}
_BINARY: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "+": _plus,
    "-": _minus,
    "*": _times,
    "/": _divided,
    "%": _remainder,
    "==": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "<": _less,
    "<=": lambda left, right: not _less(right, left),
    ">": lambda left, right: _less(right, left),
    ">=": lambda left, right: not _less(left, right),
    "in": _among,
    "count": lambda items, item: items.count(item),
    "nearest": _nearest,
    "startsWith": lambda text, part: text.startswith(part),
    "endsWith": lambda text, part: text.endswith(part),
    "contains": lambda text, part: part in text,
}
_NOTHING_BOUND: Final[Bound] = {}
_SAFE: Final = frozenset(("&&", "||", "!", "?", "==", "!=", "<", "<=", ">", ">=", "in", "list"))


def test_of(rule: Rule, options: Mapping[str, Any]) -> Test:
    """Return what tells whether a rule certainly finds nothing; False where it may, and where CEL has to say."""
    check, when = rule.check, rule.when
    assert check is not None
    needed = check.facts
    says_check = _sayer(check, options)
    if when is None:

        def alone(get: Get) -> bool:
            for name in needed:
                if get(name) is None:
                    return True
            return says_check(get) is True

        return alone
    needed_when = when.facts
    says_when = _sayer(when, options)
    # A ``when`` that cannot err need not be asked where the check holds.
    guarded = not (isinstance(when, Plain) and when.harmless)

    def both(get: Get) -> bool:
        for name in needed:
            if get(name) is None:
                return True
        if not guarded and says_check(get) is True:
            return True
        for name in needed_when:
            if get(name) is None:
                return True
        found = says_when(get)
        return found is False or (guarded and found is True and says_check(get) is True)

    return both


def _sayer(expression: Expression, options: Mapping[str, Any]) -> Callable[[Get], Any]:
    """Return a function that gives the value of an expression, None where CEL has to say."""
    if not isinstance(expression, Plain):
        return lambda get: None
    tree = expression.tree
    made: list[Evaluated] = []

    def say(get: Get) -> Any:
        if not made:
            made.append(build(tree, options))
        try:
            return made[0](get, _NOTHING_BOUND)
        except (Unsure, TypeError, ValueError, ArithmeticError, LookupError, AttributeError):
            return None

    return say


def _harmless(tree: Tree) -> bool:
    if tree[0] in _LEAVES:
        return True
    return tree[0] in _SAFE and all(map(_harmless, tree[1:]))
