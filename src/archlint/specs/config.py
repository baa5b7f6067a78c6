"""A config as its model class would read it: written keys, their aliases, the class's defaults.

Nothing here raises on what a file says. A size that cannot be read (a string, zero, a negative or an absurd
number) is an ``Unknown``, and the figures that need it are absent; a flag that cannot be read counts as
its default and is listed in ``Config.unreadable``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from archlint.source.document import Document
from archlint.source.tree import MAPPING, SEQUENCE, Node, Pair, Plain
from archlint.specs.class_defaults import (
    NOTHING,
    ClassDefaults,
    are_related,
    base_fields,
    defaults_of,
    is_foreign,
    is_native,
    is_variant,
    joins_another,
    type_of_architecture,
)
from archlint.specs.kind import PARAMS_TYPES
from archlint.specs.size import LARGEST, Origin, Size, Unknown, Unreadable
from archlint.values import NamedTuple

LANGUAGE_KEYS: Final = (
    "text_config",
    "llm_config",
    "language_config",
    "thinker_config",
    "language_model_config",
    "language_model",
    "text_model",
    "llm",
    "text_model_config",
    "llama_config",
    "llm_cfg",
    "lm_config",
    "model_config",
    "decoder",
    "generator",
)
"""Where multimodal configs keep the language model, in the order they are tried."""

_LANGUAGE_KEYS: Final = frozenset(LANGUAGE_KEYS)

_READ_FLAT: Final = frozenset(
    ("dots3_note", "fuyu", "glm5_next", "hunyuan_vl", "paddleocr_vl", "qwen2_vl", "qwen2_5_vl")
)
"""Composite classes that read the language model's keys at the top as well; tried with transformers 5.23."""

_OWN_CODE_FLAT: Final = frozenset(("llava",))
"""Composite types first published with code that read everything at the top: ``LlavaLlamaForCausalLM``."""

MOST_LAYERS: Final = 20_000
"""The greatest layer count that is read; it bounds time and memory."""

LONGEST_LIST: Final = 100_000

LAYERS: Final = ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "num_blocks")
MTP_LAYERS: Final = (
    "num_nextn_predict_layers",
    "num_mtp_layers",
    "mtp_num_layers",
    "mtp_num_hidden_layers",
    "num_mtp_modules",
)
HIDDEN: Final = ("hidden_size", "n_embd", "d_model", "dim", "model_dim", "embedding_size")
HEADS: Final = ("num_attention_heads", "n_head", "n_heads", "num_heads")
KV_HEADS: Final = (
    "num_key_value_heads",
    "n_kv_heads",
    "num_kv_heads",
    "n_head_kv",
    "multi_query_group_num",
    "num_multi_query_heads",
    "num_query_groups",
    "num_attention_groups",
)
"""What classes call one size, the most usual name first."""

_UNUSUAL_SIZES: Final = frozenset((*LAYERS[1:], *HIDDEN[1:], *HEADS[1:], *KV_HEADS[1:]))

_EMPTY: Final = Node("mapping", 0, 0)
_OWN_LAYERS: Final = frozenset(
    ("num_hidden_layers", "hidden_size", "n_layer", "n_layers", "num_layers", "d_model", "n_embd")
)

OLDER_THAN_OWN_CODE: Final = frozenset(
    (
        "albert", "bart", "bert", "bloom", "deberta", "deberta-v2", "distilbert", "electra", "esm", "gemma", "gemma2",
        "gpt2", "gpt_neo", "gpt_neox", "llama", "mistral", "mixtral", "mt5", "opt", "qwen2", "qwen2_moe", "qwen3",
        "qwen3_moe", "roberta", "t5", "xlm-roberta",
    )
)  # fmt: skip
"""Types of transformers that no code was published for before: what comes with a file's weights changes something."""

_MODEL_CLASSES: Final = ("AutoModelForCausalLM", "AutoModel", "AutoModelForMaskedLM")
_MODEL_FILES: Final = ("modeling", "modelling")


class UnreadSize(NamedTuple):
    """A size under a name that the class does not read: the ``default`` of ``field`` holds."""

    pair: Pair
    field: str
    default: Plain

    @property
    def differs(self) -> bool:
        """Whether the class takes another number than the one that is written."""
        return self.pair.value.scalar != self.default


