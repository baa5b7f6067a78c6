"""Compare archlint's figures with recorded ones, to the unit.

    python tools/compare_truth.py TRUTH.tsv [CONFIGS_DIR] [--only TYPE[,TYPE...]] [--all] [--derive]

TRUTH.tsv is ``truth.tsv`` (rows name files; CONFIGS_DIR defaults to ``configs`` beside it) or
``class_defaults.tsv`` (rows name model types, read as a config that states nothing else).
One line a row that differs, is absent or unverified; ``--all`` shows the equal ones too, ``--derive`` prints
the derivation of every figure that differs.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "src"))

from archlint.costs import Costs, derive
from archlint.families import FAMILIES, read
from archlint.specs.config import Config, node_of

csv.field_size_limit(10**9)

COLUMNS = {
    "text_total": "parameters.total",
    "active": "parameters.active",
    "active_noemb": "parameters.active_without_input_embedding",
    "embedding": "parameters.embedding",
    "mtp": "parameters.mtp",
    "towers": "parameters.towers",
    "kv_per_tok": "kv_cache.bytes_per_token",
    "kv_global": "kv_cache.growing_bytes_per_token",
    "state_bytes": "state.bytes",
}

SPLIT = ("embedding", "lm_head", "attention", "linear_ssm", "mlp", "experts", "router", "norms", "other")
"""Parameters of the language model by part, where the total counts towers too."""


def recorded(row: dict[str, str]) -> dict[str, int]:
    """Return the figures that a row records, under archlint's names."""
    found = {}
    for column, figure in COLUMNS.items():
        text = row.get(column) or ""
        if column == "text_total" and column not in row:
            text = str(sum(int(row.get(part) or 0) for part in SPLIT))
        if column == "towers" and row.get("total") and row.get("text_total"):
            text = str(int(row["total"]) - int(row["text_total"]))
        if text:
            found[figure] = round(float(text)) if "." in text else int(text)
    return found


def compare(costs: Costs, truth: dict[str, int]) -> tuple[str, list[str]]:
    """Return ``equal``, ``absent`` or ``differs``, and a line per figure that is not equal."""
    verdict, lines = "equal", []
    for name, theirs in truth.items():
        ours = costs.figure(name)
        if name == "parameters.towers" and theirs == 0:
            continue  # a text-only class was recorded
        if ours.value == theirs:
            if not ours.verified:
                lines.append(f"    {name}: equal but unverified ({ours.reason})")
            continue
        if ours.value is None:
            lines.append(f"    {name}: absent, theirs {theirs:,} ({ours.reason})")
            if name != "parameters.towers" and verdict == "equal":
                verdict = "absent"
            continue
        lines.append(
            f"    {name}: {ours.value:,}, theirs {theirs:,} (ours - theirs = {ours.value - theirs:,})"
        )
        if ours.verified:
            verdict = "differs"
        elif verdict == "equal":
            verdict = "unverified"
    return verdict, lines


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("truth", type=Path)
    parser.add_argument("configs", type=Path, nargs="?")
    parser.add_argument("--only", default="")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--derive", action="store_true")
    arguments = parser.parse_args()
    only = set(filter(None, arguments.only.split(",")))
    configs = arguments.configs or arguments.truth.parent / "configs"
    verdicts: Counter[str] = Counter()
    with arguments.truth.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    for row in rows:
        if row.get("error") or (not row.get("total") and not row.get("kv_per_tok")):
            verdicts["no truth"] += 1
            continue
        if "file" in row:
            plain = json.loads((configs / row["file"]).read_text(encoding="utf-8-sig"))
        else:
            plain = {"model_type": row["model_type"]}
        config = Config(node_of(plain))
        if only and not only & {config.model_type, row["model_type"]}:
            continue
        costs = derive(read(config))
        verdict, details = compare(costs, recorded(row))
        if config.model_type not in FAMILIES:
            verdict = f"{verdict} (generic)"
        verdicts[verdict] += 1
        if arguments.all or verdict != "equal":
            print(f"{verdict:20} {row.get('file') or row['model_type']}  [{config.model_type}]")
            print("\n".join(details[:8]) if details else "", end="\n" if details else "")
            if arguments.derive and "differs" in verdict:
                for name in ("parameters.total", "kv_cache.bytes_per_token"):
                    derivation = costs.derivation(name)
                    print("\n".join(f"    {line}" for line in derivation.tree()) if derivation else "")
    print("  ".join(f"{name}: {count}" for name, count in sorted(verdicts.items())))
    return 1 if any(name.startswith("differs") and "generic" not in name for name in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main())
