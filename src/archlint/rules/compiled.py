"""Rules in their compiled form: files in the wheel, a cache for a source tree and users' own rules.

Starting reads that file and nothing else: neither pydantic nor a YAML reader is imported. A cache that cannot
be read or written costs time, never an error.
"""

from __future__ import annotations

import marshal
import os
import sys
from binascii import a2b_base64, b2a_base64, crc32
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import CodeType
from typing import Any

from archlint.facts.registry import Registry
from archlint.findings import Severity
from archlint.rules.held import pack, unpack, whole_rule
from archlint.rules.plain import Plain
from archlint.rules.rule import Example, Expression, FixTemplate, Option, Page, Rule, Slot, Template
from archlint.rules.suspects import Table, table_of
from archlint.scanner import own

FORMAT = 8  # of the compiled form; another number is another cache

DATA = Path(__file__).resolve().parent.parent / "data"
SOURCE_TREE = Path(__file__).resolve().parents[3]


def rules_folder() -> Path:
    """Return where the built-in rule files are: inside the wheel, or at the root of the source tree."""
    packed = DATA / "rules"
    return packed if packed.is_dir() else SOURCE_TREE / "rules"


def load_builtin(registry: Registry) -> tuple[tuple[Rule, ...], Table]:
    """Return the built-in rules, and the functions that are written for them."""
    packed = DATA / "rules.jsonl"
    if packed.is_file():
        head, *later = packed.read_bytes().split(b"\n")
        rules = tuple(
            unpack({**entry, "later": text}) for entry, text in zip(own(head)["rules"], later, strict=True)
        )
        return rules, _imported(DATA / "suspects.py")
    return load_files(files_in(rules_folder()), registry, builtin=True)


def files_in(folder: Path) -> dict[str, Path]:
    """Return the rule files of a folder by the name that messages use for them, in order."""
    return {f"rules/{path.parent.name}/{path.name}": path for path in sorted(folder.glob("*/*.yaml"))}


def load_files(
    files: Mapping[str, Path], registry: Registry, builtin: bool
) -> tuple[tuple[Rule, ...], Table]:
    """Return the rules in ``files`` and their functions, unchanged rules from the cache; RuleError at a wrong one.

    The cache of a set of files is taken whole when no file's time or size changed; otherwise file by file,
    by what they hold.
    """
    cache = _cache_file(files)
    stamp = _stamp(files)
    held = _read_cache(cache)
    table = _table_in(held) if held.get("stamp") == stamp else None
    if table is not None:
        return tuple(map(unpack, held["rules"].values())), table
    from archlint.rules.load import check_unique, load

    known = held["rules"] if held.get("code") == _code_stamp() else {}
    entries: dict[str, dict[str, Any]] = {}
    for name, path in files.items():
        key = _content_key(name, path)
        entries[key] = known.get(key) or pack(encode_rule(load(path, name, registry, builtin)[0]))
    rules = tuple(map(unpack, entries.values()))
    check_unique(rules)
    code = compile_for(rules, registry)
    kept = b2a_base64(marshal.dumps(code)).decode()
    digest = crc32(kept.encode())
    told = {"stamp": stamp, "code": _code_stamp(), "rules": entries, "suspects": kept, "digest": digest}
    _write_cache(cache, told)
    return rules, table_of(code)


def compile_for(rules: Iterable[Rule], registry: Registry) -> CodeType:
    """Return the functions for ``rules``, compiled; rules from a cache are decoded for it."""
    from archlint.rules.writing import written_for

    whole = [whole_rule(rule) for rule in rules]
    try:
        return compile(written_for(whole, registry), "<suspects>", "exec")
    except (SyntaxError, RecursionError, MemoryError):  # a condition of a hundred parts, and more
        return compile(written_for(whole, registry, plain=False), "<suspects>", "exec")


def _table_in(held: Mapping[str, Any]) -> Table | None:
    """Return the functions that a cache keeps (its name holds the version of Python); None for a damaged one."""
    kept = held.get("suspects")
    if not isinstance(kept, str) or held.get("digest") != crc32(kept.encode()):
        return None
    try:
        return table_of(marshal.loads(a2b_base64(kept)))
    except Exception:  # whatever is wrong with it, it is made anew
        return None


