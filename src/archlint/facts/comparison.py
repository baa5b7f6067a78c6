"""Facts that need a card and its config: whether a layer mix fits, which mistake a KV figure fits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from archlint.architecture.attention import Attention
from archlint.facts.card import field_place, figure_place
from archlint.facts.model import kind_counts, repeats_unseen, structure_verified
from archlint.facts.registry import Fact, Value
from archlint.patterns import pattern
from archlint.specs.size import Unknown
from archlint.values import NamedTuple, replace

if TYPE_CHECKING:
    from archlint.architecture.model import Architecture
    from archlint.architecture.part import Part
    from archlint.costs import Costs
    from archlint.model import Model
    from archlint.specs.card import Field
    from archlint.specs.quantity import LayerMix, Quantity, Term


def _layers_agree(model: Model) -> Value | None:
    """Whether the mix has as many layers as the config; sublayers and passes are taken either way."""
    mix, architecture = _mix(model), model.architecture
    field = model.card.field("layer_mix") if model.card is not None else None
    if field is None or architecture is None or not architecture.layers:
        return None
    layers = len(architecture.layers)
    if mix is None:
        total = _stated_by_open_mix(model)
        return (
            None
            if total is None
            else Value(total == layers, field_place(field), "derived", _counted_surely(model))
        )
    sublayers = sum(len(layer.mixers) for layer in architecture.layers)
    several = sublayers > layers and max(len(layer.mixers) for layer in architecture.layers) > 1
    readings = mix.readings | _tail_apart(mix, architecture)
    agree = layers in readings or (several and sublayers in readings) or _halves(mix, architecture)
    agree = agree or _only_mixers(mix, architecture)
    if several and mix.sublayers is not None:  # both are stated, and both are known
        agree = mix.layers == layers and mix.sublayers == sublayers
    return Value(agree, field_place(field), "derived", _counted_surely(model))


def _counted_surely(model: Model) -> bool:
    """Whether the number of the config's layers is no guess."""
    config = model.config
    counted = config is not None and config.written("num_hidden_layers") is not None
    return (structure_verified(model) or counted) and not repeats_unseen(model)


def _stated_by_open_mix(model: Model) -> int | None:
    """Return the 48 of ``48 layers: 75% SWA, 25% full``."""
    open_mix = model.card.open_mix if model.card is not None else None
    return None if open_mix is None else open_mix.stated_total


def _counted(model: Model) -> Value | None:
    """What the mix comes to, as the end of a sentence: ``has 36``, ``has 28, with 56 sublayers``."""
    mix = _mix(model)
    field = model.card.field("layer_mix") if model.card is not None else None
    if field is not None and mix is None and (total := _stated_by_open_mix(model)) is not None:
        return Value(f"has {total:,}", field_place(field))
    if field is None or mix is None:
        return None
    architecture = model.architecture
    layers, terms = mix.layers, mix.main
    forward = sum(term.count for term in terms if term.feed_forward)
    mixing = tuple(term for term in terms if not term.feed_forward)
    beside = ""
    apart = forward and mixing and not any(term.is_rest for term in mixing)
    if apart and architecture is not None and all(layer.mixers for layer in architecture.layers):
        layers, terms = sum(term.count for term in mixing), mixing
        beside = f", with {forward:,} feed-forwards"
    if mix.sublayers is not None and any(not term.is_a("sublayers") for term in terms):
        beside = f", with {mix.sublayers:,} sublayers"
    tail = _tail(architecture)
    if tail and not mix.mtp_layers and architecture is not None and layers == len(architecture.layers) + tail:
        beside = f", which counts the {tail:,} MTP layer{'s' * (tail > 1)}, too"
    passes = f", in {mix.passes:,} passes" if mix.passes > 1 else ""
    text = f"{'has' if len(terms) == 1 else 'adds up to'} {layers:,}{beside}{passes}"
    return Value(text, field_place(field), text=mix.text)


def _tail(architecture: Architecture | None) -> int:
    """Return the number of MTP layers."""
    return len(architecture.mtp.layers) if architecture is not None and architecture.mtp is not None else 0


def _tail_apart(mix: LayerMix, architecture: Architecture) -> set[int]:
    """The 61 of ``61+1 MLA``, where the config has one layer of MTP."""
    bare = len(mix.main) == 2 and mix.main[0].text.isdecimal()
    return {mix.main[0].count} if bare and _tail(architecture) == mix.main[1].count else set()


