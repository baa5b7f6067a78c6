from __future__ import annotations

import json
from pathlib import Path

import pytest

from archlint.output.escape import visible

from .command import archlint
from .repo import Repo
from .specs import config, entry


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    repo = Repo(tmp_path / "repo")
    repo.write("archlint.toml", 'configs = ["configs"]\n')
    repo.write("configs/org/one/config.json", config())
    repo.write("configs/org/two/config.json", config(num_hidden_layers=16))
    repo.write("models.yml", entry("One", "org/one") + entry("Two", "org/two", layer_mix="16 GQA"))
    repo.commit()
    return repo


def _changes(repo: Repo, *arguments: str) -> dict[str, dict[str, object]]:
    data = json.loads(archlint(repo.folder, "diff", "--format", "json", *arguments))
    return {change["model"]: change for change in data["changes"]}


def _facts(change: dict[str, object]) -> dict[str, tuple[object, object, object]]:
    facts: list[dict[str, object]] = change["facts"]  # type: ignore[assignment]
    return {str(fact["name"]): (fact["before"], fact["after"], fact["share"]) for fact in facts}


def test_a_config_that_changes_tells_what_follows_for_its_card(repo: Repo) -> None:
    repo.write("configs/org/one/config.json", config(num_key_value_heads=4))
    changes = _changes(repo)
    assert set(changes) == {"One", "configs/org/one/config.json"}
    facts = _facts(changes["One"])
    assert facts["KV cache per token"] == ("128 KiB", "64 KiB", "−50 %")
    assert "kv_cache_per_token_bf16" not in facts
    assert _facts(changes["configs/org/one/config.json"])["num_key_value_heads"] == ("8", "4", "−50 %")


def test_a_written_figure_is_set_in_proportion(repo: Repo) -> None:
    repo.write(
        "models.yml",
        entry("One", "org/one", kv_cache_per_token_bf16="217.5 KiB", scale="12B")
        + entry("Two", "org/two", layer_mix="16 GQA"),
    )
    facts = _facts(_changes(repo)["One"])
    assert facts["kv_cache_per_token_bf16"] == ("128 KiB", "217.5 KiB", "+70 %")
    assert facts["scale"] == ("8B parameters", "12B", "+50 %")


def test_added_removed_renamed_and_reordered(repo: Repo) -> None:
    repo.write(
        "models.yml",
        "# reordered\n"
        + entry("Two again", "org/two", layer_mix="16 GQA")
        + entry("New", "org/one", scale="9B"),
    )
    changes = _changes(repo)
    assert changes["Two again"]["kind"] == "renamed"
    assert changes["Two again"]["old_model"] == "Two"
    assert changes["New"]["kind"] == "renamed"
    repo.write("models.yml", entry("Two", "org/two", layer_mix="16 GQA") + entry("One", "org/one"))
    assert _changes(repo) == {}
    repo.write("models.yml", entry("Two", "org/two", layer_mix="16 GQA"))
    assert _changes(repo)["One"]["kind"] == "removed"
    repo.write("models.yml", "Wholly other:\n  scale: 1B\n  decoder_type: Dense\n  attention: MHA\n")
    assert {change["kind"] for change in _changes(repo).values()} == {"added", "removed"}


def test_between_commits_and_from_where_they_parted(repo: Repo) -> None:
    repo.git("checkout", "-q", "-b", "topic")
    repo.write(
        "models.yml", entry("One", "org/one", scale="9B") + entry("Two", "org/two", layer_mix="16 GQA")
    )
    repo.commit()
    repo.git("checkout", "-q", "main")
    repo.write(
        "models.yml", entry("One", "org/one") + entry("Two", "org/two", layer_mix="16 GQA", scale="7B")
    )
    repo.commit()
    repo.write("models.yml", "")
    assert set(_changes(repo, "main..topic")) == {"One", "Two"}
    assert set(_changes(repo, "main...topic", "--", "models.yml")) == {"One"}
    assert _changes(repo, "main...topic", "configs") == {}
    assert set(_changes(repo, "topic", "models.yml")) == {"One", "Two"}


