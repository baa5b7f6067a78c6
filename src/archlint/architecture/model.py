"""An architecture: embedding, layers, head; what stands beside them; what could not be verified."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from archlint.architecture.dtype import BF16, Dtype
from archlint.architecture.embedding import Embedding, Head
from archlint.architecture.formula import Formula
from archlint.architecture.part import Part, Weight, total
from archlint.architecture.quantization import Quantization, Storage
from archlint.values import dataclass, field


@dataclass(frozen=True, slots=True)
class Reused(Part):
    """A part whose weights are those of an earlier layer: it adds cache, state and work, no parameters."""

    part: Part

    @property
    def kind(self) -> str:  # type: ignore[override]
        """That of the part."""
        return self.part.kind

    @property
    def group(self) -> str:  # type: ignore[override]
        """That of the part."""
        return self.part.group

    def cache_bytes_per_token(self, dtype: Dtype = BF16) -> int:
        """As the part."""
        return self.part.cache_bytes_per_token(dtype)

    def growing_bytes_per_token(self, dtype: Dtype = BF16) -> int:
        """As the part."""
        return self.part.growing_bytes_per_token(dtype)

    def gallery_bytes_per_token(self, dtype: Dtype = BF16) -> int:
        """As the part."""
        return self.part.gallery_bytes_per_token(dtype)

    def cache_bytes(self, context: int, dtype: Dtype = BF16) -> int:
        """As the part."""
        return self.part.cache_bytes(context, dtype)

    def state_bytes(self, dtype: Dtype = BF16) -> int:
        """As the part."""
        return self.part.state_bytes(dtype)

    def matmul_flops(self) -> int:
        """As the part."""
        return self.part.matmul_flops()

    def mixing_flops(self, context: int, prefill: bool = False) -> int:
        """As the part."""
        return self.part.mixing_flops(context, prefill)

    def cache_formula(self, dtype: Dtype = BF16) -> tuple[Formula, ...]:
        """As the part."""
        return self.part.cache_formula(dtype)

    def gallery_formula(self, dtype: Dtype = BF16) -> tuple[Formula, ...]:
        """As the part."""
        return self.part.gallery_formula(dtype)

    def state_formula(self, dtype: Dtype = BF16) -> tuple[Formula, ...]:
        """As the part."""
        return self.part.state_formula(dtype)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer: usually one mixer and one feed-forward, but there may be none or several of either.

    ``norms`` and ``extra`` are the weights outside them. Equal layers of a model are one object.
    """

    mixers: tuple[Part, ...]
    feed_forwards: tuple[Part, ...]
    norms: tuple[Weight, ...] = ()
    extra: tuple[Weight, ...] = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        """Mixers and feed-forwards."""
        return self.mixers + self.feed_forwards

    @property
    def loose(self) -> tuple[Weight, ...]:
        """Weights outside mixers and feed-forwards."""
        return self.norms + self.extra

    def parameters(self) -> int:
        """All parameters of the layer."""
        return sum(part.parameters() for part in self.parts) + total(self.loose)

    def active_parameters(self) -> int:
        """Parameters that one token uses."""
        return sum(part.active_parameters() for part in self.parts) + sum(
            weight.active_parameters for weight in self.loose
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mtp:
    """Layers that predict further tokens; apart from every total."""

    layers: tuple[Layer, ...]
    extra: tuple[Weight, ...] = ()

    def parameters(self) -> int:
        """All parameters, those shared with the model left out."""
        return sum(layer.parameters() for layer in self.layers) + total(self.extra)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tower:
    """An encoder beside the language model (vision, audio); ``known``: its size is derived.

    ``at_most`` is a bound of the parameters of one that is not known, None where there is none.
    """

    name: str
    layers: tuple[Layer, ...] = ()
    extra: tuple[Weight, ...] = ()
    known: bool = True
    at_most: int | None = None

    def parameters(self) -> int | None:
        """All parameters, or None."""
        return sum(layer.parameters() for layer in self.layers) + total(self.extra) if self.known else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """A model, normalised.

    ``unverified`` and ``absent`` name figures, or groups of them (``parameters``, ``parameters.mtp``,
    ``kv_cache``, ``state``, ``weights``, ``flops``, ``layers``, ``*``) with the reason: an unverified figure is given,
    an absent one is not. ``final`` are the weights after the last layer, before the head.
    """

    model_type: str
    layers: tuple[Layer, ...] = ()
    embedding: Embedding | None = None
    head: Head | None = None
    final: tuple[Weight, ...] = ()
    mtp: Mtp | None = None
    towers: tuple[Tower, ...] = ()
    notes: tuple[str, ...] = ()
    unverified: Mapping[str, str] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)
    known: bool = True
    dtype: Dtype | None = None
    storage: Storage = field(default_factory=Storage, repr=False, compare=False)
    context: int | None = None
    _known_layers: list[object] = field(default_factory=list, repr=False, compare=False)
    """The layers of which the different ones are known, and those."""

    @property
    def quantization(self) -> Quantization | None:
        """How the weights are quantised, None where they are not."""
        return self.storage.quantization

    def distinct_layers(self) -> list[tuple[Layer, int]]:
        """Return each different layer with how often it occurs, in order of first occurrence."""
        known = self._known_layers
        if not known or known[0] is not self.layers:
            known[:] = self.layers, self._find_distinct()
        return cast("list[tuple[Layer, int]]", known[1])

    def _find_distinct(self) -> list[tuple[Layer, int]]:
        distinct = {id(layer): layer for layer in self.layers}
        if len(distinct) == 1:
            return [(self.layers[0], len(self.layers))]
        counts = dict.fromkeys(distinct, 0)
        for layer in self.layers:
            counts[id(layer)] += 1
        return [(distinct[key], count) for key, count in counts.items()]

    def distinct_mixers(self) -> list[tuple[Part, int]]:
        """Return each different mixer with how often it occurs."""
        return _parts((layer.mixers, count) for layer, count in self.distinct_layers())

    def distinct_feed_forwards(self) -> list[tuple[Part, int]]:
        """Return each different feed-forward with how often it occurs."""
        return _parts((layer.feed_forwards, count) for layer, count in self.distinct_layers())

    def mixer_kinds(self) -> dict[str, int]:
        """Return how many layers have a mixer of each kind; a layer without one counts under ``none``."""
        return _kinds(layer.mixers for layer in self.layers)

    def feed_forward_kinds(self) -> dict[str, int]:
        """Return how many layers have a feed-forward of each kind; one without counts under ``none``."""
        return _kinds(layer.feed_forwards for layer in self.layers)


def _parts(layers: Iterable[tuple[tuple[Part, ...], int]]) -> list[tuple[Part, int]]:
    """Add up how often each part occurs in layers that occur so often."""
    counts: dict[int, int] = {}
    first: dict[int, Part] = {}
    for parts, count in layers:
        for part in parts:
            key = id(part)
            counts[key] = counts.get(key, 0) + count
            first.setdefault(key, part)
    return [(first[key], count) for key, count in counts.items()]


def _kinds(layers: Iterable[tuple[Part, ...]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for parts in layers:
        for kind in dict.fromkeys(part.kind for part in parts) or ("none",):
            counts[kind] = counts.get(kind, 0) + 1
    return counts
