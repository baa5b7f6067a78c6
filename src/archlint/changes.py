"""What git says has changed: between a revision and the files on disk, or between two revisions.

Only ``git`` itself is run, with no pager, no external diff, no hooks; nothing is fetched.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from archlint.source.limits import MAX_BYTES
from archlint.values import NamedTuple, dataclass

_SECONDS = 120
_LINK, _SUBMODULE = "120000", "160000"  # modes of tree entries
# What git tells its hooks of the repository that it runs in; here the path that is asked about decides.
_OF_A_HOOK = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")


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
    old paths that have no new one. ``beyond`` says that a link or a submodule changed, and with it files that
    are not listed.
    """

    new: Mapping[str, str | None]
    gone: frozenset[str]
    beyond: bool = False

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
    command = ["diff", "--raw", "-z", "--find-renames", "--no-ext-diff", "--no-textconv",
               "--ignore-submodules=dirty", old]  # fmt: skip
    if new is not None:
        command.append(new)
    fields = iter(_paths(_git(repo.top, *command, "--")))
    moved: dict[str, str | None] = {}
    gone: set[str] = set()
    beyond = False
    for head in fields:
        *modes, _, _, status = head.removeprefix(":").split(" ")
        beyond = beyond or _LINK in modes or _SUBMODULE in modes
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
    return Changes(moved, frozenset(gone), beyond)


def files_at(repo: Repository, commit: str) -> list[str]:
    """Return the paths of the plain files of a commit. Links and submodules are left out."""
    return [entry.path for entry in _entries(repo, commit) if entry.mode not in (_LINK, _SUBMODULE)]


def write_tree(repo: Repository, commit: str, folder: Path, wanted: Callable[[str], bool]) -> list[str]:
    """Write the ``wanted`` files of a commit below ``folder`` as git holds them, and the links between them.

    Submodules that are checked out are written as the commit has them. What is too large to be read has other
    contents. Return the paths of what is not here: files of a partial clone, commits of a submodule.
    """
    folder = folder.resolve()
    missing: list[str] = []
    links: list[Path] = []
    chosen: list[_Entry] = []
    for entry in _entries(repo, commit):
        if entry.mode == _SUBMODULE:
            missing += _write_submodule(repo, entry, folder, wanted)
        elif entry.mode == _LINK or wanted(entry.path):
            chosen.append(entry)
    for entry, data in zip(chosen, _blobs(repo, [entry.blob for entry in chosen]), strict=True):
        target = folder / entry.path
        if data is None:
            missing.append(entry.path)
        elif target.parent.resolve().is_relative_to(folder):
            target.parent.mkdir(parents=True, exist_ok=True)
            if entry.mode == _LINK:
                _link(target, data)
                links.append(target)
            else:
                target.write_bytes(data)
    for link in links:
        if link.is_symlink() and not Path(os.path.realpath(link)).is_relative_to(folder):
            link.unlink()
    return missing


class _Entry(NamedTuple):
    mode: str
    blob: str
    path: str


def _entries(repo: Repository, commit: str) -> Iterator[_Entry]:
    for entry in _paths(_git(repo.top, "ls-tree", "-r", "-z", "--full-tree", commit)):
        head, _, path = entry.partition("\t")
        mode, _, blob = head.split(" ")[:3]
        yield _Entry(mode, blob, path)


def _write_submodule(
    repo: Repository, entry: _Entry, folder: Path, wanted: Callable[[str], bool]
) -> list[str]:
    inner = Repository(repo.top / entry.path)
    if not (inner.top / ".git").exists():
        return []  # nothing stands there on disk, either
    target = folder / entry.path
    target.mkdir(parents=True, exist_ok=True)
    try:
        missing = write_tree(inner, entry.blob, target, lambda name: wanted(f"{entry.path}/{name}"))
    except GitError:
        return [entry.path]
    return [f"{entry.path}/{name}" for name in missing]


def _link(target: Path, data: bytes) -> None:
    try:
        os.symlink(os.fsdecode(data), target)
    except (OSError, ValueError):
        return  # no links on this system, or none to this place


def _blobs(repo: Repository, ids: Sequence[str]) -> Iterator[bytes | None]:
    """Yield the contents of blobs, in order; None for one that is not here (a partial clone, offline)."""
    with tempfile.TemporaryFile() as asked:
        asked.write("".join(f"{blob}\n" for blob in ids).encode("ascii"))
        asked.seek(0)
        with _start(repo.top, "cat-file", "--batch", stdin=asked, stderr=subprocess.DEVNULL) as process:
            output = process.stdout
            assert output is not None
            for _ in ids:
                head = output.readline().split()
                if len(head) != 3:
                    yield None
                    continue
                left = int(head[2])
                data = output.read(min(left, MAX_BYTES + 1))
                left -= len(data)
                while left > 0 and (passed := output.read(min(left, MAX_BYTES))):
                    left -= len(passed)
                output.read(1)
                yield data


def _paths(output: bytes) -> list[str]:
    return [os.fsdecode(part) for part in output.split(b"\0") if part]


def _git(folder: Path, *arguments: str) -> bytes:
    try:
        with _start(folder, *arguments, stdin=subprocess.DEVNULL) as process:
            try:
                output, errors = process.communicate(timeout=_SECONDS)
            except BaseException:
                process.kill()
                raise
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        raise GitError(f"git {arguments[0]}: {error}") from None
    if process.returncode:
        reason = errors.decode("utf-8", "replace").strip().splitlines()
        raise GitError(reason[0].removeprefix("fatal: ") if reason else f"git {arguments[0]} failed")
    return output


def _start(
    folder: Path, *arguments: str, stdin: int | IO[bytes], stderr: int = subprocess.PIPE
) -> subprocess.Popen[bytes]:
    command = ["git", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", *arguments]
    environment = {name: value for name, value in os.environ.items() if name not in _OF_A_HOOK}
    environment |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}
    try:
        return subprocess.Popen(
            command,
            cwd=folder,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=environment,
        )
    except FileNotFoundError:
        raise GitError("git is not installed, and is needed here") from None
