"""Rules that need code: what installed Python packages bring, and the configuration names.

A package declares an entry point of the group ``archlint.plugins``. It names a module (or any object) with

- ``RULES``: the folder of its rule files, each with ``raised_by: plugin``, and
- ``check(model)``: a function that yields a ``Problem`` for each violation in a ``Model``; ``Problem.rule`` is the name
  of a rule file, ``start`` and ``end`` lie in ``model.document``.

Nothing is loaded unless ``plugins = ["name"]`` stands in the configuration; an editor leaves plugins out of a workspace
that is not trusted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol, cast

from archlint.model import Model
from archlint.project import ConfigurationError
from archlint.source.document import Problem

GROUP = "archlint.plugins"


class Plugin(Protocol):
    """What an entry point loads."""

    RULES: Path

    def check(self, model: Model) -> Iterable[Problem]:
        """Yield what is wrong with a model."""
        ...


@lru_cache(maxsize=32)
def plugin(name: str) -> Plugin:
    """Return the plugin called ``name``; raise ConfigurationError when there is none, or it does not load."""
    from importlib.metadata import entry_points

    for point in entry_points(group=GROUP, name=name):
        try:
            loaded = point.load()
        except Exception as error:
            raise ConfigurationError(f"plugin {name}: does not load: {error}") from None
        if not callable(getattr(loaded, "check", None)) or not isinstance(
            getattr(loaded, "RULES", None), Path
        ):
            raise ConfigurationError(f"plugin {name}: {point.value} has no RULES folder or no check function")
        return cast("Plugin", loaded)
    known = sorted(point.name for point in entry_points(group=GROUP))
    raise ConfigurationError(
        f"plugin {name}: no installed package brings it ({', '.join(known) or 'none does'})"
    )


def rule_files(names: Sequence[str]) -> dict[str, Path]:
    """Return the rule files of plugins, by the name that messages use for them."""
    files: dict[str, Path] = {}
    for name in names:
        folder = plugin(name).RULES
        for path in sorted(folder.rglob("*.yaml")):
            files[f"{name}:{path.relative_to(folder).as_posix()}"] = path
    return files


def problems(names: Sequence[str], models: Iterable[Model]) -> Iterator[Problem]:
    """Yield what the plugins find; one that raises is a ConfigurationError, never passed over in silence."""
    for model in models:
        for name in names:
            try:
                yield from list(plugin(name).check(model))
            except ConfigurationError:
                raise
            except Exception as error:
                where = model.name or model.document.name
                what = f"{type(error).__name__}: {error}"
                raise ConfigurationError(f"plugin {name}: failed on {where}: {what}") from error
