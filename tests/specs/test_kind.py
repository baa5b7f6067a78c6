"""Recognition: what is a spec file, and the many files that look like one."""

from __future__ import annotations

import json

import pytest

from archlint.source import parse
from archlint.specs.kind import Recognition, recognise


def taken(text: str, name: str) -> Recognition:
    recognition = recognise(parse(text, name))
    assert recognition.reason
    assert "\n" not in recognition.reason
    return recognition


LLAMA = {"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
ENTRY = "  company: Acme\n  scale: 7B parameters\n  layer_mix: '32 GQA'\n  decoder_type: Dense\n"

CONFIGS = [
    LLAMA,
    {"model_type": "llama", "architectures": ["LlamaForCausalLM"]},
    {"model_type": "gpt2", "n_embd": 768, "n_head": 12, "n_layer": 12},
    {"model_type": "llama", "hidden_size": "many", "num_hidden_layers": None},
    {"architectures": ["XForCausalLM"], "hidden_size": 64, "num_layers": 2, "vocab_size": 10},
    {"hidden_size": 64, "num_layers": 2, "num_attention_heads": 4, "vocab_size": 10},
    {"model_type": "gemma3", "text_config": {"model_type": "gemma3_text", "hidden_size": 64}},
    {"model_type": "x", "llm_config": LLAMA, "vision_config": {"hidden_size": 3}},
    {"architectures": ["Y"], "thinker_config": {"text_config": LLAMA}},
    {"model_type": "llama", "torch_dtype": "bfloat16"},
    {**LLAMA, "processor_class": "X", "tokenizer_class": "Y"},
]


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: ",".join(config)[:40])
@pytest.mark.parametrize("name", ["config.json", "anything.json", "org__model.json", "deep/er/x.json"])
def test_configs(config: dict[str, object], name: str) -> None:
    assert taken(json.dumps(config), name).kind == "config"


def test_a_config_with_a_mistake_in_its_json_is_one() -> None:
    text = json.dumps(LLAMA, indent=2)
    for broken in (
        text[:-10],
        text.replace("64,", "64,,"),
        "\ufeff" + text,
        text.replace('"llama",', '"llama"'),
    ):
        assert taken(broken, "config.json").kind == "config"


def test_a_config_cut_off_before_its_sizes_is_one() -> None:
    assert taken('{"architectures": ["LlamaForCausalLM"],\n "bos', "config.json").kind == "config"
    assert taken('{"architectures": ["amd64"],\n "bos', "build.json").kind is None


def test_params() -> None:
    params = {"dim": 4096, "n_layers": 32, "n_heads": 32, "n_kv_heads": 8, "norm_eps": 1e-5, "vocab_size": 9}
    assert taken(json.dumps(params), "params.json").kind == "params"
    assert taken(json.dumps(params), "other.json").kind == "params"
    assert taken(json.dumps(params | {"model_type": "transformer"}), "params.json").kind == "params"
    assert taken(json.dumps(params | {"model_type": "llama"}), "config.json").kind == "params"
    assert taken(json.dumps(params | {"model_type": "distilbert"}), "config.json").kind == "config"


