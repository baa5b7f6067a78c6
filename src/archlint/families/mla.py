"""What the descendants of DeepSeek's latent attention share: indexers, layer lists, hyper-connections."""

from __future__ import annotations

from collections.abc import Sequence

from archlint.architecture import Architecture, Experts, Index, LatentAttention, Part, Weight, linear
from archlint.families.decoder import assemble, dense, experts, latent, norms, shared_experts, width
from archlint.families.layers import experts_after, experts_listed, interval, stack, written_kinds
from archlint.specs.config import Config
from archlint.specs.size import Unknown, Unreadable, over
from archlint.values import replace

INDEXER_MODES = {"F": "full", "S": "shared"}
"""Letters of ``index_topk_pattern``."""


def indexer(config: Config, query_input: int | None = None, norm_of_query: bool = False) -> Index:
    """Return DeepSeek-V3.2's lightning indexer: one key a token under a LayerNorm, scored by ``index_n_heads``.

    Its queries come from the query latent, or from ``query_input`` numbers (with a LayerNorm of their own).
    """
    dim = config.need("index_head_dim")
    inputs = config.need("q_lora_rank") if query_input is None else query_input
    return Index(
        hidden=width(config),
        heads=config.need("index_n_heads"),
        dim=dim,
        top_k=config.size("index_topk"),
        query_input=inputs,
        norm=2 * dim + (2 * inputs if norm_of_query else 0),
    )


def has_indexer(config: Config, layers: int) -> list[bool]:
    """Return whether each layer has an indexer of its own: ``full`` in ``indexer_types``, a pattern, a schedule.

    The schedule: layer i has one if max(i - index_skip_topk_offset + 1, 0) is a multiple of index_topk_freq.
    """
    modes = written_kinds(config, layers, "indexer_types")
    if modes is None and config.has("index_topk_pattern"):
        letters = config.word("index_topk_pattern")
        if letters is None:
            modes = written_kinds(config, layers, "index_topk_pattern")
        elif len(letters) != layers or not set(letters) <= set(INDEXER_MODES):
            raise Unreadable(f"index_topk_pattern does not say F or S for each of {layers:,} layers")
        else:
            modes = tuple(INDEXER_MODES[letter] for letter in letters)
    if modes is not None:
        return [mode != "shared" for mode in modes]
    offset = config.count("index_skip_topk_offset", default=2)
    if offset is None or isinstance(offset, Unknown):
        raise Unreadable("index_skip_topk_offset is no whole number")
    every = config.count("index_topk_freq", default=1)
    if every is None or isinstance(every, Unknown):
        raise Unreadable("index_topk_freq is no whole number")
    return [max(index - offset + 1, 0) % max(every, 1) == 0 for index in range(layers)]


def sparse_layers(config: Config, layers: int, dense_first: int = 0, frequency: bool = False) -> list[bool]:
    """Return whether each layer has experts: ``mlp_layer_types``, else all but ``first_k_dense_replace``.

    ``dense_first`` is the number of dense layers where the class has no such key; ``frequency``: of the
    others, ``moe_layer_freq`` says each how many-eth (0-based) has experts.
    """
    listed = experts_listed(config, layers)
    if listed is not None:
        return listed
    if config.count("first_k_dense_replace") is None:
        sparse = [index >= dense_first for index in range(layers)]
    else:
        sparse = experts_after(config, layers)
    if frequency:
        every = interval(config, "moe_layer_freq", 1)
        sparse = [has and index % every == 0 for index, has in enumerate(sparse)]
    return sparse


def feed_forwards(
    config: Config, sparse: Sequence[bool], count: str = "n_routed_experts", bias: bool = False
) -> list[Part]:
    """Return experts (with ``n_shared_experts`` shared ones) or a dense feed-forward for each layer."""
    shared = shared_experts(config)
    if shared is not None and bias:
        shared = replace(shared, up_bias=True, down_bias=True)
    routed = experts(config, count=count, shared=shared) if any(sparse) else None
    plain = None if all(sparse) else dense(config, bias=bias)
    found: list[Part] = []
    for has in sparse:
        part = routed if has else plain
        assert part is not None
        found.append(part)
    return found


def with_latent(parts: Sequence[Part], inner: int, extra: tuple[Weight, ...]) -> list[Part]:
    """Return ``parts``, the experts among them working on ``inner`` numbers that tokens are projected to."""
    made: dict[int, Part] = {}
    for part in parts:
        if id(part) not in made:
            made[id(part)] = replace(part, latent=inner, extra=extra) if isinstance(part, Experts) else part
    return [made[id(part)] for part in parts]


