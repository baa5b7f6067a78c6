"""Facts of a card among the others of its file: names, companies, dates; and of its scores."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from archlint.facts import sibling
from archlint.facts.card import field_place, start_of
from archlint.facts.claims import same_decoder
from archlint.facts.registry import Fact, FactType, Place, Value
from archlint.specs.quantity.interval import Interval

if TYPE_CHECKING:
    from archlint.model import Model
    from archlint.specs.card import Card, Field
    from archlint.specs.quantity import LayerMix, Profile, Scale


# --- names


def _plain(name: str) -> str:
    """Return a name without what is no letter or digit, in lower case: ``gemma4e4b``."""
    return re.sub(r"[\W_]+", "", name.casefold())


def _same_name(model: Model) -> Value | None:
    """The name of an earlier entry that differs in spaces, signs or letter case only."""
    card = model.card
    if card is None or card.kind != "gallery" or not card.name or not _plain(card.name):
        return None
    first = _first_names(tuple(model.siblings)).get(_plain(card.name))
    return None if first is None or first == card.name else Value(first, start_of(model), text=card.name)


@lru_cache(maxsize=1)
def _first_names(models: Sequence[Model]) -> dict[str, str]:
    found: dict[str, str] = {}
    for model in models:
        if model.card is not None and model.card.name:
            found.setdefault(_plain(model.card.name), model.card.name)
    return found


# --- companies


def _owner(card: Card) -> str | None:
    repo = card.repo
    return repo.partition("/")[0].lower() if repo is not None and "/" in repo else None


@lru_cache(maxsize=1)
def _companies(models: Sequence[Model]) -> dict[str, Counter[str]]:
    """Return, for every owner of a repository, how many entries say which company."""
    found: dict[str, Counter[str]] = {}
    for model in models:
        card = model.card
        owner = _owner(card) if card is not None else None
        company = card.company if card is not None else None
        if owner is not None and company is not None:
            found.setdefault(owner, Counter())[company] += 1
    return found


def _usual_company(model: Model) -> Value | None:
    """The company that the owner's other entries name, where this one names another."""
    card = model.card
    field = card.field("company") if card is not None else None
    if card is None or field is None or card.company is None or card.kind != "gallery":
        return None
    owner = _owner(card)
    counts = _companies(tuple(model.siblings)).get(owner or "")
    if counts is None or len(counts) < 2:
        return None
    usual, most = counts.most_common(1)[0]
    if usual == card.company or most < 2 * counts[card.company]:
        return None
    return Value(usual, field_place(field), text=card.company)


def _repo_owner(model: Model) -> Value | None:
    card = model.card
    field = card.field("config.repo") if card is not None else None
    if card is None or field is None or card.repo is None or "/" not in card.repo:
        return None
    return Value(card.repo.partition("/")[0], field_place(field), text=card.repo)


_OWNERS = {
    "Ai2": ("allenai", "ai2 allen ai|allen institute for ai|allenai"),
    "Alibaba": ("qwen", "alibaba|alibaba cloud|qwen|alibaba qwen"),
    "Apple": ("apple", "apple"),
    "Baidu": ("baidu", "baidu"),
    "ByteDance": ("bytedance bytedance-seed", "bytedance|bytedance seed"),
    "Cohere": ("coherelabs cohereforai", "cohere|cohere labs|cohere for ai"),
    "DeepSeek": ("deepseek-ai", "deepseek|deepseek ai|deepseek-ai"),
    "Google": ("google google-deepmind", "google|google deepmind|deepmind"),
    "Hugging Face": ("huggingfacetb huggingface", "hugging face|huggingface"),
    "IBM": ("ibm ibm-granite", "ibm|ibm research"),
    "Liquid AI": ("liquidai", "liquid ai|liquid"),
    "Meta": ("meta-llama meta-models facebook", "meta|meta ai|facebook"),
    "Microsoft": ("microsoft", "microsoft|microsoft research"),
    "MiniMax": ("minimaxai", "minimax|minimax ai"),
    "Mistral AI": ("mistralai", "mistral ai|mistral"),
    "Moonshot AI": ("moonshotai", "moonshot ai|moonshot|kimi"),
    "NVIDIA": ("nvidia", "nvidia"),
    "OpenAI": ("openai openai-community", "openai"),
    "StepFun": ("stepfun-ai", "stepfun"),
    "Tencent": ("tencent", "tencent|tencent hunyuan"),
    "Xiaomi": ("xiaomimimo", "xiaomi"),
    "Z.ai": ("zai-org thudm", "z.ai|zhipu ai|zhipu|zai"),
    "xAI": ("xai-org", "xai"),
}
"""Well-known companies: their owners' names on the Hub, and how the companies are written, in lower case."""


