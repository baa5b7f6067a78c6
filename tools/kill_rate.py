"""Print how many of the broken specs that the tests hold each rule finds.

    python tools/kill_rate.py

A mutant is a correct config or card with one slip in it (``tests/rules/test_*_mutations.py``), or a bad example of a
rule. Each must be found by the rule that it is about, at the key that is wrong. Exits 1 where one is not, and where a
rule that gives errors has no mutant.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

import pytest  # noqa: E402

from archlint.findings import Severity  # noqa: E402
from archlint.rules.ruleset import builtin  # noqa: E402

TESTS = ("test_config_mutations.py", "test_card_mutations.py", "test_examples.py")
ABOUT = {"test_a_value_of_another_type_is_an_error": "SCH026", "test_a_misspelt_key_is_found": "SCH024"}
_CODE = re.compile(r"\b[A-Z]{3}\d{3}\b")


class Tally:
    """Counts the tests of each rule, and those that failed."""

    def __init__(self) -> None:
        self.mutants: Counter[str] = Counter()
        self.alive: Counter[str] = Counter()
        self.code_of: dict[str, str] = {}

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        for item in items:
            parameters = getattr(item, "callspec", None)
            said = [item.name, *(map(repr, parameters.params.values()) if parameters else ())]
            codes = _CODE.findall(" ".join(said))
            self.code_of[item.nodeid] = ABOUT.get(item.originalname, codes[0] if codes else "")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        code = self.code_of.get(report.nodeid, "")
        if code and report.when == "call" and not report.skipped:
            self.mutants[code] += 1
            self.alive[code] += report.failed


def main() -> int:
    tally = Tally()
    folder = ROOT / "tests" / "rules"
    pytest.main(["-n", "0", "-q", "--no-header", "--tb=no", *(str(folder / name) for name in TESTS)], [tally])
    missed = 0
    print(f"\n{'rule':8} {'severity':8} {'mutants':>7} {'killed':>7}")
    for rule in sorted(builtin().rules, key=lambda rule: rule.code):
        mutants, alive = tally.mutants[rule.code], tally.alive[rule.code]
        missed += alive > 0 or (mutants == 0 and rule.severity is Severity.ERROR)
        rate = f"{100 * (mutants - alive) // mutants} %" if mutants else "none"
        print(f"{rule.code:8} {rule.severity!s:8} {mutants:7} {rate:>7}")
    total, left = sum(tally.mutants.values()), sum(tally.alive.values())
    print(
        f"{total - left} of {total} mutants are found, by {len(tally.mutants)} of {len(builtin().rules)} rules"
    )
    return missed > 0


if __name__ == "__main__":
    sys.exit(main())
