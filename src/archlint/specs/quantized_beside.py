"""Quantisation that is not stated in config.json: NVIDIA's ModelOpt writes a file of its own beside it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from archlint.source.document import Document
from archlint.specs.config import Config

BESIDE: Final = "hf_quant_config.json"

_STATED: Final = ("quantization_config", "compression_config", "quantization")


def add_what_is_beside(config: Config, name: str, find: Callable[[], Document | None]) -> Config:
    """Let ``config``, of the file called ``name``, know what stands beside it, where it says nothing itself.

    ``find`` reads the other file. One that cannot be read says that there is a quantisation, and not which.
    """
    if os.path.basename(name) != "config.json" or any(config.root.get(key) for key in _STATED):
        return config
    document = find()
    if document is not None:
        stated = document.root.plain() if document.root is not None and not document.damaged else None
        config.beside = stated if isinstance(stated, dict) else {}
    return config
