"""What stands behind an encoder by the class that is named: a pooler, the head that fills in masked words, another."""

from __future__ import annotations

from archlint.architecture import Architecture, Tower, Weight, linear, norm
from archlint.specs.config import Config
from archlint.specs.size import Size
from archlint.values import replace


def beside(
    config: Config, shape: Architecture, head: tuple[Weight, ...] = (), said: bool = False
) -> Architecture:
    """Return ``shape`` with the head of the class named beside it, as ``encoders.with_head`` does."""
    name = config.named_class
    if said and not head:
        return shape
    if config.wrapper is None and (head or not (not name or name.endswith("Model") or shape.towers)):
        return replace(shape, towers=(Tower(name="head", extra=head, known=bool(head)),))
    return shape


def head_named(config: Config) -> str:
    """Return whether a prediction head stands behind the encoder: only where the class named is one with it."""
    return "cls" if config.named_class.endswith("ForMaskedLM") else ""


def pools(config: Config, *also: str) -> bool:
    """Whether the class named has a pooler: the bare model, one for multiple choice, or one of ``also``."""
    name = config.named_class
    return not name or name.endswith("Model") or any(word in name for word in ("MultipleChoice", *also))


def prediction_head(
    config: Config,
    hidden: Size,
    inner: Size | None = None,
    *,
    bias: bool = True,
    norm_bias: bool = True,
    vocab_bias: bool = True,
    own_bias: bool | None = False,
) -> tuple[Weight, ...]:
    """Return the head that fills in masked words where the class named has it: a layer, a norm, a bias a word.

    Where nothing is tied, it has a matrix over the vocabulary as well, with a bias of its own if ``own_bias``; with
    None it has none and always reads the embedding.
    """
    if not head_named(config):
        return ()
    vocab = config.need("vocab_size")
    inner = hidden if inner is None else inner
    found = (
        *linear("predictions.transform.dense", hidden, inner, bias),
        *norm("predictions.transform.LayerNorm", inner, norm_bias),
    )
    if vocab_bias:
        found += (Weight("predictions.bias", (vocab,), "bias"),)
    if own_bias is None or config.flag("tie_word_embeddings", default=True):
        return found
    return (*found, *linear("predictions.decoder", inner, vocab, own_bias))
