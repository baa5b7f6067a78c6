"""Facts of a card's licence: what is written, what is meant by it, and whether the rest of the card fits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from archlint.facts.card import field_place, start_of
from archlint.facts.registry import Data, Fact, FactType, Value

if TYPE_CHECKING:
    from archlint.licences import Licence
    from archlint.model import Model
    from archlint.specs.card import Card, Field

_MISSPELT = (
    "licence",
    "licenses",
    "licences",
    "liscence",
    "lisence",
    "licens",
    "licence_name",
    "licenseName",
)
"""Keys that were probably meant to name a licence: what is wrong with them is another finding."""


def _name_key(card: Card) -> str:
    return "license" if card.kind == "front-matter" else "license_name"


def _field(model: Model) -> Field | None:
    card = model.card
    return card.field(_name_key(card)) if card is not None else None


def _link_field(model: Model) -> Field | None:
    card = model.card
    return (
        card.field("license_link" if card.kind == "front-matter" else "license_url")
        if card is not None
        else None
    )


def _stated(field: Field | None) -> str | None:
    text = field.text if field is not None else None
    return text.strip() if text is not None and text.strip() else None


def _at(field: Field | None, data: Data | None) -> Value | None:
    return None if field is None or data is None else Value(data, field_place(field), text=field.text)


def named_field(card: Card) -> Field | None:
    """Return the key that really names the licence: ``license_name`` where ``license`` says ``other``."""
    field = card.field(_name_key(card))
    if card.kind == "front-matter" and (_stated(field) or "").lower() == "other":
        own = card.field("license_name")
        return own if _stated(own) is not None else field
    return field


def licences_of(card: Card) -> tuple[Licence, ...]:
    """Return the licences that a card names; empty when one of them is not known."""
    from archlint.licences import parts

    text = _stated(named_field(card))
    return parts(text) if text is not None else ()


def _named(model: Model) -> Field | None:
    return named_field(model.card) if model.card is not None else None


def _parts(model: Model) -> tuple[Licence, ...]:
    return licences_of(model.card) if model.card is not None else ()


def _licence(model: Model) -> Licence | None:
    """Return the licence that the card names, when it names one only and it is known."""
    found = _parts(model)
    return found[0] if len(found) == 1 else None


def _written(model: Model) -> Value | None:
    field = _field(model)
    return _at(field, _stated(field))


def _missing(model: Model) -> Value | None:
    card = model.card
    if card is None or (not card.is_mapping and card.kind != "front-matter"):
        return None
    if card.node is None or not card.node.pairs or card.document.damaged:
        return None
    if any(problem.rule == "front-matter-unclosed" for problem in card.document.problems):
        return None  # what was read may not be all
    place = start_of(model)
    field = _field(model)
    if card.kind == "gallery" and (field is None or field.node.kind == "null"):
        return None  # a key that every entry needs: the schema's finding
    if field is not None:
        empty = field.node.kind == "null" or (field.text is not None and not field.text.strip())
        return Value(empty, field_place(field))
    names = [pair.name for pair in card.node.pairs]
    from archlint.specs.near import nearest

    slip = any(name in _MISSPELT or nearest(name, (_name_key(card),)) is not None for name in names)
    if card.kind == "front-matter" and _stated(card.field("license_name")) is not None:
        slip = True
    return Value(not slip, place)


def _listed(model: Model) -> Value | None:
    field = _field(model)
    return None if field is None else Value(field.node.kind == "sequence", field_place(field))


def _recognised(model: Model) -> Value | None:
    """Whether every licence that the text names is known."""
    field = _named(model)
    text = _stated(field)
    if text is None:
        return None
    from archlint.licences import identify, parts

    return _at(field, bool(identify(text) or parts(text)))


def _suggestion(model: Model) -> Value | None:
    """The licence that a misspelt name probably means."""
    field = _named(model)
    text = _stated(field)
    if text is None or _parts(model):
        return None
    from archlint.licences import suggest

    front = model.card is not None and model.card.kind == "front-matter"
    found = suggest(text, identifier=front)
    if found is None or found.kind == "unknown":
        return None
    if front and not found.on_hub:
        return None
    return _at(field, found.id if front else found.name)


def _hub_id(model: Model) -> Value | None:
    """The Hub's identifier of the licence that front matter names in other words."""
    card, field = model.card, _field(model)
    text = _stated(field)
    if card is None or card.kind != "front-matter" or text is None:
        return None
    from archlint.licences import identify

    found = identify(text)
    return _at(field, found.id) if found is not None and found.on_hub else None


