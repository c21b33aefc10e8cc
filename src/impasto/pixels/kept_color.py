"""A photograph's colors kept in its stylized picture: arrays (H, W, 3), in place, in bands.

Two ways use a palette (``palette.py``); the third takes each pixel's color from the photograph and
only light and dark from the stylized picture. With numpy only, because trained networks run without
torch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from impasto.pixels.palette import (
    MAX_GAIN,
    bands,
    color_moments,
    covariance_matched,
    histogram_matched,
)

FloatArray = NDArray[np.float32]

LUMA: Final = np.array([0.299, 0.587, 0.114], np.float32)
"""Rec. 601, the Y of YIQ, of sRGB values, which are perceptually more even than linear light."""

PALETTES: Final[Mapping[str, Callable[..., None]]] = {
    "histogram": histogram_matched,
    "covariance": covariance_matched,
}
"""Ways of giving one picture the palette of another."""


def color_kept(
    result: FloatArray,
    photograph: FloatArray,
    how: str,
    strength: float = 1.0,
    alpha: FloatArray | None = None,
) -> None:
    """Keep the photograph's colors in a stylized picture, in place.

    Args:
        result: (H, W, 3), sRGB in [0, 1].
        photograph: In the same form.
        how: luminance, histogram or covariance; none changes nothing.
        strength: How far to go, from 0 to 1.
        alpha: (H, W), the photograph's opacity; only visible pixels count for its colors.
    """
    if how == "none" or strength == 0:
        return
    if how == "luminance":
        luminance_kept(result, photograph, strength)
    else:
        PALETTES[how](result, photograph, strength, alpha, alpha)


def luminance_kept(
    result: FloatArray,
    photograph: FloatArray,
    strength: float = 1.0,
    own: float | None = None,
) -> None:
    """Give a result the photograph's colors and keep its luma, in place.

    Gatys et al. 2016, "Preserving color in neural artistic style transfer", section 3.2: Y of the
    result, I and Q of the photograph. If the two give a color outside sRGB (a vivid red that became
    dark), clipping would change hue and luma; here the chroma is reduced until the color is in
    range.

    Args:
        result: (H, W, 3), sRGB in [0, 1].
        photograph: In the same form.
        strength: The share of the photograph's colors, from 0 to 1.
        own: Share of the result's chroma; by default the rest.
    """
    own = 1 - strength if own is None else own
    for rows in bands(len(result)):
        luma = (result[rows] @ LUMA)[..., None]
        chroma = np.float32(strength) * (photograph[rows] - (photograph[rows] @ LUMA)[..., None])
        if own:
            chroma += np.float32(own) * (result[rows] - luma)
        result[rows] = _within(luma, chroma)


def luminance_matched(
    style: FloatArray,
    photograph: FloatArray,
    strength: float = 1.0,
    part: FloatArray | None = None,
    alpha: FloatArray | None = None,
) -> None:
    """Prepare a style image for painting in luminance only, in place.

    Its luma gets the mean and deviation of the photograph's (Gatys et al. 2016, equation 12), so
    that a dark style does not darken a bright photograph, and its colors fade.

    Args:
        style: (H, W, 3), sRGB in [0, 1].
        photograph: In the same form, of any size.
        strength: How far to go, from 0 to 1; at 1 the style becomes gray.
        part: (H, W), how much each pixel of the style counts.
        alpha: (H, W), the photograph's opacity.
    """
    mean, deviation = _luma_moments(style, part)
    wanted, wide = _luma_moments(photograph, alpha)
    gain = min(wide / max(deviation, 1e-6), MAX_GAIN)
    for rows in bands(len(style)):
        luma = (style[rows] @ LUMA)[..., None]
        chroma = np.float32(1 - strength) * (style[rows] - luma)
        matched = np.clip((luma - mean) * gain + wanted, 0, 1)
        luma += np.float32(strength) * (matched.astype(np.float32) - luma)
        style[rows] = _within(luma, chroma)


def faded(pixels: FloatArray, strength: float = 1.0) -> None:
    """Fade colors to the gray of their luma, completely at strength 1, in place."""
    for rows in bands(len(pixels)):
        luma = (pixels[rows] @ LUMA)[..., None]
        pixels[rows] = np.clip(luma + np.float32(1 - strength) * (pixels[rows] - luma), 0, 1)


def _luma_moments(pixels: FloatArray, weights: FloatArray | None) -> tuple[float, float]:
    mean, covariance = color_moments(pixels, weights)
    variance = float(LUMA @ covariance @ LUMA)
    return float(LUMA @ mean), math.sqrt(max(0.0, variance))


def _within(luma: FloatArray, chroma: FloatArray) -> FloatArray:
    """Color with a luma, and with as much of the chroma as fits in sRGB."""
    return np.clip(luma + _saturation(luma, chroma) * chroma, 0, 1)


def _saturation(luma: FloatArray, chroma: FloatArray) -> FloatArray:
    """The largest factor up to 1 of chroma that keeps luma plus chroma within [0, 1]."""
    room = np.where(chroma > 0, 1 - luma, luma)
    least = np.float32(1e-6)  # without chroma any factor is valid
    factors: FloatArray = (room / np.maximum(np.abs(chroma), least)).min(-1, keepdims=True)
    return np.minimum(factors, 1)
