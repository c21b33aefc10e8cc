"""Masks that follow the edges of a photograph."""

from __future__ import annotations

from typing import Final

import numpy as np

from impasto.image.light import FloatArray
from impasto.image.picture import resampled

SIDE: Final = 512
"""Longer side at which edges are searched, also for larger pictures."""

RADIUS: Final = 6  # radius of the window, at that size, in which mask and colors are compared

SMOOTH: Final = 1e-4
"""Variance of colors, over [0, 1], below which a neighborhood has no edge to follow."""


def on_edges(levels: FloatArray, pixels: FloatArray) -> FloatArray:
    """Align the edges of a mask with those of a photograph.

    He, Sun and Tang 2013, "Guided image filtering": around each pixel the mask is approximated by a
    linear function of the photograph's color. The functions are found at a smaller size, and used
    at the photograph's own (He and Sun 2015, "Fast guided filter").

    Args:
        levels: (h, w) in [0, 1], of any size.
        pixels: The photograph, (H, W, 3) sRGB in [0, 1].

    Returns:
        (H, W) in [0, 1].
    """
    import cv2

    height, width = pixels.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.float32)
    slopes, shift = _functions(resampled(levels, *size), small)
    found = _enlarged(shift, width, height)
    for channel in range(3):  # one by one, to avoid a copy of a large photograph
        found += _enlarged(slopes[..., channel], width, height) * pixels[..., channel]
    return np.clip(found, 0, 1, out=found)


def _functions(levels: FloatArray, pixels: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Slopes (H, W, 3) and shift (H, W) of each pixel's linear function, equations 14 to 16."""
    mean, means = _blurred(levels), _blurred(pixels)
    together = _blurred(pixels * levels[..., None]) - means * mean[..., None]
    spread = np.empty((*levels.shape, 3, 3), np.float32)
    for row in range(3):
        for column in range(row, 3):
            product = _blurred(pixels[..., row] * pixels[..., column])
            product -= means[..., row] * means[..., column]
            spread[..., row, column] = spread[..., column, row] = product
    spread += SMOOTH * np.eye(3, dtype=np.float32)
    slopes = np.asarray(np.linalg.solve(spread, together[..., None])[..., 0], np.float32)
    return _blurred(slopes), _blurred(mean - (slopes * means).sum(-1))


def _enlarged(plane: FloatArray, width: int, height: int) -> FloatArray:
    import cv2

    sides = (width, height)
    return np.asarray(cv2.resize(plane, sides, interpolation=cv2.INTER_LINEAR), np.float32)


def _blurred(values: FloatArray) -> FloatArray:
    import cv2

    side = 2 * RADIUS + 1
    return np.asarray(cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT), np.float32)
