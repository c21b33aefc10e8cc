"""A picture carried along with the motion."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]


def places(flow: FloatArray) -> FloatArray:
    """The place that each pixel's motion points to, (H, W, 2): column and row."""
    height, width = flow.shape[:2]
    found = flow.copy()
    found[..., 0] += np.arange(width, dtype=np.float32)
    found[..., 1] += np.arange(height, dtype=np.float32)[:, None]
    return found


def warped(picture: FloatArray, flow: FloatArray, *, cubic: bool = True) -> FloatArray:
    """What a picture shows at the places that a motion points to.

    With the backward motion of two frames this is the first frame's picture brought to the
    second. Cubic interpolation keeps strokes sharp where a picture is carried on again and again,
    and overshoots a little at edges; linear does not overshoot and blurs.

    Args:
        picture: (H, W, C) or (H, W).
        flow: (H, W, 2), columns and rows.
        cubic: Whether to interpolate with cubic curves, or with lines.
    """
    remap: Any = cv2.remap  # its stubs do not know that the second map may be left out
    method = cv2.INTER_CUBIC if cubic else cv2.INTER_LINEAR
    found: FloatArray = remap(
        picture, places(flow), None, method, borderMode=cv2.BORDER_REFLECT_101
    )
    return found
