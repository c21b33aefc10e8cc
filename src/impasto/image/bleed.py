"""Color for pixels that nobody can see."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]


def bled(pixels: FloatArray, alpha: FloatArray) -> FloatArray:
    """Fill fully transparent pixels with the color of the visible ones around them.

    A file may hold anything where alpha is 0: black from one program, the remains of an erased
    background from another. A network sees those pixels, and their colors and edges would leak
    into the visible part of the result and into the style's statistics. So they are replaced by a
    smooth continuation of what is visible. Where everything is transparent, mid gray is given.

    The filling is push-pull interpolation (Gortler et al. 1996, "The Lumigraph", section 3.4.2):
    averages weighted by alpha are halved in size until no hole is left, then each level fills its
    holes from the one below.

    Args:
        pixels: (H, W, 3) in [0, 1].
        alpha: (H, W) in [0, 1].

    Returns:
        (H, W, 3); the pixels themselves wherever alpha is above 0.
    """
    visible = alpha > 0
    if visible.all():
        return pixels
    if not visible.any():
        return np.full_like(pixels, 0.5)
    continued = _continued(pixels * alpha[..., None], alpha[..., None])
    return np.where(visible[..., None], pixels, np.clip(continued, 0, 1))


def _continued(weighted: FloatArray, weight: FloatArray) -> FloatArray:
    known = weight > 0
    if known.all():
        return weighted / weight
    coarse = _continued(_halved(weighted), _halved(weight))
    height, width = weight.shape[:2]
    around = _doubled(_doubled(coarse, 0), 1)[:height, :width]
    return np.where(known, weighted / np.where(known, weight, 1), around)


def _halved(values: FloatArray) -> FloatArray:
    height, width = values.shape[:2]
    even = np.pad(values, ((0, height % 2), (0, width % 2), (0, 0)))
    # Sums, not means: weights must not fade to nothing over many levels.
    rows = even[0::2] + even[1::2]
    return rows[:, 0::2] + rows[:, 1::2]


def _doubled(values: FloatArray, axis: int) -> FloatArray:
    """Twice as long along one axis, linear between the centers, constant past the ends."""
    values = np.moveaxis(values, axis, 0)
    padded = np.concatenate([values[:1], values, values[-1:]])
    doubled = np.empty((2 * len(values), *values.shape[1:]), values.dtype)
    doubled[0::2] = 0.75 * values + 0.25 * padded[:-2]
    doubled[1::2] = 0.75 * values + 0.25 * padded[2:]
    return np.moveaxis(doubled, 0, axis)
