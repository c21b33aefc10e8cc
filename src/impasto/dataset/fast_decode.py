"""Encoded pictures to pixels, no larger than needed.

``impasto.image`` reads a picture at full quality: floats, 16 bits, alpha. Training reads tens of
thousands of pictures an hour for crops of 256 pixels, so here 8 bits stay 8 bits and a large JPEG
is decoded at a fraction of its size. Rare kinds (transparency, CMYK, 16 bits, HEIC) are read by
``impasto.image``, so that training and painting get the same pixels.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from impasto.errors import ImpastoError, PictureError
from impasto.image import file_bytes, opening, picture_in
from impasto.image.decode import LARGE, says_more
from impasto.image.formats import check_pixels
from impasto.image.metadata import orientation_of
from impasto.image.profile import srgb_transform

UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""The operation that turns a picture upright, by EXIF orientation (EXIF 2.32, tag 274)."""


def decoded(source: Path | bytes, name: str, at_least: int = 0) -> NDArray[np.uint8]:
    """Decode a picture to upright sRGB, (H, W, 3).

    Args:
        source: A file or its bytes.
        name: Its name in errors.
        at_least: If positive, the shorter side that is enough; a JPEG may then be reduced.

    Raises:
        PictureError: It is missing, empty, truncated, damaged, too large or not a picture.
    """
    with damage_named(name):
        data = source if isinstance(source, bytes) else file_bytes(source)
        image = opening.opened(data, name)
        if image is None or image.format == "HEIF":
            return _as_bytes(picture_in(data, name).pixels)
        check_pixels(name, *image.size, len(data), image.format)
        if at_least > 0:
            image.draft(None, (at_least, at_least))
        if image.width * image.height > LARGE:
            longer = at_least * max(image.size) // min(image.size)
            return _as_bytes(picture_in(data, name, longer).pixels)
        image.load()  # a truncated file is refused: there are others to train on
        if not _is_plain(image) or says_more(image, data):
            return _as_bytes(picture_in(data, name).pixels)
        return _quickly(image, name)


@contextmanager
def damage_named(name: str) -> Iterator[None]:
    """Turn every error of a picture into a PictureError: one picture must not end a training."""
    try:
        with opening.damage_named(name):
            yield
    except ImpastoError as error:
        reason = str(error).removeprefix(f"{name}: ")
        raise PictureError(f"{name}: {reason}") from error


def reason_of(error: PictureError, name: str) -> str:
    """The fault in an error message, without the path in front of it."""
    message = str(error)
    _before, found, reason = message.partition(f"{name}: ")
    return reason if found else message


@functools.lru_cache(maxsize=64)
def is_srgb(icc: bytes | None) -> bool:
    """Whether a color profile leaves sRGB colors unchanged."""
    levels = np.linspace(0, 1, 6, dtype=np.float32)
    grid = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1)
    grid = grid.reshape(6, 36, 3)
    return bool(np.array_equal(srgb_transform(icc, 3, "a picture")(grid), grid))


def _is_plain(image: Image.Image) -> bool:
    """Whether a loaded image is 8-bit RGB or gray without transparency."""
    if image.mode in ("RGBA", "LA"):
        return image.getextrema()[-1] == (255, 255)
    clear = image.mode == "P" and image.palette is not None and image.palette.mode == "RGBA"
    plain = image.mode in ("L", "RGB", "P", "1")
    return plain and "transparency" not in image.info and not clear


def _quickly(image: Image.Image, name: str) -> NDArray[np.uint8]:
    icc = image.info.get("icc_profile")
    # Read after loading: Pillow turns a TIFF upright while loading, and then reports 1.
    orientation = orientation_of(image, name)
    gray = image.mode in ("L", "LA", "1")
    image = image.convert("L" if gray else "RGB")
    if orientation in UPRIGHT:
        image = image.transpose(UPRIGHT[orientation])
    levels = np.array(image).reshape(image.height, image.width, -1)
    if icc and not is_srgb(icc):
        transform = srgb_transform(icc, levels.shape[2], name)
        return _as_bytes(transform(levels.astype(np.float32) / np.float32(255)))
    return levels.repeat(3, axis=2) if gray else levels


def _as_bytes(pixels: NDArray[np.float32]) -> NDArray[np.uint8]:
    levels: NDArray[np.uint8] = np.rint(pixels * np.float32(255)).astype(np.uint8)
    return levels
