"""A new rule file, ready to be filled in: it loads, and its examples pass."""

from __future__ import annotations

import re
from collections.abc import Container
from pathlib import Path

_TEXT = """\
code: {code}
name: {name}
summary: What is right, in one line
severity: warning
each: attention # once per different attention of a model; archlint's facts page lists scopes and facts
check: attention.heads <= options.limit
at: attention.heads # the fact whose place is underlined
message: "{{attention.heads}} query heads are more than {{options.limit}}"
options:
  limit: {{type: int, default: 128, meaning: The most query heads that are accepted}}
why: |
  Why this matters, for someone who meets the finding for the first time.
references: []
examples:
  bad:
    config: {{model_type: llama, hidden_size: 16384, num_hidden_layers: 2, num_attention_heads: 256}}
  good:
    config: {{model_type: llama, hidden_size: 4096, num_hidden_layers: 2, num_attention_heads: 32}}
"""


def scaffold(wanted: str, code: str | None, taken: Container[str], folder: Path) -> tuple[Path, str]:
    """Return the path and the text of a new rule ``category/name``; raise ValueError when that is no such name."""
    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*/[a-z0-9]+(?:-[a-z0-9]+)*", wanted):
        raise ValueError("write it as category/name, both in kebab-case, as in attention/heads-are-few")
    category, name = wanted.split("/")
    if code is None:
        prefix = re.sub(r"[^A-Z]", "", category.upper())[:3].ljust(3, "X")
        code = next(each for number in range(1, 1000) if (each := f"{prefix}{number:03}") not in taken)
    elif code in taken:
        raise ValueError(f"the code {code} is taken")
    elif not re.fullmatch(r"[A-Z]{3,10}[0-9]{3}", code):
        raise ValueError(f"a code is three letters and three digits, as in OWN001, not {code}")
    return folder / category / f"{name}.yaml", _TEXT.format(code=code, name=name)
