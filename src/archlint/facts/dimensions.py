"""Facts of sizes: read once for every written key that is a width or a count."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archlint.facts.config import INT64, place_of
from archlint.facts.registry import Fact, Scope, Value
from archlint.values import NamedTuple

if TYPE_CHECKING:
    from archlint.model import Model
    from archlint.source.tree import Node

# Nothing is left of a model when one of these is zero.
VITAL = frozenset((
    "hidden_size", "n_embd", "d_model", "num_hidden_layers", "n_layer", "n_layers", "num_layers",
    "num_attention_heads", "n_head", "n_heads", "num_heads", "num_key_value_heads", "vocab_size",
))  # fmt: skip

# Zero says of these that something is not there.
OTHERS = frozenset((
    "head_dim", "v_head_dim", "intermediate_size", "ffn_hidden_size", "n_inner", "max_position_embeddings",
    "n_positions", "kv_lora_rank", "q_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim",
    "index_head_dim", "index_n_heads", "num_experts", "num_local_experts", "n_routed_experts",
    "num_experts_per_tok", "n_shared_experts", "moe_intermediate_size",
    "shared_expert_intermediate_size", "num_nextn_predict_layers",
    "num_kv_shared_layers", "linear_num_key_heads", "linear_num_value_heads", "linear_key_head_dim",
    "linear_value_head_dim", "state_size", "conv_kernel", "n_group", "topk_group", "moe_topk", "index_topk",
    "first_k_dense_replace", "linear_conv_kernel_dim", "full_attention_interval", "expand", "kv_channels",
    "moe_shared_expert_intermediate_size", "shared_intermediate_size", "intermediate_size_mlp",
    "moe_latent_size", "mamba_num_heads", "mamba_head_dim", "ssm_state_size", "n_groups", "mamba_d_state",
    "mamba_n_heads", "mamba_d_head", "mamba_n_groups", "mamba_d_conv", "mamba_expand",
    "multi_query_group_num", "num_global_key_value_heads", "global_head_dim", "swa_num_key_value_heads",
    "swa_head_dim", "o_lora_rank", "o_groups", "num_hash_layers", "interleave_moe_layer_step",
    "decoder_sparse_step", "attention_chunk_size", "num_shared_expert", "num_shared_experts", "ffn_dim", "d_ff",
))  # fmt: skip


_SIZES = VITAL | OTHERS


class Subject(NamedTuple):
    """One key with its value."""

    model: Model
    name: str
    node: Node


def subjects(model: Model) -> Iterator[Subject]:
    """List the written sizes of the language model."""
    if model.config is None:
        return
    for pair in model.config.text.pairs:
        name, node = pair.name, pair.value
        if name in _SIZES and node.kind == "integer":
            if name == "vocab_size" and node.scalar == -1 and model.config.model_type == "mistral_params":
                continue  # params.json leaves it to the tokenizer
            yield Subject(model, name, node)


def _data(subject: Subject) -> int | None:
    value = subject.node.scalar
    return value if isinstance(value, int) and -INT64 <= value < INT64 else None


def _value(subject: Subject) -> Value | None:
    value, config = _data(subject), subject.model.config
    if config is None or value is None:
        return None
    return Value(value, place_of(subject.model, subject.node, config.text))


def _name(subject: Subject) -> Value | None:
    config = subject.model.config
    return None if config is None else Value(subject.name, place_of(subject.model, subject.node, config.text))


def _may_be_zero(subject: Subject) -> Value | None:
    config = subject.model.config
    if subject.name == "head_dim" and config is not None and config.text.get("kv_lora_rank") is None:
        return (
            None if config.partial else Value(False)
        )  # with a latent it has no fixed meaning, and 0 is one of them
    return Value(subject.name not in VITAL)


SCOPES = (Scope("dimension", "Every written width or count of the language model", "model", subjects),)

FACTS = (
    Fact("dimension.name", "string", "", "Key of the size", "dimension", _name),
    Fact("dimension.value", "int", "", "The size", "dimension", _value, data=_data),
    Fact(
        "dimension.may_be_zero",
        "bool",
        "",
        "Whether zero means that something is not there",
        "dimension",
        _may_be_zero,
    ),
)
