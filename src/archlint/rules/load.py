"""Rule files to rules: read, checked against the format, type-checked. Authors need it, a start does not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from archlint.facts.registry import Registry
from archlint.findings import Confidence, Severity, Tag
from archlint.patterns import pattern
from archlint.project import ConfigurationError
from archlint.reading import read_text
from archlint.rules import templates
from archlint.rules.expressions import Compiler, ExpressionError
from archlint.rules.rule import (
    Example,
    FixTemplate,
    Option,
    OptionType,
    OptionValue,
    Page,
    Profile,
    Rule,
    Template,
)
from archlint.source.lines import Lines
from archlint.source.tree import Node

# Of the built-in rules; users' own may have others.
CATEGORIES = tuple("SRC SCH ATT LAY KVC MOE PAR CTX TOK QNT LIC CRD REF ADV SUP".split(" "))  # noqa: SIM905


class RuleError(ConfigurationError):
    """A rule file is wrong: one line, ``file:line:column: what``."""

    def __init__(self, file: str, line: int, column: int, message: str) -> None:
        super().__init__(f"{file}:{line}:{column}: {message}")
        self.file, self.line, self.column, self.message = file, line, column, message


def _one_or_many(value: object) -> object:
    return [value] if isinstance(value, str | dict) else value


Names = Annotated[list[str], BeforeValidator(_one_or_many, json_schema_input_type=str | list[str])]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class OptionFile(_Part):
    """A setting of the rule, read in expressions as ``options.NAME``."""

    type: OptionType
    default: OptionValue
    meaning: str


class FixFile(_Part):
    """How to remove the finding."""

    kind: Literal["replace-value", "rename-key", "delete", "insert"]
    at: str | None = Field(
        None, description="The fact whose place is edited; the rule's own `at` by default."
    )
    with_: str | None = Field(None, alias="with", description="Template of the new value, or of the new key.")
    key: str | None = Field(None, description="The key to insert.")
    title: str
    safe: bool = True
    when: str | None = None


class ExampleFile(_Part):
    """One spec file: a config, a card, a gallery, front matter or a text, and a card's config beside it."""

    config: dict[str, Any] | None = None
    params: dict[str, Any] | None = None
    card: dict[str, Any] | None = None
    gallery: dict[str, Any] | None = None
    readme: dict[str, Any] | None = None
    text: str | None = None
    bytes: str | None = Field(None, description="The file in hexadecimal, where it is no text.")
    file: str | None = None
    times: int = Field(1, description="How often the text or the bytes stand there, one after the other.")
    beside: dict[str, str] = Field(
        {}, description="Other files in its folder, by name: README.md, config.json."
    )
    options: dict[str, OptionValue] = {}
    settings: dict[str, bool | str] = Field({}, description="Settings of the run, `require_reasons` say.")


_EXAMPLES = BeforeValidator(_one_or_many, json_schema_input_type=ExampleFile | list[ExampleFile])


class ExamplesFile(_Part):
    """What the rule finds, and what it must not."""

    bad: Annotated[list[ExampleFile], _EXAMPLES, Field(min_length=1)]
    good: Annotated[list[ExampleFile], _EXAMPLES, Field(min_length=1)]


class RuleFile(_Part):
    """A rule file, as authors write it."""

    code: Annotated[str, Field(pattern=r"^[A-Z]{3,10}[0-9]{3}$")]
    name: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    summary: str
    severity: Literal["error", "warning", "info", "hint"]
    confidence: Confidence = "high"
    profile: Profile = "default"
    each: str = "model"
    when: str | None = None
    check: str | None = None
    at: Names = []
    also: Names = []
    message: str
    notes: Names = []
    derivation: Names = []
    options: dict[str, OptionFile] = {}
    fix: Annotated[
        list[FixFile], BeforeValidator(_one_or_many, json_schema_input_type=FixFile | list[FixFile])
    ] = []
    tags: list[Tag] = []
    raised_by: Literal["source", "schema", "suppression", "specs", "linter", "plugin"] | None = None
    why: str
    references: list[str] = []
    examples: ExamplesFile


