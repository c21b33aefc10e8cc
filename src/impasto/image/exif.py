"""What the camera wrote, kept where it is still true."""

from __future__ import annotations

import logging

from PIL import Image

logger = logging.getLogger("impasto")

DESCRIPTION_TAGS = (
    0x010E,  # ImageDescription
    0x010F,  # Make
    0x0110,  # Model
    0x011A,  # XResolution
    0x011B,  # YResolution
    0x0128,  # ResolutionUnit
    0x0132,  # DateTime
    0x013B,  # Artist
    0x4746,  # Rating
    0x8298,  # Copyright
    0x9C9B,  # XPTitle
    0x9C9C,  # XPComment
    0x9C9D,  # XPAuthor
    0x9C9E,  # XPKeywords
    0x9C9F,  # XPSubject
)
"""Tags of the first directory that describe the picture. The others there describe the file
(strips, compression, tiles) and would be false, or break a TIFF, in another file."""

STALE_TAGS = (
    0x927C,  # MakerNote: holds offsets into the old file, and often fills a JPEG's 64 KB
    0x9214,  # SubjectArea, in pixels of the old file
    0xA214,  # SubjectLocation, likewise
    0xA005,  # Interoperability directory: names the old color space
)

ORIENTATION, SOFTWARE = 0x0112, 0x0131
BIG_TIFF = (b"II+\0", b"MM\0+")
"""Starts of files with 64-bit offsets, which EXIF never has."""

CAMERA, GPS = 0x8769, 0x8825
COLOR_SPACE, PIXEL_WIDTH, PIXEL_HEIGHT = 0xA001, 0xA002, 0xA003


def exif_of(image: Image.Image, name: str) -> Image.Exif:
    """The EXIF of an opened picture; empty where it is damaged, which is logged."""
    try:
        return image.getexif()
    except Exception as error:  # Pillow raises nearly anything; a picture can do without EXIF
        return _none(error, name)


def loaded_exif(data: bytes, name: str) -> Image.Exif:
    """EXIF from its bytes, or from those of a TIFF file, of which it has the form."""
    exif = Image.Exif()
    if data[:4] in BIG_TIFF:
        return exif
    try:
        exif.load(data)
    except Exception as error:
        return _none(error, name)
    return exif


def orientation_of(image: Image.Image, name: str) -> int:
    """The EXIF orientation, 1 to 8, in which an opened picture is stored."""
    orientation = exif_of(image, name).get(ORIENTATION, 1)
    return orientation if isinstance(orientation, int) else 1


def kept_exif(exif: Image.Exif, name: str) -> bytes | None:
    """The EXIF to carry from a picture that is upright and sRGB by now.

    Kept are the description, the exposure and the place. The orientation becomes 1. The
    thumbnail goes: it shows the old picture.

    Returns:
        EXIF as Pillow takes it, with its leading name; None when nothing is left or the EXIF is
        damaged, which is logged.
    """
    try:
        kept = _selected(exif)
        if not kept:
            return None
        kept[ORIENTATION] = 1
        return kept.tobytes()
    except Exception as error:
        _none(error, name)
        return None


def written_exif(exif: bytes | None, width: int, height: int, name: str) -> Image.Exif:
    """The EXIF to write: as kept, with the sizes of this picture and impasto as the software.

    EXIF that cannot be written is logged and left out: the picture is what counts.
    """
    written = Image.Exif()
    if exif:
        written = _selected(loaded_exif(exif, name))
        written[ORIENTATION] = 1
    if CAMERA in written:
        written[CAMERA] |= {COLOR_SPACE: 1, PIXEL_WIDTH: width, PIXEL_HEIGHT: height}
    written[SOFTWARE] = "impasto"
    try:
        written.tobytes()
    except Exception as error:
        _none(error, name)
        return written_exif(None, width, height, name)
    return written


def _none(error: Exception, name: str) -> Image.Exif:
    logger.warning("%s: its EXIF is damaged and is left out (%s)", name, error)
    return Image.Exif()


def _selected(exif: Image.Exif) -> Image.Exif:
    """The tags that stay true, with the camera's and the place's directory as dictionaries."""
    selected = Image.Exif()
    selected.update({tag: exif[tag] for tag in DESCRIPTION_TAGS if tag in exif})
    for tag in (CAMERA, GPS):
        entries = exif.get_ifd(tag) if tag in exif else {}
        fresh = {entry: value for entry, value in entries.items() if entry not in STALE_TAGS}
        if fresh:
            selected[tag] = fresh
    return selected
