"""Cards: one view of a gallery's entry, an architecture card and a README's front matter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, TypeVar

from archlint.source.document import Document
from archlint.source.tree import MAPPING, SEQUENCE, Node, Pair
from archlint.specs.kind import ENTRY_KEYS
from archlint.values import dataclass

if TYPE_CHECKING:
    from archlint.specs.kind import Recognition
    from archlint.specs.quantity import (
        Attention,
        Date,
        LayerMix,
        NotStated,
        OpenMix,
        Profile,
        Quantity,
        Scale,
        Span,
        Tokens,
        Unreadable,
        Vocabulary,
    )

CardKind: TypeAlias = Literal["gallery", "card", "front-matter"]
Figure: TypeAlias = (
    "Attention | Date | LayerMix | NotStated | OpenMix | Profile | Quantity | Scale | Tokens | Unreadable"
    " | Vocabulary"
)

FIGURES: Final = {
    "scale": "read_scale",
    "layer_mix": "read_layer_mix",
    "kv_cache_per_token_bf16": "read_bytes",
    "context_tokens": "read_tokens",
    "vocab_size": "read_vocabulary",
    "date": "read_date",
    "attention": "read_attention",
    "aa_intelligence_index": "read_score",
    "aai_profile": "read_profile",
    "memory_calculator.parameter_count": "read_count",
}
"""The reader of ``archlint.specs.quantity`` for each key whose text is a figure."""

_CACHED = 500  # longer texts are no figures, and not worth keeping

_T = TypeVar("_T")


@lru_cache(maxsize=10_000)
def _read(reader: str, text: str) -> Figure:
    """Read a figure; a gallery in an editor is read again with every key stroke, one figure of it changed."""
    from archlint.specs import quantity

    read: Callable[[str], Figure] = getattr(quantity, reader)
    return read(text)


@dataclass(frozen=True, eq=False)
class Field:
    """One key of a card: where it stands and what it says.

    ``path`` is the key, or keys joined by dots (``config.repo``); ``reader`` turns its text into a figure.
    """

    document: Document
    path: str
    key_node: Node
    node: Node
    reader: str = ""

    @property
    def text(self) -> str | None:
        """The value as text: a string as it is, a number as it is written; None for anything else.

        An integer that is not written in decimal digits alone (``0x20000``, ``!!int "2048"``) is its digits.
        """
        node = self.node
        if node.kind == "string" and isinstance(node.scalar, str):
            return node.scalar
        if node.kind in ("integer", "float"):
            written = self.document.text[node.start : node.end]
            if node.kind == "float":
                return written[1:-1] if written[:1] in ("'", '"') else written
            return written if written[-1:].isdigit() and written.lstrip("+-").isdigit() else str(node.scalar)
        return None

    @property
    def stated(self) -> bool:
        """Whether the value says something: not null, nor a blank text."""
        return self.node.kind != "null" and not (self.text is not None and not self.text.strip())

    @cached_property
    def figure(self) -> Figure | None:
        """What the reader makes of the text; None without a reader or a text."""
        text = self.text
        if not self.reader or text is None:
            return None
        return (_read if len(text) < _CACHED else _read.__wrapped__)(self.reader, text)

    def as_a(self, kind: type[_T]) -> _T | None:
        """Return the figure when it is of that type: not unreadable, and not left open."""
        figure = self.figure
        return figure if isinstance(figure, kind) else None

    @cached_property
    def quantity(self) -> Figure | None:
        """The figure when it could be read and is stated; else None."""
        from archlint.specs.quantity import NotStated, Unreadable

        return None if isinstance(self.figure, (NotStated, Unreadable)) else self.figure

    @property
    def unreadable(self) -> Unreadable | None:
        """Why the figure could not be read, when it could not."""
        from archlint.specs.quantity import Unreadable as _Unreadable

        return self.as_a(_Unreadable)

    def range(self, span: Span | None = None) -> tuple[int, int]:
        """Return the offsets in the document of a span of ``text``; of the whole value without one.

        A text that is not written letter for letter (escapes, folded lines) has only its whole range.
        """
        start, end = self.node.start, self.node.end
        text = self.text
        if span is None or text is None:
            return start, end
        written = self.document.text[start:end]
        for margin in (0, 1):
            if written[margin : len(written) - margin] == text:
                return start + margin + span[0], start + margin + span[1]
        return start, end

    def items(self) -> list[Field]:
        """Return the elements of a list; the value itself where one stands for a list of one."""
        if self.node.kind == SEQUENCE:
            return [
                Field(self.document, f"{self.path}.{index}", self.key_node, item)
                for index, item in enumerate(self.node.items)
            ]
        return [self] if self.stated else []


@dataclass(frozen=True, eq=False)
class Card:
    """What someone wrote about one model.

    ``node`` is whatever stands there, which need not be a mapping (``is_mapping``); None when nothing does.
    ``index`` counts the cards of a file from 0; ``pair`` is the member of the root that an entry of a gallery is.
    """

    kind: CardKind
    document: Document
    name: str | None
    name_node: Node | None
    node: Node | None
    index: int = 0
    pair: Pair | None = None

    @property
    def is_mapping(self) -> bool:
        """Whether the card has keys."""
        return self.node is not None and self.node.kind == MAPPING

    @property
    def range(self) -> tuple[int, int]:
        """Offsets of the card, its name included."""
        nodes = [node for node in (self.name_node, self.node) if node is not None]
        if not nodes:
            return self.document.body
        return min(node.start for node in nodes), max(node.end for node in nodes)

    @cached_property
    def _fields(self) -> dict[str, Field | None]:
        return {}

    def field(self, path: str) -> Field | None:
        """Return the key at ``path`` (``scale``, ``config.repo``); None when it is absent.

        Of a repeated key the last counts, as for every reader of JSON and YAML.
        """
        known = self._fields
        if path not in known:
            known[path] = self._find(path)
        return known[path]

    def _find(self, path: str) -> Field | None:
        pair = None if self.node is None else self.node.pair(path)
        if pair is None:
            node: Node | None = self.node
            for name in path.split("."):
                pair = None if node is None else node.pair(name)
                if pair is None:
                    return None
                node = pair.value
        return None if pair is None else self._as_field(path, pair)

    def _as_field(self, path: str, pair: Pair) -> Field:
        return Field(self.document, path, pair.key, pair.value, FIGURES.get(path, ""))

    def fields(self) -> Iterator[Field]:
        """Iterate over the keys at the top, in file order; a repeated key comes again."""
        if self.node is not None and self.node.kind == MAPPING:
            for pair in self.node.pairs:
                yield self._as_field(pair.name, pair)

    def text(self, path: str) -> str | None:
        """Return the text at ``path``; None when it is absent, blank, or no text."""
        field = self.field(path)
        text = field.text if field is not None else None
        return text if text is not None and text.strip() else None

    def texts(self, path: str) -> list[str]:
        """Return the texts at ``path``: those of a list, or the only one."""
        field = self.field(path)
        found = field.items() if field is not None else []
        return [text for item in found if (text := item.text) is not None and text.strip()]

    def _figure(self, path: str, kind: type[_T]) -> _T | None:
        field = self.field(path)
        return field.as_a(kind) if field is not None else None

    @property
    def scale(self) -> Scale | None:
        """How large the model is said to be."""
        from archlint.specs.quantity import Scale as _Scale

        return self._figure("scale", _Scale)

    @property
    def layer_mix(self) -> LayerMix | None:
        """Which layers it is said to have."""
        from archlint.specs.quantity import LayerMix as _LayerMix

        return self._figure("layer_mix", _LayerMix)

    @property
    def open_mix(self) -> OpenMix | None:
        """Which layers it is said to have, where the text leaves their numbers to the size of the stack."""
        from archlint.specs.quantity import OpenMix as _OpenMix

        return self._figure("layer_mix", _OpenMix)

    @property
    def kv_cache_per_token(self) -> Quantity | None:
        """Bytes of KV cache per token in bf16."""
        from archlint.specs.quantity import Quantity as _Quantity

        return self._figure("kv_cache_per_token_bf16", _Quantity)

    @property
    def context(self) -> Tokens | None:
        """How many tokens it is said to take in."""
        from archlint.specs.quantity import Tokens as _Tokens

        return self._figure("context_tokens", _Tokens)

    @property
    def vocabulary(self) -> Vocabulary | None:
        """How many tokens it is said to know."""
        from archlint.specs.quantity import Vocabulary as _Vocabulary

        return self._figure("vocab_size", _Vocabulary)

    @property
    def date(self) -> Date | None:
        """When it came out."""
        from archlint.specs.quantity import Date as _Date

        return self._figure("date", _Date)

    @property
    def attention(self) -> Attention | None:
        """What is said of its attention."""
        from archlint.specs.quantity import Attention as _Attention

        return self._figure("attention", _Attention)

    @property
    def intelligence_index(self) -> Quantity | None:
        """The Artificial Analysis index, 0 to 100."""
        from archlint.specs.quantity import Quantity as _Quantity

        return self._figure("aa_intelligence_index", _Quantity)

    @property
    def profile(self) -> Profile | None:
        """The scores by subject, 0 to 100."""
        from archlint.specs.quantity import Profile as _Profile

        return self._figure("aai_profile", _Profile)

    @property
    def company(self) -> str | None:
        """Who made the model."""
        return self.text("company")

    @property
    def license_field(self) -> Field | None:
        """The key that names the licence: ``license`` of front matter, ``license_name`` of the others."""
        return self.field("license" if self.kind == "front-matter" else "license_name")

    @property
    def repo(self) -> str | None:
        """The Hub repository that the card links to, ``org/name``."""
        return self.text("config.repo")

    @property
    def config_reference(self) -> Field | None:
        """Where the card names its config, a path or a Hub repository, instead of holding it or linking to it."""
        if self.kind == "front-matter":
            return None
        for key in ("architecture", "config.path", "config"):
            text = self.text(key)
            if text is not None and not text.startswith(("http://", "https://")):
                return self.field(key)
        return None

    @property
    def base_models(self) -> list[str]:
        """The models that it was made from, as its front matter names them."""
        return self.texts("base_model")

    @property
    def concepts(self) -> list[str]:
        """The concepts that it is filed under."""
        return self.texts("related_concepts")

    @property
    def inline_config(self) -> Node | None:
        """The config that stands in the card itself, under ``architecture``."""
        node = None if self.node is None else self.node.get("architecture")
        return node if node is not None and node.kind == MAPPING else None


def is_entry(pair: Pair) -> bool:
    """Whether a member of a gallery's top is meant to be a model's entry.

    ``version: 1``, ``$schema``, ``x-defaults`` and ``.base`` are not.
    """
    name = pair.name
    if name.startswith((".", "$", "x-")):
        return False
    if pair.value.kind == MAPPING and pair.value.pairs:
        return any(inner.name in ENTRY_KEYS for inner in pair.value.pairs)
    setting = name.isidentifier() and name.islower()
    return not setting or pair.value.kind == "null"


def read_cards(document: Document, recognition: Recognition) -> list[Card]:
    """Return the cards of a document, in file order; none when it is a config or no spec file.

    An entry that is no mapping is a card without keys; of two entries with one name both are there.
    """
    root = document.root
    if recognition.kind == "gallery":
        if root is None or root.kind != MAPPING:
            return []
        pairs = [pair for pair in root.pairs if is_entry(pair)]
        return [
            Card("gallery", document, pair.name, pair.key, pair.value, index, pair)
            for index, pair in enumerate(pairs)
        ]
    if recognition.kind == "card":
        pair = None if root is None else root.pair("name")
        named = pair is not None and pair.value.kind == "string"
        name = str(pair.value.scalar) if pair is not None and named else None
        return [Card("card", document, name, pair.value if pair is not None and named else None, root)]
    if recognition.kind == "front-matter":
        return [Card("front-matter", document, None, None, root)]
    return []