def _is_hub_id(model: Model) -> Value | None:
    card, field = model.card, _field(model)
    text = _stated(field)
    if card is None or card.kind != "front-matter" or text is None:
        return None
    from archlint.licences import by_id

    found = by_id(text)
    return _at(field, found is not None and found.on_hub)


def _of(read: Callable[[Licence], Data]) -> Callable[[Model], Value | None]:
    def fact(model: Model) -> Value | None:
        licence = _licence(model)
        return None if licence is None else _at(_named(model), read(licence))

    return fact


def _other_name(model: Model) -> Value | None:
    card = model.card
    field = card.field("license_name") if card is not None else None
    return _at(field, _stated(field)) if card is not None and card.kind == "front-matter" else None


def _other_slug(model: Model) -> Value | None:
    """``license_name`` as an identifier-like word."""
    value = _other_name(model)
    if value is None:
        return None
    import re

    words = re.findall(r"[a-z0-9.]+", str(value.data).lower())
    return Value("-".join(word.strip(".") for word in words if word.strip(".")), value.place, "derived")


def _needs(key: str) -> Callable[[Model], Value | None]:
    """Whether ``license: other`` stands without ``key``."""

    def fact(model: Model) -> Value | None:
        card, field = model.card, _field(model)
        if card is None or card.kind != "front-matter" or (_stated(field) or "").lower() != "other":
            return None
        beside = card.field(key)
        return _at(field, beside is None or not beside.stated)

    return fact


def _link(model: Model) -> Value | None:
    field = _link_field(model)
    return _at(field, _stated(field))


def _link_licence(model: Model) -> Licence | None:
    text = _stated(_link_field(model))
    if text is None:
        return None
    from archlint.licences import by_url

    return by_url(text)


def _link_name(model: Model) -> Value | None:
    found = _link_licence(model)
    return None if found is None else _at(_link_field(model), found.name)


def _link_fits(model: Model) -> Value | None:
    """Whether the licence that the address itself identifies is (one of) the named."""
    from archlint.licences import compatible

    linked, named = _link_licence(model), _parts(model)
    if linked is None or not named:
        return None
    return _at(_link_field(model), any(compatible(linked, one) for one in named))


def _link_repo(model: Model) -> Value | None:
    from archlint.specs.link import read_link

    field = _link_field(model)
    text = _stated(field)
    link = read_link(text) if text is not None else None
    return _at(field, link.repo) if link is not None and link.on_hub else None


def _link_repo_is_own(model: Model) -> Value | None:
    """Whether the licence is linked in the card's own repository, or its base model's."""
    linked = _link_repo(model)
    card = model.card
    if linked is None or card is None or card.repo is None:
        return None
    own = {card.repo.lower(), *(base.lower() for base in card.base_models)}
    return Value(str(linked.data).lower() in own, linked.place, text=linked.text)


def _publisher_licence(model: Model) -> Licence | None:
    """Return the licence that the repository which the card points at was published under, if known."""
    from archlint.licences import of_model

    card = model.card
    if card is None or card.kind == "front-matter":
        return None
    linked = _link_repo(model)
    repo = card.repo or (str(linked.data) if linked is not None else None)
    return of_model(repo) if repo else None


def _published_under(model: Model) -> Value | None:
    found = _publisher_licence(model)
    return None if found is None else _at(_field(model), found.name)


def _fits_publisher(model: Model) -> Value | None:
    from archlint.licences import compatible

    known, named = _publisher_licence(model), _parts(model)
    if known is None or not named:
        return None
    return _at(_field(model), any(compatible(known, one) for one in named))


def _base(model: Model) -> tuple[str, Licence] | None:
    """Return the base model whose terms go with it, and those terms. An adapter holds nothing of the base."""
    from archlint.licences import of_model

    card = model.card
    if card is None or card.kind != "front-matter":
        return None
    relation = (card.text("base_model_relation") or "").lower()
    if relation == "adapter" or (card.text("library_name") or "").lower() == "peft":
        return None
    if "lora" in {tag.lower() for tag in card.texts("tags")}:
        return None
    for repo in card.base_models:
        found = of_model(repo)
        if found is not None and found.flows_down:
            return repo, found
    return None


def _base_model(model: Model) -> Value | None:
    base = _base(model)
    card = model.card
    field = card.field("base_model") if card is not None else None
    return None if base is None or field is None else Value(base[0], field_place(field), text=base[0])


def _base_licence(model: Model) -> Value | None:
    base = _base(model)
    return None if base is None else _at(_field(model), base[1].name)


