"""How the weights of a checkpoint are quantised, from ``quantization_config``."""

from __future__ import annotations

from collections.abc import Callable

from archlint.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantization:
    """A quantisation as the config states it.

    ``bits`` of a quantised weight; ``group`` weights along a row share ``scale_bits`` of scale and
    ``zero_bits`` of zero point; ``block`` (rows, columns) share one scale instead. ``tensor_bits`` is added
    once per tensor, ``row_bits`` once per row, ``column_bits`` once per column. ``kept``: names or patterns
    of modules that stay as they are; ``only``: when not empty, only names holding one of these are quantised.
    ``others``: modules that are quantised in another way, the first that covers a name counts;
    ``listed_only``: nothing but those is quantised. ``tables``: the embedding is quantised, too.
    """

    method: str
    bits: int
    group: int | None = None
    scale_bits: int = 0
    zero_bits: int = 0
    block: tuple[int, int] | None = None
    tensor_bits: int = 0
    row_bits: int = 0
    column_bits: int = 0
    kept: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    others: tuple[tuple[str, Quantization], ...] = ()
    listed_only: bool = False
    keeps_head: bool = True
    tables: bool = False


class Storage:
    """How a checkpoint keeps its weights; ``read`` gives the quantisation, and why it is not known, when asked."""

    __slots__ = ("_found", "_read")

    def __init__(self, read: Callable[[], tuple[Quantization | None, str]] | None = None) -> None:
        self._read = read
        self._found: tuple[Quantization | None, str] = (None, "")

    def _asked(self) -> tuple[Quantization | None, str]:
        if self._read is not None:
            self._found, self._read = self._read(), None
        return self._found

    @property
    def quantization(self) -> Quantization | None:
        """The quantisation; None where there is none, or none that is known."""
        return self._asked()[0]

    @property
    def gap(self) -> str:
        """Why the size of the weights is not derived, empty where it is."""
        return self._asked()[1]
