"""Towers: exact where recorded (see truth/), else absent; bad values never raise."""

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
