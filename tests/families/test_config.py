"""Reading a config: where the language model is, aliases, defaults, provenance."""

import pytest

from archlint.costs import derive
from archlint.families import FAMILIES, read
from archlint.specs.config import Config, node_of
from archlint.specs.size import Unknown, Unreadable


def config(**keys):
    return Config(node_of(keys))


def test_written_alias_and_default():
    reader = config(model_type="gpt2", n_embd=64)
    assert reader.size("hidden_size") == 64
    assert reader.size("hidden_size").key == "n_embd"
    assert reader.origin("hidden_size") == "alias of n_embd"
    assert reader.origin("n_embd") == "written"
    assert reader.origin("n_layer") == "default"
    assert reader.size("num_hidden_layers") == 12
    assert reader.origin("nothing") == "absent"


def test_an_extra_alias_wins_over_the_declared_field():
    assert config(model_type="qwen3_moe", num_experts=64, num_local_experts=128).size("num_experts") == 128


@pytest.mark.parametrize(
    ("keys", "model_type", "pointer"),
    [
        ({"model_type": "gemma3", "text_config": {"hidden_size": 8}}, "gemma3_text", "/text_config"),
        ({"model_type": "mistral3", "text_config": {"hidden_size": 8}}, "mistral", "/text_config"),
        ({"model_type": "kimi_k25", "text_config": {"model_type": "kimi_k2"}}, "kimi_k2", "/text_config"),
        (
            {"model_type": "made_up", "llm_config": {"model_type": "qwen2", "hidden_size": 8}},
            "qwen2",
            "/llm_config",
        ),
        (
            {"model_type": "llava_llama", "llm_cfg": {"model_type": "qwen2", "hidden_size": 8}},
            "qwen2",
            "/llm_cfg",
        ),
        (
            {"model_type": "qwen3_omni_moe", "thinker_config": {"text_config": {"hidden_size": 8}}},
            "qwen3_omni_moe_text",
            "/thinker_config/text_config",
        ),
        ({"model_type": "qwen2_vl", "hidden_size": 8}, "qwen2_vl_text", ""),
        ({"model_type": "llama", "text_config": {}}, "llama", ""),
        ({"architectures": ["LlamaForCausalLM"]}, "llama", ""),
        ({"dim": 8, "n_layers": 2}, "mistral_params", ""),
        ({"dim": 8, "n_layers": 2, "model_type": "transformer"}, "mistral_params", ""),
        ({"dim": 8, "n_layers": 2, "model_type": "llama"}, "mistral_params", ""),
        ({"dim": 8, "n_layers": 2, "model_type": "mamba"}, "mamba_params", ""),
        ({"dim": 8, "n_layers": 2, "model_type": "distilbert"}, "distilbert", ""),
    ],
)
def test_language_model(keys, model_type, pointer):
    reader = Config(node_of(keys))
    assert reader.model_type == model_type
    assert reader.pointer == pointer


def test_unreadable_sizes():
    reader = config(model_type="llama", hidden_size="big", num_attention_heads=0, num_hidden_layers=-3)
    assert isinstance(reader.size("hidden_size"), Unknown)
    assert reader.size("num_attention_heads").reason == "num_attention_heads is zero"
    with pytest.raises(Unreadable, match="num_hidden_layers is negative"):
        reader.layers()


def test_unknown_passes_through_arithmetic_and_refuses_decisions():
    unknown = Unknown("x is not given")
    assert sum([1, 2 * unknown, 3]) is unknown
    assert unknown // 2 is unknown
    with pytest.raises(Unreadable):
        bool(unknown > 1)


@pytest.mark.parametrize(
    ("keys", "tied"),
    [
        ({"model_type": "llama"}, False),
        ({"model_type": "gemma"}, True),
        ({"model_type": "gemma3", "text_config": {"hidden_size": 8}}, True),
        (
            {
                "model_type": "gemma3",
                "tie_word_embeddings": False,
                "text_config": {"tie_word_embeddings": True},
            },
            False,
        ),
        ({"model_type": "made_up", "llm_config": {"hidden_size": 8, "tie_word_embeddings": True}}, True),
        ({"model_type": "gemma3", "tie_word_embeddings": None, "text_config": {"hidden_size": 8}}, False),
        (
            {
                "model_type": "llava",
                "tie_word_embeddings": False,
                "text_config": {"model_type": "qwen2", "tie_word_embeddings": True},
            },
            True,
        ),
        ({"model_type": "llava", "text_config": {"model_type": "qwen2"}}, False),
        ({"model_type": "shieldgemma2", "text_config": {"hidden_size": 8}}, True),
        ({"model_type": "llama4", "tie_word_embeddings": True, "text_config": {"hidden_size": 8}}, False),
        ({"model_type": "llama4", "text_config": {"hidden_size": 8, "tie_word_embeddings": True}}, True),
        (
            {"model_type": "audioflamingo3", "text_config": {"tie_word_embeddings": True, "hidden_size": 8}},
            False,
        ),
        (
            {"model_type": "vibevoice", "tie_word_embeddings": True, "text_config": {"model_type": "qwen2"}},
            False,
        ),
    ],
)
def test_tied(keys, tied):
    assert Config(node_of(keys)).tied is tied


