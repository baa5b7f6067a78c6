"""The GitLab and plain-shell recipes, run as their systems would, and the container file's promises."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from .command import SOURCE
from .repo import Repo, environment
from .specs import config, entry

CI = SOURCE / "docs" / "ci"


@pytest.fixture
def clone(tmp_path: Path) -> Repo:
    """A shallow clone of a branch that brings one wrong figure beside an old one."""
    origin = Repo(tmp_path / "origin")
    origin.git("config", "uploadpack.allowAnySHA1InWant", "true")
    origin.write("archlint.toml", 'configs = ["configs"]\n')
    for name in ("one", "old"):
        origin.write(f"configs/org/{name}/config.json", config())
    old = entry("Old", "org/old", kv_cache_per_token_bf16="1 KiB")
    origin.write("models.yml", entry("One", "org/one") + old)
    origin.commit()
    origin.git("checkout", "-q", "-b", "topic")
    origin.write("models.yml", entry("One", "org/one", kv_cache_per_token_bf16="144 KiB") + old)
    origin.commit()
    folder = tmp_path / "clone"
    origin.git("clone", "-q", "--depth=1", "--branch=topic", f"file://{origin.folder}", str(folder))
    return Repo(folder)


def _base(clone: Repo) -> str:
    return clone.git("ls-remote", "origin", "refs/heads/main").split()[0]


def test_gitlab(clone: Repo, installed: Path) -> None:
    job = yaml.safe_load((CI / "gitlab-ci.yml").read_text(encoding="utf-8"))["archlint"]
    script = "set -eo pipefail\n" + "\n".join(job["script"])

    def run(**variables: str) -> int:
        path = f"{installed}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=clone.folder,
            env=environment(**variables) | {"PATH": path},
            check=False,
        )
        return done.returncode

    def codes() -> list[str]:
        report = json.loads((clone.folder / reports["codequality"]).read_text())
        return [f"{issue['check_name']} {issue['location']['lines']['begin']}" for issue in report]

    reports = job["artifacts"]["reports"]
    assert run(CI_MERGE_REQUEST_DIFF_BASE_SHA=_base(clone)) == 1
    assert codes() == ["kv-figure-agrees 8"]
    assert ElementTree.parse(clone.folder / reports["junit"]).getroot().get("failures") == "1"
    assert run() == 1
    assert codes() == ["kv-figure-agrees 8", "kv-figure-agrees 22"]
    clone.write("models.yml", entry("One", "org/one"))
    assert run() == 0
    assert codes() == []


def test_any_shell(clone: Repo, installed: Path) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            ["sh", str(CI / "check.sh"), *arguments],
            cwd=clone.folder,
            env=environment(ARCHLINT=str(installed / "archlint")),
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    code, said = run(_base(clone))
    assert code == 1
    assert "not 144 KiB" in said
    assert "not 1 KiB" not in said
    assert sorted(path.name for path in (clone.folder / "archlint-reports").iterdir()) == [
        "archlint.json", "archlint.sarif", "archlint.xml",
    ]  # fmt: skip
    clone.git("update-ref", "-d", "refs/remotes/origin/main")
    code, said = run("origin/main")
    assert code == 1, said
    assert "not 144 KiB" in said
    assert "not 1 KiB" not in said
    code, said = run("", "models.yml")
    assert code == 1
    assert "not 1 KiB" in said
    assert run("nowhere")[0] not in (0, 1)


_READ_ONLY = """
import errno, os, sys
def audit(event, arguments):
    if event == "open" and (isinstance(arguments[1], str) and set(arguments[1]) & set("wax+") or
                            isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)):
        raise OSError(errno.EROFS, "Read-only file system", arguments[0])
    if event in ("os.mkdir", "os.rename", "os.remove", "os.link", "os.symlink"):
        raise OSError(errno.EROFS, "Read-only file system")
    if event.startswith("socket."):
        print("NETWORK", event, file=sys.stderr)
sys.addaudithook(audit)
"""


def test_archlint_runs_where_nothing_can_be_written(clone: Repo, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(_READ_ONLY)
    variables = environment(
        PYTHONPATH=f"{tmp_path / 'site'}{os.pathsep}{SOURCE / 'src'}",
        PYTHONDONTWRITEBYTECODE="1",
        HOME="/nonexistent",
    )
    variables.pop("XDG_CACHE_HOME", None)
    before = sorted(path.name for path in clone.folder.iterdir())
    done = subprocess.run(
        [sys.executable, "-m", "archlint", "check", "."],
        cwd=clone.folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "not 144 KiB" in done.stdout
    assert done.stderr == ""
    assert sorted(path.name for path in clone.folder.iterdir()) == before


def test_the_container_file_keeps_its_promises() -> None:
    text = (SOURCE / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    bases = [line.split()[1] for line in lines if line.startswith("FROM ")]
    assert bases
    assert not any(re.search(r"alpine|musl", base) for base in bases)  # CEL has wheels for glibc only
    last = lines[max(index for index, line in enumerate(lines) if line.startswith("FROM ")) :]
    (user,) = [line for line in last if line.startswith("USER ")]
    assert re.fullmatch(r"USER [1-9]\d*:[1-9]\d*", user)
    assert 'ENTRYPOINT ["archlint"]' in last
    assert not any(line.startswith(("VOLUME", "EXPOSE")) for line in last)
    copied = [
        name
        for line in lines
        if line.startswith("COPY ") and "--from" not in line
        for name in line.split()[1:-1]
    ]
    for name in copied:
        assert (SOURCE / name).exists(), f"{name} is copied, and is not there"
    built = (SOURCE / "pyproject.toml").read_text(encoding="utf-8")
    for needed in re.findall(r'^path = "(\w+\.py)"', built, re.MULTILINE):
        assert needed in copied, f"the build needs {needed}"
