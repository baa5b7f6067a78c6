"""Half-typed documents: one character deleted anywhere costs the entry it is in, and nothing else."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from archlint.hub import Configs
from archlint.memo import Memo
from archlint.project import Settings
from archlint.server.actions import actions
from archlint.server.client import EditorOptions
from archlint.server.completion import completion
from archlint.server.hover import hover
from archlint.server.inlay import hints
from archlint.server.lens import lenses
from archlint.server.navigation import definition, links
from archlint.server.position import Text
from archlint.server.symbols import folds, symbols
from archlint.server.view import View, analyse
from tests.server.samples import entry, write_project

CASES = Path(__file__).parents[1] / "cases"
LANGUAGES = (".json", ".yml", ".yaml", ".md")


class Bench:
    """A document that is edited, and its views."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self.path, self.settings = path, settings
        self.configs, self.memo = Configs(settings), Memo()
        self.good: View | None = None

    def view(self, text: str) -> View:
        view = analyse(
            self.path.as_uri(), str(self.path), 1, Text(text), "", self.settings, EditorOptions(), self.configs,
            self.good, memo=self.memo,
        )  # fmt: skip
        assert view is not None
        return view


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    path = write_project(tmp_path, 4)
    return Bench(path, Settings(root=tmp_path, configs=("configs",)))


def codes(view: View, models: set[str]) -> set[tuple[str | None, str, str]]:
    return {(each.model, each.code, each.pointer) for each in view.findings if each.model in models}


@pytest.mark.parametrize("broken", [0, 1, 3])
def test_a_deleted_character_costs_its_entry_only(bench: Bench, broken: int) -> None:
    text = bench.path.read_text(encoding="utf-8")
    whole = bench.good = bench.view(text)
    names = {f"Model {number} 8B" for number in range(4)}
    others = names - {f"Model {broken} 8B"}
    start = text.index(entry(broken)) + len(f"Model {broken} 8B:\n")
    end = text.index(entry(broken)) + len(entry(broken)) - 1
    other = min(number for number in range(4) if number != broken)
    for at in range(start + broken, end, 3):
        view = bench.view(text[:at] + text[at + 1 :])
        assert codes(view, others) == codes(whole, others), text[at - 20 : at + 20]
        assert others <= {model.name for model in view.models}
        figure = view.text.value.index("kv_cache_per_token_bf16", view.text.value.index(f"Model {other} 8B"))
        said = hover(view, figure + 30)
        assert said is not None
        assert "KiB" in said.text
        keys = completion(view, view.text.value.index("\n", figure) + 3)
        assert keys, at


def test_the_broken_entry_answers_from_its_last_good_state(bench: Bench) -> None:
    text = bench.path.read_text(encoding="utf-8")
    bench.good = bench.view(text)
    at = text.index("  related_concepts:", text.index("Model 1 8B"))
    view = bench.view(text[:at] + '  vocab_size: "32\n  [half\n' + text[at:])
    assert any(each.code.startswith("SRC") for each in view.findings)
    value = view.text.value
    entry_start = value.index("Model 1 8B")
    card = hover(view, entry_start + 2)
    assert card is not None
    assert "KV cache per token" in card.text
    said = hover(view, value.index("kv_cache_per_token_bf16", entry_start) + 3)
    assert said is not None
    assert "Recomputed" in said.text
    items = completion(view, value.index("[half") - 3)
    assert items
    inside = completion(view, value.index("'", value.index("kv_cache_per_token_bf16", entry_start)) + 1)
    assert inside[0].label == "144 KiB"


@cache
def sources() -> tuple[Path, ...]:
    return tuple(
        sorted(path for path in CASES.rglob("*") if path.suffix in LANGUAGES and ".config." not in path.name)
    )


def deletions(text: str, most: int) -> Iterator[int]:
    places = list(range(len(text)))
    random.Random(len(text)).shuffle(places)
    yield from places[:most]


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.name)
def test_every_feature_survives_every_deletion(path: Path, tmp_path: Path) -> None:
    text = path.read_bytes().decode("utf-8", "replace")
    name = "config.json" if path.suffix == ".json" else path.name
    bench = Bench(tmp_path / name, Settings(root=tmp_path))
    bench.good = bench.view(text)
    for at in deletions(text, 60):
        view = bench.view(text[:at] + text[at + 1 :])
        for offset in {0, at, max(at - 1, 0), len(view.text.value) // 2, len(view.text.value)}:
            hover(view, offset)
            for item in completion(view, offset):
                assert 0 <= item.start <= item.end <= len(view.text.value)
                line = view.text.line_of(item.start)
                assert view.text.line_of(item.end) == line, "an item stays on one line"
            for action in actions(view, offset, offset):
                assert all(0 <= edit.start <= edit.end <= len(view.text.value) for edit in action.edits)
            definition(view, offset, [])
        hints(view, 0, len(text))
        lenses(view)
        links(view)
        if at % 10 == 0:  # it lints, round by round
            assert all(0 <= edit.start <= edit.end <= len(view.text.value) for edit in view.fixes)
        assert all(first < last for first, last in folds(view))
        for symbol in symbols(view):
            assert symbol.start <= symbol.name_start <= symbol.name_end <= symbol.end


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.name)
def test_a_completed_key_never_has_two_colons(path: Path, tmp_path: Path) -> None:
    text = path.read_bytes().decode("utf-8", "replace")
    name = "config.json" if path.suffix == ".json" else path.name
    bench = Bench(tmp_path / name, Settings(root=tmp_path))
    view = bench.view(text)
    for model in view.models:
        for pair in [] if model.node is None else model.node.pairs:
            for item in completion(view, pair.key.end - 1):
                made = text[: item.start] + item.insert + text[item.end :]
                line_end = min(i for i in (made.find("\n", item.start), len(made)) if i >= 0)
                written = made[item.start : line_end]
                assert not written.replace(" ", "").startswith(f"{item.label}::"), written
                if item.kind == "key":
                    assert written.count('":') <= text[item.start : text.find("\n", item.start)].count('":')
