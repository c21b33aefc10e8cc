"""What the options of all methods have in common: checks of their values, and plain values."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, Protocol, TypeVar

from impasto.errors import OptionError
from impasto.shapes import FieldError, check_type

LEAST_FRAME: Final = 16
"""Pixels of the shorter side of a film that can be painted."""


class Dataclass(Protocol):
    """Any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


class Part(Protocol):
    """What says which part of a film is meant."""

    @property
    def start(self) -> float:
        """Seconds from the beginning."""

    @property
    def end(self) -> float | None:
        """Second at which to end; None is the film's end."""

    @property
    def fps(self) -> float | None:
        """Frames a second; None is those of the film."""

    @property
    def size(self) -> int:
        """Longer side in pixels; 0 is as the film."""


Options = TypeVar("Options", bound=Dataclass)


def plain_values(options: Dataclass) -> dict[str, Any]:
    """Values by option name for checkpoints, manifests and logs; tuples become lists."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in dataclasses.asdict(options).items()
    }


def from_plain_values(options: type[Options], values: Mapping[str, Any], whose: str) -> Options:
    """The options that :func:`plain_values` told of; lists become tuples again.

    Args:
        options: Their class.
        values: By option name.
        whose: Whose options they are, for the error.

    Raises:
        OptionError: A name that is no option, or a value it cannot have.
    """
    known = {each.name for each in dataclasses.fields(options)}
    for name in values:
        if name not in known:
            raise OptionError(str(name), f"an option of {whose}", values[name])
    try:
        check_type(values, options)
    except FieldError as fault:
        name = fault.field.partition(".")[0]
        raise OptionError(name, fault.expected or fault.reason, values.get(name)) from None
    return options(
        **{
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
        }
    )


def check_whole(options: object, least: Mapping[str, int], below: int = 2**63) -> None:
    """See that options are whole numbers.

    Args:
        options: Whose attributes they are.
        least: The smallest value by option name.
        below: What all of them must stay below.

    Raises:
        OptionError: The first that is not.
    """
    for name, lowest in least.items():
        value = getattr(options, name)
        if not isinstance(value, int) or not lowest <= value < below:
            raise OptionError(name, f"a whole number of at least {lowest}", value)


def check_at_least(options: object, least: Mapping[str, float]) -> None:
    """See that options are finite numbers, none less than ``least`` says by its name.

    Raises:
        OptionError: The first that is not.
    """
    for name, low in least.items():
        value = getattr(options, name)
        if not low <= number(value) < math.inf:
            raise OptionError(name, f"a number of at least {low:g}", value)


def check_choices(options: object, choices: Mapping[str, Sequence[object]]) -> None:
    """See that options are among the values listed by their names.

    Raises:
        OptionError: The first that is not.
    """
    for name, allowed in choices.items():
        if getattr(options, name) not in allowed:
            raise OptionError(name, " or ".join(map(str, allowed)), getattr(options, name))


def check_layers(option: str, layers: tuple[str, ...], example: str = "conv4_2") -> None:
    """See that an option names layers of VGG, by either name, none of them twice.

    Raises:
        OptionError: It does not.
    """
    if not layers or isinstance(layers, str):
        raise OptionError(option, "at least one layer, in a tuple", layers)
    for layer in layers:
        if not re.fullmatch(r"(conv|relu)[1-5]_[1-4]", str(layer)):
            examples = f"{example} or {example.replace('conv', 'relu')}"
            raise OptionError(option, f"layers such as {examples}", layer)
    if len({layer[-3:] for layer in layers}) < len(layers):
        raise OptionError(option, "every layer once", layers)


def check_layer_weights(weights: tuple[float, ...], layers: tuple[str, ...]) -> None:
    """See that ``style_layer_weights`` are none, or shares of a whole, one a style layer.

    Raises:
        OptionError: They are not.
    """
    if weights and len(weights) != len(layers):
        expected = f"one weight for each of the {len(layers)} style layers"
        raise OptionError("style_layer_weights", expected, weights)
    check_shares("style_layer_weights", weights)


def check_shares(option: str, weights: tuple[float, ...]) -> None:
    """See that an option holds no weights, or shares of a whole.

    Raises:
        OptionError: It does not.
    """
    shares = isinstance(weights, tuple) and all(number(each) >= 0 for each in weights)
    if not shares or (weights and not 0 < sum(weights) < math.inf):
        raise OptionError(option, "weights of 0 or more, one above 0", weights)


def check_shape(option: str, sides: tuple[int, int] | None) -> None:
    """See that an option is a width and a height, or None.

    Raises:
        OptionError: It is not.
    """
    if sides is None:
        return
    pair = isinstance(sides, tuple) and len(sides) == 2
    if not (pair and all(isinstance(side, int) and 1 <= side < 2**63 for side in sides)):
        raise OptionError(option, "a width and a height of at least 1", sides)


def check_zoom(name: str, zoom: tuple[float, float]) -> None:
    """See that crops can be zoomed so.

    Raises:
        OptionError: They cannot.
    """
    pair = isinstance(zoom, tuple) and len(zoom) == 2
    if not (pair and 1 <= number(zoom[0]) <= number(zoom[1]) < math.inf):
        raise OptionError(name, "two rising numbers from 1 on", zoom)


def check_part(options: Part) -> None:
    """See that options choose a part of a film that makes sense, at a size that can be painted.

    Args:
        options: ``start`` and ``end`` in seconds, ``fps`` and ``size``.

    Raises:
        OptionError: They do not.
    """
    if not 0 <= number(options.start) < math.inf:
        raise OptionError("start", "seconds from 0", options.start)
    if options.end is not None and not options.start < number(options.end) < math.inf:
        raise OptionError("end", f"seconds behind --start, {options.start:g}", options.end)
    if options.fps is not None and not 0.01 <= number(options.fps) <= 1000:
        raise OptionError("fps", "frames a second from 0.01 to 1000", options.fps)
    if options.size != 0 and options.size < LEAST_FRAME:
        raise OptionError("size", f"0 (as the film) or pixels from {LEAST_FRAME}", options.size)


def number(value: object) -> float:
    """The value, or NaN, which no comparison lets through, when it is no number."""
    return value if isinstance(value, (int, float)) else math.nan
