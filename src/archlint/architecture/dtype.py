"""Number formats, by the names that configs and tools use for them."""

from __future__ import annotations

from typing import Final

from archlint.values import NamedTuple


class Dtype(NamedTuple):
    """A number format: its short name and its width in bits."""

    name: str
    bits: int

    def bytes(self, elements: int) -> int:
        """Return the bytes that ``elements`` numbers take, the last one filled up."""
        return -(-elements * self.bits // 8)


BF16: Final = Dtype("bf16", 16)
FP32: Final = Dtype("fp32", 32)

_NAMES: Final = {
    "bf16": ("bf16", 16),
    "bfloat16": ("bf16", 16),
    "fp16": ("fp16", 16),
    "float16": ("fp16", 16),
    "half": ("fp16", 16),
    "fp32": ("fp32", 32),
    "float32": ("fp32", 32),
    "float": ("fp32", 32),
    "fp64": ("fp64", 64),
    "float64": ("fp64", 64),
    "double": ("fp64", 64),
    "fp8": ("fp8", 8),
    "fp8_e4m3": ("fp8", 8),
    "fp8_e5m2": ("fp8", 8),
    "float8_e4m3fn": ("fp8", 8),
    "float8_e5m2": ("fp8", 8),
    "int8": ("int8", 8),
    "uint8": ("int8", 8),
    "fp4": ("fp4", 4),
    "int4": ("int4", 4),
    "uint4": ("int4", 4),
}

DTYPES: Final = tuple(sorted(_NAMES))
"""The names that are read."""


def read_dtype(name: str) -> Dtype | None:
    """Return the format called ``name`` (``torch.`` in front is allowed), None when there is none."""
    found = _NAMES.get(name.lower().removeprefix("torch."))
    return None if found is None else Dtype(*found)
