"""The hooks, under the real pre-commit and under prek, in real repositories."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .command import SOURCE
from .repo import Repo, environment
from .specs import config, entry

_HOOKS = """\
repos:
  - repo: {project}
    rev: {revision}
    hooks:
      - id: {hook}
"""
_LOCAL = """\
repos:
  - repo: local
    hooks:
      - id: archlint
        name: archlint
        entry: archlint check --only-spec-files
        language: python
        additional_dependencies: [{project}]
        files: (?i)(\\.json|\\.ya?ml|(^|[/.])readme\\.md)$
        require_serial: true
"""


def _program(name: str) -> str:
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    assert found, f"{name} is not installed"
    return found


@pytest.fixture(scope="session", params=["pre-commit", "prek"])
def tool(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, dict[str, str]]:
    home = str(tmp_path_factory.mktemp(f"home-{request.param}"))
    return _program(request.param), environment(PRE_COMMIT_HOME=home, PREK_HOME=home, NO_COLOR="1")


class _Gallery(Repo):
    """A gallery whose commits go through the hook."""

    def __init__(self, folder: Path, tool: tuple[str, dict[str, str]], hooks: str) -> None:
        super().__init__(folder)
        self.environment = tool[1]
        self.write("archlint.toml", 'configs = ["configs"]\n')
        self.write("configs/org/one/config.json", config())
        self.write("configs/org/old/config.json", config())
        self.write("models.yml", entry("One", "org/one"))
        self.write("old.yml", entry("Old", "org/old", kv_cache_per_token_bf16="1 KiB"))
        self.write(".pre-commit-config.yaml", hooks)
        self.commit("Start, with an old mistake")
        subprocess.run([tool[0], "install"], cwd=folder, env=tool[1], check=True, capture_output=True)

    def try_commit(self) -> tuple[bool, str]:
        """Commit; return whether it went through, and what was said."""
        self.git("add", "-A")
        done = subprocess.run(
            ["git", "commit", "-q", "-m", "change"],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        return done.returncode == 0, done.stdout + done.stderr


def test_a_bad_commit_is_refused_and_a_good_one_passes(
    tool: tuple[str, dict[str, str]], project: Repo, tmp_path: Path
) -> None:
    revision = project.git("rev-parse", "HEAD")
    hooks = _HOOKS.format(project=f"file://{project.folder}", revision=revision, hook="archlint")
    gallery = _Gallery(tmp_path / "gallery", tool, hooks)

    gallery.write("models.yml", entry("One", "org/one", kv_cache_per_token_bf16="144 KiB"))
    passed, said = gallery.try_commit()
    assert not passed
    assert "models.yml:8:28: error KVC001 KV cache per token is 128 KiB, not 144 KiB" in said
    assert "old.yml" not in said  # only what changed is read

    gallery.write("models.yml", entry("One", "org/one", scale="8.03B parameters"))
    gallery.write("package.json", json.dumps({"name": "no spec file"}))
    gallery.write("docs/notes.yaml", "- neither\n- is this\n")
    passed, said = gallery.try_commit()
    assert passed, said
    assert "package.json" not in said


def test_the_fixing_hook_mends_and_refuses_once(
    tool: tuple[str, dict[str, str]], project: Repo, tmp_path: Path
) -> None:
    revision = project.git("rev-parse", "HEAD")
    hooks = _HOOKS.format(project=f"file://{project.folder}", revision=revision, hook="archlint-fix")
    gallery = _Gallery(tmp_path / "gallery", tool, hooks)
    gallery.write("models.yml", entry("One", "org/one", kv_cache_per_token_bf16="144 KiB"))
    passed, said = gallery.try_commit()
    assert not passed
    assert "files were modified by this hook" in said
    assert (gallery.folder / "models.yml").read_text() == entry("One", "org/one")
    gallery.write("models.yml", entry("One", "org/one") + "# and a comment\n")
    passed, said = gallery.try_commit()
    assert passed, said


def test_the_local_form(tool: tuple[str, dict[str, str]], project: Repo, tmp_path: Path) -> None:
    gallery = _Gallery(tmp_path / "gallery", tool, _LOCAL.format(project=project.folder))
    gallery.write("configs/org/one/config.json", config(num_key_value_heads=5))
    passed, said = gallery.try_commit()
    assert not passed
    assert "ATT002" in said
    gallery.write("configs/org/one/config.json", config(max_position_embeddings=131072))
    passed, said = gallery.try_commit()
    assert passed, said


def test_the_documented_forms_are_the_tested_ones() -> None:
    page = (SOURCE / "docs" / "ci" / "README.md").read_text(encoding="utf-8")
    local = _LOCAL.format(project="archlint").splitlines()
    assert "\n".join(local) in page
    manifest = (SOURCE / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    pattern = local[-2].strip()
    assert manifest.count(pattern) == 2
