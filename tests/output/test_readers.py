"""Every output is read back by a reader that shares nothing with the writer."""

from __future__ import annotations

import json
import re
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit
from xml.etree import ElementTree

import junitparser
import pytest
from hypothesis import given
from jsonschema import Draft4Validator, FormatChecker
from markdown_it import MarkdownIt

from archlint.cli import main
from archlint.findings import Severity
from archlint.output import render
from archlint.output.escape import visible
from archlint.output.run import Run
from archlint.output.sarif import artifact

from .sample import SOURCE, finding, hostile_runs, run_of


# SARIF: the official schema
@cache
def _sarif_schema() -> Draft4Validator:
    schema = json.loads(Path(__file__).with_name("schemas").joinpath("sarif-2.1.0.json").read_bytes())
    return Draft4Validator(schema, format_checker=FormatChecker())


def _read_sarif(text: str) -> dict[str, Any]:
    log = json.loads(text)
    errors = [
        f"{'/'.join(map(str, error.path))}: {error.message}" for error in _sarif_schema().iter_errors(log)
    ]
    assert not errors, errors
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    marks = [result["partialFingerprints"]["archlint/v1"] for result in run["results"]]
    assert len(set(marks)) == len(marks)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        for location in result["locations"]:
            uri = location["physicalLocation"]["artifactLocation"]["uri"]
            assert re.fullmatch(r"[A-Za-z0-9\-._~%/:]*", uri)
            assert not urlsplit(uri).query
            assert not urlsplit(uri).fragment
    return run  # type: ignore[no-any-return]


def test_sarif() -> None:
    run = _read_sarif(render("sarif", run_of(finding())))
    assert run["columnKind"] == "unicodeCodePoints"
    (rule,) = run["tool"]["driver"]["rules"]
    assert rule["helpUri"] == "https://example.org/rules/KVC001"
    assert "What a token costs" in rule["help"]["markdown"]
    (result,) = run["results"]
    assert result["level"] == "error"
    assert result["message"]["text"].startswith("KV cache per token is 217.5 KiB, not 144 KiB\n39 sliding")
    assert result["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 3, "startColumn": 13, "endLine": 3, "endColumn": 20,
    }  # fmt: skip
    assert result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "MiMo-V2-Flash/kv_cache"
    assert result["relatedLocations"][0]["message"]["text"] == "num_key_value_heads = 4"
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["replacements"][0]["insertedContent"]["text"] == "217.5 KiB"
    assert "baselineState" not in result


