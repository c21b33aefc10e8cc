"""Decodes an opened file with Pillow or OpenCV, after a memory check."""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from impasto.device import check_memory
from impasto.errors import MissingExtraError, PictureError
from impasto.image.decoded import Stored, pil_stored, planes_stored
from impasto.image.formats import check_pixels
from impasto.image.light import coding_of, png_chunks
from impasto.image.metadata import orientation_of
from impasto.image.opening import FORMATS, reason_of, unlimited
from impasto.image.png import png_chunk
from impasto.image.tiff_pages import main_number, says_of_others, tiff_stored

logger = logging.getLogger("impasto")

LARGE: Final = 40_000_000  # pixels above which a picture may be read at reduced size
# It stays this many times larger than needed, so that the final resizing hides the reduction.
SHARP: Final = 4

# Bytes per pixel that decoders need, as measured; others need what Pillow keeps.
_DECODING: Final = {"WEBP": 16, "AVIF": 16, "HEIF": 12, "TIFF": 8}
_BY_OPENCV: Final = 7  # of a large WebP
_PROGRESSIVE: Final = 6  # extra for a progressive JPEG: all of its coefficients
_DEEP: Final = 24  # with 16 bits per channel, which both Pillow and OpenCV decode
_RESULT: Final = 20  # of the floats, with alpha, and of turning them upright
# Bytes below which memory is not checked, and several pictures may be decoded at once.
_MATTERS: Final = 50_000_000

_TIFF_BITS: Final = 258  # the tag of the bits a channel

# Chunks that affect the picture, besides the pixels. Those of an animation confuse OpenCV.
_HEAD: Final = (b"IHDR", b"PLTE", b"tRNS")

_one_large = threading.Lock()


