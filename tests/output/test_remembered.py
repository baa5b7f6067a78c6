from __future__ import annotations

import json

from hypothesis import given

from archlint.cache import _finding, _finding_plain
from archlint.output.run import Run

from .sample import hostile_runs


@given(hostile_runs())
def test_findings_survive_the_cache_as_they_are(run: Run) -> None:
    for finding in run.findings:
        assert _finding(json.loads(json.dumps(_finding_plain(finding)))) == finding
