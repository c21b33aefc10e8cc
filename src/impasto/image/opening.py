"""The bytes of a picture file, and the file opened with its header read."""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from PIL import Image, UnidentifiedImageError

from impasto.device import check_memory
from impasto.errors import ImpastoError, MissingExtraError, PictureError

FORMATS: Final = ("JPEG", "PNG", "WEBP", "TIFF", "AVIF", "BMP", "GIF")
"""What Pillow is asked for. Others among its formats run programs (EPS) or are no pictures."""

TIFF_STARTS: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

HEIF_BRANDS: Final = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")

RAW_STARTS: Final = (
    b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FUJIFILMCCD-RAW", b"FOVb", b"\0MRM",
    b"II\x1a\0\0\0HEAPCCDR",
)  # fmt: skip
"""Of Olympus, Panasonic, Fujifilm, Sigma, Minolta and older Canon. Others are TIFF files."""

_STARTS: Final = (b"\xff\xd8", b"\x89PNG", b"RIFF", b"BM", b"GIF8", b"II", b"MM")
"""Of what is read to its end; a device that gives zeros has none."""

_PIECE: Final = 1 << 24
"""Bytes that are read at a time, as the end of a pipe is not known before."""

_MOST: Final = 6_000_000_000
"""Bytes that no picture within the limits has."""

_opening = threading.Lock()


def file_bytes(path: Path) -> bytes:
    """The bytes of a picture file, of a pipe too.

    Raises:
        PictureError: There are none, or it is no picture.
        MemoryEstimateError: There is no room for them.
    """
    try:
        with path.open("rb") as file:
            pieces = [file.read(_PIECE)]
            while len(pieces[-1]) == _PIECE and _may_be_picture(pieces[0]):
                _check_length(path, len(pieces) * _PIECE)
                pieces.append(file.read(_PIECE))
    except FileNotFoundError:
        raise PictureError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise PictureError(f"{path}: is a folder, expected a picture") from None
    except OSError as error:
        raise PictureError(f"{path}: cannot be read ({error.strerror})") from error
    if not pieces[0]:
        raise PictureError(f"{path}: is empty")
    return b"".join(pieces)


def opened(data: bytes, name: str) -> Image.Image | None:
    """The file with its header read; None for a TIFF of a kind that Pillow does not know.

    Raises:
        PictureError: It is a raw photograph, or no picture.
        MissingExtraError: It is a HEIC file and pillow-heif is not installed.
    """
    canon = data[4:12] == b"ftypcrx " or (data[:4] in TIFF_STARTS and data[8:10] == b"CR")
    if canon or data.startswith(RAW_STARTS):
        raise raw_refused(name)
    try:
        return _open(data, FORMATS)
    except UnidentifiedImageError:
        if data[:4] in TIFF_STARTS:
            return None
        if data[4:8] == b"ftyp" and data[8:12] in HEIF_BRANDS:
            return _opened_heif(data, name)
        raise PictureError(
            f"{name}: is damaged or no picture that impasto reads ({', '.join(FORMATS)}, HEIC)"
        ) from None


def raw_refused(name: str) -> PictureError:
    """What is said of a file that holds what a sensor saw, and a small picture for the camera."""
    told = "is a raw photograph, which has no colors yet: develop it with a raw converter"
    return PictureError(f"{name}: {told} and give the TIFF, PNG or JPEG")


@contextmanager
def damage_named(name: str) -> Iterator[None]:
    """Decoders raise nearly every exception there is; say which file made them do it."""
    try:
        with warnings.catch_warnings():
            # Pillow warns of odd tags; what matters is raised or logged.
            warnings.filterwarnings("ignore", module=r"PIL\.")
            yield
    except (ImpastoError, MemoryError):
        raise
    except Exception as error:
        raise PictureError(f"{name}: is cut off or damaged ({reason_of(error)})") from error


def reason_of(error: Exception) -> str:
    """What a decoder complains of; a bare KeyError says no more than "0"."""
    return str(error) if " " in str(error) else type(error).__name__


def _may_be_picture(start: bytes) -> bool:
    return start.startswith(_STARTS) or start[4:8] == b"ftyp"


def _check_length(path: Path, length: int) -> None:
    if length > _MOST:
        raise PictureError(f"{path}: has more than {_MOST / 1e9:.0f} GB, which no picture has")
    check_memory(length + _PIECE, f"{path}: reading it", "make it smaller first")


def _opened_heif(data: bytes, name: str) -> Image.Image:
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        raise MissingExtraError("Reading HEIC pictures", "heic") from None
    register_heif_opener()
    try:
        return _open(data, ("HEIF",))
    except UnidentifiedImageError:
        raise PictureError(f"{name}: is cut off or damaged") from None


@contextmanager
def unlimited() -> Iterator[None]:
    """Pillow without its limit, a third of ours, and global; check_pixels holds our own."""
    with _opening:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def _open(data: bytes, formats: tuple[str, ...]) -> Image.Image:
    with unlimited():
        # First as one of the few common formats: to know them all takes Pillow a while.
        Image.preinit()
        with suppress(UnidentifiedImageError):
            return _identified(data, formats)
        Image.init()
        return _identified(data, formats)


def _identified(data: bytes, formats: tuple[str, ...]) -> Image.Image:
    known = [form for form in formats if form in Image.OPEN]
    return Image.open(io.BytesIO(data), formats=known)


def picture_size(path: Path) -> tuple[int, int]:
    """Width and height of a picture file as it is stored, before it is turned upright.

    Whoever takes files from strangers asks this first: a small file may claim any size.

    Raises:
        PictureError: The file is missing, empty, damaged or no picture.
        MissingExtraError: It is a HEIC file and pillow-heif is not installed.
    """
    name, data = str(path), file_bytes(path)
    with damage_named(name):
        image = opened(data, name)
        if image is not None:
            return image.size
        from tifffile import TiffFile

        with TiffFile(io.BytesIO(data)) as file:
            page = file.pages.first
            return int(page.imagewidth), int(page.imagelength)
