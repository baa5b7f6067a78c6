"""Facts of what a card says of decoder, attention and layers: against itself, and what its config implies."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from archlint.facts.card import field_place
from archlint.facts.registry import Data, Fact, FactType, Place, Unit, Value
from archlint.values import NamedTuple

if TYPE_CHECKING:
    from archlint.architecture import Architecture
    from archlint.architecture.part import Part
    from archlint.model import Model
    from archlint.specs.card import Field
    from archlint.specs.quantity import Attention, Ratio


# --- what the card says of decoder and attention


def _decoder(model: Model) -> tuple[Field, str] | None:
    card = model.card
    field = card.field("decoder_type") if card is not None else None
    text = field.text if field is not None else None
    return None if field is None or text is None or not text.strip() else (field, text.lower())


def _says_moe(model: Model) -> Value | None:
    """True for sparse decoders (MoE), False for dense ones; unknown for the others."""
    found = _decoder(model)
    if found is None:
        return None
    field, text = found
    if _says_experts(text):
        return Value(True, field_place(field), text=field.text)
    if re.search(r"\bdense\b", text) or re.search(f"{_NOT}{_SPARSE}", text):
        return Value(False, field_place(field), text=field.text)
    return None


_SPARSE = r"(?:\b(?:(?!non)\w*moes?|mixture[- ]of[- ]experts|experts)\b|\bsparse\b(?![- ]attention))"
_NOT = r"\b(?:non|no|not|without|w/o)[- ](?:an? )?"


def _says_experts(text: str) -> bool:
    """Whether a decoder_type calls the decoder sparse: ``non-MoE`` and ``sparse attention`` do not."""
    return re.search(_SPARSE, re.sub(f"{_NOT}{_SPARSE}", "", text)) is not None


def _says_recurrent(model: Model) -> Value | None:
    found = _decoder(model)
    return (
        None if found is None else Value("recurrent" in found[1], field_place(found[0]), text=found[0].text)
    )


_NAMES_RECURRENCE = r"\b(?:linear|mamba|ssm|state[- ]space|deltanet|lightning)\b"


def _says_hybrid(model: Model) -> Value | None:
    """True where decoder_type says hybrid, or names the recurrence; of ``dense-MoE hybrid`` nothing is known."""
    found = _decoder(model)
    if found is None:
        return None
    field, text = found
    hybrid = "hybrid" in text
    if hybrid and "dense" in text and _says_experts(text):
        return None
    return Value(
        hybrid or re.search(_NAMES_RECURRENCE, text) is not None, field_place(field), text=field.text
    )


def same_decoder(one: Model, other: Model) -> bool:
    """Whether two decoder_types say the same in different words: ``Sparse MoE`` and ``MoE decoder``."""
    mine, theirs = (
        [
            None if value is None else value.data
            for value in (_says_moe(each), _says_hybrid(each), _says_recurrent(each))
        ]
        for each in (one, other)
    )
    texts = (found[1] for each in (one, other) if (found := _decoder(each)) is not None)
    if any(set(re.findall(r"[a-z]+", text)) <= _SAYS_LITTLE for text in texts):
        return True
    moe = {mine[0], theirs[0]}
    known = len(moe) == 1 or (None in moe and mine[1] is True)  # Hybrid says nothing of experts
    return known and moe != {None} and mine[1:] == theirs[1:] and None not in mine[1:]


_SAYS_LITTLE = frozenset(
    ["a", "autoregressive", "causal", "decoder", "language", "lm", "model", "only", "transformer"]
)
"""Words that are true of every decoder: ``Decoder-only Transformer``."""


_RECURRENT = frozenset(["linear", "mamba", "recurrent", "conv"])
_ATTENTION = frozenset(["global", "sliding", "chunked", "sparse", "mla", "compressed", "cross"])


def _derived(model: Model, data: Data) -> Value:
    from archlint.facts.config import default_place
    from archlint.facts.model import structure_verified

    return Value(data, default_place(model), "derived", structure_verified(model))


def _known(model: Model) -> Architecture | None:
    """Return the architecture where its layers are known for certain: of a guess nothing is said."""
    from archlint.facts.model import structure_verified

    architecture = model.architecture
    if architecture is None or not architecture.layers or not architecture.known:
        return None
    return architecture if structure_verified(model) else None


def _mixers(model: Model) -> frozenset[str] | None:
    architecture = _known(model)
    if architecture is None:
        return None
    return frozenset(architecture.mixer_kinds()) - {"none"}


def _has_experts(model: Model) -> Value | None:
    architecture = model.architecture
    has = architecture is not None and "experts" in architecture.feed_forward_kinds()
    if _known(model) is not None:
        return _derived(model, has)
    if not has or not _experts_written(model):
        return None
    known = _derived(model, True)  # that the file counts experts is no guess, though all else may be
    return Value(True, known.place, "derived", verified=False)


def _experts_written(model: Model) -> bool:
    text = model.config.text if model.config is not None else None
    counts = [text.get(key) for key in _EXPERT_KEYS] if text is not None else []
    return any(node is not None and isinstance(node.scalar, int) and node.scalar > 1 for node in counts)


_EXPERT_KEYS = (
    "num_experts",
    "num_local_experts",
    "n_routed_experts",
    "moe_num_experts",
    "num_routed_experts",
)


def _is_hybrid(model: Model) -> Value | None:
    """Whether layers of attention and layers of another kind of mixing both occur."""
    kinds = _mixers(model)
    if kinds is None:
        return None
    return _derived(model, bool(kinds & _RECURRENT) and bool(kinds & _ATTENTION))


def _has_attention(model: Model) -> Value | None:
    kinds = _mixers(model)
    return None if kinds is None else _derived(model, bool(kinds & _ATTENTION))


def _attention(model: Model) -> tuple[Field, Attention] | None:
    card = model.card
    field = card.field("attention") if card is not None else None
    attention = card.attention if card is not None else None
    return None if field is None or attention is None else (field, attention)


def _said_sharing(model: Model) -> Value | None:
    """mha, gqa, mqa or mla, where the attention text (or, without one, the layer mix) names exactly one."""
    found = _attention(model)
    if found is not None:
        field, attention = found
        named = attention.kinds & _SHARINGS
        if len(named) == 1:
            name = next(iter(named))
            return Value(name.upper(), field_place(field, attention.span_of(name)), text=name.upper())
        if named:
            return None
    return _in_mix(model)


_SHARINGS = frozenset(["mha", "gqa", "mqa", "mla"])


def _in_mix(model: Model) -> Value | None:
    """mha, gqa, mqa or mla, where the layer mix names exactly one of them."""
    card = model.card
    field = card.field("layer_mix") if card is not None else None
    mix = card.layer_mix if card is not None else None
    if field is None or mix is None:
        return None
    named = {kind.name for term in mix.terms for kind in term.kinds} & _SHARINGS
    return Value(named.pop().upper(), field_place(field), text=mix.text) if len(named) == 1 else None


def _mix_sharing(model: Model) -> Value | None:
    """The same, where the attention text says it, too."""
    found = _attention(model)
    return _in_mix(model) if found is not None and found[1].kinds & _SHARINGS else None


def _mix_fits_attention(model: Model) -> Value | None:
    """Whether the attention text names what the layer mix names; MQA is GQA with one KV head."""
    found, mix = _attention(model), _mix_sharing(model)
    if found is None or mix is None:
        return None
    named = found[1].kinds & _SHARINGS
    if named & {"gqa", "mqa"}:
        named |= {"gqa", "mqa"}
    attention = found[1]
    first = next(mention for mention in attention.mentions if mention.kind.name in named)
    fits = str(mix.data).lower() in named
    return Value(fits, mix.place, text=attention.text[slice(*first.span)])


def _sharings(model: Model) -> Value | None:
    """Which of mha, gqa, mqa and mla occur among the layers of attention."""
    architecture = _known(model)
    if architecture is None:
        return None
    found: set[str] = set()
    for part, _ in architecture.distinct_mixers():
        if part.kind not in _ATTENTION:
            continue
        names = _sharing_of(part)
        if names is None:
            return None
        found |= names
    if "gqa" in found and model.config is not None and model.config.flag("multi_query_attention"):
        found.add("mqa")  # what the config itself calls a few groups
    return _derived(model, sorted(name.upper() for name in found))


def _sharing_of(part: Part) -> set[str] | None:
    """Return how a part of attention shares its KV heads; two names where both are said of it."""
    if part.kind in ("mla", "compressed"):
        return {"mla"}
    heads, kv_heads = _size(part, "heads"), _size(part, "kv_heads")
    if part.kind == "sparse" and getattr(part, "kv_rank", None) is not None:
        return {"mla"}
    if heads is None or kv_heads is None:
        return None
    return {"mha"} if heads == kv_heads else {"mqa", "gqa"} if kv_heads == 1 else {"gqa"}


def _size(part: object, name: str) -> int | None:
    from archlint.specs.size import Unknown

    inner = getattr(part, "part", part)
    value = getattr(inner, name, None)
    return int(value) if isinstance(value, int) and not isinstance(value, Unknown) else None


def _head_ratio(model: Model) -> Value | None:
    """8 of ``8:1 GQA``: query heads for one KV head; 0 where they cannot be shared evenly."""
    found = _attention(model)
    if found is None:
        return None
    field, attention = found
    ratios = [ratio for ratio in attention.ratios if ratio.of == "heads" and ratio.left.denominator == 1]
    if len(ratios) != 1 or ratios[0].value > 2**31:
        return None
    whole = ratios[0].value.denominator == 1
    if not whole and ratios[0].right < _LEAST_KV_HEADS:
        return None  # 3:2 may be of anything
    return Value(
        int(ratios[0].value) if whole else 0, field_place(field, ratios[0].span), text=ratios[0].text
    )


_LEAST_KV_HEADS = 4
"""So many KV heads or more are heads: the 96:7 of ``96:7 GQA`` is no ratio of layers, and no whole one of heads."""


def _head_ratios(model: Model) -> Value | None:
    """Query heads for one KV head, in every different attention."""
    architecture = _known(model)
    if architecture is None:
        return None
    found: list[int] = []
    for part, _ in architecture.distinct_mixers():
        heads, kv_heads = _size(part, "heads"), _size(part, "kv_heads")
        if part.kind in _ATTENTION and heads and kv_heads and heads % kv_heads == 0:
            found.append(heads // kv_heads)
    return _derived(model, sorted(set(found))) if found else None


# --- the ratio of kinds of layers


def _layer_ratio(model: Model) -> tuple[Field, Ratio] | None:
    """Return the one ratio of layers of the attention text, else of the layer mix: ``36 SWA + 12 global (3:1)``."""
    found = _attention(model)
    ratios = _of_layers(found[1]) if found is not None else []
    if found is not None and ratios:
        return (found[0], ratios[0]) if len(ratios) == 1 else None
    card = model.card
    field = card.field("layer_mix") if card is not None else None
    mix = card.layer_mix if card is not None else None
    if field is None or mix is None:
        return None
    from archlint.specs.quantity import read_attention

    ratios = _of_layers(read_attention(mix.text))
    return (field, ratios[0]) if len(ratios) == 1 else None


def _of_layers(attention: Attention) -> list[Ratio]:
    return [
        ratio
        for ratio in attention.ratios
        if ratio.of == "layers" and 1 in (ratio.left, ratio.right) and ratio.left > 0
    ]


def ratio_fits(ratio: int, many: int, few: int) -> bool:
    """Tell whether ``many`` and ``few`` layers are in the ratio ``ratio``:1.

    A period may be cut short, and the first or the last layer be one of the few out of turn.
    """
    least = (many + few) // (ratio + 1)
    return least <= few <= least + 1 or (few > 0 and abs(many - ratio * few) * 2 <= few)


_SIDES = {
    "sliding": frozenset(["sliding"]),
    "chunked": frozenset(["chunked"]),
    "deltanet": frozenset(["linear"]),
    "kda": frozenset(["linear"]),
    "lightning": frozenset(["linear"]),
    "linear": frozenset(["linear"]),
    "mamba": frozenset(["mamba"]),
    "mamba-2": frozenset(["mamba"]),
}
"""Kinds that may stand on the left of a ratio of layers, and the mixers that they are."""


class _Sides(NamedTuple):
    """What a ratio says: so many layers for one, the mixers of one side, and whether that side has the many."""

    many: int
    mixers: frozenset[str]
    is_many: bool

    def fits(self, named: int, others: int) -> bool:
        """Tell whether ``named`` layers of the mixers and ``others`` of another kind are in the ratio."""
        return ratio_fits(self.many, *((named, others) if self.is_many else (others, named)))


def _sides(ratio: Ratio) -> _Sides | None:
    """Return the sides of ``5:1 sliding/global``, ``1:5 global/sliding`` and ``1:7 attention/Mamba``."""
    left_has_many = ratio.left >= ratio.right
    value = ratio.value if left_has_many else 1 / ratio.value
    for kinds, is_left in ((ratio.left_kinds, True), (ratio.right_kinds, False)):
        known = [kind for kind in kinds if kind in _SIDES]
        if known and value.denominator == 1:
            return _Sides(int(value), _SIDES[known[0]], is_left == left_has_many)
    return None


def _sides_in(model: Model, field: Field, ratio: Ratio) -> _Sides | None:
    """Return the sides of a ratio; those of one that a layer mix states without their names are its terms."""
    mix = model.card.layer_mix if model.card is not None else None
    named = ratio.left_kinds or ratio.right_kinds
    if named or field.path != "layer_mix" or mix is None or ratio.value.denominator != 1:
        return _sides(ratio)
    terms = [term for term in mix.mixing if term.mixers]
    known = [term for term in terms if any(term.mixers <= mixers for mixers in _SIDES.values())]
    if len(terms) != 2 or len(known) != 1:
        return None
    return _Sides(int(ratio.value), known[0].mixers, known[0].count >= max(term.count for term in terms))


def _own_ratio(model: Model) -> Value | None:
    """Whether the stated ratio is that of the card's own layer mix."""
    found, card = _layer_ratio(model), model.card
    mix = card.layer_mix if card is not None else None
    if found is None or mix is None:
        return None
    field, ratio = found
    sides = _sides_in(model, field, ratio)
    terms = [term for term in mix.mixing if term.mixers]
    if sides is None or len(terms) != 2 or mix.passes != 1:
        return None
    named = [term for term in terms if term.mixers & sides.mixers]
    if len(named) != 1:
        return None
    other = next(term for term in terms if term is not named[0])
    fits = sides.fits(named[0].count, other.count)
    return Value(fits, field_place(field, ratio.span), text=ratio.text)


