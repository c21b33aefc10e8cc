"""PNG files, 8 and 16 bits per channel (www.w3.org/TR/png-3)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from impasto.image.metadata import KEYWORD
from impasto.pixels.palette import bands

Levels = Callable[[slice], NDArray[Any]]

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
HEADER_END: Final = 33  # signature (8 bytes) and IHDR (25), which is always the first chunk
PERCEPTUAL: Final = b"\0"
METRE: Final = 1
TRUE_COLOR, TRUE_COLOR_WITH_ALPHA = 2, 6

# Of 9. Above it painted pictures take three times as long and shrink by a hundredth.
EFFORT: Final = 4
_ROWS: Final = 64  # rows that are filtered at once; each is there in a dozen copies
LARGE: Final = 16_000_000
"""Pixels from which a picture of 8 bits is encoded here too: Pillow is faster, and wants it whole
and a copy of it."""


def write_png(
    file: BinaryIO,
    levels: Levels,
    shape: tuple[int, int, int],
    exif: bytes,
    text: str | None,
    dpi: int | None = None,
) -> None:
    """Write a PNG file, marked as sRGB.

    Pillow encodes 8 bits; 16 bits, which it cannot, and large pictures are encoded here, a band at
    a time.

    Args:
        file: Where to.
        levels: Gives rows as uint8 or uint16, (rows, W, 3 or 4).
        shape: Height, width and channels.
        exif: EXIF from the byte order mark on, without the leading name it has in a JPEG.
        text: The manifest.
        dpi: Pixels per inch on paper.
    """
    about = png_chunk(b"sRGB", PERCEPTUAL) + png_chunk(b"tEXt", b"Software\0impasto")
    if text:  # compressed: keyword, flag and method, no language, no translation
        head = KEYWORD.encode() + b"\0\1\0\0\0"
        about += png_chunk(b"iTXt", head + zlib.compress(text.encode()))
    if dpi:
        about += png_chunk(b"pHYs", struct.pack(">IIB", *[round(dpi / 0.0254)] * 2, METRE))
    about += png_chunk(b"eXIf", exif)
    height, width, channels = shape
    bits = 8 * levels(slice(0, 1)).itemsize
    if bits == 8 and width * height < LARGE:
        image = Image.fromarray(levels(slice(None)))
        image.save(_Insertion(file, about), "PNG", compress_level=EFFORT)  # type: ignore[arg-type]
        return
    kind = TRUE_COLOR if channels == 3 else TRUE_COLOR_WITH_ALPHA
    header = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    file.write(SIGNATURE + png_chunk(b"IHDR", header) + about)
    for packed in _deflated(levels, height, width * channels * bits // 8, channels * bits // 8):
        file.write(png_chunk(b"IDAT", packed))
    file.write(png_chunk(b"IEND", b""))


class _Insertion:
    """A file that inserts chunks after the header while Pillow writes."""

    def __init__(self, file: BinaryIO, chunks: bytes) -> None:
        self._file, self._chunks, self._written = file, chunks, 0

    def write(self, data: bytes) -> int:
        room = max(0, HEADER_END - self._written)
        self._file.write(data[:room])
        self._written += len(data)
        if self._chunks and self._written >= HEADER_END:
            self._file.write(self._chunks)
            self._chunks = b""
        self._file.write(data[room:])
        return len(data)

    def flush(self) -> None:
        self._file.flush()


def _deflated(levels: Levels, height: int, row: int, pixel: int) -> Iterator[bytes]:
    """The pixels in the pieces of one zlib stream; a row and a pixel have so many bytes."""
    deflating = zlib.compressobj(EFFORT)
    above: NDArray[np.uint8] = np.zeros(row, np.uint8)
    for rows in bands(height, _ROWS):
        part = levels(rows)
        lines = part.astype(part.dtype.newbyteorder(">"), copy=False).view(np.uint8)
        lines = lines.reshape(-1, row)
        if packed := deflating.compress(_filtered(lines, above, pixel).tobytes()):
            yield packed
        above = lines[-1].copy()
    yield deflating.flush()


def _filtered(lines: NDArray[np.uint8], above: NDArray[np.uint8], pixel: int) -> NDArray[np.uint8]:
    """Lines (rows, bytes) as differences, each after the number of its filter (section 9)."""
    # Each line gets the filter of three whose differences are smallest, as the standard advises.
    left = np.zeros_like(lines)
    left[:, pixel:] = lines[:, :-pixel]
    up = np.concatenate([above[None], lines[:-1]])
    mean = (left >> 1) + (up >> 1) + (left & up & 1)
    filtered = np.empty((len(lines), 1 + lines.shape[1]), np.uint8)
    least = np.full(len(lines), np.iinfo(np.int64).max)
    for number, guess in ((1, left), (2, up), (3, mean)):
        difference = lines - guess
        size = np.abs(difference.view(np.int8).astype(np.int16)).sum(1, dtype=np.int64)
        better = size < least
        least[better] = size[better]
        filtered[better, 0] = number
        filtered[better, 1:] = difference[better]
    return filtered


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """Length, kind, data and checksum."""
    check = zlib.crc32(data, zlib.crc32(kind))
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)
