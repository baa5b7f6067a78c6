"""A rule's page: the text that ``archlint rule`` prints, ``docs/rules`` holds and an editor shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from archlint.rules.rule import Example, Page, Rule, Slot, Template

CATEGORIES = {
    "SRC": "Source",
    "SCH": "Schema",
    "ATT": "Attention geometry",
    "LAY": "Layers",
    "KVC": "KV cache",
    "MOE": "Experts",
    "PAR": "Parameters and scale",
    "CTX": "Context and RoPE",
    "TOK": "Vocabulary and token ids",
    "QNT": "Dtype and quantisation",
    "LIC": "Licence",
    "CRD": "Card hygiene",
    "REF": "File against file",
    "ADV": "Advice",
    "SUP": "Suppressions",
}
"""Code prefix to the category's name, in the order that lists show them."""

_LANGUAGES = {"json": "json", "yml": "yaml", "yaml": "yaml", "md": "yaml"}


def markdown(rule: Rule, page: Page) -> str:
    """Return the page of one rule, as Markdown."""
    return "\n".join(_lines(rule, page)) + "\n"


def category(code: str) -> str:
    """Return the name of a code's category."""
    return CATEGORIES.get(code[:3], "Own rules")


def order(code: str) -> tuple[int, str]:
    """Sort key: categories in their order, then codes."""
    prefixes = list(CATEGORIES)
    return (prefixes.index(code[:3]) if code[:3] in CATEGORIES else len(prefixes)), code


def template_text(template: Template) -> str:
    """Return a message's template with the facts in braces."""
    return "".join(
        part if isinstance(part, str) else f"{{{part.expression.text}}}"
        for part in template
        if isinstance(part, (str, Slot))
    )


def _lines(rule: Rule, page: Page) -> Iterator[str]:
    yield f"# {rule.code}: {rule.name}"
    yield ""
    yield f"{rule.summary}."
    yield ""
    yield f"- **Severity**: {rule.severity}, confidence {rule.confidence}"
    yield f"- **Category**: {category(rule.code)}"
    yield f"- **Profile**: {_profile(rule)}"
    yield f"- **Fix**: {_fix(rule)}"
    for name, option in rule.options.items():
        default = "default below" if _is_long(option.default) else f"default `{option.default}`"
        yield f"- **Option** `{name}` ({option.type}, {default}): {option.meaning}"
    yield ""
    yield "## Why"
    yield ""
    yield page.why.strip()
    if page.check:
        yield from ("", "## What is checked", "", f"Once per {rule.each}:", "", "```cel", page.check, "```")
        if page.when:
            yield from ("", "and only where:", "", "```cel", page.when, "```")
    else:
        yield from (
            "",
            "## What is checked",
            "",
            f"Found by the {rule.raised_by} stage, as it reads the file.",
        )
    yield from _long_defaults(rule)
    yield from _examples("Wrong", page.bad)
    yield from _examples("Right", page.good)
    if page.references:
        yield from ("", "## References", "")
        for reference in page.references:
            yield f"- {f'<{reference}>' if reference.startswith('http') else reference}"


def _is_long(default: object) -> bool:
    return isinstance(default, (list, tuple)) and len(default) > 12


def _long_defaults(rule: Rule) -> Iterator[str]:
    """Show long lists as one would write them in archlint.toml."""
    import json
    import textwrap

    lists = {name: option.default for name, option in rule.options.items() if _is_long(option.default)}
    if lists:
        yield from ("", "## Defaults", "", "As they would stand in `archlint.toml`:", "", "```toml")
        yield f"[options.{rule.code}]"
        for name, default in lists.items():
            words = ", ".join(json.dumps(word) for word in cast("list[object]", default))
            body = textwrap.fill(words, 98, break_on_hyphens=False)
            yield from (f"{name} = [", *textwrap.indent(body, "  ").splitlines(), "]")
        yield "```"


def _profile(rule: Rule) -> str:
    if str(rule.severity) == "hint":
        return f"{rule.profile}; advice is off until it is selected"
    return "default, always on" if rule.profile == "default" else f"{rule.profile} and above"


def _fix(rule: Rule) -> str:
    if not rule.fixes:
        return "where the place tells what was meant" if rule.raised_by else "none"
    return "; ".join(f"{template_text(fix.title)} ({'safe' if fix.safe else 'unsafe'})" for fix in rule.fixes)


def _examples(title: str, examples: tuple[Example, ...]) -> Iterator[str]:
    yield from ("", f"## {title}")
    for example in examples:
        yield ""
        if example.data:
            yield f"`{example.name}` with these bytes: `{example.data[:80]}`"
            continue
        language = _LANGUAGES.get(example.name.rsplit(".", 1)[-1].lower(), "")
        text = example.text.rstrip("\n")
        times = f", {example.times:,} times over" if example.times > 1 else ""
        yield f"`{example.name}`{times}:"
        yield from ("", *_fenced(text[:2000], language))
        if example.config is not None:
            yield from ("", "with this `config.json`:", "", *_fenced(example.config.rstrip("\n"), "json"))


def _fenced(text: str, language: str) -> tuple[str, str, str]:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}", text, fence
