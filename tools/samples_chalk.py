"""Vase and fruit in black, red and white chalk, hatched across the form on tan paper."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tools.samples_canvas import (
    Field,
    Picture,
    Size,
    blur,
    colors,
    noise,
    over,
    resized,
    smeared,
    smoothstep,
)

SIZE = (608, 768)
PAPER, BLACK, SANGUINE, WHITE = colors("cfae82", "1d1715", "9c3a1e", "fbf4e4")
LIGHT = np.array([-0.62, 0.66, -0.42]) / np.linalg.norm([-0.62, 0.66, -0.42])
FRUIT = (
    (0.62, 0.36, -0.42, 0.36),
    (1.36, 0.31, 0.02, 0.31),
    (-1.28, 0.34, -0.25, 0.34),
    (-0.62, 0.22, -0.95, 0.22),
)
"""Center x, y, z and radius."""
Points = NDArray[np.float64]


@dataclass(frozen=True)
class Form:
    """What the draftsman sees: light in [0, 1], the direction across the form, the outlines."""

    tone: Field
    across: Field
    outline: Field


def chalk(seed: int) -> Picture:
    """Tone in red, shadow in black in three directions, outlines, and lights in white."""
    rng = np.random.default_rng(seed)
    form = _seen(SIZE)
    size = (SIZE[0] * 2, SIZE[1] * 2)
    tone = resized(form.tone, size)
    across = np.arctan2(resized(np.sin(form.across), size), resized(np.cos(form.across), size))
    tooth = (0.7 * noise(size, 4, rng, 2) + 0.5 * noise(size, 2.5, rng)).astype(np.float32)
    sheet = _paper(size, tooth, rng)
    level = np.full(size, -0.75, np.float32)
    rub = np.clip(0.75 - tone + 0.12 * tooth, 0, 1)
    sheet = over(sheet, SANGUINE, 0.45 * rub)
    for angle, dark, ink, width in (
        (across, smoothstep(0.80, 0.25, tone), SANGUINE, 3),
        (level, smoothstep(0.70, 0.20, tone), SANGUINE, 3),
        (across, smoothstep(0.55, 0.10, tone), BLACK, 3),
        (level, 0.7 * smoothstep(0.42, 0.05, tone), BLACK, 3),
        (level + 1.25, 0.5 * smoothstep(0.26, 0.0, tone), BLACK, 3),
        (across, 0.9 * smoothstep(0.74, 0.95, tone), WHITE, 4),
    ):
        sheet = _hatched(sheet, tooth, (angle, dark, ink, width), rng)
    line = resized(form.outline, size) * np.clip(0.75 + 0.5 * tooth, 0, 1)
    return resized(over(sheet, BLACK, np.clip(line, 0, 0.95)), SIZE)


def _paper(size: Size, tooth: Field, rng: np.random.Generator) -> Picture:
    fiber = smeared(noise(size, 3, rng), (1.5 * noise(size, 50, rng)).astype(np.float32), 12)
    mottle = 0.025 * noise(size, 160, rng, 4) + 0.018 * tooth + 0.02 * fiber / fiber.std()
    return np.asarray(np.clip(PAPER * (1 + mottle[..., None]), 0, 1), np.float32)


def _hatched(
    sheet: Picture,
    tooth: Field,
    layer: tuple[Field, Field, Picture, int],
    rng: np.random.Generator,
) -> Picture:
    """One direction of hatching, in batches so that crossing lines darken."""
    angle, dark, ink, width = layer
    for _ in range(14):
        mask = np.zeros(dark.shape, np.uint8)
        for start in rng.uniform((0, 0), dark.shape, (900, 2)):
            if dark[int(start[0]), int(start[1])] > rng.random():
                _line(mask, start[::-1], (angle, dark), width, rng)
        press = rng.uniform(0.40, 0.75)
        grain = np.clip(press + 0.38 * tooth, 0, 1)
        sheet = over(sheet, ink, blur(mask.astype(np.float32) / 255, 0.7) * grain)
    return sheet


def _line(
    mask: NDArray[np.uint8],
    at: Points,
    field: tuple[Field, Field],
    width: int,
    rng: np.random.Generator,
) -> None:
    angle, dark = field
    turn, points = rng.normal(0, 0.07), [at]
    for _ in range(int(rng.integers(5, 12))):
        x, y = points[-1].astype(int)
        if not (0 <= x < mask.shape[1] and 0 <= y < mask.shape[0]) or dark[y, x] < 0.03:
            break
        toward = angle[y, x] + turn
        points.append(points[-1] + 9 * np.array([np.cos(toward), np.sin(toward)]))
    path = np.round(np.array(points) * 16).astype(np.int32)
    cv2.polylines(mask, [path], False, 255, int(rng.integers(1, width + 1)), cv2.LINE_AA, 4)


def _distance(p: Points) -> Points:
    """Signed distance (a lower bound) to the vase, the fruit and the table."""
    x, y, z = p
    profile = (
        0.20
        + 0.36 * np.exp(-(((y - 0.72) / 0.48) ** 2))
        - 0.07 * np.exp(-(((y - 1.55) / 0.20) ** 2))
        + 0.13 * np.exp(-(((y - 1.98) / 0.16) ** 2))
    )
    around = np.hypot(x + 0.32, z - 0.25)
    vase = np.maximum((around - profile) * 0.72, y - 1.95)
    vase = np.maximum(vase, -(np.maximum((around - profile + 0.05) * 0.72, 1.2 - y)))
    nearest = np.minimum(vase, y)
    for cx, cy, cz, radius in FRUIT:
        side = np.hypot(x - cx, z - cz)
        dimple = 0.10 * radius * np.exp(-((side / (0.28 * radius)) ** 2)) * (y > cy)
        fruit = np.hypot(side, (y - cy) * 1.06) - radius + 2.2 * dimple
        stem = np.maximum(
            np.hypot(x - cx - 0.25 * (y - cy - radius), z - cz) - 0.022,
            np.abs(y - cy - radius) - 0.13,
        )
        nearest = np.minimum(nearest, np.minimum(fruit * 0.8, stem * 0.8))
    return np.asarray(nearest)


def _marched(origin: Points, ray: Points, steps: int) -> Points:
    reach = np.full(ray.shape[1:], 0.03)
    for _ in range(steps):
        reach = np.minimum(reach + _distance(origin + ray * reach), 12)
    return reach


def _normal(p: Points) -> Points:
    step = 1e-3
    slopes = [
        _distance(p + step * axis[:, None, None]) - _distance(p - step * axis[:, None, None])
        for axis in np.eye(3)
    ]
    normal = np.stack(slopes)
    return np.asarray(normal / (np.linalg.norm(normal, axis=0) + 1e-12))


def _seen(size: Size) -> Form:
    height, width = size
    v, u = np.mgrid[:height, :width].astype(np.float64)
    u, v = (u - width / 2) / height, (v - height / 2) / height
    eye = np.array([0.1, 1.55, -4.6])[:, None, None]
    ray = np.stack([u, -v - 0.155, np.full(size, 1.42)])
    ray /= np.linalg.norm(ray, axis=0)
    reach = _marched(eye, ray, 80)
    hit = eye + ray * reach
    normal = _normal(hit)
    wall = hit[2] > 1.7
    tone = np.where(wall, np.minimum(0.50 - 0.30 * u - 0.25 * v, 0.70), _light(hit, normal))
    tangent = np.cross(normal, [0.0, 1, 0], axisa=0).transpose(2, 0, 1)
    across = np.arctan2(-tangent[1] + 0.35 * tangent[2], tangent[0])
    flat = wall | (normal[1] > 0.97) & (hit[1] < 0.02)
    across = np.where(flat, np.where(wall, -0.95, 0.06), across)
    depth = np.minimum(reach, 6.4)
    outline = np.hypot(*np.gradient(depth)) + 0.25 * np.abs(np.stack(np.gradient(normal[1]))).sum(0)
    edge = smoothstep(0.05, 0.22, blur(outline.astype(np.float32), 0.8))
    return Form(np.clip(tone, 0, 1).astype(np.float32), across.astype(np.float32), edge)


def _light(hit: Points, normal: Points) -> Points:
    toward = LIGHT[:, None, None]
    facing = np.clip((normal * toward).sum(0), 0, 1)
    shade, reach = np.ones_like(facing), np.full_like(facing, 0.05)
    for _ in range(36):
        gap = _distance(hit + 0.02 * normal + toward * reach)
        shade = np.minimum(shade, np.clip(9 * gap / reach, 0, 1))
        reach += np.clip(gap, 0.02, 0.2)
    hollow = np.clip(_distance(hit + 0.16 * normal) / 0.16, 0, 1)
    bounce = 0.16 * np.clip(-normal[0] * 0.5 - normal[1] + 0.4, 0, 1)
    return np.asarray(
        (0.07 + 1.02 * facing * shade + bounce + 0.06 * normal[1]) * (0.4 + 0.6 * hollow)
    )
