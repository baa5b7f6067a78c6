"""What somebody meets who uses archlint for the first time, in places where little works."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import archlint
from archlint.cli import main
from archlint.linter import read
from archlint.model import Model
from archlint.project import forget
from archlint.rules.engine import _model_at
from archlint.source import parse

CONFIG = {
    "model_type": "llama",
    "hidden_size": 4096,
    "num_hidden_layers": 2,
    "num_attention_heads": 7,
    "num_key_value_heads": 2,
    "head_dim": 128,
}


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a config that has one error, and nothing else."""
    (tmp_path / "config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    forget()
    return tmp_path


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("configs = 3", "configs: must be a list, not 3"),
        ('profile = "srict"', "profile: must be default, strict or pedantic, not srict"),
        (
            '[severity]\nATT002 = "warn"',
            "severity.ATT002: must be error, warning, info, hint or off, not warn",
        ),
        ("require-reasons = []", "require-reasons: must be true or false, not a list"),
        ('[[suppress]]\ncodes = ["ATT"]', "suppress.0.file: is missing"),
        ('[[suppress]]\nfile = "a"\ncode = ["ATT"]', "unknown key suppress.0.code"),
        ('ignore = ["CTX999"]', "ignore: no rule has the code, prefix or name CTX999"),
        ('[severity]\nFOO = "error"', "severity: no rule has the code, prefix or name FOO"),
        ('[per-file-ignores]\n"*.json" = ["ATTX"]', 'per-file-ignores."*.json": no rule has'),
        (
            '[[suppress]]\nfile = "a"\ncodes = ["ATT999"]',
            "suppress.0: no rule has the code, prefix or name ATT999",
        ),
        ("options.CRD999.today = 1", "options: no rule has the code or name CRD999"),
        (
            'options.date-not-in-future.to-day = "2026-01-01"',
            "options.date-not-in-future: CRD008 has no option to-day; its options are today",
        ),
        ("options.ATT002.gpus = 8", "options.ATT002: ATT002 has no option gpus; it has none"),
        ('options.ATT007.gpus = "8"', "options.ATT007.gpus: must be a whole number"),
        ("options.CTX002.types = [3]", "options.CTX002.types: must be a list of texts"),
    ],
)
def test_a_wrong_configuration_is_told_in_its_own_words(
    broken: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    (broken / "archlint.toml").write_text(text, encoding="utf-8")
    assert main(["check", "."]) == 2
    assert told in capsys.readouterr().err


def test_the_first_rule_of_ones_own_may_be_started_before_there_is_one(
    broken: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (broken / "archlint.toml").write_text('rules = ["lint/**/*.yaml"]', encoding="utf-8")
    assert main(["check", "."]) == 2
    assert main(["rule", "--new", "own/first"]) == 0
    forget()
    assert main(["rule", "--test"]) == 0
    assert "1 of 1" in capsys.readouterr().out


def test_an_unclosed_list_of_codes_silences_nothing(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "# archlint: ignore[PAR001 the vendor says so\nscale: 22B of 235B\ndecoder_type: Densse\n"
    (broken / "a.arch.yaml").write_text(text + "# archlint: ignore[SCH003\nlayermix: 3\n", encoding="utf-8")
    main(["check", "a.arch.yaml", "--select", "SCH", "--format", "concise"])
    assert "layermix" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.json", b"", "it is empty"),
        ("a.yml", b" \n", "it is empty"),
        (
            "config.json",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
            "it is a pointer of Git LFS",
        ),
        (
            "README.md",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
            "it is a pointer of Git LFS",
        ),
        ("a.json", b"\xff\xfe{\0}", "it is in UTF-16"),
        ("a.json", b"\xff\xfe{\0}\0", "it has no model_type"),
        ("a.json", b" " * (17 << 20), "it is too large to be read"),
    ],
)
def test_a_file_that_is_not_read_says_why(
    broken: Path, capsys: pytest.CaptureFixture[str], name: str, data: bytes, why: str
) -> None:
    (broken / name).write_bytes(data)
    assert main(["check", name]) == 0
    shown = capsys.readouterr().out
    assert f"nothing was checked: {why}" in shown
    assert "1 info." in shown


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_a_file_in_another_encoding_is_told_of_and_judged_all_the_same(
    broken: Path, capsys: pytest.CaptureFixture[str], encoding: str
) -> None:
    (broken / "config.json").write_bytes(json.dumps(CONFIG).encode(encoding))
    assert main(["check", ".", "--only-spec-files", "--format", "concise", "--quiet"]) == 1
    found = capsys.readouterr().out
    assert f"SRC024 the file is {encoding[:6].upper()}; it must be UTF-8" in found
    assert "ATT002" in found
    assert main(["check", ".", "--fix"]) == 1
    assert (broken / "config.json").read_bytes() == json.dumps(CONFIG).encode(encoding)


@pytest.mark.parametrize(
    ("data", "code"), [(b"", "SRC029"), (b"\x7fELF\0\xff\xfe\0\1", "SRC025"), (b" " * (17 << 20), "SRC026")]
)
def test_a_config_that_cannot_be_read_is_one_finding(
    broken: Path, capsys: pytest.CaptureFixture[str], data: bytes, code: str
) -> None:
    (broken / "config.json").write_bytes(data)
    main(["check", "config.json", "--format", "json"])
    assert [each["code"] for each in json.loads(capsys.readouterr().out)["findings"]] == [code]


def test_a_card_is_not_held_against_half_a_config(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = json.dumps(
        CONFIG | {"num_attention_heads": 32, "num_key_value_heads": 8, "num_hidden_layers": 32}
    )
    (broken / "x.arch.yaml").write_text(
        "name: X\nscale: 70B parameters\nlayer_mix: 36 GQA\nkv_cache_per_token_bf16: 1 KiB\n",
        encoding="utf-8",
    )
    (broken / "config.json").write_text(whole, encoding="utf-8")
    assert main(["check", "x.arch.yaml", "--format", "concise"]) == 1
    assert {"KVC001", "LAY020", "PAR011"} <= set(capsys.readouterr().out.split())
    for end in range(1, len(whole)):
        (broken / "config.json").write_text(whole[:end], encoding="utf-8")
        assert main(["check", "x.arch.yaml", "--format", "concise"]) == 0, whole[:end]
    capsys.readouterr()
    assert main(["check", "x.arch.yaml"]) == 0
    assert "0 of 1 card checked against a config, that of 1 cannot be read.\n" in capsys.readouterr().out
    assert main(["check", "x.arch.yaml", "--format", "json"]) == 0
    summary = json.loads(capsys.readouterr().out)["summary"]
    assert (summary["cards_with_config"], summary["cards_without_config"]) == (1, 0)
    for command in (
        ["show", "x.arch.yaml"],
        ["explain", "x.arch.yaml", "kv_cache.bytes_per_token"],
        ["why", "x.arch.yaml"],
    ):
        main(command)
        assert "cannot be read" in "".join(capsys.readouterr()), command


def test_a_name_that_is_too_long_is_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "a" * 300]) == 2
    assert "cannot be read" in capsys.readouterr().err


