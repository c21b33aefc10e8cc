"""``impasto completion``: a script that lets a shell complete commands, options and choices."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from impasto.commands.parser import choices
from impasto.commands.table import COMMANDS, Command, Group
from impasto.options.completion import CompletionArguments

_BASH: Final = """\
_impasto() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=
    local command=${COMP_WORDS[1]}
    case $command in %(groups)s) command="$command ${COMP_WORDS[2]}" ;; esac
    case "$COMP_CWORD $command $before" in
%(cases)s
    esac
    case "$words$word" in
        -*)
            case $command in
%(options)s
            esac ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _impasto impasto
"""

_ZSH: Final = "autoload -Uz compinit bashcompinit && compinit && bashcompinit\n"
"""Precedes the bash script, so that zsh can read it."""


def run(given: CompletionArguments) -> int:
    """Print the script; give the exit code."""
    print(_ZSH * (given.shell == "zsh") + _bash(), end="")
    return 0


def _commands() -> Iterator[tuple[str, Mapping[str, tuple[str, ...]]]]:
    """Every command, and its options with their choices."""
    for name, entry in COMMANDS.items():
        below = entry.commands if isinstance(entry, Group) else {"": entry}
        for second, command in below.items():
            yield f"{name} {second}".strip(), _options(command)


def _options(command: Command) -> dict[str, tuple[str, ...]]:
    """The options of all methods, if there are several."""
    file, _, name = command.arguments.partition(":")
    kind = getattr(importlib.import_module(f"impasto.options.{file}"), name)
    if not hasattr(kind, "usual"):
        return choices(kind)
    first = choices(kind, kind.usual([]))
    methods = first.get("--method", ())
    others = [choices(kind, kind.usual(["--method", each])) for each in methods]
    return {option: each for found in (first, *others) for option, each in found.items()}


def _bash() -> str:
    groups = {name: each for name, each in COMMANDS.items() if isinstance(each, Group)}
    cases = [f'        "1 "*) words="{" ".join(COMMANDS)}" ;;']
    cases += [
        f'        "2 {name} "*) words="{" ".join(each.commands)}" ;;'
        for name, each in groups.items()
    ]
    options = []
    for name, each in _commands():
        cases += [_case(f'*" {name} {option}"', words) for option, words in each.items() if words]
        options.append(_case(f'"{name}"', each))
    parts = {"groups": "|".join(groups), "cases": "\n".join(cases), "options": "\n".join(options)}
    return _BASH % parts


def _case(pattern: str, words: Iterable[str]) -> str:
    return f'        {pattern}) words="{" ".join(words)}" ;;'
