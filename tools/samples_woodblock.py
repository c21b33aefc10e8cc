"""A great wave under a snow mountain: flat inks, a keyline and the grain of the cherry block."""

from __future__ import annotations

import cv2
import numpy as np
from scipy.interpolate import splev, splprep

from tools.samples_canvas import (
    Field,
    Picture,
    Size,
    filled,
    grid,
    noise,
    over,
    ramp,
    resized,
    smoothstep,
)
from tools.samples_ink import (
    CREAM,
    INDIGO,
    KEY,
    MOSS,
    OCHRE,
    PALE,
    PRUSSIAN,
    ROSE,
    SLATE,
    VERMILION,
    inked,
    printed,
)

SIZE = (560, 768)
WAVE = (
    (-0.05, 0.97),
    (0.03, 0.74),
    (0.10, 0.50),
    (0.20, 0.30),
    (0.36, 0.17),
    (0.53, 0.155),
    (0.67, 0.23),
    (0.735, 0.36),
    (0.70, 0.45),
    (0.66, 0.39),
    (0.58, 0.325),
    (0.49, 0.345),
    (0.425, 0.45),
    (0.42, 0.60),
    (0.50, 0.735),
    (0.66, 0.815),
    (0.90, 0.80),
)
"""The outline of the great wave: up its back, over the lip, down its hollow, out to the right."""
LIP = (5, 9)
"""Between these points of the outline the wave breaks."""
SWELL = (
    (0.60, 1.05),
    (0.72, 0.93),
    (0.86, 0.84),
    (1.00, 0.735),
    (1.12, 0.665),
    (1.22, 0.69),
    (1.30, 0.79),
    (1.45, 0.83),
)


def woodblock(seed: int) -> Picture:
    """Print the blocks from far to near, then the grain of wood and paper over all."""
    rng = np.random.default_rng(seed)
    large = (SIZE[0] * 2, SIZE[1] * 2)
    picture = _sky(large, rng)
    picture = _mountain(picture, rng)
    picture = _hills(picture, rng)
    picture = _mist(picture, rng)
    picture = _sea(picture, rng)
    picture = _wave(picture, rng)
    picture = _swell(picture, rng)
    return resized(printed(picture, rng), SIZE)


def _sky(size: Size, rng: np.random.Generator) -> Picture:
    x, y = grid(size)
    level = y + 0.012 * noise(size, 260, rng)
    glow = ramp(
        np.stack([CREAM, CREAM, ROSE * 0.6 + CREAM * 0.4, ROSE]), np.clip(level / 0.62, 0, 1)
    )
    sky = over(glow, PRUSSIAN, smoothstep(0.20, -0.02, level))
    sky = over(sky, INDIGO, smoothstep(0.07, -0.03, level))
    disk = np.hypot(x - 1.13, y - 0.245) - 0.098
    sun = VERMILION + (ROSE - VERMILION) * (0.55 * smoothstep(0.18, 0.36, y))[..., None]
    return over(sky, sun, smoothstep(0.001, -0.001, disk))


def _mountain(picture: Picture, rng: np.random.Generator) -> Picture:
    x, y = grid(picture.shape[:2])
    side = np.abs(x - 0.93) + 1e-4
    slope = 0.335 + 0.30 * (1 - np.exp(-np.maximum(side - 0.022, 0) * 3.1)) / 0.78
    slope += 0.004 * noise(picture.shape[:2], 40, rng) * (side > 0.02)
    body = smoothstep(0.001, -0.001, slope - y)
    ink = over(np.broadcast_to(INDIGO, picture.shape), SLATE, smoothstep(0.40, 0.52, y))
    ink = over(ink, ROSE, 0.8 * smoothstep(0.50, 0.64, y))
    picture = inked(picture, body, ink, rng, 2.0)
    teeth = 0.022 * np.abs(((x * 17 + 0.6 * np.sin(x * 40)) % 2) - 1) + 0.05 * np.abs(
        ((x * 6.3 + 0.3) % 2) - 1
    )
    snow = smoothstep(0.001, -0.001, y - 0.375 - teeth - 0.12 * side) * body
    return inked(picture, snow, CREAM, rng, 1.5)