@pytest.mark.parametrize(
    ("outer_type", "outer", "inner", "tied"),
    [
        ("qwen3_vl", None, None, False),
        ("qwen3_vl", True, False, True),
        ("qwen3_vl", None, True, False),  # its class reads the outer mapping only
        ("qwen2_vl", False, True, True),  # passed on, since early files wrote it inside
        ("qwen2_vl", False, False, False),
        ("paligemma", None, False, True),  # by the outer class's default
        ("llama4", True, None, False),  # a whole causal model inside, which asks its own mapping
        ("llama4", None, True, True),
        ("a_wrapper_nobody_knows", None, True, True),
    ],
)
def test_which_mapping_ties(outer_type, outer, inner, tied):
    text = {"num_hidden_layers": 2, "hidden_size": 8, "tie_word_embeddings": inner}
    plain = {"model_type": outer_type, "tie_word_embeddings": outer, "text_config": text}
    for mapping in (plain, text):
        if mapping["tie_word_embeddings"] is None:
            del mapping["tie_word_embeddings"]
    assert Config(node_of(plain)).tied is tied


def test_a_tie_that_the_class_does_not_read_makes_parameters_unverified():
    text = {"num_hidden_layers": 2, "tie_word_embeddings": True}
    figure = derive(read(Config(node_of({"model_type": "qwen3_vl", "text_config": text})))).figure(
        "parameters.total"
    )
    assert not figure.verified
    assert figure.reason == "only text_config ties the embeddings, which transformers' class does not read"


@pytest.mark.parametrize(
    ("architecture", "model_type", "own"),
    [
        ("LlamaForCausalLM", "llama", False),
        ("LlamaForSequenceClassification", "llama", False),
        ("LlamaForCausalLMEagle3", "llama", True),
        ("GPT2LMHeadModel", "gpt2", False),
        ("GPT2DoubleHeadsModel", "gpt2", False),
        ("GPT2LMHeadCustomModel", "gpt2", True),
        ("BertForMaskedLM", "bert", False),
        ("JinaBertForMaskedLM", "bert", True),
        ("TFBertModel", "bert", False),
        ("T5EncoderModel", "t5", False),
        ("Gemma3ForCausalLM", "gemma3_text", False),
        ("Qwen3MoeForCausalLM", "qwen3", False),  # another type's class, not a variant
        ("InternLM2ForCausalLM", "internlm2", False),  # nothing is known of the class of a remote type
    ],
)
def test_variants_of_a_class_are_told_by_their_names(architecture, model_type, own):
    config = Config(node_of({"model_type": model_type, "architectures": [architecture]}))
    assert config.variant == (architecture if own else "")


@pytest.mark.parametrize(
    ("architecture", "own"), [("LlavaLlamaForCausalLM", False), ("LlavaQwenForCausalLM", True)]
)
def test_a_flat_composite_that_names_another_language_model_is_a_variant(architecture, own):
    keys = {"model_type": "llava", "architectures": [architecture], "hidden_size": 64, "num_hidden_layers": 2}
    config = Config(node_of(keys | {"num_attention_heads": 4}))
    assert bool(config.variant) is own
    assert derive(read(config)).figure("parameters.towers").verified is not own


def test_a_class_of_auto_map_may_be_the_variant():
    keys = {"model_type": "xlm-roberta", "architectures": ["XLMRobertaModel"]}
    keys["auto_map"] = {"AutoModel": "org/code--modeling_lora.XLMRobertaLoRA"}
    assert Config(node_of(keys)).variant == "XLMRobertaLoRA"
    keys["auto_map"] = {"AutoModel": "org/code--modeling.XLMRobertaModel"}
    assert Config(node_of(keys)).variant == ""