def test_a_rule_is_as_precise_in_sarif_as_it_is_sure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As GitHub reads it; ``security-severity`` is for alerts of security, of which there are none."""
    file = tmp_path / "config.json"
    file.write_text('{"model_type": "mistrall", "head_dim": 0}', encoding="utf-8")
    assert main(["check", "--isolated", "--format", "sarif", str(file)]) == 1
    rules = {rule["id"]: rule for rule in _read_sarif(capsys.readouterr().out)["tool"]["driver"]["rules"]}
    precision = {code: rule["properties"]["precision"] for code, rule in rules.items()}
    assert precision == {"ATT006": "high", "SCH021": "medium"}
    assert not any("security-severity" in rule["properties"] for rule in rules.values())
    for sure in ("high", "medium", "low"):
        run = _read_sarif(render("sarif", run_of(finding(confidence=sure, code="XYZ001"))))
        (rule,) = (each for each in run["tool"]["driver"]["rules"] if each["id"] == "XYZ001")
        assert rule["properties"]["precision"] == sure


def test_sarif_keeps_what_the_baseline_knows() -> None:
    run = run_of(finding(), known=(finding(value="x"),), baseline=True)
    assert [result["baselineState"] for result in _read_sarif(render("sarif", run))["results"]] == [
        "new",
        "unchanged",
    ]


def test_file_names_survive_as_uris() -> None:
    for name in (
        "a b.yml",
        "a#b?c%20.yml",
        "日本.json",
        "a:b.yml",
        "/abs/x y.yml",
        "bad\udcff.yml",
        "x\n.yml",
    ):
        place = artifact(name)
        path = unquote_to_bytes(place["uri"].removeprefix("file://"))
        assert path == name.encode("utf-8", "surrogateescape")
        assert ("uriBaseId" in place) is not name.startswith("/")


@given(hostile_runs())
def test_hostile_sarif(run: Run) -> None:
    read = _read_sarif(render("sarif", run))
    assert len(read["results"]) == len(run.findings) + len(run.known)
    for result in read["results"]:
        # A link in a plain-text message is ``[text](target)`` with neither bracket escaped.
        assert not re.search(r"(?<!\\)\[[^\]]*(?<!\\)\]\(", result["message"]["text"])


# GitHub: workflow commands, as the runner reads them
def _unescape(text: str, codes: dict[str, str]) -> str:
    return re.sub("|".join(codes), lambda match: codes[match[0]], text)


_IN_MESSAGE = {"%0D": "\r", "%0A": "\n", "%25": "%"}
_IN_PROPERTY = _IN_MESSAGE | {"%3A": ":", "%2C": ","}


def _read_commands(log: str) -> list[tuple[str, dict[str, str], str]]:
    """Read what a runner would: a line that starts with ``::`` after blanks; ``##[`` anywhere in others."""
    commands = []
    for line in re.split(r"\r\n|\r|\n", log):
        trimmed = line.lstrip()
        if trimmed.startswith("::") and (end := trimmed.find("::", 2)) >= 0:
            head, message = trimmed[2:end], trimmed[end + 2 :]
            name, _, written = head.partition(" ")
            properties = {}
            for part in written.split(","):
                key, sign, value = part.partition("=")
                if sign:
                    properties[key.strip()] = _unescape(value, _IN_PROPERTY)
            commands.append((name, properties, _unescape(message, _IN_MESSAGE)))
        elif match := re.search(r"##\w*\[(\w+)", line):
            commands.append((match[1], {}, line))
    return commands


def test_github() -> None:
    ((name, properties, message),) = _read_commands(render("github", run_of(finding())))
    assert name == "error"
    assert properties == {
        "file": "models.yml", "line": "3", "endLine": "3", "col": "13", "endColumn": "20",
        "title": "archlint KVC001 kv-cache-figure",
    }  # fmt: skip
    assert message.splitlines()[0] == "KV cache per token is 217.5 KiB, not 144 KiB"
    assert "39 sliding layers" in message


def test_github_has_columns_only_within_one_line() -> None:
    ((_, properties, _),) = _read_commands(render("github", run_of(finding(start=0, end=len(SOURCE)))))
    assert "col" not in properties
    assert (properties["line"], properties["endLine"]) == ("1", "4")


@given(hostile_runs())
def test_hostile_github(run: Run) -> None:
    commands = _read_commands(render("github", run))
    levels = {"error": "error", "warning": "warning", "info": "notice", "hint": "notice"}
    assert [name for name, _, _ in commands] == [levels[str(each.severity)] for each in run.findings]
    for (_, properties, _), each in zip(commands, run.findings, strict=True):
        assert properties["line"] == str(each.start[0])
        assert set(properties) <= {"file", "line", "endLine", "col", "endColumn", "title"}
        if each.file.isascii() and each.file.isprintable():
            assert properties["file"] == each.file


@given(hostile_runs())
def test_no_text_output_holds_a_command(run: Run) -> None:
    for form in ("text", "concise", "json", "jsonl", "sarif", "gitlab", "rdjson"):
        shown = render(form, run)
        if form in ("text", "concise"):
            assert not _read_commands(shown)
        else:
            assert not [line for line in shown.splitlines() if line.lstrip().startswith("::")]