@lru_cache(maxsize=1)
def _known_owners() -> tuple[dict[str, str], dict[str, str]]:
    owners = {owner: name for name, (names, _) in _OWNERS.items() for owner in names.split()}
    companies = {text: name for name, (_, texts) in _OWNERS.items() for text in texts.split("|")}
    return owners, companies | {name.casefold(): name for name in _OWNERS}


def _owning_company(model: Model) -> Value | None:
    """The well-known company whose repository is named, where the card names another well-known company."""
    card = model.card
    field = card.field("company") if card is not None else None
    if card is None or field is None or card.company is None:
        return None
    owners, companies = _known_owners()
    owning, said = owners.get(_owner(card) or ""), companies.get(card.company.strip().casefold())
    if owning is None or said is None or owning == said:
        return None
    return Value(owning, field_place(field), text=card.company)


# --- dates


def _base_date(model: Model) -> Value | None:
    """The date of the entry that this one says it was made from."""
    other = _base_entry(model)
    return None if other is None else other[1]


def _base_entry(model: Model) -> tuple[str, Value] | None:
    card = model.card
    if card is None or not card.base_models:
        return None
    wanted = {name.casefold() for name in card.base_models}
    for other in model.siblings:
        if other is model or other.card is None:
            continue
        names = {(other.card.repo or "").casefold(), (other.card.name or "").casefold()} - {""}
        date, field = other.card.date, other.card.field("date")
        if names & wanted and date is not None and field is not None:
            return other.card.name or "", Value(date.iso, field_place(field), text=field.text)
    return None


def _base_name(model: Model) -> Value | None:
    other = _base_entry(model)
    return None if other is None else Value(other[0], other[1].place)


# --- scores


def _profile(model: Model) -> tuple[Field, Profile] | None:
    card = model.card
    field = card.field("aai_profile") if card is not None else None
    profile = card.profile if card is not None else None
    return None if field is None or profile is None else (field, profile)


def _outside(model: Model) -> Value | None:
    """The first score of the profile that lies outside 0 to 100."""
    found = _profile(model)
    if found is None:
        return None
    field, profile = found
    for (name, score), span in zip(profile.scores, profile.spans, strict=True):
        if score is not None and not 0 <= score.value <= 100:
            return Value(f"{name} {score.text}", field_place(field, span), text=score.text)
    return Value("", field_place(field), text=field.text)


def _highest(model: Model) -> Value | None:
    """The highest score of a profile that states all of at least two."""
    found = _profile(model)
    if found is None:
        return None
    field, profile = found
    scores = [score for _, score in profile.scores if score is not None]
    if len(scores) < 2 or len(scores) < len(profile.scores):
        return None
    return Value(float(max(score.value for score in scores)), field_place(field), text=field.text)


def _stated_scores(model: Model) -> Value | None:
    found = _profile(model)
    if found is None:
        return None
    field, profile = found
    stated = sum(score is not None for _, score in profile.scores)
    return Value(stated, field_place(field), text=field.text)


def _index_stated(model: Model) -> Value | None:
    card = model.card
    field = card.field("aa_intelligence_index") if card is not None else None
    if card is None or field is None or not field.stated or field.unreadable is not None:
        return None
    return Value(card.intelligence_index is not None, field_place(field), text=field.text)


_SWAPPED_BY = 15
"""Scores are taken for swapped when so many points part them, and an earlier entry has them the other way."""


