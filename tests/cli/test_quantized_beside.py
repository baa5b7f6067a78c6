"""What ModelOpt writes beside config.json: the weights are as small as it says, wherever they are asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import archlint
from archlint.cli import main
from archlint.hub import Configs
from archlint.linter import read
from archlint.project import Settings
from archlint.source.parse import load

CONFIG = {
    "model_type": "llama", "hidden_size": 256, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 64, "intermediate_size": 512, "vocab_size": 1024,
    "torch_dtype": "bfloat16",
}  # fmt: skip
KEPT = ["lm_head", "model.layers.1.mlp*"]


def _ways(config: Path, capsys: pytest.CaptureFixture[str]) -> set[int | None]:
    """Return the bytes of the weights by the command line, the Python API, and a card that stands beside."""
    main(["show", str(config), "--format", "json"])
    (sheet,) = json.loads(capsys.readouterr().out)
    by_api = archlint.derive(archlint.read_config(config)).figure("weights.bytes").value
    card = config.with_name("x.arch.yaml")
    card.write_text("name: X\nscale: 1B\n", encoding="utf-8")
    (model,) = read(load(card.read_bytes(), str(card)), Configs(Settings(root=config.parent)))[1]
    assert model.costs is not None
    return {sheet["weights"]["bytes"], by_api, model.costs.figure("weights.bytes").value}


def _stated(config: dict[str, object]) -> int | None:
    return archlint.derive(archlint.read_config(json.dumps(config))).figure("weights.bytes").value


@pytest.mark.parametrize("algorithm", ["NVFP4", "FP8", "FP8_PB_WO", "W4A16_AWQ"])
def test_it_counts_as_if_it_stood_in_the_config(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], algorithm: str
) -> None:
    config, other = tmp_path / "config.json", tmp_path / "hf_quant_config.json"
    config.write_text(json.dumps(CONFIG), encoding="utf-8")
    assert _ways(config, capsys) == {_stated(CONFIG)}
    said = {"quant_algo": algorithm, "kv_cache_quant_algo": "FP8", "group_size": 16, "exclude_modules": KEPT}
    other.write_text(json.dumps({"producer": {"name": "modelopt"}, "quantization": said}), encoding="utf-8")
    wanted = _stated(CONFIG | {"quantization_config": {**said, "quant_method": "modelopt", "ignore": KEPT}})
    assert wanted is not None
    assert wanted < (_stated(CONFIG) or 0)
    assert _ways(config, capsys) == {wanted}
    own = CONFIG | {"quantization_config": {"quant_method": "fp8"}}
    config.write_text(json.dumps(own), encoding="utf-8")
    assert _ways(config, capsys) == {_stated(own)}


@pytest.mark.parametrize(
    ("text", "derived"),
    [
        ('{"quantization": {"quant_algo": null, "kv_cache_quant_algo": "FP8"}}', True),
        ('{"quantization": {"quant_algo": "NEW"}}', False),
        ('{"quantization": {"quant_algo": "FP8"', False),
        ("", False),
        ("[]", False),
    ],
)
def test_what_it_does_not_say_is_not_guessed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, derived: bool
) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(CONFIG), encoding="utf-8")
    (tmp_path / "hf_quant_config.json").write_text(text, encoding="utf-8")
    assert _ways(config, capsys) == {_stated(CONFIG) if derived else None}