def load_text(text: str, file: str, registry: Registry, builtin: bool = True) -> tuple[Rule, Page]:
    """Return the rule that ``text`` holds; raise RuleError at the place of the first thing wrong."""
    from archlint.source import parse

    document = parse(text, file, "yaml")
    if document.problems:
        problem = min(document.problems, key=lambda each: each.start)
        _fail(file, text, problem.start, problem.facts.get("detail") or problem.rule.replace("-", " "))
    root = document.root
    if root is None or root.kind != "mapping":
        _fail(
            file, text, 0, "a rule file is a mapping: code, name, summary, severity, check, at, message, ..."
        )
    try:
        written = RuleFile.model_validate(root.plain())
    except ValidationError as error:
        first = min(
            error.errors(), key=lambda each: (each["type"] != "extra_forbidden", _offset(root, each["loc"]))
        )
        _fail(file, text, _offset(root, first["loc"], first["type"] == "extra_forbidden"), _explain(first))
    return _Loader(written, root, text, file, registry).rule(builtin), _page(written)


def load(path: Path, shown: str, registry: Registry, builtin: bool = True) -> tuple[Rule, Page]:
    """Return the rule in a file, which errors name as ``shown``."""
    try:
        text = read_text(path)
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(shown, 1, 1, f"cannot be read: {error}") from None
    return load_text(text, shown, registry, builtin)


def check_unique(rules: Iterable[Rule]) -> None:
    """Raise RuleError when two rules share a code or a name."""
    taken: dict[str, str] = {}
    for rule in rules:
        for word in (rule.code, rule.name):
            if word in taken:
                raise RuleError(rule.source, 1, 1, f"{word} is taken by {taken[word]}")
        taken |= {rule.code: rule.source, rule.name: rule.source}


