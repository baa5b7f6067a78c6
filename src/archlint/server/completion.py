"""Completion: keys that are missing, values that are known, and recomputed figures first of all.

What the cursor stands on is told from the text (``cursor``), so a half-typed document completes as well
as a whole one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archlint.server.cursor import Cursor, json_cursor, yaml_cursor
from archlint.server.figures import Recomputed, recomputed
from archlint.server.keys import KeyInfo, card_kind, choices, describe, members
from archlint.server.markup import block, plain
from archlint.source.change import string
from archlint.source.edits import Edit

if TYPE_CHECKING:
    from archlint.model import Model
    from archlint.server.view import View
    from archlint.source.document import Document

_MODEL_TYPE = re.compile(r"""["']?model_type["']?\s*:\s*["']?([\w.-]+)""")
_MOST_SIBLINGS = 200


@dataclass(frozen=True, slots=True)
class Item:
    """One completion: it replaces the code points from ``start`` to ``end`` by ``insert``."""

    label: str
    kind: str  # key, figure, value
    insert: str
    start: int
    end: int
    filter: str
    detail: str = ""
    documentation: str = ""
    also: tuple[Edit, ...] = field(default=())
    caret: int | None = None
    """Where in ``insert`` the cursor belongs, when that is not behind it."""


def completion(view: View, offset: int) -> list[Item]:
    """Return what may be written at ``offset``, the likeliest first."""
    document = view.document
    if document is None:
        return []
    cursor = cursor_at(view, offset)
    if cursor.role == "none" or not (view.is_spec or _may_become_spec(view, cursor)):
        return []
    model = _model(view, cursor, offset)
    path = _path_in_model(view, cursor)
    if path is None:
        return []
    if cursor.role == "key":
        return _keys(view, document, cursor, model, path)
    return _values(view, document, cursor, model, path)


def cursor_at(view: View, offset: int) -> Cursor:
    """Return where ``offset`` stands in the structure of a view's document."""
    document = view.document
    assert document is not None
    if document.format == "json":
        return json_cursor(view.text.value, offset)
    if document.format == "front-matter":
        return yaml_cursor(view.text.value, offset, document.body)
    return yaml_cursor(view.text.value, offset)


def _may_become_spec(view: View, cursor: Cursor) -> bool:
    """Tell whether a file whose name promises a spec file says nothing yet that speaks against it."""
    from archlint.specs.config_keys import meaning_of
    from archlint.specs.sniff import is_spec_name

    document = view.document
    if document is None or cursor.role != "key" or cursor.path or not is_spec_name(document.name):
        return False
    return card_kind(view) is not None or all(meaning_of(key) is not None for key in cursor.present)


def _model(view: View, cursor: Cursor, offset: int) -> Model | None:
    """Return the model around the cursor, from its last good state when its text is broken now."""
    if card_kind(view) == "gallery":
        name = str(cursor.path[0]) if cursor.path else ""
        found = next((model for model in view.models if model.name == name), None)
        return found or view.good.get(name)
    return view.models[0] if view.models else next(iter(view.good.values()), None)


def _path_in_model(view: View, cursor: Cursor) -> tuple[str, ...] | None:
    """Return the keys from the model down; None at the place of an entry's name."""
    path = tuple(step for step in cursor.path if isinstance(step, str))
    if card_kind(view) == "gallery":
        return path[1:] if path else None
    return path


# --- keys


def _keys(
    view: View, document: Document, cursor: Cursor, model: Model | None, path: tuple[str, ...]
) -> list[Item]:
    found: list[Item] = []
    for info in members(view, model, path, _model_type(view)):
        if info.name in cursor.present:
            continue
        figure = recomputed(model, info.name) if model is not None and model.card is not None else None
        found.append(_key(document, cursor, info, figure))
        if figure is not None and figure.verified and not cursor.colon:
            found.append(_key_with_figure(document, cursor, info, figure))
    return found


def _key(document: Document, cursor: Cursor, info: KeyInfo, figure: Recomputed | None) -> Item:
    name = info.name
    caret: int | None = None
    if document.format == "json":
        written = f'"{name}"'
        insert = written
        if not cursor.colon:
            value = "{}" if info.nested else "[]" if info.listed else '""' if info.text else ""
            insert += f": {value}{',' * cursor.comma_after}"
            caret = len(written) + 2 + len(value) // 2
    else:
        written = _yaml_key(name, cursor.quote)
        insert = written if cursor.colon else f"{written}:" if info.nested or info.listed else f"{written}: "
        if cursor.comma_after:
            insert, caret = f"{written}: ,", len(written) + 2
    detail = figure.text if figure is not None else info.type
    return _item(document, cursor, name, "key", insert, written, detail, _documentation(info, figure), caret)


