"""What is known of licences: identifiers, the names people give them, what they allow, where they stand.

The table is ``licences.json``: the identifiers that the Hub filters by, SPDX identifiers, and licences that
the Hub files under ``other``. ``kind`` says how free one is: ``open`` (free software and data, public domain)
``restricted`` (weights for all, with conditions on use, size or field), ``non-commercial``, ``research``,
``unknown``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, TypeAlias

from archlint.specs.link import Link, read_link
from archlint.specs.near import nearest
from archlint.values import dataclass

Kind: TypeAlias = Literal["open", "restricted", "non-commercial", "research", "unknown"]


@dataclass(frozen=True, slots=True)
class Licence:
    """One licence. ``id`` is its identifier, the Hub's own where ``on_hub``.

    ``flows_down`` tells that whoever passes on a derived model must do so under these terms, too.
    """

    id: str
    name: str
    kind: Kind
    on_hub: bool
    spdx: tuple[str, ...]
    flows_down: bool


@dataclass(frozen=True)
class _Table:
    by_id: Mapping[str, Licence]
    by_key: Mapping[str, Licence]
    by_url: Mapping[str, Licence]
    models: Mapping[str, Licence]


_WORD = re.compile(r"[a-z]+\+*|\d+(?:\.\d+)*|[^\W\d_a-z]+")
_MEANINGLESS = frozenset(
    [
        "the",
        "license",
        "licence",
        "licenses",
        "licensed",
        "agreement",
        "version",
        "v",
        "and",
        "许可证",
        "许可",
        "协议",
    ]
)
_JOINT = re.compile(r"\s+(?:or|and|with)\s+|\s*[/,;+&|]\s*", re.IGNORECASE)
_OF_ALL = re.compile(
    r"\s*\((?:(?:model|weights|code|data|and|for|the|all|both|&)[\s,/]*)*\bweights(?:[\s,/]*(?:code|data|and|&))*\)$"
)
"""A remark that a licence is that of the weights, too: ``MIT (code and weights)``."""
_ENDINGS = re.compile(r"(?:\.(?:[a-z]{2}|html?|txt|pdf|php|json))+$")
_SITES = (
    "spdx.org/licenses",
    "opensource.org/licenses",
    "opensource.org/license",
    "choosealicense.com/licenses",
)


def identify(text: str) -> Licence | None:
    """Return the licence that a name or an identifier means, however it is spelt; None when unknown."""
    return _table().by_key.get(key(text))


def by_id(identifier: str) -> Licence | None:
    """Return the licence with exactly this identifier."""
    return _table().by_id.get(identifier)


def hub_identifiers() -> tuple[str, ...]:
    """Return the identifiers that the Hub filters by."""
    return tuple(name for name, licence in _table().by_id.items() if licence.on_hub)


def parts(text: str) -> tuple[Licence, ...]:
    """Return the licences named together (``MIT OR Apache-2.0``); empty when one of them is not known."""
    whole = identify(text) or identify(_OF_ALL.sub("", text[:200]))
    if whole is not None:
        return (whole,)
    found = [identify(piece) for piece in _JOINT.split(text.strip(" ()"))]
    known = tuple(licence for licence in found if licence is not None)
    return known if len(known) == len(found) else ()


def suggest(text: str, *, identifier: bool = False) -> Licence | None:
    """Return the licence that a misspelt name probably means.

    A version is never guessed, except for an ``identifier`` that has none: ``cc-by-nc-sa``.
    """
    table = _table()
    words = [word for word in key(text).split() if nearest(word, ("license", "agreement")) is None]
    wanted = " ".join(words)
    if wanted in table.by_key:
        return table.by_key[wanted]
    if identifier and len(wanted) > 4:
        longer = [known for known in table.by_key if known.startswith(f"{wanted} ")]
        if longer:
            return table.by_key[max(longer, key=_version)]
    near = nearest(wanted, (known for known in table.by_key if _numbers(known) == _numbers(wanted)))
    return None if near is None else table.by_key[near]


def _numbers(name: str) -> list[str]:
    return re.findall(r"\d[\d.]*", name)


def by_url(address: str) -> Licence | None:
    """Return the licence that an address itself identifies: its canonical page, whatever the page says."""
    link = read_link(address)
    if link is None:
        return None
    where = f"{link.host}{link.path}".lower().rstrip("/")
    table = _table()
    while "/" in where:
        found = table.by_url.get(where) or table.by_url.get(_ENDINGS.sub("", where))
        if found is not None:
            return found
        where = where.rpartition("/")[0]
    return _file_licence(link)


def of_model(repo: str) -> Licence | None:
    """Return the licence under which the owner of a Hub repository published it, where that is known."""
    name = repo.lower()
    table = _table()
    for prefix in sorted(table.models, key=len, reverse=True):
        if name.startswith(prefix) and name[len(prefix) : len(prefix) + 1] in ("", "-", "_"):
            return table.models[prefix]
    return None


_FAMILIES = {
    "cc": "cc-",
    "gpl": "gpl-",
    "lgpl": "lgpl-",
    "bsd": "bsd-",
    "llama-community": "llama",
    "qwen": "qwen-",
}


def compatible(one: Licence, other: Licence) -> bool:
    """Tell whether two may be the same: equal, or one names only the family of the other."""
    if one.id == other.id or "unknown" in (one.kind, other.kind):
        return True
    return any(
        family.id in _FAMILIES and member.id.startswith(_FAMILIES[family.id])
        for family, member in ((one, other), (other, one))
    )


@lru_cache(maxsize=4096)
def key(text: str) -> str:
    """Return a licence's name without its spelling: ``apache 2`` of ``Apache License, v2.0``."""
    if len(text) > 200:
        return ""
    words = _WORD.findall(
        text.lower().replace("non-commercial", "noncommercial").replace("non commercial", "noncommercial")
    )
    return " ".join(re.sub(r"(?:\.0)+$", "", word) for word in words if word not in _MEANINGLESS)


def _file_licence(link: Link) -> Licence | None:
    """Return the licence that a file is named after: ``LICENSE-APACHE``."""
    name = link.tail.upper()
    return {"LICENSE-APACHE": by_id("apache-2.0"), "LICENSE-MIT": by_id("mit")}.get(name)


def _version(name: str) -> tuple[float, int]:
    number = name.rpartition(" ")[2]
    return (float(number) if re.fullmatch(r"\d+(\.\d+)?", number) else 0.0), -len(name)


@cache
def _table() -> _Table:
    data = json.loads(Path(__file__).with_name("licences.json").read_text("utf-8"))
    by_id: dict[str, Licence] = {}
    by_key: dict[str, Licence] = {}
    by_url: dict[str, Licence] = {}
    for entry in data["licences"]:
        licence = Licence(
            id=entry["id"],
            name=entry["name"],
            kind=entry["kind"],
            on_hub=entry.get("hub", False),
            spdx=tuple(entry.get("spdx", ())),
            flows_down=entry.get("flows_down", False),
        )
        by_id[licence.id] = licence
        for name in (licence.id, licence.name, *licence.spdx, *entry.get("also", ())):
            by_key.setdefault(key(name), licence)
        for address in entry.get("urls", ()):
            by_url[address] = licence
        for identifier in licence.spdx:
            for site in _SITES:
                by_url.setdefault(f"{site}/{identifier.lower()}", licence)
                by_url.setdefault(f"{site}/{identifier.lower().replace('.', '-')}", licence)
    models = {prefix: by_id[identifier] for prefix, identifier in data["models"].items()}
    return _Table(by_id, by_key, by_url, models)
