"""Magnolias before an evening sky in streaky glass, held by lead and lit from behind."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import splev, splprep
from scipy.spatial import cKDTree

from tools.samples_canvas import (
    Field,
    Picture,
    Size,
    blur,
    colors,
    equalized,
    grid,
    lit,
    noise,
    over,
    ramp,
    resized,
    smeared,
    smoothstep,
)

SIZE = (768, 608)
LEAD = colors("1b1c21")[0]
SKY = colors("141a66", "1c46b5", "1f86cc", "4fbdbd", "f5d873", "f5a03a", "e0512c")
HILL = colors("2d1a66", "5e2a86", "8a3f95")
WATER = colors("0c3580", "1577a8", "4fc0b4", "f2b35a")
LEAF = colors("0b4a2c", "1f7f3c", "66ad3c", "b5cc4a")
PETAL = colors("fff6ec", "fbd5d8", "f08faa", "cf3068", "8d1448")
HEART = colors("ffe88a", "f5ae24", "c9641a")
WOOD = colors("6b3519", "9a5423", "42200f")
FLOWERS = (
    (0.27, 0.25, 0.165, 0.3),
    (0.58, 0.42, 0.185, 1.1),
    (0.19, 0.62, 0.145, 2.0),
    (0.62, 0.14, 0.105, 0.8),
    (0.45, 0.745, 0.125, 0.1),
)
"""x, y, radius in units of the height, and turn."""
BRANCHES = (
    ((0.86, 1.02), (0.70, 0.88), (0.52, 0.82), (0.38, 0.68), (0.20, 0.63)),
    ((0.72, 0.90), (0.69, 0.68), (0.56, 0.50), (0.42, 0.36), (0.28, 0.27)),
    ((0.69, 0.68), (0.74, 0.50), (0.70, 0.28), (0.62, 0.16)),
)
LEAVES = (
    (0.44, 0.57, 0.16, 3.9),
    (0.70, 0.60, 0.15, -0.5),
    (0.33, 0.86, 0.15, 2.4),
    (0.42, 0.14, 0.15, -0.9),
    (0.10, 0.45, 0.15, 1.9),
    (0.58, 0.90, 0.14, 3.0),
    (0.74, 0.27, 0.13, -1.1),
    (0.12, 0.12, 0.12, 3.6),
    (0.30, 0.45, 0.13, 5.2),
)
"""x, y, length and direction of growth."""

Pieces = NDArray[np.int64]


@dataclass
class Window:
    """The pieces cut so far: a number, a color and the direction of the streaks a pixel."""

    piece: Pieces
    color: Picture
    streak: Field

    def set(self, inside: Field, palette: Picture, tone: Field, streak: Field | float) -> None:
        """Cut one more shape out of the pieces below."""
        mask = inside > 0
        self.piece[mask] = self.piece.max() + 1
        self.color[mask] = ramp(palette, np.clip(tone, 0, 1))[mask]
        self.streak[mask] = np.broadcast_to(streak, mask.shape)[mask]


def stained_glass(seed: int) -> Picture:
    """Cut the pieces, streak the glass, lay the lead between them."""
    rng = np.random.default_rng(seed)
    size = (SIZE[0] * 2, SIZE[1] * 2)
    window = _landscape(size, rng)
    for branch in BRANCHES:
        _cut_branch(window, branch)
    for leaf in LEAVES:
        _cut_leaf(window, *leaf)
    for flower in FLOWERS:
        _cut_flower(window, *flower, rng)
    return resized(_leaded(_glass(window, rng), window.piece, rng), SIZE)


def _landscape(size: Size, rng: np.random.Generator) -> Window:
    """Sky, hills and water, broken into pieces as a glazier would: wide, in rows."""
    x, y = grid(size)
    bend = 0.03 * np.sin(5 * x + 1)
    sites = rng.uniform((0, 0), (1, size[1] / size[0]), (170, 2))
    bowed = y + bend + 0.02 * np.sin(13 * x)
    points = np.stack([bowed * 1.9, x], -1).reshape(-1, 2)
    _, cell = cKDTree(sites * [1.9, 1]).query(points)
    hill, far = 0.70 - 0.06 * np.sin(6 * x + 0.4), 0.62 - 0.05 * np.sin(4.3 * x + 2.2)
    band = (y > far).astype(np.int64) + (y > hill) + (y > 0.80)
    piece = cell.reshape(size) + 1000 * band
    fine = noise(size, 30, rng) * 0.03
    inks = (
        ramp(SKY, np.clip((y + fine) / 0.70, 0, 1)),
        ramp(HILL, np.clip((y - 0.55) / 0.2, 0, 1)),
        ramp(HILL[::-1] * 0.8, np.clip((y - 0.62) / 0.2, 0, 1)),
        ramp(WATER[::-1], np.clip((y - 0.78) / 0.2, 0, 1)),
    )
    color = np.select([(band == i)[..., None] for i in range(4)], inks)
    change = rng.normal(0, 0.075, (5000, 3)) + rng.normal(0, 0.07, (5000, 1))
    return Window(piece, (color + change[piece]).astype(np.float32), (bend * 4).astype(np.float32))


def _cut_branch(window: Window, points: tuple[tuple[float, float], ...]) -> None:
    x, y = grid(window.piece.shape)
    curve, _ = splprep(np.array(points).T, s=0, k=min(3, len(points) - 1))
    path = np.stack(splev(np.linspace(0, 1, 120), curve), 1)
    tree = cKDTree(path)
    distance, nearest = tree.query(np.stack([x, y], -1).reshape(-1, 2))
    along = (nearest / 120).reshape(x.shape)
    distance = distance.reshape(x.shape)
    for part in range(4):
        inside = (distance < 0.017 - 0.008 * along) & ((along * 4).astype(int) == part)
        window.set(inside, WOOD, 0.25 + part / 6 + distance * 10, 0.9)


def _petal_coordinates(
    size: Size, x0: float, y0: float, length: float, turn: float
) -> tuple[Field, Field]:
    x, y = grid(size)
    dx, dy = (x - x0) / length, (y - y0) / length
    along = dx * np.cos(turn) + dy * np.sin(turn)
    return along, dy * np.cos(turn) - dx * np.sin(turn)


def _cut_leaf(window: Window, x: float, y: float, length: float, turn: float) -> None:
    along, across = _petal_coordinates(window.piece.shape, x, y, length, turn)
    across = across - 0.12 * np.sin(along * np.pi)
    half = 0.30 * np.sqrt(np.clip(along * (1 - along) * 4, 0, 1)) * (1.05 - 0.35 * along)
    for side in (-1, 1):
        inside = (np.abs(across) < half) & (across * side > 0)
        window.set(inside, LEAF, 0.35 + 0.25 * side + 0.4 * along, turn + 0.5 * side)


def _cut_flower(
    window: Window, x: float, y: float, radius: float, turn: float, rng: np.random.Generator
) -> None:
    size = window.piece.shape
    for ring, (count, reach, width) in enumerate(((6, 1.0, 0.40), (5, 0.66, 0.36))):
        for i in rng.permutation(count):
            toward = turn + (i + 0.5 * ring) * 2 * np.pi / count + rng.normal(0, 0.08)
            along, across = _petal_coordinates(size, x, y, radius * reach, toward)
            half = width * np.sqrt(np.clip(along, 0, 1)) * np.sqrt(np.clip(1.02 - along**4, 0, 1))
            tone = 1.22 - 1.0 * along - 0.10 * ring + rng.normal(0, 0.09)
            inside = np.abs(across + 0.06 * np.sin(4 * along)) < half
            window.set(inside & (along > 0), PETAL, tone + 0.5 * across**2, toward)
    dx, dy = grid(size)[0] - x, grid(size)[1] - y
    for i in range(5):
        part = ((np.arctan2(dy, dx) + turn) // (2 * np.pi / 5)).astype(int) % 5
        distance = np.hypot(dx, dy) / radius
        window.set((distance < 0.20) & (part == i), HEART, distance * 4, 0.7)


def _glass(window: Window, rng: np.random.Generator) -> Picture:
    """Streaks and ripples inside each piece, and daylight that is uneven behind the window."""
    size = window.piece.shape
    turn = rng.normal(0, 0.5, 9000)[window.piece % 9000] * 0.35 + window.streak
    streak = equalized(smeared(noise(size, 10, rng, 2), turn.astype(np.float32), 50)) - 0.5
    wisp = smoothstep(
        0.25, 0.5, smeared(noise(size, 22, rng, 2), turn.astype(np.float32), 40) * 0.6
    )
    x, y = grid(size)
    day = 1.12 - 0.35 * np.hypot(x - 0.42, y - 0.42) ** 1.5 + 0.05 * noise(size, 150, rng)
    color = window.color * (1 + 0.42 * streak[..., None]) * day[..., None]
    color = over(color, np.array([1, 0.98, 0.9], np.float32), 0.16 * wisp)
    ripple = smeared(noise(size, 6, rng), turn.astype(np.float32), 10)
    return lit(np.clip(color, 0, 1).astype(np.float32), blur(ripple, 1.2), 0.5, 0.25)


def _leaded(glass: Picture, piece: Pieces, rng: np.random.Generator) -> Picture:
    flat = np.ones(piece.shape, np.uint8)
    flat[:, 1:] &= piece[:, 1:] == piece[:, :-1]
    flat[1:] &= piece[1:] == piece[:-1]
    flat[[0, -1]], flat[:, [0, -1]] = 0, 0
    distance = cv2.distanceTransform(flat, cv2.DIST_L2, 5)
    half = 4.6 + 0.5 * noise(piece.shape, 40, rng)
    came = np.sqrt(np.clip(1 - (distance / (half + 1)) ** 2, 0, 1)) * 4
    pitted = blur((came + 0.25 * noise(piece.shape, 4, rng)).astype(np.float32), 1.0)
    lead = lit(np.broadcast_to(LEAD, glass.shape).astype(np.float32), pitted, 0.7, 0.45)
    # Light bleeds round the lead, and the lead throws a soft shade into the glass.
    shaded = glass * (0.62 + 0.38 * smoothstep(0, 16, distance - half))[..., None]
    leaded = over(shaded, lead, smoothstep(0.8, -0.8, distance - half))
    return np.clip(leaded + 0.10 * blur(leaded.astype(np.float32), 14), 0, 1)
