from __future__ import annotations

from pathlib import Path

import pytest

from archlint.changes import GitError, base_of, changes, commit_of, repository, write_tree
from archlint.source.limits import MAX_BYTES

from .repo import Repo

LONG = "".join(f"line {number}\n" for number in range(40))


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(tmp_path / "repo")


def test_added_changed_moved_and_deleted_files(repo: Repo) -> None:
    for name in ("kept", "changed", "moved", "deleted"):
        repo.write(f"{name}.yml", f"{name}\n{LONG}")
    old = repo.commit()
    repo.write("changed.yml", "other\n")
    repo.git("mv", "moved.yml", "日本 \n.yml")
    repo.git("rm", "-q", "deleted.yml")
    repo.write("added.yml", "new\n")
    repo.git("add", "added.yml")
    repo.write("untracked.yml", "new\n")
    repo.write(".gitignore", "ignored.yml\n")
    repo.write("ignored.yml", "new\n")
    here = repository(repo.folder)
    found = changes(here, old)
    assert found.new == {
        "changed.yml": "changed.yml",
        "日本 \n.yml": "moved.yml",
        "added.yml": None,
        "untracked.yml": None,
        ".gitignore": None,
    }
    assert found.gone == {"deleted.yml"}
    assert found.old == {"changed.yml", "moved.yml", "deleted.yml"}


def test_between_two_commits_the_disk_does_not_matter(repo: Repo) -> None:
    repo.write("a.yml", "1\n")
    old = repo.commit()
    repo.write("a.yml", "2\n")
    new = repo.commit()
    repo.write("b.yml", "untracked\n")
    assert changes(repository(repo.folder), old, new).new == {"a.yml": "a.yml"}


def test_the_merge_base_not_the_tip(repo: Repo) -> None:
    repo.write("a.yml", "1\n")
    fork = repo.commit()
    repo.git("checkout", "-q", "-b", "topic")
    repo.write("b.yml", "1\n")
    repo.commit()
    repo.git("checkout", "-q", "main")
    repo.write("a.yml", "2\n")
    repo.commit()
    repo.git("checkout", "-q", "topic")
    base = base_of(repository(repo.folder), "main")
    assert (base.commit, base.note) == (fork, "")


def test_a_shallow_clone_compares_with_the_revision_itself(repo: Repo, tmp_path: Path) -> None:
    repo.write("a.yml", "1\n")
    repo.commit()
    repo.git("checkout", "-q", "-b", "topic")
    repo.write("b.yml", "1\n")
    repo.commit()
    repo.git("checkout", "-q", "main")
    repo.write("c.yml", "1\n")
    tip = repo.commit()
    clone = tmp_path / "clone"
    repo.git("clone", "-q", "--depth=1", "--branch", "topic", f"file://{repo.folder}", str(clone))
    here = repository(clone)
    with pytest.raises(GitError, match=r"no such commit .* this clone is shallow, fetch it first"):
        base_of(here, "origin/main")
    Repo(clone).git("fetch", "-q", "--depth=1", "origin", "main:refs/remotes/origin/main")
    base = base_of(here, "origin/main")
    assert base.commit == tip
    assert "no common commit here (this clone is shallow)" in base.note


def test_a_tree_is_written_as_git_holds_it(repo: Repo, tmp_path: Path) -> None:
    repo.write("deep/er/a.yml", "old: 日本\r\n")
    repo.write("other.txt", "x")
    (repo.folder / "link.yml").symlink_to("/etc/passwd")
    old = repo.commit()
    repo.write("deep/er/a.yml", "new\n")
    out = tmp_path / "out"
    out.mkdir()
    write_tree(repository(repo.folder), old, out, lambda path: path.endswith(".yml"))
    assert [path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()] == [
        "deep/er/a.yml"
    ]
    assert (out / "deep/er/a.yml").read_bytes() == "old: 日本\r\n".encode()


def test_links_are_written_as_long_as_they_stay_inside(repo: Repo, tmp_path: Path) -> None:
    repo.write("v1/config.json", "{}\n")
    for name, target in (
        ("current", "v1"),
        ("config.json", "current/config.json"),
        ("up.json", "../x.json"),
        ("deep/er/top", "../.."),
        ("out", "deep/er/top/../x"),
        ("root.json", "/etc/passwd"),
        ("loop.json", "loop.json"),
    ):
        link = repo.folder / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)
    old = repo.commit()
    out = tmp_path / "out"
    out.mkdir()
    assert write_tree(repository(repo.folder), old, out, lambda path: path.endswith(".json")) == []
    assert (out / "config.json").read_text() == "{}\n"
    assert (out / "current/config.json").read_text() == "{}\n"
    assert not any((out / name).is_symlink() for name in ("up.json", "out", "root.json"))


def test_a_blob_of_any_size_takes_little_memory(repo: Repo, tmp_path: Path) -> None:
    repo.write("large.json", " " * (MAX_BYTES + 5_000_000))
    repo.write("small.json", "{}")
    old = repo.commit()
    out = tmp_path / "out"
    out.mkdir()
    write_tree(repository(repo.folder), old, out, lambda path: True)
    assert (out / "large.json").stat().st_size == MAX_BYTES + 1
    assert (out / "small.json").read_text() == "{}"


def test_what_is_not_here_is_told(repo: Repo, tmp_path: Path) -> None:
    repo.write("a.yml", "1\n")
    repo.write("b.yml", "2\n")
    old = repo.commit()
    blob = repo.git("rev-parse", "HEAD:a.yml")
    (repo.folder / ".git/objects" / blob[:2] / blob[2:]).unlink()
    out = tmp_path / "out"
    out.mkdir()
    assert write_tree(repository(repo.folder), old, out, lambda path: True) == ["a.yml"]
    assert (out / "b.yml").read_text() == "2\n"


def test_no_repository_and_no_such_revision(repo: Repo, tmp_path: Path) -> None:
    with pytest.raises(GitError, match="not a git repository"):
        repository(tmp_path)
    repo.write("a.yml", "1\n")
    repo.commit()
    here = repository(repo.folder)
    for revision in ("nowhere", "--output=/tmp/x", "", "HEAD~9"):
        with pytest.raises(GitError, match="no such commit"):
            commit_of(here, revision)


def test_nothing_of_the_repository_is_run(repo: Repo, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    repo.write("a.yml", "1\n")
    repo.write(".gitattributes", "*.yml diff=evil filter=evil\n")
    old = repo.commit()
    repo.git("config", "diff.external", f"touch {mark} #")
    repo.git("config", "diff.evil.textconv", f"touch {mark} #")
    repo.git("config", "core.fsmonitor", f"touch {mark} #")
    repo.write("a.yml", "2\n")
    assert changes(repository(repo.folder), old).new == {"a.yml": "a.yml"}
    assert not mark.exists()
