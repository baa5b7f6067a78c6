"""What git says has changed: between a revision and the files on disk, or between two revisions.

Only ``git`` itself is run, with no pager, no external diff, no hooks; nothing is fetched.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from archlint.values import dataclass

_SECONDS = 120


class GitError(Exception):
    """Git cannot answer; the message is one line for the user."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository; ``top`` is the folder of its working tree, links resolved."""

    top: Path

    def relative(self, path: Path) -> str | None:
        """Return ``path`` below the working tree with forward slashes, or None when it lies elsewhere."""
        try:
            return path.resolve().relative_to(self.top).as_posix()
        except (OSError, ValueError, RuntimeError):
            return None


@dataclass(frozen=True, slots=True)
class Base:
    """The commit to compare with. ``note`` says so when it is not the merge base that was asked for."""

    commit: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Changes:
    """Paths below the top.

    ``new`` maps a path of the new side to its old one, None for a file that was not there; ``gone`` are the
    old paths that have no new one.
    """

    new: Mapping[str, str | None]
    gone: frozenset[str]

    @property
    def old(self) -> frozenset[str]:
        """The paths of the old side that changed, moved or went."""
        return self.gone | {path for path in self.new.values() if path is not None}


def repository(path: Path) -> Repository:
    """Return the repository that holds ``path``; raise GitError when none does."""
    folder = path if path.is_dir() else path.parent
    top = _git(folder, "rev-parse", "--show-toplevel").decode("utf-8", "surrogateescape").rstrip("\n")
    return Repository(Path(top).resolve())


def commit_of(repo: Repository, revision: str) -> str:
    """Return the full id of the commit that ``revision`` names; raise GitError when it is not here."""
    try:
        found = _git(
            repo.top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
        )
    except GitError:
        hint = ""
        if is_shallow(repo):
            hint = "; this clone is shallow, fetch it first (git fetch --depth=1 origin REVISION)"
        raise GitError(f"{revision}: no such commit in {repo.top}{hint}") from None
    return found.decode("ascii").strip()


def base_of(repo: Repository, revision: str, other: str = "HEAD") -> Base:
    """Return where ``other`` branched off ``revision``.

    Where history does not reach that far (a shallow clone) the revision itself is the base.
    """
    commit = commit_of(repo, revision)
    try:
        found = _git(repo.top, "merge-base", commit, commit_of(repo, other))
    except GitError:
        why = "this clone is shallow" if is_shallow(repo) else "their histories are unrelated"
        return Base(
            commit, f"{revision} and {other} have no common commit here ({why}): compared with {revision}."
        )
    return Base(found.decode("ascii").split()[0])


def is_shallow(repo: Repository) -> bool:
    """Tell whether the clone's history is cut off."""
    try:
        return _git(repo.top, "rev-parse", "--is-shallow-repository").strip() == b"true"
    except GitError:
        return False


def changes(repo: Repository, old: str, new: str | None = None) -> Changes:
    """Return what changed from commit ``old`` to ``new``, or to the files on disk, untracked ones too."""
    command = ["diff", "--name-status", "-z", "--find-renames", "--no-ext-diff", "--no-textconv",
               "--ignore-submodules", old]  # fmt: skip
    if new is not None:
        command.append(new)
    fields = iter(_paths(_git(repo.top, *command, "--")))
    moved: dict[str, str | None] = {}
    gone: set[str] = set()
    for status in fields:
        path = next(fields)
        match status[:1]:
            case "D":
                gone.add(path)
            case "A":
                moved[path] = None
            case "R":
                moved[next(fields)] = path
            case "C":
                moved[next(fields)] = None
            case _:
                moved[path] = path
    if new is None:
        for path in _paths(_git(repo.top, "ls-files", "--others", "--exclude-standard", "-z")):
            moved.setdefault(path, None)
    return Changes(moved, frozenset(gone))


def files_at(repo: Repository, commit: str) -> dict[str, str]:
    """Return the plain files of a commit: path to blob id. Links and submodules are left out."""
    files = {}
    for entry in _paths(_git(repo.top, "ls-tree", "-r", "-z", "--full-tree", commit)):
        head, _, path = entry.partition("\t")
        mode, kind, blob = head.split(" ")[:3]
        if kind == "blob" and mode != "120000":
            files[path] = blob
    return files


def write_tree(repo: Repository, commit: str, folder: Path, wanted: Callable[[str], bool]) -> None:
    """Write the ``wanted`` files of a commit below ``folder``, as git holds them."""
    chosen = {path: blob for path, blob in files_at(repo, commit).items() if wanted(path)}
    for (path, _), data in zip(chosen.items(), _blobs(repo, chosen.values()), strict=True):
        target = folder / path
        if data is None or not target.resolve().is_relative_to(folder.resolve()):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def _blobs(repo: Repository, ids: Iterable[str]) -> Iterable[bytes | None]:
    """Return the contents of blobs, in order; None for one that is not here (a partial clone, offline)."""
    output = _git(repo.top, "cat-file", "--batch", stdin="".join(f"{blob}\n" for blob in ids).encode("ascii"))
    place = 0
    while place < len(output):
        end = output.index(b"\n", place)
        head = output[place:end].split(b" ")
        place = end + 1
        if len(head) != 3:
            yield None
            continue
        size = int(head[2])
        yield output[place : place + size]
        place += size + 1


def _paths(output: bytes) -> list[str]:
    return [os.fsdecode(part) for part in output.split(b"\0") if part]


def _git(folder: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    command = ["git", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", *arguments]
    environment = os.environ | {
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            input=stdin,
            capture_output=True,
            env=environment,
            timeout=_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise GitError("git is not installed, and is needed here") from None
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        raise GitError(f"git {arguments[0]}: {error}") from None
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise GitError(reason[0].removeprefix("fatal: ") if reason else f"git {arguments[0]} failed")
    return done.stdout
