from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from archlint.cache import FOLDER, Cache, Remembered
from archlint.findings import Finding, Severity
from archlint.project import Settings

FINDING = Finding("KVC001", "kv", Severity.ERROR, "m", "a.yml", (1, 1), (1, 2), 0, 1)
OUTCOME = Remembered("a.yml", "text", (FINDING,), True, 2, 1, 1)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "project" / "configs").mkdir(parents=True)
    return Settings(root=tmp_path / "project", configs=("configs",))


def test_what_was_put_is_got(settings: Settings) -> None:
    Cache(settings).put("a.yml", False, b"text", (), OUTCOME)
    assert Cache(settings).get("a.yml", False, b"text") == OUTCOME
    assert (settings.root / FOLDER / ".gitignore").read_text() == "*\n"


def test_any_change_misses(settings: Settings) -> None:
    Cache(settings).put("a.yml", False, b"text", (), OUTCOME)
    assert Cache(settings).get("a.yml", False, b"other") is None
    assert Cache(settings).get("a.yml", True, b"text") is None
    assert Cache(settings).get("b.yml", False, b"text") is None
    assert Cache(replace(settings, ignore=("KVC001",))).get("a.yml", False, b"text") is None
    (settings.root / "configs" / "new.json").write_text("{}")
    assert Cache(settings).get("a.yml", False, b"text") is None


def test_a_config_that_changes_comes_or_goes_misses(settings: Settings, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    for before, after in ((None, "{}"), ("{}", "{ }"), ("{}", None)):
        config.unlink(missing_ok=True)
        if before is not None:
            config.write_text(before)
        Cache(settings).put("a.yml", False, b"text", (str(config),), OUTCOME)
        assert Cache(settings).get("a.yml", False, b"text") == OUTCOME
        config.unlink() if after is None else config.write_text(after)
        assert Cache(settings).get("a.yml", False, b"text") is None


def test_another_rule_misses(settings: Settings) -> None:
    settings = replace(settings, rules=("lint/*.yaml",))
    (settings.root / "lint").mkdir()
    Cache(settings).put("a.yml", False, b"text", (), OUTCOME)
    assert Cache(settings).get("a.yml", False, b"text") == OUTCOME
    (settings.root / "lint" / "own.yaml").write_text("code: OWN001\n")
    assert Cache(settings).get("a.yml", False, b"text") is None


def test_an_entry_from_elsewhere_is_worth_nothing(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean = OUTCOME._replace(findings=())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "attacker"))
    Cache(settings).put("a.yml", False, b"text", (), clean)
    assert Cache(settings).get("a.yml", False, b"text") == clean
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "victim"))
    assert Cache(settings).get("a.yml", False, b"text") is None


@pytest.mark.parametrize("damage", [b"", b"x", b"\n{}", b"{" * 9999, b"\xff\xfe\n[]"])
def test_a_damaged_entry_misses(settings: Settings, damage: bytes) -> None:
    Cache(settings).put("a.yml", False, b"text", (), OUTCOME)
    (entry,) = (settings.root / FOLDER).glob("*.json")
    entry.write_bytes(damage)
    assert Cache(settings).get("a.yml", False, b"text") is None
    entry.write_bytes(Cache(settings)._sign(damage) + b"\n" + damage)
    assert Cache(settings).get("a.yml", False, b"text") is None


def test_no_place_to_write_is_no_error(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    (settings.root / FOLDER).write_text("a file stands here")
    Cache(settings).put("a.yml", False, b"text", (), OUTCOME)
    assert Cache(settings).get("a.yml", False, b"text") is None
    monkeypatch.setenv("XDG_CACHE_HOME", os.devnull)
    Cache(settings).put("a.yml", False, b"text", (), OUTCOME)
    assert Cache(settings).get("a.yml", False, b"text") is None


def test_concurrent_runs_never_read_a_torn_entry(settings: Settings) -> None:
    outcomes = [OUTCOME._replace(model_count=number, findings=(FINDING,) * 50) for number in range(4)]

    def work(number: int) -> set[int]:
        seen = set()
        for _ in range(30):
            Cache(settings).put("a.yml", False, b"text", (), outcomes[number])
            got = Cache(settings).get("a.yml", False, b"text")
            assert got is None or got in outcomes
            seen.add(-1 if got is None else got.model_count)
        return seen

    with ThreadPoolExecutor(4) as pool:
        seen = set().union(*pool.map(work, range(4)))
    assert seen & {0, 1, 2, 3}


def test_the_cache_does_not_grow(settings: Settings) -> None:
    for number in range(20):
        Cache(settings).put("a.yml", False, str(number).encode(), (), OUTCOME)
    assert len(list((settings.root / FOLDER).glob("*.json"))) == 1
