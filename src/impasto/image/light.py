"""Colors by the code points of ITU-T H.273, which films, AVIF, HEIC and PNG share, as sRGB."""

from __future__ import annotations

import functools
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
Transform = Callable[[FloatArray], FloatArray]
Whites = tuple[float, ...]

UNSPECIFIED: Final = 2
BT709: Final = 1
BT2020: Final = 9

# Transfer functions of more light than a usual screen has; table 3.
HDR: Final = {16: "PQ", 18: "HLG"}
# Transfer functions that are a power; table 3. The others are meant for the curve of sRGB.
_GAMMAS: Final = {4: 2.2, 5: 2.8, 8: 1.0, 17: 2.6}
_D65: Final = (0.3127, 0.3290)
_PRIMARIES: Final[dict[int, Whites]] = {
    BT709: (0.640, 0.330, 0.300, 0.600, 0.150, 0.060, *_D65),
    4: (0.67, 0.33, 0.21, 0.71, 0.14, 0.08, 0.310, 0.316),
    5: (0.64, 0.33, 0.29, 0.60, 0.15, 0.06, *_D65),
    6: (0.630, 0.340, 0.310, 0.595, 0.155, 0.070, *_D65),
    7: (0.630, 0.340, 0.310, 0.595, 0.155, 0.070, *_D65),
    8: (0.681, 0.319, 0.243, 0.692, 0.145, 0.049, 0.310, 0.316),
    BT2020: (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, *_D65),
    10: (1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1 / 3, 1 / 3),
    11: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.314, 0.351),
    12: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, *_D65),
    22: (0.630, 0.340, 0.295, 0.605, 0.155, 0.077, *_D65),
}
"""Red, green, blue and white, each as x and y; table 2."""

_SRGB: Final = _PRIMARIES[BT709]

_BRADFORD: Final = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
"""XYZ to responses of the eye that a change of white scales (ICC.1:2022, annex E)."""

_WHITE: Final = 203.0  # light of paper white in HDR, in candela per square meter (ITU-R BT.2408)
_PEAK: Final = 1000.0 / _WHITE  # the most light that is kept apart, where paper white is 1
_KNEE: Final = 0.7  # light up to which nothing changes


@dataclass(frozen=True)
class Coding:
    """What the numbers of a picture mean.

    Attributes:
        primaries: Of table 2.
        transfer: Of table 3.
        full: Whether black and white are the least and largest number, not 16 and 235 of 255.
    """

    primaries: int
    transfer: int
    full: bool = True

    @property
    def is_hdr(self) -> bool:
        """Whether it has more light than a usual screen."""
        return self.transfer in HDR


def coded_transform(coding: Coding) -> Transform | None:
    """The conversion of numbers in [0, 1] to sRGB; None where they are sRGB already."""
    transform = _hdr_transform(coding) if coding.is_hdr else _sdr_transform(coding)
    if coding.full:
        return transform
    return _widened if transform is None else lambda values: transform(_widened(values))


def tone_mapped(levels: NDArray[np.uint16], primaries: int, transfer: int) -> FloatArray:
    """HDR of 16 bits as sRGB in [0, 1], (..., 3); primaries are BT.2020 where unspecified.

    Light up to seven tenths of paper white stays as it is. What is above is pressed together
    (Reinhard et al. 2002, "Photographic tone reproduction for digital images", equation 4) by its
    largest channel, so that hues stay.
    """
    matrix = _to_srgb(BT2020 if primaries == UNSPECIFIED else primaries)
    light = _linear(transfer)[levels] @ matrix.T
    light = np.maximum(light, 0, out=light)
    most = light.max(axis=-1, keepdims=True)
    above = np.maximum(most - _KNEE, 0) / (1 - _KNEE)
    largest = (_PEAK - _KNEE) / (1 - _KNEE)
    pressed = _KNEE + (1 - _KNEE) * above * (1 + above / largest**2) / (1 + above)
    share = np.where(most > _KNEE, pressed / np.maximum(most, _KNEE), 1)
    return encoded(light * share.astype(np.float32))


def encoded(linear: FloatArray) -> FloatArray:
    """Linear light to sRGB values (IEC 61966-2-1), colors outside clipped."""
    linear = np.clip(linear, 0, 1)
    power = np.float32(1.055) * np.power(linear, np.float32(1 / 2.4)) - np.float32(0.055)
    return np.where(linear <= np.float32(0.0031308), np.float32(12.92) * linear, power)


def _hdr_transform(coding: Coding) -> Transform:
    def transform(values: FloatArray) -> FloatArray:
        levels = np.rint(np.clip(values, 0, 1) * np.float32(65535)).astype(np.uint16)
        return tone_mapped(levels, coding.primaries, coding.transfer)

    return transform


def _sdr_transform(coding: Coding) -> Transform | None:
    gamma = _GAMMAS.get(coding.transfer)
    if gamma is None and _PRIMARIES.get(coding.primaries, _SRGB) == _SRGB:
        return None
    matrix = _to_srgb(coding.primaries)

    def transform(values: FloatArray) -> FloatArray:
        if gamma is not None:
            return encoded(np.power(np.clip(values, 0, 1), np.float32(gamma)) @ matrix.T)
        power = np.power((values + np.float32(0.055)) / np.float32(1.055), np.float32(2.4))
        linear = np.where(values <= np.float32(0.04045), values / np.float32(12.92), power)
        return encoded(linear @ matrix.T)

    return transform


