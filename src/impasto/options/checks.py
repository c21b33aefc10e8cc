"""Checks of option values. Each raises an :class:`OptionError` at the first wrong one."""

from __future__ import annotations

import functools
import math
import re
from typing import Any, ClassVar, Literal, Protocol, get_args, get_origin, get_type_hints

from impasto.errors import OptionError


class Dataclass(Protocol):
    """Any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


def check_whole(options: Dataclass, below: int = 2**63, **least: int) -> None:
    """Check that options are whole numbers, each at least as large as the bound for its name."""
    for name, lowest in least.items():
        if not is_whole(getattr(options, name), lowest, below):
            expected = f"a whole number of at least {lowest}"
            raise OptionError(name, expected, getattr(options, name))


def check_at_least(options: Dataclass, least: float, *names: str) -> None:
    """Check that options are finite numbers, none below ``least``."""
    for name in names:
        value = getattr(options, name)
        if not least <= number(value) < math.inf:
            raise OptionError(name, f"a number of at least {least:g}", value)


def check_within(options: Dataclass, **bounds: tuple[float, float]) -> None:
    """Check that options are numbers within two bounds."""
    for name, (low, high) in bounds.items():
        value = getattr(options, name)
        if not low <= number(value) <= high:
            raise OptionError(name, f"a number from {low:g} to {high:g}", value)


def check_choices(options: Dataclass) -> None:
    """Check that options annotated as a Literal or as bool have one of its values."""
    for name, allowed in _choices(type(options)).items():
        if getattr(options, name) not in allowed:
            raise OptionError(name, " or ".join(map(str, allowed)), getattr(options, name))


def check_layers(option: str, layers: tuple[str, ...], example: str = "conv4_2") -> None:
    """Check that an option names layers of VGG, by either name, none of them twice."""
    if not layers or isinstance(layers, str):
        raise OptionError(option, "at least one layer, in a tuple", layers)
    for layer in layers:
        if not re.fullmatch(r"(conv|relu)[1-5]_[1-4]", str(layer)):
            examples = f"{example} or {example.replace('conv', 'relu')}"
            raise OptionError(option, f"layers such as {examples}", layer)
    if len({layer[-3:] for layer in layers}) < len(layers):
        raise OptionError(option, "every layer once", layers)


def check_layer_weights(weights: tuple[float, ...], layers: tuple[str, ...]) -> None:
    """Check that ``style_layer_weights`` is empty or has one weight for each style layer."""
    if weights and len(weights) != len(layers):
        expected = f"one weight for each of the {len(layers)} style layers"
        raise OptionError("style_layer_weights", expected, weights)
    check_shares("style_layer_weights", weights)


def check_shares(option: str, weights: tuple[float, ...]) -> None:
    """Check that an option is empty or has weights of 0 or more, one of them above 0."""
    shares = isinstance(weights, tuple) and all(number(each) >= 0 for each in weights)
    if not shares or (weights and not 0 < sum(weights) < math.inf):
        raise OptionError(option, "weights of 0 or more, one above 0", weights)


def check_any_weight(options: Dataclass, *names: str) -> None:
    """Check that at least one of the weights is not 0."""
    if not any(getattr(options, name) for name in names):
        raise OptionError(", ".join(names), "at least one above 0", 0)


def check_shape(option: str, sides: tuple[int, int] | None) -> None:
    """Check that an option is a width and a height, or None."""
    if sides is None:
        return
    pair = isinstance(sides, tuple) and len(sides) == 2
    if not (pair and all(is_whole(side, 1) for side in sides)):
        raise OptionError(option, "a width and a height of at least 1", sides)


def check_zoom(option: str, zoom: tuple[float, float]) -> None:
    """Check the range of zoom of the crops."""
    pair = isinstance(zoom, tuple) and len(zoom) == 2
    if not (pair and 1 <= number(zoom[0]) <= number(zoom[1]) < math.inf):
        raise OptionError(option, "two increasing numbers from 1", zoom)


def number(value: object) -> float:
    """The value; or NaN, which fails every comparison, if it is not a number."""
    return value if isinstance(value, (int, float)) else math.nan


def is_whole(value: object, least: int, below: int = 2**63) -> bool:
    """Whether the value is a whole number within these bounds."""
    return isinstance(value, int) and least <= value < below


@functools.cache
def _choices(kind: type[Dataclass]) -> dict[str, tuple[Any, ...]]:
    found = {}
    for name, hint in get_type_hints(kind).items():
        if get_origin(hint) is Literal:
            found[name] = get_args(hint)
        elif hint is bool:
            found[name] = (False, True)
    return found
