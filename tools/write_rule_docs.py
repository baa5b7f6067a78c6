"""Write ``docs/rules/``: a page for every built-in rule and their list, or with ``--check`` say which are stale.

python tools/write_rule_docs.py [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "src"))

from archlint.rules.pages import CATEGORIES, category, markdown, order  # noqa: E402
from archlint.rules.ruleset import builtin  # noqa: E402


def pages() -> dict[str, str]:
    """Return the text of every page, by file name."""
    ruleset = builtin()
    rules = sorted(ruleset.rules, key=lambda rule: order(rule.code))
    texts = {f"{rule.code}.md": markdown(rule, ruleset.page(rule)) for rule in rules}
    lines = [
        "# Rules",
        "",
        f"{len(rules)} rules. Those with a fix are marked 🔧; a profile other than default is named.",
    ]
    for name in CATEGORIES.values():
        of_category = [rule for rule in rules if category(rule.code) == name]
        if of_category:
            lines += ["", f"## {name}", "", "| code | name | severity | what is right |", "|---|---|---|---|"]
        for rule in of_category:
            marks = (
                f"{' 🔧' if rule.fixes else ''}{'' if rule.profile == 'default' else f' ({rule.profile})'}"
            )
            summary = rule.summary.replace("|", "\\|")
            lines.append(
                f"| [{rule.code}]({rule.code}.md) | {rule.name} | {rule.severity}{marks} | {summary} |"
            )
    texts["README.md"] = "\n".join(lines) + "\n"
    return texts


def main(arguments: list[str]) -> int:
    folder = ROOT / "docs" / "rules"
    texts = pages()
    stale = [
        name
        for name, text in texts.items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text
    ]
    gone = [path for path in sorted(folder.glob("*.md")) if path.name not in texts]
    if "--check" in arguments:
        print("\n".join([*stale, *(path.name for path in gone)]) or "docs/rules is up to date")
        return 1 if stale or gone else 0
    folder.mkdir(parents=True, exist_ok=True)
    for name in stale:
        (folder / name).write_text(texts[name], encoding="utf-8")
    for path in gone:
        path.unlink()
    print(f"{len(stale)} pages written, {len(gone)} removed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
