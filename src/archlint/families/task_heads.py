"""The heads that the library's encoders of text have for tasks: a layer perhaps, then a matrix over the labels.

Some classes also have a pooler in the model itself, which counts among its own weights, as it does in the bare model.
"""

from __future__ import annotations

from typing import Final

from archlint.architecture import Architecture, Tower, Weight, linear, norm
from archlint.families.heads import labels_of
from archlint.specs.class_defaults import defaults_of, is_native
from archlint.specs.config import Config
from archlint.values import NamedTuple, replace

MODEL, SEQUENCE, TOKEN = "Model", "ForSequenceClassification", "ForTokenClassification"
QUESTION, CHOICE, NEXT = "ForQuestionAnswering", "ForMultipleChoice", "ForNextSentencePrediction"
PRETRAINING = "ForPreTraining"


class TaskHeads(NamedTuple):
    """What the classes of a type have behind the encoder.

    ``pooled``: those whose model has a pooler; ``layered``: those whose head has a layer of its own; ``pair``: the
    head for questions has two outputs whatever the number of labels is; ``normed``: the layer has a norm, and biases as
    the config says.
    """

    pooled: tuple[str, ...] = ()
    layered: tuple[str, ...] = ()
    tasks: tuple[str, ...] = (MODEL, SEQUENCE, TOKEN, QUESTION, CHOICE)
    pair: bool = False
    normed: bool = False


_BERT: Final = TaskHeads(
    pooled=(MODEL, SEQUENCE, CHOICE, NEXT, PRETRAINING),
    tasks=(MODEL, SEQUENCE, TOKEN, QUESTION, CHOICE, NEXT, PRETRAINING),
)
_ROBERTA: Final = TaskHeads(pooled=(MODEL, CHOICE), layered=(SEQUENCE,))
_SEQUENCE: Final = TaskHeads(layered=(SEQUENCE,))
_NO_CHOICE: Final = TaskHeads(layered=(SEQUENCE,), tasks=(SEQUENCE, TOKEN, QUESTION))
_BOTH: Final = TaskHeads(layered=(SEQUENCE, CHOICE))
_PLAIN: Final = TaskHeads()

