"""Picture files by the letter of their standards, for the tests of impasto.image."""

import struct
import zlib

import numpy as np
from numpy.testing import assert_array_equal

RED, GREEN, BLUE, GOLD = (255, 0, 0), (0, 255, 0), (0, 0, 255), (200, 150, 50)

CORNERS = np.zeros((16, 24, 3), np.uint8)
CORNERS[:8, :12], CORNERS[:8, 12:] = RED, GREEN
CORNERS[8:, :12], CORNERS[8:, 12:] = BLUE, GOLD


WRITTEN = [
    (".jpg", 8),
    (".png", 8),
    (".png", 16),
    (".webp", 8),
    (".tif", 8),
    (".tif", 16),
    (".avif", 8),
]
"""Suffixes and bits that pictures are written with."""


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


def tiff(width, height, bits, strips, *, below=None, **numbers):
    """A little-endian TIFF by the letter, its tags by their numbers as ``t262=2``.

    ``below`` is another TIFF of this kind, which becomes a page below the first one.
    """
    below = b"" if below is None else below
    kinds = {256: width, 257: height, 258: (bits,) * numbers.get("t277", 1), 259: 1, 278: height}
    kinds |= {int(name[1:]): value for name, value in numbers.items()}
    kinds |= {273: (0,) * len(strips), 279: tuple(map(len, strips))}
    if below:
        kinds[330] = 0
    start = 8 + 2 + 12 * len(kinds) + 4
    long = {tag: value for tag, value in kinds.items() if isinstance(value, tuple)}
    places, at = {}, start
    for tag, value in long.items():
        places[tag], at = at, at + 4 * len(value) * (len(value) > 1)
    offsets = [at + sum(map(len, strips[:number])) for number in range(len(strips))]
    long[273] = kinds[273] = tuple(offsets)
    end = at + sum(map(len, strips))
    end += end % 2
    if below:
        kinds[330] = end + 8
    rows = b""
    for tag in sorted(kinds):
        value = kinds[tag]
        many = value if isinstance(value, tuple) else (value,)
        first = many[0] if len(many) == 1 else places[tag]
        rows += struct.pack("<HHII", tag, 4, len(many), first)
    tables = b"".join(
        struct.pack(f"<{len(value)}I", *value) for value in long.values() if len(value) > 1
    )
    head = struct.pack("<2sHIH", b"II", 42, 8, len(kinds)) + rows + bytes(4)
    whole = (head + tables + b"".join(strips)).ljust(end, b"\0")
    return whole + (moved(below, end) if below else b"")


def moved(page, by):
    """A TIFF made by :func:`tiff`, of one strip and no table, as it lies further back in a file."""
    data = bytearray(page)
    (count,) = struct.unpack_from("<H", data, 8)
    for row in range(count):
        (tag,) = struct.unpack_from("<H", data, 10 + 12 * row)
        if tag == 273:
            at = 10 + 12 * row + 8
            struct.pack_into("<I", data, at, struct.unpack_from("<I", data, at)[0] + by)
    return bytes(data)


def lzw(data):
    """Packed by single bytes alone, in codes of nine bits."""
    codes = [each for at in range(0, len(data), 200) for each in (256, *data[at : at + 200])]
    bits = "".join(format(code, "09b") for code in [*codes, 257])
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")
