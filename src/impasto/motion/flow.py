"""Dense motion between two frames.

Kroeger et al. 2016, "Fast optical flow using dense inverse search", as OpenCV has it: of the
methods that a processor can bear at the pace of a film the most exact one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
Bytes = NDArray[np.uint8]

FLOW_SIDE: Final = 512
"""Longer side at which motion is searched. Larger frames are reduced first: a quarter of the work,
and their motion is as smooth as before."""

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
        fine: Search more slowly, with smaller patches: for measuring, not for the pace of a film.
    """
    first, second = _gray(before), _gray(after)
    return Motion(_flow(first, second, before, fine), _flow(second, first, before, fine))


def _gray(frame: Bytes) -> Bytes:
    height, width = frame.shape[:2]
    gray: Bytes = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    scale = max(min(1.0, FLOW_SIDE / max(height, width)), LEAST_SIDE / min(height, width))
    if scale == 1:
        return gray
    size = max(LEAST_SIDE, round(width * scale)), max(LEAST_SIDE, round(height * scale))
    smaller: Bytes = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    return smaller


def _flow(first: Bytes, second: Bytes, frame: Bytes, fine: bool) -> FloatArray:
    preset = cv2.DISOPTICAL_FLOW_PRESET_MEDIUM if fine else cv2.DISOPTICAL_FLOW_PRESET_FAST
    # A new one each time: it may not be called from two threads, and making it costs nothing.
    found: FloatArray = cv2.DISOpticalFlow.create(preset).calc(first, second, None)
    height, width = frame.shape[:2]
    if found.shape[:2] == (height, width):
        return found
    scale = np.array([width / found.shape[1], height / found.shape[0]], np.float32)
    larger: FloatArray = cv2.resize(found, (width, height), interpolation=cv2.INTER_LINEAR) * scale
    return larger
