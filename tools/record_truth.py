"""Record what transformers makes of a config: parameters, cache and state, on the meta device.

    python tools/record_truth.py FILE.json ...            fill in (or renew) the truth of records
    python tools/record_truth.py --defaults TYPE[,...]    record the class defaults of model types
    python tools/record_truth.py --lines FILE             record many: one {"name", "what", "config"} a line
    python tools/record_truth.py --classes FILE           renew a file of {"config", "parameters"}, one a line
    python tools/record_truth.py --check [FILE.json ...]  record again and report what changed; writes nothing

A record is a file in ``tests/families/truth`` (``--out`` names another folder):

    {"what": "class defaults", "recorded": "transformers 5.23.0", "config": {...},
     "truth": {"parameters.total": 1, ...}, "excluded": {"state.bytes": "why it is not compared"}}

``what`` and ``excluded`` are written by hand and kept; a file that is a bare config becomes a record.
A record whose ``recorded`` names another source than transformers is left alone. Needs the optional dependency group
``oracle``. No remote code is run, and no weight is allocated.

With ``--classes`` (``--check`` holds for it, too) all parameters of the very class that ``architectures`` names are
counted, whatever it is for; ``tests/families/classes.jsonl`` is such a file.

What is measured: unique parameters below the decoder and the head (the rest are towers); of routed experts
k of E; the cache objects that a forward pass of a few tokens leaves behind. How expert products and
data-dependent sizes are computed does not matter to shapes and is replaced.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "tests" / "families" / "truth"
TOKENS, LONG = 24, 1024  # LONG: where blocks of tokens are compressed, a whole block has to pass
SECONDS = 180
ACTIVE_KEYS = (
    "num_experts_per_tok",
    "num_experts_per_token",
    "top_k_experts",
    "moe_topk",
    "moe_top_k",
    "top_k",
    "moe_k",
    "topk",
    "num_selected_experts",
    "experts_per_token",
    "num_experts_per_topk",
)
INSIDE = ("vision_model", "image_encoder", "visual_projection", "perceiver_resampler")
"""Towers that some decoders hold as parts of their own."""
BESIDE = ("depth_decoder.", "codec_model.")
"""Towers of models that have no decoder to tell them from."""
HEADS = ("lm_head", "audio_lm_head", "codebooks_head")
TYPED_MAPPINGS = (
    "MODEL_FOR_CAUSAL_LM_MAPPING",
    "MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING",
    "MODEL_FOR_MULTIMODAL_LM_MAPPING",
    "MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING",
    "MODEL_MAPPING",
)


# --- the model


def build(plain: dict[str, Any]) -> tuple[Any, Any]:
    """Return (model on the meta device, its config); the text model alone where a tower cannot be built."""
    import torch
    import transformers
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    stripped = without_quantization(plain)
    stripped.pop("auto_map", None)
    config = CONFIG_MAPPING[plain["model_type"]].from_dict(stripped)

    def instantiate(config: Any, names: list[str]) -> Any:
        model_class = class_of(transformers, config, names)
        own = getattr(model_class, "config_class", None)
        if own is not None and not isinstance(config, own) and isinstance(config.get_text_config(), own):
            config = config.get_text_config()
        with torch.device("meta"):
            return model_class._from_config(config, dtype=torch.bfloat16)

    try:
        model = instantiate(config, plain.get("architectures") or [])
    except (ImportError, AttributeError):
        text = config.get_text_config(decoder=True)
        if text is config:
            raise
        config, model = text, instantiate(text, [])
    return model.eval(), config


def without_quantization(value: Any) -> Any:
    if isinstance(value, dict):
        left_out = ("quantization_config", "compression_config")
        return {key: without_quantization(item) for key, item in value.items() if key not in left_out}
    return value


def class_of(transformers: Any, config: Any, names: list[str]) -> Any:
    """Return the class that ``architectures`` names if it is a model with a head, else the type's."""
    from transformers.models.auto import modeling_auto

    for name in names:
        found = getattr(transformers, name, None)
        headed = name.endswith(("ForCausalLM", "ForConditionalGeneration", "LMHeadModel"))
        if found is not None and headed and isinstance(config, found.config_class or object):
            return found
    for mapping in TYPED_MAPPINGS:
        known = getattr(modeling_auto, mapping, {})
        if type(config) in known:
            found = known[type(config)]
            return found[0] if isinstance(found, (tuple, list)) else found
    for name in names:
        found = getattr(transformers, name, None)
        if found is not None and isinstance(config, getattr(found, "config_class", None) or ()):
            return found
    raise LookupError(f"no model class for {type(config).__name__}")


