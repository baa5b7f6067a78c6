"""What kind of spec file a document is: told by its content, never by its name alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Final, Literal, TypeAlias

from archlint.source.document import Document
from archlint.source.tree import MAPPING, SEQUENCE, Node, Plain
from archlint.specs.near import nearest
from archlint.values import NamedTuple

SpecKind: TypeAlias = Literal["config", "params", "gallery", "card", "front-matter"]

DIMENSIONS: Final = frozenset(
    (
        "hidden_size", "n_embd", "d_model", "dim", "model_dim", "embed_dim",
        "num_hidden_layers", "n_layer", "n_layers", "num_layers", "num_blocks", "num_decoder_layers",
        "num_attention_heads", "n_head", "n_heads", "num_heads", "num_key_value_heads", "n_kv_heads",
        "num_kv_heads", "head_dim", "kv_channels", "vocab_size", "intermediate_size", "ffn_hidden_size",
        "n_inner", "d_ff", "max_position_embeddings", "n_positions", "max_sequence_length", "max_seq_len",
        "kv_lora_rank", "qk_rope_head_dim", "rope_theta", "rms_norm_eps", "layer_norm_epsilon",
        "n_routed_experts", "num_experts", "num_local_experts", "num_experts_per_tok", "sliding_window",
        "layer_types", "hidden_act", "state_size", "ssm_cfg", "attn_config",
    )
)  # fmt: skip
"""Keys that say how a model is built, under the names that configs use."""

_CORE: Final = (
    frozenset(("hidden_size", "n_embd", "d_model", "dim", "model_dim")),
    frozenset(("num_hidden_layers", "n_layer", "n_layers", "num_layers", "num_blocks")),
    frozenset(("num_attention_heads", "n_head", "n_heads", "num_heads")),
    frozenset(("vocab_size",)),
)
"""Width, depth, heads, vocabulary: three of the four, with nothing else, are a config."""

_ANY_NETWORK: Final = frozenset(
    (
        "hidden_size", "d_model", "dim", "model_dim", "embed_dim", "n_layers", "num_layers", "num_blocks", "n_heads",
        "num_heads", "vocab_size", "d_ff", "state_size", "max_seq_len",
    )
)  # fmt: skip
"""Dimensions whose names say nothing of a transformer's config."""

_MANY: Final = 6
"""With so many keys that are no sizes, and hardly a size, a file is another program's."""

CONFIG_MARKS: Final = frozenset(
    ("architectures", "transformers_version", "torch_dtype", "dtype", "auto_map", "_name_or_path")
)
"""Keys of a config that transformers wrote, or that is written for it."""

NESTED: Final = (
    "text_config", "llm_config", "language_config", "language_model_config", "thinker_config", "decoder",
    "text_model_config", "llama_config", "talker_config", "model_config",
)  # fmt: skip
"""Where multimodal configs keep the language model's keys."""

_NO_CONFIG: Final = {
    "peft_type": "an adapter's configuration",
    "_class_name": "a diffusers component",
    "_diffusers_version": "a diffusers component",
    "tokenizer_class": "",
    "added_tokens_decoder": "a tokenizer's configuration",
    "image_processor_type": "a preprocessor's configuration",
    "feature_extractor_type": "a preprocessor's configuration",
    "processor_class": "",
    "pretrained_cfg": "a timm model's configuration",
    "model_cfg": "an OpenCLIP model's configuration",
    "added_tokens": "a tokenizer",
    "weight_map": "an index of weight files",
    "logits_dtype": "a TensorRT-LLM checkpoint's configuration",
    "layer_templates": "a list of a class's weights",
    "modules": "a list of a class's modules",
    "_from_model_config": "generation settings",
    "$schema": "",
    "openapi": "an OpenAPI description",
    "compilerOptions": "a TypeScript configuration",
    "devDependencies": "a Node package",
    "train_batch_size": "",
}
"""Keys of look-alikes, and what the file is then; an empty text is no proof by itself."""

_PARAMS: Final = frozenset(("dim", "n_layers", "n_heads", "n_kv_heads", "hidden_dim", "norm_eps", "head_dim"))

PARAMS_TYPES: Final = ("transformer", "llama", "mistral", "mixtral")
"""What ``model_type`` says in a params.json that mistral-finetune, or a converter of MLX's, wrote."""

ENTRY_MARKS: Final = frozenset(
    (
        "kv_cache_per_token_bf16", "layer_mix", "decoder_type", "context_tokens", "aai_profile",
        "aa_intelligence_index", "related_concepts", "memory_calculator", "hide_article_link",
    )
)  # fmt: skip
"""Keys that hardly any file but a gallery has."""

ENTRY_KEYS: Final = ENTRY_MARKS | {
    "scale", "attention", "vocab_size", "license_name", "license_url", "highlight", "aa_url",
    "tech_report", "from_scratch", "config", "company", "date", "summary", "image", "name", "architecture",
}  # fmt: skip

