"""archlint's figures equal what transformers makes of the same config, to the unit.

The records in ``truth/`` are written by ``tools/record_truth.py``; each is a small config, the figures and,
where one is not compared, why.
"""

import json
import re
from pathlib import Path

import pytest

from archlint.architecture.formula import Term, add, multiply, terms_of
from archlint.costs import FIGURES, derive
from archlint.families import read
from archlint.specs.config import Config, node_of

RECORDS = sorted((Path(__file__).parent / "truth").glob("*.json"))


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_record(path):
    record = json.loads(path.read_text(encoding="utf-8"))
    excluded = record.get("excluded", {})
    for name, reason in excluded.items():
        assert name in record["truth"], f"{name} is excluded, but nothing is recorded for it"
        assert len(reason.split()) > 3, f"why is {name} excluded?"
    assert set(record["truth"]) <= set(FIGURES)
    assert record["what"]
    costs = derive(read(Config(node_of(record["config"]))))
    wrong = {}
    for name, theirs in record["truth"].items():
        ours = costs.figure(name)
        if name == "parameters.towers" and (ours.value is None or theirs == 0):
            continue  # a tower's size is exact or absent; a text-only class was recorded without any
        if name not in excluded and ours.value != theirs:
            wrong[name] = f"{ours.value}, recorded {theirs} {ours.reason}"
    assert not wrong


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_derivations_give_the_figures(path):
    record = json.loads(path.read_text(encoding="utf-8"))
    costs = derive(read(Config(node_of(record["config"]))))
    for name, figure in costs.figures().items():
        derivation = costs.derivation(name)
        if derivation is not None:
            assert derivation.formula.value == figure.value, derivation.line()


NUMBER = re.compile(
    r"(\d[\d,]*)"  # 8,192
    r"(?: (?:(?:at|of) \d[\d,]*|[A-Za-z][^\s()]*))*"  # what it counts: FLOPs at 8,192 tokens
    r"(?: \([a-z]\w*(?: \+ [a-z]\w*)*\))?"  # of which layers: (sliding + dense)
)


def evaluated(arithmetic):
    """Work out a derivation's left side as a reader would: numbers, + × / and brackets, all else is words."""
    bare = NUMBER.sub(lambda found: found[1].replace(",", ""), arithmetic)
    assert re.fullmatch(r"[\d+×/() ]+", bare), bare
    return eval(bare.replace("×", "*").replace("/", "//"))


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_derivations_as_written_give_the_figures(path):
    record = json.loads(path.read_text(encoding="utf-8"))
    costs = derive(read(Config(node_of(record["config"]))))
    for name, figure in costs.figures().items():
        derivation = costs.derivation(name)
        if derivation is not None:
            arithmetic, _, result = derivation.line().rpartition(" = ")
            assert evaluated(arithmetic) == evaluated(result) == figure.value, derivation.line()


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_derivations_name_the_keys_of_the_config(path):
    record = json.loads(path.read_text(encoding="utf-8"))
    config = Config(node_of(record["config"]))
    written, costs = set(keys_within(record["config"])), derive(read(config))
    for name in FIGURES:
        derivation = costs.derivation(name)
        for term in () if derivation is None else terms_of(derivation.formula):
            if term.origin in ("written", "alias"):
                assert term.key in written
            elif term.origin == "default":  # the class's own name, not that of an alias
                assert term.key not in config.defaults.aliases or term.key in config.defaults.fields
            for word in re.findall(r"[a-z_]+", term.key) if term.origin == "derived" else ():
                other = set(config.defaults.groups.get(word, ())) & written
                assert word in written or not other, f"{term.key}: the file says {other}"


def keys_within(value):
    """Iterate over the keys of nested mappings and lists."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        yield key
        if isinstance(item, (dict, list)):
            yield from keys_within(item)


def test_a_sum_that_is_all_of_another_sum_keeps_its_brackets():
    inner = add([Term(3), Term(4)])
    assert multiply(Term(2), add([inner])).render() == "2 × (3 + 4)"
