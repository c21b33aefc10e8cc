"""Which values the options of a painting may have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from impasto.errors import OptionError
from impasto.option_values import (
    check_at_least,
    check_choices,
    check_layer_weights,
    check_layers,
    check_shape,
    check_shares,
    check_whole,
    number,
)

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
    check_choices(options, _CHOICES)
    check_layers("content_layers", options.content_layers)
    check_layers("style_layers", options.style_layers)
    check_layer_weights(options.style_layer_weights, options.style_layers)
    check_shares("style_weights", options.style_weights)


def _check_numbers(options: PaintOptions) -> None:
    check_whole(options, _WHOLE_AT_LEAST)
    check_at_least(options, _AT_LEAST)
    if not options.content_weight and not options.style_weight:
        raise OptionError("content_weight, style_weight", "at least one above 0", 0)
    for name in _SHARES:
        if not 0 <= number(getattr(options, name)) <= 1:
            raise OptionError(name, "a number from 0 to 1", getattr(options, name))
    if options.learning_rate is not None and not 1e-6 <= number(options.learning_rate) <= 1000:
        raise OptionError("learning_rate", "a number from 0.000001 to 1000", options.learning_rate)


def _check_sizes(options: PaintOptions) -> None:
    if options.size != LARGEST and not _is_whole(options.size, 0):
        raise OptionError("size", f"a whole number of at least 0, or {LARGEST}", options.size)
    if options.size == LARGEST and options.crop_fit is not None:
        raise OptionError("size", "none beside crop_fit, which is the size", options.size)
    check_shape("crop_fit", options.crop_fit)
    if options.tile not in (None, 0) and not _is_whole(options.tile, LEAST_TILE):
        raise OptionError("tile", f"0, or pixels from {LEAST_TILE}", options.tile)


def _is_whole(value: object, least: int) -> bool:
    return isinstance(value, int) and least <= value < 2**63
