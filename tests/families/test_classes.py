"""What stands behind the layers is that of the class which ``architectures`` names: all its parameters, to the unit.

``classes.jsonl`` is written by ``tools/record_truth.py --classes``: a config and what its class has, one a line.
"""

import json
import sys
from pathlib import Path

import pytest

from archlint.costs import derive
from archlint.families import read
from archlint.families.task_heads import TASK_HEADS
from archlint.specs.config import Config, node_of

FILE = Path(__file__).parent / "classes.jsonl"
LINES = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))


def costs(plain):
    return derive(read(Config(node_of(plain))))


def name_of(record):
    return record["config"]["architectures"][0]


@pytest.mark.parametrize("record", LINES, ids=name_of)
def test_a_class_has_what_is_recorded(record):
    found = costs(record["config"])
    total, towers = found.figure("parameters.total"), found.figure("parameters.towers")
    assert total.verified, total.reason
    if towers.value is None:  # its total is that of the language model
        assert total.value < record["parameters"]
    else:
        assert total.value + towers.value == record["parameters"]


def test_every_head_that_is_derived_is_recorded():
    recorded = {record["config"]["model_type"] for record in LINES}
    assert set(TASK_HEADS) <= recorded


@pytest.mark.parametrize("record", LINES[::40], ids=name_of)
def test_the_library_still_makes_what_is_recorded(record):
    pytest.importorskip("transformers")
    from record_truth import apart, whole_of_class

    assert apart(lambda: whole_of_class(record["config"])) == {"parameters": record["parameters"]}


@pytest.mark.parametrize(
    ("model_type", "name"),
    [
        ("whisper", "WhisperForAudioClassification"),
        ("gpt2", "GPT2DoubleHeadsModel"),
        ("csm", "CsmBackboneModel"),
        ("blip", "BlipForImageTextRetrieval"),
        ("jev", "JevForDecision"),
        ("clip", "CLIPForImageClassification"),
    ],
)
def test_a_class_without_the_language_model_leaves_its_parameters_unverified(model_type, name):
    found = costs({"model_type": model_type, "architectures": [name]})
    for figure in ("parameters.total", "parameters.active"):
        assert not found.figure(figure).verified
        assert name in found.figure(figure).reason
    cached = found.figure("kv_cache.bytes_per_token")
    assert cached.value is None or cached.verified is (model_type in ("gpt2", "csm", "jev"))


@pytest.mark.parametrize(
    ("keys", "labels"),
    [
        ({}, 2),
        ({"num_labels": 5}, 5),
        ({"id2label": {"0": "A"}}, 1),
        ({"id2label": {"0": "A", "1": "B", "2": "C"}, "num_labels": 2}, 3),
    ],
)
def test_labels_are_those_that_are_named(keys, labels):
    plain = {"model_type": "bert", "architectures": ["BertForTokenClassification"], **keys}
    assert costs(plain).figure("parameters.towers").value == 768 * labels + labels


@pytest.mark.parametrize("bad", [{"id2label": {}}, {"num_labels": "many"}, {"num_labels": 0}])
def test_labels_that_cannot_be_read_leave_the_head_unknown(bad):
    plain = {"model_type": "bert", "architectures": ["BertForTokenClassification"], **bad}
    assert costs(plain).figure("parameters.towers").value is None
    assert (
        costs({**plain, "model_type": "vit", "architectures": ["ViTForImageClassification"]})
        .figure("parameters.total")
        .verified
    )


def test_a_class_of_the_language_model_alone_has_no_towers():
    for model_type, name, towers in (
        ("gemma3", "Gemma3ForCausalLM", False),
        ("gemma3", "Gemma3ForConditionalGeneration", True),
        ("aria", "AriaTextForCausalLM", False),
        ("aria", "AriaModel", True),
        ("fuyu", "FuyuForCausalLM", True),  # that is its whole model
    ):
        shape = read(Config(node_of({"model_type": model_type, "architectures": [name]})))
        assert bool(shape.towers) is towers, name


def test_a_language_model_of_which_nothing_is_written_ties_as_its_own_class_does():
    plain = {"model_type": "kosmos-2.5", "tie_word_embeddings": False}
    assert read(Config(node_of(plain))).head.tied
    assert not read(Config(node_of({**plain, "text_config": {"tie_word_embeddings": False}}))).head.tied
