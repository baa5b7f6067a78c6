"""How the weights of a checkpoint are quantised, from ``quantization_config``."""

from __future__ import annotations

from archlint.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantization:
    """A quantisation as the config states it.

    ``bits`` of a quantised weight; ``group`` weights along a row share ``scale_bits`` of scale and
    ``zero_bits`` of zero point; ``block`` (rows, columns) share one scale instead. ``tensor_bits`` is added
    once per tensor, ``row_bits`` once per row. ``kept``: names or patterns of modules that stay as they
    are; ``kept_layers``: the same for modules of single layers, each with the layers it is named in;
    ``only``: when not empty, only names holding one of these are quantised. ``experts``: routed experts are
    stored in another way than the rest.
    """

    method: str
    bits: int
    group: int | None = None
    scale_bits: int = 0
    zero_bits: int = 0
    block: tuple[int, int] | None = None
    tensor_bits: int = 0
    row_bits: int = 0
    kept: tuple[str, ...] = ()
    kept_layers: tuple[tuple[str, frozenset[str]], ...] = ()
    only: tuple[str, ...] = ()
    keeps_head: bool = True
    experts: Quantization | None = None
