"""The pipeline: a document in, its models and findings out. Every front end calls ``lint``."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import TYPE_CHECKING

from archlint.findings import Finding
from archlint.model import Model
from archlint.project import Settings
from archlint.source.document import Document, Problem
from archlint.specs.kind import Recognition, is_pointer, recognise
from archlint.specs.sniff import is_spec_name
from archlint.values import NamedTuple, cached_property, dataclass, replace

if TYPE_CHECKING:
    from archlint.memo import Memo
    from archlint.source.tree import Node, Plain
    from archlint.specs.card import Card
    from archlint.specs.config import Config

ConfigFinder = Callable[["Card", Document], "Document | None"]


@dataclass(frozen=True)
class Linted:
    """What came of one document. ``models`` is empty when it is no spec file."""

    document: Document
    recognition: Recognition
    models: tuple[Model, ...]
    findings: tuple[Finding, ...]

    @property
    def name(self) -> str:
        """The file's name, as it is shown."""
        return self.document.name

    @property
    def text(self) -> str:
        """The file's text."""
        return self.document.text

    @property
    def is_spec(self) -> bool:
        """Whether the file is a spec file."""
        return self.recognition.kind is not None

    @property
    def model_count(self) -> int:
        """How many models it describes."""
        return len(self.models)

    @cached_property
    def cards(self) -> tuple[Model, ...]:
        """The models that are cards, or have one."""
        return tuple(model for model in self.models if model.card is not None)

    @property
    def cards_with_config(self) -> int:
        """Cards for which a config was found, whether it can be read or not."""
        return len(self.cards) - self.cards_without_config

    @property
    def cards_without_config(self) -> int:
        """Cards for which none was."""
        return [model.config_document for model in self.cards].count(None)

    @property
    def cards_unchecked(self) -> int:
        """Cards whose config was found, and cannot be read."""
        return [model.config for model in self.cards].count(None) - self.cards_without_config


class Remembered(NamedTuple):
    """What ``Linted`` says of a file, without its tree: from a cache, or from another process."""

    name: str
    text: str
    findings: tuple[Finding, ...]
    is_spec: bool
    model_count: int
    cards_with_config: int
    cards_without_config: int
    cards_unchecked: int = 0


def remembered(linted: Linted) -> Remembered:
    """Return what a report needs of an outcome: of a file without findings not its text."""
    return Remembered(
        linted.name,
        linted.text if linted.findings else "",
        linted.findings,
        linted.is_spec,
        linted.model_count,
        linted.cards_with_config,
        linted.cards_without_config,
        linted.cards_unchecked,
    )


def neighbour_finder(finder: ConfigFinder) -> Callable[[Document, str], Document | None] | None:
    """Return what finds a file beside a document, where a config finder knows folders, too."""
    return getattr(finder, "beside", None)


def no_configs(card: Card, document: Document) -> None:
    """Find no config: the finder of a document that stands alone."""


def read(
    document: Document, find_config: ConfigFinder = no_configs, memo: Memo | None = None
) -> tuple[Recognition, tuple[Model, ...]]:
    """Say what a document is, and return the models that it describes."""
    recognition = recognise(document)
    if recognition.kind is None or document.root is None:
        return recognition, ()
    if recognition.kind in ("config", "params"):
        from archlint.specs.config import config_in

        config = config_in(document)
        if config is not None and recognition.kind == "config":
            _look_beside(config, document, find_config, at_once=memo is not None)
        models = [Model(document, document.root, config=config, config_document=document)]
        if recognition.kind == "params":
            models[0].beside = _beside(document, "config.json", find_config)
        return recognition, tuple(models)
    from archlint.specs.card import read_cards

    models = [_of_card(card, document, find_config, memo) for card in read_cards(document, recognition)]
    siblings = tuple(models)
    for model in models:
        model.siblings = siblings
    return recognition, siblings


