"""The engine: where findings point, what they say, when a rule keeps silent."""

import json
import time
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archlint.facts import REGISTRY
from archlint.facts.comparison import fits
from archlint.findings import Finding, Severity
from archlint.linter import lint, read
from archlint.model import Model
from archlint.project import Settings
from archlint.rules.engine import Subject, _pointer, evaluate
from archlint.rules.load import load_text
from archlint.rules.ruleset import Ruleset, builtin
from archlint.rules.select import active, unknown
from archlint.rules.show import bytes_text, parameters_text
from archlint.source import parse
from archlint.source.edits import apply

DENSE = {
    "model_type": "llama",
    "hidden_size": 4096,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
}


def config(**keys: object) -> list[Finding]:
    return list(lint(parse(json.dumps({**DENSE, **keys}, indent=1), "config.json"), Settings()).findings)


def card(keys: dict[str, object], of: dict[str, object], run: Settings | None = None) -> list[Finding]:
    document = parse(json.dumps({"name": "Example", **keys}), "x.arch.json")
    given_config = parse(json.dumps(of), "config.json")
    return list(lint(document, run or Settings(), lambda *_: given_config).findings)


def of(findings: list[Finding], code: str) -> Finding:
    (found,) = [each for each in findings if each.code == code]
    return found


def own(rule: str) -> Ruleset:
    page = "summary: x\nwhy: y\nexamples: {bad: {text: a}, good: {text: b}}\n"
    return Ruleset((load_text(page + rule, "x.yaml", REGISTRY)[0],))


def test_a_finding_points_at_the_key_says_the_arithmetic_and_mends_it() -> None:
    document = json.dumps({"name": "Example", "kv_cache_per_token_bf16": "512 KiB"})
    finding = of(card({"kv_cache_per_token_bf16": "512 KiB"}, DENSE), "KVC001")
    assert finding.severity is Severity.ERROR
    assert finding.pointer == "/kv_cache_per_token_bf16"
    assert document[finding.start_offset : finding.end_offset] == '"512 KiB"'
    assert finding.message.startswith("KV cache per token is 128 KiB, not 512 KiB")
    assert "all query heads counted, not the KV heads" in finding.message
    assert finding.derivation == ("32 global layers × 8 KV heads × (128 + 128) × 2 B = 131,072 B",)
    assert apply(document, finding.fixes[0].edits) == document.replace("512 KiB", "128 KiB")
    assert any("num_key_value_heads = 8" in each.message for each in finding.related)


@pytest.mark.parametrize(
    ("figure", "keys", "mistake"),
    [
        ("256 KiB", {}, "4 bytes an element, not 2"),
        ("64 KiB", {}, "K or V left out, or 1 byte an element"),
        ("4 KiB", {}, "one layer's share"),
        ("131.1 KiB", {}, "units of 1000 bytes written as KiB"),
        ("0.131 MiB", {}, "units of 1000 × 1000 bytes written as MiB"),
        ("132 KiB", {}, "33 layers with a cache, where there are 32"),
        ("8 KiB", {"model_type": "gemma3_text", "num_hidden_layers": 6, "head_dim": 256,
                   "layer_types": ["sliding_attention"] * 5 + ["full_attention"], "sliding_window": 512},
         "only the layers without a window"),
    ],
)  # fmt: skip
def test_common_mistakes_are_named(figure: str, keys: dict[str, object], mistake: str) -> None:
    assert mistake in of(card({"kv_cache_per_token_bf16": figure}, {**DENSE, **keys}), "KVC001").message


def test_a_figure_of_another_entry_is_named() -> None:
    entries = {
        name: {"company": "Example", "layer_mix": f"{layers} GQA", "kv_cache_per_token_bf16": figure,
               "config": {"repo": f"example/{name}"}}
        for name, layers, figure in (("Large", 94, "248 KiB"), ("Small", 62, "248 KiB"), ("Other", 94, "249 KiB"))
    }  # fmt: skip
    configs = {name: {**DENSE, "num_hidden_layers": 94} for name in ("Large", "Other")}
    configs["Small"] = {**DENSE, "num_hidden_layers": 62}
    document = parse(json.dumps(entries), "models.json")
    found = lint(
        document,
        Settings(select=("KVC001",)),
        lambda of, _: parse(json.dumps(configs[of.name or ""]), "config.json"),
    ).findings
    first, second = found
    assert (first.model, second.model) == ("Large", "Other")
    assert first.message.endswith("248 KiB is what the config of Small gives")
    assert second.message == "KV cache per token is 376 KiB, not 249 KiB"


