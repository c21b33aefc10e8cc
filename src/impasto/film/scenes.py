"""Where one scene ends and the next begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from impasto.film import Frame
from impasto.film.motion import Motion, motion_between, trusted

Bytes = NDArray[np.uint8]

THUMBNAIL: Final = (32, 18)
"""Columns and rows at which frames are compared: motion hardly matters there."""

BINS: Final = 6
"""Steps of each channel in the histograms that are compared."""

CHANGED: Final = 0.10
"""Mean difference of two thumbnails, over [0, 1], above which there may be a cut."""

OTHER_COLORS: Final = 0.35
"""Share of the pixels whose colors must be others then, as a fast pan keeps most of them."""


def is_cut(before: Bytes, after: Bytes) -> bool:
    """Whether two frames that follow each other are of two scenes.

    Args:
        before: (H, W, 3) sRGB.
        after: Likewise, of any size.
    """
    first, second = _thumbnail(before), _thumbnail(after)
    difference = float(np.abs(first.astype(np.int16) - second).mean()) / 255
    return difference > CHANGED and _moved(first, second) > OTHER_COLORS


def _thumbnail(frame: Bytes) -> Bytes:
    return np.asarray(cv2.resize(frame, THUMBNAIL, interpolation=cv2.INTER_AREA), np.uint8)


def _moved(first: Bytes, second: Bytes) -> float:
    """Share of the pixels that would have to change color to make the histograms the same.

    They are blurred, so that a change of light is not one of colors.
    """
    difference = _histogram(first) - _histogram(second)
    return float(np.abs(difference).sum() / 2)


def _histogram(frame: Bytes) -> NDArray[np.float64]:
    counts, _ = np.histogramdd(frame.reshape(-1, 3), BINS, [(0, 256)] * 3)
    for axis in range(3):
        padded = np.pad(counts, [(1, 1) if each == axis else (0, 0) for each in range(3)], "edge")
        middle = np.take(padded, range(1, BINS + 1), axis)
        sides = np.take(padded, range(BINS), axis) + np.take(padded, range(2, BINS + 2), axis)
        counts = middle / 2 + sides / 4
    found: NDArray[np.float64] = counts / counts.sum()
    return found


FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A frame and what has become of the one before.

    Attributes:
        frame: The frame.
        begins: Whether a scene begins with it.
        motion: From the frame before to this one and back; None where a scene begins, or nobody
            wants it.
        trust: (H, W), how far each pixel's history can be relied upon, in [0, 1]; likewise.
    """

    frame: Frame
    begins: bool
    motion: Motion | None = None
    trust: FloatArray | None = None


def watched(
    frames: Iterator[Frame], before: Bytes | None = None, *, moving: bool = True
) -> Iterator[Seen]:
    """Find the motion between frames that follow each other, and the cuts.

    Args:
        frames: A film.
        before: The frame before the first, where the film goes on.
        moving: Whether motion is wanted at all.
    """
    for frame in frames:
        if before is None or is_cut(before, frame.pixels):
            yield Seen(frame, begins=True)
        elif moving:
            motion = motion_between(before, frame.pixels)
            trust = trusted(motion, before, frame.pixels)
            yield Seen(frame, begins=False, motion=motion, trust=trust)
        else:
            yield Seen(frame, begins=False)
        before = frame.pixels