def tied_outside(config: Config) -> bool:
    """Whether the head is tied where only the outermost mapping can say so; its class has no such field."""
    return config.flag("tie_word_embeddings") if config.wrapper is None else _outermost(config)


def _outermost(config: Config) -> bool:
    outer = config
    while outer.wrapper is not None:
        outer = outer.wrapper
    return outer.flag("tie_word_embeddings")


def hyper_connections(
    hidden: int, streams: int, mixes: int, scales: int, blocks: int = 2
) -> tuple[Weight, ...]:
    """Return the weights that mix ``streams`` residual streams before and after ``blocks`` sublayers.

    Each has ``mixes`` outputs from all streams together, a base for each and ``scales`` scalars.
    """
    found: tuple[Weight, ...] = ()
    for block in range(blocks):
        found += (
            Weight(f"hc{block}.fn", (mixes, streams * hidden)),
            Weight(f"hc{block}.base", (mixes,), "vector"),
            Weight(f"hc{block}.scale", (scales,), "vector"),
        )
    return found


def hyper_head(hidden: int, streams: int) -> tuple[Weight, ...]:
    """Return the weights that collapse the streams before the last norm."""
    return (
        Weight("hc_head.fn", (streams, streams * hidden)),
        Weight("hc_head.base", (streams,), "vector"),
        Weight("hc_head.scale", (1,), "vector"),
    )


def mistral4(config: Config) -> Architecture:
    """Mistral 4: latent attention; experts after ``first_k_dense_replace`` dense layers."""
    count = config.layers()
    parts = feed_forwards(config, experts_after(config, count))
    return assemble(config, stack([latent(config)] * count, parts, norms(config, 2)))


def minicpm3(config: Config) -> Architecture:
    """MiniCPM3: dense; ``v_head_dim`` is hidden_size / num_attention_heads where it is null."""
    mixer = latent(config)
    if config.size("v_head_dim") is None:
        mixer = replace(mixer, value_dim=over(mixer.hidden, mixer.heads))
    return _dense_latent(config, mixer, bias=config.flag("mlp_bias"))


def youtu(config: Config) -> Architecture:
    """Youtu: dense."""
    return _dense_latent(config, latent(config), bias=False)


def _dense_latent(config: Config, mixer: LatentAttention, bias: bool) -> Architecture:
    count = config.layers()
    return assemble(config, stack([mixer] * count, [dense(config, bias=bias)] * count, norms(config, 2)))


def axk1(config: Config) -> Architecture:
    """A.X K1: as DeepSeek-V3, with one more norm after the experts."""
    count = config.layers()
    after = Weight("mlp.post_mlp_layernorm.weight", (width(config),), "norm")
    parts = feed_forwards(config, sparse_layers(config, count, 1, frequency=True))
    parts = with_extra(parts, (after,))
    return assemble(config, stack([latent(config)] * count, parts, norms(config, 2)))


def axk2(config: Config) -> Architecture:
    """A.X K2: indexed latent attention, query and gate from both latents' projection; gated norms of low rank."""
    count = config.layers()
    hidden = width(config)
    base = latent(config, index=indexer(config))
    rank = config.need("q_lora_rank")
    gated = (
        Weight("self_attn.q_gate_proj.q2", (base.heads * base.head_dim, rank)),
        Weight("self_attn.q_gate_proj.gate", (base.heads * base.value_dim, 2 * rank)),
    )
    inner = config.need("gated_norm_rank")
    gate = (*linear("norm_gate.fc1", hidden, inner), *linear("norm_gate.fc2", inner, hidden))
    parts = with_extra(feed_forwards(config, sparse_layers(config, count, 1, frequency=True)), gate)
    mixer = replace(base, extra=gated)
    return assemble(config, stack([mixer] * count, parts, norms(config, 2), gate))


def with_extra(parts: Sequence[Part], extra: tuple[Weight, ...]) -> list[Part]:
    """Return ``parts`` with ``extra`` weights on the experts among them."""
    made: dict[int, Part] = {}
    for part in parts:
        if id(part) not in made:
            made[id(part)] = replace(part, extra=extra) if isinstance(part, Experts) else part
    return [made[id(part)] for part in parts]