def _only_mixers(mix: LayerMix, architecture: Architecture) -> bool:
    """Whether the mix leaves out the layers that are nothing but a feed-forward: ``23 Mamba-2 + 6 GQA``."""
    mixing = sum(1 for layer in architecture.layers if layer.mixers)
    named = all(term.mixers for term in mix.main)
    return mix.passes == 1 and named and mixing == mix.layers < len(architecture.layers)


def _halves(mix: LayerMix, architecture: Architecture) -> bool:
    """Whether the halves of each layer are counted apart: ``40 GQA + 40 MoE`` where every layer has both."""
    layers = len(architecture.layers)
    whole = sum(1 for layer in architecture.layers if layer.mixers and layer.feed_forwards)
    forward = sum(term.count for term in mix.main if term.feed_forward)
    mixing = sum(term.count for term in mix.main if not term.feed_forward)
    return mix.passes == 1 and mixing == layers == whole and 0 < forward <= layers


def _kinds_agree(model: Model) -> Value | None:
    """Whether the layers of each kind can be those of the config."""
    mix = _mix(model)
    field = model.card.field("layer_mix") if model.card is not None else None
    kinds = kind_counts(model)
    if mix is None and field is not None and kinds is not None:
        open_agree = _open_kinds_agree(model, kinds)
        return (
            None
            if open_agree is None
            else Value(open_agree, field_place(field), "derived", structure_verified(model))
        )
    if mix is None or field is None or kinds is None or mix.passes != 1 or mix.sublayers is not None:
        return None
    # Compressed attention has a window, and some layers of it nothing but the window.
    terms = _term_kinds([(term.count, term) for term in mix.mixing], kinds)
    without = kinds.get("none", 0)
    if not any(term.is_rest for term in mix.mixing):  # a rest may be of layers without attention
        kinds = {kind: count for kind, count in kinds.items() if kind != "none"}
    if sum(count for count, _ in terms) != sum(kinds.values()):
        # The number of layers is wrong: that is another finding. Or some of them have no attention at all.
        said = bool(terms) and all(term.mixers for term in mix.mixing)
        split = said and without and mix.layers == sum(kinds.values()) + without
        return Value(False, field_place(field), "derived", structure_verified(model)) if split else None
    agree = fits(terms, kinds)
    if not agree and _some_have_windows(mix, kinds):
        return None
    return Value(agree, field_place(field), "derived", structure_verified(model))


def _open_kinds_agree(model: Model, kinds: Mapping[str, int]) -> bool | None:
    """Whether the layers of each kind can be those of ``73% SWA + 27% global`` or ``12 full; rest SWA``."""
    open_mix = model.card.open_mix if model.card is not None else None
    layers = sum(kinds.values())
    if open_mix is None or open_mix.stated_total not in (None, layers):
        return None
    forward = {
        kind.feed_forward for term in (*open_mix.terms, open_mix.left_over) if term for kind in term.kinds
    }
    if "none" in kinds and not any(forward) and not (open_mix.left_over and open_mix.left_over.is_rest):
        return None
    if open_mix.most_ways(layers) > _MOST_WAYS:
        return None
    return any(fits(_term_kinds(counts, kinds), kinds) for counts in open_mix.counts(layers))


def _term_kinds(
    counts: Sequence[tuple[int, Term]], kinds: Mapping[str, int]
) -> list[tuple[int, frozenset[str]]]:
    """Return the layers of each term with the kinds that they may be; those of a rest are none that others name."""
    named = frozenset[str]().union(*(term.mixers for _, term in counts))
    others = frozenset(kinds) - named
    forward = frozenset(["none"])
    return [
        (
            count,
            others
            if term.is_rest
            else term.mixers
            | _also(term.mixers)
            | (forward if term.mixers and any(kind.feed_forward for kind in term.kinds) else frozenset()),
        )
        for count, term in counts
    ]


_MOST_WAYS = 20_000


def _some_have_windows(mix: LayerMix, kinds: Mapping[str, int]) -> bool:
    """Whether ``48 GQA with sliding-window attention`` may be said of a stack of which some layers have a window."""
    if len(mix.mixing) != 1 or len(kinds) < 2 or "sliding" not in kinds:
        return False
    (term,) = mix.mixing
    heads = any(kind.name in ("gqa", "mha", "mqa", "attention") for kind in term.kinds)
    return term.is_a("sliding") and heads and _JOINED.search(term.text) is not None


