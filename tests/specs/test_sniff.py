"""The cheap look never turns away what is taken for a spec file when it is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from archlint.source import load
from archlint.specs.kind import recognise
from archlint.specs.sniff import looks_like_spec

CASES = Path(__file__).resolve().parents[1] / "cases"

TEXTS = {
    "flow.yml": "A 7B: {company: Acme, scale: 7B, layer_mix: 32 GQA}\n",
    "quoted.yml": "A 7B: {'scale': 7B, \"layer_mix\": 32 GQA, decoder_type : Dense}\n",
    "one-line.yaml": "{A 7B: {decoder_type: Dense, attention: GQA}}\n",
    "block.yml": "A 7B:\n  'layer_mix' : 32 GQA\n  scale: 7B\n",
    "crlf.yml": "A 7B:\r\n  layer_mix: 32 GQA\r\n  scale: 7B\r\n",
    "models.json": '{"A 7B": {"layer_mix": "32 GQA", "scale": "7B", "license_name": "MIT"}}',
    "other.json": '{"A 7B": {"context_tokens": 8192, "scale": "7B", "attention": "GQA"}}',
    "README.md": "---\nlicense: mit\n---\n",
    "comment/README.md": "<!-- made by hand -->\n---\nlicense: mit\ntags: [x]\n---\n# x\n",
    "org__x.README.md": "---\nlicense: mit\n---\n",
    "late/README.md": "\n\n---\nlicense: mit\ntags: [x]\n---\n",
}


@pytest.mark.parametrize("name", TEXTS)
def test_texts(name: str) -> None:
    data = TEXTS[name].encode()
    assert recognise(load(data, name)).kind is not None
    assert looks_like_spec(name.rpartition("/")[2], data)


def test_cases() -> None:
    files = [path for path in CASES.rglob("*") if path.is_file() and path.suffix != ".expected"]
    assert len(files) > 40
    for path in files:
        data = path.read_bytes()
        assert recognise(load(data, path.name)).kind is None or looks_like_spec(path.name, data), path
