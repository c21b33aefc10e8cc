"""Pictures to another size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from impasto.image import Picture

FloatArray = NDArray[np.float32]


def scaled(picture: Picture, longer: int) -> Picture:
    """A picture with another longer side, its alpha too; the same one when it has it already."""
    longest = max(picture.width, picture.height)
    if longer in (0, longest):
        return picture
    width, height = (max(1, round(s * longer / longest)) for s in (picture.width, picture.height))
    alpha = None if picture.alpha is None else resampled(picture.alpha, width, height)
    return replace(picture, pixels=resampled(picture.pixels, width, height), alpha=alpha)


def resampled(values: FloatArray, width: int, height: int) -> FloatArray:
    """Values in [0, 1] at another size, (H, W) or (H, W, C), by Lanczos with antialiasing.

    Eight bits would be faster and would put steps into smooth skies.
    """
    planes = values[..., None] if values.ndim == 2 else values
    result = np.empty((height, width, planes.shape[2]), np.float32)
    for channel in range(planes.shape[2]):
        plane = Image.fromarray(np.ascontiguousarray(planes[..., channel]))
        result[..., channel] = np.asarray(plane.resize((width, height), Image.Resampling.LANCZOS))
    np.clip(result, 0, 1, out=result)
    return result[..., 0] if values.ndim == 2 else result
