"""``archlint completion``: completion for bash, zsh and fish, made from the commands' own arguments."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

from archlint.cli.parser import CLEAN
from archlint.values import dataclass


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("shell", choices=tuple(_SHELLS), help="the shell to print a script for")
    parser.epilog = (
        "bash: eval \"$(archlint completion bash)\" in ~/.bashrc. "
        "zsh: archlint completion zsh > a file named _archlint on $fpath. "
        "fish: archlint completion fish > ~/.config/fish/completions/archlint.fish."
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Print the script."""
    from archlint.cli.parser import build

    print(_SHELLS[arguments.shell](list(commands(build()))), end="")
    return CLEAN


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a command; ``values`` are its choices, ``takes`` what else stands after it."""

    names: tuple[str, ...]
    help: str
    values: tuple[str, ...]
    takes: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command (the program itself has an empty name), its options, and the words it takes."""

    name: str
    help: str
    options: tuple[Option, ...]
    words: tuple[str, ...]
    files: bool


def commands(parser: argparse.ArgumentParser) -> Iterator[Command]:
    """Yield the program and each of its commands."""
    # argparse has no public way to list what a parser was given.
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            summaries = {choice.dest: choice.help or "" for choice in action._choices_actions}
            yield _command("", "", parser, tuple(action.choices))
            for name, sub in action.choices.items():
                yield _command(name, summaries.get(name, ""), sub)


def _command(
    name: str, summary: str, parser: argparse.ArgumentParser, words: tuple[str, ...] = ()
) -> Command:
    options = []
    files = False
    for action in parser._actions:
        values = tuple(map(str, action.choices or ())) if not _is_commands(action) else ()
        if action.option_strings:
            takes = "" if action.nargs == 0 or values else _kind(action)
            options.append(Option(tuple(action.option_strings), _help(action, parser), values, takes))
        elif values:
            words += values
        elif not _is_commands(action):
            files = True
    return Command(name, summary, tuple(options), words, files)


def _is_commands(action: argparse.Action) -> bool:
    return isinstance(action, argparse._SubParsersAction)


def _kind(action: argparse.Action) -> str:
    metavar = action.metavar if isinstance(action.metavar, str) else action.dest
    return {"DIR": "folder", "FILE": "file", "NAME": "file", "PATH": "file"}.get(
        metavar.split("=")[-1], "text"
    )


def _help(action: argparse.Action, parser: argparse.ArgumentParser) -> str:
    if not action.help or action.help == argparse.SUPPRESS:
        return ""
    return " ".join((action.help % (vars(action) | {"prog": parser.prog})).split())


def _bash(found: list[Command]) -> str:
    cases = []
    values = []
    for command in found:
        words = [*command.words, *(name for option in command.options for name in option.names)]
        cases.append(
            f"        {_bash_pattern(command.name)}) words='{' '.join(words)}'; files={int(command.files)} ;;"
        )
        for option in command.options:
            pattern = "|".join(f"{command.name}:{name}" for name in option.names)
            if option.values:
                reply = f"COMPREPLY=($(compgen -W '{' '.join(option.values)}' -- \"$cur\"))"
            elif option.takes in ("file", "folder"):
                kind = "-d" if option.takes == "folder" else "-f"
                reply = f'compopt -o filenames; COMPREPLY=($(compgen {kind} -- "$cur"))'
            elif option.takes:
                reply = "COMPREPLY=()"
            else:
                continue
            values.append(f"        {pattern}) {reply}; return ;;")
    names = "|".join(command.name for command in found if command.name)
    return "\n".join(
        (
            "# bash completion for archlint",
            "_archlint() {",
            "    local cur prev command word words files",
            '    cur="${COMP_WORDS[COMP_CWORD]}"',
            '    prev="${COMP_WORDS[COMP_CWORD-1]}"',
            '    [[ "$cur" == "=" ]] && cur=""',
            '    [[ "$prev" == "=" ]] && prev="${COMP_WORDS[COMP_CWORD-2]}"',
            '    command=""',
            '    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
            f'        case "$word" in {names}) command="$word"; break ;; esac',
            "    done",
            '    case "$command:$prev" in',
            *values,
            "    esac",
            '    case "$command" in',
            *cases,
            "    esac",
            '    COMPREPLY=($(compgen -W "$words" -- "$cur"))',
            '    if [[ $files == 1 && "$cur" != -* ]]; then',
            '        compopt -o filenames; COMPREPLY+=($(compgen -f -- "$cur"))',
            "    fi",
            "}",
            "complete -F _archlint archlint",
            "",
        )
    )


def _bash_pattern(name: str) -> str:
    return name or "''"


def _zsh(found: list[Command]) -> str:
    def quoted(text: str) -> str:
        return text.replace("'", "'\\''")

    def described(text: str) -> str:
        return quoted(text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:"))

    def argument(option: Option) -> str:
        if option.values:
            return f":value:({' '.join(option.values)})"
        return {"file": ":file:_files", "folder": ":folder:_files -/", "text": ":value: ", "": ""}[
            option.takes
        ]

    def specifications(command: Command) -> list[str]:
        lines = [
            f"'*{name}{'=' if argument(option) and name.startswith('--') else ''}"
            f"[{described(option.help)}]{quoted(argument(option))}'"
            for option in command.options
            for name in option.names
        ]
        if command.words and command.name:
            lines.append(f"':word:({' '.join(command.words)})'")
        if command.files:
            lines.append("'*:file:_files'")
        return lines

    program, *subs = found
    listed = " ".join(f"'{sub.name}:{described(sub.help)}'" for sub in subs)
    lines = [
        "#compdef archlint",
        "_archlint() {",
        "    local context state line",
        "    local -a commands",
        f"    commands=({listed})",
        "    _arguments -C \\",
        *(f"        {each} \\" for each in specifications(program)),
        "        '1:command:->command' '*::argument:->argument'",
        "    case $state in",
        "        command) _describe command commands ;;",
        "        argument)",
        "            case $words[1] in",
    ]
    for sub in subs:
        body = " \\\n                    ".join(specifications(sub))
        lines.append(f"                {sub.name})\n                    _arguments {body} ;;")
    lines += [
        "            esac ;;",
        "    esac",
        "}",
        "compdef _archlint archlint 2>/dev/null",
        "",
    ]
    return "\n".join(lines)


def _fish(found: list[Command]) -> str:
    def quoted(text: str) -> str:
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"

    program, *subs = found
    names = " ".join(sub.name for sub in subs)
    lines = ["# fish completion for archlint", "complete -c archlint -f"]
    for sub in subs:
        none_yet = f"not __fish_seen_subcommand_from {names}"
        lines.append(f"complete -c archlint -n {quoted(none_yet)} -a {sub.name} -d {quoted(sub.help)}")
    for command in (program, *subs):
        seen = (
            f"__fish_seen_subcommand_from {command.name}"
            if command.name
            else f"not __fish_seen_subcommand_from {names}"
        )
        condition = f"complete -c archlint -n {quoted(seen)}"
        if command.name and command.words:
            lines.append(f"{condition} -a {quoted(' '.join(command.words))}")
        if command.files:
            lines.append(f"{condition} -F")
        for option in command.options:
            parts = [condition]
            parts += [
                f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names
            ]
            if option.values:
                parts.append(f"-x -a {quoted(' '.join(option.values))}")
            elif option.takes:
                parts.append("-x" if option.takes == "text" else "-r -F")
            if option.help:
                parts.append(f"-d {quoted(option.help)}")
            lines.append(" ".join(parts))
    return "\n".join(lines) + "\n"


_SHELLS: dict[str, Callable[[list[Command]], str]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}
