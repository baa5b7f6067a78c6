"""What the class of a model_type assumes for absent keys, read from ``families/defaults.json``.

The file holds one model_type a line (``tools/write_defaults.py`` writes it from transformers), so that
only the lines that are asked for are decoded. ``families/remote.json`` holds the same, by hand, for
model types whose code travels with their weights.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Final

from archlint.scanner import own
from archlint.source.tree import Plain
from archlint.values import dataclass, field

TAILS: Final = frozenset(
    (
        "", "model", "encoder", "decoder", "encodermodel", "decodermodel", "textmodel", "visionmodel", "audiomodel",
        "lmheadmodel", "withlmheadmodel", "doubleheadsmodel", "mtmodel", "modelwithprojection",
        "textmodelwithprojection", "visionmodelwithprojection", "forcausallm", "forconditionalgeneration",
        "formaskedlm", "formultimodallm", "forpretraining", "fortextencoding", "forsequenceclassification",
        "fortokenclassification", "forquestionanswering", "forquestionansweringsimple", "formultiplechoice",
        "fornextsentenceprediction", "forimageclassification", "formaskedimagemodeling", "foraudioclassification",
        "forspeechseq2seq", "forctc", "forrewardmodel", "forprocessrewardmodel",
    )
)  # fmt: skip
"""What class names have after the model's: what the library adds, and heads for rewards, which are tasks too."""

_FOLDER: Final = Path(__file__).parent.parent / "families"


