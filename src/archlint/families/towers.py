"""Encoders beside the language model: image and audio towers with their projectors, where their size is derived.

A tower is a list of weights: nothing in it is cached per token of text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from archlint.architecture import Tower, Weight
from archlint.families.towers_vit import MORE_TOWERS
from archlint.specs.config import Config
from archlint.specs.size import Unknown, Unreadable

Weights = tuple[Weight, ...]


def towers_of(outer: Config, text: Config) -> tuple[Tower, ...] | None:
    """Return the towers of ``outer``, the mapping around ``text``; None where they are not derived."""
    reader = TOWERS.get(outer.model_type) or MORE_TOWERS.get(outer.model_type)
    if reader is None:
        return None
    key, name, weights = reader
    try:
        return (Tower(name=name, extra=weights(outer.section(key), outer, text)),)
    except Unreadable:
        return None


def _matrix(name: str, inputs: int, outputs: int, bias: bool = True, copies: int = 1) -> Weights:
    found: Weights = (Weight(f"{name}.weight", (outputs, inputs), "linear", copies),)
    return (*found, Weight(f"{name}.bias", (outputs,), "bias", copies)) if bias else found


def _norm(name: str, width: int, bias: bool = True, copies: int = 1) -> Weights:
    found: Weights = (Weight(f"{name}.weight", (width,), "norm", copies),)
    return (*found, Weight(f"{name}.bias", (width,), "norm", copies)) if bias else found


def _blocks(
    vision: Config,
    hidden: int,
    inner: int,
    *,
    depth: str = "num_hidden_layers",
    bias: bool = True,
    key_bias: bool | None = None,
    norm_bias: bool = True,
    gated: bool = False,
) -> Weights:
    """Return the transformer blocks: two norms, attention of ``hidden``, a feed-forward of ``inner``."""
    copies = vision.layers(depth)
    found: Weights = ()
    for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
        has = bias if name != "k_proj" or key_bias is None else key_bias
        found += _matrix(f"blocks.attn.{name}", hidden, hidden, has, copies)
    for name in ("gate_proj", "up_proj") if gated else ("up_proj",):
        found += _matrix(f"blocks.mlp.{name}", hidden, inner, bias, copies)
    found += _matrix("blocks.mlp.down_proj", inner, hidden, bias, copies)
    return (
        *found,
        *_norm("blocks.norm1", hidden, norm_bias, copies),
        *_norm("blocks.norm2", hidden, norm_bias, copies),
    )


def _patches(vision: Config, hidden: int, bias: bool, channels: str, *times: str) -> Weights:
    patch = vision.need("patch_size")
    frames = 1
    for key in times:
        frames = frames * vision.need(key)
    shape = (hidden, vision.need(channels) * frames * patch * patch)
    found: Weights = (Weight("patch_embed.weight", shape, "conv"),)
    return (*found, Weight("patch_embed.bias", (hidden,), "bias")) if bias else found


def _positions(vision: Config, hidden: int, more: int = 0) -> Weights:
    side = vision.need("image_size") // vision.need("patch_size")
    return (Weight("position_embedding", (side * side + more, hidden), "embedding"),)


def _merged(vision: Config, key: str = "spatial_merge_size") -> int:
    side = vision.need(key)
    return side * side


def _hidden(text: Config) -> int:
    return text.need("hidden_size")


def _qwen2_vl(vision: Config, outer: Config, text: Config) -> Weights:
    hidden = vision.need("embed_dim")
    ratio = vision.need("mlp_ratio")
    wide = hidden * _merged(vision)
    return (
        *_patches(vision, hidden, False, "in_channels", "temporal_patch_size"),
        *_blocks(vision, hidden, hidden * ratio, depth="depth"),
        *_norm("merger.ln_q", hidden),
        *_matrix("merger.mlp.0", wide, wide),
        *_matrix("merger.mlp.2", wide, vision.need("hidden_size")),
    )


def _qwen2_5_vl(vision: Config, outer: Config, text: Config) -> Weights:
    hidden = vision.need("hidden_size")
    wide = hidden * _merged(vision)
    return (
        *_patches(vision, hidden, False, "in_channels", "temporal_patch_size"),
        *_blocks(
            vision, hidden, vision.need("intermediate_size"), depth="depth", norm_bias=False, gated=True
        ),
        *_norm("merger.ln_q", hidden, False),
        *_matrix("merger.mlp.0", wide, wide),
        *_matrix("merger.mlp.2", wide, vision.need("out_hidden_size")),
    )


def _qwen3_vl(vision: Config, outer: Config, text: Config) -> Weights:
    hidden, out = vision.need("hidden_size"), vision.need("out_hidden_size")
    wide = hidden * _merged(vision)
    deep = 0
    if "deepstack_visual_indexes" in vision.defaults.fields:
        deep = len(vision.sizes("deepstack_visual_indexes") or ())
    found = (
        *_patches(vision, hidden, True, "in_channels", "temporal_patch_size"),
        Weight("pos_embed.weight", (vision.need("num_position_embeddings"), hidden), "embedding"),
        *_blocks(vision, hidden, vision.need("intermediate_size"), depth="depth"),
        *_norm("merger.norm", hidden),
        *_matrix("merger.linear_fc1", wide, wide),
        *_matrix("merger.linear_fc2", wide, out),
    )
    if not deep:
        return found
    return (
        *found,
        *_norm("deepstack_merger_list.norm", wide, copies=deep),
        *_matrix("deepstack_merger_list.linear_fc1", wide, wide, copies=deep),
        *_matrix("deepstack_merger_list.linear_fc2", wide, out, copies=deep),
    )


def _gemma3(vision: Config, outer: Config, text: Config) -> Weights:
    if vision.word("model_type") not in (None, "siglip_vision_model"):
        raise Unreadable("the image encoder is another one than the class's own")
    hidden, inner = vision.need("hidden_size"), vision.need("intermediate_size")
    found = (
        *_patches(vision, hidden, True, "num_channels"),
        *_positions(vision, hidden),
        *_blocks(vision, hidden, inner),
        *_norm("post_layernorm", hidden),
        Weight("mm_input_projection_weight", (hidden, _hidden(text))),
        *_norm("mm_soft_emb_norm", hidden, False),
    )
    if not vision.flag("vision_use_head", default=True):
        return found
    return (
        *found,
        Weight("head.probe", (hidden,), "vector"),
        *_matrix("head.attention.in_proj", hidden, 3 * hidden),
        *_matrix("head.attention.out_proj", hidden, hidden),
        *_norm("head.layernorm", hidden),
        *_matrix("head.mlp.fc1", hidden, inner),
        *_matrix("head.mlp.fc2", inner, hidden),
    )


def _llama4(vision: Config, outer: Config, text: Config) -> Weights:
    hidden, inner = vision.need("hidden_size"), vision.need("intermediate_size")
    middle = vision.need("projector_input_dim")
    return (
        *_patches(vision, hidden, False, "num_channels"),
        *_positions(vision, hidden, more=1),
        Weight("class_embedding", (hidden,), "vector"),
        *_norm("layernorm_pre", hidden),
        *_norm("layernorm_post", hidden),
        *_blocks(vision, hidden, inner),
        *_matrix("vision_adapter.mlp.fc1", inner, middle, False),
        *_matrix("vision_adapter.mlp.fc2", middle, vision.need("projector_output_dim"), False),
        *_matrix("multi_modal_projector", vision.need("vision_output_dim"), _hidden(text), False),
    )


def _mistral3(vision: Config, outer: Config, text: Config) -> Weights:
    if vision.word("model_type") not in (None, "pixtral"):
        raise Unreadable("the image encoder is another one than the class's own")
    hidden = vision.need("hidden_size")
    bias = outer.flag("multimodal_projector_bias")
    layers = outer.sizes("vision_feature_layer")
    features = hidden * (1 if layers is None else len(layers))
    return (
        *_patches(vision, hidden, False, "num_channels"),
        *_norm("ln_pre", hidden, False),
        *_blocks(vision, hidden, vision.need("intermediate_size"), bias=False, norm_bias=False, gated=True),
        *_norm("multi_modal_projector.norm", hidden, False),
        *_matrix("multi_modal_projector.merging_layer", hidden * _merged(outer), hidden, False),
        *_matrix("multi_modal_projector.linear_1", features, _hidden(text), bias),
        *_matrix("multi_modal_projector.linear_2", _hidden(text), _hidden(text), bias),
    )


def _kimi_k25(vision: Config, outer: Config, text: Config) -> Weights:
    def size(name: str, old: str) -> int:
        return vision.need(name) if vision.has(name) or not vision.has(old) else vision.need(old)

    hidden = size("hidden_size", "vt_hidden_size")
    inner = size("intermediate_size", "vt_intermediate_size")
    kernel = vision.sizes("merge_kernel_size", least=1) or ()
    if len(kernel) != 2:
        raise Unreadable("merge_kernel_size has no two entries")
    wide = hidden * kernel[0] * kernel[1]
    depth = "vt_num_hidden_layers" if vision.has("vt_num_hidden_layers") else "num_hidden_layers"
    rows = size("pos_emb_height", "init_pos_emb_height") * size("pos_emb_width", "init_pos_emb_width")
    patch = vision.need("patch_size")
    normed = outer.size("projection_hidden_size")
    return (
        Weight("patch_embed.weight", (hidden, 3 * patch * patch), "conv"),
        Weight("patch_embed.bias", (hidden,), "bias"),
        Weight("patch_embed.pos_emb", (rows, hidden), "embedding"),
        *_blocks(vision, hidden, inner, depth=depth),
        *_norm("final_layernorm", hidden),
        *_norm("mm_projector.pre_norm", hidden if normed is None else normed),
        *_matrix("mm_projector.in_proj", wide, wide),
        *_matrix("mm_projector.out_proj", wide, _hidden(text)),
    )


def _glm5_next(vision: Config, outer: Config, text: Config) -> Weights:
    hidden, out = vision.need("hidden_size"), vision.need("out_hidden_size")
    head = hidden // vision.need("num_heads")
    copies = vision.layers("depth")
    inner, bias = vision.need("intermediate_size"), vision.flag("attention_bias")
    side, middle = vision.need("spatial_merge_size"), vision.need("projection_intermediate_size")
    return (
        *_patches(vision, hidden, True, "in_channels", "temporal_patch_size"),
        *_blocks(vision, hidden, inner, depth="depth", bias=bias, norm_bias=False, gated=True),
        *_norm("blocks.attn.q_norm", head, False, copies),
        *_norm("blocks.attn.k_norm", head, False, copies),
        *_norm("post_layernorm", hidden, False),
        Weight("downsample.weight", (out, hidden * side * side), "conv"),
        Weight("downsample.bias", (out,), "bias"),
        *_matrix("merger.proj", out, out, False),
        *_norm("merger.post_projection_norm", out),
        *_matrix("merger.gate_proj", out, middle, False),
        *_matrix("merger.up_proj", out, middle, False),
        *_matrix("merger.down_proj", middle, out, False),
    )


def _muse_glimmer(vision: Config, outer: Config, text: Config) -> Weights:
    hidden, patch = vision.need("hidden_size"), vision.need("patch_size")
    rows = vision.need("pos_emb_height") * vision.need("pos_emb_width")
    middle = outer.need("projector_hidden_size")
    return (
        Weight("patch_embedding.weight", (hidden, vision.need("patch_temporal") * 3 * patch * patch)),
        Weight("position_embedding_table.weight", (rows, hidden), "embedding"),
        *_norm("ln_pre", hidden),
        *_blocks(vision, hidden, vision.need("intermediate_size")),
        *_norm("ln_post", hidden),
        *_matrix("vision_adapter.fc1", outer.need("out_hidden_size"), middle, False),
        *_matrix("vision_adapter.fc2", middle, middle, False),
        *_matrix("vision_projection", middle, _hidden(text), False),
    )


def _minimax_m3(vision: Config, outer: Config, text: Config) -> Weights:
    hidden, middle, out = vision.need("hidden_size"), outer.need("projector_hidden_size"), _hidden(text)
    return (
        *_patches(vision, hidden, False, "num_channels", "temporal_patch_size"),
        *_norm("pre_layernorm", hidden),
        *_blocks(vision, hidden, vision.need("intermediate_size")),
        *_matrix("multi_modal_projector.linear_1", hidden, middle),
        *_matrix("multi_modal_projector.linear_2", middle, out),
        *_matrix("multi_modal_projector.merge_linear_1", out * _merged(vision), middle),
        *_matrix("multi_modal_projector.merge_linear_2", middle, out),
    )


def _voxtral(audio: Config, outer: Config, text: Config) -> Weights:
    hidden, inner = audio.need("hidden_size"), audio.need("intermediate_size")
    return (
        Weight("conv1.weight", (hidden, audio.need("num_mel_bins") * 3), "conv"),
        Weight("conv1.bias", (hidden,), "bias"),
        Weight("conv2.weight", (hidden, hidden * 3), "conv"),
        Weight("conv2.bias", (hidden,), "bias"),
        Weight("embed_positions.weight", (audio.need("max_source_positions"), hidden), "embedding"),
        *_blocks(audio, hidden, inner, key_bias=False),
        *_norm("layer_norm", hidden),
        *_matrix("multi_modal_projector.linear_1", inner, _hidden(text), False),
        *_matrix("multi_modal_projector.linear_2", _hidden(text), _hidden(text), False),
    )


def _exaone4_5(vision: Config, outer: Config, text: Config) -> Weights:
    hidden, heads = vision.need("hidden_size"), vision.need("num_heads")
    given = vision.size("num_key_value_heads")
    keys = hidden // heads * (heads if given is None else given)
    wide, inner, copies = hidden * _merged(vision), vision.need("intermediate_size"), vision.layers("depth")
    return (
        *_patches(vision, hidden, False, "in_channels", "temporal_patch_size"),
        *_matrix("blocks.attn.qkv", hidden, hidden + 2 * keys, copies=copies),
        *_matrix("blocks.attn.proj", hidden, hidden, copies=copies),
        *_matrix("blocks.mlp.gate_proj", hidden, inner, copies=copies),
        *_matrix("blocks.mlp.up_proj", hidden, inner, copies=copies),
        *_matrix("blocks.mlp.down_proj", inner, hidden, copies=copies),
        *_norm("blocks.norms", 2 * hidden, False, copies),
        *_norm("merger.ln_q", hidden, False),
        *_matrix("merger.mlp.0", wide, wide),
        *_matrix("merger.mlp.2", wide, vision.need("out_hidden_size")),
    )


def _gemma4(vision: Config, outer: Config, text: Config) -> Weights:
    if outer.has("audio_config") or vision.flag("use_clipped_linears") or not outer.has("vision_config"):
        raise Unreadable("an audio encoder, or linear maps with bounds, are not derived")
    hidden, inner = vision.need("hidden_size"), vision.need("intermediate_size")
    copies, dim = vision.layers(), vision.need("head_dim")
    queries, keys = vision.need("num_attention_heads") * dim, vision.need("num_key_value_heads") * dim
    patch = vision.need("patch_size")
    return (
        Weight("position_embedding_table", (2 * vision.need("position_embedding_size"), hidden), "embedding"),
        Weight("input_proj.weight", (hidden, 3 * patch * patch)),
        *_matrix("layers.q_proj", hidden, queries, False, copies),
        *_matrix("layers.k_proj", hidden, keys, False, copies),
        *_matrix("layers.v_proj", hidden, keys, False, copies),
        *_matrix("layers.o_proj", queries, hidden, False, copies),
        *_norm("layers.qk_norm", 2 * dim, False, copies),
        *_matrix("layers.mlp.gate_up", hidden, 2 * inner, False, copies),
        *_matrix("layers.mlp.down", inner, hidden, False, copies),
        *_norm("layers.norms", 4 * hidden, False, copies),
        *_matrix("embed_vision.embedding_projection", hidden, _hidden(text), False),
    )


def _inkling2(vision: Config, outer: Config, text: Config) -> Weights:
    hidden, patch = vision.need("hidden_size"), vision.need("patch_size")
    given, ratio = vision.size("intermediate_size"), vision.number("mlp_ratio") or 4
    if isinstance(hidden, Unknown) or not 0 < ratio < 1000:
        raise Unreadable("mlp_ratio is no small number")
    inner = int(hidden * ratio) if given is None else given
    side, middle = vision.need("posemb_grid_size"), vision.need("projection_hidden_dim")
    bias = vision.flag("projector_bias")
    return (
        Weight("class_embeddings", (2 * hidden,), "vector"),
        Weight("patch_embedding.weight", (hidden, vision.need("num_channels") * patch * patch)),
        Weight("position_embedding.weight", (side * side, hidden), "embedding"),
        *_norm("pre_layernorm", hidden),
        *_blocks(vision, hidden, inner),
        Weight("blocks.lambdas", (2 * hidden,), "vector", vision.layers()),
        *_matrix("merger.linear_1", hidden * _merged(vision), middle, bias),
        *_matrix("merger.linear_2", middle, _hidden(text), bias),
    )


def _mllama(vision: Config, outer: Config, text: Config) -> Weights:
    hidden, inner, tiles = vision.need("hidden_size"), vision.need("intermediate_size"), _tiles(vision)
    side = vision.need("image_size") // vision.need("patch_size")
    places, ratios = side * side + 1, len(_ratios(vision)) + 1
    found: Weights = ()
    for depth in ("num_hidden_layers", "num_global_layers"):
        copies = vision.layers(depth)
        found += _matrix(f"{depth}.attn", hidden, 4 * hidden, False, copies)
        found += _matrix(f"{depth}.mlp.fc1", hidden, inner, copies=copies)
        found += _matrix(f"{depth}.mlp.fc2", inner, hidden, copies=copies)
        found += _norm(f"{depth}.norms", 2 * hidden, True, copies)
    return (
        *_patches(vision, hidden, False, "num_channels"),
        Weight("class_embedding", (hidden,), "vector"),
        Weight("positions", (places, hidden), "embedding"),
        Weight("tile_positions", (ratios, tiles * places * hidden), "embedding"),
        Weight("tile_embeddings", (2 * ratios, tiles * hidden), "embedding"),
        Weight("gates", (3 + 2 * vision.layers("num_global_layers"),), "vector"),
        *_norm("layernorm_pre", hidden),
        *_norm("layernorm_post", hidden),
        *found,
        *_matrix("multi_modal_projector", vision.need("vision_output_dim"), _hidden(text)),
    )


def _tiles(vision: Config) -> int:
    return vision.need("max_num_tiles")


def _ratios(vision: Config) -> list[object]:
    """Return the aspect ratios; the class's are those whose tiles do not exceed ``max_num_tiles``."""
    listed = vision.get("supported_aspect_ratios")
    if isinstance(listed, list):
        return list(listed)
    tiles = _tiles(vision)
    if isinstance(tiles, Unknown) or tiles > 64:
        raise Unreadable("max_num_tiles is no small number")
    return [(a, b) for a in range(1, tiles + 1) for b in range(1, tiles + 1) if a * b <= tiles]


