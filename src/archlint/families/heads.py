"""What stands behind the layers by the class that ``architectures`` names: a language model's head, another, none."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from archlint.architecture import Architecture, Tower, linear
from archlint.specs.class_defaults import TAILS, defaults_of, is_native, is_of_library
from archlint.specs.config import Config
from archlint.specs.size import Size, Unknown
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

_WRITES: Final = frozenset(
    (
        "", "model", "textmodel", "decoder", "encodermodel", "mtmodel", "lmheadmodel", "withlmheadmodel",
        "forcausallm", "textforcausallm", "forconditionalgeneration", "formultimodallm", "formaskedlm",
        "fortexttotext", "forspeechtotext", "fortexttospeech", "forspeechtospeech", "forvisiontext2text",
        *(name.lower() for name in OTHER_HEADS),
    )
)  # fmt: skip
"""What stands behind the type's name in classes of the library that hold the language model as it is read."""

_HEAD_WITHIN: Final = ("blt", "fsmt", "pix2struct_text_model", "reformer", "seamless_m4t", "seamless_m4t_v2")
"""Types whose class without a head holds the matrix over the vocabulary all the same, or is not read apart."""

PAIRS: Final = ("encoder-decoder", "speech-encoder-decoder", "vision-encoder-decoder")
"""Types of an encoder before a language model; their only class, ``EncoderDecoderModel``, has that model's head."""

_WHOLE: Final = ("shieldgemma2",)
"""Wrappers whose class for another task holds the whole model for it."""

_CAUSAL_IS_WHOLE: Final = ("fuyu",)
"""Wrappers whose class with encoders is called as that of the language model alone is elsewhere."""

_HEAD_OUTSIDE: Final = ("ovis2",)
"""Wrappers that make a head of the sizes beside those of their language model."""

_LABELLED: Final[dict[str, tuple[int, bool]]] = {
    "ForSequenceClassification": (0, False),
    "ForTokenClassification": (0, True),
    "ForQuestionAnswering": (2, True),
}
"""How many labels the head of a class has (0: any number, as the config says), and whether it has a bias."""

_ENDS_BY_CONFIG: Final = ("gptj",)
"""Types whose class for questions has as many outputs as the config has labels, instead of start and end."""


def with_head_of_class(shape: Architecture, config: Config) -> Architecture:
    """Return a decoder without the head that its class does not have, with the one that the library's gives it instead.

    Classes for sequences and tokens have a matrix over the labels, those for questions one over start and end.
    """
    if encodes(shape):
        from archlint.families.task_heads import with_task_head

        return with_task_head(shape, config)
    head = shape.head
    if head is None or config.variant or config.model_type in _HEAD_WITHIN:
        return shape
    outer = config.wrapper
    if outer is not None and outer.model_type in _HEAD_OUTSIDE and not head.tied:
        head = replace(head, vocab=outer.need("vocab_size"), width=outer.need("hidden_size"))
        shape = replace(shape, head=head)
    if reads_text_alone(config) and head.tied == config.tied:
        head = replace(head, tied=config.flag("tie_word_embeddings"))
        shape = replace(shape, head=head)
    if _is_bare(config):
        return replace(shape, head=None)
    stem = defaults_of(config.model_type).class_name.removesuffix("Config")
    ending = config.named_class.removeprefix(stem)
    if config.wrapper is not None or ending not in _LABELLED or not is_native(config.model_type):
        return shape
    if head.extra or config.flag("is_encoder_decoder"):  # their heads have layers of their own
        return shape
    labels, bias = _LABELLED[ending]
    number = labels_of(config) if not labels or config.model_type in _ENDS_BY_CONFIG else labels
    if number is None:
        return shape
    return replace(shape, head=None, final=shape.final + linear("score", head.width, number, bias))


def labels_of(config: Config) -> Size | None:
    """Return the number of labels: of ``id2label``, else ``num_labels``; None where neither can be read."""
    names = config.get("id2label")
    if isinstance(names, dict):
        return Size(len(names), "id2label", "written") if names else None
    given = config.need("num_labels", default=2)
    return None if isinstance(given, Unknown) else given


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


def lacks_language_model(shape: Architecture, config: Config) -> bool:
    """Whether the class named is one of the library's that holds no language model as it is read, or not all of it."""
    outer = _outermost(config)
    if (encodes(shape) and config.wrapper is None) or outer.model_type in _WHOLE:
        return False
    endings = _endings(outer)
    if not endings or not _WRITES.isdisjoint(endings):
        return False
    if encodes(shape):
        return "forimageclassification" in endings
    return is_of_library(outer.named_class) or not TAILS.isdisjoint(endings)


def keeps_cache(config: Config) -> bool:
    """Whether a class that ``lacks_language_model`` says no good of has its layers all the same, and another head."""
    return not _endings(_outermost(config)).isdisjoint(("doubleheadsmodel", "backbonemodel", "fordecision"))


def reads_text_alone(config: Config) -> bool:
    """Whether the class named is the language model's own, which has no encoders beside it: ``MllamaForCausalLM``."""
    outer = _outermost(config)
    if config.wrapper is None or outer.model_type in _CAUSAL_IS_WHOLE:
        return False
    return not _endings(outer).isdisjoint(("forcausallm", "textforcausallm", "textmodel"))


def head_apart(shape: Architecture, config: Config) -> tuple[Tower, ...]:
    """Return the head of an encoder that its class names and its family does not read, none where there is none."""
    if config.wrapper is not None:
        named = _outermost(config).named_class.endswith("ForMaskedLM")
    else:
        named = config.named_class.endswith(_APART) and is_native(config.model_type)
    return (Tower(name="head", known=False),) if named and encodes(shape) else ()


def encodes(shape: Architecture) -> bool:
    """Whether it is an encoder, which keeps no cache."""
    return "kv_cache" in shape.absent


def _is_bare(config: Config) -> bool:
    """Whether the class named at the top is that of the library's model without a head: ``LlavaModel``."""
    if _outermost(config).model_type in PAIRS:
        return False
    return not _endings(_outermost(config)).isdisjoint(("model", "textmodel"))


def _endings(config: Config) -> frozenset[str]:
    """Return what the class named has behind the name of its type, in small letters; nothing of another's class."""
    return _endings_of(config.model_type, config.named_class)


@lru_cache(maxsize=256)
def _endings_of(model_type: str, named: str) -> frozenset[str]:
    """``AriaTextConfig`` and ``MusicgenDecoderConfig`` are those of ``AriaTextForCausalLM`` and ``MusicgenModel``."""
    if not is_native(model_type):
        return frozenset()
    whole = defaults_of(model_type).class_name.removesuffix("Config")
    name = _bare(named)
    stems = (_bare(whole), _bare(whole.removesuffix("Text")), _bare(whole.removesuffix("Decoder")))
    return frozenset(name.removeprefix(stem) for stem in stems if name.startswith(stem))


def _bare(name: str) -> str:
    return name.replace("_", "").lower()


def class_named(config: Config) -> str:
    """Return the class that the outermost mapping names."""
    return _outermost(config).named_class


def _outermost(config: Config) -> Config:
    while config.wrapper is not None:
        config = config.wrapper
    return config