_JOINED = pattern(r"/|\bwith\b|\b(?:alternating|interleaved|mixed|hybrid)\b")


def _feeds(model: Model) -> tuple[Field, int | None, int | None, Architecture] | None:
    """Return how many dense layers and layers of experts the mix states, each None where it says nothing."""
    mix, architecture = _mix(model), model.architecture
    field = model.card.field("layer_mix") if model.card is not None else None
    if mix is None or field is None or architecture is None or not architecture.known or mix.passes != 1:
        return None
    if not structure_verified(model) or not architecture.layers:
        return None
    experts = [term.count for term in mix.feeds if term.feed_forward == "experts"]
    dense = [term.count for term in mix.feeds if "dense" in term.text.lower() and not term.is_a("moe")]
    if not experts and not dense:
        return None
    return field, sum(dense) if dense else None, sum(experts) if experts else None, architecture


def _feeds_agree(model: Model) -> Value | None:
    """Whether the config has so many dense layers and layers of experts."""
    found = _feeds(model)
    if found is None:
        return None
    field, dense, experts, architecture = found
    true_dense, true_experts = _true_feeds(architecture)
    kinds = architecture.feed_forward_kinds()
    agree = experts in (None, true_experts) and dense in (None, true_dense, kinds.get("dense", 0))
    return Value(agree, field_place(field), "derived")


def _true_feeds(architecture: Architecture) -> tuple[int, int]:
    """Return how many layers have a dense feed-forward and no experts, and how many have experts."""
    kinds = [{part.kind for part in layer.feed_forwards} for layer in architecture.layers]
    return sum("dense" in each and "experts" not in each for each in kinds), sum(
        "experts" in each for each in kinds
    )


def _feeds_text(model: Model) -> Value | None:
    found = _feeds(model)
    if found is None:
        return None
    dense, experts = _true_feeds(found[3])
    layers = "layer" if dense == 1 else "layers"
    return Value(f"{dense} dense {layers} and {experts} with experts", None, "derived")


def _also(mixers: frozenset[str]) -> frozenset[str]:
    return frozenset(("sliding",)) if "compressed" in mixers and "mla" not in mixers else frozenset()


def _mix(model: Model) -> LayerMix | None:
    return model.card.layer_mix if model.card is not None else None


def _mended(model: Model) -> Value | None:
    """The mix with the config's counts: known where every kind of layer fits exactly one term."""
    mix, kinds = _mix(model), kind_counts(model)
    field = model.card.field("layer_mix") if model.card is not None else None
    if mix is None or field is None or not kinds or mix.passes != 1 or mix.sublayers is not None:
        return None
    if mix.restated or mix.stated_total not in (None, sum(kinds.values())):
        return None  # the text says it twice
    counts = dict.fromkeys(range(len(mix.mixing)), 0)
    for kind, number in kinds.items():
        takers = [index for index, term in enumerate(mix.mixing) if kind in term.mixers]
        if len(takers) != 1:
            return None
        counts[takers[0]] += number
    others = [term for term in mix.terms if term not in mix.mixing]
    if not all(term.is_a("mtp") for term in others) or mix.aside or 0 in counts.values():
        return None  # a number of feed-forwards would be left as it is
    if any(term.factor != 1 for term in mix.terms) or _says_more_numbers(mix):
        return None
    text = mix.text
    for index, term in sorted(enumerate(mix.mixing), key=lambda item: -item[1].count_span[0]):
        start, end = term.count_span
        text = f"{text[:start]}{counts[index]}{text[end:]}"
    if text == mix.text:
        return None
    return Value(text, field_place(field), "derived", structure_verified(model))


def _says_more_numbers(mix: LayerMix) -> bool:
    """Whether a ratio, a share or a count said again would belie counts that are changed: ``18/18 MQA``."""
    rest = mix.text
    for term in sorted(mix.terms, key=lambda term: -term.count_span[0]):
        rest = rest[: term.count_span[0]] + rest[term.count_span[1] :]
    numbers = [int(number) for number in _NUMBER.findall(rest)]
    told = {term.written for term in mix.terms}
    return "%" in rest or any(
        number in told or number < _LEAST_WINDOW for number in numbers if number != mix.stated_total
    )


_NUMBER = pattern(r"(?<![\w.,-])[0-9]{1,6}(?![0-9,.])")
_LEAST_WINDOW = 64
"""Smaller numbers beside the counts are of layers, or make a ratio; greater ones are windows."""


