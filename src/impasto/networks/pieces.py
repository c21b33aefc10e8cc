"""Pictures resized, and pieces of them reflected at the edges, as networks take them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from impasto.image import Picture

FloatArray = NDArray[np.float32]

LEAST_SIDE = 32
"""Reflection padding inside of a network needs a few pixels at its coarsest scale."""


def rounded_up(length: int, multiple: int) -> int:
    """The least multiple that is not below a length."""
    return -(-length // multiple) * multiple


def crop(pixels: FloatArray, rows: slice, columns: slice) -> FloatArray:
    """A piece of a picture (H, W, 3) as contiguous planes (1, 3, rows, columns).

    Beyond the lower and right edge the picture is reflected at its outermost pixels, like the
    networks' own padding, so that no new edge is painted.
    """
    height, width = pixels.shape[:2]
    if rows.stop <= height and columns.stop <= width:
        piece = pixels[rows, columns]
    else:
        down, right = reflected(rows, height), reflected(columns, width)
        piece = pixels[down[:, None], right]
    return np.ascontiguousarray(piece.transpose(2, 0, 1))[None]


def padded(pixels: FloatArray, multiple: int) -> FloatArray:
    """A whole picture as planes, each side a multiple and no less than a network can take."""
    height, width = (side_padded(side, multiple) for side in pixels.shape[:2])
    return crop(pixels, slice(0, height), slice(0, width))


def side_padded(length: int, multiple: int) -> int:
    """The length of a side as a network takes it."""
    return rounded_up(max(length, LEAST_SIDE), multiple)


def reflected(places: slice, length: int) -> NDArray[np.intp]:
    """Places that fold back at both ends of an axis, as often as needed."""
    period = max(1, 2 * (length - 1))
    folded = np.arange(places.start, places.stop) % period
    return np.minimum(folded, period - folded) if length > 1 else np.zeros_like(folded)


def scaled(picture: Picture, longer: int) -> Picture:
    """A picture, with its alpha, at another longer side; itself at 0 or its own."""
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
