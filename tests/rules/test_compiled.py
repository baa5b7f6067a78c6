"""Where the rules come from: the file in a wheel, the cache of a source tree, or the rule files themselves."""

import json
import marshal
from binascii import b2a_base64, crc32
from pathlib import Path

import pytest

from archlint.facts import REGISTRY
from archlint.rules import compiled
from archlint.rules.load import RuleError

RULE = Path(__file__).parents[2] / "rules" / "attention" / "kv-heads-divide-heads.yaml"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "rules" / "attention").mkdir(parents=True)
    (tmp_path / "rules" / "attention" / RULE.name).write_text(RULE.read_text())
    return tmp_path / "rules"


def test_a_wheel_reads_its_own_files(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled.write(folder, tmp_path / "data", REGISTRY)
    monkeypatch.setattr(compiled, "DATA", tmp_path / "data")
    monkeypatch.setattr(compiled, "load_files", None)
    (rule,), table = compiled.load_builtin(REGISTRY)
    assert rule.code == "ATT002"
    assert table["attention"].codes == ("ATT002",)
    assert compiled.load_page(rule, REGISTRY).why.startswith("Grouped-query attention")


def test_what_the_cache_holds_is_what_the_files_say(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = compiled.files_in(folder)
    rules, table = compiled.load_files(files, REGISTRY, builtin=True)
    monkeypatch.setattr("archlint.rules.load.load", None)
    held, functions = compiled.load_files(files, REGISTRY, builtin=True)
    assert held == rules
    assert functions["attention"].codes == ("ATT002",)
    code, kept = table["attention"].function.__code__, functions["attention"].function.__code__
    assert (kept.co_code, kept.co_consts) == (code.co_code, code.co_consts)


def test_a_changed_file_is_read_again(folder: Path) -> None:
    files = compiled.files_in(folder)
    compiled.load_files(files, REGISTRY, builtin=True)
    path = folder / "attention" / RULE.name
    path.write_text(RULE.read_text().replace("severity: error", "severity: warning"))
    (rule,), _ = compiled.load_files(files, REGISTRY, builtin=True)
    assert str(rule.severity) == "warning"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"stamp": [], "rules": 3}'])
def test_a_broken_cache_is_no_error(folder: Path, tmp_path: Path, content: str) -> None:
    files = compiled.files_in(folder)
    compiled.load_files(files, REGISTRY, builtin=True)
    for cache in (tmp_path / "cache" / "archlint").iterdir():
        cache.write_text(content)
    assert len(compiled.load_files(files, REGISTRY, builtin=True)[0]) == 1


@pytest.mark.parametrize("damage", ["", "4wA=", "cut", "another", "other code"])
def test_a_cache_whose_code_is_damaged_is_no_error(folder: Path, tmp_path: Path, damage: str) -> None:
    files = compiled.files_in(folder)
    compiled.load_files(files, REGISTRY, builtin=True)
    (cache,) = (tmp_path / "cache" / "archlint").iterdir()
    held = json.loads(cache.read_text())
    kept = held["suspects"]
    other = b2a_base64(marshal.dumps(compile("x = 1", "", "exec"))).decode()
    held["suspects"] = {"cut": kept[:40], "another": f"{kept[:40]}AAAA{kept[44:]}", "other code": other}.get(
        damage, damage
    )
    if damage == "other code":
        held["digest"] = crc32(other.encode())
    cache.write_text(json.dumps(held))
    assert list(compiled.load_files(files, REGISTRY, builtin=True)[1]) == ["attention"]


def test_a_cache_that_cannot_be_written_is_no_error(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert len(compiled.load_files(compiled.files_in(folder), REGISTRY, builtin=True)[0]) == 1


def test_two_rules_of_one_code_are_an_error(folder: Path) -> None:
    (folder / "attention" / "other.yaml").write_text(RULE.read_text())
    with pytest.raises(RuleError, match="ATT002 is taken by"):
        compiled.load_files(compiled.files_in(folder), REGISTRY, builtin=True)


def test_a_users_own_rule_is_loaded_with_the_built_in_ones(folder: Path, tmp_path: Path) -> None:
    from archlint.project import ConfigurationError, Settings
    from archlint.rules.ruleset import ruleset_of

    own = tmp_path / "lint" / "ours.yaml"
    own.parent.mkdir()
    own.write_text(RULE.read_text().replace("ATT002", "OURS001").replace("kv-heads-divide-heads", "ours"))
    ruleset = ruleset_of(Settings(root=tmp_path, rules=("lint/*.yaml",)))
    assert ruleset.find("OURS001") is not None
    assert ruleset.find("ATT002") is not None
    own.write_text(own.read_text().replace("attention.heads %", "attention.hads %"))
    with pytest.raises(ConfigurationError, match=r"^lint/\w+.yaml:\d+:8: unknown fact attention.hads"):
        ruleset_of(Settings(root=tmp_path, rules=("lint/ours.yaml",)))
    with pytest.raises(ConfigurationError, match="no rule file is there"):
        ruleset_of(Settings(root=tmp_path, rules=("nowhere/*.yaml",)))
