"""Feed-forwards: dense, and routed experts."""

from __future__ import annotations

from archlint.architecture.part import Part, Role, Weight, linear
from archlint.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Dense(Part):
    """A feed-forward of ``width``: gated (three matrices) or plain (two).

    ``output`` is the width it writes to where that is not ``hidden``.
    """

    hidden: int
    width: int
    gated: bool = True
    up_bias: bool = False
    down_bias: bool = False
    output: int | None = None
    name: str = "mlp"
    extra: tuple[Weight, ...] = ()

    kind = "dense"
    group = "feed_forward"

    def weights(self) -> tuple[Weight, ...]:
        """Gate (when gated), up and down projections."""
        found = linear(f"{self.name}.gate_proj", self.hidden, self.width, self.up_bias) if self.gated else ()
        found += linear(f"{self.name}.up_proj", self.hidden, self.width, self.up_bias)
        output = self.hidden if self.output is None else self.output
        return found + linear(f"{self.name}.down_proj", self.width, output, self.down_bias) + self.extra


@dataclass(frozen=True, slots=True, kw_only=True)
class Experts(Part):
    """``experts`` routed experts of ``width``, of which a token uses ``active``, and shared ones beside them.

    ``bias``: every expert projection has one. ``router_bias``: the router has a bias or a correction that is
    a parameter (in DeepSeek's it is a buffer). ``latent``: experts work on a projection of that width.
    ``shared`` is one dense feed-forward that every token uses (the widths of several are added up);
    ``shared_gate``: a learned scalar gate for it.
    """

    hidden: int
    width: int
    experts: int
    active: int
    gated: bool = True
    bias: bool = False
    router: bool = True
    router_bias: bool = False
    latent: int | None = None
    shared: Dense | None = None
    shared_gate: bool = False
    extra: tuple[Weight, ...] = ()

    kind = "experts"
    group = "feed_forward"

    def weights(self) -> tuple[Weight, ...]:
        """Router, experts, latent projections, shared expert and its gate."""
        found: tuple[Weight, ...] = ()
        if self.router:
            found += (Weight("mlp.gate.weight", (self.experts, self.hidden), "router"),)
        if self.router_bias:
            found += (Weight("mlp.gate.bias", (self.experts,), "bias"),)
        inner = self.hidden if self.latent is None else self.latent
        for name, outputs, inputs in (
            *((("gate_proj", self.width, inner),) if self.gated else ()),
            ("up_proj", self.width, inner),
            ("down_proj", inner, self.width),
        ):
            expert: Role = "expert"
            shape = (outputs, inputs)
            found += (Weight(f"mlp.experts.{name}.weight", shape, expert, self.experts, self.active),)
            if self.bias:
                bias = Weight(f"mlp.experts.{name}.bias", (outputs,), "bias", self.experts, self.active)
                found += (bias,)
        if self.latent is not None:
            found += linear("mlp.fc1_latent_proj", self.hidden, self.latent)
            found += linear("mlp.fc2_latent_proj", self.latent, self.hidden)
        if self.shared is not None:
            found += self.shared.weights()
        if self.shared_gate:
            found += (Weight("mlp.shared_expert_gate.weight", (1, self.hidden), "router"),)
        return found + self.extra