def test_a_kv_figure_is_mended_apart_from_what_stands_beside_it() -> None:
    of_all = of(card({"kv_cache_per_token_bf16": "512 KiB across all 32 layers"}, DENSE), "KVC001")
    plain = of(card({"kv_cache_per_token_bf16": "512 KiB per token"}, DENSE), "KVC001")
    assert [(fix.safe, fix.edits[0].text) for fix in plain.fixes] == [(True, "128 KiB")]
    assert [(fix.safe, fix.edits[0].text) for fix in of_all.fixes] == [(False, "128 KiB")]
    assert plain.end[1] - plain.start[1] == len("512 KiB")


def test_what_enters_the_arithmetic_is_related() -> None:
    related = [each.message for each in of(card({"kv_cache_per_token_bf16": "1 KiB"}, MLA), "KVC001").related]
    assert related == ["kv_lora_rank = 512", "qk_rope_head_dim = 64", "num_hidden_layers = 61"]
    bare = {
        "model_type": "llama",
        "num_hidden_layers": 4,
        "hidden_size": 4096,
        "layer_types": ["full_attention"] * 4,
    }
    related = [
        each.message for each in of(card({"kv_cache_per_token_bf16": "1 KiB"}, bare), "KVC001").related
    ]
    assert "num_attention_heads = 32, by default" in related
    assert "hidden_size = 4096" in related
    assert any(each.startswith("layer_types") for each in related)


MLA = {
    "model_type": "deepseek_v3", "hidden_size": 7168, "num_hidden_layers": 61, "num_attention_heads": 128,
    "num_key_value_heads": 128, "kv_lora_rank": 512, "q_lora_rank": 1536, "qk_nope_head_dim": 128,
    "qk_rope_head_dim": 64, "v_head_dim": 128,
}  # fmt: skip


@pytest.mark.parametrize(
    ("figure", "mistake"), [("137.3 KiB", "counted twice"), ("4.8 MiB", "as without MLA")]
)
def test_mistakes_about_latents_are_named(figure: str, mistake: str) -> None:
    assert mistake in of(card({"kv_cache_per_token_bf16": figure}, MLA), "KVC001").message
    assert not card({"kv_cache_per_token_bf16": "68.6 KiB"}, MLA, Settings(select=("KVC",)))


SHARED = {
    "model_type": "gemma4_text", "hidden_size": 1536, "num_hidden_layers": 35, "num_attention_heads": 8,
    "num_key_value_heads": 1, "head_dim": 256, "global_head_dim": 512, "intermediate_size": 6144,
    "num_kv_shared_layers": 20, "sliding_window": 512, "vocab_size": 262144,
    "layer_types": (["sliding_attention"] * 4 + ["full_attention"]) * 7,
}  # fmt: skip


@pytest.mark.parametrize(
    ("figure", "keys", "mistake"),
    [
        ("42 KiB", {}, "counted that reuse an earlier layer's cache"),
        ("35 KiB", {}, "all of them as wide as the sliding ones"),
        ("35 KiB", {"attention_k_eq_v": True}, "counted that reuse an earlier layer's cache"),
    ],
)
def test_mistakes_about_shared_caches_are_named(figure: str, keys: dict[str, object], mistake: str) -> None:
    assert mistake in of(card({"kv_cache_per_token_bf16": figure}, {**SHARED, **keys}), "KVC001").message
    assert not card({"kv_cache_per_token_bf16": "18 KiB"}, {**SHARED, **keys}, Settings(select=("KVC",)))


def test_a_rule_runs_only_where_every_fact_is_known() -> None:
    assert not [each for each in config(num_key_value_heads=None) if each.code == "ATT002"]
    assert not [each for each in config(num_key_value_heads="three") if each.code == "ATT002"]
    assert of(config(num_key_value_heads=5), "ATT002").start == (6, 25)


def test_a_defaulted_fact_points_at_a_key_that_is_there() -> None:
    finding = of(config(num_attention_heads=24, hidden_size=1792, num_key_value_heads=24), "ATT001")
    assert finding.pointer == "/num_attention_heads"


def test_what_is_not_verified_is_no_more_than_info() -> None:
    odd = {**DENSE, "model_type": "nobody_knows", "num_attention_heads": 32}
    del odd["num_key_value_heads"]
    for finding in card({"kv_cache_per_token_bf16": "512 KiB"}, odd):
        assert finding.severity <= Severity.INFO or not finding.code.startswith("KVC")


