"""Well-formed arguments read without tyro, for commands that finish sooner than tyro is imported.

The dataclass stays the one place where options are defined. What is not understood here, help and
mistakes above all, is left to tyro, which has the better words for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import Field, fields, is_dataclass
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

from impasto.options.shared import KeepColor

_KEEP_COLOR: Final = get_args(KeepColor)

Parsed = TypeVar("Parsed")

_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "str": str,
    "int": int,
    "int | None": int,
    "float": float,
    "Path": Path,
    "Path | None": Path,
    "tuple[str, ...]": str,
    "KeepColor": lambda text: _KEEP_COLOR[_KEEP_COLOR.index(text)],
}
"""How a value is read, by the annotation of its field."""

_REPEATED: Final = ("tuple[str, ...]",)
"""Annotations of options that may be given again, each time with one value more."""

_SHORT: Final = {"-o": "--output"}


def quick(kind: type[Parsed], arguments: Sequence[str], positional: str) -> Parsed | None:
    """Read arguments into a dataclass, or give None where that is not plain.

    Args:
        kind: A dataclass whose every field has a default; a field that is a dataclass itself
            gives its own fields as options.
        arguments: What follows the command's name.
        positional: The field, a tuple of paths, that takes what is no option.

    Raises:
        ImpastoError: The dataclass refuses a value.
    """
    options = {f"--{each.name.replace('_', '-')}": each for each in _leaves(kind)}
    values: dict[str, Any] = {}
    rest: list[Path] = []
    given = iter(arguments)
    for argument in given:
        if not argument:  # no name of a file
            return None
        if argument == "-" or not argument.startswith("-"):
            rest.append(Path(argument))
            continue
        name, equals, text = argument.partition("=")
        field = options.get(_SHORT.get(name, name))
        if field is None or field.name == positional:
            return None
        if field.name in values and str(field.type) not in _REPEATED:
            return None
        if field.type == "bool" and not equals:
            values[field.name] = True
            continue
        value = _read(field, text if equals else next(given, ""))
        if value is None:
            return None
        repeated = str(field.type) in _REPEATED
        values[field.name] = (*values.get(field.name, ()), value) if repeated else value
    return _built(kind, {**values, positional: tuple(rest)})


def _read(field: Field[Any], text: str) -> Any:
    reader = _READERS.get(str(field.type))
    # What begins with a dash is more likely the next option after a forgotten value.
    if reader is None or not text or (text.startswith("-") and text != "-"):
        return None
    try:
        return reader(text)
    except ValueError:
        return None


def _leaves(kind: type[Any]) -> Iterator[Field[Any]]:
    for field in fields(kind):
        if is_dataclass(inner := field.default):
            yield from _leaves(type(inner))
        else:
            yield field


def _built(kind: type[Parsed], values: Mapping[str, Any]) -> Parsed:
    own: dict[str, Any] = {}
    for field in fields(kind):  # type: ignore[arg-type]
        if is_dataclass(inner := field.default):
            own[field.name] = _built(type(inner), values)
        elif field.name in values:
            own[field.name] = values[field.name]
    return kind(**own)
