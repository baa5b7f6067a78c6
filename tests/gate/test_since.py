"""``check --since``: what a change introduced or touched, per model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .command import archlint, findings
from .repo import Repo
from .specs import config, entry


def _wrong(name: str, repo: str, figure: str = "1 KiB", **more: str) -> str:
    return entry(name, repo, kv_cache_per_token_bf16=figure, **more)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A gallery with one right entry and one old mistake, on main; a topic branch is checked out."""
    repo = Repo(tmp_path / "repo")
    repo.write("archlint.toml", 'configs = ["configs"]\n')
    for name in ("right", "wrong", "new"):
        repo.write(f"configs/org/{name}/config.json", config())
    repo.write("models.yml", entry("Right", "org/right") + _wrong("Wrong", "org/wrong"))
    repo.commit()
    repo.git("checkout", "-q", "-b", "topic")
    return repo


def _found(repo: Repo, *arguments: str, since: str = "main") -> list[tuple[str, str | None]]:
    return [(each["code"], each["model"]) for each in findings(repo.folder, "--since", since, *arguments)]


def test_nothing_changed_nothing_found(repo: Repo) -> None:
    assert _found(repo) == []
    assert archlint(repo.folder, "check", "--since", "main") == "No findings.\nNo spec file changed.\n"


def test_an_untouched_model_keeps_its_old_mistake_to_itself(repo: Repo) -> None:
    repo.write(
        "models.yml", entry("New", "org/new") + entry("Right", "org/right") + _wrong("Wrong", "org/wrong")
    )
    assert _found(repo) == []


def test_a_touched_model_answers_for_all_of_it(repo: Repo) -> None:
    repo.write(
        "models.yml", entry("Right", "org/right") + _wrong("Wrong", "org/wrong", scale="8.03B parameters")
    )
    assert _found(repo) == [("KVC001", "Wrong")]


def test_a_new_mistake(repo: Repo) -> None:
    repo.write("models.yml", _wrong("Right", "org/right", "144 KiB") + _wrong("Wrong", "org/wrong"))
    assert _found(repo) == [("KVC001", "Right")]
    repo.commit()
    assert _found(repo) == [("KVC001", "Right")]
    assert archlint(repo.folder, "check", "--since", "main", code=1)
    assert archlint(repo.folder, "check", "--since", "HEAD", code=0)


def test_layout_order_and_comments_touch_nothing(repo: Repo) -> None:
    lines = _wrong("Wrong", "org/wrong").splitlines()
    turned = "\n".join([lines[0], "  # a comment", *reversed(lines[1:-2]), *lines[-2:], ""])
    repo.write("models.yml", turned + "\n\n" + entry("Right", "org/right"))
    assert _found(repo) == []


def test_a_config_that_changes_makes_its_card_wrong(repo: Repo) -> None:
    repo.write("configs/org/right/config.json", config(num_key_value_heads=4))
    assert _found(repo) == [("KVC001", "Right")]
    repo.write("configs/org/right/config.json", config())
    (repo.folder / "configs/org/wrong/config.json").unlink()
    assert ("KVC001", "Right") not in _found(repo)


def test_a_renamed_file_is_the_same_file(repo: Repo) -> None:
    (repo.folder / "gallery").mkdir()
    repo.git("mv", "models.yml", "gallery/all.yml")
    assert _found(repo) == []
    repo.git("mv", "configs/org/new/config.json", "configs/org/new/renamed.json")
    assert _found(repo) == []


def test_an_entry_that_moves_to_another_file_is_the_same_entry(repo: Repo) -> None:
    repo.write("models.yml", entry("Right", "org/right"))
    repo.write("more.yml", _wrong("Wrong", "org/wrong"))
    assert _found(repo) == []


def test_a_renamed_model_answers_for_itself(repo: Repo) -> None:
    repo.write("models.yml", entry("Right again", "org/right") + _wrong("Wrong", "org/wrong"))
    assert _found(repo) == []
    repo.write("models.yml", entry("Right", "org/right") + _wrong("Wrong again", "org/wrong"))
    assert _found(repo) == [("KVC001", "Wrong again")]


def test_a_file_that_breaks(repo: Repo) -> None:
    repo.write(
        "models.yml", entry("Right", "org/right") + "Half:\n  scale: [7B\n" + _wrong("Wrong", "org/wrong")
    )
    found = _found(repo)
    assert any(code.startswith("SRC") for code, _ in found)
    assert ("KVC001", "Wrong") not in found


