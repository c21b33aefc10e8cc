"""Where the pixels of a film's frames lie in a key frame: motion followed from frame to frame.

A chart holds, for each pixel of a frame, the way to its place in the key frame. It goes from a
frame to the next with their motion, so that a picture painted over the key frame is read once, in
its place, and stays sharp however far it is carried. Three things keep a chart right:

- what has slowly slipped is pulled back by the motion that is left between the frame and the key
  frame brought to it;
- where the two look different (something was uncovered, or turned), places are tried that
  neighbors point to, and others by chance, and the one that looks most alike is taken: Barnes et
  al. 2009, "PatchMatch", with all pixels at once in place of a scan;
- such a place then goes on with the motion like all others, so that it does not flicker.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from impasto.film.frames import Bytes, FloatArray, unit
from impasto.film.motion import Mask, flow_between, gray_frame, places_of, squares

SIDE: Final = 512  # longer side in pixels, at most, of the frames that are followed

WINDOW: Final = 7  # side in pixels of the squares that are compared

UNLIKE: Final = 0.06
"""Mean difference of two squares, the sum of three channels over [0, 1], from which on another
place is looked for; at three times of it nothing is believed."""

STEPS: Final = (12, 3)
"""Pixels to the neighbors whose places are tried, and an eighth of how far chance goes."""

CELL: Final = 8  # side in pixels of the squares that are moved by chance

GUESSED: Final = 0.15
"""Trust in a place that looks alike and was not followed there."""

LEAST: Final = 0.05  # share of that trust where nothing looks alike

OPEN: Final = (0.05, 1.0)
"""A way forth and back that ends further off than this share of both, and this many squared
pixels, was not followed. Sundaram's bounds are meant for one step; over a hundred they would
leave nothing of a smooth sky."""

FARTHEST: Final = 3.0  # pixels by which a chart is pulled back at most from frame to frame

_BEYOND: Final = 0.3  # added to the difference of what lies outside of the key frame


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """Where a frame's pixels lie in a key frame."""

    ways: NDArray[np.float16]  # (h, w, 2): columns and rows to the place in the key frame
    trust: Bytes  # (h, w), 255 is sure

    def enlarged(self, width: int, height: int) -> tuple[FloatArray, FloatArray]:
        """Ways (H, W, 2) and trust (H, W), in [0, 1], for frames of another size."""
        size, small = (width, height), self.ways.astype(np.float32)
        scale = np.array([width / small.shape[1], height / small.shape[0]], np.float32)
        smooth, rough = (
            cv2.resize(small, size, interpolation=each)
            for each in (cv2.INTER_LINEAR, cv2.INTER_NEAREST)
        )
        trust: Any = cv2.resize(self.trust, size, interpolation=cv2.INTER_LINEAR)
        return _torn(smooth, rough) * scale, unit(trust)


def charts(frames: Sequence[Bytes], cuts: Sequence[bool]) -> Iterator[Chart]:
    """The chart of each frame, (h, w, 3) sRGB, in the first one.

    ``cuts`` says for each frame whether another scene lies between it and the one before.
    """
    key = _soft(frames[0])
    chart = _Chart(key)
    yield chart.kept()
    for number, (before, frame) in enumerate(itertools.pairwise(frames), 1):
        if cuts[number]:
            chart.forget()
        else:
            chart.follow(before, frame)
        chart.compare(_soft(frame))
        if not cuts[number]:
            chart.pull(frame)
        chart.patch(np.random.default_rng(number))
        yield chart.kept()


def small_frame(frame: Bytes) -> Bytes:
    """A frame at the size at which it is followed."""
    height, width = frame.shape[:2]
    scale = SIDE / max(height, width)
    if scale >= 1:
        return frame
    size = max(WINDOW, round(width * scale)), max(WINDOW, round(height * scale))
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)


