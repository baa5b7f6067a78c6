"""Parts of a model, each of which knows its own costs.

A part is imported when it is first asked for, so that a config pays only for the parts it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archlint.architecture.attention import Attention as Attention
    from archlint.architecture.compressed import CompressedAttention as CompressedAttention
    from archlint.architecture.dtype import BF16 as BF16
    from archlint.architecture.dtype import DTYPES as DTYPES
    from archlint.architecture.dtype import FP32 as FP32
    from archlint.architecture.dtype import Dtype as Dtype
    from archlint.architecture.dtype import read_dtype as read_dtype
    from archlint.architecture.embedding import Embedding as Embedding
    from archlint.architecture.embedding import Head as Head
    from archlint.architecture.feed_forward import Dense as Dense
    from archlint.architecture.feed_forward import Experts as Experts
    from archlint.architecture.index import Index as Index
    from archlint.architecture.latent import LatentAttention as LatentAttention
    from archlint.architecture.model import Architecture as Architecture
    from archlint.architecture.model import Layer as Layer
    from archlint.architecture.model import Mtp as Mtp
    from archlint.architecture.model import Reused as Reused
    from archlint.architecture.model import Tower as Tower
    from archlint.architecture.part import Part as Part
    from archlint.architecture.part import Weight as Weight
    from archlint.architecture.part import linear as linear
    from archlint.architecture.part import norm as norm
    from archlint.architecture.quantization import Quantization as Quantization
    from archlint.architecture.recurrent import GatedDeltaNet as GatedDeltaNet
    from archlint.architecture.recurrent import KimiDelta as KimiDelta
    from archlint.architecture.recurrent import LightningAttention as LightningAttention
    from archlint.architecture.recurrent import Mamba1 as Mamba1
    from archlint.architecture.recurrent import Mamba2 as Mamba2
    from archlint.architecture.recurrent import Recurrence as Recurrence
    from archlint.architecture.recurrent import ShortConv as ShortConv

_MODULES = {
    "Architecture": "model",
    "Attention": "attention",
    "BF16": "dtype",
    "CompressedAttention": "compressed",
    "DTYPES": "dtype",
    "Dense": "feed_forward",
    "Dtype": "dtype",
    "Embedding": "embedding",
    "Experts": "feed_forward",
    "FP32": "dtype",
    "GatedDeltaNet": "recurrent",
    "Head": "embedding",
    "Index": "index",
    "KimiDelta": "recurrent",
    "LatentAttention": "latent",
    "Layer": "model",
    "LightningAttention": "recurrent",
    "Mamba1": "recurrent",
    "Mamba2": "recurrent",
    "Mtp": "model",
    "Part": "part",
    "Quantization": "quantization",
    "Recurrence": "recurrent",
    "Reused": "model",
    "ShortConv": "recurrent",
    "Tower": "model",
    "Weight": "part",
    "linear": "part",
    "norm": "part",
    "read_dtype": "dtype",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value