class Config:
    """A mapping of a config, read with the defaults of its class.

    ``text`` is the mapping of the language model, ``root`` the whole; they are one in a flat config.
    ``pointer`` leads from the root to the mapping. ``wrapper`` reads the enclosing mapping (None when flat).
    ``foreign`` says that the class named beside ``model_type`` is of no such model, so that the type is no guide.
    ``partial`` says that a part of the text is lost: a key that is absent may have been written, with any value.
    """

    __slots__ = (
        "_absent",
        "_beside",
        "_members",
        "_named_class",
        "_variant",
        "defaults",
        "foreign",
        "model_type",
        "partial",
        "pointer",
        "root",
        "text",
        "unreadable",
        "wrapper",
    )

    root: Node
    text: Node
    pointer: str
    model_type: str
    wrapper: Config | None
    defaults: ClassDefaults
    foreign: bool
    _beside: Callable[[], dict[str, Plain] | None] | None
    partial: bool
    unreadable: dict[str, str]
    _named_class: str | None
    _variant: str | None

    def __init__(self, node: Node, *, partial: bool = False) -> None:
        """Read ``node``, the root mapping of a config, descending to the language model."""
        self.partial = partial
        model_type = _type_of(node)
        self._set(node, node, "", model_type, None, {})
        for _ in range(4):
            if not self._descend():
                break

    def _set(
        self,
        root: Node,
        text: Node,
        pointer: str,
        model_type: str,
        wrapper: Config | None,
        absent: dict[str, Plain],
    ) -> None:
        self.root, self.text, self.pointer, self.model_type = root, text, pointer, model_type
        self.wrapper, self._absent, self._beside = wrapper, absent, None
        self._named_class = self._variant = None
        self.foreign = _names_another_model(text, root, model_type)
        self.defaults = NOTHING if self.foreign else defaults_of(model_type)
        self._members = text.index
        self.unreadable = wrapper.unreadable if wrapper is not None else {}

    def _descend(self) -> bool:
        """Move into the language model of a multimodal config; return whether there was one."""
        if not self.defaults.sub and _LANGUAGE_KEYS.isdisjoint(self._members):
            return False
        for key in LANGUAGE_KEYS:
            child = self.text.get(key)
            if child is None or child.kind != MAPPING:
                continue
            named = self.defaults.sub.get(key) or self._language_model()
            if not child.pairs and (named is None or not _OWN_LAYERS.isdisjoint(self._members)):
                continue
            if named is None and not any(
                name in _OWN_LAYERS or name in LANGUAGE_KEYS for name in _names(child)
            ):
                continue
            if key in ("decoder", "generator") and not _OWN_LAYERS.isdisjoint(self._members):
                continue
            self._enter(key, child, named)
            return True
        for key in LANGUAGE_KEYS:  # a flat config of a composite class, as its early releases wrote it
            named = self.defaults.sub.get(key)
            if named is not None and key not in ("decoder", "generator"):
                flat = not _OWN_LAYERS.isdisjoint(self._members)
                wrapper = self._copy()
                self._set(self.root, self.text, self.pointer, named[0], wrapper, {} if flat else named[2])
                return True
        return False

    def _language_model(self) -> tuple[str, bool, dict[str, Plain]] | None:
        """Return the class of the language model, whatever key the class keeps it under (language_config)."""
        return next((self.defaults.sub[key] for key in LANGUAGE_KEYS if key in self.defaults.sub), None)

    def _enter(self, key: str, child: Node, named: tuple[str, bool, dict[str, Plain]] | None) -> None:
        model_type = _type_of(child)
        if named is not None and (named[1] or not model_type):
            model_type = named[0]
        elif key == "model_config" and not model_type:
            model_type = self.model_type  # MLC keeps the dimensions apart, and the type beside them
        absent = named[2] if named is not None and key in self.defaults.merged else {}
        self._set(self.root, child, f"{self.pointer}/{_escape(key)}", model_type, self._copy(), absent)

    def _copy(self) -> Config:
        copy = Config.__new__(Config)
        copy.partial = self.partial
        copy._set(self.root, self.text, self.pointer, self.model_type, self.wrapper, self._absent)
        copy.unreadable = self.unreadable
        return copy

    @property
    def beside(self) -> dict[str, Plain] | None:
        """What hf_quant_config.json says of quantisation, where that file stands beside the config."""
        return None if self._beside is None else self._beside()

    def look_beside(self, look: Callable[[], dict[str, Plain] | None]) -> None:
        """Let ``look`` say what stands beside the config, when it is asked for."""
        self._beside = look

    @property
    def wrapper_type(self) -> str:
        """The model_type of the outermost mapping."""
        outer = self
        while outer.wrapper is not None:
            outer = outer.wrapper
        return outer.model_type

    @property
    def keeps_apart(self) -> bool:
        """Whether it is a composite of transformers that reads no key of its language model beside its own."""
        return (
            is_native(self.model_type)
            and not self.foreign
            and self.model_type not in _READ_FLAT
            and self.root.get("auto_map") is None
        )

    @property
    def flat_unheard(self) -> bool:
        """Whether the language model is described at the top, where the composite class reads nothing of it."""
        outer = self.wrapper
        if outer is None or outer.text is not self.text or not outer.keeps_apart:
            return False
        if (
            outer.model_type in _OWN_CODE_FLAT
            and self.named_class
            and not type_of_architecture(self.named_class)
        ):
            return False
        own = (
            (_OWN_LAYERS | self.defaults.fields.keys()) - outer.defaults.fields.keys() - base_fields().keys()
        )
        return not own.isdisjoint(self._members)

    @property
    def named_class(self) -> str:
        """The first class that ``architectures`` names, empty when it names none."""
        if self._named_class is None:
            names = self.words("architectures")
            self._named_class = names[0] if names else ""
        return self._named_class

    @property
    def variant(self) -> str:
        """The class named beside a native model_type when it is somebody's own variant of it, else empty.

        Classes are named in ``architectures`` and, with the file of their code, in ``auto_map``. A file that is not
        named as the library names its own (``modeling_falcon``) holds other code: ``bert_layers.BertModel``.
        """
        if self._variant is None:
            self._variant = self._find_variant()
        return self._variant

    def _find_variant(self) -> str:
        outer = self.wrapper
        if outer is not None:
            if self.text is self.root:
                joined = joins_another(self.named_class, outer.model_type, self.model_type)
                return self.named_class if joined else ""
            # A draft has its own layers at the top, and beside them the mappings of the model that it drafts for.
            apart = self.text is not outer.text and outer.writes_any(_OWN_LAYERS)
            return outer.variant if apart else ""
        own = self.text.get("auto_map")
        nodes = [] if own is None else [own.get(key) for key in _MODEL_CLASSES]
        paths = [node.scalar.rpartition("--")[2] for node in nodes if node and isinstance(node.scalar, str)]
        for name in (self.named_class, *(path.rpartition(".")[2] for path in paths)):
            if is_variant(name, self.model_type):
                return name
        if self.model_type not in OLDER_THAN_OWN_CODE:
            return ""  # a file named otherwise may hold the code that became the class: hunyuan
        return next((path for path in paths if "." in path and not path.startswith(_MODEL_FILES)), "")

    @property
    def unread_sizes(self) -> tuple[UnreadSize, ...]:
        """The sizes that are written under another class's name for them alone."""
        if not self.writes_any(_UNUSUAL_SIZES):
            return ()
        if self.foreign or self.partial or not is_native(self.model_type):
            return ()
        found = []
        for names in (LAYERS, HIDDEN, HEADS, KV_HEADS):
            usual, read = names[0], [name for name in names if self.reads(name)]
            if usual not in read or any(name in self for name in read):
                continue  # what a class does not know by its usual name may be something else there
            default = self.default(usual)
            pairs = (self._members[name] for name in names if name in self._members)
            pair = next((pair for pair in pairs if pair.value.kind == "integer"), None)
            if pair is not None and (default is None or _is_int(default)):
                found.append(UnreadSize(pair, self._field(usual), default))
        return tuple(found)

    @property
    def is_of_other_code(self) -> bool:
        """Whether depth, width and heads, as far as they are written, are so under no name that the class reads."""
        heard = any(name in self and self.reads(name) for name in (*LAYERS, *HIDDEN, *HEADS))
        return not heard and len(self.unread_sizes) > 1

    def reads(self, name: str) -> bool:
        """Whether ``name`` is a key of the class."""
        known = self.defaults
        return name in known.fields or name in known.groups or name in known.read or name in known.sub

    @property
    def mappings(self) -> tuple[Node, ...]:
        """The whole, and the mapping of the language model where it is another."""
        return (self.root,) if self.root is self.text else (self.root, self.text)

    # --- where a value stands

    def written(self, name: str) -> str | None:
        """Return the key under which ``name`` is written (its own or an alias), or None."""
        names = self.defaults.groups.get(name)
        if names is None:
            return name if name in self._members else None
        for key in names:
            if key in self._members:
                return key
        return None

    def node(self, name: str) -> Node | None:
        """Return the written value of ``name`` or of an alias of it."""
        names = self.defaults.groups.get(name)
        if names is None:
            pair = self._members.get(name)
            return None if pair is None else pair.value
        for key in names:
            if key in self._members:
                return self._members[key].value
        return None

    def origin(self, name: str) -> str:
        """Return ``written``, ``alias of KEY``, ``default`` or ``absent``."""
        key = self.written(name)
        if key is not None:
            return "written" if key == name else f"alias of {key}"
        return "absent" if self.default(name) is None else "default"

    def has(self, name: str) -> bool:
        """Whether ``name`` or an alias is written and not null."""
        node = self.node(name)
        return node is not None and node.kind != "null"

    def __contains__(self, name: str) -> bool:
        return self.written(name) is not None

    def writes_any(self, names: Collection[str]) -> bool:
        """Tell whether one of these very keys is written in the language model's mapping."""
        return not self._members.keys().isdisjoint(names)

    @property
    def written_keys(self) -> tuple[str, ...]:
        """The keys that are written in the language model's mapping, in file order."""
        return tuple(self._members)

    # --- values

    def get(self, name: str) -> Plain:
        """Return the value of ``name``: written, under an alias, or the class's default; None when absent."""
        node = self.node(name)
        return node.plain() if node is not None else self.default(name)

    def size(self, *names: str, default: int | None = None) -> Size | None:
        """Return a positive whole number; the first of ``names`` that is written counts.

        None when it is null, or absent without a default; an ``Unknown`` when it cannot be read.
        """
        return self._whole(names, 1, default)

    def count(self, *names: str, default: int | None = None) -> Size | None:
        """Return a whole number that may be zero, else as ``size``."""
        return self._whole(names, 0, default)

    def need(self, *names: str, default: int | None = None) -> Size:
        """Return a positive whole number, an ``Unknown`` when it is absent, null or cannot be read."""
        size = self._whole(names, 1, default)
        if size is None:
            return Unknown(f"{names[0]} is not given", names[0])
        return size

    def layers(self, *names: str) -> Size:
        """Return the layer count; raise ``Unreadable`` when there is none, since nothing can be said then."""
        size = self.need(*(names or ("num_hidden_layers",)))
        if isinstance(size, Unknown):
            raise Unreadable(size.reason)
        if size > MOST_LAYERS:
            raise Unreadable(
                f"{size.key} is {int(size):,}, more than the {MOST_LAYERS:,} layers that are read"
            )
        return size

    def flag(self, name: str, default: bool = False) -> bool:
        """Return a boolean; ``default`` when it is absent without a class default, null or unreadable."""
        node = self.node(name)
        if node is None:
            value = self.default(name)
            return value if isinstance(value, bool) else default
        if node.kind == "boolean":
            return bool(node.scalar)
        if node.kind == "integer" and node.scalar in (0, 1):
            return bool(node.scalar)
        if node.kind != "null":
            self.unreadable[name] = f"{name} is no boolean"
        return default

    def word(self, name: str) -> str | None:
        """Return a string; None when it is absent or something else."""
        value = self._scalar(name)
        return value if isinstance(value, str) else None

    def number(self, name: str) -> float | int | None:
        """Return a number; None when it is absent or something else."""
        value = self._scalar(name)
        return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None

    def sizes(self, name: str, least: int = 0) -> tuple[Size, ...] | None:
        """Return a list of whole numbers of at least ``least``; None when it is no list or absent."""
        node = self.node(name)
        if node is None:
            value = self.default(name)
            if not isinstance(value, list):
                return None
            node = node_of(value)
        if node.kind != SEQUENCE or len(node.items) > LONGEST_LIST:
            return None
        written = self.written(name)
        key = written or name
        origin: Origin = "default" if written is None else "written" if key == name else "alias"
        read = (_read_size(item, key, origin, least) for item in node.items)
        return tuple(Unknown(f"{key} holds null", key) if size is None else size for size in read)

    def each(self, name: str, layers: int) -> tuple[Size, ...] | None:
        """Return one size a layer, from a list of ``layers`` entries or one number; None when absent."""
        listed = self.sizes(name, least=1)
        if listed is None:
            size = self.size(name)
            return None if size is None else (size,) * layers
        if len(listed) != layers:
            wrong = Unknown(f"{name} has {len(listed):,} entries for {layers:,} layers", name)
            return (wrong,) * layers
        return listed

    def words(self, name: str) -> tuple[str, ...] | None:
        """Return a list of strings; None when it is absent, no list, or holds something else."""
        node = self.node(name)
        if node is None:
            value = self.default(name)
            if isinstance(value, list) and all(isinstance(item, str) for item in value):
                return tuple(str(item) for item in value)
            return None
        if node.kind != SEQUENCE or len(node.items) > LONGEST_LIST:
            return None
        words = tuple(item.scalar for item in node.items if isinstance(item.scalar, str))
        return words if len(words) == len(node.items) else None

    def section(self, name: str) -> Config:
        """Return a reader of the mapping ``name``, empty when there is none, with its class's defaults."""
        node = self.node(name)
        present = node is not None and node.kind == MAPPING
        section = Config.__new__(Config)
        section.partial = self.partial
        child = node if present and node is not None else _EMPTY
        named = self.defaults.sub.get(name)
        model_type = _type_of(child)
        if named is not None and (named[1] or not model_type):
            model_type = named[0]
        absent = named[2] if named is not None and (not present or name in self.defaults.merged) else {}
        default = self.default(name)
        if not present and named is None and isinstance(default, dict):
            absent = default
        section._set(self.root, child, f"{self.pointer}/{_escape(name)}", model_type, self._copy(), absent)
        return section

    @property
    def tied(self) -> bool:
        """Whether the head is the input embedding: the outer mapping decides, written or by its class.

        With some classes the inner one's is as good, or the only one that counts, or neither counts
        (``ClassDefaults.tied``).
        """
        key, outer = "tie_word_embeddings", self.wrapper
        if outer is None:
            return self.flag(key)
        if outer.defaults.tied == "never":
            return False
        if outer.defaults.tied in ("inner", "either"):
            apart = self.text is outer.text and outer.keeps_apart  # its mapping is not written at all
            inner = bool(self.default(key)) if apart else self.flag(key)
            if inner or outer.defaults.tied == "inner":
                return inner
        known = outer.default(key)
        if outer.has(key) or (known is True and key in outer):
            return outer.flag(key)  # null is false
        if isinstance(known, bool):
            return known
        return self.flag(key) if outer.wrapper is None else outer.tied

    @property
    def tie_unheard(self) -> bool:
        """Whether the inner mapping asks for a tie, the outer one says nothing and its class does not listen."""
        key, outer = "tie_word_embeddings", self.wrapper
        if outer is None or outer.has(key) or self.tied:
            return False
        return self.has(key) and self.flag(key)

    @property
    def tie_contradicted(self) -> bool:
        """Whether outer and inner mapping say different things, and classes differ in which of them they follow."""
        key, outer = "tie_word_embeddings", self.wrapper
        if outer is None or self.text is outer.text or outer.defaults.tied == "inner":
            return False
        return outer.has(key) and self.has(key) and outer.flag(key) != self.flag(key)

    # --- helpers

    def default(self, name: str) -> Plain:
        """Return the class's default of ``name``; None where it has none."""
        if name in self._absent:
            return self._absent[name]
        return self.defaults.default(name)

    def _field(self, name: str) -> str:
        """Return the name that the class itself has for ``name``."""
        return name if name in self._absent else self.defaults.field_of(name)

    def _scalar(self, name: str) -> Plain:
        node = self.node(name)
        return node.scalar if node is not None else self.default(name)

    def _whole(self, names: tuple[str, ...], least: int, default: int | None) -> Size | None:
        for name in names:
            key = self.written(name)
            if key is not None:
                origin: Origin = "written" if key == name else "alias"
                size = _read_size(self._members[key].value, key, origin, least)
                if size is not None or len(names) == 1:
                    return size
        for name in names:
            value = self.default(name)
            if _is_int(value) and isinstance(value, int) and value >= least:
                return Size(value, self._field(name), "default")
        return None if default is None else Size(default, names[0], "default")