def _swapped(model: Model) -> Value | None:
    """The earlier entry of the series against which two scores of the profile look swapped, and which two."""
    found, card = _profile(model), model.card
    if found is None or card is None or card.name is None:
        return None
    field, profile = found
    for other in model.siblings:
        if other is model:
            return None
        if other.card is None or not _one_series(card, other.card):
            continue
        theirs = other.card.profile
        if theirs is None:
            continue
        names = [name for name, score in profile.scores if score is not None and theirs.get(name) is not None]
        for i, left in enumerate(names):
            for right in names[i + 1 :]:
                mine = _difference(profile, left, right)
                other_way = _difference(theirs, right, left)
                same = all(
                    abs(_score(profile, one) - _score(theirs, two)) <= _SWAPPED_BY / 3
                    for one, two in ((left, right), (right, left))
                )
                if same and abs(mine) >= _SWAPPED_BY and mine * other_way > 0:
                    return Value(
                        f"{left} and {right} of {other.card.name}", field_place(field), text=field.text
                    )
    return None


def _score(profile: Profile, name: str) -> float:
    score = profile.get(name)
    return float(score.value) if score is not None else 0.0


def _difference(profile: Profile, left: str, right: str) -> float:
    return _score(profile, left) - _score(profile, right)


def _one_series(one: Card, other: Card) -> bool:
    """Whether two entries are of one company and of one series, going by the first word of their names."""

    def stem(name: str | None) -> str:
        word = re.search(r"[A-Za-z]+", name or "")
        return word[0].casefold() if word is not None else ""

    return one.company == other.company and bool(stem(one.name)) and stem(one.name) == stem(other.name)


# --- base models


def _base_model_id(model: Model) -> Value | None:
    """The first base model that no Hub id can be (an address, a local path, words, nothing), else the last."""
    card = model.card
    field = card.field("base_model") if card is not None else None
    if card is None or field is None or card.kind != "front-matter":
        return None
    found = None
    for item in field.items() or [field]:
        text = item.text
        if text is not None:
            found = Value(text.strip(), field_place(item), text=text)
            if re.fullmatch(r"\w[\w.-]*(/\w[\w.-]*)?", text.strip(), re.ASCII) is None:
                break
    return found


# --- concepts


def _concept_named_twice(model: Model) -> Value | None:
    card = model.card
    field = card.field("related_concepts") if card is not None else None
    if card is None or field is None:
        return None
    seen: set[str] = set()
    for item in field.items():
        text = item.text
        if text is not None and text in seen:
            return Value(text, field_place(item), text=text)
        seen.add(text or "")
    return Value("", field_place(field))


_CONCEPTS_OF = {
    "mha": "mha", "gqa": "gqa", "mqa": "mqa", "mla": "mla",
}  # fmt: skip
"""Concepts that say how KV heads are shared, and the kind in the attention text that each of them is."""


def _denied_concept(model: Model) -> Value | None:
    """A concept of KV sharing that the attention text, which names another, does not name."""
    card = model.card
    field = card.field("related_concepts") if card is not None else None
    attention = card.attention if card is not None else None
    if card is None or field is None or attention is None:
        return None
    named = attention.kinds & set(_CONCEPTS_OF.values())
    if not named or attention.kinds & {"gated attention", "csa", "hca", "qsa", "sparse"}:
        return None
    for item in field.items():
        kind = _CONCEPTS_OF.get(item.text or "")
        if kind is not None and kind not in named:
            return Value(item.text or "", field_place(item), text=item.text)
    return None


_NEEDS_KINDS = {
    "swa": frozenset(["sliding", "chunked"]),
    "gated_deltanet": frozenset(["deltanet", "kda", "linear"]),
    "kimi_delta_attention": frozenset(["kda"]),
    "lightning_attention": frozenset(["lightning", "linear"]),
    "mamba_2": frozenset(["mamba-2", "mamba"]),
}
"""Concepts of layers, and the kinds of which the attention text or the layer mix should name one."""


def _unnamed_concept(model: Model) -> Value | None:
    """A concept of layers that neither the attention text nor the layer mix names; empty when there is none."""
    card = model.card
    field = card.field("related_concepts") if card is not None else None
    if card is None or field is None or card.attention is None or card.layer_mix is None:
        return None
    named = card.attention.kinds | {kind.name for term in card.layer_mix.terms for kind in term.kinds}
    for item in field.items():
        kinds = _NEEDS_KINDS.get(item.text or "")
        if kinds is not None and not kinds & named:
            return Value(item.text or "", field_place(item), text=item.text)
    return Value("", field_place(field))


# --- order of keys


