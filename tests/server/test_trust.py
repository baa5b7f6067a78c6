"""What an untrusted workspace may not ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from archlint.server.client import EditorOptions, configuration_part
from archlint.server.workspace import Workspace


def workspace(root: Path, **options: object) -> Workspace:
    made = Workspace(lambda path: None)
    made.folders, made.options = (root,), options
    return made


@pytest.mark.parametrize("options", [{}, {"trusted": False}, {"trusted": "yes"}, {"online": True}])
def test_no_code_and_no_network_without_trust(tmp_path: Path, options: dict[str, object]) -> None:
    (tmp_path / "archlint.toml").write_text('online = true\nplugins = ["some-package"]\n', encoding="utf-8")
    settings = workspace(tmp_path, **options).settings(tmp_path / "models.yml")
    assert not settings.online
    assert not settings.plugins


def test_with_trust_the_configuration_holds(tmp_path: Path) -> None:
    (tmp_path / "archlint.toml").write_text(
        'online = true\nplugins = ["no-such-package"]\n', encoding="utf-8"
    )
    trusting, said = workspace(tmp_path, trusted=True), []
    trusting.complain = said.append
    assert trusting.settings(tmp_path / "models.yml").online
    assert "no-such-package" in said[0]  # it was looked for


def test_what_an_editor_sends_unset_changes_nothing() -> None:
    sent = {"configs": [], "profile": "default", "path": "", "trace": {"server": "off"}, "failOn": "warning"}
    assert configuration_part(sent) == {"fail-on": "warning"}


def test_the_editors_own_options() -> None:
    options = EditorOptions.of(
        {"inlayHints": {"kvCache": False}, "codeLens": {"enable": False}, "trusted": 1}
    )
    assert "kvCache" not in options.hints
    assert "attention" in options.hints
    assert not options.code_lens
    assert not options.trusted
    assert EditorOptions.of({"inlayHints": False}).hints == frozenset()
