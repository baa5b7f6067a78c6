"""Completions, made: the text is right again, whatever was typed, and nothing else has changed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from archlint.project import Settings
from archlint.server.completion import Item, completion
from archlint.server.view import View
from archlint.source import parse
from archlint.source.tree import Node, Pair
from tests.server.samples import config, entry
from tests.server.test_half_typed import Bench, sources

CONFIG = (
    json.dumps({**config(1), "rope_parameters": {"rope_type": "default", "rope_theta": 1e4}}, indent=2) + "\n"
)
GALLERY = entry(0) + entry(1)


def view_of(name: str, text: str, folder: Path) -> View:
    return Bench(folder / name, Settings(root=folder)).view(text)


def made(text: str, item: Item, fill: str = "") -> str:
    """The text after a completion, with ``fill`` typed where the cursor is left."""
    caret = len(item.insert) if item.caret is None else item.caret
    insert = item.insert[:caret] + fill + item.insert[caret:]
    text = text[: item.start] + insert + text[item.end :]
    for edit in item.also:
        assert edit.end < item.start, "an edit beside the completion keeps clear of it"
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def labels(items: list[Item]) -> list[str]:
    return [item.label for item in items]


def complete(name: str, marked: str, label: str, folder: Path) -> str:
    """Complete at ``¦`` with ``label`` and return the text, the cursor's place marked again."""
    offset = marked.index("¦")
    text = marked.replace("¦", "")
    (item,) = [each for each in completion(view_of(name, text, folder), offset) if each.label == label]
    assert item.start <= offset <= item.end
    return made(text, item, "¦")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"hidden_act":¦ "silu", "x": 1', '"hidden_act":"gelu"¦, "x": 1'),
        ('"hidden_act": ¦"silu", "x": 1', '"hidden_act": "gelu"¦, "x": 1'),
        ('"hidden_act": "si¦', '"hidden_act": "gelu"¦'),
        ('"hidden_act": ¦\n "x": 1', '"hidden_act": "gelu",¦\n "x": 1'),
        ('"hidden_act": "g¦\n "x": 1', '"hidden_act": "gelu",¦\n "x": 1'),
    ],
)
def test_a_value_in_json(before: str, after: str, tmp_path: Path) -> None:
    start = '{"model_type": "llama", '
    assert complete("config.json", start + before + "}", "gelu", tmp_path) == start + after + "}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[¦]", '["conv"¦]'),
        ('["mamba"¦]', '["mamba", "conv"¦]'),
        ('["mamba" ¦]', '["mamba", "conv"¦]'),
        ('["mamba", "c¦"]', '["mamba", "conv"¦]'),
        ('["mamba", ¦ "moe"]', '["mamba", "conv",¦ "moe"]'),
        ('[¦"mamba"]', '["conv"¦]'),
    ],
)
def test_an_item_in_json(before: str, after: str, tmp_path: Path) -> None:
    start = '{"model_type": "lfm2", "layer_types": '
    assert complete("config.json", start + before + "}", "conv", tmp_path) == start + after + "}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"num_hidden_layers": 2¦}', None),
        ('{"num_hidden_layers": 2 ¦}', '{"num_hidden_layers": 2, "vocab_size": ¦}'),
        ('{"num_hidden_layers": 2, ¦}', '{"num_hidden_layers": 2, "vocab_size": ¦}'),
        ('{¦ "num_hidden_layers": 2}', '{"vocab_size": ¦, "num_hidden_layers": 2}'),
        ('{"num_hidden_layers": 2, // ¦\n}', None),
        ('{"num_hidden_layers": 2, /* ¦', None),
        ('{"num_hidden_layers": 2, /* x */ ¦}', '{"num_hidden_layers": 2, /* x */ "vocab_size": ¦}'),
    ],
)
def test_a_key_in_json(before: str, after: str | None, tmp_path: Path) -> None:
    if after is None:
        offset = before.index("¦")
        assert completion(view_of("config.json", before.replace("¦", ""), tmp_path), offset) == []
    else:
        assert complete("config.json", before, "vocab_size", tmp_path) == after


@pytest.mark.parametrize(
    ("before", "label", "after"),
    [
        ("decoder_type:¦ Dense", "Sparse MoE", "decoder_type: Sparse MoE¦"),
        ("decoder_type:¦", "Dense", "decoder_type: Dense¦"),
        ("decoder_type: ¦# why", "Dense", "decoder_type: Dense ¦# why"),
        ("decoder_type: ¦Dense  # why", "Sparse MoE", "decoder_type: Sparse MoE¦  # why"),
        ("related_concepts:\n    -¦", "mla", "related_concepts:\n    - mla¦"),
        ("related_concepts:\n    - m¦", "mla", "related_concepts:\n    - mla¦"),
        ("related_concepts: [gqa, ¦", "mla", "related_concepts: [gqa, mla¦"),
        ("related_concepts: [gqa,¦]", "mla", "related_concepts: [gqa, mla¦]"),
        ("related_concepts: [gqa,¦ rope]", "mla", "related_concepts: [gqa, mla,¦ rope]"),
        ("related_concepts: [gqa, ro¦pe]", "mla", "related_concepts: [gqa, mla¦]"),
        ("config: {repo: a/b,¦ url: x}", "label", "config: {repo: a/b, label: ¦, url: x}"),
        ("config: {repo: a/b, ¦}", "label", "config: {repo: a/b, label: ¦}"),
    ],
)
def test_in_yaml(before: str, label: str, after: str, tmp_path: Path) -> None:
    start = "A 1B:\n  scale: 1B\n  attention: GQA\n  layer_mix: 2 GQA\n  "
    assert (
        complete("models.yml", start + before + "\n", label, tmp_path)
        == start + after.replace("¦ ¦", "¦") + "\n"
    )