def _paddleocr_vl(vision: Config, outer: Config, text: Config) -> Weights:
    hidden = vision.need("hidden_size")
    wide = hidden * _merged(vision)
    return (
        *_patches(vision, hidden, True, "num_channels"),
        *_positions(vision, hidden),
        *_blocks(vision, hidden, vision.need("intermediate_size")),
        *_norm("post_layernorm", hidden),
        *_norm("projector.pre_norm", hidden),
        *_matrix("projector.linear_1", wide, wide),
        *_matrix("projector.linear_2", wide, _hidden(text)),
    )


def _qwen3_asr(audio: Config, outer: Config, text: Config) -> Weights:
    hidden, middle = audio.need("d_model"), audio.need("downsample_hidden_size")
    bands = audio.need("num_mel_bins")
    for _ in range(3):  # each convolution halves them
        bands = (bands + 1) // 2  # type: ignore[assignment]
    return (
        *_blocks(audio, hidden, audio.need("encoder_ffn_dim"), depth="encoder_layers"),
        *_norm("ln_post", hidden),
        Weight("conv2d1.weight", (middle, 9), "conv"),
        Weight("conv2d.weight", (middle, 9 * middle), "conv", 2),
        Weight("conv2d.bias", (middle,), "bias", 3),
        *_matrix("conv_out", middle * bands, hidden, False),
        *_matrix("multi_modal_projector.linear_1", hidden, hidden),
        *_matrix("multi_modal_projector.linear_2", hidden, audio.need("output_dim")),
    )


