"""The requests that a view answers: parameters in, a feature's answer in the client's units out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from archlint.server.diagnostics import diagnostic_of, range_of
from archlint.server.view import View
from archlint.server.workspace import uri_of
from archlint.source.edits import Edit

if TYPE_CHECKING:
    from archlint.findings import Finding
    from archlint.server.actions import Action
    from archlint.server.app import Server
    from archlint.server.completion import Item
    from archlint.server.navigation import Location
    from archlint.server.symbols import Symbol

COSTS = "archlint/costs"
SHOW_COSTS = "archlint.showCosts"
SHOW_DERIVATION = "archlint.showDerivation"
COMPARE = "archlint.compareModels"

_TRIGGERS = ['"', "'", ":", " ", "-", "[", ",", "/"]
_SYMBOLS = {
    "model": types.SymbolKind.Class,
    "object": types.SymbolKind.Object,
    "array": types.SymbolKind.Array,
    "string": types.SymbolKind.String,
    "number": types.SymbolKind.Number,
    "boolean": types.SymbolKind.Boolean,
    "null": types.SymbolKind.Null,
}
_ITEMS = {
    "key": types.CompletionItemKind.Property,
    "figure": types.CompletionItemKind.Constant,
    "value": types.CompletionItemKind.EnumMember,
}


def register(server: Server) -> None:
    """Register every request on documents."""
    _register_reading(server)
    _register_navigation(server)
    _register_editing(server)
    _register_commands(server)


def _offset(view: View, position: types.Position) -> int:
    return view.text.offset(position.line, position.character)


def _offsets(view: View, place: types.Range) -> tuple[int, int]:
    """Return the offsets of a range, the lower one first, whichever way it was drawn."""
    start, end = sorted((_offset(view, place.start), _offset(view, place.end)))
    return start, end


def _register_reading(server: Server) -> None:
    state = server.state

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> types.Hover | None:
        from archlint.server.hover import hover as answer
        from archlint.server.markup import unmarked

        view = await state.view(params.text_document.uri)
        said = None if view is None else answer(view, _offset(view, params.position))
        if view is None or said is None:
            return None
        markdown = state.client.markdown
        content = types.MarkupContent(
            types.MarkupKind.Markdown if markdown else types.MarkupKind.PlainText,
            said.text if markdown else unmarked(said.text),
        )
        return types.Hover(content, range_of(view.text, said.start, said.end))

    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    async def hints(params: types.InlayHintParams) -> list[types.InlayHint] | None:
        from archlint.server.inlay import hints as answer

        view = await state.view(params.text_document.uri)
        if view is None:
            return None
        found = answer(view, *_offsets(view, params.range))
        return [
            types.InlayHint(
                types.Position(*view.text.place(hint.at)),
                hint.label,
                padding_left=True,
                tooltip="\n".join(hint.lines) or None,
            )
            for hint in found
        ]

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS)
    async def lenses(params: types.CodeLensParams) -> list[types.CodeLens] | None:
        from archlint.server.lens import lenses as answer

        view = await state.view(params.text_document.uri)
        if view is None:
            return None
        found = []
        for lens in answer(view):
            place = range_of(view.text, lens.start, lens.end)
            arguments = [
                {"uri": view.uri, "position": {"line": place.start.line, "character": place.start.character}}
            ]
            found.append(types.CodeLens(place, types.Command(lens.title, SHOW_COSTS, arguments=arguments)))
        return found

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    async def symbols(
        params: types.DocumentSymbolParams,
    ) -> list[types.DocumentSymbol] | list[types.SymbolInformation] | None:
        from archlint.server.symbols import symbols as answer

        view = await state.view(params.text_document.uri)
        if view is None:
            return None
        if state.client.nested_symbols:
            return [_symbol(symbol, view) for symbol in answer(view)]
        return [
            types.SymbolInformation(
                types.Location(view.uri, range_of(view.text, symbol.start, symbol.end)),
                symbol.name,
                _SYMBOLS[symbol.kind],
            )
            for symbol in answer(view)
        ]

    @server.feature(types.TEXT_DOCUMENT_FOLDING_RANGE)
    async def folds(params: types.FoldingRangeParams) -> list[types.FoldingRange] | None:
        from archlint.server.symbols import folds as answer

        view = await state.view(params.text_document.uri)
        return None if view is None else [types.FoldingRange(first, last) for first, last in answer(view)]


def _symbol(symbol: Symbol, view: View) -> types.DocumentSymbol:
    return types.DocumentSymbol(
        symbol.name,
        _SYMBOLS[symbol.kind],
        range_of(view.text, symbol.start, symbol.end),
        range_of(view.text, symbol.name_start, symbol.name_end),
        symbol.detail or None,
        children=[_symbol(child, view) for child in symbol.children] or None,
    )


def _register_navigation(server: Server) -> None:
    state = server.state

    @server.feature(types.WORKSPACE_SYMBOL)
    async def workspace_symbols(params: types.WorkspaceSymbolParams) -> list[types.SymbolInformation]:
        from archlint.server.navigation import workspace_symbols as answer

        await server.scans.finished()
        return [
            types.SymbolInformation(
                types.Location(uri, types.Range(types.Position(*entry.start), types.Position(*entry.end))),
                entry.name,
                types.SymbolKind.Class,
            )
            for uri, entry in answer(params.query, server.scans.models())
        ]

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    async def definition(params: types.DefinitionParams) -> list[types.Location] | None:
        from archlint.server.navigation import definition as answer

        view = await state.view(params.text_document.uri)
        if view is None:
            return None
        offset = _offset(view, params.position)
        found = answer(view, offset, server.scans.models())
        if not found:  # it may be in a file that the scan has yet to read
            await server.scans.finished()
            found = answer(view, offset, server.scans.models())
        return _locations(found)

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    async def references(params: types.ReferenceParams) -> list[types.Location] | None:
        from archlint.server.navigation import references as answer

        view = await state.view(params.text_document.uri)
        if view is None:
            return None
        await server.scans.finished()
        declaration = params.context.include_declaration
        return _locations(answer(view, _offset(view, params.position), server.scans.models(), declaration))

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_LINK)
    async def links(params: types.DocumentLinkParams) -> list[types.DocumentLink] | None:
        from archlint.server.navigation import links as answer

        view = await state.view(params.text_document.uri)
        if view is None:
            return None
        tooltips = state.client.link_tooltips
        return [
            types.DocumentLink(
                range_of(view.text, link.start, link.end), link.target, link.tooltip if tooltips else None
            )
            for link in answer(view)
        ]


def _locations(found: Iterable[Location]) -> list[types.Location]:
    return [
        types.Location(each.uri, types.Range(types.Position(*each.start), types.Position(*each.end)))
        for each in found
    ]


def _register_editing(server: Server) -> None:
    state = server.state

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(["quickfix", types.CodeActionKind.SourceFixAll, "source.fixAll.archlint"]),
    )
    async def actions(params: types.CodeActionParams) -> list[types.CodeAction] | None:
        from archlint.server.actions import actions as answer
        from archlint.server.actions import asks_to_fix_all

        view = await state.view(params.text_document.uri)
        if view is None:
            return None
        kinds = params.context.only
        wanted = None if kinds is None else tuple(str(getattr(kind, "value", kind)) for kind in kinds)
        if asks_to_fix_all(wanted):
            await state.worker.run(lambda: view.fixes)
        return [
            _action(action, view, server) for action in answer(view, *_offsets(view, params.range), wanted)
        ]

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=_TRIGGERS))
    async def completion(params: types.CompletionParams) -> types.CompletionList | None:
        from archlint.server.completion import completion as answer

        view = await state.view(params.text_document.uri)
        if view is None:
            return None
        found = answer(view, _offset(view, params.position))
        return types.CompletionList(
            False, [_item(item, number, view, server) for number, item in enumerate(found)]
        )


def _item(item: Item, number: int, view: View, server: Server) -> types.CompletionItem:
    insert, form = item.insert, None
    if item.caret is not None and item.caret < len(insert) and server.state.client.snippets:
        insert = f"{_literal(insert[: item.caret])}$0{_literal(insert[item.caret :])}"
        form = types.InsertTextFormat.Snippet
    return types.CompletionItem(
        item.label,
        kind=_ITEMS[item.kind],
        detail=item.detail or None,
        documentation=_documentation(item.documentation, server),
        sort_text=f"{number:04d}",
        filter_text=item.filter,
        preselect=True if number == 0 and item.kind == "figure" else None,
        insert_text_format=form,
        text_edit=types.TextEdit(range_of(view.text, item.start, item.end), insert),
        additional_text_edits=_edits(item.also, view) or None,
    )


def _literal(text: str) -> str:
    """Return a text as it is written in a snippet."""
    return "".join(f"\\{letter}" if letter in "\\$}" else letter for letter in text)


def _documentation(text: str, server: Server) -> types.MarkupContent | str | None:
    from archlint.server.markup import unmarked

    if not text:
        return None
    if server.state.client.markdown_completions:
        return types.MarkupContent(types.MarkupKind.Markdown, text)
    return unmarked(text)


def _edits(edits: Iterable[Edit], view: View) -> list[types.TextEdit]:
    return [types.TextEdit(range_of(view.text, edit.start, edit.end), edit.text) for edit in edits]


def _action(action: Action, view: View, server: Server) -> types.CodeAction:
    client = server.state.client
    related = [diagnostic_of(finding, view, client) for finding in action.findings] or None
    finding = action.suppress_in_configuration
    if finding is not None:
        edit = _configuration_edit(finding, view, server)
    else:
        edit = _workspace_edit(view.uri, view.version, _edits(action.edits, view), server)
    return types.CodeAction(
        action.title, action.kind, related, is_preferred=action.preferred or None, edit=edit
    )


def _workspace_edit(
    uri: str, version: int | None, edits: list[types.TextEdit], server: Server, create: bool = False
) -> types.WorkspaceEdit:
    if not server.state.client.versioned_edits:
        return types.WorkspaceEdit(changes={uri: edits})
    identifier = types.OptionalVersionedTextDocumentIdentifier(uri, version)
    changes: list[Any] = [types.TextDocumentEdit(identifier, edits)]
    if create:
        changes.insert(0, types.CreateFile(uri, options=types.CreateFileOptions(ignore_if_exists=True)))
    return types.WorkspaceEdit(document_changes=changes)


def _configuration_edit(finding: Finding, view: View, server: Server) -> types.WorkspaceEdit:
    """Return the edit of the nearest configuration file, made where there is none."""
    from archlint.server.actions import configuration_suppression
    from archlint.server.position import Text

    source = view.settings.source
    path = Path(view.settings.root) / "archlint.toml" if source is None else source
    uri = uri_of(path)
    document = server.state.document(uri)
    text, version = "", None
    if document is not None:
        text, version, uri = document.text.value, document.version, document.uri
    elif source is not None:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            text = ""
    edit = configuration_suppression(view, finding, text, path.name == "pyproject.toml")
    place = range_of(Text(text, view.text.encoding), edit.start, edit.end)
    edits = [types.TextEdit(place, edit.text)]
    return _workspace_edit(uri, version, edits, server, create=source is None and document is None)


def _register_commands(server: Server) -> None:
    state = server.state

    async def find(arguments: tuple[Any, ...]) -> tuple[View, Any] | None:
        """Return the view and the model that an argument names: ``{uri, position?, model?}``."""
        place = arguments[0] if arguments and isinstance(arguments[0], dict) else {}
        uri = place.get("uri") or (place.get("textDocument") or {}).get("uri")
        view = await state.view_of_file(uri) if isinstance(uri, str) else None
        if view is None:
            return None
        from archlint.server import commands

        model = commands.chosen(view, _offset_of(view, place.get("position")), _text(place.get("model")))
        return None if model is None else (view, model)

    @server.feature(COSTS)
    async def costs(params: Any) -> Any:
        from archlint.server import commands

        found = await find((params,))
        return None if found is None else commands.costs(*found)

    @server.command(SHOW_COSTS)
    async def show_costs(*arguments: Any) -> Any:
        from archlint.server import commands

        found = await find(arguments)
        return None if found is None else commands.costs(*found)

    @server.command(SHOW_DERIVATION)
    async def show_derivation(*arguments: Any) -> Any:
        from archlint.server import commands
        from archlint.server.scan import name_of

        found = await find(arguments)
        return None if found is None else commands.derivations(found[1], name_of(found[0], found[1].name))

    @server.command(COMPARE)
    async def compare(*arguments: Any) -> Any:
        from archlint.server import commands
        from archlint.server.scan import name_of

        if len(arguments) < 2:
            return None
        left, right = await find(arguments[:1]), await find(arguments[1:2])
        if left is None or right is None:
            return None
        return commands.comparison(
            (left[1], name_of(left[0], left[1].name)), (right[1], name_of(right[0], right[1].name))
        )


def _offset_of(view: View, position: object) -> int | None:
    if not isinstance(position, dict):
        return None
    line, character = position.get("line"), position.get("character")
    if not isinstance(line, int) or not isinstance(character, int):
        return None
    return view.text.offset(line, character)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
