"""Towers that are CLIP's, SigLIP's or Whisper's encoder with a projector behind it: LLaVA, PaliGemma, Idefics 3 ..."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from archlint.architecture import Architecture, Weight, linear, norm
from archlint.families.vision import clip_vision, positions, siglip_vision, square
from archlint.specs.config import Config
from archlint.specs.size import Unreadable

Weights = tuple[Weight, ...]


def _flat(shape: Architecture) -> Weights:
    """Return all weights of an encoder, those of equal layers once with their number as copies."""
    found: Weights = ()
    for layer, count in shape.distinct_layers():
        own = [weight for part in layer.parts for weight in part.weights()] + list(layer.loose)
        found += tuple(weight._replace(copies=weight.copies * count) for weight in own)
    return found + shape.final


def _encoder(vision: Config) -> Weights:
    if vision.model_type == "clip_vision_model":
        return _flat(clip_vision(vision))
    if vision.model_type == "siglip_vision_model":
        return _flat(siglip_vision(vision))
    raise Unreadable(f"the image encoder {vision.model_type} is not derived")


def _chosen(outer: Config) -> int:
    """Return the number of layers whose features are put side by side."""
    listed = outer.sizes("vision_feature_layer", least=-(2**40))
    return 1 if listed is None else len(listed)


def llava(vision: Config, outer: Config, text: Config) -> Weights:
    """LLaVA: an encoder and a projector of two maps."""
    hidden, bias = text.need("hidden_size"), outer.flag("multimodal_projector_bias", default=True)
    return (
        *_encoder(vision),
        *linear("projector.linear_1", vision.need("hidden_size") * _chosen(outer), hidden, bias),
        *linear("projector.linear_2", hidden, hidden, bias),
    )


def llava_next(vision: Config, outer: Config, text: Config) -> Weights:
    """LLaVA-NeXT and OneVision: LLaVA's tower, and a vector that ends a line of the image."""
    newline = Weight("image_newline", (text.need("hidden_size"),), "vector")
    return (*llava(vision, outer, text), newline)


def paligemma(vision: Config, outer: Config, text: Config) -> Weights:
    """PaliGemma: SigLIP and one map."""
    width = outer.need("projection_dim")
    return (*_encoder(vision), *linear("projector.linear", vision.need("hidden_size"), width, True))


def deepseek_vl(vision: Config, outer: Config, text: Config) -> Weights:
    """DeepSeek-VL: SigLIP and an aligner of two maps."""
    hidden = text.need("hidden_size")
    return (
        *_encoder(vision),
        *linear("aligner.linear1", vision.need("hidden_size"), hidden, True),
        *linear("aligner.linear2", hidden, hidden, True),
    )


def idefics3(vision: Config, outer: Config, text: Config) -> Weights:
    """Idefics 3 and SmolVLM: an encoder without a head, ``scale_factor``² patches put side by side."""
    hidden, scale = vision.need("hidden_size"), outer.need("scale_factor")
    return (
        *(w for w in _flat(siglip_vision(vision)) if not w.name.startswith("head.")),
        *linear("connector.proj", hidden * scale * scale, text.need("hidden_size")),
    )


def glm4v(vision: Config, outer: Config, text: Config) -> Weights:
    """GLM-4V: gated blocks with RMSNorms, a convolution that merges patches, a gated merger."""
    hidden, out = vision.need("hidden_size"), vision.need("out_hidden_size")
    # in the class the blocks are as wide as out_hidden_size and the merger as intermediate_size
    inner, wide, count = out, vision.need("intermediate_size"), vision.layers("depth")
    merge, bias = vision.need("spatial_merge_size"), vision.flag("attention_bias")
    side = square(vision, "patch_size")
    volume = vision.need("in_channels") * vision.need("temporal_patch_size") * side[0] * side[1]
    block = (
        *norm("norm1", hidden),
        *norm("norm2", hidden),
        *linear("attn.qkv", hidden, 3 * hidden, bias),
        *linear("attn.proj", hidden, hidden),
        *linear("mlp.gate_proj", hidden, inner),
        *linear("mlp.up_proj", hidden, inner),
        *linear("mlp.down_proj", inner, hidden),
    )
    return (
        Weight("position_embedding", (positions(vision), hidden), "embedding"),
        Weight("patch_embed.weight", (hidden, volume), "conv"),
        Weight("patch_embed.bias", (hidden,), "bias"),
        *(weight._replace(copies=count) for weight in block),
        *linear("merger.proj", out, out),
        *norm("merger.post_projection_norm", out, bias=True),
        *linear("merger.gate_proj", out, wide),
        *linear("merger.up_proj", out, wide),
        *linear("merger.down_proj", wide, out),
        *norm("post_conv_layernorm", hidden),
        *norm("post_layernorm", hidden),
        Weight("downsample.weight", (out, hidden, merge, merge), "conv"),
        Weight("downsample.bias", (out,), "bias"),
    )


