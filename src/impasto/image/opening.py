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

# What Pillow may open. Others among its formats run programs (EPS) or are no pictures.
FORMATS: Final = ("JPEG", "PNG", "WEBP", "TIFF", "AVIF", "BMP", "GIF")

_TIFF_STARTS: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_HEIF_BRANDS: Final = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")

# Olympus, Panasonic, Fujifilm, Sigma, Minolta and older Canon. Other raw files are TIFF files.
_RAW_STARTS: Final = (
    b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FUJIFILMCCD-RAW", b"FOVb", b"\0MRM",
    b"II\x1a\0\0\0HEAPCCDR",
)  # fmt: skip

# Only such files are read to their end; a device that gives zeros has none.
_STARTS: Final = (b"\xff\xd8", b"\x89PNG", b"RIFF", b"BM", b"GIF8", b"II", b"MM")

_PIECE: Final = 1 << 24  # bytes read at a time: nobody knows the length of a pipe before its end
_MOST: Final = 6_000_000_000  # bytes that no picture within the limits has

_opening = threading.Lock()


def file_bytes(path: Path) -> bytes:
    """The bytes of a picture file, of a pipe too.

    Raises:
        PictureError: The file is missing, empty or no picture.
        MemoryEstimateError: There is no room for them.
    """
    try:
        with path.open("rb") as file:
            start = file.read(_PIECE)
            pieces = [start]
            known = start.startswith(_STARTS) or start[4:8] == b"ftyp"
            while known and len(pieces[-1]) == _PIECE:
                length = len(pieces) * _PIECE
                if length > _MOST:
                    most = f"{_MOST / 1e9:.0f} GB"
                    raise PictureError(f"{path}: has more than {most}, which no picture has")
                check_memory(length + _PIECE, f"{path}: reading it", "make it smaller first")
                pieces.append(file.read(_PIECE))
    except FileNotFoundError:
        raise PictureError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise PictureError(f"{path}: is a folder, expected a picture") from None
    except OSError as error:
        raise PictureError(f"{path}: cannot be read ({error.strerror})") from error
    if not start:
        raise PictureError(f"{path}: is empty")
    return b"".join(pieces)


def opened(data: bytes, name: str) -> Image.Image | None:
    """The file with its header read; None for a TIFF of a kind that Pillow does not know.

    Raises:
        PictureError: It is a raw photograph, or no picture.
        MissingExtraError: It is a HEIC file and pillow-heif is not installed.
    """
    is_tiff = data[:4] in _TIFF_STARTS
    canon = data[4:12] == b"ftypcrx " or (is_tiff and data[8:10] == b"CR")
    if canon or data.startswith(_RAW_STARTS):
        raise raw_refused(name)
    try:
        return _open(data, FORMATS)
    except UnidentifiedImageError:
        if is_tiff:
            return None
        if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
            return _opened_heif(data, name)
        raise PictureError(
            f"{name}: is damaged or no picture that impasto reads ({', '.join(FORMATS)}, HEIC)"
        ) from None


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


def _open(data: bytes, formats: tuple[str, ...]) -> Image.Image:
    with unlimited():
        # Few formats first: Pillow needs a while to load all of them.
        for load_formats in (Image.preinit, Image.init):
            load_formats()
            known = [form for form in formats if form in Image.OPEN]
            with suppress(UnidentifiedImageError):
                return Image.open(io.BytesIO(data), formats=known)
    raise UnidentifiedImageError


@contextmanager
def unlimited() -> Iterator[None]:
    """Pillow without its limit, a third of ours, and global; check_pixels holds our own."""
    with _opening:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def raw_refused(name: str) -> PictureError:
    """The error for a file that holds what a sensor measured."""
    reason = "is a raw photograph, which has no colors yet: develop it with a raw converter"
    return PictureError(f"{name}: {reason} and give the TIFF, PNG or JPEG")


@contextmanager
def damage_named(name: str) -> Iterator[None]:
    """Decoders raise nearly every exception there is; name the file that made them do it."""
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
    """A decoder's complaint; of a bare KeyError, whose text says no more than "0", the name."""
    return str(error) if " " in str(error) else type(error).__name__


def picture_size(path: Path) -> tuple[int, int]:
    """Width and height of a picture file as it is stored, before it is turned upright.

    Check this first with files from strangers: a small file may claim any size.

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
