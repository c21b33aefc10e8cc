"""What a file says its numbers mean, where it says so by code points instead of a profile."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import Final

from impasto.image.light import Coding

_PNG_CHUNKS: Final = 8
"""Byte at which the first chunk begins."""

_VERSION_AND_FLAGS: Final = 4
"""Bytes that the contents of some boxes begin with."""


def coding_of(form: str | None, data: bytes) -> Coding | None:
    """The code points of a picture file: cICP in PNG, nclx in AVIF and HEIC; None without."""
    try:
        if form == "PNG":
            return _of_png(data)
        return _of_boxes(data) if form in ("AVIF", "HEIF") else None
    except (struct.error, IndexError, KeyError):
        return None  # the decoder tells of the damage, if it is any


def coding_in(entries: Mapping[bytes, bytes]) -> Coding | None:
    """The code points in the entries of a color profile (ICC.1:2022, section 9.2.17)."""
    entry = entries.get(b"cicp", b"")
    return Coding(entry[8], entry[9], bool(entry[11])) if len(entry) >= 12 else None


def png_chunks(data: bytes) -> Iterator[tuple[bytes, slice]]:
    """Kind of each chunk of a PNG, and where all of it lies; a last one may be cut off."""
    at = _PNG_CHUNKS
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
    meta = _inside(dict(_boxes(data))[b"meta"], _VERSION_AND_FLAGS)
    parts = dict(_boxes(data, meta))
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
            return Coding(primaries, transfer)  # the decoder has seen to matrix and range
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


def _inside(place: slice, skipped: int) -> slice:
    return slice(place.start + skipped, place.stop)
