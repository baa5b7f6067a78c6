"""What the keys of configs mean, in our words: for whoever reads one under the cursor.

Types and defaults are not here: they are those of the model's class (``class_defaults``). A key that is not listed is
no mistake.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Meaning(NamedTuple):
    """A key's meaning in a sentence, and the unit of its value."""

    text: str
    unit: str = ""


def meaning_of(key: str) -> Meaning | None:
    """Return what a config's key means; None for a key that is not known."""
    return _MEANINGS.get(key)


def known_keys() -> tuple[str, ...]:
    """Return the keys whose meaning is known, the most usual first."""
    return tuple(_MEANINGS)


def keys_of_section(name: str) -> tuple[str, ...]:
    """Return the keys that a section without a class of its own usually has: of rotary positions, of quantisation."""
    return _SECTIONS.get(name, ())


def _all(text: str, unit: str, *keys: str) -> dict[str, Meaning]:
    return dict.fromkeys(keys, Meaning(text, unit))


_MEANINGS: Final[dict[str, Meaning]] = {
    **_all("The architecture family: it decides which class reads the file and what absent keys mean.", "",
           "model_type"),
    **_all("The classes that the weights were saved from.", "", "architectures"),
    **_all("Width of the residual stream: numbers per token between layers.", "numbers",
           "hidden_size", "n_embd", "d_model", "dim", "model_dim"),
    **_all("How many decoder layers there are.", "layers",
           "num_hidden_layers", "n_layer", "n_layers", "num_layers", "num_blocks"),
    **_all("Query heads of each attention layer.", "heads",
           "num_attention_heads", "n_head", "n_heads", "num_heads"),
    **_all("Heads of keys and values; query heads share them in equal groups. They decide the size of the KV cache.",
           "heads", "num_key_value_heads", "n_kv_heads", "num_kv_heads", "n_head_kv", "multi_query_group_num"),
    **_all("Width of one attention head; when absent, hidden_size divided by the number of heads.", "numbers",
           "head_dim", "kv_channels", "d_kv"),
    **_all("Width of one value head, where it differs from that of keys.", "numbers", "v_head_dim", "value_head_dim"),
    **_all("Inner width of the feed-forward (of the dense layers, where there are experts).", "numbers",
           "intermediate_size", "n_inner", "ffn_dim", "d_ff", "ffn_hidden_size", "hidden_dim"),
    **_all("How many tokens the embedding table has rows for.", "tokens", "vocab_size"),
    **_all("The longest sequence that the positions are made for.", "tokens",
           "max_position_embeddings", "n_positions", "max_sequence_length", "max_seq_len", "seq_length", "n_ctx"),
    **_all("Whether the output head is the input embedding again, stored once.", "", "tie_word_embeddings"),
    **_all("The number format that the weights are published in.", "", "torch_dtype", "dtype"),
    **_all("The mixer of each layer, in order: full_attention, sliding_attention, linear_attention and so on.", "",
           "layer_types", "layers_block_type", "hybrid_override_pattern"),
    **_all("How many of the latest tokens a windowed layer sees; its cache grows no further.", "tokens",
           "sliding_window", "window_size", "attention_window_size"),
    **_all("Whether the window is used at all.", "", "use_sliding_window"),
    **_all("Layers below this index see everything; the window holds for those from it on.", "layers",
           "max_window_layers"),
    **_all("Every so many layers one sees everything; those between have a window.", "layers",
           "sliding_window_pattern", "full_attention_interval", "global_attn_every_n_layers"),
    **_all("Tokens of one chunk, in layers whose tokens see their own chunk only.", "tokens", "attention_chunk_size"),
    **_all("Which layers have no rotary positions, or have them, by a list of 0 and 1.", "", "no_rope_layers"),
    **_all("Wavelength base of the rotary positions; longer contexts use greater ones.", "",
           "rope_theta", "rotary_emb_base", "rope_local_base_freq"),
    **_all("How the rotary positions are stretched beyond the trained length.", "",
           "rope_scaling", "rope_parameters"),
    **_all("The method of stretching: default, linear, dynamic, yarn, longrope, llama3.", "", "rope_type"),
    **_all("By how much the positions are stretched.", "times", "factor"),
    **_all("The context length before stretching.", "tokens", "original_max_position_embeddings"),
    **_all("The share of each head that gets rotary positions.", "", "partial_rotary_factor", "rotary_pct"),
    **_all("Numbers of each head that get rotary positions.", "numbers", "rotary_dim"),
    **_all("Whether the projections of attention have a bias.", "", "attention_bias", "qkv_bias", "use_bias"),
    **_all("Whether the feed-forward's projections have a bias.", "", "mlp_bias"),
    **_all("Share of attention weights that are dropped in training.", "", "attention_dropout", "attn_pdrop"),
    **_all("Whether queries and keys are normalised, head by head, before they meet.", "",
           "use_qk_norm", "qk_norm", "qk_layernorm", "use_qk_layernorm"),
    **_all("The feed-forward's activation.", "", "hidden_act", "hidden_activation", "activation_function"),
    **_all("A small number that keeps the normalisation from dividing by zero.", "",
           "rms_norm_eps", "layer_norm_eps", "layer_norm_epsilon", "norm_eps", "norm_epsilon"),
    **_all("Spread of the weights before training.", "", "initializer_range"),
    **_all("Whether keys and values are kept between tokens when generating.", "", "use_cache"),
    **_all("Rank of the latent that keys and values are made from; with the rotary part it is all that is cached.",
           "numbers", "kv_lora_rank"),
    **_all("Rank of the latent that queries are made from; null when there is none.", "numbers", "q_lora_rank"),
    **_all("The part of each query and key head with rotary positions.", "numbers", "qk_rope_head_dim"),
    **_all("The part of each query and key head without positions.", "numbers", "qk_nope_head_dim"),
    **_all("Width of a query or key head, both parts together.", "numbers", "qk_head_dim"),
    **_all("Heads of the indexer that picks the tokens attention looks at.", "heads", "index_n_heads"),
    **_all("Width of the indexer's heads; one key of that width is kept per token.", "numbers", "index_head_dim"),
    **_all("How many tokens the indexer lets attention see.", "tokens", "index_topk"),
    **_all("Routed experts of each sparse layer.", "experts",
           "num_experts", "n_routed_experts", "num_local_experts", "moe_num_experts"),
    **_all("Routed experts that work on one token.", "experts",
           "num_experts_per_tok", "num_experts_per_token", "moe_topk", "moe_top_k", "top_k_experts"),
    **_all("Experts that work on every token beside the routed ones.", "experts",
           "n_shared_experts", "num_shared_experts", "moe_num_shared_experts"),
    **_all("Inner width of one routed expert.", "numbers",
           "moe_intermediate_size", "expert_ffn_hidden_size", "moe_ffn_hidden_size"),
    **_all("Inner width of the shared expert.", "numbers",
           "shared_expert_intermediate_size", "moe_shared_expert_intermediate_size"),
    **_all("How many of the first layers are dense.", "layers", "first_k_dense_replace", "num_dense_layers"),
    **_all("Every so many layers one is sparse.", "layers", "moe_layer_freq", "decoder_sparse_step",
           "interleave_moe_layer_step", "expert_layer_period"),
    **_all("The layers that are sparse, by index.", "", "moe_layers", "moe_layer_indices"),
    **_all("The layers that are dense whatever else is said.", "", "mlp_only_layers"),
    **_all("Groups that the experts stand in; the router picks groups first.", "groups", "n_group"),
    **_all("Groups that the router picks.", "groups", "topk_group"),
    **_all("Whether the weights of the picked experts are made to sum to one.", "", "norm_topk_prob"),
    **_all("What the experts' sum is multiplied with.", "", "routed_scaling_factor"),
    **_all("How the router scores experts.", "", "scoring_func", "score_function"),
    **_all("Weight of the loss that evens out the experts' load in training.", "",
           "router_aux_loss_coef", "aux_loss_alpha"),
    **_all("Layers behind the decoder that predict further tokens; no part of the usual totals.", "layers",
           "num_nextn_predict_layers", "mtp_num_hidden_layers", "num_mtp_layers"),
    **_all("Heads of keys in linear attention.", "heads", "linear_num_key_heads"),
    **_all("Heads of values in linear attention.", "heads", "linear_num_value_heads"),
    **_all("Width of a key head in linear attention.", "numbers", "linear_key_head_dim"),
    **_all("Width of a value head in linear attention.", "numbers", "linear_value_head_dim"),
    **_all("Length of the short convolution before linear attention; its state keeps one token less.", "tokens",
           "linear_conv_kernel_dim", "conv_kernel", "mamba_d_conv", "d_conv", "conv_L_cache"),
    **_all("Numbers of state per channel of a state-space layer.", "numbers",
           "state_size", "ssm_state_size", "mamba_d_state", "d_state"),
    **_all("By how much a state-space layer widens its input.", "times", "expand", "mamba_expand"),
    **_all("Heads of a Mamba-2 layer.", "heads", "mamba_num_heads", "mamba_n_heads"),
    **_all("Width of a head of a Mamba-2 layer.", "numbers", "mamba_head_dim", "mamba_d_head"),
    **_all("Groups that share the input and output maps of a Mamba-2 layer.", "groups", "n_groups", "mamba_n_groups"),
    **_all("Layers at the end that reuse the keys and values of earlier ones.", "layers", "num_kv_shared_layers"),
    **_all("Whether keys serve as values, too.", "", "attention_k_eq_v"),
    **_all("Cap on the logits of the output, by a hyperbolic tangent.", "", "final_logit_softcapping"),
    **_all("Cap on the logits of attention, by a hyperbolic tangent.", "", "attn_logit_softcapping"),
    **_all("Attention logits are divided by the root of this.", "", "query_pre_attn_scalar"),
    **_all("Token that begins a text.", "token id", "bos_token_id"),
    **_all("Token, or tokens, that end a text.", "token id", "eos_token_id"),
    **_all("Token that fills up a batch.", "token id", "pad_token_id"),
    **_all("The language model of a multimodal one.", "", "text_config", "llm_config", "language_config"),
    **_all("The vision tower of a multimodal model.", "", "vision_config"),
    **_all("The audio tower of a multimodal model.", "", "audio_config"),
    **_all("How the published weights are quantised.", "", "quantization_config"),
    **_all("The method of quantisation: fp8, mxfp4, awq, gptq and so on.", "", "quant_method"),
    **_all("Bits of one quantised weight.", "bits", "bits", "num_bits"),
    **_all("Weights that share one scale.", "weights", "group_size", "q_group_size"),
    **_all("Rows and columns of the block that shares one scale.", "weights", "weight_block_size"),
    **_all("Modules that stay as they were.", "", "modules_to_not_convert", "ignored_layers", "ignore"),
    **_all("Which of a repository's Python files define the classes.", "", "auto_map"),
    **_all("The version of transformers that wrote the file.", "", "transformers_version"),
    **_all("Where the weights came from when the file was written.", "", "_name_or_path"),
}  # fmt: skip

_ROPE: Final = ("rope_type", "rope_theta", "factor", "original_max_position_embeddings", "partial_rotary_factor",
                "low_freq_factor", "high_freq_factor", "beta_fast", "beta_slow", "mscale", "mscale_all_dim",
                "attention_factor", "long_factor", "short_factor", "mrope_section")  # fmt: skip
_SECTIONS: Final[dict[str, tuple[str, ...]]] = {
    "rope_parameters": _ROPE,
    "rope_scaling": _ROPE,
    "quantization_config": ("quant_method", "bits", "group_size", "weight_block_size", "activation_scheme", "fmt",
                            "modules_to_not_convert", "ignore", "config_groups", "format", "kv_cache_scheme"),
}  # fmt: skip
