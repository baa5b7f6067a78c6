"""Facts of the card: what someone wrote about the model, figures with the precision they are written in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from archlint.facts.registry import Data, Fact, Place, Unit, Value, is_measured
from archlint.patterns import pattern

if TYPE_CHECKING:
    from fractions import Fraction

    from archlint.model import Model
    from archlint.specs.card import Card, Field
    from archlint.specs.quantity import LayerMix, Quantity, Scale, Tokens

_TYPE = pattern(r"\b(?:bf16|fp16|b?float16|16-bit)\b")
_UNIT = pattern(r"\s*[^\W\d_]*\Z")  # of a label, as it is written

_TEXTS: tuple[tuple[str, str, str], ...] = (
    ("company", "company", "Who made the model"),
    ("summary", "summary", "What the model is, in a sentence or two"),
    ("highlight", "highlight", "What is special about it"),
    ("decoder_type", "decoder_type", "Dense, Sparse MoE, Dense hybrid and so on"),
    ("attention", "attention", "What is said of its attention"),
    ("license_name", "license_name", "Name of the licence"),
    ("license_url", "license_url", "Where the licence can be read"),
    ("license", "license", "Licence identifier of front matter"),
    ("repo", "config.repo", "Hub repository that the card links to"),
    ("config_url", "config.url", "Where the config can be read"),
    ("config_label", "config.label", "What the link to the config is called"),
    ("image", "image", "Address of the architecture's drawing"),
    ("aa_url", "aa_url", "Address of the Artificial Analysis page"),
    ("tech_report_url", "tech_report.url", "Address of the technical report"),
    ("pipeline_tag", "pipeline_tag", "Task that the Hub files the model under"),
    ("library_name", "library_name", "Library that loads the model"),
)


def field_place(field: Field, span: tuple[int, int] | None = None) -> Place:
    """Return the place of a key's value, or of a span of its text."""
    from archlint.source.tree import Pair

    start, end = field.range(span)
    if start == end:
        start, end = field.key_node.start, field.key_node.end
    name = field.path.rpartition(".")[2]
    return Place(field.document, start, end, field.node, Pair(field.key_node, field.node, name))


def _field(model: Model, path: str) -> Field | None:
    return model.card.field(path) if model.card is not None else None


def _text(path: str) -> Callable[[Model], Value | None]:
    def read(model: Model) -> Value | None:
        field = _field(model, path)
        text = field.text if field is not None else None
        if field is None or text is None or not text.strip():
            return None
        return Value(text, field_place(field), text=text)

    return read


def _piece(field: Field, data: Data, span: tuple[int, int] | None, text: str | None = None) -> Value:
    return Value(data, field_place(field, span), text=text)


def _quantity(field: Field, quantity: Quantity) -> Value:
    start, end = quantity.span
    whole = field.text or ""
    return Value(quantity, field_place(field, quantity.span), text=whole[start:end] or quantity.text)


def _scale(pick: Callable[[Scale], Quantity | None]) -> Callable[[Model], Value | None]:
    def read(model: Model) -> Value | None:
        field = _field(model, "scale")
        scale = model.card.scale if model.card is not None else None
        quantity = pick(scale) if scale is not None else None
        return None if field is None or quantity is None else _quantity(field, quantity)

    return read


def _share_agrees(model: Model) -> Value | None:
    field, scale = _field(model, "scale"), model.card.scale if model.card is not None else None
    if field is None or scale is None or scale.share_agrees is None or scale.share is None:
        return None
    return _piece(field, scale.share_agrees, scale.share.span)


def _implied_share(model: Model) -> Value | None:
    """The share that the written counts leave open, as text: a number, or the least and the greatest."""
    field, scale = _field(model, "scale"), model.card.scale if model.card is not None else None
    implied = scale.implied_share if scale is not None else None
    if field is None or implied is None or scale is None:
        return None
    return Value(percent_range(implied.low, implied.high), field_place(field), "derived")


def _share_of_counts(model: Model) -> Value | None:
    """The share of the figures as they are written, to one decimal; none of a range."""
    field, scale = _field(model, "scale"), model.card.scale if model.card is not None else None
    if field is None or scale is None or scale.total is None or scale.active is None or not scale.total.value:
        return None
    if scale.total.up_to is not None or scale.active.up_to is not None:
        return None
    return Value(percent(scale.active.value * 100 / scale.total.value), field_place(field), "derived")


