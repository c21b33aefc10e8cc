"""The number by which flicker is judged."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from impasto.motion.flow import Motion
from impasto.motion.occlusion import reliable
from impasto.motion.warp import warped

FloatArray = NDArray[np.float32]


def warping_error(before: FloatArray, after: FloatArray, motion: Motion) -> float:
    """Mean squared difference between a frame and the one before brought to it.

    Lai et al. 2018, "Learning blind video temporal consistency", equation 11: over the pixels
    whose history is known, here those of Ruder et al. 2016. Of a film without flicker it is what
    interpolation leaves; that of the source itself tells how much that is.

    Args:
        before: The first frame, (H, W, 3) in [0, 1].
        after: The second.
        motion: Between the frames they were painted from.
    """
    known = reliable(motion)
    if not known.any():
        return 0.0
    brought = warped(before, motion.backward, cubic=False)
    return float(np.square(after - brought)[known].mean(dtype=np.float64))
