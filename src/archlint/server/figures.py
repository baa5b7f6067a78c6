"""What a model's config implies, worded as a card writes it, and as hovers, hints and lenses show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archlint.rules.show import bytes_text, parameters_text

if TYPE_CHECKING:
    from archlint.architecture import Architecture
    from archlint.architecture.part import Part
    from archlint.costs import Costs, Figure
    from archlint.model import Model

CONTEXTS = (8192, 32768, 131072)

_MIXERS = {
    "global": "global",
    "sliding": "sliding-window",
    "chunked": "chunked",
    "mla": "MLA",
    "sparse": "sparse",
    "compressed": "CSA/HCA",
    "linear": "linear",
    "mamba": "Mamba",
    "conv": "convolution",
    "recurrent": "recurrent",
    "none": "no mixer",
    "cross": "cross-attention",
}
_RECURRENT = frozenset(("linear", "mamba", "conv", "recurrent"))


@dataclass(frozen=True, slots=True)
class Recomputed:
    """A card's figure as its config implies it. ``lines`` are the arithmetic."""

    text: str
    lines: tuple[str, ...] = ()
    verified: bool = True
    reason: str = ""


def recomputed(model: Model, key: str) -> Recomputed | None:
    """Return what a card's key should say; None when the config is unknown or does not imply it."""
    build = _RECOMPUTED.get(key)
    if build is None or model.config is None or model.costs is None:
        return None
    return build(model)


def _kv_cache(model: Model) -> Recomputed | None:
    return _of_figure(model, "kv_cache.gallery_bytes_per_token", bytes_text)


def _parameter_count(model: Model) -> Recomputed | None:
    return _of_figure(model, "parameters.total", str)


def _of_figure(model: Model, name: str, show: object) -> Recomputed | None:
    assert model.costs is not None
    figure = model.costs.figure(name)
    if figure.value is None:
        return None
    assert callable(show)
    return Recomputed(show(figure.value), derivation_lines(model.costs, name), figure.verified, figure.reason)


def _scale(model: Model) -> Recomputed | None:
    assert model.costs is not None
    total, active = model.costs.figure("parameters.total"), model.costs.figure("parameters.active")
    if total.value is None:
        return None
    text = parameters_text(total.value)
    lines = [f"{total.value:,} parameters"]
    if active.value is not None and active.value != total.value:
        share = share_text(active.value, total.value)
        text += f" total, {parameters_text(active.value)} active ({share} active)"
        lines.append(f"{active.value:,} active parameters, {share}")
    return Recomputed(text, tuple(lines), total.verified and active.verified, total.reason or active.reason)


def _layer_mix(model: Model) -> Recomputed | None:
    architecture = model.architecture
    if architecture is None or not architecture.layers:
        return None
    return Recomputed(mix_text(architecture))


def _vocabulary(model: Model) -> Recomputed | None:
    return _of_config(model, "vocab_size")


def _context(model: Model) -> Recomputed | None:
    context = None if model.architecture is None else known(model.architecture.context)
    if context is None:
        return None
    return Recomputed(f"{context:,}", (f"longest context in the config = {context}",))


def _of_config(model: Model, key: str) -> Recomputed | None:
    assert model.config is not None
    value = model.config.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return Recomputed(f"{value:,}", (f"{key} = {value}",))


def _decoder_type(model: Model) -> Recomputed | None:
    architecture = model.architecture
    if architecture is None or not architecture.layers:
        return None
    sparse = "experts" in architecture.feed_forward_kinds()
    hybrid = not _RECURRENT.isdisjoint(architecture.mixer_kinds())
    if hybrid:
        return Recomputed("Sparse hybrid" if sparse else "Dense hybrid")
    return Recomputed("Sparse MoE" if sparse else "Dense")


_RECOMPUTED = {
    "kv_cache_per_token_bf16": _kv_cache,
    "scale": _scale,
    "layer_mix": _layer_mix,
    "vocab_size": _vocabulary,
    "context_tokens": _context,
    "decoder_type": _decoder_type,
    "parameter_count": _parameter_count,
}


def derivation_lines(costs: Costs, name: str) -> tuple[str, ...]:
    """Return a figure's arithmetic on one line; its tree when the line would be long; nothing without one."""
    derivation = costs.derivation(name)
    if derivation is None:
        return ()
    line = derivation.line()
    if len(line) <= 300:
        return (line,)
    tree = derivation.tree()
    return tuple(tree[:24]) + (("…",) if len(tree) > 24 else ())


def share_text(part: int, whole: int) -> str:
    """Return ``5.5%``: the share as it follows from the two figures as written, in three digits each."""
    return f"{100 * _rounded(part) / _rounded(whole):.1f}%" if whole else "0%"


def _rounded(value: int) -> float:
    return float(f"{value:.3g}")


def mix_text(architecture: Architecture) -> str:
    """Return ``45 sliding-window + 15 global``: layers by what mixes their tokens."""
    kinds = architecture.mixer_kinds()
    if set(kinds) == {"global"}:
        return f"{kinds['global']} {grouping_name(architecture)}"
    return " + ".join(f"{count} {_MIXERS.get(kind, kind)}" for kind, count in kinds.items())


def grouping_name(architecture: Architecture) -> str:
    """Return ``MHA``, ``GQA`` or ``MQA`` where all attention is of one kind; else ``global``."""
    names = {grouping_of(mixer) for mixer, _ in architecture.distinct_mixers()}
    name = next(iter(names)) if len(names) == 1 else None
    return name.split()[0] if name else "global"


def grouping_of(mixer: Part) -> str | None:
    """Return ``GQA 4:1`` for attention with query and KV heads, None for another mixer."""
    heads, kv_heads = known(getattr(mixer, "heads", None)), known(getattr(mixer, "kv_heads", None))
    if not heads or not kv_heads:
        return None
    if heads == kv_heads:
        return "MHA"
    if kv_heads == 1:
        return f"MQA {int(heads)}:1"
    if heads % kv_heads:
        return None
    return f"GQA {heads // kv_heads}:1"


def known(value: object) -> int | None:
    """Return a size as a plain number; None for one that the config does not give, or not readably."""
    from archlint.specs.size import Unknown

    return int(value) if isinstance(value, int) and not isinstance(value, Unknown) else None


def shown(figure: Figure, form: str) -> str | None:
    """Return a figure in its unit (``bytes`` or ``parameters``), marked when it is not verified.

    None without one.
    """
    if figure.value is None:
        return None
    text = bytes_text(figure.value) if form == "bytes" else parameters_text(figure.value)
    return text if figure.verified else f"≈ {text}"


def summary(model: Model) -> list[str]:
    """Return parameters, active parameters and KV cache per token, each when it is known."""
    costs = model.costs
    if costs is None:
        return []
    parts = []
    total, active = costs.figure("parameters.total"), costs.figure("parameters.active")
    if (text := shown(total, "parameters")) is not None:
        parts.append(f"{text} parameters")
    if active.value is not None and active.value != total.value and (text := shown(active, "parameters")):
        parts.append(f"{text} active")
    per_token = costs.figure("kv_cache.bytes_per_token")
    if (text := shown(per_token, "bytes")) is not None:
        parts.append(f"{text}/token" if per_token.value else "no KV cache")
    return parts


def context_text(tokens: int) -> str:
    """Return ``8k`` for 8,192 tokens, ``1M`` for 1,048,576."""
    if tokens % (1 << 20) == 0:
        return f"{tokens >> 20}M"
    return f"{tokens // 1024}k" if tokens % 1024 == 0 else f"{tokens:,}"