def test_what_main_did_meanwhile_does_not_count(repo: Repo) -> None:
    repo.write("other.yml", entry("New", "org/new"))
    repo.commit()
    repo.git("checkout", "-q", "main")
    repo.write("models.yml", entry("Right", "org/right") + entry("Wrong", "org/wrong"))
    repo.commit()
    repo.git("checkout", "-q", "topic")
    assert _found(repo) == []


def test_a_readme_beside_a_card_makes_it_wrong(repo: Repo) -> None:
    card = "name: X\nscale: 8B parameters\ndecoder_type: Dense\nlicense_name: Apache License 2.0\n"
    repo.write("card/x.arch.yaml", card)
    repo.write("card/README.md", "---\nlicense: apache-2.0\n---\n")
    repo.commit()
    repo.write("card/README.md", "---\nlicense: mit\n---\n")
    assert _found(repo, since="HEAD") == [("REF005", "X")]


def test_configs_behind_a_link_are_found_on_both_sides(repo: Repo) -> None:
    (repo.folder / "configs").rename(repo.folder / "v1")
    (repo.folder / "configs").symlink_to("v1")
    repo.commit()
    repo.write("models.yml", _wrong("Right", "org/right", "144 KiB") + _wrong("Wrong", "org/wrong"))
    assert _found(repo, since="HEAD") == [("KVC001", "Right")]
    repo.git("checkout", "-q", ".")
    repo.write("v2/org/right/config.json", config(num_key_value_heads=4))
    repo.write("v2/org/wrong/config.json", config())
    (repo.folder / "configs").unlink()
    (repo.folder / "configs").symlink_to("v2")
    assert _found(repo, since="HEAD") == [("KVC001", "Right")]


def test_configs_in_a_submodule_are_found_on_both_sides(repo: Repo, tmp_path: Path) -> None:
    configs = Repo(tmp_path / "configs")
    for name in ("right", "wrong"):
        configs.write(f"org/{name}/config.json", config())
    configs.commit()
    repo.git("rm", "-rq", "configs")
    local = ("-c", "protocol.file.allow=always", "submodule", "--quiet")
    repo.git(*local, "add", str(configs.folder), "configs")
    repo.commit()
    repo.write("models.yml", _wrong("Right", "org/right", "144 KiB") + _wrong("Wrong", "org/wrong"))
    assert _found(repo, since="HEAD") == [("KVC001", "Right")]
    repo.git("checkout", "-q", ".")
    inner = Repo(repo.folder / "configs")
    inner.write("org/right/config.json", config(num_key_value_heads=4))
    inner.commit()
    assert _found(repo, since="HEAD") == [("KVC001", "Right")]
    changed = archlint(repo.folder, "diff", "HEAD", "--", "models.yml")
    assert "KV cache per token  128 KiB → 64 KiB (−50 %)" in changed


def test_in_a_hook_and_below_the_top(repo: Repo) -> None:
    repo.write("deep/er/models.yml", _wrong("Old", "org/right", "2 KiB"))
    repo.commit()
    repo.write("deep/er/models.yml", _wrong("Old", "org/right", "2 KiB") + _wrong("New", "org/new"))
    for folder, path in (
        (".", "deep/er/models.yml"),
        (".", "deep"),
        ("deep/er", "models.yml"),
        ("deep", "."),
    ):
        for git in (".git", str(repo.folder / ".git")):
            shown = archlint(
                repo.folder / folder,
                "check",
                "--since",
                "HEAD",
                "--format",
                "json",
                path,
                code=1,
                GIT_DIR=git,
            )
            assert [each["model"] for each in json.loads(shown)["findings"]] == ["New"]


def test_in_another_worktree(repo: Repo, tmp_path: Path) -> None:
    repo.git("worktree", "add", "-q", str(tmp_path / "tree"), "-b", "more")
    tree = Repo(tmp_path / "tree")
    tree.write("models.yml", _wrong("Right", "org/right", "144 KiB") + _wrong("Wrong", "org/wrong"))
    assert _found(tree) == [("KVC001", "Right")]
    assert _found(repo) == []


def test_what_a_partial_clone_lacks_is_told(repo: Repo) -> None:
    blob = repo.git("rev-parse", "HEAD:models.yml")
    repo.write(
        "models.yml", entry("Right", "org/right") + _wrong("Wrong", "org/wrong", scale="8.03B parameters")
    )
    repo.commit()
    (repo.folder / ".git/objects" / blob[:2] / blob[2:]).unlink()
    shown = archlint(repo.folder, "check", "--since", "main", code=1)
    assert "models.yml of " in shown
    assert "is not here, and so is compared with nothing: fetch without a filter." in shown
    assert "is not here" in archlint(repo.folder, "diff", "main")


