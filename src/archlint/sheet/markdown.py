"""A cost sheet as Markdown, for a hover or a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from archlint.output.escape import markdown as escaped
from archlint.rules.show import bytes_text, parameters_text
from archlint.sheet import Sheet
from archlint.sheet.table import PART_NAMES, grouped, pattern_text, types_text


def markdown(sheet: Sheet) -> str:
    """Return the sheet of one model as a heading and a table."""
    return "\n".join(_lines(sheet)) + "\n"


def _lines(sheet: Sheet) -> Iterator[str]:
    title = escaped(sheet["name"] or sheet["file"])
    kind = f" ({escaped(types_text(sheet))})" if sheet["model_type"] else ""
    yield f"### {title}{kind}"
    yield ""
    yield "| figure | value | exact |"
    yield "|---|--:|--:|"
    layers = sheet["layers"]
    if layers["total"] is not None:
        kinds = ", ".join(
            f"{count} {kind if kind != 'none' else 'without a mixer'}"
            for kind, count in layers["mixers"].items()
        )
        order = pattern_text(layers["pattern"])
        yield f"| layers | {layers['total']:,} | {kinds}{f': {order}' if order else ''} |"
    parameters = sheet["parameters"]
    yield _counted("parameters", parameters["total"])
    for name, count in parameters["by_part"].items():
        yield _counted(f"– {PART_NAMES.get(name, name)}", count)
    yield _counted("active per token", parameters["active"])
    yield _counted("active without the input embedding", parameters["active_without_input_embedding"])
    if parameters["mtp"]:
        yield _counted("MTP layers, not in the total", parameters["mtp"])
    if parameters["towers"] != 0:
        yield _counted("towers, not in the total", parameters["towers"])
    cache = sheet["kv_cache"]
    yield _sized("KV cache per token, bf16", cache["bytes_per_token"])
    if cache["growing_bytes_per_token"] != cache["bytes_per_token"]:
        yield _sized("– of layers that grow without end", cache["growing_bytes_per_token"])
    if cache["gallery_bytes_per_token"] != cache["bytes_per_token"]:
        yield _sized("– as galleries count it", cache["gallery_bytes_per_token"])
    for context, size in cache["at"].items() if any(cache["at"].values()) else ():
        declared = " (declared)" if int(context) == sheet["context"] else ""
        yield _sized(f"– at {int(context):,} tokens{declared}, {cache['dtype']}", size)
    if sheet["state"]["bytes"] != 0:
        yield _sized("state per sequence", sheet["state"]["bytes"])
    weights = sheet["weights"]
    dtype = f", {escaped(weights['dtype'])}" if weights["dtype"] else ""
    yield _sized(f"weights{dtype}{' (estimate)' if weights['estimate'] else ''}", weights["bytes"])
    flops = sheet["flops"]
    yield _counted(f"FLOPs per token at {flops['context']:,}", flops["per_token"])
    yield _counted(f"FLOPs per prefill token at {flops['context']:,}", flops["per_prefill_token"])
    reasons: dict[str, list[str]] = {}
    for figure, reason in (*sheet["absent"].items(), *sheet["unverified"].items()):
        reasons.setdefault(reason, []).append(figure)
    for note in sheet["notes"]:
        yield f"\n{escaped(note)}"
    for reason, figures in reasons.items():
        yield f"\nNot derived or not verified: {', '.join(grouped(figures))}: {escaped(reason)}"


def _counted(label: str, count: int | None) -> str:
    return f"| {label} | {'– | ' if count is None else f'{parameters_text(count)} | {count:,}'} |"


def _sized(label: str, size: int | None) -> str:
    return f"| {label} | {'– | ' if size is None else f'{bytes_text(size)} | {size:,} B'} |"