def _true_ratio(model: Model) -> tuple[_Sides, int, int] | None:
    """Return the sides of the stated ratio, and how many layers are of the named kind and of the other."""
    found, architecture = _layer_ratio(model), _known(model)
    sides = _sides_in(model, *found) if found is not None else None
    if sides is None or architecture is None:
        return None
    kinds = architecture.mixer_kinds()
    kinds.pop("none", None)
    if len(kinds) != 2 or sum(kinds.values()) != len(architecture.layers):
        return None
    named = sum(count for kind, count in kinds.items() if kind in sides.mixers)
    return (sides, named, sum(kinds.values()) - named) if named else None


def _config_ratio(model: Model) -> Value | None:
    """Whether the stated ratio is that of the config's layers."""
    found, true = _layer_ratio(model), _true_ratio(model)
    if found is None or true is None:
        return None
    sides, named, others = true
    verified = _derived(model, True).verified
    return Value(
        sides.fits(named, others), field_place(found[0], found[1].span), "derived", verified, found[1].text
    )


def _counts_text(model: Model) -> Value | None:
    true = _true_ratio(model)
    if true is None:
        return None
    sides, many, few = true
    if not sides.is_many:
        many, few = few, many
    from fractions import Fraction

    from archlint.specs.quantity import rounded

    return _derived(
        model, f"{many}:{few}" + (f", which is {rounded(Fraction(many, few), 1)}:1" if few else "")
    )


