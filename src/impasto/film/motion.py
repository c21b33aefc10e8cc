"""Dense motion between two frames, and pictures carried along with it.

Kroeger et al. 2016, "Fast optical flow using dense inverse search", in OpenCV: the most exact
method that is fast enough for films on a processor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from impasto.film.frames import Bytes, FloatArray

Mask = NDArray[np.bool_]

SIDES: Final = (256, 512)
"""Least and largest longer side at which motion is searched, else at half of the frame's. At 512
pixels a slow search at half the side was as quick as a fast one at the whole, and better."""

FINE_SIDE: Final = 1024  # longer side at which motion is searched for measuring

LEAST_SIDE: Final = 32
"""Shorter side below which a frame is enlarged first, as patches of 8 pixels need some room."""

SOFT: Final = 3  # pixels over which trust fades, so that no seam is seen where history ends

ALIKE: Final = 0.15
UNLIKE: Final = 0.3
"""Differences of a channel, over [0, 1], up to which a pixel is taken for the same, and from which
on for another."""

WINDOW: Final = 17  # side in pixels of the squares in which strokes are compared

GAINS: Final = (0.8, 1.25)
"""Least and most that strokes are multiplied by in one frame. Were nothing weakened, what is
strengthened by chance would add up from frame to frame: edges would grow halos, as
they do at gains of 1.4."""

_TINY: Final = 1e-6
"""Variance of strokes that are none: half a level of 255 squared, a quarter of it."""


@dataclass(frozen=True, eq=False)
class Motion:
    """Displacements of the pixels of two frames, (H, W, 2) each: columns and rows."""

    forward: FloatArray  # from each pixel of the first frame to its place in the second
    backward: FloatArray  # from each pixel of the second frame to its place in the first


def motion_between(before: Bytes, after: Bytes, *, fine: bool = False) -> Motion:
    """The motion between two frames, (H, W, 3) sRGB; ``fine`` for measuring, as it is slow."""
    side = FINE_SIDE if fine else min(SIDES[1], max(SIDES[0], max(before.shape[:2]) // 2))
    first, second = gray_frame(before, side), gray_frame(after, side)
    size = before.shape[1], before.shape[0]
    return Motion(flow_between(first, second, size), flow_between(second, first, size))


def gray_frame(frame: Bytes, side: int) -> Bytes:
    """A frame in gray, its longer side at most ``side``, as motion is searched in it."""
    height, width = frame.shape[:2]
    gray = np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), np.uint8)
    scale = max(min(1.0, side / max(height, width)), LEAST_SIDE / min(height, width))
    if scale == 1:
        return gray
    size = max(LEAST_SIDE, round(width * scale)), max(LEAST_SIDE, round(height * scale))
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.uint8)


def flow_between(first: Bytes, second: Bytes, size: tuple[int, int]) -> FloatArray:
    """The motion from one gray frame to another, in pixels of a width and height, (H, W, 2)."""
    # A new one each time: it may not be called from two threads, and making it costs nothing.
    search: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    found: FloatArray = search.calc(first, second, None)
    if found.shape[1::-1] == size:
        return found
    scale = np.array([size[0] / found.shape[1], size[1] / found.shape[0]], np.float32)
    larger: FloatArray = cv2.resize(found, size, interpolation=cv2.INTER_LINEAR) * scale
    return larger


def places_of(flow: FloatArray) -> FloatArray:
    """The place that each pixel's motion points to, (H, W, 2): column and row."""
    height, width = flow.shape[:2]
    found = flow.copy()
    found[..., 0] += np.arange(width, dtype=np.float32)
    found[..., 1] += np.arange(height, dtype=np.float32)[:, None]
    return found


def warped(picture: FloatArray, flow: FloatArray, *, cubic: bool = True) -> FloatArray:
    """A picture, (H, W, C) or (H, W), read at the places that a motion points to.

    With the backward motion of two frames this is the first frame's picture brought to the
    second. Cubic interpolation keeps strokes sharp where a picture is carried on again and again,
    and overshoots a little at edges; linear does not overshoot and blurs.
    """
    remap: Any = cv2.remap  # its stubs do not know that the second map may be left out
    method = cv2.INTER_CUBIC if cubic else cv2.INTER_LINEAR
    border = cv2.BORDER_REFLECT_101
    found: FloatArray = remap(picture, places_of(flow), None, method, borderMode=border)
    return found


