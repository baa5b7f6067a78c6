"""Write ``families/defaults.json``: what each transformers config class assumes for keys that are absent.

    python tools/write_defaults.py [OUT]        (needs the optional dependency group "oracle")

Only facts are taken: field names, their types and default values, alias names and the types of
sub-configs. One line per model_type, so that a reader can find and decode a single one:

    "llama": {"class": name, "fields": {name: [default, type]}, "aliases": {name: name},
              "sub": {key: [model_type, fixed, {name: value}]}}

``fixed`` says that the class is used whatever model_type the sub-config states; the last mapping holds what
the wrapper passes when the sub-config is absent. ``"merged"`` lists the sub-configs that it passes it to also
when they are written in part. ``"tied"`` says how ``tie_word_embeddings`` of a wrapper and of its language
model go together where the wrapper's does not decide alone: ``either``, ``inner`` or ``never``. Both are found
by trying, and by whether the model's class ties any weights itself.
``"read"`` lists keys that are no fields and are still read by the class or by the model's code.
Fields that every class has stand once, under ``""``; ``"@classes"`` holds the names of the library's model classes
that are more than a model's name and a usual ending (``DetrForObjectDetection``).
"""

from __future__ import annotations

import dataclasses
import datetime
import inspect
import json
import re
import sys
import typing
from pathlib import Path

from archlint.specs.class_defaults import TAILS

DEFAULT_OUT = Path(__file__).parent.parent / "src" / "archlint" / "families" / "defaults.json"
LONG_LIST = 512
OLD_NAMES = {"bloom": {"n_embed": "hidden_size"}, "falcon": {"n_embed": "hidden_size"}}
"""Names that a class takes for a field of its own in ``__post_init__`` instead of its ``attribute_map``."""


def default_of(field: dataclasses.Field[typing.Any]) -> object:
    if field.default is not dataclasses.MISSING:
        return field.default
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return None


