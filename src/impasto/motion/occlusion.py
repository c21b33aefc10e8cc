"""Where a motion can be relied upon, and where something has come to light.

Sundaram, Brox and Keutzer 2010, "Dense point trajectories by GPU-accelerated large displacement
optical flow", equations 5 and 6 as Ruder, Dosovitskiy and Brox 2016, "Artistic style transfer for
videos", equations 4 and 5, use them.
"""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from impasto.motion.flow import Motion
from impasto.motion.warp import warped

FloatArray = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]

SOFT: Final = 3
"""Pixels over which trust fades, so that no seam is seen where history ends."""

ALIKE: Final = 0.15
UNLIKE: Final = 0.3
"""Differences of a channel, over [0, 1], up to which a pixel is taken for the same, and from which
on for another."""


def disoccluded(motion: Motion) -> Mask:
    """Pixels of the second frame that the first does not show, (H, W).

    A pixel whose way back does not lead forth to it again: |w~ + ^w|^2 > 0.01 (|w~|^2 + |^w|^2)
    + 0.5, with ^w the backward motion and w~ the forward motion where it points to. What comes
    from outside of the frame is not shown either.
    """
    back = motion.backward
    forth = warped(motion.forward, back, cubic=False)
    open_ = _squares(forth + back) > 0.01 * (_squares(forth) + _squares(back)) + 0.5
    return open_ | _outside(back)


def boundaries(flow: FloatArray) -> Mask:
    """Pixels at the edge of something that moves, (H, W), where motion is smeared.

    |grad u|^2 + |grad v|^2 > 0.01 |w|^2 + 0.002, gradients by central differences.
    """
    across: Any = cv2.Sobel(flow, cv2.CV_32F, 1, 0, ksize=1, scale=0.5)
    down: Any = cv2.Sobel(flow, cv2.CV_32F, 0, 1, ksize=1, scale=0.5)
    steep: Mask = _squares(across) + _squares(down) > 0.01 * _squares(flow) + 0.002
    return steep


def reliable(motion: Motion) -> Mask:
    """Pixels of the second frame whose history is known: neither uncovered nor at an edge."""
    return ~(disoccluded(motion) | boundaries(motion.backward))


def trusted(motion: Motion, before: Bytes, after: Bytes) -> FloatArray:
    """How far each pixel's history can be relied upon, (H, W) in [0, 1].

    0 where it is not known, and where the frame before, brought here, looks otherwise: motion may
    be consistent and wrong, and shadows and flashes come without any. Ruder et al. have no such
    term, as their frames are optimized and find a way out; what is blended would leave a ghost.

    Args:
        motion: Between the two frames.
        before: The first frame, (H, W, 3) sRGB.
        after: The second.
    """
    brought = warped(before.astype(np.float32), motion.backward, cubic=False)
    difference = np.abs(brought - after).max(axis=2)
    difference = cv2.blur(difference, (3, 3)) / 255
    alike = np.clip((UNLIKE - difference) / (UNLIKE - ALIKE), 0, 1)
    trust = cv2.blur(reliable(motion).astype(np.float32), (SOFT, SOFT))
    found: FloatArray = (trust * alike).astype(np.float32)
    return found


def _outside(flow: FloatArray) -> Mask:
    height, width = flow.shape[:2]
    columns = flow[..., 0] + np.arange(width, dtype=np.float32)
    rows = flow[..., 1] + np.arange(height, dtype=np.float32)[:, None]
    # Half a pixel of grace: what is found there is the frame's edge.
    beyond: Mask = (
        (columns < -0.5) | (columns > width - 0.5) | (rows < -0.5) | (rows > height - 0.5)
    )
    return beyond


def _squares(flow: FloatArray) -> FloatArray:
    found: FloatArray = flow[..., 0] ** 2 + flow[..., 1] ** 2
    return found
