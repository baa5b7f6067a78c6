"""What a change means: the models of two commits, or of one and the files on disk, compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from archlint.changes import Repository, changes
from archlint.compare import Change, Version, compare, version
from archlint.project import Settings
from archlint.snapshot import Snapshot, may_hold, steers


def meaning(
    repo: Repository,
    start: str,
    end: str | None,
    wanted: Callable[[str], bool],
    settings_of: Callable[[str], Settings],
) -> list[Change]:
    """Return what changed from ``start`` to ``end`` (None: the files on disk) in the models of ``wanted`` paths.

    Paths are those below the repository's top; ``settings_of`` gives the settings that hold for one.
    """
    found = changes(repo, start, end)
    everything = any(map(steers, (*found.new, *found.gone)))
    with Snapshot(repo, start) as before, Snapshot(repo, end) as after:
        names = [*after.names(settings_of("."))] if everything else [*found.new]
        chosen = sorted(name for name in names if may_hold(name) and wanted(name))
        origins = {found.new.get(name, name) for name in chosen}
        gone = {name for name in found.gone if may_hold(name) and wanted(name)}
        moved = {origin: name for name, origin in found.new.items() if origin is not None}
        olds = sorted(name for name in origins | gone if name is not None)
        return compare(
            _versions(before, olds, settings_of, moved),
            _versions(after, chosen, settings_of, {}),
        )


def _versions(
    side: Snapshot, names: Iterable[str], settings_of: Callable[[str], Settings], moved: dict[str, str]
) -> Iterator[Version]:
    for name in names:
        document = side.document(name)
        if document is not None:
            shown = moved.get(name, name)
            for model in side.models(document, settings_of(shown)):
                yield version(model, shown)