CARD_SUFFIXES: Final = (".arch.yaml", ".arch.yml", ".arch.json")

HUB_KEYS: Final = frozenset(
    (
        "license", "license_name", "license_link", "language", "tags", "datasets", "metrics", "pipeline_tag",
        "library_name", "base_model", "base_model_relation", "model-index", "model_index", "widget",
        "thumbnail", "inference", "licence", "licenses", "lang", "dataset", "pipeline-tag", "library", "tag",
        "co2_eq_emissions", "new_version", "extra_gated_prompt", "extra_gated_fields", "model_name",
    )
)  # fmt: skip
"""Keys of a Hub README's front matter, usual slips included."""

_PAGE_KEYS: Final = frozenset(
    (
        "title", "layout", "permalink", "weight", "sidebar_position", "sidebar_label", "slug", "nav_order", "parent",
        "draft", "toc", "categories", "aliases", "keywords", "hide_title", "sidebar",
    )
)  # fmt: skip
"""Keys of the pages of sites (Jekyll, Hugo, Docusaurus)."""

_ANY_PAGES: Final = frozenset(("tags", "tag", "language", "lang", "thumbnail"))
"""Keys of a model's card that the pages of sites have as well."""

_OTHER_CARDS: Final = {
    "a dataset's card": frozenset(
        (
            "annotations_creators", "configs", "dataset_info", "language_creators", "multilinguality",
            "pretty_name", "size_categories", "source_datasets", "task_categories", "task_ids", "viewer",
        )
    ),
    "a Space's card": frozenset(("app_file", "app_port", "colorFrom", "colorTo", "sdk", "sdk_version")),
}  # fmt: skip
"""Keys that only the cards of other repositories have."""

_MODELS_ONLY: Final = frozenset(
    (
        "base_model", "base_model_relation", "pipeline_tag", "library_name", "model-index", "model_index",
        "widget", "inference", "datasets", "metrics", "new_version", "model_name", "model_type",
        "quantized_by", "co2_eq_emissions",
    )
)  # fmt: skip
"""Keys that a card which has one key of another repository's has, too, when it is a model's all the same."""

_ANYWHERE: Final = frozenset(("tags", "tag", "language", "lang", "languages", "thumbnail"))
"""Keys of a model card that pages of any other kind have as well."""

_PAGES: Final = frozenset(
    (
        "affiliations", "aliases", "author", "authors", "bibliography", "categories", "category", "cover",
        "created", "date", "description", "draft", "hide", "id", "image", "keywords", "layout", "name",
        "nav_order", "output", "page_type", "parent", "permalink", "products", "pubDate", "sidebar_label",
        "sidebar_position", "slug", "title", "updated", "urlFragment", "version", "weight",
    )
)  # fmt: skip
"""Keys of the pages of site generators, notes, code samples and papers."""

_SHARE = 4
"""At least one in so many of the mappings at a gallery's top must look like an entry."""


class Recognition(NamedTuple):
    """What a document was taken for, and why, in one sentence, or what tells that."""

    kind: SpecKind | None
    why: str | Callable[[], str]

    @property
    def reason(self) -> str:
        """Why, in one sentence."""
        return self.why if isinstance(self.why, str) else self.why()


def is_pointer(text: str) -> bool:
    """Tell whether ``text`` is what Git LFS leaves in place of a file that was not fetched."""
    return text.startswith("version https://git-lfs.github.com/spec/")


def recognise(document: Document) -> Recognition:
    """Say what kind of spec file ``document`` is."""
    if is_pointer(document.text):
        return Recognition(None, "it is a pointer of Git LFS; git lfs pull fetches the file itself")
    name = document.name.replace("\\", "/").rsplit("/", 1)[-1].lower()
    if document.format == "front-matter" or name.endswith((".md", ".markdown")):
        return _markdown(document, name)
    root = document.root
    if root is None or (root.kind != MAPPING and not document.problems):
        if root is None:
            return _broken(document, name)
        what = "a list" if root.kind == SEQUENCE else "a single value"
        return Recognition(None, f"it holds {what}, and spec files hold a mapping")
    if root.kind != MAPPING:
        return _broken(document, name)
    if name.endswith(CARD_SUFFIXES):
        found = _keys(root) & ENTRY_KEYS
        if found:
            return Recognition("card", f"it is named {name} and has the card's keys {_some(found)}")
    config = _config(root, name) if document.format == "json" else None
    if config is not None and config.kind is not None:
        return config
    if document.damaged and name == "config.json" and "architectures" in root.index:
        return Recognition("config", "it has architectures, and what else it had may be lost")
    entry = _entry_score(root)
    if entry >= 2 and {"name", "architecture"} & _keys(root):
        return Recognition("card", f"it has the card's keys {_some(_keys(root) & ENTRY_KEYS)}")
    gallery = _gallery(root)
    if gallery is not None:
        return gallery
    if config is not None:
        return config
    return Recognition(None, "its keys are neither a card's nor those of gallery entries")