LOOKALIKES = {
    "class-weights.json": {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "pre_weights": [],
                           "num_layers_config_key": "num_hidden_layers", "layer_templates": {"weights": []}},
    "class-modules.json": {"kind": "modular", "model_type": "mistral3", "architectures": ["M"], "modules": {"a": {}}},
    "engine/config.json": {"architecture": "LlamaForCausalLM", "dtype": "float16", "logits_dtype": "float32",
                           "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32, "vocab_size": 9},
    "adapter_config.json": {"peft_type": "LORA", "base_model_name_or_path": "x/y", "r": 8, "lora_alpha": 16,
                            "target_modules": ["q_proj"], "task_type": "CAUSAL_LM"},
    "generation_config.json": {"_from_model_config": True, "bos_token_id": 1, "eos_token_id": 2,
                               "transformers_version": "4.50.0", "do_sample": True, "temperature": 0.6},
    "tokenizer_config.json": {"added_tokens_decoder": {}, "model_max_length": 131072, "bos_token": "<s>",
                              "tokenizer_class": "LlamaTokenizer", "chat_template": "x"},
    "tokenizer.json": {"version": "1.0", "added_tokens": [], "model": {"type": "BPE", "vocab": {}},
                       "decoder": {"type": "ByteLevel"}},
    "special_tokens_map.json": {"bos_token": "<s>", "eos_token": "</s>"},
    "preprocessor_config.json": {"image_processor_type": "CLIPImageProcessor", "size": {"height": 224},
                                 "image_mean": [0.5]},
    "processor_config.json": {"processor_class": "Gemma3Processor", "image_seq_length": 256},
    "model_index.json": {"_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.30", "unet": ["a", "b"]},
    "scheduler_config.json": {"_class_name": "DDIMScheduler", "beta_start": 0.1, "num_train_timesteps": 1000},
    "lstm/config.json": {"model_type": "lstm", "hidden_size": 128, "num_layers": 2, "vocab_size": 10000, "lr": 0.001},
    "gat/config.json": {"model_type": "gat", "hidden_size": 64, "num_layers": 3, "num_heads": 4, "dataset": "cora"},
    "cnn/config.json": {"model_type": "small_cnn", "num_classes": 10, "image_size": [64, 64], "epochs": 3,
                        "data_dir": "data", "seed": 1, "k_folds": 2},
    "mlp/config.json": {"model_type": "multi_layer_perceptron", "vocab_size": 1000, "hidden_layers": [32, 16],
                        "context_size": 2, "input_size": 40, "output_size": 7, "random_state": 1, "is_trained": True},
    "video/config.json": {"_class_name": "BrandnewModel", "_diffusers_version": "0.30", "model_type": "t2v",
                          "dim": 5120, "ffn_dim": 13824, "num_heads": 40, "num_layers": 40},
    "unet/config.json": {"_class_name": "UNet2DConditionModel", "_diffusers_version": "0.30",
                         "attention_head_dim": 8, "num_attention_heads": None, "sample_size": 64},
    "model.safetensors.index.json": {"metadata": {"total_size": 1}, "weight_map": {"a": "b"}},
    "package.json": {"name": "x", "version": "1.0.0", "dependencies": {"y": "^1"}, "scripts": {"test": "z"}},
    "tsconfig.json": {"compilerOptions": {"target": "es2022", "strict": True}, "include": ["src"]},
    "sentence_bert_config.json": {"max_seq_length": 512, "do_lower_case": False},
    "1_Pooling/config.json": {"word_embedding_dimension": 768, "pooling_mode_mean_tokens": True},
    "config_sentence_transformers.json": {"__version__": {"pytorch": "2"}, "prompts": {}},
    "timm/config.json": {"architecture": "vit_base", "num_classes": 1000, "pretrained_cfg": {"tag": "x"}},
    "open_clip_config.json": {"model_cfg": {"embed_dim": 512, "text_cfg": {"width": 512, "heads": 8}}},
    "quantize_config.json": {"bits": 4, "group_size": 128, "desc_act": False},
    "trainer_state.json": {"best_metric": None, "epoch": 3.0, "global_step": 100, "log_history": []},
    "ds_config.json": {"train_batch_size": 8, "zero_optimization": {"stage": 3}, "fp16": {"enabled": True}},
    "settings.json": {"model_type": "chat", "temperature": 0.7},
    "xgboost.json": {"model_type": "xgboost", "params": {"max_depth": 6}},
    "openapi.json": {"openapi": "3.1.0", "info": {"title": "x"}, "paths": {}},
    "manifest.json": {"name": "x", "version": 2, "architecture": "amd64", "config": {"url": "x"}},
    "vocab.json": {"hello": 0, "world": 1},
    "composer.json": {"name": "a/b", "require": {"php": ">=8"}, "license": "MIT"},
    ".eslintrc.json": {"rules": {"semi": "error"}, "env": {"node": True}},
    "gpt2-large.json": {"name": "gpt2-large", "num_layers": 36, "n_head": 20, "hidden_dim": 1280, "vocab_size": 50257,
                        "ffn_embed_dim": 5120, "model_type": "gpt2"},
    "empty.json": {},
    "config.json": {"host": "localhost", "port": 80},
    "hparams.json": {"learning_rate": 1e-4, "num_layers": 6, "batch_size": 8},
}  # fmt: skip

YAML_LOOKALIKES = {
    "docker-compose.yml": "services:\n  web:\n    image: nginx\n    config: x\n  db:\n    image: postgres\n",
    ".github/workflows/ci.yml": "name: CI\non: push\njobs:\n  test:\n    runs-on: ubuntu\n    steps: []\n",
    "mkdocs.yml": "site_name: x\ntheme:\n  name: material\nnav:\n- index.md\n",
    "openapi.yaml": "openapi: 3.1.0\ninfo:\n  title: x\n  summary: y\n  license:\n    name: MIT\npaths: {}\n",
    "k8s.yaml": "apiVersion: v1\nkind: Deployment\nmetadata:\n  name: x\nspec:\n  scale: 3\n",
    ".pre-commit-config.yaml": "repos:\n- repo: x\n  rev: y\n  hooks:\n  - id: z\n",
    "_config.yml": "title: blog\nauthor:\n  name: x\n  image: y\n  summary: z\n",
    "people.yml": "Alice:\n  company: Acme\n  date: 2020-01-01\n  image: a.png\nBob:\n  company: B\n  image: b\n",
    "books.yml": "Dune:\n  date: 1965\n  summary: sand\n  image: x\n  highlight: worms\n  company: Chilton\n",
    "axolotl.yml": "base_model: x/y\nmodel_type: LlamaForCausalLM\nsequence_len: 4096\nadapter: lora\n",
    "mergekit.yml": "models:\n- model: a\n- model: b\nmerge_method: slerp\ndtype: bfloat16\n",
    "litellm.yaml": "model_list:\n- model_name: gpt\n  litellm_params:\n    model: x\n",
    "conda.yml": "name: env\nchannels: [x]\ndependencies:\n- python\n",
    "values.yaml": "image:\n  repository: x\n  tag: y\nconfig:\n  repo: z\n",
    "CITATION.cff.yml": "cff-version: 1.2.0\ntitle: x\nlicense: MIT\ndate-released: 2020-01-01\n",
    "text.yml": "just text\n",
    "list.yml": "- a\n- b\n",
    "empty.yml": "",
    "comment.yml": "# nothing\n",
    "x.arch.yaml": "targets:\n- amd64\n- arm64\n",
    "hydra.yaml": "model:\n  hidden_size: 64\n  num_layers: 2\ntrainer:\n  max_epochs: 3\n",
}

MARKDOWN_LOOKALIKES = {
    "_posts/2026-01-01-x.md": "---\nlayout: post\ntags: [a]\nlicense: mit\n---\n# x\n",
    "README.md": "# Title\n\nSome text.\n\n---\n\nMore.\n",
    "docs/README.md": "# Title\n",
    "CHANGELOG.md": "---\nlicense: mit\n---\n",
    "empty/README.md": "",
    "example/README.md": "# How to\n\n```yaml\n---\nlicense: mit\ntags:\n- x\n---\n```\n",
    "site/README.md": "---\nhide:\n- navigation\n---\n# Docs\n",
    "package/README.md": "---\nArtifactType: npm\nLanguage: typescript\nTags: SDK\nms.reviewedBy: x\n---\n",
    "page/README.md": "---\nlayout: default\ntitle: Home\n---\n# x\n",
    "hugo/README.md": "---\ntitle: Docs\ntags: [a]\nlanguage: en\nweight: 3\n---\n",
    "space/README.md": "---\ntitle: x\nsdk: gradio\nsdk_version: 4.0.0\napp_file: app.py\ntags: [x]\n---\n",
    "proposal/README.md": "---\nCIP: 1\nTitle: x\nCategory: Meta\nAuthors: [x]\nLicense: CC-BY-4.0\n---\n",
    "skill/README.md": "---\nname: x\ndescription: y\nlicense: MIT\nmetadata: {}\n---\n",
    "blog/README.md": "---\ntitle: Post\ndate: 2026-01-27\ntags: [llm]\n---\n",
    "docs/intro/README.md": "---\nid: intro\nsidebar_position: 1\ntags: [x]\nlanguage: en\n---\n",
    "sample/README.md": "---\npage_type: sample\nlanguages:\n- python\nproducts: [azure]\nname: x\n---\n",
    "learn/README.md": "---\ntitle: x\nms.date: 01/01/2026\nms.topic: article\n---\n",
    "small/README.md": "---\nlicense: mit\nconfigs:\n- config_name: default\n---\n",
    "named/README.md": "---\nlicense: other\nlicense_name: x\npretty_name: X\n---\n",
    "static/README.md": "---\ntitle: x\nsdk: static\nlicense: mit\n---\n",
    "data/README.md": "---\nlicense: [cc-by-4.0]\ntask_categories: [x]\nsize_categories: [1K<n<10K]\n---\n",
}


@pytest.mark.parametrize("name", LOOKALIKES)
def test_json_lookalikes(name: str) -> None:
    assert taken(json.dumps(LOOKALIKES[name], indent=1), name).kind is None


@pytest.mark.parametrize("name", YAML_LOOKALIKES)
def test_yaml_lookalikes(name: str) -> None:
    assert taken(YAML_LOOKALIKES[name], name).kind is None


@pytest.mark.parametrize("name", MARKDOWN_LOOKALIKES)
def test_markdown_lookalikes(name: str) -> None:
    assert taken(MARKDOWN_LOOKALIKES[name], name).kind is None


@pytest.mark.parametrize(
    "text",
    [
        f"Acme 7B:\n{ENTRY}",
        f"version: 1\nAcme 7B:\n{ENTRY}",
        f"Acme 7B:\n{ENTRY}Acme 8B:\n",
        f"Acme 7B:\n{ENTRY}Acme 8B: soon\n",
        f"Acme 7B:\n{ENTRY}Acme 8B:\n  company: Acme\n  sca",
        f"Acme 7B:\n{ENTRY}Acme 8B:\n  scale: [1, 2\nAcme 9B:\n{ENTRY}",
        f"---\nAcme 7B:\n{ENTRY}",
        "Acme 7B:\n  context_tokens: 8192\n  attention: GQA\n",
    ],
)
@pytest.mark.parametrize("name", ["models.yml", "anything.yaml"])
def test_galleries(text: str, name: str) -> None:
    assert taken(text, name).kind == "gallery"


def test_cards() -> None:
    card = "name: Acme 7B\nscale: 7B parameters\nlayer_mix: 32 GQA\n"
    assert taken(card, "acme.arch.yaml").kind == "card"
    assert taken(card, "acme.arch.yml").kind == "card"
    assert taken(card, "acme.yaml").kind == "card"
    assert taken("name: Acme 7B\n", "acme.arch.yaml").kind == "card"
    assert taken('{"name": "Acme 7B", "scale": "7B"}', "acme.arch.json").kind == "card"
    assert taken("name: Acme 7B\narchitecture:\n  model_type: llama\n", "ACME.ARCH.YAML").kind == "card"
    assert taken("name: Acme\nscale: [1\nlayer_mix: 3 GQA\n", "acme.arch.yaml").kind == "card"


@pytest.mark.parametrize(
    "text",
    [
        "---\nlicense: mit\n---\n# x\n",
        "---\n---\n# x\n",
        "---\nlicense: mit\n# x\n",
        "---\n- a\n---\n",
        "---\ntext\n---\n",
        "\ufeff---\nlicense: mit\n---\n",
        "---\r\nlicense: mit\r\n---\r\n",
        "---",
        "\n---\nlicense: mit\ntags:\n- x\n---\n# x\n",
        "---\nliscence: mit\n---\n",
        "---\npipline_tag: text-generation\n---\n",
        "---\ntags: [x]\nlanguage: en\n---\n",
        "---\ntitle: Acme 7B\n",
        "---\ntitle: Acme 7B\nlicense: mit\n---\n",
        "---\npretty_name: Acme 7B\nbase_model: acme/x\n---\n",
    ],
)
@pytest.mark.parametrize("name", ["README.md", "org__model.README.md", "sub/readme.md"])
def test_front_matter(text: str, name: str) -> None:
    assert taken(text, name).kind == "front-matter"
