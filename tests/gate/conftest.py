from __future__ import annotations

import os
import shutil
import subprocess
import venv
from pathlib import Path

import pytest

from .command import SOURCE
from .repo import Repo, environment


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """The project as it stands, as a git repository of its own: what a hook is cloned from."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=SOURCE,
        capture_output=True,
        check=True,
    )
    repo = Repo(tmp_path_factory.mktemp("project"))
    for name in map(os.fsdecode, listed.stdout.split(b"\0")):
        if name and not name.startswith("tests/") and (SOURCE / name).is_file():
            target = repo.folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(SOURCE / name, target)
    repo.commit("The project as it stands")
    return repo


@pytest.fixture(scope="session")
def installed(project: Repo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs of a virtual environment that archlint was installed into, as users do."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=True)
    subprocess.run(
        [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
         str(project.folder)],
        env=environment(),
        check=True,
        capture_output=True,
        text=True,
    )  # fmt: skip
    return folder / "bin"