@pytest.mark.parametrize(
    ("model_type", "path", "variant"),
    [
        ("bert", "org/code--bert_layers.BertForMaskedLM", "bert_layers.BertForMaskedLM"),
        ("falcon", "modelling_RW.FalconForCausalLM", ""),
        ("bert", "BertForMaskedLM", ""),
        ("brandnew", "layers.BrandnewForMaskedLM", ""),
    ],
)
def test_a_file_of_code_that_is_named_otherwise_than_the_library_s_is_a_variant(model_type, path, variant):
    keys = {"model_type": model_type, "auto_map": {"AutoModelForMaskedLM": path}}
    assert Config(node_of(keys)).variant == variant


def test_experts_in_a_block_of_their_own_leave_parameters_absent():
    keys = {"model_type": "brandnew", "num_hidden_layers": 2, "hidden_size": 64, "num_attention_heads": 4}
    keys |= {"intermediate_size": 128, "vocab_size": 100}
    assert derive(read(Config(node_of(keys)))).figure("parameters.total").value is not None
    keys["moe_config"] = {"moe_num_experts": 32}
    assert derive(read(Config(node_of(keys)))).figure("parameters.total").value is None


def test_layers_are_not_told_of_without_heads():
    shape = read(Config(node_of({"model_type": "brandnew", "num_layers": 3, "d_model": 192})))
    assert "layers" in shape.absent


def test_nothing_is_verified_of_a_variant():
    config = {
        "model_type": "gpt2",
        "architectures": ["GPT2LMHeadCustomModel"],
        "attention_head_type": "multiquery",
    }
    costs = derive(read(Config(node_of(config))))
    assert not any(figure.verified for figure in costs.figures().values())


@pytest.mark.parametrize(
    ("architecture", "head", "verified"),
    [
        ("MistralForCausalLM", 32000 * 4096, True),
        ("MistralModel", 0, True),
        ("MistralForSequenceClassification", 3 * 4096, True),
        ("MistralForTokenClassification", 3 * 4096 + 3, True),
        ("MistralForQuestionAnswering", 2 * 4096 + 2, True),  # start and end, whatever labels are named
    ],
)
def test_a_decoder_has_the_head_of_the_class_that_is_named(architecture, head, verified):
    config = {
        "model_type": "mistral",
        "architectures": [architecture],
        "id2label": {"0": "a", "1": "b", "2": "c"},
    }
    costs = derive(read(Config(node_of(config))))
    bare = derive(read(Config(node_of({"model_type": "mistral", "architectures": ["MistralModel"]}))))
    assert costs.figure("parameters.total").value == bare.figure("parameters.total").value + head
    assert costs.figure("parameters.total").verified is verified
    assert costs.figure("kv_cache.bytes_per_token").verified


@pytest.mark.parametrize(
    ("model_type", "architecture", "verified"),
    [
        ("xlm-roberta", "XLMRobertaForMaskedLM", True),
        ("xlm-roberta", "XLMRobertaModel", True),
        ("xlm-roberta", "XLMRobertaForSequenceClassification", True),
        ("xlm", "XLMModel", False),  # the head is counted, and this class has none
        ("xlm", "XLMForSequenceClassification", False),
        ("bert", "BertModel", True),  # no head is counted
        ("flaubert", "FlaubertWithLMHeadModel", True),
    ],
)
def test_parameters_are_not_verified_where_an_encoder_lacks_the_head(model_type, architecture, verified):
    costs = derive(read(Config(node_of({"model_type": model_type, "architectures": [architecture]}))))
    assert costs.figure("parameters.total").verified is verified


def test_encoders_of_a_flat_config_are_towers():
    for key, name in (("audio", "audio"), ("visual", "vision")):
        config = Config(node_of({"model_type": "qwen", key: {"n_layer": 2}}))
        assert [(tower.name, tower.known) for tower in read(config).towers] == [(name, False)]


def test_a_borrowed_type_is_read_by_its_class():
    config = Config(node_of({"model_type": "git", "architectures": ["Grok1ForCausalLM"]}))
    assert config.model_type == "grok"


