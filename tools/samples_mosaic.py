"""Sun over the sea with two fish, set in glass tiles that follow every contour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from tools.samples_canvas import (
    Field,
    Picture,
    Size,
    blur,
    colors,
    grid,
    lit,
    noise,
    over,
    ramp,
    resized,
    smoothstep,
)

SIZE = (640, 768)
TILES = 4600
ROUNDS = 14
SUN = (0.60, 0.28, 0.125)
FISH = ((0.36, 0.70, 0.20, 1), (0.86, 0.84, 0.17, -1))
"""x, y, half length, and the way each fish swims."""
GROUT = colors("2e2a26")[0]
SEA = colors("06204a", "0b3a78", "0e6a9c", "1aa0b0", "7fd6c8", "f4efd8")
SKY = colors("fff3c4", "ffd25e", "f59a2e", "e4572e", "a3243b", "4a1a52", "1c1f63")

Pixels = NDArray[np.int64]


def mosaic(seed: int) -> Picture:
    """Set the tiles: their places settle along the contours, each gets one color and tilt."""
    rng = np.random.default_rng(seed)
    subject, contour = _subject(SIZE)
    angle = _along(contour)
    sites = _settled(rng.uniform(0, 1, (TILES, 2)) * SIZE, angle)
    large = (SIZE[0] * 2, SIZE[1] * 2)
    tile, rim = _nearest(sites, angle, large)
    return resized(_glazed(subject[_at(sites)], tile, rim, rng), SIZE)


def _at(sites: Field) -> tuple[Pixels, Pixels]:
    y, x = sites.astype(np.int64).T
    return np.clip(y, 0, SIZE[0] - 1), np.clip(x, 0, SIZE[1] - 1)


def _along(contour: Field) -> Field:
    slope_y, slope_x = np.gradient(blur(contour, 1.5))
    # The doubled angle has no sign, so that blurring across a ridge does not cancel.
    double = 2 * np.arctan2(slope_y, slope_x)
    return np.arctan2(blur(np.sin(double), 2), blur(np.cos(double), 2)) / 2


def _settled(sites: Field, angle: Field) -> Field:
    for _ in range(ROUNDS):
        tile, _ = _nearest(sites, angle, (SIZE[0] // 2, SIZE[1] // 2))
        rows, columns = np.mgrid[: SIZE[0] // 2, : SIZE[1] // 2] * 2.0 + 0.5
        count = np.maximum(np.bincount(tile.ravel(), minlength=len(sites)), 1)
        sums = [np.bincount(tile.ravel(), c.ravel(), len(sites)) for c in (rows, columns)]
        centers = np.stack(sums, 1) / count[:, None]
        sites = np.where(centers.any(1, keepdims=True), centers, sites)
    return sites


def _nearest(sites: Field, angle: Field, size: Size) -> tuple[Pixels, Field]:
    """The tile of every pixel of a grid over the picture, and how far its rim is, in pixels."""
    rows, columns = np.mgrid[: size[0], : size[1]].astype(np.float32)
    unit = SIZE[0] / size[0]
    points = np.stack([rows, columns], -1).reshape(-1, 2) * unit + unit / 2 - 0.5
    _, near = cKDTree(sites).query(points, k=7)
    turn = angle[_at(sites)][near]
    dy, dx = (points[:, None] - sites[near]).transpose(2, 0, 1)
    u = np.abs(dx * np.cos(turn) + dy * np.sin(turn))
    v = np.abs(dy * np.cos(turn) - dx * np.sin(turn))
    distance = (u**5 + v**5) ** 0.2
    order = np.argsort(distance, 1)[:, :2]
    first, second = np.take_along_axis(distance, order, 1).T
    tile = np.take_along_axis(near, order[:, :1], 1)
    return tile.reshape(size), (second - first).reshape(size).astype(np.float32)


def _glazed(color: Picture, tile: Pixels, rim: Field, rng: np.random.Generator) -> Picture:
    count = len(color)
    value = rng.normal(1, 0.13, (count, 1)) + 0.22 * (rng.random((count, 1)) > 0.93)
    glass = np.clip(color * value + rng.normal(0, 0.035, (count, 3)), 0.02, 1)
    tilt = rng.normal(0, 0.035, (count, 2))
    streak = noise(tile.shape, 10, rng, 3)[..., None]
    picture = glass[tile] * (1 + 0.05 * streak)
    body = smoothstep(1.0, 2.2, rim)
    dome = smoothstep(0.6, 6.0, rim)
    height = 1.9 * dome + 0.10 * streak[..., 0]
    sheen = _tilted_light(tilt)[tile]
    shone = lit((picture + sheen[..., None]).astype(np.float32), blur(height, 0.8), 0.5, 0.35)
    grout = GROUT * (1 + 0.25 * noise(tile.shape, 4, rng, 2)[..., None])
    return over(np.clip(grout, 0, 1), shone, body)


def _tilted_light(tilt: Field) -> Field:
    return np.clip(-(tilt[:, 0] + tilt[:, 1]) * 1.4, -0.12, 0.22)


def _subject(size: Size) -> tuple[Picture, Field]:
    x, y = grid(size)
    picture, contour = _sun(x, y)
    swell = y + 0.022 * np.sin(9 * x + 9 * y) + 0.012 * np.sin(17 * x - 5 * y + 1)
    phase = (swell * 10.5) % 1
    sea = ramp(SEA, np.clip(phase**1.3 * 1.02 - 0.25 * (y - 0.5), 0, 1))
    wet = swell > 0.52
    picture = np.where(wet[..., None], sea, picture)
    contour = np.where(wet, swell, contour)
    for fish in FISH:
        picture, contour = _with_fish(picture, contour, (x, y), fish)
    border = np.minimum(np.minimum(x, x.max() - x), np.minimum(y, 1 - y))
    frame = ramp(colors("1a1440", "c8452b", "f2c14e", "1a1440"), np.clip(border / 0.048, 0, 1))
    framed = border < 0.048
    return np.where(framed[..., None], frame, picture), np.where(framed, border, contour)


def _sun(x: Field, y: Field) -> tuple[Picture, Field]:
    cx, cy, radius = SUN
    distance, turn = np.hypot(x - cx, y - cy), np.arctan2(y - cy, x - cx)
    rays = 0.5 + 0.5 * np.sign(np.sin(turn * 12 + 0.4 * np.sin(distance * 16)))
    reach = (distance - radius) / 0.62
    sky = ramp(SKY, np.clip(0.14 + reach * 1.1 - 0.20 * rays * (1 - reach), 0, 1))
    core = ramp(colors("fffbe0", "ffe680", "ffc02e", "f07f13"), np.clip(distance / radius, 0, 1))
    rim = np.abs(distance - radius) < 0.011
    picture = np.where((distance < radius)[..., None], core, sky)
    return np.where(rim[..., None], colors("a3243b")[0], picture), distance


def _with_fish(
    picture: Picture, contour: Field, at: tuple[Field, Field], fish: tuple[float, ...]
) -> tuple[Picture, Field]:
    cx, cy, half, way = fish
    u, v = (at[0] - cx) / half * way, (at[1] - cy - 0.012 * np.sin(at[0] * 14)) / half
    body = np.abs(v) - 0.42 * np.sqrt(np.clip(1 - np.abs(u) ** 2.2, 0, 1)) * (1 + 0.25 * u)
    tail = np.maximum(np.abs(v) - 0.10 - 0.75 * (-u - 0.86), u + 0.80)
    tail = np.maximum(tail, -u - 1.42 + 0.45 * np.abs(v))
    shape = np.where(np.abs(u) < 1, np.minimum(body, tail), tail)
    bands = ramp(
        colors("fff1d0", "f7b32b", "ee6c2b", "c8262f", "f7b32b", "7a1630"),
        np.clip((v + 0.45) / 0.9 + 0.06 * np.sin(u * 22), 0, 1),
    )
    head = smoothstep(0.50, 0.53, u)
    bands = over(bands, colors("f7b32b")[0], head)
    bands = over(bands, colors("7a1630")[0], smoothstep(0.04, 0.03, np.abs(u - 0.5)) * (shape < 0))
    eye = np.hypot(u - 0.70, v + 0.09)
    bands = over(bands, colors("fffbe8")[0], smoothstep(0.17, 0.15, eye))
    bands = over(bands, colors("08102c")[0], smoothstep(0.09, 0.07, eye))
    outlined = over(bands, colors("081a3c")[0], smoothstep(-0.035, -0.02, shape))
    inside = shape < 0.055
    return np.where(inside[..., None], outlined, picture), np.where(inside, shape * half, contour)
