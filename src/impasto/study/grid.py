"""What a study varies, and the resulting paintings.

An axis is typed as ``NAME=VALUE,VALUE``; parts of one value (a list of layers) are joined by
``+``.
"""

from __future__ import annotations

import difflib
import functools
import hashlib
import itertools
import re
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Union

from impasto.errors import ImpastoError, OptionError
from impasto.options.presets import OPTIONS, with_changes
from impasto.options.shared import SharedOptions

if TYPE_CHECKING:
    from impasto.source import Inputs

NONE: Final = "none"
"""Typed for None or an empty list."""

_EXAMPLE: Final = "NAME=VALUE,VALUE as in content_weight=5,50,500"

_LONGEST: Final = 120
"""Longest folder name, in letters, that is not cut; file systems allow 255 bytes."""


@dataclass(frozen=True)
class Variant:
    """One value of an axis: its label, and the options that it sets."""

    label: str
    changes: Mapping[str, Any]


@dataclass(frozen=True)
class Axis:
    """One thing that is varied; ``name`` is usually that of an option."""

    name: str
    variants: tuple[Variant, ...]

    @property
    def title(self) -> str:
        """The name in words."""
        return self.name.replace("_", " ")

    @property
    def options(self) -> tuple[str, ...]:
        """The options that it sets, in order of first use."""
        return tuple(dict.fromkeys(name for each in self.variants for name in each.changes))


@dataclass(frozen=True)
class Cell:
    """One painting of a study.

    Attributes:
        name: The name of its folder.
        variants: One of each axis.
        options: The options it is painted with.
        inputs: Styles and masks.
    """

    name: str
    variants: tuple[Variant, ...]
    options: SharedOptions
    inputs: Inputs[Path]


@dataclass(frozen=True)
class Study:
    """One photograph, painted in every combination of what is varied.

    Attributes:
        title: Its title.
        content: The photograph.
        inputs: Styles and masks.
        base: The options of all paintings, apart from what is varied.
        axes: What is varied; the first changes slowest.

    Raises:
        ImpastoError: Nothing is varied.
        OptionError: An option or a value is repeated, or a combination cannot be painted.
    """

    title: str
    content: Path
    inputs: Inputs[Path]
    base: SharedOptions
    axes: tuple[Axis, ...]

    def __post_init__(self) -> None:
        check_axes(self.axes)
        self.cells  # noqa: B018 - so that an invalid combination is refused at once

    @functools.cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Every combination, in the order of the axes."""
        names = [axis.name for axis in self.axes]
        return tuple(
            Cell(folder_name(names, each), each, changed(self.base, each), self.inputs)
            for each in itertools.product(*(axis.variants for axis in self.axes))
        )


def check_axes(axes: Sequence[Axis]) -> None:
    """Raise an ImpastoError if nothing is varied, or an option or value is repeated."""
    if not axes:
        raise ImpastoError(
            "nothing to vary: give --vary NAME=VALUE,VALUE, or --study NAME "
            "(--study list names them)"
        )
    options = [name for axis in axes for name in axis.options]
    for name in options:
        if options.count(name) > 1:
            raise OptionError("vary", f"all values of {name} in one place", f"{name} twice")
    for axis in axes:
        labels = [each.label for each in axis.variants]
        for label in labels:
            if labels.count(label) > 1:
                raise OptionError("vary", f"different values of {axis.name}", f"{label} twice")


def changed(base: SharedOptions, variants: Sequence[Variant]) -> SharedOptions:
    """Options with the changes of variants; an OptionError if they do not go together."""
    changes: dict[str, Any] = {}
    for each in variants:
        changes |= each.changes
    options = with_changes(base, changes)
    if options.size == "max":
        raise OptionError("size", "pixels in a study, where all pictures are compared", "max")
    return options


def variants_text(axes: Sequence[Axis], variants: Sequence[Variant]) -> str:
    """A painting's values in words; with only one axis, its name is left out."""
    if len(axes) == 1:
        return variants[0].label
    pairs = zip(axes, variants, strict=True)
    return ", ".join(f"{axis.title} {each.label}" for axis, each in pairs)


def folder_name(axes: Sequence[str], variants: Sequence[Variant]) -> str:
    """A name for the folder of a painting: ``content_weight=5,content_layers=conv2_2``."""
    pairs = [f"{axis}={each.label}" for axis, each in zip(axes, variants, strict=True)]
    written = re.sub("[ :]", "-", ",".join(pairs))
    return plain_name(written)


def plain_name(text: str) -> str:
    """A text as a name that every file system takes, and still another one for another text."""
    name = re.sub(r"[^\w+.,=-]", "-", text, flags=re.ASCII)
    if name == text and len(name) <= _LONGEST:
        return name
    # Paths, non-ASCII letters and very long lists: still a unique name for each combination.
    digest = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{name[:_LONGEST].rstrip('.')},{digest}"


def axis_of(text: str) -> Axis:
    """The axis of a ``--vary`` text; its values are parsed, but not yet checked.

    Raises:
        OptionError: The text cannot be parsed, or there is no such option; the message names the
            nearest.
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
    return axis_over(option, [value_of(option, each) for each in texts])


def axis_over(option: str, values: Iterable[object]) -> Axis:
    """An axis of one option."""
    return Axis(option, tuple(Variant(value_text(each), {option: each}) for each in values))


def value_of(option: str, text: str) -> object:
    """A text as a value of an option; unchanged if no type fits: the options then refuse it."""
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
        kinds = {each.name: hints[each.name] for each in fields(options)} | kinds
    return kinds


def _readings(kind: Any) -> Iterator[Callable[[str], object]]:
    """The functions that read a text as a type, the narrowest first."""
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
