"""Towers: exact where recorded (see truth/), else absent; bad values never raise."""

import pytest

from archlint.costs import derive
from archlint.families import read
from archlint.families.towers import TOWERS
from archlint.specs.class_defaults import defaults_of
from archlint.specs.config import Config, node_of

BAD = [None, True, "many", -1, 0, 1.5, 10**30, [], [1], {}, {"a": 1}, float("inf")]


def costs(plain):
    return derive(read(Config(node_of(plain))))


@pytest.mark.parametrize("model_type", sorted(TOWERS))
def test_bad_values_never_raise(model_type):
    key = TOWERS[model_type][0]
    keys = {
        name: value for name, (value, _) in defaults_of(defaults_of(model_type).sub[key][0]).fields.items()
    }
    for name in keys:
        for bad in BAD:
            found = costs({"model_type": model_type, "dtype": "bfloat16", key: {**keys, name: bad}})
            for figure in ("parameters.towers", "weights.bytes"):
                assert found.figure(figure).value is None or found.figure(figure).value > 0


def test_another_encoder_than_the_class_has_is_absent():
    plain = {"model_type": "mistral3", "vision_config": {"model_type": "siglip_vision_model"}}
    assert costs(plain).figure("parameters.towers").value is None
