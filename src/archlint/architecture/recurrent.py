"""Mixers that keep a state of fixed size: linear attention, state-space models, convolutions, recurrences."""

from __future__ import annotations

from archlint.architecture.dtype import BF16, FP32, Dtype
from archlint.architecture.formula import Formula, Term, add, multiply, term
from archlint.architecture.part import Part, Weight, linear
from archlint.values import dataclass


class Stateful(Part):
    """A mixer with a convolution state in the cache's format and a recurrent state, in fp32 unless it says otherwise.

    The convolution state keeps as many columns as the kernel has: transformers does, vLLM one fewer.
    """

    __slots__ = ()

    group = "recurrent"

    def conv_elements(self) -> int:
        """Numbers in the convolution state of one sequence."""
        return 0

    def recurrent_elements(self) -> int:
        """Numbers in the recurrent state of one sequence."""
        return 0

    def state_bytes(self, dtype: Dtype = BF16) -> int:
        """Convolution state in ``dtype``, recurrent state at ``recurrent_bits``."""
        recurrent = Dtype("state", self.recurrent_bits()).bytes(self.recurrent_elements())
        return dtype.bytes(self.conv_elements()) + recurrent

    def conv_formula(self) -> tuple[Formula, ...]:
        """Return the factors of ``conv_elements``; empty when it is 0."""
        return ()

    def recurrent_formula(self) -> tuple[Formula, ...]:
        """Return the factors of ``recurrent_elements``; empty when it is 0."""
        return ()

    def recurrent_bits(self) -> int:
        """Return the width of the recurrent state's numbers."""
        return FP32.bits

    def state_formula(self, dtype: Dtype = BF16) -> tuple[Formula, ...]:
        """Numbers of the convolution state and of the recurrent state, each times its bytes."""
        items: list[Formula] = []
        if self.conv_formula():
            items.append(multiply(*self.conv_formula(), _bytes(dtype.bits), label="convolution state"))
        if self.recurrent_formula():
            width = _bytes(self.recurrent_bits())
            items.append(multiply(*self.recurrent_formula(), width, label="recurrent state"))
        return (add(items),) if items else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GatedDeltaNet(Stateful):
    """Gated DeltaNet (Qwen3-Next and later): ``key_heads`` × ``key_dim``, ``value_heads`` × ``value_dim``."""

    hidden: int
    key_heads: int
    value_heads: int
    key_dim: int
    value_dim: int
    kernel: int
    extra: tuple[Weight, ...] = ()

    kind = "linear"

    def weights(self) -> tuple[Weight, ...]:
        """Inputs (query, key, value, gate; beta and decay), convolution, decay, norm, output."""
        keys, values = self.key_heads * self.key_dim, self.value_heads * self.value_dim
        return (
            *linear("linear_attn.in_proj_qkvz", self.hidden, 2 * keys + 2 * values),
            *linear("linear_attn.in_proj_ba", self.hidden, 2 * self.value_heads),
            Weight("linear_attn.conv1d.weight", (2 * keys + values, 1, self.kernel), "conv"),
            Weight("linear_attn.dt_bias", (self.value_heads,), "vector"),
            Weight("linear_attn.A_log", (self.value_heads,), "vector"),
            Weight("linear_attn.norm.weight", (self.value_dim,), "norm"),
            *linear("linear_attn.out_proj", values, self.hidden),
            *self.extra,
        )

    def conv_elements(self) -> int:
        """(2 · keys + values) · kernel."""
        return (2 * self.key_heads * self.key_dim + self.value_heads * self.value_dim) * self.kernel

    def recurrent_elements(self) -> int:
        """value_heads · key_dim · value_dim."""
        return self.value_heads * self.key_dim * self.value_dim

    def conv_formula(self) -> tuple[Formula, ...]:
        """(2 × keys + values) × kernel."""
        keys = multiply(Term(2), term(self.key_heads, "key heads"), term(self.key_dim))
        return add((keys, self._values())), term(self.kernel, "columns")

    def recurrent_formula(self) -> tuple[Formula, ...]:
        """Value heads × key width × value width."""
        return term(self.value_heads, "value heads"), term(self.key_dim), term(self.value_dim)

    def _values(self) -> Formula:
        return multiply(term(self.value_heads, "value heads"), term(self.value_dim))

    def mixing_flops(self, context: int, prefill: bool = False) -> int:
        """About four products of state size."""
        return 8 * self.recurrent_elements()


