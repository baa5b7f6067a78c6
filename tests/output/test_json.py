from __future__ import annotations

import json
from typing import Any

from hypothesis import given

from archlint.findings import Fix
from archlint.output import render
from archlint.output.run import Run
from archlint.source.edits import Edit, apply
from archlint.source.lines import Lines

from .sample import SOURCE, finding, hostile_runs, run_of

_FINDING = {"code", "name", "severity", "message", "file", "start", "end", "pointer", "model", "confidence",
            "fixable", "edits", "related", "derivation"}  # fmt: skip
_SUMMARY = {
    "files",
    "models",
    "cards_with_config",
    "cards_without_config",
    "error",
    "warning",
    "info",
    "hint",
}


def test_the_contract() -> None:
    data = json.loads(render("json", run_of(finding())))
    assert data["version"] == 1
    assert set(data) >= {"version", "findings", "summary", "knowledge"}
    assert data["summary"].items() >= {
        "files": 1, "models": 2, "cards_with_config": 1, "cards_without_config": 1,
        "error": 1, "warning": 0, "info": 0, "hint": 0,
    }.items()  # fmt: skip
    assert data["knowledge"] == {"transformers": "5.23.0", "date": "2026-08-01"}
    (one,) = data["findings"]
    assert set(one) >= _FINDING
    assert one["code"] == "KVC001"
    assert one["severity"] == "error"
    assert one["start"] == {"line": 3, "column": 13}
    assert one["end"] == {"line": 3, "column": 20}
    assert one["pointer"] == "/kv_cache"
    assert one["model"] == "MiMo-V2-Flash"
    assert one["confidence"] == "high"
    assert one["fixable"] is True
    assert one["edits"] == [
        {"start": {"line": 3, "column": 13}, "end": {"line": 3, "column": 20}, "text": "217.5 KiB"}
    ]
    assert one["related"] == [
        {
            "file": "configs/config.json",
            "start": {"line": 7, "column": 5},
            "end": {"line": 7, "column": 31},
            "message": "num_key_value_heads = 4",
        }
    ]
    assert one["derivation"] == "\n".join(
        ("39 sliding layers × 8 KV heads × (192 + 128) × 2 B", "= 222,720 B")
    )


def test_an_unsafe_fix_is_told_but_not_offered() -> None:
    unsafe = Fix("Delete it", (Edit(0, 3, ""),), safe=False)
    (one,) = json.loads(render("json", run_of(finding(fixes=(unsafe,)))))["findings"]
    assert one["fixable"] is False
    assert one["edits"] == []
    assert one["fixes"][0]["safe"] is False


def test_the_edits_mend_the_file() -> None:
    (one,) = json.loads(render("json", run_of(finding())))["findings"]
    lines = Lines(SOURCE)
    edits = [
        Edit(lines.offset(**edit["start"]), lines.offset(**edit["end"]), edit["text"])
        for edit in one["edits"]
    ]
    assert apply(SOURCE, edits) == SOURCE.replace("144 KiB", "217.5 KiB")


def test_jsonl_is_the_same_findings_a_line_each() -> None:
    run = run_of(finding(), finding(start=0, end=1))
    assert [json.loads(line) for line in render("jsonl", run).splitlines()] == json.loads(
        render("json", run)
    )["findings"]
    assert render("jsonl", run_of()) == ""


def _joined(text: str | None) -> str | None:
    """Return a text with each pair of surrogates as the one character that a reader of JSON makes of it."""
    return None if text is None else text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


@given(hostile_runs())
def test_nothing_from_a_file_is_lost_or_breaks_it(run: Run) -> None:
    for form in ("json", "jsonl", "sarif", "gitlab", "rdjson"):
        assert render(form, run).isascii()
    data: dict[str, Any] = json.loads(render("json", run))
    assert [one["message"] for one in data["findings"]] == [_joined(one.message) for one in run.findings]
    assert [one["model"] for one in data["findings"]] == [_joined(one.model) for one in run.findings]
    assert set(data["summary"]) >= _SUMMARY
    assert len(render("jsonl", run).splitlines()) == len(run.findings)