def _imported(path: Path) -> Table:
    """Return the functions in a file of the wheel; Python keeps its compiled form beside it."""
    from importlib.machinery import SourceFileLoader

    return table_of(SourceFileLoader("archlint.data.suspects", str(path)).get_code("archlint.data.suspects"))


def load_page(rule: Rule, registry: Registry, root: Path | None = None) -> Page:
    """Return a rule's documentation. ``root`` is where a user's rule file stands."""
    packed = DATA / "pages.json"
    if rule.builtin and packed.is_file():
        return decode_page(own(packed.read_bytes())[rule.code])
    from archlint.rules.load import load

    path = rules_folder().parent / rule.source if rule.builtin else (root or Path()) / rule.source
    if not rule.builtin and ":" in rule.source:
        from archlint.plugins import rule_files

        path = rule_files([rule.source.partition(":")[0]])[rule.source]
    return load(path, rule.source, registry, rule.builtin)[1]


def write(folder: Path, target: Path, registry: Registry) -> None:
    """Compile the rule files of ``folder`` into ``target``: what the wheel carries."""
    import json

    from archlint.rules.load import check_unique, load
    from archlint.rules.writing import written_for

    loaded = [load(path, name, registry) for name, path in files_in(folder).items()]
    check_unique(rule for rule, _ in loaded)
    target.mkdir(parents=True, exist_ok=True)
    entries = [pack(encode_rule(rule)) for rule, _ in loaded]
    later = [entry.pop("later") for entry in entries]
    # What is needed at once on the first line, the rest of each rule on a line of its own that is left alone.
    head = json.dumps({"format": FORMAT, "rules": entries}, ensure_ascii=False, separators=(",", ":"))
    (target / "rules.jsonl").write_text("\n".join([head, *later]), encoding="utf-8")
    functions = written_for((rule for rule, _ in loaded), registry)
    (target / "suspects.py").write_text(functions, encoding="utf-8")
    pages = {rule.code: encode_page(page) for rule, page in loaded}
    (target / "pages.json").write_text(json.dumps(pages, ensure_ascii=False), encoding="utf-8")


def encode_rule(rule: Rule) -> dict[str, Any]:
    """Return a rule as JSON can hold it."""
    return {
        "code": rule.code,
        "name": rule.name,
        "summary": rule.summary,
        "severity": int(rule.severity),
        "each": rule.each,
        "message": _encode_template(rule.message),
        "confidence": rule.confidence,
        "profile": rule.profile,
        "check": _encode(rule.check),
        "when": _encode(rule.when),
        "at": rule.at,
        "also": rule.also,
        "notes": [_encode_template(note) for note in rule.notes],
        "derivation": rule.derivation,
        "options": {name: [o.type, o.default, o.meaning] for name, o in rule.options.items()},
        "fixes": [
            {
                "kind": fix.kind,
                "at": fix.at,
                "title": _encode_template(fix.title),
                "template": _encode_template(fix.template),
                "key": fix.key,
                "safe": fix.safe,
                "when": _encode(fix.when),
            }
            for fix in rule.fixes
        ],
        "tags": rule.tags,
        "raised_by": rule.raised_by,
        "needs": rule.needs,
        "rests_on": rule.rests_on,
        "source": rule.source,
        "builtin": rule.builtin,
    }


def decode_rule(entry: Mapping[str, Any]) -> Rule:
    """Return the rule that ``encode_rule`` made an entry of."""
    fields = dict(entry)
    fields["severity"] = Severity(fields["severity"])
    fields["message"] = _decode_template(fields["message"])
    fields["check"] = decode_expression(fields["check"])
    fields["when"] = decode_expression(fields["when"])
    fields["notes"] = tuple(_decode_template(note) for note in fields["notes"])
    fields["options"] = {name: Option(*parts) for name, parts in fields["options"].items()}
    fields["fixes"] = tuple(
        FixTemplate(
            fix["kind"],
            fix["at"],
            _decode_template(fix["title"]),
            _decode_template(fix["template"]),
            fix["key"],
            fix["safe"],
            decode_expression(fix["when"]),
        )
        for fix in fields["fixes"]
    )
    for name in ("at", "also", "derivation", "tags", "needs", "rests_on"):
        fields[name] = tuple(fields[name])
    return Rule(**fields)