def _keys(node: Node) -> frozenset[str]:
    return frozenset(pair.name for pair in node.pairs) if node.kind == MAPPING else frozenset()


def _some(names: frozenset[str] | set[str]) -> str:
    """Name up to three, in alphabetical order."""
    chosen = sorted(names)[:3]
    return ", ".join(chosen) if len(chosen) < 2 else f"{', '.join(chosen[:-1])} and {chosen[-1]}"


def _config(root: Node, name: str) -> Recognition:
    """Tell a config from the other JSON mappings."""
    keys = root.index.keys()
    other = nested = None
    if not keys.isdisjoint(_NO_CONFIG):
        other = next((what for key, what in _NO_CONFIG.items() if what and key in keys), None)
    if not keys.isdisjoint(NESTED):
        nested = next((key for key in NESTED if _is_text_config(root.get(key))), None)
    dimensions = keys & DIMENSIONS
    named = (
        "model_type" in keys if "_class_name" not in keys else "architectures" in keys
    )  # Wan has a type, too
    if other is not None and not (named and len(dimensions) >= 3):
        return Recognition(None, f"it is {other}")
    stated = root.get("model_type")
    native = stated is not None and stated.scalar not in PARAMS_TYPES
    if "dim" in keys and {"n_layers", "n_heads"} <= keys and len(keys & _PARAMS) >= 4 and not native:
        return Recognition("params", f"it has the keys of Mistral's params.json: {_some(keys & _PARAMS)}")
    if nested is not None:
        return Recognition("config", f"its {nested} describes a language model")
    proof = dimensions or keys & CONFIG_MARKS
    if stated is not None and name != "config.json" and _is_for_another_tool(keys, stated.scalar):
        return Recognition(None, f"its width and depth have no names that the class of {stated.scalar} reads")
    if stated is not None and _is_of_any_network(keys, stated.scalar):
        return Recognition(None, f"{stated.scalar} is no known model, and networks of any kind have its keys")
    if stated is not None and (proof or name == "config.json"):
        return Recognition(
            "config", lambda: f"it has the config's keys {_some({'model_type', *sorted(proof)[:2]})}"
        )
    if "architectures" in keys and dimensions:
        return Recognition("config", f"it has architectures and {_some(dimensions)}")
    core = sum(bool(keys & names) for names in _CORE)
    if core >= 3 and len(dimensions) >= 4:
        return Recognition("config", f"it has a model's dimensions: {_some(dimensions)}")
    return Recognition(None, "it has no model_type with a model's dimensions, as a config has")


def _is_for_another_tool(keys: AbstractSet[str], model_type: Plain) -> bool:
    """Tell whether a file that transformers did not write says depth, and no width, in words the class has not."""
    width, depth = _CORE[:2]
    if keys & CONFIG_MARKS or not keys & depth or "dim" in keys or not isinstance(model_type, str):
        return False
    from archlint.specs.class_defaults import defaults_of

    known = defaults_of(model_type)
    read = known.fields.keys() | known.aliases.keys() | known.groups.keys()
    return known.known and not known.sub and not keys & (width | depth) & read


def _is_of_any_network(keys: AbstractSet[str], model_type: Plain) -> bool:
    """Tell whether a file of another program has four sizes or fewer of a type nobody knows: ``lstm``, ``gat``.

    With less than three of them it must have a good many keys besides: a config is written from nothing, too.
    """
    sizes = keys & DIMENSIONS
    if not isinstance(model_type, str) or keys & CONFIG_MARKS or not sizes <= _ANY_NETWORK:
        return False
    few = len(sizes) < len(_CORE) - 1
    if len(sizes) > len(_CORE) or (few and len(keys) - len(sizes) < _MANY):
        return False
    from archlint.specs.class_defaults import defaults_of, known_types

    return not defaults_of(model_type).known and not (few and nearest(model_type, known_types(), 1))


def _is_text_config(node: Node | None) -> bool:
    if node is None or node.kind != MAPPING:
        return False
    keys = _keys(node)
    if len(keys & DIMENSIONS) >= 3 or ("model_type" in keys and keys & DIMENSIONS):
        return True
    return any(key in keys and _is_text_config(node.get(key)) for key in ("text_config",))


def _entry_score(node: Node) -> int:
    """Return 2 or more for a mapping that looks like a gallery's entry."""
    keys = _keys(node)
    marks = len(keys & ENTRY_MARKS)
    if not marks:
        return 2 if len(keys & ENTRY_KEYS) >= 6 else 0
    return marks if marks >= 2 else 1 + (len(keys & ENTRY_KEYS) >= 2)