def percent(value: Fraction) -> str:
    """Return a share as text, to one decimal: ``5.5%``."""
    tenths = (value * 10 * 2 + 1) // 2
    whole, rest = divmod(tenths, 10)
    return f"{whole}.{rest}%" if rest else f"{whole}%"


def percent_range(low: Fraction, high: Fraction) -> str:
    """Return an interval of shares as text: ``5.4% to 5.6%``, or one of them when both read the same."""
    return percent(low) if percent(low) == percent(high) else f"{percent(low)} to {percent(high)}"


def _mix(pick: Callable[[LayerMix], int | None]) -> Callable[[Model], Value | None]:
    def read(model: Model) -> Value | None:
        field = _field(model, "layer_mix")
        mix = model.card.layer_mix if model.card is not None else None
        number = pick(mix) if mix is not None else None
        if field is None or mix is None or number is None:
            return None
        return Value(number, field_place(field), text=mix.text)

    return read


def _mix_text(model: Model) -> Value | None:
    field, card = _field(model, "layer_mix"), model.card
    mix = None if card is None else card.layer_mix or card.open_mix
    return None if field is None or mix is None else Value(mix.text, field_place(field), text=mix.text)


def _figure(path: str, pick: Callable[[Card], Quantity | None]) -> Callable[[Model], Value | None]:
    def read(model: Model) -> Value | None:
        field = _field(model, path)
        quantity = pick(model.card) if model.card is not None else None
        if field is None or quantity is None:
            return None
        return Value(quantity, field_place(field), text=field.text)

    return read


def figure_place(field: Field, quantity: Quantity) -> Place:
    """Return the place of a figure within a value; of one that is all of the value, that of the value."""
    return field_place(field, None if _is_alone(field, quantity) else quantity.span)


def _is_alone(field: Field, quantity: Quantity) -> bool:
    return (field.text or "").strip() == quantity.text.strip()


def _kv_cache(model: Model) -> Value | None:
    """The KV figure: the whole value where it says nothing else, so that an editor underlines its quotes, too."""
    field = _field(model, "kv_cache_per_token_bf16")
    quantity = model.card.kv_cache_per_token if model.card is not None else None
    if field is None or quantity is None:
        return None
    whole = _is_alone(field, quantity)
    return Value(quantity, field_place(field), text=field.text) if whole else _quantity(field, quantity)


def _kv_remark(model: Model) -> Value | None:
    """Whether further numbers stand beside the KV figure, which a change of it would belie."""
    field = _field(model, "kv_cache_per_token_bf16")
    quantity = model.card.kv_cache_per_token if model.card is not None else None
    if field is None or quantity is None or field.text is None:
        return None
    start, end = quantity.span
    beside = field.text[:start] + field.text[end:]
    numbers = any(character.isdigit() for character in _TYPE.sub("", beside.lower()))
    return Value(numbers, field_place(field), "derived")


def _kv_restated(model: Model) -> Value | None:
    """Whether what says the KV figure again says the same: the 70,272 B of ``68.6 KiB (70,272 B)``."""
    field = _field(model, "kv_cache_per_token_bf16")
    first = model.card.kv_cache_per_token if model.card is not None else None
    if field is None or field.text is None or first is None or _is_alone(field, first):
        return None
    from archlint.specs.quantity import restated_bytes

    again = restated_bytes(field.text)
    for each in again:
        if not any(one.meets(two) for one in first.intervals for two in each.intervals):
            return Value(False, field_place(field, each.span), text=each.text)
    return Value(True, field_place(field), text=again[0].text) if again else None


def _tokens(pick: Callable[[Tokens], Quantity | None]) -> Callable[[Model], Value | None]:
    def read(model: Model) -> Value | None:
        field = _field(model, "context_tokens")
        written = model.card.context if model.card is not None else None
        quantity = pick(written) if written is not None else None
        return None if field is None or quantity is None else _quantity(field, quantity)

    return read


def _context_number(model: Model) -> Value | None:
    value = _tokens(lambda tokens: tokens.length)(model)
    if value is None or not is_measured(value.data):
        return None
    number: Fraction = value.data.value  # type: ignore[attr-defined]
    if number.denominator != 1 or abs(number) >= 2**62:
        return None
    return Value(int(number), value.place, text=value.text)


def _vocabulary(model: Model) -> Value | None:
    field, written = _field(model, "vocab_size"), model.card.vocabulary if model.card is not None else None
    return None if field is None or written is None else _quantity(field, written.count)


