"""Qwen4-Exp: Gated DeltaNet and indexed attention on several residual streams, tables of n-grams in some layers."""

from __future__ import annotations

from functools import cache
from typing import Final

from archlint.architecture import (
    BF16,
    Architecture,
    Attention,
    Dense,
    Dtype,
    GatedDeltaNet,
    Index,
    Layer,
    Part,
    Weight,
    linear,
    norm,
)
from archlint.architecture.formula import Formula, Term, add, multiply, term
from archlint.families.decoder import assemble, experts, grouped, width
from archlint.families.layers import FULL, INDEXED, LINEAR, full_each, interval, kinds
from archlint.families.qwen import delta_net
from archlint.specs.config import Config
from archlint.specs.size import Size, Unknown, Unreadable
from archlint.values import dataclass, fields, replace

MOST_PRIMES: Final = 4096


def qwen4_exp(config: Config) -> Architecture:
    """Qwen4-Exp: ``hc_count`` streams mixed around each sublayer; no other norms."""
    count = config.layers()
    every = interval(config, "full_attention_interval", 4)
    layer_kinds = kinds(config, count, full_each(every, LINEAR))
    index = Index(
        hidden=width(config),
        heads=config.need("indexer_n_heads"),
        dim=config.need("indexer_head_dim"),
        top_k=config.size("indexer_budget"),
        query_input=width(config),
        head_weights=False,
        norm=2 * config.need("indexer_head_dim"),
    )
    parts: dict[str, Part] = {
        LINEAR: delta_net(config),
        INDEXED: _attention(config, index),
    }
    shared = Dense(
        hidden=width(config), width=config.need("shared_expert_intermediate_size"), name="mlp.shared_expert"
    )
    routed = experts(config, shared=shared, shared_gate=True)
    mixing = _residual(config, "attn") + _residual(config, "mlp")
    tables = _table_layers(config, count)
    tabled = _tabled(config, parts[LINEAR]) if tables else None
    made: dict[tuple[str, int], Layer] = {}
    layers = []
    for number, kind in enumerate(layer_kinds):
        name = INDEXED if kind == FULL else kind
        if name not in parts:
            raise Unreadable(f"{kind} is no layer type of this model")
        key = (name, tables.get(number, -1))
        if key not in made:
            mixer, extra = parts[name], mixing
            if key[1] >= 0:
                if name != LINEAR or tabled is None:
                    raise Unreadable("ple_layer_ids names a layer that is not linear_attention")
                mixer, extra = tabled, mixing + _ngram_layer(config, key[1])
            made[key] = Layer(mixers=(mixer,), feed_forwards=(routed,), extra=extra)
        layers.append(made[key])
    return assemble(config, tuple(layers), final=_residual(config, "last", combines=False))


def _attention(config: Config, index: Index) -> Attention:
    """Return attention with a gate, which has a bias where queries have one."""
    base = grouped(config, qk_norm="head", gate="elements", index=index)
    if not base.q_bias:
        return base
    return replace(base, extra=(Weight("self_attn.gate_proj.bias", (base.heads * base.head_dim,), "bias"),))


