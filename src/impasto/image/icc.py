"""Color profiles that are a few numbers: a matrix and curves, or one curve for gray.

The format is ICC.1:2022. Nearly every RGB profile found in photographs is of this kind.
"""

from __future__ import annotations

import struct

import numpy as np

from impasto.image.light import FloatArray, Transform, encoded

XYZ_FROM_SRGB = np.array(
    [
        [0.4360747, 0.3850649, 0.1430804],
        [0.2225045, 0.7168786, 0.0606169],
        [0.0139322, 0.0971045, 0.7141733],
    ]
)
"""Linear sRGB to XYZ under D50, the white of profiles (Bradford; brucelindbloom.com)."""


def tags(icc: bytes) -> dict[bytes, bytes]:
    """The profile's entries by signature (section 7.3).

    Raises:
        ValueError, struct.error: These bytes are no profile.
    """
    if icc[36:40] != b"acsp":
        raise ValueError("no profile signature")
    (count,) = struct.unpack_from(">I", icc, 128)
    # Real profiles have some 20 entries; damaged ones claim billions.
    entries = (struct.unpack_from(">4sII", icc, 132 + 12 * i) for i in range(min(count, 200)))
    return {name: icc[offset : offset + size] for name, offset, size in entries}


def matrix_transform(entries: dict[bytes, bytes]) -> Transform:
    """RGB to sRGB by three curves and a matrix (annex F.3); (..., 3) to (..., 3)."""
    curves = [_curve(entries[name]) for name in (b"rTRC", b"gTRC", b"bTRC")]
    rows = [_s15fixed16(entries[name][8:20]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
    matrix = np.linalg.solve(XYZ_FROM_SRGB, np.array(rows).T).T.astype(np.float32)

    def transform(values: FloatArray) -> FloatArray:
        linear = np.stack([curves[i](values[..., i]) for i in range(3)], axis=-1)
        return encoded(linear @ matrix)

    return transform


def gray_transform(entries: dict[bytes, bytes]) -> Transform:
    """Gray to sRGB by one curve (annex F.2); (..., 1) to (..., 3)."""
    curve = _curve(entries[b"kTRC"])
    return lambda values: encoded(np.repeat(curve(values), 3, axis=-1))


def _curve(tag: bytes) -> Transform:
    """From device values to linear light (sections 10.6 and 10.18)."""
    if tag[:4] == b"para":
        (kind,) = struct.unpack_from(">H", tag, 8)
        return _parametric(kind, _s15fixed16(tag[12 : 12 + 4 * (1, 3, 4, 5, 7)[kind]]))
    if tag[:4] != b"curv":
        raise ValueError("a curve of an unknown kind")
    (count,) = struct.unpack_from(">I", tag, 8)
    table = np.frombuffer(tag, ">u2", count, 12).astype(np.float64)
    if count < 2:
        gamma = np.float32(table[0] / 256 if count else 1)
        return lambda values: np.power(values, gamma)
    positions = np.linspace(0, 1, count)
    return lambda values: np.interp(values, positions, table / 65535).astype(np.float32)


def _parametric(kind: int, numbers: list[float]) -> Transform:
    """(a x + b) ** gamma + e from x = d on, c x + f below (table 70)."""
    gamma = numbers[0]
    a, b, c, d, e, f = 1.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if kind in (1, 2):
        a, b = numbers[1:3]  # below -b / a the base is 0, which leaves e as it should
        e = numbers[3] if kind == 2 else 0.0
    elif kind == 3:
        a, b, c, d = numbers[1:]
    elif kind == 4:
        a, b, c, d, e, f = numbers[1:]

    def curve(values: FloatArray) -> FloatArray:
        power = np.power(np.maximum(a * values + b, 0), gamma) + e
        return np.where(values >= d, power, c * values + f).astype(np.float32)

    return curve


def _s15fixed16(data: bytes) -> list[float]:
    return [number / 65536 for number in struct.unpack(f">{len(data) // 4}i", data)]