# GitLab: what its Code Quality widget needs of each issue
def _read_gitlab(text: str) -> list[dict[str, Any]]:
    issues = json.loads(text)
    assert isinstance(issues, list)
    for issue in issues:
        assert isinstance(issue["description"], str)
        assert issue["description"]
        assert isinstance(issue["check_name"], str)
        assert re.fullmatch(r"[0-9a-f]{32}", issue["fingerprint"])
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert isinstance(issue["location"]["path"], str)
        assert not issue["location"]["path"].startswith("./")
        assert isinstance(issue["location"]["lines"]["begin"], int)
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    return issues


def test_gitlab() -> None:
    (issue,) = _read_gitlab(render("gitlab", run_of(finding())))
    assert issue["severity"] == "critical"
    assert issue["location"] == {"path": "models.yml", "lines": {"begin": 3, "end": 3}}
    assert _read_gitlab(render("gitlab", run_of())) == []


@given(hostile_runs())
def test_hostile_gitlab(run: Run) -> None:
    assert len(_read_gitlab(render("gitlab", run))) == len(run.findings)


# JUnit: the structure that Jenkins and Ant accept, and junitparser
_JUNIT: dict[str, tuple[set[str], set[str], set[str]]] = {  # element: required, optional attributes, children
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": (
        {"name"},
        {"time", "classname", "group"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "failure": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
}


def _read_junit(text: str) -> junitparser.JUnitXml:
    root = ElementTree.fromstring(text.encode("utf-8"))
    assert root.tag == "testsuites"
    for element in root.iter():
        required, optional, children = _JUNIT[element.tag]
        assert required <= set(element.attrib) <= required | optional
        assert {child.tag for child in element} <= children
    report = junitparser.JUnitXml.fromstring(text.encode("utf-8"))
    for suite in report:
        cases = list(suite)
        assert suite.tests == len(cases)
        assert suite.failures == sum(any(map(_is_failure, case.result)) for case in cases)
    assert report.tests == sum(suite.tests for suite in report)
    assert report.failures == sum(suite.failures for suite in report)
    return report


def _is_failure(result: object) -> bool:
    return isinstance(result, junitparser.Failure)


def test_junit() -> None:
    run = run_of(
        finding(), finding(start=0, end=1, severity=Severity.INFO), checked=("models.yml", "clean.json")
    )
    report = _read_junit(render("junit", run))
    assert (report.tests, report.failures) == (3, 1)
    (failure,) = [
        result for suite in report for case in suite for result in case.result if _is_failure(result)
    ]
    assert failure.message == "KV cache per token is 217.5 KiB, not 144 KiB"
    assert "39 sliding layers" in failure.text


def test_junit_fails_where_the_exit_code_does() -> None:
    run = run_of(finding(severity=Severity.WARNING))
    assert _read_junit(render("junit", run)).failures == 0
    run = run_of(finding(severity=Severity.WARNING), fail_on=Severity.WARNING)
    assert _read_junit(render("junit", run)).failures == 1


@given(hostile_runs())
def test_hostile_junit(run: Run) -> None:
    report = _read_junit(render("junit", run))
    assert report.failures == sum(each.severity is Severity.ERROR for each in run.findings)


# Reviewdog
def _read_rdjson(text: str, sources: dict[str, str]) -> list[dict[str, Any]]:
    result = json.loads(text)
    assert set(result) <= {"source", "severity", "diagnostics"}
    for diagnostic in result["diagnostics"]:
        assert set(diagnostic) <= {
            "message", "location", "severity", "source", "code", "suggestions", "original_output",
            "related_locations",
        }  # fmt: skip
        assert diagnostic["severity"] in ("ERROR", "WARNING", "INFO")
        # reviewdog prints messages to terminals
        for message in (
            diagnostic["message"],
            *(each["message"] for each in diagnostic["related_locations"]),
        ):
            assert not re.search(
                "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", message
            )
        for place in (
            diagnostic["location"],
            *(each["location"] for each in diagnostic["related_locations"]),
        ):
            for end in ("start", "end"):
                assert place["range"][end]["line"] >= 1
                assert place["range"][end]["column"] >= 1
    return result["diagnostics"]  # type: ignore[no-any-return]


def test_rdjson_counts_bytes() -> None:
    source = "日本: 144 KiB\n"
    run = run_of(finding(source, 4, 11), sources={"models.yml": source})
    (one,) = _read_rdjson(render("rdjson", run), {"models.yml": source})
    line = source.encode().splitlines()[0]
    start, end = (one["location"]["range"][side]["column"] - 1 for side in ("start", "end"))
    assert line[start:end] == b"144 KiB"
    assert one["suggestions"][0]["text"] == "217.5 KiB"
    assert one["code"] == {"value": "KVC001", "url": "https://example.org/rules/KVC001"}


@given(hostile_runs())
def test_hostile_rdjson(run: Run) -> None:
    assert len(_read_rdjson(render("rdjson", run), dict(run.sources))) == len(run.findings)


# Markdown: a CommonMark reader with GitHub's tables, strikethrough and links
def _read_markdown(text: str) -> list[Any]:
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)


