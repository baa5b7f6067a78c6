"""A model as the rules see it: what is claimed of it (card), how it is built (config), what that implies (costs)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from archlint.source.document import Document
from archlint.source.tree import Node
from archlint.values import cached_property, dataclass, field

if TYPE_CHECKING:
    from archlint.architecture import Architecture
    from archlint.costs import Costs
    from archlint.specs.card import Card
    from archlint.specs.config import Config


@dataclass(eq=False)
class Implied:
    """What a config implies, worked out when first asked for."""

    config: Config

    @cached_property
    def architecture(self) -> Architecture:
        """The architecture that the config describes."""
        from archlint.families import read

        return read(self.config)

    @cached_property
    def costs(self) -> Costs:
        """What the architecture implies."""
        from archlint.costs import derive

        return derive(self.architecture)


@dataclass(eq=False)
class Model:
    """One model of a spec file.

    ``node`` is the value in ``document`` that speaks of it: a config's root, a gallery entry, front matter. It need
    be no mapping, and is None when nothing stands there.
    ``config_document`` is where ``config`` stands: ``document`` itself, or the file that was found for a card. With it
    and without ``config``, the file cannot be read, or only a part of it.
    ``siblings`` are all cards of the same file, this one included, in file order. ``beside`` holds other files
    about the same model that stand in its folder, by their names: a card's README.md, the config.json of a
    params.json. ``implied`` is what another version of the file already found out about the same config.
    """

    document: Document
    node: Node | None
    name: str | None = None
    name_node: Node | None = None
    card: Card | None = None
    config: Config | None = None
    config_document: Document | None = None
    siblings: Sequence[Model] = field(default_factory=tuple, repr=False)
    beside: Mapping[str, Document] = field(default_factory=dict, repr=False)
    implied: Implied | None = field(default=None, repr=False)

    @property
    def without_config(self) -> str:
        """Why there is no config, in a few words."""
        return "no config was found" if self.config_document is None else "its config cannot be read"

    @cached_property
    def architecture(self) -> Architecture | None:
        """The architecture that the config describes."""
        implied = self._implied
        return None if implied is None else implied.architecture

    @cached_property
    def costs(self) -> Costs | None:
        """What the architecture implies."""
        implied = self._implied
        return None if implied is None else implied.costs

    @cached_property
    def _implied(self) -> Implied | None:
        if self.implied is not None or self.config is None:
            return self.implied
        return Implied(self.config)
