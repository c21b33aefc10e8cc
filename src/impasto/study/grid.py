"""What a study varies, and the paintings of it.

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
"""No value, or none in a list."""

_EXAMPLE: Final = "NAME=VALUE,VALUE as in content_weight=5,50,500"

_LONGEST: Final = 120
"""Letters in the name of a folder before it is cut; file systems end at 255 bytes."""


@dataclass(frozen=True)
class Variant:
    """One value of what is varied: how it is written, and the options that it sets."""

    label: str
    changes: Mapping[str, Any]


@dataclass(frozen=True)
class Axis:
    """One thing that is varied; for most, ``name`` is that of the option."""

    name: str
    variants: tuple[Variant, ...]

    @property
    def title(self) -> str:
        """The name in words."""
        return self.name.replace("_", " ")

    @property
    def options(self) -> tuple[str, ...]:
        """The options that are set by it, in the order in which they come up."""
        return tuple(dict.fromkeys(name for each in self.variants for name in each.changes))


@dataclass(frozen=True)
class Cell:
    """One painting of a study.

    Attributes:
        name: Of its folder.
        variants: By which it differs from the others, one of each axis.
        options: With which it is painted.
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
        title: What it is called.
        content: The photograph.
        inputs: Styles and masks.
        base: The options that all paintings share, but for what is varied.
        axes: What is varied; the first changes slowest.

    Raises:
        ImpastoError: Nothing is varied.
        OptionError: An option or a value comes twice, or a combination cannot be painted.
    """

    title: str
    content: Path
    inputs: Inputs[Path]
    base: SharedOptions
    axes: tuple[Axis, ...]

    def __post_init__(self) -> None:
        check_axes(self.axes)
        self.cells  # noqa: B018 - so that a combination that cannot be is refused at once

    @functools.cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Every combination, in the order of the axes."""
        names = [axis.name for axis in self.axes]
        return tuple(
            Cell(folder_name(names, each), each, changed(self.base, each), self.inputs)
            for each in itertools.product(*(axis.variants for axis in self.axes))
        )


def check_axes(axes: Sequence[Axis]) -> None:
    """Refuse to vary nothing, an option twice, or one value twice.

    Raises:
        ImpastoError: There are no axes.
        OptionError: Something comes twice.
    """
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
    """Options with the changes of variants on top.

    Raises:
        OptionError: They cannot be had together, or are beyond what a study compares.
    """
    changes: dict[str, Any] = {}
    for each in variants:
        changes |= each.changes
    options = with_changes(base, changes)
    if options.size == "max":
        raise OptionError("size", "pixels in a study, where all pictures are compared", "max")
    return options


def variants_text(axes: Sequence[Axis], variants: Sequence[Variant]) -> str:
    """What a painting is, in words; where one thing varies its name stands elsewhere."""
    if len(axes) == 1:
        return variants[0].label
    pairs = zip(axes, variants, strict=True)
    return ", ".join(f"{axis.title} {each.label}" for axis, each in pairs)


def folder_name(axes: Sequence[str], variants: Sequence[Variant]) -> str:
    """A name for the folder of a painting: ``content_weight=5,content_layers=conv2_2``."""
    pairs = [f"{axis}={each.label}" for axis, each in zip(axes, variants, strict=True)]
    written = re.sub("[ :]", "-", ",".join(pairs))
    name = re.sub(r"[^\w+.,=-]", "-", written, flags=re.ASCII)
    if name == written and len(name) <= _LONGEST:
        return name
    # Paths, foreign letters and very long lists: still one name for one combination.
    digest = hashlib.sha256(written.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{name[:_LONGEST].rstrip('.')},{digest}"


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
    return axis_over(option, [value_of(option, each) for each in texts])


def axis_over(option: str, values: Iterable[object]) -> Axis:
    """An axis of one option."""
    return Axis(option, tuple(Variant(value_text(each), {option: each}) for each in values))


def value_of(option: str, text: str) -> object:
    """A text as a value of an option.

    A text that none of the option's types can be read from stays a text; the options then say what
    they expected.
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
        kinds = {each.name: hints[each.name] for each in fields(options)} | kinds
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