class _Chart:
    """A chart on its way from frame to frame."""

    def __init__(self, key: FloatArray) -> None:
        height, width = key.shape[:2]
        self._key = key
        self._grid = places_of(np.zeros((height, width, 2), np.float32))
        self._ways = np.zeros_like(self._grid)
        self._known = np.ones((height, width), np.float32)
        self._frame = key
        self._cost = np.zeros((height, width), np.float32)

    def kept(self) -> Chart:
        alike = ((3 * UNLIKE - self._cost) / (2 * UNLIKE)).clip(LEAST, 1)
        trust = np.rint(255 * np.maximum(self._known, GUESSED) * alike)
        return Chart(self._ways.astype(np.float16), trust.astype(np.uint8))

    def forget(self) -> None:
        """Begin anew: nothing of the frame before is in this one."""
        self._ways, self._known = np.zeros_like(self._ways), np.zeros_like(self._known)

    def follow(self, before: Bytes, frame: Bytes) -> None:
        """Go on to the next frame with the motion between the two."""
        back, forth = _flow(frame, before), _flow(before, frame)
        places = self._grid + back
        forth = _read(forth, places)
        open_ = squares(back + forth) > OPEN[0] * (squares(back) + squares(forth)) + OPEN[1]
        closed = 1 - cv2.blur(open_.astype(np.float32), (3, 3))
        self._known = np.minimum(_read(self._known, places), closed)
        self._ways = back + self._carried(places)

    def compare(self, frame: FloatArray) -> None:
        self._frame, self._cost = frame, self._cost_of(self._ways, frame)

    def pull(self, frame: Bytes) -> None:
        """Follow what motion is left between the frame and the key frame brought to it."""
        brought: Any = np.rint(255 * self._brought(self._ways)).astype(np.uint8)
        left: Any = cv2.GaussianBlur(_flow(frame, brought), (0, 0), 1.5)
        near = squares(left) < FARTHEST**2
        self._take(left + self._carried(self._grid + left), near, 0.9)

    def patch(self, chance: np.random.Generator) -> None:
        """Look for other places where the frame does not look like the key frame."""
        bad: Mask = self._cost > UNLIKE
        if not bad.any():
            return
        bad = cv2.dilate(bad.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        height, width = bad.shape
        for step in STEPS:
            for across, down in ((step, 0), (-step, 0), (0, step), (0, -step)):
                shift: Any = np.array([[1, 0, across], [0, 1, down]], np.float32)
                method = {"flags": cv2.INTER_NEAREST, "borderMode": cv2.BORDER_REPLICATE}
                moved: Any = cv2.warpAffine(self._ways, shift, (width, height), **method)  # type: ignore[call-overload]
                self._take(moved, bad, 0.8, guessed=True)
            for radius in (8 * step, 2 * step):
                cells = chance.uniform(-radius, radius, (height // CELL + 1, width // CELL + 1, 2))
                away = np.rint(cells).astype(np.float32).repeat(CELL, 0).repeat(CELL, 1)
                self._take(self._ways + away[:height, :width], bad, 0.6, guessed=True)
        # Pieces in place of single pixels: strokes hold together.
        whole = [cv2.medianBlur(np.ascontiguousarray(self._ways[..., each]), 5) for each in (0, 1)]
        self._take(np.dstack(whole), bad, 1.2, slack=0.01)

    def _take(
        self, ways: FloatArray, where: Mask, share: float, *, slack: float = -0.003,
        guessed: bool = False,
    ) -> None:  # fmt: skip
        """Take other ways where they cost less than a share, and slack, of today's."""
        cost = self._cost_of(ways, self._frame)
        better = where & (cost < share * self._cost + slack)
        self._ways = np.where(better[..., None], ways, self._ways)
        self._cost = np.where(better, cost, self._cost)
        if guessed:
            self._known[better] = 0

    def _carried(self, places: FloatArray) -> FloatArray:
        return _torn(_read(self._ways, places), _read(self._ways, places, cv2.INTER_NEAREST))

    def _brought(self, ways: FloatArray) -> FloatArray:
        return _read(self._key, self._grid + ways, border=cv2.BORDER_REFLECT_101)

    def _cost_of(self, ways: FloatArray, frame: FloatArray) -> FloatArray:
        difference = np.abs(frame - self._brought(ways))
        total = difference[..., 0] + difference[..., 1] + difference[..., 2]
        column, row = (self._grid + ways).transpose(2, 0, 1)
        height, width = total.shape
        outside = (column < 0) | (column > width - 1) | (row < 0) | (row > height - 1)
        found: Any = cv2.blur(total + _BEYOND * outside, (WINDOW, WINDOW))
        return np.asarray(found, np.float32)


def _soft(frame: Bytes) -> FloatArray:
    """A frame without its grain, which is no motion."""
    return np.asarray(cv2.GaussianBlur(unit(frame), (0, 0), 0.7), np.float32)


def _flow(first: Bytes, second: Bytes) -> FloatArray:
    size = first.shape[1], first.shape[0]
    return flow_between(gray_frame(first, SIDE), gray_frame(second, SIDE), size)


def _read(
    values: FloatArray,
    places: FloatArray,
    method: int = cv2.INTER_LINEAR,
    border: int = cv2.BORDER_REPLICATE,
) -> FloatArray:
    remap: Any = cv2.remap  # its stubs do not know that the second map may be left out
    found: FloatArray = remap(values, places, None, method, borderMode=border)
    return found


def _torn(smooth: Any, rough: Any) -> FloatArray:
    """Ways read smoothly, but not between two things that move apart."""
    apart = np.abs(smooth - rough)
    torn = np.maximum(apart[..., 0], apart[..., 1]) > 1
    found: FloatArray = np.where(torn[..., None], rough, smooth).astype(np.float32)
    return found
