"""What travels with a picture: the EXIF that is still true, and the manifest: how it was made."""

from __future__ import annotations

import html
import json
import logging
import re
from collections.abc import Mapping
from typing import Any

from PIL import Image

from impasto.errors import RunError
from impasto.records import parsed_record

logger = logging.getLogger("impasto")

X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT, INCH = 0x011A, 0x011B, 0x0128, 2

# Tags of the first directory that describe the picture. The others there describe the file
# (strips, compression, tiles) and would be false, or break a TIFF, in another file.
DESCRIPTION_TAGS = (
    0x010E,  # ImageDescription
    0x010F,  # Make
    0x0110,  # Model
    X_RESOLUTION,
    Y_RESOLUTION,
    RESOLUTION_UNIT,
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
STALE_TAGS = (
    0x927C,  # MakerNote: holds offsets into the old file, and often fills a JPEG's 64 KB
    0x9214,  # SubjectArea, in pixels of the old file
    0xA214,  # SubjectLocation, likewise
    0xA005,  # Interoperability directory: names the old color space
)
ORIENTATION, SOFTWARE = 0x0112, 0x0131
CAMERA, GPS = 0x8769, 0x8825
COLOR_SPACE, PIXEL_WIDTH, PIXEL_HEIGHT = 0xA001, 0xA002, 0xA003

KEYWORD = "impasto"

# Bytes of manifest a format takes: a JPEG segment ends at 64 KB, and Pillow opens no PNG with more
# than 1 MB of text.
LIMITS = {"JPEG": 65_000, "PNG": 1_000_000, "TIFF": 1_000_000, "WEBP": 1_000_000, "AVIF": 1_000_000}

PACKET = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:impasto="urn:impasto:manifest:1">'
    "<impasto:manifest>{manifest}</impasto:manifest>"
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
    '<?xpacket end="w"?>'
)


def exif_of(image: Image.Image, name: str) -> Image.Exif:
    """The EXIF of an opened picture; empty where it is damaged, which is logged."""
    try:
        return image.getexif()
    except Exception as error:  # Pillow raises nearly anything; a picture can do without EXIF
        return _none(error, name)


def loaded_exif(data: bytes, name: str) -> Image.Exif:
    """EXIF from its bytes, or from those of a TIFF file, of which it has the form."""
    exif = Image.Exif()
    if data[:4] in (b"II+\0", b"MM\0+"):  # 64-bit offsets, which EXIF never has
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
    """The EXIF of a picture that is upright and sRGB by now, as Pillow takes it.

    Kept are the description, the exposure and the place. The orientation becomes 1. The thumbnail
    goes: it shows the old picture. None when nothing is left or it is damaged, which is logged.
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


def manifest_text(manifest: Mapping[str, Any] | None, form: str, name: str) -> str | None:
    """The manifest as JSON in ASCII, or None when there is none.

    A manifest too large for the format is logged and left out: after hours of work a picture
    without it is better than none. Values JSON does not know (paths, for one) become strings.
    """
    if manifest is None:
        return None
    text = json.dumps(dict(manifest), default=str)  # ASCII: half-decoded file names are in here
    if len(html.escape(text, quote=False)) + len(PACKET) > LIMITS[form]:
        logger.warning("%s: the manifest is larger than %s takes, left out", name, form)
        return None
    return text


def xmp_packet(text: str) -> bytes:
    """An XMP packet that holds the manifest."""
    return PACKET.format(manifest=html.escape(text, quote=False)).encode()


def manifest_in(image: Image.Image) -> dict[str, Any] | None:
    """The manifest an opened picture holds, None when it has none or it is damaged."""
    text, packet = image.info.get(KEYWORD), image.info.get("xmp")
    if not isinstance(text, str):
        if not isinstance(packet, bytes):
            return None
        found = re.search(rb"<impasto:manifest>(.*?)</impasto:manifest>", packet, re.DOTALL)
        text = html.unescape(found[1].decode("utf-8", "replace")) if found else ""
    try:
        return parsed_record(text, dict[str, Any], KEYWORD) if text else None
    except RunError:
        return None