def test_only_what_is_reported_is_fixed(repo: Repo) -> None:
    repo.write("models.yml", _wrong("Right", "org/right", "144 KiB") + _wrong("Wrong", "org/wrong"))
    shown = archlint(repo.folder, "check", "--since", "main", "--diff", code=1)
    assert shown.count("+  kv_cache_per_token_bf16") == 1
    archlint(repo.folder, "check", "--since", "main", "--fix", code=0)
    text = (repo.folder / "models.yml").read_text(encoding="utf-8")
    assert text == entry("Right", "org/right") + _wrong("Wrong", "org/wrong")


def test_in_a_shallow_clone(repo: Repo, tmp_path: Path) -> None:
    repo.write("models.yml", _wrong("Right", "org/right", "144 KiB") + _wrong("Wrong", "org/wrong"))
    repo.commit()
    clone = Repo(tmp_path / "other")
    clone.git("fetch", "-q", "--depth=1", f"file://{repo.folder}", "main:base", "topic:mine")
    clone.git("checkout", "-q", "mine")
    assert _found(clone, since="base") == [("KVC001", "Right")]
    said = archlint(clone.folder, "check", "--since", "base", code=1)
    assert "no common commit here (this clone is shallow): compared with base." in said


def test_with_a_baseline_too(repo: Repo) -> None:
    archlint(repo.folder, "baseline", code=0)
    assert _found(repo) == []
    repo.write(
        "models.yml", entry("Right", "org/right") + _wrong("Wrong", "org/wrong", scale="8.03B parameters")
    )
    assert _found(repo) == []
    repo.write("models.yml", entry("Right", "org/right") + _wrong("Wrong", "org/wrong", "2 KiB"))
    assert _found(repo) == [("KVC001", "Wrong")]


def test_own_rules_judge_both_sides(repo: Repo) -> None:
    repo.write("archlint.toml", 'configs = ["configs"]\nrules = ["lint/*.yaml"]\n')
    repo.write(
        "lint/small.yaml",
        "code: OWN001\nname: small-context\nsummary: Contexts are short\nseverity: error\neach: card\n"
        'check: config.max_position_embeddings < 100\nat: card.context_tokens\nmessage: "too long"\nwhy: because\n'
        "examples:\n  bad: {card: {scale: 1B}}\n  good: {card: {scale: 1B}}\n",
    )
    shown = archlint(repo.folder, "check", "--since", "main", code=None)
    assert "OWN001" not in shown or "error:" in shown


def test_markdown_tells_what_the_change_means(repo: Repo) -> None:
    repo.write("models.yml", _wrong("Right", "org/right", "144 KiB") + _wrong("Wrong", "org/wrong"))
    for more in (("--format", "markdown"), ("--output", "markdown=a.md", "models.yml")):
        shown = archlint(repo.folder, "check", "--since", "main", *more, code=1)
    for text in (shown, (repo.folder / "a.md").read_text(encoding="utf-8")):
        assert "KVC001" in text
    text = (repo.folder / "a.md").read_text(encoding="utf-8")
    assert "**changed** Right in models.yml" in text
    assert "| kv_cache_per_token_bf16 | 128 KiB | 144 KiB | &#43;13 % |" in text
    (repo.folder / "a.md").unlink()
    other = archlint(repo.folder, "check", "--since", "main", "--format", "markdown", "configs")
    assert "What changed" not in other


def test_mistakes_are_one_line(repo: Repo, tmp_path: Path) -> None:
    for arguments, expected in (
        (("--since", "nowhere"), "archlint: error: --since nowhere: no such commit"),
        (("--since", "--help"), "archlint: error:"),
        (("--since", "main", "-", "--stdin-filename", "a.yml"), "--since goes with files"),
        (("--since", "main", "nothing.yml"), "nothing.yml: no such file or directory"),
        (("--since", "main", "--watch"), "--watch goes with none of"),
    ):
        said = archlint(repo.folder, "check", *arguments, code=2)
        assert expected in said
        assert said.count("\n") == 1
    outside = tmp_path / "outside"
    outside.mkdir()
    assert "not a git repository" in archlint(outside, "check", "--since", "main", code=2)
