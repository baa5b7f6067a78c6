"""Hover: what a key means, what a figure should be and why, what a model costs, why a rule complains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archlint.rules.show import bytes_text
from archlint.server.entry import node_of
from archlint.server.figures import (
    CONTEXTS,
    Recomputed,
    context_text,
    derivation_lines,
    known,
    mix_text,
    recomputed,
    share_text,
    shown,
)
from archlint.server.keys import KeyInfo, describe
from archlint.server.markup import block, code, plain, table
from archlint.server.scan import name_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archlint.costs import Costs
    from archlint.findings import Finding
    from archlint.model import Model
    from archlint.server.view import View
    from archlint.source.tree import Node, Pair

    Derivations = frozenset[tuple[str, ...]]
    """Arithmetic that stands beside the hover or below it, with a finding."""


@dataclass(frozen=True, slots=True)
class Hover:
    """Markdown and the range that it speaks of."""

    text: str
    start: int
    end: int


_MOST_FINDINGS = 4


def hover(view: View, offset: int) -> Hover | None:
    """Return what is known of the place ``offset``; None where nothing is."""
    if view.linted is None:
        return None
    findings = [
        finding
        for finding in (*view.findings, *view.accepted)
        if finding.start_offset <= offset <= max(finding.end_offset, finding.start_offset + 1)
    ][:_MOST_FINDINGS]
    said = _of_place(view, offset, frozenset(finding.derivation for finding in findings))
    sections = [] if said is None else [said.text]
    if view.options.findings_in_hovers:
        sections += [_of_finding(finding, view) for finding in findings]
    else:
        sections += filter(None, dict.fromkeys(why_of(finding.code, view) for finding in findings))
    if not sections:
        return None
    start = findings[0].start_offset if said is None else said.start
    end = findings[0].end_offset if said is None else said.end
    return Hover("\n\n---\n\n".join(sections), start, end)


def _of_place(view: View, offset: int, shown_elsewhere: Derivations) -> Hover | None:
    model = view.model_at(offset)
    if model is None:
        return _of_broken(view, offset)
    name = model.name_node
    if name is not None and name.start <= offset <= name.end:
        return Hover(cost_card(model, name_of(view, model.name)), name.start, name.end)
    found = member_at(node_of(model), offset)
    if found is None:
        return _of_broken(view, offset)
    path, pair = found
    if model.card is None and path == ("model_type",):
        text = _of_key(view, model, path, pair, shown_elsewhere)
        text += "\n\n---\n\n" + cost_card(model, name_of(view, None))
        return Hover(text, pair.key.start, max(pair.key.end, pair.value.end))
    return Hover(_of_key(view, model, path, pair, shown_elsewhere), *_range(pair, offset))


def _range(pair: Pair, offset: int) -> tuple[int, int]:
    inside = pair.key if offset <= pair.key.end else pair.value
    return inside.start, inside.end


def _of_broken(view: View, offset: int) -> Hover | None:
    """Answer from the last good state of the entry whose text is broken."""
    document = view.document
    if document is None or document.format == "json":
        return None
    entry = broken_entry(view, offset)
    line = view.text.line_of(offset)
    start, end = view.text.line_range(line)
    content = view.text.value[start:end]
    if entry is not None and entry[1] == line:
        name = entry[0]
        model = view.good.get(name)
        return None if model is None else Hover(cost_card(model, name), start, end)
    stripped = content.strip()
    key = stripped.partition(":")[0].strip().strip("'\"")
    at = start + len(content) - len(content.lstrip())
    model = view.good.get(entry[0]) if entry is not None else None
    info = describe(view, model, (key,))
    if info is None or offset > at + len(key):
        return None
    sections = [_meaning(key, info)]
    figure = None if model is None else recomputed(model, key)
    if model is not None and figure is not None:
        sections.append(_figure_text(figure, None, model))
    return Hover("\n\n".join(sections), at, at + len(key))


def broken_entry(view: View, offset: int) -> tuple[str, int] | None:
    """Return name and line of the gallery entry around ``offset``, told by the text alone."""
    for line in range(view.text.line_of(offset), -1, -1):
        start, end = view.text.line_range(line)
        content = view.text.value[start:end]
        if content[:1] in ("", " ", "#", "\t", "-"):
            continue
        name = content.rstrip().removesuffix(":").strip().strip("'\"")
        return (name, line) if name else None
    return None


def member_at(node: Node, offset: int) -> tuple[tuple[str, ...], Pair] | None:
    """Return the innermost member around ``offset`` and the keys that lead to it."""
    path: list[str] = []
    found: Pair | None = None
    while True:
        inner = next((p for p in node.pairs if p.key.start <= offset <= max(p.value.end, p.key.end)), None)
        if inner is not None:
            found = inner
            path.append(inner.name)
            node = inner.value
            continue
        item = next((item for item in node.items if item.start <= offset <= item.end), None)
        if item is None or item.kind not in ("mapping", "sequence"):
            return None if found is None else (tuple(path), found)
        node = item


def _of_key(view: View, model: Model, path: tuple[str, ...], pair: Pair, shown_elsewhere: Derivations) -> str:
    key = path[-1]
    info = describe(view, model, path)
    sections = [_meaning(key, info) if info is not None else f"**{plain(key)}**"]
    figure = recomputed(model, key) if model.card is not None else None
    if figure is not None:
        sections.append(_figure_text(figure, _written(view, pair), model, shown_elsewhere))
    elif model.card is not None and model.config is None and key in _NEED_A_CONFIG:
        sections.append(f"Not recomputed: {model.without_config}.")
    implied = _implied(model, key)
    if implied is not None:
        sections.append(implied)
    return "\n\n".join(sections)


_NEED_A_CONFIG = frozenset(("kv_cache_per_token_bf16", "scale", "layer_mix"))


def _meaning(key: str, info: KeyInfo) -> str:
    title = f"**{plain(key)}**"
    notes = [info.type] if info.type else []
    if info.unit:
        notes.append(info.unit)
    if notes:
        title += f" ({', '.join(plain(note) for note in notes)})"
    lines = [title]
    if info.meaning:
        lines.append(plain(info.meaning))
    if info.choices:
        shown_choices = [code(choice) for choice in info.choices[:12]]
        more = len(info.choices) - len(shown_choices)
        lines.append("One of " + ", ".join(shown_choices) + (f" and {more} more" if more > 0 else ""))
    if info.default:
        lines.append(
            f"Default: {code(info.default)}{f' ({plain(info.default_of)})' if info.default_of else ''}"
        )
    if info.origin:
        lines.append(plain(info.origin))
    return "\n\n".join(lines)


def _figure_text(
    figure: Recomputed, written: str | None, model: Model, shown_elsewhere: Derivations = frozenset()
) -> str:
    lines = [f"Recomputed from the config: **{plain(figure.text)}**"]
    if written is not None and written != figure.text:
        lines[0] += f", written {code(written)}"
    if not figure.verified:
        lines.append(f"Not verified: {plain(figure.reason)}" if figure.reason else "Not verified.")
    if figure.lines and figure.lines not in shown_elsewhere:
        lines.append(block(figure.lines))
    place = config_place(model)
    if place is not None:
        lines.append(f"Config: {code(place)}")
    return "\n\n".join(lines)


def _written(view: View, pair: Pair) -> str:
    value = pair.value
    return value.scalar if isinstance(value.scalar, str) else view.text.value[value.start : value.end]


def config_place(model: Model) -> str | None:
    """Return where a model's config stands, as a short path; None when it is in the document itself."""
    document = model.config_document
    if document is None or document is model.document:
        return None
    parts = document.name.replace("\\", "/").split("/")
    return "/".join(parts[-3:])