def _key_with_figure(document: Document, cursor: Cursor, info: KeyInfo, figure: Recomputed) -> Item:
    name = info.name
    written = f'"{name}"' if document.format == "json" else _yaml_key(name, cursor.quote)
    insert = f"{written}: {string(figure.text, document, flow=cursor.comma_after)}{',' * cursor.comma_after}"
    label = f"{name}: {figure.text}"
    return _item(
        document, cursor, label, "figure", insert, written, "recomputed", _documentation(info, figure)
    )


def _item(
    document: Document,
    cursor: Cursor,
    label: str,
    kind: str,
    insert: str,
    written: str,
    detail: str,
    documentation: str,
    caret: int | None = None,
) -> Item:
    """Return a completion with the spaces and commas that its place needs."""
    comma = cursor.comma_before
    lead = ", " if comma == cursor.start else " " if cursor.space and document.format != "json" else ""
    insert = f"{lead}{insert}{' ' * cursor.space_after}"
    if caret is not None:
        caret += len(lead)
    also = () if comma is None or comma == cursor.start else (Edit(comma, comma, ","),)
    return Item(
        label, kind, insert, cursor.start, cursor.end, written, detail, documentation, also=also, caret=caret
    )


def _yaml_key(name: str, quote: str) -> str:
    return f"{quote}{name}{quote}"


def _documentation(info: KeyInfo, figure: Recomputed | None) -> str:
    parts = [plain(info.meaning)] if info.meaning else []
    if info.default:
        parts.append(f"Default: {plain(info.default)}")
    if info.example:
        parts.append(f"Example: {plain(info.example)}")
    if figure is not None and figure.lines:
        parts.append(block(figure.lines))
    return "\n\n".join(parts)


# --- values


def _values(
    view: View, document: Document, cursor: Cursor, model: Model | None, path: tuple[str, ...]
) -> list[Item]:
    key = cursor.key
    if key is None:
        return []
    found: list[Item] = []
    figure = recomputed(model, key) if model is not None and model.card is not None else None
    if figure is not None and cursor.role == "value":
        numeric = key == "parameter_count"
        detail = "recomputed" if figure.verified else "recomputed, not verified"
        found.append(_value(document, cursor, figure.text, "figure", detail, block(figure.lines), numeric))
    info = describe(view, model, path)
    if info is not None and info.listed and cursor.role == "value":
        return found
    known = info.choices if info is not None and info.choices else ()
    if not known and (card_kind(view) is None or path[:1] == ("architecture",)):
        known = choices(key)
    for choice in known:
        found.append(_value(document, cursor, choice, "value", "", ""))
    if info is not None and (info.type in ("boolean", "bool", "true or false")) and not known:
        found += [_value(document, cursor, word, "value", "", "", bare=True) for word in ("true", "false")]
    if card_kind(view) == "gallery" and not known and figure is None and key in ("company", "label"):
        found += _said_by_others(view, document, cursor, path)
    return found


def _said_by_others(view: View, document: Document, cursor: Cursor, path: tuple[str, ...]) -> list[Item]:
    """Offer what the other entries of a gallery say under the same key."""
    said: dict[str, None] = {}
    for model in view.models[:_MOST_SIBLINGS]:
        text = None if model.card is None else model.card.text(".".join(path))
        if text is not None:
            said.setdefault(text)
    return [_value(document, cursor, text, "value", "", "") for text in sorted(said)]


def _value(
    document: Document,
    cursor: Cursor,
    text: str,
    kind: str,
    detail: str,
    documentation: str,
    bare: bool = False,
) -> Item:
    insert = text if bare else string(text, document, cursor.quote, flow=cursor.role == "item")
    filtered = insert if cursor.quote or document.format == "json" else text
    insert += "," * cursor.comma_after
    return _item(document, cursor, text, kind, insert, filtered, detail, documentation)


def _model_type(view: View) -> str:
    """Return the model_type that the text states, however broken the rest of it is."""
    found = _MODEL_TYPE.search(view.text.value)
    return found[1] if found else ""
