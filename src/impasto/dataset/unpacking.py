"""TFRecord files that were compressed as a whole (TensorFlow's options GZIP and ZLIB), unpacked.

Records are read in any order, which a compressed stream does not allow. So it is unpacked once,
into a temporary file that goes with whoever reads it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
import zlib
from contextlib import suppress
from pathlib import Path
from typing import IO, Final, final

from impasto.dataset.framing import HEAD, is_head
from impasto.errors import PictureError
from impasto.files import temporary_prefix

_PIECE: Final = 1 << 20

_ANY: Final = 32 + zlib.MAX_WBITS
"""For zlib: the stream tells whether it is gzip's or zlib's."""

_SPARE: Final = 1 << 29
"""Bytes of the disk that are left free."""


@final
class Unpacked:
    """A file of records as it can be read anywhere.

    Attributes:
        path: The file itself, or a temporary one with what was packed in it.
        fault: Why not all of it could be unpacked, or "".

    Raises:
        PictureError: There is no room for what was packed.
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
    """Whether bytes begin as streams of gzip or zlib do (RFC 1952, 2.3.1; RFC 1950, 2.2)."""
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
    if os.getpid() == process:  # not in one that was forked off
        with suppress(OSError):
            path.unlink()
