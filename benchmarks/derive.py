"""How long one config takes from text to every figure, warm.

    python benchmarks/derive.py [FOLDER]

FOLDER holds config.json files (default: ../shared/data/configs, else a config of each recorded truth). Prints the
median, the 95th percentile and the slowest, in milliseconds: parsing apart, then reading and deriving all figures. The
peer is the parse alone by the standard library's json, which derives nothing.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

from archlint.costs import derive
from archlint.families import read
from archlint.source import parse
from archlint.specs.config import Config

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 15


def main() -> None:
    texts = _texts(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    rows: dict[str, list[float]] = {"json.loads": [], "parse with ranges": [], "read and derive": []}
    for text in texts:
        document = parse(text, "config.json", "json")
        root = document.root
        if root is None or root.kind != "mapping":
            continue
        rows["json.loads"].append(_median(lambda text=text: json.loads(text)))
        rows["parse with ranges"].append(_median(lambda text=text: parse(text, "config.json", "json")))
        rows["read and derive"].append(_median(lambda root=root: derive(read(Config(root))).figures()))
    print(f"{len(rows['read and derive'])} configs, {ROUNDS} rounds each, Python {sys.version.split()[0]}\n")
    print("| step | median ms | p95 ms | slowest ms |\n|---|--:|--:|--:|")
    for name, times in rows.items():
        ordered = sorted(times)
        print(
            f"| {name} | {statistics.median(ordered):.3f} | {ordered[int(0.95 * (len(ordered) - 1))]:.3f}"
            f" | {ordered[-1]:.3f} |"
        )


def _median(step: object) -> float:
    assert callable(step)
    step()
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        step()
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)


def _texts(folder: Path | None) -> list[str]:
    folder = folder or ROOT.parent / "shared" / "data" / "configs"
    if folder.is_dir():
        return [path.read_text(encoding="utf-8-sig") for path in sorted(folder.glob("*.json"))]
    recorded = sorted((ROOT / "tests" / "families" / "truth").glob("*.json"))
    return [json.dumps(json.loads(path.read_text(encoding="utf-8"))["config"], indent=2) for path in recorded]


if __name__ == "__main__":
    main()
