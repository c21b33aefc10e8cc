"""What OpenCV decodes: PNG of 16 bits, of which Pillow gives 8, and large WebP.

For the latter Pillow takes 16 bytes a pixel and OpenCV 6.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from impasto.errors import PictureError
from impasto.image.coding import png_chunks
from impasto.image.png import png_chunk
from impasto.image.samples import Stored, pil_stored, planes_stored

_KIND: Final = 25
"""Where the header of a PNG tells its color type."""

_GRAY_AND_ALPHA: Final = 4

_HEAD: Final = (b"IHDR", b"PLTE", b"tRNS")
"""Chunks that make the picture, beside the pixels. Those of an animation confuse OpenCV."""


def png_stored(image: Image.Image, data: bytes, name: str) -> Stored:
    """A 16-bit PNG, which Pillow has decoded, as OpenCV takes one that is cut off for whole."""
    if image.mode.startswith("I"):  # gray, which Pillow gives whole
        return pil_stored(image, name)
    chunks = list(png_chunks(data))
    head = b"".join(data[place] for kind, place in chunks if kind in _HEAD)
    inside = (slice(at.start + 8, at.stop - 4) for kind, at in chunks if kind == b"IDAT")
    packed = b"".join(data[each] for each in inside)
    whole = data[:8] + head + png_chunk(b"IDAT", packed) + png_chunk(b"IEND", b"")
    levels = _levels(whole, np.uint16)
    if levels is None:  # as it is cut off
        return pil_stored(image, name)
    # OpenCV gives blue first, and three channels for a gray one with alpha.
    order = [0, 3] if data[_KIND] == _GRAY_AND_ALPHA else _red_first(levels)
    return planes_stored(levels, order, image.info.get("icc_profile"), name)


def webp_stored(image: Image.Image, data: bytes, name: str) -> Stored:
    """A WebP, which Pillow has opened and not decoded."""
    levels = _levels(data, np.uint8)
    if levels is None:
        raise PictureError(f"{name}: is cut off or damaged")
    return planes_stored(levels, _red_first(levels), image.info.get("icc_profile"), name)


def _levels(data: bytes, kind: type) -> NDArray[Any] | None:
    import cv2

    levels: NDArray[Any] | None = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    return levels if levels is not None and levels.dtype == kind and levels.ndim == 3 else None


def _red_first(levels: NDArray[Any]) -> list[int]:
    return [2, 1, 0, 3][: levels.shape[2]]
