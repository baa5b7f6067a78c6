"""``archlint rule``: explain a rule, list them all, write or test your own."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from archlint.cli.parser import CLEAN, FOUND, UserError
from archlint.output import write
from archlint.project import Settings, settings_for
from archlint.rules.pages import category, markdown, order, template_text

if TYPE_CHECKING:
    from archlint.rules.rule import Rule
    from archlint.rules.ruleset import Ruleset


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("code", nargs="?", metavar="CODE", help="a rule's code or name")
    add("--all", action="store_true", help="list every rule")
    add("--format", choices=("text", "json"), default="text", help="what to print (default: text)")
    add("--new", metavar="CATEGORY/NAME", help="write a new rule file, with examples to fill in")
    add(
        "--code",
        dest="new_code",
        metavar="CODE",
        help="with --new: the rule's code (default: the next free one)",
    )
    add("--folder", metavar="DIR", default="lint", help="with --new: where it goes (default: lint)")
    add("--test", action="store_true", help="run the examples of your own rules (with --all: of every rule)")


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked."""
    settings = settings_for(Path.cwd())
    if arguments.new is not None:
        return _new(arguments, settings)
    ruleset = _ruleset(settings)
    if arguments.test:
        return _test(ruleset, settings, arguments)
    if arguments.code is not None:
        return _explain(ruleset, arguments)
    return _list(ruleset, arguments)


def _ruleset(settings: Settings) -> Ruleset:
    from archlint.rules.ruleset import ruleset_of

    return ruleset_of(settings)


def _find(ruleset: Ruleset, word: str) -> Rule:
    rule = ruleset.find(word)
    if rule is None:
        from archlint.specs.near import nearest

        near = nearest(word, ruleset.by_word)
        raise UserError(f"no rule {word}{f' (did you mean {near}?)' if near else ' (--all lists them)'}")
    return rule


def _explain(ruleset: Ruleset, arguments: argparse.Namespace) -> int:
    rule = _find(ruleset, arguments.code)
    text = (
        _json([_described(ruleset, rule)[0]])
        if arguments.format == "json"
        else markdown(rule, ruleset.page(rule))
    )
    write(sys.stdout, text)
    return CLEAN


def _list(ruleset: Ruleset, arguments: argparse.Namespace) -> int:
    rules = sorted(ruleset.rules, key=lambda rule: order(rule.code))
    if arguments.format == "json":
        write(sys.stdout, _json([_described(ruleset, rule)[0] for rule in rules]))
        return CLEAN
    width = max((len(rule.name) for rule in rules), default=0)
    shown = ""
    for rule in rules:
        if category(rule.code) != shown:
            blank = "\n" if shown else ""
            shown = category(rule.code)
            write(sys.stdout, f"{blank}{shown}\n")
        marks = f"{' *' if rule.fixes else ''}{'' if rule.profile == 'default' else f' [{rule.profile}]'}"
        write(
            sys.stdout, f"  {rule.code}  {rule.name:<{width}}  {rule.severity!s:<7}  {rule.summary}{marks}\n"
        )
    write(sys.stdout, f"\n{len(rules)} rules; * has a fix. archlint rule CODE explains one.\n")
    return CLEAN


def _described(ruleset: Ruleset, rule: Rule) -> tuple[dict[str, object]]:
    page = ruleset.page(rule)
    return (
        {
            "code": rule.code,
            "name": rule.name,
            "summary": rule.summary,
            "category": category(rule.code),
            "severity": str(rule.severity),
            "confidence": rule.confidence,
            "profile": rule.profile,
            "each": rule.each,
            "check": page.check or None,
            "when": page.when or None,
            "raised_by": rule.raised_by or None,
            "message": template_text(rule.message),
            "fixable": bool(rule.fixes),
            "options": {
                name: {"type": option.type, "default": option.default, "meaning": option.meaning}
                for name, option in rule.options.items()
            },
            "why": page.why,
            "references": list(page.references),
            "source": rule.source,
            "builtin": rule.builtin,
        },
    )


def _json(described: list[dict[str, object]]) -> str:
    import json

    return json.dumps(described, indent=2, ensure_ascii=False) + "\n"


def _test(ruleset: Ruleset, settings: Settings, arguments: argparse.Namespace) -> int:
    from archlint.rules.examples import failures

    if arguments.code is not None:
        chosen = [_find(ruleset, arguments.code)]
    else:
        chosen = [rule for rule in ruleset.rules if arguments.all or not rule.builtin]
    if not chosen:
        raise UserError(
            "there are no rules of your own to test; name their files under rules in archlint.toml"
        )
    failed = 0
    for rule in chosen:
        page = ruleset.page(rule)
        wrong = failures(rule, page.bad, page.good, settings)
        failed += bool(wrong)
        for message in wrong:
            write(sys.stdout, f"{rule.source}: {rule.code} {message}\n")
    passed = len(chosen) - failed
    write(sys.stdout, f"{passed} of {len(chosen)} rules do what their examples say\n")
    return FOUND if failed else CLEAN


def _new(arguments: argparse.Namespace, settings: Settings) -> int:
    from archlint.rules.ruleset import own_files
    from archlint.rules.scaffold import scaffold

    try:
        # The first rule is written before the configuration's pattern fits any file.
        there = any(own_files(settings.root, pattern) for pattern in settings.rules)
        taken = {rule.code for rule in _ruleset(settings if there else Settings()).rules}
        path, text = scaffold(arguments.new, arguments.new_code, taken, Path(arguments.folder))
    except ValueError as error:
        raise UserError(f"--new {arguments.new}: {error}") from None
    if path.exists():
        raise UserError(f"{path}: already there")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {(error.strerror or str(error)).lower()}") from None
    write(sys.stdout, f"wrote {path}\n")
    shown = Path(arguments.folder).as_posix()
    if not any(path.resolve() in settings.root.resolve().glob(pattern) for pattern in settings.rules):
        write(
            sys.stdout, f'add rules = ["{shown}/**/*.yaml"] to archlint.toml, then run archlint rule --test\n'
        )
    return CLEAN