class _Loader:
    def __init__(self, written: RuleFile, root: Node, text: str, file: str, registry: Registry) -> None:
        self.written, self.root, self.text, self.file, self.registry = written, root, text, file, registry

    def rule(self, builtin: bool) -> Rule:
        w = self.written
        if (w.check is None) == (w.raised_by is None):
            self.fail(
                ("code",), "a rule has either check, or raised_by when another stage finds its violations"
            )
        if w.severity == "hint" and w.profile == "default":
            self.fail(("severity",), "a hint is advice and off by default: add profile: strict or pedantic")
        if builtin and w.code[:3] not in CATEGORIES:
            self.fail(("code",), f"{w.code[:3]} is no category: {' '.join(CATEGORIES)}")
        if w.each not in self.registry.scopes:
            self.fail(("each",), f"unknown scope {w.each}: one of {', '.join(self.registry.scopes)}")
        message: Template
        check = when = None
        notes: tuple[Template, ...] = ()
        fixes: tuple[FixTemplate, ...] = ()
        if w.raised_by is not None:
            message = self.at(("message",), lambda: templates.named(w.message))
        else:
            types = {name: option.type for name, option in w.options.items()}
            compiler = Compiler(self.registry, w.each, types)
            check = self.at(("check",), lambda: compiler.expression(w.check or "", "bool"))
            when = self.at(("when",), lambda: compiler.expression(w.when, "bool") if w.when else None)
            message = self.at(("message",), lambda: templates.compiled(w.message, compiler))
            notes = tuple(
                self.at(("notes", i), lambda note=note: templates.compiled(note, compiler))
                for i, note in enumerate(w.notes)
            )
            if not w.at:
                self.fail(("code",), "a rule with check says where: at: FACT")
            for field in ("at", "also", "derivation"):
                for i, name in enumerate(getattr(w, field)):
                    self.at((field, i), lambda name=name: compiler.check_name(name))
            fixes = tuple(self.fix(fix, i, compiler) for i, fix in enumerate(w.fix))
        expressions = [e for e in (when, check) if e is not None]
        rests_on = tuple(dict.fromkeys(f for e in expressions for f in e.facts))
        shown = templates.facts_of(message) if check is not None else ()
        return Rule(
            code=w.code,
            name=w.name,
            summary=w.summary,
            severity=Severity[w.severity.upper()],
            each=w.each,
            message=message,
            confidence=w.confidence,
            profile=w.profile,
            check=check,
            when=when,
            at=tuple(w.at),
            also=tuple(w.also),
            notes=notes,
            derivation=tuple(w.derivation),
            options={n: Option(o.type, self.default(n, o), o.meaning) for n, o in w.options.items()},
            fixes=fixes,
            tags=tuple(w.tags),
            raised_by=w.raised_by or "",
            needs=tuple(dict.fromkeys((*rests_on, *shown))),
            rests_on=rests_on,
            source=self.file,
            builtin=builtin,
        )

    def fix(self, fix: FixFile, index: int, compiler: Compiler) -> FixTemplate:
        where = ("fix", index)
        if fix.kind in ("replace-value", "rename-key", "insert") and fix.with_ is None:
            self.fail((*where, "kind"), f"{fix.kind} needs with: what to write")
        if fix.kind == "insert" and fix.key is None:
            self.fail((*where, "kind"), "insert needs key: the key to write")
        at = fix.at or self.written.at[0]
        self.at((*where, "at"), lambda: compiler.check_name(at))
        return FixTemplate(
            kind=fix.kind,
            at=at,
            title=self.at((*where, "title"), lambda: templates.compiled(fix.title, compiler)),
            template=self.at((*where, "with"), lambda: templates.compiled(fix.with_ or "", compiler)),
            key=fix.key or "",
            safe=fix.safe,
            when=self.at(
                (*where, "when"), lambda: compiler.expression(fix.when, "bool") if fix.when else None
            ),
        )

    def default(self, name: str, option: OptionFile) -> OptionValue:
        value = option.default
        fits = {
            "int": isinstance(value, int) and not isinstance(value, bool),
            "double": isinstance(value, float | int) and not isinstance(value, bool),
            "bool": isinstance(value, bool),
            "string": isinstance(value, str),
            "list<string>": isinstance(value, list) and all(isinstance(item, str) for item in value),
            "list<int>": isinstance(value, list) and all(isinstance(item, int) for item in value),
        }
        if not fits[option.type]:
            self.fail(("options", name, "default"), f"the default of option {name} is no {option.type}")
        return float(value) if option.type == "double" and isinstance(value, int) else value

    def at(self, where: tuple[str | int, ...], step: Any) -> Any:
        """Run ``step``; an error in the expression there is an error at its place in the file."""
        try:
            return step()
        except ExpressionError as error:
            node = _node(self.root, where)
            _fail(self.file, self.text, _offset_in(self.text, node, error.offset), error.message)

    def fail(self, where: tuple[str | int, ...], message: str) -> NoReturn:
        _fail(self.file, self.text, _offset(self.root, where), message)


def _fail(file: str, text: str, offset: int, message: str) -> NoReturn:
    line, column = Lines(text).position(offset)
    raise RuleError(file, line, column, message)


def _node(root: Node, where: tuple[str | int, ...]) -> Node:
    """Return the node at a path; the deepest that there is."""
    node = root
    for step in where:
        below: Node | None = None
        if isinstance(step, str) and node.kind == "mapping":
            below = node.get(step)
        elif isinstance(step, int) and node.kind == "sequence" and step < len(node.items):
            below = node.items[step]
        elif isinstance(step, int):
            below = node  # one written where a list may stand
        if below is None:
            break
        node = below
    return node


def _offset(root: Node, where: tuple[str | int, ...], key: bool = False) -> int:
    parent = _node(root, where[:-1])
    if where and isinstance(where[-1], str) and parent.kind == "mapping":
        pair = parent.pair(where[-1])
        if pair is not None and (key or pair.value.kind in ("mapping", "sequence", "null")):
            return pair.key.start
    return _node(root, where).start


