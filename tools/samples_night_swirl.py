"""Night over a lake, in thick oil: the sky turns in vortices, the lamps lie on the water."""

from __future__ import annotations

import numpy as np

from tools.samples_brush import Brush, Canvas
from tools.samples_canvas import (
    Field,
    Picture,
    Size,
    blur,
    colors,
    equalized,
    grid,
    noise,
    over,
    ramp,
    resized,
    smeared,
    smoothstep,
)

SIZE = (608, 768)
VORTICES = ((0.47, 0.30, 0.17, 1), (0.80, 0.43, 0.11, -1), (0.16, 0.14, 0.09, -1))
"""x, y, radius in units of the height, and the sense of turning."""
MOON = (1.07, 0.17, 0.062)
STARS = (
    (0.12, 0.40, 0.020),
    (0.27, 0.09, 0.017),
    (0.62, 0.11, 0.022),
    (0.80, 0.20, 0.014),
    (0.90, 0.07, 0.012),
    (1.20, 0.40, 0.019),
    (0.99, 0.37, 0.013),
    (0.33, 0.50, 0.013),
    (0.64, 0.55, 0.012),
)
LAMPS = (0.06, 0.15, 0.40, 0.49, 0.56, 0.68, 0.75, 0.86, 0.97, 1.04, 1.17, 1.23)
HORIZON = 0.72
SKY = colors("0b1340", "10206b", "1b3a9a", "2456bd", "3d7fd0", "6fb0d8", "b5d9cf", "f0e6b4")
GLOW = colors("fff7cf", "ffe27a", "f7b733", "e9c46a", "9cc7b0", "4a86c5", "2450a8")
WATER = colors("081033", "0f2062", "173a8c", "2b62b0", "5a9ac4")


def night_swirl(seed: int) -> Picture:
    """Paint the night: broad strokes first, then middle, then fine where there is light."""
    rng = np.random.default_rng(seed)
    angle = _flow(SIZE, rng)
    subject = _subject(SIZE, angle, rng)
    large = (SIZE[0] * 2, SIZE[1] * 2)
    subject, angle = np.clip(resized(subject, large), 0, 1), _resized_angle(angle, large)
    canvas = Canvas(blur(subject, 20) * 0.7, rng)
    fine = np.clip(_detail(subject), 0.25, 1)
    canvas.paint(subject, angle, Brush(46, 210, 0.05, 0.12, 3.0))
    canvas.paint(subject, angle, Brush(24, 130, 0.055, 0.10, 2.6, 1.2))
    canvas.paint(subject, angle, Brush(15, 78, 0.055, 0.08, 2.4, 1.5), fine)
    canvas.paint(subject, angle, Brush(9, 40, 0.05, 0.08, 1.6, 1.7), smoothstep(0.3, 0.9, fine))
    moon = _moonlit(large)
    canvas.paint(subject, angle, Brush(11, 44, 0.04, 0.05, 3.0, 1.8), moon)
    return resized(canvas.lit(0.55, 0.25), SIZE)


def _detail(subject: Picture) -> Field:
    contrast = np.abs(subject - blur(subject, 14)).sum(-1)
    return np.asarray(np.clip(blur(contrast, 4) * 4, 0, 1), np.float32)


def _moonlit(size: Size) -> Field:
    x, y = grid(size)
    return smoothstep(1.5, 1.1, np.hypot(x - MOON[0], y - MOON[1]) / MOON[2])


def _resized_angle(angle: Field, size: Size) -> Field:
    return np.arctan2(resized(np.sin(angle), size), resized(np.cos(angle), size))


def _flow(size: Size, rng: np.random.Generator) -> Field:
    x, y = grid(size)
    wave = 0.35 * np.sin(5.2 * x + 1.0) + 0.22 * noise(size, 130, rng)
    vx, vy = np.cos(wave), np.sin(wave)
    for cx, cy, radius, sense in VORTICES:
        vx, vy = _turned(vx, vy, (x - cx, y - cy), radius, (4.0 * sense, 1.0))
    for cx, cy, radius in (*STARS, MOON):
        vx, vy = _turned(vx, vy, (x - cx, y - cy), radius * 2.6, (6.0, 0.0))
    angle = np.arctan2(vy, vx)
    hills = _ridge_slope(x)
    angle = np.where(y > _ridge(x), hills, angle)
    water = 0.10 * noise(size, 60, rng)
    angle = np.where(y > HORIZON, water, angle)
    tree = _cypress(x, y) > 0.3
    return np.where(tree, -np.pi / 2 + 0.35 * noise(size, 40, rng), angle).astype(np.float32)


def _turned(
    vx: Field, vy: Field, offset: tuple[Field, Field], radius: float, turn: tuple[float, float]
) -> tuple[Field, Field]:
    dx, dy = offset
    distance = np.sqrt(dx**2 + dy**2) + 1e-6
    around, inside = np.exp(-((distance / radius) ** 2)) * np.array(turn)[:, None, None]
    return (
        vx - around * dy / distance - inside * dx / distance,
        vy + around * dx / distance - inside * dy / distance,
    )


