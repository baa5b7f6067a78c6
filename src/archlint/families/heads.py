"""What stands behind the layers by the class that ``architectures`` names: a language model's head, another, none."""

from __future__ import annotations

from typing import Final

from archlint.architecture import Architecture, Tower, linear
from archlint.specs.class_defaults import defaults_of, is_native
from archlint.specs.config import Config
from archlint.specs.size import Unknown
from archlint.values import replace

OTHER_HEADS: Final = (
    "ForSequenceClassification",
    "ForTokenClassification",
    "ForQuestionAnswering",
    "ForQuestionAnsweringSimple",
    "ForRewardModel",
    "ForProcessRewardModel",
)
_APART: Final = (*OTHER_HEADS, "ForMultipleChoice")
_ENCODERS: Final = ("Model", "Encoder", *_APART)

_HEAD_WITHIN: Final = ("blt", "fsmt", "pix2struct_text_model", "reformer")
"""Types whose class without a head holds the matrix over the vocabulary all the same, or is not read apart."""

PAIRS: Final = ("encoder-decoder", "speech-encoder-decoder", "vision-encoder-decoder")
"""Types of an encoder before a language model; their only class, ``EncoderDecoderModel``, has that model's head."""

_LABELLED: Final[dict[str, tuple[int, bool]]] = {
    "ForSequenceClassification": (0, False),
    "ForTokenClassification": (0, True),
    "ForQuestionAnswering": (2, True),
}
"""How many labels the head of a class has (0: any number, as the config says), and whether it has a bias."""


def with_head_of_class(shape: Architecture, config: Config) -> Architecture:
    """Return a decoder without the head that its class does not have, with the one that the library's gives it instead.

    Classes for sequences and tokens have a matrix over the labels, those for questions one over start and end.
    """
    head = shape.head
    if head is None or config.variant or encodes(shape) or config.model_type in _HEAD_WITHIN:
        return shape
    if _is_bare(config):
        return replace(shape, head=None)
    stem = defaults_of(config.model_type).class_name.removesuffix("Config")
    ending = config.named_class.removeprefix(stem)
    if config.wrapper is not None or ending not in _LABELLED or not is_native(config.model_type):
        return shape
    if head.extra or config.flag("is_encoder_decoder"):  # their heads have layers of their own
        return shape
    labels, bias = _LABELLED[ending]
    names = config.get("id2label")
    given = config.need("num_labels", default=2)
    number = len(names) if isinstance(names, dict) else given
    if isinstance(number, Unknown) or labels not in (0, number):  # some count start and end by the config
        return shape
    return replace(shape, head=None, final=shape.final + linear("score", head.width, number, bias))


def lacks_head(shape: Architecture, config: Config) -> bool:
    """Whether the class that ``architectures`` names first has no head over the vocabulary as ``shape`` has."""
    if shape.head is None:
        return False
    weighs = bool(shape.head.weights())
    name = _outermost(config).named_class
    if encodes(shape) and config.wrapper is None:  # the head that fills in masked words may be counted
        other = name.endswith(_ENCODERS) and not name.endswith("LMHeadModel")
        return other and is_native(config.model_type) and weighs
    return name.endswith(OTHER_HEADS) or (_is_bare(config) and weighs)


def head_apart(shape: Architecture, config: Config) -> tuple[Tower, ...]:
    """Return the head of an encoder that its class names and its family does not read, none where there is none."""
    named = config.wrapper is None and config.named_class.endswith(_APART) and is_native(config.model_type)
    return (Tower(name="head", known=False),) if named and encodes(shape) else ()


def encodes(shape: Architecture) -> bool:
    """Whether it is an encoder, which keeps no cache."""
    return "kv_cache" in shape.absent


def _is_bare(config: Config) -> bool:
    """Whether the class named at the top is that of the library's model without a head: ``LlavaModel``."""
    outer = _outermost(config)
    if outer.model_type in PAIRS:
        return False
    stem = defaults_of(outer.model_type).class_name.removesuffix("Config").removesuffix("Text")
    return is_native(outer.model_type) and outer.named_class in (f"{stem}Model", f"{stem}TextModel")


def _outermost(config: Config) -> Config:
    while config.wrapper is not None:
        config = config.wrapper
    return config
