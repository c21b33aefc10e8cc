"""PNG and TIFF with more than 8 bits per channel, which Pillow would cut down to 8."""

from __future__ import annotations

import io
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from impasto.errors import PictureError
from impasto.image.formats import check_pixels
from impasto.image.profile import cms_to_rgb
from impasto.image.samples import FloatArray, Samples, array_samples, pil_samples, unit_range

if TYPE_CHECKING:
    from tifffile import TiffPage

PNG_BITS, PNG_KIND, PNG_GRAY_AND_ALPHA = 24, 25, 4
"""Where the header of a PNG tells its bit depth and color type, and one such type."""

TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, CMYK = 0, 1, 2, 5
CHANNELS = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, CMYK: 4}
"""The photometric interpretations that are read, and their channels."""

PREMULTIPLIED, PLAIN_ALPHA = 1, 2
"""Kinds of extra samples that are alpha."""

ORIENTATION, PROFILE = 274, 34675

_silent = logging.NullHandler()


def is_deep(image: Image.Image, data: bytes) -> bool:
    """Whether an opened file holds more than Pillow gives."""
    if image.format == "PNG":
        return data[PNG_BITS] == 16
    if image.format == "TIFF":
        bits = image.tag_v2.get(258, (1,))  # type: ignore[attr-defined]
        return bool(np.max(bits) > 8)
    return False


def png_samples(image: Image.Image, data: bytes, name: str) -> Samples:
    """Samples of a 16-bit PNG: gray by Pillow, everything else by OpenCV.

    Pillow decodes it in any case, as OpenCV takes a file that is cut off for whole.
    """
    image.load()
    if image.mode.startswith("I"):
        return pil_samples(image, name)
    import cv2

    levels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if levels is None or levels.dtype != np.uint16 or levels.ndim != 3:
        raise PictureError(f"{name}: OpenCV cannot decode this 16-bit PNG, save it in another way")
    # OpenCV gives blue first, and three channels for a gray one with alpha.
    order = [0, 3] if data[PNG_KIND] == PNG_GRAY_AND_ALPHA else [2, 1, 0, 3][: levels.shape[2]]
    return replace(array_samples(levels[..., order], name), icc=image.info.get("icc_profile"))


def tiff_samples(data: bytes, name: str) -> Samples:
    """Samples of the first page of a TIFF, of any bits, in whole numbers or floats.

    Gray, RGB and CMYK are read, each with or without alpha. CMYK comes out with 8 bits: its
    profiles go through Little CMS in Pillow.
    """
    from tifffile import TiffFile

    logging.getLogger("tifffile").addHandler(_silent)  # it logs what it raises
    with TiffFile(io.BytesIO(data)) as file:
        page = file.pages.first
        check_pixels(name, page.imagewidth, page.imagelength)
        if int(page.photometric) not in CHANNELS:
            kind = getattr(page.photometric, "name", page.photometric)
            raise PictureError(f"{name}: a {kind} TIFF cannot be read, save it as RGB")
        planes = _planes(page, data, name)
        stored = Samples(
            *_color_and_alpha(page, planes, name),
            bits=8 if planes.dtype.itemsize == 1 else 16,
            icc=page.tags.valueof(PROFILE),
            orientation=int(page.tags.valueof(ORIENTATION, default=1)),
        )
    return _from_cmyk(stored, name) if stored.values.shape[2] == 4 else stored


def _color_and_alpha(
    page: TiffPage, planes: NDArray[Any], name: str
) -> tuple[FloatArray, FloatArray | None]:
    channels = CHANNELS[int(page.photometric)]
    if planes.shape[2] < channels:
        raise PictureError(f"{name}: has {planes.shape[2]} channels where {channels} are needed")
    unit = unit_range(planes, name, _top(page, planes))
    values = unit[..., :channels]
    if int(page.photometric) == WHITE_IS_ZERO:
        values = 1 - values
    extras = [int(kind) for kind in page.extrasamples]
    if not extras and planes.shape[2] == channels + 1:
        extras = [PLAIN_ALPHA]  # the tag is missing: what programs that forget it mean
    for i, kind in enumerate(extras):
        if kind in (PREMULTIPLIED, PLAIN_ALPHA):
            alpha = unit[..., channels + i]
            return (_divided(values, alpha) if kind == PREMULTIPLIED else values), alpha
    return values, None


def _planes(page: TiffPage, data: bytes, name: str) -> NDArray[Any]:
    """The page as (H, W, C)."""
    if page.axes not in ("YX", "YXS", "SYX"):
        raise PictureError(f"{name}: a TIFF with axes {page.axes} is not a picture")
    ends = zip(page.dataoffsets, page.databytecounts, strict=True)
    if any(offset + count > len(data) for offset, count in ends):
        raise PictureError(f"{name}: is cut off")  # tifffile would fill in zeros
    try:
        array = page.asarray()
    except ValueError as error:
        if "imagecodecs" not in str(error):
            raise
        array = _decoded_by_opencv(page, data, name)
    if page.axes == "SYX":
        array = np.moveaxis(array, 0, 2)
    return array[..., None] if array.ndim == 2 else array


def _decoded_by_opencv(page: TiffPage, data: bytes, name: str) -> NDArray[Any]:
    """LZW and the like, for which tifffile wants another package."""
    import cv2

    file = bytearray(data)
    if ORIENTATION in page.tags:  # OpenCV would turn the picture, or fail at it
        start = page.tags[ORIENTATION].valueoffset
        file[start : start + 2] = (1).to_bytes(2, "little" if data[:1] == b"I" else "big")
    levels = None
    if int(page.photometric) in (BLACK_IS_ZERO, RGB):
        levels = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_UNCHANGED)
    shape = (page.imagelength, page.imagewidth, page.samplesperpixel)
    if levels is None or levels.dtype != page.dtype or levels.size != np.prod(shape):
        packed = getattr(page.compression, "name", page.compression)
        raise PictureError(f"{name}: reading {packed} needs a package: pip install imagecodecs")
    return levels if levels.ndim == 2 else levels[..., [2, 1, 0, 3][: levels.shape[2]]]


def _top(page: TiffPage, planes: NDArray[Any]) -> int | None:
    """The largest value, where a file uses fewer bits than its numbers have."""
    bits = page.bitspersample
    narrow = planes.dtype.kind == "u" and isinstance(bits, int) and bits < 8 * planes.itemsize
    return 2**bits - 1 if narrow else None


def _divided(values: FloatArray, alpha: FloatArray) -> FloatArray:
    share = np.where(alpha > 0, alpha, 1)[..., None]
    return np.minimum(values / share, 1)


def _from_cmyk(samples: Samples, name: str) -> Samples:
    inks = np.rint(samples.values * 255).astype(np.uint8)
    image = Image.frombytes("CMYK", (inks.shape[1], inks.shape[0]), inks.tobytes())
    rgb = np.asarray(cms_to_rgb(image, samples.icc, name))
    return replace(samples, values=unit_range(rgb, name), icc=None)