# --- front matter against the config


def _classes(model: Model) -> Value | None:
    config, document = model.config, model.config_document
    node = config.root.get("architectures") if config is not None else None
    if node is None or document is None or node.kind != "sequence":
        return None
    names = [item.scalar for item in node.items if isinstance(item.scalar, str)]
    return Value(names, Place(document, node.start, node.end, node)) if names else None


def _fact(
    name: str, kind: FactType, meaning: str, read: Callable[[Model], Value | None], unit: Unit = ""
) -> Fact:
    return Fact(f"claim.{name}", kind, unit, meaning, "model", read)


FACTS: tuple[Fact, ...] = (
    _fact("moe", "bool", "Whether decoder_type calls it sparse (true) or dense (false)", _says_moe),
    _fact("hybrid", "bool", "Whether decoder_type calls it hybrid", _says_hybrid),
    _fact("recurrent", "bool", "Whether decoder_type calls it recurrent", _says_recurrent),
    _fact("has_experts", "bool", "Whether the config has layers of routed experts", _has_experts),
    _fact("is_hybrid", "bool", "Whether the config has attention and recurrent layers, too", _is_hybrid),
    _fact("has_attention", "bool", "Whether the config has layers of attention", _has_attention),
    _fact("sharing", "string", "MHA, GQA, MQA or MLA, where the card names exactly one", _said_sharing),
    _fact("sharings", "list<string>", "Which of MHA, GQA, MQA and MLA the config's layers have", _sharings),
    _fact("mix_sharing", "string", "The one of them that the layer mix names beside the attention text",
          _mix_sharing),
    _fact("mix_fits_attention", "bool", "Whether the attention text names the same", _mix_fits_attention),
    _fact("head_ratio", "int", "The 8 of 8:1 GQA", _head_ratio),
    _fact("head_ratios", "list<int>", "Query heads for one KV head in the config's layers", _head_ratios),
    _fact("ratio_fits_mix", "bool", "Whether the stated 5:1 is that of the card's layer mix", _own_ratio),
    _fact("ratio_fits_config", "bool", "Whether the stated 5:1 is that of the config", _config_ratio),
    _fact("config_ratio", "string", "Layers of the two kinds in the config", _counts_text),
    _fact("classes", "list<string>", "Model classes that the card's config names", _classes),
)  # fmt: skip
