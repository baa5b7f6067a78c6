"""What a change means: the models of two commits, or of one and the files on disk, compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from archlint.changes import Repository, changes
from archlint.compare import Change, Version, compare, version
from archlint.project import Settings, is_excluded
from archlint.snapshot import Snapshot, may_hold, steers


def meaning(
    repo: Repository,
    start: str,
    end: str | None,
    wanted: Callable[[str], bool],
    settings_of: Callable[[str], Settings],
) -> tuple[list[Change], str]:
    """Return what changed in the models of ``wanted`` paths from ``start`` to ``end`` (None: the files on disk).

    With it goes a note on files that are not here.
    Paths are those below the repository's top; ``settings_of`` gives the settings that hold for one.
    """
    found = changes(repo, start, end)
    with Snapshot(repo, start) as before, Snapshot(repo, end) as after:
        names = [*after.names(settings_of("."))] if steers(found) else [*found.new]

        def judged(name: str) -> bool:
            return may_hold(name) and wanted(name) and not is_excluded(repo.top / name, settings_of(name))

        chosen = sorted(filter(judged, names))
        origins = {found.new.get(name, name) for name in chosen}
        gone = set(filter(judged, found.gone))
        moved = {origin: name for name, origin in found.new.items() if origin is not None}
        olds = sorted(name for name in origins | gone if name is not None)
        told = compare(
            _versions(before, olds, settings_of, moved),
            _versions(after, chosen, settings_of, {}),
        )
        return told, " ".join(filter(None, (before.note, after.note)))


def _versions(
    side: Snapshot, names: Iterable[str], settings_of: Callable[[str], Settings], moved: dict[str, str]
) -> Iterator[Version]:
    for name in names:
        document = side.document(name)
        if document is not None:
            shown = moved.get(name, name)
            for model in side.models(document, settings_of(shown)):
                yield version(model, shown)
