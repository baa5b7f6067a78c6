"""Comments that silence findings, and what is said of such comments."""

from dataclasses import replace

import pytest

from archlint.findings import Finding
from archlint.linter import lint
from archlint.project import Settings, Suppression
from archlint.source import parse
from archlint.source.edits import apply

WRONG = "  scale: 671B total, 37B active (9.4% active)"
ENTRY = "Example 671B:\n  company: Example\n{above}{wrong}{behind}\n  decoder_type: Sparse MoE\n  attention: MLA\n"


def text(above: str = "", behind: str = "", wrong: str = WRONG) -> str:
    return ENTRY.format(above=above, behind=behind, wrong=wrong)


def found(source: str, settings: Settings | None = None) -> list[Finding]:
    settings = settings or Settings(select=("PAR001", "SUP"))
    return list(lint(parse(source, "models.yml"), settings).findings)


def codes(source: str, settings: Settings | None = None) -> list[str]:
    return [finding.code for finding in found(source, settings)]


def test_without_a_comment_it_is_found() -> None:
    assert codes(text()) == ["PAR001"]


@pytest.mark.parametrize("word", ["PAR001", "PAR", "active-share-agrees", "KVC001, PAR001", "ALL"])
def test_on_the_line(word: str) -> None:
    assert "PAR001" not in codes(text(behind=f" # archlint: ignore[{word}] the vendor's"))


def test_bare_ignore_means_every_rule() -> None:
    assert codes(text(behind=" # archlint: ignore")) == []


def test_on_the_line_above() -> None:
    assert codes(text(above="  # archlint: ignore[PAR001] the vendor's\n")) == []
    assert codes(text(above="  # archlint: ignore[PAR001] the vendor's\n  # and more\n")) == []


def test_on_the_key_of_the_entry() -> None:
    assert codes("# archlint: ignore[PAR001] why\n" + text()) == []
    source = text().replace("671B:\n", "671B: # archlint: ignore[PAR001] why\n", 1)
    assert codes(source) == []
    assert codes(source + text().replace("Example", "Other")) == ["PAR001"]


def test_for_the_file_and_off() -> None:
    assert codes(text() + "# archlint: ignore-file[PAR001] why\n") == []
    assert codes(text(behind=" # archlint: off")) == []


def test_another_line_is_not_silenced() -> None:
    source = text().replace("company: Example", "company: Example # archlint: ignore[PAR001] why")
    assert codes(source) == ["SUP002", "PAR001"]


def test_what_does_not_exist_is_told_with_the_likeliest() -> None:
    (finding,) = [each for each in found(text(behind=" # archlint: ignore[PRA001]")) if each.code == "SUP001"]
    assert finding.message == "PRA001 is no rule, did you mean PAR001?"


@pytest.mark.parametrize(
    ("comment", "left"),
    [
        (" # archlint: ignore[PAR001] why", ""),
        (" # archlint: ignore[PAR001, XYZ] why", " # archlint: ignore[] why"),
        (" # archlint: ignore[XYZ123]", ""),
    ],
)
def test_unused_ones_can_be_taken_out(comment: str, left: str) -> None:
    right = WRONG.replace("9.4", "5.5")
    source = text(wrong=right, behind=comment)
    edits = [edit for finding in found(source) for fix in finding.fixes for edit in fix.edits]
    assert apply(source, edits) == text(wrong=right, behind="" if left.endswith("[] why") else left)


def test_a_comment_of_its_own_goes_with_its_line() -> None:
    right = WRONG.replace("9.4", "5.5")
    source = text(wrong=right, above="  # archlint: ignore[PAR001] why\n")
    (finding,) = found(source)
    assert finding.code == "SUP002"
    assert apply(source, finding.fixes[0].edits) == text(wrong=right)


def test_a_rule_that_could_not_run_is_not_called_unused() -> None:
    source = text(wrong="  kv_cache_per_token_bf16: 68.6 KiB", behind=" # archlint: ignore[KVC001] why")
    assert codes(source, Settings()).count("SUP002") == 0


def test_a_rule_that_is_off_is_not_called_unused() -> None:
    source = text(wrong=WRONG.replace("9.4", "5.5"), behind=" # archlint: ignore[PAR001] why")
    assert codes(source, Settings(select=("SUP",))) == []


def test_reasons_may_be_asked_for() -> None:
    settings = Settings(select=("PAR001", "SUP"), require_reasons=True)
    assert codes(text(behind=" # archlint: ignore[PAR001]"), settings) == ["SUP003"]
    assert codes(text(behind=" # archlint: ignore[PAR001] why"), settings) == []


def test_settings_silence_by_file_pointer_and_model() -> None:
    settings = Settings(select=("PAR001",))
    for suppression, silent in (
        (Suppression("*.yml", ("PAR001",)), True),
        (Suppression("*.yml", ("PAR001",), pointer="/scale"), True),
        (Suppression("*.yml", ("PAR001",), pointer="/attention"), False),
        (Suppression("*.json", ("PAR001",)), False),
        (Suppression("*.yml", ("PAR",), model="Example 671B"), True),
        (Suppression("*.yml", ("PAR",), model="Another"), False),
    ):
        assert (codes(text(), replace(settings, suppress=(suppression,))) == []) is silent


def test_settings_that_silence_nothing_in_the_file_they_name_are_told() -> None:
    config = '{"model_type": "llama", "num_attention_heads": 7, "num_key_value_heads": 2, "hidden_size": 896}'

    def silenced(pointer: str, file: str = "config.json") -> list[tuple[str, str]]:
        settings = Settings(select=("ATT002", "SUP"), suppress=(Suppression(file, ("ATT002",), pointer),))
        return [(each.code, each.pointer) for each in lint(parse(config, "config.json"), settings).findings]

    assert silenced("/num_key_value_heads") == []
    assert silenced("/hidden_size") == [("ATT002", "/num_key_value_heads"), ("SUP002", "/hidden_size")]
    assert silenced("/hidden_size", "*.json") == [("ATT002", "/num_key_value_heads")]
