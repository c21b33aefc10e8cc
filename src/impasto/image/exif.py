"""What the camera wrote, kept where it is still true."""

from __future__ import annotations

import logging
from typing import Any

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
CAMERA, GPS = 0x8769, 0x8825
COLOR_SPACE, PIXEL_WIDTH, PIXEL_HEIGHT = 0xA001, 0xA002, 0xA003


def exif_of(image: Image.Image, name: str) -> Image.Exif:
    """The EXIF of an opened picture; empty where it is damaged, which is logged."""
    try:
        return image.getexif()
    except Exception as error:  # Pillow raises nearly anything; a picture can do without EXIF
        logger.warning("%s: its EXIF is damaged and is left out (%s)", name, error)
        return Image.Exif()


def kept_exif(exif: Image.Exif, name: str) -> bytes | None:
    """The EXIF to carry from a picture that is upright and sRGB by now.

    Kept are the description, the exposure and the place. The orientation becomes 1. The
    thumbnail goes: it shows the old picture.

    Returns:
        EXIF as Pillow takes it, with its leading name; None when nothing is left or the EXIF is
        damaged, which is logged.
    """
    try:
        kept = Image.Exif()
        kept.update({tag: exif[tag] for tag in DESCRIPTION_TAGS if tag in exif})
        camera, place = _directory(exif, CAMERA), _directory(exif, GPS)
        kept.get_ifd(CAMERA).update(_fresh(camera))
        kept.get_ifd(GPS).update(place)
        if not (len(kept) or camera or place):
            return None
        kept[ORIENTATION] = 1
        return kept.tobytes()
    except Exception as error:
        logger.warning("%s: its EXIF is damaged and is left out (%s)", name, error)
        return None


def tiff_exif(data: bytes) -> Image.Exif:
    """The EXIF of a TIFF file that Pillow does not open; empty where it cannot be read."""
    exif = Image.Exif()
    try:
        exif.load(data)  # EXIF has the form of a TIFF file without a picture
    except Exception:
        return Image.Exif()  # BigTIFF, or damage that the decoder will tell about
    return exif


def written_exif(exif: bytes | None, width: int, height: int) -> Image.Exif:
    """The EXIF to write: as kept, with the sizes of this picture and impasto as the software."""
    written = Image.Exif()
    if exif:
        written.load(exif)
        camera = written.get_ifd(CAMERA)
        if camera:
            camera.update({COLOR_SPACE: 1, PIXEL_WIDTH: width, PIXEL_HEIGHT: height})
    written[SOFTWARE] = "impasto"
    return written


def _directory(exif: Image.Exif, tag: int) -> dict[int, Any]:
    return dict(exif.get_ifd(tag)) if tag in exif else {}


def _fresh(camera: dict[int, Any]) -> dict[int, Any]:
    return {tag: value for tag, value in camera.items() if tag not in STALE_TAGS}
