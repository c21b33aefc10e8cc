"""The text ``NAME=VALUE,VALUE`` as an option of painting and its values.

Values of one option are parted by commas, the parts of one value (a list of layers) by ``+``.
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import types
import typing
from collections.abc import Callable, Iterator
from typing import Any, Final, Literal, Union

from impasto.errors import OptionError
from impasto.options.presets import OPTIONS
from impasto.study.grid import Axis, Variant

NONE: Final = "none"
"""No value, or none in a list."""

_EXAMPLE: Final = "NAME=VALUE,VALUE as in content_weight=5,50,500"


def axis_of(text: str) -> Axis:
    """What a ``--vary`` asks for; the values are read, but not yet checked.

    Raises:
        OptionError: It is no such text, or there is no such option; the message names the nearest.
    """
    name, equals, values = text.partition("=")
    option = name.strip().removeprefix("--").replace("-", "_")
    known = _kinds()
    if option not in known:
        near = difflib.get_close_matches(option, known, n=1)
        hint = f"an option of paint, did you mean {near[0]}?" if near else "an option of paint"
        raise OptionError("vary", f"{_EXAMPLE} ({hint})", text)
    texts = [each.strip() for each in values.split(",")]
    if not equals or not all(texts):
        raise OptionError("vary", _EXAMPLE, text)
    found = [value_of(option, each) for each in texts]
    return Axis(option, tuple(Variant(value_text(each), {option: each}) for each in found))


def value_of(option: str, text: str) -> object:
    """A text as a value of an option.

    What none of the option's types can be read from stays a text: the options themselves tell
    then what they expected.
    """
    for read in _readings(_kinds()[option]):
        try:
            return read(text)
        except ValueError:
            continue
    return text


def value_text(value: object) -> str:
    """A value as it is typed: 5 for 5.0, conv1_1+conv2_1 for a tuple."""
    if isinstance(value, tuple):
        return "+".join(map(value_text, value)) or NONE
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value)


@functools.cache
def _kinds() -> dict[str, Any]:
    kinds: dict[str, Any] = {}
    for options in OPTIONS.values():
        hints = typing.get_type_hints(options)
        kinds = {each.name: hints[each.name] for each in dataclasses.fields(options)} | kinds
    return kinds


def _readings(kind: Any) -> Iterator[Callable[[str], object]]:
    """The ways to read a text that a type allows, the narrowest first."""
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin in (Union, types.UnionType):
        for part in sorted(parts, key=lambda each: each is not types.NoneType):
            yield from _readings(part)
    elif origin is Literal:
        yield functools.partial(_among, {str(each): each for each in parts})
    elif origin is tuple:
        yield functools.partial(_tuple, parts[0])
    elif kind is types.NoneType:
        yield functools.partial(_among, {NONE: None})
    elif kind is bool:
        yield functools.partial(_among, {"true": True, "false": False})
    else:
        yield kind


def _among(values: dict[str, Any], text: str) -> object:
    if text not in values:
        raise ValueError(text)
    return values[text]


def _tuple(kind: Any, text: str) -> tuple[object, ...]:
    if text == NONE:
        return ()
    return tuple(_part(kind, each) for each in text.split("+"))


def _part(kind: Any, text: str) -> object:
    try:
        return kind(text)
    except ValueError:
        return text
