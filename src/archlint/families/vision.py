"""Encoders of images: ViT, CLIP and SigLIP."""

from __future__ import annotations

from archlint.architecture import Architecture, Attention, Dense, Layer, Tower, Weight, linear, norm
from archlint.architecture.part import Role
from archlint.families.decoder import head_width, multi_head, norms_over, plain
from archlint.families.heads import labels_of
from archlint.specs.config import Config
from archlint.specs.size import Size, Unknown, Unreadable, derived, over
from archlint.values import replace

NO_LANGUAGE = {
    "kv_cache": "an image encoder keeps no cache",
    "flops": "an image encoder has no tokens of text",
}


def block(
    config: Config,
    count: Size,
    *,
    qkv_bias: bool = True,
    output_bias: bool = True,
    head_dim: Size | None = None,
) -> tuple[Layer, ...]:
    """Return ``count`` layers of attention and a feed-forward of two matrices, with two LayerNorms."""
    hidden, heads = config.need("hidden_size"), config.need("num_attention_heads")
    mixer = multi_head(hidden, heads, qkv_bias, output_bias=output_bias, head_dim=head_dim, cached=False)
    layer = Layer(
        mixers=(mixer,),
        feed_forwards=(plain(hidden, config.need("intermediate_size")),),
        norms=norms_over(hidden, 2),
    )
    return (layer,) * count


def patches(config: Config, *, bias: bool, role: Role = "embedding") -> tuple[Weight, ...]:
    """Return the convolution that turns patches into vectors: the input embedding of CLIP and SigLIP."""
    hidden, side = config.need("hidden_size"), square(config, "patch_size")
    channels = config.need("num_channels", default=3)
    found: tuple[Weight, ...] = (
        Weight("patch_embedding.weight", (hidden, channels, side[0], side[1]), role),
    )
    return (*found, Weight("patch_embedding.bias", (hidden,), role)) if bias else found


def square(config: Config, key: str) -> tuple[Size, Size]:
    """Return height and width from a number or a list of two."""
    listed = config.sizes(key, least=1)
    if listed is not None and len(listed) == 2:
        return listed[0], listed[1]
    side = config.need(key)
    return side, side


