"""What an architecture implies, each figure with its derivation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from archlint.architecture import BF16, Architecture, Dtype
from archlint.architecture.formula import Formula
from archlint.costs import cache, flops, memory, parameters
from archlint.costs.derivation import Derivation
from archlint.costs.figure import Figure
from archlint.specs.size import Unknown, Unreadable

__all__ = ["FIGURES", "FLOPS_CONTEXT", "Costs", "Derivation", "Figure", "derive"]

FLOPS_CONTEXT: Final = 8192
"""Tokens that the FLOP figures assume where no context is asked for."""

FIGURES: Final = {
    "parameters.total": "parameters",
    "parameters.active": "parameters",
    "parameters.active_without_input_embedding": "parameters",
    "parameters.embedding": "parameters",
    "parameters.mtp": "parameters",
    "parameters.towers": "parameters",
    "kv_cache.bytes_per_token": "B",
    "kv_cache.growing_bytes_per_token": "B",
    "kv_cache.gallery_bytes_per_token": "B",
    "state.bytes": "B",
    "weights.bytes": "B",
    "flops.per_token": "FLOPs",
    "flops.per_prefill_token": "FLOPs",
}
"""Every figure and its unit. KV figures are bf16; ``parameters.total`` leaves out MTP layers and towers."""

_RESTS_ON: Final = {"weights": ("parameters",), "flops": ("parameters", "kv_cache")}


def derive(architecture: Architecture) -> Costs:
    """Return the costs of ``architecture``; each figure is worked out when it is first asked for."""
    return Costs(architecture)


class Costs:
    """The figures of one architecture."""

    __slots__ = ("_census", "_figures", "architecture")

    def __init__(self, architecture: Architecture) -> None:
        self.architecture = architecture
        self._figures: dict[str, Figure] = {}
        self._census: parameters.Census | None = None

    def figure(self, name: str) -> Figure:
        """Return the figure called ``name`` (a key of ``FIGURES``)."""
        found = self._figures.get(name)
        if found is None:
            found = self._figures[name] = self._work_out(name, self._formulas()[name])
        return found

    def figures(self) -> dict[str, Figure]:
        """Return every figure of ``FIGURES``."""
        return {name: self.figure(name) for name in FIGURES}

    def cache_at(self, context: int, dtype: Dtype = BF16) -> Figure:
        """Return the cache after ``context`` tokens, windows, chunks and compression applied, bytes."""
        return self._work_out("kv_cache.at", lambda: cache.cache_bytes(self.architecture, context, dtype))

    def flops_at(self, context: int, prefill: bool = False) -> Figure:
        """Return FLOPs per generated (or prefill) token at ``context``."""
        work = flops.prefill_flops_per_token if prefill else flops.flops_per_token
        return self._work_out("flops.per_token", lambda: work(self.architecture, context))

    def by_part(self) -> Mapping[str, int | None]:
        """Return parameters by part (``parameters.PARTS``, those that occur); None where one is not known."""
        if self.figure("parameters.total").value is None:
            return {}
        found = self._counted().by_part
        return {
            name: None if isinstance(found[name], Unknown) else int(found[name])
            for name in parameters.PARTS
            if name in found
        }

    def derivation(self, name: str) -> Derivation | None:
        """Return how the figure called ``name`` was worked out; None when it has no value or no formula."""
        value = self.figure(name).value
        build = _DERIVATIONS.get(name)
        if value is None or build is None:
            return None
        return Derivation(name, build(self.architecture), value, FIGURES[name])

    def _counted(self) -> parameters.Census:
        if self._census is None:
            self._census = parameters.census(self.architecture)
        return self._census

    def _work_out(self, name: str, formula: Callable[[], int]) -> Figure:
        missing = _said_of(name, self.architecture.absent)
        if missing is None and name == "weights.bytes":
            missing = self.architecture.storage.gap or None
        if missing is not None:
            return Figure(None, False, missing)
        estimate = name == "weights.bytes" and self.architecture.quantization is not None
        try:
            value = formula()
        except Unreadable as gap:
            return Figure(None, False, str(gap), estimate)
        if isinstance(value, Unknown):
            return Figure(None, False, value.reason, estimate)
        doubt = _said_of(name, self.architecture.unverified)
        return Figure(int(value), doubt is None, doubt or "", estimate)

    def _formulas(self) -> dict[str, Callable[[], int]]:
        shape = self.architecture
        return {
            "parameters.total": lambda: self._counted().total,
            "parameters.active": lambda: self._counted().active,
            "parameters.active_without_input_embedding": self._active_without_tables,
            "parameters.embedding": lambda: self._counted().embedding,
            "parameters.mtp": lambda: 0 if shape.mtp is None else shape.mtp.parameters(),
            "parameters.towers": self._towers,
            "kv_cache.bytes_per_token": lambda: cache.bytes_per_token(shape),
            "kv_cache.growing_bytes_per_token": lambda: cache.growing_bytes_per_token(shape),
            "kv_cache.gallery_bytes_per_token": lambda: cache.gallery_bytes_per_token(shape),
            "state.bytes": lambda: cache.state_bytes(shape),
            "weights.bytes": lambda: memory.weight_bytes(shape),
            "flops.per_token": lambda: flops.flops_per_token(shape, FLOPS_CONTEXT),
            "flops.per_prefill_token": lambda: flops.prefill_flops_per_token(shape, FLOPS_CONTEXT),
        }

    def _active_without_tables(self) -> int:
        counted = self._counted()
        return counted.active - counted.tables

    def _towers(self) -> int:
        whole = 0
        for tower in self.architecture.towers:
            parameters_of_tower = tower.parameters()
            if parameters_of_tower is None:
                raise Unreadable(f"the size of {tower.name} is not derived")
            whole = whole + parameters_of_tower
        return whole


_DERIVATIONS: Final[dict[str, Callable[[Architecture], Formula]]] = {
    "parameters.total": parameters.total_formula,
    "parameters.active": lambda shape: parameters.total_formula(shape, active=True),
    "parameters.active_without_input_embedding": parameters.without_tables_formula,
    "parameters.embedding": parameters.embedding_formula,
    "parameters.mtp": parameters.mtp_formula,
    "parameters.towers": parameters.towers_formula,
    "kv_cache.bytes_per_token": cache.cache_formula,
    "kv_cache.growing_bytes_per_token": lambda shape: cache.cache_formula(shape, "growing"),
    "kv_cache.gallery_bytes_per_token": lambda shape: cache.cache_formula(shape, "gallery"),
    "state.bytes": cache.state_formula,
    "weights.bytes": memory.bytes_formula,
    "flops.per_token": lambda shape: flops.flops_formula(shape, FLOPS_CONTEXT),
    "flops.per_prefill_token": lambda shape: flops.flops_formula(shape, FLOPS_CONTEXT, prefill=True),
}


def _said_of(name: str, said: Mapping[str, str]) -> str | None:
    """Return what ``said`` says of a figure, of its group, of everything, or of what it rests on."""
    if not said:
        return None
    group = name.partition(".")[0]
    for key in (name, group, "*", *_RESTS_ON.get(group, ())):
        if key in said:
            return said[key]
    return None