def test_params_of_a_known_type_never_take_its_defaults():
    keys = {
        "dim": 256,
        "n_layers": 3,
        "n_heads": 4,
        "n_kv_heads": 2,
        "model_type": "llama",
        "vocab_size": 100,
    }
    costs = derive(read(Config(node_of(keys))))
    assert costs.figure("kv_cache.bytes_per_token").value == 3 * 2 * 2 * 64 * 2
    assert costs.figure("parameters.total").value is None


def test_an_expert_count_of_an_unknown_type_says_nothing_of_its_layers():
    keys = {
        "model_type": "brandnew",
        "hidden_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "intermediate_size": 128,
        "num_local_experts": 4,
        "num_experts_per_tok": 2,
        "vocab_size": 100,
    }
    cache = derive(read(Config(node_of(keys)))).figure("kv_cache.bytes_per_token")
    assert (cache.value, cache.verified) == (2 * 2 * 2 * 16 * 2, True)
    shape = read(Config(node_of(keys | {"use_cla": True, "cla_share_factor": 2})))
    assert derive(shape).figure("kv_cache.bytes_per_token").value is None
    assert "layers" in shape.absent


def test_dimensions_beside_the_type_belong_to_it():
    inner = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2}
    config = Config(node_of({"model_type": "llama", "quantization": "q4f16_1", "model_config": inner}))
    assert (config.model_type, config.pointer) == ("llama", "/model_config")
    assert derive(read(config)).figure("kv_cache.bytes_per_token").value == 2 * 2 * 2 * 16 * 2


def test_the_class_of_every_family_is_known():
    assert [name for name in FAMILIES if not Config(node_of({"model_type": name})).defaults.known] == []


@pytest.mark.parametrize("outer", [True, False, None])
@pytest.mark.parametrize("inner", [True, False, None])
def test_a_whole_language_model_inside_ties_its_own_head(outer, inner):
    text = {"model_type": "opt", "hidden_size": 64, "num_hidden_layers": 2}
    if inner is not None:
        text["tie_word_embeddings"] = inner
    keys = {"model_type": "blip-2", "text_config": text}
    if outer is not None:
        keys["tie_word_embeddings"] = outer
    assert Config(node_of(keys)).tied is (inner is not False)


@pytest.mark.parametrize(("outer", "inner"), [(True, False), (False, True), (True, True)])
def test_nothing_is_certain_of_a_tie_that_two_mappings_contradict(outer, inner):
    text = {"model_type": "qwen2", "num_hidden_layers": 2, "tie_word_embeddings": inner}
    keys = {"model_type": "llava", "tie_word_embeddings": outer, "text_config": text}
    assert derive(read(Config(node_of(keys)))).figure("parameters.total").verified is (outer == inner)