def _hills(picture: Picture, rng: np.random.Generator) -> Picture:
    x, y = grid(picture.shape[:2])
    layers = ((0.600, 0.030, 4.1, SLATE, PALE), (0.640, 0.028, 6.3, MOSS, OCHRE))
    for base, swing, pace, top, bottom in layers:
        crest = base - swing * np.sin(pace * x + base * 40) - 0.4 * swing * np.sin(2.7 * pace * x)
        bumps = 0.010 * np.abs(np.sin(pace * 9 * x + 2 * np.sin(13 * x)))
        ink = over(np.broadcast_to(top, picture.shape), bottom, smoothstep(0.0, 0.09, y - crest))
        picture = inked(picture, (y > crest - bumps).astype(np.float32), ink, rng, 1.8)
    return picture


def _mist(picture: Picture, rng: np.random.Generator) -> Picture:
    x, y = grid(picture.shape[:2])
    bars = (
        (0.985, 0.590, 0.20, 0.014),
        (1.22, 0.562, 0.22, 0.013),
        (0.80, 0.612, 0.10, 0.011),
        (0.80, 0.110, 0.13, 0.015),
        (0.93, 0.140, 0.16, 0.013),
        (1.27, 0.365, 0.14, 0.014),
        (1.36, 0.393, 0.12, 0.011),
        (0.09, 0.165, 0.10, 0.013),
        (0.00, 0.195, 0.10, 0.012),
    )
    for cx, cy, half, thick in bars:
        inside = np.hypot(np.maximum(np.abs(x - cx) - half, 0), y - cy) < thick
        picture = inked(picture, inside.astype(np.float32), CREAM, rng, 1.3)
    return picture


def _sea(picture: Picture, rng: np.random.Generator) -> Picture:
    x, y = grid(picture.shape[:2])
    top = 0.675 + 0.004 * np.sin(24 * x)
    ink = ramp(np.stack([PALE, SLATE, PRUSSIAN, INDIGO]), np.clip((y - 0.675) / 0.22, 0, 1))
    picture = inked(picture, (y > top).astype(np.float32), ink, rng, 2.0)
    depth = np.clip(y - 0.675, 0, None)
    chop = 0.010 * np.sin(21 * x + 60 * depth) + 0.006 * np.sin(47 * x - 31 * depth)
    row = np.log1p(9 * np.clip(depth + chop * (0.3 + 6 * depth), 0, None)) * 13
    near = np.abs((row % 1) - 0.5) * 2
    gaps = smoothstep(-0.4, 0.3, noise(picture.shape[:2], 60, rng))
    picture = over(picture, KEY, 0.9 * smoothstep(0.80, 0.9, near) * gaps * (depth > 0.004))
    return over(picture, CREAM, 0.9 * smoothstep(0.16, 0.08, near) * gaps * (depth > 0.01))


def _spline(points: tuple[tuple[float, float], ...], count: int) -> Field:
    curve, _ = splprep(np.array(points).T, s=0, k=3)
    return np.stack(splev(np.linspace(0, 1, count), curve), 1).astype(np.float32)


def _wave(picture: Picture, rng: np.random.Generator) -> Picture:
    edge = _spline(WAVE, 400)
    body = filled(picture.shape[:2], [*map(tuple, edge), (0.9, 1.1), (-0.05, 1.1)])
    picture = inked(picture, body, _striped(picture.shape[:2], edge, rng), rng, 3.2)
    first, last = (round(400 * i / (len(WAVE) - 1)) for i in LIP)
    return _foam(picture, edge[first - 75 : last + 22], rng)