def _ridge(x: Field) -> Field:
    return np.asarray(0.62 - 0.055 * np.sin(3.1 * x - 1.2) - 0.022 * np.sin(7.3 * x + 2.0))


def _ridge_slope(x: Field) -> Field:
    return np.asarray(np.arctan(-0.17 * np.cos(3.1 * x - 1.2) - 0.16 * np.cos(7.3 * x + 2.0)))


def _cypress(x: Field, y: Field) -> Field:
    total = np.zeros_like(x)
    for cx, top, wide in ((0.120, 0.26, 0.075), (0.262, 0.54, 0.045)):
        t = np.clip((y - top) / (1.05 - top), 0, 1)
        lean = cx + 0.016 * np.sin(9 * y + cx * 20)
        half = wide * t**0.75 * (1.0 + 0.12 * np.sin(31 * y + 8 * x))
        total = np.maximum(total, smoothstep(0.006, -0.006, np.abs(x - lean) - half))
    return total * (y > 0.26)


def _subject(size: Size, angle: Field, rng: np.random.Generator) -> Picture:
    x, y = grid(size)
    sky = _sky(size, angle, rng)
    hills = ramp(
        colors("0a0f33", "1a2060", "2a3f86", "31698a", "4f8f86"),
        equalized(smeared(noise(size, 14, rng), angle, 24)),
    )
    picture = over(sky, hills, smoothstep(-0.003, 0.003, y - _ridge(x)))
    picture = over(picture, _water(size, rng), smoothstep(-0.002, 0.002, y - HORIZON))
    for lamp in LAMPS:
        glow = np.exp(-(((x - lamp) / 0.012) ** 2) - ((y - HORIZON + 0.012) / 0.012) ** 2)
        picture = over(picture, colors("ffd76a")[0], np.clip(1.6 * glow, 0, 1))
    bark = ramp(
        colors("03060f", "0a1a1c", "12301f", "27502b", "7a5a1e"),
        equalized(smeared(noise(size, 9, rng), angle, 26)) ** 1.4,
    )
    return over(picture, bark, _cypress(x, y))


def _sky(size: Size, angle: Field, rng: np.random.Generator) -> Picture:
    x, y = grid(size)
    bands = equalized(smeared(noise(size, 20, rng), angle, 60))
    light = 0.72 * bands + 0.22 * smoothstep(0.2, 0.66, y)
    for cx, cy, radius, _ in VORTICES:
        distance = np.hypot(x - cx, y - cy)
        light += 0.30 * np.exp(-((distance / radius) ** 2)) * (0.3 + bands)
    picture = ramp(SKY, np.clip(light, 0, 1))
    for cx, cy, radius in STARS:
        picture = _star(picture, np.hypot(x - cx, y - cy) / radius, 2.9, rng)
    picture = _star(picture, np.hypot(x - MOON[0], y - MOON[1]) / MOON[2] * 0.9, 2.6, rng)
    disk = np.hypot(x - MOON[0], y - MOON[1]) < MOON[2]
    bite = np.hypot(x - MOON[0] - 0.030, y - MOON[1] + 0.012) < MOON[2] * 0.72
    picture = over(picture, colors("c9c77a")[0], (disk & bite).astype(np.float32))
    return over(picture, colors("f08a12")[0], (disk & ~bite).astype(np.float32))


def _star(picture: Picture, distance: Field, reach: float, rng: np.random.Generator) -> Picture:
    rings = 0.09 * np.sin(distance * 7 + rng.uniform(0, 6))
    halo = ramp(GLOW, np.clip(distance / reach + rings * (distance > 0.8), 0, 1))
    return over(picture, halo, smoothstep(reach, reach * 0.55, distance))


def _water(size: Size, rng: np.random.Generator) -> Picture:
    x, y = grid(size)
    level = np.zeros(size, np.float32)
    bands = equalized(smeared(noise(size, 7, rng), level, 40))
    picture = ramp(WATER, np.clip(0.95 * bands + 0.15 - 0.4 * (y - HORIZON), 0, 1))
    broken = smoothstep(0.25, 0.7, equalized(smeared(noise(size, 6, rng), level, 10)))
    for lamp in LAMPS:
        length = 0.10 + 0.16 * ((lamp * 7.3) % 1)
        depth = (y - HORIZON) / length
        column = np.exp(-(((x - lamp) / (0.012 + 0.010 * depth)) ** 2)) * smoothstep(
            1.1, 0.1, depth
        )
        gold = ramp(colors("fff0b0", "ffc53d", "e8862a"), np.clip(depth, 0, 1))
        picture = over(picture, gold, np.clip(1.3 * column * broken, 0, 1))
    path = np.exp(-(((x - MOON[0]) / (0.05 + 0.15 * (y - HORIZON))) ** 2)) * broken
    return over(picture, colors("f7e7a1")[0], np.clip(path * 0.8, 0, 1))
