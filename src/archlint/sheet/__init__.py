"""The cost sheet of a model: what ``archlint show`` prints, the editor charts and other programs read.

``sheet`` gives the JSON object; the modules ``table`` and ``markdown`` show it to people.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

from archlint.architecture import BF16, Dtype
from archlint.costs import FIGURES, FLOPS_CONTEXT
from archlint.specs.size import Unknown

if TYPE_CHECKING:
    from archlint.architecture import Architecture
    from archlint.costs import Costs
    from archlint.model import Model

CONTEXTS = (8_192, 32_768, 131_072)
"""Contexts at which the cache is always given, in tokens."""


class Parameters(TypedDict):
    """Parameter counts; None where not derivable."""

    total: int | None
    active: int | None
    active_without_input_embedding: int | None
    embedding: int | None
    mtp: int | None
    towers: int | None
    by_part: dict[str, int | None]


class KvCache(TypedDict):
    """Cache bytes: per token in bf16, and in all ``at`` a context in ``dtype``."""

    bytes_per_token: int | None
    growing_bytes_per_token: int | None
    gallery_bytes_per_token: int | None
    at: dict[str, int | None]
    dtype: str


class State(TypedDict):
    """Recurrent and convolution state of one sequence, bytes."""

    bytes: int | None


class Layers(TypedDict):
    """Layers by kind; no kinds where they are not known. ``pattern`` has one item a run of equal layers."""

    total: int | None
    mixers: dict[str, int]
    feed_forwards: dict[str, int]
    pattern: list[Run]


class Run(TypedDict):
    """``count`` layers in a row with these mixers and feed-forwards."""

    count: int
    mixers: list[str]
    feed_forwards: list[str]


class Weights(TypedDict):
    """The published weights, bytes; ``estimate`` where only the files' headers would say exactly."""

    bytes: int | None
    dtype: str | None
    estimate: bool


class Flops(TypedDict):
    """FLOPs of one token at ``context`` tokens."""

    per_token: int | None
    per_prefill_token: int | None
    context: int


class Sheet(TypedDict):
    """The costs of one model. ``composite_type`` is the model_type of what the language model stands in, if any."""

    file: str
    name: str | None
    model_type: str | None
    composite_type: str | None
    verified: dict[str, bool]
    parameters: Parameters
    kv_cache: KvCache
    state: State
    layers: Layers
    weights: Weights
    flops: Flops
    derivations: dict[str, str]
    absent: dict[str, str]
    unverified: dict[str, str]
    notes: list[str]
    context: int | None


def sheet(model: Model, context: int | None = None, dtype: Dtype = BF16) -> Sheet | None:
    """Return the costs of ``model`` as the JSON object; None for a model without a config.

    The cache is given at ``CONTEXTS``, at the declared context and at ``context``; FLOPs at ``context``, else at
    8,192 tokens.
    """
    shape, costs = model.architecture, model.costs
    if shape is None or costs is None:
        return None
    figures = costs.figures()
    if context is not None:
        figures["flops.per_token"] = costs.flops_at(context)
        figures["flops.per_prefill_token"] = costs.flops_at(context, prefill=True)
    value = {name: figure.value for name, figure in figures.items()}
    return Sheet(
        file=model.document.name,
        name=model.name,
        model_type=shape.model_type or None,
        composite_type=_composite(model),
        verified={name: figure.verified for name, figure in figures.items()},
        parameters=Parameters(
            total=value["parameters.total"],
            active=value["parameters.active"],
            active_without_input_embedding=value["parameters.active_without_input_embedding"],
            embedding=value["parameters.embedding"],
            mtp=value["parameters.mtp"],
            towers=value["parameters.towers"],
            by_part=dict(costs.by_part()),
        ),
        kv_cache=KvCache(
            bytes_per_token=value["kv_cache.bytes_per_token"],
            growing_bytes_per_token=value["kv_cache.growing_bytes_per_token"],
            gallery_bytes_per_token=value["kv_cache.gallery_bytes_per_token"],
            at=_cache_at(costs, contexts(shape, context), dtype),
            dtype=dtype.name,
        ),
        state=State(bytes=value["state.bytes"]),
        layers=_layers(shape),
        weights=Weights(
            bytes=value["weights.bytes"],
            dtype=_weight_dtype(shape),
            estimate=figures["weights.bytes"].estimate,
        ),
        flops=Flops(
            per_token=value["flops.per_token"],
            per_prefill_token=value["flops.per_prefill_token"],
            context=FLOPS_CONTEXT if context is None else context,
        ),
        derivations=_derivations(costs),
        absent={name: figure.reason for name, figure in figures.items() if figure.value is None},
        unverified={
            name: figure.reason
            for name, figure in figures.items()
            if figure.value is not None and not figure.verified
        },
        notes=list(shape.notes),
        context=_declared(shape),
    )


def _composite(model: Model) -> str | None:
    """Return the model_type of the file where the language model has another of its own."""
    config = model.config
    if config is None or config.wrapper is None or config.wrapper_type == config.model_type:
        return None
    return config.wrapper_type or None


def contexts(shape: Architecture, asked: int | None = None) -> Sequence[int]:
    """Return the contexts at which the cache is shown, ascending."""
    return sorted({*CONTEXTS, *(each for each in (_declared(shape), asked) if each is not None)})


def _declared(shape: Architecture) -> int | None:
    """Return the context that the config states, in tokens; None when it cannot be read."""
    return None if isinstance(shape.context, Unknown) else shape.context


def _cache_at(costs: Costs, lengths: Sequence[int], dtype: Dtype) -> dict[str, int | None]:
    return {str(length): costs.cache_at(length, dtype).value for length in lengths}


def _layers(shape: Architecture) -> Layers:
    if "*" in shape.absent:
        return Layers(total=None, mixers={}, feed_forwards={}, pattern=[])
    if "layers" in shape.absent:
        return Layers(total=len(shape.layers) or None, mixers={}, feed_forwards={}, pattern=[])
    pattern: list[Run] = []
    for layer in shape.layers:
        mixers = [part.kind for part in layer.mixers] or ["none"]
        feed_forwards = [part.kind for part in layer.feed_forwards] or ["none"]
        if pattern and pattern[-1]["mixers"] == mixers and pattern[-1]["feed_forwards"] == feed_forwards:
            pattern[-1]["count"] += 1
        else:
            pattern.append(Run(count=1, mixers=mixers, feed_forwards=feed_forwards))
    return Layers(
        total=len(shape.layers) or None,
        mixers=shape.mixer_kinds(),
        feed_forwards=shape.feed_forward_kinds(),
        pattern=pattern,
    )


def _weight_dtype(shape: Architecture) -> str | None:
    if shape.quantization is not None:
        return shape.quantization.method
    return None if shape.dtype is None else shape.dtype.name


def _derivations(costs: Costs) -> dict[str, str]:
    found = ((name, costs.derivation(name)) for name in FIGURES)
    return {name: derivation.line() for name, derivation in found if derivation is not None}
