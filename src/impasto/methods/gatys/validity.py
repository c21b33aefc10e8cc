"""Which values the options of a painting may have."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from impasto.errors import OptionError

if TYPE_CHECKING:
    from impasto.methods.gatys.options import PaintOptions

LARGEST: Final = "max"
"""The size that stands for the largest there is memory for."""

LEAST_TILE: Final = 128
"""Smaller pieces would be little more than what they overlap by."""

_WHOLE_AT_LEAST: Final[Mapping[str, int]] = {
    "steps": 1,
    "coarsest": 0,
    "history": 1,
    "seed": 0,
    "style_size": 0,
}

_AT_LEAST: Final[Mapping[str, float]] = {
    "detail": 0,
    "style_scale": 0.05,
    "content_weight": 0,
    "style_weight": 0,
    "total_variation_weight": 0,
    "pixel_weight": 0,
    "feather": 0,
}

_SHARES: Final = ("noise_ratio", "color_strength")

_CHOICES: Final[Mapping[str, tuple[object, ...]]] = {
    "method": ("gatys", "nearest"),
    "pooling": ("average", "max"),
    "content_form": ("relative", "half-sum", "quarter-mean"),
    "style_form": ("relative", "paper"),
    "optimizer": ("lbfgs", "adam"),
    "precision": ("auto", "bf16", "fp32"),
    "style_loss": ("gram", "mean-variance", "wasserstein", "sliced", "histogram"),
    "keep_color": ("none", "luminance", "histogram", "covariance"),
    "color_stage": ("before", "after"),
    "invert_masks": (False, True),
}


def check(options: PaintOptions) -> None:
    """Refuse values that an option cannot have.

    Raises:
        OptionError: The first of them, with what was expected.
    """
    _check_numbers(options)
    _check_sizes(options)
    for name, choices in _CHOICES.items():
        if getattr(options, name) not in choices:
            raise OptionError(name, " or ".join(map(str, choices)), getattr(options, name))
    _check_layers(options)
    _check_weights(options)


def _check_numbers(options: PaintOptions) -> None:
    for name, least in _WHOLE_AT_LEAST.items():
        if not _is_whole(getattr(options, name), least):
            raise OptionError(name, f"a whole number of at least {least}", getattr(options, name))
    for name, low in _AT_LEAST.items():
        if not low <= _number(getattr(options, name)) < math.inf:
            raise OptionError(name, f"a number of at least {low:g}", getattr(options, name))
    if not options.content_weight and not options.style_weight:
        raise OptionError("content_weight, style_weight", "at least one above 0", 0)
    for name in _SHARES:
        if not 0 <= _number(getattr(options, name)) <= 1:
            raise OptionError(name, "a number from 0 to 1", getattr(options, name))
    if options.learning_rate is not None and not 0 < _number(options.learning_rate) < math.inf:
        raise OptionError("learning_rate", "a number above 0", options.learning_rate)


def _check_sizes(options: PaintOptions) -> None:
    if options.size != LARGEST and not _is_whole(options.size, 0):
        raise OptionError("size", f"a whole number of at least 0, or {LARGEST}", options.size)
    if options.size == LARGEST and options.crop_fit is not None:
        raise OptionError("size", "none beside crop_fit, which is the size", options.size)
    if options.crop_fit is not None and not _is_shape(options.crop_fit):
        raise OptionError("crop_fit", "a width and a height of at least 1", options.crop_fit)
    if options.tile not in (None, 0) and not _is_whole(options.tile, LEAST_TILE):
        raise OptionError("tile", f"0, or pixels from {LEAST_TILE}", options.tile)


def _check_layers(options: PaintOptions) -> None:
    for option in ("content_layers", "style_layers"):
        layers = getattr(options, option)
        if not layers or isinstance(layers, str):
            raise OptionError(option, "at least one layer, in a tuple", layers)
        for layer in layers:
            if not _is_layer(layer):
                raise OptionError(option, "layers such as conv4_2 or relu4_2", layer)
        if len({layer[-3:] for layer in layers}) < len(layers):
            raise OptionError(option, "every layer once", layers)


def _check_weights(options: PaintOptions) -> None:
    weights = options.style_layer_weights
    if weights and len(weights) != len(options.style_layers):
        expected = f"one weight for each of the {len(options.style_layers)} style layers"
        raise OptionError("style_layer_weights", expected, weights)
    for name in ("style_layer_weights", "style_weights"):
        weights = getattr(options, name)
        if not _are_weights(weights):
            raise OptionError(name, "weights of 0 or more, one above 0", weights)


def _are_weights(weights: object) -> bool:
    """Whether they are none, or shares of a whole."""
    if not isinstance(weights, tuple):
        return False
    if not all(_number(each) >= 0 for each in weights):
        return False
    return not weights or 0 < sum(weights) < math.inf


def _number(value: object) -> float:
    """The value, or NaN, which no comparison lets through, when it is no number."""
    return value if isinstance(value, (int, float)) else math.nan


def _is_whole(value: object, least: int) -> bool:
    return isinstance(value, int) and least <= value < 2**63


def _is_shape(sides: object) -> bool:
    if not isinstance(sides, tuple) or len(sides) != 2:
        return False
    return all(_is_whole(side, 1) for side in sides)


def _is_layer(name: str) -> bool:
    return re.fullmatch(r"(conv|relu)[1-5]_[1-4]", name) is not None