def _label(model: Model) -> Value | None:
    field, written = _field(model, "vocab_size"), model.card.vocabulary if model.card is not None else None
    label = written.label if written is not None else None
    return None if field is None or label is None else _quantity(field, label)


def _label_agrees(model: Model) -> Value | None:
    field, written = _field(model, "vocab_size"), model.card.vocabulary if model.card is not None else None
    if field is None or written is None or written.label is None or written.label_agrees is None:
        return None
    return _piece(field, written.label_agrees, written.label.span)


def _label_truncated(model: Model) -> Value | None:
    field, written = _field(model, "vocab_size"), model.card.vocabulary if model.card is not None else None
    if field is None or written is None or written.label is None:
        return None
    return _piece(field, written.label_is_truncated, written.label.span)


def _rounded_label(model: Model) -> Value | None:
    """The label that the written count rounds to, in the unit and with the decimals of the written one."""
    value, label = _vocabulary(model), _label(model)
    written = model.card.vocabulary if model.card is not None else None
    if value is None or label is None or not is_measured(value.data):
        return None
    if written is None or written.label is None:
        return None
    from archlint.specs.quantity import rounded

    count: Fraction = value.data.value  # type: ignore[attr-defined]
    like = written.label
    unit = _UNIT.search(like.text)
    number = rounded(count / like.multipliers[0], like.places)
    if unit is None or not unit[0] or number == "0":
        return Value(f"{rounded(count / 1000, 0)}k", label.place, "derived")
    whole, _, decimals = number.partition(".")
    text = f"{whole}.{decimals.ljust(like.places, '0')}" if like.places else whole
    return Value(f"{text}{unit[0]}", label.place, "derived")


def _date(model: Model) -> Value | None:
    field, date = _field(model, "date"), model.card.date if model.card is not None else None
    return None if field is None or date is None else Value(date.iso, field_place(field), text=field.text)


def _name(model: Model) -> Value | None:
    card = model.card
    if card is None or card.name is None or card.name_node is None:
        return None
    node = card.name_node
    return Value(card.name, Place(card.document, node.start, node.end, node), text=card.name)


def _kind(model: Model) -> Value | None:
    return None if model.card is None else Value(str(model.card.kind), start_of(model), "derived")


def start_of(model: Model) -> Place | None:
    """Return where a finding on the whole card points: its name, else its first key, which stands for all."""
    card = model.card
    if card is None:
        return None
    if card.name_node is not None:
        return Place(card.document, card.name_node.start, card.name_node.end, card.name_node)
    if card.node is not None and card.node.pairs:
        pair = card.node.pairs[0]
        return Place(card.document, pair.key.start, pair.key.end, card.node)
    start, end = card.range
    return Place(card.document, start, min(end, start + 1), card.node)


def _keys(model: Model) -> Value | None:
    card = model.card
    if card is None or not card.is_mapping:
        return None
    return Value([field.path for field in card.fields()], start_of(model))


def _lost_config(model: Model) -> Value | None:
    """A path that no file was found at; what neither begins nor ends as one may be anything."""
    field = None if model.card is None or model.config_document is not None else model.card.config_reference
    if field is None or field.text is None:
        return None
    if not field.text.startswith(("/", "./", "../")) and not field.text.lower().endswith(".json"):
        return None
    return Value(field.text, field_place(field), text=field.text)


def _concepts(model: Model) -> Value | None:
    field = _field(model, "related_concepts")
    if field is None or model.card is None:
        return None
    return Value(model.card.concepts, field_place(field))


def _score(model: Model) -> Value | None:
    field = _field(model, "aa_intelligence_index")
    quantity = model.card.intelligence_index if model.card is not None else None
    if field is None or quantity is None:
        return None
    return Value(float(quantity.value), field_place(field), text=field.text)


def _kv_unit(model: Model) -> Value | None:
    field = _field(model, "kv_cache_per_token_bf16")
    quantity = model.card.kv_cache_per_token if model.card is not None else None
    if field is None or quantity is None or not quantity.unit:
        return None
    return Value(quantity.unit, field_place(field), text=field.text)


def _q(name: str, unit: Unit, meaning: str, read: Callable[[Model], Value | None]) -> Fact:
    return Fact(f"card.{name}", "quantity", unit, meaning, "model", read)


def _i(name: str, unit: Unit, meaning: str, read: Callable[[Model], Value | None]) -> Fact:
    return Fact(f"card.{name}", "int", unit, meaning, "model", read)


