"""Reformer: hashed and local attention in turn; two residual streams that the head reads side by side."""

from __future__ import annotations

from archlint.architecture import Architecture, Attention, Embedding, Head, Weight, norm
from archlint.families.decoder import norms, plain, width
from archlint.families.layers import by_kind, stack
from archlint.specs.config import MOST_LAYERS, Config
from archlint.specs.size import Unreadable

NOT_KEYS = "its class keeps hidden states and hashes instead of keys and values"
HASHED = "what a token sees depends on hashes"


def reformer(config: Config) -> Architecture:
    """Reformer: ``attn_layers`` lists the layers; those of ``lsh`` have one projection for query and key."""
    hidden, heads, vocab = width(config), config.need("num_attention_heads"), config.need("vocab_size")
    words = config.words("attn_layers")
    if not words:
        raise Unreadable("attn_layers is no list of lsh and local")
    if len(words) > MOST_LAYERS:
        raise Unreadable(f"more than the {MOST_LAYERS:,} layers that are read")
    if config.has("num_hidden_layers"):
        if config.layers() > len(words):
            raise Unreadable("num_hidden_layers is more than attn_layers lists")
        words = words[: config.layers()]
    mixer = Attention(
        hidden=hidden,
        heads=heads,
        kv_heads=heads,
        head_dim=config.need("attention_head_size"),
        cached=False,
    )
    hashed = Attention(
        hidden=hidden,
        heads=heads,
        kv_heads=heads,
        head_dim=mixer.head_dim,
        key_is_value=True,  # one matrix less: here it is the query's that is the key's, too
        cached=False,
    )
    mixers = by_kind(words, {"local": mixer, "lsh": hashed})
    feed_forward = plain(hidden, config.need("feed_forward_size"))
    layers = stack(mixers, [feed_forward] * len(words), norms(config, 2, bias=True))
    axial = config.flag("axial_pos_embds")
    both = 2 * hidden
    return Architecture(
        model_type=config.model_type,
        layers=layers,
        embedding=Embedding(
            vocab=vocab,
            width=hidden,
            positions=None if axial else config.need("max_position_embeddings"),
            extra=_axes(config, hidden) if axial else (),
        ),
        head=Head(vocab=vocab, width=both, tied=False, bias=True),
        final=norm("encoder.layer_norm", both, bias=True),
        absent={"kv_cache": NOT_KEYS, "state": NOT_KEYS, "flops": HASHED},
    )


def _axes(config: Config, hidden: int) -> tuple[Weight, ...]:
    """Return one table of positions per axis; their widths are those of the hidden state together."""
    rows, widths = config.sizes("axial_pos_shape", least=1), config.sizes("axial_pos_embds_dim", least=1)
    if rows is None or widths is None or len(rows) < len(widths):
        raise Unreadable("axial_pos_shape and axial_pos_embds_dim are no lists of sizes for the same axes")
    if sum(widths) != hidden:
        raise Unreadable("axial_pos_embds_dim does not add up to hidden_size")
    pairs = enumerate(zip(rows, widths, strict=False))
    return tuple(Weight(f"position_embeddings.{axis}", shape, "vector") for axis, shape in pairs)
