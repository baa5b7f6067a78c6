from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from archlint.findings import Severity
from archlint.output import FORMATS, render
from archlint.output.run import Run, Style, summarise
from archlint.output.width import width

from .sample import SOURCE, finding, hostile_runs, run_of


def test_a_finding_is_shown_with_its_source_arithmetic_and_related_place() -> None:
    assert render("text", run_of(finding())).splitlines() == [
        "models.yml:3:13: error KVC001 KV cache per token is 217.5 KiB, not 144 KiB  [fixable]",
        "3 |   kv_cache: 144 KiB # 日本",
        "  |             ^^^^^^^",
        "    model: MiMo-V2-Flash",
        "    39 sliding layers × 8 KV heads × (192 + 128) × 2 B",
        "    = 222,720 B",
        "    configs/config.json:7:5: num_key_value_heads = 4",
        "",
        "1 error. 1 can be fixed with --fix.",
        "Read 2 models in 1 file; 1 of 2 cards checked against a config, none was found for 1.",
    ]


def test_the_summary_tells_a_config_that_is_not_there_from_one_that_cannot_be_read() -> None:
    run = run_of(
        summary=summarise(
            (), files=1, models=4, cards_with_config=3, cards_without_config=1, cards_unchecked=2
        )
    )
    assert (
        render("text", run)
        .splitlines()[-1]
        .endswith("; 1 of 4 cards checked against a config, that of 2 cannot be read, none was found for 1.")
    )


def test_concise_is_one_line_a_finding() -> None:
    lines = render("concise", run_of(finding()), Style(quiet=True)).splitlines()
    assert lines == ["models.yml:3:13: error KVC001 KV cache per token is 217.5 KiB, not 144 KiB  [fixable]"]


def test_no_findings() -> None:
    run = Run(summary=summarise((), files=3, models=3))
    assert render("text", run) == "No findings.\nRead 3 models in 3 files.\n"
    assert render("text", run, Style(quiet=True)) == ""
    assert render("text", Run()) == "No findings.\nNo spec file was found.\n"


def test_colour_only_when_asked() -> None:
    plain, coloured = render("text", run_of(finding())), render("text", run_of(finding()), Style(colour=True))
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain
    assert coloured != plain


def test_carets_stand_under_the_range_after_wide_letters_and_tabs() -> None:
    source = 'k:\t"日本é👩\u200d👩\u200d👧" # x\n'
    start = source.index("#")
    shown = render("text", run_of(finding(source, start, start + 3), sources={"models.yml": source}))
    line, carets = (text.partition("| ")[2] for text in shown.splitlines()[1:3])
    assert carets.strip() == "^^^"
    assert width(line[: line.index("#")]) == len(carets) - 3


def test_widths() -> None:
    assert [width(text) for text in ("abc", "日本", "é", "e\u0301", "👩‍👩‍👧", "❤️", "ｗ")] == [
        3,
        4,
        1,
        1,
        2,
        2,
        2,
    ]


def test_a_long_line_is_cut_around_the_range() -> None:
    source = '{"a": "' + "x" * 5000 + '", "b": 7, "c": "' + "y" * 5000 + '"}'
    start = source.index("7")
    shown = render("text", run_of(finding(source, start, start + 1), sources={"models.yml": source}))
    line, carets = (text.partition("| ")[2] for text in shown.splitlines()[1:3])
    assert len(line) < 130
    assert line[len(carets) - 1] == "7"
    assert line.startswith("…")
    assert line.endswith("…")


def test_a_name_of_any_length_is_cut() -> None:
    shown = render("text", run_of(finding(model="x" * 10_000)))
    assert f"    model: {'x' * 200}…\n" in shown
    assert max(map(len, shown.splitlines())) < 300


def test_a_range_over_many_lines_is_underlined_to_the_end_of_its_first() -> None:
    start = SOURCE.index("scale")
    shown = render("text", run_of(finding(start=start, end=len(SOURCE))))
    assert shown.splitlines()[1:3] == ["2 |   scale: 309B total", "  |   ^^^^^^^^^^^^^^^^^"]


def test_an_empty_range_has_one_caret() -> None:
    shown = render("text", run_of(finding(start=len(SOURCE), end=len(SOURCE))))
    assert shown.splitlines()[1:3] == ["4 |", "  | ^"]


def test_statistics_and_fixes() -> None:
    run = run_of(finding(), finding(), finding(code="LIC001", name="licence", severity=Severity.INFO))
    shown = render("concise", run, Style(statistics=True))
    assert "2  error    KVC001  kv-cache-figure  [2 fixable]" in shown
    assert "1  info     LIC001  licence  [1 fixable]" in shown
    assert "    fix: Write 217.5 KiB" in render("text", run, Style(show_fixes=True))
    assert "Fixed 1 finding:" in render("text", replace(run, applied=(finding(),)), Style(show_fixes=True))


def test_what_was_fixed_and_what_was_left_is_told() -> None:
    run = replace(run_of(finding()), applied=(finding(), finding()))
    assert "1 error. 1 can be fixed with --fix.\n" in render("text", run)
    shown = render("text", run, Style(fixing=True))
    assert (
        "Fixed 2 findings. 1 error. 1 that can be fixed would bring another with it, and was left.\n" in shown
    )
    assert "can be fixed" not in render("text", replace(run, findings=()), Style(fixing=True))


def test_baseline_is_told() -> None:
    run = replace(run_of(finding()), baseline=True, known=(finding(), finding()), fixed=1)
    assert "Baseline: 2 known findings left out, 1 finding fixed since." in render("text", run)


@given(hostile_runs(), st.booleans())
def test_nothing_from_a_file_breaks_a_text(run: Run, show_fixes: bool) -> None:
    for form in ("text", "concise"):
        shown = render(form, run, Style(show_fixes=show_fixes, statistics=True))
        shown.encode("utf-8")
        for line in shown.split("\n"):
            assert not line.lstrip().startswith("::"), line
            assert not re.search(r"##\w*\[", line), line
            for letter in line:
                assert unicodedata.category(letter) not in ("Cc", "Cs", "Zl", "Zp")
                assert unicodedata.bidirectional(letter) not in (
                    "LRE",
                    "RLE",
                    "PDF",
                    "LRO",
                    "RLO",
                    "LRI",
                    "RLI",
                )
    heads = [line for line in render("concise", run, Style(quiet=True)).splitlines() if line]
    assert len(heads) == len(run.findings)


@given(hostile_runs())
def test_every_format_is_deterministic_and_utf8(run: Run) -> None:
    for form in FORMATS:
        shown = render(form, run)
        shown.encode("utf-8")
        assert render(form, run) == shown


def test_the_same_findings_in_every_format() -> None:
    for form in FORMATS:
        shown = render(form, run_of(finding()))
        assert "KVC001" in shown
        assert "217.5 KiB" in shown
