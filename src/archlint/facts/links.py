"""Facts of a card's web addresses, read once for every one of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from archlint.facts.card import field_place
from archlint.facts.registry import Data, Fact, FactType, Scope, Value
from archlint.values import NamedTuple

if TYPE_CHECKING:
    from archlint.model import Model
    from archlint.specs.card import Field
    from archlint.specs.link import Link

PATHS = (
    "image", "license_url", "aa_url", "config.url", "tech_report.url", "from_scratch.url",
    "article.url", "url",
)  # fmt: skip
"""Keys of gallery entries and cards that hold an address."""

FRONT_MATTER_PATHS = ("license_link", "thumbnail")

_SLIP = r"(?:h?t{1,3}ps?\s*[:;]?\s*/{1,3}|https?:\\\\)(?=[a-z0-9-]+\.)"
_IMAGES = frozenset(["avif", "gif", "jpeg", "jpg", "png", "svg", "webp"])


class Subject(NamedTuple):
    """One address of a card: the key, and the text that stands there."""

    model: Model
    field: Field
    text: str


def subjects(model: Model) -> Iterator[Subject]:
    """List the addresses of a card, well formed or not."""
    card = model.card
    if card is None:
        return
    front = card.kind == "front-matter"
    for path in FRONT_MATTER_PATHS if front else PATHS:
        field = card.field(path)
        text = field.text if field is not None else None
        if field is None or field.node.kind != "string" or text is None or not text.strip():
            continue
        if front and not re.match(r"\w+://|www\.", text):
            continue  # the name of a file in the repository
        yield Subject(model, field, text)


def _link(subject: Subject) -> Link | None:
    from archlint.specs.link import read_link

    return read_link(subject.text)


def _of(read: Callable[[Link], Data | None]) -> Callable[[Subject], Value | None]:
    def fact(subject: Subject) -> Value | None:
        link = _link(subject)
        data = read(link) if link is not None else None
        return None if data is None else _value(subject, data)

    return fact


def _value(subject: Subject, data: Data) -> Value:
    return Value(data, field_place(subject.field), text=subject.text)


def _valid(subject: Subject) -> Value:
    return _value(subject, _link(subject) is not None)


def _mended(subject: Subject) -> Value | None:
    """The address that a misspelt one certainly means: with its scheme put right, or put on."""
    from archlint.specs.link import read_link

    if _link(subject) is not None:
        return None
    text = subject.text.strip()
    rest = re.sub(_SLIP, "", text, count=1, flags=re.IGNORECASE)
    mended = f"https://{rest}"
    bare = rest == text and not re.match(r"[a-z0-9.-]+\.[a-z]{2,}/", text, re.IGNORECASE)
    return _value(subject, mended) if not bare and read_link(mended) is not None else None


_HOSTS = (
    "huggingface.co", "github.com", "modelscope.cn", "artificialanalysis.ai", "arxiv.org", "apache.org",
    "opensource.org", "creativecommons.org", "ai.google.dev", "raw.githubusercontent.com",
)  # fmt: skip
"""Hosts that cards link to all the time."""

_OTHERS = frozenset(["huggingface.com", "ar5iv.org", "modelscope.ai"])
"""Hosts that are near one of them, and are meant."""


def _host_meant(subject: Subject) -> Value | None:
    """The well-known host that a host one letter off is very probably meant to be; empty for all others."""
    from archlint.specs.near import distance

    link = _link(subject)
    if link is None:
        return None
    near = (host for host in _HOSTS if distance(link.host, host, 1) == 1)
    meant = "" if link.host in _HOSTS or link.host in _OTHERS else next(near, "")
    start = subject.text.lower().find(link.host)
    span = (start, start + len(link.host)) if start >= 0 else None
    return Value(meant, field_place(subject.field, span), text=link.host)


def _repo_is_stated(subject: Subject) -> Value | None:
    """Whether a link to a Hub model leads to the repository that the card names."""
    link, card = _link(subject), subject.model.card
    if link is None or not link.on_hub or link.repo is None or card is None or card.repo is None:
        return None
    return _value(subject, link.repo.lower() == card.repo.lower())


def _is_image(subject: Subject) -> Value | None:
    link = _link(subject)
    if link is None:
        return None
    _, dot, ending = link.tail.rpartition(".")
    return _value(subject, bool(dot) and ending.lower() in _IMAGES)


def _names_paper(subject: Subject) -> Value | None:
    """Whether an arXiv address ends in the number of a paper: year and month, a point, four or five digits."""
    link = _link(subject)
    if link is None or link.host not in ("arxiv.org", "export.arxiv.org"):
        return None
    paper = link.paper
    if paper is None or "/" in paper:
        return _value(subject, paper is not None)
    return _value(subject, int(paper[:2]) >= 7 and 1 <= int(paper[2:4]) <= 12)


def _fact(name: str, kind: FactType, meaning: str, read: Callable[[Subject], Value | None]) -> Fact:
    return Fact(f"link.{name}", kind, "", meaning, "link", read)


SCOPES = (Scope("link", "Every web address of a card", "card", subjects),)

FACTS: tuple[Fact, ...] = (
    _fact("key", "string", "The key that holds the address, from the card: config.url",
          lambda subject: _value(subject, subject.field.path)),
    _fact("text", "string", "The address as written", lambda subject: _value(subject, subject.text)),
    _fact("valid", "bool", "Whether it is an http or https address", _valid),
    _fact("mended", "string", "The address that a misspelt one certainly means", _mended),
    _fact("scheme", "string", "http or https", _of(lambda link: link.scheme)),
    _fact("host", "string", "The host, without www.", _of(lambda link: link.host)),
    _fact("host_meant", "string", "The well-known host that one a letter off is meant to be, or nothing",
          _host_meant),
    _fact("on_hub", "bool", "Whether it leads to the Hugging Face Hub", _of(lambda link: link.on_hub)),
    _fact("repo", "string", "owner/name of the Hub or GitHub repository", _of(lambda link: link.repo)),
    _fact("repo_is_stated", "bool", "Whether it leads to the repository named", _repo_is_stated),
    _fact("view", "string", "blob, blame, raw, resolve, tree, ...", _of(lambda link: link.view)),
    _fact("as_blob", "string", "The same file as readers want it", _of(lambda link: link.without_blame)),
    _fact("tail", "string", "The last part of the path: a file's name", _of(lambda link: link.tail)),
    _fact("paper", "string", "The arXiv number that it leads to", _of(lambda link: link.paper)),
    _fact("names_paper", "bool", "Whether an arXiv address ends in the number of a paper", _names_paper),
    _fact("is_image", "bool", "Whether it ends like an image's name", _is_image),
)  # fmt: skip