def _striped(size: Size, edge: Field, rng: np.random.Generator) -> Picture:
    """Bands of two blues that run from the foot of the wave up into its lip."""
    back, hollow = edge[:170], edge[170:][::-1]
    hollow = hollow[np.linspace(0, len(hollow) - 1, 170).astype(int)]
    back, hollow = (
        np.vstack([side[0] + 60 * (side[0] - side[1]), side]) for side in (back, hollow)
    )
    picture = np.broadcast_to(PRUSSIAN, (*size, 3)).astype(np.float32)
    steps = np.cumsum(rng.uniform(0.6, 1.4, 24))
    at = np.concatenate([[0], steps / steps[-1]]) ** 1.1
    for i in range(len(at) - 1):
        low, high = (back + (hollow - back) * t for t in (at[i], at[i + 1]))
        band = filled(size, [*map(tuple, low), *map(tuple, high[::-1])])
        ink = (INDIGO, SLATE, PRUSSIAN, PALE)[i % 4]
        picture = inked(picture, band, ink, rng, 1.1)
    return picture


def _foam(picture: Picture, lip: Field, rng: np.random.Generator) -> Picture:
    """Claws of foam: every branch is a chain of shrinking drops that hooks downward."""
    height = picture.shape[0]
    dark = np.zeros(picture.shape[:2], np.uint8)
    white, shade = dark.copy(), dark.copy()
    for x, y, radius in _drops(lip, rng):
        center = (round(x * height * 16), round(y * height * 16))
        for mask, grow in ((dark, 2.6), (white, 0.0)):
            cv2.circle(mask, center, round((radius * height + grow) * 16), 255, -1, cv2.LINE_AA, 4)
        inner = (center[0] + round(radius * height * 5), center[1] + round(radius * height * 6))
        cv2.circle(shade, inner, round(radius * height * 8), 255, -1, cv2.LINE_AA, 4)
    foam = white.astype(np.float32) / 255
    picture = over(picture, KEY, dark.astype(np.float32) / 255)
    picture = over(picture, CREAM, foam)
    return over(picture, PALE, 0.8 * foam * shade.astype(np.float32) / 255)


def _drops(lip: Field, rng: np.random.Generator) -> list[tuple[float, float, float]]:
    drops = []
    tangents = np.gradient(lip, axis=0)
    for i in range(0, len(lip), 3):
        x, y = lip[i]
        out = np.arctan2(tangents[i, 1], tangents[i, 0]) - np.pi / 2
        drops.append((x, y, rng.uniform(0.010, 0.020)))
        radius, bend = rng.uniform(0.010, 0.016), rng.uniform(0.10, 0.28)
        toward = out + rng.normal(0.2, 0.35)
        for _ in range(int(rng.integers(3, 9))):
            x, y = x + radius * 1.1 * np.cos(toward), y + radius * 1.1 * np.sin(toward)
            drops.append((x, y, radius))
            radius, toward = radius * 0.86, toward + bend
    for _ in range(70):
        x, y = lip[int(rng.integers(len(lip)))] + rng.normal(0, 0.045, 2)
        drops.append((x, y - 0.035, rng.uniform(0.002, 0.0045)))
    return drops


def _swell(picture: Picture, rng: np.random.Generator) -> Picture:
    edge = _spline(SWELL, 160)
    body = filled(picture.shape[:2], [*map(tuple, edge), (1.5, 1.2), (0.5, 1.2)])
    x, y = grid(picture.shape[:2])
    crest = np.interp(x[0], edge[:, 0], edge[:, 1])[None]
    band = ((y - crest) / (0.05 + 0.25 * np.clip(1.3 - x, 0, 1)) * 3.2 + 0.15 * np.sin(20 * x)) % 1
    ink = over(np.broadcast_to(INDIGO, picture.shape), SLATE, (band < 0.35).astype(np.float32))
    ink = over(ink, PALE, (np.abs(band - 0.4) < 0.05).astype(np.float32))
    picture = inked(picture, body, ink, rng, 3.0)
    return _foam(picture, edge[70:118], rng)
