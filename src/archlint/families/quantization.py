"""``quantization_config`` to the bits, scales and exceptions it stands for."""

from __future__ import annotations

from typing import Final

from archlint.architecture import Quantization
from archlint.source.tree import Plain
from archlint.specs.config import Config
from archlint.specs.quantized_beside import BESIDE
from archlint.values import replace

_KEPT_KEYS: Final = (
    "modules_to_not_convert",
    "ignore",
    "exclude_modules",
    "ignored_layers",
    "llm_int8_skip_modules",
)
_MOST_MODULES: Final = 50_000
MLX_KEY: Final = "quantization"

Block = dict[str, Plain]


def read_quantization(config: Config) -> tuple[Quantization | None, str]:
    """Return the quantisation that ``config`` states, and why it cannot be read (empty when it can)."""
    reader: Config | None = config
    while reader is not None:
        packed = mlx_settings(reader.get(MLX_KEY))
        if packed is not None:
            found = _mlx(packed)
            return (
                found,
                ""
                if found is not None
                else "the size of weights quantised by MLX in this way is not derived",
            )
        for key in ("quantization_config", "compression_config"):
            if reader.has(key):
                stated = reader.get(key)
                if not isinstance(stated, dict):
                    return None, f"{key} is no mapping"
                found = _read(stated)
                if found is None:
                    method = stated.get("quant_method")
                    named = method if isinstance(method, str) else "of no stated method"
                    return None, f"the size of weights quantised by {named} is not derived"
                return _with_expert_dtype(found, config), ""
        reader = reader.wrapper
    if config.beside is not None:
        return _read_beside(config.beside)
    return None, ""


def _read_beside(stated: Block) -> tuple[Quantization | None, str]:
    """Read hf_quant_config.json; without an algorithm it quantises the cache alone, or nothing."""
    nested = stated.get("quantization")
    if isinstance(nested, dict) and nested.get("quant_algo", "") is None:
        return None, ""
    found = _read(stated)
    return (
        found,
        "" if found is not None else f"the size of weights quantised as {BESIDE} says is not derived",
    )


def mlx_settings(stated: Plain) -> Block | None:
    """Return the settings that MLX writes under ``quantization``: bits and a group size, no method."""
    if not isinstance(stated, dict) or "quant_method" in stated:
        return None
    numbers = (stated.get("bits"), stated.get("group_size"))
    return stated if all(type(number) is int and number > 0 for number in numbers) else None


def _mlx(stated: Block) -> Quantization | None:
    """Return MLX's quantisation: a scale and a bias for each group of a row, the embedding and the head included.

    A module with settings of its own has them under its name, false where it stays as it is.
    """
    whole = _mlx_way(stated)
    if whole is None:
        return None
    kept: list[str] = []
    others: list[tuple[str, Quantization]] = []
    for name, own in stated.items():
        if not isinstance(own, dict) and own is not False:
            continue
        if len(kept) + len(others) >= _MOST_MODULES or any(
            end in name for end in ("embed", "wte", "lm_head")
        ):
            return None
        if own is False:
            kept.append(name)
            continue
        way = _mlx_way(own)
        if way is None:
            return None
        others.append((name, way))
    return replace(whole, kept=tuple(kept), others=tuple(others))


def _mlx_way(stated: Block) -> Quantization | None:
    bits, group, mode = stated.get("bits"), stated.get("group_size"), stated.get("mode", "affine")
    if not isinstance(bits, int) or not isinstance(group, int) or bits not in (2, 3, 4, 5, 6, 8) or group < 1:
        return None
    if mode != "affine":
        return None
    return Quantization(
        method="mlx", bits=bits, group=group, scale_bits=16, zero_bits=16, keeps_head=False, tables=True
    )


def _with_expert_dtype(found: Quantization, config: Config) -> Quantization:
    """Return ``found``, experts in MXFP4 where ``expert_dtype`` says fp4 (DeepSeek-V4)."""
    named = {text for text, _ in found.others}
    if config.word("expert_dtype") != "fp4" or any("experts" in text for text in named):
        return found
    return replace(found, others=(*found.others, ("mlp.experts", _mxfp4())))


