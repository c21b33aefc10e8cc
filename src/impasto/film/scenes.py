"""Cuts between scenes, and the motion within them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from impasto.film.frames import Bytes, FloatArray, Frame
from impasto.film.motion import Motion, motion_between, trusted, warped

THUMBNAIL: Final = (32, 18)
"""Columns and rows at which frames are compared: motion hardly matters there."""

BINS: Final = 6  # steps of each channel in the histograms that are compared

CHANGED: Final = 0.10
"""Mean difference of two thumbnails, over [0, 1], above which there may be a cut."""

OTHER_COLORS: Final = 0.35
"""Share of the pixels whose colors must differ then, as a fast pan keeps most of them."""


KEPT: Final = 0.7
"""Share of the last mask in the next one where the motion is surely known."""


def is_cut(before: Bytes, after: Bytes) -> bool:
    """Whether two frames, (H, W, 3) sRGB of any size, that follow each other are of two scenes."""
    first, second = (
        np.asarray(cv2.resize(each, THUMBNAIL, interpolation=cv2.INTER_AREA), np.uint8)
        for each in (before, after)
    )
    difference = float(np.abs(first.astype(np.int16) - second).mean()) / 255
    if difference <= CHANGED:
        return False
    # Share of the pixels that would have to change color to make the histograms the same.
    return float(np.abs(_histogram(first) - _histogram(second)).sum() / 2) > OTHER_COLORS


def _histogram(frame: Bytes) -> NDArray[np.float64]:
    """Colors by their share, blurred, so that a change of light is not one of colors."""
    counts, _ = np.histogramdd(frame.reshape(-1, 3), BINS, [(0, 256)] * 3)
    for axis in range(3):
        padded = np.pad(counts, [(1, 1) if each == axis else (0, 0) for each in range(3)], "edge")
        middle = np.take(padded, range(1, BINS + 1), axis)
        sides = np.take(padded, range(BINS), axis) + np.take(padded, range(2, BINS + 2), axis)
        counts = middle / 2 + sides / 4
    found: NDArray[np.float64] = counts / counts.sum()
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Moved:
    """A frame with the motion from the one before; without where a scene begins."""

    frame: Frame
    begins: bool  # whether a scene begins with it
    motion: Motion | None = None
    trust: FloatArray | None = None  # (H, W) in [0, 1], how reliable each pixel's motion is


def calm(mask: FloatArray, before: FloatArray | None, moved: Moved) -> FloatArray:
    """A mask found in a frame, mixed with the last one where that is known to have moved to."""
    if before is None or moved.begins or moved.motion is None or moved.trust is None:
        return mask
    brought = warped(before, moved.motion.backward, cubic=False)
    return mask + KEPT * moved.trust * (brought - mask)


def with_motion(
    frames: Iterator[Frame], before: Bytes | None = None, *, moving: bool = True
) -> Iterator[Moved]:
    """Find cuts between frames that follow each other and, where ``moving``, the motion.

    ``before`` is the frame before the first, where a film is resumed.
    """
    for frame in frames:
        if before is None or is_cut(before, frame.pixels):
            yield Moved(frame, begins=True)
        elif moving:
            motion = motion_between(before, frame.pixels)
            trust = trusted(motion, before, frame.pixels)
            yield Moved(frame, begins=False, motion=motion, trust=trust)
        else:
            yield Moved(frame, begins=False)
        before = frame.pixels
