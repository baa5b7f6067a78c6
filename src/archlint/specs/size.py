"""A whole number that knows which key of a config it came from.

A ``Size`` is an ``int`` and is used like one. What could not be read is a ``Size`` too, an ``Unknown``:
arithmetic with it gives an ``Unknown`` again, so that a figure that needs it is absent with the reason,
and everything that does not need it stays exact.
"""

from __future__ import annotations

from typing import Final, Literal, NoReturn, TypeAlias

Origin: TypeAlias = Literal["written", "alias", "default", "derived", "absent"]

LARGEST: Final = 2**40
"""The greatest size that is read; no dimension of a model comes near it."""


class Unreadable(Exception):  # noqa: N818 (it names a state of the file, not a failure of ours)
    """A value is needed that the config does not give; the text says which and why."""


class Size(int):
    """A positive (or zero) whole number from a config.

    ``key`` is the key as written in the file, or the class's name of it when it is a default; empty for a
    derived value, whose ``text`` then says how it was derived: ``hidden_size / num_attention_heads``.
    """

    key: str
    origin: Origin
    text: str

    def __new__(cls, value: int, key: str = "", origin: Origin = "derived", text: str = "") -> Size:
        """Return ``value`` with its provenance."""
        size = int.__new__(cls, value)
        size.key = key
        size.origin = origin
        size.text = text or key
        return size


class Unknown(Size):
    """A size that is not known, and why. Arithmetic passes it on; a decision on it raises ``Unreadable``."""

    reason: str

    def __new__(cls, reason: str, key: str = "") -> Unknown:
        """Return an unknown size; ``reason`` is a sentence without a full stop."""
        size = Size.__new__(cls, 0, key, "absent")
        assert isinstance(size, Unknown)
        size.reason = reason
        return size

    def _same(self, _other: object = None, _modulus: object = None) -> int:
        return self

    def _refuse(self, *_: object) -> NoReturn:
        raise Unreadable(self.reason)

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _same
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __neg__ = __abs__ = _same
    __pow__ = __rpow__ = _same  # type: ignore[assignment]
    __truediv__ = __rtruediv__ = _same
    __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __int__ = __index__ = __format__ = _refuse

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        return f"Unknown({self.reason!r})"


def derived(value: int, text: str) -> Size:
    """Return ``value`` as a size worked out from others; ``text`` says from which, with the config's keys."""
    if isinstance(value, Unknown):
        return value
    return Size(value, "", "derived", text)


def over(whole: int, parts: int) -> Size:
    """Return ``whole`` divided by ``parts``, rounded down, told in the config's own keys."""
    value = whole // parts
    return value if isinstance(value, Unknown) else derived(value, f"{_text(whole)} / {_text(parts)}")


def _text(value: int) -> str:
    """Return where a number comes from, in brackets where it is a sum; a plain number as it is."""
    text = value.text if isinstance(value, Size) else ""
    return f"({text})" if " + " in text or " - " in text else text or f"{int(value):,}"