def _archlint(
    *arguments: str, stdout: int | None = subprocess.PIPE, **more: str
) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(Path(archlint.__file__).parents[1]), **more}
    command = [sys.executable, "-m", "archlint", *arguments]
    return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, env=environment, check=False)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_is_one_line_and_exit_2(broken: Path) -> None:
    with open("/dev/full", "w") as full:
        ended = _archlint("check", "config.json", stdout=full.fileno())
    assert (ended.returncode, ended.stderr.count(b"\n")) == (2, 1)


def test_a_terminal_of_few_characters_gets_plain_ones(broken: Path) -> None:
    few = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    shown = _archlint("show", "config.json", **few).stdout
    assert b"====" in shown
    assert shown.isascii()
    (broken / "größe.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    assert _archlint("why", "größe.json", **few).returncode == 0
    found = json.loads(_archlint("check", ".", "--format", "json", **few).stdout)
    assert found["summary"]["error"] > 0


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="every folder can be read here")
def test_a_folder_that_cannot_be_read_is_one_line_and_exit_2(
    broken: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (broken / "secret").mkdir(mode=0)
    try:
        assert main(["check", "secret"]) == 2
        assert main(["check", "secret/config.json"]) == 2
        assert main(["check", "config.json"]) == 1
    finally:
        (broken / "secret").chmod(0o700)
    assert "secret: cannot be read: permission denied" in capsys.readouterr().err


def test_the_entry_around_a_place_is_found_in_a_large_gallery_as_in_a_small_one() -> None:
    entry = "Model {}:\n  company: Acme\n  scale: 8B parameters\n  decoder_type: Dense\n"
    text = "".join(entry.format(i) for i in range(100))
    models: list[Model] = read(parse(text, "models.yml"), lambda card, document: None)[1]
    for place in (0, 5, text.index("Model 50:"), text.index("Model 50:") + 30, len(text) - 2):
        large = _model_at(models, place)
        small = next((each for each in models if _model_at([each], place)), None)
        assert large is small is not None


@pytest.mark.parametrize(
    "command",
    [
        ["check", "config.json"],
        ["show", "config.json"],
        ["explain", "config.json", "kv_cache.bytes_per_token"],
        ["diff", "HEAD"],
        ["why", "config.json"],
        ["baseline", "config.json"],
    ],
)
def test_a_folder_of_configs_that_is_not_there_is_refused(
    broken: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    """Whether the configuration names it or the command line; the command line's folder wins."""
    source = broken / "archlint.toml"
    source.write_text('configs = ["nowhere"]\n', encoding="utf-8")
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for each in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
        subprocess.run([*git, *each], check=True)
    (broken / "config.json").write_text(json.dumps(CONFIG | {"head_dim": 64}), encoding="utf-8")
    assert main(command) == 2
    assert capsys.readouterr() == ("", f"archlint: error: {source}: configs: nowhere: no such folder\n")
    if command[0] in ("check", "show", "explain", "diff"):
        assert main([*command, "--configs", "."]) < 2
        capsys.readouterr()
        assert main([*command, "--configs", "elsewhere"]) == 2
        assert capsys.readouterr() == ("", "archlint: error: --configs elsewhere: no such folder\n")


def test_nothing_in_a_configuration_moves_the_cursor(
    broken: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (broken / "archlint.toml").write_text('ignore = ["\\u001b]0;x\\u0007"]')
    assert main(["check", str(broken)]) == 2
    assert "\x1b" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "table",
    [
        "[tool]\narchlint = {profile = 'x'}",
        '[tool."archlint"]\nprofile = "x"',
        "[ tool . archlint ]\nprofile = 'x'",
    ],
)
def test_a_table_of_toml_is_found_however_it_is_written(
    table: str, broken: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (broken / "pyproject.toml").write_text(table)
    assert main(["check", str(broken)]) == 2
    assert "profile" in capsys.readouterr().err


def test_standard_input_that_is_closed_or_never_ends_is_told_of(broken: Path) -> None:
    command = f"exec {sys.executable} -m archlint check --stdin-filename config.json -"
    closed = subprocess.run(
        ["sh", "-c", f"{command} <&-"], cwd=broken, capture_output=True, text=True, check=False
    )
    assert (closed.returncode, closed.stderr) == (2, "archlint: error: standard input is closed\n")
    endless = subprocess.run(
        ["sh", "-c", f"{command} </dev/zero"], cwd=broken, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in endless.stderr
    assert "SRC026" in endless.stdout
