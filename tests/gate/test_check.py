"""Options of ``check`` that the gate needs: files of reports, exit codes, statistics, cache, watching."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from queue import Empty, Queue
from xml.etree import ElementTree

import pytest

from archlint.output import FORMATS

from .command import SOURCE, archlint
from .repo import Repo, environment
from .specs import config, entry


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    repo = Repo(tmp_path / "repo")
    repo.write("archlint.toml", 'configs = ["configs"]\n')
    repo.write("configs/org/one/config.json", config())
    repo.write("models.yml", entry("One", "org/one", kv_cache_per_token_bf16="144 KiB"))
    return repo


def test_reports_beside_the_terminal(repo: Repo) -> None:
    wanted = [f"--output={form}=reports/{form}.out" for form in FORMATS]
    shown = archlint(repo.folder, "check", "--format", "concise", *wanted, code=1)
    assert "models.yml:8:28: error KVC001" in shown
    reports = {
        form: (repo.folder / "reports" / f"{form}.out").read_text(encoding="utf-8") for form in FORMATS
    }
    assert all("KVC001" in text for text in reports.values())
    assert json.loads(reports["json"])["summary"]["error"] == 1
    assert ElementTree.fromstring(reports["junit"]).get("failures") == "1"
    assert reports["concise"] == shown
    for form in FORMATS:
        assert archlint(repo.folder, "check", "--format", form, code=1) == reports[form]


def test_reports_that_cannot_be_written(repo: Repo) -> None:
    assert "write FORMAT=FILE" in archlint(repo.folder, "check", "--output", "sarif", code=2)
    assert "write FORMAT=FILE" in archlint(repo.folder, "check", "--output", "xml=x", code=2)
    assert "cannot be written" in archlint(repo.folder, "check", "--output", "json=/dev/null/x", code=2)


def test_a_report_that_cannot_be_written_costs_no_other(repo: Repo) -> None:
    arguments = ("--format", "concise", "--output", "json=/dev/null/x", "--output", "sarif=a.sarif")
    shown = archlint(repo.folder, "check", *arguments, code=2, both=True)
    assert "models.yml:8:28: error KVC001" in shown
    assert "archlint: error: /dev/null/x: cannot be written" in shown
    assert "KVC001" in (repo.folder / "a.sarif").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("outputs", "told"),
    [
        (("xml=a",), "write FORMAT=FILE"),
        (("json=-",), "what standard output gets is said by --format json"),
        (("json=a", "sarif=./a"), "another report goes to this file"),
    ],
)
def test_nothing_is_done_before_a_report_that_cannot_be_meant_is_refused(
    repo: Repo, outputs: tuple[str, ...], told: str
) -> None:
    before = (repo.folder / "models.yml").read_bytes()
    said = archlint(repo.folder, "check", "--fix", *(f"--output={each}" for each in outputs), code=2)
    assert told in said
    assert said.count("\n") == 1
    assert (repo.folder / "models.yml").read_bytes() == before
    assert not (repo.folder / "a").exists()


def test_exit_codes(repo: Repo) -> None:
    archlint(repo.folder, "check", code=1)
    archlint(repo.folder, "check", "--exit-zero", code=0)
    archlint(repo.folder, "check", "--diff", code=1)
    archlint(repo.folder, "check", "--diff", "--exit-zero", code=0)
    archlint(repo.folder, "check", "--ignore", "KVC", "--fail-on", "hint", code=None)
    archlint(repo.folder, "check", "--frobnicate", code=2)
    repo.write("models.yml", entry("One", "org/one"))
    archlint(repo.folder, "check", "--fail-on", "warning", code=0)


def test_statistics_and_what_fixes_do(repo: Repo) -> None:
    shown = archlint(repo.folder, "check", "--statistics", "--show-fixes", code=1)
    assert "1  error    KVC001  kv-figure-agrees  [1 fixable]" in shown
    assert "    fix: " in shown
    shown = archlint(repo.folder, "check", "--fix", "--show-fixes", code=0)
    assert "Fixed 1 finding:" in shown
    assert "KVC001" in shown


def test_named_files_that_are_no_spec_files(repo: Repo) -> None:
    repo.write("package.json", '{"name": "x"}')
    assert "package.json" in archlint(repo.folder, "check", "package.json", code=0)
    shown = archlint(repo.folder, "check", "--only-spec-files", "package.json", code=0)
    assert shown == "No findings.\nNo spec file was found.\n"


def test_the_cache_changes_nothing_but_the_time(repo: Repo) -> None:
    fresh = {form: archlint(repo.folder, "check", "--format", form, "--no-cache", code=1) for form in FORMATS}
    assert not (repo.folder / ".archlint_cache").exists()
    for _ in range(2):
        for form in FORMATS:
            assert archlint(repo.folder, "check", "--format", form, code=1) == fresh[form]
    assert (repo.folder / ".archlint_cache").is_dir()
    assert repo.git("status", "--porcelain", "--", ".archlint_cache") == ""


def test_the_cache_sees_every_change(repo: Repo) -> None:
    archlint(repo.folder, "check", code=1)
    repo.write("configs/org/one/config.json", config(num_key_value_heads=9, num_attention_heads=36))
    archlint(repo.folder, "check", "models.yml", code=0)
    (repo.folder / "configs/org/one/config.json").unlink()
    archlint(repo.folder, "check", code=0)
    repo.write("configs/org__one.json", config())
    archlint(repo.folder, "check", code=1)
    repo.write("archlint.toml", 'configs = ["configs"]\nignore = ["KVC001"]\n')
    archlint(repo.folder, "check", code=0)


def test_the_cache_sees_rules_in_a_folder(repo: Repo) -> None:
    rule = (
        "code: OWN001\nname: few-heads\nsummary: Few heads\nseverity: error\neach: attention\n"
        "check: attention.heads < {}\nat: attention.heads\nmessage: many\nwhy: because\n"
        "examples:\n  bad: {{config: {{model_type: llama, hidden_size: 64, num_attention_heads: 128}}}}\n"
        "  good: {{config: {{model_type: llama, hidden_size: 64, num_attention_heads: 2}}}}\n"
    )
    repo.write("archlint.toml", 'configs = ["configs"]\nrules = ["lint"]\n')
    for limit, told in ((100, False), (10, True), (100, False)):
        repo.write("lint/few.yaml", rule.format(limit))
        shown = archlint(repo.folder, "check", "--format", "concise", code=None)
        assert ("OWN001" in shown) is told


def test_an_interruption_is_no_traceback(repo: Repo) -> None:
    """Wherever it comes: while starting, in another's code, at work, at the end (which takes 0.15 to 0.4 seconds)."""
    codes = set()
    for number in range(32):
        process = subprocess.Popen(
            [sys.executable, "-X", "importtime", "-m", "archlint", "check", "--no-cache"],
            cwd=repo.folder,
            env=environment(PYTHONPATH=str(SOURCE / "src")),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        assert process.stderr is not None
        said = ""
        while "archlint.cli.parser\n" not in said and (line := process.stderr.readline()):
            said += line
        time.sleep(number / 100)
        process.send_signal(signal.SIGINT)
        said += process.communicate(timeout=60)[1]
        assert "Traceback" not in said
        assert process.returncode in (1, 130), said.splitlines()[-3:]
        codes.add(process.returncode)
    assert 130 in codes


def test_concurrent_runs_agree(repo: Repo) -> None:
    for number in range(10):
        repo.write(
            f"more/{number}.yml", entry(f"One {number}", "org/one", kv_cache_per_token_bf16=f"{number} KiB")
        )
    expected = archlint(repo.folder, "check", "--format", "json", "--no-cache", code=1)
    command = [sys.executable, "-m", "archlint", "check", "--format", "json"]
    variables = environment(PYTHONPATH=str(SOURCE / "src"))
    for _ in range(2):
        runs = [
            subprocess.Popen(command, cwd=repo.folder, env=variables, stdout=subprocess.PIPE, text=True)
            for _ in range(4)
        ]
        assert [run.communicate()[0] for run in runs] == [expected] * 4


def test_watching(repo: Repo) -> None:
    command = [sys.executable, "-u", "-m", "archlint", "check", "--watch", "--format", "concise"]
    variables = environment(PYTHONPATH=str(SOURCE / "src"))
    run = subprocess.Popen(
        command,
        cwd=repo.folder,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # A shell that runs the tests in the background has SIGINT ignored, and so would the child.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    lines: Queue[str] = Queue()
    assert run.stdout is not None
    threading.Thread(target=lambda: [lines.put(line) for line in run.stdout or ()], daemon=True).start()

    def next_run() -> str:
        seen = ""
        end = time.monotonic() + 30
        while "Waiting for a change" not in seen:
            try:
                seen += lines.get(timeout=max(0.1, end - time.monotonic()))
            except Empty:
                raise AssertionError(f"nothing more after: {seen}") from None
        return seen

    try:
        assert "not 144 KiB" in next_run()
        repo.write("models.yml", entry("One", "org/one"))
        assert "No findings." in next_run()
        repo.write("configs/org/one/config.json", config(num_key_value_heads=4))
        assert "is 64 KiB, not 128 KiB" in next_run()
        repo.write("archlint.toml", "configs = 3\n")
        assert "archlint: error:" in next_run()
        repo.write("archlint.toml", 'configs = ["configs"]\nignore = ["KVC"]\n')
        assert "No findings." in next_run()
        repo.write("new.yml", entry("Two", "org/one").replace("  scale", "  scale: 9B\n  scale"))
        assert "new.yml" in next_run()
    finally:
        run.send_signal(signal.SIGINT)
        assert run.wait(timeout=20) == 0


def test_output_in_any_encoding(repo: Repo) -> None:
    for encoding in ("ascii", "latin-1", "utf-8"):
        shown = subprocess.run(
            [sys.executable, "-m", "archlint", "check", "--no-cache"],
            cwd=repo.folder,
            env=environment(PYTHONPATH=str(SOURCE / "src"), PYTHONIOENCODING=encoding, PYTHONUTF8="0"),
            capture_output=True,
            check=False,
        )
        assert shown.returncode == 1
        assert b"Traceback" not in shown.stderr
        assert b"KVC001" in shown.stdout


def test_a_reader_that_leaves_early(repo: Repo) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m archlint check | head -n 1; echo ${{PIPESTATUS[0]}}"],
        cwd=repo.folder,
        env=environment(PYTHONPATH=str(SOURCE / "src")) | {"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Traceback" not in done.stderr
    assert done.stdout.startswith("models.yml:8:28: error")


def test_what_the_baseline_knows_is_left_out_but_for_sarif(repo: Repo) -> None:
    archlint(repo.folder, "baseline", code=0)
    repo.write("models.yml", entry("One", "org/one", kv_cache_per_token_bf16="144 KiB", layer_mix="31 GQA"))
    shown = archlint(repo.folder, "check", "--output", "sarif=a.sarif", code=1)
    assert "KVC001" not in shown
    assert "Baseline: 1 known finding left out." in shown
    results = json.loads((repo.folder / "a.sarif").read_text())["runs"][0]["results"]
    states = {result["ruleId"]: result["baselineState"] for result in results}
    assert states.pop("KVC001") == "unchanged"
    assert set(states.values()) == {"new"}