FACTS: tuple[Fact, ...] = (
    Fact("card.kind", "string", "", "gallery, card or front-matter", "model", _kind),
    Fact("card.name", "string", "", "Name of the model", "model", _name),
    Fact("card.keys", "list<string>", "", "Keys written in the card", "model", _keys),
    *(Fact(f"card.{name}", "string", "", meaning, "model", _text(path)) for name, path, meaning in _TEXTS),
    Fact("card.date", "string", "", "When the model came out, as YYYY-MM-DD", "model", _date),
    Fact(
        "card.lost_config",
        "string",
        "",
        "Path of the card's config, where no file is found at it",
        "model",
        _lost_config,
    ),
    Fact("card.concepts", "list<string>", "", "Concepts that the card is filed under", "model", _concepts),
    Fact("card.intelligence_index", "double", "", "Artificial Analysis index, 0 to 100", "model", _score),
    _q("scale.total", "parameters", "Parameters in all, as written", _scale(lambda s: s.total)),
    _q(
        "scale.active", "parameters", "Parameters that one token uses, as written", _scale(lambda s: s.active)
    ),
    _q(
        "scale.active_percent",
        "percent",
        "Share of the parameters that one token uses, as written",
        _scale(lambda s: s.share),
    ),
    _q(
        "scale.effective",
        "parameters",
        "Parameters without per-layer embeddings, as written",
        _scale(lambda s: s.effective),
    ),
    _q(
        "scale.non_embedding",
        "parameters",
        "Parameters without embeddings, as written",
        _scale(lambda s: s.non_embedding),
    ),
    Fact(
        "card.scale.share_agrees",
        "bool",
        "",
        "Whether the written share can be that of the written counts",
        "model",
        _share_agrees,
    ),
    Fact(
        "card.scale.implied_percent",
        "string",
        "",
        "Share that the written counts leave open",
        "model",
        _implied_share,
    ),
    Fact(
        "card.scale.computed_percent",
        "string",
        "",
        "Share of the counts as written, to one decimal",
        "model",
        _share_of_counts,
    ),
    Fact("card.layer_mix", "string", "", "Which layers the model is said to have", "model", _mix_text),
    _i(
        "layer_mix.layers",
        "layers",
        "Layers in the written mix, MTP tail left out",
        _mix(lambda mix: mix.layers),
    ),
    _i(
        "layer_mix.sublayers",
        "layers",
        "Sublayers, where some are written beside the layers",
        _mix(lambda mix: mix.sublayers),
    ),
    _i(
        "layer_mix.mtp_layers",
        "layers",
        "Layers of the MTP tail in the written mix",
        _mix(lambda mix: mix.mtp_layers),
    ),
    _i("layer_mix.passes", "", "How often the stack is run through", _mix(lambda mix: mix.passes)),
    _i(
        "layer_mix.stated_total",
        "layers",
        "The sum that the mix itself states",
        _mix(lambda mix: mix.stated_total),
    ),
    Fact(
        "card.layer_mix.total_agrees",
        "bool",
        "",
        "Whether the parts of the mix add up to the sum that it states",
        "model",
        _mix(lambda mix: mix.total_agrees),
    ),
    _q(
        "kv_cache_per_token",
        "bytes per token",
        "KV cache per token in bf16, as written",
        _kv_cache,
    ),
    Fact(
        "card.kv_remark_has_figures",
        "bool",
        "",
        "Whether further numbers stand beside the KV figure",
        "model",
        _kv_remark,
    ),
    Fact(
        "card.kv_restated_agrees",
        "bool",
        "",
        "Whether the KV figure, where it is said again in another unit or beside its type, is the same",
        "model",
        _kv_restated,
    ),
    _q("context_tokens", "tokens", "Context length, as written", _tokens(lambda tokens: tokens.length)),
    _i("context_number", "tokens", "Context length as a whole number", _context_number),
    _q("vocab_size", "tokens", "Vocabulary, as written", _vocabulary),
    _q("vocab_label", "tokens", "Rounded vocabulary beside the count: ~262k", _label),
    Fact("card.kv_unit", "string", "", "Unit of the written KV cache per token", "model", _kv_unit),
    Fact(
        "card.vocab_label_agrees", "bool", "", "Whether the count rounds to its label", "model", _label_agrees
    ),
    Fact(
        "card.vocab_label_truncated",
        "bool",
        "",
        "Whether the count was cut off to its label",
        "model",
        _label_truncated,
    ),
    Fact(
        "card.vocab_rounded",
        "string",
        "",
        "The label that the written count rounds to",
        "model",
        _rounded_label,
    ),
)
