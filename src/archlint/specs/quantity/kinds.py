"""The words for kinds of layers, and which of the architecture's mixers each may stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final

from archlint.specs.quantity.interval import Span
from archlint.specs.quantity.tokens import Token
from archlint.values import dataclass

_ATTENTION: Final = frozenset(["global", "sliding", "chunked", "sparse", "compressed", "mla", "cross"])
_HEADS: Final = frozenset(["global", "sliding", "chunked", "sparse", "cross"])
_COMPRESSED: Final = frozenset(
    ["compressed", "sliding"]
)  # stacks of CSA and HCA have layers that compress nothing


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of layer as a card names it.

    ``mixers`` are the architecture's mixer kinds that the word may stand for; ``feed_forward`` the kind of
    feed-forward; a word with neither (``shared``, ``logical``) qualifies the words beside it.
    """

    name: str
    mixers: frozenset[str] = frozenset()
    feed_forward: str = ""


def _kinds() -> Iterable[tuple[Kind, str]]:
    """Yield each kind with the phrases for it, in lower case, hyphens as spaces, ``|`` between them."""
    yield (
        Kind("sliding", frozenset(["sliding"])),
        "sliding window attention|sliding window|sliding attention|sliding|swa|local attention|local|local window"
        "|short window|window only|windowed attention|windowed|window attention|banded|locally banded",
    )
    yield (
        Kind("global", frozenset(["global", "sparse", "mla"])),
        "global attention|global|full attention|full|full causal attention|fa|ga|dense attention",
    )
    yield Kind("chunked", frozenset(["chunked"])), "chunked attention|chunked|chunk"
    yield Kind("gqa", _HEADS), "grouped query attention|grouped query|group query attention|gqa"
    yield Kind("mha", _HEADS), "multi head attention|multihead attention|mha"
    yield Kind("mqa", _HEADS), "multi query attention|multiquery attention|mqa"
    yield (
        Kind("mla", frozenset(["mla", "sparse", "compressed"])),
        "multi head latent attention|multihead latent attention|latent attention|mla|mla style",
    )
    yield (
        Kind("dsa", frozenset(["sparse", "mla"])),
        "deepseek sparse attention|dsa|lightning indexer",
    )
    yield Kind("qsa", frozenset(["sparse"])), "qwen sparse attention|qsa"
    yield (
        Kind("sparse", frozenset(["sparse"])),
        "native sparse attention|nsa|minimax sparse attention|msa|block sparse attention|sparse attention",
    )
    yield Kind("csa", _COMPRESSED), "compressed sparse attention|csa|csa2"
    yield Kind("hca", _COMPRESSED), "heavily compressed attention|hca"
    yield (
        Kind("deltanet", frozenset(["linear"])),
        "gated deltanet|gated delta net|gated delta network|gated delta networks|gated delta rule|deltanet|delta net"
        "|delta network|delta networks|delta rule|gdn",
    )
    yield Kind("kda", frozenset(["linear"])), "kimi delta attention|kimi delta|kda"
    yield Kind("lightning", frozenset(["linear"])), "lightning attention|lightning"
    yield (
        Kind("linear", frozenset(["linear", "recurrent", "mamba"])),
        "gated linear attention|simple linear attention|linear attention|linear|delta attention|gla|retention|rwkv",
    )
    yield Kind("mamba-2", frozenset(["mamba"])), "mamba 2|mamba2|mamba 3|mamba3|ssd"
    yield Kind("mamba", frozenset(["mamba"])), "mamba 1|mamba|state space|ssm|s6"
    yield Kind("mlstm", frozenset(["recurrent", "linear"])), "mlstm|xlstm"
    yield Kind("slstm", frozenset(["recurrent", "linear"])), "slstm"
    yield Kind("recurrent", frozenset(["recurrent", "linear", "mamba"])), "rg lru|griffin|recurrent|rnn|lstm"
    yield Kind("conv", frozenset(["conv"])), "short convolution|short conv|shortconv|convolution|conv"
    yield Kind("gated attention", _HEADS), "gated attention|gated softmax attention"
    yield Kind("gated"), "gated"
    yield Kind("cross", frozenset(["cross"])), "cross attention|cross"
    yield (
        Kind("attention", _ATTENTION),
        "self attention|softmax attention|softmax|quadratic attention|attention|attn",
    )
    yield (
        Kind("moe", feed_forward="experts"),
        "mixture of experts|sparse moe|latent moe|latentmoe|moe|expert|experts",
    )
    yield Kind("dense", feed_forward="dense"), "dense|feed forward|feedforward|ffn|ffns|mlp|mlps"
    yield Kind("mtp"), "multi token prediction|multi token|mtp|nextn|next n|speculative|draft|drafter"
    yield Kind("shared"), "shared|looped|recurrent depth|tied"
    yield Kind("logical"), "logical"
    yield Kind("sublayers"), "sublayers|sublayer|sub layers|sub layer"
    yield Kind("nope"), "nope|no positional embeddings|without positional embeddings"
    yield Kind("rope"), "partial rope|p rope|rope|rotary embeddings|yarn"
    yield Kind("qk norm"), "qk norm|qk layernorm|qk rmsnorm"
    yield Kind("none"), "no self attention|no attention|attention free|attentionless"