@dataclass(frozen=True, slots=True)
class ClassDefaults:
    """The keys of one model_type.

    ``fields`` name -> (default, type); ``aliases`` other name -> field; ``sub`` key -> (model_type of the
    sub-config, whether that class is used whatever the sub-config says, values when it is absent);
    ``groups`` name -> all names of the same field, the one that wins first. ``merged``: the sub-configs whose
    ``values`` hold also when they are written in part. ``tied``: ``either``, ``inner`` or ``never`` where not the
    wrapper's ``tie_word_embeddings`` alone decides. ``read``: keys that are no fields, and read all the same.
    """

    model_type: str = ""
    class_name: str = ""
    fields: dict[str, tuple[Plain, str]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    sub: dict[str, tuple[str, bool, dict[str, Plain]]] = field(default_factory=dict)
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    merged: tuple[str, ...] = ()
    tied: str = ""
    read: frozenset[str] = frozenset()
    _defaults: dict[str, Plain] = field(default_factory=dict, repr=False, compare=False)

    def default(self, name: str) -> Plain:
        """Return the default of a field, under any of its names; None where it has none."""
        try:
            return self._defaults[name]
        except KeyError:
            found = self.fields.get(self.field_of(name)) if name not in ("model_type", "") else None
            value = None if found is None else found[0]
            if len(self._defaults) < _MOST_ASKED:
                self._defaults[name] = value
            return value

    def field_of(self, name: str) -> str:
        """Return the name that the class itself has for ``name``."""
        return next((key for key in self.groups.get(name, (name,)) if key in self.fields), name)

    @property
    def known(self) -> bool:
        """Whether any class of that model_type is known."""
        return bool(self.class_name)


_MOST_ASKED: Final = 1000
_FEW_SEARCHES: Final = 12
NOTHING: Final = ClassDefaults()


@cache
def defaults_of(model_type: str) -> ClassDefaults:
    """Return the class defaults of ``model_type``; ``NOTHING`` when it is not known."""
    if not model_type or len(model_type) > 100 or '"' in model_type or model_type.startswith("@"):
        return NOTHING
    line = _file("defaults.json").line(model_type) or _file("remote.json").line(model_type)
    if line is None:
        return NOTHING
    return _read(model_type, own(line))


@cache
def is_native(model_type: str) -> bool:
    """Tell whether transformers itself has the class, so that all of its fields are known."""
    return bool(model_type) and '"' not in model_type and _file("defaults.json").line(model_type) is not None


@cache
def about() -> dict[str, str]:
    """Return which transformers the defaults were taken from, and when: ``transformers``, ``date``."""
    line = _file("defaults.json").line("@about")
    assert line is not None
    return {key: str(value) for key, value in own(line).items()}


@cache
def base_fields() -> dict[str, tuple[Plain, str]]:
    """Return the fields that every class has."""
    line = _file("defaults.json").line("")
    assert line is not None
    return {name: (value, kind) for name, (value, kind) in own(line)["fields"].items()}


@cache
def known_types() -> tuple[str, ...]:
    """Return every model_type whose class is known, sorted."""
    names = []
    for name in ("defaults.json", "remote.json"):
        for line in _file(name).text.splitlines():
            if line.startswith('"') and not line.startswith(('"@', '"":')):
                names.append(line[1 : line.index('"', 1)])
    return tuple(sorted(set(names)))


@cache
def type_of_architecture(name: str) -> str:
    """Return the model_type of the architecture ``name`` (``LlamaForCausalLM``), or ``""``."""
    stem = name.split("For")[0].removesuffix("LMHeadModel").removesuffix("Model")
    if not stem.isalnum():
        return ""
    return _file("defaults.json").type_of(stem) or _file("remote.json").type_of(stem)


@cache
def are_related(written: str, other: str) -> bool:
    """Tell whether two model types are of one family: one holds the other, or they begin alike."""
    if written == other or other in {sub[0] for sub in defaults_of(written).sub.values()}:
        return True
    if written in {sub[0] for sub in defaults_of(other).sub.values()}:
        return True
    first, second = (re.split(r"[_-]", name)[0] for name in (written, other))
    bare = [re.sub(r"\d+$", "", name) for name in (first, second)]
    if bare[0] == bare[1] and (first in bare or second in bare):
        return True  # rwkv5 runs on the class of rwkv
    return first == second or defaults_of(written).class_name == defaults_of(other).class_name


@cache
def is_foreign(name: str, model_type: str) -> bool:
    """Tell whether the architecture ``name`` has nothing to do with ``model_type`` (``Brandnew1ForCausalLM``, ``git``).

    Only a native type is contradicted, by a class that is nobody's, whose name does not begin alike.
    """
    if not is_native(model_type) or type_of_architecture(name):
        return False
    stem = _bare(name.split("For")[0].removesuffix("LMHeadModel").removesuffix("Model"))
    kinds = (_bare(model_type), _bare(defaults_of(model_type).class_name.removesuffix("Config")))
    return len(stem) >= 3 and not any(kind[:3] in stem or stem in kind for kind in kinds)


@cache
def is_variant(name: str, model_type: str) -> bool:
    """Tell whether ``name`` is somebody's own variant of the native class: ``LlamaForCausalLMEagle3`` and ``llama``.

    It holds the name of the type's class, and more than the library ever adds to one, or it is a draft's.
    """
    if not is_native(model_type):
        return False
    if type_of_architecture(name) not in ("", model_type) or is_of_library(name):
        return False
    if "draft" in name.casefold():
        return True
    found = [(before, after) for before, after in _around(name, model_type) if after is not None]
    return bool(found) and not any(not before and after in TAILS for before, after in found)


def _around(name: str, model_type: str) -> Iterator[tuple[str, str | None]]:
    """Yield what stands before and after the type's own name in that of a class; None after where it is not in it."""
    stem = defaults_of(model_type).class_name.removesuffix("Config")
    whole = _bare(name.removeprefix("TF").removeprefix("Flax"))
    for known in dict.fromkeys((_bare(stem), _bare(stem.removesuffix("Text")))):
        before, found, after = whole.partition(known) if known else (whole, "", "")
        yield before, after if found else None


@cache
def is_of_library(name: str) -> bool:
    """Tell whether ``name`` is a model class of transformers beyond the usual endings: ``DetrForObjectDetection``."""
    line = _file("defaults.json").line("@classes")
    plain = name.removeprefix("TF").removeprefix("Flax")
    return line is not None and name.isidentifier() and f'"{plain}"' in line


@cache
def joins_another(name: str, outer: str, inner: str) -> bool:
    """Tell whether ``name`` joins the class of ``outer`` to a model that is not ``inner``: ``LlavaQwenForCausalLM``.

    Configs of that kind are flat, and their language model is what the name says, not the composite's usual one.
    """
    stem = defaults_of(outer).class_name.removesuffix("Config")
    rest = name.removeprefix(stem) if stem else ""
    model = rest.partition("For")[0]
    if (
        not model
        or rest == name
        or _bare(model) == _bare(defaults_of(inner).class_name.removesuffix("Config"))
    ):
        return False
    known = (_file("defaults.json").text + _file("remote.json").text).casefold()
    return f'"class":"{model.casefold()}config"' in known


def _bare(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


class _File:
    """One of the two files: a line for each type, searched for, until so many were that an index is worth making."""

    def __init__(self, name: str) -> None:
        self.text = (_FOLDER / name).read_bytes().decode()  # no line ends to translate
        self._searches = 0

    def line(self, name: str) -> str | None:
        """Return what is said of a type."""
        if not self._is_small():
            return self._lines.get(name)
        mark = f'\n"{name}": '
        at = self.text.find(mark)
        return None if at < 0 else self.text[at + len(mark) : self.text.find("\n", at + 1)].rstrip(",")

    def type_of(self, stem: str) -> str:
        """Return the type whose class is called ``stem`` and ``Config``, empty when there is none."""
        if not self._is_small():
            return self._types.get(stem, "")
        at = self.text.find(f'"class":"{stem}Config"')
        if at < 0:
            return ""
        start = self.text.rfind("\n", 0, at) + 2
        return self.text[start : self.text.index('"', start)]

    def _is_small(self) -> bool:
        """Tell whether one more search is less than an index takes."""
        self._searches += 1
        return self._searches <= _FEW_SEARCHES

    @cached_property
    def _lines(self) -> dict[str, str]:
        split = (line.partition('": ') for line in self.text.split("\n"))
        return {name[1:]: rest.rstrip(",") for name, found, rest in split if found}

    @cached_property
    def _types(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, line in self._lines.items():
            at = line.find('"class":"')
            if at >= 0:
                stem = line[at + 9 : line.index('"', at + 9)].removesuffix("Config")
                found.setdefault(stem, name)
        return found


@cache
def _file(name: str) -> _File:
    return _File(name)


def _read(model_type: str, entry: dict[str, dict[str, Plain]]) -> ClassDefaults:
    like = entry.get("like")
    parent = defaults_of(like) if isinstance(like, str) else NOTHING
    fields: dict[str, tuple[Plain, str]] = dict(parent.fields)
    for name, described in entry.get("fields", {}).items():
        assert isinstance(described, list)
        fields[name] = (described[0], str(described[1]))
    aliases = {**parent.aliases, **{name: str(target) for name, target in entry.get("aliases", {}).items()}}
    sub: dict[str, tuple[str, bool, dict[str, Plain]]] = dict(parent.sub)
    for key, spec in entry.get("sub", {}).items():
        assert isinstance(spec, list)
        values = spec[2] if isinstance(spec[2], dict) else {}
        sub[key] = (str(spec[0]), bool(spec[1]), values)
    name_of_class = entry.get("class") or parent.class_name
    groups = _groups(aliases, list(fields))
    merged = tuple(str(key) for key in entry.get("merged", parent.merged))
    tied = str(entry.get("tied", parent.tied))
    read = parent.read | frozenset(str(key) for key in entry.get("read", ()))
    return ClassDefaults(model_type, str(name_of_class), fields, aliases, sub, groups, merged, tied, read)


def _groups(aliases: dict[str, str], fields: list[str]) -> dict[str, tuple[str, ...]]:
    """Return for each name that has another one all names of its field, the one whose value wins first.

    transformers assigns the declared fields in order and then what else is written, to one attribute.
    """
    members: dict[str, list[str]] = {}
    for alias, target in aliases.items():
        target = aliases.get(target, target)
        names = members.setdefault(target, [target])
        if alias not in names:
            names.append(alias)
    groups = {}
    for names in members.values():
        order = [name for name in names if name not in fields]
        order += sorted((name for name in names if name in fields), key=fields.index, reverse=True)
        for name in names:
            groups[name] = tuple(order)
    return groups
