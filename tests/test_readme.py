"""The README's commands are the ones that are run."""

from pathlib import Path

ROOT = Path(__file__).parent.parent


def _commands() -> list[str]:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.startswith("python3 -m venv")]


def test_two_commands_set_everything_up() -> None:
    assert len(_commands()) == 2


def test_ci_runs_the_readmes_test_command() -> None:
    assert _commands()[1] in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
