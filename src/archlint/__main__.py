"""``python -m archlint``."""

from archlint.cli import script

script()