# --- parameters


def parameters(model: Any, config: Any) -> dict[str, int]:
    from torch import nn

    modules = dict(model.named_modules())
    decoder = model.get_decoder() if hasattr(model, "get_decoder") else None
    decoder = decoder if hasattr(decoder, "config") else None  # an output matrix may be called decoder
    if not hasattr(config.get_text_config(decoder=True), "vocab_size"):
        decoder = None  # an encoder of images, all of it
    if decoder is not None and model.config.get_text_config(decoder=True) is model.config:
        words = module_or_none(model.get_input_embeddings)
        if words is not None and all(module is not words for module in decoder.modules()):
            decoder = None  # layers behind the encoder, which have no words of their own
    whole = getattr(model.config, "is_encoder_decoder", False)  # its encoder is no tower
    if hasattr(model, "audio_encoder") or "encoder" in getattr(model.config, "sub_configs", ()):
        whole = False  # but where encoders with configs of their own stand beside it
    prefix = "" if whole or decoder is None or decoder is model else name_of(modules, decoder) + "."
    head, table = module_or_none(model.get_output_embeddings), module_or_none(model.get_input_embeddings)
    tied = (
        head is not None and table is not None and getattr(head, "weight", 0) is getattr(table, "weight", 1)
    )
    routed = dict(routed_experts(modules, config.get_text_config(decoder=True)))
    total = towers = active = embedding = tables = 0
    beside = BESIDE + (tuple(f"{prefix}{name}." for name in INSIDE) if prefix else ())
    for name, parameter in model.named_parameters():
        owner, numbers = modules[name.rpartition(".")[0]], parameter.numel()
        if name.startswith(beside) or not (name.startswith((prefix, *HEADS)) or owner is head):
            towers += numbers
            continue
        total += numbers
        group = next((group for group in routed if name.startswith(group + ".")), None)
        shared = group is not None and not in_list(modules[group]) and parameter.dim() < 2
        if group is None or shared:
            active += numbers
        else:
            count, used = routed[group]
            active += numbers * min(used, count) // count
        if isinstance(owner, nn.Embedding) or owner is table:
            embedding += numbers
            tables += 0 if tied and owner is table else numbers
    found = {
        "parameters.total": total,
        "parameters.active": active,
        "parameters.active_without_input_embedding": active - tables,
        "parameters.embedding": embedding,
        "parameters.towers": towers,
    }
    mtp = mtp_parameters(model, config)
    return found if mtp is None else {**found, "parameters.mtp": mtp}


def in_list(module: Any) -> bool:
    """Whether experts are modules of their own, instead of slices of one tensor."""
    from torch import nn

    return isinstance(module, nn.ModuleList)


def module_or_none(getter: Callable[[], Any]) -> Any:
    try:
        return getter()
    except (NotImplementedError, AttributeError):
        return None


def name_of(modules: dict[str, Any], wanted: Any) -> str:
    return next(name for name, module in modules.items() if module is wanted)


def routed_experts(modules: dict[str, Any], config: Any) -> Iterator[tuple[str, tuple[int, int]]]:
    """Iterate over (module name, (experts, experts per token)), outermost modules only."""
    from torch import nn

    seen: list[str] = []
    for name, module in modules.items():
        leaf, kind = name.rpartition(".")[2], type(module).__name__
        named = leaf in ("experts", "local_experts", "routed_experts")
        if not (named or (kind.endswith("Experts") and "Shared" not in kind)):
            continue
        if any(name.startswith(outer + ".") for outer in seen):
            continue
        count = whole(module, "num_experts", "n_routed_experts", "num_local_experts")
        if isinstance(module, nn.ModuleList):
            count = len(module)
        elif count is None:
            shapes = [p.shape for p in module.parameters(recurse=False) if p.dim() >= 2]
            count = shapes[0][0] if shapes else len(list(module.children()))
        if not count:
            continue
        parent = modules.get(name.rpartition(".")[0])
        outer = modules.get(".".join(name.split(".")[:-2]))
        holders = [parent, *(parent.children() if parent is not None else ()), outer, config]
        layer = re.search(r"layers\.(\d+)\.", name)
        used = next((k for k in (active_of(holder, layer) for holder in holders) if k), 1)
        seen.append(name)
        yield name, (count, used)