def test_a_file_that_moved_is_the_same_models(repo: Repo) -> None:
    (repo.folder / "gallery").mkdir()
    repo.git("mv", "models.yml", "gallery/all.yml")
    assert _changes(repo) == {}


def test_each_file_has_the_settings_of_its_folder(repo: Repo) -> None:
    (repo.folder / "sub").mkdir()
    repo.git("mv", "configs", "archlint.toml", "models.yml", "sub")
    repo.commit()
    repo.write("sub/configs/org/one/config.json", config(num_key_value_heads=4))
    assert _facts(_changes(repo)["One"])["KV cache per token"] == ("128 KiB", "64 KiB", "−50 %")


def test_another_model_of_a_family_is_no_new_name(repo: Repo) -> None:
    repo.write("models.yml", entry("Eight", "org/one") + entry("Two", "org/two"))
    repo.commit()
    repo.write("models.yml", entry("Fourteen", "org/three") + entry("Two", "org/two"))
    assert {name: change["kind"] for name, change in _changes(repo).items()} == {
        "Eight": "removed",
        "Fourteen": "added",
    }


def test_a_path_may_stand_where_no_revision_does(repo: Repo) -> None:
    repo.write("models.yml", entry("One", "org/one", scale="9B"))
    repo.write("other.yml", entry("Three", "org/one"))
    (repo.folder / "sub").mkdir()
    for folder, path in ((".", "models.yml"), (".", "./models.yml"), ("sub", "../models.yml")):
        shown = json.loads(archlint(repo.folder / folder, "diff", "--format", "json", "--", path))
        assert "One" in {change["model"] for change in shown["changes"]}
        assert "Three" not in {change["model"] for change in shown["changes"]}
    assert "changed: One" in archlint(repo.folder / "sub", "diff", "..")


def test_what_the_configuration_excludes_is_not_told_of(repo: Repo) -> None:
    repo.write("old/a.yml", entry("Three", "org/one"))
    repo.write("archlint.toml", 'configs = ["configs"]\nexclude = ["old"]\n')
    repo.commit()
    (repo.folder / "old/a.yml").unlink()
    repo.write("old/b.yml", entry("Four", "org/one"))
    assert _changes(repo) == {}


def test_text_and_markdown(repo: Repo, tmp_path: Path) -> None:
    hostile = '"a\\n::error::b|`c` @everyone [x](javascript:y)"'
    repo.write("models.yml", entry("One", "org/one", scale="9B") + entry(hostile, "org/two", scale=hostile))
    comment = tmp_path / "comment.md"
    shown = archlint(repo.folder, "diff", "--output", f"markdown={comment}")
    assert "changed: One  models.yml\n    scale  8B parameters → 9B (+13 %)\n" in shown
    assert not any(line.lstrip().startswith("::") for line in shown.splitlines())
    text = comment.read_text(encoding="utf-8")
    assert "| scale | 8B parameters | 9B | &#43;13 % |" in text
    assert "@everyone" not in text.replace("@<!-- -->", "")
    assert "](javascript" not in text
    assert visible(text.replace("\n", "")) == text.replace("\n", "")


def test_mistakes_are_one_line(repo: Repo, tmp_path: Path) -> None:
    assert "no such commit" in archlint(repo.folder, "diff", "nowhere", code=2)
    assert "not a git repository" in archlint(tmp_path, "diff", code=2)
    assert "write FORMAT=FILE" in archlint(repo.folder, "diff", "--output", "x", code=2)
    assert "--format json" in archlint(repo.folder, "diff", "--output", "json=-", code=2)
    assert "outside the repository" in archlint(repo.folder, "diff", "HEAD", "../..", code=2)
