"""``archlint.values`` beside the standard library: the same classes, said in the same words, behave alike."""

from __future__ import annotations

import collections
import dataclasses
import pickle
from typing import Any, ClassVar

import pytest

from archlint import values


def classes(module: Any) -> dict[str, Any]:
    """Define the same classes with ``module.dataclass``."""
    dataclass, field = module.dataclass, module.field

    @dataclass(frozen=True, slots=True)
    class Point:
        x: int
        y: int = 2
        kind: ClassVar[str] = "point"

        def sum(self) -> int:
            return self.x + self.y

    @dataclass(frozen=True)
    class Loose:
        name: str
        tags: list[str] = field(default_factory=list)
        hidden: int = field(default=0, repr=False, compare=False)

    @dataclass(slots=True, eq=False, weakref_slot=True)
    class Identity:
        value: int

    @dataclass(frozen=True, slots=True, order=True)
    class Ordered:
        first: int
        second: int

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Keyed:
        a: int
        b: int = 1

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Deeper(Keyed):
        c: int

    @dataclass(slots=True)
    class Open:
        items: list[int] = field(default_factory=list)

    @dataclass
    class After:
        x: int
        twice: int = field(init=False, default=0)

        def __post_init__(self) -> None:
            self.twice = 2 * self.x

    return {each.__name__: each for each in (Point, Loose, Identity, Ordered, Keyed, Deeper, Open, After)}


OURS, THEIRS = classes(values), classes(dataclasses)
CALLS = [
    ("Point", (1,), {}),
    ("Point", (1, 3), {}),
    ("Point", (), {"y": 4, "x": 5}),
    ("Loose", ("n",), {"hidden": 3}),
    ("Identity", (1,), {}),
    ("Ordered", (1, 2), {}),
    ("Keyed", (), {"a": 1}),
    ("Deeper", (), {"a": 1, "c": 3}),
    ("Open", (), {}),
    ("After", (2,), {}),
]


@pytest.mark.parametrize(("name", "arguments", "keywords"), CALLS)
def test_an_instance_behaves_as_the_standard_librarys(
    name: str, arguments: tuple[object, ...], keywords: dict[str, object]
) -> None:
    ours, theirs = OURS[name](*arguments, **keywords), THEIRS[name](*arguments, **keywords)
    assert repr(ours).rpartition("<locals>.")[2] == repr(theirs).rpartition("<locals>.")[2]
    assert (ours == OURS[name](*arguments, **keywords)) == (theirs == THEIRS[name](*arguments, **keywords))
    assert ours != theirs
    assert hasattr(ours, "__dict__") == hasattr(theirs, "__dict__")
    assert (type(ours).__hash__ is None) == (type(theirs).__hash__ is None)
    assert [f.name for f in values.fields(ours)] == [f.name for f in dataclasses.fields(theirs)]
    assert [f.name for f in dataclasses.fields(ours)] == [f.name for f in dataclasses.fields(theirs)]
    assert type(ours).__match_args__ == type(theirs).__match_args__


@pytest.mark.parametrize("replace", [values.replace, dataclasses.replace])
def test_either_replace_takes_either_class(replace: Any) -> None:
    for made in (OURS, THEIRS):
        assert replace(made["Point"](1), y=7) == made["Point"](1, 7)
        assert replace(made["Deeper"](a=1, c=2), c=3) == made["Deeper"](a=1, c=3)
        with pytest.raises(TypeError):
            replace(made["Point"](1), z=1)


def test_frozen_values_refuse_changes_and_hash_by_value() -> None:
    point = OURS["Point"](1)
    for change in (lambda: setattr(point, "x", 2), lambda: delattr(point, "x")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            change()
    assert hash(point) == hash(OURS["Point"](1))
    assert len({OURS["Loose"].__hash__, OURS["Point"].__hash__}) == 1


def test_order_methods_and_wrong_calls() -> None:
    ordered = OURS["Ordered"]
    assert sorted([ordered(2, 1), ordered(1, 2)])[0] == ordered(1, 2)
    assert ordered(1, 1) <= ordered(1, 1)
    assert not ordered(1, 1) > ordered(1, 1)
    with pytest.raises(TypeError):
        _ = ordered(1, 1) < (1, 1)
    assert OURS["Point"](1, 3).sum() == 4
    for wrong in (lambda: OURS["Point"](), lambda: OURS["Point"](1, 2, 3), lambda: OURS["Keyed"](1)):
        with pytest.raises(TypeError):
            wrong()
    first, second = OURS["Open"](), OURS["Open"]()
    first.items.append(1)
    assert second.items == []


@values.dataclass(frozen=True, slots=True)
class Sent:
    x: int
    y: tuple[int, ...] = ()


def test_frozen_slotted_values_can_be_pickled() -> None:
    assert pickle.loads(pickle.dumps(Sent(1, (2,)))) == Sent(1, (2,))


class Point(values.NamedTuple):
    """A place."""

    x: int
    y: int = 2

    @property
    def both(self) -> int:
        """The sum."""
        return self.x + self.y


class Named(Point):
    """A place with a name."""

    name: str = "here"


def test_named_tuples_are_as_those_of_the_standard_library() -> None:
    standard = collections.namedtuple("standard", ("x", "y"), defaults=(2,))
    assert Point._fields == standard._fields
    assert Point._field_defaults == standard._field_defaults
    assert Point(1) == (1, 2)
    assert Point(x=1, y=3).both == 4
    assert Point(1)._replace(y=5) == (1, 5)
    assert repr(Point(1)) == "Point(x=1, y=2)"
    assert pickle.loads(pickle.dumps(Point(7))) == Point(7)
    assert Point.__doc__ == "A place."
    assert Point.__module__ == __name__
    assert isinstance(Named(1), Point)
    with pytest.raises(AttributeError):
        Point(1).x = 3  # type: ignore[misc]
    with pytest.raises(TypeError):
        Point()  # type: ignore[call-arg]