def internvl(vision: Config, outer: Config, text: Config) -> Weights:
    """InternVL: blocks with learned scales, 1 / ``downsample_ratio``² patches put side by side."""
    hidden, inner, count = vision.need("hidden_size"), vision.need("intermediate_size"), vision.layers()
    bias, norm_bias = vision.flag("attention_bias"), vision.word("norm_type") != "rms_norm"
    block = (
        *(w for name in ("q_proj", "k_proj", "v_proj") for w in linear(name, hidden, hidden, bias)),
        *linear("projection_layer", hidden, hidden, True),
        *linear("fc1", hidden, inner, True),
        *linear("fc2", inner, hidden, True),
        *norm("layernorm_before", hidden, norm_bias),
        *norm("layernorm_after", hidden, norm_bias),
        Weight("lambda_1", (hidden,), "vector"),
        Weight("lambda_2", (hidden,), "vector"),
    )
    if vision.flag("use_qk_norm"):
        block += (*norm("q_norm", hidden), *norm("k_norm", hidden))
    side, ratio = square(vision, "patch_size"), outer.number("downsample_ratio")
    if not isinstance(ratio, (int, float)) or not 0 < ratio <= 1:
        raise Unreadable("downsample_ratio is no part of one")
    wide, width = hidden * int(1 / ratio) ** 2, text.need("hidden_size")
    found: Weights = (
        Weight("cls_token", (hidden,), "vector"),
        Weight("patch_embed.weight", (hidden, vision.need("num_channels"), side[0], side[1]), "conv"),
        Weight("patch_embed.bias", (hidden,), "bias"),
        *(weight._replace(copies=count) for weight in block),
        *norm("projector.layer_norm", wide, True),
        *linear("projector.linear_1", wide, width, True),
        *linear("projector.linear_2", width, width, True),
    )
    if vision.flag("use_absolute_position_embeddings", default=True):
        found += (Weight("position_embeddings", (positions(vision) + 1, hidden), "embedding"),)
    if vision.flag("use_mask_token"):
        found += (Weight("mask_token", (hidden,), "vector"),)
    return found if vision.flag("use_mean_pooling", default=True) else found + norm("norm", hidden, True)


def qwen2_audio(audio: Config, outer: Config, text: Config) -> Weights:
    """Qwen2-Audio: Whisper's encoder and one map."""
    hidden, inner, count = (
        audio.need("d_model"),
        audio.need("encoder_ffn_dim"),
        audio.layers("encoder_layers"),
    )
    block = (
        *linear("k_proj", hidden, hidden),
        *(w for name in ("q_proj", "v_proj", "out_proj") for w in linear(name, hidden, hidden, True)),
        *linear("fc1", hidden, inner, True),
        *linear("fc2", inner, hidden, True),
        *norm("self_attn_layer_norm", hidden, bias=True),
        *norm("final_layer_norm", hidden, bias=True),
    )
    return (
        Weight("conv1.weight", (hidden, audio.need("num_mel_bins"), 3), "conv"),
        Weight("conv1.bias", (hidden,), "bias"),
        Weight("conv2.weight", (hidden, hidden, 3), "conv"),
        Weight("conv2.bias", (hidden,), "bias"),
        Weight("embed_positions.weight", (audio.need("max_source_positions"), hidden), "embedding"),
        *(weight._replace(copies=count) for weight in block),
        *norm("layer_norm", hidden, bias=True),
        *linear("multi_modal_projector.linear", hidden, text.need("hidden_size"), True),
    )


def pix2struct(vision: Config, outer: Config, text: Config) -> Weights:
    """Pix2Struct: patches of any shape, their row and column in tables, T5's layers."""
    return _flattened(vision, vision.need("d_kv"), vision.need("d_ff"), vision.need("seq_len"))


def kosmos2_5(vision: Config, outer: Config, text: Config) -> Weights:
    """Kosmos-2.5: Pix2Struct's encoder; learned queries attend to what it makes of the image."""
    hidden, theirs = text.need("embed_dim"), vision.need("hidden_size")
    found = _flattened(
        vision, vision.need("head_dim"), vision.need("intermediate_size"), vision.need("max_num_patches")
    )
    found += linear("image_to_text_projection.dense", theirs, hidden, bias=True)
    for name in ("q", "k", "v", "out"):
        found += linear(f"image_to_text_projection.x_attn.{name}_proj", hidden, hidden, bias=True)
    latents = outer.need("latent_query_num")
    return (*found, Weight("image_to_text_projection.latent_query", (latents, hidden), "vector"))


def _flattened(vision: Config, head_dim: int, inner: int, places: int) -> Weights:
    hidden, count = vision.need("hidden_size"), vision.layers()
    own = vision.need("num_attention_heads") * head_dim
    layer = (
        *(weight for name in ("query", "key", "value") for weight in linear(name, hidden, own)),
        *linear("output", own, hidden),
        *(weight for name in ("wi_0", "wi_1") for weight in linear(name, hidden, inner)),
        *linear("wo", inner, hidden),
        *(weight for name in ("pre_attention_norm", "pre_mlp_norm") for weight in norm(name, hidden)),
    )
    return (
        *linear("patch_projection", vision.need("patch_embed_hidden_size"), hidden, bias=True),
        Weight("row_embedder.weight", (places, hidden), "embedding"),
        Weight("column_embedder.weight", (places, hidden), "embedding"),
        *(weight._replace(copies=count) for weight in layer),
        *norm("layernorm", hidden),
    )


MORE_TOWERS: Final[dict[str, tuple[str, str, Callable[[Config, Config, Config], Weights]]]] = {
    "deepseek_vl": ("vision_config", "vision", deepseek_vl),
    "glm46v": ("vision_config", "vision", glm4v),
    "glm4v": ("vision_config", "vision", glm4v),
    "glm4v_moe": ("vision_config", "vision", glm4v),
    "idefics3": ("vision_config", "vision", idefics3),
    "internvl": ("vision_config", "vision", internvl),
    "kosmos-2.5": ("vision_config", "vision", kosmos2_5),
    "llava": ("vision_config", "vision", llava),
    "llava_next": ("vision_config", "vision", llava_next),
    "llava_next_video": ("vision_config", "vision", llava_next),
    "llava_onevision": ("vision_config", "vision", llava_next),
    "paligemma": ("vision_config", "vision", paligemma),
    "pix2struct": ("vision_config", "vision", pix2struct),
    "qwen2_audio": ("audio_config", "audio", qwen2_audio),
    "smolvlm": ("vision_config", "vision", idefics3),
}