def test_findings_on_a_config_stay_in_its_file() -> None:
    assert not [each for each in card({}, {**DENSE, "num_key_value_heads": 5}) if each.code == "ATT002"]


def test_a_check_that_errs_is_told() -> None:
    rules = own(
        "code: ATT900\nname: errs\nseverity: error\neach: config\nat: config.num_hidden_layers\nmessage: x\n"
        "check: config.num_hidden_layers / (config.num_hidden_layers - 32) > 0\n"
    )
    document = parse(json.dumps(DENSE), "config.json")
    models = lint(document, Settings()).models
    (finding,) = evaluate(rules, Subject(document, None, models), active(rules, Settings(), "config.json"))
    assert finding.message == "ATT900 could not be evaluated: divide by zero"
    assert finding.severity is Severity.INFO


def test_options_and_severities_are_the_settings() -> None:
    keys = {"select": ("ATT007",), "profile": "strict"}
    keys_of = {**DENSE, "num_attention_heads": 28, "num_key_value_heads": 4, "head_dim": 128}
    document = parse(json.dumps(keys_of), "config.json")
    run = Settings(**keys)  # type: ignore[arg-type]
    assert [each.code for each in lint(document, run).findings] == ["ATT007"]
    assert not lint(document, replace(run, options={"ATT007": {"gpus": 4}})).findings
    assert not lint(document, replace(run, options={"tensor-parallel-heads": {"gpus": 7}})).findings
    (finding,) = lint(document, replace(run, severity={"ATT": Severity.ERROR})).findings
    assert finding.severity is Severity.ERROR


@pytest.mark.parametrize(
    ("select", "ignore", "runs"),
    [
        ((), (), True),
        ((), ("ATT",), False),
        ((), ("ATT001",), True),
        (("ATT002",), ("ATT",), True),
        (("ATT",), ("ATT002",), False),
        (("ATT",), ("kv-heads-divide-heads",), False),
        (("KVC",), (), False),
        (("ALL",), ("ATT",), False),
    ],
)
def test_the_most_specific_word_decides(select: tuple[str, ...], ignore: tuple[str, ...], runs: bool) -> None:
    chosen = active(builtin(), Settings(select=select, ignore=ignore), "config.json")
    assert any(each.rule.code == "ATT002" for each in chosen) is runs


def test_words_that_name_no_rule() -> None:
    assert unknown(["ATT", "ATT002", "kv-heads-divide-heads", "XYZ", "ALL", "ATT9"]) == ["XYZ", "ATT9"]


def test_layers_are_dealt_out_to_terms() -> None:
    gqa, sliding = frozenset(("global", "sliding")), frozenset(("sliding",))
    assert fits([(48, gqa)], {"sliding": 39, "global": 9})
    assert fits([(39, sliding), (9, gqa)], {"sliding": 39, "global": 9})
    assert fits([(30, sliding), (18, gqa)], {"sliding": 39, "global": 9})
    assert not fits([(40, sliding), (8, gqa)], {"sliding": 39, "global": 9})
    assert fits([(48, frozenset())], {"linear": 36, "global": 12})


def test_figures_as_messages_show_them() -> None:
    assert [bytes_text(n) for n in (0, 1000, 70272, 222720, 1536 * 1024)] == [
        "0 B", "1000 B", "68.6 KiB", "217.5 KiB", "1.5 MiB",
    ]  # fmt: skip
    assert [parameters_text(n) for n in (8_030_261_248, 235_093_634_560, 934_000_000, 12)] == [
        "8.03B", "235B", "934M", "12",
    ]  # fmt: skip


