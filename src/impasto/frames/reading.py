"""Any film, folder or pattern of pictures becomes a reader."""

from __future__ import annotations

import math
from pathlib import Path

from impasto.errors import OptionError, VideoError
from impasto.frames.container import LEAST_SIDE, Container
from impasto.frames.film import WHOLE, Reader, Reading
from impasto.frames.pictures import PATTERN, Pictures


def open_film(path: Path, reading: Reading = WHOLE) -> Reader:
    """Open a film: a file, a folder of pictures, or a pattern such as ``frames/%04d.png``.

    Args:
        path: Where it is.
        reading: Which part of it is wanted, and how large.

    Raises:
        VideoError: There is no such film, it cannot be decoded or is too small.
        PictureError: A picture cannot be read.
        OptionError: The part that is wanted makes no sense.
    """
    check_reading(reading)
    pictures = path.is_dir() or (not path.exists() and PATTERN.search(path.name))
    found: Reader = Pictures(path, reading) if pictures else Container(path, reading)
    film = found.film
    if min(film.width, film.height) < LEAST_SIDE:
        found.close()
        told = f"{film.width} x {film.height}: sides from {LEAST_SIDE} pixels can be painted"
        raise VideoError(f"{path}: is {told}")
    return found


def check_reading(reading: Reading) -> None:
    """Refuse a part of a film that makes no sense.

    Raises:
        OptionError: It does not.
    """
    if not (math.isfinite(reading.start) and reading.start >= 0):
        raise OptionError("start", "seconds from 0", reading.start)
    if reading.end is not None and not (math.isfinite(reading.end) and reading.end > reading.start):
        raise OptionError("end", f"seconds behind --start, {reading.start:g}", reading.end)
    if reading.fps is not None and not (math.isfinite(reading.fps) and 0 < reading.fps <= 1000):
        raise OptionError("fps", "frames a second, above 0 and up to 1000", reading.fps)
    if reading.size != 0 and reading.size < LEAST_SIDE:
        raise OptionError("size", f"0 (as the film) or pixels from {LEAST_SIDE}", reading.size)
