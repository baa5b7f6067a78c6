"""archlint: the linter and language server for LLM architecture specs.

>>> import archlint
>>> costs = archlint.derive(archlint.read_config({"model_type": "gpt2"}))
>>> costs.figure("parameters.total").value
124439808
>>> costs.derivation("kv_cache.bytes_per_token").line()
'12 global layers × 12 KV heads × (64 + 64) × 2 B = 36,864 B'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archlint.api import read_config as read_config
    from archlint.costs import Costs as Costs
    from archlint.costs import Figure as Figure
    from archlint.costs import derive as derive

__version__ = "0.1.0"

_API = {
    "Costs": "archlint.costs",
    "Figure": "archlint.costs",
    "derive": "archlint.costs",
    "read_config": "archlint.api",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that starting stays cheap."""
    if name not in _API:
        raise AttributeError(f"module 'archlint' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_API[name]), name)
