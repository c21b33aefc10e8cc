"""Poplars by a river at sundown, in dots of pure color that the eye mixes."""

from __future__ import annotations

import cv2
import numpy as np

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

SIZE = (544, 704)
SUN = (0.88, 0.335, 0.050)
POPLARS = (
    (0.09, 0.07, 0.060),
    (0.20, 0.15, 0.052),
    (0.305, 0.105, 0.056),
    (0.41, 0.23, 0.042),
    (0.485, 0.27, 0.036),
    (0.55, 0.315, 0.030),
    (0.605, 0.345, 0.024),
)
"""x, top and half width of each tree, from the near one to the far one."""
SHORE = 0.50
SKY = colors("3f7fd0", "62a8e0", "a5d3e0", "f2e6b0", "ffd27a", "ff9f6b", "f0739a")
CROWN = colors("1d2a6b", "23508a", "1f7a5a", "5fa83a", "c9d440", "ffd84a")
WATER = colors("23408f", "2f6fc0", "58a8cc", "b4d8cf", "ffd9a0")
MEADOW = colors("2b4a7a", "2f7a4a", "7db53a", "e0d548", "f6a63a")


def dots(seed: int) -> Picture:
    """Dot the picture in layers: local color, complement, pure color, glints of light."""
    rng = np.random.default_rng(seed)
    size = (SIZE[0] * 2, SIZE[1] * 2)
    subject = np.clip(resized(_subject(SIZE, rng), size), 0, 1)
    picture = (subject * 0.5 + colors("efe3c6") * 0.5).astype(np.float32)
    height = np.zeros(size, np.float32)
    for inks, radius, share in (
        (subject, 9.5, 1.0),
        (_pure(subject), 8.5, 0.8),
        (_complement(subject), 6.5, 0.22),
        (_glint(subject), 7.0, 0.35),
        (_pure(subject), 6.0, 0.55),
    ):
        _dot(picture, height, inks.astype(np.float32), (radius, share), rng)
    return resized(lit(picture, blur(height, 1.5), 0.6, 0.10), SIZE)


def _dot(
    picture: Picture,
    height: Field,
    inks: Picture,
    size: tuple[float, float],
    rng: np.random.Generator,
) -> None:
    """Set round touches of one size on a loose grid, in random order, in place."""
    radius, share = size
    pitch = radius * 1.75
    rows, columns = np.mgrid[0 : height.shape[0] : pitch, 0 : height.shape[1] : pitch]
    places = np.stack([rows.ravel(), columns.ravel()], 1)
    places = rng.permutation(places[rng.random(len(places)) < share])
    places = np.clip(
        places + rng.normal(0, pitch * 0.3, places.shape), 0, np.array(height.shape) - 1
    )
    for y, x in places:
        ink = inks[int(y), int(x)] + rng.normal(0, 0.060, 3) + rng.normal(0, 0.045)
        reach = radius * rng.uniform(0.8, 1.15)
        axes = (round(reach * 16), round(reach * rng.uniform(0.78, 1.0) * 16))
        touch = ((round(x * 16), round(y * 16)), axes, rng.uniform(0, 180), 0, 360)
        cv2.ellipse(picture, *touch, tuple(np.clip(ink, 0, 1)), -1, cv2.LINE_8, 4)
        cv2.ellipse(height, *touch, rng.uniform(1.5, 3.0), -1, cv2.LINE_8, 4)


def _pure(subject: Picture) -> Picture:
    gray = subject.mean(-1, keepdims=True)
    return np.asarray(np.clip(gray + 1.55 * (subject - gray), 0, 1))


def _complement(subject: Picture) -> Picture:
    """Blue and violet into warm parts, orange and rose into cold ones."""
    gray = subject.mean(-1, keepdims=True)
    return np.asarray(np.clip(gray * 0.95 - 0.75 * (subject - gray) + 0.02, 0, 1))


def _glint(subject: Picture) -> Picture:
    gray = subject.mean(-1)
    warm = ramp(colors("4a2a8f", "2a6fd0", "3fb08a", "ffe04a", "fff3c8"), gray * 1.1 - 0.05)
    return np.clip(0.35 * subject + 0.65 * warm, 0, 1)


