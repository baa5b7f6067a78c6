"""From card to config and back, to the base model, and out to the pages that a file links to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archlint.server.entry import head_of, node_of, repos_of
from archlint.server.hover import member_at
from archlint.server.scan import ModelEntry
from archlint.server.workspace import path_of, uri_of

if TYPE_CHECKING:
    from archlint.model import Model
    from archlint.server.view import View
    from archlint.source.tree import Node, Pair

Entries = Iterable[tuple[str, ModelEntry]]

_REPO = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+\Z")
_URL = re.compile(r"https?://[^\s\"'<>`{}|\\^]+\Z", re.ASCII)
_HUB = "https://huggingface.co/"
_REPO_KEYS = frozenset(("repo", "base_model", "_name_or_path", "new_version"))
_DATASET_KEYS = frozenset(("datasets", "train_datasets"))


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a document: line and character, 0-based, in the client's units."""

    uri: str
    start: tuple[int, int]
    end: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Link:
    """A range of a document that leads to an address."""

    start: int
    end: int
    target: str
    tooltip: str


def definition(view: View, offset: int, entries: Entries) -> list[Location]:
    """Return where the thing at ``offset`` is defined: a card's config, a base model, a config's card."""
    model = view.model_at(offset)
    if model is None:
        return []
    named = _repo_at(view, model, offset)
    if named is not None and named[0] == "base_model":
        return _of_repo(named[1], list(entries), view, model)
    if model.card is not None:
        place = _config_location(view, model)
        if place is not None:
            return [place]
        return _of_repo(named[1], list(entries), view, model) if named is not None else []
    if named is not None:
        return _of_repo(named[1], list(entries), view, model)
    return _cards_of(view, entries)


def references(view: View, offset: int, entries: Entries, declaration: bool) -> list[Location]:
    """Return what else speaks of the model at ``offset``: cards of its config, models built on it."""
    model = view.model_at(offset)
    if model is None:
        return []
    known = list(entries)
    if model.card is None:
        found = _cards_of(view, known)
    else:
        config = model.config_document
        name = None if config is None or config is model.document else config.name
        own = {repo.lower() for repo in repos_of(model)}
        start = view.text.place(head_of(model)[0])
        found = [
            Location(uri, entry.start, entry.end)
            for uri, entry in known
            if (uri, entry.start) != (view.uri, start)
            and (
                (name is not None and entry.config == name)
                or not own.isdisjoint(repo.lower() for repo in entry.repos)
                or not own.isdisjoint(repo.lower() for repo in entry.bases)
            )
        ]
        place = _config_location(view, model)
        if declaration and place is not None:
            found.append(place)
    return list(dict.fromkeys(found))


def _cards_of(view: View, entries: Entries) -> list[Location]:
    """Return the cards whose config is this document."""
    path = path_of(view.uri)
    if path is None:
        return []
    return [
        Location(uri, entry.start, entry.end)
        for uri, entry in entries
        if entry.config is not None and path_of(uri_of(entry.config)) == path
    ]


def _of_repo(repo: str, entries: list[tuple[str, ModelEntry]], view: View, model: Model) -> list[Location]:
    """Return the models of the workspace whose repository is ``repo``, their configs first."""
    wanted = repo.lower()
    here = view.text.place(head_of(model)[0])
    found: list[Location] = []
    for uri, entry in entries:
        if (uri, entry.start) == (view.uri, here):
            continue
        if wanted in (name.lower() for name in entry.repos):
            if entry.config is not None:
                found.append(Location(uri_of(entry.config), (0, 0), (0, 0)))
            found.append(Location(uri, entry.start, entry.end))
    tail = wanted.rsplit("/", 1)
    for uri, entry in entries:
        path = path_of(uri)
        if path is not None and entry.config is None and not entry.repos:
            names = (path.parent.parent.name.lower(), path.parent.name.lower())
            if names == tuple(tail) or path.stem.lower() in (
                f"{tail[0]}__{tail[-1]}",
                f"{tail[0]}--{tail[-1]}_config",
            ):
                found.append(Location(uri, entry.start, entry.end))
    return list(dict.fromkeys(found))


def _config_location(view: View, model: Model) -> Location | None:
    document = model.config_document
    if document is None or model.config is None:
        return None
    if document is model.document:
        node = model.config.root
        return Location(view.uri, view.text.place(node.start), view.text.place(node.start))
    if document.name.startswith(("http://", "https://")):
        return Location(document.name, (0, 0), (0, 0))
    return Location(uri_of(document.name), (0, 0), (0, 0))


def _repo_at(view: View, model: Model, offset: int) -> tuple[str, str] | None:
    """Return key and text of a repository id at ``offset``."""
    found = member_at(node_of(model), offset)
    if found is None:
        return None
    path, pair = found
    value: Node | None = pair.value
    if value is not None and value.kind == "sequence":
        value = next((item for item in value.items if item.start <= offset <= item.end), None)
    if value is None or path[-1] not in _REPO_KEYS or not isinstance(value.scalar, str):
        return None
    return (path[-1], value.scalar) if _REPO.match(value.scalar) else None


def links(view: View) -> list[Link]:
    """Return the addresses that a document writes, and the Hub pages of the repositories that it names."""
    if not view.is_spec or view.document is None or view.document.root is None:
        return []
    found = []
    for pair, node in _strings(view.document.root):
        text = str(node.scalar)
        start, end = _inner(view, node, text)
        if _URL.match(text):
            found.append(Link(start, end, text, _tooltip(pair.name)))
        elif pair.name in _REPO_KEYS and _REPO.match(text):
            found.append(Link(start, end, _HUB + text, "open on the Hugging Face Hub"))
        elif pair.name in _DATASET_KEYS and _REPO.match(text):
            found.append(Link(start, end, f"{_HUB}datasets/{text}", "open on the Hugging Face Hub"))
    return found


def _strings(node: Node) -> Iterator[tuple[Pair, Node]]:
    for pair in node.pairs:
        values = pair.value.items if pair.value.kind == "sequence" else [pair.value]
        for value in values:
            if value.kind == "string":
                yield pair, value
            else:
                yield from _strings(value)


def _inner(view: View, node: Node, text: str) -> tuple[int, int]:
    """Return the range of a string without its quotes."""
    written = view.text.value[node.start : node.end]
    if len(written) == len(text) + 2 and written[1:-1] == text:
        return node.start + 1, node.end - 1
    return node.start, node.end


def _tooltip(key: str) -> str:
    return "open the licence" if "license" in key else "open the page"


def workspace_symbols(query: str, entries: Entries) -> list[tuple[str, ModelEntry]]:
    """Return the models whose names hold the letters of ``query`` in order."""
    wanted = query.lower().split()
    return [
        (uri, entry) for uri, entry in entries if all(_in_order(word, entry.name.lower()) for word in wanted)
    ]


def _in_order(word: str, name: str) -> bool:
    letters = iter(name)
    return all(letter in letters for letter in word)