def _step3p7(vision: Config, outer: Config, text: Config) -> Weights:
    hidden, ratio = vision.need("width", "hidden_size"), vision.number("mlp_ratio")
    depth = "layers" if vision.has("layers") else "num_hidden_layers"
    if isinstance(hidden, Unknown) or ratio is None or not 0 < ratio < 1000:
        raise Unreadable("mlp_ratio is no small number")
    return (
        *_patches(vision, hidden, False, "num_channels"),
        *_positions(vision, hidden),
        *_norm("pre_layernorm", hidden),
        *_blocks(vision, hidden, int(hidden * ratio), depth=depth),
        Weight("blocks.lambdas", (2 * hidden,), "vector", vision.layers(depth)),
        Weight("downsampler1.weight", (2 * hidden, 9 * hidden), "conv"),
        Weight("downsampler2.weight", (4 * hidden, 18 * hidden), "conv"),
        Weight("downsamplers.bias", (6 * hidden,), "bias"),
        *_matrix("multi_modal_projector", 4 * hidden, _hidden(text), outer.flag("projector_bias")),
    )


Reader = Callable[[Config, Config, Config], Weights]


def _fuyu(_vision: Config, outer: Config, text: Config) -> Weights:
    patch = outer.need("patch_size")
    return _matrix("vision_embed_tokens", patch * patch * outer.need("num_channels"), _hidden(text))


