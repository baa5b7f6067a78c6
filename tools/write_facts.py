"""Write docs/facts.md: every fact that rules may use, by scope, and every function.

Run: python tools/write_facts.py
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

FUNCTIONS = {
    "agrees": "whether a value, rounded as the figure is written, reads the same",
    "written": "whether the fact stands in the file; the fact itself need not be known",
    "derived": "whether the fact was worked out from others",
    "known": "whether the fact is known; a fact asked about so may be named without being known",
    "verified": "whether the fact rests on nothing guessed",
    "nearest": "the word most like the first among the others, or an empty text",
    "lower": "the text in lower case",
    "sum": "the sum of a list",
    "count": "how often the second is in the first",
    "distinct": "the list without repetitions",
}


def facts_page() -> str:
    """Return the page."""
    from archlint.facts import REGISTRY
    from archlint.rules.expressions import SIGNATURES
    from archlint.rules.show import FORMATS

    lines = [
        "# Facts",
        "",
        "A rule may use these names, and runs only where all that it names are known. A rule with `each: X` may use",
        "the facts of X and of the scopes around it. Written by `tools/write_facts.py`; do not edit.",
        "",
    ]
    for scope in REGISTRY.scopes.values():
        around = f" Stands in: {scope.parent}." if scope.parent else ""
        lines += [f"## each: {scope.name}", "", f"{scope.meaning}.{around}", ""]
        facts = sorted(
            (f for f in REGISTRY.facts.values() if f.scope == scope.name), key=lambda fact: fact.name
        )
        if facts:
            lines += ["| fact | type | unit | meaning |", "|---|---|---|---|"]
            lines += [f"| `{f.name}` | `{f.type}` | {f.unit} | {f.meaning} |" for f in facts]
            lines.append("")
    lines += [
        "## Functions",
        "",
        "Beside those of [CEL](https://github.com/google/cel-spec/blob/master/doc/langdef.md) (`size`, `matches`,",
        "`startsWith`, `all`, `exists`, `filter`, `map`):",
        "",
        "| function | result | meaning |",
        "|---|---|---|",
    ]
    for name, parameters, result in SIGNATURES:
        shown = f"{name}({', '.join(parameters)})"
        lines.append(f"| `{shown}` | `{result}` | {FUNCTIONS.get(name, '')} |")
    lines += ["", "Formats of `{...}` in messages: " + ", ".join(f"`{form}`" for form in FORMATS) + ".", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    (ROOT / "docs").mkdir(exist_ok=True)
    (ROOT / "docs" / "facts.md").write_text(facts_page(), encoding="utf-8")
