"""Guitar, bottle and fruit on a table, broken into planes as the cubists broke them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tools.samples_brush import Brush, Canvas
from tools.samples_canvas import (
    Field,
    Picture,
    Size,
    colors,
    grid,
    over,
    ramp,
    resized,
    smoothstep,
)

SIZE = (768, 640)
PLANES = 84
TINTS = colors(
    "efe2c0",
    "d9b673",
    "b97b34",
    "6e4322",
    "2a2a33",
    "3c5a78",
    "7f9fb0",
    "c9d2c8",
    "c2412d",
    "1f6f6f",
)
INK = colors("17130f")[0]


@dataclass(frozen=True)
class Plane:
    """One facet: where it is, which way it is shaded, how it displaces the subject."""

    inside: NDArray[np.bool_]
    shading: float
    shift: tuple[float, float]
    turn: float
    tint: int


def facets(seed: int) -> Picture:
    """Split the sheet, show each plane its own view, shade it to one edge, then paint it."""
    rng = np.random.default_rng(seed)
    size = (SIZE[0] * 2, SIZE[1] * 2)
    planes = _planes(size, rng)
    broken, lines = _broken(size, planes, rng)
    angle, parts = np.zeros(size, np.float32), np.zeros(size, np.int64)
    for number, plane in enumerate(planes):
        parts[plane.inside], angle[plane.inside] = number, plane.shading + np.pi / 2
    canvas = Canvas(broken, rng, parts)
    canvas.paint(broken, angle, Brush(26, 60, 0.030, 0.10, 1.5, 0.7))
    canvas.paint(broken, angle, Brush(12, 34, 0.035, 0.12, 2.2, 0.8))
    painted = 0.55 * canvas.picture + 0.45 * broken
    gray = painted.mean(-1, keepdims=True)
    vivid = np.clip(1.12 * (gray + 1.28 * (painted - gray)), 0, 1)
    canvas.picture = over(vivid.astype(np.float32), INK, lines)
    return resized(canvas.lit(0.34, 0.10), SIZE)


def _broken(size: Size, planes: list[Plane], rng: np.random.Generator) -> tuple[Picture, Field]:
    """The subject seen through all planes, and the drawn lines between them."""
    x, y = grid(size)
    picture, lines = np.zeros((*size, 3), np.float32), np.zeros(size, np.float32)
    for plane in planes:
        rows, columns = np.nonzero(plane.inside)
        box = np.s_[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        inside = plane.inside[box]
        ramped = _shade(x[box], y[box], inside, plane.shading)
        view = _subject(*_seen(x[box], y[box], plane))
        view = over(view, TINTS[plane.tint], np.full(view.shape[:2], 0.16, np.float32))
        shaded = view * (0.42 + 0.80 * ramped)[..., None]
        shaded = over(shaded, TINTS[0], 0.35 * ramped**3)
        picture[box][inside] = shaded[inside]
        padded = np.pad(inside, 1).astype(np.uint8)
        to_rim = np.asarray(cv2.distanceTransform(padded, cv2.DIST_L2, 5), np.float32)
        stroke = smoothstep(5.5, 2.0, to_rim[1:-1, 1:-1]) * (1.15 - ramped)
        lines[box][inside] = (stroke * rng.choice([0.45, 0.8, 1.0]))[inside]
    for _ in range(22):
        picture = _veil(picture, x, y, rng)
    return picture, np.clip(lines, 0, 0.95)


def _planes(size: Size, rng: np.random.Generator) -> list[Plane]:
    """Split the largest part by a straight line, mostly steep or diagonal, again and again."""
    x, y = grid(size)
    parts = [np.ones(size, bool)]
    while len(parts) < PLANES:
        part = parts.pop(int(np.argmax([p.sum() * rng.uniform(0.4, 1) for p in parts])))
        turn = rng.choice([0.15, 0.55, 1.0, 1.35, 2.1, 2.6]) + rng.normal(0, 0.12)
        offset = x * np.cos(turn) + y * np.sin(turn)
        split = offset < rng.uniform(*np.quantile(offset[part], (0.3, 0.7)))
        parts += [part & split, part & ~split]
    return [
        Plane(
            p,
            rng.uniform(0, 2 * np.pi),
            tuple(rng.normal(0, 0.022, 2)),
            rng.normal(0, 0.11),
            int(rng.choice(len(TINTS), p=[0.2, 0.2, 0.13, 0.07, 0.06, 0.1, 0.1, 0.08, 0.03, 0.03])),
        )
        for p in parts
    ]


def _seen(x: Field, y: Field, plane: Plane) -> tuple[Field, Field]:
    cx, cy = x.mean(), y.mean()
    cos, sin = np.cos(plane.turn), np.sin(plane.turn)
    dx, dy = x - cx, y - cy
    u = cx + dx * cos - dy * sin + plane.shift[0]
    return u, cy + dx * sin + dy * cos + plane.shift[1]


def _shade(x: Field, y: Field, inside: NDArray[np.bool_], turn: float) -> Field:
    along = x * np.cos(turn) + y * np.sin(turn)
    low, high = np.quantile(along[inside], (0.02, 0.98))
    return np.asarray(np.clip((along - low) / (high - low + 1e-6), 0, 1), np.float32)


def _veil(picture: Picture, x: Field, y: Field, rng: np.random.Generator) -> Picture:
    """A translucent plane with one hard edge that fades away from it."""
    turn, cx, cy = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.83), rng.uniform(0, 1)
    u = (x - cx) * np.cos(turn) + (y - cy) * np.sin(turn)
    v = (y - cy) * np.cos(turn) - (x - cx) * np.sin(turn)
    half, reach = rng.uniform(0.06, 0.16), rng.uniform(0.08, 0.22)
    hard = (u > 0) & (np.abs(v + 0.3 * u) < half)
    fade = np.clip(1 - u / reach, 0, 1) ** 1.3 * hard
    return over(picture, (TINTS[0], INK, TINTS[5])[int(rng.integers(3))], 0.55 * fade)


def _subject(x: Field, y: Field) -> Picture:
    wall = ramp(
        colors("14284a", "2a5f8c", "7fb0b8", "f0dca0"), np.clip(x * 1.05 + 0.25 - 0.45 * y, 0, 1)
    )
    table = ramp(colors("d7a862", "b0722f", "6a3d1f"), np.clip((y - 0.66) * 2.6 + 0.2 * x, 0, 1))
    picture = over(wall, table, smoothstep(0.0, 0.004, y - 0.66 - 0.08 * (x - 0.4)))
    picture = _cloth(picture, x, y)
    picture = _bottle(picture, x, y)
    picture = _guitar(picture, x, y)
    for cx, cy, radius, ink in (
        (0.15, 0.80, 0.070, "c2412d"),
        (0.27, 0.845, 0.062, "e0952c"),
        (0.21, 0.74, 0.055, "8a9a3c"),
    ):
        distance = np.hypot(x - cx, y - cy) / radius
        light = np.clip(
            1.15 - np.hypot(x - cx + 0.4 * radius, y - cy + 0.4 * radius) / radius / 1.5, 0.2, 1.2
        )
        picture = over(picture, colors(ink)[0] * light[..., None], smoothstep(1.03, 0.97, distance))
    return picture


def _cloth(picture: Picture, x: Field, y: Field) -> Picture:
    inside = smoothstep(0.0, 0.01, y - 0.76 - 0.22 * np.abs(x - 0.26)) * (x < 0.52)
    fold = 0.5 + 0.5 * np.sin(34 * (x + 0.5 * y))
    return over(picture, ramp(colors("8f9fa8", "d8d6c4", "f4ecd4"), fold), inside)


def _bottle(picture: Picture, x: Field, y: Field) -> Picture:
    half = np.where(y > 0.36, 0.085, 0.085 - 0.055 * smoothstep(0.36, 0.26, y))
    u = (x - 0.17) / half
    inside = smoothstep(1.03, 0.97, np.abs(u)) * (y > 0.09) * (y < 0.72)
    glass = ramp(
        colors("0d2a2a", "1f5a55", "7fb5a0", "1f5a55", "0d2026"), np.clip(u / 2 + 0.5, 0, 1)
    )
    picture = over(picture, glass, inside)
    label = inside * (y > 0.46) * (y < 0.61)
    return over(picture, colors("efe2c0")[0], label)


def _guitar(picture: Picture, x: Field, y: Field) -> Picture:
    turn = 0.30
    u = (x - 0.52) * np.cos(turn) + (y - 0.62) * np.sin(turn)
    v = (y - 0.62) * np.cos(turn) - (x - 0.52) * np.sin(turn)
    lower = np.hypot(u / 0.215, (v - 0.11) / 0.185)
    upper = np.hypot(u / 0.160, (v + 0.12) / 0.150)
    body = np.minimum(lower, upper)
    wood = ramp(
        colors("8a4a1c", "d08a3c", "f0c878", "c27a30", "5a2f18"), np.clip(u / 0.44 + 0.5, 0, 1)
    )
    picture = over(picture, colors("3a1f12")[0], smoothstep(1.08, 1.05, body))
    picture = over(picture, wood, smoothstep(1.0, 0.97, body))
    neck = (np.abs(u) < 0.030) * (v > -0.66) * (v < -0.02)
    head = (np.abs(u) < 0.050) * (v > -0.72) * (v < -0.58)
    picture = over(picture, colors("3a2418")[0], np.maximum(neck, head).astype(np.float32))
    hole = np.hypot(u, v + 0.01) / 0.066
    picture = over(picture, colors("c2412d")[0], smoothstep(1.25, 1.2, hole))
    picture = over(picture, INK, smoothstep(1.03, 0.97, hole))
    bridge = (np.abs(u) < 0.075) * (np.abs(v - 0.16) < 0.012)
    picture = over(picture, INK, bridge.astype(np.float32))
    string = (
        (np.abs((u / 0.0085) % 1 - 0.5) < 0.14) * (np.abs(u) < 0.0255) * (v < 0.16) * (v > -0.6)
    )
    return over(picture, colors("f4ecd4")[0], 0.85 * string)
