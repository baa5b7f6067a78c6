"""CEL: the types of facts and functions, compiling with type checks, and evaluating on a reading of facts.

Expressions are checked in an environment where every fact has its type, and run in one where a quantity is
the name of its fact: CEL values cannot hold foreign objects, and rules never need to look into a quantity.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from archlint.facts.registry import Data, FactType, Reading, Registry, Value, is_measured
from archlint.patterns import pattern
from archlint.rules.plain import Plain, parse
from archlint.rules.rule import Expression, OptionType, OptionValue, Rule

if TYPE_CHECKING:
    from cel_expr_python import cel

# The functions that rules may call beside CEL's own: name, parameters, result.
SIGNATURES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("agrees", ("int", "quantity"), "bool"),
    ("agrees", ("double", "quantity"), "bool"),
    ("written", ("string",), "bool"),
    ("derived", ("string",), "bool"),
    ("known", ("string",), "bool"),
    ("verified", ("string",), "bool"),
    ("nearest", ("string", "list<string>"), "string"),
    ("lower", ("string",), "string"),
    ("sum", ("list<int>",), "int"),
    ("count", ("list<int>", "int"), "int"),
    ("count", ("list<string>", "string"), "int"),
    ("distinct", ("list<string>",), "list<string>"),
    ("distinct", ("list<int>",), "list<int>"),
)

FACT_TAKING = ("written", "derived", "known", "verified")

_STRING = pattern(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")
_DOTTED = pattern(r"(?<![\w.])[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_FACT_CALL = pattern(rf"\b({'|'.join(FACT_TAKING)})\s*\(\s*(?:(\"[^\"]*\"|'[^']*')\s*\))?")
_CEL_ERROR = pattern(r"ERROR: <input>:(\d+):(\d+): (.*)")
_UNDECLARED = pattern(r"undeclared reference to '([^']+)'")


class ExpressionError(ValueError):
    """An expression does not compile. ``offset`` is where in its text."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class EvaluationError(Exception):
    """An expression met a value that it cannot work with: division by zero, a 64-bit overflow."""


class Compiler:
    """Compiles the expressions of one rule: the facts of its scope and its own options are its variables."""

    def __init__(self, registry: Registry, scope: str, options: Mapping[str, OptionType]) -> None:
        from cel_expr_python import cel

        self._registry = registry
        self._scope = scope
        self._chain = registry.chain(scope)
        types = {name: fact.type for name, fact in registry.facts.items() if fact.scope in self._chain}
        variables = {name: _cel_type(type_) for name, type_ in types.items()}
        variables |= {f"options.{name}": _cel_type(type_) for name, type_ in options.items()}
        self._types: dict[str, FactType] = types
        self._env = cel.NewEnv(variables=variables, functions=_declarations(checking=True))

    def expression(self, text: str, result: FactType | None = None) -> Expression:
        """Compile ``text``; raise ExpressionError unless it is well typed and gives ``result``, if asked."""
        facts, options, optional = self._names(text)
        if facts == (text.strip(),) and result is None:
            return Expression(text.strip(), b"", facts)
        try:
            compiled = self._env.compile(text)
        except RuntimeError as error:
            raise self._explain(text, str(error)) from None
        if result is not None and compiled.return_type() != _cel_type(result):
            given = compiled.return_type().name().lower()
            raise ExpressionError(f"gives {given}, where {result} is wanted")
        needed = tuple(f for f in facts if f not in optional)
        return Plain.of(Expression(text, compiled.serialize(), needed, options), parse(text, self._types))

    def check_name(self, name: str) -> None:
        """Raise ExpressionError unless ``name`` is a fact that rules of this scope may use."""
        if name not in self._types:
            raise ExpressionError(self._unknown(name))

    def _names(self, text: str) -> tuple[tuple[str, ...], tuple[str, ...], frozenset[str]]:
        """Return the facts, the options and the facts asked about by ``known`` in an expression."""
        optional = set()
        for call in _FACT_CALL.finditer(text):
            if call[2] is None:
                raise ExpressionError(f"{call[1]}() takes the name of a fact in quotes", call.start())
            name = call[2][1:-1]
            if name not in self._types:
                raise ExpressionError(self._unknown(name), call.start(2) + 1)
            if call[1] == "known":
                optional.add(name)
        bare = _STRING.sub(lambda match: " " * len(match[0]), text)
        facts: dict[str, None] = {}
        options: dict[str, None] = {}
        for token in _DOTTED.finditer(bare):
            parts = token[0].split(".")
            if parts[0] == "options":
                options[parts[1]] = None
                continue
            for length in range(len(parts), 1, -1):
                name = ".".join(parts[:length])
                if name in self._types:
                    facts[name] = None
                    break
        return tuple(facts), tuple(options), frozenset(optional)

    def _explain(self, text: str, error: str) -> ExpressionError:
        undeclared = _UNDECLARED.search(error)
        if undeclared and (
            "." in undeclared[1] or undeclared[1] in {n.split(".")[0] for n in self._registry.facts}
        ):
            name = undeclared[1]
            token = next((t for t in _DOTTED.finditer(text) if t[0].startswith(name)), None)
            full = token[0] if token else name
            return ExpressionError(self._unknown(full), token.start() if token else 0)
        found = _CEL_ERROR.search(error)
        if found is None:
            return ExpressionError(error.splitlines()[0] if error else "does not compile")
        message = re.sub(r" applied to ", " for ", found[3]).replace(" (in container '')", "")
        if undeclared:
            message = f"unknown name {undeclared[1]}"
            import difflib

            near = difflib.get_close_matches(undeclared[1], {name for name, _, _ in SIGNATURES}, n=1)
            message += f", did you mean {near[0]}()?" if near else ""
        lines = text.splitlines(keepends=True)
        line = int(found[1])
        return ExpressionError(message, sum(map(len, lines[: line - 1])) + max(0, int(found[2]) - 1))

    def _unknown(self, name: str) -> str:
        fact = self._registry.facts.get(name)
        if fact is not None:
            return f"fact {name} needs a rule with each: {fact.scope}; this one has each: {self._scope}"
        if name.startswith("options."):
            return f"option {name.removeprefix('options.')} is not declared under options"
        import difflib

        near = difflib.get_close_matches(name, self._types, n=1, cutoff=0.6)
        return f"unknown fact {name}" + (f", did you mean {near[0]}?" if near else "")