def fits(terms: Sequence[tuple[int, frozenset[str]]], kinds: Mapping[str, int]) -> bool:
    """Tell whether the layers of ``kinds`` fill ``terms`` exactly: each a count, and the kinds it may be.

    A term without kinds takes any. By Hall's theorem it suffices that no set of kinds has more layers than
    the terms that take any of them.
    """
    names = list(kinds)
    if sum(count for count, _ in terms) != sum(kinds.values()) or len(names) > 12:
        return False
    for chosen in range(1, 1 << len(names)):
        subset = {name for i, name in enumerate(names) if chosen >> i & 1}
        room = sum(count for count, allowed in terms if not allowed or allowed & subset)
        if sum(kinds[name] for name in subset) > room:
            return False
    return True


class _Layers(NamedTuple):
    """Layers with one attention: how many, their query and KV heads, key and value widths, kind."""

    number: int
    heads: int
    kv_heads: int
    key: int
    value: int
    kind: str


def _kv_decimal_bytes(model: Model) -> Value | None:
    """The bytes that the figure gives with KB as 1000 bytes, where the config implies just those."""
    quantity = model.card.kv_cache_per_token if model.card is not None else None
    field = model.card.field("kv_cache_per_token_bf16") if model.card is not None else None
    if quantity is None or field is None or model.costs is None or len(quantity.multipliers) < 2:
        return None
    for name in ("gallery_bytes_per_token", "bytes_per_token"):
        figure = model.costs.figure(f"kv_cache.{name}")
        if figure.value is None or figure.value >= 2**63 or figure.value in quantity.intervals[1]:
            continue
        if figure.value in quantity.interval:
            return Value(figure.value, figure_place(field, quantity), "derived", figure.verified)
    return None


def _kv_mistake(model: Model) -> Value | None:
    """Say which common mistake the written figure is exactly what comes of; unknown when it fits none."""
    quantity = model.card.kv_cache_per_token if model.card is not None else None
    field = model.card.field("kv_cache_per_token_bf16") if model.card is not None else None
    costs = model.costs
    if quantity is None or field is None or costs is None or model.architecture is None:
        return None
    if _agrees(costs, quantity):
        return None
    right = costs.figure("kv_cache.gallery_bytes_per_token").value
    for value, mistake in (*_by_own_mix(model), *mistakes(model), *_units_mixed_up(right, quantity.unit)):
        if value > 0 and quantity.agrees(value):
            return Value(mistake, field_place(field), "derived")
    return None


def _kv_sibling(model: Model) -> Value | None:
    """The first entry of the same maker whose config implies the written KV figure, where it fits no common mistake."""
    card = model.card
    quantity = card.kv_cache_per_token if card is not None else None
    if card is None or quantity is None or not quantity.number or card.company is None or model.costs is None:
        return None
    if _agrees(model.costs, quantity) or _kv_mistake(model) is not None:
        return None
    for implied, name in _caches_of(tuple(model.siblings)).get(card.company, {}).items():
        if quantity.agrees(implied):
            return Value(name, None, "derived")
    return None


@lru_cache(maxsize=1)
def _caches_of(models: tuple[Model, ...]) -> dict[str, dict[int, str]]:
    """Return for each maker the KV caches that the configs of a file imply, each with its first entry."""
    found: dict[str, dict[int, str]] = {}
    for model in models:
        if model.card is None or model.card.company is None or model.card.name is None or model.costs is None:
            continue
        implied = model.costs.figure("kv_cache.gallery_bytes_per_token").value
        if implied is not None:
            found.setdefault(model.card.company, {}).setdefault(implied, model.card.name)
    return found


def _agrees(costs: Costs, quantity: Quantity) -> bool:
    """Whether a written KV figure is the config's, in either convention."""
    names = ("bytes_per_token", "gallery_bytes_per_token")
    values = (costs.figure(f"kv_cache.{name}").value for name in names)
    return any(value is not None and quantity.agrees(value) for value in values)


def _units_mixed_up(right: int | None, unit: str) -> Iterator[tuple[int, str]]:
    """Yield what comes of bytes divided by powers of ten and written as KiB or MiB."""
    power = {"KiB": 1, "MiB": 2}.get(unit)
    if right is not None and power is not None:
        yield (
            right * 1024**power // 1000**power,
            f"units of {' × '.join(['1000'] * power)} bytes written as {unit}",
        )


