"""Towers: exact where recorded (see truth/), else absent; bad values never raise."""

import json
from pathlib import Path

import pytest

from archlint.costs import derive
from archlint.families import read
from archlint.families.towers import TOWERS
from archlint.families.towers_vit import MORE_TOWERS
from archlint.specs.class_defaults import defaults_of
from archlint.specs.config import Config, node_of

BAD = [None, True, "many", -1, 0, 1.5, 10**30, [], [1], {}, {"a": 1}, float("inf")]


def costs(plain):
    return derive(read(Config(node_of(plain))))


@pytest.mark.parametrize("model_type", sorted(TOWERS | MORE_TOWERS))
def test_bad_values_never_raise(model_type):
    key = (TOWERS | MORE_TOWERS)[model_type][0]
    known = defaults_of(model_type)
    inner = defaults_of(known.sub[key][0]) if key in known.sub else known
    keys = {name: value for name, (value, _) in inner.fields.items() if "config" not in name}
    for name in keys:
        for bad in BAD:
            written = {**keys, name: bad}
            plain = {"model_type": model_type, "dtype": "bfloat16"}
            found = costs({**plain, **({key: written} if key in known.sub else written)})
            for figure in ("parameters.towers", "weights.bytes"):
                assert found.figure(figure).value is None or found.figure(figure).value > 0


def test_another_encoder_than_the_class_has_is_absent():
    plain = {"model_type": "mistral3", "vision_config": {"model_type": "siglip_vision_model"}}
    assert costs(plain).figure("parameters.towers").value is None


def test_another_model_beside_an_unknown_ones_language_model_is_absent():
    text = {"model_type": "bert", "hidden_size": 768, "num_hidden_layers": 12}
    plain = {"model_type": "own", "dtype": "bfloat16", "text_model_config": text}
    assert costs(plain).figure("weights.bytes").value > 0
    plain["protein_model_config"] = {"model_type": "esm", "hidden_size": 1280, "num_hidden_layers": 33}
    assert costs(plain).figure("weights.bytes").value is None


RECORDS = sorted((Path(__file__).parent / "truth").glob("*.json"))


def bound(plain):
    """Return how large all towers are at most; None where one of them is not bounded."""
    each = [
        tower.parameters() if tower.known else tower.at_most for tower in read(Config(node_of(plain))).towers
    ]
    return None if not each or None in each else sum(each)


def test_no_recorded_tower_is_larger_than_its_bound():
    bounded = {}
    for path in RECORDS:
        record = json.loads(path.read_text(encoding="utf-8"))
        most, recorded = bound(record["config"]), record["truth"].get("parameters.towers")
        if (
            most is not None
            and recorded
            and costs(record["config"]).figure("parameters.towers").value is None
        ):
            bounded[path.stem] = (recorded, most)
    assert len(bounded) > 20
    assert not {name: pair for name, pair in bounded.items() if pair[0] > pair[1]}


def test_no_derived_tower_is_larger_than_its_bound(monkeypatch):
    plain = [json.loads(path.read_text(encoding="utf-8"))["config"] for path in RECORDS]
    plain += [{"model_type": name} for name in TOWERS | MORE_TOWERS]
    derived = [costs(each).figure("parameters.towers").value for each in plain]
    monkeypatch.setattr("archlint.families.towers.towers_of", lambda *_: None)
    pairs = [(size, bound(each)) for size, each in zip(derived, plain, strict=True) if size]
    bounded = [(size, most) for size, most in pairs if most is not None and most != size]
    assert len(bounded) > 60
    assert not [(size, most) for size, most in bounded if size > most]


TEXT = {"model_type": "qwen2", "hidden_size": 896, "num_hidden_layers": 24, "intermediate_size": 4864}
VISION = {"hidden_size": 1024, "num_hidden_layers": 24, "intermediate_size": 4096}


def test_a_tower_whose_mapping_tells_its_size_is_bounded():
    plain = {"model_type": "own_vl", "llm_config": TEXT, "vision_config": VISION}
    most = bound(plain)
    assert 302_000_000 < most < 700_000_000  # 24 layers of 12.6M, without gates or a projector
    deeper = bound({**plain, "vision_config": {**VISION, "num_hidden_layers": 48}})
    assert 600_000_000 < deeper < 1_100_000_000
    ratio = {"width": 1024, "layers": 24, "mlp_ratio": 4.0}
    assert bound({**plain, "vision_config": ratio}) == most
    assert bound({**plain, "projector_config": {"input_dim": 1024, "n_embed": 896}}) == most
    assert bound({**plain, "use_llm_lora": 0, "transformers_version": "4.40.0"}) == most


@pytest.mark.parametrize(
    "more",
    [
        {"vision_config": {"hidden_size": 1024}},
        {"vision_config": {**VISION, "intermediate_size": None}},
        {"vision_config": {**VISION, "depths": [2, 2, 14, 2]}},
        {"vision_config": {**VISION, "num_experts": 8}},
        {"vision_config": {**VISION, "num_hidden_layers": 10**9}},
        {"vision_config": "own/encoder"},
        {"tts_config": {"decoder": {"width": 768}}},
        {"mm_audio_encoder": "own/encoder"},
        {"cross_attn_every_n_layers": 4},
        {"llm_config": {**TEXT, "hidden_size": "wide"}},
    ],
)
def test_a_tower_that_is_not_told_has_no_bound(more):
    plain = {"model_type": "own_vl", "llm_config": TEXT, "vision_config": VISION, **more}
    assert bound(plain) is None
