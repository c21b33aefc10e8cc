"""Pieces of pictures, reflected at the edges, as planes for a network."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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