def _out_of_order(model: Model) -> Value | None:
    """The first key that stands behind one which usually follows it; empty when there is none."""
    card = model.card
    if card is None or not card.is_mapping or card.kind == "front-matter":
        return None
    from archlint.specs.keys import table

    ranks = {key.name: rank for rank, key in enumerate(table(card.kind).keys)}
    highest = -1
    for field in card.fields():
        rank = ranks.get(field.path)
        inherited = card.node is not None and field.key_node.start < card.node.start  # by a merge key
        if rank is None or field.path in _LOOSE or inherited:
            continue
        if rank < highest:
            return Value(
                field.path, Place(card.document, field.key_node.start, field.key_node.end, field.key_node)
            )
        highest = rank
    return Value("", start_of(model))


_LOOSE = frozenset(["hide_article_link", "tech_report", "from_scratch", "architecture"])
"""Keys whose place among the last varies."""


# --- how counts are written


def _first_ungrouped(model: Model) -> tuple[Field, int] | None:
    """Return the first count of at least five digits that is written as bare digits in quotes."""
    card = model.card
    if card is None or card.kind == "front-matter":
        return None
    for path in ("context_tokens", "vocab_size"):
        field = card.field(path)
        if (
            field is not None
            and field.node.kind == "string"
            and re.fullmatch(r"[1-9]\d{4,11}", field.text or "")
        ):
            return field, int(field.text or "0")
    return None


def _ungrouped(model: Model) -> Value | None:
    found = _first_ungrouped(model)
    return None if found is None else Value(found[0].text or "", field_place(found[0]), text=found[0].text)


def _grouped(model: Model) -> Value | None:
    found = _first_ungrouped(model)
    return None if found is None else Value(f"{found[1]:,}", field_place(found[0]))


# --- entries that share a repository


def _differs(subject: sibling.Subject) -> Value | None:
    """The first figure in which two entries of one repository differ; empty when they agree."""
    mine, theirs = subject.model.card, subject.earlier.card
    if mine is None or theirs is None:
        return None
    for path in ("scale", "kv_cache_per_token_bf16", "vocab_size", "decoder_type"):
        field, other = mine.field(path), theirs.field(path)
        if field is None or other is None or not field.text or not other.text or field.text == other.text:
            continue
        if path == "decoder_type" and same_decoder(subject.model, subject.earlier):
            continue
        if path == "decoder_type" or _figures_differ(field, other):
            return Value(path, field_place(field), text=field.text)
    place = start_of(subject.model)
    return Value("", place)


def _layers_differ(subject: sibling.Subject) -> Value | None:
    """Whether two layer mixes of one repository cannot be the same layers, in whatever words."""
    mine, theirs = subject.model.card, subject.earlier.card
    if mine is None or theirs is None:
        return None
    mix, other, field = mine.layer_mix, theirs.layer_mix, mine.field("layer_mix")
    if mix is None or other is None or field is None:
        return None
    return Value(not _may_be_alike(mix, other), field_place(field), text=field.text)


def _may_be_alike(one: LayerMix, other: LayerMix) -> bool:
    if not _layer_counts(one) & _layer_counts(other):
        return False
    if one.sharings and other.sharings and not one.sharings & other.sharings:
        return False
    if any(sum(term.count for term in mix.mixing) != mix.layers or _bare_first(mix) for mix in (one, other)):
        return True  # some layers are counted by their feed-forwards, or what is counted is not said
    by_count = [{term.count: term.mixers for term in mix.mixing} for mix in (one, other)]
    if len(one.mixing) != len(other.mixing) or len(by_count[0]) != len(one.mixing):
        return True  # one says less, or which is which is not said
    first, second = by_count
    return first.keys() == second.keys() and all(
        not first[count] or not second[count] or first[count] & second[count] for count in first
    )


def _layer_counts(mix: LayerMix) -> set[int]:
    """Return what the number of layers may be.

    Feed-forwards that are listed, too, may be halves of other layers, parallel mixers those of one; the 1 of
    ``61+1 MLA`` may be of MTP.
    """
    mixing = sum(term.count for term in mix.mixing)
    counts = mix.readings | {mixing, mixing + sum(term.count for term in mix.aside)}
    if _bare_first(mix):
        counts.add(mix.main[0].count)
    if "parallel" in mix.text.lower():
        counts |= {term.count for term in mix.mixing}
    return counts