def _implied(model: Model, key: str) -> str | None:
    """Return the figures whose arithmetic uses a config's key."""
    if model.costs is None or model.card is not None:
        return None
    derivation = model.costs.derivation("kv_cache.bytes_per_token")
    used = {} if derivation is None else derivation.keys()
    if derivation is None or key not in used:
        return None
    lines = derivation_lines(model.costs, "kv_cache.bytes_per_token")
    return f"KV cache per token: **{plain(bytes_text(derivation.value))}**\n\n{block(lines)}"


def cost_card(model: Model, name: str) -> str:
    """Return everything that a model costs, as a table that editors show whole: VS Code cuts off after ten rows."""
    costs, architecture = model.costs, model.architecture
    if costs is None or architecture is None:
        return f"### {plain(name)}\n\nNo config was found, so nothing can be derived."
    rows: list[tuple[str, str]] = []

    def row(label: str, value: str | None) -> None:
        if value is not None:
            rows.append((plain(label), plain(value)))

    total, active = costs.figure("parameters.total"), costs.figure("parameters.active")
    row("Parameters", shown(total, "parameters"))
    if total.value and active.value is not None and active.value != total.value:
        row("Active per token", f"{shown(active, 'parameters')} ({share_text(active.value, total.value)})")
    per_token, growing = (
        costs.figure("kv_cache.bytes_per_token"),
        costs.figure("kv_cache.growing_bytes_per_token"),
    )
    row("KV cache per token, bf16", shown(per_token, "bytes"))
    if growing.value is not None and growing.value != per_token.value:
        row("Of it beyond the windows", shown(growing, "bytes"))
    if per_token.value:
        for label, value in cache_rows(costs, known(architecture.context)):
            row(label, value)
    state = costs.figure("state.bytes")
    if state.value:
        row("State per sequence", shown(state, "bytes"))
    if architecture.layers:
        feed_forwards = architecture.feed_forward_kinds()
        kinds = ", ".join(f"{n} {kind}" for kind, n in feed_forwards.items())
        row(f"{len(architecture.layers)} layers", f"{mix_text(architecture)}; {kinds}")
    weights = costs.figure("weights.bytes")
    if weights.value is not None:
        dtype = architecture.quantization.method if architecture.quantization is not None else None
        stored = dtype or (architecture.dtype.name if architecture.dtype is not None else "")
        row(
            f"Weights{f', {stored}' if stored else ''}",
            f"{shown(weights, 'bytes')}{' (estimated)' * weights.estimate}",
        )
    row("Licence", licence_text(model))
    place = config_place(model)
    notes = []
    unverified = [f for f in (total, per_token) if f.value is not None and not f.verified and f.reason]
    if unverified:
        notes.append(f"≈ not verified: {plain(unverified[0].reason)}")
    absent = [f.reason for f in (total, per_token) if f.value is None and f.reason]
    notes += [f"Not derived: {plain(reason)}" for reason in dict.fromkeys(absent)]
    if place is not None:
        notes.append(f"Config: {code(place)}")
    return "\n\n".join([table(rows, plain(name)), *notes])


