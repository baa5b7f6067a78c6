"""Of every family: order, unknown keys and spelt-out defaults change nothing; bad values never raise."""

import random

import pytest

from archlint.costs import derive
from archlint.families import FAMILIES, read
from archlint.specs.class_defaults import defaults_of
from archlint.specs.config import Config, node_of

BAD = [None, True, "many", "", -1, 0, 1.5, 10**30, [], [1], {}, ["sliding_attention"], {"a": 1}, float("inf")]


def figures(plain):
    return derive(read(Config(node_of(plain)))).figures()


def keys_of(model_type):
    fields = defaults_of(model_type).fields
    return {name: value for name, (value, _) in fields.items() if value is not None and "config" not in name}


@pytest.mark.parametrize("model_type", sorted(FAMILIES))
def test_written_defaults_order_and_unknown_keys_change_nothing(model_type):
    expected = figures({"model_type": model_type})
    written = {"model_type": model_type, **keys_of(model_type)}
    assert figures(written) == expected
    items = [*written.items(), ("an_unknown_key", 7), ("another", {"hidden_size": 3}), ("note", "x")]
    random.Random(7).shuffle(items)
    assert figures(dict(items)) == expected


@pytest.mark.parametrize("model_type", [*sorted(FAMILIES), "nobody_knows_this", ""])
def test_bad_values_never_raise(model_type):
    keys = keys_of(model_type) or keys_of("mixtral")
    keys |= dict.fromkeys(
        ("layer_types", "head_dim", "sliding_window", "quantization_config", "mlp_layer_types")
    )
    for key in keys:
        for bad in BAD:
            found = figures({"model_type": model_type, **keys_of(model_type), key: bad})
            for figure in found.values():
                assert figure.value is None or figure.value >= 0
                assert figure.value is not None or figure.reason


KINDS = ["full_attention", "sliding_attention", "linear_attention", "hybrid", "conv", "mamba", "sparse", "?"]


@pytest.mark.parametrize("model_type", sorted(FAMILIES))
def test_kinds_of_other_models_never_raise(model_type):
    lists = [name for name, (_, kind) in defaults_of(model_type).fields.items() if "list[string]" in kind]
    for key in {"layer_types", "mlp_layer_types", *lists}:
        for kind in KINDS:
            keys = {"num_hidden_layers": 2, "n_layer": 2, "num_layers": 2, key: [kind, kind]}
            figures({"model_type": model_type, **keys})


def test_an_unreadable_size_costs_only_the_figures_that_need_it():
    found = figures({"model_type": "llama", "vocab_size": "many"})
    assert found["parameters.total"].value is None
    assert found["parameters.total"].reason == "vocab_size is no whole number"
    assert found["kv_cache.bytes_per_token"].value == 524_288
