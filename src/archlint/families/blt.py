"""Byte Latent Transformer: a small encoder and decoder of bytes around a transformer of patches."""

from __future__ import annotations

from typing import Final

from archlint.architecture import Architecture, Attention, Dense, Embedding, Head, Layer, Weight, linear, norm
from archlint.families.decoder import grouped, norms, width
from archlint.specs.config import Config
from archlint.specs.size import Size, derived
from archlint.values import replace

_PATCHES: Final = "a patch spans as many bytes as the entropy of the text allows"
_GROUP_SIZES: Final = 6
"""How many sizes of byte groups are hashed where none are listed: 3 to 8 bytes."""


def blt(config: Config) -> Architecture:
    """Return the layers of bytes and of patches; the patcher, a model of its own, counts with the weights."""
    encoder, decoder = config.section("encoder_config"), config.section("decoder_config")
    patches = config.section("global_config")
    byte, patch = width(encoder), width(patches)
    queries = derived(byte * encoder.need("cross_attn_k"), "hidden_size × cross_attn_k")
    answers = derived(width(decoder) * decoder.need("cross_attn_k"), "hidden_size × cross_attn_k")
    joined = derived(byte * config.need("cross_attn_k"), "hidden_size × cross_attn_k")
    between = (
        *linear("local_encoder.patch_embedding_projection", byte, queries),
        *linear("local_decoder.patch_embedding_projection", decoder.need("hidden_size_global"), answers),
    )
    if joined != patch:
        between += linear("global_transformer.token_embedding_projection", joined, patch)
    hashes = Weight("encoder_hash_tok_embedding.weight", (_hash_rows(config), byte), "embedding")
    return Architecture(
        model_type=config.model_type,
        layers=(*_layers(encoder, crossed=-1), *_layers(patches), *_layers(decoder, crossed=0)),
        embedding=Embedding(vocab=encoder.need("vocab_size"), width=byte, extra=(hashes,)),
        head=Head(vocab=config.need("vocab_size"), width=width(decoder), tied=config.tied),
        final=(*norm("local_decoder.norm", width(decoder)), *between, *_patcher(config)),
        absent={"kv_cache": _PATCHES, "flops": _PATCHES},
    )


def _layers(config: Config, crossed: int | None = None) -> tuple[Layer, ...]:
    """Return layers as Llama's; all, or the one numbered ``crossed``, attend to the other kind as well."""
    hidden, given = width(config), config.size("intermediate_size")
    inner = derived(8 * hidden // 3, "8 × hidden_size / 3") if given is None else given
    plain = Layer(
        mixers=(_attention(config),),
        feed_forwards=(Dense(hidden=hidden, width=inner),),
        norms=norms(config, 2),
    )
    layers = [plain] * config.layers()
    if crossed is None:
        return tuple(layers)
    other = replace(_attention(config), cross=True, q_norm=hidden, k_norm=hidden)
    both = replace(plain, mixers=(*plain.mixers, other))
    if config.flag("cross_attn_all_layers"):
        return (both,) * len(layers)
    layers[crossed] = both
    return tuple(layers)


def _attention(config: Config) -> Attention:
    hidden, heads = width(config), config.need("num_attention_heads")
    head_dim = derived(hidden // heads, "hidden_size / num_attention_heads")
    return grouped(config, head_dim=head_dim, bias=False)


def _hash_rows(config: Config) -> Size:
    """Return the rows of the table of hashes: some for each hash function and each size of byte groups."""
    listed = config.sizes("encoder_hash_byte_group_size")
    sizes = len(listed) if listed else _GROUP_SIZES
    rows = config.need("encoder_hash_byte_group_vocab") * config.need("encoder_hash_byte_group_nb_functions")
    return derived(rows * sizes, "hash vocabulary × functions × group sizes")


def _patcher(config: Config) -> tuple[Weight, ...]:
    """Return the weights of the small language model that finds where patches begin."""
    if not config.flag("patch_in_forward"):
        return ()
    patcher = config.section("patcher_config")
    hidden, vocab, layers = width(patcher), patcher.need("vocab_size"), _layers(patcher)
    inside = [weight for part in layers[0].parts for weight in part.weights()]
    return (
        Weight("patcher.embed_tokens.weight", (vocab, hidden), "embedding"),
        *(
            weight._replace(name=f"patcher.{weight.name}", copies=len(layers))
            for weight in (*inside, *layers[0].norms)
        ),
        *norm("patcher.norm", hidden),
        *linear("patcher.lm_head", hidden, vocab),
    )
