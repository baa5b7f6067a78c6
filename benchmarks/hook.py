"""The warm hook on one changed file, against an empty Python hook, in one run: ``python benchmarks/hook.py``.

Both hooks are of ``language: python``, installed by pre-commit itself; the empty one is a program that returns 0. Runs
alternate, so that a busy machine slows both; what counts is the ratio of the medians.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
LIMIT = 1.5

_EMPTY = {
    "pyproject.toml": (
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "empty-hook"\nversion = "1"\n[project.scripts]\nempty-hook = "empty_hook:main"\n'
    ),
    "empty_hook.py": "def main():\n    return 0\n",
}
_HOOKS = """\
repos:
  - repo: local
    hooks:
      - {{id: empty, name: empty, entry: empty-hook, language: python,
         additional_dependencies: [{empty}], require_serial: true}}
      - {{id: archlint, name: archlint, entry: archlint check --only-spec-files, language: python,
         additional_dependencies: [{project}], require_serial: true}}
"""
_CONFIG = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
    "max_position_embeddings": 8192,
    "rms_norm_eps": 1e-05,
    "torch_dtype": "bfloat16",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--tool", default=str(Path(sys.executable).with_name("pre-commit")))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        times = measure(Path(folder), arguments.tool, arguments.runs)
    empty, full = (statistics.median(times[hook]) for hook in ("empty", "archlint"))
    for hook, found in times.items():
        print(f"{hook:9} median {statistics.median(found):.3f} s  best {min(found):.3f} s  of {len(found)}")
    best = min(times["archlint"]) / min(times["empty"])
    print(f"best to best {best:.2f}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"ratio     {full / empty:.2f} (at most {LIMIT})")
    return int(full > LIMIT * empty)


def measure(folder: Path, tool: str, runs: int) -> dict[str, list[float]]:
    """Return the seconds of each run of each hook, on a config that is new in every run."""
    empty = folder / "empty"
    empty.mkdir()
    for name, text in _EMPTY.items():
        (empty / name).write_text(text)
    repo = folder / "repo"
    repo.mkdir()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    environment |= {"PRE_COMMIT_HOME": str(folder / "home"), "XDG_CACHE_HOME": str(folder / "cache")}
    environment.pop("PYTHONPATH", None)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def run(*command: str) -> float:
        started = time.perf_counter()
        subprocess.run(command, cwd=repo, env=environment, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - started

    run("git", "init", "-q")
    (repo / ".pre-commit-config.yaml").write_text(_HOOKS.format(empty=empty, project=PROJECT))
    file = repo / "config.json"
    file.write_text(json.dumps(_CONFIG, indent=2))
    run("git", "add", "-A")
    for hook in ("empty", "archlint"):
        run(tool, "run", hook)  # builds the environment
    times: dict[str, list[float]] = {"empty": [], "archlint": []}
    for number in range(runs):
        file.write_text(json.dumps(_CONFIG | {"intermediate_size": 14336 + 256 * number}, indent=2))
        run("git", "add", "-A")
        for hook, found in times.items():
            found.append(run(tool, "run", hook))
    return times


if __name__ == "__main__":
    sys.exit(main())
