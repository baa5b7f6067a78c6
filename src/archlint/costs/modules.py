"""Which weights a quantisation leaves as they are, or treats in a way of its own: module names and patterns.

Checkpoints, engines and archlint name modules in slightly different ways (``mlp`` or ``ffn``, ``w1`` or
``gate_proj``). Names are compared in one spelling. A pattern is a module (with all below it), a glob with
``*``, or a regular expression after ``re:``; expressions that could take long are not run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cache
from typing import Final

from archlint.specs.size import Unreadable
from archlint.values import NamedTuple

MOST_PATTERNS: Final = 50_000
LONGEST_PATTERN: Final = 300
MOST_REPEATS: Final = 4

_SPELLINGS: Final = {
    "attn": "self_attn",
    "attention": "self_attn",
    "ffn": "mlp",
    "block_sparse_moe": "mlp",
    "feed_forward": "mlp",
    "moe": "mlp",
    "shared_mlp": "mlp.shared_experts",
    "shared_expert": "shared_experts",
    "shared": "shared_experts",
    "router": "gate",
    "head": "lm_head",
    "out_proj": "o_proj",
    "w1": "gate_proj",
    "w2": "down_proj",
    "w3": "up_proj",
    "in_proj_qkv": "in_proj_qkvz",
    "in_proj_z": "in_proj_qkvz",
    "in_proj_a": "in_proj_ba",
    "in_proj_b": "in_proj_ba",
}
_FUSED: Final = {
    "gate_up_proj": ("gate_proj", "up_proj"),
    "qkv_proj": ("q_proj", "k_proj", "v_proj"),
    "fused_qkv_a_proj": ("q_a_proj", "kv_a_proj_with_mqa"),
}
_FRONT: Final = re.compile(r"^(?:model|language_model|text_model|transformer|backbone)(?:\.|$)")
_TOWER: Final = re.compile(r"^(?:model\.)?(?:vision|visual|audio|multi_modal|mm_)")
_LAYER: Final = re.compile(r"^layers\.(\d+)\.(.+)$")
_SLOW: Final = re.compile(r"\)[*+{?]|\\[1-9]|\(\?[<P=!]")
_CONTAINERS: Final = frozenset(("self_attn", "linear_attn", "mlp", "conv", "mamba", "mixer"))
_OTHER_SPELLINGS: Final = (
    ("shared_experts", "shared_expert"),
    (".experts.", ".experts.0."),
    (".mlp.", ".block_sparse_moe."),
    (".mlp.", ".ffn."),
    (".self_attn.", ".attn."),
)


class Pattern(NamedTuple):
    """A pattern in one spelling: ``text`` below layer ``layer`` (None: anywhere), ``kind`` module, glob or re."""

    kind: str
    text: str
    layer: int | None
    entry: int


@cache
def read_patterns(texts: tuple[str, ...]) -> tuple[dict[int, tuple[Pattern, ...]], tuple[Pattern, ...]]:
    """Return the patterns of each layer, and those of all layers. ``entry`` is the place in ``texts``."""
    if len(texts) > MOST_PATTERNS:
        raise Unreadable(f"more than {MOST_PATTERNS:,} patterns of modules")
    own: dict[int, list[Pattern]] = {}
    everywhere: list[Pattern] = []
    for entry, text in enumerate(texts):
        for pattern in _read(text, entry):
            if pattern.layer is None:
                everywhere.append(pattern)
            else:
                own.setdefault(pattern.layer, []).append(pattern)
    return {layer: tuple(found) for layer, found in own.items()}, tuple(everywhere)


def _read(text: str, entry: int) -> Iterable[Pattern]:
    if len(text) > LONGEST_PATTERN:
        raise Unreadable(f"a pattern of modules is longer than {LONGEST_PATTERN} characters")
    if text.startswith("re:"):
        yield Pattern("re", text[3:], None, entry)
        return
    if _TOWER.match(text):
        return
    while _FRONT.match(text):
        text = _FRONT.sub("", text)
    parts = text.removesuffix(".weight").split(".")
    last = parts[-1]
    for name in _FUSED.get(last, (last,)):
        spelled = spell(".".join((*parts[:-1], name)))
        if not spelled.strip("*."):
            continue
        found = _LAYER.match(spelled)
        kind = "glob" if "*" in spelled or "?" in spelled or "[" in spelled else "module"
        if found is None:
            yield Pattern(kind, spelled, None, entry)
        else:
            rest = found[2]
            kind = "glob" if "*" in rest or "?" in rest or "[" in rest else "module"
            yield Pattern(kind, rest, int(found[1]), entry)


@cache
def spell(name: str) -> str:
    """Return ``name`` in the one spelling, numbers of experts left out."""
    found: list[str] = []
    for part in name.split("."):
        stars = part[len(part.rstrip("*")) :]
        plain = part.rstrip("*")
        if found and found[-1] == "experts" and plain.isdigit():
            continue
        found.append(_SPELLINGS.get(plain, plain) + stars)
    return ".".join(found)


def first_match(patterns: Iterable[Pattern], module: str, layer: int | None, front: str = "") -> int | None:
    """Return the entry of the first pattern that covers ``module`` (spelled, below its layer), or None."""
    place = module if layer is None else f"layers.{layer}.{module}"
    best: int | None = None
    for pattern in patterns:
        if best is not None and pattern.entry >= best:
            continue
        if _covers(pattern, module, f"{front}{place}"):
            best = pattern.entry
    return best


def _covers(pattern: Pattern, module: str, place: str) -> bool:
    text = pattern.text
    if pattern.kind == "re":
        return _search(text, place)
    if pattern.layer is not None:
        if text in ("mixer", "mixer*"):
            return True
        if text.startswith("mixer."):
            return _is(text.removeprefix("mixer."), pattern.kind, _below(module))
        return _is(text, pattern.kind, module)
    if pattern.kind == "glob":
        return fnmatchcase(place, text) or fnmatchcase(place, f"*.{text}") or fnmatchcase(place, f"{text}.*")
    return f".{text}." in f".{place}."


def _is(text: str, kind: str, name: str) -> bool:
    if kind == "module":
        return name == text or name.startswith(f"{text}.")
    return fnmatchcase(name, text) or fnmatchcase(name, f"{text}.*")


def _below(module: str) -> str:
    first, _, rest = module.partition(".")
    return rest if first in _CONTAINERS else module


@cache
def _compiled(text: str) -> re.Pattern[str] | None:
    if _SLOW.search(text) or sum(text.count(sign) for sign in "*+{?") > MOST_REPEATS:
        raise Unreadable(f"the pattern re:{text[:60]} is too involved to be run")
    try:
        return re.compile(text)
    except re.error:
        return None


def _search(text: str, place: str) -> bool:
    expression = _compiled(text)
    return expression is not None and any(expression.search(name) for name in _spellings(place))


@cache
def _spellings(place: str) -> tuple[str, ...]:
    """Return the names under which checkpoints may know the module at ``place``."""
    names = {place if place.startswith(("lm_head", "mtp")) else f"model.{place}"}
    for ours, theirs in _OTHER_SPELLINGS:
        names |= {name.replace(ours, theirs) for name in names}
    return tuple(names)
