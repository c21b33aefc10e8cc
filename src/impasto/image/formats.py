"""Which picture files are read and written, and where their limits lie."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from PIL import Image

from impasto.errors import PictureError

# Suffixes that mark a file of a folder as a picture. A single file is known by its content.
READABLE = (
    ".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".avif", ".bmp", ".gif", ".heic", ".heif",
    ".jpe", ".jfif", ".jif", ".mpo", ".apng", ".dib", ".avifs", ".hif", ".heics", ".heifs",
)  # fmt: skip

# Suffixes of output files and the format each one gets.
WRITABLE = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".avif": "AVIF",
}

SIXTEEN_BIT = ("PNG", "TIFF")

# Longest side in pixels that the encoder of a format takes.
MAX_SIDE = {"JPEG": 65_500, "WEBP": 16_383, "AVIF": 65_535}
# Largest picture that is decoded. A header may claim any size; memory is taken at its word.
MAX_PIXELS = 500_000_000

# What a byte of a file can hold at most: of PNG and GIF by the way they are packed, of BMP a run,
# of JPEG a few blocks of one color. WebP and AVIF hold any number of equal pixels in nothing.
_MOST_PIXELS_A_BYTE = {"PNG": 8300, "GIF": 2800, "BMP": 130, "JPEG": 2100, "MPO": 2100}


def check_pixels(
    name: str, width: int, height: int, length: int | None = None, form: str | None = None
) -> None:
    """Refuse a picture of no pixels or of too many, before anything is decoded.

    Where the bytes of the file and Pillow's name of its format are given, refuse more pixels than
    its bytes can hold.
    """
    if width < 1 or height < 1:
        raise PictureError(f"{name}: has no pixels ({width} x {height})")
    size = f"{width} x {height} is {width * height / 1e6:,.0f} megapixels"
    if width * height > MAX_PIXELS:
        raise PictureError(f"{name}: {size}, the limit is {MAX_PIXELS / 1e6:,.0f}")
    most = _MOST_PIXELS_A_BYTE.get(form or "")
    if most and length is not None and width * height > max(1_000_000, most * length):
        reason = f"its header is damaged ({size}, more than {length:,} bytes can hold)"
        raise PictureError(f"{name}: {reason}")


def check_writable(
    path: str | os.PathLike[str],
    *,
    bits: int | None = None,
    size: tuple[int, int] | None = None,
) -> None:
    """Find out before hours of work whether a picture can be written.

    Nothing is made or changed. The folder may be missing when it can be created.

    Args:
        path: The file to be.
        bits: Bits per channel that will be asked for.
        size: Width and height, when they are known.

    Raises:
        PictureError: The suffix is unknown, the format cannot hold the bits or the size, the path
            is a folder, or the folder can be neither written nor made.
    """
    path = Path(path)
    check_holds(path, bits=bits, size=size)
    if path.is_dir():
        raise PictureError(f"{path}: is a folder, give the name of a file")
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if not folder.is_dir():
        raise PictureError(f"{path}: cannot be written, {folder} is not a folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PictureError(f"{path}: cannot be written, no permission to write in {folder}")


def check_holds(path: Path, *, bits: int | None, size: tuple[int, int] | None) -> str:
    """The format a suffix stands for, once it is known to hold such a picture."""
    suffix = path.suffix.lower()
    if suffix not in WRITABLE:
        raise PictureError(f"{path}: {_no_format(suffix)}")
    form = WRITABLE[suffix]
    if bits not in (None, 8, 16):
        raise PictureError(f"{path}: bits per channel must be 8 or 16, got {bits}")
    if bits == 16 and form not in SIXTEEN_BIT:
        raise PictureError(f"{path}: {form} holds 8 bits per channel, take .png or .tif for 16")
    if form in ("WEBP", "AVIF"):  # the others are part of every build
        Image.init()
    if form in ("WEBP", "AVIF") and form not in Image.SAVE:
        raise PictureError(f"{path}: this build of Pillow writes no {form}, take .png")
    if size and max(size) > MAX_SIDE.get(form, max(size)):
        claim = f"{size[0]} x {size[1]} is too large for {form} (at most {MAX_SIDE[form]} a side)"
        raise PictureError(f"{path}: {claim}, take .png or .tif")
    return form


def pictures_in(folder: str | os.PathLike[str], *, recursive: bool = False) -> list[Path]:
    """The picture files of a folder in the order of their names.

    Files are chosen by suffix (see :data:`READABLE`). Hidden files and folders are left out:
    editors and file managers keep thumbnails and half-written files there.

    Raises:
        PictureError: There is no such folder, or it holds no pictures.
    """
    folder = Path(folder)
    if not folder.is_dir():
        reason = "is not a folder" if folder.exists() else "no such folder"
        raise PictureError(f"{folder}: {reason}")
    found = [
        path
        for path in folder.glob("**/*" if recursive else "*")
        if path.suffix.lower() in READABLE
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    ]
    if not found:
        raise PictureError(f"{folder}: holds no pictures ({', '.join(READABLE)})")
    return sorted(found)


def _no_format(suffix: str) -> str:
    known = ", ".join(WRITABLE)
    if not suffix:
        return f"has no suffix to choose the format by, add one of {known}"
    near = difflib.get_close_matches(suffix, WRITABLE, n=1)
    hint = f"did you mean {near[0]}?" if near else f"take one of {known}"
    return f"cannot write {suffix} files, {hint}"
