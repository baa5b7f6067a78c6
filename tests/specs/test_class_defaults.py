"""What class defaults are read from: the same by an index as by a search."""

import re

import pytest

from archlint.specs import class_defaults


@pytest.mark.parametrize("name", ["defaults.json", "remote.json"])
def test_an_index_says_what_a_search_finds(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = class_defaults._File(name)
    lines = re.findall(r'\n"([^"]*)": ', file.text)
    stems = {*re.findall(r'"class":"(\w+)Config"', file.text), "Nobody"}
    assert len(set(lines)) == len(lines)
    monkeypatch.setattr(file, "_is_small", lambda: True)
    searched = [file.line(each) for each in (*lines, "nobody")], [file.type_of(each) for each in stems]
    monkeypatch.setattr(file, "_is_small", lambda: False)
    assert searched == (
        [file.line(each) for each in (*lines, "nobody")],
        [file.type_of(each) for each in stems],
    )


def test_a_draft_is_no_model_of_its_type() -> None:
    assert class_defaults.is_variant("DeepseekDFlashDraftModel", "deepseek_v3")
    assert not class_defaults.is_variant("DeepseekV3ForCausalLM", "deepseek_v3")