@pytest.mark.parametrize("value", ["¦ [a]", "¦ {a: b}", "¦ |\n    text", "¦ &x Dense"])
def test_what_cannot_be_replaced_on_one_line_is_left_alone(value: str, tmp_path: Path) -> None:
    marked = f"A 1B:\n  scale: 1B\n  attention: GQA\n  decoder_type:{value}\n"
    offset = marked.index("¦")
    assert completion(view_of("models.yml", marked.replace("¦", ""), tmp_path), offset) == []


@pytest.mark.parametrize(
    ("name", "marked", "label"),
    [
        ("config.json", "{¦}", "model_type"),
        ("config.json", '{\n  "mod¦', "model_type"),
        ("new.arch.yaml", "¦", "scale"),
        ("new.arch.yaml", "\n¦\n", "scale"),
        ("new.arch.json", '{"¦"}', "scale"),
        ("README.md", "---\n¦\n---\n", "license"),
    ],
)
def test_in_a_file_that_says_nothing_yet(name: str, marked: str, label: str, tmp_path: Path) -> None:
    view = view_of(name, marked.replace("¦", ""), tmp_path)
    assert label in labels(completion(view, marked.index("¦")))


@pytest.mark.parametrize(
    ("name", "marked"), [("config.json", '{"port": 1, ¦}'), ("package.json", "{¦}"), ("other.yml", "¦")]
)
def test_nothing_in_files_of_others(name: str, marked: str, tmp_path: Path) -> None:
    assert completion(view_of(name, marked.replace("¦", ""), tmp_path), marked.index("¦")) == []


def test_a_section_offers_keys_of_its_own(tmp_path: Path) -> None:
    text = '{"model_type": "llama", "num_hidden_layers": 2, "rope_parameters": {}}'
    found = labels(completion(view_of("config.json", text, tmp_path), text.index("{}") + 1))
    assert found[:2] == ["rope_type", "rope_theta"]
    assert "hidden_size" not in found


def pairs_of(node: Node, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Node, Pair]]:
    for pair in node.pairs:
        if node.start <= pair.key.start < node.end:
            yield path, node, pair
            yield from pairs_of(pair.value, (*path, pair.name))


def at(root: Node | None, path: tuple[str, ...]) -> Node | None:
    for step in path:
        root = None if root is None else root.get(step)
    return root


def half_typed(text: str, pair: Pair, json_text: bool, chance: random.Random) -> Iterator[tuple[str, int]]:
    """Texts in which a member is being typed, each with the place of the cursor."""
    typed = pair.name[: chance.randrange(len(pair.name) + 1)]
    head, tail = text[: pair.key.start], text[max(pair.value.end, pair.key.end) :]
    yield head + typed + tail, len(head + typed)
    if json_text:
        yield f'{head}"{typed}"{tail}', len(head) + 1 + len(typed)
        yield f'{head}"{typed}{tail}', len(head) + 1 + len(typed)
        bare = head.rstrip()
        if bare.endswith(","):
            head = bare[:-1] + head[len(bare) :]
            yield f'{head}"{typed}"{tail}', len(head) + 1 + len(typed)
            yield head + tail, len(head)


def texts() -> list[tuple[str, str]]:
    found = [("config.json", CONFIG), ("models.yml", GALLERY), ("models.yml", GALLERY.replace("\n", "\r\n"))]
    for path in sources():
        name = "config.json" if path.suffix == ".json" else path.name
        found.append((name, path.read_bytes().decode("utf-8", "replace")))
    return found


@pytest.mark.parametrize(("name", "text"), texts())
def test_a_half_typed_member_completed_is_whole_again(name: str, text: str, tmp_path: Path) -> None:
    bench = Bench(tmp_path / name, Settings(root=tmp_path))
    bench.good = whole = bench.view(text)
    if whole.document is None or whole.document.root is None or whole.document.problems:
        return
    json_text = whole.document.format == "json"
    chance = random.Random(len(text))
    pairs = [
        (path, pair)
        for path, node, pair in pairs_of(whole.document.root)
        if json_text or (text[node.start] != "{" and pair.value.kind not in ("mapping", "sequence"))
    ]
    for path, pair in chance.sample(pairs, min(len(pairs), 12)):
        for half, offset in half_typed(text, pair, json_text, chance):
            items = [each for each in completion(bench.view(half), offset) if each.label == pair.name]
            for item in items[:1]:
                empty = item.insert.rstrip(", ").endswith(":")
                filled = made(half, item, "1" if empty else "")
                again = parse(filled, name)
                found = at(again.root, path)
                assert found is not None, filled
                assert pair.name in [each.name for each in found.pairs], filled
                assert not again.problems, (again.problems, filled)