def whole(holder: Any, *names: str) -> int | None:
    values = (getattr(holder, name, None) for name in names)
    return next((v for v in values if isinstance(v, int) and not isinstance(v, bool) and v), None)


def active_of(holder: Any, layer: re.Match[str] | None) -> int | None:
    if holder is None:
        return None
    for name in ACTIVE_KEYS:
        value = getattr(holder, name, None)
        if isinstance(value, (list, tuple)) and value and all(isinstance(item, int) for item in value):
            return value[min(int(layer.group(1)) if layer else 0, len(value) - 1)]
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return None


def mtp_parameters(model: Any, config: Any) -> int | None:
    """Return the parameters of the MTP layers that transformers builds, None where it builds none."""
    import torch

    count = getattr(config.get_text_config(decoder=True), "num_mtp_layers", None)
    if not count:
        return None
    try:
        from transformers.modeling_layers import MtpModel

        torch.set_default_dtype(torch.bfloat16)
        with torch.device("meta"):
            mtp = MtpModel(model, count)
    except Exception:
        return None
    finally:
        torch.set_default_dtype(torch.float32)
    shared = {id(parameter) for parameter in model.parameters()}
    own = [p for name, p in mtp.named_parameters() if not name.startswith(("embed_tokens.", "shared_head."))]
    return sum(p.numel() for p in own if id(p) not in shared)


# --- cache and state


