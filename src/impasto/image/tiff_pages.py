"""TIFF files as tifffile reads them: more than 8 bits a channel, and several pages."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from impasto.device import check_memory
from impasto.errors import MissingExtraError, PictureError
from impasto.image.decoded import Samples, Stored, check_floats, unit_range
from impasto.image.formats import check_pixels
from impasto.image.light import FloatArray
from impasto.image.opening import raw_refused
from impasto.image.profile import cms_to_rgb

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffPage

logger = logging.getLogger("impasto")

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, CMYK = 0, 1, 2, 5
# The photometric interpretations that are read, and their channels.
CHANNELS = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, CMYK: 4}
# Those of what a sensor saw: a filter array, or linear light (DNG 1.7, chapter 4).
RAW: Final = (32803, 34892)
PREMULTIPLIED, PLAIN_ALPHA = 1, 2  # kinds of extra samples that are alpha
ORIENTATION, PROFILE = 274, 34675

NEW_SUBFILE_TYPE, PHOTOMETRIC, SUB_IFDS, DNG_VERSION = 254, 262, 330, 50706

# Packings that OpenCV knows for certain; of others it makes black pictures.
LZW_AND_THE_LIKE: Final = (1, 5, 8, 32773, 32946)
_MANY: Final = 16  # pages among which the picture is looked for
_silent = logging.NullHandler()


def says_of_others(tags: Any) -> bool:
    """Whether by its tags the first page may be a small preview of another one."""
    preview = bool(tags.get(NEW_SUBFILE_TYPE, 0) & 1)
    raw = tags.get(PHOTOMETRIC) in RAW
    return preview or raw or SUB_IFDS in tags or DNG_VERSION in tags


def main_number(data: bytes, name: str) -> int | None:
    """Which page is the picture; None for one that lies below another page.

    Raises:
        PictureError: It is a raw photograph.
    """
    with _pages(data) as file:
        page = _main_page(file, name)
        pages = [file.pages[n] for n in range(min(_MANY, len(file.pages)))]
        return next((n for n, each in enumerate(pages) if each.offset == page.offset), None)


def tiff_stored(data: bytes, name: str) -> Stored:
    """The picture of a TIFF, of any bits, in whole numbers or floats.

    Gray, RGB and CMYK are read, each with or without alpha. CMYK comes out with 8 bits: its
    profiles go through Little CMS in Pillow.

    Raises:
        PictureError: It is of another kind, or damaged.
        MissingExtraError: It needs imagecodecs to unpack.
    """
    with _pages(data) as file:
        page = _main_page(file, name)
        check_pixels(name, page.imagewidth, page.imagelength)
        if int(page.photometric) not in CHANNELS:
            kind = getattr(page.photometric, "name", page.photometric)
            raise PictureError(f"{name}: a {kind} TIFF cannot be read, save it as RGB")
        planes = _planes(page, data, name)
        icc, top, bits = page.tags.valueof(PROFILE), None, page.bitspersample
        if planes.dtype.kind == "u" and isinstance(bits, int) and bits < 8 * planes.itemsize:
            top = 2**bits - 1  # it uses fewer bits than its numbers have
        orientation = page.tags.valueof(ORIENTATION, default=1)
        kind, extras = int(page.photometric), [int(each) for each in page.extrasamples]
    if planes.dtype.kind == "f":
        check_floats(planes, name)

    def samples(rows: slice) -> Samples:
        unit = unit_range(planes[rows], name, top)
        bits = 8 if planes.dtype.itemsize == 1 else 16
        values, alpha = _color_and_alpha(unit, kind, extras)
        if values.shape[2] < 4:
            return Samples(values, alpha, bits, icc)
        inks = np.rint(values * 255).astype(np.uint8)
        image = Image.frombytes("CMYK", (inks.shape[1], inks.shape[0]), inks.tobytes())
        rgb = np.asarray(cms_to_rgb(image, icc, name))
        return Samples(unit_range(rgb, name), alpha, bits)

    return Stored(planes.shape[0], planes.shape[1], samples, int(orientation))


@contextmanager
def _pages(data: bytes) -> Iterator[TiffFile]:
    from tifffile import TiffFile

    logging.getLogger("tifffile").addHandler(_silent)  # it logs what it raises
    with TiffFile(io.BytesIO(data)) as file:
        yield file


def _main_page(file: TiffFile, name: str) -> TiffPage:
    """The first page, or where that is a preview, the largest that is none."""
    first = file.pages.first
    pages = [first, *(first.pages or ())][:_MANY]
    if first.is_reduced:
        pages += [file.pages[n] for n in range(1, min(_MANY, len(file.pages)))]
    whole = [page for page in pages if not page.is_reduced] or [first]
    largest: TiffPage = max(whole, key=lambda page: page.imagewidth * page.imagelength)
    if int(largest.photometric or 0) in RAW:
        raise raw_refused(name)
    return largest if first.is_reduced else first


def _color_and_alpha(
    unit: FloatArray, kind: int, extras: list[int]
) -> tuple[FloatArray, FloatArray | None]:
    channels = CHANNELS[kind]
    values = unit[..., :channels]
    if kind == WHITE_IS_ZERO:
        values = 1 - values
    if not extras and unit.shape[2] == channels + 1:
        extras = [PLAIN_ALPHA]  # the tag is missing: what programs that forget it mean
    for i, extra in enumerate(extras):
        if extra in (PREMULTIPLIED, PLAIN_ALPHA):
            alpha = unit[..., channels + i]
            if extra == PREMULTIPLIED:
                values = np.minimum(values / np.where(alpha > 0, alpha, 1)[..., None], 1)
            return values, alpha
    return values, None


def _planes(page: TiffPage, data: bytes, name: str) -> NDArray[Any]:
    """The page as (H, W, C)."""
    if page.axes not in ("YX", "YXS", "SYX"):
        raise PictureError(f"{name}: a TIFF with axes {page.axes} is not a picture")
    what = f"{name}: reading {page.imagewidth} x {page.imagelength} pixels"
    check_memory(2 * int(page.nbytes), what, "make it smaller first")
    try:
        array = _array(page, data, name)
    except (ValueError, NotImplementedError, ImportError) as error:
        if "imagecodecs" not in str(error) and not isinstance(error, ImportError):
            raise
        array = _decoded_by_opencv(page, data, name)
    if page.axes == "SYX":
        array = np.moveaxis(array, 0, 2)
    planes = array[..., None] if array.ndim == 2 else array
    channels = CHANNELS[int(page.photometric)]
    if planes.shape[2] < channels:
        raise PictureError(f"{name}: has {planes.shape[2]} channels where {channels} are needed")
    return planes


def _array(page: TiffPage, data: bytes, name: str) -> NDArray[Any]:
    """What tifffile gives; what of it lies beyond the end of the file is black."""
    ends = [at + size for at, size in zip(page.dataoffsets, page.databytecounts, strict=True)]
    if max(ends, default=0) <= len(data):
        return page.asarray()
    if min(page.dataoffsets) >= len(data):
        raise PictureError(f"{name}: is cut off before its first pixel")
    logger.warning("%s: is cut off, it is read as far as it goes", name)
    if page.compression == 1 and max(ends) <= len(data) + page.nbytes:
        with _pages(data + bytes(max(ends) - len(data))) as file:
            return _main_page(file, name).asarray()
    counts = zip(ends, page.databytecounts, strict=True)
    page.databytecounts = tuple(size if end <= len(data) else 0 for end, size in counts)
    if not any(page.databytecounts):
        raise PictureError(f"{name}: is cut off before its first whole strip")
    return page.asarray()


def _decoded_by_opencv(page: TiffPage, data: bytes, name: str) -> NDArray[Any]:
    """LZW and the like, for which tifffile wants another package."""
    import cv2

    file = bytearray(data)
    if ORIENTATION in page.tags:  # OpenCV would turn the picture, or fail at it
        start = page.tags[ORIENTATION].valueoffset
        file[start : start + 2] = (1).to_bytes(2, "little" if data[:1] == b"I" else "big")
    levels = None
    # It takes the values of a plane of their own for values that follow each other in a pixel.
    plain = page.planarconfig == 1 and page.bitspersample in (8, 16, 32, 64)
    known = page.compression in LZW_AND_THE_LIKE
    first = page.offset == page.parent.pages.first.offset
    if plain and known and first and int(page.photometric) in (BLACK_IS_ZERO, RGB):
        levels = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_UNCHANGED)
    shape = (page.imagelength, page.imagewidth, page.samplesperpixel)
    if levels is None or levels.dtype != page.dtype or levels.size != np.prod(shape):
        packed = getattr(page.compression, "name", page.compression)
        packing = "" if page.compression == 1 else f" packed by {packed}"
        planes = "" if page.planarconfig == 1 else ", a plane for each channel"
        kind = f"a TIFF of {page.bitspersample} bits a channel{packing}{planes}"
        raise MissingExtraError(f"{name}: reading {kind}", "tiff")
    return levels if levels.ndim == 2 else levels[..., [2, 1, 0, 3][: levels.shape[2]]]
