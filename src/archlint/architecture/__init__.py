"""Parts of a model, each of which knows its own costs."""

from archlint.architecture.attention import (
    Attention,
    CompressedAttention,
    ConvolvedAttention,
    Index,
    LatentAttention,
    MaskedAttention,
)
from archlint.architecture.dtype import BF16, DTYPES, Dtype, read_dtype
from archlint.architecture.embedding import Embedding, Head
from archlint.architecture.feed_forward import Dense, Experts
from archlint.architecture.model import Architecture, Layer, Mtp, Reused, Tower
from archlint.architecture.part import Part, Weight, linear, norm
from archlint.architecture.quantization import Quantization
from archlint.architecture.recurrent import (
    GatedDeltaNet,
    KimiDelta,
    LightningAttention,
    LinearRecurrence,
    Mamba1,
    Mamba2,
    Recurrence,
    ShortConv,
)

__all__ = [
    "BF16",
    "DTYPES",
    "Architecture",
    "Attention",
    "CompressedAttention",
    "ConvolvedAttention",
    "Dense",
    "Dtype",
    "Embedding",
    "Experts",
    "GatedDeltaNet",
    "Head",
    "Index",
    "KimiDelta",
    "LatentAttention",
    "Layer",
    "LightningAttention",
    "LinearRecurrence",
    "Mamba1",
    "Mamba2",
    "MaskedAttention",
    "Mtp",
    "Part",
    "Quantization",
    "Recurrence",
    "Reused",
    "ShortConv",
    "Tower",
    "Weight",
    "linear",
    "norm",
    "read_dtype",
]
