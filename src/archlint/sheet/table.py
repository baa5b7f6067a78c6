"""A cost sheet as a table for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from archlint.costs import FIGURES
from archlint.model import Model
from archlint.output.escape import visible
from archlint.rules.show import bytes_text, parameters_text
from archlint.sheet import Run, Sheet

_BAR = 24
"""Columns of the longest bar."""

_LABEL = 34
_FIGURE = 12

PART_NAMES = {
    "embedding": "input embedding",
    "head": "output head",
    "feed_forward": "feed-forward",
    "experts": "routed experts",
    "recurrent": "recurrent mixers",
}
"""Names for people; other parts are called as they are."""


def table(sheet: Sheet) -> str:
    """Return the table of one model, with a line end after each line."""
    return "\n".join(_lines(sheet)) + "\n"


def no_config(model: Model) -> str:
    """Say that a card has no config to derive from."""
    return f"{visible(model.name or model.document.name)}: {model.without_config}, so there is nothing to derive\n"


def _lines(sheet: Sheet) -> Iterator[str]:
    title = visible(sheet["name"] or sheet["file"])
    kind = f"  ({visible(types_text(sheet))})" if sheet["model_type"] else ""
    yield f"{title}{kind}"
    yield "═" * min(len(title + kind), 78)
    yield from _layers(sheet)
    yield from _parameters(sheet)
    yield from _cache(sheet)
    yield from _rest(sheet)
    for note in sheet["notes"]:
        yield f"Note: {visible(note)}"
    yield from _doubts("Not derived", sheet["absent"])
    yield from _doubts("Not verified", sheet["unverified"])


def _layers(sheet: Sheet) -> Iterator[str]:
    layers = sheet["layers"]
    total = layers["total"]
    if total is None:
        return
    yield _row("Layers", f"{total:,}")
    for kind, count in layers["mixers"].items():
        yield _row(f"  {kind if kind != 'none' else 'no mixer'}", f"{count:,}", _bar(count, total))
    for kind, count in layers["feed_forwards"].items():
        yield _row(
            f"  {kind} feed-forward" if kind != "none" else "  no feed-forward",
            f"{count:,}",
            _bar(count, total),
        )
    pattern = pattern_text(layers["pattern"])
    if pattern:
        yield _row("  in order", pattern)
    yield ""


def _parameters(sheet: Sheet) -> Iterator[str]:
    parameters = sheet["parameters"]
    total = parameters["total"]
    yield _counted("Parameters", total)
    for name, count in parameters["by_part"].items():
        bar = _bar(count, total) if count is not None and total else ""
        yield _counted(f"  {PART_NAMES.get(name, name)}", count, bar)
    if parameters["active"] != total:
        share = ""
        if total and parameters["active"] is not None:
            share = f"{100 * parameters['active'] / total:.1f}% of the total"
        yield _counted("Active per token", parameters["active"], share)
    yield _counted("  without the input embedding", parameters["active_without_input_embedding"])
    if parameters["mtp"]:
        yield _counted("MTP layers, not in the total", parameters["mtp"])
    if parameters["towers"] != 0:
        yield _counted("Towers, not in the total", parameters["towers"])
    yield ""


def _cache(sheet: Sheet) -> Iterator[str]:
    cache = sheet["kv_cache"]
    per_token = cache["bytes_per_token"]
    yield _sized("KV cache per token, bf16", per_token)
    if cache["growing_bytes_per_token"] != per_token:
        yield _sized("  of layers that grow without end", cache["growing_bytes_per_token"])
    if cache["gallery_bytes_per_token"] != per_token:
        yield _sized("  as galleries count it", cache["gallery_bytes_per_token"])
    known = [size for size in cache["at"].values() if size is not None]
    longest = max(known, default=0)
    for context, size in cache["at"].items() if known else ():
        declared = "  declared" if int(context) == sheet["context"] else ""
        bar = _bar(size, longest) if size is not None and longest else ""
        label = f"  at {int(context):,} tokens, {cache['dtype']}"
        yield _sized(label, size, f"{bar}{declared}")
    if sheet["state"]["bytes"] != 0:
        yield _sized("State per sequence", sheet["state"]["bytes"])
    yield ""


def _rest(sheet: Sheet) -> Iterator[str]:
    weights, flops = sheet["weights"], sheet["flops"]
    dtype = f", {visible(weights['dtype'])}" if weights["dtype"] else ""
    about = "an estimate: the files' headers would say exactly" if weights["estimate"] else ""
    yield _sized(f"Weights{dtype}", weights["bytes"], about)
    yield _worked(f"FLOPs per token at {flops['context']:,}", flops["per_token"])
    yield _worked(f"FLOPs per prefill token at {flops['context']:,}", flops["per_prefill_token"])


def types_text(sheet: Sheet) -> str:
    """Return the model_type, of a composite that of the whole first: ``llava, language part: llama``."""
    inner, outer = sheet["model_type"] or "", sheet["composite_type"]
    return f"{outer}, language part: {inner}" if outer else inner


def pattern_text(pattern: list[Run], longest: int = 12) -> str:
    """Return the order of the layers, ``5 sliding, 1 global, …``; empty where all are alike or it is long.

    A stretch that repeats is written once: ``(5 sliding, 1 global) × 10, 2 sliding``.
    """
    runs = [f"{run['count']} {' + '.join(run['mixers'])}{_feed(run, pattern)}" for run in pattern]
    if len(runs) < 2:
        return ""
    for size in range(1, len(runs) // 2 + 1):
        repeats = 1
        while runs[repeats * size : (repeats + 1) * size] == runs[:size]:
            repeats += 1
        rest = runs[repeats * size :]
        if repeats > 1 and len(rest) <= size:
            tail = f", {', '.join(rest)}" if rest else ""
            return f"({', '.join(runs[:size])}) × {repeats}{tail}"
    return ", ".join(runs) if len(runs) <= longest else ""


def _feed(run: Run, pattern: list[Run]) -> str:
    kinds = {tuple(each["feed_forwards"]) for each in pattern}
    return f" + {' + '.join(run['feed_forwards'])}" if len(kinds) > 1 else ""


def _row(label: str, figure: str, beside: str = "") -> str:
    return f"{label:<{_LABEL}} {figure:>{_FIGURE}}  {beside}".rstrip()


def _counted(label: str, count: int | None, beside: str = "") -> str:
    if count is None:
        return _row(label, "–")
    exact = f"{count:,}" if count >= 1000 else ""
    return _row(label, parameters_text(count), f"{exact:>19}  {beside}")


def _sized(label: str, size: int | None, beside: str = "") -> str:
    if size is None:
        return _row(label, "–")
    exact = f"{size:,} B" if size >= 1024 else ""
    return _row(label, bytes_text(size), f"{exact:>19}  {beside}")


def _worked(label: str, count: int | None) -> str:
    if count is None:
        return _row(label, "–")
    return _row(label, parameters_text(count).replace("B", "G"))


def _bar(part: int, whole: int) -> str:
    eighths = round(part * _BAR * 8 / whole) if whole else 0
    full, rest = divmod(eighths, 8)
    return "█" * full + (" ▏▎▍▌▋▊▉"[rest] if rest else "") if eighths or not part else "▏"


def _doubts(title: str, doubts: dict[str, str]) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for figure, reason in doubts.items():
        reasons.setdefault(reason, []).append(figure)
    for reason, figures in reasons.items():
        yield f"{title}: {', '.join(grouped(figures))}: {visible(reason)}"


def grouped(figures: list[str]) -> list[str]:
    """Return the names of figures, one for a group that is whole: ``flops`` for all of ``flops.*``."""
    found: dict[str, None] = {}
    for figure in figures:
        group, _, _ = figure.partition(".")
        whole = [name for name in FIGURES if name.startswith(f"{group}.")]
        found[group if len(whole) > 1 and set(whole) <= set(figures) else figure] = None
    return list(found)