def positions(config: Config) -> int:
    """Return the number of patches of an image."""
    (height, width), (tall, wide) = square(config, "image_size"), square(config, "patch_size")
    for size in (height, width, tall, wide):
        if isinstance(size, Unknown):
            return size
    return (height // tall) * (width // wide)


def vit(config: Config) -> Architecture:
    """ViT: a class token, learned positions, a pooler."""
    hidden = config.need("hidden_size")
    layers = block(
        config, config.layers(), qkv_bias=config.flag("qkv_bias"), head_dim=config.size("head_dim")
    )
    pooled = config.size("pooler_output_size") or hidden
    loose = (
        Weight("embeddings.cls_token", (1, 1, hidden), "vector"),
        Weight("embeddings.position_embeddings", (1, positions(config) + 1, hidden), "vector"),
        *patches(config, bias=True, role="conv"),
        *norm("layernorm", hidden, bias=True),
    )
    task = config.named_class
    if task.endswith("ForMaskedImageModeling"):
        stride = config.need("encoder_stride")
        pixels = stride * stride * config.need("num_channels")
        loose += (Weight("embeddings.mask_token", (1, 1, hidden), "vector"),)
        loose += linear("decoder", hidden, pixels, bias=True)
    elif not task.endswith("ForImageClassification"):
        loose += linear("pooler.dense", hidden, pooled, bias=True)
    shape = Architecture(model_type=config.model_type, layers=layers, final=loose, absent=NO_LANGUAGE)
    return classified(shape, config, hidden)


def classified(shape: Architecture, config: Config, width: int) -> Architecture:
    """Return the encoder, with a matrix over the labels beside it where the class named has one."""
    if config.wrapper is not None or not config.named_class.endswith("ForImageClassification"):
        return shape
    labels = labels_of(config)
    known = labels is not None
    head = () if labels is None else linear("classifier", width, labels, bias=True)
    return replace(shape, towers=(Tower(name="head", extra=head, known=known),))


def clip_vision(config: Config) -> Architecture:
    """CLIP's image encoder: a class embedding, norms before and after the layers."""
    hidden = config.need("hidden_size")
    loose = (
        Weight("embeddings.class_embedding", (hidden,), "vector"),
        Weight("embeddings.position_embedding.weight", (positions(config) + 1, hidden), "embedding"),
        *patches(config, bias=False),
        *norm("pre_layrnorm", hidden, bias=True),
        *norm("post_layernorm", hidden, bias=True),
    )
    if config.wrapper is None and config.named_class.endswith("WithProjection"):
        loose += linear("visual_projection", hidden, config.need("projection_dim"))
    return Architecture(
        model_type=config.model_type,
        layers=block(config, config.layers()),
        final=loose,
        absent=NO_LANGUAGE,
    )


def siglip_vision(config: Config) -> Architecture:
    """SigLIP's image encoder: no class token; an attention with a learned query pools at the end."""
    return _siglip(config, positions(config))


def siglip2_vision(config: Config) -> Architecture:
    """SigLIP 2's image encoder: as SigLIP's, with a number of positions of its own."""
    return _siglip(config, config.need("num_patches"))


def _siglip(config: Config, rows: int) -> Architecture:
    hidden, inner = config.need("hidden_size"), config.need("intermediate_size")
    loose: tuple[Weight, ...] = (
        Weight("embeddings.position_embedding.weight", (rows, hidden), "embedding"),
        *patches(config, bias=True),
        *norm("post_layernorm", hidden, bias=True),
    )
    if config.flag("vision_use_head", default=True):
        loose += (
            Weight("head.probe", (1, 1, hidden), "vector"),
            *linear("head.attention.in_proj", hidden, 3 * hidden, bias=True),
            *linear("head.attention.out_proj", hidden, hidden, bias=True),
            *norm("head.layernorm", hidden, bias=True),
            *linear("head.mlp.fc1", hidden, inner, bias=True),
            *linear("head.mlp.fc2", inner, hidden, bias=True),
        )
    return Architecture(
        model_type=config.model_type,
        layers=block(config, config.layers()),
        final=loose,
        absent=NO_LANGUAGE,
    )


def dinov2(config: Config) -> Architecture:
    """DINOv2: class and mask tokens, learned positions, a scale for each part's output."""
    if config.flag("use_swiglu_ffn"):
        raise Unreadable("the gated feed-forward of use_swiglu_ffn is not read")
    hidden, ratio = config.need("hidden_size"), config.need("mlp_ratio")
    heads, bias = config.need("num_attention_heads"), config.flag("qkv_bias")
    head_dim = head_width(config, hidden, heads)
    mixer = multi_head(hidden, heads, bias, output_bias=True, head_dim=head_dim, cached=False)
    layer = Layer(
        mixers=(mixer,),
        feed_forwards=(plain(hidden, derived(hidden * ratio, "hidden_size × mlp_ratio")),),
        norms=norms_over(hidden, 2),
        extra=tuple(Weight(f"layer_scale{index}.lambda1", (hidden,), "vector") for index in (1, 2)),
    )
    loose: tuple[Weight, ...] = (
        Weight("embeddings.cls_token", (1, 1, hidden), "vector"),
        Weight("embeddings.position_embeddings", (1, positions(config) + 1, hidden), "vector"),
        *patches(config, bias=True, role="conv"),
        *norm("layernorm", hidden, bias=True),
    )
    if config.flag("use_mask_token", default=True):
        loose += (Weight("embeddings.mask_token", (1, hidden), "vector"),)
    shape = Architecture(
        model_type=config.model_type,
        layers=(layer,) * config.layers(),
        final=loose,
        absent=NO_LANGUAGE,
    )
    return classified(shape, config, 2 * hidden)  # the class token beside the mean of the others


def dinov2_with_registers(config: Config) -> Architecture:
    """DINOv2 with tokens that hold nothing of the image."""
    shape, hidden = dinov2(config), config.need("hidden_size")
    registers = Weight("embeddings.register_tokens", (1, _registers(config), hidden), "vector")
    return replace(shape, final=(*shape.final, registers))


def _registers(config: Config) -> Size:
    """Return how many tokens hold nothing of the image, none by default."""
    found = config.count("num_register_tokens", default=0)
    return Size(0) if found is None else found


def dinov3_vit(config: Config) -> Architecture:
    """DINOv3: rotary positions, registers, a scale for each part's output, gated feed-forwards in the large ones."""
    hidden, heads, inner = (
        config.need(key) for key in ("hidden_size", "num_attention_heads", "intermediate_size")
    )
    mixer = Attention(
        hidden=hidden,
        heads=heads,
        kv_heads=heads,
        head_dim=over(hidden, heads),
        q_bias=config.flag("query_bias"),
        k_bias=config.flag("key_bias"),
        v_bias=config.flag("value_bias"),
        o_bias=config.flag("proj_bias"),
        cached=False,
    )
    bias, gated = config.flag("mlp_bias"), config.flag("use_gated_mlp")
    layer = Layer(
        mixers=(mixer,),
        feed_forwards=(Dense(hidden=hidden, width=inner, gated=gated, up_bias=bias, down_bias=bias),),
        norms=norms_over(hidden, 2),
        extra=tuple(Weight(f"layer_scale{index}.lambda1", (hidden,), "vector") for index in (1, 2)),
    )
    loose: tuple[Weight, ...] = (
        Weight("embeddings.cls_token", (1, 1, hidden), "vector"),
        Weight("embeddings.mask_token", (1, 1, hidden), "vector"),
        Weight("embeddings.register_tokens", (1, _registers(config), hidden), "vector"),
        *patches(config, bias=True),
        *norm("norm", hidden, bias=True),
    )
    return Architecture(
        model_type=config.model_type,
        layers=(layer,) * config.layers(),
        final=loose,
        absent=NO_LANGUAGE,
    )
