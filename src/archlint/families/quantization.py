"""``quantization_config`` to the bits, scales and exceptions it stands for."""

from __future__ import annotations

import re

from archlint.architecture import Quantization
from archlint.source.tree import Plain
from archlint.specs.config import Config
from archlint.values import replace

_ONE_LAYER = re.compile(r"layers\.(\d+)(?:\.|\*|$)(.*)")

_KEPT_KEYS = (
    "modules_to_not_convert",
    "ignore",
    "exclude_modules",
    "ignored_layers",
    "llm_int8_skip_modules",
)


def read_quantization(config: Config) -> tuple[Quantization | None, str]:
    """Return the quantisation that ``config`` states, and why it cannot be read (empty when it can)."""
    reader: Config | None = config
    while reader is not None:
        for key in ("quantization_config", "compression_config"):
            if reader.has(key):
                stated = reader.get(key)
                if not isinstance(stated, dict):
                    return None, f"{key} is no mapping"
                found = _read(stated)
                if found is not None:
                    return _with_experts(config, _by_layer(found)), ""
                method = stated.get("quant_method")
                named = method if isinstance(method, str) else "of no stated method"
                return None, f"the size of weights quantised by {named} is not derived"
        reader = reader.wrapper
    return None, ""


def _with_experts(config: Config, found: Quantization) -> Quantization:
    """Return ``found`` with DeepSeek-V4's experts apart: 4 bits, and 8 bits of scale for each 32 weights."""
    if config.word("expert_dtype") != "fp4" or found.method != "fp8":
        return found
    return replace(found, experts=Quantization(method="mxfp4", bits=4, group=32, scale_bits=8))


def _read(stated: dict[str, Plain]) -> Quantization | None:
    method = stated.get("quant_method")
    kept = _kept(stated)
    if method == "fp8":
        block = stated.get("weight_block_size")
        if _is_block(block):
            assert isinstance(block, list)
            rows, columns = block[0], block[1]
            assert isinstance(rows, int)
            assert isinstance(columns, int)
            return Quantization(method="fp8", bits=8, block=(rows, columns), scale_bits=32, kept=kept)
        return Quantization(method="fp8", bits=8, tensor_bits=32, kept=kept)
    if method == "fbgemm_fp8":
        return Quantization(method="fbgemm_fp8", bits=8, row_bits=32, kept=kept)
    if method == "mxfp4":
        return Quantization(method="mxfp4", bits=4, group=32, scale_bits=8, kept=kept, only=("experts",))
    if method in ("awq", "gptq"):
        bits, group = stated.get("bits", stated.get("w_bit", 4)), stated.get("group_size", 128)
        if not isinstance(bits, int) or not isinstance(group, int) or bits not in (2, 3, 4, 8):
            return None
        if group <= 0:
            return Quantization(method=str(method), bits=bits, row_bits=16 + bits, kept=kept)
        return Quantization(
            method=str(method), bits=bits, group=group, scale_bits=16, zero_bits=bits, kept=kept
        )
    if method == "modelopt":
        return _modelopt(stated, kept)
    if method == "compressed-tensors":
        return _compressed(stated, kept)
    if method == "bitsandbytes":
        if stated.get("load_in_8bit") is True or stated.get("_load_in_8bit") is True:
            return Quantization(method="bitsandbytes", bits=8, row_bits=32, kept=kept)
        if stated.get("load_in_4bit") is True or stated.get("_load_in_4bit") is True:
            double = stated.get("bnb_4bit_use_double_quant") is True
            return Quantization(
                method="bitsandbytes", bits=4, group=64, scale_bits=8 if double else 32, kept=kept
            )
    return None


def _modelopt(stated: dict[str, Plain], kept: tuple[str, ...]) -> Quantization | None:
    algorithm = stated.get("quant_algo")
    if algorithm == "NVFP4":
        return Quantization(method="nvfp4", bits=4, group=16, scale_bits=8, tensor_bits=64, kept=kept)
    if algorithm == "FP8":
        return Quantization(method="fp8", bits=8, tensor_bits=64, kept=kept)
    return None


def _compressed(stated: dict[str, Plain], kept: tuple[str, ...]) -> Quantization | None:
    groups = stated.get("config_groups")
    if not isinstance(groups, dict) or len(groups) != 1:
        return None
    (group,) = groups.values()
    weights = group.get("weights") if isinstance(group, dict) else None
    if not isinstance(weights, dict):
        return None
    bits, kind, strategy = weights.get("num_bits"), weights.get("type"), weights.get("strategy")
    size, block = weights.get("group_size"), weights.get("block_structure")
    if bits == 8 and strategy == "block" and _is_block(block):
        assert isinstance(block, list)
        rows, columns = block[0], block[1]
        assert isinstance(rows, int)
        assert isinstance(columns, int)
        return Quantization(
            method="compressed-tensors", bits=8, block=(rows, columns), scale_bits=16, kept=kept
        )
    if bits == 8 and strategy == "channel":
        return Quantization(method="compressed-tensors", bits=8, row_bits=16, kept=kept)
    if bits == 8 and strategy == "tensor":
        return Quantization(method="compressed-tensors", bits=8, tensor_bits=16, kept=kept)
    if bits == 4 and kind == "float" and size == 16:
        return Quantization(method="nvfp4", bits=4, group=16, scale_bits=8, tensor_bits=32, kept=kept)
    if bits == 4 and kind == "float" and size == 32:
        return Quantization(method="mxfp4", bits=4, group=32, scale_bits=8, kept=kept)
    if isinstance(bits, int) and bits in (4, 8) and isinstance(size, int) and size > 0:
        return Quantization(method="compressed-tensors", bits=bits, group=size, scale_bits=16, kept=kept)
    return None


def _kept(stated: dict[str, Plain]) -> tuple[str, ...]:
    for key in _KEPT_KEYS:
        listed = stated.get(key)
        if isinstance(listed, list):
            return tuple(item for item in listed if isinstance(item, str))
    return ()


def _by_layer(found: Quantization) -> Quantization:
    """Return ``found`` with the patterns that name one layer gathered: module -> the layers it is named in."""
    layers: dict[str, set[str]] = {}
    general = []
    for pattern in found.kept:
        match = _ONE_LAYER.search(pattern)
        if match is None or pattern.startswith("re:"):
            general.append(pattern)
        else:
            layers.setdefault(match[2].strip("*."), set()).add(match[1])
    counted = tuple((module, frozenset(numbers)) for module, numbers in layers.items())
    return replace(found, kept=tuple(general), kept_layers=counted)


def _is_block(value: Plain) -> bool:
    if not isinstance(value, list) or len(value) != 2:
        return False
    return all(isinstance(item, int) and not isinstance(item, bool) and item > 0 for item in value)
