"""LongCat-Flash: two latent attentions and two dense feed-forwards a layer around one set of experts."""

from __future__ import annotations

from typing import Final

from archlint.architecture import Architecture, Embedding, Weight, linear
from archlint.families.decoder import assemble, dense, experts, latent, norms, width
from archlint.families.layers import stack
from archlint.specs.config import Config
from archlint.specs.size import Unknown, Unreadable, derived
from archlint.values import replace

VARIES: Final = "some of a token's moe_topk choices may be experts that compute nothing: an upper bound"

MOST_EMBEDDERS: Final = 1024


def longcat_flash(config: Config) -> Architecture:
    """LongCat-Flash: ``num_layers`` layers of two sublayers each; ``zero_expert_num`` experts have no weights.

    With ``ngram_vocab_size_ratio`` (Flash-Lite) tables of hashed n-grams are added to the embedding.
    """
    count = config.layers("num_layers")
    contradicted = False
    if config.has("num_hidden_layers"):  # counts the sublayers
        halved = derived(config.layers() // 2, "num_hidden_layers / 2")
        contradicted = config.has("num_layers") and halved != count
        count = count if contradicted else halved
    mixer = latent(config)
    routed = experts(config, count="n_routed_experts", active="moe_topk", width_key="expert_ffn_hidden_size")
    zero = config.count("zero_expert_num")
    choices = routed.experts if zero is None else routed.experts + zero
    router = Weight("mlp.router.classifier.weight", (choices, routed.hidden), "router")
    extra: tuple[Weight, ...] = (router,)
    if config.flag("router_bias"):
        extra += (Weight("mlp.router.classifier.bias", (choices,), "bias"),)
    routed = replace(routed, router=False, extra=extra)
    plain = dense(config, width_key="ffn_hidden_size")
    layers = stack([(mixer, mixer)] * count, [(plain, plain, routed)] * count, norms(config, 4))
    unverified = {
        "parameters.active": VARIES,
        "parameters.active_without_input_embedding": VARIES,
        "flops": VARIES,
    }
    if contradicted:
        unverified["*"] = (
            "transformers takes half of num_hidden_layers for num_layers, and another number is written"
        )
    absent = {}
    if config.flag("use_longcat_dsa") or config.has("index_head_dim"):
        gap = "the sparse attention of LongCat 2 is not derived"
        absent = dict.fromkeys(("parameters", "kv_cache", "weights", "flops"), gap)
    if config.count("num_nextn_predict_layers"):
        absent["parameters.mtp"] = "the structure of its MTP layers is not known"
        unverified["weights"] = "MTP layers are left out: their structure is not known"
    if not config.has("ngram_vocab_size_ratio"):
        return replace(assemble(config, layers), unverified=unverified, absent=absent)
    shape = assemble(config, layers, embedding=_ngram_embedding(config))
    said = "read from the published structure of LongcatFlashNgram; transformers has no such class"
    return replace(
        shape,
        unverified={**dict.fromkeys(("parameters", "weights", "flops"), said), **unverified},
        absent=absent,
    )


def _ngram_embedding(config: Config) -> Embedding:
    """Return the token table and, for each n-gram order and split, a hashed table and its projection.

    Of a hashed table a token uses one row, and that alone counts as active.
    """
    hidden, vocab = width(config), config.need("vocab_size")
    orders = config.need("emb_neighbor_num") - 1
    tables = config.need("emb_split_num") * orders
    if isinstance(tables, Unknown):
        raise Unreadable(tables.reason)
    if not 0 < tables <= MOST_EMBEDDERS:
        raise Unreadable(f"emb_split_num and emb_neighbor_num make {int(tables):,} tables of n-grams")
    each = derived(hidden // tables, "hidden_size / (emb_split_num × (emb_neighbor_num - 1))")
    rows = config.need("ngram_vocab_size_ratio") * vocab
    extra: tuple[Weight, ...] = ()
    for number in range(tables):
        table = Weight(f"ngram_embeddings.{number}.weight", (each,), "embedding", rows + 2 * number + 1, 1)
        extra += (table, *linear(f"ngram_projections.{number}", each, hidden))
    return Embedding(vocab=vocab, width=hidden, extra=extra)
