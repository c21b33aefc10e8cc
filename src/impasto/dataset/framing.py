"""TFRecord files: a sequence of byte strings, each with its length and two checksums.

::

    uint64  length                      little-endian throughout
    uint32  masked CRC-32C of the eight bytes above
    bytes   data
    uint32  masked CRC-32C of the data

Source: TensorFlow, ``tensorflow/core/lib/io/record_writer.h`` and ``core/lib/hash/crc32c.h``.

Checksums come from google-crc32c: Google's library (Apache-2.0), with wheels for all systems and
versions of Python, compiled with the CPU's CRC instruction, and correct though slow without it.
tensorboard's writer has a CRC in pure Python, a thousand times slower; the package tfrecord ships
protobuf code that must match the installed protobuf.

Files may be compressed as a whole (TensorFlow's options GZIP and ZLIB). Records are read in any
order, which a compressed stream does not allow, so it is unpacked once into a temporary file.
"""

from __future__ import annotations

import os
import shutil
import struct
import tempfile
import weakref
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, final

import google_crc32c
import numpy as np
from numpy.typing import NDArray

from impasto.errors import PictureError
from impasto.files import temporary_prefix

HEAD: Final = struct.Struct("<QI")
FOOT: Final = struct.Struct("<I")

MASK_DELTA: Final = 0xA282EAD8

_PIECE: Final = 1 << 20

_ANY: Final = 32 + zlib.MAX_WBITS
"""Makes zlib detect gzip or zlib streams."""

_SPARE: Final = 1 << 29
"""Bytes of disk space to leave free."""


@dataclass(frozen=True, eq=False)
class Records:
    """The places of the records in a file.

    Attributes:
        offsets: First byte of each record, that of its length; (N,) int64.
        lengths: Bytes of data of each; (N,) int64.
        lost: Why the rest of the file cannot be read, or "".
    """

    offsets: NDArray[np.int64]
    lengths: NDArray[np.int64]
    lost: str = ""


def masked_crc(data: bytes) -> int:
    """CRC-32C, rotated right by 15 bits plus a constant.

    The mask avoids trivial checksums of data that itself holds checksums.
    """
    crc: int = google_crc32c.value(data)
    return ((crc >> 15 | crc << 17) + MASK_DELTA) & 0xFFFFFFFF


def write_record(file: IO[bytes], data: bytes) -> None:
    """Append one record."""
    length = struct.pack("<Q", len(data))
    file.write(length + FOOT.pack(masked_crc(length)))
    file.write(data)
    file.write(FOOT.pack(masked_crc(data)))


def is_head(data: bytes) -> bool:
    """Whether these bytes are a length and its checksum, the start of a record."""
    return len(data) == HEAD.size and HEAD.unpack(data)[1] == masked_crc(data[:8])


def records_of(path: Path, name: Path | None = None) -> Records:
    """Find the records of a file by one pass over their lengths; their data is not read.

    A wrong length ends the pass: nothing after it can be found. ``name`` is used in errors.

    Raises:
        PictureError: The file is not a TFRecord file.
        OSError: It cannot be read.
    """
    size = path.stat().st_size
    offsets: list[int] = []
    lengths: list[int] = []
    lost, at = "", 0
    with path.open("rb", buffering=0) as file:
        while at < size and not lost:
            file.seek(at)
            head = file.read(HEAD.size)
            length, lost = _length(head, size - at)
            if lost.startswith("the checksum") and not offsets:
                raise PictureError(f"{name or path}: is no TFRecord file")
            if not lost:
                offsets.append(at)
                lengths.append(length)
                at += HEAD.size + length + FOOT.size
    fault = f"{lost} at byte {at}, {size - at} bytes are lost" if lost else ""
    return Records(np.array(offsets, np.int64), np.array(lengths, np.int64), fault)


def read_record(path: Path, offset: int, length: int, name: str) -> bytes:
    """The data of one record.

    Raises:
        PictureError: The file cannot be read or its checksum is wrong.
    """
    try:
        with path.open("rb") as file:
            file.seek(offset + HEAD.size)
            data = file.read(length)
            foot = file.read(FOOT.size)
    except OSError as error:
        raise PictureError(f"{name}: cannot be read ({error.strerror})") from error
    if len(foot) < FOOT.size:
        raise PictureError(f"{name}: is cut off")
    if FOOT.unpack(foot)[0] != masked_crc(data):
        raise PictureError(f"{name}: is damaged, the checksum of its data is wrong")
    return data


def _length(head: bytes, left: int) -> tuple[int, str]:
    """The length in a record's head, and what is wrong with it."""
    if len(head) < HEAD.size:
        # Too short to hold the checksum that identifies a TFRecord file.
        return 0, "the checksum of a length is missing"
    if not is_head(head):
        return 0, "the checksum of a length is wrong"
    length: int = HEAD.unpack(head)[0]
    if HEAD.size + length + FOOT.size > left:
        return 0, "a record is cut off"
    return length, ""


@final
class Unpacked:
    """A file of records that can be read in any order.

    Attributes:
        path: The file itself, or a temporary one with its unpacked contents.
        fault: Why not all of it could be unpacked, or "".

    Raises:
        PictureError: There is no room to unpack it.
        OSError: The file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.fault = path, ""
        with path.open("rb") as file:
            head = file.read(HEAD.size)
            if is_head(head) or not _is_packed(head):
                return
            file.seek(0)
            handle, name = tempfile.mkstemp(prefix=temporary_prefix(), suffix=".tfrecord")
            self.path = Path(name)
            weakref.finalize(self, _remove, self.path, os.getpid())
            with os.fdopen(handle, "wb") as target:
                self.fault = _unpack(file, target, path)


def _is_packed(head: bytes) -> bool:
    """Whether bytes start a gzip or zlib stream (RFC 1952, 2.3.1; RFC 1950, 2.2)."""
    zlibs = len(head) > 1 and head[0] & 15 == 8 and int.from_bytes(head[:2]) % 31 == 0
    return zlibs or head.startswith(b"\x1f\x8b")


def _unpack(file: IO[bytes], target: IO[bytes], path: Path) -> str:
    stream = zlib.decompressobj(_ANY)
    left = shutil.disk_usage(tempfile.gettempdir()).free - _SPARE
    packed = file.read(_PIECE)
    try:
        while packed and not stream.eof:
            data = stream.decompress(packed, _PIECE)
            if not target.tell() and not is_head(data[: HEAD.size]):
                raise PictureError(f"{path}: is no TFRecord file, but something else compressed")
            left -= target.write(data)
            if left < 0:
                raise PictureError(f"{path}: is compressed, and the disk has no room to unpack it")
            packed = stream.unconsumed_tail or file.read(_PIECE)
    except zlib.error:
        return "the rest of the compressed file is damaged"
    return "" if stream.eof else "the compressed file is cut off"


def _remove(path: Path, process: int) -> None:
    if os.getpid() == process:  # not in a forked one
        with suppress(OSError):
            path.unlink()
