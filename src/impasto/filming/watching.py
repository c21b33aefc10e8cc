"""What is known of each frame's past: how things have moved, and whether there is a past at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.frames import Frame
from impasto.motion.cuts import is_cut
from impasto.motion.flow import Motion, motion_between
from impasto.motion.occlusion import trusted

FloatArray = NDArray[np.float32]
Bytes = NDArray[np.uint8]


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
