"""TIFF files, 8 and 16 bits per channel (TIFF 6.0, Adobe 1992).

Pillow writes no 16 bits per channel and no EXIF directories into compressed files, tifffile no
EXIF directories at all. A deflated TIFF of one picture is short enough to write here.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

if TYPE_CHECKING:
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

STRIP = 1 << 20
"""Bytes of picture in a strip before compression."""

WIDTH, HEIGHT, BITS_PER_SAMPLE, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
STRIP_OFFSETS, SAMPLES_PER_PIXEL, ROWS_PER_STRIP, STRIP_BYTES = 273, 277, 278, 279
PREDICTOR, EXTRA_SAMPLES, XMP, PROFILE = 317, 338, 700, 34675
ADOBE_DEFLATE, RGB, DIFFERENCES, UNASSOCIATED_ALPHA = 8, 2, 2, 2


def tiff_file(
    levels: NDArray[np.uint8] | NDArray[np.uint16],
    exif: Image.Exif,
    profile: bytes,
    packet: bytes | None,
) -> bytes:
    """A whole little-endian TIFF file of (H, W, 3 or 4) levels.

    Args:
        levels: Color, and alpha in a fourth channel.
        exif: Its tags become tags of the file; its directories are dictionaries.
        profile: The ICC profile of the colors.
        packet: XMP with the manifest.

    Raises:
        OSError: The file would pass the 4 GB of the format.
    """
    height, width, samples = levels.shape
    rows = max(1, STRIP // (width * samples * levels.itemsize))
    strips = [_strip(levels[top : top + rows]) for top in range(0, height, rows)]
    lengths = [len(strip) for strip in strips]
    if sum(lengths) > 0xFFF00000:
        raise OSError("it would be larger than the 4 GB of a TIFF file")
    structure: dict[int, Any] = {
        WIDTH: width,
        HEIGHT: height,
        BITS_PER_SAMPLE: (8 * levels.itemsize,) * samples,
        COMPRESSION: ADOBE_DEFLATE,
        PHOTOMETRIC: RGB,
        # Offsets count from the end of the directory; Pillow adds its length.
        STRIP_OFFSETS: tuple(np.cumsum([0, *lengths[:-1]]).tolist()),
        SAMPLES_PER_PIXEL: samples,
        ROWS_PER_STRIP: rows,
        STRIP_BYTES: tuple(lengths),
        PREDICTOR: DIFFERENCES,
        PROFILE: profile,
    }
    if samples == 4:
        structure[EXTRA_SAMPLES] = UNASSOCIATED_ALPHA
    if packet:
        structure[XMP] = packet
    directory = _directory(exif, structure)
    return struct.pack("<2sHL", b"II", 42, 8) + directory.tobytes(8) + b"".join(strips)


def _strip(levels: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
    """Rows as differences to the pixel on the left (section 14), deflated."""
    differences = levels.copy()
    differences[:, 1:] = levels[:, 1:] - levels[:, :-1]
    return zlib.compress(differences.astype(levels.dtype.newbyteorder("<")).tobytes(), 6)


def _directory(exif: Image.Exif, structure: Mapping[int, Any]) -> ImageFileDirectory_v2:
    from PIL.TiffImagePlugin import ImageFileDirectory_v2  # late, as it is slow to import

    directory = ImageFileDirectory_v2(prefix=b"II")
    for tag, value in {**dict(exif), **structure}.items():
        directory[tag] = value
    return directory
