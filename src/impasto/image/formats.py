"""The picture formats that are read and written, and their limits."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from PIL import Image

from impasto.errors import PictureError

# Suffixes of pictures in a folder. The format of a single file is detected from its content.
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

# Longest side in pixels that the encoder of a format supports.
MAX_SIDE = {"JPEG": 65_500, "WEBP": 16_383, "AVIF": 65_535}
# Largest picture that is decoded, because a header may claim any size.
MAX_PIXELS = 500_000_000

# What a byte of a file can hold at most: of PNG and GIF by the way they are packed, of BMP a run,
# of JPEG a few blocks of one color. WebP and AVIF hold any number of equal pixels in nothing.
_MOST_PIXELS_A_BYTE = {"PNG": 8300, "GIF": 2800, "BMP": 130, "JPEG": 2100, "MPO": 2100}


def check_pixels(
    name: str, width: int, height: int, length: int | None = None, form: str | None = None
) -> None:
    """Raise an error for a picture with no or too many pixels, before decoding.

    If the number of bytes and the format are given, more pixels than fit in the bytes are an error.
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
    """Check whether a picture can be written, before hours of work.

    Nothing is created or changed. The folder may be missing if it can be created.

    Args:
        path: The output file.
        bits: Bits per channel of the output.
        size: Width and height, if known.

    Raises:
        PictureError: The suffix is unknown, the format cannot hold the bits or the size, the path
            is a folder, or the folder cannot be written or created.
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
    """The format of a suffix, after a check that it supports the picture."""
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

    Files are chosen by suffix (see :data:`READABLE`). Hidden files and folders are ignored, where
    programs keep thumbnails and unfinished files.

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
