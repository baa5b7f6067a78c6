"""Only what a change brought: findings that were not there before, and all on models that it touched.

A model is touched when what it says, or what its config says, differs from the old side; its place in the
file, the order of its keys, comments and layout do not matter. An entry that moved to another file is still
the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, TypeAlias

from archlint.changes import Changes, Repository, base_of, changes, repository
from archlint.compare import Change, content
from archlint.findings import Finding
from archlint.linter import Linted
from archlint.project import Settings
from archlint.snapshot import Snapshot, beside, may_hold, steers
from archlint.values import dataclass

_Identity: TypeAlias = tuple[str, str, str, str]  # code, model or file, pointer, value


class _Result(Protocol):
    @property
    def linted(self) -> object: ...
    @property
    def settings(self) -> Settings: ...


@dataclass(frozen=True)
class _Old:
    """One file of the old side: its findings, and what each model said."""

    findings: tuple[_Identity, ...]
    contents: tuple[tuple[str, str], ...]


class Since:
    """A comparison with the commit where HEAD branched off a revision. Use it as a context manager."""

    def __init__(self, revision: str, here: Path) -> None:
        """Raise GitError when ``here`` is in no repository or the revision is not at hand."""
        self.repository: Final[Repository] = repository(here)
        base = base_of(self.repository, revision)
        self.commit: Final = base.commit
        self._note: Final = base.note
        self._changes: Final[Changes] = changes(self.repository, base.commit)
        # A card's figures may be wrong because its config changed: then unchanged files matter too.
        self._everything: Final = steers(self._changes)
        self._before: Final = Snapshot(self.repository, base.commit)
        self._old: dict[str, _Old | None] = {}

    def __enter__(self) -> Since:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._before.__exit__(kind, error, trace)

    @property
    def note(self) -> str:
        """What to say of the comparison: when it is not quite the one that was asked for."""
        return " ".join(filter(None, (self._note, self._before.note)))

    def concerns(self, path: Path) -> bool:
        """Tell whether the change can have brought a finding in the file at ``path``."""
        relative = self.repository.relative(path)
        if relative is None or self._everything or relative in self._changes.new:
            return True
        readme = beside(relative)
        return readme in self._changes.new or readme in self._changes.old

    def wanted(self, results: Iterable[_Result]) -> Callable[[Finding], bool]:
        """Return what tells, of the very findings of ``results``, which ones ``keep`` keeps."""
        kept = {
            id(finding)
            for result in results
            if isinstance(result.linted, Linted)
            for finding in self.keep(result.linted, result.settings)
        }
        return lambda finding: id(finding) in kept

    def meaning(self, paths: Iterable[Path], settings_of: Callable[[Path], Settings]) -> list[Change]:
        """Return what the change means for the models below ``paths``."""
        from archlint.meaning import meaning

        chosen = [relative for path in paths if (relative := self.repository.relative(path)) is not None]
        return meaning(  # its note says nothing that this one's does not
            self.repository,
            self.commit,
            None,
            lambda name: any(each in (".", name) or name.startswith(f"{each}/") for each in chosen),
            lambda name: settings_of(self.repository.top / name),
        )[0]

    def keep(self, linted: Linted, settings: Settings) -> tuple[Finding, ...]:
        """Return the findings of a file that the change introduced, or that are on a model it touched.

        Of a file outside the repository that is all of them.
        """
        path = self.repository.relative(Path(linted.document.name))
        if path is None:
            return linted.findings
        olds = self._olds(path, settings)
        known = Counter(identity for old in olds for identity in old.findings)
        before: dict[str, set[str]] = defaultdict(set)
        for old in olds:
            for key, said in old.contents:
                before[key].add(said)
        touched = {
            model.name for model in linted.models if content(model) not in before[_key(model.name, path)]
        }
        if touched and len(linted.models) == 1:
            touched.add(None)  # what is said of the whole file is said of its only model
        kept = []
        for finding in linted.findings:
            identity = _identity(finding, path)
            if known[identity] > 0:
                known[identity] -= 1
                if finding.model not in touched:
                    continue
            kept.append(finding)
        return tuple(kept)

    def _olds(self, path: str, settings: Settings) -> list[_Old]:
        """Return the old sides that bear on a file: its own, and those that an entry may have moved from."""
        own = self._changes.new.get(path, path)
        moved = self._changes.old if path in self._changes.new else frozenset()
        names = dict.fromkeys([*([own] if own is not None else []), *sorted(moved)])
        found = (
            self._read(name, path if name == own else name, settings) for name in names if may_hold(name)
        )
        return [old for old in found if old is not None]

    def _read(self, name: str, shown: str, settings: Settings) -> _Old | None:
        """Lint a file of the old side; ``shown`` is the path that its findings are known by."""
        if name not in self._old:
            document = self._before.document(name)
            if document is None:
                self._old[name] = None
            else:
                linted = self._before.lint(document, settings)
                self._old[name] = _Old(
                    tuple(_identity(finding, shown) for finding in linted.findings),
                    tuple((_key(model.name, shown), content(model)) for model in linted.models),
                )
        return self._old[name]


def _key(model: str | None, path: str) -> str:
    return f"file {path}" if model is None else f"model {model}"


def _identity(finding: Finding, path: str) -> _Identity:
    value = " ".join((finding.value or finding.message).split())
    return finding.code, _key(finding.model, path), finding.pointer, value
