"""Poppies in a meadow, in transparent washes: dark rims, granulation, wet color in wet color."""

from __future__ import annotations

import cv2
import numpy as np

from tools.samples_canvas import (
    Field,
    Picture,
    Size,
    blur,
    colors,
    filled,
    grid,
    lit,
    noise,
    resized,
    smoothstep,
    warped,
)

SIZE = (576, 768)
PAPER = colors("fbf6ea")[0]
ROSE, SCARLET, ORANGE, YELLOW, SAP, OLIVE, TEAL, COBALT, VIOLET, SEPIA = colors(
    "d9527f",
    "dd2c1e",
    "f0762a",
    "f4c430",
    "6f9a35",
    "8a8a32",
    "2f8f8a",
    "3f6fb5",
    "7a5aa5",
    "33242c",
)
POPPIES = (
    (0.30, 0.40, 0.170, 0.3),
    (0.72, 0.30, 0.140, -0.9),
    (1.02, 0.48, 0.180, 2.7),
    (0.55, 0.62, 0.115, 1.9),
    (1.20, 0.22, 0.085, 2.4),
    (0.12, 0.66, 0.085, -0.4),
    (0.48, 0.17, 0.065, 0.3),
    (0.90, 0.72, 0.085, 3.6),
    (0.93, 0.16, 0.050, 0.0),
)
"""x, y, radius in units of the height, and tilt."""


class Sheet:
    """Paper with a tooth, and the light that the washes on it let through."""

    def __init__(self, size: Size, rng: np.random.Generator) -> None:
        self.size, self.rng = size, rng
        self.tooth = 0.7 * noise(size, 7, rng, 2) + 0.5 * noise(size, 3.5, rng)
        self.density = np.zeros((*size, 3), np.float32)

    def wash(self, shape: Field, pigment: Picture, strength: Field | float = 1.0) -> None:
        """Lay one wash; ``shape`` is about 1 inside, and its borders wander with the paper.

        A drying wash carries pigment to its rim, and heavy pigment settles in the tooth.
        """
        ragged = shape + 0.05 * self.tooth + 0.10 * noise(self.size, 26, self.rng, 3)
        wet = smoothstep(0.46, 0.54, ragged.astype(np.float32))
        rim = np.clip(wet - blur(wet, 5), 0, 1) * 1.1 + np.clip(wet - blur(wet, 16), 0, 1) * 0.45
        pool = 0.78 + 0.22 * noise(self.size, 110, self.rng, 3)
        amount = wet * strength * np.clip(pool, 0.25, 1.6) + rim * np.minimum(strength, 1)
        amount = amount * (1 - 0.13 * self.tooth)
        self.density += np.clip(amount, 0, None)[..., None] * _absorption(pigment)

    def charge(self, shape: Field, pigment: Picture, strength: float = 1.0) -> None:
        """Touch wet paper with color that runs out softly, in feathers."""
        dx, dy = (22 * noise(self.size, s, self.rng, 3) for s in (60, 61))
        soft = blur(warped(shape.astype(np.float32), dx, dy), 5) * strength
        amount = soft * (1 + 0.15 * noise(self.size, 40, self.rng, 3) - 0.14 * self.tooth)
        self.density += np.clip(amount, 0, None)[..., None] * _absorption(pigment)

    def dry(self) -> Picture:
        """The sheet as the eye sees it, with light raking over the tooth."""
        picture = PAPER * np.exp(-self.density)
        return lit(picture.astype(np.float32), blur(self.tooth.astype(np.float32), 0.8), 0.085)


def watercolor(seed: int) -> Picture:
    """Wet sky and meadow first, then stems, then the poppies, at last the darks and spatter."""
    rng = np.random.default_rng(seed)
    sheet = Sheet((SIZE[0] * 2, SIZE[1] * 2), rng)
    _ground(sheet)
    _hills(sheet)
    for _ in range(64):
        _stem(sheet, rng.uniform(-0.05, 1.38), rng.uniform(0.35, 0.8), rng.uniform(0.002, 0.008))
    for poppy in sorted(POPPIES, key=lambda flower: flower[2]):
        _stem(sheet, poppy[0], poppy[1], 0.0045)
        _poppy(sheet, *poppy)
    _spatter(sheet)
    return resized(sheet.dry(), SIZE)


def _absorption(pigment: Picture) -> Picture:
    return -np.log(np.clip(pigment, 0.02, 0.995))


def _ground(sheet: Sheet) -> None:
    x, y = grid(sheet.size)
    for pigment, cx, cy, radius, strength in (
        (COBALT, 0.15, 0.05, 0.34, 0.55),
        (TEAL, 0.65, 0.10, 0.26, 0.40),
        (VIOLET, 1.15, 0.05, 0.32, 0.45),
        (ROSE, 0.85, 0.24, 0.20, 0.30),
        (YELLOW, 0.45, 0.30, 0.25, 0.50),
        (YELLOW, 1.25, 0.40, 0.24, 0.45),
        (SAP, 0.20, 0.75, 0.36, 0.75),
        (TEAL, 0.75, 0.92, 0.34, 0.65),
        (OLIVE, 1.15, 0.80, 0.34, 0.70),
        (COBALT, 0.45, 0.98, 0.24, 0.50),
        (VIOLET, 0.00, 0.98, 0.22, 0.55),
        (SAP, 0.90, 0.62, 0.24, 0.50),
    ):
        blob = smoothstep(1.25, 0.2, np.hypot(x - cx, (y - cy) * 1.25) / radius)
        sheet.charge(blob, pigment, strength)