def _residual(config: Config, name: str, combines: bool = True) -> tuple[Weight, ...]:
    """Return the weights that read a sublayer's input from the streams, and write its output to them."""
    streams = config.need("hc_count")
    wide, rank = streams * width(config), config.need("hc_lowrank")
    found = (
        *norm(f"{name}_hyper_connection.hc_norm", wide),
        *linear(f"{name}_hyper_connection.input_mix_weight_down", wide, rank),
        *linear(f"{name}_hyper_connection.input_mix_weight_up", rank, wide),
    )
    return (
        found + linear(f"{name}_hyper_connection.block_inject_weight", wide, streams) if combines else found
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TabledDeltaNet(GatedDeltaNet):
    """Gated DeltaNet in a layer that looks up n-grams: ``kept`` numbers of its convolution, ``tokens`` ids."""

    kept: int
    tokens: int

    def state_bytes(self, dtype: Dtype = BF16) -> int:
        """That of the delta net, the convolution's inputs, and the last tokens in 8 bytes each."""
        return GatedDeltaNet.state_bytes(self, dtype) + dtype.bytes(self.kept) + 8 * self.tokens

    def state_formula(self, dtype: Dtype = BF16) -> tuple[Formula, ...]:
        """That of the delta net, the convolution's inputs, and the tokens."""
        kept = multiply(term(self.kept, "inputs of the convolution"), Term(dtype.bits // 8, "B"))
        tokens = multiply(term(self.tokens, "tokens"), Term(8, "B"))
        return (add((*GatedDeltaNet.state_formula(self, dtype), kept, tokens)),)


def _tabled(config: Config, mixer: Part) -> Part:
    before = config.need("ngram_size") - 1
    width_of_streams = config.need("hc_count") * width(config)
    kept = (config.need("ple_conv_kernel_size") - 1) * config.need("ngram_size") * width_of_streams
    sizes = {field.name: getattr(mixer, field.name) for field in fields(mixer)}  # type: ignore[arg-type]
    return TabledDeltaNet(**sizes, kept=kept, tokens=before)


def _table_layers(config: Config, layers: int) -> dict[int, int]:
    """Return which layers (0-based) have n-gram tables, and their rank among these."""
    listed = config.sizes("ple_layer_ids", least=1) or ()
    if any(isinstance(number, Unknown) for number in listed):
        raise Unreadable("ple_layer_ids holds no layer numbers from 1 on")
    numbers = sorted({int(number) - 1 for number in listed})
    if numbers and numbers[-1] >= layers:
        raise Unreadable(f"ple_layer_ids names layer {numbers[-1] + 1:,} of {layers:,}")
    return {number: rank for rank, number in enumerate(numbers)}


def _ngram_layer(config: Config, rank: int) -> tuple[Weight, ...]:
    hidden, streams = width(config), config.need("hc_count")
    wide = streams * hidden
    given = config.size("ple_embed_dim")
    embedded = hidden if given is None else given
    heads = (config.need("ngram_size") - 1) * config.need("heads_per_ngram")
    rows = _rows(config, heads, rank)
    return (
        Weight("ple.ngram_embedding.weight", (rows, embedded // heads), "embedding"),
        *linear("ple.key_proj", embedded, wide),
        *linear("ple.value_proj", embedded, hidden),
        *norm("ple.norm_key", wide),
        *norm("ple.norm_query", wide),
        *norm("ple.norm_conv", wide),
        Weight("ple.conv1d.weight", (wide, 1, config.need("ple_conv_kernel_size")), "conv"),
    )


def _rows(config: Config, heads: int, rank: int) -> int:
    """Return the rows of a layer's table: consecutive primes from ``ngram_vocab_size_base`` on, padded."""
    base, step = config.need("ngram_vocab_size_base"), config.need("make_ngram_vocab_size_divisible_by")
    for size in (base, step, heads):
        if isinstance(size, Unknown):
            return size
    if heads < 1 or heads * (rank + 1) > MOST_PRIMES or base > 2**31:
        raise Unreadable("the n-gram tables are too many or too large to be counted")
    whole = sum(_primes(int(base), heads * (rank + 1))[heads * rank :])
    return Size(-(-whole // step) * step, "ngram_vocab_size_base", "derived")


@cache
def _primes(start: int, count: int) -> tuple[int, ...]:
    """Return the first ``count`` primes that are not below ``start``."""
    found: list[int] = []
    low = max(start, 2)
    while len(found) < count:
        high = low + 65_536
        marks = bytearray([1]) * (high - low)
        divisor = 2
        while divisor * divisor < high:
            first = max(divisor * divisor, -(-low // divisor) * divisor)
            marks[first - low :: divisor] = bytes(len(range(first, high, divisor)))
            divisor += 1 if divisor == 2 else 2
        found += [low + index for index, prime in enumerate(marks) if prime]
        low = high
    return tuple(found[:count])
