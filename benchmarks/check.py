"""``archlint check`` beside check-jsonschema, in one run and with one interpreter.

    python benchmarks/check.py [--files 1000] [--rounds 15] [--published FOLDER]

Needs check-jsonschema in the same environment (``pip install check-jsonschema``), and archlint installed from its wheel
(a source tree reads its rules from a cache instead, which costs about 2 ms). Prints a Markdown table of the whole
process: wall time and CPU time of it and its children (medians of the rounds, which take turns, so that a busy machine
slows all alike) and peak resident memory of the largest process. "Again" is with the result cache that a project has by
default; everything else is without. The configs are written by this script: as many different files as asked for, each
like a published config. ``--published`` names a folder of real ones, which are copied until there are as many: they are
larger, of many model types, and all but the first of each are copies, which archlint judges once.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

CONFIG = {
    "architectures": ["Qwen3ForCausalLM"],
    "attention_bias": False,
    "attention_dropout": 0.0,
    "bos_token_id": 151643,
    "eos_token_id": 151645,
    "head_dim": 128,
    "hidden_act": "silu",
    "hidden_size": 1024,
    "initializer_range": 0.02,
    "intermediate_size": 3072,
    "max_position_embeddings": 40960,
    "max_window_layers": 28,
    "model_type": "qwen3",
    "num_attention_heads": 16,
    "num_hidden_layers": 28,
    "num_key_value_heads": 8,
    "rms_norm_eps": 1e-06,
    "rope_scaling": None,
    "rope_theta": 1000000,
    "sliding_window": None,
    "tie_word_embeddings": True,
    "torch_dtype": "bfloat16",
    "use_cache": True,
    "use_sliding_window": False,
    "vocab_size": 151936,
}
SCHEMA = {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--published", type=Path, help="a folder of published configs")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        one = folder / "one" / "config.json"
        many = folder / "many"
        one.parent.mkdir()
        one.write_text(json.dumps(CONFIG, indent=2), encoding="utf-8")
        files = [_write(many, number) for number in range(arguments.files)]
        (many / ".git").mkdir()  # a project: where results may be remembered
        schema = folder / "schema.json"
        schema.write_text(json.dumps(SCHEMA), encoding="utf-8")
        python = sys.executable
        peer = [python, "-m", "check_jsonschema", "--schemafile", str(schema)]
        ours = [python, "-m", "archlint", "check", "--quiet", "--no-cache"]
        names = list(map(str, files))
        count = f"{arguments.files:,} configs"
        single = {
            "python -c 'import json'": [python, "-c", "import json"],
            "archlint check, 1 config": [*ours, str(one)],
            "check-jsonschema, 1 config": [*peer, str(one)],
        }
        several = {
            f"archlint check, {count}": [*ours, *names],
            f"archlint check, {count}, one process": [*ours, "--jobs=1", *names],
            f"archlint check, a folder of {count}": [*ours, str(many)],
            f"archlint check, a folder of {count}, again": [*ours[:-1], str(many)],
            f"check-jsonschema, {count}": [*peer, *names],
        }
        if arguments.published is not None:
            copies = list(map(str, _copies(arguments.published, folder / "published", arguments.files)))
            kinds = len(list(arguments.published.glob("*.json")))
            several |= {
                f"archlint check, {arguments.files:,} copies of {kinds} published configs": [*ours, *copies],
                f"check-jsonschema, {arguments.files:,} copies of {kinds} published configs": [
                    *peer,
                    *copies,
                ],
            }
        rows = measure(single, arguments.rounds) | measure(several, max(3, arguments.rounds // 3))
    base = rows["python -c 'import json'"]
    print(
        f"{platform.python_implementation()} {platform.python_version()}, {_processors()} processors,",
        end=" ",
    )
    print(f"load {os.getloadavg()[0]:.1f} at the end\n")
    print("| process | wall ms | × bare Python | CPU ms | × bare Python | peak MiB |")
    print("|---|--:|--:|--:|--:|--:|")
    for label, (wall, cpu, peak) in rows.items():
        print(
            f"| {label} | {1000 * wall:.0f} | {wall / base[0]:.1f} | {1000 * cpu:.0f} | {cpu / base[1]:.1f}"
            f" | {peak:.0f} |"
        )


def measure(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, tuple[float, float, float]]:
    """Return median wall and CPU seconds and the greatest peak memory in MiB; the first round is a warm-up."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    found: dict[str, list[tuple[float, float, int]]] = {label: [] for label in commands}
    for number in range(rounds + 1):
        for label, command in commands.items():
            started = time.perf_counter()
            process = subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment
            )
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                assert process.stderr is not None
                raise SystemExit(f"{command[:6]} failed: {process.stderr.read().decode()[:500]}")
            if number:
                found[label].append((wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss))
    return {
        label: (
            statistics.median(wall for wall, _, _ in each),
            statistics.median(cpu for _, cpu, _ in each),
            max(peak for _, _, peak in each) / 1024,  # Linux counts in KiB
        )
        for label, each in found.items()
    }


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _copies(source: Path, folder: Path, count: int) -> Iterator[Path]:
    files = sorted(source.glob("*.json"))
    for number in range(count):
        path = folder / f"org{number % 10}" / f"model{number}" / "config.json"
        path.parent.mkdir(parents=True)
        path.write_bytes(files[number % len(files)].read_bytes())
        yield path


def _write(folder: Path, number: int) -> Path:
    path = folder / f"org{number % 10}" / f"model{number}" / "config.json"
    path.parent.mkdir(parents=True)
    heads = 8 * (1 + number % 8)
    changed = {
        "num_attention_heads": heads,
        "num_hidden_layers": 12 + number % 40,
        "hidden_size": 128 * heads,
        "intermediate_size": 3072 + 64 * number,  # no two are alike: copies are not judged twice
    }
    path.write_text(json.dumps(CONFIG | changed, indent=2), encoding="utf-8")
    return path


if __name__ == "__main__":
    main()
