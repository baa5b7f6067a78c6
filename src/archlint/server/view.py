"""A view: one text of a document with everything that was made out of it.

The features are functions of a view.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from archlint.findings import Finding
from archlint.linter import Linted, lint, read
from archlint.server.client import EditorOptions
from archlint.server.entry import range_of_model
from archlint.server.position import Text
from archlint.specs.sniff import looks_like_spec

if TYPE_CHECKING:
    from archlint.baseline import Baseline
    from archlint.hub import ConfigFinder
    from archlint.memo import Memo
    from archlint.model import Model
    from archlint.project import Settings
    from archlint.source.document import Document, Format
    from archlint.source.edits import Edit

_LANGUAGES: Mapping[str, Format] = {
    "json": "json",
    "jsonc": "json",
    "yaml": "yaml",
    "markdown": "front-matter",
}


@runtime_checkable
class Looking(Protocol):
    """A config finder that keeps an account of the files that it looked for."""

    @property
    def looked_for(self) -> set[str]:
        """The files that were asked for, whether they are there or not."""
        ...


class SupersededError(Exception):
    """The document has changed meanwhile: what was asked of an old text is of no use."""


@dataclass(frozen=True)
class View:
    """What is known of one version of a document.

    ``linted`` is None for a text that can be no spec file. ``good`` holds the entries that this or an earlier
    version described, by name: a half-typed entry answers from there.
    """

    uri: str
    version: int
    text: Text
    settings: Settings
    options: EditorOptions
    linted: Linted | None = None
    good: Mapping[str, Model] = field(default_factory=dict)
    baseline: Baseline | None = None
    looked_for: frozenset[Path] = frozenset()
    findings_of: Callable[[str], tuple[Finding, ...]] | None = None
    """Lints another text in the place of this one. To be called where the view was made: on the worker."""

    @property
    def document(self) -> Document | None:
        """The parsed document."""
        return None if self.linted is None else self.linted.document

    @property
    def models(self) -> tuple[Model, ...]:
        """The models of the document, in file order."""
        return () if self.linted is None else self.linted.models

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings on the document that the baseline does not accept, in file order."""
        return self._split[0]

    @property
    def _all(self) -> tuple[Finding, ...]:
        return () if self.linted is None else self.linted.findings

    @property
    def accepted(self) -> tuple[Finding, ...]:
        """The findings that the baseline accepts: no diagnostics, but told of and fixed where the cursor is."""
        return self._split[1]

    @cached_property
    def _split(self) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        if self.baseline is None:
            return self._all, ()
        new, accepted, _ = self.baseline.split(self._all, self.settings)
        return tuple(new), tuple(accepted)

    @cached_property
    def fixes(self) -> tuple[Edit, ...]:
        """What ``check --fix`` would do.

        To be asked for on the worker: it lints. Raises SupersededError when the document's text has changed.
        """
        if self.findings_of is None or not any(fix.safe for finding in self._all for fix in finding.fixes):
            return ()
        from archlint.fixing import fix_text
        from archlint.source.edits import difference

        return difference(self.text.value, fix_text(self.text.value, self.findings_of).text)

    @property
    def is_spec(self) -> bool:
        """Whether the document is a spec file."""
        return self.linted is not None and self.linted.recognition.kind is not None

    @cached_property
    def dependencies(self) -> frozenset[Path]:
        """The files beside the document itself that its findings rest on, those that are not there included."""
        others = (each for model in self.models for each in (model.config_document, *model.beside.values()))
        read = (Path(each.name) for each in others if each is not None and each is not self.document)
        return self.looked_for | frozenset(read)

    @cached_property
    def other_texts(self) -> Mapping[str, Text]:
        """The texts of those files by their names, for places in them."""
        found: dict[str, Text] = {}
        for model in self.models:
            for other in (model.config_document, *model.beside.values()):
                if other is not None and other is not self.document and other.name not in found:
                    found[other.name] = Text(other.text, self.text.encoding, other.lines.starts)
        return found

    def model_at(self, offset: int) -> Model | None:
        """Return the model whose entry ``offset`` stands in."""
        if len(self.models) == 1 and (self.models[0].card is None or self.models[0].card.kind != "gallery"):
            return self.models[0]
        for model in self.models:
            start, end = range_of_model(model)
            if start <= offset <= end:
                return model
        return self._model_above(offset)

    def _model_above(self, offset: int) -> Model | None:
        """Return the last entry that begins above ``offset``, when the place belongs to it by its indent."""
        start, end = self.text.line_range(self.text.line_of(offset))
        if self.text.value[start:end][:1] not in ("", " ", "#"):
            return None
        above = [(stop, model) for model in self.models if (stop := range_of_model(model)[1]) <= offset]
        if not above:
            return None
        stop, nearest = max(above, key=lambda each: each[0])
        between = self.text.value[stop:start]
        dedented = any(part[:1] not in ("", " ", "#", "\r") for part in between.split("\n")[1:])
        return None if dedented else nearest


def analyse(
    uri: str,
    name: str,
    version: int,
    text: Text,
    language: str,
    settings: Settings,
    options: EditorOptions,
    find_config: ConfigFinder,
    earlier: View | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    *,
    rules: bool = True,
    memo: Memo | None = None,
    baseline: Baseline | None = None,
) -> View | None:
    """Lint a text and return the view.

    None when it was cancelled on the way. Without ``rules`` only read it.
    """
    if not options.enable or not looks_like_spec(name, text.value.encode("utf-8", "replace")):
        return View(uri, version, text, settings, options)
    from archlint.source import parse

    form = None if name and not uri.startswith("untitled:") else _LANGUAGES.get(language)
    document = parse(text.value, name, form)
    if cancelled():
        return None
    if rules:
        linted = lint(document, settings, find_config, memo=memo)
    else:
        recognition, models = read(document, find_config)
        linted = Linted(document, recognition, models, ())
    good = {model.name: model for model in linted.models if model.name}
    if earlier is not None and document.problems:
        good = {**earlier.good, **good}
    looked_for = find_config.looked_for if isinstance(find_config, Looking) else ()

    def findings_of(other: str) -> tuple[Finding, ...]:
        if cancelled():
            raise SupersededError
        return lint(parse(other, name, form), settings, find_config, memo=memo).findings

    return View(
        uri,
        version,
        text,
        settings,
        options,
        linted,
        good,
        baseline,
        frozenset(map(Path, looked_for)),
        findings_of if rules else None,
    )
