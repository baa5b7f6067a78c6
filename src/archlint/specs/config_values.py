"""The values of a config against the types of its class's fields, and against what any reader can take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from archlint.patterns import pattern
from archlint.source.document import Document, Problem
from archlint.source.edits import Edit
from archlint.source.tree import MAPPING, SEQUENCE, Node, Pair
from archlint.specs.config import Config
from archlint.specs.field_types import entry_of, is_near, misfit, named, split, wanted
from archlint.specs.size import Unknown

SIZES: Final = frozenset(
    (
        "hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "head_dim",
        "intermediate_size", "vocab_size", "max_position_embeddings", "num_experts", "num_local_experts",
        "n_routed_experts", "num_experts_per_tok", "n_shared_experts", "moe_intermediate_size", "kv_lora_rank",
        "q_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim", "n_layer", "n_head",
        "n_embd", "n_positions", "n_layers", "n_heads", "d_model", "num_layers", "ffn_dim", "d_ff",
    )
)  # fmt: skip
"""Keys that every class reads as a whole number, whatever it calls them."""

_ONE: Final = "int | null"
_FRACTION: Final = "int | float | null"
_IDS: Final = "int | list[int] | null"
COMMON_TYPES: Final = {
    **dict.fromkeys(SIZES, _ONE),
    **dict.fromkeys(
        (
            "max_window_layers",
            "full_attention_interval",
            "attention_chunk_size",
            "swa_head_dim",
            "swa_num_key_value_heads",
            "swa_num_attention_heads",
            "swa_v_head_dim",
            "num_global_key_value_heads",
            "global_head_dim",
            "first_k_dense_replace",
            "num_nextn_predict_layers",
        ),
        _ONE,
    ),
    "sliding_window": "int | null",
    "scoring_func": "string | null",
    "topk_method": "string | null",
    "model_type": "string | null",
    "architectures": "list[string] | null",
    "auto_map": "mapping | null",
    "quantization_config": "mapping | null",
    "rope_scaling": "mapping | null",
    "rope_parameters": "mapping | null",
    "rope_theta": "int | float | mapping | null",
    "partial_rotary_factor": "int | float | mapping | null",
    "layer_types": "list[string] | null",
    "hidden_act": "string | null",
    "torch_dtype": "string | mapping | null",
    "dtype": "string | mapping | null",
    "bos_token_id": _IDS,
    "eos_token_id": _IDS,
    "pad_token_id": _IDS,
    "tie_word_embeddings": "bool | null",
    "use_cache": "bool | null",
    "use_sliding_window": "bool | null",
    "rms_norm_eps": _FRACTION,
    "initializer_range": _FRACTION,
    "attention_dropout": _FRACTION,
}
"""Types of keys that mean the same everywhere, for classes that do not say. A size may be a list: one a layer."""

SHARES: Final = frozenset(
    (
        "attention_dropout", "hidden_dropout", "attn_pdrop", "resid_pdrop", "embd_pdrop", "hidden_dropout_prob",
        "attention_probs_dropout_prob", "dropout", "rotary_pct", "rotary_percent",
    )
)  # fmt: skip
"""Keys that hold a share, from 0 to 1."""

NOT_NEGATIVE: Final = frozenset(
    (
        "rms_norm_eps", "layer_norm_eps", "layer_norm_epsilon", "norm_eps", "norm_epsilon", "initializer_range",
        "router_aux_loss_coef", "aux_loss_alpha", "final_logit_softcapping", "attn_logit_softcapping",
    )
)  # fmt: skip
"""Keys of numbers that are never below zero."""

QUANTIZATION_TYPES: Final = {
    "quant_method": "string | null",
    "bits": "int | float | null",
    "group_size": "int | null",
    "weight_block_size": "list[int] | null",
    "config_groups": "mapping | null",
    **dict.fromkeys(("modules_to_not_convert", "ignored_layers", "ignore"), "list[string] | null"),
    **dict.fromkeys(("zero_point", "sym", "load_in_4bit", "load_in_8bit"), "bool | null"),
}
"""Types of the members of a block of quantisation settings."""

ROPE_TYPES: Final = {
    **dict.fromkeys(("rope_type", "type"), "string | null"),
    **dict.fromkeys(("factor", "low_freq_factor", "high_freq_factor", "rope_theta"), "int | float"),
    "original_max_position_embeddings": "int | float",
    "partial_rotary_factor": "int | float | list | null",
    **dict.fromkeys(
        ("beta_fast", "beta_slow", "mscale", "mscale_all_dim", "attention_factor", "attn_factor"), _FRACTION
    ),
    **dict.fromkeys(("short_factor", "long_factor"), "list[int | float]"),
    "mrope_section": "list[int] | null",
}
"""Types of the members of a block of rotary parameters."""

_SCALING: Final = frozenset(("linear", "dynamic", "yarn", "longrope", "llama3", "su", "deepseek_yarn"))
"""Kinds of RoPE scaling that need the numbers which are given with them."""

BOUNDED: Final = SHARES | NOT_NEGATIVE
"""Keys of numbers that have bounds."""

_NUMBER: Final = pattern(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_VITAL: Final = frozenset(("hidden_size", "num_hidden_layers", "num_attention_heads", "vocab_size"))
"""Keys that no class can do without."""

_COUNTS: Final = frozenset(("num_experts", "num_local_experts", "n_routed_experts", "n_shared_experts"))
"""Counts of what a model may be without."""

_SHAPES: Final = SIZES - {"max_position_embeddings", "n_positions"}
"""Sizes of weights and counts of layers: no library makes 4096.0 columns."""


def judge_type(
    pair: Pair, kind: str, config: Config, document: Document, *, strict: bool
) -> Iterator[Problem]:
    """Judge the type of a value: what no reader accepts, and where ``strict`` what the class refuses.

    Code that comes with the weights may take a list for any size; other classes take one value for each layer.
    """
    missing = pair.name in _VITAL and pair.value.kind == "null"
    if not kind or (wrong := pair.value if missing else misfit(kind, pair.value)) is None:
        return
    if (
        wrong.kind == SEQUENCE
        and pair.name in COMMON_TYPES
        and (not strict or len(wrong.items) >= max(2, _layer_count(config)))
    ):
        return  # one value a layer, and perhaps some for a tail
    if wrong.kind == "boolean" and not strict and pair.name in _COUNTS:
        return  # whether there are any; their number is the code's own
    entry = wrong is not pair.value
    expected = entry_of(kind) if entry else kind
    shown = document.text[wrong.start : wrong.end]
    facts = {
        "key": f"an entry of {pair.name}" if entry else pair.name,
        "wanted": wanted(expected),
        "found": named(wrong),
    }
    if shown != facts["found"] and len(shown) <= 60 and "\n" not in shown:
        facts["found"] += f": {shown}"
    edits = _retyped(expected, wrong)
    needed = wrong.kind == "null" and (entry or pair.name in _VITAL or pair.name in ROPE_TYPES)
    needed = needed or (wrong.kind == "float" and pair.name in _SHAPES)
    if is_near(expected, wrong) and not needed:
        if strict:
            yield Problem("type-that-class-refuses", wrong.start, wrong.end, facts, edits=edits)
        return
    yield Problem("wrong-config-type", wrong.start, wrong.end, facts, edits=edits)


def judge_value(pair: Pair, config: Config, document: Document) -> Iterator[Problem]:
    """Judge what every reader takes alike: bounds of numbers, and blocks of rotary parameters and quantisation."""
    if pair.name in BOUNDED:
        yield from _ranged(pair)
    elif pair.name in ("rope_scaling", "rope_parameters"):
        for block in (pair.value, *(member.value for member in pair.value.pairs)):
            scales = block.kind == MAPPING and _scales(block)
            for member in block.pairs if block.kind == MAPPING else ():
                if member.value.kind != MAPPING and (scales or member.value.kind != "null"):
                    kind = ROPE_TYPES.get(member.name, "")
                    yield from judge_type(member, kind, config, document, strict=False)
    elif pair.name in ("quantization_config", "compression_config"):
        for member in pair.value.pairs:
            wants = QUANTIZATION_TYPES.get(member.name, "")
            yield from judge_type(member, wants, config, document, strict=False)


def _scales(rope: Node) -> bool:
    """Tell whether a block names a kind of scaling whose numbers are needed; others may leave them null."""
    kind = rope.get("rope_type") or rope.get("type")
    return kind is not None and kind.scalar in _SCALING


def _ranged(pair: Pair) -> Iterator[Problem]:
    """Judge whether a share is one, and a number that is never below zero."""
    value, share = pair.value, pair.name in SHARES
    if not (share or pair.name in NOT_NEGATIVE) or value.kind not in ("integer", "float"):
        return
    number = value.scalar
    if isinstance(number, (int, float)) and (number < 0 or (share and number > 1)):
        facts = {"key": pair.name, "range": "lies between 0 and 1" if share else "is never below 0"}
        facts["written"] = f"{number:g}" if isinstance(number, float) else str(number)
        yield Problem("number-out-of-range", value.start, value.end, facts)


def _retyped(kind: str, value: Node) -> tuple[Edit, ...]:
    """Return the edit that writes a value in its type, where it says the same in another."""
    options = split(kind)
    if value.kind == "integer" and "float" in options and isinstance(value.scalar, int):
        return (Edit(value.end, value.end, ".0"),) if abs(value.scalar) < 2**53 else ()
    if value.kind == "float" and "int" in options and isinstance(value.scalar, float):
        whole = value.scalar.is_integer() and abs(value.scalar) < 2**53
        return (Edit(value.start, value.end, str(int(value.scalar))),) if whole else ()
    if value.kind == "integer" and "bool" in options and value.scalar in (0, 1):
        return (Edit(value.start, value.end, "true" if value.scalar else "false"),)
    if not isinstance(value.scalar, str):
        return ()
    text = value.scalar.strip()
    if {"int", "float"} & set(options) and _NUMBER.fullmatch(text) is not None:
        return (Edit(value.start, value.end, text),)
    if "bool" in options and text.lower() in ("true", "false"):
        return (Edit(value.start, value.end, text.lower()),)
    return ()


def _layer_count(config: Config) -> int:
    size = config.count("num_hidden_layers")
    return int(size) if size is not None and not isinstance(size, Unknown) else -1