def plain(value: object) -> object:
    """Return ``value`` as JSON can hold it; what it cannot hold becomes null."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value] if len(value) <= LONG_LIST else None
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return None


def type_name(annotation: object) -> str:
    """Return a type as a short text: ``int | null``, ``list[int]``, ``mapping``."""
    if annotation is None or annotation is type(None):
        return "null"
    if isinstance(annotation, str):
        return written_type_name(annotation)
    origin = typing.get_origin(annotation)
    if origin is typing.Literal:
        return "string"
    if origin in (list, tuple, set):
        inner = [type_name(item) for item in typing.get_args(annotation) if item is not Ellipsis]
        return f"list[{' | '.join(dict.fromkeys(inner))}]" if inner else "list"
    if origin is dict:
        return "mapping"
    arguments = typing.get_args(annotation)
    if arguments and (origin is typing.Union or type(annotation).__name__ == "UnionType"):
        return " | ".join(dict.fromkeys(type_name(item) for item in arguments))
    known = {
        int: "int",
        float: "float",
        bool: "bool",
        str: "string",
        list: "list",
        tuple: "list",
        dict: "mapping",
    }
    if isinstance(annotation, type):
        if annotation in known:
            return known[annotation]
        if "Config" in annotation.__name__ or "Rope" in annotation.__name__ or issubclass(annotation, dict):
            return "mapping"
        if "dtype" in annotation.__name__:
            return "string"
    return "any"


def written_type_name(annotation: str) -> str:
    """Return a type that stands in the source as text, as ``type_name`` would give it."""
    text = re.sub(r"Literal\[[^\]]*\]|torch\.dtype|\bstr\b", "string", annotation.replace("None", "null"))
    text = re.sub(r"dict\[[^\]]*\]|\bdict\b", "mapping", text)
    return " | ".join(dict.fromkeys(part.strip() for part in text.split("|")))


READ: typing.Final = re.compile(
    r"""(?:(?:get|has)attr\(\s*(?:self\.)?config,\s*|kwargs\.(?:pop|get)\(\s*|setdefault\(\s*)["'](\w+)["']"""
)
"""How the code of a model asks for a key that its config class does not declare."""


def read_besides(config_class: typing.Any, declared: set[str]) -> list[str]:
    """Return the keys that are no fields, but which the class works out itself or the model's code asks for."""
    file = Path(inspect.getsourcefile(config_class) or "")
    names = {name for name in vars(attempt(config_class) or object) if not name.startswith("_")}
    for path in (file, file.with_name(file.name.replace("configuration_", "modeling_"))):
        if path.is_file() and path.parent.parent.name == "models":
            names.update(READ.findall(path.read_text(encoding="utf-8")))
    return sorted(names - declared)


def describe(config_class: typing.Any, base: set[str]) -> dict[str, object]:
    fields = {
        field.name: [plain(default_of(field)), type_name(field.type)]
        for field in dataclasses.fields(config_class)
        if not field.name.startswith("_")
    }
    own = {name: value for name, value in fields.items() if name not in base or base_differs(name, value)}
    described: dict[str, object] = {"class": config_class.__name__, "fields": own}
    aliases = config_class.attribute_map | OLD_NAMES.get(config_class.model_type, {})
    if aliases:
        described["aliases"] = dict(sorted(aliases.items()))
    read = read_besides(
        config_class, set(fields) | base | set(aliases) | {"torch_dtype", "rope_scaling", "rope_theta"}
    )
    if read:
        described["read"] = read
    sub = {}
    for key, spec in getattr(config_class, "sub_configs_defaults", {}).items():
        fixed = hasattr(spec.config_class, "attribute_map") and spec.config_class.__name__ != "AutoConfig"
        sub[key] = [spec.model_type, fixed, plain(spec.init_kwargs)]
    if sub:
        described["sub"] = sub
        merged = [key for key, (kind, _, values) in sub.items() if values and merges(config_class, key, kind)]
        if merged:
            described["merged"] = merged
        tied = next((rule for key in sub if (rule := tying(config_class, key, sub[key][0]))), None)
        if tied:
            described["tied"] = tied
    return described


def attempt(config_class: typing.Any, **written: object) -> typing.Any:
    """Return the config that comes of what is written, None where the class refuses it."""
    try:
        return config_class(**written)
    except Exception:
        return None


def merges(config_class: typing.Any, key: str, kind: str) -> bool:
    """Whether what the wrapper passes to an absent sub-config holds also for a written one's absent keys."""
    whole = getattr(attempt(config_class), key, None)
    part = getattr(attempt(config_class, **{key: {"model_type": kind}}), key, None)
    if whole is None or part is None:
        return False
    passed = config_class.sub_configs_defaults[key].init_kwargs
    values = [[getattr(made, name, None) for name in passed] for made in (whole, part, attempt(type(part)))]
    return values[0] == values[1] != values[2]


OWN_HEAD = re.compile(r"self\.\w+ = \w+(?:ForCausalLM|LMHeadModel)\(")
"""A model inside another one that has a head, as its constructor is written."""


def tying(config_class: typing.Any, key: str, kind: str) -> str | None:
    """Return ``either`` or ``inner`` where the language model's ``tie_word_embeddings`` counts, too.

    ``never`` where the wrapper's model has the head and no weights to tie.
    """

    def outcome(outer: bool, inner: bool) -> object:
        language_model = {"model_type": kind, "tie_word_embeddings": inner}
        made = attempt(config_class, tie_word_embeddings=outer, **{key: language_model})
        return getattr(made, "tie_word_embeddings", None)

    if "vision" in key or "audio" in key:
        return None
    if outcome(False, True) is True:
        return "inner" if outcome(True, False) is False else "either"
    model = model_of(config_class)
    if key not in ("text_config", "decoder") or model is None:
        return None
    if getattr(model, "_tied_weights_keys", None):  # a language model with a head of its own ties it, too
        return "either" if OWN_HEAD.search(inspect.getsource(model)) else None
    source = inspect.getsource(model)
    if "self.lm_head = " in source:
        return "never"
    return "inner" if "CausalLM" in source else None


def model_of(config_class: typing.Any) -> typing.Any:
    """Return the class of a wrapper's whole model, None where there is none that generates text."""
    from transformers.models.auto import modeling_auto

    for kind in ("IMAGE_TEXT_TO_TEXT", "MULTIMODAL_LM", "SEQ_TO_SEQ_CAUSAL_LM", "SPEECH_SEQ_2_SEQ"):
        try:
            return getattr(modeling_auto, f"MODEL_FOR_{kind}_MAPPING")[config_class]
        except (KeyError, ImportError):
            continue
    return None


BASE: dict[str, list[object]] = {}


def base_differs(name: str, value: list[object]) -> bool:
    return BASE[name][0] != value[0]


def unusual_classes(types: dict[str, dict[str, object]]) -> list[str]:
    """Return the library's model classes whose names their model's name and the usual endings do not explain."""
    import transformers

    stems = {str(entry["class"]).removesuffix("Config").removesuffix("Text") for entry in types.values()}
    usual = {stem.casefold() + tail for stem in stems for tail in TAILS}
    models = (name for name, module in transformers._class_to_module.items() if ".modeling_" in module)
    skipped = re.compile(r"(?:_|[a-z]|Auto)|.*PreTrainedModel$")
    return sorted(name for name in models if not skipped.match(name) and name.casefold() not in usual)


def main() -> None:
    import transformers
    from transformers import PreTrainedConfig
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING, CONFIG_MAPPING_NAMES

    for field in dataclasses.fields(PreTrainedConfig):
        if not field.name.startswith("_"):
            BASE[field.name] = [plain(default_of(field)), type_name(field.type)]
    types: dict[str, dict[str, object]] = {}
    queue = []
    for name in CONFIG_MAPPING_NAMES:
        try:
            queue.append((name, CONFIG_MAPPING[name]))
        except Exception as problem:
            print(f"{name}: {type(problem).__name__}: {problem}", file=sys.stderr)
    while queue:
        name, config_class = queue.pop()
        if not name or name in types:
            continue
        types[name] = describe(config_class, set(BASE))
        for spec in getattr(config_class, "sub_configs_defaults", {}).values():
            if hasattr(spec.config_class, "sub_configs_defaults"):
                queue.append((spec.model_type, spec.config_class))

    about = {
        "transformers": transformers.__version__,
        "date": datetime.date.today().isoformat(),
        "types": len(types),
    }
    lines = [f'"@about": {json.dumps(about)}', f'"": {json.dumps({"fields": BASE})}']
    lines.append(f'"@classes": {json.dumps(unusual_classes(types), separators=(",", ":"))}')
    lines += [
        f"{json.dumps(name)}: {json.dumps(types[name], separators=(',', ':'))}" for name in sorted(types)
    ]
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_OUT
    out.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(f"{out}: {len(types)} model types, {out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
