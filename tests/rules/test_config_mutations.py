"""Correct configs, broken in one place at a time: each slip has a finding of the right rule at the right key.

Where transformers is installed its own validators see the same mutants: whatever they refuse must be an error here.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from archlint.findings import Severity
from archlint.linter import lint
from archlint.project import Settings
from archlint.source import parse

Config = dict[str, Any]

LLAMA: Config = {
    "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 4096, "intermediate_size": 14336,
    "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 128256,
    "max_position_embeddings": 131072, "rms_norm_eps": 1e-05, "tie_word_embeddings": False, "dtype": "bfloat16",
    "bos_token_id": 128000, "eos_token_id": 128001,
    "rope_parameters": {
        "rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0, "low_freq_factor": 1.0,
        "high_freq_factor": 4.0, "original_max_position_embeddings": 8192,
    },
}  # fmt: skip
QWEN: Config = {
    "model_type": "qwen3_moe", "architectures": ["Qwen3MoeForCausalLM"], "hidden_size": 4096, "head_dim": 128,
    "intermediate_size": 12288, "moe_intermediate_size": 1536, "num_hidden_layers": 94, "num_attention_heads": 64,
    "num_key_value_heads": 4, "num_experts": 128, "num_experts_per_tok": 8, "vocab_size": 151936,
    "max_position_embeddings": 40960, "tie_word_embeddings": False, "dtype": "bfloat16", "eos_token_id": 151645,
}  # fmt: skip
DEEPSEEK: Config = {
    "model_type": "deepseek_v3", "architectures": ["DeepseekV3ForCausalLM"], "hidden_size": 7168,
    "intermediate_size": 18432, "moe_intermediate_size": 2048, "num_hidden_layers": 61, "num_attention_heads": 128,
    "num_key_value_heads": 128, "n_routed_experts": 256, "n_shared_experts": 1, "num_experts_per_tok": 8,
    "n_group": 8, "topk_group": 4, "first_k_dense_replace": 3, "q_lora_rank": 1536, "kv_lora_rank": 512,
    "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128, "vocab_size": 129280,
    "max_position_embeddings": 163840, "eos_token_id": 1, "dtype": "bfloat16",
    "rope_parameters": {
        "rope_type": "yarn", "rope_theta": 10000.0, "factor": 40.0, "original_max_position_embeddings": 4096,
        "beta_fast": 32.0, "beta_slow": 1.0, "mscale": 1.0, "mscale_all_dim": 1.0,
    },
    "quantization_config": {"quant_method": "fp8", "fmt": "e4m3", "weight_block_size": [128, 128]},
}  # fmt: skip
GEMMA: Config = {
    "model_type": "gemma3_text", "architectures": ["Gemma3ForCausalLM"], "hidden_size": 1152, "head_dim": 256,
    "intermediate_size": 6912, "num_hidden_layers": 26, "num_attention_heads": 4, "num_key_value_heads": 1,
    "sliding_window": 512, "vocab_size": 262144, "max_position_embeddings": 32768, "eos_token_id": 1,
    "layer_types": [("full_attention" if i % 6 == 5 else "sliding_attention") for i in range(26)],
}  # fmt: skip
BASES = {"llama": LLAMA, "qwen": QWEN, "deepseek": DEEPSEEK, "gemma": GEMMA}

SETTINGS = Settings(profile="strict")
ABSENT = object()


def change(base: str, path: str, value: object) -> Config:
    """Return a copy of a base with the value at ``path`` (``a/b``) set, or taken out."""
    config: Config = json.loads(json.dumps(BASES[base]))
    *holders, key = path.split("/")
    mapping = config
    for holder in holders:
        mapping = mapping[holder]
    if value is ABSENT:
        del mapping[key]
    else:
        mapping[key] = value
    return config


def findings(text: str) -> list[tuple[str, str, Severity]]:
    linted = lint(parse(text, "config.json", "json"), SETTINGS)
    return [(each.code, each.pointer, each.severity) for each in linted.findings]


@pytest.mark.parametrize("base", BASES)
def test_the_bases_are_clean(base: str) -> None:
    worse = [each for each in findings(json.dumps(BASES[base], indent=2)) if each[2] > Severity.INFO]
    assert worse == []


SLIPS: list[tuple[str, str, object, str, str]] = [
    # base, changed key, new value, rule, severity
    ("llama", "num_attention_heads", 24, "ATT001", "error"),
    ("llama", "hidden_size", 4100, "ATT001", "error"),
    ("llama", "num_key_value_heads", 5, "ATT002", "error"),
    ("llama", "num_key_value_heads", 7, "ATT002", "error"),
    ("llama", "num_key_value_heads", 64, "ATT002", "error"),
    ("qwen", "num_key_value_heads", 6, "ATT002", "error"),
    ("gemma", "num_key_value_heads", 3, "ATT002", "error"),
    ("llama", "num_key_value_heads", 0, "ATT006", "error"),
    ("llama", "num_hidden_layers", -3, "ATT006", "error"),
    ("llama", "num_hidden_layers", 0, "ATT006", "error"),
    ("llama", "hidden_size", -4096, "ATT006", "error"),
    ("llama", "vocab_size", 0, "ATT006", "error"),
    ("llama", "intermediate_size", -1, "ATT006", "error"),
    ("deepseek", "kv_lora_rank", -512, "ATT006", "error"),
    ("qwen", "head_dim", 127, "ATT003", "error"),
    ("gemma", "head_dim", 255, "ATT003", "error"),
    ("deepseek", "qk_rope_head_dim", 63, "ATT003", "error"),
    ("llama", "partial_rotary_factor", 1.5, "CTX012", "error"),
    ("gemma", "layer_types", ["full_attention"] * 25, "LAY001", "error"),
    ("gemma", "layer_types", ["full_attention"] * 27, "LAY001", "error"),
    ("gemma", "num_hidden_layers", 27, "LAY001", "error"),
    ("gemma", "sliding_window", None, "LAY004", "error"),
    ("gemma", "sliding_window", 0, "LAY004", "error"),
    ("gemma", "layer_types", ["quite_new"] * 26, "LAY003", "warning"),
    ("gemma", "layer_types", ["full_atention"] * 26, "LAY014", "error"),
    ("qwen", "num_experts_per_tok", 129, "MOE001", "error"),
    ("deepseek", "num_experts_per_tok", 999, "MOE001", "error"),
    ("deepseek", "n_group", 7, "MOE002", "error"),
    ("deepseek", "topk_group", 9, "MOE003", "error"),
    ("deepseek", "num_experts_per_tok", 130, "MOE004", "error"),
    ("deepseek", "first_k_dense_replace", 99, "MOE005", "error"),
    ("qwen", "num_local_experts", 64, "MOE006", "error"),
    ("llama", "num_experts", 8, "MOE007", "warning"),
    ("llama", "rope_parameters/high_freq_factor", 0.5, "CTX007", "error"),
    ("llama", "rope_parameters/factor", 0.5, "CTX009", "warning"),
    ("llama", "rope_parameters/rope_theta", -1.0, "CTX011", "error"),
    ("llama", "rope_parameters/rope_type", "lama3", "CTX002", "warning"),
    ("llama", "rope_parameters/factr", 8.0, "CTX003", "warning"),
    ("deepseek", "max_position_embeddings", 262144, "CTX001", "warning"),
    ("deepseek", "rope_parameters/original_max_position_embeddings", 400000, "CTX008", "warning"),
    ("deepseek", "rope_parameters/original_max_position_embeddings", ABSENT, "CTX004", "info"),
    ("llama", "eos_token_id", 128256, "TOK001", "warning"),
    ("llama", "eos_token_id", [128001, 999999], "TOK001", "warning"),
    ("llama", "bos_token_id", 200000, "TOK001", "warning"),
    ("llama", "pad_token_id", 131072, "TOK001", "warning"),
    ("deepseek", "quantization_config/quant_method", ABSENT, "QNT001", "warning"),
    ("deepseek", "quantization_config/quant_method", "fp88", "QNT002", "warning"),
    ("llama", "dtype", "bfloat61", "QNT007", "error"),
    ("llama", "torch_dtype", "float16", "QNT006", "warning"),
    ("deepseek", "kv_lora_rank", "512", "SCH026", "error"),
    ("llama", "num_attention_heads", "32", "SCH026", "error"),
    ("llama", "hidden_size", {"value": 4096}, "SCH026", "error"),
    ("llama", "tie_word_embeddings", "false", "SCH026", "error"),
    ("llama", "num_key_value_head", 8, "SCH024", "warning"),
    ("qwen", "num_expert_per_tok", 8, "SCH024", "warning"),
    ("llama", "model_type", "llamma", "SCH021", "warning"),
    ("llama", "model_type", ABSENT, "SCH022", "warning"),
    ("llama", "model_type", "entirely_new", "SCH020", "info"),
    ("llama", "architectures", ["Qwen3ForCausalLM"], "SCH023", "info"),
    ("llama", "_name_or_path", "/home/me/checkpoints/step-1000", "SCH090", "warning"),
    ("llama", "vocab_size", 2**70, "SRC019", "warning"),
    ("llama", "hidden_size", None, "SCH026", "error"),
    ("llama", "rope_parameters/factor", "8", "SCH026", "error"),
    ("llama", "rope_parameters/factor", None, "SCH026", "error"),
    ("llama", "rope_parameters/rope_type", 3, "SCH026", "error"),
    ("llama", "rope_parameters", "yarn", "SCH026", "error"),
    ("llama", "eos_token_id", [1, "</s>"], "SCH026", "error"),
    ("gemma", "layer_types", [1] * 26, "SCH026", "error"),
    ("deepseek", "quantization_config", "fp8", "SCH026", "error"),
    ("deepseek", "quantization_config/weight_block_size", 128, "SCH026", "error"),
    ("llama", "rms_norm_eps", 1, "SCH029", "warning"),
    ("llama", "tie_word_embeddings", 0, "SCH029", "warning"),
    ("qwen", "num_experts_per_tok", None, "SCH029", "warning"),
    ("llama", "rms_norm_eps", -1e-05, "SCH033", "error"),
    ("llama", "attention_dropout", 10.0, "SCH033", "error"),
    ("llama", "architectures", ["LlamaForCasualLM"], "SCH030", "warning"),
    ("llama", "model_type", "", "SCH022", "warning"),
    ("llama", "model_type", "LLaMA", "SCH021", "warning"),
    ("llama", "pad_token_id", -100, "TOK001", "warning"),
    ("llama", "head_dim", 0, "ATT006", "error"),
    ("qwen", "num_experts_per_tok", 0, "MOE008", "error"),
    ("llama", "rope_parameters/rope_type", ABSENT, "CTX013", "warning"),
    ("llama", "rope_parameters/low_freq_factor", ABSENT, "CTX014", "error"),
    ("deepseek", "rope_parameters/factor", ABSENT, "CTX014", "error"),
    ("llama", "rope_parameters/FACTOR", 8.0, "CTX003", "warning"),
    ("llama", "rope_parameters/mrope_section", [16, 24, 27], "CTX015", "warning"),
    ("deepseek", "rope_parameters/beta_fast", 0.5, "CTX017", "warning"),
    ("deepseek", "quantization_config/weight_blok_size", [128, 128], "QNT009", "warning"),
    ("qwen", "mlp_layer_types", ["spares"] * 94, "LAY016", "error"),
]

_MISSPELT = {
    "num_key_value_head": "num_key_value_heads",
    "num_expert_per_tok": "num_experts_per_tok",
    "rope_parameters/FACTOR": "rope_parameters/factor",
    "quantization_config/weight_blok_size": "quantization_config/weight_block_size",
}
_ELSEWHERE = {
    "LAY001": {"/layer_types", "/num_hidden_layers"},
    "CTX001": {"/rope_parameters/factor"},
    "CTX004": {"/rope_parameters/rope_type"},
    "CTX014": {"/rope_parameters/rope_type"},
}
"""Where a finding stands when it is about two keys, and stands at the other one."""


def mutant(slip: tuple[str, str, object, str, str]) -> Config:
    base, path, value, *_ = slip
    config = change(base, path, value)
    holder, _, right = _MISSPELT.get(path, "").rpartition("/")
    (config[holder] if holder else config).pop(right, None)
    return config


def _name(slip: tuple[str, str, object, str, str]) -> str:
    return f"{slip[3]}-{slip[0]}-{slip[1]}-{str(slip[2])[:12] if slip[2] is not ABSENT else 'absent'}"


@pytest.mark.parametrize("slip", SLIPS, ids=_name)
def test_slips(slip: tuple[str, str, object, str, str]) -> None:
    _, path, _, code, severity = slip
    found = [each for each in findings(json.dumps(mutant(slip), indent=2)) if each[0] == code]
    assert found, f"passed in silence: {path}"
    assert str(found[0][2]) == severity
    places = _ELSEWHERE.get(code, set()) | {f"/{path}", f"/{path.rpartition('/')[0]}".rstrip("/"), ""}
    if code not in (
        "ATT001",
        "ATT002",
    ):  # either number may be the wrong one; the finding stands at the first
        assert found[0][1] in places or found[0][1].startswith(f"/{path}/")


def _of_another_type(value: object) -> list[object]:
    """Values that no class takes for one like ``value``."""
    if isinstance(value, bool):
        return ["true", [value], 7, {}]
    if isinstance(value, int):
        return [str(value), "many", value + 0.5, [value], {}, True]
    if isinstance(value, float):
        return [str(value), [value], {}, True]
    return [3, [value], {}] if isinstance(value, str) else ["x", {}]


TYPED = [
    (base, key, wrong)
    for base, config in BASES.items()
    for key, value in config.items()
    if not isinstance(value, dict)
    for wrong in _of_another_type(value)
    if not (key == "eos_token_id" and isinstance(wrong, list))
]


@pytest.mark.parametrize(("base", "key", "wrong"), TYPED)
def test_a_value_of_another_type_is_an_error(base: str, key: str, wrong: object) -> None:
    found = findings(json.dumps(change(base, key, wrong), indent=2))
    assert ("SCH026", f"/{key}", Severity.ERROR) in found


def _slips_of_the_pen(key: str) -> list[str]:
    middle = len(key) // 2
    if key[middle] == "_":
        middle += 1
    words = key.split("_")
    spelt = [
        key[:middle] + key[middle + 1 :],
        key[:middle] + key[middle] + key[middle:],
        key.upper(),
        f" {key}",
    ]
    if len(words) > 1:
        spelt += [
            "-".join(words),
            words[0] + "".join(word.capitalize() for word in words[1:]),
            "".join(words),
        ]
    return spelt


MISSPELT = [
    (base, key, wrong)
    for base, config in BASES.items()
    for key in config
    if key not in ("model_type", "n_group", "dtype", "head_dim")
    for wrong in _slips_of_the_pen(key)
]


@pytest.mark.parametrize(("base", "key", "wrong"), MISSPELT)
def test_a_misspelt_key_is_found(base: str, key: str, wrong: str) -> None:
    config = {wrong if name == key else name: value for name, value in BASES[base].items()}
    assert ("SCH024", f"/{wrong}", Severity.WARNING) in findings(json.dumps(config, indent=2))


TEXTS: list[tuple[str, str, str, str]] = [
    ('"vocab_size": 128256,', '"vocab_size": 128256', "SRC007", "error"),
    ('"dtype": "bfloat16"', '"dtype": "bfloat16",,', "SRC", "error"),
    ('"hidden_size": 4096,', '"hidden_size": 4096, "hidden_size": 4097,', "SRC003", "error"),
    ('"hidden_size": 4096,', '"hidden_size": 4096, // width', "SRC005", "error"),
    ('"rms_norm_eps": 1e-05', '"rms_norm_eps": NaN', "SRC004", "warning"),
    ('"rms_norm_eps": 1e-05', '"rms_norm_eps": nan', "SRC018", "error"),
    ('"hidden_size": 4096', '"hidden_size": 4,096', "SRC018", "error"),
    ('"hidden_size": 4096', "'hidden_size': 4096", "SRC009", "error"),
    ('"hidden_size": 4096', "hidden_size: 4096", "SRC010", "error"),
    ('"hidden_size": 4096', '"hidden_size": 04096', "SRC018", "error"),
    ('"model_type": "llama"', '"model_type": "llama', "SRC014", "error"),
]


@pytest.mark.parametrize(("right", "wrong", "code", "severity"), TEXTS)
def test_slips_of_syntax(right: str, wrong: str, code: str, severity: str) -> None:
    text = json.dumps(LLAMA, indent=2)
    assert right in text
    found = [each for each in findings(text.replace(right, wrong, 1)) if each[0].startswith(code)]
    assert found
    assert str(found[0][2]) == severity


def test_a_truncated_file_is_an_error_wherever_it_ends() -> None:
    text = json.dumps(LLAMA, indent=2)
    for end in range(60, len(text), 37):
        assert any(each[2] is Severity.ERROR for each in findings(text[:end])), end


@pytest.mark.parametrize("slip", SLIPS, ids=_name)
def test_what_transformers_refuses_is_an_error(slip: tuple[str, str, object, str, str]) -> None:
    # A kind of layer that this release does not know may be one that the next one does, and 1 is 1.0 elsewhere.
    _as_transformers(mutant(slip), Severity.WARNING if slip[3] in ("LAY003", "SCH029") else Severity.ERROR)


@pytest.mark.parametrize(("base", "key", "wrong"), TYPED)
def test_what_transformers_refuses_of_types_is_an_error(base: str, key: str, wrong: object) -> None:
    _as_transformers(change(base, key, wrong), Severity.ERROR)


def _as_transformers(config: Config, least: Severity) -> None:
    transformers = pytest.importorskip("transformers")
    kind = config.get("model_type")
    if not isinstance(kind, str) or kind not in transformers.CONFIG_MAPPING:
        pytest.skip("no class of transformers")
    try:
        transformers.CONFIG_MAPPING[kind].from_dict(config)
    except Exception as error:
        refused = str(error)
    else:
        return
    found = findings(json.dumps(config, indent=2))
    assert any(each[2] >= least for each in found), f"transformers says: {refused}"
