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

COARSE: Final = 8
"""Pixels of a side of the coarse noise's squares: what the network's middle sees as one."""

PERIODS: Final = (512, 55 * COARSE)
"""Pixels after which the noise of each scale repeats. They have only 8 in common, so that both
together repeat after 28,160."""


def grain(height: int, width: int, corner: tuple[int, int] = (0, 0)) -> FloatArray:
    """The noise at a place, (height, width), of mean 0 and variance 2: 1 for each scale.

    Args:
        height: Rows.
        width: Columns.
        corner: Row and column of the whole picture at which they begin.
    """
    rows = np.arange(corner[0], corner[0] + height)
    columns = np.arange(corner[1], corner[1] + width)
    fine, coarse = _fields()
    noise: FloatArray = fine[np.ix_(rows % PERIODS[0], columns % PERIODS[0])]
    noise += coarse[np.ix_(rows % PERIODS[1] // COARSE, columns % PERIODS[1] // COARSE)]
    return noise


@functools.cache
def _fields() -> tuple[FloatArray, FloatArray]:
    chance = np.random.default_rng(0)
    fine, coarse = PERIODS[0], PERIODS[1] // COARSE
    return (
        chance.standard_normal((fine, fine), np.float32),
        chance.standard_normal((coarse, coarse), np.float32),
    )