NUMBERS = st.one_of(st.integers(-3, 300), st.sampled_from([2**31, 2**63, 2**64, 10**60, -1, 0]))
ANYTHING = st.one_of(
    NUMBERS, st.none(), st.booleans(), st.floats(), st.text(max_size=5), st.lists(NUMBERS, max_size=4),
    st.lists(st.sampled_from(["full_attention", "sliding_attention", "x"]), max_size=5),
    st.dictionaries(st.sampled_from(["rope_type", "type", "factor", "bits", "quant_method", "group_size"]),
                    st.one_of(NUMBERS, st.sampled_from(["yarn", "llama3", "awq", "x"]), st.floats()), max_size=4),
)  # fmt: skip
KEYS = [
    "hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "head_dim", "vocab_size",
    "intermediate_size", "layer_types", "sliding_window", "kv_lora_rank", "qk_rope_head_dim", "n_routed_experts",
    "num_experts_per_tok", "n_group", "topk_group", "first_k_dense_replace", "rope_scaling", "rope_parameters",
    "quantization_config", "eos_token_id", "partial_rotary_factor", "max_position_embeddings", "dtype",
    "num_local_experts", "sliding_window_pattern", "num_kv_shared_layers", "rope_theta", "mlp_layer_types",
]  # fmt: skip
TYPES = ["llama", "mixtral", "deepseek_v3", "gemma3_text", "qwen3_next", "gpt2", "phi3", "nobody_knows"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(TYPES), st.dictionaries(st.sampled_from(KEYS), ANYTHING, max_size=10))
def test_whatever_a_config_says_no_rule_fails(model_type: str, keys: dict[str, object]) -> None:
    text = json.dumps({"model_type": model_type, **keys})
    findings = lint(parse(text, "config.json"), Settings(profile="pedantic")).findings
    # A product of absurd sizes may leave 64 bits; that is told, and is no defect of a rule.
    failed = [each for each in findings if "could not be evaluated" in each.message]
    assert not [each for each in failed if "overflow" not in each.message]
    for finding in findings:
        assert 0 <= finding.start_offset <= finding.end_offset <= len(text)
        assert "None" not in finding.message


def test_a_message_stays_one_line_to_read_whatever_a_file_holds() -> None:
    for finding in card({"decoder_type": "x" * 10_000, "kv_cache_per_token_bf16": "y" * 10_000}, DENSE):
        assert len(finding.message) < 1_000


@pytest.mark.parametrize("pairs", [3, 300])
def test_pointers_lead_to_keys_and_elements_of_mappings_of_any_size(pairs: int) -> None:
    text = json.dumps({f"k~/{n}": {"a": [n, {"b": n}]} for n in range(pairs)} | {"list": list(range(pairs))})
    document = parse(text, "config.json")
    root = document.root
    assert root is not None
    model = Model(document, root)
    stack = [("", root)]
    while stack:
        pointer, node = stack.pop()
        for pair in node.pairs:
            below = f"{pointer}/{pair.name.replace('~', '~0').replace('/', '~1')}"
            assert _pointer(model, pair.key.start, pair.key.end) == below
            stack.append((below, pair.value))
        for number, item in enumerate(node.items):
            if not item.pairs:
                assert _pointer(model, item.start, item.end) == f"{pointer}/{number}"
            stack.append((f"{pointer}/{number}", item))


def test_many_findings_in_one_mapping_take_no_longer_each() -> None:
    def seconds(keys: int) -> float:
        text = json.dumps({f"no_such_key_{n}": n for n in range(keys)} | DENSE)
        started = time.process_time()
        found = lint(parse(text, "config.json"), Settings(profile="pedantic")).findings
        assert len(found) >= keys
        return time.process_time() - started

    seconds(10)
    assert seconds(4_000) < 20 * max(seconds(400), 0.05)


@pytest.mark.parametrize(("sign", "found"), [("||", {True: 0, False: 1}), ("&&", {True: 0, False: 1})])
@pytest.mark.parametrize("count", [40, 120, 230])
def test_a_condition_of_very_many_parts_is_judged_as_any_other(
    sign: str, found: dict[bool, int], count: int
) -> None:
    names = ("hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads")
    holds = " != 7" if sign == "&&" else " == 7"
    parts = [f"config.{names[number % 4]}{holds}" for number in range(count)]
    for right in (True, False):
        last = "config.hidden_size > 0" if right else "config.hidden_size < 0"
        check = f" {sign} ".join([*parts, last])
        rules = own(
            "code: ATT999\nname: long\nseverity: error\neach: config\n"
            f"check: {check}\nat: config.hidden_size\nmessage: no\n"
        )
        document = parse(json.dumps(DENSE), "config.json")
        models = read(document)[1]
        told = evaluate(rules, Subject(document, None, models), active(rules, Settings(), "config.json"))
        assert len(told) == found[right]


def test_of_a_repeated_key_each_value_is_judged() -> None:
    text = json.dumps(DENSE)[:-1] + (
        ', "torch_dtype": "bfloat61", "torch_dtype": "flaot16",'
        ' "rope_scaling": {"rope_type": "yarn"}, "rope_scaling": {"rope_type": "llama3"}}'
    )
    codes = [each.code for each in lint(parse(text, "config.json"), Settings()).findings]
    assert [codes.count(code) for code in ("QNT007", "CTX014")] == [2, 2]