def _bare_first(mix: LayerMix) -> bool:
    """Whether a mix is ``61+1 MLA``."""
    return len(mix.main) == 2 and mix.main[0].text.isdecimal()


def _wholes(scale: Scale) -> list[Interval]:
    """Return what the whole of a scale may be, its further parts counted in or not: ``685B incl. 14B MTP``."""
    if scale.total is None:
        return []
    parts = [part.quantity.value for part in scale.extras if part.quantity.unit in ("K", "M", "B", "T")]
    added = [
        Fraction(0),
        sum(parts, Fraction(0)),
        -sum(parts, Fraction(0)),
        *parts,
        *(-part for part in parts),
    ]
    return [
        Interval(whole.low + by, whole.high + by) for whole in scale.total.loose_intervals for by in added
    ]


def _figures_differ(one: Field, other: Field) -> bool:
    from archlint.specs.quantity import Quantity, Scale, Vocabulary

    def first(field: Field) -> Quantity | None:
        figure = field.figure
        if isinstance(figure, Scale):
            return figure.total
        if isinstance(figure, Vocabulary):
            return figure.count
        return figure if isinstance(figure, Quantity) else None

    if isinstance(one.figure, Scale) and isinstance(other.figure, Scale):
        wholes = [_wholes(one.figure), _wholes(other.figure)]
        if any(a.meets(b) for a in wholes[0] for b in wholes[1]):
            return False
    mine, theirs = first(one), first(other)
    if mine is None or theirs is None:
        return False
    return not any(a.meets(b) for a in mine.loose_intervals for b in theirs.loose_intervals)


def _fact(
    name: str, kind: FactType, meaning: str, read: Callable[[Model], Value | None], across: bool = False
) -> Fact:
    return Fact(f"entry.{name}", kind, "", meaning, "model", read, across)


FACTS: tuple[Fact, ...] = (
    _fact(
        "same_name",
        "string",
        "Name of an earlier entry that differs in spaces, signs or case only",
        _same_name,
        across=True,
    ),
    _fact(
        "usual_company",
        "string",
        "Company that other entries name for the repository's owner",
        _usual_company,
        across=True,
    ),
    _fact(
        "owning_company",
        "string",
        "Well-known company that owns the repository, where the card says another",
        _owning_company,
    ),
    _fact("repo_owner", "string", "Owner of the Hub repository that the card names", _repo_owner),
    _fact("base_name", "string", "Entry of the file that this one was made from", _base_name, across=True),
    _fact("base_date", "string", "Date of the entry that this one was made from", _base_date, across=True),
    _fact(
        "score_outside",
        "string",
        "First score of the profile outside 0 to 100; empty when there is none",
        _outside,
    ),
    _fact("highest_score", "double", "Highest score of a profile that states all of them", _highest),
    _fact("stated_scores", "int", "How many scores the profile states", _stated_scores),
    _fact("index_stated", "bool", "Whether the index is a number, not N/A", _index_stated),
    _fact(
        "swapped_scores",
        "string",
        "Two scores that look swapped, going by another entry of the series",
        _swapped,
        across=True,
    ),
    _fact(
        "base_model_id",
        "string",
        "A base model of the front matter: the first that is no id of the Hub, else the last",
        _base_model_id,
    ),
    _fact(
        "concept_named_twice",
        "string",
        "Concept that is listed twice; empty when none is",
        _concept_named_twice,
    ),
    _fact(
        "denied_concept",
        "string",
        "Concept of KV sharing that the attention text does not name",
        _denied_concept,
    ),
    _fact(
        "out_of_order", "string", "First key that stands behind one which usually follows it", _out_of_order
    ),
    _fact("ungrouped", "string", "First count of the card that is written without separators", _ungrouped),
    _fact("grouped", "string", "That count with separators", _grouped),
    _fact(
        "unnamed_concept",
        "string",
        "Concept of layers that neither attention nor layer mix names",
        _unnamed_concept,
    ),
    Fact(
        "entry.layers_differ",
        "bool",
        "",
        "Whether the layer mixes of two entries of one repository cannot be the same layers",
        "sibling",
        _layers_differ,
    ),
    Fact(
        "entry.differs",
        "string",
        "",
        "First figure in which two entries of one repository differ",
        "sibling",
        _differs,
    ),
)
