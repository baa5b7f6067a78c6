"""Messages with slots: ``{fact}``, ``{fact:format}``, ``{any + expression:format}``; ``{{`` shows a brace."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from archlint.facts.registry import Reading, Registry, Value
from archlint.patterns import pattern
from archlint.rules.expressions import Compiler, EvaluationError, Evaluator, ExpressionError
from archlint.rules.rule import Expression, OptionValue, Slot, Template
from archlint.rules.show import FORMATS, show

_PIECE = pattern(r"\{\{|\}\}|\{([^{}]*)\}|\{|\}")
_LONGEST = 200
"""Characters that a slot may show: a file may hold texts of any length, a message is one line to read."""

_FORMAT = pattern(rf"\s*:\s*({'|'.join(FORMATS)})\s*$")


def parse(text: str, compile_slot: Callable[[str], Expression]) -> Template:
    """Split ``text`` into literals and slots; raise ExpressionError with the offset of what is wrong."""
    parts: list[str | Slot] = []
    literal = ""
    done = 0
    for piece in _PIECE.finditer(text):
        literal += text[done : piece.start()]
        done = piece.end()
        if piece[0] in ("{{", "}}"):
            literal += piece[0][0]
        elif piece[1] is None:
            raise ExpressionError("a brace that belongs to no pair; write it twice to show it", piece.start())
        else:
            if literal:
                parts.append(literal)
                literal = ""
            found = _FORMAT.search(piece[1])
            inner = piece[1][: found.start()] if found else piece[1]
            try:
                parts.append(Slot(compile_slot(inner.strip()), found[1] if found else ""))
            except ExpressionError as error:
                lead = len(inner) - len(inner.lstrip())
                raise ExpressionError(error.message, piece.start() + 1 + lead + error.offset) from None
    literal += text[done:]
    if literal:
        parts.append(literal)
    return tuple(parts)


def compiled(text: str, compiler: Compiler) -> Template:
    """Split ``text``; its slots are facts or expressions."""
    return parse(text, compiler.expression)


def named(text: str) -> Template:
    """Split ``text``; its slots are plain names, which the stage that raises the rule fills in."""

    def name(inner: str) -> Expression:
        if not re.fullmatch(r"\w+", inner):
            raise ExpressionError("a name is wanted between braces, as the rule is raised by another stage")
        return Expression(inner, b"", (inner,))

    return parse(text, name)


def facts_of(template: Template) -> tuple[str, ...]:
    """Return the facts that a template shows."""
    return tuple(f for part in template if isinstance(part, Slot) for f in part.expression.facts)


def fill(
    template: Template,
    reading: Reading,
    registry: Registry,
    evaluator: Evaluator,
    options: Mapping[str, OptionValue],
) -> str:
    """Return the text of a template for one subject; raise EvaluationError when a slot has no value."""
    parts: list[str] = []
    for part in template:
        if isinstance(part, str):
            parts.append(part)
            continue
        expression = part.expression
        if expression.code:
            parts.append(_short(show(evaluator.evaluate(expression, reading, options), part.format)))
            continue
        name = expression.facts[0]
        value = reading.get(name)
        if value is None:
            raise EvaluationError(f"{name} is unknown")
        parts.append(_short(_shown(value, part.format, registry.facts[name].unit)))
    return "".join(parts)


def fill_named(template: Template, values: Mapping[str, str]) -> str:
    """Return the text of a template whose slots are plain names."""
    return "".join(
        part if isinstance(part, str) else _short(values.get(part.expression.text, "")) for part in template
    )


def _shown(value: Value, form: str, unit: str) -> str:
    if form == "text" and value.text is not None:
        return value.text
    return show(value.data, form, unit)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
