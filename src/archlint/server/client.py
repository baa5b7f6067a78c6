"""What the client can do, read once from its capabilities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lsprotocol import types


@dataclass(frozen=True, slots=True)
class Client:
    """The client's abilities that change what the server sends."""

    pulls: bool = False
    refreshes_diagnostics: bool = False
    refreshes_hints: bool = False
    refreshes_lenses: bool = False
    related: bool = False
    tags: bool = False
    link: bool = False
    progress: bool = False
    configuration: bool = False
    watches: bool = False
    registers_configuration: bool = False
    markdown: bool = True
    markdown_completions: bool = True
    snippets: bool = False
    link_tooltips: bool = False
    versioned_edits: bool = False
    nested_symbols: bool = False

    @classmethod
    def of(cls, capabilities: types.ClientCapabilities) -> Client:
        """Read the capabilities."""
        text, workspace, window = capabilities.text_document, capabilities.workspace, capabilities.window
        pull = text.diagnostic if text else None
        push = text.publish_diagnostics if text else None
        hover = text.hover if text else None
        edit = workspace.workspace_edit if workspace else None
        watched = workspace.did_change_watched_files if workspace else None
        changed = workspace.did_change_configuration if workspace else None
        completion = text.completion if text else None
        item = completion.completion_item if completion else None
        symbols = text.document_symbol if text else None
        links = text.document_link if text else None
        refresh = workspace.diagnostics if workspace else None
        hints = workspace.inlay_hint if workspace else None
        lenses = workspace.code_lens if workspace else None
        tags = (pull and getattr(pull, "tag_support", None)) or (push and push.tag_support)
        formats = hover.content_format if hover else None
        return cls(
            pulls=pull is not None,
            refreshes_diagnostics=bool(refresh and refresh.refresh_support),
            refreshes_hints=bool(hints and hints.refresh_support),
            refreshes_lenses=bool(lenses and lenses.refresh_support),
            related=bool((push and push.related_information) or getattr(pull, "related_information", False)),
            tags=bool(tags),
            link=bool(
                (push and push.code_description_support) or getattr(pull, "code_description_support", False)
            ),
            progress=bool(window and window.work_done_progress),
            configuration=bool(workspace and workspace.configuration),
            watches=bool(watched and watched.dynamic_registration),
            registers_configuration=bool(changed and changed.dynamic_registration),
            markdown=formats is None or "markdown" in _words(formats),
            markdown_completions="markdown" in _words(item.documentation_format if item else None),
            snippets=bool(item and item.snippet_support),
            link_tooltips=bool(links and links.tooltip_support),
            versioned_edits=bool(edit and edit.document_changes),
            nested_symbols=bool(symbols and symbols.hierarchical_document_symbol_support),
        )


def _words(values: Iterable[object] | None) -> list[str]:
    """Return enumeration members as the protocol spells them."""
    return [str(getattr(value, "value", value)) for value in values or ()]


HINTS = ("attention", "kvCache", "headDim", "layerMix", "parameters", "context")
"""The kinds of inlay hints; each is a setting ``inlayHints.<kind>``."""


@dataclass(frozen=True)
class EditorOptions:
    """What only an editor can be told: the keys of its settings that no configuration file has."""

    enable: bool = True
    trusted: bool = False
    code_lens: bool = True
    findings_in_hovers: bool = True
    hints: frozenset[str] = frozenset(HINTS)

    @classmethod
    def of(cls, table: Mapping[str, object]) -> EditorOptions:
        """Read the editor's own keys of a settings table; what has the wrong type counts as absent."""
        hints = table.get("inlayHints")
        kinds = frozenset(HINTS)
        if hints is False:
            kinds = frozenset()
        elif isinstance(hints, Mapping):
            if hints.get("enable") is False:
                kinds = frozenset()
            else:
                kinds = frozenset(kind for kind in HINTS if hints.get(kind) is not False)
        lens = table.get("codeLens")
        if isinstance(lens, Mapping):
            lens = lens.get("enable")
        hover = table.get("hover")
        return cls(
            enable=table.get("enable") is not False,
            trusted=table.get("trusted") is True,
            code_lens=lens is not False,
            findings_in_hovers=not (isinstance(hover, Mapping) and hover.get("findings") is False),
            hints=kinds,
        )


_NOT_FROM_EDITORS = frozenset(("root", "source"))


def configuration_part(table: Mapping[str, object]) -> dict[str, object]:
    """Return the keys that a configuration file has, too, spelt as there.

    An editor sends every setting that it knows, set or not: empty values and the default profile mean
    "not set".
    """
    from dataclasses import fields

    from archlint.project import Settings

    known = {field.name for field in fields(Settings)} - _NOT_FROM_EDITORS
    part: dict[str, object] = {}
    for key, value in table.items():
        name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key).replace(
            "-", "_"
        )
        if name not in known or value is None or value in ("", [], {}):
            continue
        if name == "profile" and value == "default":
            continue
        part[name.replace("_", "-")] = value
    return part
