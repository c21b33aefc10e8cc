"""The photograph's colors under the result's light and dark."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from impasto.runtime.strength import bands

FloatArray = NDArray[np.float32]

LUMA: Final = np.array([0.299, 0.587, 0.114], np.float32)
"""Rec. 601, the Y of YIQ, of sRGB values as they are."""


def color_kept(result: FloatArray, photograph: FloatArray) -> None:
    """Give a result the photograph's colors and keep its luma, in place.

    Gatys et al. 2016, "Preserving color in neural artistic style transfer", section 3.2: Y of the
    result, I and Q of the photograph. Where the two make no color of sRGB (a vivid red that became
    dark) theirs would be clipped, which changes hue and luma both; here the color is drawn towards
    the gray of its luma just until it is one.

    Args:
        result: (H, W, 3), sRGB in [0, 1].
        photograph: Likewise.
    """
    for rows in bands(len(result)):
        luma = (result[rows] @ LUMA)[..., None]
        chroma = photograph[rows] - (photograph[rows] @ LUMA)[..., None]
        result[rows] = np.clip(luma + _saturation(luma, chroma) * chroma, 0, 1)


def _saturation(luma: FloatArray, chroma: FloatArray) -> FloatArray:
    """The largest factor up to 1 by which chroma may be added to luma within [0, 1]."""
    room = np.where(chroma > 0, 1 - luma, luma)
    least = np.float32(1e-6)  # of no chroma every factor is right
    factors: FloatArray = (room / np.maximum(np.abs(chroma), least)).min(-1, keepdims=True)
    return np.minimum(factors, 1)