def lint(
    document: Document,
    settings: Settings,
    find_config: ConfigFinder = no_configs,
    *,
    named: bool = False,
    memo: Memo | None = None,
) -> Linted:
    """Return the models of ``document`` and every finding on it, in file order, suppressions applied.

    A file that is no spec file has none, unless the user ``named`` it: then the finding says so. ``memo`` remembers
    what an earlier version of the document gave; with it the outcome is the same, and sooner there.
    """
    if memo is not None:
        memo.begin()
    recognition, models = read(document, find_config, memo)
    if recognition.kind is None and not named:
        return Linted(document, recognition, (), ())
    from archlint.rules.engine import run, running

    if recognition.kind is not None:
        problems = _schema_problems(models, running(settings, document.name), memo)
        if settings.plugins:
            from archlint.plugins import problems as problems_of_plugins

            problems += problems_of_plugins(settings.plugins, models)
        findings = run(document, recognition, models, settings, problems, memo)
    else:  # what is wrong with the text is told only where the name promised a spec file
        promised = is_spec_name(document.name) and not is_pointer(document.text)
        told = document if promised else replace(document, problems=[])
        unread = bool(told.problems) and told.root is None  # then those say why
        problems = [] if unread else [Problem("not-a-spec-file", 0, 0, {"reason": recognition.reason})]
        findings = run(told, recognition, (), settings, problems)
    return Linted(document, recognition, models, tuple(findings))


def _schema_problems(models: tuple[Model, ...], wanted: Container[str], memo: Memo | None) -> list[Problem]:
    """Return what the schema stage finds in the configs and cards of this file, of the ``wanted`` rules at least."""
    found: list[Problem] = []
    for model in models:
        if model.config is not None and model.config_document is model.document:
            from archlint.specs.config_check import check_config

            found += check_config(model.config, model.document, wanted)
    cards = [model.card for model in models if model.card is not None]
    if not cards:
        return found
    from archlint.specs.check import check_card, that_others_have

    check = check_card if memo is None else memo.checked(check_card)
    return found + that_others_have([problem for card in cards for problem in check(card)], cards)


def _of_card(card: Card, document: Document, find_config: ConfigFinder, memo: Memo | None) -> Model:
    from archlint.specs.config import Config

    model = Model(document, card.node, name=card.name, name_node=card.name_node, card=card)
    if card.kind == "card":
        model.beside = _beside(document, "README.md", find_config)
    inline = card.inline_config
    # Of a config that is cut off or broken a part is lost, and defaults in its place would be guesses.
    if inline is not None:
        model.config_document = document
        if not any(start <= inline.start < end for start, end in document.damaged):
            model.config = Config(inline)
        return model
    found = find_config(card, document)
    if found is not None and not found.problems and recognise(found).kind not in ("config", "params"):
        return model  # whatever is called config.json
    model.config_document = found
    if found is not None and found.root is not None and found.root.kind == "mapping" and not found.damaged:
        beside = _quantized_beside(found, found.root, find_config)
        # What is remembered rests on the config's own file alone.
        model.implied = memo.implied(found) if memo is not None and beside is None else None
        model.config = model.implied.config if model.implied is not None else Config(found.root)
        if beside is not None:
            model.config.look_beside(lambda: beside)
    return model


def _look_beside(config: Config, document: Document, finder: ConfigFinder, *, at_once: bool) -> None:
    """Let a config know what stands beside it, when asked; at once for who remembers what an outcome rests on."""
    root = config.root
    if at_once:
        found = _quantized_beside(document, root, finder)
        config.look_beside(lambda: found)
    else:
        config.look_beside(lambda: _quantized_beside(document, root, finder))


def _quantized_beside(document: Document, root: Node, finder: ConfigFinder) -> dict[str, Plain] | None:
    """Return what hf_quant_config.json says beside a config that says nothing of quantisation."""
    from archlint.specs.quantized_beside import BESIDE, stated_beside

    look = neighbour_finder(finder)
    return None if look is None else stated_beside(root, document.name, lambda: look(document, BESIDE))


def _beside(document: Document, name: str, finder: ConfigFinder) -> dict[str, Document]:
    look = neighbour_finder(finder)
    found = None if look is None else look(document, name)
    return {} if found is None else {name: found}