def _tags(html: str) -> list[str]:
    tags: list[str] = []
    reader = HTMLParser()
    reader.handle_starttag = lambda tag, attributes: tags.append(tag)  # type: ignore[method-assign]
    reader.handle_endtag = lambda tag: tags.append(f"/{tag}")  # type: ignore[method-assign]
    reader.feed(html)
    reader.close()
    return tags


def _cells(text: str) -> list[list[str]]:
    """Return what a reader sees in the rows of the tables, the heads left out."""
    rows: list[list[str]] = []
    tokens = _read_markdown(text)
    for before, token in pairwise(tokens):
        if token.type == "td_open" and before.type == "tr_open":
            rows.append([])
        if before.type == "td_open":
            rows[-1].append("".join(inner.content for inner in token.children if inner.type == "text"))
    return rows


def _check_markdown(text: str) -> int:
    """Check that nothing but what the writer meant is markup; return the number of table rows."""
    rows = 0
    for token in _read_markdown(text):
        rows += token.type == "tr_open"
        assert token.type != "blockquote_open"
        assert not token.type.endswith("list_open")
        if token.type == "html_block":
            tags = _tags(token.content)
            assert tags in (["details", "summary", "/summary"], ["/details"]), token.content
        for inner in token.children or ():
            assert inner.type in (
                "text",
                "softbreak",
                "link_open",
                "link_close",
                "html_inline",
                "code_inline",
            ), inner
            if inner.type == "link_open":
                assert inner.attrs["href"] == "https://example.org/rules/KVC001"
            if inner.type == "html_inline":
                assert inner.content in ("<!-- -->", "</details>", "<details>", "<summary>", "</summary>")
            if inner.type == "text":
                assert not re.search(r"(?<!\w)[@#]\w", inner.content) or token.type == "fence"
    return rows


def test_markdown() -> None:
    text = render("markdown", run_of(finding()))
    assert text.startswith("### archlint: 1 error\n")
    assert _check_markdown(text) == 2
    assert "models.yml:3:13" in text
    assert "39 sliding layers" in text


def test_markdown_fits_a_comment() -> None:
    many = [finding(message=f"{number} " + "x" * 3000, derivation=("`" * 3000,)) for number in range(200)]
    run = run_of(*many)
    text = render("markdown", run)
    assert len(text) < 65_536
    assert _check_markdown(text) == 51
    assert "150 more: KVC001 150." in text


@given(hostile_runs())
def test_hostile_markdown(run: Run) -> None:
    text = render("markdown", run)
    assert _check_markdown(text) == (len(run.findings) + 1 if run.findings else 0)
    seen = sorted(cells[3].removesuffix("🔧").split() for cells in _cells(text))
    assert seen == sorted(f"{each.code} {visible(each.message)}".split() for each in run.findings)
