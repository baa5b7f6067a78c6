"""Rules that need code come from installed packages that the configuration names, and from nowhere else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from archlint.cli import main
from archlint.plugins import plugin
from archlint.project import forget

SOURCE = Path(__file__).resolve().parents[1] / "src"

RULE = """\
code: OWN001
name: prime-layers
summary: The number of layers is prime
severity: warning
raised_by: plugin
message: "{count} layers are no prime number"
why: A house rule.
examples:
  bad: {config: {model_type: llama, num_hidden_layers: 4}}
  good: {config: {model_type: llama, num_hidden_layers: 5}}
"""
MODULE = """\
from pathlib import Path
from archlint.source.document import Problem

RULES = Path(__file__).parent / "acme_rules"

def check(model):
    node = model.config.node("num_hidden_layers") if model.config is not None else None
    if node is None:
        return
    if node.scalar == 13:
        raise ValueError("unlucky")
    if any(node.scalar % each == 0 for each in range(2, node.scalar)):
        yield Problem("prime-layers", node.start, node.end, {"count": str(node.scalar)})
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    site = tmp_path / "site"
    (site / "acme_rules").mkdir(parents=True)
    (site / "acme_rules" / "prime-layers.yaml").write_text(RULE, encoding="utf-8")
    (site / "acme_lint.py").write_text(MODULE, encoding="utf-8")
    info = site / "acme_lint-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-lint\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[archlint.plugins]\nacme = acme_lint\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(site))
    plugin.cache_clear()
    folder = tmp_path / "project"
    folder.mkdir()
    _write(folder, 4)
    (folder / "archlint.toml").write_text('plugins = ["acme"]\n', encoding="utf-8")
    monkeypatch.chdir(folder)
    return folder


def _write(folder: Path, layers: int) -> None:
    config = {"model_type": "llama", "hidden_size": 64, "num_attention_heads": 4, "num_hidden_layers": layers}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


def _codes(capsys: pytest.CaptureFixture[str], *options: str) -> list[str]:
    main(["check", "--no-cache", "--format", "json", *options])
    return [finding["code"] for finding in json.loads(capsys.readouterr().out)["findings"]]


def test_a_plugins_finding_is_like_any_other(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _codes(capsys) == ["OWN001"]
    assert _codes(capsys, "--ignore", "OWN") == []
    _write(project, 5)
    assert _codes(capsys) == []
    assert main(["rule", "OWN001"]) == 0
    assert "A house rule." in capsys.readouterr().out
    assert main(["rule", "--test"]) == 0


def test_nothing_is_loaded_unless_it_is_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "archlint.toml").write_text("", encoding="utf-8")
    assert _codes(capsys) == []


def test_a_plugin_that_fails_or_is_missing_is_one_line(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _write(project, 13)
    assert main(["check", "--no-cache"]) == 2
    assert capsys.readouterr().err.endswith("plugin acme: failed on config.json: ValueError: unlucky\n")
    (project / "archlint.toml").write_text('plugins = ["nobody"]\n', encoding="utf-8")
    forget()
    assert main(["check", "--no-cache"]) == 2
    assert "plugin nobody: no installed package brings it (acme)" in capsys.readouterr().err


def test_plugins_cost_nothing_where_there_are_none(tmp_path: Path) -> None:
    _write(tmp_path, 4)
    code = "import sys; from archlint.cli import main; main(['check', '-q', 'config.json']); print(sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    assert "'archlint.plugins'" not in done.stdout
    assert "'importlib.metadata'" not in done.stdout