def _by_own_mix(model: Model) -> Iterator[tuple[int, str]]:
    """Yield the bytes per token of the layers that the card itself counts, where each kind of them fits one term."""
    mix, architecture = _mix(model), model.architecture
    if mix is None or architecture is None:
        return
    widths: dict[str, set[int]] = {}
    for part, _ in architecture.distinct_mixers():
        if part.group == "attention":
            width = part.gallery_bytes_per_token()
            widths.setdefault(part.kind, set()).update(() if isinstance(width, Unknown) else (width,))
    total, counted = 0, []
    for term in mix.mixing:
        fitting = {width for kind in term.mixers & widths.keys() for width in widths[kind]}
        if len(fitting) > 1 or (not fitting and term.mixers & _CACHING):
            return
        if fitting:
            total += term.count * mix.passes * fitting.pop()
            counted.append(term.text)
    if counted:
        yield total, f"the {' + '.join(counted)} of the layer mix"


_CACHING = frozenset(["global", "sliding", "chunked", "sparse", "compressed", "mla"])


def mistakes(model: Model) -> Iterator[tuple[int, str]]:
    """Yield bytes per token that come of common mistakes, each with the mistake, the likeliest first."""
    costs, architecture = model.costs, model.architecture
    assert costs is not None
    assert architecture is not None
    right = costs.figure("kv_cache.gallery_bytes_per_token").value
    growing = costs.figure("kv_cache.growing_bytes_per_token").value
    mixers = [(part, count) for part, count in architecture.distinct_mixers() if part.group == "attention"]
    latent = [part for part, _ in mixers if part.kind == "mla"]
    if growing is not None and right is not None and growing != right:
        yield growing, "only the layers without a window"
    plain: list[_Layers] = []
    for part, count in mixers:
        numbers = [getattr(part, name, None) for name in ("heads", "kv_heads", "head_dim", "value_width")]
        if part.kind not in ("mla", "compressed", "cross") and getattr(part, "cached", True):
            if any(number is None or isinstance(number, Unknown) for number in numbers):
                return
            heads, kv_heads, key, value = (int(number) for number in numbers if number is not None)
            plain.append(_Layers(count, heads, kv_heads, key, value, part.kind))
    if plain and len(plain) == len(mixers):
        yield from _plain_mistakes(plain, len(architecture.layers))
    if right is None:
        return
    yield from _sharing_ignored(mixers)
    if latent:
        yield right * 2, "the MLA latent counted twice, as if for K and V"
        for part in latent:
            widths = [getattr(part, name, None) for name in ("heads", "nope_dim", "rope_dim", "value_dim")]
            if not any(width is None or isinstance(width, Unknown) for width in widths):
                heads, nope, rope, value = (int(width) for width in widths if width is not None)
                layers = sum(count for each, count in mixers if each.kind == "mla")
                yield layers * heads * (nope + rope + value) * 2, "all heads of K and V kept, as without MLA"
    attention = sum(count for _, count in mixers)
    total = len(architecture.layers)
    if 0 < attention < total and right % attention == 0:
        yield right // attention * total, f"all {total} layers counted, where {attention} have a cache"
    yield right * 2, "4 bytes an element, not 2"
    if not latent:
        yield right // 2, "K or V left out, or 1 byte an element"
    elif right % 2 == 0:
        yield right // 2, "1 byte an element, not 2"
    if attention > 1 and right % attention == 0:
        yield right // attention, "one layer's share"
    if architecture.mtp is not None and attention and right % attention == 0:
        tail = len(architecture.mtp.layers)
        yield right // attention * (attention + tail), "the MTP tail counted, too"
    if attention > 1 and right % attention == 0:
        for layers in (attention + 1, attention - 1):
            yield (
                right // attention * layers,
                f"{layers:,} layers with a cache, where there are {attention:,}",
            )


def _sharing_ignored(mixers: Sequence[tuple[Part, int]]) -> Iterator[tuple[int, str]]:
    """Count the layers that reuse an earlier layer's cache as if they kept one of their own."""
    kept = [(replace(part, cached=True), count) for part, count in mixers if isinstance(part, Attention)]
    if len(kept) < len(mixers) or all(getattr(part, "cached", True) for part, _ in mixers):
        return
    if any(isinstance(part.cache_bytes_per_token(), Unknown) for part, _ in kept):
        return
    about = "layers counted that reuse an earlier layer's cache"
    yield sum(part.gallery_bytes_per_token() * count for part, count in kept), about
    yield sum(part.cache_bytes_per_token() * count for part, count in kept), about
    for kind in dict.fromkeys(part.kind for part, _ in kept):
        each = next(part.cache_bytes_per_token() for part, _ in kept if part.kind == kind)
        yield each * sum(count for _, count in kept), f"{about}, all of them as wide as the {kind} ones"