class Evaluator:
    """Evaluates compiled expressions. Not for two threads at once: functions look at the reading at hand."""

    def __init__(self) -> None:
        self._reading: Reading | None = None
        self._expressions: dict[bytes, cel.Expression] = {}
        self._env: cel.Env | None = None

    def evaluate(self, expression: Expression, reading: Reading, options: Mapping[str, OptionValue]) -> Data:
        """Return the value of ``expression``; raise EvaluationError when it has none."""
        if not expression.code:
            value = reading.get(expression.facts[0])
            if value is None:
                raise EvaluationError(f"{expression.facts[0]} is unknown")
            return value.data
        data: dict[str, object] = {}
        for name in expression.facts:
            value = reading.get(name)
            if value is not None:
                data[name] = _sendable(name, value)
        for name in _optional_facts(expression):
            value = reading.get(name)
            if value is not None:
                data[name] = _sendable(name, value)
        for name in expression.options:
            data[f"options.{name}"] = options[name]
        compiled = self._expressions.get(expression.code)
        if compiled is None:
            compiled = self._expressions[expression.code] = self._environment().deserialize(expression.code)
        self._reading = reading
        try:
            result = compiled.eval(data=data)
            plain: Any = result.plain_value()
            failed = result.type().name() == "ERROR"
        except (RuntimeError, ValueError, TypeError, OverflowError) as error:
            raise EvaluationError(str(error)) from None
        finally:
            self._reading = None
        if failed and str(plain).startswith("ABORTED"):
            raise KeyboardInterrupt  # which came while CEL called one of the functions
        if failed:
            raise EvaluationError(str(plain).partition(": ")[2] or str(plain))
        return plain  # type: ignore[no-any-return]

    def _environment(self) -> cel.Env:
        if self._env is None:
            from cel_expr_python import cel

            self._env = cel.NewEnv(functions=_declarations(checking=False, evaluator=self))
        return self._env

    def value(self, name: str) -> Value | None:
        """Return a fact of the reading that is being evaluated."""
        return None if self._reading is None else self._reading.get(name)


@cache
def _optional_names(text: str) -> tuple[str, ...]:
    return tuple({call[2][1:-1] for call in _FACT_CALL.finditer(text) if call[2] and call[1] == "known"})


