"""An oil brush: curved strokes with bristles, two loaded colors and a height of paint."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from tools.samples_canvas import Field, Picture, blur, lit


@dataclass(frozen=True)
class Brush:
    """One size of brush and the hand that leads it; lengths in pixels.

    Attributes:
        width: Across the stroke.
        length: Along the stroke.
        spread: Standard deviation of the random change of color.
        wander: Standard deviation of the random turn, in radians.
        cover: How many strokes lie over a point on average.
        load: Thickness of the paint.
    """

    width: float
    length: float
    spread: float = 0.05
    wander: float = 0.1
    cover: float = 2.0
    load: float = 1.0


class Canvas:
    """Paint that lies on a ground: its color and its height.

    With ``parts`` (a number a pixel) every stroke stays inside the part it began in, as along
    masking tape.
    """

    def __init__(
        self, ground: Picture, rng: np.random.Generator, parts: NDArray[np.int64] | None = None
    ) -> None:
        self.parts = parts
        self.picture = ground.copy()
        self.height: Field = np.zeros(ground.shape[:2], np.float32)
        self.rng = rng
        self.bristles = _bristles(rng)

    def paint(
        self, subject: Picture, angle: Field, brush: Brush, where: Field | None = None
    ) -> None:
        """Cover the canvas (or ``where`` is high) with strokes of the subject along a flow."""
        seen = blur(subject, max(brush.width / 4, 0.6))
        rows, columns = self.height.shape
        strokes = int(brush.cover * rows * columns / (brush.width * brush.length))
        for y, x in self.rng.uniform((0, 0), (rows - 1, columns - 1), (strokes, 2)):
            chosen = where is None or where[int(y), int(x)] > self.rng.random()
            if chosen:
                path = self._path(np.array([x, y]), angle, brush)
                self._stamp(path, brush, seen[int(y), int(x)], (int(y), int(x)))

    def lit(self, depth: float, gloss: float) -> Picture:
        """The paint under light from the upper left."""
        return lit(self.picture, gaussian_filter(self.height, 0.7), depth, gloss)

    def _path(self, start: Field, angle: Field, brush: Brush) -> Field:
        turn = self.rng.normal(0, brush.wander)
        length = brush.length * self.rng.uniform(0.6, 1.25)
        points, last = [start], np.array(angle.shape[::-1]) - 1
        for _ in range(7):
            x, y = np.clip(points[-1], 0, last).astype(int)
            toward = angle[y, x] + turn
            points.append(points[-1] + length / 7 * np.array([np.cos(toward), np.sin(toward)]))
        path = np.array(points, np.float32)
        return np.asarray(path - (path.mean(0) - start.astype(np.float32)))

    def _stamp(self, path: Field, brush: Brush, color: Picture, start: tuple[int, int]) -> None:
        radius = brush.width / 2 * self.rng.uniform(0.75, 1.2)
        low = np.maximum(np.floor(path.min(0) - radius - 2).astype(int), 0)
        high = np.ceil(path.max(0) + radius + 2).astype(int)
        patch = np.s_[low[1] : high[1], low[0] : high[0]]
        if self.height[patch].size == 0:
            return
        along, across = _stroke_coordinates(path, low, self.height[patch].shape)
        bristle, tint = self._hairs(along, across, radius)
        alpha = _coverage(along, across / radius, bristle, 1.6 / radius)
        if self.parts is not None:
            alpha *= self.parts[patch] == self.parts[start]
        first, second = self._loaded(color, brush.spread)
        paint = first + (second - first) * tint[..., None] + 0.05 * bristle[..., None]
        self.picture[patch] += alpha[..., None] * (paint - self.picture[patch])
        edge = np.clip(np.abs(across) / radius, 0, 1) ** 4
        thick = brush.load * radius**0.5 * (0.6 + 0.35 * bristle + 0.5 * edge + 0.4 * along**3)
        self.height[patch] += alpha * (thick - 0.75 * self.height[patch])

    def _hairs(self, along: Field, across: Field, radius: float) -> tuple[Field, Field]:
        rows, columns = self.bristles.shape
        down, right = self.rng.integers(0, (rows, columns))
        v = (across * min(1.0, 14 / radius) + down).astype(int)
        u = (along * 160 + right).astype(int)
        bristle = self.bristles[v % rows, u % columns]
        tint = self.bristles[(v // 3 + 71) % rows, (u + 333) % columns]
        return bristle, np.clip(0.5 + 0.35 * tint, 0, 1)

    def _loaded(self, color: Picture, spread: float) -> tuple[Picture, Picture]:
        value = self.rng.normal(0, spread)
        hues = self.rng.normal(0, spread * 0.7, (2, 3))
        pair = np.clip(color + value + hues.astype(np.float32), 0, 1)
        return pair[0], pair[1]


def _bristles(rng: np.random.Generator) -> Field:
    hairs = gaussian_filter(rng.standard_normal((256, 1024)), (0.9, 45), mode="wrap")
    grain = gaussian_filter(rng.standard_normal((256, 1024)), (1, 4), mode="wrap")
    mixed = hairs / hairs.std() + 0.35 * grain / grain.std()
    return np.asarray(np.clip(mixed / mixed.std(), -2.2, 2.2), np.float32)


def _stroke_coordinates(path: Field, low: Field, size: tuple[int, ...]) -> tuple[Field, Field]:
    y, x = np.mgrid[: size[0], : size[1]].astype(np.float32)
    starts, spans = path[:-1] - low, np.diff(path, axis=0)
    dx = x[None] - starts[:, 0, None, None].astype(np.float32)
    dy = y[None] - starts[:, 1, None, None].astype(np.float32)
    sx, sy = spans[:, 0, None, None], spans[:, 1, None, None]
    t = (dx * sx + dy * sy) / (sx**2 + sy**2 + 1e-9)
    # The two end segments reach on, so that a stroke ends square as a flat brush does.
    clipped = np.clip(t, 0, 1)
    clipped[0], clipped[-1] = np.minimum(t[0], 1), np.maximum(t[-1], 0)
    distance = (dx - clipped * sx) ** 2 + (dy - clipped * sy) ** 2
    nearest = distance.argmin(0)[None]
    side = np.sign(np.take_along_axis(sx * dy - sy * dx, nearest, 0)[0])
    across = side * np.sqrt(np.take_along_axis(distance, nearest, 0)[0])
    along = (nearest[0] + np.take_along_axis(clipped, nearest, 0)[0]) / len(spans)
    return along.astype(np.float32), across.astype(np.float32)


def _coverage(along: Field, across: Field, bristle: Field, soft: float) -> Field:
    sides = np.clip((1 + 0.12 * bristle - np.abs(across)) / soft, 0, 1)
    start = np.clip((along + 0.02 + 0.02 * bristle + 0.06 * (1 - across**2)) / 0.04, 0, 1)
    dry = 0.90 + 0.10 * bristle - 0.06 * across**2
    end = np.clip((dry - along) / 0.05, 0, 1)
    return np.asarray(0.96 * sides * start * end, np.float32)
