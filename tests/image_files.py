"""Picture files by the letter of their standards, for the tests of impasto.image."""

import struct
import zlib

import numpy as np
from numpy.testing import assert_array_equal

RED, GREEN, BLUE, GOLD = (255, 0, 0), (0, 255, 0), (0, 0, 255), (200, 150, 50)

CORNERS = np.zeros((16, 24, 3), np.uint8)
CORNERS[:8, :12], CORNERS[:8, 12:] = RED, GREEN
CORNERS[8:, :12], CORNERS[8:, 12:] = BLUE, GOLD


def corners(picture):
    """The colors of the four corners in levels of 8 bits."""
    return picture.pixels[[0, 0, -1, -1], [0, -1, 0, -1]] * 255


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(levels, kind, *chunks, bits=16):
    """A PNG by the letter of its standard, no filter."""
    height, width = levels.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2" if bits == 16 else "u1").tobytes() for row in levels)
    header = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    parts = [chunk(b"IHDR", header), *chunks, chunk(b"IDAT", zlib.compress(rows))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


def deep(*shape):
    """Levels that no 8-bit decoder can give back."""
    return np.random.default_rng(0).integers(0, 65536, shape).astype(np.uint16)


def check_deep(picture, levels):
    channels = levels.shape[2]
    colors = levels[..., :-1] if channels in (2, 4) else levels
    expected = np.broadcast_to(colors, (*colors.shape[:2], 3))
    assert_array_equal(np.rint(picture.pixels * 65535), expected)
    assert picture.bits == 16
    if channels in (2, 4):
        assert_array_equal(np.rint(picture.alpha * 65535), levels[..., -1])
    else:
        assert picture.alpha is None