def asked_about(rule: Rule) -> frozenset[str]:
    """Return the facts of which a rule asks whether they are known or written, without needing them."""
    conditions = [each.text for each in (rule.check, rule.when) if each is not None]
    return frozenset(call[2][1:-1] for text in conditions for call in _FACT_CALL.finditer(text) if call[2])


def _optional_facts(expression: Expression) -> tuple[str, ...]:
    return _optional_names(expression.text) if "known" in expression.text else ()


def _sendable(name: str, value: Value) -> object:
    data = value.data
    if isinstance(data, str):
        return data if data.isascii() else data.encode("utf-8", "replace").decode("utf-8")
    if isinstance(data, int | float):
        return data
    if isinstance(data, list | tuple):
        return [
            item.encode("utf-8", "replace").decode("utf-8") if isinstance(item, str) else item
            for item in data
        ]
    return name


@cache
def _cel_type(name: str) -> Any:
    from cel_expr_python import cel

    if name == "quantity":
        return cel.Type.AbstractType("quantity")
    if name.startswith("list<"):
        return cel.Type.List(_cel_type(name[5:-1]))
    return {
        "int": cel.Type.INT,
        "double": cel.Type.DOUBLE,
        "bool": cel.Type.BOOL,
        "string": cel.Type.STRING,
    }[name]


def _declarations(checking: bool, evaluator: Evaluator | None = None) -> list[Any]:
    from cel_expr_python import cel

    implementations = _implementations(evaluator)
    overloads: dict[str, list[Any]] = {}
    registered: set[tuple[str, ...]] = set()
    for name, parameters, result in SIGNATURES:
        kinds = [p if checking or p != "quantity" else "string" for p in parameters]
        if not checking:
            # Running, overloads are told apart by kinds alone, and every list is one kind.
            key = (name, *("list" if kind.startswith("list") else kind for kind in kinds))
            if key in registered:
                continue
            registered.add(key)
        overloads.setdefault(name, []).append(
            cel.Overload(
                f"{name}_{'_'.join(parameters)}".replace("<", "_").replace(">", ""),
                _cel_type(result),
                [_cel_type(kind) for kind in kinds],
                False,
                implementations[name],
            )
        )
    return [cel.FunctionDecl(name, these) for name, these in overloads.items()]


def _implementations(evaluator: Evaluator | None) -> Mapping[str, Callable[..., object]]:
    def value(name: str) -> Value | None:
        return None if evaluator is None else evaluator.value(name)

    def agrees(number: int | float, name: str) -> bool:
        from fractions import Fraction

        found = value(name)
        if found is None or not is_measured(found.data):
            raise ValueError(f"{name} is unknown")
        return found.data.agrees(number if isinstance(number, int) else Fraction(number))

    def written(name: str) -> bool:
        found = value(name)
        return found is not None and found.origin == "written"

    def derived(name: str) -> bool:
        found = value(name)
        return found is not None and found.origin == "derived"

    def known(name: str) -> bool:
        return value(name) is not None

    def verified(name: str) -> bool:
        found = value(name)
        return found is not None and found.verified

    def count(items: list[object], item: object) -> int:
        return sum(1 for each in items if each == item)

    def distinct(items: list[object]) -> list[object]:
        return list(dict.fromkeys(items))

    return {
        "agrees": agrees,
        "written": written,
        "derived": derived,
        "known": known,
        "verified": verified,
        "nearest": lambda word, words: _nearest(word, tuple(words)),
        "lower": lambda text: text.lower(),
        "sum": lambda items: sum(items),
        "count": count,
        "distinct": distinct,
    }


@lru_cache(maxsize=1000)
def _nearest(word: str, known: tuple[str, ...]) -> str:
    import difflib

    from archlint.specs.near import is_slip

    if word in known:
        return word
    spelt = {_plain(each): each for each in reversed(known)}
    plain = _plain(word)
    near = difflib.get_close_matches(plain, list(spelt), n=3, cutoff=0.75)
    # word by word, since pack_dtype is no backward_dtype; a long key may have one of its words cut short
    alike = difflib.get_close_matches(plain, near, n=1, cutoff=0.9)
    return next((spelt[each] for each in near if each in alike or is_slip(word, each)), "")


def _plain(word: str) -> str:
    """Return a word without what nobody means by it: letter case, hyphens for underscores, spaces around."""
    return word.strip().casefold().replace("-", "_")