TASK_HEADS: Final[dict[str, TaskHeads]] = {
    "albert": _PLAIN,
    "bert": _BERT,
    "big_bird": TaskHeads(layered=(SEQUENCE,), tasks=(MODEL, SEQUENCE, TOKEN, CHOICE)),
    "camembert": _ROBERTA,
    "canine": _PLAIN,
    "convbert": _SEQUENCE,
    "data2vec-text": _ROBERTA,
    "deberta": _NO_CHOICE,
    "deberta-v2": _BOTH,
    "distilbert": _BOTH,
    "electra": TaskHeads(
        layered=(SEQUENCE, CHOICE, PRETRAINING),
        tasks=(MODEL, SEQUENCE, TOKEN, QUESTION, CHOICE, PRETRAINING),
    ),
    "ernie": _BERT,
    "esmc": TaskHeads(layered=(SEQUENCE,), tasks=(SEQUENCE, TOKEN)),
    "fnet": TaskHeads(tasks=(SEQUENCE, TOKEN, QUESTION, CHOICE, NEXT)),
    "funnel": TaskHeads(layered=(SEQUENCE, CHOICE), tasks=(SEQUENCE, TOKEN, QUESTION, CHOICE)),
    "gte": TaskHeads(pooled=(SEQUENCE,), tasks=(SEQUENCE, TOKEN)),
    "ibert": _SEQUENCE,
    "layoutlm": TaskHeads(tasks=(SEQUENCE, TOKEN, QUESTION)),
    "lilt": _NO_CHOICE,
    "longformer": _SEQUENCE,
    "luke": _PLAIN,
    "markuplm": TaskHeads(tasks=(SEQUENCE, TOKEN, QUESTION)),
    "megatron-bert": _BERT,
    "mobilebert": TaskHeads(tasks=(SEQUENCE, TOKEN, QUESTION, CHOICE, NEXT)),
    "modernbert": TaskHeads(
        layered=(SEQUENCE, TOKEN, QUESTION, CHOICE), tasks=(SEQUENCE, TOKEN, QUESTION, CHOICE), normed=True
    ),
    "mpnet": _SEQUENCE,
    "mra": TaskHeads(layered=(SEQUENCE, CHOICE), pair=True),
    "mt5": TaskHeads(tasks=(TOKEN,)),
    "nomic_bert": TaskHeads(pooled=(SEQUENCE,), tasks=(SEQUENCE, TOKEN)),
    "nystromformer": TaskHeads(layered=(SEQUENCE, CHOICE), pair=True),
    "rembert": _BERT._replace(tasks=(MODEL, SEQUENCE, TOKEN, QUESTION, CHOICE)),
    "roberta": _ROBERTA,
    "roberta-prelayernorm": _ROBERTA,
    "roc_bert": _BERT._replace(tasks=(MODEL, SEQUENCE, TOKEN, QUESTION, CHOICE)),
    "roformer": TaskHeads(layered=(SEQUENCE,), pair=True),
    "squeezebert": _PLAIN,
    "t5": TaskHeads(tasks=(TOKEN,)),
    "umt5": TaskHeads(tasks=(TOKEN,)),
    "xlm-roberta": _ROBERTA,
    "xlm-roberta-xl": _ROBERTA,
    "xmod": _ROBERTA,
    "yoso": TaskHeads(layered=(SEQUENCE, CHOICE), pair=True),
}
"""The encoders whose heads for tasks are derived; of the others they are of unknown size."""

PREDICTS_TOO: Final = ("bert", "ernie", "megatron-bert")
"""Whose class for pre-training fills in masked words, and tells whether a sentence comes next."""


def with_task_head(shape: Architecture, config: Config) -> Architecture:
    """Return the encoder as the class named has it: its pooler, its head beside it, no matrix over the vocabulary."""
    heads = TASK_HEADS.get(config.model_type)
    if heads is None or config.wrapper is not None or config.variant or not is_native(config.model_type):
        return shape
    task = config.named_class.removeprefix(defaults_of(config.model_type).class_name.removesuffix("Config"))
    hidden = config.need("hidden_size")
    pooler_width = config.count("pooler_hidden_size")
    if task not in heads.tasks or pooler_width not in (None, 0, hidden):
        return shape
    labels = _labels(config, task, heads)
    if labels is None:
        return shape
    found: tuple[Weight, ...] = ()
    if task in heads.layered:
        found += linear("head.dense", hidden, hidden, not heads.normed or config.flag("classifier_bias"))
    if task in heads.layered and heads.normed:
        found += norm("head.norm", hidden, bias=config.flag("norm_bias"))
    if task != MODEL:
        found += linear("head.labels", hidden, labels, bias=True)
    pooler = linear("pooler.dense", hidden, hidden, bias=True) if task in heads.pooled else ()
    if task == PRETRAINING and config.model_type in PREDICTS_TOO:
        towers = tuple(replace(tower, extra=tower.extra + found, known=True) for tower in shape.towers)
        return replace(shape, final=shape.final + pooler, towers=towers)
    towers = (Tower(name="head", extra=found),) if found else ()
    return replace(shape, head=None, final=shape.final + pooler, towers=towers)


def _labels(config: Config, task: str, heads: TaskHeads) -> int | None:
    """Return how many outputs the head for ``task`` has; None when the config does not tell."""
    if task == MODEL:
        return 0
    if task == CHOICE or (task == PRETRAINING and config.model_type not in PREDICTS_TOO):
        return 1
    if task in (NEXT, PRETRAINING) or (task == QUESTION and heads.pair):
        return 2
    return labels_of(config)
