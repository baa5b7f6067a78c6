"""A cheap look at a file's bytes: can it be a spec file at all? Spares a walk the parsing of everything else."""

from __future__ import annotations

import os
import re
from pathlib import Path

from archlint.patterns import pattern
from archlint.reading import read_bytes
from archlint.source.limits import MAX_BYTES

_JSON = pattern(
    rb'"(?:model_type|architectures|num_hidden_layers|n_layers?|num_layers|num_blocks|hidden_size|d_model|dim'
    rb'|text_config|llm_config|architecture|decoder_type|layer_mix|context_tokens|kv_cache_per_token_bf16)"'
)
_YAML = pattern(
    rb"(?:^|[{,])[ \t\"']*(?:scale|decoder_type|attention|layer_mix|kv_cache_per_token_bf16|context_tokens|license_name"
    rb"|aa_intelligence_index|architecture)[\"']?[ \t]*:",
    re.MULTILINE,
)
_FRONT_MATTER = pattern(rb"^(?:\xef\xbb\xbf)?[ \t]*---", re.MULTILINE)  # a comment may stand before it
_NAMES = pattern(r"(?:config|params)\.json|.+\.arch\.(?:ya?ml|json)", re.IGNORECASE)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")  # and without a mark, every other byte of it is NUL


def is_spec_name(name: str) -> bool:
    """Tell whether a file's name alone promises a spec file, so that a broken one is worth telling of."""
    return _NAMES.fullmatch(name.replace("\\", "/").rsplit("/", 1)[-1].lower()) is not None


def may_be_spec(path: Path | str) -> bool:
    """Tell whether the file at ``path`` may be a spec file. False for files that cannot be read."""
    return read_if_spec(path) is not None


def read_if_spec(path: Path | str) -> bytes | None:
    """Return the bytes of a file that may be a spec file; None for any other, and for one that cannot be read."""
    name = os.path.basename(path)
    try:
        if os.stat(path).st_size > MAX_BYTES and not is_spec_name(name):
            return None
        data = read_bytes(path)
    except (OSError, ValueError):
        return None
    return data if looks_like_spec(name, data) else None


def looks_like_spec(name: str, data: bytes) -> bool:
    """Tell whether a file of that name and content may be a spec file: what ``may_be_spec`` says of one on the disk."""
    if is_spec_name(name):
        return True
    name = name.lower()
    if name.endswith(".md"):
        return name.endswith("readme.md") and _FRONT_MATTER.search(data) is not None
    pattern = _JSON if name.endswith(".json") else _YAML
    return pattern.search(data) is not None or data[:2] in _UTF16 or b"\0" in data[:8]
