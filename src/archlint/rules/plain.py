"""The plain part of CEL: conditions made of facts, literals, arithmetic, comparisons and the rules' own functions.

Such a condition is kept as a small tree beside its CEL form, and written as Python (``rules/suspects.py``). A tree is
JSON: ``["fact", name]``, ``["lit", value]``, ``["+", left, right]``, ``["all", list, variable, body]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from archlint.patterns import pattern
from archlint.rules.rule import Expression

if TYPE_CHECKING:
    import re

Tree: TypeAlias = list[Any]

_TOKEN: Final = pattern(
    r"\s*(?:(\d+\.\d+(?:[eE][-+]?\d+)?)|(\d+)|\"((?:[^\"\\\n]|\\.)*)\"|'((?:[^'\\\n]|\\.)*)'|([A-Za-z_]\w*)"
    r"|(&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()\[\]]))"
)
_BINDING: Final = (("||",), ("&&",), ("==", "!=", "<", "<=", ">", ">=", "in"), ("+", "-"), ("*", "/", "%"))
_MOST_TOKENS: Final = 2000
_FACT_FUNCTIONS: Final = ("written", "derived", "known", "verified")


_ESCAPE: Final = pattern(r"\\(.)")
_ESCAPES: Final = {"\\": "\\", '"': '"', "'": "'", "n": "\n", "t": "\t"}
_SIGN: Final = pattern(r"(?s)\\.|.")


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


class _NotPlain(Exception):  # noqa: N818  (a verdict, no error)
    """It is of the rest of the language."""


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
        if len(tokens) > _MOST_TOKENS:
            return None
        parser = _Parser(tokens, facts)
        tree = parser.ternary()
        return tree if parser.at == len(tokens) else None
    except (_NotPlain, IndexError, RecursionError):
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
            raise _NotPlain

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
            inner = self.unary()
            return ["lit", -inner[1]] if inner[0] == "lit" else ["neg", inner]
        return self.primary()

    def primary(self) -> Tree:
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == 1 and isfinite(float(text)):
            return ["lit", float(text)]
        if kind == 2:
            return ["lit", int(text)]
        if kind in (3, 4):
            return ["lit", _ESCAPE.sub(_unescaped, text)]
        if text == "(":
            inner = self.ternary()
            self.expect(")")
            return self.called(inner)
        if text == "[":
            return self.called(["list", *self.arguments("]")])
        if kind != 5:
            raise _NotPlain
        return self.name(text)

    def called(self, receiver: Tree) -> Tree:
        """Return what a method makes of a value in brackets, if one follows."""
        if self.next_is(".") is None:
            return receiver
        name = self.tokens[self.at][1]
        self.at += 1
        self.expect("(")
        return self.method(receiver, name)

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
                raise _NotPlain
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
        raise _NotPlain

    def variable(self, parts: list[str]) -> Tree:
        name = ".".join(parts)
        if name in self.bound:
            return ["var", name]
        if parts[0] == "options" and len(parts) == 2:
            return ["option", parts[1]]
        if name in self.facts and parts[0] not in self.bound:
            return ["fact", name]
        raise _NotPlain

    def method(self, receiver: Tree, name: str) -> Tree:
        if name in ("all", "exists"):
            kind, variable = self.tokens[self.at]
            self.at += 1
            self.expect(",")
            if kind != 5:
                raise _NotPlain
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
        if name == "matches" and len(arguments) == 1 and arguments[0][0] == "lit":
            return [name, receiver, _as_python(arguments[0][1])]
        raise _NotPlain


def _unescaped(match: re.Match[str]) -> str:
    try:
        return _ESCAPES[match[1]]
    except KeyError:
        raise _NotPlain from None


_MOST_REPEATS: Final = 2
_NO_ATOMS: Final = frozenset(("", "*", "+", "?", "(", ")", "|", "^", r"\Z"))


def _as_python(expression: str) -> str:
    """Return a regular expression of RE2 that Python reads alike in ASCII text, and nearly as soon.

    Characters, classes, groups, and after a character or a class ``?``, and twice at most ``*`` or ``+``: RE2 takes as
    many of them in its stride, and more in ways that Python has not.
    """
    out: list[str] = [""]
    inside, repeats = "", 0
    for sign in _SIGN.findall(expression):
        if not sign.isascii() or (len(sign) == 2 and sign[1].isalnum()) or sign in ("{", "}", "\n"):
            raise _NotPlain
        if inside:
            if sign == "[" or (sign == "]" and inside in ("[", "[^")):
                raise _NotPlain
            inside = "" if sign == "]" else inside + sign
        elif sign == "[":
            inside = sign
        elif sign in ("*", "+", "?"):
            repeats += sign != "?"
            if out[-1] in _NO_ATOMS or repeats > _MOST_REPEATS:
                raise _NotPlain
        out.append(r"\Z" if sign == "$" and not inside else sign)
    found = "".join(out)
    if not _compiles(found):
        raise _NotPlain
    return found


def _compiles(expression: str) -> bool:
    import re
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(expression)
    except (re.error, Warning, OverflowError, RecursionError):
        return False
    return True


_SAFE: Final = frozenset(("&&", "||", "!", "?", "==", "!=", "<", "<=", ">", ">=", "in", "list"))
_LEAVES: Final = frozenset(("lit", "option", "fact", "var", "written", "derived", "known", "verified"))


def _harmless(tree: Tree) -> bool:
    if tree[0] in _LEAVES:
        return True
    return tree[0] in _SAFE and all(map(_harmless, tree[1:]))
