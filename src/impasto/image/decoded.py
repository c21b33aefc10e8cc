"""Converts decoded pixels to sRGB floats in [0, 1], a band at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from impasto.errors import PictureError
from impasto.image.light import Coding, FloatArray
from impasto.image.profile import cms_to_rgb, srgb_transform
from impasto.pixels.palette import bands

logger = logging.getLogger("impasto")

# Floats above 1 are highlights and are clipped; above this the scale must be another one.
_LARGEST_LIGHT: Final = 16.0
_BAND: Final = 4_000_000  # pixels that are converted at a time


@dataclass(frozen=True, eq=False)
class Samples:
    """A decoded picture before its profile and orientation are applied.

    Attributes:
        values: (H, W, 1) gray or (H, W, 3) color, in [0, 1], not multiplied by alpha.
        alpha: (H, W) in [0, 1], or None.
        bits: 8 or 16.
        icc: The profile of the values, or None if they are sRGB.
    """

    values: FloatArray
    alpha: FloatArray | None = None
    bits: int = 8
    icc: bytes | None = None


@dataclass(frozen=True, eq=False)
class Stored:
    """A decoded picture, converted some rows at a time, because floats need four times the memory.

    Attributes:
        height: Rows.
        width: Columns.
        samples: Of a slice of rows.
        orientation: EXIF orientation, 1 to 8, in which they are stored.
        coding: The meaning of the values if there is no profile.
        shrink: Side of the squares of pixels that are averaged to one.
    """

    height: int
    width: int
    samples: Callable[[slice], Samples]
    orientation: int = 1
    coding: Coding | None = None
    shrink: int = 1


def array_stored(array: NDArray[Any], name: str) -> Stored:
    """An array of (H, W) gray or (H, W, C): gray, gray and alpha, RGB, or RGBA for C 1 to 4."""
    return _whole_stored(array_samples(array, name))  # small beside the array


def planes_stored(levels: NDArray[Any], order: list[int], icc: bytes | None, name: str) -> Stored:
    """Levels of (H, W, C) as a decoder gives them, with the order of their channels."""

    def samples(rows: slice) -> Samples:
        return replace(array_samples(levels[rows][..., order], name), icc=icc)

    return Stored(levels.shape[0], levels.shape[1], samples)


def pil_stored(image: Image.Image, name: str) -> Stored:
    """A loaded Pillow image of any mode."""
    if image.mode == "F":  # only all floats together show what they mean
        return _whole_stored(pil_samples(image, name))

    def samples(rows: slice) -> Samples:
        if rows == slice(0, image.height):
            return pil_samples(image, name)
        return pil_samples(image.crop((0, rows.start, image.width, rows.stop)), name)

    return Stored(image.height, image.width, samples)


def _whole_stored(whole: Samples) -> Stored:
    def samples(rows: slice) -> Samples:
        alpha = None if whole.alpha is None else whole.alpha[rows]
        return replace(whole, values=whole.values[rows], alpha=alpha)

    return Stored(whole.values.shape[0], whole.values.shape[1], samples)


def array_samples(array: NDArray[Any], name: str) -> Samples:
    """Samples of an array; see :func:`array_stored`."""
    planes = array[..., None] if array.ndim == 2 else array
    if planes.ndim != 3 or planes.shape[2] not in (1, 2, 3, 4) or 0 in planes.shape:
        shapes = "(H, W) or (H, W, 1 to 4)"
        raise PictureError(f"{name}: expected an array of shape {shapes}, got {array.shape}")
    unit = unit_range(planes, name)
    bits = 8 if array.dtype in (np.uint8, np.bool_) else 16
    if planes.shape[2] in (2, 4):
        return Samples(unit[..., :-1], unit[..., -1], bits)
    return Samples(unit, None, bits)


def pil_samples(image: Image.Image, name: str) -> Samples:
    """Samples of a Pillow image of any mode."""
    icc = image.info.get("icc_profile")
    if image.mode in ("CMYK", "LAB"):
        return array_samples(np.asarray(cms_to_rgb(image, icc, name)), name)
    if image.mode[0] in "IF":
        return _deep_gray(image, icc, name)
    gray = image.mode in ("1", "L", "LA", "La")
    if image.mode in ("La", "RGBa"):  # color multiplied by alpha
        image = image.convert(image.mode.upper())
    clear = image.mode == "P" and image.palette is not None and image.palette.mode == "RGBA"
    if image.mode in ("LA", "RGBA", "PA") or "transparency" in image.info or clear:
        levels = np.asarray(image.convert("RGBA"))
        planes = levels[..., [0, 3]] if gray else levels
    else:
        planes = np.asarray(image.convert("L" if gray else "RGB"))
    return replace(array_samples(planes, name), icc=icc)


def _deep_gray(image: Image.Image, icc: bytes | None, name: str) -> Samples:
    levels = np.asarray(image)
    # Pillow keeps 16-bit values in its 32-bit mode I too.
    values = unit_range(levels, name, top=65535)[..., None]
    clear = image.info.get("transparency")
    alpha = (levels != clear).astype(np.float32) if isinstance(clear, int) else None
    return Samples(values, alpha, 16, icc)


def unit_range(levels: NDArray[Any], name: str, top: int | None = None) -> FloatArray:
    """Levels of any type as float32 in [0, 1].

    Whole numbers are divided by ``top``, or by the largest value of their type; negative ones
    count as 0. Floats are clipped.

    Raises:
        PictureError: Floats are not finite, or far above 1.
    """
    if levels.dtype.kind == "f":
        check_floats(levels, name)
        light: FloatArray = np.clip(levels, 0, 1).astype(np.float32)
        return light
    if levels.dtype == np.bool_:
        return levels.astype(np.float32)
    scale = top or np.iinfo(levels.dtype).max
    if levels.dtype.itemsize > 2:  # float32 cannot hold such levels
        return np.clip(levels / np.float64(scale), 0, 1).astype(np.float32)
    unit: FloatArray = levels.astype(np.float32) / np.float32(scale)
    return np.clip(unit, 0, 1, out=unit)


def check_floats(levels: NDArray[Any], name: str) -> None:
    """Raise an error for invalid floats; log values that will be clipped."""
    if not np.isfinite(levels).all():
        raise PictureError(f"{name}: some values are not finite numbers")
    low, high = float(levels.min()), float(levels.max())
    if high > _LARGEST_LIGHT:
        raise PictureError(f"{name}: expected floats from 0 to 1, got values up to {high:g}")
    if low < 0 or high > 1:
        logger.warning("%s: floats from %.3g to %.3g are clipped to 0 and 1", name, low, high)


def assembled(stored: Stored, name: str) -> tuple[FloatArray, FloatArray | None, int]:
    """Colors, alpha and bits of a picture, reduced but not yet turned upright."""
    shrink = stored.shrink
    size = -(-stored.height // shrink), -(-stored.width // shrink)
    pixels, alpha, bits, transform = np.empty((*size, 3), np.float32), None, 8, None
    high = max(1, _BAND // stored.width // shrink) * shrink
    for rows in bands(stored.height, high):
        part = stored.samples(rows)
        if transform is None:
            transform = srgb_transform(part.icc, part.values.shape[2], name, stored.coding)
        start = rows.start // shrink
        place = slice(start, start - (rows.start - rows.stop) // shrink)
        if part.alpha is not None:
            alpha = np.ones(size, np.float32) if alpha is None else alpha
            alpha[place] = _shrunk(part.alpha, shrink)
        pixels[place] = _shrunk_color(transform(part.values), part.alpha, shrink)
        bits = part.bits
    return pixels, alpha, bits


def _shrunk_color(values: FloatArray, alpha: FloatArray | None, side: int) -> FloatArray:
    """Means over squares, without transparent pixels."""
    if alpha is None or side == 1:
        return _shrunk(values, side)
    weight = alpha[..., None]
    total = _shrunk(weight, side)
    mean = _shrunk(values * weight, side) / np.where(total > 0, total, 1)
    return np.where(total > 0, mean, _shrunk(values, side))


def _shrunk(values: FloatArray, side: int) -> FloatArray:
    """Means over squares; those at the right and lower edges may be smaller."""
    for axis in (0, 1) if side > 1 else ():
        starts = np.arange(0, values.shape[axis], side)
        counts = np.diff([*starts, values.shape[axis]]).astype(np.float32)
        shape = [1] * values.ndim
        shape[axis] = -1
        means = np.add.reduceat(values, starts, axis=axis) / counts.reshape(shape)
        values = means.astype(np.float32)
    return values