def _read(stated: Block) -> Quantization | None:
    method, kept = stated.get("quant_method"), _kept(stated)
    nested = stated.get("quantization")
    if method is None and isinstance(nested, dict):  # as hf_quant_config.json has it
        if isinstance(nested.get("quantized_layers"), dict):
            return _mixed(nested, _kept(nested))
        return _modelopt({**nested, "quant_method": "modelopt"}, _kept(nested))
    if isinstance(stated.get("quantized_layers"), dict):
        return _mixed(stated, kept)
    if method == "fp8":
        return replace(_fp8(stated), kept=kept)
    if method == "fbgemm_fp8":
        return Quantization(method="fbgemm_fp8", bits=8, row_bits=32, kept=kept)
    if method == "mxfp4":
        return replace(_mxfp4(), kept=kept, only=("experts",))
    if method in ("awq", "gptq", "auto-round", "auto_round", "intel/auto-round"):
        return _packed(str(method), stated, kept)
    if method in ("modelopt", "modelopt_fp4"):
        return _modelopt(stated, kept)
    if method == "compressed-tensors":
        return _compressed(stated, kept)
    return _bitsandbytes(stated, kept) if method == "bitsandbytes" else None


def _fp8(stated: Block) -> Quantization:
    """One fp32 scale a block, or a tensor; static activations have a scale as well."""
    block = _block(stated.get("weight_block_size"))
    if block is not None:
        return Quantization(method="fp8", bits=8, block=block, scale_bits=32)
    return Quantization(
        method="fp8", bits=8, tensor_bits=64 if stated.get("activation_scheme") == "static" else 32
    )


def _mxfp4() -> Quantization:
    """Four bits, one byte of scale for 32."""
    return Quantization(method="mxfp4", bits=4, group=32, scale_bits=8)


def _nvfp4(inputs: bool = True) -> Quantization:
    """Four bits, an fp8 scale for 16, an fp32 scale a tensor and one for its inputs."""
    return Quantization(method="nvfp4", bits=4, group=16, scale_bits=8, tensor_bits=64 if inputs else 32)


def _packed(method: str, stated: Block, kept: tuple[str, ...]) -> Quantization | None:
    """AWQ, GPTQ and AutoRound: a 16-bit scale and a zero point a group; GPTQ also numbers every input."""
    bits, group = stated.get("bits", stated.get("w_bit", 4)), stated.get("group_size", 128)
    if not isinstance(bits, int) or not isinstance(group, int) or bits not in (2, 3, 4, 8):
        return None
    inputs = 32 if method == "gptq" else 0
    if group <= 0:
        return Quantization(method=method, bits=bits, row_bits=16 + bits, column_bits=inputs, kept=kept)
    return Quantization(
        method=method,
        bits=bits,
        group=group,
        scale_bits=16,
        zero_bits=bits,
        column_bits=inputs,
        kept=kept,
    )


def _bitsandbytes(stated: Block, kept: tuple[str, ...]) -> Quantization | None:
    if stated.get("load_in_8bit") is True or stated.get("_load_in_8bit") is True:
        return Quantization(method="bitsandbytes", bits=8, row_bits=32, kept=kept)
    if stated.get("load_in_4bit") is True or stated.get("_load_in_4bit") is True:
        double = stated.get("bnb_4bit_use_double_quant") is True
        return Quantization(
            method="bitsandbytes", bits=4, group=64, scale_bits=8 if double else 32, kept=kept
        )
    return None


def _modelopt(stated: Block, kept: tuple[str, ...]) -> Quantization | None:
    found = _algorithm(stated.get("quant_algo"), stated)
    return None if found is None else replace(found, kept=kept)


def _algorithm(name: Plain, stated: Block) -> Quantization | None:
    """Return what one of ModelOpt's algorithms makes of a weight."""
    if name in ("NVFP4", "W4A16_NVFP4"):
        return _nvfp4(inputs=name == "NVFP4")
    if name == "FP8":
        return Quantization(method="fp8", bits=8, tensor_bits=64)
    if name in ("FP8_PB_WO", "FP8_BLOCK_SCALES"):
        return Quantization(method="fp8", bits=8, block=(128, 128), scale_bits=32)
    if name in ("FP8_PER_CHANNEL_PER_TOKEN", "FP8_PTPC"):
        return Quantization(method="fp8", bits=8, row_bits=32)
    if name == "W4A16_AWQ" and isinstance(group := stated.get("group_size", 128), int) and group > 0:
        return Quantization(method="awq", bits=4, group=group, scale_bits=16)
    return None


