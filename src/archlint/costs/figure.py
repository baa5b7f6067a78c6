"""A figure: a number or none, whether it is verified, and why not."""

from __future__ import annotations

from archlint.values import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One cost. ``value`` None means that it cannot be derived; ``reason`` then says why.

    ``verified`` False: it rests on a structure or a default that was not checked, and ``reason`` says on
    which. ``estimate``: exact bytes would need the headers of the weight files.
    """

    value: int | None
    verified: bool = True
    reason: str = ""
    estimate: bool = False
