"""Command-line arguments become a dataclass: each field is an option, its docstring the help.

A field with ``argument`` in its metadata is a positional argument with that name; one with
``repeated`` takes one value each time. A field that is itself a dataclass adds its fields as a
group of options.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import MISSING, Field, is_dataclass
from pathlib import Path
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from impasto.errors import ImpastoError

Parsed = TypeVar("Parsed")

WORDS: Final[Mapping[type, tuple[str, str, str]]] = {
    int: ("a whole number", "whole numbers", "INT"),
    float: ("a number", "numbers", "FLOAT"),
    Path: ("a path", "paths", "PATH"),
    str: ("a text", "texts", "TEXT"),
}
"""One value, several, and the value in the help."""

SHORT: Final = {"output": ["-o"]}

MEANT: Final = {
    "colors-only": "`impasto apply --model colors --style PICTURE` takes only its colors",
    "texture-only": "--keep-color luminance takes only the style's texture",
}
"""Hints for options that do not exist, by the ends of their names."""

_NUMBERS: Final = ("no", "one", "two", "three", "four")

_FIELDS: Final = "__dataclass_fields__"


class _MistakeError(Exception):
    """An error in the arguments, without the hint to --help."""


class Option:
    """A field as an option: its name and its values."""

    def __init__(self, owner: type, group: str, field: Field[Any], hint: Any, default: Any) -> None:
        self.owner, self.group, self.name, self.default = owner, group, field.name, default
        self.argument: str = field.metadata.get("argument", "")
        self.repeated: bool = field.metadata.get("repeated", False)
        kinds = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
        self.kinds = tuple(each for each in kinds if each is not NoneType)
        self.count: int | Literal["+"] | None = None
        if get_origin(self.kinds[0]) is tuple:
            inside = get_args(self.kinds[0])
            self.count = "+" if inside[-1] is Ellipsis else len(inside)
            self.kinds = inside[:1]
        self.is_switch = self.kinds == (bool,)
        # A keyword of Python, such as as, has an underscore behind it.
        name, no = field.name.rstrip("_").replace("_", "-"), self.is_switch and default is True
        self.typed = self.argument or f"--{'no-' * no}{name}"
        # If a preset changed a switch, its usual form is also accepted.
        turned = self.is_switch and default != field.default
        self.also = f"--{'no-' * (not no)}{name}" if turned else ""
        self.off: str = field.metadata.get("off", "")

    def add_to(self, parser: argparse.ArgumentParser) -> None:
        """Add the option, which may be typed with underscores, too."""
        names = [self.typed, *SHORT.get(self.name, [])]
        if "-" in self.typed[2:]:
            names.append("--" + self.typed[2:].replace("-", "_"))
        if self.is_switch:
            actions = ("store_true", "store_false")[:: -1 if self.default is True else 1]
            parser.add_argument(*names, dest=self.name, action=actions[0])
            if self.also:
                parser.add_argument(self.also, dest=self.name, action=actions[1])
        elif self.repeated:
            parser.add_argument(*names, dest=self.name, action="append")
        else:
            action = "extend" if self.count == "+" else "store"
            parser.add_argument(*names, dest=self.name, action=action, nargs=self.count)

    def read(self, given: str | list[str] | bool) -> Any:
        """The value of the typed text."""
        if isinstance(given, bool):
            return given
        texts = [given] if isinstance(given, str) else given
        try:
            values = tuple(map(self._value, texts))
        except ValueError:
            wrong = f"expected {self.expected()}, got '{' '.join(texts)}'"
            raise _MistakeError(f"{self.typed}: {wrong}") from None
        return values if self.count else values[0]

    def expected(self) -> str:
        """The expected values, in words."""
        if self.count is not None:
            several = WORDS[self.kinds[0]][1]
            return several if self.count == "+" else f"{_NUMBERS[self.count]} {several}"
        words = [each for kind in self.kinds for each in choices_of(kind) or [WORDS[kind][0]]]
        return _listed(words, "or")

    def _value(self, text: str) -> Any:
        for kind in self.kinds:
            if text in choices_of(kind):
                return text
            if kind in WORDS and (text or kind is str):
                with suppress(ValueError):
                    return kind(text)
        raise ValueError(text)


def choices_of(kind: Any) -> tuple[str, ...]:
    """The words that a Literal takes; none of another type."""
    return get_args(kind) if get_origin(kind) is Literal else ()


def _listed(words: Sequence[str], conjunction: str) -> str:
    *most, last = words
    return f"{', '.join(most)} {conjunction} {last}" if most else last


def asks_for_help(arguments: Sequence[str]) -> bool:
    """Whether help is among the options."""
    return bool({"-h", "--help"} & {*itertools.takewhile(lambda each: each != "--", arguments)})


def parse(
    kind: type[Parsed],
    arguments: Sequence[str],
    *,
    prog: str,
    usual: Mapping[str, Any] = MappingProxyType({}),
) -> Parsed:
    """Read command-line arguments into a dataclass.

    Args:
        kind: The dataclass.
        arguments: What follows the command's name.
        prog: The command as the user types it.
        usual: Values that replace the fields' own defaults.

    Raises:
        ImpastoError: An argument is unknown, missing or of the wrong kind.
    """
    options = [*options_of(kind, usual)]
    end = arguments.index("--") if "--" in arguments else len(arguments)
    try:
        values = _read(options, arguments[:end], arguments[end + 1 :])
    except _MistakeError as mistake:
        raise ImpastoError(f"{mistake} (see {prog} --help)") from None
    return _built(kind, values, usual)


def options_of(kind: type[Any], usual: Mapping[str, Any], group: str = "") -> Iterator[Option]:
    """The options of a dataclass; those of nested dataclasses in groups."""
    hints = get_type_hints(kind)
    inherited = {name for base in kind.__mro__[1:] for name in getattr(base, _FIELDS, ())}
    for field in dataclasses.fields(kind):
        value = _usual(field, usual)
        if is_dataclass(value):
            yield from options_of(type(value), vars(value), field.name)
        else:
            own = f"{group} {kind.__name__}" if inherited and field.name not in inherited else group
            yield Option(kind, own, field, hints[field.name], value)


def _usual(field: Field[Any], usual: Mapping[str, Any]) -> Any:
    if field.name in usual:
        return usual[field.name]
    return field.default if field.default_factory is MISSING else field.default_factory()


def _read(
    options: Sequence[Option], arguments: Sequence[str], rest: Sequence[str]
) -> dict[str, Any]:
    parser = argparse.ArgumentParser(
        add_help=False,
        allow_abbrev=False,
        exit_on_error=False,
        argument_default=argparse.SUPPRESS,
    )
    named = {each.name: each for each in options}
    for each in options:
        if not each.argument:
            each.add_to(parser)
    try:
        found, others = parser.parse_known_args([*arguments])
    except argparse.ArgumentError as error:
        typed = (error.argument_name or "").partition("/")[0]
        wrong = next(each for each in options if typed in (each.typed, each.also))
        raise _MistakeError(f"{typed}: {_miscounted(wrong)}") from None
    for text in others:
        if re.match(r"--|-[A-Za-z]", text):
            raise _MistakeError(_unknown(text.partition("=")[0], options))
    values = {name: named[name].read(given) for name, given in vars(found).items()}
    left = [*others, *rest]
    for each in options:
        if each.argument:
            count = len(left) if each.count else 1
            own, left = left[:count], left[count:]
            if own:
                values[each.name] = each.read(own)
    missing = [
        each.typed for each in options if each.default is MISSING and each.name not in values
    ]
    if missing:
        verb = "are" if missing[1:] else "is"
        raise _MistakeError(f"{_listed(missing, 'and')} {verb} missing")
    if left:
        raise _MistakeError(f"{left[0]}: one argument too many")
    return values


def _miscounted(option: Option) -> str:
    if option.is_switch:
        return "takes no value"
    return f"expected {option.expected() if isinstance(option.count, int) else 'a value'}"


def _unknown(typed: str, options: Sequence[Option]) -> str:
    import difflib  # only for a mistake, as it takes a while

    for end, meant in MEANT.items():
        if typed.replace("_", "-").endswith(end):
            return f"no option {typed}: {meant}"
    known = [each.typed for each in options if not each.argument]
    near = difflib.get_close_matches(typed.replace("_", "-"), known, n=1)
    return f"no option {typed}" + (f": did you mean {near[0]}?" if near else "")


def _built(kind: type[Parsed], values: Mapping[str, Any], usual: Mapping[str, Any]) -> Parsed:
    own: dict[str, Any] = {}
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]
        value = _usual(field, usual)
        if is_dataclass(value):
            value = _built(type(value), values, vars(value))
        value = values.get(field.name, value)
        if value is not MISSING:
            own[field.name] = value
    return kind(**own)


def choices(
    kind: type[Any], usual: Mapping[str, Any] = MappingProxyType({})
) -> dict[str, tuple[str, ...]]:
    """The options of a command, each with its choices, if any."""
    return {
        each.typed: tuple(word for one in each.kinds for word in choices_of(one))
        for each in options_of(kind, usual)
        if not each.argument
    }
