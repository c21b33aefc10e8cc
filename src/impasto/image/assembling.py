"""A decoded picture as sRGB floats, a band at a time: of a large one no second copy is made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from impasto.image.light import FloatArray
from impasto.image.profile import srgb_transform
from impasto.image.samples import Samples, Stored
from impasto.nn.bands import bands

_BAND: Final = 4_000_000
"""Pixels that are converted at a time."""


def assembled(stored: Stored, name: str) -> tuple[FloatArray, FloatArray | None, int]:
    """Colors, alpha and bits of a picture, shrunk as far as it says, not turned upright yet."""
    shrink = stored.shrink
    size = -(-stored.height // shrink), -(-stored.width // shrink)
    pixels, alpha, bits = np.empty((*size, 3), np.float32), None, 8
    for rows, part in _parts(stored, name):
        if part.alpha is not None and alpha is None:
            alpha = np.ones(size, np.float32)
        if alpha is not None and part.alpha is not None:
            alpha[rows] = _shrunk(part.alpha, shrink)
        pixels[rows] = _color(part, shrink)
        bits = part.bits
    return pixels, alpha, bits


def _parts(stored: Stored, name: str) -> Iterator[tuple[slice, Samples]]:
    """Samples as sRGB, and the rows of the result that they become."""
    transform = None
    high = max(1, _BAND // stored.width // stored.shrink) * stored.shrink
    for rows in bands(stored.height, high):
        part = stored.samples(rows)
        if transform is None:
            transform = srgb_transform(part.icc, part.values.shape[2], name, stored.coding)
        start = rows.start // stored.shrink
        place = slice(start, start - (rows.start - rows.stop) // stored.shrink)
        yield place, Samples(transform(part.values), part.alpha, part.bits)


def _color(part: Samples, side: int) -> FloatArray:
    """Means of squares, in which what is not seen has no part."""
    if part.alpha is None or side == 1:
        return _shrunk(part.values, side)
    weight = part.alpha[..., None]
    seen = _shrunk(weight, side)
    mean = _shrunk(part.values * weight, side) / np.where(seen > 0, seen, 1)
    return np.where(seen > 0, mean, _shrunk(part.values, side))


def _shrunk(values: FloatArray, side: int) -> FloatArray:
    """Means over squares of a side; those at the right and lower edge may be smaller."""
    for axis in (0, 1) if side > 1 else ():
        starts = np.arange(0, values.shape[axis], side)
        counts = np.diff([*starts, values.shape[axis]]).astype(np.float32)
        shape = [1] * values.ndim
        shape[axis] = -1
        means = np.add.reduceat(values, starts, axis=axis) / counts.reshape(shape)
        values = means.astype(np.float32)
    return values
