"""archlint's figures equal the recorded ones, to the unit, for every model_type that has a family."""

import csv
import json
import sys
from pathlib import Path

import pytest

from archlint.costs import derive
from archlint.families import FAMILIES, read
from archlint.specs.config import Config, node_of

ROOT = Path(__file__).parents[2]
SHARED = next(
    (p for p in (ROOT.parent / "shared" / "data", ROOT.parent.parent / "shared" / "data") if p.is_dir()), None
)

sys.path.insert(0, str(ROOT / "tools"))
from compare_truth import compare, recorded  # noqa: E402

csv.field_size_limit(10**9)

EXPLAINED = {
    "git": "the recorder counts the image encoder, which stands within the language model, with it",
    "PaddlePaddle__PaddleOCR-VL.json": "transformers ties by the inner class's default over the file's false",
    "Qwen__Qwen2.5-Omni-3B-AWQ.json": "the recorder counts the talker and the towers as language model",
    "Qwen__Qwen3-ASR-0.6B.json": "transformers does not read its thinker_config and records class defaults",
    "sudo-ai__zero123plus-v1.1@vision_encoder.json": "recorded without the projection of the class it names",
    "Snowflake__snowflake-arctic-embed-m.json": "recorded without the pooler that the class it names has",
    "BAAI__bge-reranker-large.json": "the recorder lists the table of words under the head that shares it",
    "camembert": "the recorder lists the table of words under the head that shares it",
    "xlm-roberta": "the recorder lists the table of words under the head that shares it",
    "prophetnet": "the recorder does not count the table of words, which stands beside the decoder",
    "modernbert-decoder": "the recorder takes the output matrix for the whole decoder",
    "jetmoe": "the recorder takes the router and bias of the attention's experts for parts of them",
    "phi4_multimodal": "its towers stand within the language model, and the recorder counts them with it",
    "inclusionAI__Ling-2.5-1T.json": "recorded with the class of Ling 3: delta attention instead of lightning",
    "deepseek_v2": "num_experts_per_tok has no default; the recorder took 1 for it",
    "meta-llama__Llama-4-Maverick-17B-128E-Instruct.json": "transformers gives 871,932,416 for the tower of this file",
    "minimax": "its cache keeps the linear layers' states in a list of its own, which the recorder does not see",
    "muse_spark": "the recorder divides a norm among the experts that works on their sum",
    "longcat_flash": "transformers allocates gate_up_proj for the zero-computation experts too",
}
"""Rows that record something else than the model, and what."""


def rows(name):
    if SHARED is None:
        return []
    with (SHARED / name).open(encoding="utf-8", newline="") as lines:
        return [row for row in csv.DictReader(lines, delimiter="\t") if row["total"] and not row["error"]]


def differences(plain, row):
    config = Config(node_of(plain))
    if config.model_type not in FAMILIES:
        return []
    verdict, lines = compare(derive(read(config)), recorded(row))
    return lines if verdict != "equal" else []


@pytest.mark.skipif(SHARED is None, reason="the shared sample data is not beside this checkout")
def test_published_configs():
    wrong = {}
    for row in rows("truth.tsv"):
        plain = json.loads((SHARED / "configs" / row["file"]).read_text(encoding="utf-8-sig"))
        if (found := differences(plain, row)) and row["file"] not in EXPLAINED:
            wrong[row["file"]] = found
    assert not wrong


@pytest.mark.skipif(SHARED is None, reason="the shared sample data is not beside this checkout")
def test_class_defaults():
    wrong = {}
    for row in rows("class_defaults.tsv"):
        found = differences({"model_type": row["model_type"]}, row)
        if found and row["model_type"] not in EXPLAINED:
            wrong[row["model_type"]] = found
    assert not wrong
