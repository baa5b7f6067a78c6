"""``archlint explain``: one figure's arithmetic, as a tree."""

from __future__ import annotations

import argparse
import sys

from archlint.cli.parser import CLEAN, UserError
from archlint.cli.show import models
from archlint.costs import FIGURES, Costs
from archlint.model import Model
from archlint.output import write
from archlint.output.escape import visible

FIELDS = {
    "kv_cache_per_token_bf16": ("kv_cache.gallery_bytes_per_token", "kv_cache.bytes_per_token"),
    "scale": ("parameters.total", "parameters.active"),
    "num_key_value_heads": ("kv_cache.bytes_per_token",),
    "kv_lora_rank": ("kv_cache.bytes_per_token",),
    "num_hidden_layers": ("parameters.total",),
    "hidden_size": ("parameters.total",),
    "intermediate_size": ("parameters.total",),
    "vocab_size": ("parameters.embedding",),
    "num_experts_per_tok": ("parameters.active",),
}
"""The figures that a key of a card or a config is about; others are searched for in the derivations."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("file", metavar="FILE")
    add(
        "what",
        metavar="POINTER|FIGURE",
        help="a figure (kv_cache.bytes_per_token) or a key's JSON pointer (/scale)",
    )
    add("--model", metavar="NAME", help="the entry of a gallery; a pointer may begin with it, too")
    add("--configs", action="append", metavar="DIR", help="folder with the configs of the cards; repeatable")


def run(arguments: argparse.Namespace) -> int:
    """Print the derivations that were asked for."""
    arguments.files, arguments.stdin_filename = [arguments.file], "config.json"
    model, what = _subject(list(models(arguments)), arguments.what)
    costs = model.costs
    if costs is None:
        raise UserError(
            f"{model.name or arguments.file}: {model.without_config}, so there is nothing to derive"
        )
    for number, figure in enumerate(_figures(costs, what)):
        lines = _explained(costs, figure)
        write(sys.stdout, "\n" * bool(number) + "".join(f"{visible(line)}\n" for line in lines))
    return CLEAN


def _subject(found: list[Model], what: str) -> tuple[Model, str]:
    """Return the model that is meant, and the rest of a pointer that begins with its name."""
    if what.startswith("/"):
        from archlint.source.pointer import escape

        for model in found:
            head = f"/{escape(model.name)}/" if model.name is not None else None
            if head is not None and what.startswith(head):
                return model, what[len(head) - 1 :]
    if len(found) != 1:
        names = ", ".join(model.name or "?" for model in found[:3])
        raise UserError(f"the file has {len(found)} models; say which with --model ({names}, ...)")
    return found[0], what


def _figures(costs: Costs, what: str) -> tuple[str, ...]:
    if what in FIGURES:
        return (what,)
    short = [name for name in FIGURES if name.partition(".")[2] == what or name.partition(".")[0] == what]
    if short:
        return tuple(short)
    key = what.rsplit("/", 1)[-1]
    if key in FIELDS:
        return FIELDS[key]
    resting = [
        name
        for name in FIGURES
        if (derivation := costs.derivation(name)) is not None and key in derivation.keys()  # noqa: SIM118
    ]
    if resting:
        return tuple(resting)
    from archlint.specs.near import nearest

    near = nearest(what, FIGURES)
    hint = f" (did you mean {near}?)" if near else f"; figures are {', '.join(FIGURES)}"
    raise UserError(f"{what}: no figure, and no key that a figure rests on{hint}")


def _explained(costs: Costs, name: str) -> list[str]:
    figure = costs.figure(name)
    if figure.value is None:
        return [f"{name}: not derived: {figure.reason}"]
    derivation = costs.derivation(name)
    lines = derivation.tree() if derivation is not None else [f"{name} = {figure.value:,} {FIGURES[name]}"]
    if not figure.verified:
        lines.append(f"not verified: {figure.reason}")
    return lines