def _widened(values: FloatArray) -> FloatArray:
    return np.clip((values * 255 - 16) / 219, 0, 1).astype(np.float32)


@functools.cache
def _to_srgb(primaries: int) -> FloatArray:
    """Linear light from some primaries to those of sRGB, white to white."""
    source, white = _xyz(_PRIMARIES.get(primaries, _SRGB))
    srgb, srgb_white = _xyz(_SRGB)
    scale = np.diag((_BRADFORD @ srgb_white) / (_BRADFORD @ white))
    adapted = np.linalg.solve(_BRADFORD, scale @ _BRADFORD @ source)
    return np.linalg.solve(srgb, adapted).astype(np.float32)


def _xyz(whites: Whites) -> tuple[NDArray[Any], NDArray[Any]]:
    """The matrix to XYZ (SMPTE RP 177) and the white."""
    points = np.array([[x / y, 1.0, (1 - x - y) / y] if y else [x, y, 1 - x - y] for x, y in
                       zip(whites[::2], whites[1::2], strict=True)]).T  # fmt: skip
    matrix, white = points[:, :3], points[:, 3]
    return matrix * np.linalg.solve(matrix, white), white


@functools.cache
def _linear(transfer: int) -> FloatArray:
    """Light of each of 65,536 codes, paper white as 1 (ITU-R BT.2100, tables 4 and 5)."""
    code = np.arange(65536) / 65535
    if HDR[transfer] == "PQ":
        m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
        root = code ** (1 / m2)
        light = 10_000 * (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)
        return (light / _WHITE).astype(np.float32)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)
    # The system's gamma, channel by channel.
    return (1000 * scene**1.2 / _WHITE).astype(np.float32)


def coding_of(form: str | None, data: bytes) -> Coding | None:
    """The code points of a picture file: cICP in PNG, nclx in AVIF and HEIC; None without."""
    try:
        if form == "PNG":
            return _of_png(data)
        return _of_boxes(data) if form in ("AVIF", "HEIF") else None
    except (struct.error, IndexError, KeyError):
        return None  # the decoder reports the damage, if it is any


def coding_in(entries: Mapping[bytes, bytes]) -> Coding | None:
    """The code points in the entries of a color profile (ICC.1:2022, section 9.2.17)."""
    entry = entries.get(b"cicp", b"")
    return Coding(entry[8], entry[9], bool(entry[11])) if len(entry) >= 12 else None


def png_chunks(data: bytes) -> Iterator[tuple[bytes, slice]]:
    """Kind of each chunk of a PNG, and where all of it lies; a last one may be cut off."""
    at = 8  # after the signature
    while at + 8 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        yield data[at + 4 : at + 8], slice(at, at + 12 + length)
        at += 12 + length


def _of_png(data: bytes) -> Coding | None:
    for kind, place in png_chunks(data):
        if kind == b"cICP":
            primaries, transfer, _matrix, full = data[place][8:12]
            return Coding(primaries, transfer, bool(full))
        if kind == b"IDAT":
            break
    return None


def _of_boxes(data: bytes) -> Coding | None:
    """The property of the primary item (ISO/IEC 23008-12, sections 6.2 and 9.3)."""
    meta = dict(_boxes(data))[b"meta"]
    parts = dict(_boxes(data, slice(meta.start + 4, meta.stop)))  # after version and flags
    properties = list(_boxes(data, parts[b"iprp"]))
    known = list(_boxes(data, dict(properties)[b"ipco"]))
    wide = data[parts[b"pitm"].start] > 0
    (primary,) = struct.unpack_from(">I" if wide else ">H", data, parts[b"pitm"].start + 4)
    own = [
        n for kind, place in properties if kind == b"ipma" for n in _of_item(data, place, primary)
    ]
    for kind, place in (known[n - 1] for n in own if 0 < n <= len(known)):
        if kind == b"colr" and data[place][:4] == b"nclx":
            primaries, transfer = struct.unpack_from(">HH", data, place.start + 4)
            return Coding(primaries, transfer)  # the decoder applies matrix and range
    return None


def _of_item(data: bytes, place: slice, item: int) -> Iterator[int]:
    """Numbers of the properties that an ``ipma`` box gives an item."""
    version, flags = data[place.start], data[place.start + 3]
    (count,) = struct.unpack_from(">I", data, place.start + 4)
    at, name, number = place.start + 8, ">H" if version < 1 else ">I", ">H" if flags & 1 else ">B"
    for _ in range(count):
        (found,) = struct.unpack_from(name, data, at)
        at += struct.calcsize(name) + 1
        for _ in range(data[at - 1]):
            (each,) = struct.unpack_from(number, data, at)
            at += struct.calcsize(number)
            if found == item:
                yield each & (0x7FFF if flags & 1 else 0x7F)  # the first bit: it is essential


def _boxes(data: bytes, place: slice | None = None) -> Iterator[tuple[bytes, slice]]:
    """Kind of each box, and where its contents lie (ISO/IEC 14496-12, section 4.2)."""
    at, end = (0, len(data)) if place is None else (place.start, place.stop)
    while at + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1:
            (size,), head = struct.unpack_from(">Q", data, at + 8), 16
        stop = min(end, at + size) if size else end
        yield kind, slice(at + head, stop)
        at += max(size, head) if size else end
