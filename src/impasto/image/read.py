"""A file, array or Pillow image becomes a Picture."""

from __future__ import annotations

import io
import os
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from impasto.errors import ImpastoError, MissingExtraError, PictureError
from impasto.image.bleed import bled
from impasto.image.exif import ORIENTATION, exif_of, kept_exif, loaded_exif
from impasto.image.formats import check_pixels
from impasto.image.manifest import manifest_in
from impasto.image.picture import Picture
from impasto.image.profile import to_srgb
from impasto.image.samples import Samples, array_samples, pil_samples
from impasto.image.sixteen import TIFF_STARTS, is_deep, png_samples, tiff_samples

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "AVIF", "BMP", "GIF")
"""What Pillow is asked for. Others among its formats run programs (EPS) or are no pictures."""

HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")

_opening = threading.Lock()


def read_picture(source: str | os.PathLike[str] | Image.Image | NDArray[Any] | Picture) -> Picture:
    """Read a picture, whatever its format, mode, depth and profile, as an upright sRGB image.

    The format is known by the content, not the suffix. Of animations and files of several pages
    the first picture is taken. EXIF orientation is applied, embedded profiles are converted (see
    :func:`impasto.image.profile.to_srgb`), 16 bits stay 16 bits.

    Alpha is kept beside the image. Pixels that are fully transparent get the color of their
    visible surroundings, so that a network does not see what nobody was meant to see (see
    :func:`impasto.image.bleed.bled`); writing puts the same alpha over the result.

    Args:
        source: A path; a Pillow image; an array of (H, W) or (H, W, 1 to 4) of uint8, uint16 or
            floats in [0, 1], red first; or a Picture, given back as it is.

    Raises:
        PictureError: The file is missing, empty, damaged, too large or no picture.
        MissingExtraError: It is a HEIC file and pillow-heif is not installed.
    """
    if isinstance(source, Picture):
        return source
    if isinstance(source, np.ndarray):
        return _picture(array_samples(source, "the array"), Image.Exif(), None, "the array")
    if isinstance(source, Image.Image):
        return _from_pil(source)
    return _from_file(Path(source))


def read_manifest(path: str | os.PathLike[str]) -> dict[str, Any] | None:
    """How a picture was made, as impasto wrote it into the file; None when it did not.

    Raises:
        PictureError: The file is missing or no picture.
    """
    path = Path(path)
    data = file_bytes(path)
    with damage_named(str(path)):
        image = opened(data, str(path))
        return None if image is None else manifest_in(image)


def _from_file(path: Path) -> Picture:
    name = str(path)
    data = file_bytes(path)
    with damage_named(name):
        image = opened(data, name)
        if image is None:  # a TIFF that is too deep for Pillow
            return _picture(tiff_samples(data, name), loaded_exif(data, name), None, name)
        check_pixels(name, *image.size)
        samples = _file_samples(image, data, name)
        return _picture(samples, exif_of(image, name), manifest_in(image), name)


def _from_pil(image: Image.Image) -> Picture:
    name = "the Pillow image"
    check_pixels(name, *image.size)
    with damage_named(name):
        image.load()
        exif = exif_of(image, name)
        samples = replace(pil_samples(image, name), orientation=_orientation(exif))
        return _picture(samples, exif, None, name)


def _file_samples(image: Image.Image, data: bytes, name: str) -> Samples:
    if is_deep(image, data) and image.format == "TIFF":
        return tiff_samples(data, name)
    if is_deep(image, data):
        samples = png_samples(image, data, name)
    else:
        image.load()
        samples = pil_samples(image, name)
    # Asked only now: Pillow turns a TIFF while loading it, and then says 1.
    return replace(samples, orientation=_orientation(exif_of(image, name)))


def _picture(
    samples: Samples, exif: Image.Exif, manifest: Mapping[str, Any] | None, name: str
) -> Picture:
    pixels = to_srgb(samples.values, samples.icc, name)
    alpha = samples.alpha
    if alpha is not None and (alpha >= 1).all():
        alpha = None
    if alpha is not None:
        pixels = bled(pixels, alpha)
        alpha = np.ascontiguousarray(_upright(alpha, samples.orientation))
    return Picture(
        pixels=np.ascontiguousarray(_upright(pixels, samples.orientation)),
        alpha=alpha,
        exif=kept_exif(exif, name),
        bits=samples.bits,
        manifest=manifest,
    )


def _upright(values: NDArray[np.float32], orientation: int) -> NDArray[np.float32]:
    """Turn stored rows and columns into the picture (EXIF 2.32, tag 274)."""
    if orientation in (5, 6, 7, 8):
        values = values.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        values = values[::-1]
    if orientation in (2, 3, 6, 7):
        values = values[:, ::-1]
    return values


def _orientation(exif: Image.Exif) -> int:
    orientation = exif.get(ORIENTATION, 1)
    return orientation if isinstance(orientation, int) else 1


def file_bytes(path: Path) -> bytes:
    """The bytes of a picture file; a ``PictureError`` where there are none."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise PictureError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise PictureError(f"{path}: is a folder, expected a picture") from None
    except OSError as error:
        raise PictureError(f"{path}: cannot be read ({error.strerror})") from error
    if not data:
        raise PictureError(f"{path}: is empty")
    return data


def opened(data: bytes, name: str) -> Image.Image | None:
    """The file with its header read; None for a TIFF of a kind that Pillow does not know."""
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
    # Pillow's limit is a warning, a third of ours, and global; check_pixels holds our own.
    with _opening:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            # First as one of the few common formats: to know them all takes Pillow a while.
            Image.preinit()
            with suppress(UnidentifiedImageError):
                return _identified(data, formats)
            Image.init()
            return _identified(data, formats)
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def _identified(data: bytes, formats: tuple[str, ...]) -> Image.Image:
    known = [form for form in formats if form in Image.OPEN]
    return Image.open(io.BytesIO(data), formats=known)


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
        # A bare KeyError says no more than "0".
        reason = str(error) if " " in str(error) else type(error).__name__
        raise PictureError(f"{name}: is cut off or damaged ({reason})") from error