TOWERS: Final[dict[str, tuple[str, str, Reader]]] = {
    "exaone4_5": ("vision_config", "vision", _exaone4_5),
    "fuyu": ("vision_config", "vision", _fuyu),
    "gemma3": ("vision_config", "vision", _gemma3),
    "gemma4": ("vision_config", "vision", _gemma4),
    "glm5_next": ("vision_config", "vision", _glm5_next),
    "inkling2": ("vision_config", "vision", _inkling2),
    "kimi_k25": ("vision_config", "vision", _kimi_k25),
    "llama4": ("vision_config", "vision", _llama4),
    "minimax_m3_vl": ("vision_config", "vision", _minimax_m3),
    "mistral3": ("vision_config", "vision", _mistral3),
    "mistral_large4": ("vision_config", "vision", _mistral3),
    "mllama": ("vision_config", "vision", _mllama),
    "muse_glimmer": ("vision_config", "vision", _muse_glimmer),
    "paddleocr_vl": ("vision_config", "vision", _paddleocr_vl),
    "qwen2_5_vl": ("vision_config", "vision", _qwen2_5_vl),
    "qwen2_vl": ("vision_config", "vision", _qwen2_vl),
    "qwen3_5": ("vision_config", "vision", _qwen3_vl),
    "qwen3_5_moe": ("vision_config", "vision", _qwen3_vl),
    "qwen3_asr": ("audio_config", "audio", _qwen3_asr),
    "qwen3_vl": ("vision_config", "vision", _qwen3_vl),
    "qwen3_vl_moe": ("vision_config", "vision", _qwen3_vl),
    "qwen4_exp": ("vision_config", "vision", _qwen3_vl),
    "step3p7": ("vision_config", "vision", _step3p7),
    "voxtral": ("audio_config", "audio", _voxtral),
}
"""model_type of the wrapper: where its tower is written, what to call it, how to read it."""
