"""Rule files that are wrong say where: file, line and column."""

import pytest

from archlint.facts import REGISTRY
from archlint.findings import Severity
from archlint.rules import compiled
from archlint.rules.load import RuleError, load_text

GOOD = """\
code: ATT900
name: heads-are-few
summary: There are few heads
severity: warning
each: attention
when: attention.kind == "global"
check: attention.heads <= options.limit
at: attention.heads
also: [attention.kv_heads]
message: "{attention.heads} heads, {attention.heads * attention.head_dim:count} wide, over {{limit}}"
options:
  limit: {type: int, default: 128, meaning: The most heads}
why: Because.
examples:
  bad: {config: {num_attention_heads: 129}}
  good: {config: {num_attention_heads: 128}}
"""


def error(old: str, new: str, builtin: bool = True) -> str:
    assert old in GOOD
    with pytest.raises(RuleError) as caught:
        load_text(GOOD.replace(old, new), "rules/x.yaml", REGISTRY, builtin)
    return str(caught.value)


def test_a_rule_is_read() -> None:
    rule, page = load_text(GOOD, "rules/x.yaml", REGISTRY)
    assert (rule.code, rule.severity, rule.each) == ("ATT900", Severity.WARNING, "attention")
    assert rule.needs == ("attention.kind", "attention.heads", "attention.head_dim")
    assert rule.rests_on == ("attention.kind", "attention.heads")
    assert page.why == "Because."
    assert '"num_attention_heads": 129' in page.bad[0].text


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "check: attention.heads <=",
            "check: attention.head <=",
            "7:8: unknown fact attention.head, did you mean attention.heads?",
        ),
        (
            "check: attention.heads <= options.limit",
            "check: 1 < 2 && attention.headss > 1",
            "7:17: unknown fact attention.headss, did you mean attention.heads?",
        ),
        (
            "attention.heads <= options.limit",
            "attention.heads <= 'x'",
            "7:24: found no matching overload for '_<=_' for '(int, string)'",
        ),
        ("attention.heads <= options.limit", "attention.heads + 1", "7:8: gives int, where bool is wanted"),
        ("options.limit", "options.bound", "7:27: option bound is not declared under options"),
        ('"global"', "card.name", None),
        ("at: attention.heads", "at: attention.hads", "8:5: unknown fact attention.hads, did you mean"),
        (
            "at: attention.heads",
            "at: experts.count",
            "8:5: fact experts.count needs a rule with each: experts; this one has each: attention",
        ),
        (
            "{attention.heads} heads",
            "{attention.hds} heads",
            "10:12: unknown fact attention.hds, did you mean attention.heads?",
        ),
        ("{{limit}}", "{limit", "10:92: a brace that belongs to no pair; write it twice to show it"),
        ("each: attention", "each: attentions", "5:7: unknown scope attentions"),
        ("severity: warning", "severity: bad", "4:11: severity: input should be 'error'"),
        ("severity: warning", "severity: hint", "4:11: a hint is advice and off by default"),
        ("code: ATT900", "code: ATT9", "1:7: code is three letters and three digits"),
        ("code: ATT900", "code: XYZ900", "1:7: XYZ is no category"),
        ("name: heads-are-few", "name: Heads", "2:7: name is kebab-case"),
        ("summary: There", "sumary: There", "3:1: unknown key sumary, did you mean summary?"),
        ("why: Because.\n", "", "1:1: why is missing"),
        ("default: 128", "default: many", "12:31: the default of option limit is no int"),
        ("  good: {config: {num_attention_heads: 128}}\n", "", "15:3: good is missing"),
        (
            'when: attention.kind == "global"',
            'when: written("attention.hed")',
            '6:16: unknown fact attention.hed, did you mean attention.heads?',
        ),
        ('when: attention.kind == "global"', "when: written(attention.kind)", "6:7: written() takes"),
        ('when: attention.kind == "global"', "when: agres(1, 2)", "6:12: unknown name agres, did you mean"),
        ("check: attention.heads <= options.limit\n", "", "1:7: a rule has either check, or raised_by"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(old: str, new: str, message: str | None) -> None:
    if message is None:  # a fact of an outer scope may be used
        load_text(GOOD.replace(old, new), "rules/x.yaml", REGISTRY)
    else:
        assert error(old, new).startswith(f"rules/x.yaml:{message}")


def test_an_error_in_a_block_has_its_own_line() -> None:
    found = error(
        "check: attention.heads <= options.limit", "check: |\n  attention.heads > 1\n  && attention.hds > 2"
    )
    assert found.startswith("rules/x.yaml:9:6: unknown fact attention.hds")


def test_a_user_may_have_categories_of_their_own() -> None:
    rule, _ = load_text(GOOD.replace("ATT900", "OURS001"), "lint/x.yaml", REGISTRY, builtin=False)
    assert rule.code == "OURS001"
    assert not rule.builtin


def test_broken_yaml_is_one_error() -> None:
    assert error("why: Because.", "why: [Because.").startswith("rules/x.yaml:")


def test_the_compiled_form_is_the_rule() -> None:
    rule, page = load_text(GOOD, "rules/x.yaml", REGISTRY)
    assert compiled.decode_rule(compiled.encode_rule(rule)) == rule
    assert compiled.decode_page(compiled.encode_page(page)) == page
