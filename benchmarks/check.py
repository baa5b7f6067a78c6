"""``archlint check`` beside check-jsonschema, in one run and with one interpreter.

    python benchmarks/check.py [--files 1000] [--rounds 15]

Needs check-jsonschema in the same environment (``pip install check-jsonschema``). Prints a Markdown table: wall time
of the whole process (median of the rounds) and peak resident memory. The configs are written by this script: as many
different files as asked for, each like a published config.
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
from collections.abc import Sequence
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
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        one = folder / "one" / "config.json"
        many = folder / "many"
        one.parent.mkdir()
        one.write_text(json.dumps(CONFIG, indent=2), encoding="utf-8")
        files = [_write(many, number) for number in range(arguments.files)]
        schema = folder / "schema.json"
        schema.write_text(json.dumps(SCHEMA), encoding="utf-8")
        few = max(3, arguments.rounds // 5)
        python = sys.executable
        peer = [python, "-m", "check_jsonschema", "--schemafile", str(schema)]
        ours = [python, "-m", "archlint", "check", "--quiet", "--no-cache"]
        rows = [
            ("python -c 'import json'", *measure([python, "-c", "import json"], arguments.rounds)),
            ("archlint check, 1 config", *measure([*ours, str(one)], arguments.rounds)),
            ("check-jsonschema, 1 config", *measure([*peer, str(one)], arguments.rounds)),
            (f"archlint check, {arguments.files:,} configs", *measure([*ours, str(many)], few)),
            (
                f"check-jsonschema, {arguments.files:,} configs",
                *measure([*peer, *map(str, files)], few),
            ),
        ]
    base = rows[0][1]
    print("| process | median ms | × bare Python | peak MiB |\n|---|--:|--:|--:|")
    for label, seconds, peak in rows:
        print(f"| {label} | {1000 * seconds:.0f} | {seconds / base:.1f} | {peak:.0f} |")


def measure(command: Sequence[str], rounds: int) -> tuple[float, float]:
    """Return the median wall time in seconds and the greatest peak memory in MiB; the first round is a warm-up."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    times: list[float] = []
    peak = 0
    for number in range(rounds + 1):
        started = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            assert process.stderr is not None
            raise SystemExit(f"{command[:6]} failed: {process.stderr.read().decode()[:500]}")
        if number:
            times.append(time.perf_counter() - started)
            peak = max(peak, usage.ru_maxrss)
    return statistics.median(times), peak / 1024  # Linux counts in KiB


def _write(folder: Path, number: int) -> Path:
    path = folder / f"org{number % 10}" / f"model{number}" / "config.json"
    path.parent.mkdir(parents=True)
    heads = 8 * (1 + number % 8)
    changed = {
        "num_attention_heads": heads,
        "num_hidden_layers": 12 + number % 40,
        "hidden_size": 128 * heads,
    }
    path.write_text(json.dumps(CONFIG | changed, indent=2), encoding="utf-8")
    return path


if __name__ == "__main__":
    main()
