"""Figures and their derivations, against arithmetic done by hand."""

import archlint
from archlint.architecture import BF16, Attention, Dtype, read_dtype
from archlint.costs import FIGURES

GEMMA_3_27B = {
    "model_type": "gemma3",
    "text_config": {
        "model_type": "gemma3_text",
        "hidden_size": 5376,
        "intermediate_size": 21504,
        "num_hidden_layers": 62,
        "num_attention_heads": 32,
        "num_key_value_heads": 16,
        "head_dim": 128,
        "sliding_window": 1024,
    },
}


def costs(config):
    return archlint.derive(archlint.read_config(config))


def test_gemma_3_27b():
    found = costs(GEMMA_3_27B)
    assert found.figure("kv_cache.bytes_per_token").value == 62 * 2 * 16 * 128 * 2 == 507_904
    assert found.figure("kv_cache.growing_bytes_per_token").value == 10 * 2 * 16 * 128 * 2
    each = 2 * 16 * 128 * 2
    assert found.cache_at(8192).value == (52 * 1024 + 10 * 8192) * each
    assert found.cache_at(8192, Dtype("fp8", 8)).value == (52 * 1024 + 10 * 8192) * each // 2
    assert found.derivation("kv_cache.bytes_per_token").line() == (
        "52 sliding layers × 16 KV heads × (128 + 128) × 2 B + "
        "10 global layers × 16 KV heads × (128 + 128) × 2 B = 507,904 B"
    )


def test_deepseek_v3_counts_the_latent_once():
    found = costs({"model_type": "deepseek_v3"})
    assert found.figure("kv_cache.bytes_per_token").value == 61 * 576 * 2 == 70_272
    assert found.figure("parameters.mtp").value == 11_610_067_968
    assert found.derivation("kv_cache.bytes_per_token").keys() == {
        "kv_lora_rank": "default",
        "qk_rope_head_dim": "default",
    }


def test_every_derivation_adds_up():
    for model_type in (
        "gpt2",
        "qwen3_next",
        "gpt_oss",
        "llama4_text",
        "deepseek_v3",
        "gemma3n_text",
        "zamba2",
    ):
        found = costs({"model_type": model_type, "dtype": "bfloat16"})
        for name in FIGURES:
            derivation, value = found.derivation(name), found.figure(name).value
            if value is None:
                assert derivation is None
            else:
                assert derivation is not None
                assert derivation.formula.value == value, (model_type, name)


def test_by_part_adds_up():
    found = costs({"model_type": "qwen3_next"})
    assert sum(found.by_part().values()) == found.figure("parameters.total").value


def test_gpt_oss_active_parameters_by_both_counts():
    found = costs({"model_type": "gpt_oss", "num_hidden_layers": 36, "num_local_experts": 128})
    assert found.figure("parameters.active_without_input_embedding").value == 5_132_849_472


def test_sources_name_the_written_key():
    shape = archlint.read_config({"model_type": "gpt2", "n_head": 4, "n_embd": 64})
    ((attention, count),) = shape.distinct_mixers()
    assert isinstance(attention, Attention)
    assert count == 12
    assert attention.sources == {"hidden": "n_embd", "heads": "n_head", "kv_heads": "n_head"}
    assert attention.head_dim == 16
    assert attention.head_dim.text == "n_embd / n_head"


def test_unknown_model_type_is_judged_figure_by_figure():
    found = costs(
        {
            "model_type": "nobody_knows",
            "hidden_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "head_dim": 16,
            "intermediate_size": 128,
            "vocab_size": 100,
        }
    )
    kv = found.figure("kv_cache.bytes_per_token")
    assert (kv.value, kv.verified) == (2 * 2 * 2 * 16 * 2, True)
    total = found.figure("parameters.total")
    assert total.value is not None
    assert not total.verified
    assert "nobody_knows" in total.reason


def test_dtypes():
    assert read_dtype("torch.bfloat16") == BF16
    assert read_dtype("no such") is None
    assert Dtype("int4", 4).bytes(3) == 2
