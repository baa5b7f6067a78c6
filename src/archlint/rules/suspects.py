"""Which rules may find something: what the functions that are written for the rules are, and what they call.

For each scope there is one function (``rules/writing.py``). It gets a subject, and names the rules that are suspects:
those whose conditions do not certainly hold. A suspect costs time; CEL has the word on it, and on every finding.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from archlint.facts.registry import Data, Fact, Value, is_measured
from archlint.values import NamedTuple

Get: TypeAlias = Callable[[str], "Value | None"]
Readers: TypeAlias = Sequence[Callable[[Any], "Value | Data | None"]]
Function: TypeAlias = Callable[[Any, Get, Sequence[bool], Sequence[Mapping[str, Any]], Readers], list[int]]
"""Gets a subject, what reads facts, which rules run, their options, and the readers of the scope's own facts; returns
the numbers of the suspects."""


class Written(NamedTuple):
    """The function of one scope: the codes of its rules, and the facts of the scope that it reads without ``Get``.

    ``own`` holds with each whether its data alone is read.
    """

    codes: tuple[str, ...]
    function: Function
    own: tuple[tuple[str, bool], ...]


NOTHING: Final = Written((), lambda *_: [], ())
Table: TypeAlias = Mapping[str, Written]
"""What is written for some rules, by scope."""


def table_of(code: object) -> Table:
    """Return what a module that ``rules/writing.py`` wrote and Python compiled says."""
    names: dict[str, Any] = {}
    exec(code, names)  # type: ignore[arg-type]
    return {scope: Written(*parts) for scope, parts in names["SCOPES"].items()}


def reader(fact: Fact, bare: bool) -> Callable[[Any], Value | Data | None]:
    """Return what reads a fact from its subject: a value, or where that is ``bare``, the data of one."""
    return fact.data if bare and fact.data is not None else fact.read


def reader_through(get: Get, name: str, bare: bool) -> Callable[[Any], Value | Data | None]:
    """Return the same for a fact that is looked up, whatever the subject."""

    def read(_: Any) -> Value | Data | None:
        value = get(name)
        return value if value is None or not bare else value.data

    return read


class Unsure(Exception):  # noqa: N818  (a verdict, no error)
    """CEL has to say."""


_LONG: Final = 200
_LEAST, _GREATEST = -(2**63), 2**63 - 1


def whole(value: int) -> int:
    """Return a whole number that CEL can hold."""
    if _LEAST <= value <= _GREATEST:
        return value
    raise Unsure


def divided(left: Any, right: Any) -> Any:
    """Return a quotient."""
    if type(left) is not type(right) or right == 0:
        raise Unsure
    if isinstance(left, int):
        if left < 0 or right < 0:
            raise Unsure
        return left // right
    return left / right


def remainder(left: Any, right: Any) -> Any:
    """Return a remainder."""
    if type(left) is not int or type(right) is not int or left < 0 or right <= 0:
        raise Unsure
    return left % right


def less(left: float, right: float) -> bool:
    """Compare numbers, of which CEL compares some otherwise."""
    if left != left or right != right:
        raise Unsure
    return left < right


def nearest(word: str, words: Sequence[str]) -> str:
    """Return a word that is itself among ``words``."""
    if word in words:
        return word
    raise Unsure


def agrees(number: Any, value: Value | None) -> bool:
    """Tell whether a written figure agrees with a whole number."""
    if value is None or not is_measured(value.data) or not isinstance(number, int):
        raise Unsure
    return value.data.agrees(number)


def matches(subject: str, expression: str) -> bool:
    """Tell whether a regular expression matches somewhere in a text, of such a length that the time does not matter."""
    if len(subject) > _LONG:
        raise Unsure
    return re.search(expression, subject) is not None


def data(value: Value | None, kind: type) -> Any:
    """Return the number or truth value of a fact that may be unknown."""
    if value is None or value.data.__class__ is not kind:
        raise Unsure
    return value.data


def text(data: Any) -> str:
    """Return a text that CEL reads as Python does."""
    if data.__class__ is str and data.isascii():
        return data
    raise Unsure


def listed(data: Any) -> list[Any]:
    """Return a list that CEL reads as Python does."""
    if not isinstance(data, list | tuple):
        raise Unsure
    if data and isinstance(data[0], str) and not "".join(data).isascii():
        raise Unsure
    return data if isinstance(data, list) else list(data)
