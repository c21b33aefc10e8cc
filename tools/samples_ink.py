"""Printing from wood blocks: the inks, a shape with its keyline, the grain over all."""

from __future__ import annotations

import cv2
import numpy as np

from tools.samples_canvas import Field, Picture, blur, colors, noise, over, smeared, smoothstep

PAPER, CREAM, KEY, INDIGO, PRUSSIAN, SLATE, PALE, VERMILION, ROSE, MOSS, OCHRE = colors(
    "efe3c8",
    "f6ecd2",
    "101c33",
    "15305c",
    "1f4f86",
    "5b86a8",
    "a9c4c4",
    "cf3d26",
    "e8a27c",
    "5c7a5a",
    "d9a544",
)


def inked(
    picture: Picture, mask: Field, ink: Picture, rng: np.random.Generator, line: float = 2.4
) -> Picture:
    """Fill a shape with ink (a color or a picture) and draw its keyline, thick and thin."""
    inside = (mask > 0.5).astype(np.uint8)
    to_edge = np.maximum(
        cv2.distanceTransform(inside, cv2.DIST_L2, 5),
        cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5),
    )
    width = line * (1 + 0.35 * noise(mask.shape, 70, rng))
    shaded = over(picture, ink, blur(mask, 0.8))
    return over(shaded, KEY, smoothstep(0.8, -0.8, to_edge - width))


def printed(picture: Picture, rng: np.random.Generator) -> Picture:
    """Pigment that took unevenly, the block's grain, the fibers of the paper."""
    size = (picture.shape[0], picture.shape[1])
    flow = 0.10 * noise(size, 240, rng)
    grain = smeared(noise(size, 3, rng), flow.astype(np.float32), 90)
    mottle = noise(size, 90, rng, 5)
    fiber = smeared(noise(size, 2, rng), 2.0 * noise(size, 30, rng), 8)
    wear = 0.030 * grain / grain.std() + 0.022 * mottle + 0.016 * fiber / fiber.std()
    inked = np.clip(1.15 - picture.mean(-1), 0.15, 1)
    faded = over(picture, PAPER, np.clip(0.05 + wear * 2.2, 0, 0.4) * inked)
    return np.asarray(np.clip(faded * (1 + 0.8 * wear[..., None]), 0, 1))
