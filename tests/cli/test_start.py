"""What a clean check imports: a process that only has to say that all is well must not load what it does not use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFIG = {
    "architectures": ["Qwen3ForCausalLM"], "head_dim": 128, "hidden_act": "silu", "hidden_size": 1024,
    "intermediate_size": 3072, "max_position_embeddings": 40960, "model_type": "qwen3", "num_attention_heads": 16,
    "num_hidden_layers": 28, "num_key_value_heads": 8, "rms_norm_eps": 1e-06, "tie_word_embeddings": True,
    "torch_dtype": "bfloat16", "vocab_size": 151936,
}  # fmt: skip

HEAVY = {
    "pydantic", "jsonschema", "ruamel", "pygls", "lsprotocol", "yaml", "pathspec", "asyncio", "tomllib", "hmac",
    "dataclasses", "inspect", "ast", "difflib", "decimal", "fractions", "threading", "shutil", "tempfile", "glob",
    "subprocess", "urllib.request", "hashlib", "json", "gettext", "locale", "pickle", "cel_expr_python",
    "importlib.metadata", "archlint.rules.load", "archlint.settings", "archlint.facts.card", "archlint.facts.licence",
    "archlint.licences", "archlint.specs.card", "archlint.costs", "archlint.cache",
}  # fmt: skip

PROGRAM = """
import sys
from archlint.cli import main
code = main(sys.argv[1:])
print(code, *sys.modules)
"""


def modules(*arguments: str, folder: Path) -> tuple[int, set[str]]:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "XDG_CACHE_HOME": str(folder / "cache"),
    }
    command = [sys.executable, "-c", PROGRAM, *arguments]
    for _ in range(2):  # in a source tree the first run compiles the rules
        run = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment)
        assert run.returncode == 0, run.stderr
    code, *names = run.stdout.splitlines()[-1].split()
    return int(code), set(names)


@pytest.mark.parametrize("more", [[], ["--quiet"], ["--no-cache"]])
def test_a_clean_check_imports_nothing_heavy(tmp_path: Path, more: list[str]) -> None:
    (tmp_path / "config.json").write_text(json.dumps(CONFIG, indent=2))
    code, names = modules("check", "config.json", *more, folder=tmp_path)
    assert code == 0
    assert "archlint.rules.engine" in names
    assert not HEAVY & names


@pytest.mark.parametrize(
    "text", ['{"model_type": llama}', '{"model_type": "llama"', "{", '{"a": 1 "b"}', "[1,]"]
)
def test_a_broken_config_needs_no_more_to_be_told_of(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    command = [sys.executable, "-m", "archlint", "check", "--no-cache", "--format", "concise", "config.json"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert run.stderr == ""
    assert run.returncode == 1
    assert "SRC" in run.stdout


def test_the_reader_of_json_refuses_what_is_none_where_nobody_imported_json(tmp_path: Path) -> None:
    program = """
import sys
from archlint.scanner import own
for text in ("", "{", '{"a"', "nul", "[1,", '"a', "{]}"):
    try:
        own(text)
        print("read", text)
    except ValueError:
        pass
print("json" in sys.modules)
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment)
    assert (run.stdout, run.stderr) == ("False\n", "")
