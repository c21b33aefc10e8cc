"""A folder of pictures as a film."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np

from impasto.errors import VideoError
from impasto.frames.film import BEGINNING, Bytes, Film, Frame, Place, Reading
from impasto.frames.timing import Timing, rate_of, wanted
from impasto.image import pictures_in, read_picture

PATTERN: Final = re.compile(r"%0?(\d*)d")
"""A frame's number in the names of a sequence: frame-%04d.png."""

USUAL_RATE: Final = Fraction(24)


class Pictures:
    """Pictures, one a frame, in the order of the numbers in their names.

    Attributes:
        film: What is known of them.
    """

    def __init__(self, path: Path, reading: Reading) -> None:
        """Find the pictures and look at the first.

        Args:
            path: A folder, or a pattern such as ``frames/%04d.png``.
            reading: ``fps`` is how many make a second, 24 when None: none is left out.

        Raises:
            VideoError: There are none.
            PictureError: The first cannot be read.
        """
        self._paths = _found(path)
        self._size = reading.size
        rate = USUAL_RATE if reading.fps is None else rate_of(reading.fps)
        part = Reading(reading.start, reading.end)
        self._timing = Timing(1 / rate, 0, part)
        first = self._read(self._paths[0])
        length = len(self._paths) / rate
        end = length if reading.end is None else min(length, Fraction(reading.end))
        count = max(1, round((end - Fraction(reading.start)) * rate))
        height, width = first.shape[:2]
        self.film = Film(path, width, height, 1 / rate, rate, count)

    def frames(self, place: Place = BEGINNING) -> Iterator[Frame]:
        """The frames from a place on, one at a time.

        Raises:
            VideoError: A picture has another size than the first.
            PictureError: One cannot be read.
        """
        first = self._timing.start if place.time is None else place.time + 1
        return wanted(self._pixels(first), self._timing, place)

    def close(self) -> None:
        """Nothing is open between two frames."""

    def _pixels(self, first: int) -> Iterator[tuple[int, Bytes]]:
        end = self._timing.end
        for stamp in range(first, len(self._paths)):
            if end is not None and stamp >= end:
                return
            pixels = self._read(self._paths[stamp])
            height, width = pixels.shape[:2]
            if (width, height) != (self.film.width, self.film.height):
                told = f"{width} x {height}, the first is {self.film.width} x {self.film.height}"
                raise VideoError(f"{self._paths[stamp]}: is {told}: frames are of one size")
            yield stamp, pixels

    def _read(self, path: Path) -> Bytes:
        picture = read_picture(path)
        pixels = picture.pixels
        if picture.alpha is not None:
            pixels = 1 + picture.alpha[..., None] * (pixels - 1)
        whole = np.round(255 * pixels.clip(0, 1)).astype(np.uint8)
        return whole if self._size == 0 else _resized(whole, self._size)


def _resized(pixels: Bytes, size: int) -> Bytes:
    import cv2

    height, width = pixels.shape[:2]
    scale = size / max(height, width)
    sides = max(1, round(width * scale)), max(1, round(height * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, sides, interpolation=method), np.uint8)


def _found(path: Path) -> list[Path]:
    if path.is_dir():
        found = pictures_in(path)
    else:
        before, digits, after = PATTERN.split(path.name, maxsplit=1)
        number = rf"\d{{{int(digits)}}}" if digits else r"\d+"
        name = re.compile(re.escape(before) + number + re.escape(after) + "$")
        folder = path.parent
        inside = folder.iterdir() if folder.is_dir() else iter(())
        found = [each for each in inside if name.match(each.name)]
    if not found:
        raise VideoError(f"{path}: no pictures to make a film of")
    return sorted(found, key=_by_numbers)


def _by_numbers(path: Path) -> list[tuple[int, str]]:
    """An order in which frame-10 comes behind frame-9."""
    parts = re.split(r"(\d+)", path.name)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]
