from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from archlint.output.fingerprint import fingerprints
from archlint.output.run import Run

from .sample import finding, hostile_runs


def test_a_moved_line_and_another_wording_keep_the_fingerprint() -> None:
    here = finding()
    moved = replace(here, start=(90, 1), end=(90, 8), start_offset=900, end_offset=907, message="reworded")
    assert fingerprints([here]) == fingerprints([moved])


def test_another_value_model_pointer_or_rule_is_another_finding() -> None:
    here = finding()
    others = [
        replace(here, value="145 KiB"),
        replace(here, model="Other"),
        replace(here, pointer="/scale"),
        replace(here, code="KVC002"),
    ]
    assert len({fingerprints([each])[0] for each in (here, *others)}) == 5


def test_white_space_in_a_value_does_not_matter() -> None:
    assert fingerprints([finding(value="144  KiB ")]) == fingerprints([finding()])


def test_equal_findings_are_numbered_in_file_order_whatever_order_they_come_in() -> None:
    first, second = finding(start=3, end=4), finding(start=9, end=10)
    one, two = fingerprints([first, second])
    assert one != two
    assert fingerprints([second, first]) == [two, one]


def test_a_file_stands_for_the_model_where_there_is_none() -> None:
    assert fingerprints([finding(model=None)]) != fingerprints([finding(model=None, file="b.json")])
    assert fingerprints([finding()]) == fingerprints([finding(file="renamed.yml")])


@given(hostile_runs())
def test_no_two_are_alike(run: Run) -> None:
    marks = fingerprints(run.findings)
    assert len(set(marks)) == len(marks) == len(run.findings)
