"""Quantisation that is not stated in config.json: NVIDIA's ModelOpt writes a file of its own beside it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from archlint.source.document import Document
from archlint.source.tree import Node, Plain

BESIDE: Final = "hf_quant_config.json"

_STATED: Final = ("quantization_config", "compression_config", "quantization")


def stated_beside(root: Node, name: str, find: Callable[[], Document | None]) -> dict[str, Plain] | None:
    """Return what stands beside the config ``root`` of the file called ``name``, where that says nothing itself.

    ``find`` reads the other file. One that cannot be read says that there is a quantisation, and not which: it is
    empty.
    """
    if os.path.basename(name) != "config.json" or any(root.get(key) for key in _STATED):
        return None
    document = find()
    if document is None:
        return None
    stated = document.root.plain() if document.root is not None and not document.damaged else None
    return stated if isinstance(stated, dict) else {}