def _offset_in(text: str, node: Node, offset: int) -> int:
    """Return where in the file the character ``offset`` of a scalar stands."""
    raw = text[node.start : node.end]
    value = str(node.scalar)
    if raw.startswith(("|", ">")):
        line = value.count("\n", 0, offset) + 1
        column = offset - (value.rfind("\n", 0, offset) + 1)
        lines = raw.splitlines(keepends=True)
        start = node.start + sum(map(len, lines[:line]))
        indent = len(lines[line]) - len(lines[line].lstrip(" ")) if line < len(lines) else 0
        return start + indent + column
    if raw.startswith(('"', "'")):
        return node.start + 1 + min(offset, max(0, len(raw) - 2))
    return node.start + min(offset, len(raw))


def _explain(error: Any) -> str:
    where = str(error["loc"][-1]) if error["loc"] else "the file"
    match error["type"]:
        case "missing":
            return f"{where} is missing"
        case "extra_forbidden":
            import difflib

            near = difflib.get_close_matches(where, [*RuleFile.model_fields, "with"], n=1)
            return f"unknown key {where}" + (f", did you mean {near[0]}?" if near else "")
        case "string_pattern_mismatch":
            shape = (
                "three letters and three digits, as in ATT002"
                if where == "code"
                else "kebab-case, as in two-words"
            )
            return f"{where} is {shape}"
        case _:
            return f"{where}: {re.sub(r'^Value error, ', '', error['msg']).lower()}"


def _page(written: RuleFile) -> Page:
    return Page(
        why=written.why.strip(),
        references=tuple(written.references),
        bad=tuple(_example(example) for example in written.examples.bad),
        good=tuple(_example(example) for example in written.examples.good),
        check=(written.check or "").strip(),
        when=(written.when or "").strip(),
    )


def _example(example: ExampleFile) -> Example:
    config = None
    if example.bytes is not None:
        name, text = example.file or "config.json", ""
    elif example.text is not None:
        name, text = example.file or "models.yml", example.text
        config = example.config
    elif example.card is not None:
        name, text, config = "example.arch.yaml", yaml_text(example.card), example.config
    elif example.gallery is not None:
        name, text, config = "models.yml", yaml_text(example.gallery), example.config
    elif example.readme is not None:
        name, text, config = "README.md", f"---\n{yaml_text(example.readme)}---\n", example.config
    elif example.params is not None:
        name, text = "params.json", json.dumps(example.params, indent=2, ensure_ascii=False) + "\n"
    else:
        name, text = "config.json", json.dumps(example.config or {}, indent=2, ensure_ascii=False) + "\n"
    found = None if config is None else json.dumps(config, indent=2, ensure_ascii=False) + "\n"
    data = "" if example.bytes is None else bytes.fromhex(example.bytes).hex()
    return Example(
        example.file or name,
        text,
        found,
        dict(example.options),
        dict(example.settings),
        data,
        example.times,
        dict(example.beside),
    )


_PLAIN = pattern(r"^[A-Za-z(][\w ()/.,%+-]*$")
_TAKEN = frozenset(["true", "false", "null", "yes", "no", "on", "off", "y", "n"])


def yaml_text(value: object, indent: int = 0) -> str:
    """Return ``value`` as block YAML, strings quoted where a reader might take them for something else."""
    pad = "  " * indent
    if isinstance(value, dict) and value:
        lines = ""
        for key, item in value.items():
            nested = isinstance(item, dict | list) and len(item) > 0 and not _flat(item)
            lines += f"{pad}{_scalar(str(key))}:" + (
                f"\n{yaml_text(item, indent + 1)}" if nested else f" {_scalar(item)}\n"
            )
        return lines
    if isinstance(value, list) and value and not _flat(value):
        return "".join(f"{pad}- {yaml_text(item, indent + 1).lstrip() or ''}" for item in value)
    return f"{pad}{_scalar(value)}\n"


def _flat(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, int | float | None) for item in value)


def _scalar(value: object) -> str:
    if (
        isinstance(value, str)
        and _PLAIN.match(value)
        and value.lower() not in _TAKEN
        and value == value.strip()
    ):
        return value
    return json.dumps(value, ensure_ascii=False)