def _subject(size: Size, rng: np.random.Generator) -> Picture:
    x, y = grid(size)
    above = _bank(size, x, y, rng)
    ripple = 0.012 * noise(size, 9, rng) * (y > SHORE)
    rows = np.clip((2 * SHORE - y * 0.92 - 0.04 + ripple) * size[0], 0, size[0] - 1).astype(int)
    columns = np.clip((x + ripple * 1.6) * size[0], 0, size[1] - 1).astype(int)
    mirror = above[rows, columns]
    bands = equalized(smeared(noise(size, 8, rng), np.zeros(size, np.float32), 30))
    water = over(mirror, ramp(WATER, bands), 0.30 + 0.25 * smoothstep(0.5, 1, y))
    path = np.exp(-(((x - SUN[0]) / (0.03 + 0.12 * np.abs(y - SHORE))) ** 2)) * (bands > 0.45)
    water = over(water, colors("fff0a8")[0], 0.9 * path)
    picture = over(above, water, (y > SHORE).astype(np.float32))
    picture = _boat(picture, x, y)
    return _near_bank(picture, x, y, rng)


def _bank(size: Size, x: Field, y: Field, rng: np.random.Generator) -> Picture:
    glow = np.exp(-np.hypot(x - SUN[0], (y - SUN[1]) * 1.5) * 2.6)
    cloud = 0.10 * smeared(noise(size, 50, rng, 3), np.zeros(size, np.float32), 40)
    picture = ramp(SKY, np.clip(0.10 + y * 1.0 + 0.45 * glow + cloud, 0, 1) * 0.98)
    picture = over(
        picture,
        colors("fff6c8")[0],
        smoothstep(1.15, 0.85, np.hypot(x - SUN[0], y - SUN[1]) / SUN[2]),
    )
    hill = 0.425 - 0.035 * np.sin(4.2 * x + 0.6) - 0.012 * np.sin(11 * x)
    far = ramp(colors("8f7ac8", "6f8fd0", "d08fb0"), np.clip((y - 0.38) * 9, 0, 1))
    picture = over(picture, far, smoothstep(-0.004, 0.004, y - hill))
    land = 0.468 + 0.008 * np.sin(9 * x)
    meadow = ramp(MEADOW, np.clip(0.55 + 0.3 * noise(size, 18, rng) + 0.25 * (x - 0.6), 0, 1))
    picture = over(picture, meadow, smoothstep(-0.003, 0.003, y - land))
    for tree in reversed(POPLARS):
        picture = _poplar(picture, x, y, tree, rng)
    return picture


def _poplar(
    picture: Picture,
    x: Field,
    y: Field,
    tree: tuple[float, float, float],
    rng: np.random.Generator,
) -> Picture:
    cx, top, half = tree
    t = np.clip((y - top) / (0.485 - top), 0, 1)
    wide = half * np.clip(np.sin(np.pi * t**0.62), 0, 1) ** 0.8 + 0.006
    lump = noise(picture.shape[:2], 16, rng, 2)
    side = (x - cx) / wide + 0.18 * lump
    inside = smoothstep(1.05, 0.9, np.abs(side)) * (y > top) * (y < 0.492)
    tone = np.clip(0.46 + 0.38 * side + 0.12 * lump - 0.10 * t, 0, 1)
    return over(picture, ramp(CROWN, tone), inside)


def _boat(picture: Picture, x: Field, y: Field) -> Picture:
    u, v = (x - 1.08) / 0.11, (y - 0.60) / 0.11
    sail = (v < 0) & (v > -1.75) & (u > -0.12) & (u < 0.62 * (1 + v / 1.75))
    jib = (v < -0.05) & (v > -1.4) & (u < -0.17) & (u > -0.50 * (1 + v / 1.4) - 0.17)
    hull = (v > 0.04) & (v < 0.30) & (np.abs(u) < 0.85 - 0.9 * v)
    below = (v > 0.32) & (v < 1.7) & (np.abs(u - 0.2) < 0.35 * (1.9 - v))
    inks = colors("fff4dc", "ffc98a", "8a2f3f", "ffe9c4")
    for shape, ink, alpha in zip((sail, jib, hull, below), inks, (1, 1, 1, 0.5), strict=True):
        picture = over(picture, ink, alpha * shape.astype(np.float32))
    return picture


def _near_bank(picture: Picture, x: Field, y: Field, rng: np.random.Generator) -> Picture:
    edge = (
        0.86
        - 0.16 * smoothstep(0.75, 0.0, x)
        + 0.015 * np.sin(8 * x)
        + 0.05 * smoothstep(0.6, 1.3, x)
    )
    size = (picture.shape[0], picture.shape[1])
    tone = np.clip(0.50 + 0.27 * noise(size, 22, rng, 2) - 1.1 * (y - edge), 0, 1)
    picture = over(picture, ramp(MEADOW, tone), smoothstep(-0.004, 0.004, y - edge))
    flower = (noise(size, 7, rng) > 1.5) & (y > edge + 0.02)
    return over(picture, colors("e8324a")[0], flower.astype(np.float32))
