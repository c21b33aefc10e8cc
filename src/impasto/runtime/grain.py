"""Noise that a network sees beside the picture.

Where a picture is flat, a network that only convolves can but repeat one pattern: dots. It is
trained with noise of two scales added to what it sees, and has something to begin strokes with;
the result holds none of it. Here the noise is the same at every place of every picture, so that
results repeat, tiles fit, and a still part of a film stays still.
"""

from __future__ import annotations

import functools
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

PERIOD: Final = 512
"""Pixels after which the noise repeats."""

COARSE: Final = 8
"""Pixels of a side of the coarse noise's squares: what the network's middle sees as one."""


def grain(height: int, width: int, corner: tuple[int, int] = (0, 0)) -> FloatArray:
    """The noise at a place, (height, width), of mean 0 and variance 2: 1 for each scale.

    Args:
        height: Rows.
        width: Columns.
        corner: Row and column of the whole picture at which they begin.
    """
    rows = np.arange(corner[0], corner[0] + height) % PERIOD
    columns = np.arange(corner[1], corner[1] + width) % PERIOD
    return np.take(np.take(_field(), rows, axis=0), columns, axis=1)


@functools.cache
def _field() -> FloatArray:
    chance = np.random.default_rng(0)
    fine = chance.standard_normal((PERIOD, PERIOD), np.float32)
    coarse = chance.standard_normal((PERIOD // COARSE, PERIOD // COARSE), np.float32)
    field: FloatArray = fine + coarse.repeat(COARSE, axis=0).repeat(COARSE, axis=1)
    return field