@dataclass(frozen=True, slots=True, kw_only=True)
class KimiDelta(Stateful):
    """Kimi delta attention: three convolved projections, a decay and an output gate.

    ``low_rank_decay`` and ``low_rank_gate``: it passes through ``head_dim`` numbers, else is one full matrix.
    """

    hidden: int
    heads: int
    head_dim: int
    kernel: int
    low_rank_decay: bool = True
    low_rank_gate: bool = True
    extra: tuple[Weight, ...] = ()

    kind = "linear"

    def weights(self) -> tuple[Weight, ...]:
        """Query, key, value, output; convolutions; decay; gates; norm."""
        width = self.heads * self.head_dim
        found: tuple[Weight, ...] = ()
        for name in ("q", "k", "v"):
            found += linear(f"self_attn.{name}_proj", self.hidden, width)
            found += (Weight(f"self_attn.{name}_conv1d.weight", (width, 1, self.kernel), "conv"),)
        return (
            *found,
            Weight("self_attn.A_log", (self.heads,), "vector"),
            Weight("self_attn.dt_bias", (width,), "vector"),
            *self._projected("f", width, self.low_rank_decay),
            *self._projected("g", width, self.low_rank_gate),
            *linear("self_attn.b_proj", self.hidden, self.heads),
            Weight("self_attn.o_norm.weight", (self.head_dim,), "norm"),
            *linear("self_attn.o_proj", width, self.hidden),
            *self.extra,
        )

    def _projected(self, name: str, width: int, low_rank: bool) -> tuple[Weight, ...]:
        if not low_rank:
            return linear(f"self_attn.{name}_proj", self.hidden, width)
        inner = linear(f"self_attn.{name}_a_proj", self.hidden, self.head_dim)
        return inner + linear(f"self_attn.{name}_b_proj", self.head_dim, width)

    def conv_elements(self) -> int:
        """Three convolutions of heads · head_dim · kernel."""
        return 3 * self.heads * self.head_dim * self.kernel

    def recurrent_elements(self) -> int:
        """heads · head_dim²."""
        return self.heads * self.head_dim * self.head_dim

    def conv_formula(self) -> tuple[Formula, ...]:
        """Three convolutions × heads × width × kernel."""
        inner = term(self.heads, "heads"), term(self.head_dim), term(self.kernel, "columns")
        return Term(3, "convolutions"), *inner

    def recurrent_formula(self) -> tuple[Formula, ...]:
        """Heads × width × width."""
        return term(self.heads, "heads"), term(self.head_dim), term(self.head_dim)

    def mixing_flops(self, context: int, prefill: bool = False) -> int:
        """About four products of state size."""
        return 8 * self.recurrent_elements()


