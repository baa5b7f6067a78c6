"""The action's shell steps, run as a runner would: inputs, outputs, an event file, a real checkout."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from .command import SOURCE
from .repo import Repo, environment
from .specs import config, entry


class Runner:
    """Runs the ``run`` steps of ``action.yml``; expressions are limited to what the action uses."""

    def __init__(
        self, checkout: Path, temp: Path, installed: Path, event: dict[str, object], **inputs: str
    ) -> None:
        self.action = yaml.safe_load((SOURCE / "action.yml").read_text(encoding="utf-8"))
        self.checkout = checkout
        self.temp = temp
        temp.mkdir(exist_ok=True)
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        assert given.keys() <= self.action["inputs"].keys()
        self.inputs = {
            name: str(value.get("default", "")) for name, value in self.action["inputs"].items()
        } | given
        self.outputs: dict[str, dict[str, str]] = {"install": {"archlint": str(installed / "archlint")}}
        self.summary = temp / "summary.md"
        self.event = temp / "event.json"
        self.event.write_text(json.dumps(event))
        self.log = ""
        self.code = 0

    def run(self, skip: tuple[str, ...] = ("install",)) -> Runner:
        for step in self.action["runs"]["steps"]:
            if "run" not in step or step.get("id") in skip:
                continue
            self._step(step)
            if self.code:
                break
        return self

    def _step(self, step: dict[str, Any]) -> None:
        assert "${{" not in step["run"], "an expression in a script is an injection"
        output = self.temp / "output"
        output.write_text("")
        variables = {name: self._value(str(value)) for name, value in step.get("env", {}).items()}
        variables |= {
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_EVENT_PATH": str(self.event),
            "GITHUB_ACTIONS": "true",
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.checkout,
            env=environment(**variables),
            capture_output=True,
            text=True,
            check=False,
        )
        self.log += done.stdout + done.stderr
        self.code = done.returncode
        pairs = (line.partition("=") for line in output.read_text().splitlines())
        self.outputs.setdefault(step.get("id", ""), {}).update({name: value for name, _, value in pairs})

    def _value(self, text: str) -> str:
        return re.sub(r"\$\{\{ *([\w.-]+) *\}\}", lambda match: self._lookup(match[1]), text)

    def _lookup(self, expression: str) -> str:
        match expression.split("."):
            case ["inputs", name]:
                return self.inputs[name]
            case ["steps", step, "outputs", name]:
                return self.outputs.get(step, {}).get(name, "")
            case ["github", "action_path"]:
                return str(SOURCE)
            case ["runner", "temp"]:
                return str(self.temp)
        raise AssertionError(expression)


@pytest.fixture
def origin(tmp_path: Path) -> Repo:
    repo = Repo(tmp_path / "origin")
    repo.git("config", "uploadpack.allowAnySHA1InWant", "true")
    repo.write("archlint.toml", 'configs = ["configs"]\n')
    for name in ("one", "old", "new"):
        repo.write(f"configs/org/{name}/config.json", config())
    repo.write(
        "models.yml", entry("One", "org/one") + entry("Old", "org/old", kv_cache_per_token_bf16="1 KiB")
    )
    repo.commit("Start, with an old mistake")
    return repo


def _pull_request(origin: Repo, text: str, folder: Path) -> tuple[Path, dict[str, object]]:
    """Return a shallow checkout of the merge of a pull request that writes ``text``, and its event."""
    base = origin.git("rev-parse", "main")
    origin.git("checkout", "-q", "-b", "topic")
    origin.write("models.yml", text)
    head = origin.commit("A pull request")
    origin.git("checkout", "-q", "main")
    origin.git("checkout", "-q", "-b", "merge")
    origin.git("merge", "-q", "--no-ff", "--no-edit", "topic")
    origin.git("checkout", "-q", "main")
    subprocess.run(
        ["git", "clone", "-q", "--depth=1", "--branch=merge", f"file://{origin.folder}", str(folder)],
        env=environment(),
        check=True,
    )
    return folder, {"pull_request": {"base": {"sha": base, "ref": "main"}, "head": {"sha": head}}}


def test_a_wrong_figure_is_annotated_and_fails(origin: Repo, installed: Path, tmp_path: Path) -> None:
    wrong = entry("One", "org/one", kv_cache_per_token_bf16="144 KiB") + entry(
        "Old", "org/old", kv_cache_per_token_bf16="1 KiB"
    )
    checkout, event = _pull_request(origin, wrong, tmp_path / "checkout")
    runner = Runner(checkout, tmp_path / "temp", installed, event).run()
    assert runner.code == 1
    (line,) = [line for line in runner.log.splitlines() if line.startswith("::")]
    assert line.startswith(
        "::error file=models.yml,line=8,endLine=8,col=28,endColumn=35,title=archlint KVC001"
    )
    assert "KV cache per token is 128 KiB, not 144 KiB" in line
    summary = runner.summary.read_text(encoding="utf-8")
    assert summary.startswith("### archlint: 1 error")
    sarif = json.loads((checkout / "archlint.sarif").read_text())
    assert [result["ruleId"] for result in sarif["runs"][0]["results"]] == ["KVC001"]
    assert runner.outputs["check"] == {"sarif": "archlint.sarif", "exit-code": "1"}


def test_what_was_wrong_before_does_not_fail_what_is_right(
    origin: Repo, installed: Path, tmp_path: Path
) -> None:
    right = entry("One", "org/one") + entry("Old", "org/old", kv_cache_per_token_bf16="1 KiB")
    right += entry("New", "org/new")
    checkout, event = _pull_request(origin, right, tmp_path / "checkout")
    runner = Runner(checkout, tmp_path / "temp", installed, event).run()
    assert runner.code == 0, runner.log
    assert "::error" not in runner.log


def test_a_push_checks_everything(origin: Repo, installed: Path, tmp_path: Path) -> None:
    runner = Runner(origin.folder, tmp_path / "temp", installed, {"ref": "refs/heads/main"}).run()
    assert runner.code == 1
    assert "not 1 KiB" in runner.log
    runner = Runner(
        origin.folder,
        tmp_path / "temp",
        installed,
        {},
        fail_on="never",
        format="concise",
        sarif="",
        summary="false",
    ).run()
    assert runner.code == 0
    assert "models.yml:22:28: error KVC001" in runner.log


def test_inputs_are_data(origin: Repo, installed: Path, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    evil = f"$(touch {mark}) ; touch {mark} ` touch {mark} `"
    runner = Runner(origin.folder, tmp_path / "temp", installed, {}, paths=evil).run()
    assert runner.code == 2
    assert not mark.exists()
    checkout, _ = _pull_request(origin, entry("One", "org/one"), tmp_path / "checkout")
    for since in (
        evil,
        f"--upload-pack=touch {mark} #",
        f"--upload-pack=touch${{IFS}}{mark}",
        f"ext::sh -c touch% {mark}",
        "main\narchlint=/bin/false",
    ):
        runner = Runner(checkout, tmp_path / "temp", installed, {}, since=since).run()
        assert runner.code == 2
        assert "::error title=archlint::The commit to compare with is not in this clone" in runner.log
        assert not mark.exists()
        assert not any(runner.outputs.get("base", {}).values())


def test_the_base_is_what_was_merged_into_not_what_the_event_says(
    origin: Repo, installed: Path, tmp_path: Path
) -> None:
    old = entry("Old", "org/old", kv_cache_per_token_bf16="1 KiB")
    event_base = origin.git("rev-parse", "main")
    origin.write("other.yml", entry("Meanwhile", "org/new", kv_cache_per_token_bf16="2 KiB"))
    origin.commit("Another pull request, merged meanwhile")
    wrong = entry("One", "org/one", kv_cache_per_token_bf16="144 KiB") + old
    checkout, event = _pull_request(origin, wrong, tmp_path / "checkout")
    event["pull_request"]["base"]["sha"] = event_base  # type: ignore[index]
    runner = Runner(checkout, tmp_path / "temp", installed, event).run()
    assert "not 144 KiB" in runner.log
    assert "not 2 KiB" not in runner.log
    # With its parents there nothing is fetched: no remote is needed.
    deeper = Repo(checkout)
    deeper.git("fetch", "-q", "--depth=2", "origin", "merge")
    deeper.git("remote", "remove", "origin")
    runner = Runner(checkout, tmp_path / "temp", installed, event).run()
    assert "not 144 KiB" in runner.log
    assert "not 2 KiB" not in runner.log
    assert "no common commit" not in runner.log


def test_a_branch_is_fetched_and_a_full_clone_stays_full(
    origin: Repo, installed: Path, tmp_path: Path
) -> None:
    origin.git("branch", "release")
    wrong = entry("One", "org/one", kv_cache_per_token_bf16="144 KiB")
    origin.write("models.yml", wrong + entry("Old", "org/old", kv_cache_per_token_bf16="1 KiB"))
    origin.commit("Wrong")
    full = tmp_path / "full"
    subprocess.run(
        ["git", "clone", "-q", f"file://{origin.folder}", str(full)], env=environment(), check=True
    )
    runner = Runner(full, tmp_path / "temp", installed, {}, since="release").run()
    assert runner.code == 1
    assert "not 144 KiB" in runner.log
    assert "not 1 KiB" not in runner.log
    assert Repo(full).git("rev-parse", "--is-shallow-repository") == "false"


@pytest.mark.parametrize(
    "event",
    [
        {"schedule": "0 0 * * *"},
        {"ref": "refs/heads/main", "before": "0" * 40, "after": "1" * 40},
        {"pull_request": None},
        {"pull_request": {"base": None, "head": None}},
        {"pull_request": {"base": {"sha": "main; touch x"}, "head": {"sha": "$(touch x)"}}},
    ],
)
def test_events_without_a_base_check_everything(
    origin: Repo, installed: Path, tmp_path: Path, event: dict[str, object]
) -> None:
    runner = Runner(origin.folder, tmp_path / "temp", installed, event).run()
    assert runner.outputs["base"] == {"since": ""}
    assert "not 1 KiB" in runner.log


def test_globs_and_spaces_in_paths(origin: Repo, installed: Path, tmp_path: Path) -> None:
    runner = Runner(
        origin.folder,
        tmp_path / "temp",
        installed,
        {},
        paths="models.yml\nconfigs",
        arguments="--ignore\nKVC",
    ).run()
    assert runner.code == 0, runner.log


def test_the_install_step(project: Repo, origin: Repo, tmp_path: Path) -> None:
    runner = Runner(origin.folder, tmp_path / "temp", Path("nowhere"), {})
    install = next(step for step in runner.action["runs"]["steps"] if step.get("id") == "install")
    install["env"]["HERE"] = str(project.folder)
    runner._step(install)
    assert runner.code == 0, runner.log
    archlint = runner.outputs["install"]["archlint"]
    assert os.access(archlint, os.X_OK)
    shown = subprocess.run(
        [archlint, "--version"], capture_output=True, text=True, check=True, env=environment()
    )
    assert shown.stdout.startswith("archlint ")


def test_the_documentation_names_every_input() -> None:
    action = yaml.safe_load((SOURCE / "action.yml").read_text(encoding="utf-8"))
    page = (SOURCE / "docs" / "ci" / "README.md").read_text(encoding="utf-8")
    for name in action["inputs"]:
        assert f"| `{name}` |" in page
    workflow = yaml.safe_load((SOURCE / "docs" / "ci" / "github.yml").read_text(encoding="utf-8"))
    (step,) = [step for step in workflow["jobs"]["archlint"]["steps"] if "archlint" in step["uses"]]
    assert step["with"].keys() <= action["inputs"].keys()
