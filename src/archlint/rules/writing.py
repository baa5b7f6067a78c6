"""Conditions to Python: one function a scope, that names the rules which may find something.

A condition of the plain part of CEL is written as an expression that is true only where CEL says so, too. Whatever CEL
might see otherwise (an overflow, a division by zero, an unknown fact, a negative remainder) is ``Unsure``, and so is a
condition outside of that part of the language: its rule is a suspect.

A function reads each fact once, and those of an innermost scope straight from the subject. What is written stands in
the wheel, and in the cache of a source tree: a run compiles nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from archlint.facts.registry import Registry
from archlint.rules.plain import Plain, Tree
from archlint.rules.rule import Expression, Rule

_HEAD: Final = """from archlint.rules.suspects import (
    Unsure, agrees, data, divided, less, listed, matches, nearest, remainder, text, whole
)
_ERRORS = (Unsure, TypeError, ValueError, ArithmeticError, LookupError, AttributeError)
"""


class _Untyped(Exception):  # noqa: N818  (a verdict, no error)
    """Python's operator may not be CEL's here."""


def written_for(rules: Iterable[Rule], registry: Registry, plain: bool = True) -> str:
    """Return a module whose ``SCOPES`` holds the codes, the function and the own facts of each scope of ``rules``.

    Where conditions are not ``plain``, longer ones say than Python reads in one piece, every rule is a suspect.
    """
    by_scope: dict[str, list[Rule]] = {}
    for rule in rules:
        if rule.check is not None:
            by_scope.setdefault(rule.each, []).append(rule)
    parts, table = [_HEAD], []
    for scope, members in by_scope.items():
        function = _Function(
            scope, members if plain else [each._replace(check=None) for each in members], registry
        )
        parts.append(function.text())
        codes = tuple(rule.code for rule in members)
        own = tuple((name, function.is_bare(name)) for name in function.own)
        table.append(f"    {scope!r}: ({codes!r}, {scope}, {own!r}),\n")
    return "".join([*parts, "SCOPES = {\n", *table, "}\n"])


class _Function:
    """The function of one scope."""

    def __init__(self, scope: str, rules: Sequence[Rule], registry: Registry) -> None:
        self.scope, self.rules, self.registry = scope, rules, registry
        self.innermost = registry.is_innermost(scope)
        self.facts: dict[str, int] = {}
        self.own: dict[str, int] = {}
        self.uses: dict[str, int] = {}
        asked: set[str] = set()
        for rule in rules:
            for name in dict.fromkeys(_read_by(rule)):
                self.uses[name] = self.uses.get(name, 0) + 1
            asked.update(_asked_by(rule))
        self.bare = {
            name for name in self.uses if registry.facts[name].data is not None and name not in asked
        }
        """Facts of which nothing but the data is read."""
        self.lines: list[str] = []
        self.read: set[str] = set()
        self.known: set[str] = set()

    def text(self) -> str:
        """Return its text."""
        for number, rule in enumerate(self.rules):
            self.read.clear()
            self.known.clear()
            self.rule(number, rule)
        shared = [f"v{number} = " for name, number in self.facts.items() if self.uses[name] > 1]
        head = [f"def {self.scope}(subject, get, on, options, read):", " found = []"]
        if shared:
            head.append(f" {''.join(shared)}...")
        return "\n".join([*head, *self.lines, " return found", ""])

    def rule(self, number: int, rule: Rule) -> None:
        """Write what one rule asks: whether it is meant at all, and whether what it says holds."""
        check, when = rule.check, rule.when
        self.add(1, f"if on[{number}]:")
        depth, suspect = 2, f"found.append({number})"
        if check is None:
            pass
        elif when is None:
            depth = self.parts(depth, check, "||", number)
        elif isinstance(when, Plain) and when.harmless:
            # It cannot err, so that either may settle it: first what is sooner read.
            if self.effort(when, "&&") <= self.effort(check, "||"):
                depth = self.parts(self.parts(depth, when, "&&", number), check, "||", number)
            else:
                depth = self.parts(self.parts(depth, check, "||", number), when, "&&", number)
        else:
            for part, facts in _parts(when, "&&"):
                depth = self.needed(depth, facts)
                self.judged(depth, part, number)
                self.add(depth, f"if value is None: {suspect}")
                self.add(depth, "elif value:")
                depth += 1
            depth = self.parts(depth, check, "||", number)
        self.add(depth, suspect)

    def parts(self, depth: int, expression: Expression, sign: str, number: int) -> int:
        """Write the parts of a condition that ``sign`` joins; return how deep what none of them settles stands."""
        for part, facts in _parts(expression, sign):
            depth = self.needed(depth, facts)
            self.judged(depth, part, number)
            self.add(depth, f"if value is not {sign == '||'}:")
            depth += 1
        return depth

    def effort(self, expression: Expression, sign: str) -> int:
        """Return how much it takes to read the first part of a condition: a list has to be made, costs derived."""
        part, needed = next(_parts(expression, sign))
        names = {*needed, *(() if part is None else _named_in(part))}
        lists = [name for name in names if self.registry.facts[name].type.startswith("list")]
        derived = [name for name in names if name.startswith("costs.")]
        return len(names) + len(lists) + 10 * len(derived)

    def add(self, depth: int, line: str) -> None:
        """Add a line."""
        self.lines.append(" " * depth + line)

    def needed(self, depth: int, facts: Iterable[str]) -> int:
        """Read facts without which a condition has no value; return how deep in conditions that leads."""
        for name in facts:
            if name not in self.known:
                self.known.add(name)
                self.fetch(depth, name)
                self.add(depth, f"if v{self.facts[name]} is not None:")
                depth += 1
        return depth

    def fetch(self, depth: int, name: str) -> None:
        """Read a fact, unless it was read."""
        if name in self.read:
            return
        self.read.add(name)
        number = self.number(name)
        if self.reads_itself(name):
            value = f"read[{self.own.setdefault(name, len(self.own))}](subject)"
        else:
            value = f"get({name!r})"
        self.add(depth, ("" if self.uses[name] == 1 else f"if v{number} is ...: ") + f"v{number} = {value}")

    def reads_itself(self, name: str) -> bool:
        """Tell whether a fact is read from the subject, and not looked up."""
        return self.innermost and self.registry.facts[name].scope == self.scope

    def number(self, name: str) -> int:
        """Return the number of a fact among the variables."""
        return self.facts.setdefault(name, len(self.facts))

    def judged(self, depth: int, tree: Tree | None, number: int) -> None:
        """Write the ``value`` of a condition of the rule ``number``: None where CEL has to say."""
        writer = _Condition(self, self.rules[number], number)
        try:
            code = None if tree is None else writer.of(tree)[0]
        except _Untyped:
            code = None
        if code is None:
            self.add(depth, "value = None")
            return
        for name in (*writer.asked, *writer.data):
            self.fetch(depth, name)
        self.add(depth, "try:")
        for name in writer.data:
            if name in self.known:
                self.guard(depth + 1, name)
        self.add(depth + 1, f"value = {code}")
        self.add(depth, "except _ERRORS: value = None")

    def guard(self, depth: int, name: str) -> None:
        """Take the data of a known fact, if it is of its type."""
        number, kind = self.facts[name], self.registry.facts[name].type
        given = f"v{number}" if self.is_bare(name) else f"v{number}.data"
        if kind in _NUMBERS:
            self.add(depth, f"d{number} = {given}")
            self.add(depth, f"if d{number}.__class__ is not {_NUMBERS[kind]}: raise Unsure")
        else:
            self.add(depth, f"d{number} = {'text' if kind == 'string' else 'listed'}({given})")

    def is_bare(self, name: str) -> bool:
        """Tell whether the variable of a fact holds its data alone."""
        return name in self.bare and self.reads_itself(name)


def _parts(expression: Expression, sign: str) -> Iterator[tuple[Tree | None, Sequence[str]]]:
    """Yield the conditions that ``sign`` joins, each with the facts that it needs: one may settle it."""
    if not isinstance(expression, Plain):
        yield None, expression.facts
        return
    for part in _joined(expression.tree, sign):
        named = _named_in(part)
        yield part, [name for name in expression.facts if name in named]


def _joined(tree: Tree, sign: str) -> Iterator[Tree]:
    if tree[0] != sign:
        yield tree
    else:
        yield from _joined(tree[1], sign)
        yield from _joined(tree[2], sign)


def _read_by(rule: Rule) -> Iterator[str]:
    """Yield the facts that the conditions of a rule read."""
    for expression in (rule.check, rule.when):
        if expression is not None:
            yield from expression.facts
            if isinstance(expression, Plain):
                yield from _named_in(expression.tree)


def _asked_by(rule: Rule) -> Iterator[str]:
    """Yield the facts of which the conditions of a rule ask more than the data: whether they are written, say."""
    for expression in (rule.check, rule.when):
        if isinstance(expression, Plain):
            yield from (name for name, data in _uses_in(expression.tree) if not data)
            yield from _named_in(expression.tree) - set(expression.facts)


def _named_in(tree: Tree) -> set[str]:
    """Return the facts in a condition."""
    return {name for name, _ in _uses_in(tree)}


def _uses_in(tree: Tree) -> Iterator[tuple[str, bool]]:
    """Yield the facts in a condition, and whether their data is meant there."""
    if tree[0] == "fact":
        yield tree[1], True
    elif tree[0] in _ASKING:
        yield tree[1], False
    elif tree[0] == "agrees":
        yield tree[2], False
    for inner in tree[1:]:
        if isinstance(inner, list):
            yield from _uses_in(inner)


_NUMBERS: Final = {"int": "int", "double": "float", "bool": "bool"}
_ASKING: Final = {
    "written": "(v{0} is not None and v{0}.origin == 'written')",
    "derived": "(v{0} is not None and v{0}.origin == 'derived')",
    "known": "(v{0} is not None)",
    "verified": "(v{0} is not None and v{0}.verified)",
}
_TYPES: Final = {int: "int", float: "double", bool: "bool", str: "string"}
_CALLS: Final = {
    "&&": ("({0} and {1})", "bool"),
    "||": ("({0} or {1})", "bool"),
    "!": ("(not {0})", "bool"),
    "in": ("({0} in {1})", "bool"),
    "contains": ("({1} in {0})", "bool"),
    "startsWith": ("{0}.startswith({1})", "bool"),
    "endsWith": ("{0}.endswith({1})", "bool"),
    "count": ("{0}.count({1})", "int"),
    "size": ("len({0})", "int"),
    "sum": ("whole(sum({0}))", "int"),
    "double": ("float({0})", "double"),
    "lower": ("{0}.lower()", "string"),
    "nearest": ("nearest({0}, {1})", "string"),
    "distinct": ("list(dict.fromkeys({0}))", ""),
}
"""Code and type; an empty one is that of the first operand."""

_LESS: Final = {
    "<": "less({0}, {1})",
    ">": "less({1}, {0})",
    "<=": "(not less({1}, {0}))",
    ">=": "(not less({0}, {1}))",
}


class _Condition:
    """Writes one condition of a rule, and gathers the facts whose data it reads, and those that it asks about."""

    def __init__(self, function: _Function, rule: Rule, number: int) -> None:
        self.function, self.options, self.rule = function, rule.options, number
        self.data: dict[str, None] = {}
        self.asked: dict[str, None] = {}
        self.bound: dict[str, str] = {}

    def of(self, tree: Tree) -> tuple[str, str]:
        """Return the code of a tree and its type; raise _Untyped where CEL's operator may differ from Python's."""
        head = tree[0]
        if head == "lit":
            return repr(tree[1]), _TYPES[type(tree[1])]
        if head == "option":
            return f"options[{self.rule}][{tree[1]!r}]", self.options[tree[1]].type
        if head == "fact":
            self.data[tree[1]] = None
            return self.fact(tree[1], self.function.number(tree[1]))
        if head == "var":
            return f"b_{tree[1]}", self.bound[tree[1]]
        if head in _ASKING:
            self.asked[tree[1]] = None
            return _ASKING[head].format(self.function.number(tree[1])), "bool"
        if head == "agrees":
            self.asked[tree[2]] = None
            return f"agrees({self.of(tree[1])[0]}, v{self.function.number(tree[2])})", "bool"
        if head == "matches":
            return f"matches({self.of(tree[1])[0]}, {tree[2]!r})", "bool"
        if head in ("all", "exists"):
            return self.quantified(*tree)
        inner = [self.of(each) for each in tree[1:]]
        codes, kinds = [code for code, _ in inner], [kind for _, kind in inner]
        if head == "list":
            return f"[{', '.join(codes)}]", f"list<{_one(kinds) if kinds else ''}>"
        if head == "?":
            return f"({codes[1]} if {codes[0]} else {codes[2]})", _one(kinds[1:])
        if head == "double" and kinds[0] not in ("int", "double"):
            raise _Untyped  # of a text CEL makes a number as well, and not as Python does
        if head in _CALLS:
            pattern, kind = _CALLS[head]
            return pattern.format(*codes), kind or kinds[0]
        return self.operator(head, codes, _one(kinds))

    def fact(self, name: str, number: int) -> tuple[str, str]:
        """Return the code for the data of a fact, which is asked for only where the condition says that it is known."""
        kind = self.function.registry.facts[name].type
        if name in self.function.known:
            return f"d{number}", kind
        if kind in _NUMBERS:
            return f"data(v{number}, {_NUMBERS[kind]})", kind
        return f"{'text' if kind == 'string' else 'listed'}(v{number}.data)", kind

    def quantified(self, head: str, items: Tree, variable: str, body: Tree) -> tuple[str, str]:
        """Return the code for all or some of a list's elements."""
        code, kind = self.of(items)
        around = self.bound
        self.bound = {**around, variable: kind[5:-1]}
        inner, _ = self.of(body)
        self.bound = around
        return f"{'all' if head == 'all' else 'any'}({inner} for b_{variable} in {code})", "bool"

    @staticmethod
    def operator(head: str, codes: Sequence[str], kind: str) -> tuple[str, str]:
        """Return the code of an operator between values of one type, or before one."""
        if head == "neg":
            code = f"(-{codes[0]})"
        elif head in ("/", "%"):
            return f"{'divided' if head == '/' else 'remainder'}({', '.join(codes)})", kind
        elif head in ("+", "-", "*"):
            code = f"({codes[0]} {head} {codes[1]})"
        elif kind == "double" and head in _LESS:
            return _LESS[head].format(*codes), "bool"
        else:
            return f"({codes[0]} {head} {codes[1]})", "bool"
        return (f"whole{code}" if kind == "int" else code), kind


def _one(kinds: Sequence[str]) -> str:
    """Return the type that all have."""
    if len(set(kinds)) != 1 or not kinds[0]:
        raise _Untyped
    return kinds[0]