def test_a_tie_that_the_class_does_not_read_is_not_verified():
    inner = {"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 1, "tie_word_embeddings": True}
    costs = derive(read(Config(node_of({"model_type": "llava_next", "text_config": inner}))))
    assert not costs.figure("parameters.total").verified
    assert costs.figure("kv_cache.bytes_per_token").verified
    inner["tie_word_embeddings"] = False
    costs = derive(read(Config(node_of({"model_type": "llava_next", "text_config": inner}))))
    assert costs.figure("parameters.total").verified


def test_what_a_wrapper_passes_holds_for_a_sub_config_in_part_where_its_class_merges():
    part = {"text_config": {"model_type": "llama", "num_hidden_layers": 3}}
    assert Config(node_of({"model_type": "voxtral", **part})).need("vocab_size") == 131_072
    assert Config(node_of({"model_type": "llava", **part})).need("vocab_size") == 32_000


@pytest.mark.parametrize(
    ("plain", "heard"),
    [
        ({"model_type": "gemma3", "hidden_size": 64, "num_hidden_layers": 2}, False),
        ({"model_type": "gemma3", "text_config": {"hidden_size": 64, "num_hidden_layers": 2}}, True),
        ({"model_type": "qwen2_vl", "hidden_size": 64, "num_hidden_layers": 2}, True),  # reads them there
        ({"model_type": "glm5_next", "num_hidden_layers": 2}, True),  # so does this one
        ({"model_type": "gemma3"}, True),
    ],
)
def test_flat_keys_that_a_composite_class_does_not_read_verify_nothing(plain, heard):
    figure = derive(read(Config(node_of(plain)))).figure("kv_cache.bytes_per_token")
    assert figure.value is not None
    assert figure.verified is heard


@pytest.mark.parametrize(
    ("architecture", "total", "cached"),
    [
        ("UMT5EncoderModel", 188_096, False),
        ("UMT5ForConditionalGeneration", 361_536, True),
    ],
)
def test_the_encoder_of_t5_stands_alone_where_its_class_is_named(architecture, total, cached):
    config = {
        "model_type": "umt5", "architectures": [architecture], "d_model": 64, "d_kv": 8, "d_ff": 128,
        "num_layers": 3, "num_heads": 8, "vocab_size": 1000,
    }  # fmt: skip
    costs = derive(read(Config(node_of(config))))
    assert costs.figure("parameters.total").value == total
    assert (costs.figure("kv_cache.bytes_per_token").value is not None) is cached


def test_a_language_model_under_its_owner_s_class_is_read_by_its_type():
    text = {
        "model_type": "qwen3",
        "architectures": ["BrandnewVLForConditionalGeneration"],
        "num_hidden_layers": 2,
    }
    inner = Config(
        node_of({"model_type": "brandnew_vl", "architectures": text["architectures"], "text_config": text})
    )
    other = Config(node_of({"model_type": "brandnew_vl", "text_config": text}))
    assert not inner.foreign
    assert other.foreign


def test_mpt_without_an_attn_type_is_the_librarys():
    plain = {"model_type": "mpt", "d_model": 64, "n_heads": 4, "n_layers": 2}
    assert derive(read(Config(node_of(plain)))).figure("parameters.total").verified
    plain["attn_config"] = {"attn_type": "multiquery_attention"}
    assert not derive(read(Config(node_of(plain)))).figure("parameters.total").verified


@pytest.mark.parametrize(
    ("named", "head"),
    [("LlavaModel", False), ("LlavaForConditionalGeneration", True), ("LlavaLlamaModel", True)],
)
def test_a_composite_has_a_head_unless_its_bare_class_is_named(named, head):
    config = {"model_type": "llava", "architectures": [named], "text_config": {"model_type": "llama"}}
    shape = read(Config(node_of(config)))
    assert (shape.head is not None) is head
    assert derive(shape).figure("parameters.total").verified


@pytest.mark.parametrize(
    ("model_type", "named", "heard"),
    [("llava", "LlavaLlamaForCausalLM", True), ("step3p7", "Step3p7FlashForCausalLM", False)],
)
def test_keys_at_the_top_of_a_composite_are_read_by_code_that_is_known_to(model_type, named, heard):
    config = {"model_type": model_type, "architectures": [named], "num_hidden_layers": 4, "hidden_size": 64}
    costs = derive(read(Config(node_of(config))))
    assert costs.figure("kv_cache.bytes_per_token").verified is heard


def test_sizes_in_the_words_of_params_are_none_of_a_class_that_has_others():
    config = {"model_type": "arcee", "dim": 64, "n_layers": 2, "n_heads": 4, "vocab_size": 100}
    assert "dim and n_layers are no keys of arcee" in read(Config(node_of(config))).notes[0]


TWO_LAYERS = {
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 128,
}


@pytest.mark.parametrize(
    ("decoder", "tied", "untied"),
    [
        (
            {
                "model_type": "mbart",
                "d_model": 64,
                "decoder_layers": 1,
                "decoder_attention_heads": 4,
                "decoder_ffn_dim": 64,
            },
            171904,
            235904,
        ),
        ({"model_type": "bert", **TWO_LAYERS}, 202792, 267792),
        ({"model_type": "electra", "embedding_size": 64, **TWO_LAYERS}, 202792, 266792),
        ({"model_type": "roberta", **TWO_LAYERS}, 202792, 267792),
        (
            {
                "model_type": "prophetnet",
                "hidden_size": 64,
                "num_decoder_layers": 2,
                "num_decoder_attention_heads": 4,
                "decoder_ffn_dim": 128,
            },
            214144,
            342144,
        ),
    ],
)
@pytest.mark.parametrize("wrapper", ["vision-encoder-decoder", "encoder-decoder", "speech-encoder-decoder"])
def test_an_encoder_before_a_language_model_leaves_that_models_head(wrapper, decoder, tied, untied):
    """The one class of the pair, VisionEncoderDecoderModel, is no model without a head."""
    stem = "".join(part.title() for part in wrapper.split("-"))
    for flag, total in ((True, tied), (False, untied)):
        inner = {"vocab_size": 1000, "is_decoder": True, "add_cross_attention": True, **decoder}
        pair = {"model_type": wrapper, "decoder": {**inner, "tie_word_embeddings": flag}}
        named = derive(read(Config(node_of({**pair, "architectures": [f"{stem}Model"]}))))
        plain = derive(read(Config(node_of(pair))))
        assert named.figure("parameters.total").value == plain.figure("parameters.total").value == total
        assert named.figure("parameters.total").verified
        assert named.figure("flops.per_token").value == plain.figure("flops.per_token").value


@pytest.mark.parametrize(("listed", "told"), [([1, 3], True), ([1], False), ([1, 2, 3], False)])
def test_adapters_of_zamba2_are_where_hybrid_layer_ids_says(listed, told):
    kinds = ["mamba", "hybrid", "mamba", "hybrid"]
    config = {
        "model_type": "zamba2",
        "num_hidden_layers": 4,
        "layers_block_type": kinds,
        "hybrid_layer_ids": listed,
    }
    costs = derive(read(Config(node_of(config))))
    assert (costs.figure("parameters.total").value is not None) is told
    assert costs.figure("kv_cache.bytes_per_token").value is not None


@pytest.mark.parametrize(
    ("keys", "heard"),
    [
        ({"text_config": {"num_key_value_heads": 1}}, True),
        ({"num_key_value_heads": 1}, False),  # at the top the class reads nothing of its language model
        ({"num_hidden_layers": 2}, False),
        ({"projector_hidden_act": "gelu"}, True),
    ],
)
def test_a_composite_reads_its_language_model_where_its_class_does(keys, heard):
    costs = derive(read(Config(node_of({"model_type": "audioflamingo3", **keys}))))
    assert costs.figure("kv_cache.bytes_per_token").verified is heard


@pytest.mark.parametrize(
    ("keys", "none"),
    [
        ({"model_type": "minimax_m2", "num_mtp_modules": 3}, False),
        ({"model_type": "minimax_m2", "num_mtp_modules": 3, "use_mtp": False}, True),
        ({"model_type": "hy_v3", "num_nextn_predict_layers": 1}, False),
        ({"model_type": "hy_v3", "num_nextn_predict_layers": 0}, True),
    ],
)
def test_mtp_layers_that_no_family_reads_are_not_nothing(keys, none):
    costs = derive(read(Config(node_of({"num_hidden_layers": 2, "dtype": "bfloat16", **keys}))))
    assert costs.figure("parameters.total").verified
    assert (costs.figure("parameters.mtp").value == 0) is none
    assert costs.figure("weights.bytes").verified is none


def test_a_bare_class_has_no_head_where_all_is_tied_either():
    keys = {"model_type": "qwen3", "tie_word_embeddings": True}
    bare, whole = (
        derive(read(Config(node_of({**keys, "architectures": [name]}))))
        for name in ("Qwen3Model", "Qwen3ForCausalLM")
    )
    assert bare.figure("parameters.total").value == whole.figure("parameters.total").value
    table = bare.figure("parameters.embedding").value
    without = "parameters.active_without_input_embedding"
    assert bare.figure(without).value == whole.figure(without).value - table


def test_a_size_under_another_name_leaves_figures_unverified():
    """``n_layer`` is nothing to Llama's class, which goes on with 32 layers of its own."""
    llama = {"model_type": "llama", "hidden_size": 512, "num_attention_heads": 8, "vocab_size": 1000}

    def total(**sizes):
        return derive(read(Config(node_of({**llama, **sizes})))).figure("parameters.total")

    assert not total(n_layer=16).verified
    assert "does not read n_layer" in total(n_layer=16).reason
    assert total(n_layer=32).verified  # what it takes anyway
    assert total(n_layer=16, num_hidden_layers=16).verified


def test_a_config_in_the_words_of_other_code_is_not_verified():
    """That some sizes are the defaults of the class is chance, when none is written under a name that it reads."""
    other = {"model_type": "moshi", "dim": 4096, "num_layers": 32, "num_heads": 32, "card": 2048}
    assert not derive(read(Config(node_of(other)))).figure("parameters.total").verified


@pytest.mark.parametrize("key", ["draft_vocab_size", "eagle_config", "dflash_config"])
def test_nothing_is_verified_of_a_draft(key):
    keys = {"model_type": "llama", "num_hidden_layers": 1, key: 32_000 if key == "draft_vocab_size" else {}}
    assert not derive(read(Config(node_of(keys)))).figure("kv_cache.bytes_per_token").verified


def test_a_draft_beside_the_mapping_of_its_target_is_a_variant():
    target = {"model_type": "qwen3_5_text", "num_hidden_layers": 32}
    draft = {"model_type": "qwen3_5", "architectures": ["Qwen35BrandnewModel"], "text_config": target}
    assert Config(node_of({**draft, "num_hidden_layers": 5})).variant == "Qwen35BrandnewModel"
    assert Config(node_of(draft)).variant == ""


def test_a_pattern_of_letters_may_be_a_list():
    """transformers goes through the letters of either; anything else is no pattern, and no reason for the default."""
    keys = {"model_type": "nemotron_h", "hidden_size": 128, "intermediate_size": 256, "vocab_size": 100}

    def layers(pattern):
        return read(Config(node_of({**keys, "hybrid_override_pattern": pattern}))).layers

    assert layers(["M", "-", "*", "-"]) == layers("M-*-") != ()
    assert layers(7) == layers(["M", 7]) == ()


@pytest.mark.parametrize(
    ("keys", "verified"),
    [
        ({"num_hidden_layers": 4}, True),
        ({"num_hidden_layers": 4, "num_layers": 2}, True),
        ({"num_hidden_layers": 4, "num_layers": 4}, False),
    ],
)
def test_two_layer_counts_of_longcat_that_differ(keys, verified):
    costs = derive(read(Config(node_of({"model_type": "longcat_flash", **keys}))))
    assert costs.figure("parameters.total").verified is verified


@pytest.mark.parametrize(
    ("keys", "verified"),
    [
        ({"hybrid_layer_pattern": [0, 1], "moe_layer_freq": [0, 1]}, True),
        ({"hybrid_layer_pattern": [1, 0]}, False),
        ({"moe_layer_freq": [0, 0]}, False),
        ({"swa_num_key_value_heads": 4}, False),
        ({"swa_num_key_value_heads": 8}, True),
    ],
)
def test_published_keys_of_mimo_that_say_other_than_its_class(keys, verified):
    costs = derive(read(Config(node_of({"model_type": "mimo_v2_flash", "num_hidden_layers": 2, **keys}))))
    assert costs.figure("kv_cache.bytes_per_token").verified is verified


@pytest.mark.parametrize(
    ("model_type", "keys", "verified"),
    [
        ("llama", {"num_experts": 8}, False),
        ("llama", {"num_experts": 1}, True),
        ("mixtral", {"num_experts": 8}, True),  # an alias, or noise beside num_local_experts
        ("llama", {"kv_lora_rank": 512}, False),
        ("llama", {"kv_lora_rank": None}, True),
        ("deepseek_v3", {"kv_lora_rank": 512}, True),
    ],
)
def test_keys_that_make_other_layers_than_the_class_builds(model_type, keys, verified):
    costs = derive(read(Config(node_of({"model_type": model_type, **keys}))))
    assert costs.figure("parameters.total").verified is verified


@pytest.mark.parametrize(
    ("model_type", "auto_map", "verified"),
    [
        ("bert", {"AutoModel": "own_layers.BertModel"}, False),
        ("bert", {"AutoConfig": "own.BertConfig", "AutoTokenizer": ["own.Tokenizer", None]}, True),
        (
            "deepseek_v3",
            {"AutoModel": "modeling_deepseek.DeepseekV3Model"},
            True,
        ),  # the code that became the class
    ],
)
def test_code_that_changes_a_class_of_the_library_leaves_nothing_verified(model_type, auto_map, verified):
    costs = derive(read(Config(node_of({"model_type": model_type, "auto_map": auto_map}))))
    assert costs.figure("parameters.total").verified is verified


@pytest.mark.parametrize(
    ("model_type", "architecture", "known"),
    [
        ("distilbert", "DistilBertForMaskedLM", True),
        ("distilbert", "DistilBertForTokenClassification", True),
        ("modernbert", "ModernBertForTokenClassification", True),
        ("canine", "CanineForMaskedLM", False),
        ("distilbert", "DistilBertModel", True),
        ("esm", "EsmForMaskedLM", True),
    ],
)
def test_the_head_of_an_encoder_is_known_or_left_out(model_type, architecture, known):
    keys = {"model_type": model_type, "architectures": [architecture], "vocab_size": 1000}
    costs = derive(read(Config(node_of(keys))))
    assert costs.figure("parameters.total").verified
    assert costs.figure("parameters.towers").verified is known
    assert (costs.figure("parameters.towers").value is not None) is known
