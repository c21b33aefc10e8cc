"""A Picture becomes a file."""

from __future__ import annotations

import io
import logging
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from impasto.errors import PictureError
from impasto.files import written_whole
from impasto.image.exif import written_exif
from impasto.image.formats import SIXTEEN_BIT, check_holds
from impasto.image.manifest import manifest_text, xmp_packet
from impasto.image.picture import Picture
from impasto.image.png import write_png
from impasto.image.profile import srgb_profile
from impasto.image.tiff import write_tiff
from impasto.nn.bands import bands

logger = logging.getLogger("impasto")

ENCODING: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95, "subsampling": "4:4:4", "optimize": True},
    # Lossy WebP always halves the resolution of color, which a painting shows. Exact keeps color
    # where alpha is 0. Quality means effort here; more costs three times as long for nothing.
    "WEBP": {"lossless": True, "exact": True, "quality": 20},
    "AVIF": {"quality": 90, "subsampling": "4:4:4"},
}
"""How Pillow is asked to encode. PNG and TIFF are lossless."""

JPEG_SEGMENT = 65_533 - 6
"""Bytes of EXIF that a JPEG takes."""


def write_picture(
    picture: Picture, path: str | os.PathLike[str], *, bits: int | None = None
) -> Path:
    """Write a picture; the suffix chooses the format.

    ========================  ==================================================================
    .png .tif .tiff           lossless, 8 or 16 bits per channel
    .jpg .jpeg                quality 95 with full color resolution; alpha is laid over white
    .webp                     lossless
    .avif                     quality 90 with full color resolution
    ========================  ==================================================================

    All files are marked as sRGB and carry the EXIF and the manifest. The file is written whole or
    not at all; missing folders are made.

    Args:
        picture: What to write.
        path: Where to.
        bits: Bits per channel, 8 or 16. Left out, a 16-bit picture is written as one where the
            format can.

    Returns:
        The path.

    Raises:
        PictureError: The suffix is unknown, the format cannot hold the picture, or the file
            cannot be written.
    """
    path = Path(path)
    form = check_holds(path, bits=bits, size=(picture.width, picture.height))
    if bits is None:
        bits = picture.bits if form in SIXTEEN_BIT else 8
    with written_whole(path, PictureError) as temporary, temporary.open("wb") as file:
        _encode(file, picture, form, bits, str(path))
    return path


def _encode(file: BinaryIO, picture: Picture, form: str, bits: int, name: str) -> None:
    exif = written_exif(picture.exif, picture.width, picture.height, name)
    text = manifest_text(picture.manifest, form, name)
    if form == "PNG":
        write_png(file, picture, bits, exif.tobytes().removeprefix(b"Exif\0\0"), text)
        return
    packet = xmp_packet(text) if text else None
    if form == "TIFF":
        write_tiff(file, picture, bits, exif, packet)
        return
    if form == "JPEG":
        picture = _over_white(picture)
        if len(exif.tobytes()) > JPEG_SEGMENT:
            logger.warning("%s: the EXIF is larger than JPEG takes, left out", name)
            exif = written_exif(None, picture.width, picture.height, name)
    options = ENCODING[form] | {"exif": exif.tobytes(), "icc_profile": srgb_profile()}
    if packet:
        options["xmp"] = packet
    file.write(_encoded(picture.pil(), form, options))


def _encoded(image: Image.Image, form: str, options: dict[str, Any]) -> memoryview:
    # By way of memory: given a file, Pillow's encoders hide why it cannot be written.
    encoded = io.BytesIO()
    try:
        image.save(encoded, form, **options)
    except OSError:
        if not options.pop("optimize", False):
            raise
        return _encoded(image, form, options)  # libjpeg has no room to optimize pure noise
    return encoded.getbuffer()


def _over_white(picture: Picture) -> Picture:
    if picture.alpha is None:
        return picture
    pixels = np.empty_like(picture.pixels)
    for rows in bands(picture.height):
        opacity = picture.alpha[rows, :, None]
        pixels[rows] = picture.pixels[rows] * opacity + (1 - opacity)
    return replace(picture, pixels=pixels, alpha=None)
