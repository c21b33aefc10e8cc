"""PNG files, 8 and 16 bits per channel (www.w3.org/TR/png-3)."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from impasto.image.manifest import KEYWORD

SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER_END = 33
"""Signature (8 bytes) and IHDR (25), which is always the first chunk."""

PERCEPTUAL = b"\0"

EFFORT = 4
"""Of 9. Above it painted pictures take three times as long and shrink by a hundredth."""


def png_file(
    levels: NDArray[np.uint8] | NDArray[np.uint16], exif: bytes, text: str | None
) -> bytes:
    """A whole PNG file of (H, W, 3 or 4) levels, marked as sRGB.

    OpenCV encodes 16 bits, which Pillow cannot; neither writes all the chunks, so they are put in
    here for both.

    Args:
        levels: Color, and alpha in a fourth channel.
        exif: EXIF from the byte order mark on, without the leading name it has in a JPEG.
        text: The manifest.
    """
    encoded = _encoded_8(levels) if levels.dtype == np.uint8 else _encoded_16(levels)
    chunks = [_chunk(b"sRGB", PERCEPTUAL), _chunk(b"tEXt", b"Software\0impasto")]
    if text:
        chunks.append(_international_text(KEYWORD, text))
    chunks.append(_chunk(b"eXIf", exif))
    return encoded[:HEADER_END] + b"".join(chunks) + encoded[HEADER_END:]


def _encoded_8(levels: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(levels).save(file, "PNG", compress_level=EFFORT)
    return file.getvalue()


def _encoded_16(levels: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
    import cv2

    blue_first = [2, 1, 0, 3][: levels.shape[2]]
    options = [cv2.IMWRITE_PNG_COMPRESSION, EFFORT]
    done, encoded = cv2.imencode(".png", levels[..., blue_first], options)
    if not done:
        raise OSError("OpenCV could not encode it")
    return bytes(encoded.tobytes())


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _international_text(keyword: str, text: str) -> bytes:
    """An iTXt chunk, compressed: keyword, flag and method, no language, no translation."""
    head = keyword.encode("latin-1") + b"\0\1\0\0\0"
    return _chunk(b"iTXt", head + zlib.compress(text.encode()))
