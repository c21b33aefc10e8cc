"""What every sample painter draws with: noise, colors, flow and the light on wet paint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Field: TypeAlias = NDArray[np.floating[Any]]
"""One number a pixel, (H, W)."""

Picture: TypeAlias = NDArray[np.floating[Any]]
"""sRGB in [0, 1], (H, W, 3)."""

Size: TypeAlias = tuple[int, int]
"""Height and width in pixels."""


def colors(*names: str) -> Picture:
    """The colors named by six hexadecimal digits each, (N, 3)."""
    return np.array([[int(n[i : i + 2], 16) / 255 for i in (0, 2, 4)] for n in names], np.float32)


def ramp(palette: Picture, at: Field) -> Picture:
    """Read a palette (N, 3) at positions in [0, 1], mixing neighbors."""
    stops = np.linspace(0, 1, len(palette))
    mixed = [np.interp(at, stops, palette[:, channel]) for channel in range(3)]
    return np.stack(mixed, -1).astype(np.float32)


def grid(size: Size) -> tuple[Field, Field]:
    """Coordinates x and y of every pixel in units of the height, y down."""
    height, width = size
    y, x = np.mgrid[:height, :width].astype(np.float32) / height
    return x, y


def noise(size: Size, scale: float, rng: np.random.Generator, octaves: int = 1) -> Field:
    """Smooth noise of mean 0 and deviation 1 with blobs of about ``scale`` pixels."""
    total = np.zeros(size, np.float32)
    for octave in range(octaves):
        cell = max(scale / 2**octave, 1.0)
        rows, columns = int(size[0] / cell) + 4, int(size[1] / cell) + 4
        coarse = rng.standard_normal((rows, columns)).astype(np.float32)
        wide = (round(columns * cell) + 1, round(rows * cell) + 1)
        fine = cv2.resize(coarse, wide, interpolation=cv2.INTER_CUBIC)
        left = round(cell)
        total += fine[left : left + size[0], left : left + size[1]] / 2**octave
    return np.asarray((total - total.mean()) / total.std(), np.float32)


def smoothstep(low: float, high: float, at: Field) -> Field:
    """0 below ``low``, 1 above ``high``, smooth between; ``low > high`` turns it round."""
    t = np.clip((at - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def over(below: Picture, above: Picture, alpha: Field) -> Picture:
    """Lay ``above`` (a picture or one color) over ``below`` where ``alpha`` is 1."""
    return below + (above - below) * alpha[..., None]


def blur(field: Field, sigma: float) -> Field:
    """Gaussian blur of a field or a picture, mirrored at the borders."""
    return np.asarray(cv2.GaussianBlur(field, (0, 0), sigma, borderType=cv2.BORDER_REFLECT))


def warped(field: Field, dx: Field, dy: Field) -> Field:
    """Read a field or picture ``dx`` right and ``dy`` below every pixel."""
    rows, columns = np.mgrid[: dx.shape[0], : dx.shape[1]].astype(np.float32)
    at = ((columns + dx).astype(np.float32), (rows + dy).astype(np.float32))
    return np.asarray(cv2.remap(field, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT))


def smeared(values: Field, angle: Field, length: int) -> Field:
    """Average along the streamlines of a direction field (line integral convolution).

    ``length`` is the reach in pixels to each side; steps are two pixels.
    """
    vx, vy = 2 * np.cos(angle), 2 * np.sin(angle)
    total, count = values.copy(), 1
    for sign in (1.0, -1.0):
        dx, dy = np.zeros_like(values), np.zeros_like(values)
        for _ in range(length // 2):
            step_x, step_y = warped(vx, dx, dy), warped(vy, dx, dy)
            dx, dy = dx + sign * step_x, dy + sign * step_y
            total += warped(values, dx, dy)
            count += 1
    return total / count


def equalized(values: Field) -> Field:
    """The rank of each value among all, in [0, 1], so that a palette is used evenly."""
    flat = np.sort(values.ravel()[:: max(values.size // 20000, 1)])
    return np.searchsorted(flat, values).astype(np.float32) / len(flat)


def lit(picture: Picture, height: Field, depth: float, gloss: float = 0.0) -> Picture:
    """Light a painted surface from the upper left.

    ``depth`` scales the slopes of ``height``; ``gloss`` is the strength of the highlight.
    """
    slope_y, slope_x = np.gradient(height * depth)
    normal = np.stack([-slope_x, -slope_y, np.ones_like(height)], -1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    light, eye = np.array([[-0.45, -0.60, 0.66], [0, 0, 1]], np.float32)
    shade = (normal @ light / light[2])[..., None]
    half = light + eye
    half /= np.linalg.norm(half)
    shine = gloss * np.clip(normal @ half, 0, 1)[..., None] ** 24
    flat_shine = gloss * half[2] ** 24
    return np.asarray(np.clip(picture * (0.35 + 0.65 * shade) + shine - flat_shine, 0, 1))


def resized(field: Field, size: Size) -> Field:
    """Scale a field or picture to a height and width."""
    shrinks = size[0] < field.shape[0]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(field, (size[1], size[0]), interpolation=how))


def filled(size: Size, outline: Sequence[tuple[float, float]], feather: float = 0.0) -> Field:
    """The inside of a polygon given in units of the height, anti-aliased, in [0, 1]."""
    points = np.round(np.array(outline) * size[0] * 16).astype(np.int32)
    mask = np.zeros(size, np.uint8)
    cv2.fillPoly(mask, [points], 255, cv2.LINE_AA, shift=4)
    inside = mask.astype(np.float32) / 255
    return blur(inside, feather) if feather else inside
