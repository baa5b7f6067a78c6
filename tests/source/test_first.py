"""Every reader once."""

from archlint.source import decode, load, parse


def test_json_has_ranges() -> None:
    document = parse('{"a": [1, 2.5], "b": {"c": null}}', "config.json")
    assert document.root is not None
    assert document.root.plain() == {"a": [1, 2.5], "b": {"c": None}}
    pair = document.root.pairs[1]
    assert document.text[pair.key.start : pair.key.end] == '"b"'
    assert document.text[pair.value.start : pair.value.end] == '{"c": null}'
    assert document.problems == []


def test_yaml_is_one_point_two() -> None:
    document = parse("a: 1e-5\nb: no\nc: 017\nd: 12:30\ne: ~\n", "models.yml")
    assert document.root is not None
    assert document.root.plain() == {"a": 1e-5, "b": "no", "c": 17, "d": "12:30", "e": None}


def test_front_matter_keeps_the_offsets_of_the_file() -> None:
    document = parse("---\nlicense: mit\n---\n# Title\n", "README.md")
    assert document.root is not None
    value = document.root.get("license")
    assert value is not None
    assert document.text[value.start : value.end] == "mit"


def test_utf16_is_one_problem() -> None:
    assert [problem.rule for problem in decode("{}".encode("utf-16"))[1]] == ["utf16-file"]
    assert load("{}".encode("utf-16"), "config.json").text == "{}"