def encode_page(page: Page) -> dict[str, Any]:
    """Return a page as JSON can hold it."""

    def examples(these: Sequence[Example]) -> list[Any]:
        return [
            [
                each.name,
                each.text,
                each.config,
                dict(each.options),
                dict(each.settings),
                each.data,
                each.times,
                dict(each.beside),
            ]
            for each in these
        ]

    return {
        "why": page.why,
        "references": page.references,
        "bad": examples(page.bad),
        "good": examples(page.good),
        "check": page.check,
        "when": page.when,
    }


def decode_page(entry: Mapping[str, Any]) -> Page:
    """Return the page that ``encode_page`` made an entry of."""
    return Page(
        entry["why"],
        tuple(entry["references"]),
        tuple(Example(*parts) for parts in entry["bad"]),
        tuple(Example(*parts) for parts in entry["good"]),
        entry["check"],
        entry["when"],
    )


def _encode(expression: Expression | None) -> list[Any] | None:
    if expression is None:
        return None
    code = expression.code.decode("latin-1")
    tree = expression.tree if isinstance(expression, Plain) else None
    return [expression.text, code, expression.facts, expression.options, tree]


def decode_expression(parts: Sequence[Any] | None) -> Expression | None:
    """Return the expression that an entry holds."""
    if parts is None:
        return None
    plain = Expression(parts[0], parts[1].encode("latin-1"), tuple(parts[2]), tuple(parts[3]))
    return Plain.of(plain, parts[4])


def _encode_template(template: Template) -> list[Any]:
    return [p if isinstance(p, str) else [_encode(p.expression), p.format] for p in template]


def _decode_template(parts: Sequence[Any]) -> Template:
    out: list[str | Slot] = []
    for part in parts:
        if isinstance(part, str):
            out.append(part)
            continue
        expression = decode_expression(part[0])
        assert expression is not None
        out.append(Slot(expression, part[1]))
    return tuple(out)


def _stamp(files: Mapping[str, Path]) -> list[list[object]]:
    """Return the time and size of each rule file, and of the code that compiled it."""
    found: list[list[object]] = []
    for name, path in files.items():
        try:
            stat = path.stat()
        except OSError:
            return []
        found.append([name, stat.st_mtime_ns, stat.st_size])
    return found + _code_stamp()


def _code_stamp() -> list[list[object]]:
    """Return the time and size of the modules that decide what a compiled rule is."""
    package = Path(__file__).resolve().parent
    modules = [*sorted((package.parent / "facts").glob("*.py")), *sorted(package.glob("*.py"))]
    stats = [(path.name, path.stat()) for path in modules]
    return [[FORMAT, 0, 0], *([name, stat.st_mtime_ns, stat.st_size] for name, stat in stats)]


def _content_key(name: str, path: Path) -> str:
    import hashlib

    try:
        return hashlib.blake2b(f"{name}\0".encode() + path.read_bytes(), digest_size=16).hexdigest()
    except OSError:
        return name


def _cache_file(files: Mapping[str, Path]) -> Path | None:
    """Return the cache for a set of rule files."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or (os.path.expanduser("~") + "/.cache")
    if not base or base.startswith("~"):
        return None
    places = "\n".join(map(str, files.values())) + sys.version
    return Path(base) / "archlint" / f"rules-{crc32(places.encode()):08x}.json"


def _read_cache(cache: Path | None) -> dict[str, Any]:
    if cache is None:
        return {}
    try:
        held = own(cache.read_bytes())
    except (OSError, ValueError):
        return {}
    return held if isinstance(held, dict) and isinstance(held.get("rules"), dict) else {}


def _write_cache(cache: Path | None, held: Mapping[str, object]) -> None:
    if cache is None:
        return
    import json

    beside = cache.with_suffix(f".{os.getpid()}.tmp")
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(json.dumps(held, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
        beside.replace(cache)
    except OSError:
        pass