def _mixed(stated: Block, kept: tuple[str, ...]) -> Quantization | None:
    """Return ModelOpt's mixed precision: an algorithm for each module that ``quantized_layers`` lists.

    Over a checkpoint that is fp8 in blocks already, the others stay fp8, and ``ignore`` speaks of the second
    pass only.
    """
    listed = stated.get("quantized_layers")
    if not isinstance(listed, dict) or len(listed) > _MOST_MODULES:
        return None
    others = []
    for name, way in listed.items():
        found = _algorithm(way.get("quant_algo"), way) if isinstance(way, dict) else None
        if found is None:
            return None
        others.append((name, found))
    if stated.get("quant_method") == "fp8":
        return replace(_fp8(stated), others=tuple(others))
    return Quantization(method="mixed", bits=16, kept=kept, others=tuple(others), listed_only=True)


def _compressed(stated: Block, kept: tuple[str, ...]) -> Quantization | None:
    """Return compressed-tensors: one way for all linear maps, or a way for each group's targets."""
    groups = stated.get("config_groups")
    if not isinstance(groups, dict) or not groups:
        return None
    whole: Quantization | None = None
    others: list[tuple[str, Quantization]] = []
    for group in groups.values():
        weights = group.get("weights") if isinstance(group, dict) else None
        targets = group.get("targets") if isinstance(group, dict) else None
        found = _compressed_weights(weights) if isinstance(weights, dict) else None
        if found is None or not isinstance(targets, list) or len(targets) > _MOST_MODULES:
            return None
        names = [target for target in targets if isinstance(target, str)]
        if "Linear" in names:
            if whole is not None:
                return None
            whole = found
        others += [(name, found) for name in names if name != "Linear"]
    if whole is None:
        return Quantization(
            method="compressed-tensors", bits=16, kept=kept, others=tuple(others), listed_only=True
        )
    return replace(whole, kept=kept, others=tuple(others))


def _compressed_weights(weights: Block) -> Quantization | None:
    bits, kind, strategy = weights.get("num_bits"), weights.get("type"), weights.get("strategy")
    size, block = weights.get("group_size"), _block(weights.get("block_structure"))
    if not isinstance(bits, int) or bits not in (4, 8):
        return None
    if bits == 4 and kind == "float" and size == 16:
        return Quantization(method="nvfp4", bits=4, group=16, scale_bits=8, tensor_bits=32)
    if bits == 4 and kind == "float" and size == 32:
        return replace(_mxfp4(), method="compressed-tensors")
    shape = 128 if bits == 4 else 0  # packed weights carry their shape
    if strategy == "block" and block is not None:
        return Quantization(method="compressed-tensors", bits=bits, block=block, scale_bits=16)
    if isinstance(size, int) and size > 0:
        zero = 0 if weights.get("symmetric", True) is not False else bits
        return Quantization(
            method="compressed-tensors",
            bits=bits,
            group=size,
            scale_bits=16,
            zero_bits=zero,
            tensor_bits=shape,
        )
    if strategy == "channel":
        return Quantization(method="compressed-tensors", bits=bits, row_bits=16, tensor_bits=shape)
    if strategy == "tensor" or (strategy is None and kind == "float" and bits == 8):
        return Quantization(method="compressed-tensors", bits=bits, tensor_bits=16)
    return None


def _kept(stated: Block) -> tuple[str, ...]:
    for key in _KEPT_KEYS:
        listed = stated.get(key)
        if isinstance(listed, list):
            return tuple(item for item in listed if isinstance(item, str))
    return ()


def _block(value: Plain) -> tuple[int, int] | None:
    if not isinstance(value, list) or len(value) != 2:
        return None
    rows, columns = value
    if not isinstance(rows, int) or not isinstance(columns, int) or min(rows, columns) < 1:
        return None
    return rows, columns
