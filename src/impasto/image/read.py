"""Reads a file, array or Pillow image as a Picture."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from impasto.image.decode import decoded
from impasto.image.decoded import Stored, array_stored, assembled, pil_stored
from impasto.image.formats import check_pixels
from impasto.image.light import FloatArray
from impasto.image.metadata import exif_of, kept_exif, loaded_exif, manifest_in, orientation_of
from impasto.image.opening import damage_named, file_bytes, opened
from impasto.image.picture import Picture
from impasto.image.tiff_pages import tiff_stored


def read_picture(
    source: str | os.PathLike[str] | Image.Image | NDArray[Any] | Picture, *, longer: int = 0
) -> Picture:
    """Read a picture, whatever its format, mode, depth and profile, as an upright sRGB image.

    The format is detected from the content, not the suffix. Animations and files with several pages
    give their first picture. EXIF orientation is applied, embedded profiles are converted (see
    :func:`impasto.image.profile.srgb_transform`), 16 bits stay 16 bits. A damaged file is read as
    far as possible, with a warning.

    Alpha is kept beside the image; see :func:`bled` for the color of transparent pixels.

    Args:
        source: A path; a Pillow image; an array of (H, W) or (H, W, 1 to 4) of uint8, uint16 or
            floats in [0, 1], red first; or a Picture, returned as it is.
        longer: The longer side that is needed, in pixels. A file of more than 40 megapixels may
            then be reduced, to at least four times this side; 0 is full size.

    Raises:
        PictureError: The file is missing, empty, damaged, too large or no picture.
        MemoryEstimateError: It does not fit into memory.
        MissingExtraError: It is a HEIC file and pillow-heif is not installed.
    """
    if isinstance(source, Picture):
        return source
    if isinstance(source, np.ndarray):
        return _picture(array_stored(source, "the array"), Image.Exif(), None, "the array")
    if isinstance(source, Image.Image):
        return _from_pil(source)
    path = Path(source)
    return picture_in(file_bytes(path), str(path), longer)


def read_manifest(path: str | os.PathLike[str]) -> dict[str, Any] | None:
    """The manifest that impasto wrote into a picture; None if there is none.

    Raises:
        PictureError: The file is missing or not a picture.
    """
    path = Path(path)
    data = file_bytes(path)
    with damage_named(str(path)):
        image = opened(data, str(path))
        return None if image is None else manifest_in(image)


def picture_in(data: bytes, name: str, longer: int = 0) -> Picture:
    """The picture in the bytes of a file, with its name for errors; see :func:`read_picture`."""
    with damage_named(name):
        image = opened(data, name)
        if image is None:  # a TIFF with too many bits for Pillow
            return _picture(tiff_stored(data, name), loaded_exif(data, name), None, name)
        stored = decoded(image, data, name, longer)
        return _picture(stored, exif_of(image, name), manifest_in(image), name)


def _from_pil(image: Image.Image) -> Picture:
    name = "the Pillow image"
    check_pixels(name, *image.size)
    with damage_named(name):
        image.load()
        stored = replace(pil_stored(image, name), orientation=orientation_of(image, name))
        return _picture(stored, exif_of(image, name), None, name)


def _picture(
    stored: Stored, exif: Image.Exif, manifest: Mapping[str, Any] | None, name: str
) -> Picture:
    pixels, alpha, bits = assembled(stored, name)
    if alpha is not None and (alpha >= 1).all():
        alpha = None
    if alpha is not None:
        pixels = bled(pixels, alpha)
        alpha = np.ascontiguousarray(_upright(alpha, stored.orientation))
    pixels = np.ascontiguousarray(_upright(pixels, stored.orientation))
    return Picture(pixels, alpha, kept_exif(exif, name), bits, manifest)


def _upright(values: FloatArray, orientation: int) -> FloatArray:
    """Turn stored rows and columns into the picture (EXIF 2.32, tag 274)."""
    if orientation in (5, 6, 7, 8):
        values = values.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        values = values[::-1]
    if orientation in (2, 3, 6, 7):
        values = values[:, ::-1]
    return values


def bled(pixels: FloatArray, alpha: FloatArray) -> FloatArray:
    """Fill fully transparent pixels with the color of the visible ones around them.

    A file may hold anything where alpha is 0: black from one program, the remains of an erased
    background from another. Their colors and edges would leak through a network into the visible
    part of the result and into the style's statistics. So they are replaced by a smooth
    continuation of the visible part, or by mid gray if everything is transparent.

    This is push-pull interpolation (Gortler et al. 1996, "The Lumigraph", section 3.4.2): averages
    weighted by alpha are halved in size until no hole is left, then each level fills its holes from
    the next smaller one.

    Args:
        pixels: (H, W, 3) in [0, 1].
        alpha: (H, W) in [0, 1].

    Returns:
        (H, W, 3); the pixels themselves wherever alpha is above 0.
    """
    visible = alpha > 0
    if visible.all():
        return pixels
    if not visible.any():
        return np.full_like(pixels, 0.5)
    continued = _continued(pixels * alpha[..., None], alpha[..., None])
    return np.where(visible[..., None], pixels, np.clip(continued, 0, 1))


def _continued(weighted: FloatArray, weight: FloatArray) -> FloatArray:
    known = weight > 0
    if known.all():
        return weighted / weight
    coarse = _continued(_halved(weighted), _halved(weight))
    height, width = weight.shape[:2]
    around = _doubled(_doubled(coarse, 0), 1)[:height, :width]
    return np.where(known, weighted / np.where(known, weight, 1), around)


def _halved(values: FloatArray) -> FloatArray:
    height, width = values.shape[:2]
    even = np.pad(values, ((0, height % 2), (0, width % 2), (0, 0)))
    # Sums, not means, so that weights do not vanish over many levels.
    rows = even[0::2] + even[1::2]
    return rows[:, 0::2] + rows[:, 1::2]


def _doubled(values: FloatArray, axis: int) -> FloatArray:
    """Twice as long along one axis, linear between the centers, constant past the ends."""
    values = np.moveaxis(values, axis, 0)
    padded = np.concatenate([values[:1], values, values[-1:]])
    doubled = np.empty((2 * len(values), *values.shape[1:]), values.dtype)
    doubled[0::2] = 0.75 * values + 0.25 * padded[:-2]
    doubled[1::2] = 0.75 * values + 0.25 * padded[2:]
    return np.moveaxis(doubled, 0, axis)
