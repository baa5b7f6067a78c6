"""All loaded rules: the built-in ones and the user's own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from archlint.facts import REGISTRY
from archlint.facts.registry import Registry
from archlint.rules import compiled
from archlint.rules.rule import Page, Rule
from archlint.rules.suspects import Table, table_of
from archlint.values import dataclass

if TYPE_CHECKING:
    from archlint.project import Settings


@dataclass(frozen=True)
class Ruleset:
    """Rules in file order, found by code or by name."""

    rules: tuple[Rule, ...]
    registry: Registry = REGISTRY
    root: Path | None = None
    tables: tuple[Table, ...] = ()
    """The functions that are written for the rules: together for all of them, or for none."""

    @cached_property
    def written(self) -> tuple[Table, ...]:
        """The functions for the rules, written now where that was not done before."""
        return self.tables or (table_of(compiled.compile_for(self.rules, self.registry)),)

    @cached_property
    def by_word(self) -> Mapping[str, Rule]:
        """Rules by code and by name."""
        return {rule.code: rule for rule in self.rules} | {rule.name: rule for rule in self.rules}

    @cached_property
    def across(self) -> frozenset[str]:
        """The codes of the rules whose findings on an entry rest on other entries of the file, too."""
        return frozenset(rule.code for rule in self.rules if self._looks_across(rule))

    def _looks_across(self, rule: Rule) -> bool:
        scopes, facts = self.registry.scopes, self.registry.facts
        if any(scopes[name].across for name in self.registry.chain(rule.each) if name in scopes):
            return True
        used = (facts[name] for name in rule.facts if name in facts)
        return any(fact.across or fact.scope == "document" for fact in used)

    def find(self, word: str) -> Rule | None:
        """Return the rule with this code (letter case aside) or name."""
        return self.by_word.get(word) or self.by_word.get(word.upper()) or self.by_word.get(word.lower())

    def page(self, rule: Rule) -> Page:
        """Return a rule's documentation: why, references, examples."""
        return compiled.load_page(rule, self.registry, self.root)


@lru_cache(maxsize=1)
def builtin() -> Ruleset:
    """Return the built-in rules."""
    rules, table = compiled.load_builtin(REGISTRY)
    return Ruleset(rules, tables=(table,))


def ruleset_of(settings: Settings) -> Ruleset:
    """Return the built-in rules and the user's own; RuleError when one of those is wrong."""
    if not settings.rules and not settings.plugins:
        return builtin()
    return _with_own(settings.root, settings.rules, settings.plugins)


def own_files(root: Path, pattern: str) -> dict[str, Path]:
    """Return the user's rule files that a pattern of the configuration names, by what messages call them."""
    import glob

    files: dict[str, Path] = {}
    for name in sorted(glob.glob(pattern, root_dir=root, recursive=True)):
        path = root / name
        for each in sorted(path.rglob("*.yaml")) if path.is_dir() else [path]:
            inside = each.is_relative_to(root)
            files[(each.relative_to(root) if inside else each).as_posix()] = each
    return files


@lru_cache(maxsize=16)
def _with_own(root: Path, patterns: tuple[str, ...], plugins: tuple[str, ...]) -> Ruleset:
    from archlint.rules.load import RuleError, check_unique

    files: dict[str, Path] = {}
    for pattern in patterns:
        found = own_files(root, pattern)
        if not found:
            raise RuleError(pattern, 1, 1, "no rule file is there for this pattern of the configuration")
        files |= found
    if plugins:
        from archlint.plugins import rule_files

        files |= rule_files(plugins)
    own, table = compiled.load_files(files, REGISTRY, builtin=False)
    rules = (*builtin().rules, *own)
    check_unique(rules)
    return Ruleset(rules, root=root, tables=(*builtin().tables, table))


def forget() -> None:
    """Read rule files again when they are next asked for: a server saw one change."""
    builtin.cache_clear()
    _with_own.cache_clear()