def _plain_mistakes(plain: Sequence[_Layers], total: int) -> Iterator[tuple[int, str]]:
    def add_up(kv_heads: int | None, widths: str, layers: Sequence[_Layers]) -> int:
        sum_ = 0
        for each in layers:
            width = {"both": each.key + each.value, "key": 2 * each.key, "value": 2 * each.value}[widths]
            sum_ += each.number * (each.kv_heads if kv_heads is None else kv_heads) * width * 2
        return sum_

    keys = sorted({each.key for each in plain})
    differs = any(each.key != each.value for each in plain)
    widths = [("both", "")]
    if differs:
        shown = "/".join(map(str, keys))
        widths.append(("key", f"K and V both at {shown}"))
        widths.append(
            ("value", f"K and V both at {'/'.join(map(str, sorted({each.value for each in plain})))}")
        )
    heads: list[tuple[int | None, str]] = [(None, "")]
    distinct = {each.kv_heads: each.kind for each in plain}
    if len(distinct) > 1:
        heads += [
            (count, f"the {kind} layers' {count} KV heads in every layer") for count, kind in distinct.items()
        ]
    for kv_heads, about_heads in heads:
        for width, about_width in widths:
            about = " and ".join(filter(None, (about_width, about_heads)))
            if about:
                yield add_up(kv_heads, width, plain), about
    if any(each.heads != each.kv_heads for each in plain):
        every = [_Layers(e.number, e.heads, e.heads, e.key, e.value, e.kind) for e in plain]
        yield add_up(None, "both", every), "all query heads counted, not the KV heads"
    if len(plain) == 1 and plain[0].number < total:
        one = plain[0]
        all_ = [_Layers(total, one.heads, one.kv_heads, one.key, one.value, one.kind)]
        yield add_up(None, "both", all_), f"all {total} layers counted, where {one.number} have a cache"


def _kv_gap(model: Model) -> Value | None:
    """Why the KV figure could not be derived; unknown when it could, or when there is no config."""
    if model.costs is None:
        return None
    figure = model.costs.figure("kv_cache.gallery_bytes_per_token")
    return Value(figure.reason, None, "derived") if figure.value is None and figure.reason else None


FACTS = (
    Fact(
        "card.kv_sibling",
        "string",
        "",
        "Entry of the same company whose config implies the written KV figure, where it fits no common mistake",
        "model",
        _kv_sibling,
        across=True,
    ),
    Fact(
        "card.layer_mix.counted",
        "string",
        "",
        "What the mix comes to: has 36, adds up to 48",
        "model",
        _counted,
    ),
    Fact("costs.kv_gap", "string", "", "Why the KV cache could not be derived", "model", _kv_gap),
    Fact(
        "card.layer_mix.layers_agree",
        "bool",
        "",
        "Whether the mix has as many layers as the config",
        "model",
        _layers_agree,
    ),
    Fact(
        "card.layer_mix.kinds_agree",
        "bool",
        "",
        "Whether the mix has as many layers of each kind as the config",
        "model",
        _kinds_agree,
    ),
    Fact(
        "card.layer_mix.feeds_agree",
        "bool",
        "",
        "Whether the config has as many dense layers and layers of experts as the mix",
        "model",
        _feeds_agree,
    ),
    Fact(
        "card.layer_mix.true_feeds",
        "string",
        "",
        "Dense layers and layers of experts of the config",
        "model",
        _feeds_text,
    ),
    Fact("card.layer_mix.mended", "string", "", "The mix with the counts of the config", "model", _mended),
    Fact(
        "card.kv_decimal_bytes",
        "int",
        "bytes per token",
        "KV cache per token by the config, where the written figure is right with KB as 1000 bytes",
        "model",
        _kv_decimal_bytes,
    ),
    Fact(
        "card.kv_mistake",
        "string",
        "",
        "Common mistake that the written KV figure is exactly what comes of",
        "model",
        _kv_mistake,
    ),
)
