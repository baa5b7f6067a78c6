"""What the editor can ask for by name: costs as JSON, a derivation, two models side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from archlint.rules.show import bytes_text
from archlint.server.figures import CONTEXTS, context_text, mix_text, shown
from archlint.server.markup import block, plain
from archlint.server.scan import name_of
from archlint.server.workspace import path_of

if TYPE_CHECKING:
    from archlint.architecture import Layer
    from archlint.model import Model
    from archlint.server.view import View


def chosen(view: View, offset: int | None, name: str | None = None) -> Model | None:
    """Return the model called ``name``, or the one at ``offset``, or the first one."""
    if name is not None:
        return next((model for model in view.models if name_of(view, model.name) == name), None)
    if offset is None:
        return view.models[0] if view.models else None
    return view.model_at(offset)


def costs(view: View, model: Model) -> dict[str, Any] | None:
    """Return a model's costs as ``archlint show --format json`` gives them, and its layers in ``sequence``."""
    from archlint.sheet import sheet

    written, architecture = sheet(model), model.architecture
    if written is None or architecture is None:
        return None
    path = path_of(view.uri)
    return {
        **written,
        "file": view.uri if path is None else str(path),
        "name": name_of(view, model.name),
        "layers": {**written["layers"], "sequence": [_layer(layer) for layer in architecture.layers]},
    }


def _layer(layer: Layer) -> dict[str, Any]:
    """Return one layer: what it is, and its own share of the figures; None for a share that is not known."""
    return {
        "mixer": " + ".join(dict.fromkeys(part.kind for part in layer.mixers)) or "none",
        "feed_forward": " + ".join(dict.fromkeys(part.kind for part in layer.feed_forwards)) or "none",
        "parameters": _known(layer.parameters),
        "kv_bytes_per_token": _known(lambda: sum(part.cache_bytes_per_token() for part in layer.mixers)),
    }


def _known(figure: Callable[[], int]) -> int | None:
    from archlint.specs.size import Unknown, Unreadable

    try:
        value = figure()
    except Unreadable:
        return None
    return None if isinstance(value, Unknown) else int(value)


def derivations(model: Model, name: str) -> str:
    """Return every derivation of a model as Markdown."""
    sections = [f"# {plain(name)}"]
    if model.costs is None:
        return f"{sections[0]}\n\nNo config was found, so nothing can be derived.\n"
    for figure_name, figure in model.costs.figures().items():
        derivation = model.costs.derivation(figure_name)
        if derivation is not None:
            sections += [f"## {plain(figure_name)}", block(derivation.tree())]
        elif figure.value is None and figure.reason:
            sections += [f"## {plain(figure_name)}", f"Not derived: {plain(figure.reason)}"]
    return "\n\n".join(sections) + "\n"


def comparison(left: tuple[Model, str], right: tuple[Model, str]) -> str:
    """Return two models side by side, as Markdown."""
    rows = [f"| | {plain(left[1])} | {plain(right[1])} |", "|:--|--:|--:|"]
    one, other = _figures(left[0]), _figures(right[0])
    for label in dict.fromkeys((*one, *other)):
        rows.append(f"| {label} | {plain(one.get(label, '–'))} | {plain(other.get(label, '–'))} |")
    return "\n".join(rows) + "\n"


def _figures(model: Model) -> dict[str, str]:
    found: dict[str, str] = {}
    costs, architecture = model.costs, model.architecture
    if costs is None or architecture is None:
        return found

    def note(label: str, value: str | None) -> None:
        if value is not None:
            found[label] = value

    note("parameters", shown(costs.figure("parameters.total"), "parameters"))
    note("active", shown(costs.figure("parameters.active"), "parameters"))
    note("KV cache per token", shown(costs.figure("kv_cache.bytes_per_token"), "bytes"))
    for context in CONTEXTS:
        held = costs.cache_at(context)
        note(f"KV cache at {context_text(context)}", None if held.value is None else bytes_text(held.value))
    note("state", shown(costs.figure("state.bytes"), "bytes"))
    note("weights", shown(costs.figure("weights.bytes"), "bytes"))
    note("layers", mix_text(architecture) if architecture.layers else None)
    return found