def _hills(sheet: Sheet) -> None:
    x, y = grid(sheet.size)
    for base, pigment, strength in ((0.34, VIOLET, 0.32), (0.40, TEAL, 0.36), (0.47, SAP, 0.42)):
        crest = base + 0.04 * np.sin(5 * x + base * 30) + 0.02 * np.sin(11 * x + base * 70)
        sheet.wash(0.5 + (y - crest) * 9, pigment, strength * smoothstep(0.34, 0.0, y - crest))


def _stem(sheet: Sheet, x0: float, top: float, half: float) -> None:
    rng = sheet.rng
    sway = rng.normal(0, 0.06)
    y = np.linspace(top, 1.05, 30)
    t = (y - top) / (1.05 - top)
    x = x0 + sway * t**1.5 + 0.01 * np.sin(5 * t + x0 * 9)
    wide = half * (0.25 + 1.1 * t)
    outline = np.stack([np.r_[x - wide, (x + wide)[::-1]], np.r_[y, y[::-1]]], 1)
    mask = filled(sheet.size, [*map(tuple, outline)])
    pigment = (SAP, OLIVE, TEAL)[int(rng.integers(3))]
    sheet.density += (
        mask[..., None]
        * _absorption(pigment)
        * rng.uniform(0.4, 1.0)
        * (1 - 0.15 * sheet.tooth[..., None])
    )


def _poppy(sheet: Sheet, cx: float, cy: float, radius: float, tilt: float) -> None:
    """Four petals, wet into wet, a dark heart with stamens."""
    x, y = grid(sheet.size)
    dx, dy = (x - cx) / radius, (y - cy) / radius * 1.18
    dx, dy = dx * np.cos(tilt) + dy * np.sin(tilt), dy * np.cos(tilt) - dx * np.sin(tilt)
    # The petal is opaque enough to lift what lies below.
    flower = np.zeros(sheet.size, np.float32)
    petals = []
    for px, py, wide, high in (
        (0, -0.34, 0.92, 0.62),
        (-0.46, 0.05, 0.60, 0.66),
        (0.48, 0.06, 0.60, 0.64),
        (0.02, 0.42, 0.80, 0.52),
    ):
        frill = 0.06 * np.sin(7 * np.arctan2(dy - py, dx - px) + 9 * px + cx * 20)
        petal = 1 - np.hypot((dx - px) / wide, (dy - py) / high) + frill
        petals.append(0.5 + petal * 3.5)
        flower = np.maximum(flower, smoothstep(-0.05, 0.1, petal))
    sheet.density *= (1 - 0.97 * flower)[..., None]
    distance = np.hypot(dx, dy)
    for i, petal in enumerate(petals):
        sheet.wash(petal, (SCARLET, ORANGE, SCARLET, ROSE)[i], 0.46 + 0.20 * distance)
    crease = 0.5 + 0.5 * np.sin(17 * np.arctan2(dy, dx) + 3 * noise(sheet.size, 50, sheet.rng))
    sheet.charge(crease**3 * smoothstep(0.95, 0.3, distance) * (distance > 0.2), SCARLET, 0.55)
    sheet.charge(smoothstep(0.45, 0.1, distance), VIOLET, 0.8)
    sheet.wash(0.5 + (0.20 - distance) * 6, SEPIA, 0.9)
    _stamens(sheet, (cx, cy), radius)


def _stamens(sheet: Sheet, center: tuple[float, float], radius: float) -> None:
    mask = np.zeros(sheet.size, np.uint8)
    height = sheet.size[0]
    for turn in sheet.rng.uniform(0, 2 * np.pi, 34):
        reach = radius * sheet.rng.uniform(0.26, 0.40)
        x, y = center[0] + reach * np.cos(turn), center[1] + reach * np.sin(turn) * 0.8
        at = (round(x * height * 16), round(y * height * 16))
        cv2.circle(mask, at, round(radius * 0.022 * height * 16), 255, -1, cv2.LINE_AA, 4)
    sheet.density += mask[..., None] / 255 * _absorption(SEPIA) * 0.8


def _spatter(sheet: Sheet) -> None:
    rng, (height, width) = sheet.rng, sheet.size
    for pigment, count in ((SCARLET, 60), (SAP, 50), (COBALT, 40), (ORANGE, 25)):
        mask = np.zeros(sheet.size, np.uint8)
        for y, x in rng.uniform((0, 0), (height, width), (count, 2)):
            size = round(rng.exponential(2.6) * 16) + 16
            cv2.circle(mask, (round(x * 16), round(y * 16)), size, 255, -1, cv2.LINE_AA, 4)
        spots = mask.astype(np.float32) / 255
        rim = np.clip(spots - blur(spots, 2), 0, 1)
        sheet.density += (0.45 * spots + 0.8 * rim)[..., None] * _absorption(pigment)
