"""Strokes that stay as strong as they were painted.

A mean of pictures whose strokes do not lie on each other is paler than each: of strokes that change
from frame to frame a share of 0.7 carried over, again and again, leaves 0.18 of the variance.
"""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

WINDOW: Final = 17
"""Pixels of a side of the squares in which strokes are as strong as those of a picture."""

GAINS: Final = (0.8, 1.25)
"""Least and most that strokes are multiplied by in one frame. Were nothing weakened, what is
strengthened by chance would add up from frame to frame: edges would grow halos, as
they do at gains of 1.4."""

_TINY: Final = 1e-6
"""Variance of strokes that are none: half a level of 255 squared, a quarter of it."""


def strengthened(mixed: FloatArray, model: FloatArray) -> FloatArray:
    """A picture whose detail varies as much, square by square, as that of another.

    The gain stays within ``GAINS``.

    Args:
        mixed: (H, W, 3), a mean of pictures.
        model: (H, W, 3), one of them.
    """
    low: Any = cv2.blur(mixed, (WINDOW, WINDOW))
    detail = mixed - low
    wanted = _variance(model - cv2.blur(model, (WINDOW, WINDOW)))
    gain = np.sqrt((wanted + _TINY) / (_variance(detail) + _TINY)).clip(*GAINS)
    detail *= gain[..., None]
    found: FloatArray = low + detail
    return found


def _variance(detail: FloatArray) -> FloatArray:
    squares = np.einsum("hwc,hwc->hw", detail, detail)
    return np.asarray(cv2.blur(squares, (WINDOW, WINDOW)), np.float32)
