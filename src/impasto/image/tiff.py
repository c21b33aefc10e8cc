"""TIFF files, 8 and 16 bits per channel (TIFF 6.0, Adobe 1992).

Pillow writes no 16 bits per channel and no EXIF directories into compressed files, tifffile no
EXIF directories at all. A deflated TIFF of one picture is short enough to write here.
"""

from __future__ import annotations

import itertools
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from numpy.typing import NDArray
from PIL import Image

from impasto.image.png import Levels
from impasto.image.profile import srgb_profile
from impasto.pixels.palette import bands

STRIP = 1 << 20  # bytes of picture in a strip before compression
LARGEST = 0xFFF00000  # bytes of the largest file, with some room left
WIDTH, HEIGHT, BITS_PER_SAMPLE, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
STRIP_OFFSETS, SAMPLES_PER_PIXEL, ROWS_PER_STRIP, STRIP_BYTES = 273, 277, 278, 279
PREDICTOR, EXTRA_SAMPLES, XMP, PROFILE = 317, 338, 700, 34675
ADOBE_DEFLATE, RGB, DIFFERENCES, UNASSOCIATED_ALPHA = 8, 2, 2, 2


def write_tiff(
    file: BinaryIO,
    levels: Levels,
    shape: tuple[int, int, int],
    exif: Image.Exif,
    packet: bytes | None,
) -> None:
    """Write a little-endian TIFF file, a strip at a time.

    Args:
        file: Where to; it is written from its start, and its start again at the end.
        levels: Gives rows as uint8 or uint16, (rows, W, 3 or 4).
        shape: Height, width and channels.
        exif: Its tags become tags of the file; its directories are dictionaries.
        packet: XMP with the manifest.

    Raises:
        OSError: The file would pass the 4 GB of the format.
    """
    height, width, samples = shape
    bits = 8 * levels(slice(0, 1)).itemsize
    rows = max(1, STRIP // (width * samples * bits // 8))
    count = -(-height // rows)
    structure: dict[int, Any] = {
        WIDTH: width,
        HEIGHT: height,
        BITS_PER_SAMPLE: (bits,) * samples,
        COMPRESSION: ADOBE_DEFLATE,
        PHOTOMETRIC: RGB,
        SAMPLES_PER_PIXEL: samples,
        ROWS_PER_STRIP: rows,
        PREDICTOR: DIFFERENCES,
        PROFILE: srgb_profile(),
    }
    if samples == 4:
        structure[EXTRA_SAMPLES] = UNASSOCIATED_ALPHA
    if packet:
        structure[XMP] = packet
    # It stands before the strips and holds their lengths, which do not change its own.
    head = _head(exif, structure, [0] * count)
    file.write(bytes(len(head)))
    lengths = [file.write(_strip(levels(each))) for each in bands(height, rows)]
    if len(head) + sum(lengths) > LARGEST:
        raise OSError("it would be larger than the 4 GB of a TIFF file")
    file.seek(0)
    file.write(_head(exif, structure, lengths))


def _strip(levels: NDArray[Any]) -> bytes:
    """Rows as differences to the pixel on the left (section 14), deflated."""
    differences = levels.copy()
    differences[:, 1:] = levels[:, 1:] - levels[:, :-1]
    return zlib.compress(differences.astype(levels.dtype.newbyteorder("<")).tobytes(), 6)


def _head(exif: Image.Exif, structure: Mapping[int, Any], lengths: Sequence[int]) -> bytes:
    """Everything before the strips, which follow each other at once."""
    strips = {
        # Offsets count from the end of the directory; Pillow adds its length.
        STRIP_OFFSETS: tuple(itertools.accumulate([0, *lengths[:-1]])),
        STRIP_BYTES: tuple(lengths),
    }
    from PIL.TiffImagePlugin import ImageFileDirectory_v2  # late, as it is slow to import

    directory = ImageFileDirectory_v2(prefix=b"II")
    for tag, value in {**dict(exif), **structure, **strips}.items():
        directory[tag] = value
    return struct.pack("<2sHL", b"II", 42, 8) + directory.tobytes(8)
