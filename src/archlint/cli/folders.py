"""The folders where the configs of cards are looked for: a configuration's, or those that a command names."""

from __future__ import annotations

import os
from collections.abc import Sequence

from archlint.cli.parser import UserError
from archlint.project import Settings
from archlint.values import replace


def in_folders(settings: Settings, asked: Sequence[str] | None) -> Settings:
    """Return ``settings`` with the folders that were ``asked`` for, where any were, in place of their own.

    Raises UserError for a folder that is not there: every card would go unchecked, and nothing would say so.
    """
    for folder in asked or ():
        if not os.path.isdir(folder):
            raise UserError(f"--configs {folder}: no such folder")
    if asked:
        return replace(settings, configs=tuple(os.path.abspath(folder) for folder in asked))
    missing = settings.missing_folder()
    if missing is not None:
        raise UserError(f"{settings.source}: configs: {missing}: no such folder")
    return settings
