"""Facts of a card held against itself, where no config is found: decoder, scale, layers and cache."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

from archlint.facts.card import field_place
from archlint.facts.registry import Fact, FactType, Value
from archlint.specs.quantity.kinds import LOCAL_OR_LINEAR

if TYPE_CHECKING:
    from archlint.model import Model
    from archlint.specs.card import Field
    from archlint.specs.quantity import LayerMix

_RECURRENT = frozenset(["linear", "mamba", "recurrent", "conv"])

ELEMENTS = 16
"""Bytes of bf16 that the keys and values of a layer are a multiple of: no head is narrower than four."""


def _experts_told(model: Model) -> Value | None:
    """What the card says of experts beside its decoder_type; empty when it says nothing."""
    from archlint.facts.sizes import name_size

    card = model.card
    field = card.field("decoder_type") if card is not None else None
    if card is None or field is None:
        return None
    said = ""
    scale, mix = card.scale, card.layer_mix
    sized = name_size(card.name) if card.name is not None else None
    if scale is not None and scale.experts is not None:
        said = "the scale counts experts"
    elif scale is not None and scale.total is not None and scale.active is not None:
        used, all_ = scale.active, scale.total
        if used.interval.high < all_.interval.low:
            said = f"{used.text} of {all_.text} are active"
    if not said and mix is not None:
        said = next(
            (f"the layer mix has {term.text}" for term in mix.main if term.feed_forward == "experts"), ""
        )
    if not said and sized is not None and sized.active is not None:
        said = "the name says how many parameters are active"
    return Value(said, field_place(field))


def _mix(model: Model) -> tuple[Field, LayerMix] | None:
    card = model.card
    field = card.field("layer_mix") if card is not None else None
    mix = card.layer_mix if card is not None else None
    return None if field is None or mix is None else (field, mix)


def _mix_says(model: Model) -> Value | None:
    """How the layers mix tokens: ``attention``, ``recurrent`` or ``hybrid``; unknown where a term names no kind.

    Several kinds of attention (windows beside global layers) are ``attentions``.
    """
    found, card = _mix(model), model.card
    if found is None or card is None:
        return None
    said = f"{card.text('decoder_type') or ''} {card.text('attention') or ''} {found[1].text}".lower()
    if "encoder" in said.replace("decoder", "") or "bidirectional" in said or "diffusion" in said:
        return None  # which need not cache
    field, mix = found
    terms = [term.mixers for term in mix.mixing]
    if not terms or not all(terms) or _leaves_open(mix):
        return None
    recurrent = [kinds for kinds in terms if kinds <= _RECURRENT]
    attention = [kinds for kinds in terms if not kinds & _RECURRENT]
    if len(recurrent) == len(terms):
        said = "recurrent"
    elif len(attention) == len(terms):
        said = "attention" if len(terms) == 1 else "attentions"
    else:
        said = "hybrid"
    return Value(said, field_place(field), text=mix.text)


def _leaves_open(mix: LayerMix) -> bool:
    """Whether a mix does not say if some layers are of attention or recurrent: ``36 LA + 12 GA``."""
    return any(term.is_a(LOCAL_OR_LINEAR.name) for term in mix.mixing)


def _whole_share(model: Model) -> Value | None:
    """Whether the KV figure can be that of so many equal layers: each a whole number of elements."""
    found, card = _mix(model), model.card
    written = card.kv_cache_per_token if card is not None else None
    field = card.field("kv_cache_per_token_bf16") if card is not None else None
    if found is None or written is None or field is None or not written.number:
        return None
    mix = found[1]
    attention = [term for term in mix.mixing if term.mixers and not term.mixers <= _RECURRENT]
    if len(attention) != 1 or any(not term.mixers for term in mix.mixing) or mix.restated:
        return None
    term = attention[0]
    if term.mixers & (_RECURRENT | {"compressed"}) and not term.is_a("mla"):
        return None
    if term.is_a("csa") or term.is_a("hca"):
        return None
    layers = term.count * mix.passes
    if not layers:
        return None
    fits = any(
        -(-interval.low // (layers * ELEMENTS)) * layers * ELEMENTS in interval
        for interval in written.intervals
    )
    share = Fraction(written.value) / layers
    return Value(fits, field_place(field, written.span), text=f"{round(share):,}")


def _layers_of_cache(model: Model) -> Value | None:
    found = _mix(model)
    if found is None or _leaves_open(found[1]):
        return None
    layers = [term.count for term in found[1].mixing if term.mixers and not term.mixers <= _RECURRENT]
    return Value(sum(layers) * found[1].passes, field_place(found[0]))


def _fact(name: str, kind: FactType, meaning: str, read: Callable[[Model], Value | None]) -> Fact:
    return Fact(f"claim.{name}", kind, "", meaning, "model", read)


FACTS: tuple[Fact, ...] = (
    _fact("experts_told", "string", "What the card says of experts beside its decoder_type", _experts_told),
    _fact("mix_says", "string", "attention, attentions, recurrent or hybrid, by the layer mix", _mix_says),
    _fact("cache_is_whole", "bool", "Whether each of the equal layers can have its share of the KV figure",
          _whole_share),
    _fact("layers_of_cache", "int", "Layers of the mix that have a cache, all passes", _layers_of_cache),
)  # fmt: skip
