"""The Python API: a config to its architecture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from archlint.architecture import Architecture
from archlint.families import read
from archlint.source.document import Document
from archlint.source.tree import Plain
from archlint.specs.config import Config, config_in, node_of
from archlint.specs.quantized_beside import BESIDE, stated_beside


def read_config(source: str | Path | Mapping[str, Plain]) -> Architecture:
    """Return the architecture that a config describes.

    ``source`` is a path, the text of a config (anything that starts with ``{`` or holds a line break), or
    the config as a mapping. What a config says never makes this raise; a file that cannot be opened raises
    ``OSError``. Give the result to ``archlint.derive`` for its costs::

        costs = archlint.derive(archlint.read_config("config.json"))
        costs.figure("kv_cache.bytes_per_token").value
    """
    config = _config(source)
    if config is None:
        return Architecture(
            model_type="", absent={"*": "this is no config: its root is no mapping"}, known=False
        )
    return read(config)


def _config(source: str | Path | Mapping[str, Plain]) -> Config | None:
    if isinstance(source, Mapping):
        return Config(node_of(dict(source)))
    from archlint.reading import read_bytes
    from archlint.source.parse import decode, parse

    if isinstance(source, str) and (source.lstrip("\ufeff \t\r\n").startswith("{") or "\n" in source):
        return config_in(parse(source))
    path = Path(source)
    text, _ = decode(read_bytes(path))
    config = config_in(parse(text, path.name))
    if config is not None:
        root = config.root
        config.look_beside(lambda: stated_beside(root, path.name, lambda: _beside(path)))
    return config


def _beside(path: Path) -> Document | None:
    from archlint.reading import read_bytes
    from archlint.source.parse import load

    other = path.with_name(BESIDE)
    try:
        return load(read_bytes(other), BESIDE)
    except OSError:
        return None
