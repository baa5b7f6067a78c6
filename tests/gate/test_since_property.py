"""Whatever a change does to a gallery, ``--since`` tells of the wrong models that it brought or touched."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from archlint.hub import Configs, parse_file
from archlint.linter import lint
from archlint.project import Settings
from archlint.since import Since

from .repo import Repo
from .specs import config, entry

NAMES = ("One", "Two", "Three", "Four")
_Gallery = tuple[tuple[str, str, str], ...]  # name, KV figure, comment

galleries = st.permutations(NAMES).flatmap(
    lambda names: st.tuples(
        *(
            st.tuples(
                st.just(name),
                st.sampled_from(("128 KiB", "144 KiB", "1 MiB")),
                st.sampled_from(("", "# x\n")),
            )
            for name in names
        )
    )
)


def _text(gallery: _Gallery, kept: int) -> str:
    return "".join(
        comment + entry(name, f"org/{name.lower()}", kv_cache_per_token_bf16=figure)
        for name, figure, comment in gallery[:kept]
    )


@settings(max_examples=25)
@given(galleries, galleries, st.integers(1, 4), st.integers(1, 4), st.booleans())
def test_per_model(before: _Gallery, after: _Gallery, had: int, has: int, committed: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        repo = Repo(Path(folder).resolve())
        for name in NAMES:
            repo.write(f"configs/org/{name.lower()}/config.json", config())
        repo.write("models.yml", _text(before, had))
        repo.commit()
        repo.git("checkout", "-q", "-b", "topic")
        path = repo.write("models.yml", _text(after, has))
        if committed:
            repo.commit()
        project = Settings(root=repo.folder, configs=("configs",))
        linted = lint(parse_file(path), project, Configs(project))
        with Since("main", repo.folder) as since:
            kept = {finding.model for finding in since.keep(linted, project) if finding.code == "KVC001"}
    old = {name: figure for name, figure, _ in before[:had]}
    assert kept == {
        name for name, figure, _ in after[:has] if figure != "128 KiB" and old.get(name) != figure
    }