LOCAL_OR_LINEAR: Final = Kind(
    "local or linear", frozenset(["sliding", "chunked", "linear", "recurrent", "mamba", "mla"])
)
"""The LA of ``36 LA + 12 GA``: local, linear, lightning or latent attention, as opposed to global attention."""

PASSES: Final = frozenset(["passes", "pass", "times", "loops", "loop", "iterations", "iteration", "steps"])
"""Words for how often a stack is run through."""

NOISE: Final = frozenset(
    (
        "layer", "layers", "l", "block", "blocks", "decoder", "transformer", "of", "with", "only", "hybrid",
        "parallel", "total", "standard", "vanilla", "regular", "plain", "causal", "masked", "hidden", "main",
    )
)  # fmt: skip
"""Words that change no kind."""


@cache
def kinds() -> Mapping[str, Kind]:
    """Return the kinds by name."""
    return {kind.name: kind for kind, _ in _kinds()}


@cache
def _phrases() -> tuple[Mapping[tuple[str, ...], Kind], int]:
    table = {tuple(phrase.split()): kind for kind, phrases in _kinds() for phrase in phrases.split("|")}
    return table, max(map(len, table))


_NEGATIONS: Final = frozenset(
    tuple(words.split())
    for words in (
        "no", "not", "non", "without", "excluding", "excl", "except", "excepting", "unlike", "never", "instead of",
        "rather than", "w o",
    )
)  # fmt: skip
_ARTICLES: Final = frozenset(("a", "an", "any", "the", "its"))


@dataclass(frozen=True, slots=True)
class Mention:
    """A kind named in a text, and where; ``negated`` in ``no sliding window``, ``non-sliding``, ``w/o MTP``."""

    kind: Kind
    span: Span
    negated: bool = False


def mentions(found: list[Token]) -> tuple[list[Mention], list[Token]]:
    """Return the kinds that tokens name, the longest phrase first, and the words that name none."""
    table, longest = _phrases()
    words: list[tuple[str, Token]] = []
    for token in found:
        if token.kind == "word":
            parts = [part for part in token.low.replace("_", "-").split("-") if part]
            words += [(part, token) for part in parts]
        elif token.kind == "number" and words and words[-1][1].end >= token.start - 1 and not token.tail:
            words.append((token.text, token))  # the 2 of "Mamba 2"
    named: list[Mention] = []
    unknown: list[Token] = []
    index = 0
    while index < len(words):
        for length in range(min(longest, len(words) - index), 0, -1):
            run = words[index : index + length]
            kind = table.get(tuple(word for word, _ in run))
            if kind is not None:
                span = (run[0][1].start, run[-1][1].end)
                named.append(Mention(kind, span, _negated(words, index)))
                index += length
                break
        else:
            word, token = words[index]
            if word not in NOISE and token.kind == "word" and (not unknown or unknown[-1] is not token):
                unknown.append(token)
            index += 1
    return named, unknown


def _negated(words: list[tuple[str, Token]], index: int) -> bool:
    """Whether the words before a kind rule it out: ``no``, ``without the``, ``instead of``."""
    while index and words[index - 1][0] in _ARTICLES:
        index -= 1
    before = tuple(word for word, _ in words[max(0, index - 2) : index])
    return before[-1:] in _NEGATIONS or before in _NEGATIONS


def mixers(named: Iterable[Kind]) -> frozenset[str]:
    """Return the mixers that a group of words may stand for together; empty when they name none.

    ``global gated GQA`` is a global layer: what all words allow. Words that exclude each other
    (``CSA/HCA``) stand for either.
    """
    sets = [kind.mixers for kind in named if kind.mixers]
    if not sets:
        return frozenset()
    common = frozenset.intersection(*sets)
    return common or frozenset.union(*sets)