def disoccluded(motion: Motion) -> Mask:
    """Pixels of the second frame that the first does not show, (H, W).

    A pixel whose way back does not lead forth to it again: |w~ + ^w|^2 > 0.01 (|w~|^2 + |^w|^2)
    + 0.5, with ^w the backward motion and w~ the forward motion where it points to. What comes
    from outside of the frame is not shown either.
    """
    back = motion.backward
    forth = warped(motion.forward, back, cubic=False)
    open_: Mask = squares(forth + back) > 0.01 * (squares(forth) + squares(back)) + 0.5
    # Half a pixel of grace: what is found there is the frame's edge.
    beyond = np.array(back.shape[1::-1]) - 0.5
    places = places_of(back)
    return open_ | ((places < -0.5) | (places > beyond)).any(axis=2)


def boundaries(flow: FloatArray) -> Mask:
    """Pixels at the edge of something that moves, (H, W), where motion is smeared.

    |grad u|^2 + |grad v|^2 > 0.01 |w|^2 + 0.002, gradients by central differences.
    """
    across: Any = cv2.Sobel(flow, cv2.CV_32F, 1, 0, ksize=1, scale=0.5)
    down: Any = cv2.Sobel(flow, cv2.CV_32F, 0, 1, ksize=1, scale=0.5)
    steep: Mask = squares(across) + squares(down) > 0.01 * squares(flow) + 0.002
    return steep


def reliable(motion: Motion) -> Mask:
    """Pixels of the second frame whose history is known: neither uncovered nor at an edge."""
    return ~(disoccluded(motion) | boundaries(motion.backward))


def trusted(motion: Motion, before: Bytes, after: Bytes) -> FloatArray:
    """How reliable the motion between two frames, (H, W, 3) sRGB, is: (H, W) in [0, 1].

    0 where it is not known, and where the frame before, brought here, looks different: motion may
    be consistent and wrong, and shadows and flashes come without any. Ruder et al. have no such
    term, as their frames are optimized and find a way out; a blend would leave a ghost.
    """
    brought = warped(before.astype(np.float32), motion.backward, cubic=False)
    difference = np.abs(brought - after).max(axis=2)
    difference = cv2.blur(difference, (3, 3)) / 255
    alike = np.clip((UNLIKE - difference) / (UNLIKE - ALIKE), 0, 1)
    trust = cv2.blur(reliable(motion).astype(np.float32), (SOFT, SOFT))
    found: FloatArray = (trust * alike).astype(np.float32)
    return found


def squares(flow: FloatArray) -> FloatArray:
    """Squared lengths of displacements."""
    found: FloatArray = flow[..., 0] ** 2 + flow[..., 1] ** 2
    return found


def warping_error(before: FloatArray, after: FloatArray, motion: Motion) -> float:
    """Mean squared difference between a frame and the one before brought to it.

    Lai et al. 2018, "Learning blind video temporal consistency", equation 11: over the pixels
    whose history is known, here those of Ruder et al. 2016. A film without flicker has only the
    error of interpolation; the source's own error measures that.

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


def strengthened(mixed: FloatArray, model: FloatArray) -> FloatArray:
    """A mean of pictures, (H, W, 3), with detail as strong as one of them has, square by square.

    The gain stays within ``GAINS``.
    """
    return of_strength(mixed, strokes_of(model), GAINS)


def of_strength(mixed: FloatArray, aim: FloatArray, gains: tuple[float, float]) -> FloatArray:
    """A picture, (H, W, 3), with the variance of strokes, (H, W), that is aimed at."""
    low: Any = cv2.blur(mixed, (WINDOW, WINDOW))
    detail = mixed - low
    gain = np.sqrt((aim + _TINY) / (_variance(detail) + _TINY)).clip(*gains)
    detail *= gain[..., None]
    found: FloatArray = low + detail
    return found


def strokes_of(picture: FloatArray) -> FloatArray:
    """The variance of a picture's strokes around each pixel, (H, W)."""
    return _variance(picture - cv2.blur(picture, (WINDOW, WINDOW)))


def _variance(detail: FloatArray) -> FloatArray:
    squares = np.einsum("hwc,hwc->hw", detail, detail)
    return np.asarray(cv2.blur(squares, (WINDOW, WINDOW)), np.float32)
