"""The baseline: findings that a team has accepted for now. Only new ones fail; it can but shrink.

A finding is the same when its rule, file, model, pointer and value are, wherever its line has moved to.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from archlint.findings import Finding
from archlint.project import ConfigurationError, Settings
from archlint.reading import read_text
from archlint.values import dataclass

NAME = ".archlint-baseline.json"
VERSION = 1

Key = tuple[str, str, str, str, str]
"""file, code, model (or empty), pointer, value."""


@dataclass(frozen=True)
class Baseline:
    """How often each accepted finding stood in the files when the baseline was written."""

    path: Path
    counts: Counter[Key]

    def split(
        self, findings: Iterable[Finding], settings: Settings
    ) -> tuple[list[Finding], list[Finding], Counter[Key]]:
        """Return (new findings, accepted ones, what of the baseline was met)."""
        left = self.counts.copy()
        new: list[Finding] = []
        accepted: list[Finding] = []
        met: Counter[Key] = Counter()
        names: dict[str, str] = {}
        for finding in findings:
            if finding.file not in names:
                names[finding.file] = settings.relative(finding.file)
            identity = _key(finding, names[finding.file])
            if left[identity] > 0:
                left[identity] -= 1
                met[identity] += 1
                accepted.append(finding)
            else:
                new.append(finding)
        return new, accepted, met


def key(finding: Finding, settings: Settings) -> Key:
    """Return what makes ``finding`` the same finding in another version of its file."""
    return _key(finding, settings.relative(finding.file))


def _key(finding: Finding, file: str) -> Key:
    value = " ".join((finding.value or finding.message).split())
    return file, finding.code, finding.model or "", finding.pointer, value


def path_for(settings: Settings) -> Path:
    """Return where the baseline of a project stands."""
    return settings.root / (settings.baseline or NAME)


def load(settings: Settings) -> Baseline | None:
    """Read the project's baseline; None without one. Raise ConfigurationError when it cannot be understood."""
    if settings.baseline is None and not os.access(f"{settings.root}/{NAME}", os.F_OK):
        return None  # of many files outside of a project, each has its own folder to look in
    path = path_for(settings)
    try:
        import json

        data = json.loads(read_text(path))
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: no such baseline (archlint baseline writes one)") from None
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path}: not a baseline: {error}") from None
    try:
        if data["version"] != VERSION:
            raise ConfigurationError(f"{path}: written by another version of archlint; write it anew")
        counts: Counter[Key] = Counter()
        for item in data["findings"]:
            identity = tuple(str(item[part]) for part in ("file", "code", "model", "pointer", "value"))
            counts[identity] += int(item.get("count", 1))  # type: ignore[index]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ConfigurationError(f"{path}: not a baseline: its findings cannot be read") from None
    return Baseline(path, counts)


def dump(counts: Counter[Key]) -> str:
    """Return the text of a baseline file: sorted, one finding a line, so that a change reads well."""
    import json

    lines = []
    for file, code, model, pointer, value in sorted(counts):
        item: dict[str, object] = {
            "file": file,
            "code": code,
            "model": model,
            "pointer": pointer,
            "value": value,
        }
        if (count := counts[file, code, model, pointer, value]) > 1:
            item["count"] = count
        lines.append(json.dumps(item, ensure_ascii=False))
    body = ",\n    ".join(lines)
    return f'{{\n  "version": {VERSION},\n  "findings": [{body and chr(10) + "    " + body + chr(10) + "  "}]\n}}\n'
