"""The registry imports a module of facts when it is asked for one: its tables must be those of the modules."""

from __future__ import annotations

import os
import subprocess
import sys

from archlint.facts import REGISTRY, whole

LIST = (
    "import sys; from archlint.facts import REGISTRY; {}; print(*(m for m in sys.modules if 'facts.' in m))"
)


def imported(what: str) -> set[str]:
    run = subprocess.run(
        [sys.executable, "-c", LIST.format(what)],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    return {name.removeprefix("archlint.facts.") for name in run.stdout.split()}


def test_the_tables_are_those_of_the_modules() -> None:
    full = whole()
    assert list(REGISTRY.scopes.values()) == list(full.scopes.values())
    assert list(REGISTRY.facts) == list(full.facts)
    assert len(REGISTRY.facts) == len(full.facts) > 200
    for name, fact in full.facts.items():
        assert name in REGISTRY.facts
        assert REGISTRY.facts[name] is fact
    for name, scope in full.scopes.items():
        assert REGISTRY.scopes[name] is scope
        assert REGISTRY.chain(name) == full.chain(name)


def test_unknown_names_are_unknown() -> None:
    for name in ("config.no_such_key", "nothing.at_all", "", "x"):
        assert name not in REGISTRY.facts
        assert REGISTRY.facts.get(name) is None
    assert REGISTRY.scopes.get("nowhere") is None
    assert REGISTRY.nearest("config.hidden_siz") == "config.hidden_size"


def test_a_fact_of_configs_brings_nothing_of_cards() -> None:
    assert imported("REGISTRY.facts['config.hidden_size']") == {"registry", "config"}
    assert "card" in imported("REGISTRY.facts['card.kind']")
    assert imported("REGISTRY.chain('link')") == {"registry"}
