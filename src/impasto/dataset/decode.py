"""Encoded pictures to pixels, no larger than needed.

``impasto.image`` reads a picture once and for print: floats, 16 bits, alpha. Training reads some
ten thousand pictures an hour for crops of 256 pixels, so here 8 bits stay 8 bits and a large JPEG
is decoded at a fraction of its size. What is rare (transparency, CMYK, 16 bits, HEIC) goes the
careful way, so that training sees what painting sees.
"""

from __future__ import annotations

import functools
import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from impasto.errors import ImpastoError, PictureError
from impasto.image import file_bytes, picture_in
from impasto.image.decode import LARGE, says_more
from impasto.image.exif import ORIENTATION, exif_of
from impasto.image.formats import check_pixels
from impasto.image.opening import FORMATS
from impasto.image.profile import to_srgb

PLAIN: Final = ("L", "RGB", "P", "1")
"""Pillow modes of 8 bits without alpha that become RGB without loss."""

UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What turns stored rows and columns into the picture, by EXIF orientation (EXIF 2.32, tag 274)."""


def decoded(source: Path | bytes, name: str, at_least: int = 0) -> NDArray[np.uint8]:
    """A picture as upright sRGB, (H, W, 3).

    Args:
        source: A file or its bytes.
        name: What errors call it.
        at_least: When positive, the shorter side that suffices; a JPEG then comes smaller.

    Raises:
        PictureError: It is missing, empty, cut off, damaged, too large or no picture.
    """
    with damage_named(name):
        data = source if isinstance(source, bytes) else file_bytes(source)
        image = opened(data)
        if image is None:
            if isinstance(source, bytes):
                raise UnidentifiedImageError(f"no {', '.join(FORMATS)} picture in it")
            return _as_bytes(picture_in(data, name).pixels)
        check_pixels(name, *image.size, len(data), image.format)
        if at_least > 0:
            image.draft(None, (at_least, at_least))
        if image.width * image.height > LARGE:
            longer = at_least * max(image.size) // min(image.size)
            return _as_bytes(picture_in(data, name, longer).pixels)
        image.load()  # what is cut off is refused: there are others to train on
        if not is_plain(image) or says_more(image, data):
            return _as_bytes(picture_in(data, name).pixels)
        return _quickly(image, name)


def encoding_of(data: bytes) -> tuple[str, int, int]:
    """The format of an encoded picture in small letters, and its width and height as stored.

    Raises:
        PictureError: It is no picture.
    """
    with damage_named("image"):
        image = opened(data)
        if image is None or image.format is None:
            raise PictureError(f"no {', '.join(FORMATS)} picture in it")
        return image.format.lower(), *image.size


def opened(data: bytes) -> Image.Image | None:
    """The picture with its header read; None when it is for others to read, or to complain of."""
    try:
        return Image.open(io.BytesIO(data), formats=_known_formats())
    except (OSError, Image.DecompressionBombError):
        return None


@contextmanager
def damage_named(name: str) -> Iterator[None]:
    """Decoders raise nearly every exception there is; one picture must not end a training."""
    try:
        with warnings.catch_warnings():
            # Pillow warns of odd tags and of sizes; what matters is raised.
            warnings.filterwarnings("ignore", module=r"PIL\.")
            yield
    except MemoryError:
        raise
    except ImpastoError as error:
        message = str(error)
        told = message if message.startswith(f"{name}: ") else f"{name}: {message}"
        raise PictureError(told) from error
    except Exception as error:
        # A bare KeyError says no more than "0".
        reason = str(error) if " " in str(error) else type(error).__name__
        raise PictureError(f"{name}: is cut off or damaged ({reason})") from error


def is_plain(image: Image.Image) -> bool:
    """Whether a loaded image has 8 bits, RGB or gray, and nothing transparent."""
    if image.mode in ("RGBA", "LA"):
        return image.getextrema()[-1] == (255, 255)
    clear = image.mode == "P" and image.palette is not None and image.palette.mode == "RGBA"
    return image.mode in PLAIN and "transparency" not in image.info and not clear


def orientation_of(image: Image.Image, name: str) -> int:
    """EXIF orientation, 1 where there is none."""
    orientation = exif_of(image, name).get(ORIENTATION, 1)
    return orientation if orientation in UPRIGHT else 1


@functools.lru_cache(maxsize=64)
def is_srgb(icc: bytes | None) -> bool:
    """Whether a color profile leaves sRGB colors as they are; remembered, as few are in use."""
    levels = np.linspace(0, 1, 6, dtype=np.float32)
    grid = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1)
    grid = grid.reshape(6, 36, 3)
    return bool(np.array_equal(to_srgb(grid, icc, "a picture"), grid))


@functools.cache
def _known_formats() -> tuple[str, ...]:
    Image.init()
    return tuple(form for form in FORMATS if form in Image.OPEN)


def _quickly(image: Image.Image, name: str) -> NDArray[np.uint8]:
    icc = image.info.get("icc_profile")
    # Asked only after loading: Pillow turns a TIFF while it loads it, and then says 1.
    orientation = orientation_of(image, name)
    gray = image.mode in ("L", "LA", "1")
    image = image.convert("L" if gray else "RGB")
    if orientation in UPRIGHT:
        image = image.transpose(UPRIGHT[orientation])
    levels = np.array(image).reshape(image.height, image.width, -1)
    if icc and not is_srgb(icc):
        return _as_bytes(to_srgb(levels.astype(np.float32) / np.float32(255), icc, name))
    return levels.repeat(3, axis=2) if gray else levels


def _as_bytes(pixels: NDArray[np.float32]) -> NDArray[np.uint8]:
    levels: NDArray[np.uint8] = np.rint(pixels * np.float32(255)).astype(np.uint8)
    return levels
