"""Several processes give what one gives: the same findings in the same order, and the same errors."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from archlint.cli import main
from archlint.cli.parser import UserError
from archlint.cli.workers import spread

CONFIG = {
    "model_type": "llama",
    "hidden_size": 256,
    "num_hidden_layers": 2,
    "num_attention_heads": 8,
    "num_key_value_heads": 2,
    "intermediate_size": 512,
    "vocab_size": 1000,
}


@pytest.fixture
def many(tmp_path: Path) -> Path:
    for number in range(24):
        folder = tmp_path / f"m{number:02}"
        folder.mkdir()
        heads = 3 if number % 5 == 0 else 8
        text = json.dumps(CONFIG | {"num_attention_heads": heads}, indent=1)
        (folder / "config.json").write_text(text[:-2] if number == 7 else text)
        (folder / "other.json").write_text("{}")
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["check", "--no-cache", *arguments])
    return (code, *capsys.readouterr())


@pytest.mark.parametrize("form", ["json", "text", "sarif"])
def test_jobs_change_nothing_that_is_printed(
    many: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    alone = run(capsys, "--format", form, "--jobs", "1", str(many))
    assert alone[0] == 1
    assert "ATT002" in alone[1]
    for jobs in ("2", "3", "50"):
        assert run(capsys, "--format", form, "--jobs", jobs, str(many)) == alone


def test_a_users_error_in_a_worker_is_one_line(many: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (many / "m20" / "archlint.toml").write_text("profile = 3\n")
    alone = run(capsys, "--jobs", "1", str(many))
    assert alone[0] == 2
    assert len(alone[2].splitlines()) == 1
    assert run(capsys, "--jobs", "3", str(many)) == alone


def test_what_a_worker_cannot_do_the_parent_does() -> None:
    parent = os.getpid()

    def work(item: int) -> int:
        if os.getpid() != parent and item == 9:
            os._exit(3)
        return item * item

    assert list(spread(range(12), work, 3)) == [item * item for item in range(12)]


def test_results_before_an_error_come_first() -> None:
    def work(item: int) -> int | None:
        if item == 8:
            raise UserError("no eight")
        return None if item == 2 else item

    found: list[int | None] = []
    with pytest.raises(UserError, match="no eight"):
        found.extend(spread(range(12), work, 4))
    assert found == [0, 1, None, 3, 4, 5, 6, 7]


def test_an_early_end_leaves_no_process_behind() -> None:
    results = spread(range(100), lambda item: "x" * 100_000, 4)
    next(results)
    next(results)
    results.close()  # type: ignore[attr-defined]
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


@pytest.mark.parametrize("jobs", ["0", "-1", "two", ""])
def test_a_number_of_jobs_that_is_none(capsys: pytest.CaptureFixture[str], jobs: str) -> None:
    code, _, error = run(capsys, f"--jobs={jobs}", ".")
    assert code == 2
    assert len(error.splitlines()) == 1


def test_an_error_in_a_users_own_rule_is_told_by_a_worker_as_well(
    many: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (many / "m20" / "archlint.toml").write_text('rules = ["own.yaml"]\n')
    (many / "m20" / "own.yaml").write_text("code: 3\n")
    alone = run(capsys, "--jobs", "1", str(many))
    assert alone[0] == 2
    assert "own.yaml:1:" in alone[2]
    assert run(capsys, "--jobs", "3", str(many)) == alone


def test_items_of_one_size_are_worked_on_by_one_process() -> None:
    sizes = [100 * (index % 7) for index in range(71)]
    found = list(spread(range(71), lambda _: os.getpid(), 3, sizes.__getitem__))
    groups = [{found[index] for index in range(1, 71) if sizes[index] == size} for size in set(sizes)]
    assert len(set(found)) == 3
    assert sum(len(group) - 1 for group in groups) <= 2  # where one part ends and the next begins