def decoded(image: Image.Image, data: bytes, name: str, longer: int = 0) -> Stored:
    """Decode a file from :func:`~impasto.image.opening.opened`, as far as possible.

    If a longer side is given it may be reduced, but stays much larger than that; 0 is full size.

    Raises:
        PictureError: It has too many pixels, or nothing of it can be decoded.
        MemoryEstimateError: It does not fit into memory.
    """
    deep = _is_deep(image, data, name)
    check_pixels(name, *image.size, len(data), image.format)
    size = image.size
    if (wanted := _shrink(size, size, longer)) > 1 and not deep:
        image.draft(None, (size[0] // wanted, size[1] // wanted))  # only a JPEG follows it
    shrink = _shrink(size, image.size, longer)
    with _memory_checked(image, size, shrink, deep, name, longer):
        stored = _decoded(image, data, deep, name)
    # Only now: Pillow turns a TIFF upright while loading it, and then reports 1.
    if stored.orientation == 1:
        stored = replace(stored, orientation=orientation_of(image, name))
    return replace(stored, shrink=shrink, coding=coding_of(image.format, data))


def says_more(image: Image.Image, data: bytes) -> bool:
    """Whether a file has more than pixels: several pages, or code points."""
    others = image.format == "TIFF" and says_of_others(image.tag_v2)  # type: ignore[attr-defined]
    return others or coding_of(image.format, data) is not None


def _is_deep(image: Image.Image, data: bytes, name: str) -> bool:
    """Whether a file has more bits than Pillow decodes; finds the main page of a TIFF."""
    if image.format == "PNG":
        return data[24] == 16  # the bit depth in its header
    if image.format != "TIFF":
        return False
    if says_of_others(image.tag_v2):  # type: ignore[attr-defined]
        number = main_number(data, name)
        if number is None:
            return True
        with unlimited():
            image.seek(number)
    return bool(np.max(image.tag_v2.get(_TIFF_BITS, 1)) > 8)  # type: ignore[attr-defined]


def _shrink(stored: tuple[int, int], now: tuple[int, int], longer: int) -> int:
    """Side of the squares of pixels that may be averaged to one."""
    if not longer or stored[0] * stored[1] <= LARGE:
        return 1
    return max(1, max(now) // (SHARP * longer))


@contextmanager
def _memory_checked(
    image: Image.Image, stored: tuple[int, int], shrink: int, deep: bool, name: str, longer: int
) -> Iterator[None]:
    pixels = image.width * image.height
    kept = 1 if image.mode in ("1", "L", "P") else 4  # bytes a pixel, by Pillow
    decoding = _DECODING.get(image.format or "", kept)
    if image.format == "WEBP" and pixels > LARGE:
        decoding = _BY_OPENCV
    needed = pixels * (_DEEP if deep else decoding) + pixels // shrink**2 * _RESULT
    if image.info.get("progressive"):
        needed += stored[0] * stored[1] * _PROGRESSIVE
    if needed < _MATTERS:
        yield
        return
    smaller = "" if longer else "give a --size, for which it is read smaller, or "
    what = f"{name}: reading {stored[0]} x {stored[1]} pixels"
    with _one_large:
        check_memory(needed, what, f"{smaller}make it smaller first")
        yield


def _decoded(image: Image.Image, data: bytes, deep: bool, name: str) -> Stored:
    if deep and image.format == "TIFF":
        return _deep_tiff(image, data, name)
    if image.format == "WEBP" and image.width * image.height > LARGE:
        return _large_webp(image, data, name)
    try:
        whole = loaded(image, data, name)
    except OSError:
        if image.format != "TIFF":
            raise
        return tiff_stored(data, name)  # which knows what is missing
    return _deep_png(whole, data, name) if deep else pil_stored(whole, name)


def _deep_tiff(image: Image.Image, data: bytes, name: str) -> Stored:
    try:
        return tiff_stored(data, name)
    except MissingExtraError as error:
        bits = np.ravel(image.tag_v2.get(_TIFF_BITS, 1))  # type: ignore[attr-defined]
        # Pillow returns the upper 8 of 16 bits, and reads some layouts that others do not.
        if says_of_others(image.tag_v2) or set(bits) != {16}:  # type: ignore[attr-defined]
            raise
        stored = pil_stored(loaded(image, data, name), name)
        logger.warning("%s; it is read with 8 bits", error)
        return stored


def _deep_png(image: Image.Image, data: bytes, name: str) -> Stored:
    """A 16-bit PNG with all its bits, already decoded by Pillow, which reports truncation."""
    if image.mode.startswith("I"):  # gray, which Pillow gives whole
        return pil_stored(image, name)
    chunks = list(png_chunks(data))
    head = b"".join(data[place] for kind, place in chunks if kind in _HEAD)
    inside = (slice(at.start + 8, at.stop - 4) for kind, at in chunks if kind == b"IDAT")
    packed = b"".join(data[each] for each in inside)
    whole = data[:8] + head + png_chunk(b"IDAT", packed) + png_chunk(b"IEND", b"")
    levels = _levels(whole, np.uint16)
    if levels is None:  # it is cut off
        return pil_stored(image, name)
    # OpenCV returns blue first, and three channels for gray with alpha (color type 4).
    order = [0, 3] if data[25] == 4 else [2, 1, 0, 3][: levels.shape[2]]
    return planes_stored(levels, order, image.info.get("icc_profile"), name)


def _large_webp(image: Image.Image, data: bytes, name: str) -> Stored:
    levels = _levels(data, np.uint8)
    if levels is None:
        raise PictureError(f"{name}: is cut off or damaged")
    order = [2, 1, 0, 3][: levels.shape[2]]
    return planes_stored(levels, order, image.info.get("icc_profile"), name)


def _levels(data: bytes, kind: type) -> NDArray[Any] | None:
    import cv2

    levels: NDArray[Any] | None = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    return levels if levels is not None and levels.dtype == kind and levels.ndim == 3 else None


def loaded(image: Image.Image, data: bytes, name: str) -> Image.Image:
    """The image with its pixels; those of a damaged file as far as possible.

    Damage is logged. If nothing can be decoded, the decoder's error is raised.
    """
    # Pillow checks its limit again only for a TIFF; other threads wait only for a large one.
    asked = image.format == "TIFF" and image.width * image.height > (Image.MAX_IMAGE_PIXELS or 0)
    try:
        with unlimited() if asked else nullcontext():
            image.load()
    except MemoryError:
        raise
    except Exception as error:
        partial = _as_far_as_it_goes(image, data)
        if partial is None:
            raise
        message = "%s: is cut off or damaged (%s), it is read as far as it goes"
        logger.warning(message, name, reason_of(error))
        return partial
    if image.format == "PNG" and not any(kind == b"IEND" for kind, _ in png_chunks(data)):
        logger.warning("%s: is cut off at its end, it is read as far as it goes", name)
    return image


def _as_far_as_it_goes(image: Image.Image, data: bytes) -> Image.Image | None:
    if image.format not in ("JPEG", "MPO"):
        if getattr(image, "_im", None) is None:
            return None
        image.tile = []  # type: ignore[attr-defined]  # what is decoded counts as all of it
        return image if _has_picture(image) else None
    # A JPEG gets the end mark it lacks; before tables or a scan's head that are cut off.
    for end in (len(data), data.rfind(b"\xff\xc4"), data.rfind(b"\xff\xda")):
        with suppress(OSError, SyntaxError):
            ended = Image.open(io.BytesIO(data[:end] + b"\xff\xd9"), formats=FORMATS[:1])
            ended.draft(None, image.size)
            ended.load()
            return ended if _has_picture(ended) else None
    return None


def _has_picture(image: Image.Image) -> bool:
    """Whether it has more than one color; undecoded parts have one."""
    return bool(np.ptp(np.reshape(image.getextrema(), (-1, 2)), axis=1).any())
