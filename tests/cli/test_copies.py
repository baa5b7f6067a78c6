"""Copies of a config: the second is not judged again, and what comes of it is the same."""

import json
from pathlib import Path
from typing import Any

import pytest

import archlint.cli.session
from archlint.cli import main

CLEAN: dict[str, Any] = {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 2048, "intermediate_size": 8192,
    "num_hidden_layers": 16, "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 128256,
}  # fmt: skip
PARAMS = {
    "dim": 2048, "n_layers": 16, "n_heads": 32, "n_kv_heads": 8, "hidden_dim": 8192, "vocab_size": 128256,
    "norm_eps": 1e-05, "head_dim": 64,
}  # fmt: skip
WRONG = {**CLEAN, "num_key_value_heads": 5}


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    lint = archlint.cli.session.lint

    def counted(document: Any, *rest: Any, **more: Any) -> Any:
        found.append(Path(document.name).parent.name)
        return lint(document, *rest, **more)

    monkeypatch.setattr("archlint.cli.session.lint", counted)
    return found


def write(folder: Path, config: dict[str, Any], name: str = "config.json") -> Path:
    folder.mkdir()
    (folder / name).write_text(json.dumps(config))
    return folder / name


def outcome(capsys: pytest.CaptureFixture[str], *paths: Path) -> tuple[int, Any]:
    code = main(["check", "--no-cache", "--format", "json", *map(str, paths)])
    return code, json.loads(capsys.readouterr().out)


def test_a_copy_is_not_judged_again(
    tmp_path: Path, judged: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [write(tmp_path / name, CLEAN) for name in ("a", "b", "c")]
    code, report = outcome(capsys, *paths)
    assert judged == ["a"]
    assert code == 0
    assert (report["summary"]["files"], report["summary"]["models"]) == (3, 3)


def test_a_copy_says_of_itself_what_the_first_says(
    tmp_path: Path, judged: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    texts = (json.dumps(WRONG), '{"model_type": "llama", "hidden_size": 64, "hidden_size": 64}')
    for number, text in enumerate(texts):  # the second has a related place
        alone, together = [], []
        for name in ("a", "b", "c"):
            path = write(tmp_path / f"{name}{number}", WRONG)
            path.write_text(text)
            code, report = outcome(capsys, path)
            assert code == 1
            alone += report["findings"]
            together.append(path)
        judged.clear()
        code, report = outcome(capsys, *together)
        assert code == 1
        assert report["findings"] == alone
        assert judged == [f"a{number}"]
    assert any(each["related"] for each in alone)


def test_what_stands_beside_a_copy_counts(
    tmp_path: Path, judged: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [write(tmp_path / name, PARAMS, "params.json") for name in ("a", "b", "c")]
    (tmp_path / "b" / "config.json").write_text(json.dumps({**CLEAN, "vocab_size": 32001}))
    _, report = outcome(capsys, *paths)
    assert judged == ["a", "b"]
    assert {Path(each["file"]).parent.name for each in report["findings"]} == {"b"}


def test_where_paths_decide_each_is_judged(
    tmp_path: Path, judged: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [write(tmp_path / name, CLEAN) for name in ("a", "b")]
    (tmp_path / "archlint.toml").write_text('[per-file-ignores]\n"a/*" = ["ATT"]\n')
    outcome(capsys, *paths)
    assert judged == ["a", "b"]