def config_in(document: Document) -> Config | None:
    """Return the config that a document is, without what its damage leaves in doubt; None when it is no mapping."""
    root = document.root
    if root is not None and document.damaged:
        from archlint.source.halves import without_halves

        root = without_halves(document)
    return None if root is None or root.kind != MAPPING else Config(root, partial=bool(document.damaged))


def node_of(value: Plain) -> Node:
    """Return plain Python (as ``json.load`` gives it) as a tree; every range is empty."""
    if isinstance(value, dict):
        pairs = [Pair(Node("string", 0, 0, str(key)), node_of(item), str(key)) for key, item in value.items()]
        return Node("mapping", 0, 0, pairs=pairs)
    if isinstance(value, list):
        return Node("sequence", 0, 0, items=[node_of(item) for item in value])
    if value is None:
        return Node("null", 0, 0)
    if isinstance(value, bool):
        return Node("boolean", 0, 0, value)
    if isinstance(value, int):
        return Node("integer", 0, 0, value)
    return Node("float" if isinstance(value, float) else "string", 0, 0, value)


def _escape(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _read_size(node: Node, key: str, origin: Origin, least: int) -> Size | None:
    value, kind = node.scalar, node.kind
    if kind == "null":
        return None
    if kind != "integer" or not isinstance(value, int):
        return Unknown(f"{key} is no whole number", key)
    if value < least:
        return Unknown(f"{key} is {'negative' if value < 0 else 'zero'}", key)
    if value > LARGEST:
        return Unknown(f"{key} is too large to be a size", key)
    return Size(value, key, origin)


def _is_int(value: Plain) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _names(node: Node) -> list[str]:
    return [pair.name for pair in node.pairs]


def _names_another_model(node: Node, root: Node, model_type: str) -> bool:
    """Tell whether the class that a mapping names first belongs to no model of its ``model_type``.

    The class of the whole file, written into its language model's mapping by whoever saved it, says nothing of that.
    """
    name = _first_class(node)
    return is_foreign(name, model_type) and (node is root or name != _first_class(root))


def _first_class(node: Node) -> str:
    """Return the class that ``architectures`` names first, empty when it names none."""
    classes = node.get("architectures")
    name = classes.items[0].scalar if classes is not None and classes.items else None
    return name if isinstance(name, str) else ""


def _type_of(node: Node) -> str:
    """Return the model_type that a mapping states, or that its ``architectures`` imply."""
    stated = node.get("model_type")
    word = stated.scalar if stated is not None else None
    if node.get("dim") is not None and node.get("n_layers") is not None and node.get("hidden_size") is None:
        if word in (None, *PARAMS_TYPES):
            return "mistral_params"
        known = defaults_of(word) if isinstance(word, str) else NOTHING
        if known.known and "n_layers" not in known.fields and "n_layers" not in known.groups:
            return f"{word}_params"  # not the class of that name, which would take its defaults for the width
    if isinstance(word, str) and node.get("n_embd") is not None and node.get("hidden_size") is None:
        own = f"{word}_gpt2"  # the code first published for a type may have been written on top of GPT-2's config
        if defaults_of(own).known and "n_embd" not in defaults_of(word).groups:
            return own
    meant = type_of_architecture(_first_class(node))
    if not isinstance(word, str):
        return meant or ("mamba_ssm" if node.get("ssm_cfg") is not None else "")
    if meant and not is_native(meant) and is_native(word) and not are_related(word, meant):
        return meant  # a type borrowed from the library, so that a class of the author's own is found by its name
    return word