def cache_rows(costs: Costs, declared: int | None) -> list[tuple[str, str]]:
    """Return the cache of one sequence: in one row the usual contexts, then the declared one if it is another."""
    rows = []
    for contexts in (CONTEXTS, () if declared is None or declared in CONTEXTS else (declared,)):
        held = [(context, shown(costs.cache_at(context), "bytes")) for context in contexts]
        labels = [context_text(c) + " (declared)" * (c == declared) for c, text in held if text is not None]
        if labels:
            rows.append(
                (f"KV cache at {', '.join(labels)}", ", ".join(text for _, text in held if text is not None))
            )
    return rows


def licence_text(model: Model) -> str | None:
    """Return the licence that a card names, with its class when it is known."""
    card = model.card
    field = None if card is None else card.license_field
    text = None if field is None else field.text
    if not text:
        return None
    from archlint.server.keys import licence_class

    known = licence_class(text)
    return f"{text} ({known})" if known else text


def _of_finding(finding: Finding, view: View) -> str:
    title = f"**{plain(str(finding.severity))} {plain(finding.code)}** {plain(finding.name)}"
    lines = [f"{title}: {plain(finding.message)}"]
    if finding in view.accepted:
        lines.append("Accepted by the baseline.")
    if finding.derivation:
        lines.append(block(finding.derivation))
    why = why_of(finding.code, view)
    if why:
        lines.append(why)
    return "\n\n".join(lines)


def why_of(code_of_rule: str, view: View) -> str:
    """Return a rule's reasons, as its page gives them."""
    from archlint.rules.ruleset import ruleset_of

    try:
        ruleset = ruleset_of(view.settings)
        rule = ruleset.find(code_of_rule)
        return "" if rule is None else _why(ruleset.page(rule).why, rule.builtin)
    except Exception:  # a user's own rule file that is half-typed: the finding stands without its reasons
        return ""


def _why(text: str, builtin: bool) -> str:
    paragraphs: Sequence[str] = text.strip().split("\n\n")
    return "\n\n".join(" ".join(p.split()) if builtin else plain(p) for p in paragraphs)