def cache(model: Any, config: Any) -> dict[str, int]:
    import torch

    text = config.get_text_config(decoder=True)
    blocks = any(hasattr(m, "compress_rate") for m in model.modules()) or getattr(
        text, "compress_rates", None
    )
    tokens = LONG if blocks else TOKENS
    settle_shapes(model)
    decoder = model.get_decoder()
    rows = getattr(decoder.config, "num_codebooks", 1) if hasattr(model, "audio_encoder") else 1
    ids = torch.zeros(rows, tokens, dtype=torch.long, device="meta")
    with torch.no_grad(), torch.device("meta"):
        try:
            left = (model if decoder is None else decoder)(input_ids=ids, use_cache=True)
        except Exception:
            left = model(input_ids=ids, use_cache=True)
    kept = getattr(left, "past_key_values", None)
    kept = getattr(left, "cache_params", None) if kept is None else kept
    kept = getattr(kept, "self_attention_cache", kept)
    state = outside_cache(model, left, kept)
    if (
        state
        and kept is None
        and any("attn" in name or "q_proj" in name for name, _ in model.named_modules())
    ):
        from transformers import DynamicCache

        kept = DynamicCache(config=text)
        with torch.no_grad(), torch.device("meta"):
            model(input_ids=ids, past_key_values=kept)
    per_token = growing = compressed = 0
    for layer in getattr(kept, "layers", ()) if state else kept.layers:
        here = sum(2 * t.numel() // t.shape[-2] for t in tensors_of(layer, CACHED) if t.shape[-2])
        parts = getattr(layer, "compressed_kv", None)
        share = sum(2 * t.numel() for t in parts.values() if is_tensor(t)) if isinstance(parts, dict) else 0
        per_token += here
        compressed += share
        growing += 0 if getattr(layer, "is_sliding", False) else here
        state += sum(t.numel() * t.element_size() for t in tensors_of(layer, STATES))
    return {
        "kv_cache.bytes_per_token": per_token + round(compressed / tokens),
        "kv_cache.growing_bytes_per_token": growing + round(compressed / tokens),
        "state.bytes": state,
    }


def outside_cache(model: Any, left: Any, kept: Any) -> int:
    """Return the bytes of states that some recurrences keep elsewhere than in the layers of a cache."""
    held = list(getattr(left, "state", None) or ())  # RWKV
    for states in (getattr(kept, "rnn_state", None) or {}).values():  # xLSTM
        held.extend(states)
    for module in model.modules():  # RecurrentGemma
        held.extend(getattr(module, name, None) for name in ("conv1d_state", "recurrent_states"))
    return sum(t.numel() * t.element_size() for t in held if is_tensor(t))


CACHED = ("keys", "values", "prefill_keys", "prefill_values", "indexer_keys", "idx_keys")
STATES = ("conv_states", "recurrent_states")


def is_tensor(value: Any) -> bool:
    import torch

    return isinstance(value, torch.Tensor) and value.dim() >= 2


def tensors_of(layer: Any, names: tuple[str, ...]) -> list[Any]:
    """Return the different tensors that ``layer`` holds under ``names``, also in lists and mappings."""
    found: dict[int, Any] = {}
    for name in names:
        held = getattr(layer, name, None)
        items = (
            held.values() if isinstance(held, dict) else held if isinstance(held, (list, tuple)) else (held,)
        )
        found.update({id(item): item for item in items if is_tensor(item)})
    return list(found.values())


def settle_shapes(model: Any) -> None:
    """Make a forward pass on the meta device possible: only values are lost, no cached shape changes."""
    import torch
    from torch import nn

    for name, module in model.named_modules():
        if isinstance(module, nn.ModuleList):
            if name.rpartition(".")[2] == "experts":
                model.get_submodule(name.rpartition(".")[0]).forward = zeros
        elif type(module).__name__.endswith("Experts"):
            module.forward = zeros
    item, tolist, truth = torch.Tensor.item, torch.Tensor.tolist, torch.Tensor.__bool__
    nonzero, where = torch.nonzero, torch.where

    def some_item(tensor: Any) -> Any:
        return item(tensor) if not tensor.is_meta else 1.0 if tensor.is_floating_point() else 1

    def some_list(tensor: Any) -> Any:
        return [1] * tensor.numel() if tensor.is_meta and tensor.dim() < 2 else tolist(tensor)

    def no_positions(tensor: Any, as_tuple: bool = False) -> Any:
        if not tensor.is_meta:
            return nonzero(tensor, as_tuple=as_tuple)
        if as_tuple:
            return tuple(torch.empty(0, dtype=torch.long, device="meta") for _ in range(tensor.dim()))
        return torch.empty(0, tensor.dim(), dtype=torch.long, device="meta")

    def some_where(*arguments: Any, **named: Any) -> Any:
        alone = len(arguments) == 1 and not named and arguments[0].is_meta
        return no_positions(arguments[0], as_tuple=True) if alone else where(*arguments, **named)

    torch.Tensor.item, torch.Tensor.tolist = some_item, some_list  # type: ignore[assignment,method-assign]
    torch.Tensor.__bool__ = lambda tensor: True if tensor.is_meta else truth(tensor)  # type: ignore
    torch.nonzero, torch.where = no_positions, some_where  # type: ignore[assignment]
    torch.Tensor.nonzero = no_positions  # type: ignore[method-assign,assignment]


def zeros(hidden: Any, *_: Any, **__: Any) -> Any:
    import torch

    return torch.zeros_like(hidden)


# --- records


def measure(plain: dict[str, Any]) -> dict[str, Any]:
    """Return the truth of a config; a figure that cannot be measured is a sentence instead of a number."""
    model, config = build(plain)
    found: dict[str, Any] = dict(parameters(model, config))
    try:
        found.update(cache(model, config))
    except Exception as problem:
        print(f"    no cache: {type(problem).__name__}: {problem}"[:300], file=sys.stderr)
    return found


def apart(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what ``work`` gives in a child process, so that a patch, a crash or a hang stays there."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        signal.alarm(SECONDS)
        try:
            answer = work()
        except BaseException as problem:
            answer = {"error": f"{type(problem).__name__}: {problem}"[:400]}
        with os.fdopen(writing, "w") as pipe:
            json.dump(answer, pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else {"error": f"no answer within {SECONDS} s"}


def written(record: dict[str, Any]) -> str:
    """Return a record as text: one key a line in the mappings, lists on one line."""
    lines = []
    for name, value in record.items():
        if isinstance(value, dict) and value:
            inner = [f"    {json.dumps(key)}: {json.dumps(item)}" for key, item in value.items()]
            lines.append(f"  {json.dumps(name)}: {{\n" + ",\n".join(inner) + "\n  }")
        else:
            lines.append(f"  {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def whole_of_class(plain: dict[str, Any]) -> dict[str, Any]:
    """Return how many parameters the class that a config names has, towers and heads counted."""
    import torch
    import transformers
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    model_class = getattr(transformers, plain["architectures"][0])
    config = CONFIG_MAPPING[plain["model_type"]].from_dict(dict(plain))
    own = model_class.config_class
    if not isinstance(config, own) and isinstance(config.get_text_config(), own):
        config = config.get_text_config()
    with torch.device("meta"):
        model = model_class._from_config(config, dtype=torch.bfloat16)
    return {"parameters": sum(parameter.numel() for parameter in model.parameters())}


def record_classes(path: Path, check: bool) -> bool:
    """Count the parameters of each line's class; write them, or say which have changed; return success."""
    lines, done = [], True
    for line in filter(str.strip, path.read_text(encoding="utf-8").splitlines()):
        given = json.loads(line)
        found = apart(lambda plain=given["config"]: whole_of_class(plain))  # type: ignore[misc]
        known = "parameters" in found
        if not known or (check and found["parameters"] != given.get("parameters")):
            print(f"{line}: {found}", flush=True)
            done = False
        lines.append(json.dumps({**given, **found} if known else given))
    if not check:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return done


def as_record(plain: dict[str, Any]) -> dict[str, Any]:
    if "config" in plain and "model_type" not in plain:
        return plain
    return {"what": "", "config": plain}


def record(path: Path, given: dict[str, Any], check: bool, version: str) -> bool:
    """Measure the config of ``given``, write the record to ``path`` or compare; return success."""
    if not str(given.get("recorded", "transformers")).startswith("transformers"):
        return True
    found = apart(lambda: measure(given["config"]))
    if "error" in found:
        print(f"{path.name}: {found['error']}")
        return False
    if check:
        changed = {name: value for name, value in found.items() if given.get("truth", {}).get(name) != value}
        print(f"{path.name}: {'the same' if not changed else f'changed: {changed}'}", flush=True)
        return not changed
    kept = {"what": given.get("what", ""), "recorded": f"transformers {version}", "config": given["config"]}
    kept["truth"] = found
    if given.get("excluded"):
        kept["excluded"] = given["excluded"]
    path.write_text(written(kept), encoding="utf-8")
    print(f"{path.name}: {found}", flush=True)
    return True


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", type=Path, nargs="*")
    parser.add_argument("--defaults", default="", metavar="TYPE,...")
    parser.add_argument("--lines", type=Path)
    parser.add_argument("--classes", type=Path, metavar="FILE")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--out", type=Path, default=FOLDER)
    arguments = parser.parse_args()
    work: list[tuple[Path, dict[str, Any]]] = []
    every = arguments.check and arguments.classes is None
    files = arguments.files or (sorted(FOLDER.glob("*.json")) if every else [])
    for path in files:
        target = path if arguments.check or path.parent == arguments.out else arguments.out / path.name
        work.append((target, as_record(json.loads(path.read_text(encoding="utf-8")))))
    for name in filter(None, arguments.defaults.split(",")):
        path = arguments.out / f"{name}.json"
        old = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        work.append((path, {**old, "what": "class defaults", "config": {"model_type": name}}))
    if arguments.lines is not None:
        for line in filter(str.strip, arguments.lines.read_text(encoding="utf-8").splitlines()):
            described = json.loads(line)
            work.append((arguments.out / f"{described.pop('name')}.json", described))
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    warnings.filterwarnings("ignore")
    import torch
    import transformers

    torch.set_num_threads(1)
    warm = {"model_type": "llama", "num_hidden_layers": 1}
    build(warm)
    done = [record(path, given, arguments.check, transformers.__version__) for path, given in work]
    if arguments.classes is not None:
        done.append(record_classes(arguments.classes, arguments.check))
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main())
