"""Runs for the tests of the outputs: a plain one, and hostile ones from Hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from archlint.findings import Finding, Fix, Related, Severity
from archlint.output.run import Knowledge, RuleInfo, Run, summarise
from archlint.source.edits import Edit
from archlint.source.lines import Lines

SOURCE = "MiMo-V2-Flash:\n  scale: 309B total\n  kv_cache: 144 KiB # 日本\n"
RULES = {
    "KVC001": RuleInfo(
        "KVC001",
        "kv-cache-figure",
        "The KV cache per token agrees with the config",
        "What a token costs follows from heads and widths.\n",
        "https://example.org/rules/KVC001",
    )
}


def finding(
    source: str = SOURCE,
    start: int = SOURCE.index("144 KiB"),
    end: int = SOURCE.index("144 KiB") + 7,
    file: str = "models.yml",
    message: str = "KV cache per token is 217.5 KiB, not 144 KiB",
    severity: Severity = Severity.ERROR,
    **more: object,
) -> Finding:
    lines = Lines(source)
    values: dict[str, object] = {
        "code": "KVC001",
        "name": "kv-cache-figure",
        "pointer": "/kv_cache",
        "model": "MiMo-V2-Flash",
        "fixes": (Fix("Write 217.5 KiB", (Edit(start, end, "217.5 KiB"),)),),
        "related": (
            Related("configs/config.json", (7, 5), (7, 31), "num_key_value_heads = 4"),
        ),
        "derivation": ("39 sliding layers × 8 KV heads × (192 + 128) × 2 B", "= 222,720 B"),
        "value": "144 KiB",
    }  # fmt: skip
    values |= more
    return Finding(
        severity=severity,
        message=message,
        file=file,
        start=lines.position(start),
        end=lines.position(end),
        start_offset=start,
        end_offset=end,
        **values,  # type: ignore[arg-type]
    )


def run_of(*findings: Finding, sources: dict[str, str] | None = None, **more: object) -> Run:
    values: dict[str, object] = {
        "summary": summarise(findings, files=1, models=2, cards_with_config=1, cards_without_config=1),
        "knowledge": Knowledge("5.23.0", "2026-08-01"),
        "rules": RULES,
        "sources": sources if sources is not None else {"models.yml": SOURCE},
        "checked": tuple(dict.fromkeys(finding.file for finding in findings)),
    } | more
    return Run(findings=findings, **values)  # type: ignore[arg-type]


_HOSTILE = (
    "::error::", "%0A", "\n::add-mask::x\n", "##[error]x", "##vso[task.complete]",
    "\x1b[31m", "\x1b]8;;http://e\x07", "]]>", "<!--", "-->", "</failure>", "&amp;",
    "`", "```\n", "````", "|", "\r\n", "\u202e", "\u2066", "\u2028", "\x85", "\x00", "\ud800", "\udc80",
    "[a](javascript:alert(1))", "![x](http://e/p.png)", "@everyone", "#1", "<script>",
    "\ufffe", "\uffff", "日本語", "👩\u200d👩\u200d👧", "é", "{0}", "%s", "\\", '"', "'", ",file=/etc/passwd",
    "\t", "$x$", "~~", "https://evil.example", "\U000e0041", "</details>", "<details>", "# ", "- ", "1. ",
)  # fmt: skip
hostile_text = st.lists(
    st.one_of(st.sampled_from(_HOSTILE), st.text(st.characters(codec=None, categories=None), max_size=8)),
    max_size=6,
).map("".join)


@st.composite
def hostile_findings(draw: st.DrawFn, source: str, file: str) -> Finding:
    start = draw(st.integers(0, len(source)))
    end = draw(st.integers(start, len(source)))
    fixes = draw(
        st.lists(
            st.builds(
                lambda title, text, safe: Fix(title, (Edit(start, end, text),), safe),
                hostile_text, hostile_text, st.booleans(),
            ),
            max_size=2,
        )
    )  # fmt: skip
    place = st.tuples(st.integers(1, 9), st.integers(1, 9))
    return finding(
        source,
        start,
        end,
        file,
        draw(hostile_text),
        draw(st.sampled_from(Severity)),
        code=draw(st.sampled_from(("KVC001", "ATT002", "own-rule"))),
        name=draw(st.sampled_from(("kv-cache-figure", "kv-heads"))),
        pointer=draw(hostile_text),
        model=draw(st.none() | hostile_text),
        fixes=tuple(fixes),
        related=tuple(
            draw(st.lists(st.builds(Related, hostile_text, place, place, hostile_text), max_size=2))
        ),
        derivation=tuple(draw(st.lists(hostile_text, max_size=2))),
        value=draw(hostile_text),
    )


@st.composite
def hostile_runs(draw: st.DrawFn) -> Run:
    file = draw(hostile_text.filter(bool))
    source = draw(hostile_text)
    findings = draw(st.lists(hostile_findings(source, file), max_size=4))
    known = draw(st.lists(hostile_findings(source, file), max_size=1))
    return run_of(
        *findings,
        sources={file: source},
        known=tuple(known),
        baseline=bool(known) or draw(st.booleans()),
    )
