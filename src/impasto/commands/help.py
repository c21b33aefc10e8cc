"""The help of a command: its options in groups, as wide as the terminal.

The docstrings of the fields are read from the source of their class.
"""

from __future__ import annotations

import argparse
import ast
import functools
import inspect
import itertools
import shutil
import textwrap
from collections.abc import Mapping
from dataclasses import MISSING
from types import MappingProxyType
from typing import Any, Final

from impasto.commands.parser import SHORT, WORDS, Option, choices_of, options_of

_NARROWEST: Final = 40
"""Columns of help at least."""


def explained(
    kind: type[Any], *, prog: str, usual: Mapping[str, Any] = MappingProxyType({})
) -> str:
    """The help of a command, as wide as the terminal."""
    options = [*options_of(kind, usual)]
    width = max(shutil.get_terminal_size().columns, _NARROWEST) - 2
    paragraphs = inspect.cleandoc(kind.__doc__ or "").split("\n\n")
    places = [_place(each) for each in options if each.argument or each.default is MISSING]
    parser = argparse.ArgumentParser(
        prog=prog,
        usage=" ".join(["%(prog)s", *places, "[OPTIONS]"]),
        description="\n\n".join("\n".join(_wrapped(each, width)) for each in paragraphs),
        formatter_class=functools.partial(_Formatter, width=width),
        add_help=False,
    )
    arguments = parser.add_argument_group("arguments")
    groups = {"": parser.add_argument_group("options")}
    docs = {owner: field_docs(owner) for owner in {kind, *(each.owner for each in options)}}
    for each in options:
        if each.group not in groups:
            # A group is a field that is a dataclass, or what a method adds to what all have.
            field, _, method = each.group.partition(" ")
            title = inspect.getdoc(each.owner) if method else docs[kind][field]
            groups[each.group] = parser.add_argument_group(str(title).partition(".")[0])
        group = arguments if each.argument else groups[each.group]
        _show(each, group, _described(each, docs[each.owner]))
    groups[""].add_argument("-h", "--help", action="help", help="Show this help.")
    return parser.format_help().rstrip()


def _show(option: Option, group: argparse._ArgumentGroup, text: str) -> None:
    nargs = "*" if option.argument and option.count else None if option.repeated else option.count
    if option.argument:
        group.add_argument(option.name, metavar=option.argument, nargs=nargs, help=text)
    elif option.is_switch:
        group.add_argument(option.typed, action="store_true", help=text)
    else:
        names = [*SHORT.get(option.name, []), option.typed]
        group.add_argument(*names, metavar=_metavar(option), nargs=nargs, help=text)


def _metavar(option: Option) -> str:
    words = [each for kind in option.kinds for each in choices_of(kind) or [WORDS[kind][2]]]
    return f"{{{','.join(words)}}}" if words[1:] else words[0]


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def _split_lines(self, text: str, width: int) -> list[str]:
        return _wrapped(text, width)


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False)  # so that options stay whole


def _place(option: Option) -> str:
    if not option.argument:
        return f"{option.typed} {_metavar(option)}"
    place = f"{option.argument} ..." if option.count else option.argument
    return place if option.default is MISSING else f"[{place}]"


def _described(option: Option, docs: Mapping[str, str]) -> str:
    text = " ".join(docs.get(option.name, "").split()).replace("%", "%%")
    value = option.default
    if value is True:
        return option.off
    if value is MISSING or value is None or value is False or value in ("", ()):
        return text
    shown = " ".join(map(str, value)) if isinstance(value, tuple) else value
    return f"{text} (default: {shown})"


def field_docs(kind: type[Any]) -> dict[str, str]:
    """The docstrings of the fields of a dataclass, from its source."""
    found: dict[str, str] = {}
    for each in reversed(kind.__mro__[:-1]):
        [node] = ast.parse(textwrap.dedent(inspect.getsource(each))).body
        assert isinstance(node, ast.ClassDef)
        for field, text in itertools.pairwise(node.body):
            if (
                isinstance(field, ast.AnnAssign)
                and isinstance(field.target, ast.Name)
                and isinstance(text, ast.Expr)
                and isinstance(text.value, ast.Constant)
            ):
                found[field.target.id] = str(text.value.value)
    return found