def _fits_base(model: Model) -> Value | None:
    from archlint.licences import compatible

    base, named = _base(model), _parts(model)
    if base is None or not named:
        return None
    return _at(_field(model), any(compatible(base[1], one) or one.kind != "open" for one in named))


def _usual_spelling(model: Model) -> Value | None:
    """How the same licence is spelt most often in the file, when it is spelt otherwise here."""
    field, licence = _field(model), _licence(model)
    text = _stated(field)
    if model.card is None or model.card.kind != "gallery" or licence is None or text is None:
        return None
    counts = _spellings(tuple(model.siblings)).get((licence.id, _details(text)))
    if counts is None or len(counts) < 2:
        return None
    usual = max(counts, key=lambda spelling: counts[spelling])
    return _at(field, usual) if usual != text else None


@lru_cache(maxsize=1)
def _spellings(models: Sequence[Model]) -> dict[tuple[str, str], Counter[str]]:
    """Return, for each licence that a file names, how often it is spelt in which way."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for model in models:
        licence, text = _licence(model), _stated(_field(model))
        if licence is not None and text is not None:
            found.setdefault((licence.id, _details(text)), Counter())[text] += 1
    return found


def _details(text: str) -> str:
    """Return what one spelling says and another may not: a version, a remark, a second document."""
    return "".join(sorted(character for character in text if character.isdigit() or character in "+(&"))


def _open_source_claim(model: Model) -> Value | None:
    """Where the card's own words call the model open source: in its summary or its highlight."""
    import re

    card = model.card
    if card is None:
        return None
    for path in ("summary", "highlight"):
        field = card.field(path)
        text = field.text if field is not None else None
        found = re.search(r"\bopen[- ]source(?:d|s)?\b", text, re.IGNORECASE) if text is not None else None
        if field is not None and found is not None:
            return Value(found[0], field_place(field, found.span()), text=found[0])
    return None


def _fact(
    name: str, kind: FactType, meaning: str, read: Callable[[Model], Value | None], across: bool = False
) -> Fact:
    return Fact(f"licence.{name}", kind, "", meaning, "model", read, across)


FACTS: tuple[Fact, ...] = (
    _fact("written", "string", "The licence as the card writes it", _written),
    _fact(
        "missing", "bool", "Whether the card names no licence at all, not even under a misspelt key", _missing
    ),
    _fact("listed", "bool", "Whether a list stands where one licence belongs", _listed),
    _fact("recognised", "bool", "Whether every licence that the text names is known", _recognised),
    _fact("suggestion", "string", "The licence that a misspelt name probably means", _suggestion),
    _fact(
        "id", "string", "Identifier of the licence, the Hub's where it has one", _of(lambda found: found.id)
    ),
    _fact("name", "string", "Usual name of the licence", _of(lambda found: found.name)),
    _fact(
        "kind",
        "string",
        "open, restricted, non-commercial, research or unknown",
        _of(lambda found: found.kind),
    ),
    _fact("hub_id", "string", "The Hub's identifier of the licence that front matter names", _hub_id),
    _fact("is_hub_id", "bool", "Whether front matter names the licence by the Hub's identifier", _is_hub_id),
    _fact("other_name", "string", "The license_name of front matter", _other_name),
    _fact("other_slug", "string", "The license_name of front matter as an identifier-like word", _other_slug),
    _fact("needs_name", "bool", "Whether license: other stands without license_name", _needs("license_name")),
    _fact("needs_link", "bool", "Whether license: other stands without license_link", _needs("license_link")),
    _fact("link", "string", "Where the licence can be read, as written", _link),
    _fact("link_name", "string", "The licence that the address itself identifies", _link_name),
    _fact("link_fits", "bool", "Whether the address identifies the licence that is named", _link_fits),
    _fact("link_repo", "string", "The Hub repository that the licence is linked in", _link_repo),
    _fact(
        "link_repo_is_own",
        "bool",
        "Whether that is the card's own repository, or its base's",
        _link_repo_is_own,
    ),
    _fact(
        "published_under", "string", "The licence that the model's owner published it under", _published_under
    ),
    _fact("fits_publisher", "bool", "Whether the card names that licence", _fits_publisher),
    _fact("base_model", "string", "The base model whose terms go with it", _base_model),
    _fact("base_licence", "string", "The licence of that base model", _base_licence),
    _fact("fits_base", "bool", "Whether the card's licence can be that of a model made from it", _fits_base),
    _fact(
        "usual_spelling",
        "string",
        "How the file spells the licence most often, where it differs",
        _usual_spelling,
        across=True,
    ),
    _fact("open_source_claim", "string", "Words of the card that call it open source", _open_source_claim),
)
