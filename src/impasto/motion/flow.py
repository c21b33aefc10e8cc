"""Dense motion between two frames.

Kroeger et al. 2016, "Fast optical flow using dense inverse search", as OpenCV has it: of the
methods that a processor can bear at the pace of a film the most exact one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
Bytes = NDArray[np.uint8]

SIDES: Final = (256, 512)
"""Least and largest longer side at which motion is searched, else at half of the frame's. At 512
pixels a slow search at half the side was as quick as a fast one at the whole, and better."""

FINE_SIDE: Final = 1024
"""Longer side at which motion is searched for measuring."""

LEAST_SIDE: Final = 32
"""Shorter side below which a frame is enlarged first, as patches of 8 pixels need some room."""


@dataclass(frozen=True, eq=False)
class Motion:
    """Where the pixels of two frames have gone.

    Attributes:
        forward: (H, W, 2), from each pixel of the first frame to its place in the second.
        backward: (H, W, 2), from each pixel of the second frame to its place in the first.
    """

    forward: FloatArray
    backward: FloatArray


def motion_between(before: Bytes, after: Bytes, *, fine: bool = False) -> Motion:
    """Find the motion from one frame to the next, and back.

    Args:
        before: The first frame, (H, W, 3) sRGB.
        after: The second, of the same size.
        fine: Search at the whole size: for measuring, not for the pace of a film.
    """
    side = FINE_SIDE if fine else min(SIDES[1], max(SIDES[0], max(before.shape[:2]) // 2))
    first, second = _gray(before, side), _gray(after, side)
    size = before.shape[1], before.shape[0]
    return Motion(_flow(first, second, size), _flow(second, first, size))


def _gray(frame: Bytes, side: int) -> Bytes:
    height, width = frame.shape[:2]
    gray = np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), np.uint8)
    scale = max(min(1.0, side / max(height, width)), LEAST_SIDE / min(height, width))
    if scale == 1:
        return gray
    size = max(LEAST_SIDE, round(width * scale)), max(LEAST_SIDE, round(height * scale))
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.uint8)


def _flow(first: Bytes, second: Bytes, size: tuple[int, int]) -> FloatArray:
    # A new one each time: it may not be called from two threads, and making it costs nothing.
    search: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    found: FloatArray = search.calc(first, second, None)
    if found.shape[1::-1] == size:
        return found
    scale = np.array([size[0] / found.shape[1], size[1] / found.shape[0]], np.float32)
    larger: FloatArray = cv2.resize(found, size, interpolation=cv2.INTER_LINEAR) * scale
    return larger
