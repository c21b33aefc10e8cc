"""The options of a painting as the page and programs ask for them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any, Final

from impasto.errors import OptionError
from impasto.options.gatys import GatysOptions
from impasto.options.presets import preset
from impasto.studio.looks import Look
from impasto.studio.room import Limits

# What the page calls the presets it offers.
QUALITIES: Final[Mapping[str, str]] = {"Sketch": "quick", "Painting": "default", "Fine": "fine"}
COLORS: Final[Mapping[str, str]] = {
    "The style's": "none",
    "The photo's": "luminance",
    "The photo's palette": "covariance",
}
"""What the page calls the ways to keep colors."""

STRENGTH: Final = (0.0, 2.0)
FACES: Final = (0.0, 1.0)
STROKES: Final = (0.5, 2.0)  # stroke sizes: the style image's longer side relative to the result's


def options_of(
    asked: Mapping[str, Any], styles: int, limits: Limits, look: Look | None = None
) -> GatysOptions:
    """The options of a painting, which begins from a look where there is one.

    What is asked for goes before what the look has. A look without pictures, as those that networks
    learned have none, is the first image and the style; smaller it would lose its strokes.
    ``asked`` has any of ``preset``, ``size``, ``steps``, ``strength``, ``strokes``, ``colors``,
    ``style_weights`` (one for each of the styles), ``faces`` and ``seed``.

    Raises:
        OptionError: A value is out of range.
    """
    changes: dict[str, Any] = {}
    if look is not None:
        asked = {**look.asked, **asked}
        changes = {"init": "instant"} if look.is_drawn else {"init": "style", "coarsest": 0}
    name = str(asked.get("preset") or "default")
    for key in ("size", "steps", "seed"):
        if (value := asked.get(key)) is not None:
            try:
                changes[key] = int(value)
            except (TypeError, ValueError, OverflowError):
                raise OptionError(key, "a whole number", value) from None
    if asked.get("faces") is not None:
        changes["faces"] = _within("faces", asked["faces"], FACES)
    size = changes.get("size", preset(name).size)
    if not isinstance(size, int) or not 32 <= size <= limits.side:
        raise OptionError("size", f"pixels from 32 to {limits.side}", size)
    if changes.get("steps", 1) > 2000:
        raise OptionError("steps", "at most 2000", changes["steps"])
    begun = preset(name, **changes)
    if begun.crop_fit is not None:
        raise OptionError("preset", f"one of {', '.join(QUALITIES.values())}", name)
    return changed_options(begun, asked, styles)


def ordered_options(order: Mapping[str, Any]) -> GatysOptions:
    """The options that an order holds.

    Raises:
        OptionError: They are invalid, or of another method.
    """
    options = GatysOptions.from_json(order["options"])
    if not isinstance(options, GatysOptions):
        raise OptionError("method", "gatys, which the studio paints by", options.method)
    return options


def changed_options(options: GatysOptions, asked: Mapping[str, Any], styles: int) -> GatysOptions:
    """Options with changes that are possible while painting.

    ``asked`` has any of ``strength``, ``strokes``, ``colors`` and ``style_weights`` (one for each
    of the styles).

    Raises:
        OptionError: A value is out of range.
    """
    values: dict[str, Any] = {}
    if asked.get("strength") is not None:
        values["strength"] = _within("strength", asked["strength"], STRENGTH)
    if asked.get("strokes") is not None:
        values["style_scale"] = round(_within("strokes", asked["strokes"], STROKES), 3)
    if asked.get("colors") is not None:
        values["keep_color"] = asked["colors"]
    if asked.get("style_weights") is not None:
        values["style_weights"] = _weights(asked["style_weights"], styles)
    return dataclasses.replace(options, **values)


def strength_of(order: Mapping[str, Any]) -> float:
    """The strength of a painting; earlier versions wrote it as a weight of the style."""
    options = ordered_options(order)
    usual = preset(str(order["preset"])).style_weight
    return round(options.strength * math.cbrt(options.style_weight / usual), 2)


def _weights(given: Any, styles: int) -> tuple[float, ...]:
    try:
        weights = tuple(float(each) for each in given)[:styles]
    except (TypeError, ValueError):
        raise OptionError("style_weights", "a list of numbers", given) from None
    if len(weights) < styles:
        raise OptionError("style_weights", f"one for each of the {styles} styles", weights)
    return weights if styles > 1 else ()


def _within(name: str, value: Any, bounds: tuple[float, float]) -> float:
    low, high = bounds
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not low <= number <= high:
        raise OptionError(name, f"a number from {low:g} to {high:g}", value)
    return number
