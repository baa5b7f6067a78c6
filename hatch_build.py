"""Build hook: compile the built-in rules into the wheel, and put rule files and schemas beside them.

A source tree and an editable install read ``rules/`` and ``schemas/`` where they stand instead.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class RulesBuildHook(BuildHookInterface[Any]):
    """Adds ``archlint/data`` to a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile into a temporary folder, and include it."""
        if self.target_name != "wheel" or version == "editable":
            return
        root = Path(self.root)
        self._folder = tempfile.TemporaryDirectory()
        target = Path(self._folder.name)
        sys.path.insert(0, str(root / "src"))
        try:
            from archlint.facts import REGISTRY
            from archlint.rules.compiled import write

            write(root / "rules", target, REGISTRY)
        finally:
            sys.path.remove(str(root / "src"))
        include = build_data["force_include"]
        for name in ("rules.jsonl", "suspects.py", "pages.json"):
            include[str(target / name)] = f"archlint/data/{name}"
        include[str(root / "rules")] = "archlint/data/rules"
        if (root / "schemas").is_dir():
            include[str(root / "schemas")] = "archlint/data/schemas"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the temporary folder."""
        folder = getattr(self, "_folder", None)
        if folder is not None:
            folder.cleanup()
