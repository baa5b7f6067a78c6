"""What makes a finding the same finding in another version of its file.

A fingerprint is a hash of the rule's code, the model (of a file that names none: the file), the pointer
within the model and the normalised value there: it survives moved lines, reordered entries and reworded
messages. Findings that agree in all of these are numbered in the order they stand.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from archlint.findings import Finding

VERSION = "v1"
_LENGTH = 32  # hex digits: 128 bits


def fingerprints(findings: Iterable[Finding]) -> list[str]:
    """Return one fingerprint for each of ``findings``, in their order, no two alike."""
    findings = list(findings)
    ordinals: dict[tuple[str, str, str, str], int] = {}
    result = [""] * len(findings)
    for index in sorted(range(len(findings)), key=lambda index: findings[index].sort_key):
        identity = _identity(findings[index])
        ordinal = ordinals.get(identity, 0)
        ordinals[identity] = ordinal + 1
        text = "\0".join((VERSION, *identity, str(ordinal)))
        result[index] = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH]
    return result


def _identity(finding: Finding) -> tuple[str, str, str, str]:
    scope = f"file {finding.file}" if finding.model is None else f"model {finding.model}"
    value = " ".join((finding.value or finding.message).split())
    return finding.code, scope, finding.pointer, value