def _gallery(root: Node) -> Recognition | None:
    mappings = [pair for pair in root.pairs if pair.value.kind == MAPPING and pair.value.pairs]
    entries = [pair.name for pair in mappings if _entry_score(pair.value) >= 2]
    if not entries or len(entries) * _SHARE < len(mappings):
        return None
    count = "1 entry" if len(entries) == 1 else f"{len(entries)} entries"
    return Recognition("gallery", f"it maps model names to {count} with keys such as {_entry_example(root)}")


def _entry_example(root: Node) -> str:
    for pair in root.pairs:
        found = _keys(pair.value) & ENTRY_MARKS
        if found:
            return _some(found)
    return "scale and license_name"


def _markdown(document: Document, name: str) -> Recognition:
    if not (name in ("readme.md", "readme.markdown") or name.endswith(".readme.md")):
        return Recognition(None, "it is Markdown, and of Markdown only a README.md is a model card")
    keys = _keys(document.root) if document.root is not None else frozenset()
    for what, marks in _OTHER_CARDS.items():
        if len(keys & marks) > 1 or (keys & marks and not keys & _MODELS_ONLY):
            return Recognition(None, f"it is {what}: it has {_some(keys & marks)}")
    pages = {key for key in keys if key.lower() in _PAGES}
    unclosed = any(problem.rule == "front-matter-unclosed" for problem in document.problems)
    rest = keys - _ANYWHERE - _PAGES
    if len(pages) > 1:  # a licence is no proof then
        rest = frozenset(key for key in rest if key.lower() != "license")
    if pages and not unclosed and not any(map(_of_a_card, rest)):
        return Recognition(None, f"it is a page with {_some(pages)}, and no key that only a model card has")
    if keys and not document.problems and not any(_of_a_card(key) for key in keys):
        return Recognition(None, "it is a README whose front matter has no key of a model card")
    if (
        keys & _PAGE_KEYS
        and not document.problems
        and not any(map(_of_a_card, keys - _ANY_PAGES - _PAGE_KEYS))
    ):
        return Recognition(None, f"it is a page of a site: it has {_some(keys & _PAGE_KEYS)}")
    first = document.text.removeprefix("\ufeff").partition("\n")[0]
    if first.rstrip() == "---":
        return Recognition("front-matter", "it is a README whose first line is ---")
    if document.root is not None and document.root.kind == MAPPING:
        found = _some(_keys(document.root) & HUB_KEYS)
        return Recognition("front-matter", f"it is a README with a model card's {found}, below line 1")
    return Recognition(None, "it is a README without front matter")


def _of_a_card(key: str) -> bool:
    """Whether a key of front matter is a model card's, one mistyped, or no key at all (a comment, a sentence).

    ``Tags`` and ``Language`` stand in the front matter of packages and of manuals.
    """
    if key in HUB_KEYS or not re.fullmatch(r"\w[\w.-]*", key):
        return True
    return key.lower() not in _ANYWHERE and nearest(key, HUB_KEYS) is not None


_UNREAD = {
    "file-too-large": "it is too large to be read",
    "binary-file": "it is no text",
    "utf16-file": "it is in UTF-16",
}


def _broken(document: Document, name: str) -> Recognition:
    """Judge a file of which no tree could be made by the keys that its text shows."""
    head = document.text[:100_000]
    if not head.strip():
        unread = next((problem for problem in document.problems if problem.rule in _UNREAD), None)
        if unread is not None:
            return Recognition(None, _UNREAD[unread.rule])
        return Recognition(None, "it is empty")
    if document.format == "json":
        keys = set(re.findall(r'"(\w+)"\s*:', head))
        if ("model_type" in keys or "architectures" in keys or len(keys & DIMENSIONS) >= 3) and (
            keys & DIMENSIONS
        ):
            return Recognition("config", f"its text has the config's keys {_some(keys & DIMENSIONS)}")
        if name.endswith(CARD_SUFFIXES) and keys & ENTRY_KEYS:
            return Recognition("card", f"it is named {name}, and its text has {_some(keys & ENTRY_KEYS)}")
        return Recognition(None, "it could not be read, and its text shows no key of a config")
    top = set(re.findall(r"^([A-Za-z_]\w*):", head, re.MULTILINE))
    inner = set(re.findall(r"^\s+([A-Za-z_]\w*):", head, re.MULTILINE))
    if name.endswith(CARD_SUFFIXES) and top & ENTRY_KEYS:
        return Recognition("card", f"it is named {name}, and its text has {_some(top & ENTRY_KEYS)}")
    if len(inner & ENTRY_MARKS) >= 2:
        return Recognition("gallery", f"its text has the entries' keys {_some(inner & ENTRY_MARKS)}")
    return Recognition(None, "it could not be read as a spec file")