@dataclass(frozen=True, slots=True, kw_only=True)
class LightningAttention(Stateful):
    """Lightning attention (MiniMax-01): linear attention with an output gate and a norm, no convolution.

    ``state_bits`` is the width of the state's numbers; transformers keeps it in the model's own format.
    """

    hidden: int
    heads: int
    head_dim: int
    state_bits: int = 16
    extra: tuple[Weight, ...] = ()

    kind = "linear"

    def weights(self) -> tuple[Weight, ...]:
        """Query, key and value in one, output, gate, norm."""
        width = self.heads * self.head_dim
        return (
            *linear("self_attn.qkv_proj", self.hidden, 3 * width),
            *linear("self_attn.out_proj", width, self.hidden),
            *linear("self_attn.output_gate", self.hidden, width),
            Weight("self_attn.norm.weight", (width,), "norm"),
            *self.extra,
        )

    def recurrent_elements(self) -> int:
        """heads · head_dim²."""
        return self.heads * self.head_dim * self.head_dim

    def recurrent_formula(self) -> tuple[Formula, ...]:
        """Heads × width × width."""
        return term(self.heads, "heads"), term(self.head_dim), term(self.head_dim)

    def recurrent_bits(self) -> int:
        """As given."""
        return self.state_bits

    def mixing_flops(self, context: int, prefill: bool = False) -> int:
        """Update and read of the state."""
        return 4 * self.recurrent_elements()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mamba1(Stateful):
    """Mamba: ``inner`` channels of ``state`` numbers, a convolution of ``kernel``, a step of ``step_rank``.

    ``norms`` adds Jamba's norms of step and state; ``state_bits`` the format of the recurrent state. ``heads``: step,
    decay and skip are one a head, not one a channel. ``output`` False: it writes through the attention beside it.
    """

    hidden: int
    inner: int
    state: int
    kernel: int
    step_rank: int
    heads: int | None = None
    output: bool = True
    conv_bias: bool = True
    bias: bool = False
    norms: bool = False
    state_bits: int = 32
    extra: tuple[Weight, ...] = ()

    kind = "mamba"

    def weights(self) -> tuple[Weight, ...]:
        """Input, convolution, selection, step, decay, skip, output."""
        steps = self.inner if self.heads is None else self.heads
        decay = (self.inner, self.state) if self.heads is None else (self.heads,)
        found = (
            *linear("mixer.in_proj", self.hidden, 2 * self.inner, self.bias),
            Weight("mixer.conv1d.weight", (self.inner, 1, self.kernel), "conv"),
            *linear("mixer.x_proj", self.inner, self.step_rank + 2 * self.state),
            *linear("mixer.dt_proj", self.step_rank, steps, bias=True),
            Weight("mixer.A_log", decay, "vector"),
            Weight("mixer.D", (steps,), "vector"),
        )
        if self.output:
            found += linear("mixer.out_proj", self.inner, self.hidden, self.bias)
        if self.conv_bias:
            found += (Weight("mixer.conv1d.bias", (self.inner,), "bias"),)
        if self.norms:
            found += (Weight("mixer.norms", (self.step_rank + 2 * self.state,), "norm"),)
        return found + self.extra

    def conv_elements(self) -> int:
        """inner · kernel."""
        return self.inner * self.kernel

    def recurrent_elements(self) -> int:
        """inner · state."""
        return self.inner * self.state

    def conv_formula(self) -> tuple[Formula, ...]:
        """Channels × kernel."""
        return term(self.inner, "channels"), term(self.kernel, "columns")

    def recurrent_formula(self) -> tuple[Formula, ...]:
        """Channels × state."""
        return term(self.inner, "channels"), term(self.state)

    def recurrent_bits(self) -> int:
        """As given."""
        return self.state_bits

    def mixing_flops(self, context: int, prefill: bool = False) -> int:
        """Three products of state size."""
        return 6 * self.recurrent_elements()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mamba2(Stateful):
    """Mamba-2: ``heads`` × ``head_dim`` inner channels, ``groups`` of ``state`` numbers.

    ``inner`` where it is not heads × head_dim; ``output_bias`` where it is not ``bias``; ``norm``: the gated
    norm of the output; ``state_bits`` the format of the recurrent state.
    """

    hidden: int
    heads: int
    head_dim: int
    state: int
    groups: int
    kernel: int
    inner: int | None = None
    conv_bias: bool = True
    bias: bool = False
    output_bias: bool | None = None
    norm: bool = True
    state_bits: int = 32
    extra: tuple[Weight, ...] = ()

    kind = "mamba"

    @property
    def inner_width(self) -> int:
        """Inner channels."""
        return self.heads * self.head_dim if self.inner is None else self.inner

    @property
    def conv_width(self) -> int:
        """Channels that are convolved: inner + 2 · groups · state."""
        return self.inner_width + 2 * self.groups * self.state

    def weights(self) -> tuple[Weight, ...]:
        """Input, convolution, step, decay, skip, norm, output."""
        output_bias = self.bias if self.output_bias is None else self.output_bias
        found = (
            *linear("mixer.in_proj", self.hidden, self.inner_width + self.conv_width + self.heads, self.bias),
            Weight("mixer.conv1d.weight", (self.conv_width, 1, self.kernel), "conv"),
            Weight("mixer.dt_bias", (self.heads,), "vector"),
            Weight("mixer.A_log", (self.heads,), "vector"),
            Weight("mixer.D", (self.heads,), "vector"),
            *linear("mixer.out_proj", self.inner_width, self.hidden, output_bias),
        )
        if self.conv_bias:
            found += (Weight("mixer.conv1d.bias", (self.conv_width,), "bias"),)
        if self.norm:
            found += (Weight("mixer.norm.weight", (self.inner_width,), "norm"),)
        return found + self.extra

    def conv_elements(self) -> int:
        """conv_width · kernel."""
        return self.conv_width * self.kernel

    def recurrent_elements(self) -> int:
        """heads · head_dim · state."""
        return self.heads * self.head_dim * self.state

    def conv_formula(self) -> tuple[Formula, ...]:
        """(Channels + 2 × groups × state) × kernel."""
        if self.inner is None:
            channels: Formula = multiply(term(self.heads, "heads"), term(self.head_dim))
        else:
            channels = term(self.inner, "channels")
        both = multiply(Term(2), term(self.groups, "groups"), term(self.state))
        return add((channels, both)), term(self.kernel, "columns")

    def recurrent_formula(self) -> tuple[Formula, ...]:
        """Heads × width × state."""
        return term(self.heads, "heads"), term(self.head_dim), term(self.state)

    def recurrent_bits(self) -> int:
        """As given."""
        return self.state_bits

    def mixing_flops(self, context: int, prefill: bool = False) -> int:
        """Three products of state size."""
        return 6 * self.recurrent_elements()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortConv(Stateful):
    """LFM's gated short convolution over ``width`` channels (``hidden`` where it is not given)."""

    hidden: int
    kernel: int
    bias: bool = False
    extra: tuple[Weight, ...] = ()

    kind = "conv"

    def weights(self) -> tuple[Weight, ...]:
        """Input (two gates and the value), convolution, output."""
        found = (
            *linear("conv.in_proj", self.hidden, 3 * self.hidden, self.bias),
            Weight("conv.conv.weight", (self.hidden, 1, self.kernel), "conv"),
            *linear("conv.out_proj", self.hidden, self.hidden, self.bias),
        )
        if self.bias:
            found += (Weight("conv.conv.bias", (self.hidden,), "bias"),)
        return found + self.extra

    def conv_elements(self) -> int:
        """hidden · kernel."""
        return self.hidden * self.kernel

    def conv_formula(self) -> tuple[Formula, ...]:
        """Channels × kernel."""
        return term(self.hidden, "channels"), term(self.kernel, "columns")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence(Stateful):
    """Any other recurrence (RWKV, xLSTM, RG-LRU): the family lists its weights and the size of its state.

    ``conv`` numbers in the cache's format, ``recurrent`` numbers at ``state_bits``; ``window`` tokens of
    attention do not belong here. ``flops`` are those of the recurrence itself, per token.
    """

    hidden: int
    tensors: tuple[Weight, ...]
    conv: int = 0
    recurrent: int = 0
    state_bits: int = 32
    flops: int = 0

    kind = "recurrent"

    def weights(self) -> tuple[Weight, ...]:
        """The weights as the family lists them."""
        return self.tensors

    def conv_elements(self) -> int:
        """As given."""
        return self.conv

    def recurrent_elements(self) -> int:
        """As given."""
        return self.recurrent

    def conv_formula(self) -> tuple[Formula, ...]:
        """As given."""
        return (term(self.conv, "numbers"),) if self.conv else ()

    def recurrent_formula(self) -> tuple[Formula, ...]:
        """As given."""
        return (term(self.recurrent, "numbers"),) if self.recurrent else ()

    def recurrent_bits(self) -> int:
        """As given."""
        return self.state_bits

    def mixing_flops(self, context: int, prefill: bool = False) -> int:
        """As given."""
        return self.flops


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearRecurrence(Recurrence):
    """A recurrence that is linear attention: its state is one matrix of keys and values a head."""

    kind = "linear"


def _bytes(bits: int) -> Term:
    return Term(bits // 8, "B")
