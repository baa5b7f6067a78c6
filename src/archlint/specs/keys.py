"""The keys of cards: what each may hold, what it means, and how it used to be spelt.

Three tables: a gallery's entry, an architecture card (the same with ``name`` and ``architecture``), and the
front matter of a Hub README. Vocabularies that grow (concepts, languages, tags) are open: what is not in
them is no mistake.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final, Literal, TypeAlias

from archlint.specs.card import FIGURES, CardKind
from archlint.values import dataclass, field

Type: TypeAlias = Literal["text", "url", "integer", "number", "boolean", "mapping", "list", "anything"]

TYPE_WORDS: Final[Mapping[str, str]] = {
    "text": "a text",
    "url": "a URL",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "mapping": "a mapping",
    "list": "a list",
    "anything": "anything",
}


@dataclass(frozen=True, slots=True)
class Key:
    """One key.

    ``types`` are what it may hold (null is always allowed, and says nothing); ``values`` what it usually
    says, ``closed`` whether anything else is wrong. ``keys`` are those of the mapping that it holds,
    ``items`` the type of a list's elements. ``old`` are spellings that mean this key and are read by no one.
    """

    name: str
    types: tuple[Type, ...]
    meaning: str
    required: bool = False
    values: tuple[str, ...] = ()
    closed: bool = False
    keys: tuple[Key, ...] = ()
    items: Type = "anything"
    old: tuple[str, ...] = ()
    example: str = ""

    @property
    def expected(self) -> str:
        """What it may hold, in words."""
        words = [TYPE_WORDS[name] for name in self.types]
        return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"

    @property
    def reader(self) -> str:
        """The name of the reader in ``archlint.specs.quantity`` for its text; empty when it is no figure."""
        return FIGURES.get(self.name, "")


@dataclass(frozen=True)
class Table:
    """The keys of one kind of card, in the order in which they are written."""

    kind: CardKind
    what: str
    keys: tuple[Key, ...]
    open: bool = False
    by_name: Mapping[str, Key] = field(init=False, repr=False, compare=False)
    old: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {key.name: key for key in self.keys})
        object.__setattr__(self, "old", {old: key.name for key in self.keys for old in key.old})

    def find(self, path: str) -> Key | None:
        """Return the key at ``config.repo`` or ``scale``."""
        first, _, rest = path.partition(".")
        key = self.by_name.get(first)
        while key is not None and rest:
            first, _, rest = rest.partition(".")
            key = next((inner for inner in key.keys if inner.name == first), None)
        return key


DECODER_TYPES: Final = (
    "Dense",
    "Sparse MoE",
    "Dense hybrid",
    "Sparse hybrid",
    "Hybrid MoE",
    "Recurrent",
)

CONCEPTS: Final = (
    "mha", "gqa", "mqa", "mla", "swa", "deepseek_sparse_attention", "qwen_sparse_attention", "csa_hca",
    "index_share", "gated_attention", "gated_deltanet", "kimi_delta_attention", "lightning_attention",
    "mamba_2", "mlstm", "shortconv", "moe", "latent_moe", "mtp", "qk_norm", "rmsnorm", "layernorm",
    "post_norm",
    "rope", "partial_rope", "nope", "yarn", "silu", "swiglu", "geglu", "mhc", "gated_residuals", "kv_sharing",
    "per_layer_embeddings", "ngram_embeddings", "attention_budgeting", "attention_sinks",
    "looped_depth_sharing",
)  # fmt: skip
"""Concepts in use; more are coined all the time."""

PIPELINE_TAGS: Final = (
    "text-generation", "image-text-to-text", "any-to-any", "text-classification", "token-classification",
    "table-question-answering", "question-answering", "zero-shot-classification", "translation",
    "summarization", "feature-extraction", "text2text-generation", "fill-mask", "sentence-similarity",
    "text-to-speech", "text-to-audio", "automatic-speech-recognition", "audio-to-audio",
    "audio-classification", "audio-text-to-text", "voice-activity-detection", "depth-estimation",
    "image-classification", "object-detection", "image-segmentation", "text-to-image", "image-to-text",
    "image-to-image", "image-to-video", "image-text-to-image", "image-text-to-video",
    "unconditional-image-generation", "video-classification",
    "reinforcement-learning", "robotics", "tabular-classification", "tabular-regression", "tabular-to-text",
    "table-to-text", "multiple-choice", "text-ranking", "text-retrieval", "time-series-forecasting",
    "text-to-video", "video-to-video", "visual-question-answering", "document-question-answering",
    "zero-shot-image-classification", "graph-ml", "mask-generation", "zero-shot-object-detection",
    "text-to-3d", "image-to-3d", "image-feature-extraction", "video-text-to-text", "keypoint-detection",
    "visual-document-retrieval", "conversational", "biology", "other",
)  # fmt: skip
"""Tasks that the Hub files models under."""

LIBRARIES: Final = (
    "transformers", "diffusers", "sentence-transformers", "peft", "mlx", "mlx-vlm", "vllm", "sglang", "gguf",
    "llama.cpp", "onnx", "transformers.js", "timm", "open_clip", "keras", "keras-hub", "tf-keras",
    "tensorflow",
    "pytorch", "jax", "flax", "nemo", "fairseq", "espnet", "speechbrain", "spacy", "flair", "stanza",
    "gliner",
    "adapter-transformers", "allennlp", "asteroid", "bertopic", "fasttext", "fastai", "setfit", "span-marker",
    "stable-baselines3", "sample-factory", "ml-agents", "cleanrl", "scikit-learn", "skops", "unity-sentis",
    "ultralytics", "tensorrt", "tensorrt_llm", "openvino", "executorch", "litert", "litert-lm", "coreml",
    "ctranslate2", "exllamav2", "exllamav3", "mistral-common", "mistral", "pyannote-audio", "paddlenlp",
    "paddlepaddle", "rwkv", "mamba-ssm", "optimum", "trl", "unsloth", "lerobot", "colpali", "birefnet",
    "sam2",
    "gemma.cpp", "Model Optimizer", "swift", "axolotl", "llamafile", "mlc-llm", "bitnet", "recurrentgemma",
)  # fmt: skip
"""Libraries with which models of the Hub are loaded; any other name is allowed too."""

_LINK = "Where it can be read."

_ENTRY: Final = (
    Key("company", ("text",), "Who made the model.", required=True, example="DeepSeek",
        old=("vendor", "org")),
    Key("image", ("text",), "Where the drawing of the architecture is.", old=("img", "picture")),
    Key("date", ("text",), "The day the model came out, YYYY-MM-DD.", required=True, example="'2026-01-27'",
        old=("release_date", "released")),
    Key("summary", ("text",), "The model in a sentence.", old=("description",)),
    Key("scale", ("text",), "How many parameters the model has, and how many of them work on a token.",
        required=True, example="671B total, 37B active (5.5% active)", old=("size", "parameters", "params")),
    Key("memory_calculator", ("mapping",), "What a memory calculator needs beyond the other keys.", keys=(
        Key("parameter_count", ("integer", "text"), "Parameters that are held in memory.",
            example="27000000000"),
        Key("weight_note", ("text",), "What that count includes and leaves out."),
        Key("cache_supported", ("boolean",), "Whether the cache figure may be multiplied by a length."),
        Key("cache_note", ("text",), "Why it may not."),
    )),
    Key("context_tokens", ("text", "integer"), "The longest input, in tokens.", required=True,
        example="'131,072'", old=("context", "context_length", "max_context", "context_window")),
    Key("vocab_size", ("text", "integer"), "How many tokens the tokenizer knows, perhaps with a short label.",
        example="'262,144 (~262k)'", old=("vocab", "vocabulary", "vocabulary_size")),
    Key("license_name", ("text",), "The licence of the weights, by its name.", required=True,
        example="Apache License 2.0", old=("licence_name", "licence", "license")),
    Key("license_url", ("url",), "Where the licence can be read.", old=("licence_url", "license_link")),
    Key("decoder_type", ("text",),
        "Dense or sparse (mixture of experts); hybrid when layers without attention are among the layers.",
        required=True, values=DECODER_TYPES, example="Sparse MoE", old=("decoder",)),
    Key("attention", ("text",), "How tokens are mixed: heads, windows, ratio of the kinds of layers.",
        required=True, example="GQA with QK-Norm and 5:1 sliding-window/global attention"),
    Key("layer_mix", ("text",), "How many layers there are of each kind.", required=True,
        example="'52 sliding-window + 10 global'", old=("layers",)),
    Key("kv_cache_per_token_bf16", ("text",),
        "Bytes that one token adds to the KV cache in bf16, all attention layers together, windows ignored.",
        required=True, example="'68.6 KiB'",
        old=("kv_cache_per_token", "kv_cache", "kv_per_token", "kv_cache_per_token_fp16")),
    Key("highlight", ("text",), "What is new or unusual about it.", old=("highlights",)),
    Key("related_concepts", ("list",), "What else to read about, by the gallery's short names.", items="text",
        values=CONCEPTS, old=("concepts",)),
    Key("aa_intelligence_index", ("text", "number"), "The Artificial Analysis intelligence index, 0 to 100.",
        example="'24.5'"),
    Key("aai_profile", ("text",), "The index by subject.", old=("aa_profile",),
        example="'General 31.3 · Scientific 26.3 · Coding 27.2 · Agents 42.6'"),
    Key("aa_url", ("url",), "The model's page at Artificial Analysis."),
    Key("config", ("mapping", "text"), "Where the model's config is published; in a project, a path to it.", keys=(
        Key("path", ("text",), "A path to the config, from this file; it stays within the project."),
        Key("repo", ("text",), "The Hub repository, owner/name.", example="deepseek-ai/DeepSeek-V3"),
        Key("label", ("text",), "The file's name.", example="config.json"),
        Key("url", ("url",), _LINK),
    )),
    Key("tech_report", ("mapping",), "The technical report.", keys=(
        Key("url", ("url",), _LINK),
        Key("label", ("text",), "Its name."),
    )),
    Key("from_scratch", ("mapping",), "A reimplementation to learn from.", keys=(
        Key("url", ("url",), _LINK),
        Key("label", ("text",), "Its name."),
    )),
    Key("hide_article_link", ("boolean",), "Whether the link to the article is left out."),
)  # fmt: skip

_CARD_ONLY: Final = (
    Key(
        "name", ("text",), "The model's name.", required=True, example="Qwen3 235B-A22B", old=("model_name",)
    ),
)

_CARD_LAST: Final = (
    Key(
        "architecture",
        ("mapping", "text"),
        "The model's config, inline (the keys of a Hugging Face config.json), or a path to it from this file.",
    ),
)

BASE_MODEL_RELATIONS: Final = ("adapter", "finetune", "merge", "quantized")

_HUB: Final = (
    Key("license", ("text", "list"), "The licence, by the Hub's identifier.", example="apache-2.0",
        old=("licence", "licenses", "licences", "liscence", "lisence", "licens")),
    Key("license_name", ("text",), "With license: other, a short name of the licence.",
        old=("licence_name",)),
    Key("license_link", ("text",), "With license: other, LICENSE or the URL of its text.",
        old=("license_url", "licence_link", "licence_url")),
    Key("language", ("text", "list"), "The languages of its training text, as ISO 639 codes.", items="text",
        example="en", old=("lang", "languages", "langs")),
    Key("library_name", ("text",), "The library that loads the model.", values=LIBRARIES,
        example="transformers", old=("library", "libraries", "libary_name")),
    Key("pipeline_tag", ("text",), "The task that the model is for.", values=PIPELINE_TAGS,
        example="text-generation", old=("pipeline-tag", "pipeline", "pipeline_tags")),
    Key("tags", ("list",), "Words to find the model by.", items="text", old=("tag",)),
    Key("datasets", ("list",), "The datasets it was trained on, by their Hub names.", items="text",
        old=("dataset",)),
    Key("metrics", ("list",), "The metrics it was measured with.", items="text", old=("metric",)),
    Key("base_model", ("text", "list"), "The model, or models, that it was made from, owner/name.",
        items="text",
        example="Qwen/Qwen3-8B", old=("base-model", "base_models", "basemodel")),
    Key("base_model_relation", ("text",), "How it was made from its base model.", values=BASE_MODEL_RELATIONS,
        closed=True, old=("base-model-relation",)),
    Key("new_version", ("text",), "The model that takes its place, owner/name."),
    Key("model-index", ("list",), "Evaluation results: for each model its tasks, datasets and metrics.",
        items="mapping", old=("model_index", "modelindex")),
    Key("model_name", ("text",), "The name to show."),
    Key("thumbnail", ("text",), "A picture to show where the page is shared."),
    Key("widget", ("list", "boolean", "mapping"), "Inputs to try the model with.", old=("widgets",)),
    Key("inference", ("anything",), "Whether, and how, the Hub may run the model."),
    Key("mask_token", ("text",), "The token that stands for a gap, for fill-mask.", old=("mask-token",)),
    Key("co2_eq_emissions", ("anything",), "Carbon dioxide of the training, in grams."),
    Key("gated", ("anything",), "Whether access must be asked for."),
    Key("extra_gated_prompt", ("text",), "What is shown to those who ask for access."),
    Key("extra_gated_heading", ("text",), "The heading over it."),
    Key("extra_gated_description", ("text",), "The text under the heading."),
    Key("extra_gated_button_content", ("text",), "What the button says."),
    Key("extra_gated_fields", ("mapping",), "What they are asked to fill in."),
    Key("extra_gated_eu_disallowed", ("boolean",), "Whether access is refused in the European Union."),
    Key("arxiv", ("anything",), "The paper's arXiv number."),
    Key("model_type", ("text",), "The architecture, by its transformers name."),
    Key("model_creator", ("text",), "Who made the original model."),
    Key("quantized_by", ("text",), "Who quantised it."),
    Key("prompt_template", ("text",), "How a prompt is laid out."),
)  # fmt: skip


@cache
def table(kind: CardKind) -> Table:
    """Return the keys of that kind of card."""
    if kind == "gallery":
        return Table(kind, "a gallery entry", _ENTRY)
    if kind == "card":
        return Table(kind, "an architecture card", (*_CARD_ONLY, *_ENTRY, *_CARD_LAST))
    return Table(kind, "a README's front matter", _HUB, open=True)
